# SPDX-License-Identifier: GPL-3.0-or-later
"""Security groups: every registered VPC has one."""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import DEFAULT_RESOURCE_GROUP, Call, resource_group
from ..schema import Args
from ..store import Doc
from . import paging

assume(
    "ecs-security-groups",
    "Every registered VPC has one security group without rules, named like its id: sg- and the rest of the id of the "
    "VPC. Nothing is kept out by it, and load balancers take any other id as well.",
    "Scope of the sandbox: the data plane has no networks to separate.",
    verdict="choice",
)


def listing(call: Call, args: Args) -> Doc:
    """DescribeSecurityGroups."""
    wanted = args.get("SecurityGroupIds") or ([args["SecurityGroupId"]] if args.get("SecurityGroupId") else [])
    found = [
        group
        for group in _groups(call)
        if (not wanted or group["SecurityGroupId"] in wanted)
        and args.get("VpcId", "") in ("", group["VpcId"])
        and args.get("SecurityGroupName", "") in ("", group["SecurityGroupName"])
        and args.get("SecurityGroupType", "") in ("", group["SecurityGroupType"])
        and resource_group(args) == DEFAULT_RESOURCE_GROUP
        and not args.get("Tag")
    ]
    page, fields = paging.page(call, found, args)
    return {"RegionId": args["RegionId"], "SecurityGroups": {"SecurityGroup": page}, **fields}


def attribute(call: Call, args: Args) -> Doc:
    """DescribeSecurityGroupAttribute."""
    for group in _groups(call):
        if group["SecurityGroupId"] == args["SecurityGroupId"]:
            shown = {name: group[name] for name in ("SecurityGroupId", "SecurityGroupName", "Description", "VpcId")}
            more = {"InnerAccessPolicy": "Accept", "Permissions": {"Permission": []}}
            return {"RegionId": args["RegionId"], **shown, **more}
    raise call.error("InvalidSecurityGroupId.NotFound")


def _groups(call: Call) -> list[Doc]:
    names = [(doc["vpc_id"], f"sg-{doc['vpc_id'].removeprefix('vpc-')}") for doc in call.store.all(kinds.VPC)]
    return [
        {
            "SecurityGroupId": name,
            "SecurityGroupName": name,
            "SecurityGroupType": "normal",
            "Description": "",
            "VpcId": vpc,
            "CreationTime": "2026-01-01T00:00:00Z",
            "ResourceGroupId": DEFAULT_RESOURCE_GROUP,
            "Tags": {"Tag": []},
        }
        for vpc, name in names
    ]
