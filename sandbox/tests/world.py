# SPDX-License-Identifier: GPL-3.0-or-later
"""A data plane with real servers behind it, and what its tests ask it with: curl and openssl."""

from __future__ import annotations

import datetime
import http.server
import itertools
import json
import ssl
import subprocess
import threading
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from alicloud_sandbox.dataplane import DataPlane
from alicloud_sandbox.dataplane.config import Rendered, render
from alicloud_sandbox.testing import free_port
from alicloud_sandbox.topology import (
    Balancing,
    Certificate,
    FixedResponse,
    Forward,
    HealthCheck,
    Listener,
    LoadBalancer,
    Server,
    ServerGroup,
    Topology,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_serial = itertools.count(1)
OFF = HealthCheck(enabled=False)
QUICK = HealthCheck(enabled=True, interval=0.05, timeout=1.0, healthy_threshold=2, unhealthy_threshold=2)


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def save(self, directory: Path, name: str, chain: str = "") -> tuple[str, str]:
        (directory / f"{name}.crt").write_text(self.pem + chain)
        (directory / f"{name}.key").write_text(self.key_pem)
        return str(directory / f"{name}.crt"), str(directory / f"{name}.key")

    def served(self, chain: str = "") -> Certificate:
        return Certificate(str(self.certificate.serial_number), self.pem + chain, self.key_pem)


def issue(
    name: str, issuer: Issued | None = None, ca: bool = False, dns: tuple[str, ...] = (), key: t.Any = None
) -> Issued:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(next(_serial))
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(d) for d in dns]), critical=False)
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


ROOT = issue("Root of the clients", ca=True)
SERVER_CA = issue("CA of the servers", ca=True)
SITE = issue("www.example.com", SERVER_CA, dns=("www.example.com",))


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers with its name and what it was asked; HEAD with whatever status the backend is told."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for an answer: two of them cost a delayed acknowledgement
    server: Backend

    def do_GET(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        asked = {"path": self.path, "length": length, "headers": dict(self.headers)}
        self.server.requests.append(asked)
        self.server.proceed.wait(10)
        self._answer(
            self.server.status, json.dumps({"server": self.server.name, **asked}).encode() * self.server.repeat
        )

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the names of http.server

    def do_HEAD(self) -> None:
        self.server.checked = self.request_version
        self._answer(self.server.health_status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in self.server.reply_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


class Backend(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name: str, tls: tuple[str, str] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.name, self.status, self.health_status, self.repeat = name, 200, 200, 1
        self.reply_headers: dict[str, str] = {}
        self.checked = ""  # version of HTTP of the last HEAD
        self.proceed = threading.Event()  # clear: answers wait for it
        self.proceed.set()
        self.requests: list[dict[str, t.Any]] = []
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def as_server(self, weight: int = 100) -> Server:
        return Server(f"i-{self.name}", "127.0.0.1", self.server_address[1], weight)


def curl(url: str, *options: str) -> tuple[int, str]:
    """HTTP status (0: no answer) and body."""
    command = ["curl", "--silent", "--insecure", "--max-time", "60", "--write-out", "\n%{http_code}", *options, url]
    body, _, status = subprocess.run(command, capture_output=True, text=True, check=False).stdout.rpartition("\n")
    return int(status), body


def s_client(address: str, port: int, *options: str, stdin: str = "") -> str:
    command = ["openssl", "s_client", "-connect", f"{address}:{port}", *options]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, errors="replace", timeout=60)
    return done.stdout + done.stderr


def fixed(content: str, status: int = 200, content_type: str = "text/plain") -> FixedResponse:
    """An action that answers."""
    return FixedResponse(status, content, content_type)


def to(*groups: str, sticky: int = 0) -> Forward:
    """An action that forwards to server groups, with one weight for all."""
    return Forward(tuple((name, 100) for name in groups), sticky)


@dataclass
class World:
    """A data plane with one load balancer and one server group, and ways to vary them."""

    plane: DataPlane
    directory: Path
    address: str
    port: int
    backends: list[Backend]
    others: tuple[ServerGroup, ...] = ()
    group: ServerGroup = field(init=False)
    listener: Listener = field(init=False)

    def __post_init__(self) -> None:
        self.group = ServerGroup(
            "sgp-1", "HTTP", Balancing.ROUND_ROBIN, tuple(b.as_server() for b in self.backends), OFF
        )
        self.listener = Listener(
            "lsn-1", "HTTPS", self.port, "sgp-1", (SITE.served(),), tls_versions=("TLSv1.2", "TLSv1.3")
        )

    @property
    def url(self) -> str:
        return f"{'https' if self.listener.protocol == 'HTTPS' else 'http'}://{self.address}:{self.listener.port}/"

    def topology(self) -> Topology:
        return Topology((LoadBalancer("alb-1", (self.address,), (self.listener,)),), (self.group, *self.others))

    def apply(self, **listener: t.Any) -> None:
        self.listener = replace(self.listener, **listener)
        self.plane.apply(self.topology())

    def render(self, listener: Listener) -> Rendered:
        """The configuration with another listener; it is not served."""
        topology = Topology((LoadBalancer("alb-1", (self.address,), (listener,)),), (self.group, *self.others))
        return render(topology, frozenset(), (1, 22, 1), self.directory)

    def apply_group(self, **group: t.Any) -> None:
        self.group = replace(self.group, **group)
        self.plane.apply(self.topology())

    def answer(self, *options: str) -> dict[str, t.Any]:
        status, body = curl(self.url, *options)
        assert status == 200, (status, body)
        decoded: dict[str, t.Any] = json.loads(body)
        return decoded

    def who(self, times: int) -> list[str]:
        return [self.answer()["server"] for _ in range(times)]

    def identity(self, name: str, issued: Issued, chain: str = "") -> list[str]:
        certificate, key = issued.save(self.directory, name, chain)
        return ["--cert", certificate, "--key", key]


@contextmanager
def make_world(directory: Path) -> Iterator[World]:
    """A world of its own below a directory; nothing is served yet."""
    address = "127.77.1.1"  # shared: the port is of this process alone
    backends = [Backend("one"), Backend("two")]
    plane = DataPlane(directory / "state")
    yield World(plane, directory, address, free_port(address), backends)
    plane.close()
    for backend in backends:
        backend.stop()
