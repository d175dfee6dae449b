# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of clients on a server: what 10,000 entries cost per request, and how long a new list takes to count.

The cost is the processor time of Nginx's worker, on one connection that is kept alive, for requests that it passes to
an application.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import ssl
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_lists
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.certificates import workers

from tests.bench.figures import line
from tests.integration.test_client_identity import BALANCER, NAME, TOLD, Behind
from tests.witnesses.openssl import new_certificate

ENTRIES, REQUESTS, REPEATS = 10_000, 5_000, 5
TICKS = os.sysconf("SC_CLK_TCK")


def entries(name: str) -> list[dict[str, str]]:
    texts = [f"{name} {number}".encode() for number in range(ENTRIES)]
    return [
        {
            "sha1": hashlib.sha1(text, usedforsecurity=False).hexdigest(),
            "sha256": hashlib.sha256(text).hexdigest(),
        }
        for text in texts
    ]


def load(host: Behind) -> float:
    """Return the processor time of the worker for REQUESTS requests, in seconds."""
    context = ssl.create_default_context(cafile=str(host.certificates / "first.crt"))
    headers = "".join(f"{name}: {value}\r\n" for name, value in TOLD.items())
    request = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n{headers}\r\n".encode()
    (worker,) = workers([host.port])
    raw = socket.create_connection(("127.0.0.1", host.port), 60, (BALANCER, 0))
    with context.wrap_socket(raw, server_hostname=NAME) as connection:
        start = _used(worker)
        for _number in range(REQUESTS):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"|" + BALANCER.encode()):  # what the application says last
                answer += connection.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 200 OK"), answer
        return _used(worker) - start


def _used(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        new_certificate(directory, "first", "/CN=first", f"subjectAltName=DNS:{NAME}")
        host = Behind(directory, directory)
        main_file = host.main.read_text().replace("events {}", "worker_processes 1; events {}")
        host.main.write_text(main_file.replace("access_log off;", "access_log off; keepalive_requests 1000000;"))
        revoked = json.dumps({"format": 1, "clients": entries("revoked")})
        denied = "\n".join(each["sha256"] for each in entries("denied"))
        allowed = "\n".join([TOLD[list(TOLD)[2]], *(each["sha1"] for each in entries("allowed"))])
        plain: dict[str, Any] = {}
        lists = {"revoked": revoked, "deny_list": denied, "allow_list": allowed}
        try:
            used: dict[str, list[float]] = {"without": [], "with": []}
            for _repeat in range(REPEATS):
                for name, options in (("without", plain), ("with", lists)):
                    host.run(host.identity(**options))
                    used[name].append(load(host))
            shown = {name: statistics.median(times) / REQUESTS * 1e6 for name, times in used.items()}
            floor = f"{shown['without']:.1f} us: without lists"
            what = f"a request, three lists of {ENTRIES:,} clients, CPU"
            line(what, f"{shown['with']:.1f} us", floor, shown["with"] / shown["without"], 1.05)
            many = client_lists.read_revoked(revoked, "")

            def replace() -> int:
                client_lists.replace_revoked(str(host.main), (), None, write=True)
                return int(client_lists.replace_revoked(str(host.main), many, None, write=True)["count"])

            start = time.process_time()
            replace()
            took = (time.process_time() - start) / 2
            line("a new list of 10,000 clients on a server, CPU", f"{took:.2f} s", "all hosts: 5 s", took / 5, 1.0)
        finally:
            host.stop()


if __name__ == "__main__":
    main()
