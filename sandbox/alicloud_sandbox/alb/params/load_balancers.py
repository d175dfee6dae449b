# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on load balancers."""

from __future__ import annotations

from ...schema import choice, flag, group, line, many, must
from .common import IDENTIFIER, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

_changed_zone: Schema = {
    "ZoneId": must(line()),
    "VSwitchId": must(line()),
    "EipType": choice("Common", "Anycast"),
    "IntranetAddress": line(),
}
_new_zone: Schema = {**_changed_zone, "AllocationId": line()}
_protection = group({"Status": choice("NonProtection", "ConsoleProtection"), "Reason": line(2, 128)})
_edition = choice("Basic", "Standard", "StandardWithWaf", required=True)

CREATE_LOAD_BALANCER: Schema = {
    "VpcId": IDENTIFIER,
    "AddressType": choice("Internet", "Intranet", required=True),
    "LoadBalancerName": NAME,
    "LoadBalancerEdition": _edition,
    "LoadBalancerBillingConfig": must(
        group({"PayType": choice("PostPay", required=True), "BandwidthPackageId": line()})
    ),
    "ZoneMappings": must(many(_new_zone, 1, 10)),
    "AddressAllocatedMode": choice("Fixed", "Dynamic", default="Fixed"),
    "AddressIpVersion": choice("IPv4", "DualStack", default="IPv4"),
    "DeletionProtectionEnabled": flag(default=False),
    "ModificationProtectionConfig": _protection,
    "ResourceGroupId": line(),
    "SecurityGroupIds": ids(4),
    **NEW_TAGS,
    **WRITE,
}
LOAD_BALANCER_ID: Schema = {"LoadBalancerId": IDENTIFIER}
LIST_LOAD_BALANCERS: Schema = {
    "LoadBalancerIds": ids(20),
    "LoadBalancerNames": ids(10),
    "VpcIds": ids(10),
    "AddressType": choice("Internet", "Intranet"),
    "AddressIpVersion": choice("IPv4", "DualStack"),
    "Ipv6AddressType": choice("Internet", "Intranet"),
    "LoadBalancerStatus": line(),
    "LoadBalancerBussinessStatus": line(),
    "DNSName": line(),
    "PayType": choice("PostPay"),
    "ResourceGroupId": line(),
    "ZoneId": line(),
    **TAG_FILTER,
    **PAGE,
}
UPDATE_LOAD_BALANCER: Schema = {
    **LOAD_BALANCER_ID,
    "LoadBalancerName": NAME,
    "ModificationProtectionConfig": _protection,
    **WRITE,
}
UPDATE_EDITION: Schema = {**LOAD_BALANCER_ID, "LoadBalancerEdition": _edition, **WRITE}
UPDATE_ZONES: Schema = {**LOAD_BALANCER_ID, "ZoneMappings": must(many(_changed_zone, 1, 10)), **WRITE}
SHIFT_ZONES: Schema = {
    **LOAD_BALANCER_ID,
    "ZoneMappings": must(many({"ZoneId": must(line()), "VSwitchId": must(line())}, 1, 1)),
    **WRITE,
}
ENABLE_ACCESS_LOG: Schema = {**LOAD_BALANCER_ID, "LogProject": IDENTIFIER, "LogStore": IDENTIFIER, **WRITE}
UPDATE_ADDRESS_TYPE: Schema = {
    **LOAD_BALANCER_ID,
    "AddressType": choice("Internet", "Intranet", required=True),
    "ZoneMappings": many({"ZoneId": line(), "VSwitchId": line(), "AllocationId": line(), "EipType": line()}, 1, 10),
    **WRITE,
}
SECURITY_GROUPS: Schema = {**LOAD_BALANCER_ID, "SecurityGroupIds": must(ids(10)), **WRITE}
BANDWIDTH_PACKAGE: Schema = {**LOAD_BALANCER_ID, "RegionId": IDENTIFIER, "BandwidthPackageId": IDENTIFIER, **WRITE}
DELETE_LOAD_BALANCER: Schema = {**LOAD_BALANCER_ID, **WRITE}
PROTECTION: Schema = {"ResourceId": IDENTIFIER, **WRITE}
