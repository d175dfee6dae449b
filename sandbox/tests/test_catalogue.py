# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones, instance types, images and security groups that ECS tells of."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.tests.support import Sdk

Object = dict[str, t.Any]
REGION = {"RegionId": "cn-hangzhou"}
TYPES = ["ecs.g7.large", "ecs.g7.xlarge", "ecs.c7.large"]
LINUX, UBUNTU = "aliyun_3_x64_20G_alibase_20260115.vhd", "ubuntu_24_04_x64_20G_alibase_20260115.vhd"
# Operation, list in the answer with the name of an id, filters, ids that are found.
FOUND: list[tuple[str, tuple[str, str, str], Object, list[str]]] = [
    ("DescribeZones", ("Zones", "Zone", "ZoneId"), REGION, ["cn-hangzhou-h", "cn-hangzhou-i"]),
    ("DescribeZones", ("Zones", "Zone", "ZoneId"), {"RegionId": "cn-beijing"}, []),
    ("DescribeRegions", ("Regions", "Region", "RegionId"), {}, ["cn-hangzhou"]),
    ("DescribeDisks", ("Disks", "Disk", "DiskId"), REGION, []),
    ("DescribeTags", ("Tags", "Tag", "TagKey"), {**REGION, "ResourceType": "image", "ResourceId": LINUX}, []),
    *(
        ("DescribeImageSupportInstanceTypes", ("InstanceTypes", "InstanceType", "InstanceTypeId"), params, expected)
        for params, expected in (({**REGION, "ImageId": LINUX}, TYPES), ({**REGION, "ImageId": "none"}, []))
    ),
    *(
        ("DescribeInstanceTypes", ("InstanceTypes", "InstanceType", "InstanceTypeId"), filters, expected)
        for filters, expected in (
            ({}, TYPES),
            ({"InstanceTypes": TYPES[1:2]}, TYPES[1:2]),
            ({"InstanceTypeFamily": "ecs.g7"}, TYPES[:2]),
            ({"GPUSpec": "NVIDIA V100"}, []),
            ({"MinimumCpuCoreCount": 4}, TYPES[1:2]),
            ({"MaximumCpuCoreCount": 2, "MinimumMemorySize": 4.5}, TYPES[:1]),
            ({"MaximumMemorySize": 4.0}, TYPES[2:]),
            ({"MinimumEniPrivateIpAddressQuantity": 7}, TYPES[1:2]),
            ({"CpuArchitecture": "ARM"}, []),
        )
    ),
    *(
        ("DescribeImages", ("Images", "Image", "ImageId"), {**REGION, **filters}, expected)
        for filters, expected in (
            ({}, [LINUX, UBUNTU]),
            ({"ImageId": f"{UBUNTU},none", "Status": "Creating,Available"}, [UBUNTU]),
            ({"Status": "Creating"}, []),
            ({"ImageOwnerAlias": "system", "ImageFamily": "acs:ubuntu_24_04_x64"}, [UBUNTU]),
            ({"ImageOwnerAlias": "self"}, []),
            ({"OSType": "windows"}, []),
            ({"Architecture": "x86_64", "PageSize": 1, "PageNumber": 2}, [UBUNTU]),
            ({"IsPublic": False}, []),
        )
    ),
    *(
        ("DescribeSecurityGroups", ("SecurityGroups", "SecurityGroup", "SecurityGroupId"), {**REGION, **filters}, found)
        for filters, found in (
            ({}, ["sg-1", "sg-2"]),
            ({"VpcId": "vpc-2"}, ["sg-2"]),
            ({"SecurityGroupIds": '["sg-1", "sg-none"]'}, ["sg-1"]),
            ({"SecurityGroupId": "sg-2"}, ["sg-2"]),
            ({"SecurityGroupName": "none"}, []),
            ({"SecurityGroupType": "enterprise"}, []),
            ({"ResourceGroupId": "rg-other"}, []),
            ({"PageSize": 1, "PageNumber": 2}, ["sg-2"]),
        )
    ),
]


@pytest.mark.parametrize(("operation", "place", "params", "expected"), FOUND)
def test_lists(sdk: Sdk, operation: str, place: tuple[str, str, str], params: Object, expected: list[str]) -> None:
    outer, inner, identity = place
    assert [item[identity] for item in sdk("ecs", operation, **params)[outer][inner]] == expected


def test_pages_with_a_token(sdk: Sdk) -> None:
    for operation, place, params, expected in (
        ("DescribeInstanceTypes", ("InstanceTypes", "InstanceType", "InstanceTypeId"), {}, TYPES),
        ("DescribeSecurityGroups", ("SecurityGroups", "SecurityGroup", "SecurityGroupId"), REGION, ["sg-1", "sg-2"]),
    ):
        found: list[str] = []
        token: Object = {}
        while len(found) < len(expected):
            answer = sdk("ecs", operation, MaxResults=1, **params, **token)
            found += [item[place[2]] for item in answer[place[0]][place[1]]]
            token = {"NextToken": answer.get("NextToken")}
        assert (found, token) == (expected, {"NextToken": None})


@pytest.mark.parametrize(
    ("wanted", "filters", "values"),
    [
        ("Zone", {}, None),
        ("InstanceType", {}, TYPES),
        ("InstanceType", {"Cores": 2, "Memory": 8.0}, TYPES[:1]),
        ("InstanceType", {"InstanceType": TYPES[2]}, TYPES[2:]),
        ("SystemDisk", {"InstanceType": TYPES[0]}, ["cloud_essd", "cloud_auto"]),
    ],
)
def test_available_resources(sdk: Sdk, wanted: str, filters: Object, values: list[str] | None) -> None:
    """In each zone; every one of DescribeZones has instance types and disks, which Terraform's provider asks for."""
    params = {**REGION, "DestinationResource": wanted, "IoOptimized": "optimized", **filters}
    zones = sdk("ecs", "DescribeAvailableResource", **params)["AvailableZones"]["AvailableZone"]
    assert [zone["ZoneId"] for zone in zones] == ["cn-hangzhou-h", "cn-hangzhou-i"]
    for zone in zones:
        assert (zone["Status"], zone["StatusCategory"]) == ("Available", "WithStock")
        resources = zone.get("AvailableResources", {}).get("AvailableResource", [])
        found = [item["Value"] for each in resources for item in each["SupportedResources"]["SupportedResource"]]
        assert (found or None) == values
    for shown in sdk("ecs", "DescribeZones", **REGION)["Zones"]["Zone"]:
        assert shown["AvailableInstanceTypes"]["InstanceTypes"] == TYPES
        assert "cloud_essd" in shown["AvailableDiskCategories"]["DiskCategories"]


def test_a_security_group(sdk: Sdk) -> None:
    shown = sdk("ecs", "DescribeSecurityGroupAttribute", **REGION, SecurityGroupId="sg-1")
    assert (shown["VpcId"], shown["InnerAccessPolicy"]) == ("vpc-1", "Accept")
    refused = sdk.refused("ecs", "DescribeSecurityGroupAttribute", **REGION, SecurityGroupId="sg-none")
    assert refused == (404, "InvalidSecurityGroupId.NotFound")
