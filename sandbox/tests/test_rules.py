# SPDX-License-Identifier: GPL-3.0-or-later
"""What the products refuse, case by case."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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
def test_load_balancers_that_are_refused(sdk: Sdk, changes: dict[str, Any], refusal: tuple[int, str]) -> None:
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
def test_servers_that_are_refused(sdk: Sdk, operation: str, server: dict[str, Any], refusal: tuple[int, str]) -> None:
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
    """Ids of one of everything a listener can have."""
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


MUTUAL: dict[str, Any] = {"CaEnabled": True, "CaCertificates": ["ca"]}
# Changes to a good HTTPS listener with mutual authentication; ids are names of the scene.
LISTENERS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
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


def _listener(scene: dict[str, str], **changes: Any) -> dict[str, Any]:
    def known(value: Any) -> Any:
        return scene.get(value, value) if isinstance(value, str) else value

    params = {"ListenerProtocol": "HTTPS", "ListenerPort": 443, "SecurityPolicyId": "tls_cipher_policy_1_2"}
    params |= {"Certificates": ["server"], **MUTUAL, **changes}
    for name in ("Certificates", "CaCertificates"):
        if params.get(name):
            params[name] = [{"CertificateId": known(each)} for each in params[name]]
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
        return found["CaEnabled"], [each["CertificateId"] for each in found["CaCertificates"]]

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


def test_uploads_that_are_refused(sdk: Sdk, server_pair: Pair, ca_pair: Pair) -> None:
    def upload(cert: str, key: str, name: str = "c") -> tuple[int, str]:
        return sdk.refused("cas", "UploadUserCertificate", Name=name, Cert=cert, Key=key)

    assert upload(server_pair.pem, ca_pair.key_pem) == INVALID
    assert upload("nonsense", server_pair.key_pem) == INVALID
    assert upload(server_pair.pem, "nonsense") == INVALID
    assert upload(server_pair.pem + ca_pair.pem, server_pair.key_pem) == INVALID
    assert sdk.refused("cas", "UploadUserCertificate", Name="c", Cert=server_pair.pem) == (400, "MissingKey")
    sdk.certificate(server_pair, "taken")
    assert upload(server_pair.pem, server_pair.key_pem, "taken") == (400, "NameRepeat")
    sdk.ca(ca_pair)
    number = sdk("cas", "ListCertWarehouse")["CertWarehouseList"][0]["WhId"]
    assert sdk.refused("cas", "UploadPCACert", WarehouseId=number, Cert=server_pair.pem) == INVALID
    assert sdk.refused("cas", "UploadPCACert", WarehouseId=number + 1, Cert=ca_pair.pem) == (404, "NotFound")
    wrong = {"WarehouseId": number, "Cert": ca_pair.pem, "PrivateKey": server_pair.key_pem}
    assert sdk.refused("cas", "UploadPCACert", **wrong) == INVALID
    # By its own id, and not by that of the sales instance.
    sales = sdk("cas", "ListCertWarehouse")["CertWarehouseList"][0]["InstanceId"]
    assert sdk.refused("cas", "DeleteWarehouse", WarehouseInstanceId=sales) == (404, "NotFound")
    instance = sdk("cas", "ListWarehouse")["Data"][0]["WarehouseInstanceId"]
    refusal = sdk.refused("cas", "DeleteWarehouse", WarehouseInstanceId=instance)
    assert refusal == (400, "ResourceInUse.Warehouse")


def test_repositories_by_their_types(sdk: Sdk, ca_pair: Pair) -> None:
    """Each operation has types of its own (pages of CreateWarehouse and of ListCertWarehouse)."""
    for kind in ("uploadCA", "aliyunPCA", "pcaCaCert", "anything"):
        assert sdk.refused("cas", "CreateWarehouse", Name="c", Type=kind) == INVALID
    assert sdk.refused("cas", "ListCertWarehouse", Type="uploadedAuthorityCertificate") == INVALID
    for kind in ("uploadedAuthorityCertificate", "uploadedCertificate", "pcaCertificate", "personal", "ssl"):
        sdk("cas", "CreateWarehouse", Name=kind, Type=kind)
    found = {each["Name"]: each for each in sdk("cas", "ListCertWarehouse")["CertWarehouseList"]}
    assert found["uploadedAuthorityCertificate"]["Type"] == "uploadCA"
    for name, each in found.items():
        upload = {"WarehouseId": each["WhId"], "Cert": ca_pair.pem}
        if name != "uploadedAuthorityCertificate":
            assert sdk.refused("cas", "UploadPCACert", **upload) == INVALID
    sdk("cas", "UploadPCACert", WarehouseId=found["uploadedAuthorityCertificate"]["WhId"], Cert=ca_pair.pem)


def test_fingerprints_are_those_of_openssl(sdk: Sdk, server_pair: Pair) -> None:
    number = int(sdk.certificate(server_pair).partition("-")[0])
    found = sdk("cas", "GetUserCertificateDetail", CertId=number)
    for field, option in (("Fingerprint", "-sha1"), ("Sha2", "-sha256")):
        command = ["openssl", "x509", "-noout", "-fingerprint", option]
        shown = subprocess.run(command, input=server_pair.pem, capture_output=True, text=True, check=True).stdout
        assert shown.strip().partition("=")[2].replace(":", "") == found[field]
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-serial"], input=server_pair.pem, capture_output=True, text=True, check=True
    ).stdout
    assert int(shown.partition("=")[2], 16) == int(found["SerialNo"], 16)


def test_expired_uploads_are_not_listed_without_a_status(sdk: Sdk, server_pair: Pair) -> None:
    sdk.certificate(make_pair("old.example.com", days=1, start=-10), "old")
    sdk.certificate(server_pair, "new")

    def names(**filters: str) -> list[str]:
        found = sdk("cas", "ListUserCertificateOrder", **filters)["CertificateOrderList"]
        return [each["Name"] for each in found]

    assert names(OrderType="UPLOAD") == ["new"]
    assert names(OrderType="CERT", Status="EXPIRED") == ["old"]
    assert names() == []
    assert names(OrderType="UPLOAD", Keyword="www.example") == ["new"]
    assert names(OrderType="UPLOAD", Keyword="elsewhere") == []
    (order,) = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD", Keyword="www.example")["CertificateOrderList"]
    assert names(OrderType="UPLOAD", Keyword=order["InstanceId"][4:]) == ["new"], "a part of the resource id"


RECORD = {"DomainName": "example.com", "RR": "www", "Type": "CNAME", "Value": "alb.example.net"}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, (400, "DomainRecordDuplicate")),
        ({"Type": "A", "Value": "192.0.2.1"}, (400, "DomainRecordConflict")),
        ({"Type": "REDIRECT_URL", "Value": "http://example.net"}, (400, "DomainRecordConflict")),
        ({"RR": "WWW", "Type": "TXT", "Value": "x"}, (400, "DomainRecordConflict")),
        ({"DomainName": "example.org"}, (400, "InvalidDomainName.NoExist")),
        ({"RR": "api", "Type": "A", "Value": "not an address"}, INVALID),
        ({"RR": "api", "Type": "AAAA", "Value": "192.0.2.1"}, INVALID),
        ({"RR": "api", "Type": "MX", "Value": "mail.example.com"}, INVALID),
        ({"RR": "a..b"}, INVALID),
        ({"RR": "api", "TTL": 0}, INVALID),
        ({"RR": "api", "Type": "HINFO"}, INVALID),
        ({"RR": "api", "Value": None}, (400, "MissingValue")),
    ],
)
def test_records_that_are_refused(sdk: Sdk, changes: dict[str, Any], refusal: tuple[int, str]) -> None:
    sdk("dns", "AddDomainRecord", **RECORD)
    params = {name: value for name, value in (RECORD | changes).items() if value is not None}
    assert sdk.refused("dns", "AddDomainRecord", **params) == refusal


def test_records_of_types_that_go_together(sdk: Sdk) -> None:
    """The published matrix of conflicts: CNAME may repeat, and at the apex it may stand beside MX, NS and TXT."""
    sdk("dns", "AddDomainRecord", **RECORD)
    sdk("dns", "AddDomainRecord", **RECORD | {"Value": "other.example.net"})
    apex = RECORD | {"RR": "@"}
    sdk("dns", "AddDomainRecord", **apex)
    for kind, value in (("TXT", "x"), ("NS", "ns.example.net"), ("MX", "mail.example.net")):
        sdk("dns", "AddDomainRecord", **apex | {"Type": kind, "Value": value, "Priority": 10})
    address = apex | {"Type": "AAAA", "Value": "2001:db8::1"}
    assert sdk.refused("dns", "AddDomainRecord", **address) == (400, "DomainRecordConflict")


def test_the_least_ttl_of_a_domain(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.seed(domains=[{"name": "example.net", "min_ttl": 600}])
    record = RECORD | {"DomainName": "example.net"}
    assert sdk.refused("dns", "AddDomainRecord", **record, TTL=60) == (400, "QuotaExceeded.TTL")
    identity = sdk("dns", "AddDomainRecord", **record, TTL=600)["RecordId"]
    update = {name: value for name, value in record.items() if name != "DomainName"}
    assert sdk.refused("dns", "UpdateDomainRecord", RecordId=identity, **update, TTL=1) == (400, "QuotaExceeded.TTL")


def test_a_locked_record_stays_as_it_is(sandbox: Sandbox, sdk: Sdk) -> None:
    record = sdk("dns", "AddDomainRecord", **RECORD)["RecordId"]
    sandbox.seed(locked_records=[record])
    assert sdk("dns", "DescribeDomainRecordInfo", RecordId=record)["Locked"] is True
    changed = {name: value for name, value in RECORD.items() if name != "DomainName"} | {"Value": "b.example.net"}
    for operation, more in (
        ("DeleteDomainRecord", {}),
        ("UpdateDomainRecord", changed),
        ("SetDomainRecordStatus", {"Status": "Disable"}),
    ):
        assert sdk.refused("dns", operation, RecordId=record, **more) == (400, "DomainRecordLocked")
    with pytest.raises(RuntimeError):
        sandbox.seed(locked_records=["1"])


def test_records_side_by_side(sdk: Sdk) -> None:
    first = sdk("dns", "AddDomainRecord", **RECORD)["RecordId"]
    sdk("dns", "AddDomainRecord", **RECORD | {"Line": "telecom"})
    sdk("dns", "SetDomainRecordStatus", RecordId=first, Status="Disable")
    address = {**RECORD, "Type": "A", "Value": "192.0.2.1"}
    second = sdk("dns", "AddDomainRecord", **address)["RecordId"]
    enable = {"RecordId": first, "Status": "Enable"}
    assert sdk.refused("dns", "SetDomainRecordStatus", **enable) == (400, "DomainRecordConflict")
    same = {name: value for name, value in address.items() if name != "DomainName"}
    assert sdk.refused("dns", "UpdateDomainRecord", RecordId=second, **same) == (400, "DomainRecordDuplicate")
    assert sdk.refused("dns", "DeleteDomainRecord", RecordId="1") == (400, "DomainRecordNotBelongToUser")


def test_searching_records(sdk: Sdk) -> None:
    for name in ("www", "www2", "api"):
        sdk("dns", "AddDomainRecord", DomainName="example.com", RR=name, Type="A", Value="192.0.2.1")

    def names(**filters: Any) -> set[str]:
        found = sdk("dns", "DescribeDomainRecords", DomainName="example.com", **filters)
        return {each["RR"] for each in found["DomainRecords"]["Record"]}

    assert names(RRKeyWord="ww") == {"www", "www2"}
    assert names(RRKeyWord="www", SearchMode="COMBINATION") == {"www"}
    assert names(RRKeyWord="www", TypeKeyWord="TXT") == set()
    assert names(ValueKeyWord="192.0") == {"www", "www2", "api"}
    found = sdk("dns", "DescribeSubDomainRecords", SubDomain="www.example.com")["DomainRecords"]["Record"]
    assert [each["RR"] for each in found] == ["www"]
    assert sdk.refused("dns", "DescribeSubDomainRecords", SubDomain="www.example.org")[1] == "InvalidDomainName.NoExist"


def test_names_are_resolved_to_the_load_balancer() -> None:
    """dig finds the way from the record to the address of the load balancer, wildcards and deletions included."""
    with Sandbox(dns=True) as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=sdk.balancer())
        address = balancer["ZoneMappings"][0]["LoadBalancerAddresses"][0]["Address"]
        record = sdk("dns", "AddDomainRecord", **RECORD | {"Value": balancer["DNSName"], "TTL": 77})["RecordId"]
        sdk("dns", "AddDomainRecord", **RECORD | {"RR": "*", "Type": "A", "Value": "192.0.2.9"})

        def dig(name: str, kind: str = "A") -> list[str]:
            assert sandbox.dns
            host, port = sandbox.dns.split(":")
            command = ["dig", f"@{host}", "-p", port, "+short", "+time=2", name, kind]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

        assert dig("WWW.example.com") == [f"{balancer['DNSName']}.", address]
        assert dig("other.example.com") == ["192.0.2.9"]
        sdk("dns", "DeleteDomainRecord", RecordId=record)
        assert dig("www.example.com") == ["192.0.2.9"]
        sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer["LoadBalancerId"])
        assert dig(balancer["DNSName"]) == []


def test_seeding_again_moves_an_instance(sandbox: Sandbox, sdk: Sdk) -> None:
    sandbox.seed(**ACCOUNT)
    sandbox.seed(ecs=[{**ACCOUNT["ecs"][0], "address": "127.0.0.9"}])
    group = sdk.group()
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[ECS])
    servers = sdk("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
    assert servers[0]["ServerIp"] == "127.0.0.9"


def test_the_command_line(sandbox: Sandbox, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        command = [sys.executable, "-m", "alicloud_sandbox.cli", words[0], "--endpoint", sandbox.endpoint, *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"domains": ["example.edu"]}))
    assert run("seed", str(seed)) == {"ok": True}
    assert run("health")["status"] == "ok"
    assert run("delays", "listener=2")["listener"] == 2
    assert run("fault", "slow", "action=ListListeners", "seconds=0.1")["seconds"] == 0.1
    assert run("fault", "clear") == {"ok": True}
    assert Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 2
    assert [each["action"] for each in run("requests")] == ["DescribeDomains"]
    assert run("requests", "--writes") == []
    assert "delays are set for" in run("delays", "nonsense=1")
    assert run("reset") == {"ok": True}
    wait_until(lambda: Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 0, "reset")


def test_long_chains_fit_into_the_query(sdk: Sdk, server_pair: Pair) -> None:
    """A chain of certificates with RSA keys is some 30 kB when it is quoted."""
    link = make_pair("x" * 50 + ".example.com", ca=True).pem
    chain = server_pair.pem + link * 30
    assert len(chain) > 20_000
    # Not a chain, but it has been read: a request that is too long would not get an answer in JSON.
    assert sdk.refused("cas", "UploadUserCertificate", Name="c", Cert=chain, Key=server_pair.key_pem) == INVALID


@pytest.mark.parametrize(
    "values",
    [{"colours": []}, {"vpcs": [{}]}, {"domains": ["a" * 70 + ".example"]}, {"ecs": [{"instance_id": "i-9"}]}],
)
def test_seeds_that_make_no_sense_change_nothing(sandbox: Sandbox, values: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError):
        sandbox.seed(**{"domains": ["example.net"]} | values)
    assert Sdk(sandbox)("dns", "DescribeDomains")["TotalCount"] == 1
