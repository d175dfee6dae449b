# SPDX-License-Identifier: GPL-3.0-or-later
"""Vpc 2016-04-28: reads the VPCs and vSwitches that were registered with the sandbox.

Source: the models of the official SDK (alibabacloud-vpc20160428 7.2.2).
"""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import DEFAULT_RESOURCE_GROUP, Call, Product, numbered_page, read, resource_group
from ..schema import Args, Param, flag, integer, many, text
from ..store import Doc

_PAGE: dict[str, Param] = {"PageNumber": integer(1, default=1), "PageSize": integer(1, 50, default=10)}
_FILTERS: dict[str, Param] = {
    "RegionId": text(),
    "VpcId": text(),
    "IsDefault": flag(),
    "ResourceGroupId": text(),
    "Tag": many({"Key": text(), "Value": text()}, 1, 20),
    **_PAGE,
}
VPCS: dict[str, Param] = {"VpcName": text(), "VpcOwnerId": integer(), **_FILTERS}
VSWITCHES: dict[str, Param] = {"VSwitchId": text(), "VSwitchName": text(), "ZoneId": text(), **_FILTERS}

assume(
    "vpc-registry",
    "A VPC or vSwitch that was registered is available, is named like its id, has no tags and is no default one. VPCs "
    "have the block 10.0.0.0/8, and the vSwitches of a VPC 10.0.0.0/16, 10.1.0.0/16 and so on, which nothing uses.",
    "Scope of the sandbox: POST /_sandbox/seed tells ids and zones.",
    verdict="choice",
)


def vpcs(call: Call, args: Args) -> Doc:
    """DescribeVpcs: ids in VpcId are separated by commas."""
    wanted = {item for item in args.get("VpcId", "").split(",") if item}
    found = [
        {
            "VpcId": doc["vpc_id"],
            "VpcName": doc["vpc_id"],
            "CidrBlock": "10.0.0.0/8",
            "VSwitchIds": {"VSwitchId": [item["vswitch_id"] for item in _vswitches(call, doc["vpc_id"])]},
            "RegionId": call.region,
            **_COMMON,
        }
        for doc in call.store.all(kinds.VPC)
        if (not wanted or doc["vpc_id"] in wanted) and args.get("VpcName", doc["vpc_id"]) in ("", doc["vpc_id"])
    ]
    return _page("Vpcs", "Vpc", found, args)


def vswitches(call: Call, args: Args) -> Doc:
    """DescribeVSwitches."""
    found = [
        {
            "VSwitchId": doc["vswitch_id"],
            "VSwitchName": doc["vswitch_id"],
            "VpcId": doc["vpc_id"],
            "ZoneId": doc["zone_id"],
            "CidrBlock": f"10.{number % 256}.0.0/16",
            "AvailableIpAddressCount": 65532,
            **_COMMON,
        }
        for vpc in call.store.all(kinds.VPC)
        for number, doc in enumerate(_vswitches(call, vpc["vpc_id"]))
        if all(
            args.get(name, "") in ("", doc[field])
            for name, field in (("VpcId", "vpc_id"), ("ZoneId", "zone_id"), ("VSwitchName", "vswitch_id"))
        )
        and (not args.get("VSwitchId") or doc["vswitch_id"] in args["VSwitchId"].split(","))
    ]
    return _page("VSwitches", "VSwitch", found, args)


_COMMON: Doc = {
    "Status": "Available",
    "IsDefault": False,
    "Description": "",
    "ResourceGroupId": DEFAULT_RESOURCE_GROUP,
    "Tags": {"Tag": []},
}


def _vswitches(call: Call, vpc: str) -> list[Doc]:
    return call.store.all(kinds.VSWITCH, vpc_id=vpc)


def _page(outer: str, inner: str, found: list[Doc], args: Args) -> Doc:
    """Returns a page of the items that pass the filters which all items have the same value for."""
    if args.get("IsDefault") or args.get("Tag") or resource_group(args) != DEFAULT_RESOURCE_GROUP:
        found = []
    paging = {name: args[name] for name in _PAGE}
    return {outer: {inner: numbered_page(found, *paging.values())}, "TotalCount": len(found), **paging}


PRODUCT = Product(
    "Vpc", "2016-04-28", {"DescribeVpcs": read(vpcs, VPCS), "DescribeVSwitches": read(vswitches, VSWITCHES)}
)
