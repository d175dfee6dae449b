# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers."""

from __future__ import annotations

import ipaddress

from .. import kinds
from ..assumptions import assume
from ..errors import ApiError
from ..product import Call, new_id, public, read, resource_group, same, timestamp, write
from ..schema import Args
from ..store import Doc
from . import quotas, tags
from .params import load_balancers as params

# Is not charged and can only be deleted (SDK 1.3.3, GetLoadBalancerAttribute).
CREATE_FAILED = "CreateFailed"
_RANK = {"Basic": 0, "Standard": 1, "StandardWithWaf": 2}
_ONE_OF = {"LoadBalancerIds": "LoadBalancerId", "LoadBalancerNames": "LoadBalancerName", "VpcIds": "VpcId"}
_EQUAL = same(
    *("AddressType", "AddressIpVersion", "Ipv6AddressType", "DNSName", "ResourceGroupId"),
    *("LoadBalancerStatus", "LoadBalancerBussinessStatus"),
)
_EIP = ("AllocationId", "EipType")
_ONLY_IN_GET = ("RegionId", "ZoneMappings", "SecurityGroupIds")

assume(
    "alb-edition-change",
    "UpdateLoadBalancerEdition allows the change from Standard to StandardWithWaf, beside the documented ones.",
    "Basic to Standard, Basic to WAF and WAF to Standard are documented, and no way back to Basic "
    "(UpdateLoadBalancerEdition, zh 2026-01-15, fr 2026-08-06); Standard to WAF is not mentioned.",
    date="2026-11-25",
    settle="UpdateLoadBalancerEdition from Standard to StandardWithWaf with DryRun=true",
)
assume(
    "alb-delete-cascades",
    "DeleteLoadBalancer removes the listeners of the load balancer and their rules with it.",
    "The operation documents no ResourceInUse error.",
    date="2026-11-25",
    settle="DeleteLoadBalancer for one that has a listener",
)
assume(
    "alb-names-not-unique",
    "Several load balancers, server groups and security policies may have the same name, and so may rules and access "
    "control lists.",
    "No page says that names are unique, and no error code is documented. Doubtful for rules (a guide of 2021-03 says "
    "that their names are unique on a listener) and for lists (UpdateAclAttribute has Conflict.Acl).",
    date="2026-11-25",
    settle="CreateSecurityPolicy twice with one name",
)
assume(
    "alb-one-zone",
    "A single zone in ZoneMappings is refused with InvalidParameter (400) when the VPC has vSwitches in two zones, and "
    "accepted when it has them in one.",
    "CreateLoadBalancer and UpdateLoadBalancerZones ask for two zones where the region has two or more, without naming "
    "a code; the sandbox has no regions of its own, so the VPC stands for one.",
    date="2026-11-25",
    settle="CreateLoadBalancer with one zone and DryRun=true",
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
        "ResourceGroupId": resource_group(args),
        "SecurityGroupIds": args.get("SecurityGroupIds", []),
        **({"Ipv6AddressType": "Intranet"} if args["AddressIpVersion"] == "DualStack" else {}),
        **_package(args["LoadBalancerBillingConfig"].get("BandwidthPackageId")),
        "Tags": tags.as_list(args.get("Tag", [])),
        "VpcId": args["VpcId"],
        "_region": call.region,
        "_address": _free_address(call),
    }
    doc["ZoneMappings"] = _zones(args["ZoneMappings"], doc["_address"])
    call.submit(kinds.LOAD_BALANCER, doc, identifier, operate="Create", final="Active")
    return {"LoadBalancerId": identifier}


def get(call: Call, args: Args) -> Doc:
    """GetLoadBalancerAttribute."""
    return public(_find(call, args["LoadBalancerId"]))


def listing(call: Call, args: Args) -> Doc:
    """ListLoadBalancers."""
    found = tags.matching(call.in_region(kinds.LOAD_BALANCER, args, _ONE_OF, _EQUAL), args)
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
    # UpdateLoadBalancerZones has no parameter for elastic IP addresses: a zone keeps the one it has.
    had = {zone["ZoneId"]: zone["LoadBalancerAddresses"][0] for zone in doc["ZoneMappings"]}
    kept = {zone: {"AllocationId": has["AllocationId"]} for zone, has in had.items() if "AllocationId" in has}
    zones = _zones([{**kept.get(zone["ZoneId"], {}), **zone} for zone in args["ZoneMappings"]], doc["_address"])
    if zones == doc["ZoneMappings"]:
        raise call.error("OperationDenied.ZoneMappingsNotChanged", "ZoneMappingsNotChanged")
    return _configure(call, doc | {"ZoneMappings": zones})


def delete(call: Call, args: Args) -> Doc:
    """DeleteLoadBalancer."""
    doc = _in_status(call, args["LoadBalancerId"], "Active", CREATE_FAILED)
    if doc["DeletionProtectionConfig"]["Enabled"]:
        raise call.error("OperationDenied.DeletionProtectionEnabled", "DeletionProtectionEnabled")
    doc["LoadBalancerStatus"] = "Deleting"
    return call.submit(kinds.LOAD_BALANCER, doc, doc["LoadBalancerId"], operate="Delete", final=None)


def enable_protection(call: Call, args: Args) -> Doc:
    """EnableDeletionProtection."""
    return _protect(call, args, enabled=True)


def disable_protection(call: Call, args: Args) -> Doc:
    """DisableDeletionProtection."""
    return _protect(call, args, enabled=False)


def enable_access_log(call: Call, args: Args) -> Doc:
    """EnableLoadBalancerAccessLog: project and store are kept, and nothing is logged."""
    doc = active(call, args["LoadBalancerId"])
    if doc.get("AccessLogConfig"):
        raise call.error("OperationDenied.AccessLogEnabled", "AccessLogEnabled")
    # The job is in the answer since SDK 1.3; Terraform's provider waits for it.
    return _configure(call, doc | {"AccessLogConfig": {name: args[name] for name in ("LogProject", "LogStore")}})


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
    if args["AddressType"] == "Internet":
        given = {zone["ZoneId"]: zone for zone in args.get("ZoneMappings", [])}
    else:
        given = {zone["ZoneId"]: dict.fromkeys(_EIP) for zone in doc["ZoneMappings"]}
    for zone in doc["ZoneMappings"]:
        of_eip = {name: given.get(zone["ZoneId"], {}).get(name) for name in _EIP if zone["ZoneId"] in given}
        merged = {**zone["LoadBalancerAddresses"][0], **of_eip}
        zone["LoadBalancerAddresses"] = [{name: value for name, value in merged.items() if value is not None}]
    return _configure(call, doc | {"AddressType": args["AddressType"]})


def join_groups(call: Call, args: Args) -> Doc:
    """LoadBalancerJoinSecurityGroup: not while a listener has access control lists."""
    doc = active(call, args["LoadBalancerId"])
    listeners = (item for item in call.store.all(kinds.LISTENER) if item["LoadBalancerId"] == doc["LoadBalancerId"])
    if any(item["AclConfig"]["AclRelations"] for item in listeners):
        raise call.error("OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup")
    for group in args["SecurityGroupIds"]:
        if group in doc["SecurityGroupIds"]:
            raise call.error("ResourceAlreadyAssociated.SecurityGroup", group)
        quotas.check(call, "SecurityGroupNum", len(doc["SecurityGroupIds"]), of=doc["LoadBalancerId"])
        doc["SecurityGroupIds"].append(group)
    return _configure(call, doc)


def leave_groups(call: Call, args: Args) -> Doc:
    """LoadBalancerLeaveSecurityGroup."""
    doc = active(call, args["LoadBalancerId"])
    for group in args["SecurityGroupIds"]:
        if group not in doc["SecurityGroupIds"]:
            raise call.error("ResourceNotAssociated.SecurityGroup", group)
        doc["SecurityGroupIds"].remove(group)
    return _configure(call, doc)


def enable_ipv6_internet(call: Call, args: Args) -> Doc:
    """EnableLoadBalancerIpv6Internet."""
    return _switch_ipv6(call, args, "Internet")


def disable_ipv6_internet(call: Call, args: Args) -> Doc:
    """DisableLoadBalancerIpv6Internet."""
    return _switch_ipv6(call, args, "Intranet")


def attach_package(call: Call, args: Args) -> Doc:
    """AttachCommonBandwidthPackageToLoadBalancer."""
    return _configure(call, active(call, args["LoadBalancerId"]) | _package(args["BandwidthPackageId"]))


def detach_package(call: Call, args: Args) -> Doc:
    """DetachCommonBandwidthPackageFromLoadBalancer."""
    doc = active(call, args["LoadBalancerId"])
    if doc.get("BandwidthPackageId") != args["BandwidthPackageId"]:
        raise call.error("ResourceNotFound.CommonBandwidthPackage", args["BandwidthPackageId"])
    return _configure(call, {name: value for name, value in doc.items() if name != "BandwidthPackageId"})


def active(call: Call, identifier: str) -> Doc:
    """Returns a load balancer that can be changed now. Raises ApiError."""
    return _in_status(call, identifier, "Active")


def _in_status(call: Call, identifier: str, *statuses: str) -> Doc:
    doc = _find(call, identifier)
    if doc["LoadBalancerStatus"] not in statuses:
        raise call.error("IncorrectStatus.LoadBalancer", identifier, doc["LoadBalancerStatus"])
    return doc


def _find(call: Call, identifier: str) -> Doc:
    return call.find(kinds.LOAD_BALANCER, identifier, "ResourceNotFound.LoadBalancer")


def _configure(call: Call, doc: Doc) -> Doc:
    doc["LoadBalancerStatus"] = "Configuring"
    return call.submit(kinds.LOAD_BALANCER, doc, doc["LoadBalancerId"], operate="Update", final="Active")


def _protect(call: Call, args: Args, *, enabled: bool) -> Doc:
    doc = active(call, args["ResourceId"])
    call.store.patch(kinds.LOAD_BALANCER, doc["LoadBalancerId"], {"DeletionProtectionConfig": _protection(enabled)})
    return {}


def _protection(enabled: bool) -> Doc:
    return {"Enabled": enabled, "EnabledTime": timestamp() if enabled else ""}


def _switch_ipv6(call: Call, args: Args, kind: str) -> Doc:
    doc = active(call, args["LoadBalancerId"])
    if doc["AddressIpVersion"] != "DualStack":
        raise call.error("OperationDenied.NonDualStackInstance", "NonDualStackInstance")
    if doc["Ipv6AddressType"] == kind:
        raise call.error(f"OperationDenied.Ipv6{kind}Instance", f"Ipv6{kind}Instance")
    return _configure(call, doc | {"Ipv6AddressType": kind})


def _package(identifier: str | None) -> Doc:
    return {"BandwidthPackageId": identifier} if identifier else {}


def _zones(mappings: list[Doc], address: str) -> list[Doc]:
    # The data plane has one address per load balancer; every zone shows it.
    return [
        {
            "ZoneId": zone["ZoneId"],
            "VSwitchId": zone["VSwitchId"],
            "LoadBalancerAddresses": [
                {
                    "Address": address,
                    "IntranetAddress": zone.get("IntranetAddress", address),
                    **{name: zone[name] for name in _EIP if name in zone},
                }
            ],
        }
        for zone in mappings
    ]


def _check_zones(call: Call, args: Args) -> None:
    if call.store.get(kinds.VPC, args["VpcId"]) is None:
        raise call.error("ResourceNotFound.Vpc", args["VpcId"])
    zones = [zone["ZoneId"] for zone in args["ZoneMappings"]]
    if len(set(zones)) < len(zones):
        raise _duplicate_zone(call)
    for zone in args["ZoneMappings"]:
        vswitch = call.store.get(kinds.VSWITCH, zone["VSwitchId"])
        if vswitch is None:
            raise call.error("ResourceNotFound.VSwitch", zone["VSwitchId"])
        if vswitch["vpc_id"] != args["VpcId"]:
            raise call.error("Mismatch.VpcId", "VpcId", zone["VSwitchId"], args["VpcId"])
        if vswitch["zone_id"] != zone["ZoneId"]:
            raise call.error("Mismatch.ZoneIdAndVSwitchId", zone["ZoneId"], zone["VSwitchId"])
    available = {item["zone_id"] for item in call.store.all(kinds.VSWITCH) if item["vpc_id"] == args["VpcId"]}
    if len(zones) == 1 and len(available) > 1:
        raise call.invalid(
            f"ZoneMappings has one zone, and {args['VpcId']} has vSwitches in {len(available)}: name two."
        )


def _duplicate_zone(call: Call) -> ApiError:
    if call.action == "CreateLoadBalancer":
        return call.error("DuplicatedParam.ZoneId")
    return call.invalid("A zone is named twice in ZoneMappings.")


def _free_address(call: Call) -> str:
    used = {doc["_address"] for doc in call.store.all(kinds.LOAD_BALANCER)}
    pool = ipaddress.ip_network(call.address_pool)
    for address in pool.hosts():
        if str(address) not in used:
            return str(address)
    raise call.error("QuotaExceeded.LoadBalancersNum", "LoadBalancersNum", len(used), len(used))


OPERATIONS = {
    "CreateLoadBalancer": write(create, params.CREATE_LOAD_BALANCER),
    "GetLoadBalancerAttribute": read(get, params.LOAD_BALANCER_ID),
    "ListLoadBalancers": read(listing, params.LIST_LOAD_BALANCERS),
    "UpdateLoadBalancerAttribute": write(update, params.UPDATE_LOAD_BALANCER),
    "UpdateLoadBalancerEdition": write(update_edition, params.UPDATE_EDITION),
    "UpdateLoadBalancerZones": write(update_zones, params.UPDATE_ZONES),
    "UpdateLoadBalancerAddressTypeConfig": write(update_address_type, params.UPDATE_ADDRESS_TYPE),
    "EnableLoadBalancerAccessLog": write(enable_access_log, params.ENABLE_ACCESS_LOG),
    "DisableLoadBalancerAccessLog": write(disable_access_log, params.DELETE_LOAD_BALANCER),
    "DeleteLoadBalancer": write(delete, params.DELETE_LOAD_BALANCER),
    "LoadBalancerJoinSecurityGroup": write(join_groups, params.SECURITY_GROUPS),
    "LoadBalancerLeaveSecurityGroup": write(leave_groups, params.SECURITY_GROUPS),
    "EnableLoadBalancerIpv6Internet": write(enable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "DisableLoadBalancerIpv6Internet": write(disable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "AttachCommonBandwidthPackageToLoadBalancer": write(attach_package, params.BANDWIDTH_PACKAGE),
    "DetachCommonBandwidthPackageFromLoadBalancer": write(detach_package, params.BANDWIDTH_PACKAGE),
    "EnableDeletionProtection": write(enable_protection, params.PROTECTION),
    "DisableDeletionProtection": write(disable_protection, params.PROTECTION),
}
