# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that would make a new CA where the cloud trusts one already is refused before anything is written."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk
from tests.integration.conftest import NETWORK, SHOP, Command
from tests.unit.pki.make import make_ca, make_server, snapshot

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SITE = "alicloud.mtls.site"


@pytest.fixture
def run(ansible: Command, preloaded_python: str, tmp_path: Path, sandbox: Sandbox) -> Run:
    """Runs a playbook against the sandbox; ``site`` are variables of its inventory, ``given`` those of -e."""

    def play(
        playbook: str,
        *options: str,
        site: dict[str, Any] | None = None,
        servers: tuple[str, ...] = ("i-1", "i-2"),
        credentials: bool = True,
        **given: Any,
    ) -> subprocess.CompletedProcess[str]:
        variables = {
            "ansible_python_interpreter": preloaded_python,
            "pki_path": str(tmp_path / "pki"),
            "pki_key_type": "ecdsa",
            **SHOP,
            "mtls_region": "cn-hangzhou",
            "mtls_endpoint": sandbox.endpoint,
            **(site or {}),
        }
        hosts = {f"ecs{number}": {"alicloud_instance_id": each} for number, each in enumerate(servers)}
        inventory = {
            "all": {
                "hosts": {"localhost": {"ansible_connection": "local"}},
                "vars": variables,
                "children": {"ecs": {"hosts": hosts}},
            }
        }
        (tmp_path / "inventory.json").write_text(json.dumps(inventory))
        (command, *_rest), environment = ansible([], {}, sandbox)
        if not credentials:
            environment = {name: text for name, text in environment.items() if not name.startswith("ALIBABA_")}
            environment["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
        sandbox.clear_requests()
        return subprocess.run(
            [command, "-i", str(tmp_path / "inventory.json"), "-e", json.dumps(given), *options, playbook],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return play


def role(tmp_path: Path, ca: Path) -> str:
    """A playbook of a user's own, with the role alb_mtls and the certificate of ``ca``."""
    variables = {
        "alb_mtls_name": "shop",
        **NETWORK,
        "alb_mtls_server_certificate_path": str(tmp_path / "server-ca" / "server.chain.crt"),
        "alb_mtls_server_private_key_path": str(tmp_path / "server-ca" / "server.key"),
        "alb_mtls_ca_certificate_path": str(ca / "root.crt"),
    }
    roles = [{"role": "alicloud.mtls.alb_mtls", "vars": variables}]
    (tmp_path / "role.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "roles": roles}]))
    return str(tmp_path / "role.yml")


@pytest.fixture
def served(run: Run, tmp_path: Path) -> Path:
    """The CA that the listener of the load balancer ``shop`` trusts, which is not in ``pki_path``."""
    make_ca(tmp_path / "safe", subject={"common_name": "root"})
    make_ca(tmp_path / "server-ca", subject={"common_name": "server-root"})
    make_server(tmp_path / "server-ca")
    done = run(role(tmp_path, tmp_path / "safe"))
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path / "safe"


def text(done: subprocess.CompletedProcess[str]) -> str:
    return re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_a_lost_ca_is_not_replaced_by_a_new_one(run: Run, sandbox: Sandbox, served: Path, tmp_path: Path) -> None:
    for options in (["--check"], [], ["--tags", "pki"]):
        done = run(SITE, *options)
        assert done.returncode != 0
        assert "There is no CA in pki_path" in text(done), done.stdout
        assert "CN=root" in text(done)
        assert "mtls_new_ca=true" in text(done)
        assert sandbox.requests(writes=True) == []
        assert not (tmp_path / "pki").exists()

    # Where the cloud is not wanted, it need not be there.
    alone = run(SITE, "--tags", "pki", credentials=False)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert (tmp_path / "pki" / "root.crt").exists()

    # With a CA there, nothing is asked, and the run that would upload it is refused.
    quiet = run(SITE, "--tags", "pki")
    assert (quiet.returncode, sandbox.requests()) == (0, [])
    late = run(role(tmp_path, tmp_path / "pki"))
    assert late.returncode != 0
    assert "another key than the CA that is trusted now" in text(late)


def test_consent_is_one_variable(run: Run, served: Path, tmp_path: Path) -> None:
    done = run(SITE, "--tags", "pki", mtls_new_ca=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "pki" / "root.crt").exists()
    done = run(role(tmp_path, tmp_path / "pki"), mtls_new_ca=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_lost_ca_of_the_server_is_not_replaced(run: Run, sandbox: Sandbox, served: Path, tmp_path: Path) -> None:
    site = {"pki_path": str(served)}
    before = snapshot(served)
    done = run(SITE, "--tags", "pki", site=site)
    assert done.returncode != 0
    assert "There is no CA of the server in" in text(done)
    assert snapshot(served) == before
    kept = {"pki_server_ca_path": str(tmp_path / "server-ca"), "pki_server_ca_subject": {"common_name": "server-root"}}
    done = run(SITE, "--tags", "pki", "--check", site={**site, **kept, "pki_ca_subject": {"common_name": "root"}})
    assert "There is no CA of the server in" not in text(done)
    assert sandbox.requests() == []


def test_the_role_refuses_a_ca_with_another_key(run: Run, sandbox: Sandbox, served: Path, tmp_path: Path) -> None:
    again = run(role(tmp_path, served))
    reads = [request["action"] for request in sandbox.requests()]
    assert "changed=0 " in again.stdout
    assert reads.count("ListCertWarehouse") == 1, "to look first takes no request more"

    make_ca(tmp_path / "other", subject={"common_name": "root"})
    for options in (["--check"], []):
        done = run(role(tmp_path, tmp_path / "other"), *options)
        assert done.returncode != 0
        assert "another key than the CA that is trusted now" in text(done), done.stdout
        assert "trusted by the HTTPS listener on port 443 of the load balancer shop" in text(done)
        assert sandbox.requests(writes=True) == []

    # A renewed one has the same key.
    make_ca(served, subject={"common_name": "root"}, valid_for="20y", renew_before="15y")
    done = run(role(tmp_path, served))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [request["action"] for request in sandbox.requests(writes=True)] == [
        "UploadPCACert",
        "UpdateListenerAttribute",
    ]
    # Its predecessor is in the repository as well, which is in nobody's way.
    assert "changed=0 " in run(role(tmp_path, served)).stdout


def test_a_stored_ca_that_the_listener_no_longer_trusts_needs_consent(
    run: Run, sandbox: Sandbox, served: Path, tmp_path: Path
) -> None:
    """As after a time with a CA that the playbooks do not make: ours is in the repository still."""
    make_ca(tmp_path / "other", subject={"common_name": "other root"})
    sdk = Sdk(sandbox)
    sdk("cas", "CreateWarehouse", Name="company", Type="uploadedAuthorityCertificate")
    repositories = {item["Name"]: item["WhId"] for item in sdk("cas", "ListCertWarehouse")["CertWarehouseList"]}
    content = (tmp_path / "other" / "root.crt").read_text()
    other = sdk("cas", "UploadPCACert", Name="other", Cert=content, WarehouseId=repositories["company"])["Identifier"]
    assert run(role(tmp_path, served), alb_mtls_ca_certificate_id=other).returncode == 0
    for options in (["--check"], []):
        done = run(role(tmp_path, served), *options)
        assert done.returncode != 0, done.stdout
        assert "another key than the CA that is trusted now" in text(done)
        assert "CN=other root" in text(done)
        assert sandbox.requests(writes=True) == []
    done = run(role(tmp_path, served), mtls_new_ca=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [request["action"] for request in sandbox.requests(writes=True)] == ["UpdateListenerAttribute"]


def test_two_servers_with_one_id_are_refused(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    done = run(SITE, "--check", servers=("i-1", "i-1"))
    assert done.returncode != 0
    assert "the same alicloud_instance_id: ecs0 i-1, ecs1 i-1" in text(done)
    assert sandbox.requests() == []
