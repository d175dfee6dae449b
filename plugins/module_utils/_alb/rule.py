# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of listeners. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, encode, given, holds_unknown
from . import queries, rule_checks
from .lookup import PASSING, only_one, refuse_immutable
from .rule_fields import (
    ACTIONS,
    CONDITIONS,
    DIRECTIONS,
    RULE,
    inserted,
    same_actions,
    same_conditions,
    wanted_parts,
    without_overwrite,
)
from .tags import tag_actions, tag_parameter

_IMMUTABLE = ("listener_id", "load_balancer_id", "direction")
_CHANGEABLE = ("name", "priority", "conditions", "actions")  # a new rule needs them all


class _Listener(t.NamedTuple):
    """The ids of the listener and its load balancer, KNOWN_AFTER_APPLY where the user's options do not tell them."""

    listener_id: str
    load_balancer_id: str


@dataclass(frozen=True)
class _Context:
    """What planning and checking know beside the rule.

    Attributes:
        listener: the listener that the user means, None if it does not exist.
        neighbours: the rules of the listener that have been read, by direction.
    """

    listener: _Listener | None = None
    neighbours: Mapping[str, list[Object]] | None = None


def _context(found: Found) -> _Context:
    return found.context or _Context()


class Rule(Resource):
    noun = "forwarding rule"
    key = "rule"
    product = "alb"
    names = tuple(field.name for field in RULE)
    id_name = "rule_id"
    id_parameter = "RuleId"
    delete_operation = "DeleteRule"
    waiter = Waiter(PASSING, frozenset({"create_failed"}))

    @property
    def _direction(self) -> str:
        return self.params["direction"] or DIRECTIONS[0]

    def search(self) -> Found:
        listener, name = self._find_listener(), self.params["name"]
        if listener is None or holds_unknown(listener.listener_id):
            return Found(context=_Context(listener))
        rules = list(queries.rules(self.session, self._direction, ListenerIds=[listener.listener_id]))
        named = {rule["rule_id"]: rule for rule in rules if rule["name"] == name}
        identity = only_one(self.noun, name, self.id_name, named)
        return Found(named[identity] if identity else None, context=_Context(listener, {self._direction: rules}))

    def _find_listener(self) -> _Listener | None:
        if self.params["listener_id"]:
            return _Listener(self.params["listener_id"], KNOWN_AFTER_APPLY)
        name = self.params["load_balancer_name"]
        balancer = self.params["load_balancer_id"] or queries.load_balancer_named(self.session, name)
        if not balancer:
            return None
        if balancer == KNOWN_AFTER_APPLY:
            return _Listener(KNOWN_AFTER_APPLY, balancer)
        on_port = queries.listeners_on(self.session, balancer, self.params["port"])
        found = next((item for item in on_port if item["protocol"] == self.params["protocol"]), None)
        return _Listener(found["listener_id"], found["load_balancer_id"]) if found else None

    def read(self, identity: str) -> Object | None:
        # ListRules shows one direction at a time.
        for direction in sorted(DIRECTIONS, key=self._direction.__ne__):
            if found := list(queries.rules(self.session, direction, RuleIds=[identity])):
                return found[0]
        return None

    def wanted(self, current: Object) -> Object:
        """Return the options that the user gives; conditions and actions as ``current`` if they mean the same."""
        asked = given(self.params, _CHANGEABLE)
        for name, parts, same in (
            ("conditions", CONDITIONS, same_conditions),
            ("actions", ACTIONS, same_actions),
        ):
            if name in asked:
                asked[name] = wanted_parts(parts, asked[name])
                if same(asked[name], current.get(name)):
                    asked[name] = current[name]
        return asked

    def present(self, found: Found) -> list[Action]:
        if found.object is None:
            return self._create(self.wanted({}), _context(found).listener)
        current = found.object
        refuse_immutable(self, found, {name: self.params[name] for name in _IMMUTABLE}, _IMMUTABLE)
        changed = changes(self.wanted(current), current)
        return [
            *([_update(changed)] if changed else []),
            *tag_actions("rule", self.params["tags"], current["tags"], self.params["purge_tags"]),
        ]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            return
        rule_checks.check(after)
        before = found.object or {}
        if before.get("actions") != after["actions"]:
            self._warn_of_client_headers(after)
        if before.get("priority") != after["priority"]:
            self._check_priority(after, _context(found).neighbours or {})
        if any(before.get(name) != after[name] for name in ("conditions", "actions")):
            self._check_listener(after)

    def _warn_of_client_headers(self, rule: Object) -> None:
        """Warn of inserted headers that clients can send themselves, unless the user gives ``overwrite``."""
        if rule["direction"] != "request":
            return
        asked = inserted(self.wanted({}).get("actions"))
        if undecided := [config["key"] for config in asked if config.get("overwrite") is None]:
            self.session.warn(
                f"insert_header: if a client sends {', '.join(undecided)} itself, the servers get the value of the "
                "client, because ALB overwrites a header only with overwrite: true. Set that where servers trust the "
                "header, else overwrite: false."
            )

    def _check_priority(self, rule: Object, neighbours: Mapping[str, list[Object]]) -> None:
        """Raise RefusedError if another rule of the listener, of either direction, has the priority."""
        listener, priority = rule["listener_id"], rule["priority"]
        if holds_unknown([listener, priority]):
            return
        for direction in DIRECTIONS:
            rules = neighbours.get(direction)
            for other in queries.rules(self.session, direction, ListenerIds=[listener]) if rules is None else rules:
                if other["priority"] == priority and other["rule_id"] != rule["rule_id"]:
                    raise RefusedError(
                        f"The listener {listener} has another rule with the priority {priority}: {other['name']!r} "
                        f"({other['rule_id']}).",
                        "Take another priority, or give that rule another one first.",
                    )

    def _check_listener(self, rule: Object) -> None:
        """Raise RefusedError if the listener or the edition of its load balancer does not allow the rule.

        Both are read only where it depends on them.
        """
        beyond, plain = rule_checks.beyond_basic(rule), rule_checks.redirects_to_http(rule)
        balancer_id = rule["load_balancer_id"]
        if plain or (beyond and holds_unknown(balancer_id)):
            if holds_unknown(rule["listener_id"]):
                return
            listener = queries.listener(self.session, rule["listener_id"])
            if plain and listener and listener["protocol"] != "http":
                raise RefusedError(
                    f"redirect.protocol: a listener of protocol {listener['protocol']} does not redirect to http.",
                    "Set it to https, or leave it out.",
                )
            balancer_id = (listener or {}).get("load_balancer_id")
        balancer = queries.load_balancer(self.session, balancer_id) if beyond and balancer_id else None
        if balancer and balancer["edition"] == "basic":
            raise RefusedError(
                f"The load balancer {balancer_id} is of the basic edition, whose rules do not have "
                f"{', '.join(beyond)}.",
                "Leave that out, or upgrade it: alicloud.mtls.alb_load_balancer with edition: standard.",
            )

    def _create(self, asked: Object, listener: _Listener | None) -> list[Action]:
        """Return the actions that make a rule; CreateRule of the SDK cannot overwrite headers, so an update does."""
        if needed := [name for name in _CHANGEABLE if asked.get(name) is None]:
            raise RefusedError(f"A new forwarding rule needs {', '.join(needed)}.")
        tags, actions = self.params["tags"] or {}, asked["actions"]
        listener_id, load_balancer_id = listener or (KNOWN_AFTER_APPLY, KNOWN_AFTER_APPLY)
        rule = {
            **asked,
            "actions": without_overwrite(actions),
            "direction": self._direction,
            "listener_id": listener_id,
        }
        balancer = self.params["load_balancer_id"] or self.params["load_balancer_name"]
        create = Action(
            "CreateRule",
            {**encode(RULE, rule), **tag_parameter(tags)},
            {**rule, "load_balancer_id": load_balancer_id, "tags": tags},
            creates=True,
            error=""
            if listener
            else f"There is no listener of protocol {self.params['protocol']} on port {self.params['port']} of a load "
            f"balancer {balancer}.",
        )
        overwrites = any(config.get("overwrite") for config in inserted(actions))
        return [create, *([_update({"actions": actions})] if overwrites else [])]


def _update(changed: Object) -> Action:
    after = dict(changed)
    if "actions" in changed:
        after["actions"] = without_overwrite(changed["actions"], only_off=True)
    return Action("UpdateRuleAttribute", {"RuleId": SELF_ID, **encode(RULE, changed)}, after)
