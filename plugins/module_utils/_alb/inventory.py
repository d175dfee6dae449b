# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers behind load balancers, as hosts of an inventory. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import TAGS, Codec, Field, Fields, Object, decode
from .._ecs import queries as ecs
from . import queries
from .health import Health, rank

_NOT_HOSTS = ("fc",)  # functions

_LOWER = Codec(decode=lambda word: str(word).lower())
_NUMBER = Codec(decode=int)
_SERVER: Fields = (
    Field("server_id", "ServerId"),
    Field("server_type", "ServerType", _LOWER),
    Field("address", "ServerIp"),
    Field("server_group_id", "ServerGroupId"),
    Field("port", "Port", _NUMBER),
    Field("weight", "Weight", _NUMBER),
    Field("status", "Status", _LOWER),
    Field("description", "Description"),
)
_HOST = ("server_id", "server_type", "address")  # the same in every membership


@dataclass(frozen=True)
class Selection:
    """The servers that become hosts.

    Attributes:
        load_balancers: names or ids; the servers behind them.
        server_groups: names or ids; the servers in them. Without both options, the servers of every group.
        tags: tags that a group must have.
        health: read the health of the servers.
        zones: read the zones of the servers from ECS.
    """

    load_balancers: tuple[str, ...] = ()
    server_groups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    health: bool = True
    zones: bool = False


def servers(session: Session, selection: Selection) -> list[Object]:
    """Return one object for each server, with its ``memberships`` in server groups.

    Raises:
        RefusedError: a load balancer or a server group does not exist.
        CloudError: a call failed.
    """
    balancers = session.pages("alb", "ListLoadBalancers", "LoadBalancers")
    names = {item["LoadBalancerId"]: item["LoadBalancerName"] for item in balancers}
    chosen = _chosen("load balancer", selection.load_balancers, names)
    groups = _groups(session, selection, chosen)
    serving = {identity for group in groups for identity in _related(group) if not chosen or identity in chosen}
    health = _health(session, sorted(serving) if selection.health else [])
    memberships = [
        _membership(server, group, [names.get(identity, identity) for identity in _related(group)], health)
        for group in groups
        for server in _servers_of(session, group["ServerGroupId"])
    ]
    found = list(by_server(memberships))
    return _with_zones(session, found) if selection.zones else found


def _with_zones(session: Session, servers: list[Object]) -> list[Object]:
    """Return ``servers`` with their ``zone``, None for servers that are no ECS instances."""
    instances = [server["server_id"] for server in servers if server["server_type"] == "ecs"]
    zones = ecs.zones(session, instances)
    if unknown := sorted(set(instances) - zones.keys()):
        session.warn(
            f"ECS does not show {len(unknown)} of the instances, so their zones are unknown: "
            f"{', '.join(unknown[:5])}. Check that the RAM user may call ecs:DescribeInstances."
        )
    return [{**server, "zone": zones.get(server["server_id"])} for server in servers]


def by_server(memberships: Iterable[Object]) -> Iterator[Object]:
    """Yield the servers with their ``memberships``, with the worst health and the greatest weight of these. Pure."""
    grouped: dict[tuple[t.Any, t.Any], list[Object]] = {}
    for membership in memberships:
        grouped.setdefault((membership["server_id"], membership["address"]), []).append(membership)
    for _key, own in sorted(grouped.items(), key=lambda item: str(item[0])):
        yield {
            **{name: own[0][name] for name in _HOST},
            "health": min((membership["health"] for membership in own), key=rank),
            "weight": max((membership["weight"] or 0) for membership in own),
            "server_groups": sorted({membership["server_group_name"] for membership in own}),
            "load_balancers": sorted({name for membership in own for name in membership["load_balancers"]}),
            "memberships": [{name: value for name, value in item.items() if name not in _HOST} for item in own],
        }


def _chosen(noun: str, wanted: Iterable[str], names: Mapping[str, str]) -> set[str]:
    """Return the ids of the ``wanted`` names or ids; ``names`` has the names of all that exist by their ids."""
    found: set[str] = set()
    for item in wanted:
        ids = {identity for identity, name in names.items() if item in (identity, name)}
        if not ids:
            raise RefusedError(f"There is no {noun} {item}.", f"Check {noun.replace(' ', '_')}s and region.")
        found |= ids
    return found


def _groups(session: Session, selection: Selection, balancers: set[str]) -> list[Object]:
    """Return the server groups of the ``selection``, and those behind the load ``balancers`` with these ids."""
    filters = {"Tag": TAGS.encode(dict(selection.tags))} if selection.tags else {}
    groups = list(session.pages("alb", "ListServerGroups", "ServerGroups", **filters))
    if not selection.load_balancers and not selection.server_groups:
        return groups
    names = {group["ServerGroupId"]: group["ServerGroupName"] for group in groups}
    if selection.tags:  # a group that the tags exclude may exist all the same
        names |= {item: item for item in selection.server_groups}
    wanted = _chosen("server group", selection.server_groups, names)
    return [group for group in groups if group["ServerGroupId"] in wanted or balancers.intersection(_related(group))]


def _related(group: Object) -> list[str]:
    return list(group.get("RelatedLoadBalancerIds") or [])


def _servers_of(session: Session, group: str) -> Iterator[Object]:
    items = session.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=group)
    servers = (decode(_SERVER, item) for item in items)
    return (item for item in servers if item["status"] != "removing" and item["server_type"] not in _NOT_HOSTS)


def _membership(server: Object, group: Object, balancers: list[str], health: Health) -> Object:
    return {
        **server,
        "server_group_name": group["ServerGroupName"],
        "load_balancers": balancers,
        "health": health.of(group["ServerGroupId"], server["server_id"], server["port"])["status"],
    }


def _health(session: Session, balancers: list[str]) -> Health:
    health = Health(session)
    for listener in queries.listeners(session, LoadBalancerIds=balancers):
        health.read(listener["listener_id"])
    return health
