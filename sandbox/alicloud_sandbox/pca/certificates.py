# SPDX-License-Identifier: GPL-3.0-or-later
"""Issued certificates: read, revoked, removed, and copied to the certificate centre."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from .. import kinds
from ..assumptions import assume
from ..cas import certificates as centre
from ..product import Call, numbered_page, public, same, select
from ..schema import Args
from ..store import Doc
from . import authorities, signing

_NOT_LISTED = ("CertChain", "FullAlgorithm", "UploadFlag", "Tags")
_BY_SERIAL = ("Id", "CertChain", "FullAlgorithm", "UploadFlag", "Tags", "CustomIdentifier", "AliasName", "Days")
_IN_LIST_CERT = (
    *("Algorithm", "AliasName", "CertificateType", "CommonName", "CustomIdentifier", "Id", "Identifier"),
    *("Organization", "OrganizationUnit", "SerialNumber", "Status"),
)

assume(
    "pca-upload",
    "UploadPcaCertToCas takes numbers (Id) and identifiers. A certificate goes to the certificate centre with the "
    "private key that the service has made, under the name pca- and its number; one without such a key is refused with "
    "InvalidParameter (400), and one that is there already is left alone.",
    "The text speaks of primary keys (example 59425,59426); Terraform's provider sends identifiers in one place and "
    "numbers in another (2026-08-21). The rest is not documented.",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "pca-status-unknown",
    "DescribeClientCertificateStatus answers unknown for what is not there, without a serial number.",
    "good, revoked and unknown are documented (SDK 2.1.4), not when each comes.",
    date="2026-11-25",
    settle="DescribeClientCertificateStatus with an identifier of no certificate",
)
assume(
    "pca-list-cert",
    "ListCert pages by MaxResults and NextToken, or by CurrentPage and ShowSize; it has no filters by date and by "
    "InstanceUuid.",
    "Its page has texts that belong to other parameters (2025-12); what these filters do cannot be read from it.",
    verdict="choice",
)


def describe(call: Call, args: Args) -> Doc:
    """DescribeClientCertificate."""
    return {"Certificate": public(_find(call, args["Identifier"]))}


def describe_by_serial(call: Call, args: Args) -> Doc:
    """DescribeClientCertificateForSerialNumber: dates are days here."""
    found = []
    for serial_number in _parts(args["SerialNumber"]):
        for doc in call.store.all(kinds.PCA_CERTIFICATE, SerialNumber=serial_number):
            shown = {name: value for name, value in public(doc).items() if name not in (*_BY_SERIAL, "ResourceGroupId")}
            shown |= {name: _utc(doc[name]).strftime("%Y-%m-%d") for name in ("BeforeDate", "AfterDate")}
            found.append({**shown, "Years": round(doc["Days"] / 365)})
    return {"CertificateList": found}


def listing(call: Call, args: Args) -> Doc:
    """ListClientCertificate: without a filter by CA or common name; newest first."""
    found = select(call.store.all(kinds.PCA_CERTIFICATE), args, equal=same("Identifier", "ResourceGroupId"))[::-1]
    page = [
        {name: value for name, value in public(doc).items() if name not in _NOT_LISTED}
        for doc in numbered_page(found, args["CurrentPage"], args["ShowSize"])
    ]
    return {"CertificateList": page, **authorities.paging(args, len(found))}


def list_cert(call: Call, args: Args) -> Doc:
    """ListCert: with filters, and without PEM."""
    filters = same("ParentIdentifier", "Status") | {"Type": "CertificateType"}
    found = [_summary(doc) for doc in select(call.store.all(kinds.PCA_CERTIFICATE), args, equal=filters)[::-1]]
    if "CurrentPage" in args or "ShowSize" in args:
        paged = {"CurrentPage": args.get("CurrentPage", 1), "ShowSize": args.get("ShowSize", 20)}
        page = numbered_page(found, paged["CurrentPage"], paged["ShowSize"])
        return {"List": page, **authorities.paging(paged, len(found))}
    page, fields = call.page(found, args)
    return {"List": page, **fields}


def status(call: Call, args: Args) -> Doc:
    """DescribeClientCertificateStatus: as an OCSP responder would say it."""
    found = [call.store.get(kinds.PCA_CERTIFICATE, item) for item in _parts(args["Identifier"])]
    return {"CertificateStatus": [_state(doc) for doc in found]}


def status_by_serial(call: Call, args: Args) -> Doc:
    """DescribeClientCertificateStatusForSerialNumber."""
    answers = []
    for serial_number in _parts(args["SerialNumber"]):
        found = call.store.all(kinds.PCA_CERTIFICATE, SerialNumber=serial_number)
        answers.append({"SerialNumber": serial_number, **_state(found[0] if found else None)})
    return {"CertificateStatus": answers}


def revoke(call: Call, args: Args) -> Doc:
    """CreateRevokeClientCertificate, which is final."""
    doc = _find(call, args["Identifier"])
    if doc["Status"] != "ISSUE":
        raise call.error("CertStatusInvalid", doc["Identifier"], doc["Status"])
    _revoke(call, doc)
    return {}


def revoke_ca(call: Call, args: Args) -> Doc:
    """UpdateCACertificateStatus: revokes a CA, and with it what it has issued (metadata of 2024-07)."""
    authorities.revoke(call, args["Identifier"])
    for doc in call.store.all(kinds.PCA_CERTIFICATE, ParentIdentifier=args["Identifier"], Status="ISSUE"):
        _revoke(call, doc)
    return {}


def list_revoked(call: Call, args: Args) -> Doc:
    """ListRevokeCertificate: dates are texts to the minute here."""
    found = call.store.all(kinds.PCA_CERTIFICATE, Status="REVOKE")[::-1]
    page = []
    for doc in numbered_page(found, args["CurrentPage"], args["ShowSize"]):
        left_out = (*_NOT_LISTED, "X509Certificate", "Id", "AliasName", "Days", "ResourceGroupId")
        shown = {name: value for name, value in public(doc).items() if name not in left_out}
        shown |= {name: _minute(doc[name]) for name in ("BeforeDate", "AfterDate")}
        page.append({**shown, "RevokeDate": _minute(doc["_revoked"] * 1000)})
    return {"CertificateList": page, **authorities.paging(args, len(found))}


def delete(call: Call, args: Args) -> Doc:
    """DeleteClientCertificate, of a certificate or of a CA. A CRL goes on to list what was revoked."""
    ca = call.store.get(kinds.CA_CERTIFICATE, args["Identifier"])
    if ca and "X509Certificate" in ca:
        authorities.delete(call, ca)
        return {}
    doc = _find(call, args["Identifier"])
    if doc["Status"] != "REVOKE":
        raise call.error("CertStatusInvalid", doc["Identifier"], doc["Status"])
    if parent := call.store.get(kinds.CA_CERTIFICATE, doc["ParentIdentifier"]):
        gone = {**parent.get("_gone", {}), doc["SerialNumber"]: doc["_revoked"]}
        call.store.put(kinds.CA_CERTIFICATE, parent["Identifier"], {**parent, "_gone": gone}, served=True)
    call.store.delete(kinds.PCA_CERTIFICATE, doc["Identifier"])
    return {}


def private_key(call: Call, args: Args) -> Doc:
    """DescribeCertificatePrivateKey: encrypted anew under EncryptedCode."""
    doc = _find(call, args["Identifier"])
    if not doc["_key"] or doc["Status"] != "ISSUE":
        reason = doc["Status"] if doc["_key"] else "without a private key of the service"
        raise call.error("CertStatusInvalid", doc["Identifier"], reason)
    return {"EncryptedData": signing.key_pem(signing.load_key(doc["_key"]), args["EncryptedCode"])}


def update(call: Call, args: Args) -> Doc:
    """UpdatePcaCertificate, of a certificate or of a CA."""
    kind, doc = find_any(call, args["Identifier"])
    if kind == kinds.CA_CERTIFICATE:
        authorities.update(call, doc, args)
        return {}
    changes: Doc = {name: args[name] for name in ("AliasName", "ResourceGroupId") if name in args}
    changes |= {"Tags": authorities.tags(args)} if "Tags" in args else {}
    call.store.put(kinds.PCA_CERTIFICATE, doc["Identifier"], {**doc, **changes}, served=True)
    return {}


def upload(call: Call, args: Args) -> Doc:
    """UploadPcaCertToCas."""
    for item in _parts(args["Ids"]):
        found = [doc for doc in call.store.all(kinds.PCA_CERTIFICATE) if item in (str(doc["Id"]), doc["Identifier"])]
        if not found:
            raise call.error("NotFound", "certificate", item)
        doc = found[0]
        if not doc["_key"] or doc["Status"] != "ISSUE":
            raise call.invalid(f"The certificate {item} is revoked, or the service has no private key for it.")
        if not doc["UploadFlag"]:
            content = {"Cert": doc["X509Certificate"] + doc["CertChain"], "Key": doc["_key"]}
            centre.upload(call, {"Name": f"pca-{doc['Id']}", **content})
            call.store.put(kinds.PCA_CERTIFICATE, doc["Identifier"], {**doc, "UploadFlag": 1}, served=True)
    return {}


def find_any(call: Call, identifier: str) -> tuple[str, Doc]:
    """Returns the kind and the document of a private CA or a certificate. Raises ApiError."""
    ca = call.store.get(kinds.CA_CERTIFICATE, identifier)
    if ca and "X509Certificate" in ca:
        return kinds.CA_CERTIFICATE, ca
    return kinds.PCA_CERTIFICATE, _find(call, identifier)


def _find(call: Call, identifier: str) -> Doc:
    doc = call.store.get(kinds.PCA_CERTIFICATE, identifier)
    if doc is None:
        raise call.error("NotFound", "certificate", identifier)
    return doc


def _revoke(call: Call, doc: Doc) -> None:
    call.store.put(
        kinds.PCA_CERTIFICATE, doc["Identifier"], {**doc, "Status": "REVOKE", "_revoked": int(time.time())}, served=True
    )


def _state(doc: Doc | None) -> Doc:
    if doc is None:
        return {"Status": "unknown"}
    revoked = {"RevokeTime": doc["_revoked"] * 1000} if "_revoked" in doc else {}
    return {"SerialNumber": doc["SerialNumber"], "Status": "revoked" if revoked else "good", **revoked}


def _summary(doc: Doc) -> Doc:
    return {
        **{name: doc[name] for name in _IN_LIST_CERT},
        "SubjectDn": doc["SubjectDN"],
        "BeforeTime": doc["BeforeDate"],
        "AfterTime": doc["AfterDate"],
        "BeforeDate": _minute(doc["BeforeDate"]),
        "AfterDate": _minute(doc["AfterDate"]),
        "KeyExportable": bool(doc["_key"]),
        "Tags": [f"{tag['TagKey']}:{tag['TagValue']}" for tag in doc["Tags"]],
    }


def _parts(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _utc(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _minute(milliseconds: float) -> str:
    return _utc(milliseconds).strftime("%Y-%m-%dT%H:%MZ")
