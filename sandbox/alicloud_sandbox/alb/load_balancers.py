# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from .. import kinds
from ..assumptions import assume
from ..errors import ApiError
from ..product import Call, keep, new_id, public, read, resource_group, same, timestamp, write
from ..schema import Args
from ..store import Doc
from . import quotas, tags
from .params import load_balancers as params

# Is not charged and can only be deleted (SDK 1.3.3, GetLoadBalancerAttribute).
CREATE_FAILED = "CreateFailed"
# States of a zone (SDK 1.3.3, GetLoadBalancerAttribute), and in which one a job leaves it.
SHIFTED = "Shifted"
_SETTLED = {"Stopping": SHIFTED, "Starting": "Active"}
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


assume(
    "alb-zone-addresses",
    "Every zone of a load balancer has an address of its own, which serves the same listeners. DNS answers with all of "
    "them but those of zones that are shifted away, in the order of ZoneMappings. An address that is shifted away goes "
    "on serving who knows it.",
    "That a shift removes the address from DNS is documented (StartShiftLoadBalancerZones, en 2026-01-15), not what "
    "becomes of its connections, nor the order of answers.",
    date="2026-11-26",
    settle="curl --resolve to the address of a zone that is shifted away",
)
assume(
    "alb-zone-elastic-address",
    "A zone that stays keeps its elastic address and its other addresses. UpdateLoadBalancerZones has no parameter for "
    "another elastic address: AllocationId is ignored as any unknown parameter is.",
    "Neither the metadata (2025-12) nor the SDK 1.3.3 has AllocationId there. Terraform's provider sends it with every "
    "change of zones (resource_alicloud_alb_load_balancer.go); what the service makes of it is not known.",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "alb-zone-shift",
    "A shift is refused with ZoneVSwitchNotExist for a zone that the load balancer does not have, ZoneVSwitchChanged "
    "for another vSwitch of a zone that it has, ZoneMappingsNotChanged for a zone that is shifted away already (or is "
    "not, to cancel), ConfigLastActiveZoneNotSupport for the last zone in DNS, and "
    "OnlyFixedAddressAllocatedModeSupported with dynamic addresses. Meanwhile the zone is Stopping or Starting. "
    "UpdateLoadBalancerZones leaves a zone that it keeps as it is, and may leave only zones that are shifted away.",
    "The codes and states are documented, and that static addresses and a second zone are needed "
    "(StartShiftLoadBalancerZones, en 2026-01-15); when each comes is not.",
    date="2026-11-26",
    settle="StartShiftLoadBalancerZones with a zone that the load balancer does not have, with DryRun=true",
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
    }
    doc["ZoneMappings"] = _zones(call, args["ZoneMappings"], [])
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
    zones = _zones(call, args["ZoneMappings"], doc["ZoneMappings"])
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


def start_shift(call: Call, args: Args) -> Doc:
    """StartShiftLoadBalancerZones: DNS no longer answers with the address of a zone."""
    return _shift(call, args, "Active", "Stopping")


def cancel_shift(call: Call, args: Args) -> Doc:
    """CancelShiftLoadBalancerZones: DNS answers with the address of a zone again."""
    return _shift(call, args, SHIFTED, "Starting")


def finish(doc: Doc) -> None:
    """Leaves the zones in their new states, when a job has succeeded."""
    for zone in doc["ZoneMappings"]:
        zone["Status"] = _SETTLED.get(zone.get("Status", ""), zone.get("Status", "Active"))


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


def addresses(doc: Doc, *, answered: bool = False) -> tuple[str, ...]:
    """Returns the addresses of a load balancer; with ``answered`` without those of zones that are shifted away."""
    zones = (zone for zone in doc["ZoneMappings"] if not answered or zone.get("Status") != SHIFTED)
    return tuple(dict.fromkeys(zone["LoadBalancerAddresses"][0]["Address"] for zone in zones))


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


def _shift(call: Call, args: Args, before: str, during: str) -> Doc:
    doc = active(call, args["LoadBalancerId"])
    if doc["AddressAllocatedMode"] != "Fixed":
        reason = "OnlyFixedAddressAllocatedModeSupported"
        raise call.error(f"OperationDenied.{reason}", reason)
    zones = {zone["ZoneId"]: zone for zone in doc["ZoneMappings"]}
    for wanted in args["ZoneMappings"]:
        vswitch = call.store.get(kinds.VSWITCH, wanted["VSwitchId"])
        if vswitch is None:
            raise call.error("ResourceNotFound.VSwitch", wanted["VSwitchId"])
        if vswitch["zone_id"] != wanted["ZoneId"]:
            raise call.error("Mismatch.ZoneIdAndVSwitchId", wanted["ZoneId"], wanted["VSwitchId"])
        zone = zones.get(wanted["ZoneId"], {})
        if zone.get("VSwitchId") != wanted["VSwitchId"]:
            reason = "ZoneVSwitchChanged" if zone else "ZoneVSwitchNotExist"
            raise call.error(f"OperationDenied.{reason}", reason)
        if zone.get("Status", "Active") != before:
            raise call.error("OperationDenied.ZoneMappingsNotChanged", "ZoneMappingsNotChanged")
        zone["Status"] = during
    if not any(zone.get("Status", "Active") in ("Active", "Starting") for zone in zones.values()):
        raise call.error("OperationDenied.ConfigLastActiveZoneNotSupport", "ConfigLastActiveZoneNotSupport")
    _configure(call, doc)
    return {}


def _switch_ipv6(call: Call, args: Args, kind: str) -> Doc:
    doc = active(call, args["LoadBalancerId"])
    if doc["AddressIpVersion"] != "DualStack":
        raise call.error("OperationDenied.NonDualStackInstance", "NonDualStackInstance")
    if doc["Ipv6AddressType"] == kind:
        raise call.error(f"OperationDenied.Ipv6{kind}Instance", f"Ipv6{kind}Instance")
    return _configure(call, doc | {"Ipv6AddressType": kind})


def _package(identifier: str | None) -> Doc:
    return {"BandwidthPackageId": identifier} if identifier else {}


def _zones(call: Call, mappings: list[Doc], current: list[Doc]) -> list[Doc]:
    """Returns zones with an address of the data plane each; a zone of ``current`` keeps its own, and its state."""
    had = {zone["ZoneId"]: zone for zone in current}
    free = _free_addresses(call)
    zones = []
    for zone in mappings:
        before = had.get(zone["ZoneId"], {"Status": "Active", "LoadBalancerAddresses": [{}]})
        of_eip = {name: value for name, value in before["LoadBalancerAddresses"][0].items() if name == "AllocationId"}
        address = before["LoadBalancerAddresses"][0].get("Address") or next(free)
        addresses = {"Address": address, "IntranetAddress": zone.get("IntranetAddress", address), **of_eip}
        addresses |= {name: zone[name] for name in _EIP if name in zone}
        named = {name: zone[name] for name in ("ZoneId", "VSwitchId")}
        zones.append({**named, "Status": before.get("Status", "Active"), "LoadBalancerAddresses": [addresses]})
    return zones


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


def _free_addresses(call: Call) -> Iterator[str]:
    """Yields addresses of the pool that no load balancer has, nor had before a job that is not finished."""
    docs = [*call.store.all(kinds.LOAD_BALANCER), *call.store.served(kinds.LOAD_BALANCER).values()]
    used = {address for doc in docs for address in addresses(doc)}
    yield from (str(each) for each in ipaddress.ip_network(call.address_pool).hosts() if str(each) not in used)
    number = len({doc["LoadBalancerId"] for doc in docs})
    raise call.error("QuotaExceeded.LoadBalancersNum", "LoadBalancersNum", number, number)


OPERATIONS = {
    "CreateLoadBalancer": write(create, params.CREATE_LOAD_BALANCER),
    "GetLoadBalancerAttribute": read(get, params.LOAD_BALANCER_ID),
    "ListLoadBalancers": read(listing, params.LIST_LOAD_BALANCERS),
    "UpdateLoadBalancerAttribute": write(update, params.UPDATE_LOAD_BALANCER),
    "UpdateLoadBalancerEdition": write(update_edition, params.UPDATE_EDITION),
    "UpdateLoadBalancerZones": write(update_zones, params.UPDATE_ZONES),
    "StartShiftLoadBalancerZones": write(start_shift, params.SHIFT_ZONES),
    "CancelShiftLoadBalancerZones": write(cancel_shift, params.SHIFT_ZONES),
    "UpdateLoadBalancerAddressTypeConfig": keep(update_address_type, params.UPDATE_ADDRESS_TYPE),
    "EnableLoadBalancerAccessLog": keep(enable_access_log, params.ENABLE_ACCESS_LOG),
    "DisableLoadBalancerAccessLog": keep(disable_access_log, params.DELETE_LOAD_BALANCER),
    "DeleteLoadBalancer": write(delete, params.DELETE_LOAD_BALANCER),
    "LoadBalancerJoinSecurityGroup": keep(join_groups, params.SECURITY_GROUPS),
    "LoadBalancerLeaveSecurityGroup": keep(leave_groups, params.SECURITY_GROUPS),
    "EnableLoadBalancerIpv6Internet": keep(enable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "DisableLoadBalancerIpv6Internet": keep(disable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "AttachCommonBandwidthPackageToLoadBalancer": keep(attach_package, params.BANDWIDTH_PACKAGE),
    "DetachCommonBandwidthPackageFromLoadBalancer": keep(detach_package, params.BANDWIDTH_PACKAGE),
    "EnableDeletionProtection": write(enable_protection, params.PROTECTION),
    "DisableDeletionProtection": write(disable_protection, params.PROTECTION),
}
