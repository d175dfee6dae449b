# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates, requests, CRLs and PKCS#12 files, parsed completely. Private to this collection.

The package cryptography parses much of a certificate only when an attribute is read, and reports unknown versions,
algorithms, curves and encodings with many exceptions. Here each attribute that the engine uses is read once, and every
such exception becomes UnreadableError.
"""

from __future__ import annotations

import re
import typing as t

from .._arguments import encodings
from .errors import UnreadableError
from .package import pkcs12 as _pkcs12
from .package import x509

Parsed = t.TypeVar("Parsed")

PEM_MARK = b"-----BEGIN"
CRL_MARK = b"-----BEGIN X509 CRL-----"
_PEM_CRL = re.compile(CRL_MARK + rb".*?-----END X509 CRL-----", re.DOTALL)


def certificate(pem: bytes) -> x509.Certificate:
    """Return the first certificate in ``pem``. Raises UnreadableError."""
    return _whole(x509.load_pem_x509_certificate, pem, _read_certificate, "certificate")


def certificates(pem: bytes) -> list[x509.Certificate]:
    """Return all certificates in ``pem``, one at least. Raises UnreadableError."""

    def read(found: list[x509.Certificate]) -> None:
        for item in found:
            _read_certificate(item)

    return _whole(x509.load_pem_x509_certificates, pem, read, "certificate")


def any_certificates(content: bytes) -> list[x509.Certificate]:
    """Return all certificates in a file that a user names, one at least: several in PEM form, or one in DER form.

    PEM may be in UTF-16 with a byte order mark, as PowerShell writes it. Raises UnreadableError.
    """
    text = encodings.to_utf8(content)
    if PEM_MARK in text:
        return certificates(text)
    return [_whole(x509.load_der_x509_certificate, content, _read_certificate, "certificate", "PEM or DER form")]


def csr(pem: bytes) -> x509.CertificateSigningRequest:
    """Return the request in ``pem``, whose signature is not verified. Raises UnreadableError."""
    return _whole(x509.load_pem_x509_csr, pem, _read_signed, "certificate request")


def crl(pem: bytes) -> x509.CertificateRevocationList:
    """Return the CRL in ``pem``, which may lack a number. Raises UnreadableError."""
    return _whole(x509.load_pem_x509_crl, pem, _read_crl, "CRL")


def crls(content: bytes) -> list[x509.CertificateRevocationList]:
    """Return all CRLs in ``content``, whoever made them: one at least in PEM form, or one in DER form.

    Raises UnreadableError. A CRL number is not required.
    """
    if CRL_MARK not in content:
        return [_whole(x509.load_der_x509_crl, content, _read_crl, "CRL", "PEM or DER form")]
    blocks = _PEM_CRL.findall(content)
    if len(blocks) < content.count(CRL_MARK):
        raise UnreadableError("its last CRL is incomplete")
    return [_whole(x509.load_pem_x509_crl, block, _read_crl, "CRL") for block in blocks]


def pkcs12(data: bytes, passphrase: bytes | None) -> _pkcs12.PKCS12KeyAndCertificates:
    """Return the opened file. Raises UnreadableError for damage or a wrong passphrase, which look the same."""

    def read(found: _pkcs12.PKCS12KeyAndCertificates) -> None:
        for item in [found.cert, *found.additional_certs]:
            if item is not None:
                _read_certificate(item.certificate)
        if found.key is not None:
            found.key.public_key()

    return _whole(lambda raw: _pkcs12.load_pkcs12(raw, passphrase), data, read, "PKCS#12 file", "that form")


def _whole(
    load: t.Callable[[bytes], Parsed],
    data: bytes,
    read: t.Callable[[Parsed], object],
    kind: str,
    form: str = "PEM form",
) -> Parsed:
    try:
        parsed = load(data)
        read(parsed)
    except Exception:
        raise UnreadableError(f"it holds no {kind} in {form}, or a damaged one") from None
    return parsed


# cryptography parses a field when it is asked for, so these ask for all of them.
def _read_certificate(found: x509.Certificate) -> tuple[object, ...]:
    names = (found.issuer.rfc4514_string(), *_read_signed(found))
    return (*names, found.version, found.serial_number, found.not_valid_before_utc, found.not_valid_after_utc)


def _read_signed(found: x509.Certificate | x509.CertificateSigningRequest) -> tuple[object, ...]:
    return found.public_key(), found.extensions, found.subject.rfc4514_string()


def _read_crl(found: x509.CertificateRevocationList) -> tuple[object, ...]:
    for entry in found:
        _read_entry(entry)
    return found.issuer.rfc4514_string(), found.last_update_utc, found.next_update_utc, found.extensions


def _read_entry(entry: x509.RevokedCertificate) -> tuple[object, ...]:
    return entry.serial_number, entry.revocation_date_utc, entry.extensions
