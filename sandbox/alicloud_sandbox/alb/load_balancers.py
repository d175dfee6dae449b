# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers."""

from __future__ import annotations

import ipaddress

from ..assumptions import assume
from ..errors import ApiError
from ..product import Call, new_id, public, same, timestamp
from ..schema import Args
from ..store import Doc
from . import tags

KIND = "loadbalancer"
_RANK = {"Basic": 0, "Standard": 1, "StandardWithWaf": 2}
_ONE_OF = {"LoadBalancerIds": "LoadBalancerId", "LoadBalancerNames": "LoadBalancerName", "VpcIds": "VpcId"}
_EQUAL = same(
    *("AddressType", "AddressIpVersion", "Ipv6AddressType", "DNSName", "ResourceGroupId"),
    *("LoadBalancerStatus", "LoadBalancerBussinessStatus"),
)
_ONLY_IN_GET = ("RegionId", "ZoneMappings", "SecurityGroupIds")

assume(
    "alb-edition-change",
    "UpdateLoadBalancerEdition allows every change except one to Basic (OperationDenied.Downgrade).",
    "Basic to Standard, Basic to WAF and WAF to Standard are documented, Standard to WAF is not mentioned.",
)
assume(
    "alb-delete-cascades",
    "DeleteLoadBalancer removes the listeners of the load balancer and their rules with it.",
    "The operation documents no ResourceInUse error.",
)
assume(
    "alb-names-not-unique",
    "Several load balancers, server groups and security policies may have the same name.",
    "No page says that names are unique, and no error code is documented.",
)
assume(
    "alb-one-zone",
    "A single zone in ZoneMappings is accepted.",
    "Two zones are asked for in regions that have two; the sandbox has no regions of its own.",
)


def create(call: Call, args: Args) -> Doc:
    """CreateLoadBalancer."""
    _check_zones(call, args)
    identifier = new_id("alb")
    doc: Doc = {
        "LoadBalancerId": identifier,
        "LoadBalancerName": args.get("LoadBalancerName", ""),
        "LoadBalancerStatus": "Provisioning",
        "LoadBalancerBussinessStatus": "Normal",
        "LoadBalancerOperationLocks": [],
        "LoadBalancerEdition": args["LoadBalancerEdition"],
        "LoadBalancerBillingConfig": {"PayType": args["LoadBalancerBillingConfig"]["PayType"]},
        "AddressType": args["AddressType"],
        "AddressIpVersion": args["AddressIpVersion"],
        "AddressAllocatedMode": args["AddressAllocatedMode"],
        "DNSName": f"{identifier}.{call.region}.alb.aliyuncs.com",
        "CreateTime": timestamp(),
        "DeletionProtectionConfig": _protection(args["DeletionProtectionEnabled"]),
        "ModificationProtectionConfig": args.get("ModificationProtectionConfig", {"Status": "NonProtection"}),
        "RegionId": call.region,
        "ResourceGroupId": args.get("ResourceGroupId", "rg-sandbox"),
        "SecurityGroupIds": args.get("SecurityGroupIds", []),
        "Tags": tags.as_list(args.get("Tag", [])),
        "VpcId": args["VpcId"],
        "_region": call.region,
        "_address": _free_address(call),
    }
    doc["ZoneMappings"] = _zones(args, doc["_address"])
    call.submit(KIND, doc, identifier, operate="Create", final="Active")
    return {"LoadBalancerId": identifier}


def get(call: Call, args: Args) -> Doc:
    """GetLoadBalancerAttribute."""
    return public(_find(call, args["LoadBalancerId"]))


def listing(call: Call, args: Args) -> Doc:
    """ListLoadBalancers."""
    found = tags.matching(call.here(KIND, args, _ONE_OF, _EQUAL), args)
    if args.get("ZoneId"):
        found = [doc for doc in found if args["ZoneId"] in (zone["ZoneId"] for zone in doc["ZoneMappings"])]
    page, fields = call.page(found, args)
    items = [{name: v for name, v in public(doc).items() if name not in _ONLY_IN_GET} for doc in page]
    return {"LoadBalancers": items, **fields}


def update(call: Call, args: Args) -> Doc:
    """UpdateLoadBalancerAttribute."""
    doc = active(call, args["LoadBalancerId"])
    doc |= {name: args[name] for name in ("LoadBalancerName", "ModificationProtectionConfig") if name in args}
    return _configure(call, doc)


def update_edition(call: Call, args: Args) -> Doc:
    """UpdateLoadBalancerEdition."""
    doc = active(call, args["LoadBalancerId"])
    if args["LoadBalancerEdition"] == doc["LoadBalancerEdition"]:
        raise call.error("OperationDenied.EditionNotChanged", "EditionNotChanged")
    if _RANK[args["LoadBalancerEdition"]] == 0:
        raise call.error("OperationDenied.Downgrade", "Downgrade")
    doc["LoadBalancerEdition"] = args["LoadBalancerEdition"]
    _configure(call, doc)
    return {}


def update_zones(call: Call, args: Args) -> Doc:
    """UpdateLoadBalancerZones."""
    doc = active(call, args["LoadBalancerId"])
    _check_zones(call, {"VpcId": doc["VpcId"], **args})
    zones = _zones(args, doc["_address"])
    if zones == doc["ZoneMappings"]:
        raise call.error("OperationDenied.ZoneMappingsNotChanged", "ZoneMappingsNotChanged")
    return _configure(call, doc | {"ZoneMappings": zones})


def delete(call: Call, args: Args) -> Doc:
    """DeleteLoadBalancer."""
    doc = active(call, args["LoadBalancerId"])
    if doc["DeletionProtectionConfig"]["Enabled"]:
        raise call.error("OperationDenied.DeletionProtectionEnabled", "DeletionProtectionEnabled")
    doc["LoadBalancerStatus"] = "Deleting"
    return call.submit(KIND, doc, doc["LoadBalancerId"], operate="Delete", final=None)


def enable_protection(call: Call, args: Args) -> Doc:
    """EnableDeletionProtection."""
    return _protect(call, args, enabled=True)


def disable_protection(call: Call, args: Args) -> Doc:
    """DisableDeletionProtection."""
    return _protect(call, args, enabled=False)


def enable_access_log(call: Call, args: Args) -> Doc:
    """EnableLoadBalancerAccessLog: nothing is logged, the place is kept only."""
    doc = active(call, args["LoadBalancerId"])
    if doc.get("AccessLogConfig"):
        raise call.error("OperationDenied.AccessLogEnabled", "AccessLogEnabled")
    _configure(call, doc | {"AccessLogConfig": {name: args[name] for name in ("LogProject", "LogStore")}})
    return {}


def disable_access_log(call: Call, args: Args) -> Doc:
    """DisableLoadBalancerAccessLog."""
    doc = active(call, args["LoadBalancerId"])
    if not doc.pop("AccessLogConfig", None):
        raise call.error("OperationDenied.AccessLogDisabled", "AccessLogDisabled")
    _configure(call, doc)
    return {}


def update_address_type(call: Call, args: Args) -> Doc:
    """UpdateLoadBalancerAddressTypeConfig."""
    doc = active(call, args["LoadBalancerId"])
    if args["AddressType"] == doc["AddressType"]:
        raise call.error("OperationDenied.AddressTypeNotChanged")
    return _configure(call, doc | {"AddressType": args["AddressType"]})


def active(call: Call, identifier: str) -> Doc:
    """A load balancer that can be changed now."""
    doc = _find(call, identifier)
    if doc["LoadBalancerStatus"] != "Active":
        raise call.error("IncorrectStatus.LoadBalancer", identifier, doc["LoadBalancerStatus"])
    return doc


def _find(call: Call, identifier: str) -> Doc:
    return call.find(KIND, identifier, "ResourceNotFound.LoadBalancer")


def _configure(call: Call, doc: Doc) -> Doc:
    doc["LoadBalancerStatus"] = "Configuring"
    return call.submit(KIND, doc, doc["LoadBalancerId"], operate="Update", final="Active")


def _protect(call: Call, args: Args, *, enabled: bool) -> Doc:
    doc = active(call, args["ResourceId"])
    call.store.patch(KIND, doc["LoadBalancerId"], {"DeletionProtectionConfig": _protection(enabled)})
    return {}


def _protection(enabled: bool) -> Doc:
    return {"Enabled": enabled, "EnabledTime": timestamp() if enabled else ""}


def _zones(args: Args, address: str) -> list[Doc]:
    # The data plane has one address per load balancer; every zone shows it.
    return [
        {
            "ZoneId": zone["ZoneId"],
            "VSwitchId": zone["VSwitchId"],
            "LoadBalancerAddresses": [{"Address": address, "IntranetAddress": address}],
        }
        for zone in args["ZoneMappings"]
    ]


def _check_zones(call: Call, args: Args) -> None:
    if call.store.get("vpc", args["VpcId"]) is None:
        raise call.error("ResourceNotFound.Vpc", args["VpcId"])
    zones = [zone["ZoneId"] for zone in args["ZoneMappings"]]
    if len(set(zones)) < len(zones):
        raise _duplicate_zone(call)
    for zone in args["ZoneMappings"]:
        vswitch = call.store.get("vswitch", zone["VSwitchId"])
        if vswitch is None:
            raise call.error("ResourceNotFound.VSwitch", zone["VSwitchId"])
        if vswitch["vpc_id"] != args["VpcId"]:
            raise call.error("Mismatch.VpcId", "VpcId", zone["VSwitchId"], args["VpcId"])
        if vswitch["zone_id"] != zone["ZoneId"]:
            raise call.error("Mismatch.ZoneIdAndVSwitchId", zone["ZoneId"], zone["VSwitchId"])


def _duplicate_zone(call: Call) -> ApiError:
    if call.action == "CreateLoadBalancer":
        return call.error("DuplicatedParam.ZoneId")
    return call.invalid("A zone is named twice in ZoneMappings.")


def _free_address(call: Call) -> str:
    used = {doc["_address"] for doc in call.store.all(KIND)}
    pool = ipaddress.ip_network(call.address_pool)
    for address in pool.hosts():
        if str(address) not in used:
            return str(address)
    raise call.error("QuotaExceeded.LoadBalancersNum", "LoadBalancersNum", len(used), len(used))
