# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate revocation lists (RFC 5280, 5), read and made in memory. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from . import describe, keys, parse, profiles, terms, times
from .errors import CertificateError, UnreadableError
from .package import serialization, x509

_NAMES = {flag: name for name, flag in terms.REVOCATION_REASONS.items()}


class State(t.TypedDict):
    """A revocation: its time as text, and its reason, one of terms.REVOCATION_REASONS."""

    revoked: str
    reason: str


def read(pem: bytes) -> x509.CertificateRevocationList | None:
    """Return the CRL in ``pem``, None for anything else."""
    with contextlib.suppress(UnreadableError):
        return parse.crl(pem)
    return None


def signed_by(found: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    """Return whether a CRL has the name and the signature of ``ca``."""
    try:
        key: t.Any = ca.public_key()  # of any kind: an unfit one raises
        return found.issuer == ca.subject and found.is_signature_valid(key)
    except Exception:
        return False  # as in verification.signed_by


def number(found: x509.CertificateRevocationList) -> int | None:
    """Return the CRL number, None for a CRL without one, as easy-rsa and ``openssl ca`` make it."""
    extension = describe.extension(found, x509.CRLNumber)
    return extension.crl_number if extension else None


def covers(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Return whether a CRL of the certificate's CA would list it for any reason (RFC 5280, 5.2.4 and 5.2.5)."""
    extensions = found.extensions
    if any(isinstance(item.value, x509.DeltaCRLIndicator) for item in extensions):
        return False
    scope = next((item.value for item in extensions if isinstance(item.value, x509.IssuingDistributionPoint)), None)
    if scope is None:
        return True
    basic = describe.extension(certificate, x509.BasicConstraints)
    is_ca = basic is not None and basic.ca
    others_only = scope.only_contains_user_certs if is_ca else scope.only_contains_ca_certs
    return not (others_only or scope.only_contains_attribute_certs or scope.only_some_reasons)


def state(entry: x509.RevokedCertificate) -> State | None:
    """Return time and reason of an entry, None for one of a delta CRL that ends a hold."""
    reason = describe.extension(entry, x509.CRLReason)
    if reason and reason.reason == x509.ReasonFlags.remove_from_crl:
        return None
    name = _NAMES.get(reason.reason.value, "unspecified") if reason else "unspecified"
    return {"revoked": times.iso(entry.revocation_date_utc), "reason": name}


def state_of(found: x509.CertificateRevocationList | None, serial_number: int) -> State | None:
    """Return time and reason of the revocation of a certificate, None if the CRL does not list it."""
    entry = found.get_revoked_certificate_by_serial_number(serial_number) if found is not None else None
    return state(entry) if entry else None


def contents(found: x509.CertificateRevocationList) -> dict[int, State]:
    """Return all revocations, by serial number."""
    return {entry.serial_number: known for entry in found if (known := state(entry))}


def make(
    ca: x509.Certificate,
    key: keys.PrivateKey,
    revoked: t.Mapping[int, State],
    crl_number: int,
    validity: tuple[datetime.datetime, datetime.datetime],
) -> x509.CertificateRevocationList:
    """Return a CRL signed with ``key``. Raises CertificateError (``key_mismatch``) if the key is not that of ``ca``."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.subject)
        .last_update(validity[0])
        .next_update(validity[1])
        .add_extension(profiles.authority_identifier(ca.public_key(), ca), critical=False)
        .add_extension(x509.CRLNumber(crl_number), critical=False)
    )
    for serial_number, revocation in revoked.items():
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial_number)
            .revocation_date(datetime.datetime.fromisoformat(revocation["revoked"]))
        )
        if revocation["reason"] != "unspecified":  # RFC 5280, 5.3.1: then the extension should be absent
            flag = x509.ReasonFlags(terms.REVOCATION_REASONS[revocation["reason"]])
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(key, keys.signing_hash(key))
    if not signed_by(made, ca):
        raise CertificateError(
            "The CA's private key does not belong to its certificate.", "Put the right key back.", "key_mismatch"
        )
    return made


def pem(found: x509.CertificateRevocationList) -> bytes:
    """Return the CRL in PEM form."""
    return found.public_bytes(serialization.Encoding.PEM)


def der(found: x509.CertificateRevocationList) -> bytes:
    """Return the CRL in DER form."""
    return found.public_bytes(serialization.Encoding.DER)
