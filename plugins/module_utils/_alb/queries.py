# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from ALB, a function per question. This module is PRIVATE to the collection.

Answers are objects in the user's vocabulary (see ``fields``), or ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import Codec, Field, Fields, Object, decode
from .acl_entries import in_order
from .fields import ACCESS, ACL, ACL_ENTRY, LISTENER, LOAD_BALANCER, SECURITY_POLICY, SERVER, SERVER_GROUP
from .lookup import LOAD_BALANCERS, only_one
from .rule_fields import DIRECTION, RULE

_RELATED: Fields = (
    Field("listener_id", "ListenerId"),
    Field("load_balancer_id", "LoadBalancerId"),
    Field("protocol", "ListenerProtocol", Codec(decode=str.lower)),
    Field("port", "ListenerPort", Codec(decode=int)),
)
_RELATIONS_PER_REQUEST = 5  # maxItems of ListSecurityPolicyRelations


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
    return only_one("load balancer", name, "load_balancer_id", LOAD_BALANCERS.identities(session, name))


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


def server_certificates(session: Session, listener_id: str) -> Iterator[Object]:
    """Yield the items of ListListenerCertificates for server certificates, without those being dissociated."""
    found = session.pages(
        "alb", "ListListenerCertificates", "Certificates", ListenerId=listener_id, CertificateType="Server"
    )
    return (item for item in found if not is_dissociating(item))


def is_dissociating(item: Mapping[str, Any]) -> bool:
    """Return whether an association is being ended; the documentation spells it Dissociating and Diassociating."""
    return str(item.get("Status") or "").lower().startswith(("dissociat", "diassociat"))


def additional_certificates(session: Session, listener_id: str) -> list[str]:
    """Return the sorted ids of the certificates of a listener beside its default ones."""
    found = server_certificates(session, listener_id)
    return sorted(item["CertificateId"] for item in found if not item.get("IsDefault"))


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


def acls(session: Session, filters: Mapping[str, Any]) -> Iterator[Object]:
    return (decode(ACL, item) for item in session.pages("alb", "ListAcls", "Acls", **filters))


def with_entries(session: Session, there: Object) -> Object:
    """A list with its entries."""
    identity = there["acl_id"]
    items = list(session.pages("alb", "ListAclEntries", "AclEntries", AclId=identity))
    moving = any(str(item.get("Status")).lower() in ("adding", "removing") for item in items)
    return {
        **there,
        "status": "configuring" if moving and there["status"] == "available" else there["status"],
        "entries": in_order(
            [decode(ACL_ENTRY, item) for item in items if str(item.get("Status")).lower() != "removing"]
        ),
    }


def acl_listeners(session: Session, there: Object) -> Iterator[Object]:
    """The listeners that have a list, with the kind of access, which only the listener itself tells."""
    try:
        found = session.read("alb", "ListAclRelations", AclIds=[there["acl_id"]]).get("AclRelations") or []
        for item in (each for relation in found for each in relation.get("RelatedListeners") or []):
            if not is_dissociating(item):
                body = session.read("alb", "GetListenerAttribute", ListenerId=item["ListenerId"])
                access = ACCESS.decode((body.get("AclConfig") or {}).get("AclType"))
                yield {"listener_id": item["ListenerId"], "access": access}
    except CloudError as error:  # the list or a listener went away meanwhile
        if error.kind is not Kind.MISSING:
            raise


def security_policies(session: Session, filters: Mapping[str, Any]) -> Iterator[Object]:
    return (
        decode(SECURITY_POLICY, item)
        for item in session.pages("alb", "ListSecurityPolicies", "SecurityPolicies", **filters)
    )


def system_security_policies(session: Session) -> list[Object]:
    items = session.read("alb", "ListSystemSecurityPolicies").get("SecurityPolicies") or []
    return [
        {**decode(SECURITY_POLICY, item), "name": item["SecurityPolicyId"], "status": "available"} for item in items
    ]


def security_policy_listeners(session: Session, identities: list[str]) -> dict[str, list[Object]]:
    """The listeners that have each of these policies."""
    found: dict[str, list[Object]] = {identity: [] for identity in identities}
    for at in range(0, len(identities), _RELATIONS_PER_REQUEST):
        part = identities[at : at + _RELATIONS_PER_REQUEST]
        body = session.read("alb", "ListSecurityPolicyRelations", SecurityPolicyIds=part)
        for item in body.get("SecrityPolicyRelations") or []:  # the spelling is the API's
            found[item["SecurityPolicyId"]] = [decode(_RELATED, each) for each in item.get("RelatedListeners") or []]
    return found


def by_listener_id(listeners: Iterable[Object]) -> list[Object]:
    return sorted(listeners, key=lambda each: str(each["listener_id"]))
