# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of every type."""

from __future__ import annotations

import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk

PLACE = {"zone_id": "cn-hangzhou-h", "vpc_id": "vpc-1"}
INTERFACE = {"instance_id": "eni-1", "address": "127.0.0.4", "secondary_addresses": ["127.0.0.5"], **PLACE}
ENI = {"ServerId": "eni-1", "ServerType": "Eni", "Port": 80}
FUNCTION = "acs:fc:cn-hangzhou:1:services/shop.LATEST/functions/shop"


@pytest.fixture
def shop(sandbox: Sandbox, sdk: Sdk) -> str:
    """A server group, in an account with an interface and a container."""
    sandbox.seed(eni=[INTERFACE], eci=[{"instance_id": "eci-1", "address": "127.0.0.6", **PLACE}])
    return sdk.group()


def servers(sdk: Sdk, group: str) -> list[tuple[str, str, int | None]]:
    found = sdk("alb", "ListServerGroupServers", ServerGroupId=group)["Servers"]
    return [(item["ServerType"], item["ServerIp"], item.get("Port")) for item in found]


def test_containers_and_addresses_of_an_interface(sdk: Sdk, shop: str) -> None:
    sdk.write(
        "AddServersToServerGroup",
        ServerGroupId=shop,
        Servers=[ENI, {**ENI, "ServerIp": "127.0.0.5"}, {"ServerId": "eci-1", "ServerType": "Eci", "Port": 81}],
    )
    assert servers(sdk, shop) == [("Eni", "127.0.0.4", 80), ("Eni", "127.0.0.5", 80), ("Eci", "127.0.0.6", 81)]
    sdk.write("RemoveServersFromServerGroup", ServerGroupId=shop, Servers=[{**ENI, "ServerIp": "127.0.0.4"}])
    assert servers(sdk, shop) == [("Eni", "127.0.0.5", 80), ("Eci", "127.0.0.6", 81)]


@pytest.mark.parametrize(
    ("server", "refusal"),
    [
        ({"ServerIp": "127.0.0.9"}, (400, "IllegalParam.ServerIp")),
        ({"ServerId": "eni-none"}, (404, "ResourceNotFound.Eni")),
        ({"ServerId": "eci-none", "ServerType": "Eci"}, (404, "ResourceNotFound.Eci")),
        ({"ServerId": FUNCTION, "ServerType": "Fc"}, (400, "InvalidParameter")),
        ({"ServerIp": "127.0.0.4"}, (400, "Conflict.BackendServer")),
    ],
)
def test_servers_that_are_refused(sdk: Sdk, shop: str, server: dict[str, t.Any], refusal: tuple[int, str]) -> None:
    sdk.write("AddServersToServerGroup", ServerGroupId=shop, Servers=[ENI])
    assert sdk.refused("alb", "AddServersToServerGroup", ServerGroupId=shop, Servers=[{**ENI, **server}]) == refusal


def test_functions(sdk: Sdk) -> None:
    made = sdk.write(
        "CreateServerGroup",
        ServerGroupName="functions",
        ServerGroupType="Fc",
        HealthCheckConfig={"HealthCheckEnabled": False},
    )
    group = made["ServerGroupId"]
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[{"ServerId": FUNCTION, "ServerType": "Fc"}])
    assert servers(sdk, group) == [("Fc", "", None)]
    listener = sdk.listener(sdk.balancer(), group)["ListenerId"]
    (status,) = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"]
    assert status["ServerGroupInfos"][0]["NonNormalServers"] == []
