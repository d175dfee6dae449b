# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that call a service all the time, each request over a connection of its own, and what becomes of each."""

from __future__ import annotations

import collections
import http.client
import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.witnesses.processes import until

# Between two requests of a thread: the load is bounded, whatever the machine can do.
_PAUSE_SECONDS = 0.1


class Identity:
    """A client by its files, which are read for every request, as a program does that is started each time."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.certificate, self.key = certificate, key

    @classmethod
    def of(cls, directory: Path, name: str) -> Self:
        """Return the client ``name`` of a CA in ``directory``."""
        return cls(directory / f"{name}.chain.crt", directory / f"{name}.key")


class Callers:
    """Threads that call ``https://<host>/`` at ``address``, in turn as each of the identities.

    ``counts``: by label of an identity, how many requests were answered with which status. ``let in`` is 200,
    ``refused`` is 400 or an alert of TLS, and everything else is ``failed``, with an example in ``failures``.
    """

    def __init__(self, host: str, address: str, trusted: Path, threads: int = 2) -> None:
        self._host, self._address, self._trusted = host, address, trusted
        self._identities: dict[str, Identity] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._running = 0
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(threads)]
        self.counts: dict[str, collections.Counter[str]] = {}
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def begin(self, **identities: Identity) -> None:
        """Let these clients call as well, and return when each has been answered."""
        with self._lock:
            self._identities |= identities
            self.counts |= {label: collections.Counter() for label in identities}
        until(lambda: all(self.counts[label].total() for label in identities), "no request was answered")

    def end(self, *labels: str) -> None:
        """Return when these clients have stopped calling."""
        with self._lock:
            for label in labels:
                del self._identities[label]
        until(lambda: not self._running, "a request does not end")

    def _call(self, turn: int) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            with self._lock:
                called = list(self._identities.items())
                self._running += bool(called)
            if called:
                turn += 1
                label, identity = called[turn % len(called)]
                outcome = self._outcome(identity)
                with self._lock:
                    self.counts[label][outcome] += 1
                    self._running -= 1

    def _outcome(self, identity: Identity) -> str:
        try:
            return {200: "let in", 400: "refused"}.get(self._status(identity), "failed")
        except ssl.SSLError as error:
            if "ALERT" in str(error):
                return "refused"
            self.failures.append(repr(error))
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(repr(error))
        return "failed"

    def _status(self, identity: Identity) -> int:
        context = ssl.create_default_context(cafile=self._trusted)
        context.load_cert_chain(identity.certificate, identity.key)
        connection = _Connection(self._host, self._address, context)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status
        finally:
            connection.close()


class _Connection(http.client.HTTPSConnection):
    """A connection to a host whose address is given."""

    def __init__(self, host: str, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, 443, timeout=60)
        self._trust = context
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)
