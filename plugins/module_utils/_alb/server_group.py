# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server group with its servers. Private to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.action import SELF_ID, Action
from .._core.checks import run_checks
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import Object, changes, encode, given, holds_unknown, known, merged
from . import preconditions, queries, usage
from .dependent_options import DependentOptions, completed, sent_details, wanted_details
from .fields import CONNECTION_DRAIN, HEALTH_CHECK, SERVER_GROUP, SLOW_START, STICKY_SESSION
from .lookup import PASSING, SERVER_GROUPS, only_named, refuse_immutable
from .server_group_checks import COOKIE_DETAILS, HASH_NEEDS_PARAMETER, beyond_basic, check, check_cookie, enabled
from .servers import key_of, server_actions, with_instance_ids
from .tags import move_actions, tag_actions, tag_parameter

_OPTIONS = (
    "name",
    "type",
    "vpc_id",
    "protocol",
    "scheduler",
    "health_check",
    "sticky_session",
    "connection_drain",
    "slow_start",
    "hash_query_parameter",
    "upstream_keepalive",
    "cross_zone",
    "ipv6_enabled",
    "service_name",
    "resource_group_id",
)
_IMMUTABLE = ("type", "vpc_id", "protocol", "ipv6_enabled")
_DEFAULTS: Object = {"type": "instance", "protocol": "http", "scheduler": "wrr", "health_check": {"enabled": True}}
# Functions have no protocol and no scheduler, and ALB does not check their health by default.
_DEFAULTS_OF_FUNCTIONS: Object = {"health_check": {"enabled": False}}
_DEPENDENT = tuple(
    DependentOptions(option, "enabled", tuple(field.name for field in fields if field.name != "enabled"), default)
    for option, fields, default in (
        ("health_check", HEALTH_CHECK, True),
        ("sticky_session", STICKY_SESSION, False),
        ("connection_drain", CONNECTION_DRAIN, False),
        ("slow_start", SLOW_START, False),
    )
)
# Two names for consistent hashing by a query parameter: Sch with UchConfig, and Uch.
_CONSISTENT = ("sch", "uch")


@dataclass(frozen=True)
class _Context:
    """What planning knows beside the group.

    Attributes:
        servers: the option, with the ids of the ECS instances that it names by their addresses.
    """

    servers: list[Object] | None


class ServerGroup(Resource):
    noun = "server group"
    key = "server_group"
    product = "alb"
    names = (*(field.name for field in SERVER_GROUP), "servers")
    id_name = "server_group_id"
    id_parameter = "ServerGroupId"
    delete_operation = "DeleteServerGroup"
    waiter = Waiter(PASSING, frozenset({"create_failed"}))

    def wanted(self, current: Object) -> Object:
        """Return the options that the user gives, without details of what is off."""
        wanted = wanted_details(_DEPENDENT, _in_order(given(self.params, _OPTIONS)), current)
        check_cookie(known(wanted.get("sticky_session"), dict), current)
        scheduler = current.get("scheduler")
        hashed = wanted.get("hash_query_parameter") or current.get("hash_query_parameter")
        if hashed and scheduler in _CONSISTENT and wanted.get("scheduler") in _CONSISTENT:
            wanted["scheduler"] = scheduler
        return wanted

    def find(self) -> Found:
        found = super().find()
        if self.params["state"] != "present":
            return found
        group = found.object or {**self.params, "servers": []}
        return replace(found, context=_Context(with_instance_ids(self.session, self.params["servers"], group)))

    def search(self) -> Found:
        group = only_named(self, queries.server_groups_named(self.session, self.params["name"]))
        return Found(group and self._complete(group))

    def read(self, identity: str) -> Object | None:
        group = queries.server_group(self.session, identity)
        return group and self._complete(group)

    def _complete(self, group: Object) -> Object:
        if group["status"] == "deleting":
            return {**group, "servers": []}
        servers, moving = queries.servers(self.session, group[self.id_name])
        status = "configuring" if moving and group["status"] == "available" else group["status"]
        return _in_order({**group, "servers": servers, "status": status})

    def present(self, found: Found) -> list[Action]:
        wanted, current = self.wanted(found.object or {}), found.object
        servers = found.context.servers if found.context else self.params["servers"]
        if current is None:
            wanted = merged(_DEFAULTS_OF_FUNCTIONS if wanted.get("type") == "fc" else _DEFAULTS, wanted)
            return [self._create(wanted), *server_actions(servers, [], purge=False, kind=wanted["type"])]
        refuse_immutable(self, found, wanted, _IMMUTABLE)
        changed = completed(_DEPENDENT, changes(wanted, current), wanted, current)
        resource_group = changed.pop("resource_group_id", None)
        params = {"ServerGroupId": SELF_ID, **_encoded(changed)}
        purge, kind = self.params["purge_servers"], current["type"] or "instance"
        return [
            *([Action("UpdateServerGroupAttribute", params, changed)] if changed else []),
            *server_actions(servers, known(current["servers"], list), purge=purge, kind=kind),
            *move_actions("servergroup", resource_group),
            *tag_actions("servergroup", self.params["tags"], current["tags"], self.params["purge_tags"]),
        ]

    def check(self, found: Found, after: Object) -> None:
        if after:
            check(after)
            self._check_edition(found.object or {}, after)
        else:
            self._check_removal(found.object or {})

    def _check_edition(self, before: Object, after: Object) -> None:
        """Raise RefusedError for a new option that a load balancer which uses the group lacks in its edition."""
        new = [name for name in beyond_basic(after) if name not in beyond_basic(before)]
        if before and new and not holds_unknown(before[self.id_name]):
            users = queries.load_balancers_of_server_group(self.session, before[self.id_name])
            preconditions.check_editions(self.session, before[self.id_name], new, users)

    def _check_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener or a forwarding rule sends requests to the group."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        balancers = queries.load_balancers_of_server_group(self.session, identity)
        users = {
            f"The server group {identity} ({current['name']})": usage.of_server_group(self.session, identity, balancers)
        }
        usage.refuse(self.params, users, "ResourceInUse.ServerGroup")

    def _create(self, wanted: Object) -> Action:
        needs = ("name",) if wanted["type"] == "fc" else ("name", "vpc_id")
        if needed := [name for name in needs if not wanted.get(name)]:
            raise RefusedError(f"A new server group needs {', '.join(needed)}.")
        run_checks([HASH_NEEDS_PARAMETER], wanted)
        tags = self.params["tags"] or {}
        unique = SERVER_GROUPS.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.load_balancers_of_server_group(self.session, identity),
            remove=lambda identity: [self.delete_action()],
        )
        params = {**_encoded(wanted), **tag_parameter(tags)}
        return Action("CreateServerGroup", params, {**wanted, "tags": tags, "servers": []}, creates=True, unique=unique)


def _encoded(group: Object) -> Object:
    """Return the parameters for ``group``, without details of what is off and of the other type of sticky sessions."""
    result = sent_details(_DEPENDENT, group)
    if sticky := enabled(group, "sticky_session"):
        own = COOKIE_DETAILS[sticky.get("type") or "insert"]
        others = [detail for detail in COOKIE_DETAILS.values() if detail != own]
        result["sticky_session"] = {name: value for name, value in sticky.items() if name not in others}
    return encode(SERVER_GROUP, result)


def _in_order(value: t.Mapping[str, t.Any]) -> Object:
    """Return ``value`` with servers and status codes, which are sets, in one order."""
    result = dict(value)
    if isinstance(value.get("servers"), list):
        result["servers"] = sorted(value["servers"], key=key_of)
    codes = known(value.get("health_check"), dict).get("codes")
    if codes:
        result["health_check"] = {**value["health_check"], "codes": sorted(codes)}
    return result
