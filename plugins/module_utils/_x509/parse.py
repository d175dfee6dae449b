# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way from the octets of a file to something that can be asked without a surprise. Private to this collection.

The package cryptography parses much of a certificate only when asked for it, and says in many ways that it cannot:
unknown versions, algorithms, curves, encodings. So everything that the engine asks for is asked for here, once, and
whatever is wrong with it becomes UnreadableError.
"""

from __future__ import annotations

import contextlib
import typing as t

from .errors import UnreadableError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import pkcs12 as _pkcs12

Parsed = t.TypeVar("Parsed")


def certificate(pem: bytes) -> x509.Certificate:
    """The first certificate in ``pem``. Raises UnreadableError."""
    return _whole(x509.load_pem_x509_certificate, pem, _ask_certificate, "certificate")


def certificates(pem: bytes) -> list[x509.Certificate]:
    """All of them, one at least. Raises UnreadableError."""

    def ask(found: list[x509.Certificate]) -> None:
        for each in found:
            _ask_certificate(each)

    return _whole(x509.load_pem_x509_certificates, pem, ask, "chain")


def csr(pem: bytes) -> x509.CertificateSigningRequest:
    """Raises UnreadableError. Whether its signature is right is another question."""
    return _whole(x509.load_pem_x509_csr, pem, _ask_csr, "certificate request")


def crl(pem: bytes) -> x509.CertificateRevocationList:
    """Raises UnreadableError, also for one without a number."""
    return _whole(x509.load_pem_x509_crl, pem, _ask_crl, "CRL")


def pkcs12(data: bytes, passphrase: bytes | None) -> _pkcs12.PKCS12KeyAndCertificates:
    """Raises UnreadableError, with a wrong passphrase as well: the two cannot be told apart."""

    def ask(found: _pkcs12.PKCS12KeyAndCertificates) -> None:
        for each in [found.cert, *found.additional_certs]:
            if each is not None:
                _ask_certificate(each.certificate)
        if found.key is not None:
            found.key.public_key()

    return _whole(lambda raw: _pkcs12.load_pkcs12(raw, passphrase), data, ask, "PKCS#12 file", "that form")


def _whole(
    load: t.Callable[[bytes], Parsed], data: bytes, ask: t.Callable[[Parsed], object], kind: str, form: str = "PEM form"
) -> Parsed:
    try:
        parsed = load(data)
        ask(parsed)
    except Exception:
        raise UnreadableError(f"it holds no {kind} in {form}, or a damaged one") from None
    return parsed


def _ask_certificate(found: x509.Certificate) -> None:
    _ask_signed(found)
    found.issuer.rfc4514_string()
    found.version, found.serial_number, found.not_valid_before_utc, found.not_valid_after_utc  # noqa: B018


def _ask_csr(found: x509.CertificateSigningRequest) -> None:
    _ask_signed(found)


def _ask_signed(found: x509.Certificate | x509.CertificateSigningRequest) -> None:
    found.public_key(), found.extensions
    found.subject.rfc4514_string()


def _ask_crl(found: x509.CertificateRevocationList) -> None:
    found.issuer.rfc4514_string()
    found.last_update_utc, found.next_update_utc  # noqa: B018
    found.extensions.get_extension_for_class(x509.CRLNumber)
    for each in found:
        each.serial_number, each.revocation_date_utc, each.extensions  # noqa: B018
