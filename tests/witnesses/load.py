# SPDX-License-Identifier: GPL-3.0-or-later
"""A constant and bounded load of HTTPS: one thread with a connection per request, one that keeps its connection.

load.py ADDRESS PORT NAME STOP CERTIFICATE... asks until the file STOP exists or MOST requests were made, and prints
what became of them as JSON. Only the certificates given are trusted. A connection that the server has closed between
two requests is opened again, as RFC 9112, 9.3.1, lets every client do; the count tells that connections were kept.
"""

from __future__ import annotations

import collections
import hashlib
import http.client
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

MOST = 3000  # requests of a thread
PAUSE = 0.02  # seconds between two of them
CLOSED = (
    ConnectionError,  # with it http.client.RemoteDisconnected
    http.client.NotConnected,  # the last answer said so
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


class Load:
    """What both threads share."""

    def __init__(self, address: str, port: int, name: str, stop: Path, certificates: list[str]) -> None:
        self.address, self.port, self.name, self.stop = address, port, name, stop
        self.trusted = ssl.create_default_context()
        for path in certificates:
            self.trusted.load_verify_locations(path)
        self.counts: collections.Counter[str] = collections.Counter()
        self.served: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []

    def connect(self) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection(self.name, self.port, timeout=20)
        connection.auto_open = 0  # it would ask a name server
        plain = socket.create_connection((self.address, self.port), 20)
        connection.sock = self.trusted.wrap_socket(plain, server_hostname=self.name)
        certificate = connection.sock.getpeercert(binary_form=True)
        self.served[hashlib.sha256(certificate or b"").hexdigest()] += 1
        return connection

    def ask(self, connection: http.client.HTTPSConnection) -> None:
        connection.request("GET", "/")
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise ValueError(f"status {answer.status}")

    def single(self) -> None:
        connection = self.connect()
        self.ask(connection)
        connection.close()

    def kept(self) -> None:
        connection = self.connect()
        asked = False
        while not self.over("kept"):
            try:
                self.ask(connection)
            except CLOSED:
                if not asked:  # a new connection must answer
                    raise
                self.counts["opened again"] += 1
                connection.close()
                connection, asked = self.connect(), False
                continue
            asked = True
            self.counts["kept"] += 1
            time.sleep(PAUSE)
        connection.close()

    def singles(self) -> None:
        while not self.over("single"):
            self.single()
            self.counts["single"] += 1
            time.sleep(PAUSE)

    def over(self, kind: str) -> bool:
        return self.stop.exists() or self.counts[kind] >= MOST or bool(self.failures)

    def run(self) -> dict[str, object]:
        def guarded(action: Callable[[], None]) -> None:
            try:
                action()
            except Exception as error:
                self.failures.append(repr(error))

        threads = [threading.Thread(target=guarded, args=(action,)) for action in (self.singles, self.kept)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"failures": self.failures, "counts": dict(self.counts), "certificates": len(self.served)}


def main() -> None:
    address, port, name, stop, *certificates = sys.argv[1:]
    print(json.dumps(Load(address, int(port), name, Path(stop), certificates).run()))


if __name__ == "__main__":
    main()
