# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The zones of a load balancer, with its addresses there. Pure. Private to this collection.

UpdateLoadBalancerZones replaces all zones: an address that is not sent again may be lost. The elastic IP addresses are
chosen when the load balancer becomes public, and cannot be changed later.
"""

from __future__ import annotations

import typing as t

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.values import Object, encode, known, merged
from .fields import ADDRESS_TYPE, ZONE_MAPPING

EIP_OPTIONS = ("allocation_id", "eip_type")


def in_order(mappings: list[Object]) -> list[Object]:
    """Return ``mappings`` in the order of their zones, in which two equal sets are equal lists."""
    return sorted(mappings, key=lambda mapping: str(mapping["zone_id"]))


def completed(wanted: list[Object], current: t.Any) -> list[Object]:
    """Return ``wanted``, each completed by what ``current`` has in the same zone and vSwitch."""
    existing = {_place(mapping): mapping for mapping in known(current, list)}
    given = ({name: value for name, value in mapping.items() if value is not None} for mapping in wanted)
    return in_order([merged(existing.get(_place(mapping), {}), mapping) for mapping in given])


def zone_actions(zones: list[Object] | None, kind: str | None, current: t.Any) -> list[Action]:
    """Return the actions that change zones and address type.

    Args:
        zones: the wanted zones, completed; None for no change.
        kind: the wanted address type, None for no change.
        current: the present zones.

    Raises:
        RefusedError: a zone would get another elastic IP address.
    """
    existing = known(current, list)
    steps = []
    # If the address type changes too, its request carries the elastic IP addresses.
    compared = ("zone_id", "vswitch_id", "intranet_address", *(() if kind else ("eip_type",)))
    if zones is not None and _only(compared, zones) != _only(compared, existing):
        sent = _only(("zone_id", "vswitch_id", "eip_type", "intranet_address"), zones)
        steps.append(_action("UpdateLoadBalancerZones", {}, sent, {"zone_mappings": zones}))
    if kind:
        sent = _only(("zone_id", "vswitch_id", *EIP_OPTIONS), zones or [])
        named = kind == "internet" and any(mapping.get(name) for mapping in sent for name in EIP_OPTIONS)
        after = {"address_type": kind, **({"zone_mappings": zones} if zones is not None else {})}
        operation, params = "UpdateLoadBalancerAddressTypeConfig", {"AddressType": ADDRESS_TYPE.encode(kind)}
        steps.append(_action(operation, params, sent if named else [], after))
    elif isinstance(current, list) and zones is not None:
        _refuse_another_eip(zones, existing)
    return steps


def _refuse_another_eip(zones: list[Object], current: list[Object]) -> None:
    existing = {mapping["zone_id"]: mapping.get("allocation_id") for mapping in current}
    for mapping in zones:
        zone, allocation = mapping["zone_id"], mapping.get("allocation_id")
        if allocation and allocation != existing.get(zone):
            raise RefusedError(
                f"zone_mappings: {zone} cannot get the elastic IP address {allocation} any more.",
                "Leave allocation_id out: it is for a new load balancer, and for address_type becoming internet.",
            )


def _place(mapping: Object) -> tuple[t.Any, t.Any]:
    return mapping["zone_id"], mapping["vswitch_id"]


def _only(names: tuple[str, ...], mappings: list[Object]) -> list[Object]:
    return [{name: mapping.get(name) for name in names} for mapping in mappings]


def _action(operation: str, params: Object, mappings: list[Object], after: Object) -> Action:
    sent = {"ZoneMappings": [encode(ZONE_MAPPING, mapping) for mapping in mappings]} if mappings else {}
    return Action(operation, {"LoadBalancerId": SELF_ID, **params, **sent}, after)
