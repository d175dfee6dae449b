# SPDX-License-Identifier: GPL-3.0-or-later
"""A person with a browser: in with client.p12 of either way, out without it; and the report as that person sees it."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests import pca
from sandbox.tests.support import Sdk
from tests.integration.conftest import NETWORK, SEED
from tests.witnesses.browser import browser
from tests.witnesses.report import look_at

HOST = "www.example.com"
PASSPHRASE = "browser-secret"
POLICIES = Path("/etc/chromium/policies/managed")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="Chromium takes policies from /etc only")


@contextlib.contextmanager
def backend(name: str) -> Iterator[int]:
    """A server with the page of the scenario."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"Hello World ! This is {name}.\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the names of http.server

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextlib.contextmanager
def policy(content: dict[str, object]) -> Iterator[None]:
    """A policy file of the machine's Chromium, and the directories that it needs, for as long as the block lasts."""
    made = [each for each in (POLICIES, *POLICIES.parents) if not each.exists()]
    POLICIES.mkdir(parents=True, exist_ok=True)
    file = POLICIES / f"alicloud-mtls-test-{os.getpid()}.json"
    try:
        file.write_text(json.dumps(content))
        yield
    finally:
        file.unlink(missing_ok=True)
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()


def home(path: Path, pki: Path, pkcs12: Path | None) -> Path:
    """A home directory with the CA of the server in NSS, and the certificate of the client in ``pkcs12`` if wanted."""
    database = path / ".pki/nssdb"
    database.mkdir(parents=True)
    commands = [
        ["certutil", "-N", "-d", f"sql:{database}", "--empty-password"],
        ["certutil", "-A", "-d", f"sql:{database}", "-n", "server-ca", "-t", "C,,", "-i", f"{pki}/server-ca/root.crt"],
    ]
    if pkcs12:
        commands.append(["pk12util", "-i", str(pkcs12), "-d", f"sql:{database}", "-W", PASSPHRASE])
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    return path


# Way 1 beside way 2: another listener of the same load balancer, which trusts the private CA.
OTHER_PORT = 8443
PRIVATE_CA: dict[str, Any] = {
    "hosts": "localhost",
    "gather_facts": False,
    "roles": ["alicloud.mtls.pca"],
    "tasks": [
        {
            "name": "Make a listener that trusts the private CA",
            "alicloud.mtls.alb_listener": {
                "load_balancer_id": "{{ alb_mtls_result.load_balancer.load_balancer_id }}",
                "port": OTHER_PORT,
                "server_group_id": "{{ alb_mtls_result.server_group.server_group_id }}",
                "certificate_ids": "{{ alb_mtls_result.listener.certificate_ids }}",
                "mutual_authentication": True,
                "ca_certificate_ids": ["{{ pca_result.ca.ca_id }}"],
            },
        }
    ],
}


def test_a_browser(play: Callable[..., str], tmp_path: Path) -> None:
    pki, report = tmp_path / "pki", tmp_path / "report.html"
    with Sandbox(data_plane="nginx", dns=True) as box, backend("ECS01") as first, backend("ECS02") as second:
        box.seed(**SEED)
        sdk = Sdk(box)
        pca.buy(sdk)
        pca.make_cas(sdk)
        variables = {
            "pki_path": str(pki),
            "pki_key_type": "ecdsa",
            "pki_server_common_name": HOST,
            "pki_pkcs12_passphrase": PASSPHRASE,
            "pca_key_size": 2048,
            "alb_mtls_name": "shop",
            **NETWORK,
            "alb_mtls_backend_protocol": "http",
            "alb_mtls_servers": [{"server_id": "i-1", "port": first}, {"server_id": "i-2", "port": second}],
            "alb_mtls_server_certificate": "{{ pki_result.server.certificate }}",
            "alb_mtls_server_private_key_path": "{{ pki_result.server.private_key_path }}",
            "alb_mtls_ca_certificate": "{{ pki_result.ca.certificate }}",
            "dns_cname_domain": "example.com",
            "dns_cname_rr": "www",
            "dns_cname_value": "{{ alb_mtls_result.load_balancer.dns_name }}",
            "dns_cname_resolver": box.dns,
            "mtls_verify_host": HOST,
            "mtls_verify_resolver": box.dns,
            "mtls_verify_ca_path": str(pki / "server-ca/root.crt"),
            "mtls_verify_client_certificate": str(pki / "client.crt"),
            "mtls_verify_client_private_key": str(pki / "client.key"),
            "mtls_verify_client_ca_certificate": str(pki / "root.crt"),
            "mtls_verify_client_ca_private_key": str(pki / "root.key"),
            "mtls_verify_expected_backends": ["ECS01", "ECS02"],
            "mtls_verify_tls_versions": ["1.2", "1.3"],
            "mtls_verify_report_path": str(report),
        }
        roles = [f"alicloud.mtls.{name}" for name in ("pki", "alb_mtls", "dns_cname", "mtls_verify")]
        output = play([{"hosts": "localhost", "gather_facts": False, "roles": roles}, PRIVATE_CA], variables, box)
        assert re.search(r"expired certificate +refused +refused_http", output)
        services = (f"https://{HOST}", f"https://{HOST}:{OTHER_PORT}")
        selection = [json.dumps({"pattern": service, "filter": {}}) for service in services]
        with policy({"AutoSelectCertificateForUrls": selection}):
            address = address_of(box)
            mapping = f"--host-resolver-rules=MAP {HOST} {address}"
            with browser(home(tmp_path / "member", pki, pki / "client.p12"), mapping) as member:
                pages = [member.open(f"https://{HOST}/")]
                # On a busy machine a health check may have taken one of the servers out for a moment.
                end = time.monotonic() + 120
                while len({page.strip() for page in pages}) < 2 and time.monotonic() < end:
                    pages.append(member.reload())
                member.screenshot(tmp_path / "page.png")
                shown = look_at(member, report, tmp_path)
                assert "400 Bad Request" in member.open(f"{services[1]}/"), "the certificate is not of the private CA"
            assert {page.strip() for page in pages} == {f"Hello World ! This is {name}." for name in ("ECS01", "ECS02")}
            private = home(tmp_path / "private", pki, pki / "private-ca/client.p12")
            with browser(private, mapping) as member:
                assert "Hello World ! This is ECS0" in member.open(f"{services[1]}/")
                assert "400 Bad Request" in member.open(f"{services[0]}/"), "the certificate is of the private CA"
            with browser(home(tmp_path / "stranger", pki, None), mapping) as stranger:
                for service in services:
                    assert "No required SSL certificate was sent" in stranger.open(f"{service}/")
    for text in ("Everything is as expected", "expired certificate", "ECS01", "ECS02", "1.2, 1.3", "days left"):
        assert text in shown["en"]
    assert "访问矩阵" in shown["zh"]
    assert "访问矩阵" not in shown["en"]
    assert "Who is let in" not in shown["zh"]
    assert not list(POLICIES.glob("alicloud-mtls-test-*"))
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def address_of(box: Sandbox) -> str:
    stub = dns.resolver.Resolver(configure=False)
    assert box.dns
    server, _colon, port = box.dns.rpartition(":")
    stub.nameservers, stub.port = [server], int(port)
    return str(stub.resolve(HOST, "A")[0])
