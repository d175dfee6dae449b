# SPDX-License-Identifier: GPL-3.0-or-later
"""Server groups as upstreams: eligible servers, balancing and sticky sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..topology import Balancing, Server, ServerGroup
from .errors import DataPlaneError
from .quoting import Declarations, block, digest, found, host_port, variable, word

# (server group id, server id, port) of a server that health checks have taken out.
ServerKey = tuple[str, str, int]

STICKY_COOKIE = "SERVERID"
# The second cookie of ALB, for requests from other sites (help page configure-session-persistence-1).
CROSS_SITE_COOKIE = "SERVERCORSID"
_APPLICATION_COOKIE = "alb_sticky"

# Protocol of a server group to (directive prefix, scheme).
_BACKENDS = {"HTTP": ("proxy", "http"), "HTTPS": ("proxy", "https"), "GRPC": ("grpc", "grpc")}

# Balancing of a server group to the directive of an upstream; round robin is Nginx's default.
_METHODS = {
    Balancing.ROUND_ROBIN: "",
    Balancing.LEAST_CONNECTIONS: "least_conn;",
    Balancing.HASH: "hash $remote_addr consistent;",
}

# Names that Nginx has a variable for: $arg_NAME, $cookie_NAME, $upstream_cookie_NAME.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Target:
    """The target of a location: ``name`` is an upstream or a variable with one, and empty if no server can answer.

    ``cookies`` are values of Set-Cookie to add to the answers (empty ones are not sent). With ``uncertain`` the
    variable can be empty, for a request that no server can answer.
    """

    kind: str  # proxy or grpc
    scheme: str
    name: str
    cookies: tuple[str, ...] = ()
    uncertain: bool = False


def eligible(group: ServerGroup, unhealthy: frozenset[ServerKey]) -> tuple[Server, ...]:
    """Returns the servers that get traffic: all with a weight, and if any of them is healthy only the healthy ones."""
    weighted = tuple(server for server in group.servers if server.weight > 0)
    healthy = tuple(s for s in weighted if (group.server_group_id, s.server_id, s.port) not in unhealthy)
    return healthy or weighted


def target(group: ServerGroup) -> Target:
    """Returns the target of a server group. Raises DataPlaneError for an unknown protocol."""
    try:
        kind, scheme = _BACKENDS[group.protocol.upper()]
    except KeyError:
        raise DataPlaneError(f"server group {group.server_group_id}: unknown protocol {group.protocol}") from None
    if not eligible(group, frozenset()):
        return Target(kind, scheme, "")
    if not _is_sticky(group):
        return Target(kind, scheme, word(group.server_group_id))
    return Target(kind, scheme, f"${_target_variable(group)}", tuple(f"${item}" for item in _cookie_variables(group)))


def upstreams(group: ServerGroup, unhealthy: frozenset[ServerKey], declared: Declarations) -> Iterator[str]:
    """Yields the blocks of a server group. Raises DataPlaneError for values that cannot be in a configuration."""
    servers = eligible(group, unhealthy)
    name = word(group.server_group_id)
    if not servers:
        yield f"# {name} has no server with a weight."
        return
    # max_fails=0: the health checks alone take servers out.
    lines = [f"server {host_port(s.address, s.port)} weight={int(s.weight)} max_fails=0;" for s in servers]
    yield block(f"upstream {name}", [*_method(group, declared), *lines, "keepalive 32;"])
    if _is_sticky(group):
        yield from _sticky(group, name, servers, declared)


def _method(group: ServerGroup, declared: Declarations) -> Iterator[str]:
    if group.balancing is Balancing.HASH and group.hash_parameter:
        value = found("$args", rf"(?:^|&){re.escape(group.hash_parameter)}=(?<%s>[^&]+)", declared)
        # A request without the parameter goes to any server.
        name = variable("hashed", value)
        declared[name] = block(f"map {value} ${name}", ['"" $request_id;', f"default {value};"])
        yield f"hash ${name} consistent;"
    elif method := _METHODS[group.balancing]:
        yield method


def _is_sticky(group: ServerGroup) -> bool:
    return bool(group.sticky or group.sticky_cookie)


def _sticky(group: ServerGroup, name: str, servers: tuple[Server, ...], declared: Declarations) -> Iterator[str]:
    """Yields an upstream for each server, and the maps between a client's cookie and its server.

    ALB rewrites the cookie of an application. Nginx cannot, so a second cookie is sent with it, which counts only
    together with the first.
    """
    age = f"; Max-Age={int(group.sticky)}"
    cookies = {STICKY_COOKIE: age, CROSS_SITE_COOKIE: f"{age}; SameSite=None; Secure"}
    sent = received = "1"
    if group.sticky_cookie:
        cookies = {f"{_APPLICATION_COOKIE}_{digest(group.sticky_cookie)[:8]}": ""}
        sent, received = _application_cookie(group.sticky_cookie, declared)
    addresses = [host_port(server.address, server.port) for server in servers]
    tokens = {where: digest(where)[:32] for where in addresses}
    for where, token in tokens.items():
        yield block(f"upstream {name}.{token}", [f"server {where} max_fails=0;", "keepalive 32;"])
    # A removed or unhealthy server has no entry here: its clients get another server.
    by_cookie = [f'"1{token}" {name}.{token};' for token in tokens.values()]
    fallback, goals = name, [_target_variable(group), variable("server", group.server_group_id, "otherwise")]
    for cookie, goal in reversed(list(zip(cookies, goals, strict=False))):
        yield block(f'map "{sent}$cookie_{cookie}" ${goal}', [f"default {fallback};", *by_cookie])
        fallback = f"${goal}"
    for (cookie, attributes), variable_name in zip(cookies.items(), _cookie_variables(group), strict=True):
        value = f"{cookie}=%s; Path=/{attributes}; HttpOnly"
        by_server = [f'"1{where}" "{value % token}";' for where, token in tokens.items()]
        yield block(f'map "{received}$upstream_addr" ${variable_name}', ['default "";', *by_server])


def _application_cookie(name: str, declared: Declarations) -> tuple[str, str]:
    """Returns two variables: one is 1 when the client sends the cookie, the other when the server sets it."""
    if _PLAIN_NAME.fullmatch(name):
        sources = (f"$cookie_{name}", f"$upstream_cookie_{name}")
    else:
        value = rf"{re.escape(name)}=(?<%s>[^;,]+)"
        sources = (
            found("$http_cookie", rf"(?:^|;\s*){value}", declared),
            found("$upstream_http_set_cookie", rf"(?:^|,\s*){value}", declared),
        )
    for source in sources:
        name = variable("is", source)
        declared[name] = block(f"map {source} ${name}", ['"" 0;', "default 1;"])
    return f"${variable('is', sources[0])}", f"${variable('is', sources[1])}"


def _target_variable(group: ServerGroup) -> str:
    return variable("server", group.server_group_id)


def _cookie_variables(group: ServerGroup) -> list[str]:
    """Returns a variable for each cookie that answers set: one with a cookie of the application, else two."""
    number = 1 if group.sticky_cookie else 2
    return [variable("cookie", group.server_group_id, index) for index in range(number)]
