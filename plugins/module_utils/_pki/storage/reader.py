# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the database of a CA, from several processes at once. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import os
import typing as t
from dataclasses import dataclass

from . import database
from .database import CachedResult, Database, Entry


@dataclass(frozen=True)
class State:
    """Time and reason of a revocation or hold; both None for a certificate that is neither."""

    revoked: str | None
    reason: str | None


class DatabaseReader:
    """Reads the database at ``path``, or ``memory`` if there is no file.

    A connection to SQLite does not survive a fork, so each process opens one of its own.
    """

    def __init__(self, path: str, memory: Database | None = None) -> None:
        self._path = path
        self._memory = memory
        self._open: tuple[int, contextlib.ExitStack, Database] | None = None
        self._cached: dict[str, CachedResult] = {}
        self._states: dict[str, State] = {}
        self.salt = ""

    def preload(self, paths: t.Sequence[str]) -> None:
        """Read the cached results for certificates in ``paths``, before other processes get copies of this object.

        To be called again under the lock of the CA: another run may have changed them in between.
        """
        self._cached, self._states = {}, {}
        with self._database() as known:
            self.salt = known.metadata("salt") or ""
            for result, revoked, reason in known.cached_results(paths):
                self._cached[result.file] = result
                self._states[result.serial_number] = State(revoked, reason)

    def cached_result(self, path: str) -> CachedResult | None:
        """Return the cached result for the certificate in ``path``, which has to be among the preloaded ones."""
        return self._cached.get(path)

    def state(self, serial_number: str) -> State | None:
        """Return the state of a certificate, None for one that the database does not know."""
        if serial_number not in self._states:
            with self._database() as known:
                for item in known.find("serial_number", serial_number):
                    self._states[serial_number] = State(item["revoked"], item["reason"])
        return self._states.get(serial_number)

    def find(self, key: str, value: str) -> list[Entry]:
        """Return the entries whose column ``key`` is ``value``, see Database.find."""
        with self._database() as known:
            return known.find(key, value)

    def previous(self) -> list[Entry]:
        """Return the certificates that were copied from the previous CA, see previous_ca.py."""
        with self._database() as known:
            return known.previous()

    def last_issued(self, path: str, common_name: str) -> str:
        """Return when the newest certificate for ``path`` or ``common_name`` was issued, empty if there is none."""
        found = [*self.find("file", path), *self.find("common_name", common_name)]
        return max((item["issued"] for item in found), default="")

    def valid_with_common_name(self, name: str, moment: datetime.datetime, key: str = "common_name") -> list[Entry]:
        """Return the certificates of a common name that a server accepts, see Database.valid_with_common_name."""
        with self._database() as known:
            return known.valid_with_common_name(name, moment, key)

    @contextlib.contextmanager
    def _database(self) -> t.Iterator[Database]:
        if self._memory:
            yield self._memory
            return
        if self._open is None or self._open[0] != os.getpid():
            stack = contextlib.ExitStack()
            self._open = os.getpid(), stack, stack.enter_context(database.opened(self._path))
        with database.explained(self._path):
            yield self._open[2]

    def close(self) -> None:
        """Close the connection of this process."""
        if self._open and self._open[0] == os.getpid():
            self._open[1].close()
            self._open = None
