# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from ALB, a function per question. This module is PRIVATE to the collection.

Answers are objects in the user's vocabulary (see ``fields``), or ``None``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._core.engine import Session
from .._core.errors import CloudError, Kind
from .._core.values import Object, decode
from .fields import LISTENER, LOAD_BALANCER, SERVER, SERVER_GROUP
from .lookup import LOAD_BALANCERS
from .plan import one
from .rule_fields import DIRECTION, RULE


def load_balancer(session: Session, identity: str) -> Object | None:
    try:
        body = session.read("alb", "GetLoadBalancerAttribute", LoadBalancerId=identity)
    except CloudError as error:
        if error.kind is Kind.MISSING:
            return None
        raise
    return decode(LOAD_BALANCER, body)


def load_balancer_named(session: Session, name: str) -> str | None:
    """The id of the load balancer called ``name``: nothing documents names as unique, and two raise RefusedError."""
    return one("load balancer", name, "load_balancer_id", LOAD_BALANCERS.identities(session, name))


def server_groups(session: Session, *, name: str = "", identity: str = "") -> list[Object]:
    """The server groups with this name or id, without their servers."""
    filters = {"ServerGroupIds": [identity]} if identity else {"ServerGroupNames": [name]}
    groups = [
        decode(SERVER_GROUP, item) for item in session.pages("alb", "ListServerGroups", "ServerGroups", **filters)
    ]
    return [group for group in groups if group["server_group_id"] == identity or group["name"] == name]


def server_group_users(session: Session, server_group_id: str) -> list[str]:
    """Return the ids of the load balancers that have the server group in a listener or a rule."""
    found = session.pages("alb", "ListServerGroups", "ServerGroups", ServerGroupIds=[server_group_id])
    return [balancer for item in found for balancer in item.get("RelatedLoadBalancerIds") or []]


def servers(session: Session, server_group_id: str) -> tuple[list[Object], bool]:
    """The servers of a group, without those on their way out; and whether any is still coming or going."""
    items = list(session.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=server_group_id))
    states = [str(item.get("Status") or "").lower() for item in items]
    staying = [decode(SERVER, item) for item, state in zip(items, states, strict=True) if state != "removing"]
    return staying, any(state in ("adding", "removing", "configuring", "replacing") for state in states)


def listener(session: Session, identity: str) -> Object | None:
    try:
        body = session.read("alb", "GetListenerAttribute", ListenerId=identity)
    except CloudError as error:
        if error.kind is Kind.MISSING:
            return None
        raise
    return decode(LISTENER, body)


def listeners_on(session: Session, load_balancer_id: str, port: int) -> list[Object]:
    """The listeners of a load balancer on a port, without certificates: those of QUIC share it with the others."""
    found = session.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=[load_balancer_id])
    return [decode(LISTENER, item) for item in found if int(item["ListenerPort"]) == port]


def has_listeners(session: Session, load_balancer_id: str) -> bool:
    """Return whether a load balancer has a listener."""
    return any(session.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=[load_balancer_id]))


def has_entries(session: Session, acl: str) -> bool:
    """Whether an access control list has an entry. Raises CloudError for one that is not there."""
    return any(session.pages("alb", "ListAclEntries", "AclEntries", AclId=acl))


def additional_certificates(session: Session, listener_id: str) -> list[str]:
    """Ids of the certificates of a listener beside its default ones, without those on their way out."""
    found = session.pages(
        "alb", "ListListenerCertificates", "Certificates", ListenerId=listener_id, CertificateType="Server"
    )
    # The table of states in the documentation spells it Diassociating.
    return sorted(
        item["CertificateId"]
        for item in found
        if not item.get("IsDefault") and not str(item.get("Status") or "").lower().startswith(("dis", "dia"))
    )


def rules(session: Session, direction: str, **filters: Any) -> Iterator[Object]:
    """Forwarding rules of one direction: there is no request for both, and none for a single rule."""
    found = session.pages("alb", "ListRules", "Rules", Direction=DIRECTION.encode(direction), **filters)
    return (decode(RULE, item) for item in found)


def group_infos(session: Session, listener_id: str) -> Iterator[Object]:
    """The server groups of a listener and of its rules, with their servers that are not well."""
    asked = {"ListenerId": listener_id, "IncludeRule": True}
    for body in session.answers("alb", "GetListenerHealthStatus", **asked):
        for part in (*(body.get("ListenerHealthStatus") or []), *(body.get("RuleHealthStatus") or [])):
            yield from part.get("ServerGroupInfos") or []
