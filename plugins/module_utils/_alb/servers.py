# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of a group: the requests that make them as wanted. Private to this collection.

All functions but :func:`with_instance_ids` are pure.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Mapping

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, chunks, encode, given, holds_unknown, merged
from .._ecs import queries as ecs
from .fields import SERVER

# The API documents 40 and 200, but more than 20 in one request have failed
# (github.com/aliyun/terraform-provider-alicloud/issues/9126).
_PER_REQUEST = 20

# The type of a server by the beginning of its id.
_TYPES = {"i-": "ecs", "eni-": "eni", "eci-": "eci"}

_Key = tuple[str, str, int]  # see key_of


def server_actions(
    wanted: list[Object] | None, current: list[Object], *, purge: bool, kind: str = "instance"
) -> list[Action]:
    """Return the actions that make the servers of a group as ``wanted``.

    Servers are the same if id (or address) and port are, for network interfaces the address as well.

    Args:
        wanted: the servers, None if the user gives none.
        current: the present servers.
        purge: remove servers that are not wanted.
        kind: the type of the group.

    Raises:
        RefusedError: an entry cannot be a server of the group, or two are the same.
    """
    if wanted is None:
        return []
    existing = {key_of(server): server for server in current}
    servers = [_identified(given(server, server), kind, existing) for server in wanted]
    asked = {key_of(server): server for server in servers}
    if len(asked) < len(wanted):
        raise RefusedError(
            "servers has two entries with the same server_id and port.",
            "Remove one of them; a network interface can be in the group once with each of its addresses.",
        )
    added = [server for key, server in asked.items() if key not in existing]
    changed = [
        merged(existing[key], change)
        for key, server in asked.items()
        if key in existing and (change := _change(server, existing[key]))
    ]
    removed = [server for key, server in existing.items() if purge and key not in asked]
    for key, server in asked.items():
        _check_remote_ip(server, existing.get(key, {}))
    remaining = {key: server for key, server in existing.items() if server not in removed}
    remaining.update((key_of(server), server) for server in [*added, *changed])
    after = {"servers": sorted(remaining.values(), key=key_of)}
    steps = (
        # Added before removed, so that the group is not empty in between.
        ("AddServersToServerGroup", added, ("weight", "description", "remote_ip_enabled")),
        ("UpdateServerGroupServersAttribute", changed, ("weight", "description")),
        ("RemoveServersFromServerGroup", removed, ()),
    )
    return [
        Action(operation, {"ServerGroupId": SELF_ID, "Servers": [_encoded(server, more) for server in part]}, after)
        for operation, chosen, more in steps
        for part in chunks(chosen, _PER_REQUEST)
    ]


def with_instance_ids(session: Session, wanted: list[Object] | None, group: Mapping[str, t.Any]) -> list[Object] | None:
    """Return ``wanted`` with the ids of the ECS instances that it names by address and that are not in the group yet.

    Args:
        session: reads from ECS.
        wanted: the servers, None if the user gives none.
        group: the group as it is, or the options of a new one.

    Raises:
        RefusedError: several instances have an address.
    """
    if not wanted or group.get("type") not in (None, "instance"):
        return wanted
    members = [server for server in group.get("servers") or [] if isinstance(server, dict)]
    places = {(member.get("address"), member.get("port")) for member in members}
    unresolved = {
        str(server["address"])
        for server in wanted
        if server.get("server_id") is None
        and (server.get("address"), server.get("port")) not in places
        and not holds_unknown(server.get("address"))
    }
    if not unresolved:
        return wanted
    vpc = str(group.get("vpc_id") or "")
    found = ecs.by_address(session, unresolved, "" if holds_unknown(vpc) else vpc)
    for address, identities in found.items():
        if len(identities) > 1 and address in unresolved:
            raise RefusedError(
                f"servers: several instances have the address {address}: {', '.join(sorted(identities))}.",
                "Give the server_id of the one that is meant.",
            )
    ids = {address: identities[0] for address, identities in found.items() if address in unresolved}
    return [
        {**server, "server_id": ids[server["address"]]}
        if server.get("server_id") is None and server.get("address") in ids
        else server
        for server in wanted
    ]


def key_of(server: Object) -> _Key:
    """Return what identifies a server in its group: id, address if it is a network interface, and port."""
    address = str(server.get("address") or "") if _type_of(server) == "eni" else ""
    return str(server["server_id"]), address, int(server.get("port") or 0)


def _type_of(server: Object) -> str:
    by_id = (kind for prefix, kind in _TYPES.items() if str(server["server_id"]).startswith(prefix))
    return str(server.get("type") or next(by_id, "ecs"))


def _change(wanted: Object, current: Object) -> Object:
    return changes({name: wanted.get(name) for name in ("weight", "description")}, current)


def _check_remote_ip(wanted: Object, current: Object) -> None:
    """Raise RefusedError for remote_ip_enabled in a group that does not have it, or with another value."""
    asked, existing = wanted.get("remote_ip_enabled"), current.get("remote_ip_enabled")
    if asked is not None and wanted["type"] != "ip":
        raise RefusedError(
            f"servers: {wanted['server_id']} has remote_ip_enabled, and the group is not of type ip.", "Leave it out."
        )
    if asked is not None and existing is not None and asked != existing:
        raise RefusedError(
            f"servers: remote_ip_enabled of {wanted['server_id']} is {str(existing).lower()}, and that cannot be "
            "changed.",
            "Remove the server from the group first, then add it again.",
        )


def _identified(server: Object, kind: str, existing: dict[_Key, Object]) -> Object:
    """Return ``server`` with id and type, whichever of id and address the user gives.

    Args:
        server: the entry of the option.
        kind: the type of the group.
        existing: the present servers of the group.
    """
    identity, address = server.get("server_id"), server.get("address")
    name = identity or address
    if not name:
        raise RefusedError("servers has an entry without server_id and address.", "Give one of them.")
    if kind != "fc" and server.get("port") is None:
        raise RefusedError(f"servers: {name} has no port.", "Give the port on which it answers.")
    if kind == "ip":
        # In a group of type ip the id of a server is its address.
        return {**server, "server_id": _address(name), "address": _address(address or name), "type": "ip"}
    if kind == "fc":
        return {**server, "server_id": name, "type": "fc"}
    if identity is None:
        member = _member_at(address, server["port"], existing)
        return {**server, "server_id": member["server_id"], "type": member.get("type") or "ecs"}
    if _type_of(server) == "eni" and address is None:
        return {**server, **_interface(identity, server["port"], existing), "type": "eni"}
    return {**server, "type": _type_of(server)}


def _member_at(address: t.Any, port: int, existing: dict[_Key, Object]) -> Object:
    """Return the server of the group with this address and port. Raises RefusedError if there is none."""
    for member in existing.values():
        if (member.get("address"), member.get("port")) == (address, port):
            return member
    raise RefusedError(
        f"servers: no server of the group has the address {address} and port {port}, and ECS shows no instance in the "
        "VPC that has it.",
        "Check the address, and that the RAM user may call ecs:DescribeInstances; or give the server_id. A group of "
        "type ip takes any address.",
    )


def _interface(identity: str, port: int, existing: dict[_Key, Object]) -> Object:
    """Return the address of a network interface that is given by its id alone; empty for the primary one of a new one.

    Raises:
        RefusedError: the group has the interface with several addresses.
    """
    addresses = [address for name, address, number in existing if (name, number) == (identity, port)]
    if len(addresses) > 1:
        raise RefusedError(
            f"servers: the group has {identity} with the addresses {', '.join(sorted(addresses))} on port {port}.",
            "Say which one is meant with address.",
        )
    return {"address": addresses[0]} if addresses else {}


def _address(value: str) -> str:
    if value == KNOWN_AFTER_APPLY:
        return value
    try:
        return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        raise RefusedError(
            f"servers: {value!r} is not an IP address, and the group is of type ip.",
            "Give the server's private address, or make a group of type instance.",
        ) from None


def _encoded(server: Object, more: tuple[str, ...]) -> Object:
    kind = _type_of(server)
    # An instance has one address, other servers may have several.
    names = ("server_id", "port", *(("address",) if kind in ("ip", "eni") else ()), *more)
    chosen = {name: server[name] for name in names if server.get(name) not in (None, "")}
    return encode(SERVER, {**chosen, "type": kind})
