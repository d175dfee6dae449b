# SPDX-License-Identifier: GPL-3.0-or-later
"""Private CAs: made for purchased instances, described, revoked and removed."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from .. import kinds
from ..assumptions import assume
from ..cas import parsing
from ..cas.certificates import listeners_with
from ..product import DEFAULT_RESOURCE_GROUP, Call, numbered_page, public, resource_group, same, select
from ..schema import Args
from ..store import Doc, Store
from . import crl, instances, signing
from .instances import ROOT, SUB
from .params import SM2

# CertType, a filter of the list, to CertificateType of an item.
_TYPES = {"root": ROOT, "subRoot": SUB, "externalCa": "EXTERNAL"}
_LISTED = (
    *("AfterDate", "Algorithm", "BeforeDate", "CertificateType", "CommonName", "CountryCode", "Identifier", "KeySize"),
    *("Locality", "Md5", "Organization", "OrganizationUnit", "ParentIdentifier", "ResourceGroupId", "Sans"),
    *("SerialNumber", "Sha2", "SignAlgorithm", "State", "Status", "SubjectDN", "X509Certificate", "Years"),
)
_YEAR = timedelta(days=365)

assume(
    "pca-chain",
    "CertificateChain and CertChain hold the sub CA and its root, without the certificate itself; CaCertChain begins "
    "with the certificate of the CA.",
    "The example of CaCertChain begins with the certificate itself, that of CertificateChain has two certificates "
    "(metadata of 2024-07); nothing says more.",
    date="2026-11-25",
    settle="CreateClientCertificateWithCsr with Immediately=2",
)
assume(
    "pca-algorithms",
    "Without Algorithm a root CA has RSA_2048 or ECC_256, as its instance was bought for. Of a year, 365 days are "
    "counted, and of a month 30. Certificates are valid from the second at which they are made.",
    "Terraform's acceptance test leaves Algorithm out (2026-08-21); the rest is not documented.",
    date="2026-11-25",
    settle="CreateRootCACertificate without Algorithm",
)
assume(
    "pca-delete-ca",
    "DeleteClientCertificate with the Identifier of a CA removes the CA, in any status.",
    "Terraform's acceptance test removes CAs so and finds them gone; it is documented for certificates alone.",
    verdict="practice",
    date="2026-08-21",
)


def new_identifier() -> str:
    """A UUID of version 6, as all recent examples of identifiers of CAs and certificates are."""
    return str(uuid.UUID(int=uuid.uuid4().int & ~(0xF << 76) | (6 << 76)))


def facts(certificate: x509.Certificate) -> Doc:
    """Fields that CAs and certificates have in common."""
    found, key = parsing.fields(certificate), certificate.public_key()
    return {
        "Algorithm": found["Algorithm"],
        "FullAlgorithm": signing.algorithm_of(key) if isinstance(key, signing.PublicKey) else found["Algorithm"],
        "KeySize": key.key_size if isinstance(key, signing.PublicKey) else 0,
        "SignAlgorithm": "SHA256WITHRSA" if isinstance(key, rsa.RSAPublicKey) else "SHA256WITHECDSA",
        "CommonName": found["CommonName"],
        "CountryCode": found["Country"],
        "State": found["Province"],
        "Locality": found["City"],
        "Organization": found["OrgName"],
        "OrganizationUnit": parsing.name(certificate.subject, x509.NameOID.ORGANIZATIONAL_UNIT_NAME),
        "SubjectDN": signing.subject_dn(certificate.subject),
        "SerialNumber": f"{certificate.serial_number:036x}",
        "Md5": certificate.fingerprint(hashes.MD5()).hex(),  # noqa: S303  the API's field
        "Sha2": found["Sha2"].lower(),
        "BeforeDate": found["NotBefore"],
        "AfterDate": found["NotAfter"],
        "X509Certificate": parsing.pem([certificate]),
    }


def tags(args: Args) -> list[Doc]:
    """Tags as the answers have them."""
    return [{"TagKey": item["Key"], "TagValue": item.get("Value", "")} for item in args.get("Tags", [])]


def register(store: Store, values: Doc) -> None:
    """Gives the account a CA that was made elsewhere; with its ``key`` it signs.

    ``values``: ``identifier``, ``certificate`` and ``key`` (PEM), ``certificates_left``. Raises ValueError when the
    certificate is not PEM.
    """
    certificate = x509.load_pem_x509_certificate(values["certificate"].encode())
    root = certificate.issuer == certificate.subject
    doc = _document(values["identifier"], certificate, ROOT if root else SUB, parsing.pem([certificate]))
    doc |= {"_assigned": values.get("certificates_left", 10), "_key": values.get("key", "")}
    store.put(kinds.CA_CERTIFICATE, values["identifier"], doc, served=True)


def create_root(call: Call, args: Args) -> Doc:
    """CreateRootCACertificate."""
    algorithm = args.get("Algorithm", "")
    _refuse_sm2(call, algorithm)
    if algorithm:
        instance = instances.unused(call, ROOT, signing.family(algorithm))
    else:
        bought = [item["_family"] for item in call.store.all(kinds.PCA_INSTANCE) if item["Status"] == "BUY"]
        instance = instances.unused(call, ROOT, bought[0] if bought else "RSA")
        algorithm = {"RSA": "RSA_2048", "ECC": "ECC_256"}[instance["_family"]]
    key, now = signing.new_key(algorithm), datetime.now(UTC).replace(microsecond=0)
    template = signing.Template(
        _subject(call, args),
        key.public_key(),
        now,
        now + args["Years"] * _YEAR,
        signing.ca_extensions(None, ()),
    )
    return _made(call, args, instance, signing.sign(template, None, key), key)


def create_sub(call: Call, args: Args) -> Doc:
    """CreateSubCACertificate. Without a parent, under the one root that has an instance for it."""
    _refuse_sm2(call, args["Algorithm"])
    family = signing.family(args["Algorithm"])
    parent = _parent(call, args.get("ParentIdentifier", ""), family)
    signer = usable(call, parent, ROOT)
    instance = instances.unused(call, SUB, family, (instances.of(call.store, parent) or {}).get("_root", ""))
    key, now = signing.new_key(args["Algorithm"]), datetime.now(UTC).replace(microsecond=0)
    end = now + args["Years"] * _YEAR
    if end > signer.certificate.not_valid_after_utc:
        raise call.invalid("The sub CA cannot be valid longer than its root CA.")
    template = signing.Template(
        _subject(call, args),
        key.public_key(),
        now,
        end,
        signing.ca_extensions(args["PathLenConstraint"], args.get("ExtendedKeyUsages", ())),
    )
    first = not instances.subordinates(call.store, parent["Identifier"])
    more = {
        "ParentIdentifier": parent["Identifier"],
        "_assigned": instance["_bought"] if first else 0,
        **({"CertMaxTime": args["CertMaxTime"]} if "CertMaxTime" in args else {}),
        **({"CrlDay": args.get("CrlDay", 30), "CrlStatus": "ACTIVE"} if args["EnableCrl"] else {}),
    }
    return _made(call, args, instance, signing.sign(template, signer), key, parent, more)


def usable(call: Call, ca: Doc, kind: str) -> signing.Signer:
    """A CA of this type that may sign now. Raises ApiError."""
    instance = instances.of(call.store, ca)
    problem = ""
    if ca["CertificateType"] != kind:
        problem = "it is the certificate of a root CA" if kind == SUB else "it is not the certificate of a root CA"
    elif ca["Status"] != "ISSUE":
        problem = "it is revoked"
    elif ca["_not_after"] <= time.time():
        problem = "it has expired"
    elif instance and instance["_until"] <= time.time():
        problem = "its instance has expired"
    elif not ca.get("_key"):
        problem = "the sandbox has no private key for it"
    if problem:
        raise call.error("CaStatusInvalid", ca["Identifier"], problem)
    return signer(ca)


def signer(ca: Doc) -> signing.Signer:
    """Certificate and private key of a CA."""
    return signing.signer(ca["_pem"], ca["_key"])


def find(call: Call, identifier: str) -> Doc:
    """A private CA. Raises ApiError."""
    doc = call.store.get(kinds.CA_CERTIFICATE, identifier)
    if doc is None or "X509Certificate" not in doc:
        raise call.error("NotFound", "CA", identifier)
    return doc


def describe(call: Call, args: Args) -> Doc:
    """DescribeCACertificate."""
    doc = find(call, args["Identifier"])
    shown = {**public(doc), **instances.counts(call.store, doc)}
    if "CrlStatus" in doc:
        shown["CrlUrl"] = crl.address(call, doc["Identifier"])
    return {"Certificate": {name: value for name, value in shown.items() if name != "Alias"}, "Years": doc["Years"]}


def listing(call: Call, args: Args) -> Doc:
    """DescribeCACertificateList."""
    wanted = args | {"CertType": _TYPES.get(args.get("CertType", ""), ""), "CaStatus": args.get("CaStatus", "").upper()}
    filters = same("Identifier", "IssuerType", "ResourceGroupId") | {
        "CertType": "CertificateType",
        "CaStatus": "Status",
    }
    valid = {"valid": True, "notValid": False}.get(args.get("ValidStatus", ""))
    found = [
        doc
        for doc in select(_all(call), wanted, equal=filters)
        if valid is None or valid == (doc["_not_after"] > time.time())
    ]
    page = [
        {**{name: doc[name] for name in _LISTED if name in doc}, "Alias": doc.get("Alias", ""), "Gift": 0, "Trial": 0}
        for doc in numbered_page(found, args["CurrentPage"], args["ShowSize"])
    ]
    return {"CertificateList": page, **paging(args, len(found))}


def paging(args: Args, total: int) -> Doc:
    """The fields of an answer that is one page by number."""
    return {
        "CurrentPage": args["CurrentPage"],
        "ShowSize": args["ShowSize"],
        "PageCount": -(-total // args["ShowSize"]),
        "TotalCount": total,
    }


def count(call: Call, _args: Args) -> Doc:
    """DescribeCACertificateCount."""
    return {"TotalCount": len(_all(call))}


def trusted(call: Call, args: Args) -> Doc:
    """ListPcaCaCertificate: the CAs that are in use, by the names that other products know them by."""
    found = [
        {
            "CertIdentifier": doc["Identifier"],
            "Status": doc["Status"],
            "CommonName": doc["CommonName"],
            "IssuerIdentifier": doc.get("ParentIdentifier", doc["Identifier"]),
            "PrivateCaInstanceId": doc.get("_instance", ""),
            "PrivateCaRegionId": call.region,
            "UserId": 1,
        }
        for doc in _all(call)
        if doc["Status"] == "ISSUE"
    ]
    page, fields = call.page(found, args)
    return {"List": page, **fields}


def revoke(call: Call, identifier: str) -> None:
    """Revokes a CA, and not what it has issued."""
    doc = find(call, identifier)
    if doc["Status"] != "ISSUE":
        raise call.error("CertStatusInvalid", doc["Identifier"], doc["Status"])
    _refuse_when_used(call, doc["Identifier"])
    call.store.put(kinds.CA_CERTIFICATE, doc["Identifier"], {**doc, "Status": "REVOKE"}, served=True)
    instances.give_up(call, doc)


def update(call: Call, doc: Doc, args: Args) -> None:
    """UpdatePcaCertificate of a CA."""
    changes: Doc = {"Alias": args["AliasName"]} if "AliasName" in args else {}
    changes |= {"ResourceGroupId": args["ResourceGroupId"]} if "ResourceGroupId" in args else {}
    changes |= {"Tags": tags(args)} if "Tags" in args else {}
    call.store.put(kinds.CA_CERTIFICATE, doc["Identifier"], {**doc, **changes}, served=True)


def delete(call: Call, doc: Doc) -> None:
    """DeleteClientCertificate of a CA."""
    _refuse_when_used(call, doc["Identifier"])
    call.store.delete(kinds.CA_CERTIFICATE, doc["Identifier"])
    instances.give_up(call, doc)


def _refuse_when_used(call: Call, identifier: str) -> None:
    if listeners := listeners_with(call, identifier):
        raise call.error("ResourceInUse.Certificate", identifier, ", ".join(listeners))


def _all(call: Call) -> list[Doc]:
    return [doc for doc in call.store.all(kinds.CA_CERTIFICATE) if "X509Certificate" in doc]


def _refuse_sm2(call: Call, algorithm: str) -> None:
    if algorithm == SM2:
        raise call.invalid("The sandbox has no SM2 certificates.")


def _parent(call: Call, identifier: str, family: str) -> Doc:
    if identifier:
        found = [find(call, identifier)]
    else:
        root = instances.unused(call, SUB, family)["_root"]
        found = [item for item in _all(call) if item.get("_instance") == root]
    if not found:
        raise call.error("NotFound", "root CA", identifier or "of the instance")
    if found[0]["Algorithm"] != family:
        raise call.invalid(f"Algorithm has to be of the family of the root CA, {found[0]['Algorithm']}.")
    return found[0]


def _subject(call: Call, args: Args) -> x509.Name:
    try:
        return signing.subject({**args, "Country": args["CountryCode"]})
    except ValueError as problem:
        raise call.invalid(f"The subject: {problem}.") from None


def _document(identifier: str, certificate: x509.Certificate, kind: str, chain: str) -> Doc:
    begin, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    return {
        "Identifier": identifier,
        "CertificateType": kind,
        "Status": "ISSUE",
        **facts(certificate),
        "Years": round((end - begin) / _YEAR.total_seconds()),
        "CaCertChain": chain,
        "IssuerType": "local",
        "ResourceGroupId": DEFAULT_RESOURCE_GROUP,
        "Tags": [],
        "_pem": parsing.pem([certificate]),
        "_not_before": begin,
        "_not_after": end,
        "_issued": 0,
        "_assigned": 0,
    }


def _made(
    call: Call,
    args: Args,
    instance: Doc,
    certificate: x509.Certificate,
    key: signing.PrivateKey,
    parent: Doc | None = None,
    more: Doc | None = None,
) -> Doc:
    """Stores a new CA; returns the answer to its creation."""
    identifier, above = new_identifier(), parent["CaCertChain"] if parent else ""
    doc = _document(identifier, certificate, SUB if parent else ROOT, parsing.pem([certificate]) + above)
    doc |= {"_key": signing.key_pem(key), "_instance": instance["InstanceId"], "Tags": tags(args), **(more or {})}
    doc |= {"ResourceGroupId": resource_group(args)}
    call.store.put(kinds.CA_CERTIFICATE, identifier, doc, served=True)
    instances.enable(call, instance, identifier)
    return {
        "Identifier": identifier,
        "Certificate": doc["X509Certificate"],
        "CertificateChain": above or doc["X509Certificate"],
    }
