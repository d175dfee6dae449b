# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules: what is refused, what is shown, what goes with what, and what the data plane is told."""

from __future__ import annotations

import typing as t

import pytest
from alicloud_sandbox.alb.compile import build
from alicloud_sandbox.store import Store
from alicloud_sandbox.topology import Condition, FixedResponse, Subject

from sandbox.tests.support import Pair, Sdk, flat, listener_params
from sandbox.tests.test_gateway import Raw

INVALID = (400, "InvalidParameter")
PATH: dict[str, t.Any] = {"Type": "Path", "PathConfig": {"Values": ["/api/*"]}}
FIXED: dict[str, t.Any] = {"Type": "FixedResponse", "Order": 9, "FixedResponseConfig": {"HttpCode": "200"}}
REWRITE: dict[str, t.Any] = {"Type": "Rewrite", "Order": 1, "RewriteConfig": {"Path": "/new"}}


def condition(kind: str, *values: t.Any, **more: t.Any) -> dict[str, t.Any]:
    return {"Type": kind, f"{kind}Config": {"Values": list(values), **more}}


def action(kind: str, order: int = 1, **config: t.Any) -> dict[str, t.Any]:
    return {"Type": kind, "Order": order, f"{kind}Config": config}


def forward(*groups: str, **weights: int) -> dict[str, t.Any]:
    tuples: list[dict[str, t.Any]] = [{"ServerGroupId": item} for item in groups]
    tuples += [{"ServerGroupId": item, "Weight": weight} for item, weight in weights.items()]
    return action("ForwardGroup", 9, ServerGroupTuples=tuples)


def mirror(group: str) -> dict[str, t.Any]:
    config = {"ServerGroupTuples": [{"ServerGroupId": group}]}
    return action("TrafficMirror", 1, TargetType="ForwardGroupMirror", MirrorGroupConfig=config)


def insert(key: str = "x-a", **config: t.Any) -> dict[str, t.Any]:
    return action("InsertHeader", 1, Key=key, **{"Value": "1", **config})


def params(listener: str, **changes: t.Any) -> dict[str, t.Any]:
    rule = {"ListenerId": listener, "RuleName": "api", "Priority": 10, "RuleConditions": [PATH], "RuleActions": [FIXED]}
    return {name: value for name, value in (rule | changes).items() if value is not None}


@pytest.fixture
def scene(sdk: Sdk, server_pair: Pair) -> dict[str, str]:
    """Ids of listeners and of every kind of server group."""
    balancer, basic = sdk.balancer(), sdk.balancer(LoadBalancerEdition="Basic")
    groups = {"plain": sdk.group(), "mirrored": sdk.group(), "elsewhere": sdk.group(VpcId="vpc-2")}
    groups |= {"https": sdk.group(Protocol="HTTPS"), "grpc": sdk.group(Protocol="gRPC")}
    groups |= {"ip": sdk.group(ServerGroupType="Ip")}
    tls = {"ListenerProtocol": "HTTPS", "Certificates": [{"CertificateId": sdk.certificate(server_pair)}]}
    listeners = {
        "http": sdk.listener(balancer, groups["plain"])["ListenerId"],
        "https_listener": sdk.listener(balancer, groups["plain"], ListenerPort=443, **tls)["ListenerId"],
        "http1": sdk.listener(balancer, groups["plain"], ListenerPort=444, Http2Enabled=False, **tls)["ListenerId"],
        "basic": sdk.listener(basic, groups["plain"])["ListenerId"],
    }
    return {"balancer": balancer, **groups, **listeners}


def named(value: t.Any, scene: dict[str, str]) -> t.Any:
    """``value`` with the names of server groups replaced by their ids."""
    if isinstance(value, dict):
        return {
            key: named(scene.get(item, item) if key == "ServerGroupId" else item, scene) for key, item in value.items()
        }
    return [named(item, scene) for item in value] if isinstance(value, list) else value


def conditions(*item: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"RuleConditions": list(item)}


def actions(*item: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"RuleActions": list(item)}


REFUSALS: list[tuple[str, dict[str, t.Any], tuple[int, str]]] = [
    ("http", {"Priority": None}, (400, "MissingPriority")),
    ("http", {"RuleName": None}, (400, "MissingRuleName")),
    ("http", {"RuleConditions": None}, (400, "MissingRuleConditions")),
    ("http", {"Priority": 10001}, INVALID),
    ("http", {"ListenerId": "lsn-none"}, (404, "ResourceNotFound.Listener")),
    (
        "http",
        conditions({"Type": "Host", "PathConfig": {"Values": ["/"]}}),
        (400, "MissingRuleConditions.1.HostConfig"),
    ),
    ("http", conditions(condition("Host", "WWW.example.com")), INVALID),
    ("http", conditions(condition("Path", "api")), INVALID),
    ("http", conditions(condition("Method", "get")), INVALID),
    ("http", conditions(condition("Header", "a", Key="cookie")), INVALID),
    ("http", conditions(condition("QueryString", {"Key": "a b", "Value": "1"})), INVALID),
    ("http", conditions(condition("Cookie", {"Key": "a", "Value": "1;2"})), INVALID),
    ("http", conditions(condition("SourceIp", "fe80::1")), INVALID),
    ("http", conditions(condition("SourceIp", *(f"10.0.0.{n}" for n in range(6)))), INVALID),
    ("http", conditions(condition("ResponseStatusCode", "404")), INVALID),
    ("http", conditions(*[PATH] * 11), (400, "QuotaExceeded.RuleMatchEvaluationsNum")),
    (
        "http",
        actions(*(insert(f"x-{n}") | {"Order": n + 1} for n in range(5)), FIXED),
        (400, "QuotaExceeded.RuleActionsNum"),
    ),
    ("http", actions(insert()), INVALID),
    ("http", actions(FIXED, FIXED), INVALID),
    ("http", actions(insert() | {"Order": 10}, FIXED), INVALID),
    ("http", actions(REWRITE, FIXED), (400, "OperationDenied.RewriteMissingForwardGroup")),
    ("http", actions(action("Redirect", HttpCode="302")), INVALID),
    ("http", actions(action("Redirect", Protocol="HTTPS", HttpCode="200")), INVALID),
    ("https_listener", actions(action("Redirect", Protocol="HTTP")), INVALID),
    ("http", actions(action("FixedResponse", HttpCode="301")), INVALID),
    ("http", actions(action("FixedResponse", HttpCode="200", Content="x" * 1025)), INVALID),
    ("http", actions(action("TrafficLimit", QPS=5, PerIpQps=6), FIXED), INVALID),
    ("http", actions(action("Cors", AllowMethods=["GET"]), FIXED), INVALID),
    ("http", actions(forward("sgp-none")), (404, "ResourceNotFound.ServerGroup")),
    ("http", actions(forward("elsewhere")), (400, "Mismatch.VpcId")),
    ("http", actions(forward("grpc")), (400, "Mismatch.Protocol")),
    ("http1", actions(forward("grpc")), (400, "OperationDenied.GRPCServerGroup")),
    ("http", actions(forward("plain", "mirrored")), INVALID),
    ("http", actions(forward(plain=1, https=1)), (400, "OperationDenied.ProtocolMustSameForForwardGroupAction")),
    ("http", actions(mirror("plain"), forward("plain")), (400, "OperationDenied.SameGroupForForwardAndMirrorAction")),
    ("http", actions(mirror("ip"), forward("plain")), (400, "OperationDenied.IpGroupCanNotUsedForMirrorAction")),
    ("http", actions(mirror("https"), forward("plain")), (400, "OperationDenied.MirrorActionSupportHttpGroupOnly")),
    ("http", {"Direction": "Response", **actions(insert(), forward("plain"))}, INVALID),
    ("basic", {}, INVALID),
    ("basic", {"Direction": "Response", **actions(insert())}, INVALID),
    ("basic", {**conditions(condition("Method", "GET")), **actions(forward("plain"))}, INVALID),
    ("basic", {**conditions(*[PATH] * 6), **actions(forward("plain"))}, (400, "QuotaExceeded.RuleMatchEvaluationsNum")),
]


def test_rules_that_are_refused(sdk: Sdk, scene: dict[str, str]) -> None:
    """All in one test: the scene takes longer than the requests."""
    got = [
        (listener, changes, sdk.refused("alb", "CreateRule", **named(params(scene[listener], **changes), scene)))
        for listener, changes, _refusal in REFUSALS
    ]
    assert got == REFUSALS
    assert sdk("alb", "ListRules")["Rules"] == []
    rule = sdk.write("CreateRule", **params(scene["http"]))["RuleId"]
    # The result of an update is checked as a whole.
    refused = sdk.refused("alb", "UpdateRuleAttribute", RuleId=rule, **actions(REWRITE, FIXED))
    assert refused == (400, "OperationDenied.RewriteMissingForwardGroup")
    changes = named(actions(mirror("https"), forward("plain")), scene)
    refused = sdk.refused("alb", "UpdateRuleAttribute", RuleId=rule, **changes)
    assert refused == (400, "OperationDenied.MirrorActionSupportHttpGroupOnly")


def test_priorities(sdk: Sdk, scene: dict[str, str]) -> None:
    sdk.write("CreateRule", **params(scene["http"]))
    assert sdk.refused("alb", "CreateRule", **params(scene["http"], RuleName="other")) == (400, "Conflict.Priority")
    response = params(scene["http"], Direction="Response", RuleActions=[insert()])
    assert sdk.refused("alb", "CreateRule", **response) == (400, "Conflict.Priority")
    sdk.write("CreateRule", **params(scene["https_listener"]))
    other = sdk.write("CreateRule", **params(scene["http"], Priority=11))["RuleId"]
    assert sdk.refused("alb", "UpdateRuleAttribute", RuleId=other, Priority=10) == (400, "Conflict.Priority")
    sdk.write("UpdateRuleAttribute", RuleId=other, Priority=12)


def test_what_is_shown(sdk: Sdk, scene: dict[str, str]) -> None:
    """Defaults are filled in, configurations of other types are not shown, filters combine."""
    stray = {**action("Redirect", 5, Protocol="HTTPS"), "RewriteConfig": {"Path": "/stray"}}
    rule = sdk.write("CreateRule", **params(scene["http"], RuleActions=[stray], Tag=[{"Key": "a", "Value": "1"}]))[
        "RuleId"
    ]
    response = params(scene["http"], Priority=1, Direction="Response", RuleActions=[insert()])
    sdk.write("CreateRule", **response)
    (shown,) = sdk("alb", "ListRules", ListenerIds=[scene["http"]])["Rules"]
    redirect = {"Protocol": "HTTPS", "Host": "${host}", "Port": "${port}", "Path": "${path}", "Query": "${query}"}
    assert shown == {
        "RuleId": rule,
        "RuleName": "api",
        "RuleStatus": "Available",
        "Direction": "Request",
        "Priority": 10,
        "ListenerId": scene["http"],
        "LoadBalancerId": scene["balancer"],
        "Tags": [{"Key": "a", "Value": "1"}],
        "RuleConditions": [PATH],
        "RuleActions": [action("Redirect", 5, **redirect, HttpCode="301")],
    }
    found = sdk("alb", "ListRules", Direction="Response")
    assert [item["RuleName"] for item in found["Rules"]] == ["api"]
    assert found["TotalCount"] == 1
    sdk.write(
        "UpdateRuleAttribute", RuleId=rule, RuleActions=[insert(CoverEnabled=True), named(forward("plain"), scene)]
    )
    (shown,) = sdk("alb", "ListRules", RuleIds=[rule], LoadBalancerIds=[scene["balancer"]])["Rules"]
    assert shown["RuleActions"][0] == insert(ValueType="UserDefined")
    sticky = {"ServerGroupStickySession": {"Enabled": False}}
    assert shown["RuleActions"][1]["ForwardGroupConfig"] == {
        "ServerGroupTuples": [{"ServerGroupId": scene["plain"], "Weight": 100}],
        **sticky,
    }
    assert sdk("alb", "ListRules", Tag=[{"Key": "a", "Value": "2"}])["Rules"] == []
    sdk("alb", "TagResources", ResourceType="rule", ResourceId=[rule], Tag=[{"Key": "a", "Value": "2"}])
    assert [item["RuleId"] for item in sdk("alb", "ListRules", Tag=[{"Key": "a", "Value": "2"}])["Rules"]] == [rule]
    unknown = {"ResourceType": "rule", "ResourceId": ["rule-none"], "TagKey": ["a"]}
    assert sdk.refused("alb", "UnTagResources", **unknown) == (404, "ResourceNotFound.Rule")


@pytest.mark.parametrize(
    ("value", "code"), [("true", "DryRunOperation"), ("false", "DryRunOperation"), ("maybe", "InvalidParameter")]
)
def test_a_new_rule_can_overwrite_a_header(sdk: Sdk, scene: dict[str, str], value: str, code: str) -> None:
    """The official Go SDK sends CoverEnabled with CreateRule as well; that for Python drops it."""
    asked = params(scene["http"], RuleActions=[insert(CoverEnabled=value), FIXED], DryRun=True)
    assert Raw("CreateRule", query=flat(asked)).send(sdk.sandbox)[1]["Code"] == code


def test_states(sdk: Sdk, scene: dict[str, str]) -> None:
    rule = sdk.write("CreateRule", **params(scene["http"]))["RuleId"]
    sdk.sandbox.delays(default=0.05, rule=600)
    sdk("alb", "UpdateRuleAttribute", RuleId=rule, Priority=20)
    (shown,) = sdk("alb", "ListRules", RuleIds=[rule])["Rules"]
    assert (shown["RuleStatus"], shown["Priority"]) == ("Configuring", 20)
    busy = (400, "IncorrectStatus.Rule")
    assert sdk.refused("alb", "UpdateRuleAttribute", RuleId=rule, Priority=30) == busy
    assert sdk.refused("alb", "DeleteRule", RuleId=rule) == busy
    sdk.sandbox.delays(default=0.05, listener=600)
    other = sdk.write("CreateRule", **params(scene["http"]))["RuleId"]
    sdk("alb", "UpdateListenerAttribute", ListenerId=scene["http"], IdleTimeout=30)
    busy = (400, "ResourceInConfiguring.Listener")
    assert sdk.refused("alb", "CreateRule", **params(scene["http"], Priority=40)) == busy
    assert sdk.refused("alb", "DeleteRule", RuleId=other) == busy
    early = sdk("alb", "CreateListener", **listener_params(scene["balancer"], scene["plain"], ListenerPort=81))[
        "ListenerId"
    ]
    assert sdk.refused("alb", "CreateRule", **params(early)) == (400, "IncorrectStatus.Listener")
    assert sdk.refused("alb", "DeleteRule", RuleId="rule-none") == (404, "ResourceNotFound.Rule")


def test_rules_use_server_groups_and_go_with_their_listener(sdk: Sdk, scene: dict[str, str]) -> None:
    ids = {name: scene[name] for name in ("mirrored", "https")}
    rules = [named(actions(mirror("mirrored"), forward("plain")), scene), named(actions(forward("https")), scene)]
    for number, changes in enumerate(rules, 1):
        sdk.write("CreateRule", **params(scene["http"], Priority=number, **changes))
    health = sdk("alb", "GetListenerHealthStatus", ListenerId=scene["http"])
    assert health["RuleHealthStatus"] == []
    health = sdk("alb", "GetListenerHealthStatus", ListenerId=scene["http"], IncludeRule=True, MaxResults=2)
    assert [item["ListenerId"] for item in health["ListenerHealthStatus"]] == [scene["http"]]
    infos = health["RuleHealthStatus"][0]["ServerGroupInfos"]
    assert {(item["ServerGroupId"], item["ActionType"]) for item in infos} == {
        (scene["mirrored"], "TrafficMirror"),
        (scene["plain"], "ForwardGroup"),
    }
    page = {"MaxResults": 2, "NextToken": health["NextToken"]}
    rest = sdk("alb", "GetListenerHealthStatus", ListenerId=scene["http"], IncludeRule=True, **page)
    assert [item["ServerGroupInfos"][0]["ServerGroupId"] for item in rest["RuleHealthStatus"]] == [scene["https"]]
    for identifier in ids.values():
        (group,) = sdk("alb", "ListServerGroups", ServerGroupIds=[identifier])["ServerGroups"]
        assert group["RelatedLoadBalancerIds"] == [scene["balancer"]]
        assert sdk.refused("alb", "DeleteServerGroup", ServerGroupId=identifier) == (400, "ResourceInUse.ServerGroup")
    other = sdk.write("CreateRule", **params(scene["https_listener"]))["RuleId"]
    sdk.write("DeleteListener", ListenerId=scene["http"])
    assert [item["RuleId"] for item in sdk("alb", "ListRules")["Rules"]] == [other]
    sdk.write("DeleteServerGroup", ServerGroupId=scene["mirrored"])
    sdk.write("DeleteLoadBalancer", LoadBalancerId=scene["balancer"])
    assert sdk("alb", "ListRules")["Rules"] == []


def test_what_the_data_plane_is_told(sdk: Sdk, scene: dict[str, str]) -> None:
    """Rules by priority; a change reaches the data plane only when its job is done."""
    first = conditions(condition("Cookie", {"Key": "a", "Value": "1"}), condition("Header", "x", "y", Key="x-a"))
    late = sdk.write("CreateRule", **params(scene["http"], Priority=20))["RuleId"]
    early = sdk.write("CreateRule", **params(scene["http"], Priority=10, **first))["RuleId"]
    removed = sdk.write("CreateRule", **params(scene["http"], Priority=30))["RuleId"]
    sdk.write("DeleteRule", RuleId=removed)
    sdk.sandbox.delays(default=600)
    sdk("alb", "UpdateRuleAttribute", RuleId=late, Priority=1)
    sdk.sandbox.stop()
    store = Store(sdk.sandbox.state_dir / "state.sqlite")
    try:
        with store.transaction():
            topology = build(store, {})
    finally:
        store.close()
        sdk.sandbox.start()
    (listener,) = [item for lb in topology.load_balancers for item in lb.listeners if item.listener_id == scene["http"]]
    assert [(rule.rule_id, rule.priority, rule.for_responses) for rule in listener.rules] == [
        (early, 10, False),
        (late, 20, False),
    ]
    assert listener.rules[0].conditions == (
        Condition(Subject.COOKIE, pairs=(("a", "1"),)),
        Condition(Subject.HEADER, ("x", "y"), "x-a"),
    )
    assert listener.rules[1].conditions == (Condition(Subject.PATH, ("/api/*",)),)
    assert listener.rules[1].actions == (FixedResponse(200),)
