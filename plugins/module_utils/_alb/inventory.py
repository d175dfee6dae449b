# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers behind load balancers, as hosts of an inventory. This module is PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import TAGS, Codec, Field, Fields, Object, decode
from .._ecs import queries as ecs
from .health import Health, badness

_IDS_PER_REQUEST = 20  # maxItems of LoadBalancerIds of ListListeners
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
    """Names or ids of load balancers and of server groups; with neither, every server group. ``tags`` narrow it."""

    load_balancers: tuple[str, ...] = ()
    server_groups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    health: bool = True
    zones: bool = False


def servers(session: Session, selection: Selection) -> list[Object]:
    """One object per server, with its ``memberships`` in server groups.

    Raises RefusedError for a load balancer or server group that is not there.
    """
    named = {item["LoadBalancerId"]: item["LoadBalancerName"] for item in _load_balancers(session)}
    chosen = _chosen("load balancer", selection.load_balancers, named)
    groups = _groups(session, selection, chosen)
    behind = {identity for group in groups for identity in _related(group) if not chosen or identity in chosen}
    health = _health(session, sorted(behind) if selection.health else [])
    memberships = [
        _membership(server, group, [named.get(identity, identity) for identity in _related(group)], health)
        for group in groups
        for server in _servers_of(session, group["ServerGroupId"])
    ]
    found = list(collect(memberships))
    return _placed(session, found) if selection.zones else found


def _placed(session: Session, found: list[Object]) -> list[Object]:
    """The servers with their ``zone``, which is of ECS instances and nothing else."""
    instances = [each["server_id"] for each in found if each["server_type"] == "ecs"]
    zones = ecs.zones(session, instances)
    if unknown := sorted(set(instances) - zones.keys()):
        session.warn(
            f"ECS does not show {len(unknown)} of the instances, so that their zone is not known: "
            f"{', '.join(unknown[:5])}. Check that the RAM user may call ecs:DescribeInstances."
        )
    return [{**each, "zone": zones.get(each["server_id"])} for each in found]


def collect(memberships: Iterable[Object]) -> Iterator[Object]:
    """Memberships by server; the server's health is that of its worst one, its weight that of its heaviest. Pure."""
    by_server: dict[tuple[Any, Any], list[Object]] = {}
    for each in memberships:
        by_server.setdefault((each["server_id"], each["address"]), []).append(each)
    for _key, those in sorted(by_server.items(), key=lambda item: str(item[0])):
        yield {
            **{name: those[0][name] for name in _HOST},
            "health": min((each["health"] for each in those), key=badness),
            "weight": max((each["weight"] or 0) for each in those),
            "server_groups": sorted({each["server_group_name"] for each in those}),
            "load_balancers": sorted({name for each in those for name in each["load_balancers"]}),
            "memberships": [{name: value for name, value in each.items() if name not in _HOST} for each in those],
        }


def _load_balancers(session: Session) -> Iterator[Object]:
    return session.pages("alb", "ListLoadBalancers", "LoadBalancers")


def _chosen(noun: str, wanted: Iterable[str], named: Mapping[str, str]) -> set[str]:
    """Ids of what is wanted by name or id."""
    found: set[str] = set()
    for each in wanted:
        ids = {identity for identity, name in named.items() if each in (identity, name)}
        if not ids:
            raise RefusedError(f"There is no {noun} {each}.", f"Check {noun.replace(' ', '_')}s and region.")
        found |= ids
    return found


def _groups(session: Session, selection: Selection, balancers: set[str]) -> list[Object]:
    filters = {"Tag": TAGS.encode(dict(selection.tags))} if selection.tags else {}
    groups = list(session.pages("alb", "ListServerGroups", "ServerGroups", **filters))
    if not selection.load_balancers and not selection.server_groups:
        return groups
    # A group that the tags leave out is there all the same.
    named = {group["ServerGroupId"]: group["ServerGroupName"] for group in groups}
    known = named if not selection.tags else {**named, **{each: each for each in selection.server_groups}}
    wanted = _chosen("server group", selection.server_groups, known)
    return [group for group in groups if group["ServerGroupId"] in wanted or balancers.intersection(_related(group))]


def _related(group: Object) -> list[str]:
    return list(group.get("RelatedLoadBalancerIds") or [])


def _servers_of(session: Session, group: str) -> Iterator[Object]:
    found = session.pages("alb", "ListServerGroupServers", "Servers", ServerGroupId=group)
    decoded = (decode(_SERVER, item) for item in found)
    return (each for each in decoded if each["status"] != "removing" and each["server_type"] not in _NOT_HOSTS)


def _membership(server: Object, group: Object, balancers: list[str], health: Health) -> Object:
    return {
        **server,
        "server_group_name": group["ServerGroupName"],
        "load_balancers": balancers,
        "health": health.of(group["ServerGroupId"], server["server_id"], server["port"])["status"],
    }


def _health(session: Session, balancers: list[str]) -> Health:
    health = Health(session)
    for at in range(0, len(balancers), _IDS_PER_REQUEST):
        part = balancers[at : at + _IDS_PER_REQUEST]
        for listener in session.pages("alb", "ListListeners", "Listeners", LoadBalancerIds=part):
            health.ask(listener["ListenerId"])
    return health
