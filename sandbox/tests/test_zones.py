# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones of load balancers: an address for each, and zones that are shifted away from DNS."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, BALANCER, Sdk, wait_until
from sandbox.tests.test_forwarding import FIXED, PATH
from sandbox.tests.world import curl

Object = dict[str, t.Any]
H, OTHER = BALANCER["ZoneMappings"]
SHIFT, CANCEL = "StartShiftLoadBalancerZones", "CancelShiftLoadBalancerZones"
UNCHANGED = (400, "OperationDenied.ZoneMappingsNotChanged")
# A zone, and the code of a shift of it away from a load balancer in the zones h and i.
REFUSED: list[tuple[Object, tuple[int, str]]] = [
    ({**H, "VSwitchId": "vsw-none"}, (404, "ResourceNotFound.VSwitch")),
    ({**H, "VSwitchId": "vsw-i"}, (400, "Mismatch.ZoneIdAndVSwitchId")),
    ({**H, "VSwitchId": "vsw-h2"}, (400, "OperationDenied.ZoneVSwitchChanged")),
    ({"ZoneId": "cn-hangzhou-j", "VSwitchId": "vsw-j"}, (400, "OperationDenied.ZoneVSwitchNotExist")),
]
MORE = {
    "vpc_id": "vpc-1",
    "vswitches": [
        {"vswitch_id": "vsw-h2", "zone_id": "cn-hangzhou-h"},
        {"vswitch_id": "vsw-j", "zone_id": "cn-hangzhou-j"},
    ],
}


def shift(sdk: Sdk, operation: str, balancer: str, zone: Object) -> None:
    """Calls an operation, whose answer names no job, and waits for the load balancer."""
    sdk("alb", operation, LoadBalancerId=balancer, ZoneMappings=[zone])
    wait_until(lambda: sdk.status(balancer) == "Active", "load balancer")


def zones(sdk: Sdk, balancer: str) -> dict[str, tuple[str, str]]:
    """Status and address by zone."""
    found = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
    return {zone["ZoneId"]: (zone["Status"], zone["LoadBalancerAddresses"][0]["Address"]) for zone in found}


def test_a_shift_and_its_end(sdk: Sdk) -> None:
    """The zone keeps its address, and the last zone in DNS stays there."""
    balancer = sdk.balancer()
    before = zones(sdk, balancer)
    assert [status for status, _address in before.values()] == ["Active", "Active"]
    assert len({address for _status, address in before.values()}) == 2
    for operation, zone, after in ((SHIFT, H, "Shifted"), (CANCEL, H, "Active"), (SHIFT, OTHER, "Shifted")):
        shift(sdk, operation, balancer, zone)
        name = zone["ZoneId"]
        assert zones(sdk, balancer)[name] == (after, before[name][1])
        again = sdk.refused("alb", operation, LoadBalancerId=balancer, ZoneMappings=[zone])
        assert again == UNCHANGED
    refused = sdk.refused("alb", SHIFT, LoadBalancerId=balancer, ZoneMappings=[H])
    assert refused == (400, "OperationDenied.ConfigLastActiveZoneNotSupport")


@pytest.mark.parametrize(("earlier", "operation", "during"), [((), SHIFT, "Stopping"), ((SHIFT,), CANCEL, "Starting")])
def test_meanwhile(sdk: Sdk, earlier: tuple[str, ...], operation: str, during: str) -> None:
    balancer = sdk.balancer()
    for each in earlier:
        shift(sdk, each, balancer, H)
    sdk.sandbox.delays(loadbalancer=600)
    sdk("alb", operation, LoadBalancerId=balancer, ZoneMappings=[H])
    assert zones(sdk, balancer)["cn-hangzhou-h"][0] == during
    refused = sdk.refused("alb", operation, LoadBalancerId=balancer, ZoneMappings=[OTHER])
    assert refused == (400, "IncorrectStatus.LoadBalancer")


def test_refused(sdk: Sdk) -> None:
    sdk.sandbox.seed(vpcs=[MORE])
    balancer = sdk.balancer()
    for operation in (SHIFT, CANCEL):
        for zone, expected in REFUSED:
            assert sdk.refused("alb", operation, LoadBalancerId=balancer, ZoneMappings=[zone]) == expected, zone
        none = sdk.refused("alb", operation, LoadBalancerId="alb-none", ZoneMappings=[H])
        assert none == (404, "ResourceNotFound.LoadBalancer")
        assert sdk.refused("alb", operation, LoadBalancerId=balancer, ZoneMappings=[H, OTHER]) == (
            400,
            "InvalidParameter",
        )
        dynamic = sdk.balancer(AddressAllocatedMode="Dynamic")
        refused = sdk.refused("alb", operation, LoadBalancerId=dynamic, ZoneMappings=[H])
        assert refused == (400, "OperationDenied.OnlyFixedAddressAllocatedModeSupported")
    assert sdk.refused("alb", CANCEL, LoadBalancerId=balancer, ZoneMappings=[H]) == UNCHANGED


def test_other_zones(sdk: Sdk) -> None:
    """A zone that stays keeps address and status, and a new one gets an address that nobody has."""
    sdk.sandbox.seed(vpcs=[MORE])
    balancer, neighbour = sdk.balancer(), sdk.balancer()
    shift(sdk, SHIFT, balancer, OTHER)
    before, taken = zones(sdk, balancer), zones(sdk, neighbour)
    added = {"ZoneId": "cn-hangzhou-j", "VSwitchId": "vsw-j"}
    sdk.write("UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=[OTHER, H, added])
    after = zones(sdk, balancer)
    assert list(after) == ["cn-hangzhou-i", "cn-hangzhou-h", "cn-hangzhou-j"]
    assert {name: after[name] for name in before} == before
    status, address = after["cn-hangzhou-j"]
    assert status == "Active"
    assert address not in {each for _status, each in (*before.values(), *taken.values())}
    sdk.write("UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=[H, added])
    third = zones(sdk, sdk.balancer())
    assert before["cn-hangzhou-i"][1] in {each for _status, each in third.values()}, "a free address is used again"


def test_dns_and_traffic() -> None:
    """DNS answers with the zones that are not shifted away; every address serves the listeners."""
    port = free_port("127.77.1.1")
    with Sandbox(dns=True, data_plane="nginx") as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer = sdk.balancer()
        listener = sdk.listener(balancer, sdk.group(), ListenerPort=port)["ListenerId"]
        rule = {"ListenerId": listener, "RuleName": "api", "Priority": 1}
        sdk.write("CreateRule", **rule, RuleConditions=[PATH], RuleActions=[FIXED])
        name = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["DNSName"]
        assert sandbox.dns
        host, dns_port = sandbox.dns.split(":")
        command = ["dig", f"@{host}", "-p", dns_port, "+short", "+time=2", name]

        def answered() -> list[str]:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

        addresses = [address for _status, address in zones(sdk, balancer).values()]
        path = PATH["PathConfig"]["Values"][0].replace("*", "")
        assert answered() == addresses
        shift(sdk, SHIFT, balancer, H)
        assert answered() == addresses[1:]
        assert [curl(f"http://{address}:{port}{path}")[0] for address in addresses] == [200, 200]
        shift(sdk, CANCEL, balancer, H)
        assert answered() == addresses
        sandbox.seed(vpcs=[MORE])
        zone = {"ZoneId": "cn-hangzhou-j", "VSwitchId": "vsw-j"}
        sdk.write("UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=[H, zone])
        assert [curl(f"http://{address}:{port}{path}")[0] for address in (*addresses, answered()[1])] == [200, 0, 200]
