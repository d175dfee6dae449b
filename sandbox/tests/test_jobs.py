# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous states, idempotence, faults, and what is left after a crash."""

from __future__ import annotations

import resource
import sqlite3
import stat
import subprocess
import sys
import time
import typing as t
from contextlib import suppress
from pathlib import Path

import pytest
from alicloud_sandbox.faults import Faults
from alicloud_sandbox.jobs import Jobs, Lifecycle
from alicloud_sandbox.store import Store
from alicloud_sandbox.testing import Sandbox
from darabonba.exceptions import UnretryableException

from sandbox.tests.support import (
    ACCOUNT,
    BALANCER,
    GROUP,
    AlibabaCloudException,
    Pair,
    Sdk,
    computing,
    listener_params,
    wait_until,
)


def test_a_job_takes_its_time_and_the_resource_is_busy_meanwhile(sandbox: Sandbox, sdk: Sdk) -> None:
    balancer, group = sdk.balancer(), sdk.group()
    sandbox.delays(listener=30, servergroup=30)
    answer = sdk("alb", "CreateListener", **listener_params(balancer, group))
    listener = answer["ListenerId"]
    job = sdk("alb", "ListAsynJobs", JobIds=[answer["JobId"]])["Jobs"][0]
    assert {name: job[name] for name in ("ApiName", "OperateType", "ResourceId", "ResourceType", "Status")} == {
        "ApiName": "CreateListener",
        "OperateType": "Create",
        "ResourceId": listener,
        "ResourceType": "listener",
        "Status": "Processing",
    }
    assert sdk("alb", "GetListenerAttribute", ListenerId=listener)["ListenerStatus"] == "Provisioning"
    for operation in ("UpdateListenerAttribute", "DeleteListener", "StopListener"):
        assert sdk.refused("alb", operation, ListenerId=listener) == (400, "IncorrectStatus.Listener")
    sdk("alb", "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wlc")
    for operation in ("UpdateServerGroupAttribute", "DeleteServerGroup"):
        assert sdk.refused("alb", operation, ServerGroupId=group) == (400, "IncorrectStatus.ServerGroup")


def test_a_new_load_balancer_is_busy(sandbox: Sandbox, sdk: Sdk) -> None:
    group = sdk.group()
    sandbox.delays(loadbalancer=30)
    balancer = sdk("alb", "CreateLoadBalancer", **BALANCER)["LoadBalancerId"]
    assert sdk.status(balancer) == "Provisioning"
    refusal = sdk.refused("alb", "CreateListener", **listener_params(balancer, group))
    assert refusal == (400, "IncorrectStatus.LoadBalancer")


def test_client_token(sdk: Sdk) -> None:
    token = {"ClientToken": "token-1"}
    first = sdk("alb", "CreateServerGroup", **GROUP, **token)
    again = sdk("alb", "CreateServerGroup", **GROUP, **token)
    assert (again["ServerGroupId"], again["JobId"]) == (first["ServerGroupId"], first["JobId"])
    assert len(sdk("alb", "ListServerGroups")["ServerGroups"]) == 1
    other = {**GROUP, "ServerGroupName": "other"}
    assert sdk.refused("alb", "CreateServerGroup", **other, **token) == (400, "IdempotentParameterMismatch")
    assert sdk("alb", "CreateServerGroup", **GROUP)["ServerGroupId"] != first["ServerGroupId"]
    assert {item["client_token"] for item in sdk.sandbox.requests(writes=True)} == {"token-1", ""}


def test_a_client_token_of_a_refused_or_dry_request_is_free(sdk: Sdk) -> None:
    sdk.refused("alb", "CreateServerGroup", **GROUP | {"VpcId": "vpc-none"}, ClientToken="t")
    assert sdk.refused("alb", "CreateServerGroup", **GROUP, ClientToken="t", DryRun=True)[1] == "DryRunOperation"
    assert sdk("alb", "CreateServerGroup", **GROUP, ClientToken="t")["ServerGroupId"]


def test_a_lost_response_is_safe_to_repeat(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("lost_response", action="CreateServerGroup")
    with pytest.raises(UnretryableException):
        sdk("alb", "CreateServerGroup", **GROUP, ClientToken="t")
    identifier = sdk("alb", "CreateServerGroup", **GROUP, ClientToken="t")["ServerGroupId"]
    assert [item["ServerGroupId"] for item in sdk("alb", "ListServerGroups")["ServerGroups"]] == [identifier]


@pytest.mark.parametrize("fields", [{}, {"http_status": 503, "code": "ServiceUnavailable"}])
def test_an_error_after_a_write_is_safe_to_repeat(sandbox: Sandbox, sdk: Sdk, fields: dict[str, t.Any]) -> None:
    """The write is performed all the same, once."""
    sandbox.fault("late_error", action="CreateServerGroup", **fields)
    expected = (fields.get("http_status", 500), fields.get("code", "InternalError"))
    assert sdk.refused("alb", "CreateServerGroup", **GROUP, ClientToken="t") == expected
    groups = sdk("alb", "ListServerGroups")["ServerGroups"]
    assert len(groups) == 1
    again = sdk("alb", "CreateServerGroup", **GROUP, ClientToken="t")
    assert again["ServerGroupId"] == groups[0]["ServerGroupId"]
    assert len(sdk("alb", "ListServerGroups")["ServerGroups"]) == 1


def test_one_call_in_so_many_fails(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("throttle", every=3, times=0)

    def calls(number: int) -> list[str]:
        before = len(sandbox.requests())
        for _ in range(number):
            with suppress(AlibabaCloudException):
                sdk("alb", "ListServerGroups")
        return [item["code"] for item in sandbox.requests()[before:]]

    assert calls(9) == ["", "", "Throttling.User"] * 3
    sandbox.clear_faults()
    sandbox.fault("error", every=2, times=1, after=1)
    assert calls(6) == ["", "", "ServiceUnavailable", "", "", ""]


def test_throttling(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("throttle", action="ListServerGroups", times=2, after=1)
    sandbox.fault("throttle", action="ListListeners", retry_after=3, http_status=429, code="Throttling.Api")
    sdk("alb", "ListServerGroups")
    sdk("alb", "ListLoadBalancers")
    assert [sdk.refused("alb", "ListServerGroups") for _ in range(2)] == [(400, "Throttling.User")] * 2
    sdk("alb", "ListServerGroups")
    with pytest.raises(AlibabaCloudException) as caught:
        sdk("alb", "ListListeners")
    assert (caught.value.status_code, caught.value.code) == (429, "Throttling.Api")
    assert type(caught.value).__name__ == "ThrottlingException"


def test_an_error_that_was_asked_for_does_nothing(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("error", action="CreateServerGroup", code="SystemBusy", http_status=503)
    assert sdk.refused("alb", "CreateServerGroup", **GROUP) == (503, "SystemBusy")
    assert sdk("alb", "ListServerGroups")["ServerGroups"] == []


def test_slow(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("slow", seconds=0.3)
    before = time.monotonic()
    sdk("alb", "ListServerGroups")
    assert time.monotonic() - before >= 0.3


def test_a_failed_job_leaves_what_was_there(sandbox: Sandbox, sdk: Sdk) -> None:
    group = sdk.group()
    sandbox.fault("fail_job", action="UpdateServerGroupAttribute", code="506")
    job = sdk.job(sdk("alb", "UpdateServerGroupAttribute", ServerGroupId=group, ServerGroupName="other"))
    assert (job["Status"], job["ErrorCode"]) == ("Failed", "506")
    found = sdk("alb", "ListServerGroups")["ServerGroups"][0]
    assert (found["ServerGroupName"], found["ServerGroupStatus"]) == ("shop", "Available")
    sandbox.fault("fail_job", action="CreateServerGroup")
    assert sdk.job(sdk("alb", "CreateServerGroup", **GROUP))["Status"] == "Failed"
    assert len(sdk("alb", "ListServerGroups")["ServerGroups"]) == 1


def test_a_load_balancer_that_could_not_be_made(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.fault("fail_job", action="CreateLoadBalancer")
    balancer = sdk("alb", "CreateLoadBalancer", **BALANCER)["LoadBalancerId"]
    wait_until(lambda: sdk.status(balancer) == "CreateFailed", "failure")
    refusal = sdk.refused("alb", "UpdateLoadBalancerAttribute", LoadBalancerId=balancer, LoadBalancerName="other")
    assert refusal == (400, "IncorrectStatus.LoadBalancer")
    sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer)
    assert sdk.status(balancer) == ""


def test_unknown_faults_and_delays_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="kind has to be one of"):
        sandbox.fault("earthquake")
    with pytest.raises(RuntimeError, match="every has to be a number from 1"):
        sandbox.fault("slow", every=0)
    with pytest.raises(RuntimeError, match="colour"):
        sandbox.fault("slow", colour="red")
    with pytest.raises(RuntimeError, match="delays are set for"):
        sandbox.delays(listeners=1)


def test_state_and_jobs_outlive_the_process(tmp_path: Path, server_pair: Pair, ca_pair: Pair) -> None:
    """The process is killed in the middle of a job, twice; after the restart the job goes on."""
    with Sandbox(state_dir=tmp_path / "state") as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer, group = sdk.balancer(), sdk.group()
        ca = sdk.ca(ca_pair)
        sdk.certificate(server_pair)
        sdk("dns", "AddDomainRecord", DomainName="example.com", RR="www", Type="A", Value="192.0.2.1")
        sandbox.delays(listener=0.5)
        answer = sdk("alb", "CreateListener", **listener_params(balancer, group), ClientToken="t")
        sandbox.kill9()
        with pytest.raises(UnretryableException):
            sdk("alb", "ListListeners")
        sandbox.restart()
        assert sdk.job(answer)["Status"] == "Succeeded"
        assert sdk("alb", "GetListenerAttribute", ListenerId=answer["ListenerId"])["ListenerStatus"] == "Running"
        repeated = sdk("alb", "CreateListener", **listener_params(balancer, group), ClientToken="t")
        assert repeated["ListenerId"] == answer["ListenerId"]
        assert sdk("cas", "DescribeWarehouseCert", CertIdentifier=ca)["Content"] == ca_pair.pem
        assert sdk("dns", "DescribeDomainRecords", DomainName="example.com")["TotalCount"] == 1
        assert [item["seq"] for item in sandbox.requests()] == list(range(1, len(sandbox.requests()) + 1))


def test_nothing_of_a_request_is_left_when_it_is_killed_half_way(tmp_path: Path) -> None:
    """Killed at any moment, the request has happened entirely or not at all: the group, its job and its token agree."""
    with Sandbox(state_dir=tmp_path / "state", delay=60) as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        for number in range(20):
            sdk("alb", "CreateServerGroup", **GROUP, ClientToken=f"t{number}")
        sandbox.kill9()
        database = sqlite3.connect(tmp_path / "state" / "state.sqlite")
        tables = ("resources WHERE kind='servergroup'", "jobs", "tokens")
        assert {database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables} == {20}
        database.close()


def test_a_state_directory_has_one_owner(tmp_path: Path) -> None:
    with Sandbox(state_dir=tmp_path / "state") as first:
        second = Sandbox(state_dir=first.state_dir)
        with pytest.raises(RuntimeError, match="Another sandbox is running"):
            second.start()


def test_a_clean_end(tmp_path: Path) -> None:
    sandbox = Sandbox(state_dir=tmp_path / "state")
    sandbox.start()
    process = sandbox._process
    assert process
    sandbox.stop()
    assert process.returncode == 0
    assert "Traceback" not in sandbox.log


def test_secrets_stay_where_they_belong(tmp_path: Path, server_pair: Pair) -> None:
    with Sandbox(state_dir=tmp_path / "state", access_key_secret="top-secret") as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox, access_key_secret="top-secret")
        sdk.certificate(server_pair)
        sdk.refused("cas", "UploadUserCertificate", Name="server", Cert=server_pair.key_pem, Key=server_pair.key_pem)
        text = str(sandbox.requests())
        body = server_pair.key_pem.splitlines()[1]
        assert body not in text
        assert "(redacted)" in text
        assert body not in sandbox.log
        assert "top-secret" not in text + sandbox.log + Path(f"/proc/{sandbox.pid}/cmdline").read_text()
        assert stat.S_IMODE(sandbox.state_dir.stat().st_mode) == 0o700
        files = [path for path in sandbox.state_dir.rglob("*") if path.is_file() and path.name.startswith("state")]
        assert len(files) >= 1
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        hidden = sdk("cas", "GetUserCertificateDetail", CertId=13700001, CertFilter=True)
        shown = sdk("cas", "GetUserCertificateDetail", CertId=13700001)
        assert "Key" not in hidden
        assert shown["Key"] == server_pair.key_pem


def test_sandboxes_side_by_side() -> None:
    with Sandbox() as one, Sandbox() as two:
        assert one.endpoint != two.endpoint
        assert one.health()["address_pool"] != two.health()["address_pool"]
        one.seed(**ACCOUNT)
        sdk = Sdk(one)
        sdk.group()
        assert Sdk(two)("alb", "ListServerGroups")["ServerGroups"] == []


def test_starts_fast() -> None:
    """A start costs little more than a Python process that imports what the sandbox needs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import alicloud_sandbox.cli, alicloud_sandbox.server"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    imports = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with Sandbox() as box:
        assert computing(box.pid) < 2 * imports


def test_reset(sandbox: Sandbox, sdk: Sdk) -> None:
    sdk.balancer()
    sandbox.fault("error")
    sandbox.reset()
    assert sdk("alb", "ListLoadBalancers")["LoadBalancers"] == []
    assert sdk("dns", "DescribeDomains")["TotalCount"] == 0
    wait_until(lambda: not sandbox.health()["jobs_processing"], "no jobs")


class Plane:
    """A data plane that refuses topologies with a broken thing."""

    def __init__(self) -> None:
        self.applied: list[t.Any] = []

    def apply(self, topology: t.Any) -> None:
        self.applied.append(topology)
        if "broken" in topology:
            raise ValueError("a broken thing")

    def health(self) -> list[t.Any]:
        return []

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("broken", "changes"), [(False, 2), (True, 202)])
def test_jobs_that_wait_are_served_together(tmp_path: Path, broken: bool, changes: int) -> None:
    """200 of them by one change of the data plane, or one by one if one of them cannot be served."""
    store, plane = Store(tmp_path / "state.sqlite"), Plane()

    def build(found: Store, changed: t.Any) -> t.Any:
        return sorted({*found.served("thing"), *(identifier for _kind, identifier in changed)})

    jobs = Jobs(store, {"thing": Lifecycle("Status")}, t.cast("t.Any", build), plane, Faults(), 0)
    names = [*(f"thing-{number}" for number in range(199)), "broken" if broken else "last"]
    with store.transaction():
        for name in names:
            jobs.submit("Make", "thing", {name: {"Id": name}}, operate="Create", final="Ready", job_id=f"job-{name}")
    jobs.start()

    def outcomes() -> set[str]:
        with store.transaction():
            return {job["Status"] for job in store.jobs()}

    wait_until(lambda: "Processing" not in outcomes(), "jobs")
    jobs.stop()
    with store.transaction():
        assert outcomes() == ({"Succeeded", "Failed"} if broken else {"Succeeded"})
        assert len(store.served("thing")) == 200 - broken
    assert len(plane.applied) == changes
    store.close()
