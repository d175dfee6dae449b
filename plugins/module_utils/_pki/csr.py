# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate requests of clients that keep their private key to themselves. Private to this collection.

Only the public key is taken from a request: the subject is for the CA to decide.
"""

from __future__ import annotations

import contextlib

from .._arguments import encodings
from .._x509 import keys, parse, terms
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from .storage import files

_WEAK_HASHES = {"sha1": "SHA-1", "md5": "MD5"}
# Signatures that the package cryptography takes apart no more (RFC 3279, 2.2.1).
_WEAK_ALGORITHMS = {"1.2.840.113549.1.1.2": "MD2", "1.2.840.113549.1.1.3": "MD4", "1.2.840.113549.1.1.4": "MD5"}


def load(text: str | None, path: str | None) -> x509.CertificateSigningRequest | None:
    """Return the request in ``text`` or else in the file ``path``, None if neither is given.

    Raises CertificateError for what is no request, is not signed with its own key, or has an unfit key.
    """
    if not text and not path:
        return None
    try:
        pem = text.encode(errors="replace") if text else files.read(path or "", links=True)
    except OSError as error:
        raise files.file_error(error) from None
    source = "csr" if text else str(path)
    if pem is None:
        raise CertificateError(f"There is no certificate request at {source}.", "Correct csr_path.", "csr_missing")
    try:
        request = parse.csr(encodings.to_utf8(pem))
    except UnreadableError as error:
        raise CertificateError(
            f"{source} cannot be read: {error}.", "Give a certificate request in PEM form.", "csr_unreadable"
        ) from None
    _check(request, source)
    return request


def _check(request: x509.CertificateSigningRequest, source: str) -> None:
    _check_hash(request, source)
    try:
        signed = request.is_signature_valid
    except Exception:
        raise CertificateError(
            f"{source} is signed with an algorithm that the package cryptography does not know"
            f" ({request.signature_algorithm_oid.dotted_string}).",
            "Make the request again, signed with SHA-256.",
            "csr_algorithm_unfit",
        ) from None
    if not signed:
        raise CertificateError(
            f"The signature of {source} is not that of its key: it was altered on the way.",
            "Have the request sent again.",
            "csr_not_signed",
        )
    spec = keys.spec_of(request.public_key())
    if spec is None or (spec.type == "ecdsa" and spec.curve not in terms.CURVES):
        raise CertificateError(
            f"{source} is for a key that is not accepted.",
            f"Make the request with an RSA key of at least {keys.SHORTEST_RSA} bits, an ECDSA key on one of"
            f" {', '.join(terms.CURVES)}, or an Ed25519 key.",
            "csr_key_unfit",
        )


def _check_hash(request: x509.CertificateSigningRequest, source: str) -> None:
    """Raise CertificateError (``csr_hash_weak``) for a signature with a hash for which collisions can be made."""
    name = _WEAK_ALGORITHMS.get(request.signature_algorithm_oid.dotted_string)
    with contextlib.suppress(Exception):  # a hash that the package cryptography does not know
        used = request.signature_hash_algorithm
        name = _WEAK_HASHES.get(used.name if used else "", name)
    if name:
        raise CertificateError(
            f"{source} is signed with {name}, which no longer proves that its sender has the private key.",
            "Make the request again, signed with SHA-256: openssl req -new -sha256.",
            "csr_hash_weak",
        )
