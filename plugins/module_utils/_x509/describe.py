# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as data, for results, the database and the cloud. Private to this collection.

Serial numbers, fingerprints and times have one format everywhere: that of numbers.py, hexadecimal in small letters, and
that of times.py.
"""

from __future__ import annotations

import hashlib
import typing as t

from . import keys, names, numbers, times
from .package import hashes, x509

Value = t.TypeVar("Value", bound=x509.ExtensionType)

_PREFIXES: dict[type[x509.GeneralName], str] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP",
    x509.RFC822Name: "email",
    x509.UniformResourceIdentifier: "URI",
}


class HasExtensions(t.Protocol):
    """A certificate, a certificate request, a CRL, or an entry of one."""

    @property
    def extensions(self) -> x509.Extensions: ...


def extension(holder: HasExtensions, kind: type[Value]) -> Value | None:
    """Return the value of the extension ``kind``, None if ``holder`` has none."""
    try:
        return holder.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def certificate(found: x509.Certificate) -> dict[str, t.Any]:
    """Return what results say about a certificate: its contents, serial number and fingerprint."""
    return {
        **contents(found),
        "serial_number": serial_number(found),
        "fingerprint_sha256": fingerprint_sha256(found),
    }


def contents(found: x509.Certificate) -> dict[str, t.Any]:
    """Return what two certificates are compared by: subject, issuer, alternative names, kind of key, validity."""
    listed = alternative_names(found)
    return {
        "subject": names.subject_dict(found.subject),
        "issuer": names.subject_dict(found.issuer),
        "dns_names": [name.value for name in listed if isinstance(name, x509.DNSName)],
        "ip_addresses": [str(name.value) for name in listed if isinstance(name, x509.IPAddress)],
        "email_addresses": [name.value for name in listed if isinstance(name, x509.RFC822Name)],
        "uris": [name.value for name in listed if isinstance(name, x509.UniformResourceIdentifier)],
        "key": str(keys.any_spec_of(found.public_key()) or "unknown"),
        **validity(found),
    }


def validity(found: x509.Certificate) -> dict[str, str]:
    """Return start and end as text."""
    return {"not_before": times.iso(found.not_valid_before_utc), "not_after": times.iso(found.not_valid_after_utc)}


def serial_number(found: x509.Certificate) -> str:
    """Return the serial number in hexadecimal."""
    return numbers.serial_text(found.serial_number)


def fingerprint_sha256(found: x509.Certificate) -> str:
    """Return the SHA-256 of the DER form in hexadecimal."""
    return found.fingerprint(hashes.SHA256()).hex()


def public_key_sha256(holder: keys.HasPublicKey) -> str:
    """Return the SHA-256 of the SubjectPublicKeyInfo in hexadecimal."""
    return hashlib.sha256(keys.public_der(holder)).hexdigest()


def alternative_names(holder: HasExtensions) -> list[x509.GeneralName]:
    """Return the subject alternative names of a certificate or a request."""
    return list(extension(holder, x509.SubjectAlternativeName) or [])


def name_text(name: x509.GeneralName) -> str:
    """Return a name as OpenSSL writes it, such as DNS:www.example.com."""
    return f"{_PREFIXES.get(type(name), type(name).__name__)}:{getattr(name, 'value', name)}"
