# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions of forwarding rules as locations. The settings are in the words of ``RuleActions`` of CreateRule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..topology import Listener, LoadBalancer, Rule, ServerGroup
from .errors import DataPlaneError
from .forwarding import Headers, forward, request_headers, system_value
from .matching import whole
from .quoting import (
    Declarations,
    block,
    digest,
    header_value,
    header_variable,
    literal,
    quoted,
    variable,
    word,
)
from .upstreams import Target, target

# What ${...} stands for in redirects and rewrites. The path of a redirect is the one that was asked for, undecoded.
_REFERENCES = {
    "host": "$host",
    "protocol": "$scheme",
    "port": "$server_port",
    "path": "$path_sent",
    "query": "$args",
}
_REFERENCE = re.compile(r"\$\{(host|protocol|port|path|query)\}")
_REDIRECTS = ("301", "302", "303", "307", "308")
_DEFAULT_PORTS = {("http", "80"), ("https", "443")}

_NOTHING = '""'
_NO_FILE = "/.there-is-no-such-file"

_Settings = Mapping[str, Any]


@dataclass
class _Location:
    """What becomes of the actions of a rule, one after the other."""

    balancer: LoadBalancer
    listener: Listener
    rule: Rule
    groups: Mapping[str, ServerGroup]
    declared: Declarations
    headers: Headers
    early: list[str] = field(default_factory=list)  # what comes before an answer in any case
    answers: list[str] = field(default_factory=list)  # about the answer, whoever gives it
    limits: list[str] = field(default_factory=list)
    rewrites: list[str] = field(default_factory=list)  # the last word of a location: no condition after them counts
    mirrors: list[str] = field(default_factory=list)
    final: tuple[str, _Settings] | None = None

    def name(self, *parts: object) -> str:
        """Something that no other rule has."""
        return digest(self.balancer.load_balancer_id, self.listener.listener_id, self.rule.rule_id, *parts)[:12]


def location_name(listener: Listener, rule: Rule) -> str:
    """Name of the location of a rule."""
    return f"@rule_{digest(listener.listener_id, rule.rule_id)[:12]}"


def locations(
    balancer: LoadBalancer,
    listener: Listener,
    rule: Rule,
    groups: Mapping[str, ServerGroup],
    replies: list[str],
    declared: Declarations,
) -> list[str]:
    """The locations of a rule for requests; ``replies`` are directives about the answers of servers.

    Raises DataPlaneError for actions and values that cannot be.
    """
    there = _Location(balancer, listener, rule, groups, declared, request_headers(balancer, listener))
    for action in rule.actions:
        if action.type in _FINAL:
            there.final = (action.type, action.config)
        elif action.type in _OTHERS:
            _OTHERS[action.type](there, action.config)
        else:
            raise DataPlaneError(f"rule {rule.rule_id}: there is no action of type {action.type}")
    if there.final is None:
        raise DataPlaneError(f"rule {rule.rule_id}: it neither forwards nor redirects nor answers")
    kind, config = there.final
    name = location_name(listener, rule)
    lines = [*there.answers, *there.early]
    if kind == "ForwardGroup":
        goal = _goal(there, config["ServerGroupTuples"], config.get("ServerGroupStickySession") or {})
        mirrors = [_mirror(there, group) for group in there.mirrors]
        lines += [*there.limits, *(f"mirror {uri};" for uri, _ in mirrors)]
        lines += [*(f"add_header Set-Cookie {cookie} always;" for cookie in goal.cookies), *replies]
        lines += [*forward(goal, listener, there.headers), *there.rewrites]
        return [block(f"location {name}", lines), *(mirror for _, mirror in mirrors)]
    answer = _ANSWERS[kind](there, config)
    if not there.limits:
        return [block(f"location {name}", [*lines, *answer])]
    # Nginx answers before it limits; so the answer is in a location of its own.
    limited = [*lines, *there.limits, f"try_files {_NO_FILE} {name}_answer;"]
    return [block(f"location {name}", limited), block(f"location {name}_answer", [*there.answers, *answer])]


# -- forwarding --------------------------------------------------------------------------------------------------------


def _group(there: _Location, identifier: str) -> ServerGroup:
    if identifier not in there.groups:
        raise DataPlaneError(f"rule {there.rule.rule_id}: there is no server group {identifier}")
    return there.groups[identifier]


def _goal(there: _Location, tuples: Sequence[_Settings], sticky: _Settings) -> Target:
    """One target for one or several server groups."""
    goals = [target(_group(there, each["ServerGroupId"])) for each in tuples]
    if len(goals) == 1:
        return goals[0]
    if len({goal.scheme for goal in goals}) > 1:
        raise DataPlaneError(f"rule {there.rule.rule_id}: its server groups have different protocols")
    weights = {index: int(each.get("Weight", 100)) for index, each in enumerate(tuples)}
    chosen = [index for index, weight in weights.items() if weight > 0]
    if not chosen:
        return replace(goals[0], name="", cookies=())
    pick, name = f"pick_{there.name()}", f"group_{there.name()}"
    total = sum(weights.values())
    parts = [f"{weights[index] * 100 / total:.2f}% {index};" for index in chosen[:-1]]
    there.declared[pick] = block(f"split_clients $request_id ${pick}", [*parts, f"* {chosen[-1]};"])
    source, cookies = f"${pick}", [cookie for index in chosen for cookie in goals[index].cookies]
    if str(sticky.get("Enabled", False)).lower() == "true":
        tokens = {index: digest(tuples[index]["ServerGroupId"])[:32] for index in chosen}
        source, cookie = _stay(there, source, tokens, int(sticky.get("Timeout", 1000)))
        cookies.append(cookie)
    names = [f"{index} {goals[index].name or _NOTHING};" for index in chosen]
    there.declared[name] = block(f"map {source} ${name}", [f"default {_NOTHING};", *names])
    uncertain = not all(goals[index].name for index in chosen)
    return replace(goals[0], name=f"${name}", cookies=tuple(dict.fromkeys(cookies)), uncertain=uncertain)


def _stay(there: _Location, pick: str, tokens: Mapping[int, str], seconds: int) -> tuple[str, str]:
    """Variables with the index of the group that a client stays with, and with the cookie that says so."""
    cookie, kept, keep = (f"{name}_{there.name()}" for name in ("alb_group", "kept", "keep"))
    by_cookie = [f"{token} {index};" for index, token in tokens.items()]
    there.declared[kept] = block(f"map $cookie_{cookie} ${kept}", [f"default {pick};", *by_cookie])
    value = f"{cookie}=%s; Path=/; Max-Age={seconds}; HttpOnly"
    by_group = [f'{index} "{value % token}";' for index, token in tokens.items()]
    there.declared[keep] = block(f"map ${kept} ${keep}", [f"default {_NOTHING};", *by_group])
    return f"${kept}", f"${keep}"


def _mirror(there: _Location, identifier: str) -> tuple[str, str]:
    """Path of the location that mirrored requests go to, and the location."""
    goal = target(_group(there, identifier))
    if goal.kind != "proxy":
        raise DataPlaneError(f"rule {there.rule.rule_id}: requests are mirrored to HTTP servers only")
    plain = replace(goal, name=goal.name and word(identifier))
    uri = f"/.alicloud-sandbox/mirror/{there.name(identifier)}"
    lines = forward(plain, there.listener, there.headers, "$request_uri")
    return uri, block(f"location = {uri}", ["internal;", *lines])


def _mirrored(there: _Location, config: _Settings) -> None:
    there.mirrors += [each["ServerGroupId"] for each in config["MirrorGroupConfig"]["ServerGroupTuples"]]


def _rewrite(there: _Location, config: _Settings) -> None:
    host, path, query = (config.get(name) or f"${{{name.lower()}}}" for name in ("Host", "Path", "Query"))
    if host != "${host}":
        there.headers.set("Host", _text(there, host))
    # Nginx takes the client's own path and query only as long as neither was touched; the query has to come first.
    if query != "${query}":
        there.rewrites.append(f'set $args "{_text(there, query)}";')
    if path != "${path}":
        there.rewrites.append(f'rewrite ^ "{_text(there, path, path="$uri")}" break;')


def _inserted(there: _Location, config: _Settings) -> None:
    there.headers.set(config["Key"], inserted_value(there.balancer, there.listener, config, "http", there.declared))


def _removed(there: _Location, config: _Settings) -> None:
    there.headers.set(config["Key"], "")


def inserted_value(
    balancer: LoadBalancer, listener: Listener, config: _Settings, headers: str, declared: Declarations
) -> str:
    """The value of InsertHeader in Nginx's words; ``headers`` (http or upstream_http) are those that it is one of.

    Raises DataPlaneError when there is no such value.
    """
    kind, value = config.get("ValueType", "UserDefined"), str(config["Value"])
    if kind == "UserDefined":
        inserted: str | None = header_value(value, declared)
    elif kind == "ReferenceHeader":
        inserted = header_variable("http", value)
    else:
        inserted = system_value(value, balancer, listener, declared) if kind == "SystemDefined" else None
    if inserted is None:
        raise DataPlaneError(f"there is no value {value!r} of type {kind} for a header")
    if str(config.get("CoverEnabled", False)).lower() == "true":
        return inserted
    present = header_variable(headers, str(config["Key"]))
    name = variable("unless", present, inserted)
    declared[name] = block(f"map {present} ${name}", [f'"" {inserted};', f"default {present};"])
    return f"${name}"


# -- answers -----------------------------------------------------------------------------------------------------------


def _text(there: _Location, value: str, **other: str) -> str:
    """A text with ${...} in it, in Nginx's words."""
    pieces = _REFERENCE.split(value)
    literals = [header_value(piece, there.declared) if piece else "" for piece in pieces[::2]]
    names = [(_REFERENCES | other)[name] for name in pieces[1::2]]
    names = [f"${{{name[1:]}}}" for name in names]
    return "".join(a + b for a, b in zip(literals, [*names, ""], strict=True))


def _redirect(there: _Location, config: _Settings) -> list[str]:
    def setting(name: str) -> str:
        return str(config.get(name) or f"${{{name.lower()}}}")

    code = str(config.get("HttpCode", "301"))
    if code not in _REDIRECTS:
        raise DataPlaneError(f"rule {there.rule.rule_id}: {code} is no redirect")
    own = there.listener.protocol.lower()
    scheme = own if setting("Protocol") == "${protocol}" else word(setting("Protocol").lower())
    port = str(there.listener.port) if setting("Port") == "${port}" else word(setting("Port"))
    where = _text(there, setting("Host")) + ("" if (scheme, port) in _DEFAULT_PORTS else f":{port}")
    query = "$is_args$args" if setting("Query") == "${query}" else f"?{_text(there, setting('Query'))}"
    return [f'return {code} "{scheme}://{where}{_text(there, setting("Path"))}{query}";']


def _fixed(there: _Location, config: _Settings) -> list[str]:
    kind = str(config.get("ContentType") or "text/plain")
    code = str(config["HttpCode"])
    if not re.fullmatch(r"[245]\d\d", code):
        raise DataPlaneError(f"rule {there.rule.rule_id}: {code} is no status of a fixed response")
    if not re.fullmatch(r"[a-z]+/[a-z.+-]+", kind):
        raise DataPlaneError(f"rule {there.rule.rule_id}: {kind!r} is no type of content")
    # Nginx would go by the end of the path.
    return [
        "types { }",
        f"default_type {kind};",
        f"return {code} {literal(str(config.get('Content', '')), there.declared)};",
    ]


def _limited(there: _Location, config: _Settings) -> None:
    keys = (("QPS", '"all"', "64k"), ("PerIpQps", "$binary_remote_addr", "1m"))
    for setting, key, size in keys:
        rate = int(config.get(setting) or 0)
        if rate:
            zone = f"limit_{there.name(setting)}"
            there.declared[zone] = f"limit_req_zone {key} zone={zone}:{size} rate={rate}r/s;"
            # As many as are allowed in a second may come at once.
            burst = f" burst={rate - 1} nodelay" if rate > 1 else ""
            there.limits.append(f"limit_req zone={zone}{burst};")
    there.limits.append("limit_req_status 503;")


def _cors(there: _Location, config: _Settings) -> None:
    declared = there.declared
    origin, preflight = f"origin_{there.name()}", f"preflight_{there.name()}"
    credentials = str(config.get("AllowCredentials", "")).lower() == "on"
    origins = [str(each) for each in config.get("AllowOrigin", ())]
    anyone = "*" in origins
    answer = "*" if anyone and not credentials else "$http_origin"
    allowed = [f"{quoted('~*' + whole(each))} {answer};" for each in origins]
    declared[origin] = block(f"map $http_origin ${origin}", ['default "";', '"" "";', *dict.fromkeys(allowed)])
    declared[preflight] = block(
        f'map "$request_method:$http_access_control_request_method:${origin}" ${preflight}',
        ["default 0;", r'"~^OPTIONS:[^:]+:." 1;'],
    )

    def listed(name: str) -> str:
        return header_value(", ".join(map(str, config.get(name) or ())), declared)

    always: dict[str, str] = {
        "Allow-Credentials": "true" if credentials else '""',
        "Expose-Headers": listed("ExposeHeaders"),
    }
    first = {"Allow-Methods": listed("AllowMethods"), "Allow-Headers": listed("AllowHeaders")}
    if config.get("MaxAge") is not None:
        first["Max-Age"] = str(int(config["MaxAge"]))
    lines = {"Access-Control-Allow-Origin": f"${origin}"}
    for source, key, values in ((f"${origin}", '"" "";', always), (f"${preflight}", '0 "";', first)):
        for header, value in values.items():
            name = variable("cors", source, header, value)
            declared[name] = block(f"map {source} ${name}", [key, f"default {value};"])
            lines[f"Access-Control-{header}"] = f"${name}"
    kinds = ("proxy", "grpc")
    there.answers += [f"{kind}_hide_header {header};" for header in lines for kind in kinds]
    there.answers += [f"add_header {header} {value} always;" for header, value in lines.items()]
    there.answers += [] if answer == "*" else ["add_header Vary Origin always;"]
    there.early.append(f"if (${preflight}) {{ return 204; }}")


_ANSWERS: dict[str, Callable[[_Location, _Settings], list[str]]] = {
    "Redirect": _redirect,
    "FixedResponse": _fixed,
}
_FINAL = ("ForwardGroup", *_ANSWERS)
_OTHERS: dict[str, Callable[[_Location, _Settings], None]] = {
    "Rewrite": _rewrite,
    "InsertHeader": _inserted,
    "RemoveHeader": _removed,
    "TrafficLimit": _limited,
    "TrafficMirror": _mirrored,
    "Cors": _cors,
}
