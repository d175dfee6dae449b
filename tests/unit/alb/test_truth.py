# SPDX-License-Identifier: GPL-3.0-or-later
"""What ALB is documented to do and to refuse, told by the modules before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import (
    preconditions,
    queries,
    rule_checks,
    server_group,
    server_group_checks,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.exchange import exchange
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.rule import Rule
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.rule_fields import ACTIONS, RULE, wanted_parts
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group_checks import beyond_basic
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.tags import tag_actions
from ansible_collections.alicloud.mtls.plugins.module_utils._core import tags
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import decode, encode
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads import usage as certificate_usage
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.ca_certificate import StoredAuthority

from tests.unit.alb.test_rule import EVERYWHERE, FIXED, NEW, OPTIONS, account, rule, shown
from tests.unit.fakes.cloud import Cloud

Object = dict[str, Any]
CONTROL = ["\r\nX-Forged: 1", "\n", "\r", "\0", "\x1b[0m", "\x7f", "\t", "\x85", "\u2028"]


def conditions(**one: Any) -> Object:
    return {"conditions": [one]}


def actions(*each: Object) -> Object:
    return {"actions": [*each, FIXED]}


RULE_TEXTS: dict[str, Any] = {
    "name": lambda text: {"name": f"a{text}b"},
    "host": lambda text: conditions(host=[f"www.{text}.com"]),
    "path": lambda text: conditions(path=[f"/a{text}b"]),
    "regular expression": lambda text: conditions(path=[f"~/a{text}b"]),
    "header": lambda text: conditions(header={"key": "x-a", "values": [f"a{text}b"]}),
    "header key": lambda text: conditions(header={"key": f"x{text}a", "values": ["1"]}),
    "query": lambda text: conditions(query_string=[{"key": "a", "value": f"a{text}b"}]),
    "cookie": lambda text: conditions(cookie=[{"key": f"a{text}b", "value": "1"}]),
    "redirect.host": lambda text: {"actions": [{"redirect": {"host": f"www.a{text}.com"}}]},
    "redirect.path": lambda text: {"actions": [{"redirect": {"path": f"/a{text}b"}}]},
    "redirect.query": lambda text: {"actions": [{"redirect": {"query": f"a={text}b"}}]},
    "insert_header.value": lambda text: actions({"insert_header": {"key": "x-a", "value": f"a{text}b"}}),
    "remove_header.key": lambda text: actions({"remove_header": {"key": f"x{text}a"}}),
    "cors.allow_origins": lambda text: actions({"cors": {"allow_origins": [f"https://a{text}b"]}}),
    "cors.expose_headers": lambda text: actions({"cors": {"allow_origins": ["*"], "expose_headers": [f"a{text}b"]}}),
}
GROUP_TEXTS: dict[str, Any] = {
    "health_check.path": lambda text: {"health_check": {"enabled": True, "path": f"/a{text}b"}},
    "health_check.host": lambda text: {"health_check": {"enabled": True, "host": f"www.a{text}b.com"}},
    "sticky_session.cookie": lambda text: {
        "sticky_session": {"enabled": True, "type": "server", "cookie": f"a{text}b"},
    },
    "hash_query_parameter": lambda text: {"hash_query_parameter": f"a{text}b"},
}


@pytest.mark.parametrize("text", CONTROL, ids=repr)
def test_control_characters(text: str) -> None:
    """The kind: every text of a rule or group, each control character."""
    for place, change in RULE_TEXTS.items():
        rule_checks.check(rule(**change("x")))
        changed = rule(**change(text))
        with pytest.raises(RefusedError, match=place.partition(" ")[0].partition(".")[0].replace("regular", "path")):
            rule_checks.check(changed)
    for place, change in GROUP_TEXTS.items():
        server_group_checks.check({"scheduler": "wrr", **change("x")})
        with pytest.raises(RefusedError, match="is not allowed") as caught:
            server_group_checks.check({"scheduler": "wrr", **change(text)})
        assert place in caught.value.message


@pytest.mark.parametrize("tags_given", [{"a": "b\n"}, {"a\r": "b"}, {"a": "b\x00"}])
def test_tags_in_one_line(tags_given: Object) -> None:
    with pytest.raises(RefusedError, match="control character"):
        tags.check(tags_given)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"health_check": {"path": "/a b"}}, "health_check.path"),
        ({"health_check": {"path": "/a{b}"}}, "health_check.path"),
        ({"health_check": {"path": "/" * 81}}, "health_check.path"),
        ({"health_check": {"host": "WWW.example.com"}}, "health_check.host"),
        ({"health_check": {"host": "a b.com"}}, "health_check.host"),
        ({"sticky_session": {"cookie": "$a"}}, "sticky_session.cookie"),
        ({"sticky_session": {"cookie": "a;b"}}, "sticky_session.cookie"),
    ],
)
def test_texts_of_a_group_by_their_documented_sets(options: Object, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        server_group_checks.check_texts(options)
    server_group_checks.check_texts({"health_check": {"path": "/up?a=b&c=[1]", "host": "a-b.example.com"}})


@pytest.mark.parametrize(
    ("condition", "fine"),
    [
        ({"path": ["~^/v[0-9]+/(a|b)$"]}, True),
        ({"path": ["~*/API"]}, True),
        ({"host": [r"~^www\.(a|b)\.example$"]}, True),
        ({"host": ["~*^WWW"]}, True),
        ({"path": ["~"]}, False),
        ({"path": ["~/a;b"]}, False),
        ({"path": ["~" + "a" * 128]}, False),
        ({"host": ["~a%b"]}, False),
        ({"path": ["*/api"]}, False),
    ],
)
def test_regular_expressions(condition: Object, fine: bool) -> None:
    if fine:
        rule_checks.check(rule(conditions=[condition]))
    else:
        with pytest.raises(RefusedError) as caught:
            rule_checks.check(rule(conditions=[condition]))
        assert "regular expression" in caught.value.hint


# Headers that are overwritten.


def insert(key: str = "x-user", **more: Any) -> Object:
    return {"insert_header": {"key": key, "value": "1", "value_type": "user_defined", **more}}


def run(cloud: Cloud, *acts: Object, check: bool = True) -> list[tuple[str, Object]]:
    """The writes, operation and parameters, of a run with these actions."""
    params = {**OPTIONS, **NEW, "actions": [*acts, FIXED]}
    session = cloud.session()
    resource = Rule(params, session)
    found = resource.find()
    plan = resource.present(found)
    after = Engine(resource, session)._after(found.object or {}, plan)
    resource.check(found, after)
    return [(action.operation, action.params) for action in plan]


def there(*acts: Object) -> Object:
    return {**shown(), **encode(RULE, {"actions": wanted_parts(ACTIONS, [*acts, FIXED])})}


def dropped(answer: Object) -> Object:
    """What the SDK leaves of a rule in ListRules."""
    for action in answer["RuleActions"]:
        action.get("InsertHeaderConfig", {}).pop("CoverEnabled", None)
    return answer


def test_a_new_rule_overwrites_in_a_second_request() -> None:
    cloud = account(edition="Standard")
    writes = run(cloud, insert("x-a", overwrite=True), insert("x-b", overwrite=False))
    assert [operation for operation, _params in writes] == ["CreateRule", "UpdateRuleAttribute"]
    create, update = (params["RuleActions"] for _operation, params in writes)
    assert all("CoverEnabled" not in each.get("InsertHeaderConfig", {}) for each in create)
    assert [each["InsertHeaderConfig"]["CoverEnabled"] for each in update[:2]] == [True, False]
    assert cloud.warnings == []
    assert [operation for operation, _params in run(account(edition="Standard"), insert(overwrite=False))] == [
        "CreateRule"
    ]


@pytest.mark.parametrize(
    ("before", "asked", "written"),
    [
        (insert(), insert(overwrite=True), True),
        (insert(overwrite=True), insert(overwrite=True), False),
        (insert(overwrite=True), insert(overwrite=False), True),
        (insert(overwrite=True), insert(), False),
        (insert(), insert(overwrite=False), False),
        (insert(), insert(), False),
    ],
)
def test_a_rule_that_is_there(before: Object, asked: Object, written: bool) -> None:
    """Although ListRules does not tell: a second run has nothing to do, and a change is seen."""
    writes = run(account(dropped(there(before)), edition="Standard"), asked)
    assert [operation for operation, _params in writes] == (["UpdateRuleAttribute"] if written else [])
    if written:
        config = writes[0][1]["RuleActions"][0]["InsertHeaderConfig"]
        assert config["CoverEnabled"] is asked["insert_header"]["overwrite"]


def test_a_run_that_was_broken_off_between_the_two_requests_is_completed() -> None:
    cloud = account(edition="Standard")
    (_name, create), _update = run(cloud, insert(overwrite=True))
    left = {**shown(), "RuleActions": create["RuleActions"]}
    assert [operation for operation, _params in run(account(left, edition="Standard"), insert(overwrite=True))] == [
        "UpdateRuleAttribute"
    ]


def test_clients_that_could_send_the_header() -> None:
    """Told where the user has not decided, with the name of the header, and not for responses."""
    cloud = account(edition="Standard")
    run(cloud, insert("x-user"), insert("x-safe", overwrite=True), insert("x-hint", overwrite=False))
    assert len(cloud.warnings) == 1
    assert "x-user" in cloud.warnings[0]
    assert "x-safe" not in cloud.warnings[0]
    assert "x-hint" not in cloud.warnings[0]
    idle = account(dropped(there(insert())), edition="Standard")
    run(idle, insert())
    assert idle.warnings == []


def test_orders_tell_what_overwrites() -> None:
    asked = wanted_parts(ACTIONS, [insert("x-a"), insert("x-b", overwrite=True), FIXED])
    wire = encode(RULE, {"actions": asked})["RuleActions"]
    assert [each["Order"] for each in wire] == [100, 201, 300]
    read = decode(RULE, dropped({"Priority": 1, "RuleActions": wire}))["actions"]
    assert [each["insert_header"].get("overwrite") for each in read[:2]] == [None, True]


# Groups and their editions.

TOLD: list[tuple[Object, list[str]]] = [
    ({"health_check": {"enabled": True, "protocol": "https"}}, ["health_check.protocol: https"]),
    ({"health_check": {"enabled": False, "protocol": "https"}}, []),
    ({"health_check": {"enabled": True, "protocol": "http"}}, []),
    ({"cross_zone": False}, ["cross_zone: false"]),
    ({"cross_zone": None}, []),
    ({"connection_drain": {"enabled": True}}, ["connection_drain"]),
    ({"slow_start": {"enabled": True}}, ["slow_start"]),
]


@pytest.mark.parametrize(("group", "names"), TOLD)
def test_beyond_basic(group: Object, names: list[str]) -> None:
    assert beyond_basic(group) == names


@pytest.mark.parametrize("edition", ["Basic", "Extensible", "Standard", "StandardWithWaf"])
def test_editions_by_what_they_have(edition: str) -> None:
    """An edition that is new to the collection is none of those that have mutual authentication."""
    group = {"ServerGroupId": "sgp-1", "ServerGroupType": "Instance", "Protocol": "HTTP", "CrossZoneEnabled": False}
    cloud = Cloud(
        GetLoadBalancerAttribute=lambda _: {"LoadBalancerId": "alb-1", "LoadBalancerEdition": edition},
        ListServerGroups=lambda _: {"ServerGroups": [group]},
    )
    checks: tuple[Callable[[], object], ...] = (
        lambda: preconditions.check_load_balancer(cloud.session(), "alb-1", ["mutual_authentication"]),
        lambda: preconditions.check_editions(cloud.session(), "sgp-1", ["cross_zone: false"], ["alb-1"]),
        lambda: preconditions.check_group(
            cloud.session(),
            {"server_group_id": "sgp-1", "protocol": "https", "http2": None, "load_balancer_id": "alb-1"},
        ),
    )
    for check in checks:
        if edition.startswith("Standard"):
            check()
        else:
            with pytest.raises(RefusedError, match=f"{edition.lower()} edition"):
                check()


def test_options_that_exclude_each_other() -> None:
    for group, words in (
        ({"cross_zone": False, "sticky_session": {"enabled": True}}, "sticky sessions needs it"),
        ({"cross_zone": False, "type": "fc"}, "functions needs it"),
        ({"scheduler": "uch", "hash_query_parameter": None}, "hash_query_parameter"),
    ):
        with pytest.raises(RefusedError) as caught:
            server_group_checks.check({"scheduler": "wrr", **group})
        assert words in caught.value.report()["msg"]
    server_group_checks.check({"scheduler": "wrr", "cross_zone": False, "sticky_session": {"enabled": False}})


@pytest.mark.parametrize(
    ("shows", "asked", "changes"),
    [
        ({"Scheduler": "Uch", "UchConfig": {"Type": "QueryString", "Value": "u"}}, {"scheduler": "sch"}, False),
        ({"Scheduler": "Sch", "UchConfig": {"Type": "QueryString", "Value": "u"}}, {"scheduler": "uch"}, False),
        ({"Scheduler": "Sch"}, {"scheduler": "uch", "hash_query_parameter": "u"}, True),
        ({"Scheduler": "Wrr"}, {"scheduler": "uch", "hash_query_parameter": "u"}, True),
        ({"Scheduler": "Uch", "UchConfig": {"Type": "QueryString", "Value": "u"}}, {"scheduler": "wrr"}, True),
    ],
)
def test_two_names_of_consistent_hashing(shows: Object, asked: Object, changes: bool) -> None:
    options = dict.fromkeys((*server_group._OPTIONS, "tags", "servers", "server_group_id"))
    params = {**options, "name": "shop", "purge_servers": False, "purge_tags": False, "state": "present", **asked}
    body = {"ServerGroupId": "sgp-1", "ServerGroupName": "shop", "ServerGroupStatus": "Available", **shows}
    cloud = Cloud(ListServerGroups=lambda _: {"ServerGroups": [body]}, ListServerGroupServers=lambda _: {})
    resource = ServerGroup(params, cloud.session())
    assert bool(resource.present(resource.find())) == changes


@pytest.mark.parametrize(("status", "moving"), [("Adding", True), ("Replacing", True), ("Available", False)])
def test_servers_on_the_move(status: str, moving: bool) -> None:
    cloud = Cloud(ListServerGroupServers=lambda _: {"Servers": [{"ServerId": "i-1", "Status": status, "Port": 1}]})
    assert queries.servers(cloud.session(), "sgp-1")[1] is moving


# Sets with little room.


@pytest.mark.parametrize(
    ("current", "asked", "purge", "steps"),
    [
        ("", "abcd", False, ["+abcd"]),
        ("ab", "abc", False, ["+c"]),
        ("abcd", "", True, ["-abcd"]),
        ("abcd", "e", False, None),
        ("abc", "de", False, None),
        ("", "abcde", False, None),
        ("abcd", "e", True, ["-a", "+e", "-bcd"]),
        ("abcd", "efgh", True, ["-abc", "+efg", "-d", "+h"]),
        ("abc", "d", True, ["+d", "-abc"]),
    ],
)
def test_exchange(current: str, asked: str, purge: bool, steps: list[str] | None) -> None:
    found = exchange(list(current), list(asked), 4, purge=purge)
    shown_steps = None if found is None else ["+-"[not step.adds] + "".join(step.items) for step in found]
    assert shown_steps == steps
    for step in found or []:
        assert len(step.after) <= 4
        assert step.after or not asked, "without any member everybody is let in"


def test_one_zone_is_told() -> None:
    places = [{"zone_id": f"z-{n}", "vswitch_id": f"v-{n}"} for n in range(2)]
    options = dict.fromkeys(("ipv6_address_type", "zone_mappings", "deletion_protection"))
    for zones, warned in ((places[:1], True), (places, False)):
        cloud = Cloud()
        after = {"zone_mappings": zones, "address_type": "internet", "edition": "standard", "ip_version": "ipv4"}
        LoadBalancer({**options, "zone_mappings": zones}, cloud.session()).check(Found(), after)
        assert bool(cloud.warnings) == warned


# Tags.


def test_tags_of_the_platform_stay() -> None:
    theirs = ("acs:rm:rgId", "aliyun.com/x", "Aliyun", "ack.aliyun.com", "ack", "ACS:x")
    ours = ("acknowledged", "team", "xacs:")
    (action,) = tag_actions("servergroup", {"a": "1"}, {"a": "1", **dict.fromkeys((*theirs, *ours), "x")}, purge=True)
    assert action.params["TagKey"] == sorted(ours)
    assert tag_actions("servergroup", {}, dict.fromkeys(theirs, "x"), purge=True) == []


@pytest.mark.parametrize(
    "given",
    [{"acs:a": "1"}, {"aliyun": "1"}, {"ALIYUN-x": ""}, {"a": "acs:b"}, {"a": "see http://b"}, {"https://a": "b"},
     {"": "a"}, {"a" * 129: "b"}, {f"k{n}": "" for n in range(21)}],
)  # fmt: skip
def test_tags_that_cannot_be(given: Object) -> None:
    with pytest.raises(RefusedError, match="tag"):
        tags.check(given)
    tags.check({"team": "shop", "xacs:": "not aliyun", "n": 7})


def test_every_condition_of_a_rule_stays_as_it_is() -> None:
    rule_checks.check(rule(conditions=[EVERYWHERE]))


def test_a_replaced_ca_that_a_second_listener_still_has_stays_with_a_warning() -> None:
    listener = {"ListenerId": "lsn-2", "LoadBalancerId": "alb-1", "ListenerProtocol": "HTTPS", "ListenerPort": 8443}
    cloud = Cloud(
        ListListeners=lambda _: {"Listeners": [{**listener, "ListenerStatus": "Running"}]},
        GetListenerAttribute=lambda _: {**listener, "CaCertificates": [{"CertificateId": "ca-1"}]},
    )
    replaced = tuple({"ca_certificate_id": f"ca-{n}", "common_name": "Clients"} for n in (1, 2))
    resource = StoredAuthority({"removed_before": None}, cloud.session())
    users = certificate_usage.of_ca_certificates(resource.session, ["ca-1", "ca-2"])
    going, kept = certificate_usage.split(resource, replaced, users, "Give them the new one")
    assert [each["ca_certificate_id"] for each in going] == ["ca-2"]
    assert [each["ca_certificate_id"] for each in kept] == ["ca-1"]
    assert "ca-1" in cloud.warnings[0]
    assert "lsn-2" in cloud.warnings[0]
