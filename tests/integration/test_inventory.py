# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, by ansible-inventory, against what the plain SDK has put into a sandbox."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk, wait_until
from tests.integration.conftest import ROOT

Inventory = Callable[..., Any]


@pytest.fixture
def backend() -> Iterator[int]:
    """Port of a server that answers."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def inventory(serving_sandbox: Sandbox, tmp_path: Path) -> Inventory:
    """What ansible-inventory makes of a source with these options; ``fails`` gives its error instead."""

    def read(*, fails: bool = False, name: str = "shop.alb.yml", **options: Any) -> Any:
        source = tmp_path / name
        source.write_text(json.dumps({"plugin": "alicloud.mtls.alb", **options}))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "ALIBABA_", "ALICLOUD_"))}
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-inventory"), "--list", "-i", str(source)],
            env={
                **kept,
                "ALICLOUD_MTLS_ENDPOINT": serving_sandbox.endpoint,
                "ALIBABA_CLOUD_ACCESS_KEY_ID": serving_sandbox.access_key_id,
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": serving_sandbox.access_key_secret,
                "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
                "ANSIBLE_HOME": str(tmp_path / "ansible"),
                "ANSIBLE_INVENTORY_ENABLED": "alicloud.mtls.alb",
                "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
                "ANSIBLE_NOCOLOR": "true",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stderr
        # What comes from outside is marked as no template.
        return done.stderr if fails else json.loads(done.stdout, object_hook=lambda o: o.get("__ansible_unsafe", o))

    return read


@pytest.fixture
def sdk(serving_sandbox: Sandbox, backend: int) -> Sdk:
    """A load balancer ``shop`` with two servers, one of which does not answer; and a group that nobody uses."""
    sdk = Sdk(serving_sandbox)
    check = {"HealthCheckEnabled": True, "HealthCheckInterval": 1, "UnhealthyThreshold": 2, "HealthyThreshold": 2}
    used = sdk.group(HealthCheckConfig={**check, "HealthCheckCodes": ["http_2xx", "http_4xx"]})
    spare = sdk.group(ServerGroupName="spare", Tag=[{"Key": "stage", "Value": "test"}])
    for group, server, port, weight in ((used, "i-1", backend, 30), (used, "i-2", 1, 5), (spare, "i-1", 81, 100)):
        new = {"ServerId": server, "ServerType": "Ecs", "Port": port, "Weight": weight}
        sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[new])
    listener = sdk.listener(sdk.balancer(), used)["ListenerId"]

    def settled() -> bool:
        health = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"]
        servers = health[0]["ServerGroupInfos"][0].get("NonNormalServers") or []
        return [(each["ServerId"], each["Status"]) for each in servers] == [("i-2", "Unhealthy")]

    wait_until(settled, "health checks")
    return sdk


def test_hosts_variables_and_groups(sdk: Sdk, inventory: Inventory) -> None:
    found = inventory(
        load_balancers=["shop"],
        keyed_groups=[{"key": "alb_server_groups", "prefix": "group"}, {"key": "alb_health", "prefix": "health"}],
        groups={"light": "alb_weight < 10"},
        compose={"where": "alb_address ~ ':' ~ (alb_memberships | first).port"},
    )
    hosts = found["_meta"]["hostvars"]
    assert set(hosts) == {"i-1", "i-2"}
    assert hosts["i-1"]["ansible_host"] == "127.0.0.1"
    assert (hosts["i-1"]["alb_health"], hosts["i-1"]["alb_weight"]) == ("healthy", 30)
    assert hosts["i-1"]["alb_load_balancers"] == ["shop"]
    assert hosts["i-2"]["where"] == "127.0.0.1:1"
    assert found["group_shop"]["hosts"] == ["i-1", "i-2"]
    assert (found["health_healthy"]["hosts"], found["health_unhealthy"]["hosts"]) == (["i-1"], ["i-2"])
    assert found["light"]["hosts"] == ["i-2"]


def test_tags_narrow_and_everything_is_the_default(sdk: Sdk, inventory: Inventory) -> None:
    assert set(inventory(hostnames="address")["_meta"]["hostvars"]) == {"127.0.0.1"}
    hosts = inventory(tags={"stage": "test"})["_meta"]["hostvars"]
    assert [place["port"] for place in hosts["i-1"]["alb_memberships"]] == [81]
    assert hosts["i-1"]["alb_health"] == "unknown"


def test_zones(sdk: Sdk, inventory: Inventory, serving_sandbox: Sandbox) -> None:
    serving_sandbox.clear_requests()
    found = inventory(zones=True, keyed_groups=[{"key": "alb_zone", "prefix": "zone"}])
    hosts = found["_meta"]["hostvars"]
    assert {name: host["alb_zone"] for name, host in hosts.items()} == {"i-1": "cn-hangzhou-h", "i-2": "cn-hangzhou-i"}
    assert found["zone_cn_hangzhou_i"]["hosts"] == ["i-2"]
    assert [request["action"] for request in serving_sandbox.requests()].count("DescribeInstances") == 1
    serving_sandbox.clear_requests()
    assert "alb_zone" not in inventory()["_meta"]["hostvars"]["i-1"]
    assert "DescribeInstances" not in [request["action"] for request in serving_sandbox.requests()]


def test_cache(sdk: Sdk, inventory: Inventory, serving_sandbox: Sandbox, tmp_path: Path) -> None:
    remembered = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "facts"),
    }
    first = inventory(server_groups=["shop"], **remembered)
    serving_sandbox.clear_requests()
    assert inventory(server_groups=["shop"], **remembered) == first
    assert serving_sandbox.requests() == []
    assert set(inventory(server_groups=["spare"], **remembered)["_meta"]["hostvars"]) == {"i-1"}
    assert serving_sandbox.requests() != []


def test_errors_say_what_to_do(inventory: Inventory, serving_sandbox: Sandbox) -> None:
    error = inventory(load_balancers=["nothing"], fails=True)
    assert "There is no load balancer nothing. Check load_balancers and region." in " ".join(error.split()), error
    serving_sandbox.fault(action="ListLoadBalancers", kind="throttle", times=2)
    assert inventory()["_meta"]["hostvars"] == {}
