# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of a CA: every certificate it ever signed, whether it is revoked, and the number of its last CRL.

An SQLite database, because one certificate among 100,000 has to be found, added or revoked without reading the others.
An entry is written before the certificate itself, so that no certificate exists that the index does not know.
Writers hold the lock of the CA. Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import sqlite3
import stat
import typing as t
import urllib.parse

from ..._x509 import keys
from ..._x509 import names as values
from ..._x509.errors import PkiError
from . import files as store

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

if t.TYPE_CHECKING:
    from .. import unchanged as records

_VERSION = 2
_FIELDS = (
    "serial_number",
    "subject",
    "profile",
    "issued",
    "not_before",
    "not_after",
    "fingerprint_sha256",
    "public_key",
    "file",
    "files",
    "revoked",
    "reason",
)
_JSON = ("subject", "files")
_NAMES = ("name", "common_name")
_SCHEMA = """
CREATE TABLE certificates (
  serial_number TEXT PRIMARY KEY, common_name TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL,
  profile TEXT NOT NULL, issued TEXT NOT NULL, not_before TEXT NOT NULL, not_after TEXT NOT NULL,
  fingerprint_sha256 TEXT NOT NULL, public_key TEXT NOT NULL, file TEXT NOT NULL, files TEXT NOT NULL,
  revoked TEXT, reason TEXT);
CREATE INDEX by_common_name ON certificates (common_name);
CREATE INDEX by_name ON certificates (name);
CREATE INDEX by_fingerprint ON certificates (fingerprint_sha256);
CREATE INDEX by_public_key ON certificates (public_key);
CREATE INDEX by_file ON certificates (file);
CREATE INDEX by_revoked ON certificates (revoked) WHERE revoked IS NOT NULL;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO about VALUES ('salt', lower(hex(randomblob(16))));
CREATE TABLE records (
  file TEXT PRIMARY KEY, serial_number TEXT NOT NULL, digest TEXT NOT NULL, pkcs12 TEXT NOT NULL, facts TEXT NOT NULL);
"""
# Those of the CA before this one, see previous.py. Made when there are any; older versions of this collection do not
# mind the table.
_PREVIOUS = """
CREATE TABLE IF NOT EXISTS previous (
  serial_number TEXT PRIMARY KEY, subject TEXT NOT NULL, profile TEXT NOT NULL, issued TEXT NOT NULL,
  not_before TEXT NOT NULL, not_after TEXT NOT NULL, fingerprint_sha256 TEXT NOT NULL, public_key TEXT NOT NULL,
  file TEXT NOT NULL, files TEXT NOT NULL, revoked TEXT, reason TEXT)
"""
_SCHEMA += f"PRAGMA user_version = {_VERSION};\n"
# What find() can be asked for.
KEYS = ("serial_number", "fingerprint_sha256", "public_key", "common_name", "name", "file")
HOLD = "certificate_hold"
# SQLite takes 999 parameters at least.
_AT_ONCE = 900
# Seconds. Runs of ours wait for the lock of the CA; this is for other programs that read the index.
PATIENCE = 60

Entry = dict[str, t.Any]

_DAMAGED = (
    "index_unusable",
    "It is damaged: move it away, and the next run makes it again from the certificates and the CRL.",
)
_IN_USE = ("ca_busy", "Another program has it open. Try again when that is done.")
_NO_ACCESS = ("index_unusable", "See to it that the user of this run may read and write the file and its directory.")
_ADVICE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("disk_full", "Nothing of it has changed. Make room on the disk and run it again."),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_LOCKED: _IN_USE,
    sqlite3.SQLITE_READONLY: _NO_ACCESS,
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
}


def entry(profile: str, certificate: x509.Certificate, paths: t.Mapping[str, str], issued: datetime.datetime) -> Entry:
    """``paths``: where the certificate is, and what belongs to it, as in policies.Desired."""
    return {
        "serial_number": serial(certificate),
        "subject": values.subject_dict(certificate.subject),
        "profile": profile,
        "issued": values.iso(issued),
        "not_before": values.iso(certificate.not_valid_before_utc),
        "not_after": values.iso(certificate.not_valid_after_utc),
        "fingerprint_sha256": fingerprint(certificate),
        "public_key": public_key(certificate.public_key()),
        "file": paths["certificate"],
        "files": {kind: path for kind, path in paths.items() if kind != "certificate"},
    }


def public_key(key: t.Any) -> str:
    """By which the index knows a key: SHA-256 of its encoded form, in hexadecimal."""
    return hashlib.sha256(keys.fingerprint(key)).hexdigest()


def serial(certificate: x509.Certificate) -> str:
    return serial_text(certificate.serial_number)


def serial_text(number: int) -> str:
    """In hexadecimal, whole octets, as ``openssl x509 -serial`` writes it, but in small letters."""
    digits = f"{number:x}"
    return digits.zfill(len(digits) + len(digits) % 2)


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


class Index:
    """One open index. Its methods raise sqlite3.Error, which the functions that open it turn into PkiError."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def transaction(self) -> t.Iterator[None]:
        """All of the block's writes or none of them; on the disk when the block is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def add(self, entries: t.Iterable[Entry], known: str = "ABORT") -> None:
        """``known``: what becomes of an entry whose serial number is there already, ABORT or IGNORE."""
        rows = ((*_row(each), each["subject"].get("common_name", ""), stem(each["file"])) for each in entries)
        columns = ", ".join((*_FIELDS, "common_name", "name"))
        marks = ", ".join("?" * (len(_FIELDS) + 2))
        with self.transaction():
            command = f"INSERT OR {known} INTO certificates ({columns}) VALUES ({marks})"  # noqa: S608 (constants)
            self._connection.executemany(command, rows)

    def add_previous(self, entries: t.Iterable[Entry]) -> None:
        """Adds certificates of the CA before this one, or their new state."""
        marks = ", ".join("?" * len(_FIELDS))
        with self.transaction():
            self._connection.execute(_PREVIOUS)
            command = f"INSERT OR REPLACE INTO previous ({', '.join(_FIELDS)}) VALUES ({marks})"  # noqa: S608 (constants)
            self._connection.executemany(command, map(_row, entries))

    def previous(self) -> list[Entry]:
        """Returns the certificates of the CA before this one that were added, in the order of issue."""
        there = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'previous'").fetchone()
        return list(self._select("ORDER BY issued, rowid", table="previous")) if there else []

    def of_revoked_clients(self) -> list[Entry]:
        """Returns what is revoked or on hold, and all else that was issued to the same names, in the order of issue."""
        same = " OR ".join(f"{name} IN (SELECT {name} FROM certificates WHERE revoked IS NOT NULL)" for name in _NAMES)  # noqa: S608 (constants)
        return list(self._select(f"WHERE {same} ORDER BY rowid"))

    def _select(self, rest: str, parameters: t.Sequence[str] = (), table: str = "certificates") -> t.Iterator[Entry]:
        query = f"SELECT {', '.join(_FIELDS)} FROM {table} {rest}"  # noqa: S608 (constants, all of it)
        for row in self._connection.execute(query, parameters):
            found = dict(zip(_FIELDS, row, strict=True))
            yield {**found, **{field: json.loads(found[field]) for field in _JSON}}

    def entries(self) -> t.Iterator[Entry]:
        """In the order of issue."""
        return self._select("ORDER BY rowid")

    def find(self, key: str, value: str) -> list[Entry]:
        """``key``: one of KEYS."""
        return list(self._select(f"WHERE {KEYS[KEYS.index(key)]} = ? ORDER BY rowid", [value]))

    def revoked(self) -> list[Entry]:
        return list(self._select("WHERE revoked IS NOT NULL ORDER BY revoked, serial_number"))

    def set_revoked(self, serial_number: str, revoked: str | None, reason: str | None) -> None:
        """To be called in a transaction."""
        self._connection.execute(
            "UPDATE certificates SET revoked = ?, reason = ? WHERE serial_number = ?", (revoked, reason, serial_number)
        )

    def holders(self, name: str, moment: datetime.datetime) -> list[Entry]:
        """The certificates of a common name that still let somebody in, and whose files are still there."""
        return [
            each
            for each in self.find("common_name", name)
            if each["not_after"] > values.iso(moment)
            and not for_good(each)
            and each["profile"] not in ("root", "cross")
            and os.path.exists(each["file"])
        ]

    def about(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else None

    def number(self, name: str) -> int | None:
        text = self.about(name)
        return None if text is None else int(text)

    def set_number(self, name: str, value: int) -> None:
        """To be called in a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, str(value)))

    def records_of(self, files: t.Sequence[str]) -> t.Iterator[dict[str, t.Any]]:
        """Those of ``files`` that have a record (see records.py), with the state of their certificates."""
        columns = ("file", "serial_number", "digest", "pkcs12", "facts", "revoked", "reason")
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            # The record's own columns: a certificate may be in another file than it was issued to.
            query = (
                "SELECT r.file, r.serial_number, digest, pkcs12, facts, revoked, reason FROM records AS r"  # noqa: S608
                f" JOIN certificates USING (serial_number) WHERE r.file IN ({marks})"
            )
            for row in self._connection.execute(query, some).fetchall():
                yield dict(zip(columns, row, strict=True))

    def add_records(self, made: t.Iterable[records.Record]) -> None:
        rows = (
            (each.file, each.serial_number, each.digest, each.pkcs12, json.dumps(each.facts, ensure_ascii=False))
            for each in made
        )
        with self.transaction():
            self._connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)


def for_good(each: Entry) -> bool:
    """Whether it is revoked and cannot be released any more."""
    return bool(each["revoked"] and each["reason"] != HOLD)


def _row(each: Entry) -> list[t.Any]:
    return [json.dumps(each[f], ensure_ascii=False) if f in _JSON else each.get(f) for f in _FIELDS]


def stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def exists(path: str) -> bool:
    """Raises PkiError (``index_unusable``) for what is there but is no file."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise PkiError("index_unusable", f"{path} is to be the CA's index, but is no regular file. Move it away.")
    return True


@contextlib.contextmanager
def opened(path: str) -> t.Iterator[Index]:
    """The index at ``path``, which must exist. Raises PkiError (``index_unusable``), also out of the block."""
    with explained(path):
        # Opened for writing even by a reader: what a crash left half done is then rolled back.
        mode = "rw" if os.access(path, os.W_OK) else "ro"
        connection = _connect(f"file:{urllib.parse.quote(path)}?mode={mode}", uri=True)
        with contextlib.closing(connection):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != _VERSION:
                raise PkiError("index_unusable", f"The CA's index {path} has the unknown format {version}.")
            # With EXTRA a finished transaction survives a loss of power (https://sqlite.org/pragma.html).
            connection.execute("PRAGMA synchronous = EXTRA")
            yield Index(connection)


@contextlib.contextmanager
def in_memory() -> t.Iterator[Index]:
    with contextlib.closing(_connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        yield Index(connection)


def create(path: str, like: str, fill: t.Callable[[Index], None]) -> None:
    """A new index, whole or not at all, that belongs to the owner of ``like``. To be called under the CA's lock."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, f".{name}.part")
    for leftover in (temporary, f"{temporary}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(leftover)
    os.close(store.create(temporary, like))
    with explained(path), contextlib.closing(_connect(temporary)) as connection:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        fill(Index(connection))
    os.replace(temporary, path)
    store.sync_directory(directory)


def _connect(database: str, uri: bool = False) -> sqlite3.Connection:
    """Transactions begin and end where the code says so. Threads may share it: SQLite itself serializes them."""
    return sqlite3.connect(database, timeout=PATIENCE, isolation_level=None, check_same_thread=False, uri=uri)


@contextlib.contextmanager
def explained(path: str) -> t.Iterator[None]:
    """Raises PkiError for what SQLite says of the index at ``path``."""
    try:
        yield
    except sqlite3.Error as error:
        # The lower eight bits are the primary code (https://sqlite.org/rescode.html).
        code, advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, ("index_unusable", ""))
        raise PkiError(code, f"The CA's index {path} cannot be used: {error}. {advice}".rstrip()) from error
