# SPDX-License-Identifier: GPL-3.0-or-later
"""Private CAs (CAS 2020-06-30), which are registered with the sandbox: real ones have to be bought in the console."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from .. import kinds
from ..assumptions import assume
from ..product import Call, numbered_page, public, same, select
from ..schema import Args
from ..store import Doc, Store
from . import parsing

# CertType, a filter of the list, to CertificateType of an item.
_TYPES = {"root": "ROOT", "subRoot": "SUB_ROOT"}
_ONLY_IN_ONE = ("CaCertChain", "CertTotalCount", "CertIssuedCount", "CertRemainingCount")

assume(
    "pca-read-only",
    "Private CAs cannot be made or issue certificates here; they are registered with POST /_sandbox/seed and can then "
    "be described, and be the CA of a listener.",
    "Scope of the sandbox; a private CA has to be bought in the console before the API can use it.",
    verdict="choice",
)


def register(store: Store, values: Doc) -> None:
    """Gives the account a private CA: ``identifier``, ``certificate`` (PEM) and ``certificates_left``.

    Raises ValueError when the certificate is not PEM.
    """
    certificate = x509.load_pem_x509_certificate(values["certificate"].encode())
    fields = parsing.fields(certificate)
    left = int(values.get("certificates_left", 10))
    root = certificate.issuer == certificate.subject
    doc = {
        "Identifier": values["identifier"],
        "CertificateType": "ROOT" if root else "SUB_ROOT",
        "Status": "ISSUE",
        "Algorithm": fields["Algorithm"],
        "SignAlgorithm": parsing.signature_algorithm(certificate),
        "CommonName": fields["CommonName"],
        "CountryCode": fields["Country"],
        "State": fields["Province"],
        "Locality": fields["City"],
        "Organization": fields["OrgName"],
        "OrganizationUnit": parsing.name(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
        "SubjectDN": certificate.subject.rfc4514_string(),
        "SerialNumber": fields["SerialNo"],
        "Sha2": fields["Sha2"],
        "BeforeDate": fields["NotBefore"],
        "AfterDate": fields["NotAfter"],
        "X509Certificate": parsing.pem([certificate]),
        "CaCertChain": parsing.pem([certificate]),
        "CertTotalCount": left,
        "CertIssuedCount": 0,
        "CertRemainingCount": left,
        "_pem": parsing.pem([certificate]),
        "_not_before": fields["NotBefore"] / 1000,
        "_not_after": fields["NotAfter"] / 1000,
    }
    store.put(kinds.CA_CERTIFICATE, values["identifier"], doc, served=True)


def describe(call: Call, args: Args) -> Doc:
    """DescribeCACertificate."""
    doc = next((item for item in _all(call) if item["Identifier"] == args["Identifier"]), None)
    if doc is None:
        raise call.error("NotFound", "CA", args["Identifier"])
    return {"Certificate": public(doc)}


def listing(call: Call, args: Args) -> Doc:
    """DescribeCACertificateList."""
    wanted = args | {"CertType": _TYPES.get(args.get("CertType", ""), ""), "CaStatus": args.get("CaStatus", "").upper()}
    filters = same("Identifier") | {"CertType": "CertificateType", "CaStatus": "Status"}
    found = select(_all(call), wanted, equal=filters)
    page = [
        {name: value for name, value in public(doc).items() if name not in _ONLY_IN_ONE}
        for doc in numbered_page(found, args["CurrentPage"], args["ShowSize"])
    ]
    return {
        "CertificateList": page,
        "CurrentPage": args["CurrentPage"],
        "ShowSize": args["ShowSize"],
        "PageCount": -(-len(found) // args["ShowSize"]),
        "TotalCount": len(found),
    }


def _all(call: Call) -> list[Doc]:
    return [doc for doc in call.store.all(kinds.CA_CERTIFICATE) if "X509Certificate" in doc]
