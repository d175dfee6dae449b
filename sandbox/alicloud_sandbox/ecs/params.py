# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of ECS.

Source: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances, and of the other
operations the models of the official SDK (alibabacloud-ecs20140526 7.11.8).
"""

from __future__ import annotations

from ..schema import Param, choice, flag, integer, json_list, many, must, text

Schema = dict[str, Param]

_tag = many({"Key": text(), "Value": text()}, 1, 20)
_many = json_list(text(1), high=100)
DESCRIBE_INSTANCES: Schema = {
    "RegionId": must(text(1)),
    "InstanceIds": _many,
    "InstanceNetworkType": text(),
    "PrivateIpAddresses": _many,
    "InstanceName": text(),
    "ResourceGroupId": text(),
    "Status": text(),
    "Tag": _tag,
    "VpcId": text(),
    "VSwitchId": text(),
    "ZoneId": text(),
    "MaxResults": integer(),
    "NextToken": text(),
    "PageNumber": integer(1, default=1),
    "PageSize": integer(1, 100, default=10),
}

# Of what cannot be bought, and of the account of other users: accepted without a difference.
_charge: Schema = {"InstanceChargeType": text(), "SpotStrategy": text(), "AcceptLanguage": text()}
_region: Schema = {"RegionId": must(text(1))}
_number = text(pattern=r"\d+(\.\d+)?")


def _page(high: int) -> Schema:
    return {"PageNumber": integer(1, default=1), "PageSize": integer(1, high, default=10)}


_tokens: Schema = {"MaxResults": integer(1, 1600), "NextToken": text()}

DESCRIBE_REGIONS: Schema = {"InstanceChargeType": text(), "ResourceType": text(), "AcceptLanguage": text()}
DESCRIBE_ZONES: Schema = {**_region, "Verbose": flag(), **_charge}
AVAILABLE: Schema = {
    **_region,
    "DestinationResource": choice(
        *("Zone", "IoOptimized", "InstanceType", "Network", "ddh", "SystemDisk", "DataDisk"), required=True
    ),
    "ZoneId": text(),
    "InstanceType": text(),
    "Cores": integer(0),
    "Memory": _number,
    "ResourceType": text(),
    "Scope": text(),
    "IoOptimized": text(),
    "NetworkCategory": text(),
    "SystemDiskCategory": text(),
    "DataDiskCategory": text(),
    "DedicatedHostId": text(),
    "SpotDuration": integer(0),
    "InstanceChargeType": text(),
    "SpotStrategy": text(),
}
INSTANCE_TYPES: Schema = {
    "InstanceTypes": many(text(1), 1, 100),
    "InstanceTypeFamily": text(),
    "CpuArchitecture": text(),
    "GPUSpec": text(),
    "MinimumCpuCoreCount": integer(0),
    "MaximumCpuCoreCount": integer(0),
    "MinimumMemorySize": _number,
    "MaximumMemorySize": _number,
    "MinimumEniQuantity": integer(0),
    "MinimumEniPrivateIpAddressQuantity": integer(0),
    **_tokens,
}
IMAGES: Schema = {
    **_region,
    "ImageId": text(),
    "ImageName": text(),
    "ImageFamily": text(),
    "ImageOwnerAlias": text(),
    "ImageOwnerId": integer(),
    "Status": text(),
    "Architecture": text(),
    "OSType": text(),
    "Usage": text(),
    "SnapshotId": text(),
    "InstanceType": text(),
    "ActionType": text(),
    "ResourceGroupId": text(),
    "IsPublic": flag(),
    "IsSupportIoOptimized": flag(),
    "IsSupportCloudinit": flag(),
    "ShowExpired": flag(),
    "DryRun": flag(),
    "Tag": _tag,
    **_page(100),
}
IMAGE: Schema = {
    **_region,
    "ImageId": text(),
    "ActionType": text(),
    "Filter": many({"Key": text(), "Value": text()}, 1, 20),
}
DISKS: Schema = {**_region, "InstanceId": text(), "DiskIds": _many, "Tag": _tag, **_page(100)}
TAGS: Schema = {**_region, "ResourceType": text(), "ResourceId": text(), "Tag": _tag, **_page(100)}
SECURITY_GROUPS: Schema = {
    **_region,
    "SecurityGroupId": text(),
    "SecurityGroupIds": _many,
    "SecurityGroupName": text(),
    "SecurityGroupType": text(),
    "VpcId": text(),
    "NetworkType": text(),
    "ResourceGroupId": text(),
    "FuzzyQuery": flag(),
    "IsQueryEcsCount": flag(),
    "ServiceManaged": flag(),
    "DryRun": flag(),
    "Tag": _tag,
    "MaxResults": integer(1, 100),
    "NextToken": text(),
    **_page(100),
}
SECURITY_GROUP: Schema = {
    **_region,
    "SecurityGroupId": must(text(1)),
    "Direction": choice("all", "egress", "ingress"),
    "NicType": text(),
    "Attribute": text(),
    "MaxResults": integer(1, 1000),
    "NextToken": text(),
}
