# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules: on the wire and back, when two are the same, what they cannot be, and which requests they take."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import rule_checks
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.information import rules
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.rule import Rule
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.rule_fields import (
    ACTIONS,
    CONDITIONS,
    RULE,
    same_actions,
    same_conditions,
    wanted_parts,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY, decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.fakes.cloud import Cloud

Object = dict[str, Any]
FIXED: Object = {"fixed_response": {"code": 200}}
TO_HTTPS: Object = {"redirect": {"protocol": "https", "code": 301}}
FORWARD: Object = {"forward": {"server_groups": [{"server_group_id": "sgp-1"}]}}
EVERYWHERE: Object = {"path": ["/*"]}


def forward(**weights: int | None) -> Object:
    groups = [{"server_group_id": name, "weight": weight} for name, weight in weights.items()]
    return {"forward": {"server_groups": groups, "sticky_session": None}}


# What the user says, and the Type and configuration that the documentation of CreateRule has for it.
CONDITION_CASES: list[tuple[Object, str, Object]] = [
    ({"host": ["www.example.com", "*.example.org"]}, "Host", {"Values": ["www.example.com", "*.example.org"]}),
    ({"path": ["/a", "/b/*"]}, "Path", {"Values": ["/a", "/b/*"]}),
    ({"header": {"key": "x-a", "values": ["1", "2"]}}, "Header", {"Key": "x-a", "Values": ["1", "2"]}),
    ({"query_string": [{"key": "a", "value": "1"}]}, "QueryString", {"Values": [{"Key": "a", "Value": "1"}]}),
    ({"method": ["GET", "PUT"]}, "Method", {"Values": ["GET", "PUT"]}),
    ({"cookie": [{"key": "a", "value": "1"}]}, "Cookie", {"Values": [{"Key": "a", "Value": "1"}]}),
    ({"source_ip": ["10.0.0.0/8"]}, "SourceIp", {"Values": ["10.0.0.0/8"]}),
    ({"response_header": {"key": "x-a", "values": ["1"]}}, "ResponseHeader", {"Key": "x-a", "Values": ["1"]}),
    ({"response_status_code": ["404"]}, "ResponseStatusCode", {"Values": ["404"]}),
]
ACTION_CASES: list[tuple[Object, str, Object]] = [
    (
        {"forward": {"server_groups": [{"server_group_id": "sgp-1"}]}},
        "ForwardGroup",
        {
            "ServerGroupTuples": [{"ServerGroupId": "sgp-1", "Weight": 100}],
            "ServerGroupStickySession": {"Enabled": False},
        },
    ),
    (
        {
            "forward": {
                "server_groups": [
                    {"server_group_id": "sgp-1", "weight": 0},
                    {"server_group_id": "sgp-2", "weight": 7},
                ],
                "sticky_session": {"enabled": True},
            }
        },
        "ForwardGroup",
        {
            "ServerGroupTuples": [
                {"ServerGroupId": "sgp-1", "Weight": 0},
                {"ServerGroupId": "sgp-2", "Weight": 7},
            ],
            "ServerGroupStickySession": {"Enabled": True, "Timeout": 1000},
        },
    ),
    (
        {"redirect": {"protocol": "https", "port": "443", "path": None}},
        "Redirect",
        {
            "Protocol": "HTTPS",
            "Host": "${host}",
            "Port": "443",
            "Path": "${path}",
            "Query": "${query}",
            "HttpCode": "301",
        },
    ),
    (
        {"fixed_response": {"code": 503, "content_type": "text/plain", "content": "later"}},
        "FixedResponse",
        {"HttpCode": "503", "ContentType": "text/plain", "Content": "later"},
    ),
    ({"rewrite": {"path": "/new"}}, "Rewrite", {"Host": "${host}", "Path": "/new", "Query": "${query}"}),
    (
        {"insert_header": {"key": "x-a", "value": "slb_id", "value_type": None}},
        "InsertHeader",
        {"Key": "x-a", "Value": "slb_id", "ValueType": "UserDefined"},
    ),
    (
        {"insert_header": {"key": "x-a", "value": "slb_id", "value_type": "system_defined"}},
        "InsertHeader",
        {"Key": "x-a", "Value": "SLBId", "ValueType": "SystemDefined"},
    ),
    ({"remove_header": {"key": "x-a"}}, "RemoveHeader", {"Key": "x-a"}),
    ({"traffic_limit": {"qps": 5, "per_ip_qps": None}}, "TrafficLimit", {"QPS": 5}),
    (
        {"traffic_mirror": {"server_group_ids": ["sgp-2"]}},
        "TrafficMirror",
        {
            "TargetType": "ForwardGroupMirror",
            "MirrorGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "sgp-2"}]},
        },
    ),
    (
        {
            "cors": {
                "allow_origins": ["https://example.com"],
                "allow_methods": ["GET"],
                "allow_headers": ["x-a"],
                "expose_headers": ["x-b"],
                "allow_credentials": False,
                "max_age": -1,
            }
        },
        "Cors",
        {
            "AllowOrigin": ["https://example.com"],
            "AllowMethods": ["GET"],
            "AllowHeaders": ["x-a"],
            "ExposeHeaders": ["x-b"],
            "AllowCredentials": "off",
            "MaxAge": -1,
        },
    ),
]


def test_every_kind_has_a_case() -> None:
    assert {next(iter(case[0])) for case in CONDITION_CASES} == set(CONDITIONS)
    assert {next(iter(case[0])) for case in ACTION_CASES} == set(ACTIONS)


@pytest.mark.parametrize(("option", "kind", "config"), CONDITION_CASES)
def test_conditions_there_and_back(option: Object, kind: str, config: Object) -> None:
    asked = wanted_parts(CONDITIONS, [option])
    wire = encode(RULE, {"conditions": asked})
    assert wire == {"RuleConditions": [{"Type": kind, f"{kind}Config": config}]}
    # The API may show empty configurations of other types.
    wire["RuleConditions"][0] |= {f"{other}Config": {} for other in ("Host", "Path", "Cookie") if other != kind}
    assert same_conditions(asked, decode(RULE, {"Priority": 1, **wire})["conditions"])


@pytest.mark.parametrize(("option", "kind", "config"), ACTION_CASES)
def test_actions_there_and_back(option: Object, kind: str, config: Object) -> None:
    asked = wanted_parts(ACTIONS, [option])
    wire = encode(RULE, {"actions": asked})
    assert wire == {"RuleActions": [{"Type": kind, "Order": 1, f"{kind}Config": config}]}
    wire["RuleActions"][0] |= {f"{other}Config": {} for other in ("Redirect", "Rewrite", "Cors") if other != kind}
    there = decode(RULE, {"Priority": 1, **wire})["actions"]
    assert same_actions(asked, there)
    assert same_actions(there, there)


def test_defaults_that_the_api_does_not_show_are_there_all_the_same() -> None:
    bodies = [
        {"Type": "Redirect", "Order": 1, "RedirectConfig": {"Protocol": "HTTPS", "HttpCode": "301"}},
        {"Type": "ForwardGroup", "Order": 1, "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "sgp-1"}]}},
        {"Type": "FixedResponse", "Order": 1, "FixedResponseConfig": {"HttpCode": "200", "ContentType": "text/plain"}},
    ]
    for option, body in zip((TO_HTTPS, FORWARD, FIXED), bodies, strict=True):
        assert same_actions(
            wanted_parts(ACTIONS, [option]), decode(RULE, {"Priority": 1, "RuleActions": [body]})["actions"]
        )


def test_the_order_of_actions_is_the_place_in_the_list() -> None:
    asked = wanted_parts(ACTIONS, [{"remove_header": {"key": "x-a"}}, FIXED])
    wire = encode(RULE, {"actions": asked})["RuleActions"]
    assert [(each["Order"], each["Type"]) for each in wire] == [(1, "RemoveHeader"), (2, "FixedResponse")]
    shuffled = [{**wire[1], "Order": 500}, {**wire[0], "Order": 20}]
    assert same_actions(asked, decode(RULE, {"Priority": 1, "RuleActions": shuffled})["actions"])


def test_kinds_that_are_new_are_shown() -> None:
    new = {"Type": "GeoBlock", "Order": 1, "GeoBlockConfig": {"Values": ["x"]}}
    rule = decode(RULE, {"Priority": 1, "RuleActions": [new], "RuleConditions": [new]})
    assert rule["actions"] == rule["conditions"] == [{"geo_block": {"Values": ["x"]}}]
    assert same_conditions(rule["conditions"], rule["conditions"])
    assert not same_conditions(rule["conditions"], [EVERYWHERE])
    assert not same_actions(wanted_parts(ACTIONS, [FIXED]), rule["actions"])
    rule_checks.check({**rule, "name": "renamed"})


SAME_CONDITIONS: list[tuple[list[Object], list[Object], bool]] = [
    ([{"host": ["a.b", "c.d"]}], [{"host": ["c.d", "a.b", "a.b"]}], True),
    ([{"host": ["a.b"]}, EVERYWHERE], [EVERYWHERE, {"host": ["a.b"]}], True),
    ([{"header": {"key": "X-A", "values": ["1"]}}], [{"header": {"key": "x-a", "values": ["1"]}}], True),
    ([{"source_ip": ["10.1.2.3/8", "192.0.2.1"]}], [{"source_ip": ["192.0.2.1/32", "10.0.0.0/8"]}], True),
    ([{"path": ["/a"]}], [{"path": ["/A"]}], False),
    ([{"path": ["/a"]}], [{"host": ["/a"]}], False),
    ([{"path": ["/a"]}], [{"path": ["/a", "/b"]}], False),
    ([{"path": ["/a", "/b"]}], [{"path": ["/a"]}, {"path": ["/b"]}], False),
    ([{"cookie": [{"key": "a", "value": "1"}]}], [{"cookie": [{"key": "a", "value": "2"}]}], False),
    ([{"header": {"key": "x-a", "values": ["1"]}}], [{"header": {"key": "x-b", "values": ["1"]}}], False),
]


@pytest.mark.parametrize(("first", "second", "same"), SAME_CONDITIONS)
def test_same_conditions(first: list[Object], second: list[Object], same: bool) -> None:
    assert same_conditions(first, second) is same
    assert same_conditions(second, first) is same


CORS = {"allow_origins": ["*"], "allow_methods": ["GET", "PUT"]}
SAME_ACTIONS: list[tuple[list[Object], list[Object], bool]] = [
    ([{"cors": CORS}], [{"cors": {**CORS, "allow_methods": ["PUT", "GET"], "max_age": 5}}], True),
    ([{"cors": {**CORS, "max_age": 6}}], [{"cors": {**CORS, "max_age": 5}}], False),
    ([forward(a=1, b=2)], [forward(b=2, a=1)], True),
    ([forward(a=1, b=2)], [forward(a=2, b=1)], False),
    ([forward(a=1, b=2)], [forward(a=1)], False),
    ([TO_HTTPS], [{"redirect": {"protocol": "https", "code": 301, "host": "a.b"}}], False),
    ([FIXED], [{"fixed_response": {"code": 200, "content": "x"}}], False),
    ([FIXED], [{"fixed_response": {"code": 200, "content_type": "text/css"}}], True),
    ([{"traffic_limit": {"qps": 5}}], [{"traffic_limit": {"qps": 5, "per_ip_qps": 1}}], False),
    ([FIXED], [TO_HTTPS], False),
    ([FIXED], [FIXED, FIXED], False),
    ([{"remove_header": {"key": "a"}}, FIXED], [FIXED, {"remove_header": {"key": "a"}}], False),
]


@pytest.mark.parametrize(("asked", "there", "same"), SAME_ACTIONS)
def test_same_actions(asked: list[Object], there: list[Object], same: bool) -> None:
    assert same_actions(wanted_parts(ACTIONS, asked), wanted_parts(ACTIONS, there)) is same


def test_what_is_not_known_is_not_the_same() -> None:
    assert not same_conditions([EVERYWHERE], KNOWN_AFTER_APPLY)
    assert not same_actions(wanted_parts(ACTIONS, [FIXED]), KNOWN_AFTER_APPLY)


def rule(**changes: Any) -> Object:
    """A good rule as it would become, changed."""
    made = {
        "name": "api",
        "priority": 10,
        "direction": "request",
        "listener_id": "lsn-1",
        "conditions": [EVERYWHERE],
        "actions": [FIXED],
        **changes,
    }
    for name, parts in (("conditions", CONDITIONS), ("actions", ACTIONS)):
        if isinstance(made[name], list):
            made[name] = wanted_parts(parts, made[name])
    return made


GOOD: list[Object] = [
    {},
    {"conditions": [case[0] for case in CONDITION_CASES[:7]]},
    {"actions": [{"rewrite": {"path": "/new"}}, FORWARD]},
    {"actions": [{"traffic_mirror": {"server_group_ids": ["sgp-2"]}}, FORWARD]},
    {"actions": [{"redirect": {"port": "8443"}}]},
    {"actions": [{"redirect": {"host": "www.example.com", "path": "/${host}/x", "query": "a=1"}}]},
    {"direction": "response", "conditions": [{"response_status_code": ["404"]}, EVERYWHERE]},
    {"direction": "response", "actions": [{"remove_header": {"key": "x-forwarded-for"}}]},
    {"conditions": KNOWN_AFTER_APPLY, "actions": KNOWN_AFTER_APPLY, "priority": KNOWN_AFTER_APPLY},
    {"actions": [forward(**{KNOWN_AFTER_APPLY: 5, "sgp-1": 5})]},
    {"actions": [{"insert_header": {"key": "x-a", "value": KNOWN_AFTER_APPLY}}, FIXED]},
]


@pytest.mark.parametrize("changes", GOOD)
def test_what_is_fine(changes: Object) -> None:
    rule_checks.check(rule(**changes))


def insert(key: str = "x-a", value: str = "1", value_type: str = "user_defined") -> Object:
    return {"insert_header": {"key": key, "value": value, "value_type": value_type}}


REFUSED: list[tuple[Object, str]] = [
    ({"name": "x"}, "2 to 128 characters"),
    ({"priority": 0}, "not in 1..10000"),
    ({"conditions": []}, "conditions is empty"),
    ({"actions": []}, "actions is empty"),
    ({"conditions": [{"host": []}]}, "host is empty"),
    ({"conditions": [{"host": ["WWW.example.com"]}]}, "without capital letters"),
    ({"conditions": [{"path": ["api"]}]}, "begin with /"),
    ({"conditions": [{"path": [f"/{n}" for n in range(51)]}]}, "51 values"),
    ({"conditions": [{"header": {"key": "Cookie", "values": ["1"]}}]}, "neither cookie nor host"),
    ({"conditions": [{"header": {"key": "x", "values": ["1" * 129]}}]}, "1 to 128 characters"),
    ({"conditions": [{"query_string": [{"key": "a b", "value": "1"}]}]}, "without spaces"),
    ({"conditions": [{"cookie": [{"key": "a", "value": "1;2"}]}]}, "cookie.value: '1;2' is not allowed"),
    ({"conditions": [{"source_ip": ["fe80::1"]}]}, "is not an IPv4 address"),
    ({"conditions": [{"source_ip": ["10.0.0.1"] * 3}, {"source_ip": ["10.0.0.2"] * 3}]}, "6 addresses"),
    ({"conditions": [{"response_status_code": ["404"]}]}, "direction request has no response_status_code"),
    ({"direction": "response", "conditions": [{"response_status_code": ["4xx"]}]}, "three digits"),
    ({"direction": "response", "actions": [FORWARD]}, "direction response has no forward"),
    ({"actions": [insert()]}, "none of forward, redirect and fixed_response"),
    ({"actions": [FIXED, TO_HTTPS]}, "has fixed_response and redirect"),
    ({"actions": [FIXED, insert()]}, "before insert_header"),
    ({"actions": [{"rewrite": {"path": "/new"}}, FIXED]}, "rewrite without forward"),
    ({"actions": [{"forward": {"server_groups": []}}]}, "has 0 server groups"),
    ({"actions": [forward(**{f"sgp-{n}": 1 for n in range(6)})]}, "has 6 server groups"),
    ({"actions": [forward(a=1, b=None)]}, "not each has a weight"),
    ({"actions": [forward(a=101)]}, "101 is not in 0..100"),
    (
        {"actions": [{"forward": {**FORWARD["forward"], "sticky_session": {"enabled": True, "timeout": 0}}}]},
        "0 is not in 1..86400",
    ),
    ({"actions": [{"forward": {"server_groups": [{"server_group_id": "a", "weight": 1}] * 2}}]}, "a twice"),
    ({"actions": [{"traffic_mirror": {"server_group_ids": ["sgp-1"]}}, FORWARD]}, "goes to sgp-1"),
    ({"actions": [{"redirect": {"code": 302}}]}, "leads to where the request came from"),
    ({"actions": [{"redirect": {"path": "new"}}]}, "redirect.path: 'new' is not allowed"),
    ({"actions": [{"redirect": {"port": "https"}}]}, "a port, or ${port}"),
    ({"actions": [{"fixed_response": {"code": 301}}]}, "none of 2xx, 4xx and 5xx"),
    ({"actions": [{"fixed_response": {"code": 200, "content": "é"}}]}, "ASCII"),
    ({"actions": [{"fixed_response": {"code": 200, "content": "x" * 1025}}]}, "1024 characters"),
    ({"actions": [insert("x a"), FIXED]}, "letters, digits"),
    ({"actions": [insert("Host"), FIXED]}, "the header host belongs to the load balancer"),
    ({"direction": "response", "actions": [{"remove_header": {"key": "Upgrade"}}]}, "the header upgrade belongs"),
    ({"actions": [insert(), insert("X-A"), FIXED]}, "names the header x-a twice"),
    ({"actions": [insert(value=' "'), FIXED]}, "printable characters"),
    ({"actions": [insert(value="ClientIp", value_type="system_defined"), FIXED]}, "does not define 'ClientIp'"),
    ({"actions": [insert(value="X-A", value_type="reference_header"), FIXED]}, "is not the name of a header"),
    ({"actions": [{"traffic_limit": {}}, FIXED]}, "neither qps nor per_ip_qps"),
    ({"actions": [{"traffic_limit": {"qps": 5, "per_ip_qps": 5}}, FIXED]}, "not smaller than qps"),
    ({"actions": [{"traffic_limit": {"qps": 0}}, FIXED]}, "0 is not in 1..1000000"),
    ({"actions": [{"cors": {"allow_origins": ["*", "https://a.b"]}}, FIXED]}, "neither * alone nor a list"),
    ({"actions": [{"cors": {"allow_origins": ["a.b"]}}, FIXED]}, "http:// or https://"),
    ({"actions": [{"cors": {"allow_origins": ["*"], "max_age": 172801}}, FIXED]}, "172801 is not in -1..172800"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_is_refused(changes: Object, message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        rule_checks.check(rule(**changes))
    assert message in caught.value.report()["msg"]
    assert caught.value.hint


def test_what_the_basic_edition_lacks() -> None:
    assert rule_checks.beyond_basic(rule(actions=[FORWARD])) == []
    assert rule_checks.beyond_basic(rule(actions=[TO_HTTPS], conditions=[{"host": ["a.b"]}])) == []
    assert rule_checks.beyond_basic(rule(conditions=[{"method": ["GET"]}])) == ["method", "fixed_response"]
    assert "direction: response" in rule_checks.beyond_basic(rule(direction="response"))


# The requests of a run.

OPTIONS: Object = {
    **dict.fromkeys(("rule_id", "name", "listener_id", "load_balancer_id", "load_balancer_name", "port", "direction")),
    **dict.fromkeys(("priority", "conditions", "actions", "tags")),
    "protocol": "https",
    "purge_tags": False,
    "state": "present",
    "region": "cn-hangzhou",
}
NEW: Object = {"listener_id": "lsn-1", "name": "api", "priority": 10, "conditions": [EVERYWHERE], "actions": [FORWARD]}


def shown(identity: str = "rule-1", name: str = "api", priority: int = 10, direction: str = "Request") -> Object:
    """A rule of NEW in an answer of ListRules."""
    return {
        "RuleId": identity,
        "RuleName": name,
        "Priority": priority,
        "Direction": direction,
        "ListenerId": "lsn-1",
        "LoadBalancerId": "alb-1",
        "RuleStatus": "Available",
        **encode(RULE, {"conditions": [EVERYWHERE], "actions": wanted_parts(ACTIONS, [FORWARD])}),
    }


def account(*rules: Object, protocol: str = "HTTP", edition: str = "Basic") -> Cloud:
    """A cloud with these rules on one listener."""

    def listing(params: Object) -> Object:
        found = [each for each in rules if each["Direction"] == params["Direction"]]
        return {"Rules": [each for each in found if each["RuleId"] in params.get("RuleIds", [each["RuleId"]])]}

    listener = {"ListenerId": "lsn-1", "LoadBalancerId": "alb-1", "ListenerProtocol": protocol, "ListenerPort": 80}
    return Cloud(
        ListRules=listing,
        ListListeners=lambda params: {"Listeners": [listener] if params["LoadBalancerIds"] == ["alb-1"] else []},
        GetListenerAttribute=lambda _params: listener,
        GetLoadBalancerAttribute=lambda _params: {"LoadBalancerId": "alb-1", "LoadBalancerEdition": edition},
    )


def planned(cloud: Cloud, **options: Any) -> list[str]:
    """The actions of a run in check mode."""
    params = {**OPTIONS, **options}
    return Engine(Rule(params, cloud.session()), cloud.session()).run(params["state"], check=True).actions


def reads(cloud: Cloud) -> list[str]:
    return [operation for operation, _params in cloud.calls]


def test_what_an_idle_run_reads() -> None:
    response = shown("rule-2", direction="Response")
    cases: list[tuple[Object, list[str]]] = [
        (NEW, ["ListRules"]),
        ({**NEW, "listener_id": None, "rule_id": "rule-1"}, ["ListRules"]),
        ({"rule_id": "rule-2", "name": "api"}, ["ListRules", "ListRules"]),
        ({"rule_id": "rule-2", "direction": "response"}, ["ListRules"]),
        ({**NEW, "listener_id": None, "load_balancer_id": "alb-1", "protocol": "http", "port": 80},
         ["ListListeners", "ListRules"]),
    ]  # fmt: skip
    for options, expected in cases:
        cloud = account(shown(), response)
        assert (planned(cloud, **options), reads(cloud)) == ([], expected)


def test_a_rule_of_the_other_direction_is_another_rule() -> None:
    assert planned(account(shown(direction="Response"), edition="Standard"), **{**NEW, "priority": 11}) == [
        "create_rule"
    ]
    with pytest.raises(RefusedError, match="has direction 'response', and that cannot be changed"):
        planned(account(shown(direction="Response")), rule_id="rule-1", direction="request")


@pytest.mark.parametrize("direction", ["Request", "Response"])
def test_the_rule_with_the_priority_is_named(direction: str) -> None:
    for options in ({**NEW, "name": "new"}, {"rule_id": "rule-1", "priority": 20}, {**NEW, "priority": 20}):
        other = shown("rule-2", "other", 10 if options.get("name") == "new" else 20, direction)
        mine = [] if options.get("name") == "new" else [shown()]
        with pytest.raises(RefusedError, match=r"'other' \(rule-2\)"):
            planned(account(*mine, other), **options)


def test_two_rules_of_one_name() -> None:
    with pytest.raises(RefusedError, match="rule-1, rule-2") as caught:
        planned(account(shown(), shown("rule-2", priority=11)), **NEW)
    assert "rule_id" in caught.value.hint


def test_the_edition_is_read_when_something_needs_it() -> None:
    fixed = {**NEW, "actions": [FIXED]}
    cloud = account()
    assert planned(cloud, **NEW) == ["create_rule"]
    assert "GetLoadBalancerAttribute" not in reads(cloud)
    with pytest.raises(RefusedError, match="basic edition, whose rules do not have fixed_response"):
        planned(account(), **fixed)
    assert planned(account(edition="Standard"), **fixed) == ["create_rule"]
    # What is there already does not matter.
    cloud = account(shown())
    assert planned(cloud, rule_id="rule-1", name="renamed") == ["update_rule_attribute"]
    assert reads(cloud) == ["ListRules"]


def test_https_listeners_do_not_redirect_to_http() -> None:
    options = {**NEW, "actions": [{"redirect": {"protocol": "http", "code": 301}}]}
    assert planned(account(), **options) == ["create_rule"]
    with pytest.raises(RefusedError, match="a listener of protocol https does not redirect to http"):
        planned(account(protocol="HTTPS"), **options)


def test_a_listener_that_is_not_there_yet() -> None:
    options = {**NEW, "listener_id": None, "load_balancer_id": "alb-2", "port": 443}
    assert planned(account(), **options) == ["create_rule"]
    assert planned(account(), **options, state="absent") == []
    session = account().session()
    engine = Engine(Rule({**OPTIONS, **options}, session), session)
    with pytest.raises(RefusedError, match="no listener of protocol https on port 443 of a load balancer alb-2"):
        engine.run("present")


def test_placeholders_of_check_mode() -> None:
    assert planned(account(), **{**NEW, "listener_id": KNOWN_AFTER_APPLY}) == ["create_rule"]
    assert planned(account(), **{**NEW, "rule_id": KNOWN_AFTER_APPLY, "listener_id": None}) == ["update_rule_attribute"]
    options = {**NEW, "listener_id": None, "load_balancer_id": KNOWN_AFTER_APPLY, "port": 443, "actions": [FIXED]}
    assert planned(account(), **options) == ["create_rule"]


@pytest.mark.parametrize(
    "option",
    [
        *({name: value} for name, value in NEW.items() if name != "listener_id"),
        {"actions": [{"redirect": {"protocol": "http", "code": 301}}]},
        {"tags": {"team": "shop"}},
    ],
)
def test_each_option_of_a_rule_that_is_not_there_yet(option: Object) -> None:
    """Nothing can be read, and all is to be done."""
    assert len(planned(Cloud(), rule_id=KNOWN_AFTER_APPLY, **option)) == 1


def test_a_new_rule_needs_something() -> None:
    with pytest.raises(RefusedError, match="needs priority, conditions, actions"):
        planned(account(), listener_id="lsn-1", name="api")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([case[0] for case in CONDITION_CASES]), min_size=1, max_size=9),
    st.lists(st.sampled_from([case[0] for case in ACTION_CASES]), min_size=1, max_size=9),
    st.randoms(),
)
def test_a_second_run_has_nothing_to_do(conditions: list[Object], actions: list[Object], random: Random) -> None:
    """Whatever order the API shows a rule in."""
    options = {**NEW, "conditions": conditions, "actions": actions}
    session = account().session()
    resource = Rule({**OPTIONS, **options}, session)
    (create,) = resource.present(Found())
    there = {"RuleId": "rule-1", "RuleStatus": "Available", "LoadBalancerId": "alb-1", **create.params}
    for parts in (there["RuleConditions"], there["RuleActions"]):
        random.shuffle(parts)
    assert resource.present(Found(decode(RULE, there))) == []


def test_what_is_left_out_is_not_sent() -> None:
    session = account().session()
    present = Rule({**OPTIONS, "rule_id": "rule-1", "priority": 11}, session).present(Found(decode(RULE, shown())))
    assert [(each.operation, each.params) for each in present] == [
        ("UpdateRuleAttribute", {"RuleId": "(this resource)", "Priority": 11})
    ]


def test_information_asks_in_parts_and_for_both_directions() -> None:
    cloud = account(shown("rule-b", "b", 2), shown("rule-a", "a", 1), shown("rule-c", "c", 1, "Response"))
    params = dict.fromkeys(("rule_ids", "names", "load_balancer_ids", "direction", "tags"))
    ids = [f"lsn-{n}" for n in range(25)]
    found = rules(cloud.session(), {**params, "names": ["a", "b", "c"], "listener_ids": ids[:1]})["rules"]
    assert [each["name"] for each in found] == ["a", "b", "c"]
    cloud.calls.clear()
    rules(cloud.session(), {**params, "direction": "response", "listener_ids": ids})
    asked = [(call["Direction"], call["ListenerIds"]) for call in cloud.named("ListRules")]
    assert asked == [("Response", ids[:20]), ("Response", ids[20:])]
