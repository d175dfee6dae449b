# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario, from certificates to curl and back, with clients of Alibaba Cloud that the modules do not use.

The packages of the old generation for Python, the generic client of the old generation for Node.js, and the current
SDKs for Node.js; all of them unmodified. The first release of the Python SDK of ALB makes a server group. ``make
integration`` installs them; those for Node.js only where npm is there.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, BALANCER, GROUP, Pair, flat, listener_params, wait_until
from sandbox.tests.test_serving import backend, curl

Caller = Callable[..., dict[str, t.Any]]
VERSIONS = {"alb": "2020-06-16", "cas": "2020-04-07", "dns": "2015-01-09", "ecs": "2014-05-26"}
ROOT = Path(__file__).parents[2]
NODE_PACKAGES = ROOT / ".cache" / "node"


class RefusedError(Exception):
    """The error of a client; its argument is the code."""


@contextmanager
def old_python(endpoint: str) -> Iterator[Caller]:
    """The packages aliyun-python-sdk-core, -alb, -alidns and -ecs; for CAS the generic request of the core."""
    core = pytest.importorskip("aliyunsdkcore", reason="aliyun-python-sdk-core is not installed")
    client_module: t.Any = importlib.import_module("aliyunsdkcore.client")
    generic: t.Any = importlib.import_module("aliyunsdkcore.request").CommonRequest
    server_error: t.Any = importlib.import_module("aliyunsdkcore.acs_exception.exceptions").ServerException
    assert core
    host, _, port = endpoint.rpartition(":")
    client = client_module.AcsClient("sandbox", "sandbox", "cn-hangzhou", port=int(port))
    folders = {"alb": "aliyunsdkalb.request.v20200616", "dns": "aliyunsdkalidns.request.v20150109"}
    folders["ecs"] = "aliyunsdkecs.request.v20140526"

    def call(product: str, action: str, **params: t.Any) -> dict[str, t.Any]:
        if product in folders:
            made: t.Any = importlib.import_module(f"{folders[product]}.{action}Request")
            request = getattr(made, f"{action}Request")()
            for name, value in params.items():
                getattr(request, f"set_{name}")(value)
        else:
            request = generic(version=VERSIONS[product], action_name=action)
            for name, value in params.items():
                request.add_body_params(name, value)
        request.set_method("POST")
        request.set_endpoint(host)
        request.set_protocol_type("http")
        try:
            return dict(json.loads(client.do_action_with_exception(request)))
        except server_error as error:
            raise RefusedError(error.get_error_code()) from None

    yield call


def node(name: str) -> Callable[[str], t.Any]:
    """A client for Node.js."""

    @contextmanager
    def caller(endpoint: str) -> Iterator[Caller]:
        if not (NODE_PACKAGES / "node_modules").is_dir():
            pytest.skip("npm was not there: the clients for Node.js are left out")
        script = Path(__file__).parent / "node" / "call.js"
        command = ["node", str(script), str(NODE_PACKAGES)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            calls, answers = t.cast("t.IO[str]", process.stdin), t.cast("t.IO[str]", process.stdout)

            def call(product: str, action: str, **params: t.Any) -> dict[str, t.Any]:
                whole = {"product": product, "version": VERSIONS[product], "action": action, "params": params}
                calls.write(json.dumps({"client": name, "endpoint": endpoint, **whole}) + "\n")
                calls.flush()
                answer = json.loads(answers.readline())
                if "body" not in answer:
                    raise RefusedError(answer["code"], answer["message"])
                return dict(answer["body"])

            yield call
            calls.close()

    return caller


@contextmanager
def pop_core(endpoint: str) -> Iterator[Caller]:
    """@alicloud/pop-core, which flattens lists but no structures."""
    with node("pop-core")(endpoint) as caller:
        yield lambda product, action, **params: caller(product, action, **flat(params))


FIRST_SDK = """
import json, sys
from alibabacloud_alb20200616 import client, models
from alibabacloud_tea_openapi.models import Config
keys = {"access_key_id": "sandbox", "access_key_secret": "sandbox"}
alb = client.Client(Config(endpoint=sys.argv[1], protocol="HTTP", **keys))
made = alb.create_server_group(models.CreateServerGroupRequest().from_map(json.loads(sys.argv[2]))).body
found = alb.list_server_groups(models.ListServerGroupsRequest(server_group_ids=[made.server_group_id])).body
print(found.server_groups[0].server_group_name)
"""


CLIENTS = {"old-python": old_python, "pop-core": pop_core, "node": node("current")}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_scenario(client: str, server_pair: Pair, ca_pair: Pair, tmp_path: Path) -> None:
    """Every call by a client that others wrote; curl sees what it made."""
    (tmp_path / "client.crt").write_text(ca_pair.pem)  # a CA is also a client that it trusts
    (tmp_path / "client.key").write_text(ca_pair.key_pem)
    identity = ("--cert", str(tmp_path / "client.crt"), "--key", str(tmp_path / "client.key"))
    with Sandbox(data_plane="nginx", delay=0) as sandbox, CLIENTS[client](sandbox.endpoint) as call, backend() as port:
        sandbox.seed(**ACCOUNT)
        found = call("ecs", "DescribeInstances", InstanceIds='["i-1"]', **_region(client))
        assert found["Instances"]["Instance"][0]["InstanceId"] == "i-1"
        balancer = call("alb", "CreateLoadBalancer", **BALANCER)["LoadBalancerId"]
        group = _group(call, port)
        made = call("alb", "CreateListener", **_listener(call, balancer, group, server_pair, ca_pair))
        _job(call, made)
        zone = call("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"][0]
        address = zone["LoadBalancerAddresses"][0]["Address"]
        assert (curl(address), curl(address, *identity)) == ("400", "hello")
        record = {"DomainName": "example.com", "RR": "www", "Type": "A", "Value": address}
        call("dns", "AddDomainRecord", **record)
        with pytest.raises(RefusedError, match="DomainRecordDuplicate"):
            call("dns", "AddDomainRecord", **record)
        listed = call("dns", "DescribeDomainRecords", DomainName="example.com")["DomainRecords"]["Record"]
        assert [item["Value"] for item in listed] == [address]
        call("dns", "DeleteDomainRecord", RecordId=listed[0]["RecordId"])
        _job(call, call("alb", "DeleteListener", ListenerId=made["ListenerId"]))
        assert curl(address, *identity) == "000"
        _job(call, call("alb", "DeleteLoadBalancer", LoadBalancerId=balancer))
        _job(call, call("alb", "DeleteServerGroup", ServerGroupId=group))
        assert call("alb", "ListLoadBalancers")["TotalCount"] == 0
        assert {entry["code"] for entry in sandbox.requests()} == {"", "DomainRecordDuplicate"}


def _region(client: str) -> dict[str, str]:
    """Returns RegionId, which is a parameter of DescribeInstances; old-python adds it by itself."""
    return {} if client == "old-python" else {"RegionId": "cn-hangzhou"}


def _group(call: Caller, port: int) -> str:
    made = call("alb", "CreateServerGroup", **GROUP)
    _job(call, made)
    servers = [{"ServerId": "i-1", "ServerType": "Ecs", "Port": port}]
    _job(call, call("alb", "AddServersToServerGroup", ServerGroupId=made["ServerGroupId"], Servers=servers))
    return str(made["ServerGroupId"])


def _listener(call: Caller, balancer: str, group: str, server: Pair, ca: Pair) -> dict[str, t.Any]:
    """Uploads both certificates, and returns the parameters of a listener with mutual authentication."""
    number = call("cas", "UploadUserCertificate", Name="server", Cert=server.pem, Key=server.key_pem)["CertId"]
    detail = call("cas", "GetUserCertificateDetail", CertId=number)
    call("cas", "CreateWarehouse", Name="clients", Type="uploadedAuthorityCertificate")
    warehouse = call("cas", "ListCertWarehouse", Name="clients")["CertWarehouseList"][0]["WhId"]
    uploaded = call("cas", "UploadPCACert", WarehouseId=warehouse, Name="ca", Cert=ca.pem)
    wait_until(
        lambda: call("alb", "ListLoadBalancers")["LoadBalancers"][0]["LoadBalancerStatus"] == "Active", "load balancer"
    )
    return listener_params(
        balancer,
        group,
        ListenerProtocol="HTTPS",
        ListenerPort=443,
        Certificates=[{"CertificateId": detail["CertIdentifier"]}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": uploaded["Identifier"]}],
    )


def _job(call: Caller, answer: dict[str, t.Any]) -> None:
    """Waits until the job of an answer has succeeded."""

    def status() -> t.Any:
        job = call("alb", "ListAsynJobs", JobIds=[answer["JobId"]])["Jobs"][0]
        return job["Status"] if job["Status"] != "Processing" else None

    assert wait_until(status, "job") == "Succeeded"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_operation_and_a_wrong_secret(client: str, sandbox: Sandbox) -> None:
    """Clients of every generation can read what the sandbox answers."""
    with (
        Sandbox(access_key_secret="other") as strange,
        CLIENTS[client](strange.endpoint) as call,
        pytest.raises(RefusedError, match=r"SignatureDoesNotMatch|InvalidAccessKeySecret"),
    ):
        call("alb", "ListLoadBalancers")
    with CLIENTS[client](sandbox.endpoint) as call, pytest.raises(RefusedError, match=r"ResourceNotFound\.Listener"):
        call("alb", "GetListenerAttribute", ListenerId="lsn-none")


def test_the_first_release_of_the_sdk(sandbox: Sandbox) -> None:
    python = ROOT / ".cache" / "first-sdk" / "bin" / "python"
    if not python.exists():
        pytest.skip("alibabacloud-alb20200616 1.0.0 is not installed (make .cache/first-sdk/.stamp)")
    command = [str(python), "-c", FIRST_SDK, sandbox.endpoint, json.dumps(GROUP)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.strip() == GROUP["ServerGroupName"], done.stderr
