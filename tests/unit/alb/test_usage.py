# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a user of a resource that is to be removed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import usage
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.unit.fakes.cloud import Cloud, error

GROUPS = {"ServerGroupTuples": [{"ServerGroupId": "sgp-1"}]}


def listener(identity: str, **more: Any) -> dict[str, Any]:
    return {
        "ListenerId": identity,
        "LoadBalancerId": "alb-1",
        "ListenerProtocol": "HTTPS",
        "ListenerPort": 443,
        "ListenerStatus": "Running",
        **more,
    }


def rule(identity: str, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "RuleId": identity,
        "RuleName": "name",
        "ListenerId": "lsn-9",
        "LoadBalancerId": "alb-1",
        "RuleStatus": "Available",
        "RuleActions": [{"Order": number, **action} for number, action in enumerate(actions, 1)],
        **more,
    }


def account(*listeners: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **operations: Any) -> Cloud:
    def listed(params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("ListenerIds")
        return {"Listeners": [each for each in listeners if not wanted or each["ListenerId"] in wanted]}

    return Cloud(ListListeners=listed, ListRules=lambda params: {"Rules": list(rules)}, **operations)


FORWARD = {"Type": "ForwardGroup", "ForwardGroupConfig": GROUPS}
MIRROR = {
    "Type": "TrafficMirror",
    "TrafficMirrorConfig": {"TargetType": "ForwardGroupMirror", "MirrorGroupConfig": GROUPS},
}
REDIRECT = {"Type": "Redirect", "RedirectConfig": {"Protocol": "HTTPS"}}


@pytest.mark.parametrize(
    ("cloud", "ids"),
    [
        (account(listener("lsn-1", DefaultActions=[FORWARD])), ["lsn-1"]),
        (account(listener("lsn-1", DefaultActions=[FORWARD], ListenerStatus="Deleting")), []),
        (account(listener("lsn-1", DefaultActions=[])), []),
        (account(rules=(rule("rule-1", REDIRECT, FORWARD),)), ["rule-1"]),
        (account(rules=(rule("rule-1", MIRROR, FORWARD),)), ["rule-1"]),
        (account(rules=(rule("rule-1", MIRROR),)), ["rule-1"]),
        (account(rules=(rule("rule-1", REDIRECT), rule("rule-2", FORWARD, RuleStatus="Deleting"))), []),
    ],
)
def test_of_a_server_group(cloud: Cloud, ids: list[str]) -> None:
    users = list(usage.of_server_group(cloud.session(), "sgp-1", ["alb-1"]))
    assert [identity for user, identity in zip(users, ids, strict=True) if identity not in user.ids] == []
    assert [identity for user, identity in zip(users, ids, strict=True) if identity not in user.text] == []


def test_no_request_for_a_group_that_no_load_balancer_has() -> None:
    cloud = account()
    assert list(usage.of_server_group(cloud.session(), "sgp-1", [])) == []
    assert cloud.calls == []


@pytest.mark.parametrize(
    ("related", "ids"),
    [
        ([{"ListenerId": "lsn-1", "Status": "Associated"}], ["lsn-1"]),
        ([{"ListenerId": "lsn-1", "Status": "Associating"}], ["lsn-1"]),
        ([{"ListenerId": "lsn-1", "Status": "Dissociating"}], []),
        ([{"ListenerId": "lsn-gone", "Status": "Associated"}], []),
        ([], []),
    ],
)
def test_of_a_list_counts_who_is_there(related: list[dict[str, Any]], ids: list[str]) -> None:
    relations = {"AclRelations": [{"AclId": "acl-1", "RelatedListeners": related}]}
    cloud = account(listener("lsn-1"), ListAclRelations=lambda params: relations)
    users = usage.of_acl(cloud.session(), "acl-1")
    assert [sorted(user.ids)[1] for user in users] == ids


def test_of_a_list_that_goes_at_this_moment() -> None:
    def gone(params: dict[str, Any]) -> dict[str, Any]:
        raise error("ResourceNotFound.Acl", 404)

    assert usage.of_acl(account(ListAclRelations=gone).session(), "acl-1") == []


@pytest.mark.parametrize(
    ("removed_before", "left"),
    [(None, 2), ([], 2), (["lsn-1"], 1), (["lsn-1", "lsn-2"], 0), (["alb-1"], 0), (["alb-2", "lsn-3"], 2)],
)
def test_what_goes_before_does_not_count(removed_before: list[str] | None, left: int) -> None:
    cloud = account(listener("lsn-1"), listener("lsn-2"))
    users = usage.of_load_balancer(cloud.session(), "alb-1")
    assert len(usage.remaining(users, {"removed_before": removed_before})) == left


def test_all_users_are_named() -> None:
    users = usage.of_load_balancer(account(listener("lsn-1"), listener("lsn-2", ListenerPort=8443)).session(), "alb-1")
    with pytest.raises(RefusedError, match=r"The one is .*lsn-1 .*443.*lsn-2 .*8443.*; the third is .*lsn-1") as caught:
        usage.refuse({}, {"The one": users, "the other": [], "the third": users}, "ResourceInUse.Acl")
    assert caught.value.report()["code"] == "ResourceInUse.Acl"
    assert "removed_before" in caught.value.hint
    usage.refuse({}, {"The one": []}, "ResourceInUse.Acl")


@pytest.mark.parametrize(
    ("quic", "named"),
    [
        ({"QuicUpgradeEnabled": True, "QuicListenerId": "lsn-q"}, True),
        ({"QuicUpgradeEnabled": False, "QuicListenerId": "lsn-q"}, False),
        ({"QuicUpgradeEnabled": True, "QuicListenerId": "lsn-other"}, False),
    ],
)
def test_of_a_quic_listener(quic: dict[str, Any], named: bool) -> None:
    cloud = account(listener("lsn-1", QuicConfig=quic), listener("lsn-q", ListenerProtocol="QUIC"))
    there = {"listener_id": "lsn-q", "protocol": "quic", "load_balancer_id": "alb-1"}
    assert bool(usage.of_quic_listener(cloud.session(), there)) is named
    assert usage.of_quic_listener(account().session(), {**there, "protocol": "https"}) == []
