# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox for tests: a process of its own, with its own ports and addresses."""

from __future__ import annotations

import fcntl
import functools
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import typing as t
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from . import control_client

_START_TIMEOUT = 30
# Linux takes the ports of outgoing connections from 32768 on.
_PORTS = range(12288, 32768)
_BLOCK = 128


def free_port(address: str = "127.0.0.1") -> int:
    """Returns a port of ``address``, for TCP and UDP, that is free and stays free until it is used.

    A port that the system chose can be taken by an outgoing connection, even by one to the port itself. The ports of
    this function are below that range, and each process has some for itself. Raises RuntimeError if all are in use.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for port in itertools.islice(_own_ports(os.getpid()), _BLOCK):
        try:
            with socket.create_server((address, port), family=family), socket.socket(family, socket.SOCK_DGRAM) as udp:
                udp.bind((address, port))
                return port
        except OSError:
            continue
    raise RuntimeError(f"All of {_BLOCK} ports of {address} are in use.")


@functools.cache
def _own_ports(_process: int) -> Iterator[int]:
    """Returns the ports of this process, over and over. A lock on a file keeps them for it until it ends."""
    directory = Path(tempfile.gettempdir()) / f"alicloud-sandbox-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    for first in _PORTS[::_BLOCK]:
        descriptor = os.open(directory / str(first), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return itertools.cycle(range(first, first + _BLOCK))
    raise RuntimeError(f"All ports are taken. The locks are in {directory}.")


class Sandbox:
    """Starts and stops ``alicloud-sandbox serve``, for tests that run side by side.

    ``data_plane`` is ``"off"`` or ``"nginx"``; ``dns`` (default: with a data plane) asks for the resolver. Without a
    ``state_dir`` a temporary one is made, and removed at the end. ``delay`` is in seconds. Unless ``strict``
    is False, unknown parameters are refused: a test should notice a parameter that the cloud would ignore. With
    ``tls`` the endpoint has HTTPS, with the CA in the file ``ca``.
    """

    def __init__(
        self,
        *,
        data_plane: str = "off",
        dns: bool | None = None,
        delay: float = 0.05,
        state_dir: Path | None = None,
        strict: bool = True,
        tls: bool = False,
        access_key_id: str = "sandbox",
        access_key_secret: str = "sandbox",  # noqa: S107  the documented default of a local service
    ) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.endpoint = ""
        self.dns: str | None = None
        self._data_plane = data_plane
        self._dns = data_plane != "off" if dns is None else dns
        self._delay = delay
        self._strict = strict
        self._tls = tls
        self.ca: Path | None = None  # with tls: the file with the CA of the endpoint
        self._temporary = state_dir is None
        self.state_dir = state_dir or Path(tempfile.mkdtemp(prefix="alicloud-sandbox-"))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> t.Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._process is None and self._data_plane != "off":
            self.start()  # to stop the Nginx of a process that was killed
        self.stop()
        if self._temporary:
            shutil.rmtree(self.state_dir, ignore_errors=True)  # a test has its verdict already

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process
        return self._process.pid

    @property
    def log(self) -> str:
        """The text that the process has written to its standard error."""
        path = self.state_dir / "test.log"
        return path.read_text() if path.exists() else ""

    def start(self) -> None:
        """Starts the process, again on the ports of its first start. Raises RuntimeError with its log."""
        # Ports that stay free while the process is stopped.
        port, dns_port = (item.rpartition(":")[2] if item else str(free_port()) for item in (self.endpoint, self.dns))
        command = [sys.executable, "-m", "alicloud_sandbox.cli", "serve", "--state-dir", str(self.state_dir)]
        command += ["--port", port, "--dns-port", dns_port if self._dns else "off", "--address-pool", "auto"]
        command += ["--data-plane", self._data_plane, "--delay", str(self._delay)]
        command += ["--strict"] if self._strict else []
        command += ["--tls"] if self._tls else []
        keys = {
            "ALICLOUD_SANDBOX_ACCESS_KEY_ID": self.access_key_id,
            "ALICLOUD_SANDBOX_ACCESS_KEY_SECRET": self.access_key_secret,
        }
        self.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.state_dir / "test.log").open("a") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **keys}
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The sandbox did not start:\n{self.log}")
        facts = json.loads(line)
        self.endpoint, self.dns = facts["endpoint"], facts["dns"]
        self.ca = Path(facts["ca"]) if facts["ca"] else None

    def stop(self) -> None:
        """Stops the process with SIGTERM, and waits for its end."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """Kills the process with SIGKILL."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Starts it again with the same state, after :meth:`kill9` or while it runs."""
        self.stop()
        self.start()

    def seed(self, **values: t.Any) -> None:
        """Registers networks, servers, domains and more; see :func:`alicloud_sandbox.seed.register`."""
        self._call("POST", "seed", values)

    def reset(self) -> None:
        """Forgets everything."""
        self._call("POST", "reset", {})

    def requests(self, writes: bool = False) -> list[dict[str, t.Any]]:
        """Returns the request log, oldest first."""
        found: list[dict[str, t.Any]] = self._call("GET", f"requests?writes={int(writes)}")
        return found

    def clear_requests(self) -> None:
        """Empties the request log."""
        self._call("DELETE", "requests")

    def fault(self, kind: str, **fields: t.Any) -> None:
        """Injects a fault; see :class:`alicloud_sandbox.faults.Fault`."""
        self._call("POST", "faults", {"kind": kind, **fields})

    def clear_faults(self) -> None:
        """Removes the faults that have yet to strike."""
        self._call("DELETE", "faults")

    def certificate_headers(self, **forms: str) -> None:
        """Sets how headers write the details of client certificates: ``names`` and ``fingerprint``."""
        self._call("PUT", "certificate-headers", forms)

    def delays(self, **seconds: float) -> None:
        """Sets how long asynchronous states last: ``default``, ``loadbalancer``, ``listener``, ..."""
        self._call("PUT", "delays", seconds)

    def health(self) -> dict[str, t.Any]:
        """Returns the health of the sandbox."""
        found: dict[str, t.Any] = self._call("GET", "health")
        return found

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(_START_TIMEOUT)
        assert self._process.stdout
        self._process.stdout.close()
        self._process = None

    def _call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        try:
            return control_client.call(self.endpoint, self.ca, method, path, body)
        except urllib.error.HTTPError as problem:
            raise RuntimeError(problem.read().decode()) from None
