# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run reports is so: ``changed``, what ``--check`` foretells, and that everything is as wanted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget

from tests.integration.conftest import Command

BALANCER = {
    "name": "shop",
    "vpc_id": "vpc-1",
    "zone_mappings": [{"zone_id": f"cn-hangzhou-{zone}", "vswitch_id": f"vsw-{zone}"} for zone in "hi"],
}
CNAME = {"domain": "example.com", "rr": "www", "type": "CNAME", "value": "alb.example.net"}


@pytest.fixture
def ask(sandbox: Sandbox) -> Cloud:
    """The cloud, as somebody else uses it."""
    keys = {"access_key_id": sandbox.access_key_id, "access_key_secret": sandbox.access_key_secret}
    return Cloud({**keys, "endpoint": sandbox.endpoint, "region": "cn-hangzhou"}, Budget(60))


class Task:
    """One task of a module, run as a user runs it."""

    def __init__(self, ansible: Command, box: Sandbox, result: Path) -> None:
        self.ansible, self.box, self.result = ansible, box, result

    def __call__(self, module: str, options: dict[str, Any], *arguments: str) -> dict[str, Any]:
        tasks = [
            {f"alicloud.mtls.{module}": options, "register": "said", "ignore_errors": True},
            {
                "ansible.builtin.copy": {"dest": str(self.result), "content": "{{ said | to_json }}", "mode": "0600"},
                "check_mode": False,
            },
        ]
        play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
        command, environment = self.ansible([play], {}, self.box)
        done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        said: dict[str, Any] = json.loads(self.result.read_text())
        return said


@pytest.fixture
def task(ansible: Command, sandbox: Sandbox, tmp_path: Path) -> Task:
    return Task(ansible, sandbox, tmp_path / "said.json")


def test_a_change_of_edition_that_fails_is_no_success(task: Task, sandbox: Sandbox) -> None:
    """Its job has no id that could be asked for."""
    assert task("alb_load_balancer", {**BALANCER, "edition": "basic"})["changed"]
    sandbox.fault("fail_job", action="UpdateLoadBalancerEdition")
    said = task("alb_load_balancer", {"name": "shop", "edition": "standard"})
    assert said["failed"]
    assert said["code"] == "NoEffect"
    assert "edition is still 'basic'" in said["msg"]
    assert task("alb_load_balancer", {"name": "shop", "edition": "standard"})["changed"]
    assert not task("alb_load_balancer", {"name": "shop", "edition": "standard"})["changed"]


def test_a_record_that_was_paused_is_enabled_again(task: Task, ask: Cloud) -> None:
    record = task("dns_record", CNAME)["record"]
    ask("alidns", "SetDomainRecordStatus", {"RecordId": record["record_id"], "Status": "Disable"})
    checked = task("dns_record", CNAME, "--check")
    done = task("dns_record", CNAME)
    assert checked["actions"] == done["actions"] == ["set_domain_record_status"]
    assert done["record"]["status"] == "enable"
    assert not task("dns_record", CNAME)["changed"]


@pytest.mark.parametrize("arguments", [["--check"], []])
def test_a_record_in_the_way_of_another_is_told_before_the_write(
    arguments: list[str], task: Task, ask: Cloud, sandbox: Sandbox
) -> None:
    there = {"DomainName": "example.com", "RR": "www", "Type": "A", "Value": "192.0.2.1"}
    identity = ask("alidns", "AddDomainRecord", there)["RecordId"]
    sandbox.clear_requests()
    said = task("dns_record", CNAME, *arguments)
    assert said["failed"]
    assert f"beside A 192.0.2.1 ({identity})" in said["msg"]
    assert sandbox.requests(writes=True) == []


def test_what_the_sandbox_refuses_is_what_was_foretold(task: Task, ask: Cloud) -> None:
    """The witness: without the look beforehand, the service says no."""
    there = {"DomainName": "example.com", "RR": "www", "Type": "A", "Value": "192.0.2.1"}
    ask("alidns", "AddDomainRecord", there)
    with pytest.raises(Exception, match="conflict"):
        ask("alidns", "AddDomainRecord", {**there, "Type": "CNAME", "Value": "alb.example.net"})


def test_a_listener_that_was_stopped_is_remarked_and_the_role_starts_it(task: Task, ask: Cloud) -> None:
    balancer = task("alb_load_balancer", BALANCER)["load_balancer"]["load_balancer_id"]
    group = task("alb_server_group", {"name": "shop", "vpc_id": "vpc-1"})["server_group"]["server_group_id"]
    options = {"load_balancer_id": balancer, "protocol": "http", "port": 80, "server_group_id": group}
    listener = task("alb_listener", options)["listener"]["listener_id"]
    ask("alb", "StopListener", {"ListenerId": listener})
    said = task("alb_listener", options)
    assert not said["changed"]
    assert any(f"{listener} is stopped" in warning for warning in said["warnings"])
    started = task("alb_listener", {**options, "running": True})
    assert started["actions"] == ["start_listener"]
    assert started["listener"]["status"] == "running"
