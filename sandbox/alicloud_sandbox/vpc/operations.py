# SPDX-License-Identifier: GPL-3.0-or-later
"""Vpc 2016-04-28: reads the VPCs and vSwitches that were registered with the sandbox.

Source: the models of the official SDK (alibabacloud-vpc20160428 7.2.2).
"""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..errors import Assumed, ErrorTable
from ..product import DEFAULT_RESOURCE_GROUP, Call, Product, numbered_page, read, resource_group
from ..schema import Args, Param, flag, integer, many, must, text
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
VPC: dict[str, Param] = {"RegionId": text(), "VpcId": must(text(1)), "IsDefault": flag()}
VSWITCH: dict[str, Param] = {"RegionId": text(), "VSwitchId": must(text(1))}
ROUTE_TABLES: dict[str, Param] = {
    **{name: text() for name in ("RegionId", "VpcId", "RouteTableId", "RouteTableName", "RouterId", "RouterType")},
    "ResourceGroupId": text(),
    "Tag": many({"Key": text(), "Value": text()}, 1, 20),
    **_PAGE,
}

assume(
    "vpc-registry",
    "A VPC or vSwitch that was registered is available, is named like its id, has no tags and is no default one. VPCs "
    "have the block 10.0.0.0/8, and the vSwitches of a VPC 10.0.0.0/16, 10.1.0.0/16 and so on, which nothing uses. "
    "Every VPC has one router and one route table for all of its vSwitches.",
    "Scope of the sandbox: POST /_sandbox/seed tells ids and zones.",
    verdict="choice",
)


def vpcs(call: Call, args: Args) -> Doc:
    """DescribeVpcs: ids in VpcId are separated by commas."""
    wanted = {item for item in args.get("VpcId", "").split(",") if item}
    found = [
        _vpc(call, doc["vpc_id"])
        for doc in call.store.all(kinds.VPC)
        if (not wanted or doc["vpc_id"] in wanted) and args.get("VpcName", doc["vpc_id"]) in ("", doc["vpc_id"])
    ]
    return _page("Vpcs", "Vpc", found, args)


def vswitches(call: Call, args: Args) -> Doc:
    """DescribeVSwitches."""
    found = [
        _vswitch(doc, number)
        for vpc in call.store.all(kinds.VPC)
        for number, doc in enumerate(_vswitches(call, vpc["vpc_id"]))
        if all(
            args.get(name, "") in ("", doc[field])
            for name, field in (("VpcId", "vpc_id"), ("ZoneId", "zone_id"), ("VSwitchName", "vswitch_id"))
        )
        and (not args.get("VSwitchId") or doc["vswitch_id"] in args["VSwitchId"].split(","))
    ]
    return _page("VSwitches", "VSwitch", found, args)


def vpc_attribute(call: Call, args: Args) -> Doc:
    """DescribeVpcAttribute."""
    if call.store.get(kinds.VPC, args["VpcId"]) is None:
        raise call.error("InvalidVpcID.NotFound")
    return _vpc(call, args["VpcId"])


def vswitch_attributes(call: Call, args: Args) -> Doc:
    """DescribeVSwitchAttributes."""
    doc = call.store.get(kinds.VSWITCH, args["VSwitchId"])
    if doc is None:
        raise call.error("InvalidVswitchID.NotFound")
    shown = _vswitch(doc, _vswitches(call, doc["vpc_id"]).index(doc))
    return {name: value for name, value in shown.items() if name != "Tags"} | {"RegionId": call.region}


def route_tables(call: Call, args: Args) -> Doc:
    """DescribeRouteTableList."""
    found = [
        {
            "VpcId": doc["vpc_id"],
            "RouterType": "VRouter",
            "RouterId": _router(doc["vpc_id"]),
            "RouteTableId": _route_table(doc["vpc_id"]),
            "RouteTableName": "",
            "RouteTableType": "System",
            "VSwitchIds": {"VSwitchId": [item["vswitch_id"] for item in _vswitches(call, doc["vpc_id"])]},
            **{name: _COMMON[name] for name in ("CreationTime", "Description", "ResourceGroupId", "Status", "Tags")},
        }
        for doc in call.store.all(kinds.VPC)
    ]
    filters = ("VpcId", "RouteTableId", "RouteTableName", "RouterId", "RouterType")
    found = [item for item in found if all(args.get(name, "") in ("", item[name]) for name in filters)]
    return _page("RouterTableList", "RouterTableListType", found, args)


def _vpc(call: Call, identifier: str) -> Doc:
    return {
        "VpcId": identifier,
        "VpcName": identifier,
        "CidrBlock": "10.0.0.0/8",
        "VRouterId": _router(identifier),
        "VSwitchIds": {"VSwitchId": [item["vswitch_id"] for item in _vswitches(call, identifier)]},
        # Terraform's provider reads both lists, and stops without them.
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": []},
        "UserCidrs": {"UserCidr": []},
        "RegionId": call.region,
        **_COMMON,
    }


def _vswitch(doc: Doc, number: int) -> Doc:
    return {
        "VSwitchId": doc["vswitch_id"],
        "VSwitchName": doc["vswitch_id"],
        "VpcId": doc["vpc_id"],
        "ZoneId": doc["zone_id"],
        "CidrBlock": f"10.{number % 256}.0.0/16",
        "AvailableIpAddressCount": 65532,
        "RouteTable": {"RouteTableId": _route_table(doc["vpc_id"]), "RouteTableType": "System"},
        **_COMMON,
    }


def _router(vpc: str) -> str:
    return f"vrt-{vpc.removeprefix('vpc-')}"


def _route_table(vpc: str) -> str:
    return f"vtb-{vpc.removeprefix('vpc-')}"


_COMMON: Doc = {
    "Status": "Available",
    "CreationTime": "2026-01-01T00:00:00Z",
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


# Codes that Terraform's provider takes for gone (service_alicloud_vpc.go, 2026-08-21); their status is not known.
ERRORS = ErrorTable(
    messages={
        "InvalidVpcID.NotFound": "Specified value of VpcId is not found in our record.",
        "InvalidVswitchID.NotFound": "Specified virtual switch does not exist.",
    },
    assumed=dict.fromkeys(
        ("InvalidVpcID.NotFound", "InvalidVswitchID.NotFound"),
        Assumed(
            404,
            assume(
                "vpc-not-found",
                "DescribeVpcAttribute of an unknown VPC is InvalidVpcID.NotFound (404), DescribeVSwitchAttributes of "
                "an unknown vSwitch InvalidVswitchID.NotFound (404).",
                "Terraform's provider takes these codes for gone; their status is not known.",
                verdict="practice",
                date="2026-08-21",
            ),
        ),
    ),
)
OPERATIONS = {
    "DescribeVpcs": read(vpcs, VPCS),
    "DescribeVpcAttribute": read(vpc_attribute, VPC),
    "DescribeVSwitches": read(vswitches, VSWITCHES),
    "DescribeVSwitchAttributes": read(vswitch_attributes, VSWITCH),
    "DescribeRouteTableList": read(route_tables, ROUTE_TABLES),
}
PRODUCT = Product("Vpc", "2016-04-28", OPERATIONS, ERRORS)
