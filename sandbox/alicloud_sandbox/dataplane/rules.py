# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules for requests as locations: where a rule sends a request, or what it answers."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..topology import (
    Action,
    AllowOrigins,
    Answer,
    FixedResponse,
    Forward,
    InsertHeader,
    LimitRate,
    Listener,
    LoadBalancer,
    Mirror,
    Redirect,
    RemoveHeader,
    Rewrite,
    Rule,
    ServerGroup,
)
from .cors import cors
from .errors import DataPlaneError
from .forwarding import Headers, forward, inserted_value, request_headers
from .quoting import Declarations, block, digest, header_value, literal, word
from .upstreams import Target, target

# The variables of the templates in redirects and rewrites. The path of a redirect is the client's, undecoded.
_REFERENCES = {
    "host": "$host",
    "protocol": "$scheme",
    "port": "$server_port",
    "path": "$path_sent",
    "query": "$args",
}
_REFERENCE = re.compile(r"\$\{(host|protocol|port|path|query)\}")
_REDIRECTS = (301, 302, 303, 307, 308)
_DEFAULT_PORTS = {("http", 80), ("https", 443)}

_NOTHING = '""'
_NO_FILE = "/.there-is-no-such-file"


@dataclass
class _Location:
    """A location in the making: the directives that the actions of a rule have added so far."""

    balancer: LoadBalancer
    listener: Listener
    rule: Rule
    groups: Mapping[str, ServerGroup]
    declared: Declarations
    headers: Headers
    early: list[str] = field(default_factory=list)  # directives that come before any answer
    answers: list[str] = field(default_factory=list)  # directives about every answer, the location's own included
    limits: list[str] = field(default_factory=list)
    rewrites: list[str] = field(default_factory=list)  # the end of a location: conditions after them have no effect
    mirrors: list[str] = field(default_factory=list)
    final: Answer | None = None

    def name(self, *parts: object) -> str:
        """Returns a name that no other rule has."""
        return digest(self.balancer.load_balancer_id, self.listener.listener_id, self.rule.rule_id, *parts)[:12]

    def error(self, problem: str) -> DataPlaneError:
        """Returns an error that names the rule."""
        return DataPlaneError(f"rule {self.rule.rule_id}: {problem}")


def location_name(listener: Listener, rule: Rule) -> str:
    """Returns the name of the location of a rule."""
    return f"@rule_{digest(listener.listener_id, rule.rule_id)[:12]}"


def locations(
    balancer: LoadBalancer,
    listener: Listener,
    rule: Rule,
    groups: Mapping[str, ServerGroup],
    response_headers: list[str],
    declared: Declarations,
) -> list[str]:
    """Returns the locations of a rule for requests; ``response_headers`` are directives about servers' answers.

    Raises DataPlaneError for values that cannot be in a configuration.
    """
    location = _Location(balancer, listener, rule, groups, declared, request_headers(balancer, listener, declared))
    for action in rule.actions:
        _add(location, action)
    name = location_name(listener, rule)
    lines = [*location.answers, *location.early]
    match location.final:
        case None:
            raise location.error("it neither forwards nor redirects nor answers")
        case Forward() as action:
            return _forwarding(location, action, name, lines, response_headers)
        case Redirect() as action:
            answer = _redirect(location, action)
        case FixedResponse() as action:
            answer = _fixed(location, action)
    if not location.limits:
        return [block(f"location {name}", [*lines, *answer])]
    # Nginx answers before it limits the rate, so the answer is in a location of its own.
    limited = [*lines, *location.limits, f"try_files {_NO_FILE} {name}_answer;"]
    return [block(f"location {name}", limited), block(f"location {name}_answer", [*location.answers, *answer])]


def _add(location: _Location, action: Action) -> None:
    """Adds the directives of an action to its location."""
    match action:
        case Forward() | Redirect() | FixedResponse():
            location.final = action
        case Rewrite():
            _rewrite(location, action)
        case InsertHeader():
            value = inserted_value(location.balancer, location.listener, action, "http", location.declared)
            location.headers.set(action.name, value)
        case RemoveHeader():
            location.headers.set(action.name, "")
        case LimitRate():
            _limit(location, action)
        case Mirror():
            location.mirrors += action.server_group_ids
        case AllowOrigins():
            answers, preflight = cors(action, location.name(), location.declared)
            location.answers += answers
            location.early.append(preflight)
        case _:
            t.assert_never(action)


# -- forwarding --------------------------------------------------------------------------------------------------------


def _group(location: _Location, identifier: str) -> ServerGroup:
    if identifier not in location.groups:
        raise location.error(f"there is no server group {identifier}")
    return location.groups[identifier]


def _forwarding(
    location: _Location, action: Forward, name: str, lines: list[str], response_headers: list[str]
) -> list[str]:
    goal = _goal(location, action)
    mirrors = [_mirror(location, group) for group in location.mirrors]
    lines = [*lines, *location.limits, *(f"mirror {uri};" for uri, _block in mirrors)]
    lines += [*(f"add_header Set-Cookie {cookie} always;" for cookie in goal.cookies), *response_headers]
    lines += [*forward(goal, location.listener, location.headers), *location.rewrites]
    return [block(f"location {name}", lines), *(mirror for _uri, mirror in mirrors)]


def _goal(location: _Location, action: Forward) -> Target:
    """Returns one target for one or several server groups."""
    goals = [target(_group(location, identifier)) for identifier in action.server_group_ids]
    if len(goals) == 1:
        return goals[0]
    if len({goal.scheme for goal in goals}) > 1:
        raise location.error("its server groups have different protocols")
    weights = [weight for _identifier, weight in action.weights]
    chosen = [index for index, weight in enumerate(weights) if weight > 0]
    if not chosen:
        return replace(goals[0], name="", cookies=())
    pick, name = f"pick_{location.name()}", f"group_{location.name()}"
    total = sum(weights)
    parts = [f"{weights[index] * 100 / total:.2f}% {index};" for index in chosen[:-1]]
    location.declared[pick] = block(f"split_clients $request_id ${pick}", [*parts, f"* {chosen[-1]};"])
    source, cookies = f"${pick}", [cookie for index in chosen for cookie in goals[index].cookies]
    if action.sticky:
        tokens = {index: digest(action.server_group_ids[index])[:32] for index in chosen}
        source, cookie = _stay(location, source, tokens, action.sticky)
        cookies.append(cookie)
    names = [f"{index} {goals[index].name or _NOTHING};" for index in chosen]
    location.declared[name] = block(f"map {source} ${name}", [f"default {_NOTHING};", *names])
    uncertain = not all(goals[index].name for index in chosen)
    return replace(goals[0], name=f"${name}", cookies=tuple(dict.fromkeys(cookies)), uncertain=uncertain)


def _stay(location: _Location, pick: str, tokens: Mapping[int, str], seconds: int) -> tuple[str, str]:
    """Returns variables with the index of the client's server group, and with the cookie that carries it."""
    cookie, kept, keep = (f"{name}_{location.name()}" for name in ("alb_group", "kept", "keep"))
    by_cookie = [f"{token} {index};" for index, token in tokens.items()]
    location.declared[kept] = block(f"map $cookie_{cookie} ${kept}", [f"default {pick};", *by_cookie])
    value = f"{cookie}=%s; Path=/; Max-Age={seconds}; HttpOnly"
    by_group = [f'{index} "{value % token}";' for index, token in tokens.items()]
    location.declared[keep] = block(f"map ${kept} ${keep}", [f"default {_NOTHING};", *by_group])
    return f"${kept}", f"${keep}"


def _mirror(location: _Location, identifier: str) -> tuple[str, str]:
    """Returns the path of the location for mirrored requests, and the location."""
    goal = target(_group(location, identifier))
    if goal.kind != "proxy":
        raise location.error("requests are mirrored to HTTP servers only")
    plain = replace(goal, name=goal.name and word(identifier))
    uri = f"/.alicloud-sandbox/mirror/{location.name(identifier)}"
    lines = forward(plain, location.listener, location.headers, "$request_uri")
    return uri, block(f"location = {uri}", ["internal;", *lines])


def _rewrite(location: _Location, action: Rewrite) -> None:
    if action.host != "${host}":
        location.headers.set("Host", _text(location, action.host))
    # Nginx forwards the client's own path and query only as long as neither is changed; the query has to come first.
    if action.query != "${query}":
        location.rewrites.append(f'set $args "{_text(location, action.query)}";')
    if action.path != "${path}":
        location.rewrites.append(f'rewrite ^ "{_text(location, action.path, path="$uri")}" break;')


def _limit(location: _Location, action: LimitRate) -> None:
    limits = (
        ("all", '"all"', "64k", action.per_second),
        ("client", "$binary_remote_addr", "1m", action.per_second_and_client),
    )
    for part, key, size, rate in limits:
        if rate:
            zone = f"limit_{location.name(part)}"
            location.declared[zone] = f"limit_req_zone {key} zone={zone}:{size} rate={rate}r/s;"
            # As many as are allowed in a second may come at once.
            burst = f" burst={rate - 1} nodelay" if rate > 1 else ""
            location.limits.append(f"limit_req zone={zone}{burst};")
    location.limits.append("limit_req_status 503;")


# -- answers -----------------------------------------------------------------------------------------------------------


def _text(location: _Location, template: str, **other: str) -> str:
    """Returns a template as Nginx writes it; ``other`` are variables in place of those of ``_REFERENCES``."""
    pieces = _REFERENCE.split(template)
    literals = [header_value(piece, location.declared) if piece else "" for piece in pieces[::2]]
    names = [(_REFERENCES | other)[name] for name in pieces[1::2]]
    names = [f"${{{name[1:]}}}" for name in names]
    return "".join(a + b for a, b in zip(literals, [*names, ""], strict=True))


def _redirect(location: _Location, action: Redirect) -> list[str]:
    if action.status not in _REDIRECTS:
        raise location.error(f"{action.status} is not the status of a redirect")
    scheme = word(action.scheme or location.listener.protocol.lower())
    port = action.port or location.listener.port
    host = _text(location, action.host) + ("" if (scheme, port) in _DEFAULT_PORTS else f":{port}")
    query = "$is_args$args" if action.query == "${query}" else f"?{_text(location, action.query)}"
    return [f'return {action.status} "{scheme}://{host}{_text(location, action.path)}{query}";']


def _fixed(location: _Location, action: FixedResponse) -> list[str]:
    if action.status // 100 not in (2, 4, 5):
        raise location.error(f"{action.status} is not the status of a fixed response")
    if not re.fullmatch(r"[a-z]+/[a-z.+-]+", action.content_type):
        raise location.error(f"{action.content_type!r} is not a content type")
    # Without types, so that Nginx does not choose one by the ending of the path.
    return [
        "types { }",
        f"default_type {action.content_type};",
        f"return {action.status} {literal(action.content, location.declared)};",
    ]
