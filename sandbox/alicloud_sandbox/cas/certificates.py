# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploaded server certificates. ALB knows one by ``<id>-<region>`` (``CertIdentifier``), CAS by its number."""

from __future__ import annotations

import time

from cryptography import x509

from .. import kinds, tagging
from ..assumptions import assume
from ..errors import missing
from ..product import Call, new_id, numbered_page, public, resource_group, same, select
from ..regions import certificate_store
from ..schema import Args
from ..store import Doc
from . import parsing

_FIRST_ID = 13_700_001
_IN_BOTH = (
    *("Algorithm", "City", "Country", "EndDate", "Fingerprint", "InstanceId", "Issuer", "Name", "OrgName", "Province"),
    *("ResourceGroupId", "Sans", "SerialNo", "Sha2", "StartDate"),
)
_DAY = 86_400_000  # milliseconds
_ABOUT_TO_EXPIRE = 30 * _DAY
# The states that a list is about without Status (SDK 3.9.4, ListUserCertificateOrder); with one it is about that alone.
_LISTED = {"": ("ISSUED", "WILLEXPIRED")}

assume(
    "cas-upload-invalid",
    "UploadUserCertificate and UploadPCACert refuse a certificate that is not PEM, and certificates that are no chain, "
    "with InvalidParameter (400). Expired ones are accepted.",
    "No error code is documented; of PEM that cannot be read a message was seen, without its code (aliyun-cli "
    "issue 1232, 2025-05).",
    date="2026-11-25",
    settle="UploadUserCertificate with a certificate that is no PEM",
)
assume(
    "cas-no-sm2",
    "SM2 certificates (SignCert, SignPrivateKey, EncryptCert, EncryptPrivateKey) are refused with InvalidParameter "
    "(400).",
    "Scope of the sandbox.",
    verdict="choice",
)
assume(
    "cas-delete-used",
    "DeleteUserCertificate deletes a certificate that a listener has. The listener goes on with its own copy and shows "
    "the id as before; nothing can be given this id again.",
    "Uploaded certificates can be deleted at any time (doc-detail/112532; revoke-and-delete-a-certificate, "
    "2024-11-27); what becomes of a listener is not documented.",
    date="2026-11-25",
    settle="DeleteUserCertificate for a certificate that a listener has, then openssl s_client to the listener",
)
assume(
    "cas-rename",
    "CreateCertificateName (2018-08-13) changes what is given of name, tags and resource group. Tags replace all that "
    "the certificate has; one without a key stands for none. Its answer has only a RequestId.",
    "Terraform's provider calls it for all three, and sends an empty key to remove the last tag "
    "(resource_alicloud_ssl_certificates_service_certificate.go); the page of this version is gone.",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "cas-about-to-expire",
    "An uploaded certificate is WILLEXPIRED in its last 30 days, and ISSUED before.",
    "The states are documented (SDK 3.9.4, ListUserCertificateOrder), the number of days is not.",
    date="2026-11-25",
    settle="ListUserCertificateOrder with Status=WILLEXPIRED, for certificates with 10 and 40 days left",
)
assume(
    "cas-serial-number",
    "Serial numbers are lower-case hexadecimal, padded with zeros to 32 digits.",
    "That they are padded is seen in practice (certimate, aliyun_cas.go, 2026-08); to how many digits is not known.",
    verdict="practice",
    date="2026-08-17",
)


def upload(call: Call, args: Args) -> Doc:
    """UploadUserCertificate."""
    if any(args.get(name) for name in ("SignCert", "SignPrivateKey", "EncryptCert", "EncryptPrivateKey")):
        raise call.invalid("The sandbox has no SM2 certificates.")
    for name in ("Cert", "Key"):
        if not args.get(name):
            raise missing(name)
    _check_name(call, args["Name"])
    chain = parsing.certificates(call, args["Cert"])
    parsing.check_key(call, chain[0], args["Key"])
    parsing.check_order(call, chain)
    number = call.store.setting("certificate_id", lambda: _FIRST_ID)
    call.store.set("certificate_id", number + 1)
    identifier = _identifier(call, number)
    fields = parsing.fields(chain[0])
    doc: Doc = {
        **{name: value for name, value in fields.items() if name != "CommonName"},
        "Id": number,
        "Name": args["Name"],
        "Common": fields["CommonName"],
        "Cert": parsing.pem(chain),
        "CertIdentifier": identifier,
        "CertSha2": fields["Sha2"],
        "CertChain": [_link(certificate) for certificate in chain],
        "BuyInAliyun": False,
        "InstanceId": new_id("cas-upload", 6),
        "ResourceGroupId": resource_group(args),
        "Tags": _tags(args),
        "_pem": parsing.pem(chain),
        "_key": args["Key"],
    }
    call.store.put(kinds.CERTIFICATE, identifier, doc, served=True)
    return {"CertId": number, "ResourceId": doc["InstanceId"]}


def detail(call: Call, args: Args) -> Doc:
    """GetUserCertificateDetail: with certificate and private key, unless CertFilter is set."""
    doc = _find(call, args)
    shown = public(doc) | {"Expired": _expired(doc)}
    if args["CertFilter"]:
        return {name: value for name, value in shown.items() if name != "Cert"}
    return shown | {"Key": doc["_key"]}


def orders(call: Call, args: Args) -> Doc:
    """ListUserCertificateOrder. There are uploaded certificates only, so nothing is bought (CPACK, BUY)."""
    uploaded = call.store.all(kinds.CERTIFICATE) if args["OrderType"] in ("UPLOAD", "CERT") else []
    wanted = args.get("Keyword", "")
    found = [
        _order(doc)
        for doc in select(uploaded, args, equal=same("ResourceGroupId"))
        if doc["CertIdentifier"] == _identifier(call, doc["Id"])
        and _status(doc) in _LISTED.get(args.get("Status", ""), (args.get("Status"),))
        # A part of a domain name or of the resource id (SDK 3.9.4 and the metadata of the command line, 2026-04).
        and any(wanted in doc[name] for name in ("Common", "Sans", "InstanceId"))
    ]
    page = numbered_page(found[::-1], args["CurrentPage"], args["ShowSize"])
    return {
        "CertificateOrderList": page,
        "CurrentPage": args["CurrentPage"],
        "ShowSize": args["ShowSize"],
        "TotalCount": len(found),
    }


def delete(call: Call, args: Args) -> Doc:
    """DeleteUserCertificate: at any time, also while a listener has the certificate."""
    doc = _find(call, args)
    identifier = doc["CertIdentifier"]
    if listeners_with(call, identifier):
        call.store.put(kinds.DELETED_CERTIFICATE, identifier, doc, served=True)
    call.store.delete(kinds.CERTIFICATE, identifier)
    return {}


def rename(call: Call, args: Args) -> Doc:
    """CreateCertificateName (2018-08-13): name, tags and resource group of an uploaded certificate."""
    doc = _find(call, {"CertId": args["CertificateId"]})
    if "Name" in args:
        _check_name(call, args["Name"], doc)
        doc["Name"] = args["Name"]
    if args.get("ResourceGroupId"):
        doc["ResourceGroupId"] = args["ResourceGroupId"]
    if "Tags" in args:
        doc["Tags"] = _tags(args)
    call.store.put(kinds.CERTIFICATE, doc["CertIdentifier"], doc, served=True)
    return {}


def listeners_with(call: Call, identifier: str) -> list[str]:
    """Returns the ids of the listeners that have this certificate, or are still served with it."""
    names = ("Certificates", "CaCertificates", "_additional")
    return [
        listener["ListenerId"]
        for listener in [*call.store.all(kinds.LISTENER), *call.store.served(kinds.LISTENER).values()]
        if any(identifier == item["CertificateId"] for name in names for item in listener.get(name, []))
    ]


def _check_name(call: Call, name: str, of: Doc | None = None) -> None:
    """Refuses the name of another certificate."""
    for doc in call.store.all(kinds.CERTIFICATE, Name=name):
        if of is None or doc["CertIdentifier"] != of["CertIdentifier"]:
            raise call.error("NameRepeat", name)


def _tags(args: Args) -> list[Doc]:
    """Returns tags as they are stored and shown."""
    return [{"TagKey": key, "TagValue": value} for key, value in tagging.from_list(args.get("Tags", [])).items()]


def _identifier(call: Call, number: int) -> str:
    """Returns the id by which ALB knows a certificate of the store that was called."""
    return f"{number}-{certificate_store(call.region)}"


def _find(call: Call, args: Args) -> Doc:
    doc = call.store.get(kinds.CERTIFICATE, _identifier(call, args["CertId"]))
    if doc is None:
        raise call.error("NotFound", "certificate", args["CertId"])
    return doc


def _expired(doc: Doc) -> bool:
    return bool(doc["NotAfter"] < time.time() * 1000)


def _status(doc: Doc) -> str:
    left = doc["NotAfter"] - time.time() * 1000
    return "EXPIRED" if left < 0 else "WILLEXPIRED" if left < _ABOUT_TO_EXPIRE else "ISSUED"


def _link(certificate: x509.Certificate) -> Doc:
    fields = parsing.fields(certificate)
    return {
        "CommonName": fields["CommonName"],
        "IssuerCommonName": fields["Issuer"],
        "NotBefore": fields["NotBefore"],
        "NotAfter": fields["NotAfter"],
        "RemainDay": max(0, int((fields["NotAfter"] - time.time() * 1000) // _DAY)),
    }


def _order(doc: Doc) -> Doc:
    return {
        **{name: doc[name] for name in _IN_BOTH},
        "CertificateId": doc["Id"],
        "CommonName": doc["Common"],
        "CertStartTime": doc["NotBefore"],
        "CertEndTime": doc["NotAfter"],
        "Expired": _expired(doc),
        "Status": _status(doc),
        "SourceType": "upload",
        "Upload": True,
    }
