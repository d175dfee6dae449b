# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks really ask of the cloud is within the RAM policies that are published for them.

What teardown asks for is compared in tests/e2e.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from tests.integration.conftest import SHOP, Command
from tools.policies import allowed, asked

SITE: dict[str, Any] = {
    "pki_key_type": "ecdsa",
    "pki_ca_passphrase": "passphrase-of-the-test",
    "pki_pkcs12_passphrase": "another-one-of-the-test",
    "pki_clients": [{"name": "alice", "common_name": "alice"}],
    **SHOP,
    "alb_mtls_health_check": {"enabled": False},
    "alb_mtls_http_redirect": True,
    "alb_mtls_tags": {"owner": "test"},
}
Playbook = Callable[..., set[str]]


@pytest.fixture
def run(ansible: Command, sandbox: Sandbox, tmp_path: Path) -> Playbook:
    """Run a playbook of the collection; returns the RAM actions of what it asked of the cloud."""
    inventory = tmp_path / "inventory.json"
    hosts = {f"ecs0{number}": {"alicloud_instance_id": f"i-{number}"} for number in (1, 2)}
    local = {"localhost": {"ansible_connection": "local"}}
    variables = {
        **SITE,
        "mtls_verify_resolver": sandbox.dns,
        "pki_path": str(tmp_path / "pki"),
        "pki_server_ca_path": str(tmp_path / "server-ca"),
    }
    inventory.write_text(
        json.dumps({"all": {"hosts": local, "vars": variables, "children": {"ecs": {"hosts": hosts}}}})
    )

    def playbook(name: str, *options: str, **more: str) -> set[str]:
        sandbox.clear_requests()
        command, environment = ansible([], {**more}, sandbox)
        done = subprocess.run(
            [*command[:-1], "-i", str(inventory), f"alicloud.mtls.{name}", *options],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return asked(sandbox.requests())

    return playbook


def test_playbooks_ask_for_no_more_than_their_policies_allow(run: Playbook, tmp_path: Path) -> None:
    made = run("site", "--tags", "pki,alb")  # without hosts to set up, and without a data plane to prove
    assert {"alb:CreateListener", "yundun-cert:UploadPCACert", "alidns:AddDomainRecord"} <= made
    changed = run("site", "--tags", "pki,alb", alb_mtls_scheduler="wlc", mtls_host="api")
    assert {"alb:UpdateServerGroupAttribute", "yundun-cert:DeleteUserCertificate"} <= changed
    assert made | changed <= allowed("site")

    new = {"rotate_ca_path": str(tmp_path / "new"), "rotate_ca_common_name": "root 2027"}
    rotated = set().union(*(run("rotate_ca", rotate_ca_step=step, **new) for step in ("prepare", "switch", "finish")))
    assert {"alb:UpdateListenerAttribute", "yundun-cert:DeletePCACert"} <= rotated
    assert rotated <= allowed("rotate_ca")
