# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests make a load balancer as wanted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import fields
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer, check
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import decode

from tests.unit.fakes.cloud import Cloud

THERE = {
    "LoadBalancerId": "alb-1",
    "LoadBalancerName": "shop",
    "LoadBalancerEdition": "Standard",
    "AddressType": "Internet",
    "AddressIpVersion": "IPv4",
    "ResourceGroupId": "rg-1",
    "ModificationProtectionConfig": {"Status": "NonProtection"},
}
LOGGED = {**THERE, "AccessLogConfig": {"LogProject": "logs", "LogStore": "shop"}}
LOG = {"LogProject": "logs", "LogStore": "shop"}
ON, OFF = "EnableLoadBalancerAccessLog", "DisableLoadBalancerAccessLog"


NONE = {
    **dict.fromkeys(LoadBalancer.names),
    **dict.fromkeys(["purge_tags", "purge_security_groups"], False),
    "state": "present",
    "region": "cn-hangzhou",
}


def plan(there: dict[str, Any] | None, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    """Operations with their parameters, without the id."""
    resource = LoadBalancer({**NONE, **options}, Cloud().session())
    found = Found(decode(fields.LOAD_BALANCER, there) if there else None)
    actions = resource.present(found)
    hidden = ("LoadBalancerId", "ResourceId", "ResourceType")
    return [(a.operation, {k: v for k, v in a.params.items() if k not in hidden}) for a in actions]


@pytest.mark.parametrize(
    ("there", "options", "expected"),
    [
        (THERE, {"access_log": {"enabled": False}}, []),
        (THERE, {"access_log": {"project": "logs", "store": "shop"}}, [(ON, LOG)]),
        (LOGGED, {"access_log": {"project": "logs", "store": "shop"}}, []),
        (LOGGED, {"access_log": {"store": "other"}}, [(OFF, {}), (ON, {**LOG, "LogStore": "other"})]),
        (LOGGED, {"access_log": {"enabled": False, "project": "logs"}}, [(OFF, {})]),
        (THERE, {"address_type": "intranet"}, [("UpdateLoadBalancerAddressTypeConfig", {"AddressType": "Intranet"})]),
        (THERE, {"resource_group_id": "rg-2"}, [("MoveResourceGroup", {"NewResourceGroupId": "rg-2"})]),
        (THERE, {"modification_protection": {"enabled": False, "reason": "why"}}, []),
        ({**THERE, "ResourceGroupId": "rg-1"}, {"resource_group_id": ""}, []),
        (
            THERE,
            {"modification_protection": {"reason": "why"}},
            [
                (
                    "UpdateLoadBalancerAttribute",
                    {"ModificationProtectionConfig": {"Status": "ConsoleProtection", "Reason": "why"}},
                )
            ],
        ),
    ],
)
def test_update(there: dict[str, Any], options: dict[str, Any], expected: list[Any]) -> None:
    assert plan(there, **options) == expected


def test_create_with_a_log() -> None:
    new = {"name": "shop", "vpc_id": "vpc-1", "zone_mappings": [{"zone_id": "z", "vswitch_id": "v"}]}
    (create, _params), log = plan(None, **new, access_log={"project": "logs", "store": "shop"})
    assert (create, log) == ("CreateLoadBalancer", (ON, LOG))


@pytest.mark.parametrize(
    ("options", "words"),
    [({"access_log": {"project": "logs"}}, "access_log needs store"), ({"ip_version": "dual_stack"}, "ip_version")],
)
def test_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        plan(THERE, **options)


PROTECTED = {**THERE, "DeletionProtectionConfig": {"Enabled": True}}


LISTENER = {"ListenerId": "lsn-1", "LoadBalancerId": "alb-1", "ListenerProtocol": "HTTPS", "ListenerPort": 443}
PROTECTION, LISTENERS = r"alb-1 is protected", r"still has the listener lsn-1 \(https on port 443"


@pytest.mark.parametrize(
    ("there", "listeners", "options", "refusals"),
    [
        (THERE, [], {}, []),
        (THERE, [], {"deletion_protection": True}, []),
        (PROTECTED, [], {"deletion_protection": False}, []),
        (PROTECTED, [], {}, [PROTECTION]),
        (PROTECTED, [], {"deletion_protection": True}, [PROTECTION]),
        (THERE, [LISTENER], {}, [LISTENERS]),
        (THERE, [LISTENER], {"removed_before": ["lsn-2"]}, [LISTENERS]),
        (THERE, [LISTENER], {"removed_before": ["lsn-1"]}, []),
        (THERE, [LISTENER], {"purge_listeners": True}, []),
        (PROTECTED, [LISTENER], {}, [PROTECTION, LISTENERS]),
        (PROTECTED, [LISTENER], {"purge_listeners": True}, [PROTECTION]),
    ],
)
def test_what_forbids_deletion_is_told_at_once(
    there: dict[str, Any], listeners: list[Any], options: dict[str, Any], refusals: list[str]
) -> None:
    params = {"deletion_protection": None, "purge_listeners": False, "removed_before": None, **options}
    cloud = Cloud(ListListeners=lambda _params: {"Listeners": listeners})
    resource = LoadBalancer(params, cloud.session())
    found = Found(decode(fields.LOAD_BALANCER, there))
    lift = ["DisableDeletionProtection"] if there is PROTECTED else []
    assert [action.operation for action in resource.absent(found)] == [*lift, "DeleteLoadBalancer"]
    if not refusals:
        resource.check(found, {})
        return
    with pytest.raises(RefusedError, match=".*".join(refusals)) as caught:
        resource.check(found, {})
    assert ("deletion_protection: false" in caught.value.hint) is (PROTECTION in refusals)
    assert ("purge_listeners" in caught.value.hint) is (LISTENERS in refusals)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("Basic", "standard", ""),
        ("Basic", "standard_with_waf", ""),
        ("StandardWithWaf", "standard", ""),
        ("Standard", "standard_with_waf", "warned"),
        ("Standard", "basic", "refused"),
        ("StandardWithWaf", "basic", "refused"),
    ],
)
def test_ways_between_editions(before: str, after: str, outcome: str) -> None:
    cloud = Cloud()
    resource = LoadBalancer(NONE, cloud.session())
    found = Found(decode(fields.LOAD_BALANCER, {**THERE, "LoadBalancerEdition": before}))
    wanted = {**(found.object or {}), "zone_mappings": [{}], "edition": after}
    if outcome == "refused":
        with pytest.raises(RefusedError, match="cannot go back"):
            resource.check(found, wanted)
        return
    resource.check(found, wanted)
    assert bool(cloud.warnings) == (outcome == "warned")


PLACES = {"zone_id": "z-1", "vswitch_id": "v-1"}, {"zone_id": "z-2", "vswitch_id": "v-2"}
EIP = {"AllocationId": "eip-1", "EipType": "Anycast", "IntranetAddress": "10.0.0.7"}
WITH_EIP = {
    **THERE,
    "ZoneMappings": [{"ZoneId": "z-1", "VSwitchId": "v-1", "LoadBalancerAddresses": [{"Address": "192.0.2.1", **EIP}]}],
}
ZONES, ADDRESS = "UpdateLoadBalancerZones", "UpdateLoadBalancerAddressTypeConfig"
FIRST, SECOND = {"ZoneId": "z-1", "VSwitchId": "v-1"}, {"ZoneId": "z-2", "VSwitchId": "v-2"}
KEPT = {**FIRST, "EipType": "Anycast", "IntranetAddress": "10.0.0.7"}


@pytest.mark.parametrize(
    ("there", "options", "expected"),
    [
        (WITH_EIP, {"zone_mappings": [PLACES[0]]}, []),
        (WITH_EIP, {"zone_mappings": [{**PLACES[0], "allocation_id": "eip-1", "eip_type": "anycast"}]}, []),
        # What a zone has is sent again, or it could be lost.
        (WITH_EIP, {"zone_mappings": [PLACES[1], PLACES[0]]}, [(ZONES, {"ZoneMappings": [KEPT, SECOND]})]),
        (
            WITH_EIP,
            {"zone_mappings": [{**PLACES[0], "intranet_address": "10.0.0.8"}]},
            [(ZONES, {"ZoneMappings": [{**KEPT, "IntranetAddress": "10.0.0.8"}]})],
        ),
        (WITH_EIP, {"address_type": "intranet"}, [(ADDRESS, {"AddressType": "Intranet"})]),
        (
            {**WITH_EIP, "AddressType": "Intranet", "ZoneMappings": [FIRST]},
            {"address_type": "internet", "zone_mappings": [{**PLACES[0], "allocation_id": "eip-2"}]},
            [(ADDRESS, {"AddressType": "Internet", "ZoneMappings": [{**FIRST, "AllocationId": "eip-2"}]})],
        ),
    ],
)
def test_zones(there: dict[str, Any], options: dict[str, Any], expected: list[Any]) -> None:
    assert plan(there, **options) == expected


def test_another_elastic_ip_address() -> None:
    with pytest.raises(RefusedError, match="z-1 cannot get the elastic IP address eip-9"):
        plan(WITH_EIP, zone_mappings=[{**PLACES[0], "allocation_id": "eip-9"}])


PACKED = {**THERE, "BandwidthPackageId": "cbwp-1"}
ATTACH, DETACH = "AttachCommonBandwidthPackageToLoadBalancer", "DetachCommonBandwidthPackageFromLoadBalancer"
JOIN, LEAVE = "LoadBalancerJoinSecurityGroup", "LoadBalancerLeaveSecurityGroup"
GROUPED = {**THERE, "SecurityGroupIds": ["sg-1", "sg-2"]}
PRIVATE, PUBLIC = ({**THERE, "Ipv6AddressType": kind} for kind in ("Intranet", "Internet"))


def package(name: str) -> dict[str, str]:
    return {"RegionId": "cn-hangzhou", "BandwidthPackageId": name}


@pytest.mark.parametrize(
    ("there", "options", "expected"),
    [
        (PACKED, {"bandwidth_package_id": "cbwp-1"}, []),
        (THERE, {"bandwidth_package_id": ""}, []),
        (THERE, {"bandwidth_package_id": "cbwp-1"}, [(ATTACH, package("cbwp-1"))]),
        (PACKED, {"bandwidth_package_id": "cbwp-2"}, [(DETACH, package("cbwp-1")), (ATTACH, package("cbwp-2"))]),
        (PACKED, {"bandwidth_package_id": ""}, [(DETACH, package("cbwp-1"))]),
        (GROUPED, {"security_group_ids": ["sg-1"]}, []),
        (GROUPED, {"security_group_ids": ["sg-3"]}, [(JOIN, {"SecurityGroupIds": ["sg-3"]})]),
        (
            GROUPED,
            {"security_group_ids": ["sg-2"], "purge_security_groups": True},
            [(LEAVE, {"SecurityGroupIds": ["sg-1"]})],
        ),
        (PRIVATE, {"ipv6_address_type": "intranet"}, []),
        (THERE, {"ipv6_address_type": "intranet"}, []),
        (PRIVATE, {"ipv6_address_type": "internet"}, [("EnableLoadBalancerIpv6Internet", {})]),
        (PUBLIC, {"ipv6_address_type": "intranet"}, [("DisableLoadBalancerIpv6Internet", {})]),
    ],
)
def test_packages_groups_and_ipv6(there: dict[str, Any], options: dict[str, Any], expected: list[Any]) -> None:
    assert plan(there, **options) == expected


def test_four_security_groups_at_most() -> None:
    """A fifth one is refused; of four, others take their places without a moment without any."""
    many = [f"sg-{number}" for number in range(1, 5)]
    full = {**THERE, "SecurityGroupIds": many}
    with pytest.raises(RefusedError, match="5 security groups, and 4 is the most"):
        plan(full, security_group_ids=["sg-5"])
    with pytest.raises(RefusedError, match="5 security groups"):
        plan(THERE, security_group_ids=[*many, "sg-5"])
    steps = plan(full, security_group_ids=["sg-5"], purge_security_groups=True)
    assert steps == [
        (LEAVE, {"SecurityGroupIds": ["sg-1"]}),
        (JOIN, {"SecurityGroupIds": ["sg-5"]}),
        (LEAVE, {"SecurityGroupIds": ["sg-2", "sg-3", "sg-4"]}),
    ]


def test_a_package_needs_the_region() -> None:
    with pytest.raises(RefusedError, match="needs the region"):
        plan(THERE, bandwidth_package_id="cbwp-1", region=None)


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        ({"zone_mappings": []}, {"zone_mappings": []}, "in one zone at least"),
        ({"zone_mappings": [{"allocation_id": "eip-1"}]}, {"address_type": "intranet"}, "no elastic IP address"),
        ({"ipv6_address_type": "internet"}, {}, "have IPv6 addresses"),
    ],
)
def test_addresses_that_cannot_be(options: dict[str, Any], change: dict[str, Any], words: str) -> None:
    after = {"zone_mappings": [{}], "address_type": "internet", "ip_version": "ipv4", **change}
    with pytest.raises(RefusedError, match=words):
        check({**NONE, **options}, after)


def test_a_new_one_with_all_of_it() -> None:
    operations = plan(
        None,
        name="shop",
        vpc_id="vpc-1",
        ip_version="dual_stack",
        address_allocated_mode="fixed",
        zone_mappings=[{**PLACES[0], "allocation_id": "eip-1", "eip_type": "common", "intranet_address": "10.0.0.7"}],
        ipv6_address_type="internet",
        bandwidth_package_id="cbwp-1",
        security_group_ids=["sg-1"],
    )
    assert [operation for operation, _params in operations] == [
        "CreateLoadBalancer",
        "EnableLoadBalancerIpv6Internet",
        JOIN,
    ]
    sent = operations[0][1]
    assert sent["ZoneMappings"] == [{**FIRST, **EIP, "EipType": "Common"}]
    assert sent["LoadBalancerBillingConfig"] == {"PayType": "PostPay", "BandwidthPackageId": "cbwp-1"}
    assert sent["AddressAllocatedMode"] == "Fixed"
    assert not {"SecurityGroupIds", "Ipv6AddressType", "BandwidthPackageId"} & set(sent)
