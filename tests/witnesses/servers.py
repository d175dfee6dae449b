# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers with mutual authentication, each a real process, and the witnesses that are sent to them: curl, s_client."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from alicloud_sandbox.testing import free_port

from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.processes import Killable, wait_for

HOST = "www.example.com"


def make_pki(directory: Path, key: str) -> Path:
    """By openssl, with keys of the kind ``key``.

    A CA for clients (``root``), a CA below it (``sub``), a client of each, one that is revoked, the CRL that says so,
    and a server certificate of a CA of its own.
    """

    def new(name: str, subject: str, ca: str = "", *extensions: str) -> None:
        new_certificate(directory, name, subject, *extensions, ca=ca, key=key, days=2)

    leaf = "basicConstraints=critical,CA:FALSE"
    new("root", "/C=cn/O=alibaba/CN=root")
    new("server-root", "/C=cn/O=alibaba/CN=server-root")
    new("sub", "/C=cn/O=alibaba/CN=sub", "root", "basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign")
    new("client", "/CN=client", "root", leaf)
    new("revoked", "/CN=revoked", "root", leaf)
    new("sub-client", "/CN=sub-client", "sub", leaf)
    new("leaf", f"/CN={HOST}", "server-root", leaf, f"subjectAltName=DNS:{HOST}")
    join(directory, "chain.crt", "leaf.crt", "server-root.crt")
    join(directory, "chain.pem", "leaf.crt", "server-root.crt", "leaf.key")
    join(directory, "sub-client-chain.crt", "sub-client.crt", "sub.crt")
    (directory / "ca.cnf").write_text(
        "[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\ndefault_md = sha256\ndefault_crl_days = 2\n"
    )
    (directory / "index.txt").touch()
    by_root = ("ca", "-config", "ca.cnf", "-keyfile", "root.key", "-cert", "root.crt")
    openssl(*by_root, "-revoke", "revoked.crt", directory=directory)
    openssl(*by_root, "-gencrl", "-out", "root.crl", directory=directory)
    return directory


def join(directory: Path, name: str, *parts: str) -> None:
    (directory / name).write_text("".join((directory / part).read_text() for part in parts))


def listens(address: str, port: int) -> bool:
    """Returns whether a connection can be made."""
    with contextlib.suppress(OSError), socket.create_connection((address, port)):
        return True
    return False


@contextlib.contextmanager
def process(command: list[str], directory: Path, address: str, port: int) -> Iterator[None]:
    """Runs until the block ends; begins when it takes connections."""
    with (directory / "server.log").open("ab") as log:
        started: Killable[bytes] = Killable(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert wait_for(lambda: listens(address, port), started), (directory / "server.log").read_text()
        yield
    finally:
        started.kill()


def _where(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@contextlib.contextmanager
def nginx(
    pki: Path,
    directory: Path,
    address: str,
    version: str,
    *,
    crl: bool = True,
    verify: str = "on",
    answer: str = "proxy_pass http://both",
) -> Iterator[int]:
    """Answers 400 to whom it refuses. Another port, noted in the file ``plain``, leads to https://HOST:port."""
    port, plain = free_port(address), free_port(address)
    (directory / "plain").write_text(str(plain))
    where = _where(address)
    user = "user root;" if os.geteuid() == 0 else ""
    versions = " ".join(f"TLSv{each}" for each in version.split())
    revocation = f"ssl_crl {pki}/root.crl;" if crl and verify == "on" else ""
    (directory / "nginx.conf").write_text(f"""
daemon off; pid nginx.pid; error_log error.log; {user} worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
  scgi_temp_path t5;
  ssl_certificate {pki}/chain.crt; ssl_certificate_key {pki}/leaf.key; ssl_session_cache shared:s:1m;
  ssl_protocols {versions}; ssl_ciphers ECDHE+AESGCM; ssl_client_certificate {pki}/root.crt; ssl_verify_client {verify};
  ssl_verify_depth 3; {revocation}
  upstream both {{ server unix:{directory}/a.sock; server unix:{directory}/b.sock; }}
  server {{ listen {where}:{port} ssl http2;
    location / {{ {answer}; }} }}
  server {{ listen {where}:{plain}; return 301 https://{HOST}:{port}$request_uri; }}
  server {{ listen unix:{directory}/a.sock; add_header X-Served-By A;
    location / {{ return 200 "This is ECS01.\\n"; }} }}
  server {{ listen unix:{directory}/b.sock; add_header X-Served-By B;
    location / {{ return 200 "This is ECS02.\\n"; }} }}
}}
""")
    with process(["nginx", "-p", str(directory), "-c", "nginx.conf", "-e", "error.log"], directory, address, port):
        yield port


@contextlib.contextmanager
def s_server(
    pki: Path, directory: Path, address: str, version: str, *, crl: bool = True, options: tuple[str, ...] = ()
) -> Iterator[int]:
    """Refuses in the handshake, with an alert that says why."""
    port = free_port(address)
    command = ["openssl", "s_server", "-accept", f"{_where(address)}:{port}", f"-tls{version.replace('.', '_')}"]
    command += ["-www", "-quiet", "-cert", f"{pki}/leaf.crt", "-cert_chain", f"{pki}/server-root.crt"]
    command += ["-key", f"{pki}/leaf.key", "-CAfile", f"{pki}/root.crt"]
    command += options or ("-Verify", "3", "-verify_return_error", "-purpose", "sslclient")
    command += ["-CRL", f"{pki}/root.crl", "-crl_check"] if crl and not options else []
    with process(command, directory, address, port):
        yield port


@contextlib.contextmanager
def haproxy(pki: Path, directory: Path, address: str, version: str, *, crl: bool = True) -> Iterator[int]:
    """Refuses in the handshake, with an alert."""
    port = free_port(address)
    only = f"force-tlsv{version.replace('.', '')}"
    revocation = f"crl-file {pki}/root.crl" if crl else ""
    (directory / "haproxy.cfg").write_text(f"""
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend f
  bind {address}:{port} ssl crt {pki}/chain.pem ca-file {pki}/root.crt verify required {revocation} {only}
  http-request return status 200 content-type text/plain string "This is ECS01."
""")
    with process(["haproxy", "-db", "-f", "haproxy.cfg"], directory, address, port):
        yield port


Kind = Callable[..., contextlib.AbstractContextManager[int]]


@contextlib.contextmanager
def rude(manner: str, directory: Path, *files: Path) -> Iterator[int]:
    """``rude_server.py``."""
    port = free_port()
    script = Path(__file__).with_name("rude_server.py")
    command = [sys.executable, str(script), manner, str(port), *map(str, files)]
    with process(command, directory, "127.0.0.1", port):
        yield port


@dataclasses.dataclass(frozen=True)
class Shown:
    """What a client shows: files that hold its certificate (with the CAs that belong to it) and its key."""

    certificate: str
    private_key: str
    passphrase: str | None = None


def curl(pki: Path, address: str, port: int, client: Shown | None = None, *options: str) -> tuple[int, str]:
    """Exit code and HTTP status."""
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", "--max-time", "60"]
    command += ["--resolve", f"{HOST}:{port}:{_where(address)}", "--cacert", str(pki / "server-root.crt")]
    if client:
        command += ["--cert", client.certificate, "--key", client.private_key]
        command += ["--pass", client.passphrase] if client.passphrase else []
    done = subprocess.run([*command, *options, f"https://{HOST}:{port}/"], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def s_client(pki: Path, address: str, port: int, client: Shown | None = None) -> str:
    """All that it says, with a request for the page."""
    command = ["openssl", "s_client", "-connect", f"{_where(address)}:{port}", "-servername", HOST, "-showcerts"]
    command += ["-CAfile", "server-root.crt", "-verify_hostname", HOST, "-ign_eof"]
    if client:
        command += ["-cert", client.certificate, "-cert_chain", client.certificate, "-key", client.private_key]
        command += ["-pass", f"pass:{client.passphrase}"] if client.passphrase else []
    done = subprocess.run(
        command,
        cwd=pki,
        capture_output=True,
        text=True,
        input=f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n",
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def verdict_of_curl(outcome: tuple[int, str]) -> str:
    """In the words of the probe."""
    code, status = outcome
    if code:
        # 35: handshake; 52: no answer; 55, 56: sending, receiving; 60: also for the alert "certificate expired"
        return "refused_handshake" if code in (35, 52, 55, 56, 60) else f"curl {code}"
    return {"200": "accepted", "400": "refused_http"}.get(status, status)


def alert_of_s_client(text: str) -> str | None:
    """The alert that it received, in the words of the probe."""
    found = re.search(r"(?:sslv3|tlsv1|tlsv13|ssl/tls) alert ([a-z ]+)", text)
    return found[1].strip() if found else None
