# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server group with its servers. This module is PRIVATE to the collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, TAGS, Object, changes, encode, given, holds_unknown, known, merged
from . import preconditions, queries, usage
from .dependent_options import Switch, beyond_basic, settled, without_idle
from .fields import CONNECTION_DRAIN, HEALTH_CHECK, SERVER_GROUP, SLOW_START, STICKY_SESSION
from .lookup import PASSING, SERVER_GROUPS, is_leaving, not_found, only_one, refuse_immutable, staying
from .servers import key_of, named, server_actions
from .tags import move_action, tag_actions

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
_FIXED = ("type", "vpc_id", "protocol", "ipv6_enabled")
_DEFAULTS: Object = {"type": "instance", "protocol": "http", "scheduler": "wrr", "health_check": {"enabled": True}}
# Functions have no protocol and no scheduler, and ALB does not check their health unless it is told to.
_FUNCTIONS: Object = {"health_check": {"enabled": False}}
_NOT_FOR_FUNCTIONS = ("connection_drain", "slow_start")
# Sent as a whole; what the user did not name stays as it is. Those that are switched off go without the rest.
_SWITCHES = tuple(
    Switch(option, "enabled", tuple(field.name for field in fields if field.name != "enabled"), default)
    for option, fields, default in (
        ("health_check", HEALTH_CHECK, True),
        ("sticky_session", STICKY_SESSION, False),
        ("connection_drain", CONNECTION_DRAIN, False),
        ("slow_start", SLOW_START, False),
    )
)
# Consistent hashing by a query parameter has two names: Sch with UchConfig, and Uch.
_CONSISTENT = ("sch", "uch")
_NO_PARAMETER = ("The scheduler uch needs the query parameter to go by.", "Name it in hash_query_parameter.")
# Which characters the texts of a group have, by option (CreateServerGroup).
_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "health_check.path",
        r"[A-Za-z0-9/.%?#&=_;~!()*\[\]@$^:\\\",+-]{1,80}",
        'It begins with / and has 80 letters, digits and -/.%?#&=_;~!()*[]@$^:\\",+ at most.',
    ),
    (
        "health_check.host",
        r"[a-z0-9.-]{0,80}|\$SERVER_IP",
        "It is a domain name in lower case of 80 characters at most, such as www.example.com.",
    ),
    (
        "sticky_session.cookie",
        r"|(?!\$)[!-+\--:<-~]{1,200}",
        "It has 1 to 200 printable ASCII characters without blanks, commas and semicolons, and does not begin with $.",
    ),
    (
        "hash_query_parameter",
        r"[^\s\x00-\x1f\x7f-\x9f]*",
        "It has no blanks, line breaks and other control characters.",
    ),
)
# A cookie that ALB inserts has a lifetime, one of the servers has a name.
_COOKIE_DETAILS = {"insert": "cookie_timeout", "server": "cookie"}


class ServerGroup(Resource):
    noun = "server group"
    key = "server_group"
    product = "alb"
    names = (*(field.name for field in SERVER_GROUP), "servers")
    id_name = "server_group_id"
    id_wire = "ServerGroupId"
    waiter = Waiter(PASSING, frozenset({"create_failed"}))

    def wanted(self, current: Object) -> Object:
        """The options the user gave, without the details of what they switch off."""
        wanted = settled(_SWITCHES, _in_order(given(self.params, _OPTIONS)), current)
        _check_cookie(known(wanted.get("sticky_session"), dict), current)
        there, hashed = (
            current.get("scheduler"),
            wanted.get("hash_query_parameter") or current.get("hash_query_parameter"),
        )
        if hashed and there in _CONSISTENT and wanted.get("scheduler") in _CONSISTENT:
            wanted["scheduler"] = there
        return wanted

    def find(self) -> Found:
        identity, name = self.params["server_group_id"], self.params["name"]
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        groups = queries.server_groups(self.session, identity=identity or "", name=name or "")
        if identity and not groups and self.params["state"] == "present":
            raise not_found(self.noun, identity, self.id_name)
        groups = staying(groups, is_leaving)
        only_one(self.noun, name, self.id_name, [group[self.id_name] for group in groups])
        found = self._complete(groups[0]) if groups else None
        if self.params["state"] == "present":
            # The plan is pure: what it has to know of ECS is looked up here.
            group = found or {**self.params, "servers": []}
            self.params = {**self.params, "servers": named(self.session, self.params["servers"], group)}
        return Found(found)

    def read(self, identity: str) -> Object | None:
        groups = queries.server_groups(self.session, identity=identity)
        return self._complete(groups[0]) if groups else None

    def _complete(self, group: Object) -> Object:
        if group["status"] == "deleting":
            return {**group, "servers": []}
        servers, moving = queries.servers(self.session, group[self.id_name])
        status = "configuring" if moving and group["status"] == "available" else group["status"]
        return _in_order({**group, "servers": servers, "status": status})

    def present(self, found: Found) -> list[Action]:
        wanted, servers = self.wanted(found.object or {}), self.params["servers"]
        if found.object is None:
            wanted = merged(_FUNCTIONS if wanted.get("type") == "fc" else _DEFAULTS, wanted)
            return [self._create(wanted), *server_actions(servers, [], purge=False, kind=wanted["type"])]
        refuse_immutable(self.noun, found, wanted, _FIXED, self.id_name)
        current = found.object
        changed = changes(wanted, current)
        resource_group = changed.pop("resource_group_id", None)
        for name in (switch.option for switch in _SWITCHES if switch.option in changed):
            changed[name] = merged(known(current[name], dict), wanted[name])
        params = {"ServerGroupId": THIS, **_on_the_wire(changed)}
        purge = self.params["purge_servers"]
        return [
            *([Action("UpdateServerGroupAttribute", params, changed)] if changed else []),
            *server_actions(servers, known(current["servers"], list), purge=purge, kind=current["type"] or "instance"),
            *([move_action("servergroup", resource_group)] if resource_group else []),
            *tag_actions("servergroup", self.params["tags"], current["tags"], self.params["purge_tags"]),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteServerGroup", {"ServerGroupId": THIS}, deletes=True)]

    def guard(self, found: Found, after: Object) -> None:
        if after:
            check(after)
            self._check_edition(found, after)
        else:
            self._guard_removal(found.object or {})

    def _check_edition(self, found: Found, after: Object) -> None:
        """Raise RefusedError for what a load balancer that uses the group does not have in its edition."""
        before = found.object or {}
        new = [name for name in beyond_basic(after) if name not in beyond_basic(before)]
        if before and new and not holds_unknown(before[self.id_name]):
            users = queries.server_group_users(self.session, before[self.id_name])
            preconditions.check_editions(self.session, before[self.id_name], new, users)

    def _guard_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener or a forwarding rule sends requests to the group."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        users = usage.of_server_group(self.session, identity, queries.server_group_users(self.session, identity))
        usage.refuse(
            self.params, {f"The server group {identity} ({current['name']})": users}, "ResourceInUse.ServerGroup"
        )

    def _create(self, wanted: Object) -> Action:
        tags = self.params["tags"] or {}
        needs = ("name",) if wanted["type"] == "fc" else ("name", "vpc_id")
        if needed := [name for name in needs if not wanted.get(name)]:
            raise RefusedError(f"A new server group needs {', '.join(needed)}.")
        if wanted.get("scheduler") == "uch" and not wanted.get("hash_query_parameter"):
            raise RefusedError(*_NO_PARAMETER)
        params = {**_on_the_wire(wanted), **({"Tag": TAGS.encode(tags)} if tags else {})}
        unique = SERVER_GROUPS.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.server_group_users(self.session, identity),
            remove=lambda identity: [Action("DeleteServerGroup", {"ServerGroupId": THIS}, deletes=True)],
        )
        return Action("CreateServerGroup", params, {**wanted, "tags": tags, "servers": []}, creates=True, unique=unique)


def check(group: Object) -> None:
    """Raise RefusedError for what ALB would refuse (CreateServerGroup). Pure."""
    check_texts(group)
    sticky, slow = (_switched_on(group.get(name)) for name in ("sticky_session", "slow_start"))
    if group.get("scheduler") == "uch" and not group.get("hash_query_parameter"):
        raise RefusedError(*_NO_PARAMETER)
    if sticky.get("type") == "server" and not sticky.get("cookie"):
        raise RefusedError("sticky_session of type server needs the name of the servers' cookie.", "Give it as cookie.")
    if group.get("type") == "fc" and (vain := [name for name in _NOT_FOR_FUNCTIONS if _switched_on(group.get(name))]):
        raise RefusedError(f"A server group of type fc has no {vain[0]}.", f"Leave {vain[0]} out.")
    if known(group.get("health_check"), dict).get("codes") == []:
        raise RefusedError("health_check.codes is empty: no server could be healthy.", "Name at least one code.")
    if slow and group["scheduler"] not in ("wrr", KNOWN_AFTER_APPLY):
        raise RefusedError(
            f"slow_start works with scheduler wrr only, and this is {group['scheduler']}.",
            "Set scheduler: wrr, or switch slow_start off.",
        )
    if group.get("cross_zone") is False and (sticky or group.get("type") == "fc"):
        other = "sticky sessions" if sticky else "functions"
        raise RefusedError(
            f"cross_zone is off, and a server group with {other} needs it.",
            "Leave cross_zone out, or switch sticky_session off." if sticky else "Leave cross_zone out.",
        )


def check_texts(group: Mapping[str, Any]) -> None:
    """Raise RefusedError for a text that no server group can have. Pure."""
    for label, pattern, words in _TEXTS:
        text: Any = group
        for step in label.split("."):
            text = text.get(step) if isinstance(text, Mapping) else None
        if isinstance(text, str) and text != KNOWN_AFTER_APPLY and not re.fullmatch(pattern, text):
            raise RefusedError(f"{label}: {text[:60]!r} does not fit.", words)


def _check_cookie(wanted: Object, current: Object) -> None:
    """Raise RefusedError for a detail of the other type of sticky session."""
    there = current.get("sticky_session")
    kind = wanted.get("type") or known(there, dict).get("type") or "insert"
    for other, detail in _COOKIE_DETAILS.items():
        if wanted.get(detail) is not None and kind != other and there != KNOWN_AFTER_APPLY:
            raise RefusedError(
                f"sticky_session.{detail} is for type {other}, and this is {kind}.",
                f"Leave it out, or set sticky_session.type: {other}.",
            )


def _switched_on(value: object) -> Object:
    switch = known(value, dict)
    return switch if switch.get("enabled") else {}


def _on_the_wire(group: Object) -> Object:
    result = without_idle(_SWITCHES, group)
    if sticky := _switched_on(group.get("sticky_session")):
        mine = _COOKIE_DETAILS[sticky.get("type") or "insert"]
        others = [detail for detail in _COOKIE_DETAILS.values() if detail != mine]
        result["sticky_session"] = {name: value for name, value in sticky.items() if name not in others}
    return encode(SERVER_GROUP, result)


def _in_order(value: Object) -> Object:
    """Servers and status codes are sets: their order says nothing."""
    result = dict(value)
    if isinstance(value.get("servers"), list):
        result["servers"] = sorted(value["servers"], key=key_of)
    codes = known(value.get("health_check"), dict).get("codes")
    if codes:
        result["health_check"] = {**value["health_check"], "codes": sorted(codes)}
    return result
