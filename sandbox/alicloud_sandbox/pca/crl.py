# SPDX-License-Identifier: GPL-3.0-or-later
"""The CRL of a sub CA, and the address at which it can be fetched."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .. import kinds
from ..assumptions import assume
from ..errors import missing
from ..product import Call
from ..schema import Args
from ..store import Doc, Store
from . import signing

PATH = "/crl/"

assume(
    "pca-crl",
    "A CRL is DER, holds what its CA has revoked, and is there at once. It is signed anew after a revocation, and when "
    "half of CrlDay (default 30) has passed. The address is one of the sandbox, by HTTP.",
    "That a CRL has an address, a hash that changes with revocations and a next update is documented "
    "(GetCaInstanceCrlAddress, SDK 2.1.4); its form is not. RFC 5280, 4.2.1.13, asks for DER at a distribution point.",
    date="2026-11-25",
    settle="GetCaInstanceCrlAddress, and a request to CrlUrl",
)


def address(call: Call, identifier: str) -> str:
    """Where the CRL of a CA is."""
    return f"{call.endpoint}{PATH}{identifier}.crl"


def describe(call: Call, args: Args) -> Doc:
    """GetCaInstanceCrlAddress."""
    identifier = args.get("CaIdentifier", "")
    if not identifier:
        raise missing("CaIdentifier")
    doc = call.store.get(kinds.CA_CERTIFICATE, identifier)
    if doc is None or "CrlStatus" not in doc:
        raise call.error("NotFound", "CRL of the CA", identifier)
    revoked, current = _current(call.store, doc)
    assert current.next_update_utc
    return {
        "CrlUrl": address(call, identifier),
        "HashCode": _digest(revoked),
        "NextUpdateTime": str(int(current.next_update_utc.timestamp() * 1000)),
        "CaType": doc["CertificateType"],
        "CaInstanceStatus": "USED" if doc["Status"] == "ISSUE" else "REVOKE",
    }


def fetch(store: Store, path: str) -> bytes | None:
    """What a request for ``path`` is answered with: a CRL in DER, or None. To be called within a transaction."""
    doc = store.get(kinds.CA_CERTIFICATE, path.removeprefix(PATH).removesuffix(".crl"))
    if doc is None or "CrlStatus" not in doc:
        return None
    return _current(store, doc)[1].public_bytes(Encoding.DER)


def _current(store: Store, ca: Doc) -> tuple[dict[int, float], x509.CertificateRevocationList]:
    """What is revoked, and a CRL that says so and is fresh; signs and stores a new one where the last is neither."""
    revoked = {
        int(item["SerialNumber"], 16): item["_revoked"]
        for item in store.all(kinds.PCA_CERTIFICATE, ParentIdentifier=ca["Identifier"])
        if "_revoked" in item
    }
    revoked |= {int(serial_number, 16): moment for serial_number, moment in ca.get("_gone", {}).items()}
    kept = x509.load_pem_x509_crl(ca["_crl"].encode()) if "_crl" in ca else None
    # One that revokes nothing has the length 0.
    if kept is not None and kept.next_update_utc and ca["_crl_digest"] == _digest(revoked):
        half = (kept.next_update_utc - kept.last_update_utc) / 2
        if datetime.now(UTC) < kept.last_update_utc + half:
            return revoked, kept
    number = ca.get("_crl_number", 0) + 1
    made = signing.crl(signing.signer(ca["_pem"], ca["_key"]), revoked, number, ca["CrlDay"])
    changes = {"_crl": made.public_bytes(Encoding.PEM).decode(), "_crl_digest": _digest(revoked)}
    store.put(kinds.CA_CERTIFICATE, ca["Identifier"], {**ca, **changes, "_crl_number": number}, served=True)
    return revoked, made


def _digest(revoked: dict[int, float]) -> str:
    return hashlib.sha256(",".join(f"{item:x}" for item in sorted(revoked)).encode()).hexdigest()[:32]
