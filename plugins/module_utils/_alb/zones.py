# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The zones of a load balancer, with the addresses it has there. Pure. This module is PRIVATE to the collection.

UpdateLoadBalancerZones replaces all zones: what a zone has, and is not sent again, may be lost. Which elastic IP
address a zone has is said when the load balancer becomes public, and never later.
"""

from __future__ import annotations

import typing as t

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.values import Object, encode, known, merged
from .fields import ADDRESS_TYPE, ZONE_MAPPING

OF_AN_EIP = ("allocation_id", "eip_type")


def in_order(mappings: list[Object]) -> list[Object]:
    """Zone mappings are a set: their order says nothing."""
    return sorted(mappings, key=lambda each: str(each["zone_id"]))


def completed(wanted: list[Object], current: t.Any) -> list[Object]:
    """``wanted`` with all that ``current`` has in the same zone and vSwitch and the user did not name."""
    there = {_place(each): each for each in known(current, list)}
    given = ({name: value for name, value in each.items() if value is not None} for each in wanted)
    return in_order([merged(there.get(_place(each), {}), each) for each in given])


def zone_actions(zones: list[Object] | None, kind: str | None, current: t.Any) -> list[Action]:
    """What makes the ``zones`` (completed ones) and the address type as wanted; ``None`` where there is no change."""
    there = known(current, list)
    steps = []
    # With the address type, the elastic IP addresses go in a request of their own.
    compared = ("zone_id", "vswitch_id", "intranet_address", *(() if kind else ("eip_type",)))
    if zones is not None and _only(compared, zones) != _only(compared, there):
        sent = _only(("zone_id", "vswitch_id", "eip_type", "intranet_address"), zones)
        steps.append(_action("UpdateLoadBalancerZones", {}, sent, {"zone_mappings": zones}))
    if kind:
        sent = _only(("zone_id", "vswitch_id", *OF_AN_EIP), zones or [])
        named = kind == "internet" and any(each.get(name) for each in sent for name in OF_AN_EIP)
        after = {"address_type": kind, **({"zone_mappings": zones} if zones is not None else {})}
        operation, params = "UpdateLoadBalancerAddressTypeConfig", {"AddressType": ADDRESS_TYPE.encode(kind)}
        steps.append(_action(operation, params, sent if named else [], after))
    elif isinstance(current, list) and zones is not None:
        _refuse_another_eip(zones, there)
    return steps


def _refuse_another_eip(zones: list[Object], there: list[Object]) -> None:
    had = {each["zone_id"]: each.get("allocation_id") for each in there}
    for each in zones:
        if each.get("allocation_id") and each["allocation_id"] != had.get(each["zone_id"]):
            raise RefusedError(
                f"zone_mappings: {each['zone_id']} cannot get the elastic IP address {each['allocation_id']} any more.",
                "Leave allocation_id out: it counts for a new load balancer, and when address_type becomes internet.",
            )


def _place(mapping: Object) -> tuple[t.Any, t.Any]:
    return mapping["zone_id"], mapping["vswitch_id"]


def _only(names: tuple[str, ...], mappings: list[Object]) -> list[Object]:
    return [{name: each.get(name) for name in names} for each in mappings]


def _action(operation: str, params: Object, mappings: list[Object], after: Object) -> Action:
    sent = {"ZoneMappings": [encode(ZONE_MAPPING, each) for each in mappings]} if mappings else {}
    return Action(operation, {"LoadBalancerId": THIS, **params, **sent}, after)
