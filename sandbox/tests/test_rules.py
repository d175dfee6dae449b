# SPDX-License-Identifier: GPL-3.0-or-later
"""What the products refuse, case by case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, BALANCER, Pair, Sdk, forward, listener_params, make_pair, wait_until

INVALID = (400, "InvalidParameter")
NO_CERTIFICATE = (404, "ResourceNotFound.Certificate")
ZONES = BALANCER["ZoneMappings"]
ECS = {"ServerId": "i-1", "ServerType": "Ecs", "Port": 443}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"VpcId": "vpc-none"}, (404, "ResourceNotFound.Vpc")),
        ({"ZoneMappings": [{**ZONES[0], "VSwitchId": "vsw-none"}]}, (404, "ResourceNotFound.VSwitch")),
        ({"ZoneMappings": [{**ZONES[0], "VSwitchId": "vsw-i"}]}, (400, "Mismatch.ZoneIdAndVSwitchId")),
        ({"ZoneMappings": [{**ZONES[0], "VSwitchId": "vsw-2"}]}, (400, "Mismatch.VpcId")),
        ({"ZoneMappings": [ZONES[0], ZONES[0]]}, (400, "DuplicatedParam.ZoneId")),
        ({"LoadBalancerEdition": "Extended"}, INVALID),
        ({"LoadBalancerName": "x"}, INVALID),
        ({"LoadBalancerBillingConfig": {"PayType": "PrePay"}}, INVALID),
        ({"AddressType": None}, (400, "MissingAddressType")),
        ({"ZoneMappings": None}, (400, "MissingZoneMappings")),
    ],
)
def test_load_balancers_that_are_refused(sdk: Sdk, changes: dict[str, t.Any], refusal: tuple[int, str]) -> None:
    params = {name: value for name, value in (BALANCER | changes).items() if value is not None}
    assert sdk.refused("alb", "CreateLoadBalancer", **params) == refusal


def test_editions(sdk: Sdk) -> None:
    balancer = sdk.balancer()

    def change(edition: str) -> tuple[int, str]:
        return sdk.refused("alb", "UpdateLoadBalancerEdition", LoadBalancerId=balancer, LoadBalancerEdition=edition)

    assert change("Basic") == (400, "OperationDenied.Downgrade")
    assert change("Standard") == (400, "OperationDenied.EditionNotChanged")


def test_deleting_a_load_balancer_removes_its_listeners(sdk: Sdk) -> None:
    balancer, group = sdk.balancer(), sdk.group()
    sdk.listener(balancer, group)
    sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer)
    assert sdk("alb", "ListListeners")["Listeners"] == []
    sdk.write("DeleteServerGroup", ServerGroupId=group)


@pytest.mark.parametrize(
    ("operation", "server", "refusal"),
    [
        ("Add", {"ServerId": "i-none"}, (404, "ResourceNotFound.Ecs")),
        ("Add", {"ServerId": "i-elsewhere"}, (400, "Mismatch.VpcId")),
        ("Add", {"Port": 80}, (400, "Conflict.BackendServer")),
        ("Add", {"Weight": 101}, INVALID),
        ("Add", {"ServerType": "Ip"}, INVALID),
        ("Add", {"Port": None}, (400, "MissingServers.1.Port")),
        ("Remove", {"Port": 81}, (404, "ResourceNotFound.BackendServer")),
        ("Remove", {"ServerId": "i-2"}, (404, "ResourceNotFound.BackendServer")),
    ],
)
def test_servers_that_are_refused(sdk: Sdk, operation: str, server: dict[str, t.Any], refusal: tuple[int, str]) -> None:
    group = sdk.group()
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[{**ECS, "Port": 80}])
    name = {"Add": "AddServersToServerGroup", "Remove": "RemoveServersFromServerGroup"}[operation]
    server = {key: value for key, value in (ECS | server).items() if value is not None}
    assert sdk.refused("alb", name, ServerGroupId=group, Servers=[server]) == refusal


def test_the_same_server_twice_in_a_request(sdk: Sdk) -> None:
    refusal = sdk.refused("alb", "AddServersToServerGroup", ServerGroupId=sdk.group(), Servers=[ECS, ECS])
    assert refusal == (400, "DuplicatedParam.BackendServer")


@pytest.fixture
def scene(sdk: Sdk, server_pair: Pair, ca_pair: Pair) -> dict[str, str]:
    """Ids of a resource of every kind that a listener can have."""
    return {
        "balancer": sdk.balancer(),
        "basic": sdk.balancer(LoadBalancerEdition="Basic"),
        "group": sdk.group(),
        "other_vpc": sdk.group(VpcId="vpc-2"),
        "https": sdk.group(Protocol="HTTPS"),
        "grpc": sdk.group(Protocol="gRPC"),
        "server": sdk.certificate(server_pair),
        "ca": sdk.ca(ca_pair),
        "expired": sdk.ca(make_pair("Old", ca=True, days=1, start=-10)),
        "early": sdk.ca(make_pair("New", ca=True, start=5)),
    }


MUTUAL: dict[str, t.Any] = {"CaEnabled": True, "CaCertificates": ["ca"]}
# Changes to a good HTTPS listener with mutual authentication; ids are names of the scene.
LISTENERS: dict[str, tuple[dict[str, t.Any], tuple[int, str]]] = {
    "basic edition": ({"LoadBalancerId": "basic"}, (400, "Mismatch.LoadBalancerEditionAndCaEnabled")),
    "no CA": ({"CaCertificates": None}, INVALID),
    "two CAs": ({"CaCertificates": ["ca", "ca"]}, INVALID),
    "unknown CA": ({"CaCertificates": ["1efd3cac-e8c1-611d-b971-f96e5e432aba"]}, NO_CERTIFICATE),
    "server certificate as CA": ({"CaCertificates": ["server"]}, NO_CERTIFICATE),
    "expired CA": ({"CaCertificates": ["expired"]}, INVALID),
    "CA of the future": ({"CaCertificates": ["early"]}, INVALID),
    "CA as server certificate": ({"Certificates": ["ca"]}, NO_CERTIFICATE),
    "bare number": ({"Certificates": ["13700001"]}, NO_CERTIFICATE),
    "other region": ({"Certificates": ["13700001-cn-beijing"]}, NO_CERTIFICATE),
    "no certificate": ({"Certificates": None}, INVALID),
    "two certificates": ({"Certificates": ["server", "server"]}, INVALID),
    "HTTP": ({"ListenerProtocol": "HTTP", "Certificates": None, "CaCertificates": None}, INVALID),
    "QUIC": ({"ListenerProtocol": "QUIC", "SecurityPolicyId": None}, INVALID),
    "unknown policy": ({"SecurityPolicyId": "tls_cipher_policy_9"}, (404, "ResourceNotFound.SecurityPolicy")),
    "policy of the extended edition": (
        {"SecurityPolicyId": "tls_cipher_policy_1_0_to_1_3"}, (404, "ResourceNotFound.SecurityPolicy"),
    ),
    "unknown group": ({"DefaultActions": "sgp-none"}, (404, "ResourceNotFound.ServerGroup")),
    "group of another VPC": ({"DefaultActions": "other_vpc"}, (400, "Mismatch.VpcId")),
    "gRPC without HTTP/2": (
        {"DefaultActions": "grpc", "Http2Enabled": False}, (400, "OperationDenied.GRPCServerGroup"),
    ),
    "unknown load balancer": ({"LoadBalancerId": "alb-none"}, (404, "ResourceNotFound.LoadBalancer")),
    "port 0": ({"ListenerPort": 0}, INVALID),
    "header without alias": ({"XForwardedForConfig": {"XForwardedForClientCertSubjectDNEnabled": True}}, INVALID),
    "alias with capitals": ({"XForwardedForConfig": {"XForwardedForClientCertSubjectDNAlias": "DN"}}, INVALID),
    "timeout": ({"IdleTimeout": 601}, INVALID),
}  # fmt: skip


def _listener(scene: dict[str, str], **changes: t.Any) -> dict[str, t.Any]:
    def known(value: t.Any) -> t.Any:
        return scene.get(value, value) if isinstance(value, str) else value

    params: dict[str, t.Any] = {
        "ListenerProtocol": "HTTPS",
        "ListenerPort": 443,
        "SecurityPolicyId": "tls_cipher_policy_1_2",
    }
    params |= {"Certificates": ["server"], **MUTUAL, **changes}
    for name in ("Certificates", "CaCertificates"):
        if params.get(name):
            params[name] = [{"CertificateId": known(item)} for item in params[name]]
    if isinstance(params.get("DefaultActions"), str):
        params["DefaultActions"] = forward(known(params["DefaultActions"]))
    balancer = known(params.pop("LoadBalancerId", "balancer"))
    made = listener_params(balancer, scene["group"], **params)
    return {name: value for name, value in made.items() if value is not None}


def test_listeners_that_are_refused(sdk: Sdk, scene: dict[str, str]) -> None:
    found = {
        name: sdk.refused("alb", "CreateListener", **_listener(scene, **case[0])) for name, case in LISTENERS.items()
    }
    assert found == {name: refusal for name, (_changes, refusal) in LISTENERS.items()}
    assert sdk("alb", "ListListeners")["Listeners"] == []
    assert sdk.write("CreateListener", **_listener(scene))["ListenerId"]


@pytest.mark.parametrize(
    ("protocol", "group", "refusal"),
    [("HTTP", "grpc", (400, "OperationDenied.ServerGroupProtocolNotSupport")), ("HTTPS", "https", None)],
)
def test_protocols(sdk: Sdk, scene: dict[str, str], protocol: str, group: str, refusal: tuple[int, str] | None) -> None:
    tls = {} if protocol == "HTTPS" else {"Certificates": None, "SecurityPolicyId": None}
    params = _listener(
        scene, ListenerProtocol=protocol, DefaultActions=group, CaEnabled=None, CaCertificates=None, **tls
    )
    if refusal:
        assert sdk.refused("alb", "CreateListener", **params) == refusal
    else:
        sdk.write("CreateListener", **params)


def test_ports(sdk: Sdk, scene: dict[str, str]) -> None:
    plain = {"Certificates": None, "SecurityPolicyId": None, "CaEnabled": None, "CaCertificates": None}
    sdk.write("CreateListener", **_listener(scene))
    for protocol, changes in (("HTTPS", {}), ("HTTP", plain)):
        refusal = sdk.refused("alb", "CreateListener", **_listener(scene, ListenerProtocol=protocol, **changes))
        assert refusal == (400, "ResourceAlreadyExist.Listener")
    quic = {"SecurityPolicyId": None, "CaEnabled": None, "CaCertificates": None}
    sdk.write("CreateListener", **_listener(scene, ListenerProtocol="QUIC", **quic))


def test_mutual_authentication_is_switched(sdk: Sdk, scene: dict[str, str]) -> None:
    listener = sdk.write("CreateListener", **_listener(scene))["ListenerId"]

    def now() -> tuple[bool, list[str]]:
        found = sdk("alb", "GetListenerAttribute", ListenerId=listener)
        return found["CaEnabled"], [item["CertificateId"] for item in found["CaCertificates"]]

    sdk.write("UpdateListenerAttribute", ListenerId=listener, CaEnabled=False)
    assert now() == (False, [scene["ca"]])
    assert sdk.refused("alb", "UpdateListenerAttribute", ListenerId=listener, CaEnabled=True) == INVALID
    other = sdk.ca(make_pair("Others", ca=True))
    certificates = [{"CertificateId": other}]
    sdk.write("UpdateListenerAttribute", ListenerId=listener, CaEnabled=True, CaCertificates=certificates)
    assert now() == (True, [other])
    sdk.write("UpdateListenerAttribute", ListenerId=listener, RequestTimeout=5)
    assert now() == (True, [other])


def test_certificates_of_http_listeners(sdk: Sdk) -> None:
    listener = sdk.listener(sdk.balancer(), sdk.group())["ListenerId"]
    refusal = sdk.refused("alb", "ListListenerCertificates", ListenerId=listener)
    assert refusal == (400, "OperationDenied.HttpListenerNotSupport")


@pytest.mark.parametrize(
    ("versions", "ciphers", "accepted"),
    [
        (["TLSv1.2"], ["ECDHE-RSA-AES128-GCM-SHA256"], True),
        (["TLSv1.2"], ["ECDHE-RSA-CHACHA20-POLY1305"], True),
        (["TLSv1.0"], ["ECDHE-RSA-AES128-GCM-SHA256"], False),
        (["TLSv1.2", "TLSv1.3"], ["ECDHE-RSA-AES128-GCM-SHA256"], False),
        (["TLSv1.3"], ["TLS_AES_128_GCM_SHA256"], True),
        (["TLSv1.2"], ["NONSENSE"], False),
        (["SSLv3"], ["AES128-SHA"], False),
    ],
)
def test_security_policies(sdk: Sdk, versions: list[str], ciphers: list[str], accepted: bool) -> None:
    params = {"SecurityPolicyName": "p1", "TLSVersions": versions, "Ciphers": ciphers}
    if accepted:
        assert sdk("alb", "CreateSecurityPolicy", **params)["SecurityPolicyId"]
    else:
        assert sdk.refused("alb", "CreateSecurityPolicy", **params) == INVALID


def test_seeding_again_moves_an_instance(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.seed(**ACCOUNT)
    sandbox.seed(ecs=[{**ACCOUNT["ecs"][0], "address": "127.0.0.9"}])
    group = sdk.group()
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[ECS])
    servers = sdk("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
    assert servers[0]["ServerIp"] == "127.0.0.9"


def test_the_command_line(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {**os.environ, "http_proxy": "http://127.0.0.1:1"}  # not asked for an address of this machine

    def run(*words: str) -> t.Any:
        command = [sys.executable, "-m", "alicloud_sandbox.cli", words[0], "--endpoint", sandbox.endpoint, *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"domains": ["example.edu"]}))
    assert run("seed", str(seed)) == {"ok": True}
    assert run("health")["status"] == "ok"
    assert run("delays", "listener=2")["listener"] == 2
    assert run("fault", "slow", "action=ListListeners", "seconds=0.1")["seconds"] == 0.1
    assert run("fault", "clear") == {"ok": True}
    assert Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 2
    assert [item["action"] for item in run("requests")] == ["DescribeDomains"]
    assert run("requests", "--writes") == []
    assert "delays are set for" in run("delays", "nonsense=1")
    assert run("delays", "listener") == "alicloud-sandbox: listener has no value. Write listener=VALUE.\n"
    assert run("fault", "slow", "seconds=x") == "alicloud-sandbox: seconds has to be a number: x\n"
    seed.write_text("{")
    assert run("seed", str(seed)).startswith(f"alicloud-sandbox: {seed} is not JSON: ")
    assert run("reset") == {"ok": True}
    wait_until(lambda: Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 0, "reset")


def test_long_chains_fit_into_the_query(sdk: Sdk, server_pair: Pair) -> None:
    """A chain of certificates with RSA keys is some 30 kB when it is quoted."""
    link = make_pair("x" * 50 + ".example.com", ca=True).pem
    chain = server_pair.pem + link * 30
    assert len(chain) > 20_000
    # It is refused as a chain, so it was read: a request that is too long gets no answer in JSON.
    assert sdk.refused("cas", "UploadUserCertificate", Name="c", Cert=chain, Key=server_pair.key_pem) == INVALID


@pytest.mark.parametrize(
    "values",
    [{"colours": []}, {"vpcs": [{}]}, {"domains": ["a" * 70 + ".example"]}, {"ecs": [{"instance_id": "i-9"}]}],
)
def test_seeds_that_make_no_sense_change_nothing(sandbox: Sandbox, values: dict[str, t.Any]) -> None:
    with pytest.raises(RuntimeError):
        sandbox.seed(**{"domains": ["example.net"]} | values)
    assert Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 1
