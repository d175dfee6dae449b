# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against servers of every kind, each a real process, with curl and openssl s_client beside it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import identity, runner, server
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target

HOST = "www.example.com"
REFUSALS = ("none", "other_ca", "foreign_ca", "expired", "not_yet_valid", "server_only", "damaged")


def openssl(directory: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture(scope="module", params=["rsa:2048", "ec"])
def pki(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A CA for clients with one client, and a server certificate of a CA of its own; all RSA or all ECDSA."""
    directory = tmp_path_factory.mktemp("pki")
    curve = ("-pkeyopt", "ec_paramgen_curve:P-256") if request.param == "ec" else ()
    new = ("req", "-x509", "-newkey", request.param, *curve, "-nodes", "-days", "2")
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
    for ca in ("root", "server-root"):
        openssl(directory, *new, "-keyout", f"{ca}.key", "-out", f"{ca}.crt", "-subj", f"/C=cn/O=alibaba/CN={ca}")
    signed = ("-CA", "root.crt", "-CAkey", "root.key", *leaf)
    openssl(directory, *new, "-keyout", "client.key", "-out", "client.crt", "-subj", "/CN=client", *signed)
    signed = ("-CA", "server-root.crt", "-CAkey", "server-root.key", *leaf)
    names = ("-addext", f"subjectAltName=DNS:{HOST}")
    openssl(directory, *new, "-keyout", "leaf.key", "-out", "leaf.crt", "-subj", f"/CN={HOST}", *signed, *names)
    chain = (directory / "leaf.crt").read_text() + (directory / "server-root.crt").read_text()
    (directory / "chain.crt").write_text(chain)
    (directory / "chain.pem").write_text(chain + (directory / "leaf.key").read_text())
    return directory


def free_port(address: str = "127.0.0.1") -> int:
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def process(command: list[str], directory: Path, address: str, port: int) -> Iterator[None]:
    """Runs until the block ends; begins when it takes connections."""
    with (directory / "server.log").open("ab") as log:
        started = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
                break
            assert started.poll() is None, (directory / "server.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        started.terminate()
        started.wait(10)


@contextlib.contextmanager
def nginx(pki: Path, directory: Path, address: str, version: str) -> Iterator[int]:
    port, plain = free_port(address), free_port(address)
    (directory / "plain").write_text(str(plain))
    where = f"[{address}]" if ":" in address else address
    user = "user root;" if os.geteuid() == 0 else ""
    (directory / "nginx.conf").write_text(f"""
daemon off; pid nginx.pid; error_log error.log; {user} worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
  scgi_temp_path t5;
  ssl_certificate {pki}/chain.crt; ssl_certificate_key {pki}/leaf.key; ssl_session_cache shared:s:1m;
  ssl_protocols TLSv{version}; ssl_ciphers ECDHE+AESGCM; ssl_client_certificate {pki}/root.crt; ssl_verify_client on;
  upstream both {{ server unix:{directory}/a.sock; server unix:{directory}/b.sock; }}
  server {{ listen {where}:{port} ssl http2;
    location / {{ proxy_pass http://both; }} }}
  server {{ listen {where}:{plain}; return 301 https://{HOST}$request_uri; }}
  server {{ listen unix:{directory}/a.sock; add_header X-Served-By A;
    location / {{ return 200 "This is ECS01.\\n"; }} }}
  server {{ listen unix:{directory}/b.sock; add_header X-Served-By B;
    location / {{ return 200 "This is ECS02.\\n"; }} }}
}}
""")
    with process(["nginx", "-p", str(directory), "-c", "nginx.conf", "-e", "error.log"], directory, address, port):
        yield port


@contextlib.contextmanager
def s_server(pki: Path, directory: Path, address: str, version: str) -> Iterator[int]:
    port = free_port(address)
    where = f"[{address}]" if ":" in address else address
    command = [
        "openssl",
        "s_server",
        "-accept",
        f"{where}:{port}",
        f"-tls{version.replace('.', '_')}",
        "-www",
        "-quiet",
    ]
    command += ["-cert", f"{pki}/leaf.crt", "-cert_chain", f"{pki}/server-root.crt", "-key", f"{pki}/leaf.key"]
    command += ["-CAfile", f"{pki}/root.crt", "-Verify", "3", "-verify_return_error", "-purpose", "sslclient"]
    with process(command, directory, address, port):
        yield port


@contextlib.contextmanager
def haproxy(pki: Path, directory: Path, address: str, version: str) -> Iterator[int]:
    port = free_port(address)
    only = f"force-tlsv{version.replace('.', '')}"
    (directory / "haproxy.cfg").write_text(f"""
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind {address}:{port} ssl crt {pki}/chain.pem ca-file {pki}/root.crt verify required {only}
  http-request return status 200 content-type text/plain string "This is ECS01."
""")
    with process(["haproxy", "-db", "-f", "haproxy.cfg"], directory, address, port):
        yield port


Kind = Callable[[Path, Path, str, str], contextlib.AbstractContextManager[int]]


def blank(**values: Any) -> dict[str, Any]:
    names = ("certificate_path", "private_key_path", "pkcs12_path", "passphrase", "made", "expect", "expect_answers")
    return {**dict.fromkeys(names), **values}


def matrix(pki: Path) -> dict[str, Any]:
    """Every identity of the matrix, right one first."""
    right = blank(name="right", certificate_path=str(pki / "client.crt"), private_key_path=str(pki / "client.key"))
    return {
        "ca_path": str(pki / "server-root.crt"),
        "validate_certs": True,
        "tls_version": "auto",
        "made_by": {
            "ca_certificate_path": str(pki / "root.crt"),
            "ca_private_key_path": str(pki / "root.key"),
            "ca_passphrase": None,
        },
        "identities": [right, *(blank(name=name, made=None if name == "none" else name) for name in REFUSALS)],
    }


def plan(port: int, address: str, requests: int = 2, **more: Any) -> runner.Plan:
    return runner.Plan(Target(HOST, port, "/", 10.0, more.pop("header", None)), address, None, requests, 0, **more)


def curl(pki: Path, address: str, port: int, *options: str) -> tuple[int, str]:
    """Exit code and HTTP status."""
    where = f"[{address}]" if ":" in address else address
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--max-time", "10"]
    command += ["--resolve", f"{HOST}:{port}:{where}", "--cacert", str(pki / "server-root.crt")]
    done = subprocess.run([*command, *options, f"https://{HOST}:{port}/"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def s_client(pki: Path, address: str, port: int) -> str:
    where = f"[{address}]" if ":" in address else address
    command = ["openssl", "s_client", "-connect", f"{where}:{port}", "-servername", HOST, "-showcerts"]
    command += ["-CAfile", "server-root.crt", "-verify_hostname", HOST]
    done = subprocess.run(command, cwd=pki, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", [nginx, s_server, haproxy], ids=["nginx", "s_server", "haproxy"])
def test_the_matrix(pki: Path, tmp_path: Path, kind: Kind, version: str, address: str) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    given = matrix(pki)
    with kind(pki, tmp_path, address, version) as port:
        identities = identity.build(given, str(keys))
        results = {each["name"]: each for each in runner.run(plan(port, address), identities)}
        wanted = {"tls_versions": ["1.2", "1.3"]}
        shown = server.examine(plan(port, address), {**given, "server": wanted})
        witness = s_client(pki, address, port)
        with_certificate = curl(pki, address, port, "--cert", str(pki / "client.crt"), "--key", str(pki / "client.key"))
        without = curl(pki, address, port)
    refused = "refused_http" if kind is nginx else "refused_handshake"
    assert {name: each["verdict"] for name, each in results.items()} == {
        "right": "accepted",
        **dict.fromkeys(REFUSALS, refused),
    }
    assert results["right"]["tls_version"] == version
    if kind is nginx:
        assert results["none"]["reason"] == "refused with HTTP 400: No required SSL certificate was sent"
        assert results["expired"]["reason"] == "refused with HTTP 400: The SSL certificate error"
    assert with_certificate == (0, "200")
    assert without == (0, "400") if kind is nginx else without[0] != 0
    # What the server shows, as s_client sees it.
    assert shown["tls_versions"] == [version]
    assert witness.count("BEGIN CERTIFICATE") - witness.count("Server certificate\n-----") == len(shown["chain"])
    assert [each["subject"]["common_name"] for each in shown["chain"]] == [HOST, "server-root"]
    assert (shown["verified"], "Verify return code: 0 (ok)" in witness or "verify return:1" in witness) == (True, True)
    assert shown["ca_names"] == ["CN=root,O=alibaba,C=cn"]
    assert "Acceptable client certificate CA names\nC = cn, O = alibaba, CN = root" in witness
    assert not (set(REFUSALS) & {path.name for path in tmp_path.iterdir()})


def test_a_chain_that_does_not_stand(pki: Path, tmp_path: Path) -> None:
    given = {**matrix(pki), "ca_path": str(pki / "root.crt"), "server": {"tls_versions": None}}
    with nginx(pki, tmp_path, "127.0.0.1", "1.3") as port:
        shown = server.examine(plan(port, "127.0.0.1"), given)
        wanted = {"verified": True, "days_left": 3, "tls_versions": None, "ciphers": None, "http_port": 0}
        rows = server.checks(shown, wanted, Target(HOST, port, "/", 5))
        assert curl(pki, "127.0.0.1", port, "--cacert", str(pki / "root.crt"))[0] == 60  # of curl: cannot be verified
    assert not shown["verified"]
    assert [(each["name"], each["met"]) for each in rows] == [
        ("certificate name", False),
        ("certificate expiry", False),
    ]
    assert "self-signed" in rows[0]["found"]


def test_the_policy_and_the_redirection_as_ordered(pki: Path, tmp_path: Path) -> None:
    with nginx(pki, tmp_path, "127.0.0.1", "1.2") as port:
        plain = int((tmp_path / "plain").read_text())
        kind = "RSA" if b"rsaEncryption" in _text(pki / "leaf.crt") else "ECDSA"
        ordered = [f"ECDHE-{kind}-AES{bits}-GCM-SHA{mac}" for bits, mac in ((128, 256), (256, 384))]
        wanted = {"verified": True, "days_left": 1, "tls_versions": ["1.2"], "ciphers": ordered, "http_port": plain}
        shown = server.examine(plan(port, "127.0.0.1"), {**matrix(pki), "server": wanted})
    assert shown["ciphers"] == ordered
    assert (shown["alpn"], shown["redirect"]) == ("h2", f"https://{HOST}/")
    target = Target(HOST, port, "/", 5)
    assert all(each["met"] for each in server.checks(shown, wanted, target))
    stricter = {**wanted, "tls_versions": ["1.2", "1.3"], "ciphers": ordered[:1], "days_left": 30}
    unmet = [each["name"] for each in server.checks(shown, stricter, target) if not each["met"]]
    assert unmet == ["certificate expiry", "TLS versions", "ciphers of TLS 1.2"]


def _text(path: Path) -> bytes:
    return subprocess.run(["openssl", "x509", "-in", path, "-noout", "-text"], capture_output=True, check=True).stdout


def test_a_thousand_requests_spread_over_both_servers(pki: Path, tmp_path: Path) -> None:
    given = matrix(pki)
    given["identities"] = given["identities"][:1]
    with nginx(pki, tmp_path, "127.0.0.1", "1.3") as port:
        (right,) = identity.build(given, str(tmp_path))
        started = time.monotonic()
        (result,) = runner.run(plan(port, "127.0.0.1", 1000, header="X-Served-By", told_by="header"), [right])
        seconds = time.monotonic() - started
        assert runner.resumption(plan(port, "127.0.0.1"), right) is True
    assert (result["verdict"], result["requests"], sum(result["answers"].values())) == ("accepted", 1000, 1000)
    assert set(result["answers"]) == {"A", "B"}
    assert min(result["answers"].values()) > 400
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p99"] <= result["latency_ms"]["max"]
    assert seconds < 10


@contextlib.contextmanager
def rude(manner: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _peer = listener.accept()
                    with contextlib.suppress(OSError), connection:
                        manner(connection, over)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("manner", ["hanging", "hanging later", "slow", "dripping", "reset", "garbage"])
def test_rude_servers_cost_their_timeout_at_most(pki: Path, tmp_path: Path, manner: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "chain.pem")

    def behave(connection: socket.socket, over: threading.Event) -> None:
        if manner == "hanging":
            over.wait(10)
        elif manner == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif manner == "garbage":
            connection.sendall(bytes(range(256)))
        else:
            with context.wrap_socket(connection, server_side=True) as tls:
                head = b"HTTP/1.1 200 OK\r\n" if manner == "dripping" else b"HTTP/1.1 200 OK\r\n\r\nHel"
                tls.sendall(b"" if manner == "hanging later" else head)
                while not over.wait(0.05):
                    if manner == "dripping":
                        tls.sendall(b"a")

    given = {**matrix(pki), "made_by": None, "identities": [blank(name="none")]}
    with rude(behave) as port:
        started = time.monotonic()
        (nobody,) = identity.build(given, str(tmp_path))
        target = Target(HOST, port, "/", 0.5)
        (result,) = runner.run(runner.Plan(target, "127.0.0.1", None, 1, 0), [nobody])
        seconds = time.monotonic() - started
    expected = {"hanging later": "hanging", "dripping": "hanging"}.get(manner, manner)
    assert result["verdict"] == expected, result
    assert seconds < 1.5
