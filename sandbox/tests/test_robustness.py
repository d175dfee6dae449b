# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input to both APIs, other machines' addresses, and owners of a data plane that were killed."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest
from alicloud_sandbox import control_client
from alicloud_sandbox.alb.compile import build
from alicloud_sandbox.dataplane import DataPlane
from alicloud_sandbox.store import Store
from alicloud_sandbox.testing import Sandbox, free_port
from alicloud_sandbox.topology import Balancing

from sandbox.tests.support import ACCOUNT, Sdk, wait_until
from sandbox.tests.test_gateway import Raw
from sandbox.tests.world import World, curl

DEEP = b"[" * 100_000


def control(sandbox: Sandbox, method: str, name: str, body: bytes) -> int:
    """Returns the status of a request to the control API."""
    connection = http.client.HTTPConnection(sandbox.endpoint, timeout=120)
    try:
        connection.request(method, f"/_sandbox/{name}", body)
        return connection.getresponse().status
    finally:
        connection.close()


SERVER = {"instance_id": "i-9", "address": "127.0.0.9", "zone_id": "z", "vpc_id": "vpc-1"}
RECORD = {"domain": "example.com", "rr": "a", "type": "A", "value": "192.0.2.1"}
NOT_TEXT: list[t.Any] = [{}, [], 1, None]
NOT_NUMBERS: list[t.Any] = ["1", -1, None, [], True, 1e300]
SEEDS: list[t.Any] = [
    *([], "x", 1, {"vpcs": {}}, {"vpcs": [1]}, {"vpcs": None}),
    *({"ecs": [{**SERVER, name: value}]} for name in SERVER for value in [*NOT_TEXT, ""]),
    {"ecs": [SERVER | {"address": "somewhere"}]},
    {"ecs": [{**SERVER, "secondary_addresses": "127.0.0.1"}]},
    {"vpcs": [{"vpc_id": "v", "vswitches": [{"vswitch_id": 1, "zone_id": "z"}]}]},
    {"vpcs": [{"vpc_id": "\ud800"}]},
    *({"records": [{**RECORD, name: value}]} for name in RECORD for value in NOT_TEXT),
    {"records": [{**RECORD, "ttl": "soon"}]},
    {"domains": [{"name": "example.net", "min_ttl": -1}]},
    {"domains": [{"name": "example.net", "colour": "red"}]},
    {"ecs": [SERVER | {"colour": "red"}]},
    {"vpcs": [{"vpc_id": "v", "vswitch": []}]},
    {"records": [RECORD | {"domain": "example.net"}]},
    {"records": [RECORD | {"value": "nowhere"}]},
    {"records": [RECORD | {"type": "MX", "value": "mail.example.com"}]},
    {"pca_instances": [{"instance_id": "p", "certifcates": "10"}]},
    {"pca_instances": [{"instance_id": "p", "expires": "soon"}]},
    {"locked_records": [{}]},
    {"addresses": ["somewhere"]},
    {"private_cas": [{"identifier": "x", "certificate": "x"}]},
]
NUMBERS = ("times", "after", "every", "http_status", "retry_after", "seconds")
FAULTS: list[t.Any] = [
    *({}, {"kind": ["slow"]}, {"kind": "slow", "colour": "red"}),
    *({"kind": "slow", name: value} for name in NUMBERS for value in NOT_NUMBERS),
    {"kind": "error", "http_status": 200},
    {"kind": "error", "action": 1},
    {"kind": "slow", "times": 1.5},
]
DELAYS: list[t.Any] = [[], *({"listener": value} for value in NOT_NUMBERS)]
WRONG = {("POST", "seed"): SEEDS, ("POST", "faults"): FAULTS, ("PUT", "delays"): DELAYS}


def test_wrong_input_to_the_control_api_is_400(sandbox: Sandbox) -> None:
    for (method, name), values in WRONG.items():
        for value in values:
            assert control(sandbox, method, name, json.dumps(value).encode()) == 400, (name, value)
    for body in (DEEP, b'{"a":' * 100_000, b"{", b"\xff", b'{"listener": NaN}'):
        for method, name in WRONG:
            assert control(sandbox, method, name, body) == 400, (name, body[:10])
    assert control(sandbox, "GET", "health", b"") == 200
    assert Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 1
    assert "Traceback" not in sandbox.log


def test_a_client_that_leaves_before_the_end_of_its_request(sandbox: Sandbox) -> None:
    host, _, port = sandbox.endpoint.rpartition(":")
    before = sandbox.log
    with socket.create_connection((host, int(port)), timeout=60) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 100\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""  # the server has noticed
    assert control(sandbox, "GET", "health", b"") == 200
    assert sandbox.log == before


def test_deep_json_in_a_parameter_is_refused(sandbox: Sandbox) -> None:
    params = {"RegionId": "cn-hangzhou", "InstanceIds": DEEP.decode()}
    status, answer = Raw("DescribeInstances", "2014-05-26", form=params).send(sandbox)
    assert (status, answer["Code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(("method", "path"), [("GET", "/elsewhere"), ("POST", "//"), ("PUT", "/"), ("DELETE", "/")])
def test_other_paths_and_methods_answer_with_a_code(sandbox: Sandbox, method: str, path: str) -> None:
    connection = http.client.HTTPConnection(sandbox.endpoint, timeout=120)
    connection.request(method, path)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    assert (response.status, answer["Code"]) == (404, "InvalidApi.NotFound")
    assert response.headers["x-acs-request-id"] == answer["RequestId"]


@pytest.mark.parametrize("name", ["50%off", "%s", "%", "a%%b", "(?<%s>x)"])
def test_percent_signs_in_names(world: World, name: str) -> None:
    """Of a cookie that keeps clients with their server, and of a query parameter that is hashed."""
    for change in ({"balancing": Balancing.HASH, "hash_parameter": name}, {"sticky_cookie": name}):
        world.group = replace(world.group, **t.cast("dict[str, t.Any]", change))
        world.apply(protocol="HTTP", certificates=())
        assert curl(world.url)[0] == 200


def test_a_pool_of_other_addresses_is_refused(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "alicloud_sandbox.cli",
        "serve",
        "--state-dir",
        str(tmp_path),
        "--data-plane",
        "off",
    ]
    command += ["--port", "0", "--dns-port", "off", "--address-pool", "192.0.2.0/24"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "--address-pool 192.0.2.0/24 is not part of 127.0.0.0/8" in done.stderr


def test_the_endpoint_of_an_ipv6_address(tmp_path: Path) -> None:
    """It is printed as URLs have it."""
    try:
        port = free_port("::1")
    except RuntimeError:
        pytest.skip("this machine has no IPv6")
    command = [sys.executable, "-m", "alicloud_sandbox.cli", "serve", "--host", "::1", "--state-dir", str(tmp_path)]
    command += ["--port", str(port), "--dns-port", "off", "--data-plane", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            endpoint = json.loads(process.stdout.readline())["endpoint"]
            assert control_client.call(endpoint, None, "GET", "health")["status"] == "ok"
        finally:
            process.terminate()


def test_the_data_plane_calls_registered_addresses_only(tmp_path: Path) -> None:
    """Of three servers of type Ip, the one that is neither local nor registered gets neither traffic nor checks."""
    with Sandbox(state_dir=tmp_path, delay=0) as sandbox:
        sandbox.seed(**ACCOUNT, addresses=["192.0.2.0/28"])
        sdk = Sdk(sandbox)
        group = sdk.group(ServerGroupType="Ip")
        servers = [
            {"ServerId": item, "ServerType": "Ip", "Port": 80} for item in ("127.0.0.7", "192.0.2.3", "192.0.2.99")
        ]
        sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=servers)
    store = Store(tmp_path / "state.sqlite")
    with store.transaction():
        (compiled,) = build(store, {}).server_groups
    store.close()
    assert [server.address for server in compiled.servers] == ["127.0.0.7", "192.0.2.3"]


def state_of(process: int) -> str:
    """Returns the letter of a process in proc(5): T is stopped; empty when it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def children(process: int) -> list[int]:
    """Returns the child processes of a process."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_workers_that_a_killed_owner_had_paused_go_on(world: World) -> None:
    world.apply(protocol="HTTP", certificates=())
    master = int((world.directory / "state" / "dataplane" / "nginx.pid").read_text())
    workers = children(master)
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: all(state_of(pid) == "T" for pid in workers), "paused workers")
    successor = DataPlane(world.directory / "state")
    wait_until(lambda: not any(state_of(pid) == "T" for pid in workers), "resumed workers")
    assert curl(world.url)[0] == 200
    successor.close()
    assert not any(state_of(pid) for pid in workers)


def test_no_worker_stays_stopped_after_kills(tmp_path: Path) -> None:
    """Each kill strikes while a reload has paused the workers. SANDBOX_KILLS sets the number of kills."""
    with Sandbox(state_dir=tmp_path, data_plane="nginx", dns=False, delay=0) as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer, group = sdk.balancer(), sdk.group()
        listener = str(sdk.listener(balancer, group)["ListenerId"])
        pid_file = tmp_path / "dataplane" / "nginx.pid"

        def paused() -> list[int]:
            return [pid for pid in children(int(pid_file.read_text())) if state_of(pid) == "T"]

        for turn in range(int(os.environ.get("SANDBOX_KILLS", "5"))):
            sdk("alb", "StartListener" if turn % 2 else "StopListener", ListenerId=listener)
            wait_until(paused, "a reload")
            sandbox.kill9()
            sandbox.start()
            wait_until(lambda: not sandbox.health()["jobs_processing"] and not paused(), "no stopped worker")
