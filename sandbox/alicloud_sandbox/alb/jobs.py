# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs, regions and zones."""

from __future__ import annotations

from .. import kinds
from ..product import Call, public, read, same, select
from ..schema import Args
from ..store import Doc
from .params import jobs as params


def listing(call: Call, args: Args) -> Doc:
    """ListAsynJobs."""
    found = [
        job
        for job in select(
            call.store.jobs(args.get("JobIds", ())),
            args,
            {"ResourceIds": "ResourceId"},
            same("ResourceType", "ApiName"),
        )
        if args.get("BeginTime", 0) <= job["CreateTime"] <= args.get("EndTime", job["CreateTime"])
    ]
    page, fields = call.page(found, args)
    return {"Jobs": [public(job) for job in page], **fields}


def regions(call: Call, _args: Args) -> Doc:
    """DescribeRegions: the region of the call alone."""
    region = {"RegionId": call.region, "LocalName": call.region, "RegionEndpoint": f"alb.{call.region}.aliyuncs.com"}
    return {"Regions": [region]}


def zones(call: Call, _args: Args) -> Doc:
    """DescribeZones: the zones of the registered vSwitches."""
    zones = sorted({vswitch["zone_id"] for vswitch in call.store.all(kinds.VSWITCH)})
    return {"Zones": [{"ZoneId": zone, "LocalName": zone} for zone in zones]}


OPERATIONS = {
    "ListAsynJobs": read(listing, params.LIST_JOBS),
    "DescribeRegions": read(regions, params.REGIONS),
    "DescribeZones": read(zones, params.REGIONS),
}
