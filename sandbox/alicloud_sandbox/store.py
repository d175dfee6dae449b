# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the sandbox: one SQLite file, which survives a kill of the process.

Every resource is a document that is kept twice: the API reports the column ``body``, the data plane serves the column
``live``. They differ while a job is running; when a job fails, ``body`` is set back to ``live``.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Doc = dict[str, t.Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, live TEXT,
    UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, status TEXT, due REAL, body TEXT);
CREATE TABLE IF NOT EXISTS tokens (scope TEXT PRIMARY KEY, digest TEXT NOT NULL, response TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY, seen REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, write INTEGER NOT NULL, entry TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due, seq) WHERE status='Processing';
"""
_INDEXED = ("LoadBalancerId", "ListenerId", "SecurityPolicyId")  # fields by which many documents are looked up
_KEPT_REQUESTS = 20_000
# Old rows are removed many at once, and not by every request: the search for them costs as much as a row.
_REQUESTS_AT_ONCE = 256
_NONCES_AT_ONCE = 600  # seconds between two searches


class Rows(Sequence[Doc]):
    """Documents that are parsed on access: of thousands, a page shows a hundred."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)

    def __len__(self) -> int:
        return len(self._texts)

    @t.overload
    def __getitem__(self, index: int) -> Doc: ...

    @t.overload
    def __getitem__(self, index: slice) -> list[Doc]: ...

    def __getitem__(self, index: int | slice) -> Doc | list[Doc]:
        if isinstance(index, slice):
            docs: list[Doc] = json.loads(f"[{','.join(self._texts[index])}]")  # at once: each by itself takes longer
            return docs
        doc: Doc = json.loads(self._texts[index])
        return doc

    def __iter__(self) -> Iterator[Doc]:
        return iter(self[:])


class Store:
    """Documents, jobs and bookkeeping. All methods have to be called within :meth:`transaction`, from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._next_search = 0.0  # for old nonces: seconds since 1970
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)  # the private keys of uploaded certificates are in it
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        for field in _INDEXED:
            self._db.execute(f"CREATE INDEX IF NOT EXISTS by_{field} ON resources (kind, {_extract(field)})")

    def close(self) -> None:
        """Closes the file; the store cannot be used any more."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Context manager: an exception undoes every change. Can be nested (savepoints); other threads wait."""
        with self._lock:
            name = f"level{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if not self._depth else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._db.execute("ROLLBACK" if not self._depth else f"ROLLBACK TO {name}")
                raise
            self._depth -= 1
            self._db.execute("COMMIT" if not self._depth else f"RELEASE {name}")

    # Resources

    def get(self, kind: str, identifier: str) -> Doc | None:
        """Returns a document as the API reports it, or None."""
        row = self._db.execute("SELECT body FROM resources WHERE kind=? AND id=?", (kind, identifier)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, **equal: str) -> list[Doc]:
        """Returns the documents of a kind that have these values in their fields, oldest first."""
        return list(self.select(kind, {field: (value,) for field, value in equal.items()}))

    def select(self, kind: str, one_of: Mapping[str, Collection[str]]) -> Rows:
        """Returns the documents of a kind whose fields have one of these values each, oldest first.

        A field that a document does not have counts as an empty text.
        """
        parts = [f"AND {_extract(field)} IN ({_slots(values)})" for field, values in one_of.items()]
        bound = [item for values in one_of.values() for item in values]
        query = f"SELECT body FROM resources WHERE kind=? {' '.join(parts)} ORDER BY seq"  # noqa: S608  all is bound
        return Rows(row[0] for row in self._db.execute(query, (kind, *bound)))

    def values(self, kind: str, *fields: str) -> list[list[t.Any]]:
        """Returns the combinations of values that these fields have, in reported and served documents, each once."""
        found = f"json_array({', '.join('json_extract({0}, ?)' for _field in fields)})"
        query = " UNION ".join(
            f"SELECT {found.format(column)} FROM resources WHERE kind=? AND {column} IS NOT NULL"  # noqa: S608  all is bound
            for column in ("body", "live")
        )
        bound = (*(f"$.{field}" for field in fields), kind)
        return [json.loads(row[0]) for row in self._db.execute(query, bound * 2)]

    def counts(self, kind: str, field: str) -> dict[str, int]:
        """Returns the number of documents of a kind by the value of a field."""
        query = f"SELECT {_extract(field)}, count(*) FROM resources WHERE kind=? GROUP BY 1"  # noqa: S608  a checked name
        return dict(self._db.execute(query, (kind,)).fetchall())

    def served(self, kind: str) -> dict[str, Doc]:
        """Returns the served documents of a kind, by id, oldest first."""
        rows = self._db.execute(
            "SELECT id, live FROM resources WHERE kind=? AND live IS NOT NULL ORDER BY seq", (kind,)
        )
        return {row[0]: json.loads(row[1]) for row in rows}

    def put(self, kind: str, identifier: str, doc: Doc, *, served: bool = False) -> None:
        """Makes or replaces a document; with ``served`` it is served at once."""
        body = json.dumps(doc)
        self._db.execute(
            "INSERT INTO resources (kind, id, body, live) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE "
            "SET body=excluded.body, live=coalesce(excluded.live, live)",
            (kind, identifier, body, body if served else None),
        )

    def patch(self, kind: str, identifier: str, changes: Doc) -> None:
        """Sets fields in the reported and in the served document, for changes without a job."""
        patch = json.dumps(changes)
        self._db.execute(
            "UPDATE resources SET body=json_patch(body, ?), live=json_patch(live, ?) WHERE kind=? AND id=?",
            (patch, patch, kind, identifier),
        )

    def revert(self, kind: str, identifier: str) -> None:
        """Sets the reported document back to the served one; a document that was never served is deleted."""
        self._db.execute("DELETE FROM resources WHERE kind=? AND id=? AND live IS NULL", (kind, identifier))
        self._db.execute("UPDATE resources SET body=live WHERE kind=? AND id=?", (kind, identifier))

    def delete(self, kind: str, identifier: str) -> None:
        """Removes a document."""
        self._db.execute("DELETE FROM resources WHERE kind=? AND id=?", (kind, identifier))

    # Jobs

    def put_job(self, job: Doc, due: float) -> None:
        """Makes or replaces a job; ``due`` is the time (seconds since 1970) at which it may complete."""
        self._db.execute(
            "INSERT INTO jobs (id, status, due, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
            "SET status=excluded.status, due=excluded.due, body=excluded.body",
            (job["Id"], job["Status"], due, json.dumps(job)),
        )

    def jobs(self, identifiers: Collection[str] = ()) -> list[Doc]:
        """Returns the jobs with these ids, or all jobs if no id is given, newest first."""
        chosen = f"WHERE id IN ({_slots(identifiers)})" if identifiers else ""
        rows = self._db.execute(f"SELECT body FROM jobs {chosen} ORDER BY seq DESC", (*identifiers,))  # noqa: S608  all is bound
        return [json.loads(row[0]) for row in rows]

    def due_jobs(self, now: float, limit: int) -> list[Doc]:
        """Returns the unfinished jobs that are due at ``now`` (seconds since 1970), in the order of their times."""
        query = "SELECT body FROM jobs WHERE status='Processing' AND due <= ? ORDER BY due, seq LIMIT ?"
        return [json.loads(row[0]) for row in self._db.execute(query, (now, limit))]

    def next_job(self) -> tuple[Doc, float] | None:
        """Returns the unfinished job that is due first, and its time (seconds since 1970), or None."""
        row = self._db.execute(
            "SELECT body, due FROM jobs WHERE status='Processing' ORDER BY due, seq LIMIT 1"
        ).fetchone()
        return (json.loads(row[0]), row[1]) if row else None

    # Bookkeeping

    def first_use(self, nonce: str, now: float, keep: float) -> bool:
        """Records a nonce for at least ``keep`` seconds. Returns False if it was seen before."""
        if now >= self._next_search:
            self._db.execute("DELETE FROM nonces WHERE seen < ?", (now - keep,))
            self._next_search = now + _NONCES_AT_ONCE
        return self._db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, now)).rowcount == 1

    def token(self, scope: str) -> tuple[str, Doc] | None:
        """Returns the digest of the parameters and the response of the first request with a client token, or None."""
        row = self._db.execute("SELECT digest, response FROM tokens WHERE scope=?", (scope,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def put_token(self, scope: str, digest: str, response: Doc) -> None:
        """Keeps the response for a client token."""
        self._db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (scope, digest, json.dumps(response)))

    def log(self, entry: Doc) -> None:
        """Appends to the request log, which keeps the last 20,000 requests, and up to 255 more."""
        row = (int(entry["write"]), json.dumps(entry))
        seq = self._db.execute("INSERT INTO requests (write, entry) VALUES (?, ?)", row).lastrowid or 0
        if seq % _REQUESTS_AT_ONCE == 0:
            self._db.execute("DELETE FROM requests WHERE seq <= ?", (seq - _KEPT_REQUESTS,))

    def requests(self, writes: bool = False, after: int = 0) -> list[Doc]:
        """Returns the request log after a sequence number, oldest first."""
        query = "SELECT seq, entry FROM requests WHERE write >= ? AND seq > ? ORDER BY seq"
        rows = self._db.execute(query, (int(writes), after))
        return [{"seq": row[0], **json.loads(row[1])} for row in rows]

    def last_requests(self, limit: int) -> tuple[list[Doc], int]:
        """Returns the newest entries of the request log, newest first, and the number of all."""
        rows = self._db.execute("SELECT entry FROM requests ORDER BY seq DESC LIMIT ?", (limit,))
        (total,) = self._db.execute("SELECT count(*) FROM requests").fetchone()
        return [json.loads(row[0]) for row in rows], total

    def clear_requests(self) -> None:
        """Empties the request log; the sequence numbers go on."""
        self._db.execute("DELETE FROM requests")

    def setting(self, name: str, make: Callable[[], t.Any]) -> t.Any:
        """Returns a persistent value; ``make`` makes it if there is none yet."""
        row = self._db.execute("SELECT value FROM settings WHERE name=?", (name,)).fetchone()
        if row:
            return json.loads(row[0])
        self.set(name, value := make())
        return value

    def set(self, name: str, value: t.Any) -> None:
        """Changes a persistent value."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def reset(self) -> None:
        """Deletes everything but the nonces, which cannot be used again."""
        for table in ("resources", "jobs", "tokens", "requests", "settings"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608  the names are above


def _extract(field: str) -> str:
    """Returns the expression for a field, in the spelling of the indices. Raises ValueError for a name with signs."""
    if not field.isidentifier():
        raise ValueError(f"{field} is not the name of a field")
    return f"coalesce(json_extract(body, '$.{field}'), '')"


def _slots(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
