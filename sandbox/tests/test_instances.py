# SPDX-License-Identifier: GPL-3.0-or-later
"""What ECS tells of the registered instances, asked with the SDK."""

from __future__ import annotations

import json
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk

REGION = {"RegionId": "cn-hangzhou"}


def ids(sdk: Sdk, **params: t.Any) -> list[str]:
    found = sdk("ecs", "DescribeInstances", **REGION, **params)
    return [item["InstanceId"] for item in found["Instances"]["Instance"]]


def test_what_is_shown_of_an_instance(sdk: Sdk) -> None:
    (shown,) = sdk("ecs", "DescribeInstances", **REGION, InstanceIds='["i-1"]')["Instances"]["Instance"]
    assert (shown["ZoneId"], shown["Status"], shown["RegionId"]) == ("cn-hangzhou-h", "Running", "cn-hangzhou")
    assert shown["VpcAttributes"] == {"VpcId": "vpc-1", "PrivateIpAddress": {"IpAddress": ["127.0.0.1"]}}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"InstanceIds": '["i-2", "i-nothing", "i-1"]'}, ["i-1", "i-2"]),
        ({"InstanceIds": "[]"}, []),
        ({"VpcId": "vpc-2"}, ["i-elsewhere"]),
        ({"ZoneId": "cn-hangzhou-h", "VpcId": "vpc-1"}, ["i-1"]),
        ({"PrivateIpAddresses": '["127.0.0.2"]', "InstanceNetworkType": "vpc"}, ["i-2"]),
        # Addresses count only together with the network type.
        ({"PrivateIpAddresses": '["127.0.0.2"]'}, ["i-1", "i-2", "i-elsewhere"]),
        ({"InstanceNetworkType": "classic"}, []),
        ({"Status": "Running"}, ["i-1", "i-2", "i-elsewhere"]),
        ({"Status": "Stopped"}, []),
        ({"InstanceName": "i-1"}, ["i-1"]),
        ({"InstanceName": "i-*e"}, ["i-elsewhere"]),
        ({"InstanceName": "i."}, []),
        ({"VSwitchId": "vsw-i"}, ["i-2"]),
        ({"VSwitchId": "vsw-none"}, []),
        ({"ResourceGroupId": "rg-other"}, []),
    ],
)
def test_filters(sdk: Sdk, filters: dict[str, str], expected: list[str]) -> None:
    assert ids(sdk, **filters) == expected


def test_another_region(sdk: Sdk) -> None:
    assert sdk("ecs", "DescribeInstances", RegionId="cn-beijing")["Instances"]["Instance"] == []


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({}, (400, "MissingRegionId")),
        ({**REGION, "InstanceNetworkType": "private"}, (404, "InvalidNetworkType.NotFound")),
        ({**REGION, "Status": "Asleep"}, (404, "InvalidStatus.NotFound")),
        ({**REGION, "InstanceIds": "i-1"}, (400, "InvalidParameter")),
        ({**REGION, "InstanceIds": json.dumps([f"i-{n}" for n in range(101)])}, (400, "InvalidParameter")),
        ({**REGION, "NextToken": "forged"}, (400, "InvalidParameter")),
    ],
)
def test_refused(sdk: Sdk, params: dict[str, str], error: tuple[int, str]) -> None:
    assert sdk.refused("ecs", "DescribeInstances", **params) == error


def test_a_wrong_signature(sandbox: Sandbox) -> None:
    stranger = Sdk(sandbox, access_key_secret="wrong")
    assert stranger.refused("ecs", "DescribeInstances", **REGION) == (400, "SignatureDoesNotMatch")


def test_pages(sdk: Sdk, sandbox: Sandbox) -> None:
    place = {"zone_id": "cn-hangzhou-h", "vpc_id": "vpc-3"}
    sandbox.seed(ecs=[{"instance_id": f"i-{n:03}", "address": f"10.0.0.{n}", **place} for n in range(120)])
    asked = {**REGION, "VpcId": "vpc-3"}
    sizes: list[int] = []
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        body = sdk("ecs", "DescribeInstances", **asked, MaxResults=50, **token)
        page = [item["InstanceId"] for item in body["Instances"]["Instance"]]
        sizes, seen = [*sizes, len(page)], [*seen, *page]
        if not body.get("NextToken"):
            break
        token = {"NextToken": body["NextToken"]}
    assert sizes == [50, 50, 20]
    assert seen == [f"i-{n:03}" for n in range(120)]
    # Out of bounds counts as the nearer bound.
    assert [len(ids(sdk, VpcId="vpc-3", MaxResults=size)) for size in (1, 1000)] == [10, 100]
    by_number = sdk("ecs", "DescribeInstances", **asked, PageNumber=2, PageSize=100)
    assert (len(by_number["Instances"]["Instance"]), by_number["TotalCount"]) == (20, 120)
