# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance could be made of: zones, instance types and images. The sandbox makes none.

Source of the fields: the models of the official SDK (alibabacloud-ecs20140526 7.11.8).
"""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import Call
from ..schema import Args
from ..store import Doc
from . import paging

assume(
    "ecs-catalogue",
    "DescribeZones and DescribeAvailableResource have the zones of the registered vSwitches in the region, each with "
    "the same three instance types and two kinds of disk; DescribeImages has two public images. There are no disks "
    "and no tags. Nothing can be bought: RunInstances does not exist.",
    "Scope of the sandbox: data sources of Terraform's provider find something; instances are registered with "
    "POST /_sandbox/seed.",
    verdict="choice",
)

_DISKS = ("cloud_essd", "cloud_auto")
# Id, cores, memory in GiB, network interfaces, private addresses of one.
_TYPES = (
    ("ecs.g7.large", 2, 8.0, 3, 6),
    ("ecs.g7.xlarge", 4, 16.0, 4, 15),
    ("ecs.c7.large", 2, 4.0, 3, 6),
)
INSTANCE_TYPES: tuple[Doc, ...] = tuple(
    {
        "InstanceTypeId": identifier,
        "InstanceTypeFamily": identifier.rpartition(".")[0],
        "InstanceFamilyLevel": "EnterpriseLevel",
        "CpuArchitecture": "X86",
        "CpuCoreCount": cores,
        "MemorySize": memory,
        "EniQuantity": interfaces,
        "EniPrivateIpAddressQuantity": addresses,
        "GPUAmount": 0,
        "GPUSpec": "",
        "LocalStorageCategory": "",
        "NvmeSupport": "unsupported",
    }
    for identifier, cores, memory, interfaces, addresses in _TYPES
)
_IMAGES: tuple[Doc, ...] = tuple(
    {
        "ImageId": f"{name}.vhd",
        "ImageName": f"{name}.vhd",
        "ImageFamily": family,
        "Architecture": "x86_64",
        "CreationTime": "2026-01-15T00:00:00Z",
        "Description": "",
        "ImageOwnerAlias": "system",
        "ImageVersion": "",
        "IsCopied": False,
        "IsPublic": True,
        "IsSelfShared": "",
        "IsSubscribed": False,
        "IsSupportCloudinit": True,
        "IsSupportIoOptimized": True,
        "OSName": system,
        "OSNameEn": system,
        "OSType": "linux",
        "Platform": platform,
        "ProductCode": "",
        "Progress": "100%",
        "Size": 20,
        "Status": "Available",
        "Usage": "none",
        "DiskDeviceMappings": {"DiskDeviceMapping": []},
        "Tags": {"Tag": []},
    }
    for name, family, system, platform in (
        ("aliyun_3_x64_20G_alibase_20260115", "acs:alibaba_cloud_linux_3", "Alibaba Cloud Linux 3 64 bit", "Aliyun"),
        ("ubuntu_24_04_x64_20G_alibase_20260115", "acs:ubuntu_24_04_x64", "Ubuntu 24.04 64 bit", "Ubuntu"),
    )
)
# Parameters of DescribeImages that compare with one field, as texts.
_IMAGE_FILTERS = {
    "ImageName": "ImageName",
    "ImageFamily": "ImageFamily",
    "ImageOwnerAlias": "ImageOwnerAlias",
    "Architecture": "Architecture",
    "OSType": "OSType",
    "Usage": "Usage",
}
# Parameters of DescribeInstanceTypes that bound a field, from below and from above.
_LEAST = {
    "MinimumCpuCoreCount": "CpuCoreCount",
    "MinimumMemorySize": "MemorySize",
    "MinimumEniQuantity": "EniQuantity",
    "MinimumEniPrivateIpAddressQuantity": "EniPrivateIpAddressQuantity",
}
_MOST = {"MaximumCpuCoreCount": "CpuCoreCount", "MaximumMemorySize": "MemorySize"}


def zones(call: Call, args: Args) -> Doc:
    """DescribeZones."""
    types = [item["InstanceTypeId"] for item in INSTANCE_TYPES]
    found = [
        {
            "ZoneId": zone,
            "LocalName": zone,
            "ZoneType": "AvailabilityZone",
            "AvailableInstanceTypes": {"InstanceTypes": types},
            "AvailableDiskCategories": {"DiskCategories": list(_DISKS)},
            "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "IoOptimized", "Instance", "Disk"]},
        }
        for zone in _zones(call, args)
    ]
    return {"Zones": {"Zone": found}}


def regions(call: Call, _args: Args) -> Doc:
    """DescribeRegions: the region of the call alone."""
    region = {"RegionId": call.region, "LocalName": call.region, "Status": "available"}
    return {"Regions": {"Region": [region | {"RegionEndpoint": f"ecs.{call.region}.aliyuncs.com"}]}}


def available(call: Call, args: Args) -> Doc:
    """DescribeAvailableResource."""
    wanted = args["DestinationResource"]
    values: dict[str, list[str]] = {
        "InstanceType": [item["InstanceTypeId"] for item in INSTANCE_TYPES if _fits(item, args)],
        "SystemDisk": list(_DISKS),
        "DataDisk": list(_DISKS),
        "Network": ["vpc"],
        "IoOptimized": ["optimized"],
    }
    stock = {"Status": "Available", "StatusCategory": "WithStock"}
    supported = [{"Value": value, **stock} for value in values.get(wanted, [])]
    resource = {"Type": wanted, "SupportedResources": {"SupportedResource": supported}}
    more = {"AvailableResources": {"AvailableResource": [resource]}} if wanted in values else {}
    found = [{"RegionId": args["RegionId"], "ZoneId": zone, **stock, **more} for zone in _zones(call, args)]
    return {"AvailableZones": {"AvailableZone": found}}


def types(call: Call, args: Args) -> Doc:
    """DescribeInstanceTypes."""
    found = [
        item
        for item in INSTANCE_TYPES
        if (not args.get("InstanceTypes") or item["InstanceTypeId"] in args["InstanceTypes"])
        and args.get("InstanceTypeFamily", "") in ("", item["InstanceTypeFamily"])
        and not args.get("GPUSpec")
        and args.get("CpuArchitecture", "") in ("", item["CpuArchitecture"])
        and all(item[field] >= float(args[name]) for name, field in _LEAST.items() if args.get(name))
        and all(item[field] <= float(args[name]) for name, field in _MOST.items() if args.get(name))
    ]
    page, fields = paging.by_token(call, found, args, size=100)
    return {"InstanceTypes": {"InstanceType": page}, **fields}


def images(call: Call, args: Args) -> Doc:
    """DescribeImages: ids and states are lists with commas. Only public images exist, none of them with a tag."""
    identifiers, states = (_parts(args.get(name, "")) for name in ("ImageId", "Status"))
    found = [
        image
        for image in _IMAGES
        if (not identifiers or image["ImageId"] in identifiers)
        and (not states or image["Status"] in states)
        and all(args.get(name, "") in ("", image[field]) for name, field in _IMAGE_FILTERS.items())
        and args.get("IsPublic", True)
        and not any(args.get(name) for name in ("Tag", "SnapshotId", "ImageOwnerId", "ResourceGroupId"))
    ]
    page, fields = paging.page(call, found, args)
    return {"Images": {"Image": page}, **fields}


def types_of_image(_call: Call, args: Args) -> Doc:
    """DescribeImageSupportInstanceTypes: every type, of an image that exists."""
    known = args.get("ImageId") in {image["ImageId"] for image in _IMAGES}
    names = ("InstanceTypeId", "InstanceTypeFamily", "CpuCoreCount", "MemorySize")
    found = [{name: item[name] for name in names} for item in (INSTANCE_TYPES if known else ())]
    shown: Doc = {name: args[name] for name in ("RegionId", "ImageId") if name in args}
    return {**shown, "InstanceTypes": {"InstanceType": found}}


def disks(call: Call, args: Args) -> Doc:
    """DescribeDisks: none."""
    page, fields = paging.page(call, [], args)
    return {"Disks": {"Disk": page}, **fields}


def tags(call: Call, args: Args) -> Doc:
    """DescribeTags: none."""
    page, fields = paging.page(call, [], args)
    return {"Tags": {"Tag": page}, **fields}


def _zones(call: Call, args: Args) -> list[str]:
    found = {vswitch["zone_id"] for vswitch in call.store.all(kinds.VSWITCH)}
    return sorted(zone for zone in found if zone.startswith(args["RegionId"]) and args.get("ZoneId", "") in ("", zone))


def _fits(item: Doc, args: Args) -> bool:
    bounds = (("Cores", "CpuCoreCount"), ("Memory", "MemorySize"))
    return args.get("InstanceType", "") in ("", item["InstanceTypeId"]) and all(
        item[field] == float(args[name]) for name, field in bounds if args.get(name)
    )


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
