# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests make the servers of a group as wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group_checks import check
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.servers import server_actions, with_instance_ids
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY

from tests.unit.fakes.cloud import Cloud

ADD, UPDATE, REMOVE = (
    "AddServersToServerGroup",
    "UpdateServerGroupServersAttribute",
    "RemoveServersFromServerGroup",
)


def server(name: str, port: int = 443, weight: int | None = 100, **more: Any) -> dict[str, Any]:
    return {"server_id": name, "port": port, "weight": weight, "description": None, **more}


CASES = [
    ("left out", None, [server("i-1")], True, []),
    ("the same", [server("i-1")], [server("i-1")], True, []),
    ("weight not given", [server("i-1", weight=None)], [server("i-1", weight=7)], True, []),
    ("weight", [server("i-1", weight=0)], [server("i-1")], False, [(UPDATE, ["i-1"])]),
    ("new", [server("i-2")], [server("i-1")], False, [(ADD, ["i-2"])]),
    ("replaced", [server("i-2")], [server("i-1")], True, [(ADD, ["i-2"]), (REMOVE, ["i-1"])]),
    ("emptied", [], [server("i-1")], True, [(REMOVE, ["i-1"])]),
    ("others stay", [], [server("i-1")], False, []),
    ("another port", [server("i-1", 8443)], [server("i-1")], True, [(ADD, ["i-1"]), (REMOVE, ["i-1"])]),
    (
        "all at once",
        [server("i-1", weight=1), server("i-3")],
        [server("i-1"), server("i-2")],
        True,
        [(ADD, ["i-3"]), (UPDATE, ["i-1"]), (REMOVE, ["i-2"])],
    ),
]


@pytest.mark.parametrize(("wanted", "current", "purge", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_servers(wanted: Any, current: Any, purge: bool, expected: list[tuple[str, list[str]]]) -> None:
    actions = server_actions(wanted, current, purge=purge)
    assert [(a.operation, [s["ServerId"] for s in a.params["Servers"]]) for a in actions] == expected


def test_many_servers_go_in_parts() -> None:
    actions = server_actions([server(f"i-{n}") for n in range(45)], [], purge=False)
    assert [len(action.params["Servers"]) for action in actions] == [20, 20, 5]
    assert len(actions[-1].after["servers"]) == 45


@pytest.mark.parametrize(("name", "kind"), [("i-1", "Ecs"), ("eni-1", "Eni"), ("eci-1", "Eci")])
def test_the_kind_of_a_server_shows_in_its_id(name: str, kind: str) -> None:
    (action,) = server_actions([server(name)], [], purge=False)
    assert action.params["Servers"] == [{"ServerId": name, "Port": 443, "Weight": 100, "ServerType": kind}]


@pytest.mark.parametrize("there", [None, True])
def test_remote_servers(there: bool | None) -> None:
    wanted = {"address": "10.0.0.1", "port": 80, "remote_ip_enabled": True}
    if there is None:
        (add,) = server_actions([wanted], [], purge=False, kind="ip")
        assert add.params["Servers"][0]["RemoteIpEnabled"] is True
        return
    current = [{**IP_SERVER, "remote_ip_enabled": there}]
    assert server_actions([wanted], current, purge=False, kind="ip") == []
    with pytest.raises(RefusedError, match="that cannot be changed"):
        server_actions([{**wanted, "remote_ip_enabled": False}], current, purge=False, kind="ip")
    with pytest.raises(RefusedError, match="not of type ip"):
        server_actions([server("i-1", remote_ip_enabled=True)], [], purge=False)


ENI = {"server_id": "eni-1", "type": "eni", "port": 80, "weight": 100, "description": None}
PRIMARY, SECONDARY = ({**ENI, "address": address} for address in ("10.0.0.1", "10.0.0.2"))


@pytest.mark.parametrize(
    ("wanted", "current", "expected"),
    [
        ([PRIMARY, SECONDARY], [PRIMARY, SECONDARY], []),
        ([PRIMARY, SECONDARY], [PRIMARY], [(ADD, ["10.0.0.2"])]),
        ([PRIMARY, SECONDARY], [], [(ADD, ["10.0.0.1", "10.0.0.2"])]),
        ([SECONDARY], [PRIMARY, SECONDARY], [(REMOVE, ["10.0.0.1"])]),
        ([{**SECONDARY, "weight": 0}, PRIMARY], [PRIMARY, SECONDARY], [(UPDATE, ["10.0.0.2"])]),
        # By its id alone it is the one that is there.
        ([{**ENI, "address": None}], [SECONDARY], []),
        ([{**ENI, "address": None}], [], [(ADD, [None])]),
    ],
)
def test_addresses_of_a_network_interface(wanted: Any, current: Any, expected: list[Any]) -> None:
    actions = server_actions(wanted, current, purge=True)
    assert [(a.operation, [s.get("ServerIp") for s in a.params["Servers"]]) for a in actions] == expected


def test_a_network_interface_that_is_not_told_by_its_id() -> None:
    with pytest.raises(RefusedError, match=r"addresses 10.0.0.1, 10.0.0.2 on port 80"):
        server_actions([{**ENI, "address": None}], [PRIMARY, SECONDARY], purge=False)


def test_a_group_of_functions_has_no_protocol_of_its_own() -> None:
    none: dict[str, Any] = dict.fromkeys([*ServerGroup.names, "tags"])
    params = {**none, "type": "fc", "name": "shop", "purge_servers": False, "purge_tags": False}
    resource = ServerGroup(params, Cloud().session())
    (create,) = resource.present(Found())
    assert create.params == {
        "ServerGroupName": "shop",
        "ServerGroupType": "Fc",
        "HealthCheckConfig": {"HealthCheckEnabled": False},
    }
    with pytest.raises(RefusedError, match="type fc has no slow_start"):
        check({"type": "fc", "slow_start": {"enabled": True}})


def test_a_server_named_twice() -> None:
    with pytest.raises(RefusedError, match="two entries"):
        server_actions([server("i-1"), server("i-1", weight=1)], [], purge=False)


IP_SERVER = {"server_id": "10.0.0.1", "type": "ip", "address": "10.0.0.1", "port": 80, "weight": 100}
ECS_SERVER = {"server_id": "i-1", "type": "ecs", "address": "10.0.0.1", "port": 80, "weight": 100}


@pytest.mark.parametrize(
    ("kind", "wanted", "current", "expected"),
    [
        ("ip", {"address": "10.0.0.1", "port": 80}, [IP_SERVER], None),
        ("ip", {"server_id": "10.0.0.1", "port": 80}, [IP_SERVER], None),
        (
            "ip",
            {"address": "10.0.0.1", "port": 80},
            [],
            {"ServerId": "10.0.0.1", "ServerType": "Ip", "ServerIp": "10.0.0.1", "Port": 80},
        ),
        # An instance that the group has already can be named by its address.
        ("instance", {"address": "10.0.0.1", "port": 80}, [ECS_SERVER], None),
        (
            "instance",
            {"address": "10.0.0.1", "port": 80, "weight": 0},
            [ECS_SERVER],
            {"ServerId": "i-1", "ServerType": "Ecs", "Port": 80, "Weight": 0},
        ),
        (
            "instance",
            {"server_id": "eni-1", "address": "10.0.0.9", "port": 80},
            [],
            {"ServerId": "eni-1", "ServerType": "Eni", "ServerIp": "10.0.0.9", "Port": 80},
        ),
        ("fc", {"server_id": "acs:fc:f"}, [], {"ServerId": "acs:fc:f", "ServerType": "Fc"}),
    ],
)
def test_names_of_servers(kind: str, wanted: Any, current: Any, expected: dict[str, Any] | None) -> None:
    actions = server_actions([wanted], current, purge=True, kind=kind)
    assert [action.params["Servers"] for action in actions] == ([[expected]] if expected else [])


@pytest.mark.parametrize(
    ("kind", "wanted", "words"),
    [
        ("ip", {"address": "shop", "port": 80}, "'shop' is not an IP address"),
        ("ip", {"address": "10.0.0.1"}, "10.0.0.1 has no port"),
        ("instance", {"address": "10.0.0.2", "port": 80}, "no server of the group has the address 10.0.0.2"),
        ("instance", {"port": 80}, "without server_id and address"),
    ],
)
def test_servers_that_cannot_be(kind: str, wanted: Any, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        server_actions([wanted], [ECS_SERVER], purge=False, kind=kind)
    assert caught.value.hint


def describe(params: dict[str, Any]) -> dict[str, Any]:
    """ECS, with two instances of the address 10.0.0.7, in a VPC each."""
    there = {"i-5": ("10.0.0.5", "vpc-1"), "i-7": ("10.0.0.7", "vpc-1"), "i-8": ("10.0.0.7", "vpc-2")}
    assert params["InstanceNetworkType"] == "vpc"
    found = [
        {"InstanceId": name, "VpcAttributes": {"PrivateIpAddress": {"IpAddress": [address]}}}
        for name, (address, vpc) in there.items()
        if address in json.loads(params["PrivateIpAddresses"]) and params.get("VpcId", vpc) == vpc
    ]
    return {"Instances": {"Instance": found}}


def test_instances_are_named_by_address() -> None:
    cloud = Cloud(DescribeInstances=describe)
    wanted = [{"address": f"10.0.0.{n}", "port": 80} for n in (1, 5, 7, 9)] + [server("i-2")]
    group = {"type": "instance", "vpc_id": "vpc-1", "servers": [ECS_SERVER]}
    found = with_instance_ids(cloud.session(), wanted, group) or []
    assert [each.get("server_id") for each in found] == [None, "i-5", "i-7", None, "i-2"]
    # The one that the group has already is not asked for.
    (asked,) = cloud.named("DescribeInstances")
    assert json.loads(asked["PrivateIpAddresses"]) == ["10.0.0.5", "10.0.0.7", "10.0.0.9"]


@pytest.mark.parametrize(
    ("wanted", "group"),
    [
        (None, {"type": "instance"}),
        ([server("i-1")], {"type": "instance"}),
        ([{"address": "10.0.0.1", "port": 80}], {"type": "instance", "servers": [ECS_SERVER]}),
        ([{"address": "10.0.0.5", "port": 80}], {"type": "ip"}),
        ([{"address": KNOWN_AFTER_APPLY, "port": 80}], {"type": "instance", "servers": KNOWN_AFTER_APPLY}),
    ],
)
def test_ecs_is_asked_only_for_addresses_of_instances(wanted: Any, group: dict[str, Any]) -> None:
    assert with_instance_ids(Cloud().session(), wanted, group) == wanted


def test_an_address_of_two_instances() -> None:
    wanted = [{"address": "10.0.0.7", "port": 80}]
    for vpc in (None, KNOWN_AFTER_APPLY):
        with pytest.raises(RefusedError, match="i-7, i-8") as caught:
            with_instance_ids(Cloud(DescribeInstances=describe).session(), wanted, {"vpc_id": vpc})
        assert "server_id" in caught.value.hint


STICKY = {"enabled": True, "type": "insert", "cookie": None, "cookie_timeout": 1000}


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"enabled": True}, None),
        ({"cookie_timeout": 60}, {"StickySessionEnabled": True, "StickySessionType": "Insert", "CookieTimeout": 60}),
        ({"enabled": False}, {"StickySessionEnabled": False}),
        (
            {"type": "server", "cookie": "JSESSIONID"},
            {"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "JSESSIONID"},
        ),
    ],
)
def test_what_is_sent_as_a_whole(wanted: dict[str, Any], sent: dict[str, Any] | None) -> None:
    current = dict.fromkeys(ServerGroup.names)
    current |= {"server_group_id": "sgp-1", "type": "instance", "sticky_session": STICKY, "servers": [], "tags": {}}
    params = {**current, "sticky_session": wanted, "servers": None, "tags": None, "purge_servers": False}
    resource = ServerGroup({**params, "purge_tags": False}, Cloud().session())
    updates = [update.params for update in resource.present(Found(current))]
    assert updates == ([{"ServerGroupId": "(this resource)", "StickySessionConfig": sent}] if sent else [])


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"sticky_session": {"enabled": True, "type": "server"}}, "name of the servers' cookie"),
        ({"slow_start": {"enabled": True}, "scheduler": "wlc"}, "scheduler wrr only"),
    ],
)
def test_groups_that_cannot_be(group: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        check(group)
    check({**group, "sticky_session": {"enabled": False}, "slow_start": {"enabled": False}})
