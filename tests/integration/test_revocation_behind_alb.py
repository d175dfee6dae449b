# SPDX-License-Identifier: GPL-3.0-or-later
"""A client is locked out behind a load balancer that checks no CRL: revoke_client.yml, for both ways to a CA.

Real handshakes with the sandbox's load balancer, and a real Nginx behind it. Clients are curl.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_forms
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.client_options import client_identity

from sandbox.tests import pca
from sandbox.tests.support import Sdk
from tests.e2e.scene import Run
from tests.integration.conftest import SEED, SHOP, Command
from tests.integration.test_client_identity import Behind
from tests.integration.test_nginx_sites import NGINX
from tests.integration.test_two_ways import address_of, text
from tests.witnesses.openssl import new_certificate

Play = Callable[..., Run]
SITE, REVOKE = "alicloud.mtls.site", "alicloud.mtls.revoke_client"
EMPTY = json.dumps({"format": 1, "clients": []})
CLIENTS = [{"name": name, "common_name": f"client-{name}"} for name in ("client", "leaver")]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(dns=True, data_plane="nginx") as box:
        box.seed(**SEED)
        yield box


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Behind]:
    """The server behind the load balancer, which connects from 127.0.0.1; it says who it was told is calling."""
    new_certificate(tmp_path, "first", "/CN=server", "subjectAltName=DNS:www.example.com")
    root = tmp_path / "host"
    root.mkdir()
    host = Behind(root, tmp_path)
    given = {"load_balancer_addresses": ["127.0.0.1/32"], "health_check_path": "/", "revoked": EMPTY}
    told = {"request_headers": {"subject": "X-Client-Subject", "fingerprint": "X-Client-Fingerprint"}}
    identity = client_identity({**given, **told}, "client_identity")
    host.run(host.site(page="", upstream=host.upstream, client_identity=identity))
    yield host
    host.stop()


@pytest.fixture
def play(ansible: Command, preloaded_python: str, tmp_path: Path, box: Sandbox, backend: Behind) -> Play:
    """Run a playbook for one server, whose Nginx runs already."""
    everything: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": preloaded_python,
        "pki_path": str(tmp_path / "pki"),
        "pki_key_type": "ecdsa",
        "pki_clients": CLIENTS,
        "pca_key_size": 2048,
        "pca_clients": CLIENTS,
        **SHOP,
        "mtls_region": "cn-hangzhou",
        "mtls_endpoint": box.endpoint,
        "mtls_verify_resolver": box.dns,
        "mtls_client_identity": True,
        "mtls_load_balancer_addresses": ["127.0.0.1/32"],
        "nginx_https_port": backend.port,
        "nginx_https_executable": str(NGINX),
        "nginx_https_main": str(backend.main),
    }

    def run(playbook: str, *options: str, **variables: Any) -> Run:
        inventory = {
            "hosts": {"localhost": {}},
            "vars": {**everything, **variables},
            "children": {"ecs": {"hosts": {"ecs1": {"alicloud_instance_id": "i-1"}}}},
        }
        (tmp_path / "inventory.json").write_text(json.dumps({"all": inventory}))
        (command, *_rest), environment = ansible([], {}, box)
        line = [command, "-i", str(tmp_path / "inventory.json"), *options, playbook]
        done = subprocess.run(line, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        return Run(done.returncode, done.stdout + done.stderr)

    return run


def curl(box: Sandbox, pki: Path, client: str, *options: str) -> str:
    """What a client gets: the status, or the reason of the server's refusal, or what the application was told."""
    folder = pki / "private-ca" if (pki / "private-ca").exists() else pki
    identity = ("--cert", str(folder / f"{client}.crt"), "--key", str(folder / f"{client}.key")) if client else ()
    resolve = ("--resolve", f"www.example.com:443:{address_of(box, 'www.example.com')}")
    known = ("--silent", "--include", "--cacert", str(pki / "server-ca/root.crt"), *resolve, *identity, *options)
    done = subprocess.run(["curl", *known, "https://www.example.com/"], capture_output=True, text=True, check=False)
    status = done.stdout.split()[1]
    refusal = [line.split(": ")[1] for line in done.stdout.splitlines() if line.lower().startswith("x-mtls-refusal")]
    return " ".join([status, *(refusal or ([done.stdout.splitlines()[-1]] if status == "200" else []))])


def test_revoke_hold_release_and_spoof(play: Play, box: Sandbox, backend: Behind, tmp_path: Path) -> None:
    made = play(SITE, "--skip-tags", "nginx,verify")
    assert made.returncode == 0, made.output
    pki = tmp_path / "pki"
    assert curl(box, pki, "leaver").startswith("200 ")
    assert "CN=client-leaver" in curl(box, pki, "leaver")
    assert curl(box, pki, "") == "400"
    spoofing = client_forms.ALB_HEADERS["subject"]
    assert "CN=client-leaver" in curl(box, pki, "leaver", "--header", f"{spoofing}: CN=client-client"), "not believed"

    planned = play(REVOKE, "--check", "-e", "revoke_client_name=leaver")
    assert planned.returncode == 0, planned.output
    assert curl(box, pki, "leaver").startswith("200 ")
    held = play(REVOKE, "-e", "revoke_client_name=leaver", "-e", "revoke_client_reason=certificate_hold")
    assert held.returncode == 0, held.output
    assert "by the server: revoked" in held.output
    assert "spoofed headers, valid" in held.output
    again = play(REVOKE, "-e", "revoke_client_name=leaver", "-e", "revoke_client_reason=certificate_hold")
    assert (again.returncode, again.changed) == (0, {}), again.output
    assert curl(box, pki, "leaver") == "403 revoked"
    assert curl(box, pki, "client").startswith("200 ")
    for forms in ({"fingerprint": "capital_colons", "names": "slashes"}, {"fingerprint": "capital"}):
        box.certificate_headers(**forms)
        assert curl(box, pki, "leaver") == "403 revoked", forms
        assert curl(box, pki, "client").startswith("200 "), forms
    box.certificate_headers()
    released = play(REVOKE, "-e", "revoke_client_name=leaver", "-e", "revoke_client_reason=remove_from_crl")
    assert released.returncode == 0, released.output
    assert "Not proved that the client of this run is refused" in text(released)
    assert curl(box, pki, "leaver").startswith("200 "), "the playbook waits for it"
    assert backend.reloads == 0


def test_a_client_of_a_private_ca(play: Play, box: Sandbox, tmp_path: Path) -> None:
    sdk = Sdk(box)
    pca.buy(sdk)
    pca.make_cas(sdk)
    private = {"mtls_ca_source": "private_ca"}
    made = play(SITE, "--skip-tags", "nginx,verify", **private)
    assert made.returncode == 0, made.output
    assert curl(box, tmp_path / "pki", "leaver").startswith("200 ")
    done = play(REVOKE, "-e", "revoke_client_name=leaver", **private)
    assert done.returncode == 0, done.output
    assert "by the server: revoked" in done.output
    assert curl(box, tmp_path / "pki", "leaver") == "403 revoked"
    assert curl(box, tmp_path / "pki", "client").startswith("200 ")
