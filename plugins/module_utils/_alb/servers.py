# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of a group: which requests make them as wanted. Pure, but for :func:`named`.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, encode, given, holds_unknown, merged
from .._ecs import queries as ecs
from .fields import SERVER

# The API documents 40 and 200, but more than 20 in one request have failed
# (github.com/aliyun/terraform-provider-alicloud/issues/9126).
_PER_REQUEST = 20

# The kind of a server shows in its id.
_TYPES = {"i-": "ecs", "eni-": "eni", "eci-": "eci"}

_Key = tuple[str, str, int]


def server_actions(
    wanted: list[Object] | None, current: list[Object], *, purge: bool, kind: str = "instance"
) -> list[Action]:
    """What makes the servers of a group of type ``kind`` as ``wanted``.

    A server is told by its id (or its address) and port, a network interface by its address as well; those that are not
    wanted stay unless ``purge``.
    """
    if wanted is None:
        return []
    there = {key_of(server): server for server in current}
    servers = [_identified(given(server, server), kind, there) for server in wanted]
    asked = {key_of(server): server for server in servers}
    if len(asked) < len(wanted):
        raise RefusedError(
            "servers has two entries with the same server_id and port.",
            "Remove one of them; a network interface can be there once with each of its addresses.",
        )
    added = [server for key, server in asked.items() if key not in there]
    changed = [
        merged(there[key], change)
        for key, server in asked.items()
        if key in there and (change := _change(server, there[key]))
    ]
    removed = [server for key, server in there.items() if purge and key not in asked]
    for key, server in asked.items():
        _refuse_other_place(server, there.get(key, {}))
    steps = (
        # Added before removed, so that the group is not empty in between.
        ("AddServersToServerGroup", added, ("weight", "description", "remote_ip_enabled")),
        ("UpdateServerGroupServersAttribute", changed, ("weight", "description")),
        ("RemoveServersFromServerGroup", removed, ()),
    )
    result = {key: server for key, server in there.items() if server not in removed}
    result.update((key_of(server), server) for server in [*added, *changed])
    after = {"servers": sorted(result.values(), key=key_of)}
    return [
        Action(operation, {"ServerGroupId": THIS, "Servers": [_on_the_wire(server, more) for server in part]}, after)
        for operation, chosen, more in steps
        for part in _parts(chosen)
    ]


def named(session: Session, wanted: list[Object] | None, group: Mapping[str, Any]) -> list[Object] | None:
    """``wanted`` with the ids of the ECS instances that are named by address and not in the ``group`` yet."""
    if not wanted or group.get("type") not in (None, "instance"):
        return wanted
    there = {
        (known.get("address"), known.get("port")) for known in group.get("servers") or [] if isinstance(known, dict)
    }
    unknown = {
        str(server["address"])
        for server in wanted
        if server.get("server_id") is None
        and (server.get("address"), server.get("port")) not in there
        and not holds_unknown(server.get("address"))
    }
    if not unknown:
        return wanted
    vpc = str(group.get("vpc_id") or "")
    found = ecs.by_address(session, unknown, "" if holds_unknown(vpc) else vpc)
    for address, identities in found.items():
        if len(identities) > 1 and address in unknown:
            raise RefusedError(
                f"servers: several instances have the address {address}: {', '.join(sorted(identities))}.",
                "Give the server_id of the one that is meant.",
            )
    ids = {address: identities[0] for address, identities in found.items() if address in unknown}
    return [
        {**server, "server_id": ids[server["address"]]}
        if server.get("server_id") is None and server.get("address") in ids
        else server
        for server in wanted
    ]


def key_of(server: Object) -> _Key:
    """What tells a server from the others of its group. A network interface may have several addresses."""
    address = str(server.get("address") or "") if _kind(server) == "eni" else ""
    return str(server["server_id"]), address, int(server.get("port") or 0)


def _kind(server: Object) -> str:
    shown = (kind for prefix, kind in _TYPES.items() if str(server["server_id"]).startswith(prefix))
    return str(server.get("type") or next(shown, "ecs"))


def _change(wanted: Object, there: Object) -> Object:
    return changes({name: wanted.get(name) for name in ("weight", "description")}, there)


def _refuse_other_place(wanted: Object, there: Object) -> None:
    asked, has = wanted.get("remote_ip_enabled"), there.get("remote_ip_enabled")
    if asked is not None and wanted["type"] != "ip":
        raise RefusedError(
            f"servers: {wanted['server_id']} has remote_ip_enabled, and the group is not of type ip.", "Leave it out."
        )
    if asked is not None and has is not None and asked != has:
        raise RefusedError(
            f"servers: remote_ip_enabled of {wanted['server_id']} is {str(has).lower()}, and that cannot be changed.",
            "Remove the server from the group first, then add it again.",
        )


def _identified(server: Object, kind: str, there: dict[_Key, Object]) -> Object:
    """``server`` with its id and type, told by whatever the user named it."""
    identity, address = server.get("server_id"), server.get("address")
    name = identity or address
    if not name:
        raise RefusedError("servers has an entry without server_id and address.", "Give one of them.")
    if kind != "fc" and server.get("port") is None:
        raise RefusedError(f"servers: {name} has no port.", "Give the port on which it answers.")
    if kind == "ip":
        # In a group of addresses a server's id is its address.
        return {**server, "server_id": _address(name), "address": _address(address or name), "type": "ip"}
    if kind == "fc":
        return {**server, "server_id": name, "type": "fc"}
    if identity is None:
        same = (
            known
            for known in there.values()
            if known.get("address") == address and known.get("port") == server.get("port")
        )
        known = next(same, None)
        if known is None:
            raise RefusedError(
                f"servers: no server of the group has the address {address} and port {server['port']}, and ECS shows "
                "no instance in the VPC that has it.",
                "Check the address, and that the RAM user may call ecs:DescribeInstances; or give the server_id. A "
                "group of type ip takes any address.",
            )
        return {**server, "server_id": known["server_id"], "type": known.get("type") or "ecs"}
    if _kind(server) == "eni" and address is None:
        return {**server, **_interface(identity, server["port"], there), "type": "eni"}
    return {**server, "type": _kind(server)}


def _interface(identity: str, port: int, there: dict[_Key, Object]) -> Object:
    """The address of a network interface that the user named by its id alone; a new one gets its primary address."""
    same = [address for name, address, number in there if (name, number) == (identity, port)]
    if len(same) > 1:
        raise RefusedError(
            f"servers: the group has {identity} with the addresses {', '.join(sorted(same))} on port {port}.",
            "Say which one is meant with address.",
        )
    return {"address": same[0]} if same else {}


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


def _on_the_wire(server: Object, more: tuple[str, ...]) -> Object:
    kind = _kind(server)
    # The address of an instance is the instance's; other servers may have several.
    names = ("server_id", "port", *(("address",) if kind in ("ip", "eni") else ()), *more)
    chosen = {name: server[name] for name in names if server.get(name) not in (None, "")}
    return encode(SERVER, {**chosen, "type": kind})


def _parts(servers: list[Object]) -> Iterator[list[Object]]:
    return (servers[at : at + _PER_REQUEST] for at in range(0, len(servers), _PER_REQUEST))
