# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of clients that keep their private key to themselves. Private to this collection.

Of such a request only the public key is taken over: whose it is decides the CA, not he who asks.
"""

from __future__ import annotations

import contextlib

from .._x509 import keys, parse
from .._x509.errors import PkiError, UnreadableError, of_a_file
from .storage import files as store

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509


def handed_in(text: str | None, path: str | None) -> x509.CertificateSigningRequest | None:
    """The request in ``text`` or else in the file ``path``; None when there is neither.

    Raises PkiError for what is no request, does not prove that its maker has the private key, or is for an unfit key.
    """
    if not text and not path:
        return None
    try:
        pem = text.encode(errors="replace") if text else store.read(path or "", links=True)
    except OSError as error:
        raise of_a_file(error) from None
    source = "csr" if text else str(path)
    if pem is None:
        raise PkiError("csr_missing", f"There is no certificate request at {source}.")
    try:
        request = parse.csr(pem)
    except UnreadableError as error:
        raise PkiError("csr_unreadable", f"{source} cannot be read: {error}.") from None
    proven = False
    with contextlib.suppress(Exception):  # for an algorithm that the package cryptography does not know
        proven = request.is_signature_valid
    if not proven:
        raise PkiError(
            "csr_not_signed", f"The signature of {source} is not that of its key: it was altered on the way."
        )
    spec = keys.spec_of(request.public_key())
    if spec is None or (spec.type == "ecdsa" and spec.curve not in keys.CURVES):
        raise PkiError(
            "csr_key_unfit",
            f"{source} is for a key that is not accepted. Make the request with an RSA key of at least 2048 bits, an"
            f" ECDSA key on one of {', '.join(keys.CURVES)}, or an Ed25519 key.",
        )
    return request
