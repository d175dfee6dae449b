# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of listeners. This module is PRIVATE to the collection."""

from __future__ import annotations

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import KNOWN_AFTER_APPLY, TAGS, Object, changes, encode, given, holds_unknown
from . import queries, rule_checks
from .lookup import PASSING, not_found, only_one, refuse_immutable
from .rule_fields import (
    ACTIONS,
    CONDITIONS,
    DIRECTIONS,
    RULE,
    inserted,
    same_actions,
    same_conditions,
    wanted,
    without_overwrite,
)
from .tags import tag_actions

_FIXED = ("listener_id", "load_balancer_id", "direction")
_NEEDED = ("name", "priority", "conditions", "actions")  # for a new one; and all that can be changed


class Rule(Resource):
    noun = "forwarding rule"
    key = "rule"
    product = "alb"
    names = tuple(field.name for field in RULE)
    id_name = "rule_id"
    id_wire = "RuleId"
    waiter = Waiter(PASSING, frozenset({"create_failed"}))

    _listener: Object | None = None  # ids of the listener, as far as the user's way of naming it tells them
    _neighbours: dict[str, list[Object]]  # rules of the listener, by direction, as far as they were read

    @property
    def _direction(self) -> str:
        return self.params["direction"] or DIRECTIONS[0]

    def find(self) -> Found:
        identity, name = self.params["rule_id"], self.params["name"]
        self._neighbours = {}
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        if identity:
            there = self.read(identity)
            if there is None and self.params["state"] == "present":
                raise not_found(self.noun, identity, self.id_name)
            return Found(there)
        self._listener = self._find_listener()
        if self._listener is None or holds_unknown(self._listener["listener_id"]):
            return Found()
        rules = self._rules_of(self._listener["listener_id"], self._direction)
        named = {rule["rule_id"]: rule for rule in rules if rule["name"] == name}
        found = only_one(self.noun, name, self.id_name, list(named))
        return Found(named[found] if found else None)

    def _rules_of(self, listener: str, direction: str) -> list[Object]:
        if direction not in self._neighbours:
            self._neighbours[direction] = list(queries.rules(self.session, direction, ListenerIds=[listener]))
        return self._neighbours[direction]

    def _find_listener(self) -> Object | None:
        """The ids of the listener that the user named, in one way or another."""
        if self.params["listener_id"]:
            return {"listener_id": self.params["listener_id"], "load_balancer_id": KNOWN_AFTER_APPLY}
        name = self.params["load_balancer_name"]
        balancer = self.params["load_balancer_id"] or queries.load_balancer_named(self.session, name)
        if not balancer or balancer == KNOWN_AFTER_APPLY:
            return {"listener_id": KNOWN_AFTER_APPLY, "load_balancer_id": balancer} if balancer else None
        on_port = queries.listeners_on(self.session, balancer, self.params["port"])
        return next((each for each in on_port if each["protocol"] == self.params["protocol"]), None)

    def read(self, identity: str) -> Object | None:
        """ListRules shows one direction at a time: the one that is asked for comes first."""
        for direction in sorted(DIRECTIONS, key=self._direction.__ne__):
            if found := list(queries.rules(self.session, direction, RuleIds=[identity])):
                return found[0]
        return None

    def wanted(self, current: Object) -> Object:
        """The options the user gave; conditions and actions as ``current`` has them if they mean the same."""
        asked = given(self.params, _NEEDED)
        for name, parts, same in (
            ("conditions", CONDITIONS, same_conditions),
            ("actions", ACTIONS, same_actions),
        ):
            if name in asked:
                asked[name] = wanted(parts, asked[name])
                if same(asked[name], current.get(name)):
                    asked[name] = current[name]
        return asked

    def present(self, found: Found) -> list[Action]:
        if found.object is None:
            return self._create(self.wanted({}))
        current = found.object
        fixed = {name: self.params[name] for name in _FIXED}
        refuse_immutable(self.noun, found, fixed, _FIXED, self.id_name)
        changed = changes(self.wanted(current), current)
        params = {"RuleId": THIS, **encode(RULE, changed)}
        return [
            *([Action("UpdateRuleAttribute", params, _shown(changed))] if changed else []),
            *tag_actions("rule", self.params["tags"], current["tags"], self.params["purge_tags"]),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteRule", {"RuleId": THIS}, deletes=True)]

    def guard(self, found: Found, after: Object) -> None:
        if not after:
            return
        rule_checks.check(after)
        before = found.object or {}
        if before.get("actions") != after["actions"]:
            self._warn_of_clients(after)
        if before.get("priority") != after["priority"]:
            self._check_priority(after)
        if any(before.get(name) != after[name] for name in ("conditions", "actions")):
            self._check_listener(after)

    def _warn_of_clients(self, rule: Object) -> None:
        """Tell which inserted headers clients can send themselves, where the user has not decided about it."""
        if rule["direction"] != "request":
            return
        asked = inserted(self.wanted({}).get("actions"))
        if open_ones := [each["key"] for each in asked if each.get("overwrite") is None]:
            self.session.warn(
                f"insert_header: a client that sends {', '.join(open_ones)} itself gets its own value to the servers, "
                "since ALB overwrites a header only when it is told to. Set overwrite: true where servers trust the "
                "header, or overwrite: false."
            )

    def _check_priority(self, rule: Object) -> None:
        """Priorities are unique among the rules of a listener, of both directions."""
        listener, priority = rule["listener_id"], rule["priority"]
        if holds_unknown([listener, priority]):
            return
        for other in (each for direction in DIRECTIONS for each in self._rules_of(listener, direction)):
            if other["priority"] == priority and other["rule_id"] != rule["rule_id"]:
                raise RefusedError(
                    f"The listener {listener} has another rule with the priority {priority}: {other['name']!r} "
                    f"({other['rule_id']}).",
                    "Take another priority, or give that rule another one first.",
                )

    def _check_listener(self, rule: Object) -> None:
        """What depends on the listener and on its load balancer, which are read for it only."""
        beyond, plain = rule_checks.beyond_basic(rule), rule_checks.redirects_to_http(rule)
        balancer = rule["load_balancer_id"]
        if plain or (beyond and holds_unknown(balancer)):
            if holds_unknown(rule["listener_id"]):
                return
            listener = queries.listener(self.session, rule["listener_id"])
            if plain and listener and listener["protocol"] != "http":
                raise RefusedError(
                    f"redirect.protocol: a listener of protocol {listener['protocol']} does not redirect to http.",
                    "Set it to https, or leave it out.",
                )
            balancer = (listener or {}).get("load_balancer_id")
        there = queries.load_balancer(self.session, balancer) if beyond and balancer else None
        if there and there["edition"] == "basic":
            raise RefusedError(
                f"The load balancer {balancer} is of the basic edition, whose rules do not have {', '.join(beyond)}.",
                "Leave that out, or upgrade it: alicloud.mtls.alb_load_balancer with edition: standard.",
            )

    def _create(self, asked: Object) -> list[Action]:
        """Return what makes a rule. CreateRule of the SDK cannot overwrite headers, so that follows at once."""
        if needed := [name for name in _NEEDED if asked.get(name) is None]:
            raise RefusedError(f"A new forwarding rule needs {', '.join(needed)}.")
        listener = self._listener or dict.fromkeys(("listener_id", "load_balancer_id"), KNOWN_AFTER_APPLY)
        tags = self.params["tags"] or {}
        rule = {**asked, "direction": self._direction, "listener_id": listener["listener_id"]}
        balancer = self.params["load_balancer_id"] or self.params["load_balancer_name"]
        actions = asked["actions"]
        create = Action(
            "CreateRule",
            {
                **encode(RULE, {**rule, "actions": without_overwrite(actions)}),
                **({"Tag": TAGS.encode(tags)} if tags else {}),
            },
            {
                **rule,
                "actions": without_overwrite(actions),
                "load_balancer_id": listener["load_balancer_id"],
                "tags": tags,
            },
            creates=True,
            blocked=""
            if self._listener
            else f"There is no listener of protocol {self.params['protocol']} on port {self.params['port']} of a load "
            f"balancer {balancer}.",
        )
        if not any(each.get("overwrite") for each in inserted(actions)):
            return [create]
        changed = {"actions": actions}
        return [create, Action("UpdateRuleAttribute", {"RuleId": THIS, **encode(RULE, changed)}, _shown(changed))]


def _shown(changed: Object) -> Object:
    """Return what changes as it shows afterwards."""
    if "actions" not in changed:
        return changed
    return {**changed, "actions": without_overwrite(changed["actions"], only_off=True)}
