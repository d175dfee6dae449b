# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The users of a resource that is to be removed: listeners and forwarding rules. Private to this collection.

They are read before anything is removed. A service refuses to remove a resource in use (``ResourceInUse``) only when
the request comes, and not every service does: the certificate service is documented to remove an uploaded certificate
at any time, and DeleteLoadBalancer removes every listener with the load balancer.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._core.errors import PredictedError
from .._core.session import Session
from .._core.values import Object
from . import queries
from .fields import is_dissociating
from .lookup import is_deleting
from .rule_fields import server_groups_in

_FORWARDING = ("forward", "traffic_mirror")  # actions of a rule that name server groups

REMOVED_BEFORE = "removed_before"  # the option


@dataclass(frozen=True)
class User:
    """A listener or a forwarding rule that refers to a resource.

    Attributes:
        text: names it within a sentence.
        ids: its id, and the ids of the listener and the load balancer that it belongs to.
    """

    text: str
    ids: frozenset[str]


def remaining(users: Iterable[User], params: t.Mapping[str, t.Any]) -> list[User]:
    """Return the ``users`` that are left once all that the option removed_before names is removed."""
    removed = set(params.get(REMOVED_BEFORE) or [])
    return [user for user in users if not user.ids & removed]


def refuse(params: t.Mapping[str, t.Any], users: t.Mapping[str, Iterable[User]], code: str) -> None:
    """Raise PredictedError if one of the resources that are to be removed has users, and name them all.

    Args:
        params: the options of the module.
        users: the users of each resource, which is named as at the beginning of a sentence.
        code: the error code of the service for it.
    """
    used = {what: left for what, found in users.items() if (left := remaining(found, params))}
    if used:
        reasons = "; ".join(f"{what} is in use by {listed(left)}" for what, left in used.items())
        raise PredictedError(f"{reasons}, so it cannot be removed.", code, hint_on_check_mode(params))


def hint_on_check_mode(params: t.Mapping[str, t.Any]) -> str:
    """Return the hint for users who may not know of removed_before; empty for those who give it."""
    if params.get(REMOVED_BEFORE) is not None:
        return ""
    return f"In check mode, what earlier tasks remove still exists: name it in {REMOVED_BEFORE}."


def listed(users: Iterable[User]) -> str:
    """Return the ``users`` as a part of a sentence."""
    return ", ".join(user.text for user in users)


def of_load_balancer(session: Session, load_balancer_id: str) -> list[User]:
    """Return the listeners of a load balancer."""
    return [listener_user(listener) for listener in queries.listeners(session, LoadBalancerIds=[load_balancer_id])]


def of_server_group(session: Session, server_group_id: str, load_balancer_ids: list[str]) -> Iterator[User]:
    """Yield the listeners and rules of these load balancers that send requests to a server group."""
    for listener in queries.listeners(session, LoadBalancerIds=load_balancer_ids):
        if listener["server_group_id"] == server_group_id:
            yield listener_user(listener)
    for rule in queries.rules(session, "request", LoadBalancerIds=load_balancer_ids):
        named = {identity for action in _FORWARDING for identity in server_groups_in(rule, action)}
        if server_group_id in named and not is_deleting(rule):
            yield _rule_user(rule)


def of_acl(session: Session, acl_id: str) -> list[User]:
    """Return the listeners that have an access control list."""
    return _related(session, "ListAclRelations", "AclRelations", {"AclIds": [acl_id]})


def of_security_policy(session: Session, security_policy_id: str) -> list[User]:
    """Return the listeners that have a TLS security policy."""
    # The spelling of the key is the API's.
    return _related(
        session, "ListSecurityPolicyRelations", "SecrityPolicyRelations", {"SecurityPolicyIds": [security_policy_id]}
    )


def of_quic_listener(session: Session, listener: Object) -> list[User]:
    """Return the HTTPS listeners of the load balancer that send clients to a QUIC listener."""
    if listener["protocol"] != "quic":
        return []
    siblings = queries.listeners(session, LoadBalancerIds=[listener["load_balancer_id"]])
    return [
        listener_user(sibling)
        for sibling in siblings
        if sibling["quic"]["upgrade_enabled"] and sibling["quic"]["listener_id"] == listener["listener_id"]
    ]


def _related(session: Session, operation: str, key: str, params: Object) -> list[User]:
    """Return the listeners that a list of relations names and that exist: relations outlast them a little."""
    relations = (session.read_or_none("alb", operation, **params) or {}).get(key) or []
    ids = [
        str(item["ListenerId"])
        for relation in relations
        for item in relation.get("RelatedListeners") or []
        if not is_dissociating(item)
    ]
    return [listener_user(listener) for listener in queries.listeners(session, ListenerIds=ids)]


def listener_user(listener: Object) -> User:
    """Return a listener as a user."""
    return User(
        f"the listener {listener['listener_id']} ({listener['protocol']} on port {listener['port']} of the load "
        f"balancer {listener['load_balancer_id']})",
        frozenset({str(listener["listener_id"]), str(listener["load_balancer_id"])}),
    )


def _rule_user(rule: Object) -> User:
    return User(
        f"the forwarding rule {rule['name']!r} ({rule['rule_id']}) of the listener {rule['listener_id']}",
        frozenset(str(rule[name]) for name in ("rule_id", "listener_id", "load_balancer_id")),
    )
