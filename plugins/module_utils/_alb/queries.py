# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading from ALB, one function per question. Private to this collection.

Results are objects in the user's vocabulary (see ``fields``), None if the resource does not exist. Every function
raises CloudError if a call fails.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import Codec, Field, Fields, Object, chunks, decode
from .acl_association import by_listener_id
from .acl_entries import in_order
from .fields import (
    ACCESS,
    ACL,
    ACL_ENTRY,
    LISTENER,
    LOAD_BALANCER,
    SECURITY_POLICY,
    SERVER,
    SERVER_GROUP,
    is_dissociating,
)
from .lookup import LOAD_BALANCERS, is_deleting, only_one
from .rule_fields import DIRECTION, RULE

_RELATED_LISTENER: Fields = (
    Field("listener_id", "ListenerId"),
    Field("load_balancer_id", "LoadBalancerId"),
    Field("protocol", "ListenerProtocol", Codec(decode=str.lower)),
    Field("port", "ListenerPort", Codec(decode=int)),
)
_POLICIES_PER_REQUEST = 5  # maxItems of ListSecurityPolicyRelations
_IDS_PER_REQUEST = 20  # maxItems of ListenerIds and LoadBalancerIds of ListListeners, ListRules, ListLoadBalancers


def load_balancer(session: Session, identity: str) -> Object | None:
    """Return a load balancer."""
    body = session.read_or_none("alb", "GetLoadBalancerAttribute", LoadBalancerId=identity)
    return None if body is None else decode(LOAD_BALANCER, body)


def load_balancer_named(session: Session, name: str) -> str | None:
    """Return the id of the load balancer called ``name``. Raises SeveralError: ALB does not keep names unique."""
    return only_one("load balancer", name, "load_balancer_id", LOAD_BALANCERS.identities(session, name))


def load_balancer_names(session: Session, identities: list[str]) -> dict[str, str]:
    """Return the names of load balancers by their ids; of those that do not exist there is none."""
    if not identities:
        return {}
    items = _of_ids(session, "ListLoadBalancers", "LoadBalancers", {"LoadBalancerIds": identities})
    return {str(item["LoadBalancerId"]): str(item.get("LoadBalancerName") or "") for item in items}


def server_group(session: Session, identity: str) -> Object | None:
    """Return a server group without its servers."""
    found = _server_groups(session, ServerGroupIds=[identity])
    return next((group for group in found if group["server_group_id"] == identity), None)


def server_groups_named(session: Session, name: str) -> list[Object]:
    """Return the server groups called ``name``, without their servers."""
    return [group for group in _server_groups(session, ServerGroupNames=[name]) if group["name"] == name]


def _server_groups(session: Session, **filters: t.Any) -> Iterator[Object]:
    items = session.pages("alb", "ListServerGroups", "ServerGroups", **filters)
    return (decode(SERVER_GROUP, item) for item in items)


def load_balancers_of_server_group(session: Session, server_group_id: str) -> list[str]:
    """Return the ids of the load balancers that have the server group in a listener or a rule."""
    items = session.pages("alb", "ListServerGroups", "ServerGroups", ServerGroupIds=[server_group_id])
    return [identity for item in items for identity in item.get("RelatedLoadBalancerIds") or []]


def servers(session: Session, server_group_id: str) -> tuple[list[Object], bool]:
    """Return the servers of a group without those being removed, and whether a change of any is still going on."""
    items = list(session.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=server_group_id))
    states = [str(item.get("Status") or "").lower() for item in items]
    staying = [decode(SERVER, item) for item, state in zip(items, states, strict=True) if state != "removing"]
    return staying, any(state in ("adding", "removing", "configuring", "replacing") for state in states)


def listener(session: Session, identity: str) -> Object | None:
    """Return a listener."""
    body = session.read_or_none("alb", "GetListenerAttribute", ListenerId=identity)
    return None if body is None else decode(LISTENER, body)


def listeners(session: Session, **filters: t.Any) -> Iterator[Object]:
    """Yield the listeners that pass the ``filters`` (ListListeners), without certificates and those being deleted.

    A list of ids as a filter may be of any length.
    """
    for item in _of_ids(session, "ListListeners", "Listeners", filters):
        if not is_deleting(found := decode(LISTENER, item)):
            yield found


def listeners_on(session: Session, load_balancer_id: str, port: int) -> list[Object]:
    """Return the listeners of a load balancer on a port, without certificates: QUIC shares it with another protocol."""
    items = session.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=[load_balancer_id])
    return [decode(LISTENER, item) for item in items if int(item["ListenerPort"]) == port]


def has_listeners(session: Session, load_balancer_id: str) -> bool:
    """Return whether a load balancer has a listener."""
    return any(session.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=[load_balancer_id]))


def server_certificates(session: Session, listener_id: str) -> Iterator[Object]:
    """Yield the items of ListListenerCertificates for server certificates, without those being dissociated."""
    items = session.pages(
        "alb", "ListListenerCertificates", "Certificates", ListenerId=listener_id, CertificateType="Server"
    )
    return (item for item in items if not is_dissociating(item))


def additional_certificates(session: Session, listener_id: str) -> list[str]:
    """Return the sorted ids of the certificates of a listener beside its default ones."""
    items = server_certificates(session, listener_id)
    return sorted(item["CertificateId"] for item in items if not item.get("IsDefault"))


def rules(session: Session, direction: str, **filters: t.Any) -> Iterator[Object]:
    """Yield forwarding rules of one direction: no request gives both, and none gives a single rule.

    A list of ids as a filter may be of any length.
    """
    items = _of_ids(session, "ListRules", "Rules", {"Direction": DIRECTION.encode(direction), **filters})
    return (decode(RULE, item) for item in items)


def _of_ids(session: Session, operation: str, key: str, filters: Object) -> Iterator[Object]:
    """Yield the items of a list that pass the ``filters``, with several requests for more ids than one takes."""
    parts: list[Object] = [{}]
    for name in filters.keys() & {"ListenerIds", "LoadBalancerIds"}:
        parts = [{**part, name: ids} for part in parts for ids in chunks(filters[name], _IDS_PER_REQUEST)]
    for part in parts:
        yield from session.pages("alb", operation, key, **{**filters, **part})


def server_group_health(session: Session, listener_id: str) -> Iterator[Object]:
    """Yield the server groups of a listener and of its rules, with their servers that are not healthy.

    A server group comes once for each use (ServerGroupInfos of GetListenerHealthStatus).
    """
    for body in session.answers("alb", "GetListenerHealthStatus", ListenerId=listener_id, IncludeRule=True):
        for part in (*(body.get("ListenerHealthStatus") or []), *(body.get("RuleHealthStatus") or [])):
            yield from part.get("ServerGroupInfos") or []


def acls(session: Session, filters: Mapping[str, t.Any]) -> Iterator[Object]:
    """Yield the access control lists that pass the ``filters`` (ListAcls), without their entries."""
    return (decode(ACL, item) for item in session.pages("alb", "ListAcls", "Acls", **filters))


def has_entries(session: Session, acl_id: str) -> bool:
    """Return whether an access control list has an entry."""
    return any(session.pages("alb", "ListAclEntries", "AclEntries", AclId=acl_id))


def with_entries(session: Session, acl: Object) -> Object:
    """Return an access control list with its entries, as configuring while any of them is added or removed."""
    items = list(session.pages("alb", "ListAclEntries", "AclEntries", AclId=acl["acl_id"]))
    states = [str(item.get("Status")).lower() for item in items]
    staying = [decode(ACL_ENTRY, item) for item, state in zip(items, states, strict=True) if state != "removing"]
    moving = acl["status"] == "available" and not {"adding", "removing"}.isdisjoint(states)
    return {**acl, "status": "configuring" if moving else acl["status"], "entries": in_order(staying)}


def acl_listeners(session: Session, acl_id: str) -> list[Object]:
    """Return the listeners that have an access control list, each with ``listener_id`` and kind of ``access``."""
    return by_listener_id(list(_acl_listeners(session, acl_id)))


def _acl_listeners(session: Session, acl_id: str) -> Iterator[Object]:
    try:
        relations = session.read("alb", "ListAclRelations", AclIds=[acl_id]).get("AclRelations") or []
        for item in (item for relation in relations for item in relation.get("RelatedListeners") or []):
            if not is_dissociating(item):
                # Only the listener itself tells the kind of access.
                body = session.read("alb", "GetListenerAttribute", ListenerId=item["ListenerId"])
                access = ACCESS.decode((body.get("AclConfig") or {}).get("AclType"))
                yield {"listener_id": item["ListenerId"], "access": access}
    except CloudError as error:  # the list or a listener was deleted meanwhile
        if error.kind is not Kind.MISSING:
            raise


def security_policies(session: Session, filters: Mapping[str, t.Any]) -> Iterator[Object]:
    """Yield the custom TLS security policies that pass the ``filters`` (ListSecurityPolicies)."""
    items = session.pages("alb", "ListSecurityPolicies", "SecurityPolicies", **filters)
    return (decode(SECURITY_POLICY, item) for item in items)


def system_security_policies(session: Session) -> list[Object]:
    """Return the TLS security policies of the platform, named after their ids."""
    items = session.read("alb", "ListSystemSecurityPolicies").get("SecurityPolicies") or []
    return [
        {**decode(SECURITY_POLICY, item), "name": item["SecurityPolicyId"], "status": "available"} for item in items
    ]


def security_policy_listeners(session: Session, identities: list[str]) -> dict[str, list[Object]]:
    """Return the listeners that have each of these TLS security policies, by its id."""
    found: dict[str, list[Object]] = {identity: [] for identity in identities}
    for part in chunks(identities, _POLICIES_PER_REQUEST):
        body = session.read("alb", "ListSecurityPolicyRelations", SecurityPolicyIds=part)
        for item in body.get("SecrityPolicyRelations") or []:  # the spelling is the API's
            related = item.get("RelatedListeners") or []
            found[item["SecurityPolicyId"]] = [decode(_RELATED_LISTENER, listener) for listener in related]
    return found
