# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What still uses a resource that is to be removed, read before anything is removed.

A service may refuse to remove what is in use, with ``ResourceInUse``, but only when the request comes, and not every
service does: the certificate service is documented to remove an uploaded certificate at any time, and
DeleteLoadBalancer takes every listener with it. This module is PRIVATE to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._core.error_codes import Kind
from .._core.errors import CloudError, PredictedError
from .._core.session import Session
from .._core.values import Object, decode
from . import queries
from .fields import LISTENER
from .lookup import is_leaving
from .rule_fields import groups

_IDS_PER_REQUEST = 20  # maxItems of ListenerIds and LoadBalancerIds of ListListeners and ListRules
_FORWARDING = ("forward", "traffic_mirror")  # actions of a rule that name server groups

REMOVED_BEFORE = "removed_before"  # the option


@dataclass(frozen=True)
class User:
    """What refers to a resource: a listener, or a forwarding rule of one. ``ids`` holds its own id and its owners'."""

    text: str
    ids: frozenset[str]


def remaining(users: Iterable[User], params: t.Mapping[str, t.Any]) -> list[User]:
    """Return the ``users`` that the option removed_before names neither themselves nor by what they belong to."""
    gone = set(params.get(REMOVED_BEFORE) or [])
    return [user for user in users if not user.ids & gone]


def refuse(params: t.Mapping[str, t.Any], users: t.Mapping[str, Iterable[User]], code: str) -> None:
    """Raise PredictedError if one of the resources that are to go has users, and name all of them.

    ``users`` has them by the resource, as the beginning of a sentence; ``code`` is what the service would answer.
    """
    used = {what: left for what, found in users.items() if (left := remaining(found, params))}
    if used:
        reasons = "; ".join(f"{what} is in use by {listed(left)}" for what, left in used.items())
        raise PredictedError(f"{reasons}, so it cannot be removed.", code, hint_on_check_mode(params))


def hint_on_check_mode(params: t.Mapping[str, t.Any]) -> str:
    """Return what users have to know who do not give removed_before."""
    if params.get(REMOVED_BEFORE) is not None:
        return ""
    return f"What earlier tasks remove still shows in check mode: name it in {REMOVED_BEFORE}."


def listed(users: Iterable[User]) -> str:
    """Return the ``users`` as a part of a sentence."""
    return ", ".join(user.text for user in users)


def of_load_balancer(session: Session, load_balancer_id: str) -> list[User]:
    """Return the listeners of a load balancer."""
    return [user(listener) for listener in listeners(session, LoadBalancerIds=[load_balancer_id])]


def of_server_group(session: Session, server_group_id: str, load_balancer_ids: list[str]) -> Iterator[User]:
    """Yield the listeners and rules of these load balancers that send requests to a server group."""
    for part in _parts(load_balancer_ids):
        for listener in listeners(session, LoadBalancerIds=part):
            if listener["server_group_id"] == server_group_id:
                yield user(listener)
        for rule in queries.rules(session, "request", LoadBalancerIds=part):
            if any(server_group_id in groups(rule, action) for action in _FORWARDING) and not is_leaving(rule):
                ids = (rule["rule_id"], rule["listener_id"], rule["load_balancer_id"])
                yield User(
                    f"the forwarding rule {rule['name']!r} ({rule['rule_id']}) of the listener {rule['listener_id']}",
                    frozenset(str(identity) for identity in ids),
                )


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
    siblings = listeners(session, LoadBalancerIds=[listener["load_balancer_id"]])
    return [
        user(each)
        for each in siblings
        if each["quic"]["upgrade_enabled"] and each["quic"]["listener_id"] == listener["listener_id"]
    ]


def _related(session: Session, operation: str, key: str, params: Object) -> list[User]:
    """The listeners that a list of relations names and that exist: relations last a little longer."""
    try:
        relations = session.read("alb", operation, **params).get(key) or []
    except CloudError as error:
        if error.kind is Kind.MISSING:
            return []
        raise
    ids = [
        str(item["ListenerId"])
        for relation in relations
        for item in relation.get("RelatedListeners") or []
        if not queries.is_dissociating(item)
    ]
    return [user(listener) for part in _parts(ids) for listener in listeners(session, ListenerIds=part)]


def listeners(session: Session, **filters: t.Any) -> Iterator[Object]:
    found = session.pages("alb", "ListListeners", "Listeners", **filters)
    return (each for item in found if not is_leaving(each := decode(LISTENER, item)))


def user(listener: Object) -> User:
    return User(
        f"the listener {listener['listener_id']} ({listener['protocol']} on port {listener['port']} of the load "
        f"balancer {listener['load_balancer_id']})",
        frozenset({str(listener["listener_id"]), str(listener["load_balancer_id"])}),
    )


def _parts(items: list[str]) -> Iterator[list[str]]:
    return (items[at : at + _IDS_PER_REQUEST] for at in range(0, len(items), _IDS_PER_REQUEST))
