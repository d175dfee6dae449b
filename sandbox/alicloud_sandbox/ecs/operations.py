# SPDX-License-Identifier: GPL-3.0-or-later
"""Ecs 2014-05-26: the table of operations, and the instances that were registered with the sandbox."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import kinds
from ..assumptions import assume
from ..product import DEFAULT_RESOURCE_GROUP, Call, Product, read, resource_group
from ..schema import Args
from ..store import Doc
from . import catalogue, paging, params, security_groups
from .errors import ERRORS

_STATES = ("Pending", "Running", "Starting", "Stopping", "Stopped")
_NETWORKS = ("classic", "vpc")
_LEAST, _MOST = 10, 100  # MaxResults outside of these bounds counts as the nearer one

assume(
    "ecs-instances",
    "An instance that was registered is running, in a VPC, and in the region that the name of its zone begins with. It "
    "is named like its id, has no tags, is in the default resource group, and in every vSwitch of its VPC and zone.",
    "Scope of the sandbox: POST /_sandbox/seed tells id, private address, zone and VPC.",
    verdict="choice",
)
assume(
    "ecs-lists",
    "InstanceIds and PrivateIpAddresses with more than 100 values, or not a JSON list: InvalidParameter (400).",
    "The limit is documented, the code is not.",
    date="2026-11-25",
    settle="DescribeInstances with InstanceIds that is no JSON",
)


def describe_instances(call: Call, args: Args) -> Doc:
    """DescribeInstances."""
    network, status = args.get("InstanceNetworkType"), args.get("Status")
    if network and network not in _NETWORKS:
        raise call.error("InvalidNetworkType.NotFound")
    if status and status not in _STATES:
        raise call.error("InvalidStatus.NotFound")
    found = [] if network == "classic" or status not in (None, "", "Running") else _registered(call, args)
    if "MaxResults" in args:
        args = {**args, "MaxResults": min(max(args["MaxResults"], _LEAST), _MOST)}
    page, fields = paging.page(call, found, args)
    return {"Instances": {"Instance": [_shown(args["RegionId"], item) for item in page]}, **fields}


def _registered(call: Call, args: Args) -> list[Doc]:
    """Returns the instances that pass the filters. An empty list of ids finds none; without a list all are found."""
    one_of = {"InstanceIds": "instance_id"}
    # Addresses count only together with the network type, as documented.
    if args.get("InstanceNetworkType"):
        one_of["PrivateIpAddresses"] = "address"
    if any(args.get(name) == [] for name in one_of):
        return []
    # Of what instances have in common here: none has a tag, and all are in the default resource group.
    if args.get("Tag") or resource_group(args) != DEFAULT_RESOURCE_GROUP:
        return []
    docs: Sequence[Doc] = call.in_region(kinds.ECS, args, one_of, {"VpcId": "vpc_id", "ZoneId": "zone_id"})
    if args.get("VSwitchId"):
        vswitch = call.store.get(kinds.VSWITCH, args["VSwitchId"]) or {}
        place = vswitch.get("vpc_id"), vswitch.get("zone_id")
        docs = [doc for doc in docs if (doc["vpc_id"], doc["zone_id"]) == place]
    name = re.compile(re.escape(args.get("InstanceName") or "*").replace(r"\*", ".*"))
    return [doc for doc in docs if doc["zone_id"].startswith(args["RegionId"]) and name.fullmatch(doc["instance_id"])]


def _shown(region: str, doc: Doc) -> Doc:
    return {
        "InstanceId": doc["instance_id"],
        "InstanceName": doc["instance_id"],
        "InstanceNetworkType": "vpc",
        "RegionId": region,
        "Status": "Running",
        "VpcAttributes": {"PrivateIpAddress": {"IpAddress": [doc["address"]]}, "VpcId": doc["vpc_id"]},
        "ZoneId": doc["zone_id"],
    }


OPERATIONS = {
    "DescribeInstances": read(describe_instances, params.DESCRIBE_INSTANCES),
    "DescribeRegions": read(catalogue.regions, params.DESCRIBE_REGIONS),
    "DescribeZones": read(catalogue.zones, params.DESCRIBE_ZONES),
    "DescribeAvailableResource": read(catalogue.available, params.AVAILABLE),
    "DescribeInstanceTypes": read(catalogue.types, params.INSTANCE_TYPES),
    "DescribeImageSupportInstanceTypes": read(catalogue.types_of_image, params.IMAGE),
    "DescribeImages": read(catalogue.images, params.IMAGES),
    "DescribeDisks": read(catalogue.disks, params.DISKS),
    "DescribeTags": read(catalogue.tags, params.TAGS),
    "DescribeSecurityGroups": read(security_groups.listing, params.SECURITY_GROUPS),
    "DescribeSecurityGroupAttribute": read(security_groups.attribute, params.SECURITY_GROUP),
}
PRODUCT = Product("Ecs", "2014-05-26", OPERATIONS, ERRORS)
