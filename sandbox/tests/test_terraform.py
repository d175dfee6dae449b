# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources and values of Terraform's provider, sent with the signature and the encoding of its client."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, BALANCER, GROUP, Pair, Sdk, flat, make_pair, wait_until
from sandbox.tests.test_forwarding import action, condition
from sandbox.tests.test_rpc_signature import Signed
from sandbox.tests.world import curl

Object = dict[str, t.Any]
VPC, GROUPS, OLD_CAS = "2016-04-28", "2020-03-31", "2018-08-13"
INVALID = (400, "InvalidParameter")
# Operation, version, parameters, list in the answer, ids that are found.
FOUND: list[tuple[str, str, dict[str, str], tuple[str, str, str], list[str]]] = [
    ("DescribeVpcs", VPC, {}, ("Vpcs", "Vpc", "VpcId"), ["vpc-1", "vpc-2"]),
    ("DescribeVpcs", VPC, {"VpcId": "vpc-2,vpc-3"}, ("Vpcs", "Vpc", "VpcId"), ["vpc-2"]),
    ("DescribeVpcs", VPC, {"VpcName": "vpc-1", "ResourceGroupId": ""}, ("Vpcs", "Vpc", "VpcId"), ["vpc-1"]),
    ("DescribeVpcs", VPC, {"IsDefault": "true"}, ("Vpcs", "Vpc", "VpcId"), []),
    ("DescribeVpcs", VPC, {"PageSize": "1", "PageNumber": "2"}, ("Vpcs", "Vpc", "VpcId"), ["vpc-2"]),
    ("DescribeVSwitches", VPC, {"VpcId": "vpc-1"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-h", "vsw-i"]),
    ("DescribeVSwitches", VPC, {"ZoneId": "cn-hangzhou-i"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-i"]),
    ("DescribeVSwitches", VPC, {"VSwitchId": "vsw-2"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-2"]),
    (
        "DescribeRouteTableList",
        VPC,
        {"VpcId": "vpc-2"},
        ("RouterTableList", "RouterTableListType", "RouteTableId"),
        ["vtb-2"],
    ),
    ("ListResourceGroups", GROUPS, {}, ("ResourceGroups", "ResourceGroup", "Id"), ["rg-sandbox"]),
    ("ListResourceGroups", GROUPS, {"ResourceGroupId": "rg-x"}, ("ResourceGroups", "ResourceGroup", "Id"), []),
]


@pytest.mark.parametrize(("action", "version", "params", "place", "expected"), FOUND)
def test_data_sources(
    sandbox: Sandbox, action: str, version: str, params: dict[str, str], place: t.Any, expected: list[str]
) -> None:
    outer, inner, field = place
    status, body = Signed(action, version, form=params, common={"RegionId": "cn-hangzhou"}).send(sandbox)
    assert status == 200, body
    assert [item[field] for item in json.loads(body)[outer][inner]] == expected


def asked(sandbox: Sandbox, action: str, version: str = "2020-06-16", **params: t.Any) -> t.Any:
    """The answer to a request whose parameters are given as structures."""
    form = {name: "" if value == "None" else value for name, value in flat(params).items()}
    status, body = Signed(action, version, form=form, common={"RegionId": "cn-hangzhou"}).send(sandbox)
    return json.loads(body) if status == 200 else (status, json.loads(body)["Code"])


def test_what_the_provider_reads_of_a_network(sandbox: Sandbox) -> None:
    """It stops without the lists of a VPC and the route table of a vSwitch."""
    (vpc,) = asked(sandbox, "DescribeVpcs", VPC, VpcId="vpc-1")["Vpcs"]["Vpc"]
    assert (vpc["SecondaryCidrBlocks"], vpc["UserCidrs"]) == ({"SecondaryCidrBlock": []}, {"UserCidr": []})
    (vswitch,) = asked(sandbox, "DescribeVSwitches", VPC, VSwitchId="vsw-i")["VSwitches"]["VSwitch"]
    (table,) = asked(sandbox, "DescribeRouteTableList", VPC, VpcId="vpc-1")["RouterTableList"]["RouterTableListType"]
    assert (table["RouteTableType"], table["RouterId"]) == ("System", vpc["VRouterId"])
    assert vswitch["RouteTable"]["RouteTableId"] == table["RouteTableId"]
    alone = asked(sandbox, "DescribeVpcAttribute", VPC, VpcId="vpc-1")
    assert {name: alone[name] for name in vpc} == vpc
    alone = asked(sandbox, "DescribeVSwitchAttributes", VPC, VSwitchId="vsw-i")
    assert (alone["CidrBlock"], alone["VpcId"]) == (vswitch["CidrBlock"], "vpc-1")
    assert asked(sandbox, "DescribeVpcAttribute", VPC, VpcId="vpc-x") == (404, "InvalidVpcID.NotFound")
    assert asked(sandbox, "DescribeVSwitchAttributes", VPC, VSwitchId="vsw-x") == (404, "InvalidVswitchID.NotFound")


def test_a_resource_group(sandbox: Sandbox) -> None:
    group = asked(sandbox, "GetResourceGroup", GROUPS, ResourceGroupId="rg-sandbox")["ResourceGroup"]
    assert group["RegionStatuses"]["RegionStatus"] == [{"RegionId": "cn-hangzhou", "Status": "OK"}]
    refused = asked(sandbox, "GetResourceGroup", GROUPS, ResourceGroupId="rg-x")
    assert refused == (404, "EntityNotExists.ResourceGroup")


def test_a_certificate_is_renamed(sdk: Sdk) -> None:
    """And gets other tags or another resource group; what is not given stays. ALB knows it by the same id."""
    pairs = make_pair("one.example.com"), make_pair("two.example.com")
    one, two = (int(sdk.certificate(pair, name).partition("-")[0]) for pair, name in zip(pairs, "ab", strict=True))
    before = sdk("cas", "GetUserCertificateDetail", CertId=one)
    for changes, field, expected in (
        ({"Name": "renamed"}, "Name", "renamed"),
        ({"Name": "renamed"}, "Name", "renamed"),
        ({"Tags": [{"Key": "team", "Value": "shop"}]}, "Tags", [{"TagKey": "team", "TagValue": "shop"}]),
        ({"ResourceGroupId": "rg-shop"}, "ResourceGroupId", "rg-shop"),
        ({"Tags": [{"Key": "a"}]}, "Tags", [{"TagKey": "a", "TagValue": ""}]),
        ({"Tags": [{"Key": "", "Value": ""}]}, "Tags", []),
    ):
        assert set(asked(sdk.sandbox, "CreateCertificateName", OLD_CAS, CertificateId=one, **changes)) == {"RequestId"}
        found = sdk("cas", "GetUserCertificateDetail", CertId=one)
        assert found[field] == expected, changes
    names = ("Name", "Tags", "ResourceGroupId", "RequestId")
    assert {name: found[name] for name in found if name not in names} == {
        name: before[name] for name in before if name not in names
    }
    assert found["Name"] == "renamed"
    assert found["ResourceGroupId"] == "rg-shop"
    for number, changes, refusal in (
        (two, {"Name": "renamed"}, (400, "NameRepeat")),
        (two, {"Name": "a" * 64}, INVALID),
        (two + 1, {"Name": "other"}, (404, "NotFound")),
    ):
        assert asked(sdk.sandbox, "CreateCertificateName", OLD_CAS, CertificateId=number, **changes) == refusal
    assert sdk("cas", "GetUserCertificateDetail", CertId=two)["Name"] == "b"


def test_an_old_name_is_free(sdk: Sdk) -> None:
    pair = make_pair("one.example.com")
    number = int(sdk.certificate(pair, "a").partition("-")[0])
    asked(sdk.sandbox, "CreateCertificateName", OLD_CAS, CertificateId=number, Name="b")
    sdk.certificate(pair, "a")
    assert sdk.refused("cas", "UploadUserCertificate", Name="b", Cert=pair.pem, Key=pair.key_pem) == (400, "NameRepeat")


# Rules of the acceptance tests of Terraform's provider (resource_alicloud_alb_rule_test.go), each with the order of
# its conditions and actions as they have it; and what is refused all the same.
REDIRECT = {
    "Host": "ww.ali.com",
    "HttpCode": "301",
    "Path": "/test",
    "Port": "10",
    "Protocol": "HTTP",
    "Query": "query",
}
LIMIT = action("TrafficLimit", 1, QPS=120, PerIpQps=120)
TO_GROUP = action("ForwardGroup", 9, ServerGroupTuples=[{"ServerGroupId": "GROUP"}])
TO_GROUP_WITHOUT_WEIGHT = action("ForwardGroup", 9, ServerGroupTuples=[{"ServerGroupId": "GROUP", "Weight": 0}])
CORS = action(
    "Cors",
    AllowOrigin=["http://test1.com", "http://test2.com", "http://test3.com"],
    AllowMethods=["GET", "POST", "PUT"],
    AllowHeaders=["tf_test", "tf_test2", "tf_test3"],
    ExposeHeaders=["tf_test", "tf_test2", "tf_test3"],
    AllowCredentials="on",
    MaxAge=10,
)
SYSTEM = action("InsertHeader", 3, Key="tf-insert-header", Value="SLBId", ValueType="SystemDefined")
RULES: dict[str, tuple[list[Object], t.Any]] = {
    "two that answer": ([action("Redirect", 2, **REDIRECT), LIMIT, TO_GROUP], None),
    "equal limits": ([LIMIT, TO_GROUP], None),
    "redirect": ([action("Redirect", 4, **REDIRECT)], None),
    "unset parts of a redirect": (
        [action("Redirect", 4, **REDIRECT | {"Path": None, "Host": None, "Query": None})],
        None,
    ),
    "unset limit": ([action("TrafficLimit", 1, QPS=120, PerIpQps=0), TO_GROUP], None),
    "fixed": ([action("FixedResponse", 2, Content="tf-testAcc", ContentType="application/json", HttpCode="200")], None),
    "inserted": ([SYSTEM, TO_GROUP_WITHOUT_WEIGHT], None),
    "removed": ([action("RemoveHeader", 3, Key="tf-remove-header"), TO_GROUP], None),
    "rewritten": ([action("Rewrite", 5, Host="www.test.com", Path="/test", Query="test"), TO_GROUP], None),
    "cors": ([CORS, TO_GROUP], None),
    "a larger limit for one address": ([action("TrafficLimit", 1, QPS=120, PerIpQps=121), TO_GROUP], INVALID),
    "nothing that answers": ([LIMIT], INVALID),
    "an action behind the last answer": ([action("Redirect", 2, **REDIRECT), SYSTEM], INVALID),
    "one order": ([action("Redirect", 9, **REDIRECT), TO_GROUP], INVALID),
}


def test_rules_of_the_acceptance_tests(sdk: Sdk) -> None:
    """All in one test: the load balancer takes longer than the requests."""
    group = sdk.group()
    listener = sdk.listener(sdk.balancer(), group)["ListenerId"]
    conditions = [{"Type": "Cookie", "CookieConfig": {"Values": [{"Key": "created", "Value": "tf"}]}}]
    for priority, (case, (actions, refusal)) in enumerate(RULES.items(), 1):
        text = json.dumps({"RuleConditions": conditions, "RuleActions": actions}).replace("GROUP", group)
        params = {"ListenerId": listener, "RuleName": "tf", "Priority": priority, **json.loads(text)}
        answer = asked(sdk.sandbox, "CreateRule", **params)
        assert (None if "RuleId" in answer else answer) == refusal, case


def test_the_first_answer_counts() -> None:
    """Of a redirect and a server group in one rule, clients see the redirect, and what comes before it."""
    port = free_port("127.77.1.1")
    with Sandbox(data_plane="nginx") as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        group, balancer = sdk.group(), sdk.balancer()
        listener = sdk.listener(balancer, group, ListenerPort=port)["ListenerId"]
        group_action = json.loads(json.dumps(TO_GROUP).replace("GROUP", group))
        fixed = action("FixedResponse", 3, Content="fixed", HttpCode="200")
        rule = {"ListenerId": listener, "RuleName": "tf", "RuleConditions": [condition("Path", "/*")]}
        insert = action("InsertHeader", 1, Key="x-a", Value="1", ValueType="UserDefined")
        actions = [insert, action("Redirect", 2, **REDIRECT), fixed, group_action]
        sdk.write("CreateRule", **rule, Priority=1, RuleActions=actions)
        zones = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
        url = f"http://{zones[0]['LoadBalancerAddresses'][0]['Address']}:{port}/"
        status, location = curl(url, "--output", "/dev/null", "--write-out", "%{redirect_url}\n%{http_code}")
        assert (status, location) == (301, "http://ww.ali.com:10/test?query")
        rules = sdk("alb", "ListRules", ListenerIds=[listener])["Rules"]
        assert [item["Type"] for item in rules[0]["RuleActions"]] == [item["Type"] for item in actions]


# Values of other acceptance tests, and of the encoding of unset ones.
OF_GROUPS: dict[str, Object] = {
    "hash": {"Scheduler": "Uch", "UchConfig": {"Type": "QueryString", "Value": "abc"}},
    "slow start that is unset": {"SlowStartConfig": {"SlowStartEnabled": False, "SlowStartDuration": 0}},
    "slow start": {"SlowStartConfig": {"SlowStartEnabled": True, "SlowStartDuration": 40}},
    "drain": {"ConnectionDrainConfig": {"ConnectionDrainEnabled": True, "ConnectionDrainTimeout": 0}},
    "sticky": {
        "StickySessionConfig": {"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "tf-testAcc"}
    },
    "checked": {
        "HealthCheckConfig": {
            "HealthCheckConnectPort": 46325,
            "HealthCheckEnabled": True,
            "HealthCheckHost": "tf-testAcc.com",
            "HealthCheckCodes": ["http_2xx", "http_3xx", "http_4xx"],
            "HealthCheckHttpVersion": "HTTP1.1",
            "HealthCheckInterval": 2,
            "HealthCheckMethod": "HEAD",
            "HealthCheckPath": "/tf-testAcc",
            "HealthCheckProtocol": "HTTP",
            "HealthCheckTimeout": 5,
            "HealthyThreshold": 3,
            "UnhealthyThreshold": 3,
        }
    },
    "check that is unset": {"HealthCheckConfig": {"HealthCheckEnabled": True, "HealthCheckPath": None}},
}


@pytest.mark.parametrize("case", OF_GROUPS)
def test_server_groups_of_the_acceptance_tests(sandbox: Sandbox, case: str) -> None:
    answer = asked(sandbox, "CreateServerGroup", **GROUP | OF_GROUPS[case])
    assert "ServerGroupId" in answer, answer
    assert asked(sandbox, "ListServerGroups")["TotalCount"] == 1


def test_a_change_of_zones() -> None:
    """The provider names elastic addresses, which the operation has no parameter for; the cloud ignores them."""
    zones = [{**zone, "AllocationId": f"eip-{number}"} for number, zone in enumerate(BALANCER["ZoneMappings"])]
    with Sandbox(strict=False) as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer = sdk.balancer()
        changed = [{**zone, "IntranetAddress": None, "EipType": None} for zone in zones[::-1]]
        asked(sandbox, "UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=changed)
        ignored = sandbox.requests()[-1]["ignored"]
        assert ignored == ["ZoneMappings.1.AllocationId", "ZoneMappings.2.AllocationId"]
        wait_until(lambda: sdk.status(balancer) == "Active", "load balancer")
        found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
        assert [zone["ZoneId"] for zone in found] == [zone["ZoneId"] for zone in changed]
        assert not any("AllocationId" in zone["LoadBalancerAddresses"][0] for zone in found)


def test_mutual_authentication_alone(sdk: Sdk, server_pair: Pair, ca_pair: Pair) -> None:
    """Switched on again without the CA, it is refused, as the text of the SDK has it: the CA has to come along."""
    tls = {"ListenerProtocol": "HTTPS", "Certificates": [{"CertificateId": sdk.certificate(server_pair)}]}
    ca = [{"CertificateId": sdk.ca(ca_pair)}]
    listener = sdk.listener(sdk.balancer(), sdk.group(), **tls, CaEnabled=True, CaCertificates=ca)["ListenerId"]
    sdk.write("UpdateListenerAttribute", ListenerId=listener, CaEnabled=False)
    alone = {"ListenerId": listener, "CaEnabled": True}
    assert asked(sdk.sandbox, "UpdateListenerAttribute", **alone) == INVALID
    assert "JobId" in asked(sdk.sandbox, "UpdateListenerAttribute", **alone, CaCertificates=ca)


def test_the_job_of_an_access_log(sdk: Sdk) -> None:
    place = {"LogProject": "logs", "LogStore": "shop"}
    sdk.write("EnableLoadBalancerAccessLog", LoadBalancerId=sdk.balancer(), **place)


def test_what_to_set_is_printed(sandbox: Sandbox) -> None:
    """On standard error, with the address of every product."""
    for name in ("alb", "cas", "alidns", "ecs", "vpc", "sts", "resourcemanager"):
        assert re.search(rf'{name} += "{re.escape(sandbox.endpoint)}"', sandbox.log)
    assert f'Config(endpoint="{sandbox.endpoint}", protocol="HTTP"' in sandbox.log


def test_following_the_request_log(sandbox: Sandbox) -> None:
    """One line for each request, also of those that come later."""
    Signed("ListServerGroups", secret="other").send(sandbox)
    command = [sys.executable, "-m", "alicloud_sandbox.cli", "requests", "--follow", "--endpoint", sandbox.endpoint]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "Alb ListServerGroups  400 SignatureDoesNotMatch" in process.stdout.readline()
        Signed("DescribeVpcs", VPC).send(sandbox)
        assert "Vpc DescribeVpcs  200" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
