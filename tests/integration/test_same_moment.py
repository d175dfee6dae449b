# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs that make the same thing at the same moment, and answers that come late: one thing is there afterwards."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import Acl
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import SecurityPolicy
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core import engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Resource
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget
from ansible_collections.alicloud.mtls.plugins.module_utils._core.session import Session
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.ca_certificate import StoredAuthority

from tests.integration.conftest import Command
from tests.unit.fakes.options import defaults
from tests.witnesses.openssl import new_certificate
from tools.parameters import options_of

Run = Callable[..., Outcome]
ZONES = [{"zone_id": f"cn-hangzhou-{zone}", "vswitch_id": f"vsw-{zone}"} for zone in "hi"]
ZONE = {"allocation_id": None, "eip_type": None, "intranet_address": None}
CASES: dict[str, tuple[type[Resource], str, dict[str, Any]]] = {
    "alb_load_balancer": (
        LoadBalancer,
        "ListLoadBalancers",
        {"vpc_id": "vpc-1", "zone_mappings": [{**ZONE, **zone} for zone in ZONES], "deletion_protection": True},
    ),
    "alb_server_group": (ServerGroup, "ListServerGroups", {"vpc_id": "vpc-1"}),
    "alb_acl": (Acl, "ListAcls", {"entries": [{"entry": "192.0.2.0/24", "description": None}]}),
    "alb_security_policy": (
        SecurityPolicy,
        "ListSecurityPolicies",
        {"tls_versions": ["TLSv1.2"], "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]},
    ),
    "cas_ca_certificate": (
        StoredAuthority,
        "ListCertWarehouse",
        {"repository": "shop", "create_repository": True, "remove_repository": True},
    ),
}


def cloud(box: Sandbox, budget: Budget) -> Cloud:
    keys = {"access_key_id": box.access_key_id, "access_key_secret": box.access_key_secret}
    return Cloud({**keys, "endpoint": box.endpoint, "region": "cn-hangzhou"}, budget)


def start(
    kind: type[Resource], box: Sandbox, params: Mapping[str, Any], state: str, meet: threading.Barrier | None = None
) -> Outcome:
    """Run the engine as a module does. With ``meet`` the first create waits until the other run is as far."""
    budget = Budget(120)
    real, waiting = cloud(box, budget), [meet] if meet else []

    def call(product: str, operation: str, values: dict[str, Any]) -> dict[str, Any]:
        if operation.startswith("Create") and waiting:
            waiting.pop().wait(60)
        return real(product, operation, values)

    session = Session(call, budget, lambda message: None)
    return Engine(kind({**params, "state": state}, session), session).run(state)


@pytest.fixture
def authority(tmp_path: Path) -> str:
    new_certificate(tmp_path, "ca", "/CN=root")
    return (tmp_path / "ca.crt").read_text()


@pytest.mark.parametrize("module", CASES)
@pytest.mark.parametrize("delay", [0.0, 0.7])
def test_two_runs_make_one(module: str, delay: float, authority: str, sandbox: Sandbox) -> None:
    sandbox.delays(default=delay)
    kind, listing, options = CASES[module]
    params = {**defaults(options_of(module)), "name": "shop", **options}
    if module == "cas_ca_certificate":
        params["certificate"] = authority
    meet = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(start, kind, sandbox, params, "present", meet) for _run in range(2)]
        outcomes = [run.result() for run in runs]
    product = "cas" if module.startswith("cas") else "alb"
    answer = cloud(sandbox, Budget(60))(product, listing, {})
    there = next(value for value in answer.values() if isinstance(value, list))
    assert len(there) == 1, there
    first, second = (outcome.object or {} for outcome in outcomes)
    assert first[kind.id_name] == second[kind.id_name]
    assert any(outcome.changed for outcome in outcomes), "one of them made it"
    assert not start(kind, sandbox, params, "present").changed
    removed = start(kind, sandbox, {**params, "deletion_protection": False}, "absent")
    assert removed.changed
    assert not start(kind, sandbox, params, "absent").changed


@pytest.mark.parametrize("module", [module for module in CASES if module.startswith("alb")])
def test_two_of_a_name_are_told_and_removed_by_id(
    module: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier version left them, or the console makes them."""
    monkeypatch.setattr(engine, "GIVES_WAY_WITHIN", 0.2)
    kind, _listing, options = CASES[module]
    spec = defaults(options_of(module))
    params = {**spec, "name": "shop", **options, "deletion_protection": False}
    for name in ("shop", "other"):
        start(kind, sandbox, {**params, "name": name}, "present")
    second = start(kind, sandbox, {**params, "name": "other"}, "present").object or {}
    by_id = {**spec, kind.id_name: second[kind.id_name]}
    start(kind, sandbox, {**by_id, "name": "shop"}, "present")
    for state in ("present", "absent"):
        with pytest.raises(RefusedError, match="There are 2") as caught:
            start(kind, sandbox, params, state)
        assert second[kind.id_name] in caught.value.message
        assert f"{kind.id_name}; with state: absent" in caught.value.hint
    assert start(kind, sandbox, by_id, "absent").changed
    assert not start(kind, sandbox, params, "present").changed


def test_two_repositories_of_a_name(authority: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "GIVES_WAY_WITHIN", 0.2)
    kind, listing, options = CASES["cas_ca_certificate"]
    spec = defaults(options_of("cas_ca_certificate"))
    params = {**spec, "name": "shop", **options, "certificate": authority}
    start(kind, sandbox, params, "present")
    ask = cloud(sandbox, Budget(60))
    other = ask("cas", "CreateWarehouse", {"Name": "shop", "Type": "uploadedAuthorityCertificate"})[
        "WarehouseInstanceId"
    ]
    with pytest.raises(RefusedError, match=rf"There are 2 .*{other} \(number \d+, 0 certificates\)") as caught:
        start(kind, sandbox, params, "present")
    assert "repository_id" in caught.value.hint
    assert start(kind, sandbox, {**params, "repository_id": other}, "absent").changed
    assert not start(kind, sandbox, params, "present").changed
    assert [found["Name"] for found in ask("cas", listing, {})["CertWarehouseList"]] == ["shop"]


def test_an_answer_that_takes_18_seconds(ansible: Command, authority: str, sandbox: Sandbox) -> None:
    """More than a request to a service that recognises repetitions is given; then it would be made a second time."""
    sandbox.fault("slow", action="CreateWarehouse", seconds=18)
    task = {
        "alicloud.mtls.cas_ca_certificate": {
            "name": "shop",
            "repository": "shop",
            "create_repository": True,
            "certificate": authority,
        }
    }
    command, environment = ansible([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}], {}, sandbox)
    for recap in ("changed=1", "changed=0"):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert recap in done.stdout
    assert [request["action"] for request in sandbox.requests(writes=True)] == ["CreateWarehouse", "UploadPCACert"]
