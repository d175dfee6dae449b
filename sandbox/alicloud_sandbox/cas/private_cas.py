# SPDX-License-Identifier: GPL-3.0-or-later
"""Private CAs (CAS 2020-06-30): seen, not made. One has to be bought in the console first, so they are seeded."""

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
    facts = parsing.facts(certificate)
    left = int(values.get("certificates_left", 10))
    root = certificate.issuer == certificate.subject
    doc = {
        "Identifier": values["identifier"],
        "CertificateType": "ROOT" if root else "SUB_ROOT",
        "Status": "ISSUE",
        "Algorithm": facts["Algorithm"],
        "SignAlgorithm": parsing.signature_algorithm(certificate),
        "CommonName": facts["CommonName"],
        "CountryCode": facts["Country"],
        "State": facts["Province"],
        "Locality": facts["City"],
        "Organization": facts["OrgName"],
        "OrganizationUnit": parsing.name(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
        "SubjectDN": certificate.subject.rfc4514_string(),
        "SerialNumber": facts["SerialNo"],
        "Sha2": facts["Sha2"],
        "BeforeDate": facts["NotBefore"],
        "AfterDate": facts["NotAfter"],
        "X509Certificate": parsing.pem([certificate]),
        "CaCertChain": parsing.pem([certificate]),
        "CertTotalCount": left,
        "CertIssuedCount": 0,
        "CertRemainingCount": left,
        "_pem": parsing.pem([certificate]),
        "_not_before": facts["NotBefore"] / 1000,
        "_not_after": facts["NotAfter"] / 1000,
    }
    store.put(kinds.CA_CERTIFICATE, values["identifier"], doc, served=True)


def describe(call: Call, args: Args) -> Doc:
    """DescribeCACertificate."""
    doc = next((each for each in _all(call) if each["Identifier"] == args["Identifier"]), None)
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
