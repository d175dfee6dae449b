# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer. Private to this collection."""

from __future__ import annotations

import typing as t

from .._core.action import SELF_ID, Action
from .._core.checks import Check, run_checks
from .._core.errors import PredictedError, RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, encode, given, holds_unknown, known
from . import queries, usage
from .exchange import exchange
from .fields import ACCESS_LOG_PLACE, EDITION, FULL_EDITIONS, LOAD_BALANCER
from .lookup import LOAD_BALANCERS, PASSING, refuse_immutable, removed
from .tags import move_actions, tag_actions, tag_parameter
from .zones import EIP_OPTIONS, completed, in_order, zone_actions

_OPTIONS = (
    "name",
    "vpc_id",
    "zone_mappings",
    "address_type",
    "address_allocated_mode",
    "ip_version",
    "ipv6_address_type",
    "bandwidth_package_id",
    "edition",
    "deletion_protection",
    "modification_protection",
    "access_log",
    "resource_group_id",
)
_IMMUTABLE = ("vpc_id", "ip_version", "address_allocated_mode")
_DEFAULTS: Object = {"address_type": "internet", "edition": "standard", "deletion_protection": False}
_MOST_GROUPS = 4  # LoadBalancerJoinSecurityGroup
# Options that CreateLoadBalancer does not take, or takes under another name.
_NOT_CREATED = ("deletion_protection", "bandwidth_package_id", "ipv6_address_type")
_OFF: Object = {"enabled": False}
_HINT_ON_LISTENERS = (
    "Remove its listeners first, or give purge_listeners: true to remove the load balancer with all of them."
)
_UNDOCUMENTED = ("standard", "standard_with_waf")  # change that UpdateLoadBalancerEdition does not mention


class LoadBalancer(Resource):
    noun = "load balancer"
    key = "load_balancer"
    product = "alb"
    names = tuple(field.name for field in LOAD_BALANCER)
    id_name = "load_balancer_id"
    id_parameter = "LoadBalancerId"
    delete_operation = "DeleteLoadBalancer"
    waiter = Waiter(PASSING, frozenset({"create_failed"}))

    def wanted(self, current: Object) -> Object:
        """Return the options that the user gives, zones completed by what ``current`` has there."""
        wanted = given(self.params, _OPTIONS)
        if "zone_mappings" in wanted:
            wanted["zone_mappings"] = completed(wanted["zone_mappings"], current.get("zone_mappings"))
        if wanted.get("ipv6_address_type") == "intranet" and current.get("ipv6_address_type") is None:
            del wanted["ipv6_address_type"]  # IPv6 addresses of a new load balancer are private
        if "access_log" in wanted:
            # A project or store without enabled means on; off, the place does not matter.
            log = {"enabled": True, **wanted["access_log"]}
            wanted["access_log"] = log if log["enabled"] else {"enabled": False}
        protection = wanted.get("modification_protection")
        if protection and protection.get("enabled") is False:
            wanted["modification_protection"] = {"enabled": False}  # without protection there is no reason
        return wanted

    def search(self) -> Found:
        identity = queries.load_balancer_named(self.session, self.params["name"])
        return Found(self.read(identity) if identity else None)

    def read(self, identity: str) -> Object | None:
        current = queries.load_balancer(self.session, identity)
        return current and {**current, "zone_mappings": in_order(current["zone_mappings"])}

    def present(self, found: Found) -> list[Action]:
        groups, purge = self.params["security_group_ids"], self.params["purge_security_groups"]
        wanted = self.wanted(found.object or {})
        if found.object is None:
            log = wanted.pop("access_log", {"enabled": False})
            public = wanted.get("ipv6_address_type") == "internet"
            return [
                self._create({**_DEFAULTS, **wanted}),
                *([_publish("internet")] if public else []),
                *_group_actions(groups, [], purge=False),
                *_log_actions(log, {"enabled": False}),
            ]
        refuse_immutable(self, found, wanted, _IMMUTABLE)
        changed = changes(wanted, found.object)
        log = changed.pop("access_log", None)
        zones, kind = changed.pop("zone_mappings", None), changed.pop("address_type", None)
        package, resource_group = changed.pop("bandwidth_package_id", None), changed.pop("resource_group_id", None)
        return [
            *zone_actions(zones, kind, found.object["zone_mappings"]),
            *[_UPDATES[name](changed[name]) for name in _UPDATES if name in changed],
            *move_actions("loadbalancer", resource_group),
            *(self._package_actions(package, found.object["bandwidth_package_id"]) if package is not None else []),
            *_group_actions(groups, known(found.object["security_group_ids"], list), purge=purge),
            *(_log_actions(wanted["access_log"], found.object["access_log"]) if log else []),
            *tag_actions("loadbalancer", self.params["tags"], found.object["tags"], self.params["purge_tags"]),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return self._delete_actions(found.object["deletion_protection"])

    def _delete_actions(self, protected: t.Any) -> list[Action]:
        return [*([_protect(False)] if protected is True else []), self.delete_action()]

    def remarks(self, current: Object) -> list[str]:
        if current.get("status") != "inactive":
            return []
        return [
            f"The load balancer {current[self.id_name]} is inactive and serves nobody: see in the console whether it "
            "is locked or overdue."
        ]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            self._check_removal(found.object or {})
            return
        edition = (found.object or {}).get("edition")
        check(self.params, {**after, "edition_before": edition})
        self._warn_of_one_zone(found.object or {}, after)
        if (edition, after["edition"]) == _UNDOCUMENTED:
            self.session.warn(
                "ALB documents the change from basic to either edition and from standard_with_waf to standard, but "
                "not from standard to standard_with_waf: it may refuse."
            )

    def _check_removal(self, current: Object) -> None:
        """Raise PredictedError if the load balancer is protected, or has listeners and purge_listeners is not given."""
        listeners = [] if self.params["purge_listeners"] else self._listeners_left(current[self.id_name])
        protected = current["deletion_protection"] is True and self.params["deletion_protection"] is not False
        reasons = [
            *(["is protected against deletion"] if protected else []),
            *([f"still has {usage.listed(listeners)}, which would be removed with it"] if listeners else []),
        ]
        if reasons:
            raise PredictedError(
                f"The load balancer {current[self.id_name]} {' and '.join(reasons)}.",
                "OperationDenied.DeletionProtectionEnabled" if protected else "",
                f"{_HINT_ON_LISTENERS} {usage.hint_on_check_mode(self.params)}".strip() if listeners else "",
            )

    def _listeners_left(self, identity: str) -> list[usage.User]:
        if holds_unknown(identity):
            return []
        return usage.remaining(usage.of_load_balancer(self.session, identity), self.params)

    def extras(self, found: Found) -> Object:
        return removed(self, found)

    def _warn_of_one_zone(self, before: Object, after: Object) -> None:
        zones, given_zones = known(after["zone_mappings"], list), self.params["zone_mappings"]
        if given_zones and len(zones) == 1 and zones != before.get("zone_mappings"):
            self.session.warn(
                f"zone_mappings has one zone, {zones[0].get('zone_id')}: ALB refuses that in regions that have "
                "several, and the load balancer is down when the zone is. Name a second one."
            )

    def _create(self, wanted: Object) -> Action:
        tags = self.params["tags"] or {}
        if needed := [name for name in ("name", "vpc_id", "zone_mappings") if not wanted.get(name)]:
            raise RefusedError(f"A new load balancer needs {', '.join(needed)}.")
        plain = {name: value for name, value in wanted.items() if name not in _NOT_CREATED}
        package = wanted.get("bandwidth_package_id")
        params = {
            **encode(LOAD_BALANCER, _protected(plain)),
            "LoadBalancerBillingConfig": {"PayType": "PostPay", **({"BandwidthPackageId": package} if package else {})},
            "DeletionProtectionEnabled": wanted["deletion_protection"],
            **tag_parameter(tags),
        }
        after = {"access_log": _OFF, "security_group_ids": [], **wanted, "tags": tags}
        unique = LOAD_BALANCERS.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.has_listeners(self.session, identity),
            remove=lambda identity: self._delete_actions(wanted["deletion_protection"]),
        )
        return Action("CreateLoadBalancer", params, after, creates=True, unique=unique)

    def _package_actions(self, wanted: str, current: str | None) -> list[Action]:
        """Return the actions that change the Internet Shared Bandwidth instance."""
        if not self.params["region"]:
            raise RefusedError("bandwidth_package_id needs the region of the load balancer.", "Set region.")
        steps = (("Detach", "From", current, None), ("Attach", "To", wanted, wanted))
        return [
            Action(
                f"{verb}CommonBandwidthPackage{word}LoadBalancer",
                {"LoadBalancerId": SELF_ID, "RegionId": self.params["region"], "BandwidthPackageId": package},
                {"bandwidth_package_id": after},
            )
            for verb, word, package, after in steps
            if package and package != KNOWN_AFTER_APPLY
        ]


def _elastic_ip_option(balancer: Object) -> str:
    mappings = balancer["options"]["zone_mappings"] or []
    return next((name for mapping in mappings for name in EIP_OPTIONS if mapping.get(name)), "")


# The load balancer has the key ``options``, those that the user gives, and ``edition_before``.
_CHECKS = (
    Check(
        lambda balancer: not balancer["zone_mappings"],
        "zone_mappings is empty: a load balancer is in one zone at least.",
        "Name its zones.",
    ),
    Check(
        lambda balancer: balancer["address_type"] == "intranet" and _elastic_ip_option(balancer),
        "zone_mappings has {found}, and a load balancer with address_type intranet has no elastic IP address.",
        "Leave {found} out, or set address_type: internet.",
    ),
    Check(
        lambda balancer: (
            balancer["options"]["ipv6_address_type"] and balancer["ip_version"] not in ("dual_stack", KNOWN_AFTER_APPLY)
        ),
        "ipv6_address_type is for load balancers that have IPv6 addresses.",
        "Leave it out, or make a new load balancer with ip_version: dual_stack.",
    ),
    Check(
        lambda balancer: balancer.get("edition") == "basic" and balancer.get("edition_before") in FULL_EDITIONS,
        "The edition cannot go back from {edition_before} to basic.",
        "Leave edition out, or make a new load balancer.",
    ),
)


def check(options: t.Mapping[str, t.Any], balancer: Object) -> None:
    """Raise RefusedError for the first thing that a load balancer, as it would become, cannot be. Pure."""
    run_checks(_CHECKS, {**balancer, "options": options})


def _rename(name: str) -> Action:
    params = {"LoadBalancerId": SELF_ID, "LoadBalancerName": name}
    return Action("UpdateLoadBalancerAttribute", params, {"name": name})


def _change_edition(edition: str) -> Action:
    params = {"LoadBalancerId": SELF_ID, "LoadBalancerEdition": EDITION.encode(edition)}
    return Action("UpdateLoadBalancerEdition", params, {"edition": edition})


def _publish(kind: str) -> Action:
    """Return the action that makes the IPv6 addresses public (``internet``) or private."""
    operation = f"{'Enable' if kind == 'internet' else 'Disable'}LoadBalancerIpv6Internet"
    return Action(operation, {"LoadBalancerId": SELF_ID}, {"ipv6_address_type": kind})


def _group_actions(wanted: list[str] | None, current: list[str], *, purge: bool) -> list[Action]:
    """Return the actions that join the ``wanted`` security groups, and with ``purge`` leave all others."""
    if wanted is None:
        return []
    steps = exchange(current, list(dict.fromkeys(wanted)), _MOST_GROUPS, purge=purge)
    if steps is None:
        raise RefusedError(
            f"The load balancer would be in {len({*current, *wanted})} security groups, and {_MOST_GROUPS} is the "
            "most.",
            "Name fewer, or take it out of the others with purge_security_groups: true.",
        )
    return [
        Action(
            "LoadBalancerJoinSecurityGroup" if step.adds else "LoadBalancerLeaveSecurityGroup",
            {"LoadBalancerId": SELF_ID, "SecurityGroupIds": step.items},
            {"security_group_ids": sorted(step.after)},
        )
        for step in steps
    ]


def _protected(value: Object) -> Object:
    """Return ``value`` with modification_protection on if it has a reason."""
    protection = value.get("modification_protection")
    return {**value, "modification_protection": {"enabled": True, **protection}} if protection else value


def _protect_against_changes(protection: Object) -> Action:
    change: Object = {"modification_protection": protection}
    params = {"LoadBalancerId": SELF_ID, **encode(LOAD_BALANCER, _protected(change))}
    return Action("UpdateLoadBalancerAttribute", params, change)


def _log_actions(wanted: Object, current: t.Any) -> list[Action]:
    """Return the actions that make the access log as ``wanted``; to move it, it is switched off and on.

    Raises:
        RefusedError: project or store is missing.
    """
    logging = isinstance(current, dict) and current["enabled"]
    off = Action("DisableLoadBalancerAccessLog", {"LoadBalancerId": SELF_ID}, {"access_log": _OFF})
    if not wanted["enabled"]:
        return [off] if logging else []
    place = {**current, **wanted} if logging else wanted
    if needed := [name for name in ("project", "store") if not place.get(name)]:
        raise RefusedError(f"access_log needs {' and '.join(needed)}.", "Name a project and a Logstore of SLS.")
    params = {"LoadBalancerId": SELF_ID, **encode(ACCESS_LOG_PLACE, place)}
    return [*([off] if logging else []), Action("EnableLoadBalancerAccessLog", params, {"access_log": place})]


def _protect(on: bool) -> Action:
    operation = "EnableDeletionProtection" if on else "DisableDeletionProtection"
    return Action(operation, {"ResourceId": SELF_ID}, {"deletion_protection": on})


# The action for each option that can be changed.
_UPDATES: dict[str, t.Callable[[t.Any], Action]] = {
    "name": _rename,
    "edition": _change_edition,
    "ipv6_address_type": _publish,
    "modification_protection": _protect_against_changes,
    "deletion_protection": _protect,
}
