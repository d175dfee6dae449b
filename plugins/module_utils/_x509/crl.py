# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate revocation lists (RFC 5280, 5), read and made in memory. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from . import keys, parse, profiles
from . import names as values
from .errors import PkiError, UnreadableError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

# RFC 5280, 5.3.1, under the names that the user writes. removeFromCRL is no state: it ends one.
REASONS: dict[str, str] = {
    "unspecified": "unspecified",
    "key_compromise": "keyCompromise",
    "ca_compromise": "cACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
    "certificate_hold": "certificateHold",
    "privilege_withdrawn": "privilegeWithdrawn",
    "aa_compromise": "aACompromise",
}
_NAMES = {flag: name for name, flag in REASONS.items()}


def read(pem: bytes) -> x509.CertificateRevocationList | None:
    """None for what is no CRL."""
    with contextlib.suppress(UnreadableError):
        return parse.crl(pem)
    return None


def signed_by(found: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    try:
        return found.issuer == ca.subject and found.is_signature_valid(ca.public_key())  # type: ignore[arg-type]
    except Exception:
        return False  # as in issue.signed_by


def number(found: x509.CertificateRevocationList) -> int:
    return found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def state(each: x509.RevokedCertificate) -> dict[str, str]:
    reason = "unspecified"
    with contextlib.suppress(x509.ExtensionNotFound):
        flag = each.extensions.get_extension_for_class(x509.CRLReason).value.reason
        reason = _NAMES.get(flag.value, reason)
    return {"revoked": values.iso(each.revocation_date_utc), "reason": reason}


def state_of(found: x509.CertificateRevocationList | None, serial_number: int) -> dict[str, str]:
    each = found.get_revoked_certificate_by_serial_number(serial_number) if found is not None else None
    return state(each) if each else {}


def contents(found: x509.CertificateRevocationList) -> dict[int, dict[str, str]]:
    return {each.serial_number: state(each) for each in found}


def make(
    ca: x509.Certificate,
    key: keys.PrivateKey,
    revoked: t.Mapping[int, t.Mapping[str, str]],
    crl_number: int,
    validity: tuple[datetime.datetime, datetime.datetime],
) -> x509.CertificateRevocationList:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.subject)
        .last_update(validity[0])
        .next_update(validity[1])
        .add_extension(profiles.authority_identifier(ca.public_key(), ca), critical=False)
        .add_extension(x509.CRLNumber(crl_number), critical=False)
    )
    for serial_number, each in revoked.items():
        single = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial_number)
            .revocation_date(datetime.datetime.fromisoformat(each["revoked"]))
        )
        if each["reason"] != "unspecified":  # RFC 5280, 5.3.1: then the extension should be absent
            flag = x509.ReasonFlags(REASONS[each["reason"]])
            single = single.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(single.build())
    made = builder.sign(key, keys.signing_hash(key))
    if not signed_by(made, ca):
        raise PkiError("key_mismatch", "The CA's private key makes signatures that its certificate does not confirm.")
    return made


def pem(found: x509.CertificateRevocationList) -> bytes:
    return found.public_bytes(serialization.Encoding.PEM)


def der(found: x509.CertificateRevocationList) -> bytes:
    return found.public_bytes(serialization.Encoding.DER)
