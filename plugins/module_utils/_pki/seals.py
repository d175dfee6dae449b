# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to know a PKCS#12 file again without opening it, which takes 0.2 s with an RSA key of 4096 bits.

A seal is an HMAC over the file and what it is to hold. Its key is derived from the passphrase, with the salt of the CA
and as many rounds as the file itself uses: the seals tell an attacker no more than the files they stand for. A file
without a seal, or with another one, is opened and looked at. Private to this collection.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
import typing as t

from . import index, issue

if t.TYPE_CHECKING:
    from cryptography import x509

_ROUNDS = 20000

Seal = tuple[str, str, str]  # path, salt, seal


class Seals:
    """The seals of one CA, in its index at ``path``; those of ``files`` are read on first use."""

    def __init__(self, path: str, files: t.Iterable[str] = ()) -> None:
        self._path = path
        self._files = files

    @functools.cached_property
    def _known(self) -> tuple[str, dict[str, tuple[str, str]]]:
        """The salt, and salt and seal by file."""
        salt, found = None, {}
        if index.exists(self._path):
            with index.opened(self._path) as known:
                salt = known.salt()
                found = {file: seal for file in self._files if (seal := known.seal(file))}
        return salt or os.urandom(16).hex(), found

    def fits(self, path: str, data: bytes, spec: issue.Pkcs12Spec, certificates: t.Sequence[x509.Certificate]) -> bool:
        """Whether ``data`` is what was written to ``path`` for this leaf, chain, name and passphrase."""
        salt, seals = self._known
        found = seals.get(path, ("", ""))
        return found[0] == salt and hmac.compare_digest(found[1], _seal(salt, data, spec, certificates))

    def read(self) -> None:
        """Now, so that all who are given a copy of this object have the same salt."""
        self._known  # noqa: B018

    def make(self, path: str, data: bytes, spec: issue.Pkcs12Spec, certificates: t.Sequence[x509.Certificate]) -> Seal:
        """The seal of a file that is to be at ``path``."""
        salt = self._known[0]
        return path, salt, _seal(salt, data, spec, certificates)

    def add(self, made: t.Sequence[Seal]) -> None:
        """To be called when the files are on the disk. Without an index there is no seal, and the files are opened."""
        if index.exists(self._path):
            with index.opened(self._path) as known:
                known.add_seals(made)


def _seal(salt: str, data: bytes, spec: issue.Pkcs12Spec, certificates: t.Sequence[x509.Certificate]) -> str:
    meant = [spec.name, spec.legacy, hashlib.sha256(data).hexdigest(), *map(index.fingerprint, certificates)]
    # Whoever may read the seals may read a generated passphrase as well: there is nothing to be slow for.
    rounds = 1 if spec.generated else _ROUNDS
    return hmac.new(_key(spec.passphrase, salt, rounds), json.dumps(meant).encode(), hashlib.sha256).hexdigest()


@functools.cache
def _key(passphrase: bytes, salt: str, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase, bytes.fromhex(salt), rounds)
