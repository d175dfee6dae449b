# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._core.engine import THIS, Action, Found, Resource, Waiter
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, TAGS, Object, changes, encode, given
from . import api
from .fields import ACCESS_LOG_PLACE, ADDRESS_TYPE, EDITION, LOAD_BALANCER
from .plan import missing, move_action, refuse_change, tag_actions

_OPTIONS = (
    "name",
    "vpc_id",
    "zone_mappings",
    "address_type",
    "ip_version",
    "edition",
    "deletion_protection",
    "modification_protection",
    "access_log",
    "resource_group_id",
)
_FIXED = ("vpc_id", "ip_version")
_DEFAULTS: Object = {"address_type": "internet", "edition": "standard", "deletion_protection": False}


_OFF: Object = {"enabled": False}
_UNDOCUMENTED = ("standard", "standard_with_waf")  # UpdateLoadBalancerEdition


class LoadBalancer(Resource):
    noun = "load balancer"
    key = "load_balancer"
    product = "alb"
    names = tuple(field.name for field in LOAD_BALANCER)
    id_name = "load_balancer_id"
    id_wire = "LoadBalancerId"
    waiter = Waiter(api.PASSING, frozenset({"create_failed"}))

    @property
    def wanted(self) -> Object:
        wanted = _in_order(given(self.params, _OPTIONS))
        if "access_log" in wanted:
            # Who says where wants it on; where it was does not matter once it is off.
            log = {"enabled": True, **wanted["access_log"]}
            wanted["access_log"] = log if log["enabled"] else {"enabled": False}
        protection = wanted.get("modification_protection")
        if protection and protection.get("enabled") is False:
            wanted["modification_protection"] = {"enabled": False}  # a reason goes with the protection
        return wanted

    def find(self) -> Found:
        identity = self.params["load_balancer_id"]
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        if identity:
            there = self.read(identity)
            if there is None and self.params["state"] == "present":
                raise missing(self.noun, identity, self.id_name)
            return Found(there)
        name = self.params["name"]
        identity = api.load_balancer_named(self.session, name)
        return Found(self.read(identity) if identity else None)

    def read(self, identity: str) -> Object | None:
        there = api.load_balancer(self.session, identity)
        return None if there is None else _in_order(there)

    def present(self, found: Found) -> list[Action]:
        wanted = self.wanted
        if found.object is None:
            log = wanted.pop("access_log", {"enabled": False})
            return [self._create({**_DEFAULTS, **wanted}), *_log_actions(log, {"enabled": False})]
        refuse_change(self.noun, found, wanted, _FIXED, self.id_name)
        changed = changes(wanted, found.object)
        log, there = changed.pop("access_log", None), found.object["access_log"]
        return [
            *[_UPDATES[name](changed[name]) for name in _UPDATES if name in changed],
            *(_log_actions(wanted["access_log"], there) if log else []),
            *tag_actions("loadbalancer", self.params["tags"], found.object["tags"], self.params["purge_tags"]),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        delete = Action("DeleteLoadBalancer", {"LoadBalancerId": THIS}, deletes=True)
        if found.object["deletion_protection"] is not True:
            return [delete]
        if self.params["deletion_protection"] is not False:
            raise RefusedError(
                f"The load balancer {found.object[self.id_name]} is protected against deletion.",
                "Give deletion_protection: false beside state: absent.",
            )
        return [_protect(False), delete]

    def guard(self, found: Found, after: Object) -> None:
        if after and not after["zone_mappings"]:
            raise RefusedError("zone_mappings is empty: a load balancer is in one zone at least.", "Name its zones.")
        before = (found.object or {}).get("edition")
        if after and after["edition"] == "basic" and before in ("standard", "standard_with_waf"):
            raise RefusedError(
                f"The edition cannot go back from {before} to basic.", "Leave edition out, or make a new load balancer."
            )
        if after and (before, after["edition"]) == _UNDOCUMENTED:
            self.session.warn(
                "ALB documents the way from basic to either edition and from standard_with_waf to standard, but not "
                "from standard to standard_with_waf: it may refuse."
            )

    def _create(self, wanted: Object) -> Action:
        tags = self.params["tags"] or {}
        if needed := [name for name in ("name", "vpc_id", "zone_mappings") if not wanted.get(name)]:
            raise RefusedError(f"A new load balancer needs {', '.join(needed)}.")
        plain = {name: value for name, value in wanted.items() if name != "deletion_protection"}
        params = {
            **encode(LOAD_BALANCER, _protected(plain)),
            "LoadBalancerBillingConfig": {"PayType": "PostPay"},
            "DeletionProtectionEnabled": wanted["deletion_protection"],
            **({"Tag": TAGS.encode(tags)} if tags else {}),
        }
        return Action("CreateLoadBalancer", params, {"access_log": _OFF, **wanted, "tags": tags}, creates=True)


def _in_order(value: Object) -> Object:
    """Zone mappings are a set: their order says nothing."""
    if isinstance(value.get("zone_mappings"), list):
        value = {**value, "zone_mappings": sorted(value["zone_mappings"], key=lambda item: str(item["zone_id"]))}
    return value


def _rename(name: str) -> Action:
    params = {"LoadBalancerId": THIS, "LoadBalancerName": name}
    return Action("UpdateLoadBalancerAttribute", params, {"name": name})


def _change_edition(edition: str) -> Action:
    params = {"LoadBalancerId": THIS, "LoadBalancerEdition": EDITION.encode(edition)}
    return Action("UpdateLoadBalancerEdition", params, {"edition": edition})


def _change_zones(mappings: list[Object]) -> Action:
    params = {"LoadBalancerId": THIS, **encode(LOAD_BALANCER, {"zone_mappings": mappings})}
    return Action("UpdateLoadBalancerZones", params, {"zone_mappings": mappings})


def _change_address_type(address_type: str) -> Action:
    params = {"LoadBalancerId": THIS, "AddressType": ADDRESS_TYPE.encode(address_type)}
    return Action("UpdateLoadBalancerAddressTypeConfig", params, {"address_type": address_type})


def _protected(value: Object) -> Object:
    """Who gives a reason wants the protection."""
    protection = value.get("modification_protection")
    return {**value, "modification_protection": {"enabled": True, **protection}} if protection else value


def _guard_changes(protection: Object) -> Action:
    change: Object = {"modification_protection": protection}
    params = {"LoadBalancerId": THIS, **encode(LOAD_BALANCER, _protected(change))}
    return Action("UpdateLoadBalancerAttribute", params, change)


def _log_actions(wanted: Object, there: t.Any) -> list[Action]:
    """What makes the access log as ``wanted``. There is no operation that moves it: it is switched off and on."""
    logging = isinstance(there, dict) and there["enabled"]
    off = Action("DisableLoadBalancerAccessLog", {"LoadBalancerId": THIS}, {"access_log": _OFF})
    if not wanted["enabled"]:
        return [off] if logging else []
    place = {**there, **wanted} if logging else wanted
    if needed := [name for name in ("project", "store") if not place.get(name)]:
        raise RefusedError(f"access_log needs {' and '.join(needed)}.", "Name a project and a Logstore of SLS.")
    params = {"LoadBalancerId": THIS, **encode(ACCESS_LOG_PLACE, place)}
    return [*([off] if logging else []), Action("EnableLoadBalancerAccessLog", params, {"access_log": place})]


def _protect(on: bool) -> Action:
    operation = "EnableDeletionProtection" if on else "DisableDeletionProtection"
    return Action(operation, {"ResourceId": THIS}, {"deletion_protection": on})


# What is not fixed has an operation each.
_UPDATES: dict[str, t.Callable[[t.Any], Action]] = {
    "name": _rename,
    "edition": _change_edition,
    "zone_mappings": _change_zones,
    "address_type": _change_address_type,
    "modification_protection": _guard_changes,
    "resource_group_id": lambda group: move_action("loadbalancer", group),
    "deletion_protection": _protect,
}
