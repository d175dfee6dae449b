# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to the addresses of a load balancer: elastic IP addresses, IPv6, shared bandwidth, security groups."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.tests.support import BALANCER, Sdk

ZONES = [{**zone, "AllocationId": f"eip-{n}", "EipType": "Common"} for n, zone in enumerate(BALANCER["ZoneMappings"])]
PLAIN = BALANCER["ZoneMappings"]


def addresses(sdk: Sdk, balancer: str) -> list[tuple[t.Any, t.Any]]:
    zones = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
    return [tuple(zone["LoadBalancerAddresses"][0].get(key) for key in ("AllocationId", "EipType")) for zone in zones]


def test_elastic_ip_addresses(sdk: Sdk) -> None:
    balancer = sdk.balancer(ZoneMappings=ZONES)
    assert addresses(sdk, balancer) == [("eip-0", "Common"), ("eip-1", "Common")]
    # A request without the type loses it, and the address stays.
    sdk.write("UpdateLoadBalancerZones", LoadBalancerId=balancer, ZoneMappings=PLAIN)
    assert addresses(sdk, balancer) == [("eip-0", None), ("eip-1", None)]
    sdk.write("UpdateLoadBalancerAddressTypeConfig", LoadBalancerId=balancer, AddressType="Intranet")
    assert addresses(sdk, balancer) == [(None, None)] * 2
    sdk.write(
        "UpdateLoadBalancerAddressTypeConfig", LoadBalancerId=balancer, AddressType="Internet", ZoneMappings=ZONES[:1]
    )
    assert addresses(sdk, balancer) == [("eip-0", "Common"), (None, None)]


def test_ipv6(sdk: Sdk) -> None:
    def kind() -> t.Any:
        return sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["Ipv6AddressType"]

    balancer = sdk.balancer(AddressIpVersion="DualStack")
    assert kind() == "Intranet"
    sdk.write("EnableLoadBalancerIpv6Internet", LoadBalancerId=balancer)
    assert kind() == "Internet"
    sdk.write("DisableLoadBalancerIpv6Internet", LoadBalancerId=balancer)
    assert kind() == "Intranet"


@pytest.mark.parametrize(
    ("changes", "operation", "code"),
    [
        ({}, "EnableLoadBalancerIpv6Internet", "OperationDenied.NonDualStackInstance"),
        ({"AddressIpVersion": "DualStack"}, "DisableLoadBalancerIpv6Internet", "OperationDenied.Ipv6IntranetInstance"),
    ],
)
def test_ipv6_that_is_refused(sdk: Sdk, changes: dict[str, t.Any], operation: str, code: str) -> None:
    assert sdk.refused("alb", operation, LoadBalancerId=sdk.balancer(**changes)) == (400, code)


def test_shared_bandwidth(sdk: Sdk) -> None:
    def package() -> t.Any:
        return sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer).get("BandwidthPackageId")

    balancer = sdk.balancer(LoadBalancerBillingConfig={"PayType": "PostPay", "BandwidthPackageId": "cbwp-1"})
    where = {"LoadBalancerId": balancer, "RegionId": "cn-hangzhou"}
    assert package() == "cbwp-1"
    other = sdk.refused("alb", "DetachCommonBandwidthPackageFromLoadBalancer", **where, BandwidthPackageId="cbwp-2")
    assert other == (404, "ResourceNotFound.CommonBandwidthPackage")
    sdk.write("DetachCommonBandwidthPackageFromLoadBalancer", **where, BandwidthPackageId="cbwp-1")
    assert package() is None
    sdk.write("AttachCommonBandwidthPackageToLoadBalancer", **where, BandwidthPackageId="cbwp-2")
    assert package() == "cbwp-2"


def test_security_groups_or_access_control_lists(sdk: Sdk) -> None:
    balancer = sdk.balancer()
    listener = sdk.listener(balancer, sdk.group())["ListenerId"]
    acl = sdk.write("CreateAcl", AclName="office")["AclId"]
    groups = {"LoadBalancerId": balancer, "SecurityGroupIds": ["sg-1"]}
    lists = {"ListenerId": listener, "AclIds": [acl]}
    sdk.write("LoadBalancerJoinSecurityGroup", **groups)
    assert sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["SecurityGroupIds"] == ["sg-1"]
    again = sdk.refused("alb", "LoadBalancerJoinSecurityGroup", **groups)
    assert again == (400, "ResourceAlreadyAssociated.SecurityGroup")
    refused = sdk.refused("alb", "AssociateAclsWithListener", **lists, AclType="White")
    assert refused == (400, "OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl")
    sdk.write("LoadBalancerLeaveSecurityGroup", **groups)
    gone = sdk.refused("alb", "LoadBalancerLeaveSecurityGroup", **groups)
    assert gone == (400, "ResourceNotAssociated.SecurityGroup")
    sdk.write("AssociateAclsWithListener", **lists, AclType="White")
    refused = sdk.refused("alb", "LoadBalancerJoinSecurityGroup", **groups)
    assert refused == (400, "OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup")
