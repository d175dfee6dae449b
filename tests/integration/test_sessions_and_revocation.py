# SPDX-License-Identifier: GPL-3.0-or-later
"""What Nginx does with a client that resumes a TLS session after its certificate was revoked.

Nginx takes the outcome of the verification from the session. Whether a session outlives the reload that brings the new
CRL depends on where its keys are.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alicloud_sandbox.testing import free_port

from tests.unit.pki.make import make_ca, make_client, make_server, revoke
from tests.witnesses.openssl import openssl
from tests.witnesses.processes import until
from tests.witnesses.servers import process

REQUEST = "GET / HTTP/1.0\r\nHost: www.example.com\r\n\r\n"

# Directives, and whether a session from before the reload lets a revoked client in.
SHARED = "ssl_session_cache shared:s:1m; ssl_session_tickets off;"
KEY_FILE = "ssl_session_cache off; ssl_session_tickets on; ssl_session_ticket_key ticket.key;"
OFF = "ssl_session_cache off; ssl_session_tickets off;"
SETTINGS = {
    SHARED: True,
    KEY_FILE: True,
    "ssl_session_cache builtin:100; ssl_session_tickets off;": False,
    "ssl_session_cache off; ssl_session_tickets on;": False,
    OFF: False,
}


class Nginx:
    """A server whose clients have certificates of the CA in ``directory``/clients, and its CRL."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port

    def ask(self, version: str, *options: str | Path) -> str:
        """Return ``new`` or ``reused`` for the session, and SUCCESS or refused for the client."""
        files = ("-cert", "clients/client.crt", "-key", "clients/client.key", "-CAfile", "servers/root.crt")
        connection = ("s_client", "-connect", f"127.0.0.1:{self.port}", f"-tls{version}", "-ign_eof")
        shown = openssl(*connection, *files, *options, directory=self.directory, check=False, stdin=REQUEST)
        session = "reused" if "Reused, TLS" in shown else "new"
        return f"{session} {'SUCCESS' if 'verified: SUCCESS' in shown else 'refused'}"

    def reload(self) -> None:
        """Load configuration, CRL and CA again, and wait until the old workers are gone."""
        master = int((self.directory / "nginx.pid").read_text())
        old = _children(master)
        self.command("-s", "reload")
        until(lambda: _children(master) and not _children(master) & old, "the old workers are gone")

    def command(self, *options: str) -> None:
        files = ("-p", str(self.directory), "-c", "nginx.conf", "-e", "error.log")
        subprocess.run(["nginx", *files, *options], check=True, capture_output=True)


def _children(pid: int) -> set[str]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return set(found.stdout.split())


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    make_ca(tmp_path / "clients")
    make_client(tmp_path / "clients")
    revoke(tmp_path / "clients")
    make_ca(tmp_path / "servers")
    make_server(tmp_path / "servers")
    (tmp_path / "ticket.key").write_bytes(os.urandom(80))
    return tmp_path


@contextlib.contextmanager
def serve(pki: Path, sessions: str) -> Iterator[Nginx]:
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    (pki / "nginx.conf").write_text(f"""
daemon off; pid nginx.pid; error_log error.log; {user} worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
  scgi_temp_path t5;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client on; {sessions}
    ssl_certificate servers/server.chain.crt; ssl_certificate_key servers/server.key;
    ssl_client_certificate clients/root.crt; ssl_crl clients/root.crl.pem;
    location / {{ return 200 "verified: $ssl_client_verify\\n"; }}
  }}
}}
""")
    files = ["-p", str(pki), "-c", "nginx.conf", "-e", "error.log"]
    with process(["nginx", *files], pki, "127.0.0.1", port):
        yield Nginx(pki, port)


@pytest.mark.parametrize("version", ["1_2", "1_3"])
@pytest.mark.parametrize("sessions", SETTINGS)
def test_a_revoked_client_that_resumes(pki: Path, sessions: str, version: str) -> None:
    with serve(pki, sessions) as nginx:
        assert nginx.ask(version, "-sess_out", "session") == "new SUCCESS"
        resumes = sessions != OFF
        offered = ("-sess_in", "session") if (pki / "session").exists() else ()
        assert nginx.ask(version, *offered) == ("reused SUCCESS" if resumes else "new SUCCESS")
        revoke(pki / "clients", {"name": "client", "reason": "key_compromise"})
        nginx.reload()
        assert nginx.ask(version) == "new refused", "the CRL is in use"
        assert nginx.ask(version, *offered) == ("reused SUCCESS" if SETTINGS[sessions] else "new refused")


@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_a_client_on_hold_resumes_as_well_and_a_restart_ends_that(pki: Path, version: str) -> None:
    with serve(pki, SHARED) as nginx:
        assert nginx.ask(version, "-sess_out", "session") == "new SUCCESS"
        revoke(pki / "clients", {"name": "client", "reason": "certificate_hold"})
        nginx.reload()
        assert nginx.ask(version, "-sess_in", "session") == "reused SUCCESS"
    with serve(pki, SHARED) as nginx:
        assert nginx.ask(version, "-sess_in", "session") == "new refused"


@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_a_ticket_outlives_a_restart_unless_its_key_is_replaced(pki: Path, version: str) -> None:
    with serve(pki, KEY_FILE) as nginx:
        assert nginx.ask(version, "-sess_out", "session") == "new SUCCESS"
    revoke(pki / "clients", {"name": "client"})
    with serve(pki, KEY_FILE) as nginx:
        assert nginx.ask(version, "-sess_in", "session") == "reused SUCCESS"
    (pki / "ticket.key").write_bytes(os.urandom(80))
    with serve(pki, KEY_FILE) as nginx:
        assert nginx.ask(version, "-sess_in", "session") == "new refused"


@pytest.mark.parametrize("sessions", [SHARED, KEY_FILE])
@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_another_ca_ends_all_sessions(pki: Path, sessions: str, version: str) -> None:
    """Nginx marks sessions with its certificate and with the names of the CAs that it trusts for clients."""
    with serve(pki, sessions) as nginx:
        assert nginx.ask(version, "-sess_out", "session") == "new SUCCESS"
        make_ca(pki / "next", subject={"common_name": "root 2"})
        revoke(pki / "next")
        for name in ("root.crt", "root.crl.pem"):
            (pki / "clients" / name).write_bytes((pki / "next" / name).read_bytes())
        nginx.reload()
        assert nginx.ask(version, "-sess_in", "session") == "new refused"
