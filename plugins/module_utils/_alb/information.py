# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the info modules of ALB: lists with filters, in one piece. Private to this collection."""

from __future__ import annotations

import itertools
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from .._core.session import Session
from .._core.values import FLAG, STATE, TAGS, Field, Fields, Object, choice, chunks, decode, encode
from . import queries
from .fields import (
    ACL,
    ADDRESS_TYPE,
    BUSINESS_STATUS,
    GROUP_TYPE,
    IP_VERSION,
    LISTENER,
    LISTENER_PROTOCOL,
    LOAD_BALANCER,
    SECURITY_POLICY,
    SERVER,
    SERVER_GROUP,
    STATUS,
)
from .health import Health
from .rule_fields import DIRECTION, DIRECTIONS, RULE

Params = Mapping[str, t.Any]

# Filters that are lists: option, parameter, and how many values a request takes (maxItems of the operation).
Limits = dict[str, tuple[str, int]]
_BALANCER_LISTS: Limits = {
    "load_balancer_ids": ("LoadBalancerIds", 20),
    "names": ("LoadBalancerNames", 10),
    "vpc_ids": ("VpcIds", 10),
}
_BALANCER_FILTERS: Fields = (
    Field("address_type", "AddressType", ADDRESS_TYPE),
    Field("ip_version", "AddressIpVersion", IP_VERSION),
    Field("ipv6_address_type", "Ipv6AddressType", ADDRESS_TYPE),
    Field("status", "LoadBalancerStatus", STATUS),
    Field("business_status", "LoadBalancerBussinessStatus", BUSINESS_STATUS),
    Field("dns_name", "DNSName"),
    Field("zone_id", "ZoneId"),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tag", TAGS),
)
_GROUP_LISTS: Limits = {"server_group_ids": ("ServerGroupIds", 20), "names": ("ServerGroupNames", 10)}
_GROUP_FILTERS: Fields = (
    Field("vpc_id", "VpcId"),
    Field("type", "ServerGroupType", GROUP_TYPE),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tag", TAGS),
)
_LISTENER_LISTS: Limits = {"listener_ids": ("ListenerIds", 20), "load_balancer_ids": ("LoadBalancerIds", 20)}
_LISTENER_FILTERS: Fields = (Field("protocol", "ListenerProtocol", LISTENER_PROTOCOL), Field("tags", "Tag", TAGS))

_RULE_LISTS: Limits = {
    "rule_ids": ("RuleIds", 20),
    "listener_ids": ("ListenerIds", 20),
    "load_balancer_ids": ("LoadBalancerIds", 20),
}
_RULE_FILTERS: Fields = (Field("direction", "Direction", DIRECTION), Field("tags", "Tag", TAGS))
_ACL_LISTS: Limits = {"acl_ids": ("AclIds", 20), "names": ("AclNames", 10)}
_ACL_FILTERS: Fields = (Field("resource_group_id", "ResourceGroupId"), Field("tags", "Tag", TAGS))
_POLICY_LISTS: Limits = {"security_policy_ids": ("SecurityPolicyIds", 20), "names": ("SecurityPolicyNames", 10)}
_POLICY_FILTERS: Fields = (Field("resource_group_id", "ResourceGroupId"), Field("tags", "Tag", TAGS))

_CERTIFICATE: Fields = (
    Field("certificate_id", "CertificateId"),
    Field("type", "CertificateType", choice(ca="Ca", server="Server")),
    Field("default", "IsDefault", FLAG),
    Field("status", "Status", STATE),
)
# Keys that ListLoadBalancers and ListListeners do not have.
_ONLY_IN_GET = ("zone_mappings", "security_group_ids")
_DETAILS = ("certificate_ids", "mutual_authentication", "ca_certificate_ids", "acl")


def load_balancers(session: Session, params: Params) -> Object:
    """Return the result of ``alb_load_balancer_info``."""
    items = listed(session, "ListLoadBalancers", "LoadBalancers", params, _BALANCER_LISTS, _BALANCER_FILTERS)
    found: Iterable[Object | None]
    if params["details"]:
        found = (queries.load_balancer(session, item["LoadBalancerId"]) for item in items)
    else:
        found = ({**decode(LOAD_BALANCER, item), **dict.fromkeys(_ONLY_IN_GET)} for item in items)
    return {"load_balancers": [balancer for balancer in found if balancer]}


def server_groups(session: Session, params: Params) -> Object:
    """Return the result of ``alb_server_group_info``."""
    items = listed(session, "ListServerGroups", "ServerGroups", params, _GROUP_LISTS, _GROUP_FILTERS)
    return {
        "server_groups": [
            {
                **decode(SERVER_GROUP, item),
                "load_balancer_ids": sorted(item.get("RelatedLoadBalancerIds") or []),
                "servers": _servers(session, item["ServerGroupId"]) if params["servers"] else None,
            }
            for item in items
        ]
    }


def listeners(session: Session, params: Params) -> Object:
    """Return the result of ``alb_listener_info``."""
    items = listed(session, "ListListeners", "Listeners", params, _LISTENER_LISTS, _LISTENER_FILTERS)
    groups: dict[str, list[Object]] = {}  # servers by group, read once: many listeners share one
    found = []
    for item in items:
        port = params["port"]
        if port is not None and int(item["ListenerPort"]) != port:
            continue
        listener = _detailed(session, item) if params["details"] else _plain(item)
        if listener:
            health = _health(session, item["ListenerId"], groups) if params["health"] else None
            found.append({**listener, "health": health})
    return {"listeners": found}


def rules(session: Session, params: Params) -> Object:
    """Return the result of ``alb_rule_info``."""
    found = [
        decode(RULE, item)
        for direction in ([params["direction"]] if params["direction"] else DIRECTIONS)
        for item in listed(
            session, "ListRules", "Rules", {**params, "direction": direction}, _RULE_LISTS, _RULE_FILTERS
        )
    ]
    names = params["names"]
    found = [rule for rule in found if names is None or rule["name"] in names]
    return {"rules": sorted(found, key=lambda rule: (rule["listener_id"], rule["direction"], rule["priority"]))}


def acls(session: Session, params: Params) -> Object:
    """Return the result of ``alb_acl_info``."""
    found = [decode(ACL, item) for item in listed(session, "ListAcls", "Acls", params, _ACL_LISTS, _ACL_FILTERS)]
    return {
        "acls": [
            {
                **queries.with_entries(session, acl),
                "listeners": queries.acl_listeners(session, acl["acl_id"]),
            }
            for acl in found
        ]
    }


def security_policies(session: Session, params: Params) -> Object:
    """Return the result of ``alb_security_policy_info``."""
    operation = ("ListSecurityPolicies", "SecurityPolicies")
    custom = [
        decode(SECURITY_POLICY, item) for item in listed(session, *operation, params, _POLICY_LISTS, _POLICY_FILTERS)
    ]
    # System policies can be filtered by their ids alone.
    only_custom = any(params[name] for name in ("names", "resource_group_id", "tags")) or not params["system"]
    wanted = params["security_policy_ids"]
    policies = [{**policy, "system": False} for policy in custom]
    policies += [
        {**policy, "system": True}
        for policy in ([] if only_custom else queries.system_security_policies(session))
        if wanted is None or policy["security_policy_id"] in wanted
    ]
    users = queries.security_policy_listeners(session, [policy["security_policy_id"] for policy in policies])
    return {"security_policies": [{**policy, "listeners": users[policy["security_policy_id"]]} for policy in policies]}


def _plain(item: Params) -> Object:
    return {**decode(LISTENER, item), **dict.fromkeys(_DETAILS), "certificates": None}


def _detailed(session: Session, item: Params) -> Object | None:
    identity = item["ListenerId"]
    listener = queries.listener(session, identity)
    if listener is None:
        return None  # deleted meanwhile
    certificates: Iterable[Params] = ()
    if listener["protocol"] != "http":
        certificates = session.pages("alb", "ListListenerCertificates", "Certificates", ListenerId=identity)
    return {**listener, "certificates": [decode(_CERTIFICATE, item) for item in certificates]}


def _health(session: Session, identity: str, groups: dict[str, list[Object]]) -> list[Object]:
    """Return the server groups of a listener and its rules, each server with its health.

    ``groups`` keeps the servers of groups that have been read.
    """
    health = Health(session)
    result = []
    for group in health.read(identity):
        if group not in groups:
            groups[group] = _servers(session, group)
        servers = [{**server, **health.of(group, server["server_id"], server["port"])} for server in groups[group]]
        result.append({"server_group_id": group, "health_check": health.is_checked(group), "servers": servers})
    return result


def _servers(session: Session, group: str) -> list[Object]:
    return [
        decode(SERVER, item) for item in session.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=group)
    ]


def listed(
    session: Session, operation: str, key: str, params: Params, lists: Limits, filters: Fields
) -> Iterator[Params]:
    """Yield the items of a list that pass all filters, with several requests where a filter is too long for one.

    Args:
        session: reads the list.
        operation: the list operation.
        key: the key of its items.
        params: the options of the module.
        lists: its filters that are lists.
        filters: its other filters.
    """
    parts = [
        [{wire: part} for part in chunks(params[option], limit)]
        for option, (wire, limit) in lists.items()
        if params[option] is not None
    ]
    plain = encode(filters, {field.name: params[field.name] or None for field in filters})
    for combination in itertools.product(*parts):
        chosen = {name: value for part in combination for name, value in part.items()}
        yield from session.pages("alb", operation, key, **plain, **chosen)
