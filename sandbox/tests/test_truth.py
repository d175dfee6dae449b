# SPDX-License-Identifier: GPL-3.0-or-later
"""What ALB is documented to refuse, to take and to have as a default, where the sandbox was more lenient once."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.tests.support import BALANCER, GROUP, Sdk, listener_params
from sandbox.tests.test_forwarding import FIXED, action, condition, insert, params

Object = dict[str, t.Any]
INVALID = (400, "InvalidParameter")
CONTROL = ["\r\nX-Forged: 1", "\n", "\r", "\0", "\x1b[0m", "\x7f", "\t", "\x85", "\u2028"]


def checked(**details: t.Any) -> Object:
    return {"HealthCheckConfig": {"HealthCheckEnabled": True, **details}}


def cookie(name: str) -> Object:
    sticky = {"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": name}
    return {"StickySessionConfig": sticky}


# Every text of a group or rule, with the place of the text.
GROUP_TEXTS: dict[str, t.Any] = {
    "name": lambda text: {"ServerGroupName": f"sh{text}op"},
    "path": lambda text: checked(HealthCheckPath=f"/a{text}b"),
    "host": lambda text: checked(HealthCheckHost=f"www.exam{text}ple.com"),
    "cookie": lambda text: cookie(f"a{text}b"),
    "query parameter": lambda text: {"Scheduler": "Sch", "UchConfig": {"Type": "QueryString", "Value": f"a{text}b"}},
    "service": lambda text: {"ServiceName": f"a{text}b"},
    "tag": lambda text: {"Tag": [{"Key": "a", "Value": f"a{text}b"}]},
}
RULE_TEXTS: dict[str, t.Any] = {
    "name": lambda text: {"RuleName": f"sh{text}op"},
    "host": lambda text: {"RuleConditions": [condition("Host", f"www.{text}.com")]},
    "path": lambda text: {"RuleConditions": [condition("Path", f"/a{text}b")]},
    "regular expression": lambda text: {"RuleConditions": [condition("Path", f"~/a{text}b")]},
    "header": lambda text: {"RuleConditions": [condition("Header", f"a{text}b", Key="x-a")]},
    "query": lambda text: {"RuleConditions": [condition("QueryString", {"Key": "a", "Value": f"a{text}b"})]},
    "cookie": lambda text: {"RuleConditions": [condition("Cookie", {"Key": f"a{text}b", "Value": "1"})]},
    **{
        f"redirect {part}": lambda text, part=part, value=value: {
            "RuleActions": [action("Redirect", 9, **{part: value.format(text)})]
        }
        for part, value in (("Host", "www.{}.com"), ("Path", "/a{}b"), ("Query", "a={}b"))
    },
    "inserted": lambda text: {"RuleActions": [insert(Value=f"a{text}b"), FIXED]},
    "origin": lambda text: {"RuleActions": [action("Cors", AllowOrigin=[f"https://a{text}b"]), FIXED]},
    "exposed": lambda text: {"RuleActions": [action("Cors", AllowOrigin=["*"], ExposeHeaders=[f"a{text}b"]), FIXED]},
}


@pytest.mark.parametrize("text", CONTROL, ids=repr)
def test_control_characters(sdk: Sdk, text: str) -> None:
    """Refused in every text: they would end a header or a line of a request."""
    for place, change in GROUP_TEXTS.items():
        assert sdk.refused("alb", "CreateServerGroup", **{**GROUP, **change(text)}) == INVALID, place
    for place, change in RULE_TEXTS.items():
        assert sdk.refused("alb", "CreateRule", **params("lsn-none", **change(text))) == INVALID, place


def test_texts_that_are_fine(sdk: Sdk) -> None:
    for place, change in GROUP_TEXTS.items():
        assert sdk.write("CreateServerGroup", **{**GROUP, **change("x")}), place
    lines = {"RuleActions": [action("FixedResponse", 9, HttpCode="200", Content="one\r\ntwo\n")]}
    listener = sdk.listener(sdk.balancer(), sdk.group())["ListenerId"]
    for number, change in enumerate([*(item("x") for item in RULE_TEXTS.values()), lines], 1):
        sdk.write("CreateRule", **{**params(listener, Priority=number), **change})


@pytest.mark.parametrize("name", ["-shop", "_shop", ".shop", " shop", "a/b", "a:b", "a@b", "x", "a\nb", "x" * 129])
def test_names_that_are_none(sdk: Sdk, name: str) -> None:
    """One set of characters for all of them (texts of the SDK 1.3.3)."""
    for operation, rest in (
        ("CreateLoadBalancer", {**BALANCER, "LoadBalancerName": name}),
        ("CreateServerGroup", {**GROUP, "ServerGroupName": name}),
        ("CreateAcl", {"AclName": name}),
        ("CreateRule", params("lsn-none", RuleName=name)),
        ("CreateSecurityPolicy", {"SecurityPolicyName": name, "TLSVersions": ["TLSv1.2"], "Ciphers": ["AES128-SHA"]}),
    ):
        assert sdk.refused("alb", operation, **rest) == INVALID, operation


@pytest.mark.parametrize("name", ["shop", "1 shop", "a.b_c-d e", "商店-1", "é1"])
def test_names(sdk: Sdk, name: str) -> None:
    assert sdk.group(ServerGroupName=name)


@pytest.mark.parametrize("text", ["acs:a", "ACS:a", "aliyun", "aliyun.com", "a http://b", "https://"])
def test_tags_that_belong_to_the_platform(sdk: Sdk, text: str) -> None:
    group = sdk.group(Tag=[{"Key": "xacs:", "Value": "not-aliyun"}])
    resource = {"ResourceType": "servergroup", "ResourceId": [group]}
    for tag in ({"Key": text, "Value": "1"}, {"Key": "a", "Value": text}):
        assert sdk.refused("alb", "CreateServerGroup", **{**GROUP, "Tag": [tag]}) == INVALID
        assert sdk.refused("alb", "TagResources", **resource, Tag=[tag]) == INVALID


def test_health_checks_switched_on_later(sdk: Sdk) -> None:
    """Settings that were not given get their defaults, which the topology needs."""
    group = sdk.group()
    sdk.listener(sdk.balancer(), group)
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, **checked())
    found = sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]["HealthCheckConfig"]
    made = sdk.group(**checked())
    assert found == sdk("alb", "ListServerGroups", ServerGroupIds=[made])["ServerGroups"][0]["HealthCheckConfig"]
    off = {"HealthCheckConfig": {"HealthCheckEnabled": False}}
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, **off)
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, **checked(HealthCheckPath="/up"))
    found = sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]["HealthCheckConfig"]
    assert (found["HealthCheckPath"], found["HealthyThreshold"], found["HealthCheckCodes"]) == ("/up", 3, ["http_2xx"])
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, **off)
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, **checked(HealthCheckProtocol="gRPC"))
    found = sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]["HealthCheckConfig"]
    assert (found["HealthCheckMethod"], found["HealthCheckCodes"]) == ("POST", ["0"])


@pytest.mark.parametrize(
    "config",
    [
        {"SlowStartConfig": {"SlowStartDuration": 60}},
        {"ConnectionDrainConfig": {"ConnectionDrainTimeout": 60}},
        {"StickySessionConfig": {"CookieTimeout": 60}},
    ],
)
def test_details_of_what_is_not_switched_on(sdk: Sdk, config: Object) -> None:
    group = sdk.group(**config)
    sdk.listener(sdk.balancer(LoadBalancerEdition="Basic"), group)
    sdk.write("UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wlc")


BEYOND_BASIC: list[Object] = [checked(HealthCheckProtocol="HTTPS"), {"CrossZoneEnabled": False}]


@pytest.mark.parametrize("options", BEYOND_BASIC)
def test_what_groups_of_a_basic_load_balancer_do_not_have(sdk: Sdk, options: Object) -> None:
    basic, standard = sdk.balancer(LoadBalancerEdition="Basic"), sdk.balancer()
    group = sdk.group(**options)
    assert sdk.refused("alb", "CreateListener", **listener_params(basic, group)) == INVALID
    sdk.listener(standard, group)
    used = sdk.group()
    sdk.listener(basic, used)
    assert sdk.refused("alb", "UpdateServerGroupAttribute", ServerGroupId=used, **options) == INVALID


def test_options_that_exclude_each_other(sdk: Sdk) -> None:
    sticky = {"StickySessionConfig": {"StickySessionEnabled": True, "CookieTimeout": 60}}
    refused: list[Object] = [
        {"CrossZoneEnabled": False, **sticky},
        {"CrossZoneEnabled": False, "ServerGroupType": "Fc"},
        {"Scheduler": "Uch"},
    ]
    for options in refused:
        assert sdk.refused("alb", "CreateServerGroup", **{**GROUP, **options}) == INVALID, options
    group = sdk.group(CrossZoneEnabled=False)
    assert sdk.refused("alb", "UpdateServerGroupAttribute", ServerGroupId=group, **sticky) == INVALID
    group = sdk.group(Scheduler="Uch", UchConfig={"Type": "QueryString", "Value": "user"})
    assert sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]["Scheduler"] == "Uch"


def test_security_groups(sdk: Sdk) -> None:
    balancer = sdk.balancer()
    join = {"LoadBalancerId": balancer, "SecurityGroupIds": [f"sg-{n}" for n in range(4)]}
    sdk.write("LoadBalancerJoinSecurityGroup", **join)
    refused = sdk.refused("alb", "LoadBalancerJoinSecurityGroup", LoadBalancerId=balancer, SecurityGroupIds=["sg-4"])
    assert refused == (400, "ResourceQuotaExceeded.SecurityGroupNum")


def test_zones(sdk: Sdk) -> None:
    """Two zones are needed if the VPC has vSwitches in two."""
    one = BALANCER["ZoneMappings"][:1]
    assert sdk.refused("alb", "CreateLoadBalancer", **{**BALANCER, "ZoneMappings": one}) == INVALID
    balancer = sdk.balancer()
    refused = sdk.refused("alb", "UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=one)
    assert refused == INVALID
    alone = sdk.balancer(VpcId="vpc-2", ZoneMappings=[{**one[0], "VSwitchId": "vsw-2"}])
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=alone)
    assert found["AddressAllocatedMode"] == "Fixed"


@pytest.mark.parametrize("kind", ["listener", "rule"])
def test_what_is_in_no_resource_group(sdk: Sdk, kind: str) -> None:
    move = {"ResourceType": kind, "ResourceId": "lsn-1", "NewResourceGroupId": "rg-shop"}
    assert sdk.refused("alb", "MoveResourceGroup", **move) == INVALID


@pytest.mark.parametrize(
    ("kind", "value", "fine"),
    [
        ("Path", "~^/v[0-9]+/(a|b)$", True),
        ("Path", "~*/API", True),
        ("Path", "~*\\.png$", True),
        ("Path", "~(a", False),
        ("Path", "~", False),
        ("Path", "~a b", False),
        ("Path", "~a{2}", False),
        ("Path", "~/a;b", False),
        ("Path", "api", False),
        ("Host", "~^www\\.(a|b)\\.example$", True),
        ("Host", "~*^WWW", True),
        ("Host", "~[a", False),
        ("Host", "~a%b", False),
    ],
)
def test_regular_expressions(sdk: Sdk, kind: str, value: str, fine: bool) -> None:
    listener = sdk.listener(sdk.balancer(), sdk.group())["ListenerId"]
    rule = params(listener, RuleConditions=[condition(kind, value)])
    if fine:
        sdk.write("CreateRule", **rule)
    else:
        assert sdk.refused("alb", "CreateRule", **rule) == INVALID


def test_servers_that_are_replaced(sdk: Sdk) -> None:
    """Removed and added servers are Replacing until the job is done (page of ReplaceServersInServerGroup)."""
    group = sdk.group()
    old, new = ({"ServerId": item, "ServerType": "Ecs", "Port": 80} for item in ("i-1", "i-2"))

    def states() -> dict[str, str]:
        found = sdk("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
        return {item["ServerId"]: item["Status"] for item in found}

    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[old])
    sdk.sandbox.delays(servergroup=600)
    sdk("alb", "ReplaceServersInServerGroup", ServerGroupId=group, RemovedServers=[old], AddedServers=[new])
    assert states() == {"i-1": "Replacing", "i-2": "Replacing"}
