# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a forwarding rule by itself, before anything is written. Pure. Private to this collection.

Limits: CreateRule (https://api.aliyun.com/document/Alb/2020-06-16/CreateRule) and the texts of the official SDK.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from collections import Counter
from collections.abc import Iterable, Iterator

from .._arguments.texts import control_character
from .._core.checks import Check, run_checks
from .._core.values import KNOWN_AFTER_APPLY, Object
from .rule_fields import ACTIONS, CONDITIONS, KEYED, PAIRED, REDIRECT_NOWHERE, SYSTEM_VALUES, name_of, server_groups_in

_PARTS = {"conditions": CONDITIONS, "actions": ACTIONS}

_HEADER_NAME = (r"[A-Za-z0-9_-]{1,40}", "1 to 40 letters, digits, - and _")
_CONDITION_HEADER = (r"(?i)(?!(cookie|host)$)[a-z0-9_-]{1,40}", f"{_HEADER_NAME[1]}, neither cookie nor host")
_FREE = r'[^\s#\[\]{{}}\\|<>&"{}]'
_FREE_TEXT = 'without spaces and without {}#[]{{}}\\|<>&"'


def _free(more: str, high: int) -> tuple[str, str]:
    return f"{_FREE.format(more)}{{1,{high}}}", f"1 to {high} characters {_FREE_TEXT.format(more)}"


_VALUE = (r"[^\x00-\x1f\x7f]{1,128}", "1 to 128 characters without line breaks")
# Regular expressions, with the characters that CreateRule documents for them.
_REGEX = r"~\*?[A-Za-z0-9._/=?~^*$:()\[\]+\\|-]+"
_OR_REGEX = "or a regular expression behind ~ (~* for any case) of letters, digits and ._/=?~^*$:()[]+\\|-"
_HOST = (r"\$\{host\}|[^A-Z\s]{3,256}", "3 to 256 characters without capital letters, or ${host} alone")
_PATH = (r"(/|\$\{)\S{0,255}", "1 to 256 characters that begin with /, or with a variable such as ${path}")
_QUERY = (r'[^\s#\[\]\\|<>"]{0,128}', 'up to 128 characters without spaces and without #[]\\|<>"')

# The rules for texts, by <condition or action>.<key>: the pattern of the whole text, and the rule in words.
_TEXTS: dict[str, tuple[str, str]] = {
    "host": (
        rf'(?=.{{3,128}}$)({_REGEX}|[^A-Z\s"~][^A-Z\s"]*)',
        f"3 to 128 characters without capital letters, in which * and ? are wildcards, {_OR_REGEX}",
    ),
    "path": (
        rf'(?=.{{1,128}}$)({_REGEX}|/[^\s"]*)',
        f"1 to 128 characters that begin with /, in which * and ? are wildcards, {_OR_REGEX}",
    ),
    "header.key": _CONDITION_HEADER,
    "header": _VALUE,
    "response_header.key": _CONDITION_HEADER,
    "response_header": _VALUE,
    "response_status_code": (r"[1-5][0-9]{2}", "three digits, such as 404"),
    "query_string.key": _free("", 100),
    "query_string.value": _free("", 128),
    "cookie.key": _free(";", 100),
    "cookie.value": _free(";", 100),
    "redirect.host": _HOST,
    "redirect.path": _PATH,
    "redirect.query": _QUERY,
    "redirect.port": (r"\$\{port\}|[1-9][0-9]{0,4}", "a port, or ${port}"),
    "rewrite.host": _HOST,
    "rewrite.path": _PATH,
    "rewrite.query": _QUERY,
    "fixed_response.content": (r"[\x00-\x7f]{0,1024}", "ASCII, 1024 characters at most"),
    "insert_header.key": _HEADER_NAME,
    "insert_header.value": (
        r"(?! )[\x20-\x7e]{1,128}(?<![ \\])",
        "1 to 128 printable characters, no blank around",
    ),
    "remove_header.key": _HEADER_NAME,
    "cors.allow_origins": (r"\*|https?://\S+", "* alone, or http:// or https:// with a domain name"),
}
# The ranges of numbers, likewise.
_NUMBERS: dict[str, tuple[int, int]] = {
    "forward.weight": (0, 100),
    "forward.timeout": (1, 86400),
    "traffic_limit.qps": (1, 1000000),
    "traffic_limit.per_ip_qps": (1, 1000000),
    "cors.max_age": (-1, 172800),
}
# Texts of several lines: the body of an answer.
_SEVERAL_LINES = ("fixed_response.content",)
_MOST_VALUES = 50
_MOST_SOURCES = 5
_MOST_GROUPS = 5

# Headers that belong to the load balancer or the connection, by direction.
_FIXED_CONNECTION = {"connection", "upgrade", "content-length", "transfer-encoding"}
_FIXED_HEADERS = {
    "response": _FIXED_CONNECTION,
    "request": {
        *_FIXED_CONNECTION,
        *("slb-id", "slb-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-eip", "x-forwarded-port"),
        *("x-forwarded-client-srcport", "keep-alive", "te", "host", "cookie", "remoteip", "authority"),
        "x-forwarded-host",
    },
}


def check(rule: Object) -> None:
    """Raise RefusedError for the first thing that ``rule``, as it would become, cannot be."""
    run_checks(_CHECKS, rule)


def beyond_basic(rule: Object) -> list[str]:
    """Return the parts of ``rule`` that the basic edition does not have."""
    return [
        *(["direction: response"] if rule["direction"] == "response" else []),
        *(name for key, parts in _PARTS.items() for name in _names(rule, key) if not parts[name].basic),
    ]


def redirects_to_http(rule: Object) -> bool:
    """Return whether ``rule`` redirects to plain HTTP."""
    return any(config.get("protocol") == "http" for config in _configs(rule, "redirect"))


def _list(rule: Object, key: str) -> list[Object]:
    """Return the conditions or the actions, none while they are unknown or of a type that this module does not know."""
    parts = rule[key] if isinstance(rule[key], list) else []
    return parts if all(name_of(part) in _PARTS[key] for part in parts) else []


def _names(rule: Object, key: str) -> list[str]:
    return [name_of(part) for part in _list(rule, key)]


def _items(rule: Object, key: str) -> Iterator[tuple[str, t.Any]]:
    """Yield the conditions or the actions, each as its name and its value."""
    for part in _list(rule, key):
        yield from part.items()


def _configs(rule: Object, name: str) -> list[Object]:
    """Return the configurations of the actions called ``name``."""
    return [config for other, config in _items(rule, "actions") if other == name]


def _first(found: Iterable[t.Any]) -> t.Any:
    return next(iter(found), None)


def _values(name: str, value: t.Any) -> list[t.Any]:
    """Return the values of a condition."""
    return list(value["values"] if name in KEYED else value)


def _texts(rule: Object) -> Iterator[tuple[str, t.Any]]:
    """Yield every value that may be a text, with its label in _TEXTS."""
    yield "name", rule["name"]
    for name, value in _items(rule, "conditions"):
        if name in PAIRED:
            yield from ((f"{name}.{key}", pair[key]) for pair in value for key in ("key", "value"))
            continue
        if name in KEYED:
            yield f"{name}.key", value["key"]
        yield from ((name, item) for item in _values(name, value))
    for name, config in _items(rule, "actions"):
        for key, value in config.items():
            yield from ((f"{name}.{key}", item) for item in (value if isinstance(value, list) else [value]))


def _control_characters(rule: Object) -> Iterator[Object]:
    for label, text in _texts(rule):
        if isinstance(text, str) and label not in _SEVERAL_LINES and (character := control_character(text)):
            yield {"label": label, "text": text[:60], "character": character}


def _misspelled(rule: Object) -> Iterator[Object]:
    for label, text in _texts(rule):
        pattern, words = _TEXTS.get(label, ("", ""))
        if pattern and isinstance(text, str) and text != KNOWN_AFTER_APPLY and not re.fullmatch(pattern, text):
            yield {"label": label, "text": text[:60], "words": words}


def _out_of_range(rule: Object) -> Iterator[Object]:
    for name, config in _items(rule, "actions"):
        numbers = [*config.items(), *(config.get("sticky_session") or {}).items()]
        numbers += [pair for group in config.get("server_groups") or [] for pair in group.items()]
        for key, value in numbers:
            low, high = _NUMBERS.get(f"{name}.{key}", (None, None))
            if low is not None and high is not None and isinstance(value, int) and not low <= value <= high:
                yield {"label": f"{name}.{key}", "value": value, "low": low, "high": high}


def _sources(rule: Object) -> list[str]:
    return [item for name, value in _items(rule, "conditions") if name == "source_ip" for item in value]


def _is_network(address: str) -> bool:
    try:
        ipaddress.IPv4Network(address, strict=False)
    except ValueError:
        return False
    return True


def _of_other_direction(rule: Object) -> Iterator[Object]:
    direction = rule["direction"]
    if direction not in ("request", "response"):
        return
    other = "response" if direction == "request" else "request"
    for key, parts in _PARTS.items():
        for name in _names(rule, key):
            if not (parts[name].request if direction == "request" else parts[name].response):
                yield {"key": key, "name": name, "other": other}


def _endings(rule: Object) -> list[str]:
    return [name for name in _names(rule, "actions") if ACTIONS[name].last]


def _before_the_end(rule: Object) -> Object | None:
    names, endings = _names(rule, "actions"), _endings(rule)
    return {"name": endings[0], "end": names[-1]} if endings and names[-1] != endings[0] else None


def _groups(config: Object) -> list[Object]:
    return list(config.get("server_groups") or [])


def _wrong_number_of_groups(rule: Object) -> Iterator[Object]:
    for config in _configs(rule, "forward"):
        if not 1 <= len(_groups(config)) <= _MOST_GROUPS:
            yield {"number": len(_groups(config))}


def _twice(names: Iterable[str]) -> Iterator[str]:
    return (name for name, times in Counter(names).items() if times > 1 and name != KNOWN_AFTER_APPLY)


def _limits(rule: Object) -> Iterator[tuple[t.Any, t.Any]]:
    return ((config.get("qps"), config.get("per_ip_qps")) for config in _configs(rule, "traffic_limit"))


def _bad_origins(config: Object) -> bool:
    origins = config.get("allow_origins") or []
    return not origins or ("*" in origins and len(origins) > 1)


def _reserved_headers(rule: Object) -> Iterator[Object]:
    for name in ("insert_header", "remove_header"):
        # The documentation excludes the same headers in both directions for insert_header.
        direction = "response" if name == "remove_header" and rule["direction"] == "response" else "request"
        keys = {config["key"].lower() for config in _configs(rule, name)}
        yield from ({"name": name, "key": key} for key in sorted(keys & _FIXED_HEADERS[direction]))


def _repeated_headers(rule: Object) -> Iterator[Object]:
    for name in ("insert_header", "remove_header"):
        for key in _twice(config["key"].lower() for config in _configs(rule, name)):
            yield {"name": name, "key": key}


def _inserted_values(rule: Object, value_type: str) -> Iterator[Object]:
    for config in _configs(rule, "insert_header"):
        if config.get("value_type") == value_type and config["value"] != KNOWN_AFTER_APPLY:
            yield {"value": config["value"]}


_ENDINGS = "forward, redirect and fixed_response"
_CHECKS = (
    Check(
        lambda rule: rule["name"] != KNOWN_AFTER_APPLY and not 2 <= len(rule["name"]) <= 128,
        "name: {name!r} does not have 2 to 128 characters.",
        "Take another name.",
    ),
    Check(
        lambda rule: rule["priority"] != KNOWN_AFTER_APPLY and not 1 <= rule["priority"] <= 10000,
        "priority: {priority} is not in 1..10000.",
        "Of the rules of a listener, the one with the smallest priority is tried first.",
    ),
    Check(
        lambda rule: _first(key for key in _PARTS if rule[key] == []),
        "{found} is empty.",
        "A rule needs at least one; leave {found} out to keep the present ones.",
    ),
    Check(
        lambda rule: _first(_of_other_direction(rule)),
        "{found[key]}: a rule of direction {direction} has no {found[name]}.",
        "Leave {found[name]} out, or make another rule with direction: {found[other]}.",
    ),
    Check(
        lambda rule: len(_endings(rule)) > 1 and " and ".join(_endings(rule)),
        f"actions has {{found}}, and a rule has one of {_ENDINGS}.",
        "Keep one of them.",
    ),
    Check(
        lambda rule: _names(rule, "actions") and not _endings(rule) and rule["direction"] == "request",
        f"actions has none of {_ENDINGS}.",
        "Add one of them as the last action.",
    ),
    Check(
        _before_the_end,
        "actions has {found[name]} before {found[end]}, which would never be done.",
        "Move {found[name]} to the end.",
    ),
    Check(
        lambda rule: "rewrite" in _names(rule, "actions") and "forward" not in _names(rule, "actions"),
        "actions has rewrite without forward.",
        "Requests are rewritten only for a server group: add forward.",
    ),
    Check(
        lambda rule: _first(name for name, value in _items(rule, "conditions") if not _values(name, value)),
        "{found} is empty.",
        "Name a value at least, or leave the condition out.",
    ),
    Check(
        lambda rule: _first(
            {"name": name, "number": len(_values(name, value))}
            for name, value in _items(rule, "conditions")
            if len(_values(name, value)) > _MOST_VALUES
        ),
        f"{{found[name]}} has {{found[number]}} values, and {_MOST_VALUES} is the most.",
        "Make a second rule.",
    ),
    Check(
        lambda rule: len(_sources(rule)) > _MOST_SOURCES and len(_sources(rule)),
        f"source_ip has {{found}} addresses, and {_MOST_SOURCES} is the most of a rule.",
        "Put them together to CIDR blocks, make a second rule, or use alicloud.mtls.alb_acl.",
    ),
    Check(
        lambda rule: _first(
            {"source": item} for item in _sources(rule) if item != KNOWN_AFTER_APPLY and not _is_network(item)
        ),
        "source_ip: {found[source]!r} is not an IPv4 address or CIDR block.",
        "Write it like 203.0.113.0/24.",
    ),
    Check(
        lambda rule: _first(_control_characters(rule)),
        "{found[label]}: {found[text]!r} holds a line break or another control character ({found[character]}).",
        "Remove it.",
    ),
    Check(
        lambda rule: _first(_misspelled(rule)),
        "{found[label]}: {found[text]!r} is not allowed.",
        "It is {found[words]}.",
    ),
    Check(
        lambda rule: _first(_out_of_range(rule)),
        "{found[label]}: {found[value]} is not in {found[low]}..{found[high]}.",
        "Take a number in that range.",
    ),
    Check(
        lambda rule: _first(_wrong_number_of_groups(rule)),
        "forward has {found[number]} server groups.",
        f"Name one to {_MOST_GROUPS} in server_groups.",
    ),
    Check(
        lambda rule: _first(
            twice
            for config in _configs(rule, "forward")
            for twice in _twice(group["server_group_id"] for group in _groups(config))
        ),
        "forward names the server group {found} twice.",
        "Name it once, with the sum of the weights.",
    ),
    Check(
        lambda rule: any("weight" not in group for config in _configs(rule, "forward") for group in _groups(config)),
        "forward has several server groups, and not each has a weight.",
        "Give each its weight, 0 to 100.",
    ),
    Check(
        lambda rule: _first(sorted({*server_groups_in(rule, "forward")} & {*server_groups_in(rule, "traffic_mirror")})),
        "traffic_mirror goes to {found}, as forward does.",
        "Mirror to another server group.",
    ),
    Check(
        lambda rule: any(
            all(config.get(key) == value for key, value in REDIRECT_NOWHERE.items())
            for config in _configs(rule, "redirect")
        ),
        "redirect leads to where the request came from.",
        "Set protocol, host, port, path or query.",
    ),
    Check(
        lambda rule: _first(
            {"code": config["code"]}
            for config in _configs(rule, "fixed_response")
            if isinstance(config["code"], int) and config["code"] // 100 not in (2, 4, 5)
        ),
        "fixed_response.code: {found[code]} is none of 2xx, 4xx and 5xx.",
        "Use redirect for 3xx.",
    ),
    Check(
        lambda rule: (None, None) in _limits(rule),
        "traffic_limit has neither qps nor per_ip_qps.",
        "Set one of them.",
    ),
    Check(
        lambda rule: _first(
            per_ip for qps, per_ip in _limits(rule) if qps is not None and per_ip is not None and per_ip >= qps
        ),
        "traffic_limit.per_ip_qps: {found} is not smaller than qps.",
        "Lower it, or leave one of them out.",
    ),
    Check(
        lambda rule: any(map(_bad_origins, _configs(rule, "cors"))),
        "cors.allow_origins is neither * alone nor a list of origins.",
        "Name * or one origin at least.",
    ),
    Check(
        lambda rule: _first(_reserved_headers(rule)),
        "{found[name]}: the header {found[key]} belongs to the load balancer.",
        "Take another header.",
    ),
    Check(
        lambda rule: _first(_repeated_headers(rule)),
        "{found[name]} names the header {found[key]} twice.",
        "Keep one of them.",
    ),
    Check(
        lambda rule: _first(
            item for item in _inserted_values(rule, "system_defined") if item["value"] not in SYSTEM_VALUES
        ),
        "insert_header.value: the system does not define {found[value]!r}.",
        f"With value_type: system_defined it is one of {', '.join(SYSTEM_VALUES)}.",
    ),
    Check(
        lambda rule: _first(
            item
            for item in _inserted_values(rule, "reference_header")
            if not re.fullmatch(r"[a-z0-9_-]{1,128}", item["value"])
        ),
        "insert_header.value: {found[value]!r} is not the name of a header.",
        "With value_type: reference_header it is a name in lower case.",
    ),
)
