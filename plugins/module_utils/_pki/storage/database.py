# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database of a CA: every certificate it has signed, revocations, the number of the last CRL, cached results.

Paths of files are relative to the directory of the CA, see places.py.

An SQLite file, because one certificate among 100,000 has to be found, added or revoked without reading the others. An
entry is written before the certificate itself, so that no certificate exists that the database does not know. Writers
hold the lock of the CA. Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import sqlite3
import stat
import typing as t
import urllib.parse
from dataclasses import dataclass

from ..._arguments import texts
from ..._x509 import describe, names, terms, times
from ..._x509.errors import CertificateError
from ..._x509.package import x509
from . import files, location
from .places import Places

# Version 2 kept absolute paths; version 3 had no folded names.
_VERSION, _ABSOLUTE, _UNFOLDED = 4, 2, 3
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
# Names without their form (texts.folded), by which similar ones are found.
_FOLDED = {f"folded_{name}": name for name in _NAMES}
# On the disk the tables of metadata and of cached results are called about and records.
_SCHEMA = """
CREATE TABLE certificates (
  serial_number TEXT PRIMARY KEY, common_name TEXT NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL,
  profile TEXT NOT NULL, issued TEXT NOT NULL, not_before TEXT NOT NULL, not_after TEXT NOT NULL,
  fingerprint_sha256 TEXT NOT NULL, public_key TEXT NOT NULL, file TEXT NOT NULL, files TEXT NOT NULL,
  revoked TEXT, reason TEXT, folded_name TEXT, folded_common_name TEXT);
CREATE INDEX by_common_name ON certificates (common_name);
CREATE INDEX by_name ON certificates (name);
CREATE INDEX by_fingerprint ON certificates (fingerprint_sha256);
CREATE INDEX by_public_key ON certificates (public_key);
CREATE INDEX by_folded_name ON certificates (folded_name);
CREATE INDEX by_folded_common_name ON certificates (folded_common_name);
CREATE INDEX by_file ON certificates (file);
CREATE INDEX by_revoked ON certificates (revoked) WHERE revoked IS NOT NULL;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO about VALUES ('salt', lower(hex(randomblob(16))));
CREATE TABLE records (
  file TEXT PRIMARY KEY, serial_number TEXT NOT NULL, digest TEXT NOT NULL, pkcs12 TEXT NOT NULL, facts TEXT NOT NULL);
"""
# Certificates of the previous CA, see previous_ca.py. Made when there are any; earlier versions of this collection
# ignore the table.
_PREVIOUS = """
CREATE TABLE IF NOT EXISTS previous (
  serial_number TEXT PRIMARY KEY, subject TEXT NOT NULL, profile TEXT NOT NULL, issued TEXT NOT NULL,
  not_before TEXT NOT NULL, not_after TEXT NOT NULL, fingerprint_sha256 TEXT NOT NULL, public_key TEXT NOT NULL,
  file TEXT NOT NULL, files TEXT NOT NULL, revoked TEXT, reason TEXT)
"""
_SCHEMA += f"PRAGMA user_version = {_VERSION};\n"
# The columns that find() can search.
KEYS = ("serial_number", "fingerprint_sha256", "public_key", "common_name", "name", "file", *_FOLDED)
# SQLite takes 999 parameters at least.
_PARAMETERS = 900
# For other programs that use the file. Runs of this collection wait for the lock of the CA.
TIMEOUT_SECONDS = 60


class Entry(t.TypedDict):
    """A certificate that the CA has signed. Times are texts of times.iso; ``public_key`` is its SHA-256.

    ``file``: path of the certificate. ``files``: paths of its other files, by keys of location.ENDINGS. ``revoked`` and
    ``reason`` are None for a certificate that is neither revoked nor on hold.
    """

    serial_number: str
    subject: dict[str, str]
    profile: str
    issued: str
    not_before: str
    not_after: str
    fingerprint_sha256: str
    public_key: str
    file: str
    files: dict[str, str]
    revoked: str | None
    reason: str | None


@dataclass(frozen=True)
class CachedResult:
    """The result for a client whose files were as wanted, see unchanged.py.

    ``facts``: what the result says about the certificate (describe.certificate). ``pkcs12``: SHA-256 of that file,
    empty if there is none.
    """

    file: str
    serial_number: str
    digest: str
    pkcs12: str
    facts: dict[str, t.Any]


_DAMAGED = (
    "index_unusable",
    "It is damaged. Move it away: the next run rebuilds it from the certificates and the CRL.",
)
_IN_USE = ("ca_busy", "Another program has it open. Try again when that is done.")
# Extended result codes of SQLite for failing calls of fcntl(2).
_NO_LOCKS = {sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK}
_NO_ACCESS = ("index_unusable", "Allow the user of this run to read and write the file and its directory.")
# By primary result code of SQLite: code and hint of the error.
_ADVICE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("disk_full", "Nothing in it has changed. Make room on the disk and run the task again."),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_LOCKED: _IN_USE,
    sqlite3.SQLITE_READONLY: _NO_ACCESS,
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
}


def entry(profile: str, certificate: x509.Certificate, paths: t.Mapping[str, str], issued: datetime.datetime) -> Entry:
    """Return a new entry. ``paths``: the certificate's and those of its other files, by keys of location.ENDINGS."""
    validity = describe.validity(certificate)
    return {
        "serial_number": describe.serial_number(certificate),
        "subject": names.subject_dict(certificate.subject),
        "profile": profile,
        "issued": times.iso(issued),
        "not_before": validity["not_before"],
        "not_after": validity["not_after"],
        "fingerprint_sha256": describe.fingerprint_sha256(certificate),
        "public_key": describe.public_key_sha256(certificate),
        "file": paths["certificate"],
        "files": {kind: path for kind, path in paths.items() if kind != "certificate"},
        "revoked": None,
        "reason": None,
    }


def entry_of_number(serial_number: str, moment: str) -> Entry:
    """Return the entry of a certificate of which only the serial number is known, since ``moment``."""
    return {
        "serial_number": serial_number,
        "subject": {},
        "profile": "unknown",
        "issued": moment,
        "not_before": moment,
        "not_after": "9999-12-31T23:59:59Z",
        "fingerprint_sha256": "",
        "public_key": "",
        "file": "",
        "files": {},
        "revoked": None,
        "reason": None,
    }


def common_name(item: Entry) -> str:
    """Return the common name in the subject, empty if it has none."""
    return item["subject"].get("common_name", "")


def is_made_here(item: Entry) -> bool:
    """Return whether this collection has signed the certificate. It dates certificates back, see build.BACKDATE;
    of others the database takes the start of validity for the time of issue.
    """
    return item["issued"] != item["not_before"]


def is_final(item: Entry) -> bool:
    """Return whether a certificate is revoked and not merely on hold."""
    return bool(item["revoked"] and item["reason"] != terms.HOLD)


class Database:
    """An open database. Its methods raise sqlite3.Error, which ``explained`` turns into CertificateError."""

    def __init__(self, connection: sqlite3.Connection, places: Places) -> None:
        self._connection = connection
        self._places = places

    @contextlib.contextmanager
    def transaction(self) -> t.Iterator[None]:
        """Make all writes of the block or none of them; they are on the disk when the block is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def add(self, entries: t.Iterable[Entry], existing: str = "ABORT") -> None:
        """Add entries. ``existing``: what to do about a serial number that is present, ABORT or IGNORE."""
        named = ((item, (location.file_stem(item["file"]), common_name(item))) for item in entries)
        rows = ((*self._row(item), *pair, *map(texts.folded, pair)) for item, pair in named)
        columns = [*_FIELDS, *_NAMES, *_FOLDED]
        marks = ", ".join("?" * len(columns))
        with self.transaction():
            command = f"INSERT OR {existing} INTO certificates ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 (constants)
            self._connection.executemany(command, rows)

    def add_previous(self, entries: t.Iterable[Entry]) -> None:
        """Add certificates of the previous CA, or their new state."""
        marks = ", ".join("?" * len(_FIELDS))
        with self.transaction():
            self._connection.execute(_PREVIOUS)
            command = f"INSERT OR REPLACE INTO previous ({', '.join(_FIELDS)}) VALUES ({marks})"  # noqa: S608 (constants)
            self._connection.executemany(command, map(self._row, entries))

    def previous(self) -> list[Entry]:
        """Return the certificates of the previous CA that were added, in the order of issue."""
        table = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'previous'").fetchone()
        return list(self._select("ORDER BY issued, rowid", table="previous")) if table else []

    def of_revoked_clients(self) -> list[Entry]:
        """Return what is revoked or on hold, and all else that was issued to the same names, in the order of issue."""
        same = " OR ".join(f"{name} IN (SELECT {name} FROM certificates WHERE revoked IS NOT NULL)" for name in _NAMES)  # noqa: S608 (constants)
        return list(self._select(f"WHERE {same} ORDER BY rowid"))

    def _select(self, rest: str, parameters: t.Sequence[str] = (), table: str = "certificates") -> t.Iterator[Entry]:
        query = f"SELECT {', '.join(_FIELDS)} FROM {table} {rest}"  # noqa: S608 (constants, all of it)
        for row in self._connection.execute(query, parameters):
            found = dict(zip(_FIELDS, row, strict=True))
            entry = t.cast(Entry, {**found, **{field: json.loads(found[field]) for field in _JSON}})
            entry["file"] = self._places.path(entry["file"])
            entry["files"] = {kind: self._places.path(path) for kind, path in entry["files"].items()}
            yield entry

    def _row(self, item: Entry) -> list[t.Any]:
        paths = {kind: self._places.stored(path) for kind, path in item["files"].items()}
        columns: dict[str, t.Any] = {**item, "file": self._places.stored(item["file"]), "files": paths}
        return [json.dumps(columns[f], ensure_ascii=False) if f in _JSON else columns[f] for f in _FIELDS]

    def entries(self) -> t.Iterator[Entry]:
        """Yield all entries in the order of issue."""
        return self._select("ORDER BY rowid")

    def find(self, key: str, value: str) -> list[Entry]:
        """Return the entries whose column ``key``, one of KEYS, is ``value``, in the order of issue."""
        text = self._places.stored(value) if key == "file" else value
        return list(self._select(f"WHERE {KEYS[KEYS.index(key)]} = ? ORDER BY rowid", [text]))

    def with_part(self, key: str, digits: str) -> list[Entry]:
        """Return the entries whose column ``key``, one of KEYS, begins or ends with hexadecimal ``digits``."""
        column = KEYS[KEYS.index(key)]
        return list(
            self._select(f"WHERE {column} LIKE ? OR {column} LIKE ? ORDER BY rowid", [f"{digits}%", f"%{digits}"])
        )

    def names(self, key: str) -> list[str]:
        """Return the different names in the column ``key``, name or common_name, in the order of issue."""
        column = _NAMES[_NAMES.index(key)]
        query = f"SELECT {column} FROM certificates WHERE {column} <> '' GROUP BY 1 ORDER BY min(rowid)"  # noqa: S608 (constants)
        return [name for (name,) in self._connection.execute(query)]

    def revoked(self) -> list[Entry]:
        """Return what is revoked or on hold, in the order of revocation."""
        return list(self._select("WHERE revoked IS NOT NULL ORDER BY revoked, serial_number"))

    def set_revoked(self, serial_number: str, revoked: str | None, reason: str | None) -> None:
        """Set the state of a certificate. To be called in a transaction."""
        self._connection.execute(
            "UPDATE certificates SET revoked = ?, reason = ? WHERE serial_number = ?", (revoked, reason, serial_number)
        )

    def valid_with_common_name(self, name: str, moment: datetime.datetime, key: str = "common_name") -> list[Entry]:
        """Return the certificates of a common name that a server accepts at ``moment`` and whose files exist.

        With ``key`` folded_common_name, ``name`` is one without its form.
        """
        return [
            item
            for item in self.find(key, name)
            if item["not_after"] > times.iso(moment)
            and not is_final(item)
            and item["profile"] not in ("root", "cross")
            and os.path.exists(item["file"])
        ]

    def metadata(self, name: str) -> str | None:
        """Return a value of the table of metadata, such as ``salt``; None if it is not set."""
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", [name]).fetchone()
        return str(row[0]) if row else None

    def crl_number(self) -> int | None:
        """Return the number of the last CRL, None before the first one."""
        text = self.metadata("crl")
        return None if text is None else int(text)

    def set_crl_number(self, value: int) -> None:
        """Set the number of the last CRL. To be called in a transaction."""
        self.set_metadata("crl", str(value))

    def set_metadata(self, name: str, value: str) -> None:
        """Set a value of the table of metadata. To be called in a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def cached_results(self, paths: t.Sequence[str]) -> t.Iterator[tuple[CachedResult, str | None, str | None]]:
        """Yield the cached results for certificates in ``paths``, each with ``revoked`` and ``reason`` of the entry."""
        given = {self._places.stored(path): path for path in paths}
        texts = [*given]
        for start in range(0, len(texts), _PARAMETERS):
            some = texts[start : start + _PARAMETERS]
            marks = ", ".join("?" * len(some))
            # The columns of the cached result: a certificate may be in another file than it was issued to.
            query = (
                "SELECT r.file, r.serial_number, digest, pkcs12, facts, revoked, reason FROM records AS r"  # noqa: S608 (only the marks)
                f" JOIN certificates USING (serial_number) WHERE r.file IN ({marks})"
            )
            for file, serial_number, digest, pkcs12, facts, revoked, reason in self._connection.execute(
                query, some
            ).fetchall():
                yield CachedResult(given[file], serial_number, digest, pkcs12, json.loads(facts)), revoked, reason

    def add_cached_results(self, results: t.Iterable[CachedResult]) -> None:
        """Add cached results, each in place of the one of its file."""
        rows = (
            (
                self._places.stored(item.file),
                *(item.serial_number, item.digest, item.pkcs12, json.dumps(item.facts, ensure_ascii=False)),
            )
            for item in results
        )
        with self.transaction():
            self._connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)


def exists(path: str) -> bool:
    """Return whether the file exists. Raises CertificateError (``index_unusable``) for what is not a regular file."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise CertificateError(
            f"{path} should be the CA's database, but is no regular file.", "Move it away.", "index_unusable"
        )
    return True


@contextlib.contextmanager
def opened(path: str) -> t.Iterator[Database]:
    """Open the existing file ``path``. Errors of SQLite in the block become CertificateError, see ``explained``."""
    with explained(path), contextlib.ExitStack() as stack:
        connection = stack.enter_context(contextlib.closing(_connect_to_file(path)))
        version, places = _version(connection), Places(os.path.dirname(path))
        if version not in (_VERSION, _UNFOLDED, _ABSOLUTE):
            raise CertificateError(
                f"The CA's database {path} has the unknown format {version}.",
                "Use the version of the collection that has written it.",
                "index_unusable",
            )
        # With EXTRA a finished transaction survives a loss of power (https://sqlite.org/pragma.html).
        connection.execute("PRAGMA synchronous = EXTRA")
        known = Database(connection, places)
        yield known if version == _VERSION else stack.enter_context(_copy(connection, places))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextlib.contextmanager
def _copy(connection: sqlite3.Connection, places: Places) -> t.Iterator[Database]:
    """Open a copy in memory of a database of an earlier version, for a reader."""
    with contextlib.closing(_connect(":memory:")) as copy:
        connection.backup(copy)
        _upgrade(copy, places)
        yield Database(copy, places)


def upgrade(path: str) -> None:
    """Bring an existing database up to this version. To be called under the CA's lock."""
    with explained(path), contextlib.closing(_connect_to_file(path)) as connection:
        if _version(connection) != _VERSION:
            _upgrade(connection, Places(os.path.dirname(path)))


def needs_upgrade(path: str) -> bool:
    """Return whether the existing database is of an earlier version."""
    with explained(path), contextlib.closing(_connect_to_file(path)) as found:
        return _version(found) != _VERSION


def _upgrade(connection: sqlite3.Connection, places: Places) -> None:
    def all_adopted(files: str) -> str:
        return json.dumps({kind: places.adopted(path) for kind, path in json.loads(files).items()})

    connection.create_function("adopted", 1, places.adopted)
    connection.create_function("all_adopted", 1, all_adopted)
    connection.create_function("folded", 1, texts.folded)
    known = Database(connection, places)
    with known.transaction():
        if _version(connection) == _ABSOLUTE:
            connection.execute(_PREVIOUS)
            connection.execute("UPDATE certificates SET file = adopted(file), files = all_adopted(files)")
            connection.execute("UPDATE previous SET file = adopted(file), files = all_adopted(files)")
            connection.execute("DELETE FROM records")
        for column, name in _FOLDED.items():
            connection.execute(f"ALTER TABLE certificates ADD COLUMN {column} TEXT")
            connection.execute(f"UPDATE certificates SET {column} = folded({name})")  # noqa: S608 (constants)
            connection.execute(f"CREATE INDEX by_{column} ON certificates ({column})")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


@contextlib.contextmanager
def in_memory(directory: str = "") -> t.Iterator[Database]:
    """Open an empty database that is not written to the disk, of a CA in ``directory``."""
    with contextlib.closing(_connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        yield Database(connection, Places(directory))


def create(path: str, like: str, fill: t.Callable[[Database], None]) -> None:
    """Create a database completely or not at all; its owner is that of ``like``. To be called under the CA's lock."""
    temporary = files.temporary_path(path)
    for leftover in (temporary, f"{temporary}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(leftover)
    os.close(files.create(temporary, like))
    with explained(path), contextlib.closing(_connect_to_file(temporary)) as connection:
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        fill(Database(connection, Places(os.path.dirname(path))))
    os.replace(temporary, path)
    files.sync_directory(os.path.dirname(path))


def _connect_to_file(path: str) -> sqlite3.Connection:
    """Connect to an existing file; without the locks of SQLite if the file system has none.

    Writers hold the lock of the CA, so that only other programs are not kept out then.
    """
    # Opened for writing even by a reader: SQLite then rolls back what a crash left incomplete.
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    address = f"file:{urllib.parse.quote(path)}?mode={mode}"
    connection = _connect(address, uri=True)
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.OperationalError as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", 0) not in _NO_LOCKS:
            raise
        files.warn(f"The file system of {path} has no locks: keep other programs from opening it.")
        return _connect(f"{address}&vfs=unix-none", uri=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(database: str, uri: bool = False) -> sqlite3.Connection:
    """Connect without implicit transactions. Threads may share the connection: SQLite itself serializes them."""
    return sqlite3.connect(database, timeout=TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)


@contextlib.contextmanager
def explained(path: str) -> t.Iterator[None]:
    """Turn errors of SQLite about ``path`` into CertificateError: index_unusable, ca_busy or disk_full."""
    try:
        yield
    except sqlite3.Error as error:
        # The lower eight bits are the primary code (https://sqlite.org/rescode.html).
        code, hint = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, ("index_unusable", ""))
        raise CertificateError(f"The CA's database {path} cannot be used: {error}.", hint, code) from error
