# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the index knows about the files of a run, first of all that they are still as they were when all was well.

A record is a digest over the contents of a client's files, what was wanted of them and who signs. While it is the same,
no certificate has to be parsed, no signature verified and no PKCS#12 file opened: what is left to ask is the time and
whether it was revoked. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import typing as t

from .._x509 import build as issue
from . import policies
from .storage import database as index

if t.TYPE_CHECKING:
    import datetime

    from cryptography import x509

    from .policies import Desired

# To be raised when policies.CHAIN asks for more: what was well in the eyes of an older version may not be any more.
_VERSION = 1
# As many as the MAC of a PKCS#12 file has: the index tells an attacker no more about a passphrase than that file does.
_ROUNDS = 2048


@dataclasses.dataclass(frozen=True)
class Record:
    """``facts``: what a result says of the certificate. ``pkcs12``: SHA-256 of that file, empty when there is none."""

    file: str
    serial_number: str
    digest: str
    pkcs12: str
    facts: dict[str, t.Any]


class Ledger:
    """Answers from the index at ``path``, or from ``memory`` when there is no file. Each process opens its own."""

    def __init__(self, path: str, memory: index.Index | None = None) -> None:
        self._path = path
        self._memory = memory
        self._open: tuple[int, contextlib.ExitStack, index.Index] | None = None
        self._records: dict[str, Record] = {}
        self._states: dict[str, tuple[str | None, str | None]] = {}
        self.salt = ""

    def read(self, files: t.Sequence[str]) -> None:
        """The records of the certificates in ``files``, before there are copies of this object in other processes."""
        # Under the lock of the CA what was read before it is asked for again: another run may have changed it.
        self._records, self._states = {}, {}
        with self._index() as known:
            self.salt = known.about("salt") or ""
            for row in known.records_of(files):
                self._records[row["file"]] = Record(
                    row["file"], row["serial_number"], row["digest"], row["pkcs12"], json.loads(row["facts"])
                )
                self._states[row["serial_number"]] = row["revoked"], row["reason"]

    def record(self, file: str) -> Record | None:
        return self._records.get(file)

    def state(self, serial_number: str) -> tuple[str | None, str | None] | None:
        """(revoked, reason); None for a certificate that the index does not know."""
        if serial_number not in self._states:
            with self._index() as known:
                for each in known.find("serial_number", serial_number):
                    self._states[serial_number] = each["revoked"], each["reason"]
        return self._states.get(serial_number)

    def entries_of_key(self, public_key: str) -> list[index.Entry]:
        with self._index() as known:
            return known.find("public_key", public_key)

    def entries_of_file(self, file: str) -> list[index.Entry]:
        with self._index() as known:
            return known.find("file", file)

    def previous(self) -> list[index.Entry]:
        """Returns what the index has copied of the CA before this one, see previous.py."""
        with self._index() as known:
            return known.previous()

    def last_issued(self, file: str, common_name: str) -> str:
        """Returns when the newest certificate for ``file`` or ``common_name`` was issued, empty when there is none."""
        with self._index() as known:
            found = [*known.find("file", file), *known.find("common_name", common_name)]
        return max((each["issued"] for each in found), default="")

    def holders(self, name: str, moment: datetime.datetime) -> list[index.Entry]:
        with self._index() as known:
            return known.holders(name, moment)

    @contextlib.contextmanager
    def _index(self) -> t.Iterator[index.Index]:
        """A connection does not survive a fork: each process keeps one of its own."""
        if self._memory:
            yield self._memory
            return
        if self._open is None or self._open[0] != os.getpid():
            stack = contextlib.ExitStack()
            self._open = os.getpid(), stack, stack.enter_context(index.opened(self._path))
        with index.explained(self._path):
            yield self._open[2]

    def close(self) -> None:
        if self._open and self._open[0] == os.getpid():
            self._open[1].close()
            self._open = None

    def digest(self, desired: Desired, signers: str, contents: t.Mapping[str, bytes]) -> str:
        """``signers``: of ``signers_of``. ``contents``: of all files in ``desired.paths``, and of nothing else."""
        pkcs12, request = desired.pkcs12, desired.request
        wanted = [
            _VERSION,
            signers,
            desired.profile.name,
            [(each.oid.dotted_string, each.value) for each in desired.subject],
            sorted(map(policies.shown, desired.names)),
            issue.request_pem(request).decode() if request else str(desired.key),
            [pkcs12.name, pkcs12.legacy, self._derived(pkcs12)] if pkcs12 else None,
            desired.paths,
        ]
        made = hashlib.sha256(json.dumps(wanted).encode())
        for file in desired.paths:
            # Of a fixed length each, so that nothing can move from one file into the next.
            made.update(hashlib.sha256(contents[file]).digest())
        return made.hexdigest()

    def _derived(self, spec: issue.Pkcs12Spec) -> str:
        # Whoever may read the index may read a generated passphrase as well: there is nothing to be slow for.
        return _derive(spec.passphrase, self.salt, 1 if spec.generated else _ROUNDS)


def signers_of(issuer: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str:
    return " ".join(map(index.fingerprint, (issuer, *chain)))


def settled(record: Record, now: str, renewal: str) -> bool:
    """Whether its certificate is valid and not due; both moments as values.iso writes them: texts sort as times do."""
    start, end = str(record.facts["not_before"]), str(record.facts["not_after"])
    return start <= now < end >= renewal


@functools.lru_cache(maxsize=1024)
def _derive(passphrase: bytes, salt: str, rounds: int) -> str:
    return hashlib.pbkdf2_hmac("sha256", passphrase, salt.encode(), rounds).hex()
