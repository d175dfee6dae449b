# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers are hosts, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.inventory import Selection, servers
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.unit.fakes.cloud import Cloud

BEHIND = {"sgp-a": ["alb-1"], "sgp-b": ["alb-1", "alb-2"], "sgp-c": []}
SERVERS = {
    "sgp-a": [("i-1", 443, 100, "Available"), ("i-2", 443, 0, "Available")],
    "sgp-b": [("i-1", 80, 7, "Available"), ("i-4", 80, 100, "Removing")],
    "sgp-c": [("i-3", 80, 100, "Available")],
}


@pytest.fixture
def cloud() -> Cloud:
    def group(name: str) -> dict[str, Any]:
        named = {"ServerGroupId": name, "ServerGroupName": f"name of {name}"}
        return {**named, "RelatedLoadBalancerIds": BEHIND[name]}

    def tagged(params: dict[str, Any]) -> dict[str, Any]:
        return {"ServerGroups": [group(name) for name in BEHIND if "Tag" not in params or name == "sgp-b"]}

    def of_group(params: dict[str, Any]) -> dict[str, Any]:
        names = ("ServerId", "Port", "Weight", "Status")
        common = {"ServerType": "Ecs", "ServerIp": "10.0.0.1", "ServerGroupId": params["ServerGroupId"]}
        return {"Servers": [{**common, **dict(zip(names, s, strict=True))} for s in SERVERS[params["ServerGroupId"]]]}

    def health(params: dict[str, Any]) -> dict[str, Any]:
        if params["ListenerId"] != "lsn-1":
            return {}
        unhealthy = {"ServerId": "i-2", "Port": 443, "Status": "Unhealthy"}
        a = {"ServerGroupId": "sgp-a", "HealthCheckEnabled": "on", "NonNormalServers": [unhealthy]}
        b = {"ServerGroupId": "sgp-b", "HealthCheckEnabled": "off"}
        first = {"ListenerHealthStatus": [{"ServerGroupInfos": [a]}], "NextToken": "more"}
        return {"RuleHealthStatus": [{"ServerGroupInfos": [b]}]} if "NextToken" in params else first

    names = {"alb-1": "shop", "alb-2": "office"}
    balancers = [{"LoadBalancerId": key, "LoadBalancerName": name} for key, name in names.items()]
    return Cloud(
        ListLoadBalancers=lambda _params: {"LoadBalancers": balancers},
        ListServerGroups=tagged,
        ListServerGroupServers=of_group,
        ListListeners=lambda params: {
            "Listeners": [{"ListenerId": f"lsn-{name[-1]}"} for name in params["LoadBalancerIds"]]
        },
        GetListenerHealthStatus=health,
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), ["i-1", "i-2", "i-3"]),
        (Selection(load_balancers=("shop",)), ["i-1", "i-2"]),
        (Selection(load_balancers=("alb-2",)), ["i-1"]),
        (Selection(load_balancers=("office",), server_groups=("sgp-c",)), ["i-1", "i-3"]),
        (Selection(server_groups=("name of sgp-c",)), ["i-3"]),
        (Selection(tags=(("stage", "test"),)), ["i-1"]),
        (Selection(tags=(("stage", "test"),), server_groups=("sgp-c",)), []),
    ],
)
def test_selection(cloud: Cloud, selection: Selection, expected: list[str]) -> None:
    assert [server["server_id"] for server in servers(cloud.session(), selection)] == expected


@pytest.mark.parametrize("selection", [Selection(load_balancers=("sho",)), Selection(server_groups=("sgp-x",))])
def test_what_is_not_there(cloud: Cloud, selection: Selection) -> None:
    with pytest.raises(RefusedError, match="There is no"):
        servers(cloud.session(), selection)


def test_a_server_in_two_groups_is_one_host(cloud: Cloud) -> None:
    first, second, third = servers(cloud.session(), Selection())
    assert [(m["server_group_id"], m["port"], m["health"]) for m in first["memberships"]] == [
        ("sgp-a", 443, "healthy"),
        ("sgp-b", 80, "unchecked"),
    ]
    assert (first["weight"], first["health"]) == (100, "unchecked")
    assert first["load_balancers"] == ["office", "shop"]
    assert (second["weight"], second["health"]) == (0, "unhealthy")
    assert (third["health"], third["load_balancers"]) == ("unknown", [])


def test_health_can_be_left_out(cloud: Cloud) -> None:
    found = servers(cloud.session(), Selection(health=False))
    assert {server["health"] for server in found} == {"unknown"}
    assert not cloud.named("ListListeners")
