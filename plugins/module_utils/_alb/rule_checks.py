# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forwarding rule cannot be, told before anything is written. Pure. This module is PRIVATE to the collection.

Limits: CreateRule (https://api.aliyun.com/document/Alb/2020-06-16/CreateRule) and the texts of the official SDK.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from collections import Counter
from collections.abc import Callable, Iterator

from .._arguments.texts import control_character
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object
from .rule_fields import ACTIONS, CONDITIONS, KEYED, PAIRED, REDIRECT_NOWHERE, SYSTEM_VALUES, groups, name_of

Fault = tuple[str, str]  # message and hint
_PARTS = {"conditions": CONDITIONS, "actions": ACTIONS}

_HEADER_NAME = (r"[A-Za-z0-9_-]{1,40}", "1 to 40 letters, digits, - and _")
_CONDITION_HEADER = (r"(?i)(?!(cookie|host)$)[a-z0-9_-]{1,40}", f"{_HEADER_NAME[1]}, neither cookie nor host")
_FREE = r'[^\s#\[\]{{}}\\|<>&"{}]'
_FREE_TEXT = 'without spaces and without {}#[]{{}}\\|<>&"'


def _free(more: str, high: int) -> tuple[str, str]:
    return f"{_FREE.format(more)}{{1,{high}}}", f"1 to {high} characters {_FREE_TEXT.format(more)}"


_VALUE = (r"[^\x00-\x1f\x7f]{1,128}", "1 to 128 characters without line breaks")
# Regular expressions, with the signs that CreateRule documents for them.
_REGEX = r"~\*?[A-Za-z0-9._/=?~^*$:()\[\]+\\|-]+"
_OR_REGEX = "or a regular expression behind ~ (~* for any case) of letters, digits and ._/=?~^*$:()[]+\\|-"
_HOST = (r"\$\{host\}|[^A-Z\s]{3,256}", "3 to 256 characters without capital letters, or ${host} alone")
_PATH = (r"(/|\$\{)\S{0,255}", "1 to 256 characters that begin with /, or with a variable such as ${path}")
_QUERY = (r'[^\s#\[\]\\|<>"]{0,128}', 'up to 128 characters without spaces and without #[]\\|<>"')

# Texts, by <condition or action>.<key>: the pattern, and how it is told.
_TEXTS: dict[str, tuple[str, str]] = {
    "host": (
        rf'(?=.{{3,128}}$)({_REGEX}|[^A-Z\s"~][^A-Z\s"]*)',
        f"3 to 128 characters without capital letters, in which * and ? stand for any, {_OR_REGEX}",
    ),
    "path": (
        rf'(?=.{{1,128}}$)({_REGEX}|/[^\s"]*)',
        f"1 to 128 characters that begin with /, in which * and ? stand for any, {_OR_REGEX}",
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
    "insert_header.value": (r"(?! )[\x20-\x7e]{1,128}(?<![ \\])", "1 to 128 printable characters without space around"),
    "remove_header.key": _HEADER_NAME,
    "cors.allow_origins": (r"\*|https?://\S+", "* alone, or http:// or https:// with a domain name"),
}
# Numbers, likewise.
_NUMBERS: dict[str, tuple[int, int]] = {
    "forward.weight": (0, 100),
    "forward.timeout": (1, 86400),
    "traffic_limit.qps": (1, 1000000),
    "traffic_limit.per_ip_qps": (1, 1000000),
    "cors.max_age": (-1, 172800),
}
# The body of an answer; all other texts are lines of a request or an answer, or parts of one.
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
    for look in _LOOKS:
        for message, hint in look(rule):
            raise RefusedError(message, hint)


def beyond_basic(rule: Object) -> list[str]:
    """What of ``rule`` the basic edition does not have."""
    return [
        *(["direction: response"] if rule["direction"] == "response" else []),
        *(name for key, parts in _PARTS.items() for name in _names(rule, key) if not parts[name].basic),
    ]


def redirects_to_http(rule: Object) -> bool:
    return any(config.get("protocol") == "http" for name, config in _configs(rule) if name == "redirect")


def _list(rule: Object, key: str) -> list[Object]:
    """Conditions or actions; nothing while they are not known. Kinds that are new to us are the service's to judge."""
    parts = rule[key] if isinstance(rule[key], list) else []
    return parts if all(name_of(part) in _PARTS[key] for part in parts) else []


def _names(rule: Object, key: str) -> list[str]:
    return [name_of(each) for each in _list(rule, key)]


def _configs(rule: Object) -> Iterator[tuple[str, Object]]:
    for action in _list(rule, "actions"):
        yield from action.items()


def _texts(rule: Object) -> Iterator[tuple[str, str]]:
    """Every text of ``rule`` with its label in the table."""
    yield "name", rule["name"]
    for condition in _list(rule, "conditions"):
        for name, value in condition.items():
            if name in KEYED:
                yield f"{name}.key", value["key"]
                yield from ((name, each) for each in value["values"])
            elif name in PAIRED:
                yield from ((f"{name}.{key}", pair[key]) for pair in value for key in ("key", "value"))
            else:
                yield from ((name, each) for each in value)
    for name, config in _configs(rule):
        for key, value in config.items():
            yield from ((f"{name}.{key}", each) for each in (value if isinstance(value, list) else [value]))


def _plain(rule: Object) -> Iterator[Fault]:
    if rule["name"] != KNOWN_AFTER_APPLY and not 2 <= len(rule["name"]) <= 128:
        yield f"name: {rule['name']!r} does not have 2 to 128 characters.", "Take another name."
    if rule["priority"] != KNOWN_AFTER_APPLY and not 1 <= rule["priority"] <= 10000:
        yield f"priority: {rule['priority']} is not in 1..10000.", "The smallest one of a listener is asked first."
    for key in ("conditions", "actions"):
        if rule[key] == []:
            yield f"{key} is empty.", f"A rule needs one at least; leave {key} out to keep what there is."


def _spelling(rule: Object) -> Iterator[Fault]:
    for label, value in _texts(rule):
        if isinstance(value, str) and label not in _SEVERAL_LINES and (character := control_character(value)):
            yield (
                f"{label}: {value[:60]!r} holds a line break or another control character ({character}).",
                "Take it out.",
            )
        pattern, told = _TEXTS.get(label, ("", ""))
        if pattern and isinstance(value, str) and value != KNOWN_AFTER_APPLY and not re.fullmatch(pattern, value):
            yield f"{label}: {value[:60]!r} does not fit.", f"It is {told}."


def _ranges(rule: Object) -> Iterator[Fault]:
    for name, config in _configs(rule):
        numbers = [*config.items(), *(config.get("sticky_session") or {}).items()]
        numbers += [pair for group in config.get("server_groups") or [] for pair in group.items()]
        for key, value in numbers:
            low, high = _NUMBERS.get(f"{name}.{key}", (None, None))
            if low is not None and high is not None and isinstance(value, int) and not low <= value <= high:
                yield f"{name}.{key}: {value} is not in {low}..{high}.", "Take a number in that range."


def _amounts(rule: Object) -> Iterator[Fault]:
    sources: list[str] = []
    for condition in _list(rule, "conditions"):
        for name, value in condition.items():
            values = value["values"] if name in KEYED else value
            if not values:
                yield f"{name} is empty.", "Name a value at least, or leave the condition out."
            if len(values) > _MOST_VALUES:
                yield f"{name} has {len(values)} values, and {_MOST_VALUES} is the most.", "Make a second rule."
            sources += values if name == "source_ip" else []
    if len(sources) > _MOST_SOURCES:
        yield (
            f"source_ip has {len(sources)} addresses, and {_MOST_SOURCES} is the most of a rule.",
            "Put them together to CIDR blocks, make a second rule, or use alicloud.mtls.alb_acl.",
        )
    for source in sources:
        if source != KNOWN_AFTER_APPLY and not _is_network(source):
            yield f"source_ip: {source!r} is not an IPv4 address or CIDR block.", "Such a one is 203.0.113.0/24."


def _is_network(address: str) -> bool:
    try:
        ipaddress.IPv4Network(address, strict=False)
    except ValueError:
        return False
    return True


def _direction(rule: Object) -> Iterator[Fault]:
    direction = rule["direction"]
    if direction not in ("request", "response"):
        return
    for key, parts in _PARTS.items():
        for name in _names(rule, key):
            if not (parts[name].request if direction == "request" else parts[name].response):
                other = "response" if direction == "request" else "request"
                yield (
                    f"{key}: a rule of direction {direction} has no {name}.",
                    f"Leave {name} out, or make another rule with direction: {other}.",
                )


def _endings(rule: Object) -> Iterator[Fault]:
    names = _names(rule, "actions")
    last = [name for name in names if ACTIONS[name].last]
    words = "forward, redirect and fixed_response"
    if len(last) > 1:
        yield f"actions has {' and '.join(last)}, and a rule has one of {words}.", "Keep one of them."
    if names and not last and rule["direction"] == "request":
        yield f"actions has none of {words}.", "Add one of them as the last action."
    if last and names[-1] != last[0]:
        yield f"actions has {last[0]} before {names[-1]}, which would never be done.", f"Move {last[0]} to the end."
    if "rewrite" in names and "forward" not in names:
        yield "actions has rewrite without forward.", "A request is rewritten for a server group only: add forward."


def _forwarding(rule: Object) -> Iterator[Fault]:
    for name, config in _configs(rule):
        asked = [each["server_group_id"] for each in config.get("server_groups") or []] if name == "forward" else []
        if name == "forward" and not 1 <= len(asked) <= _MOST_GROUPS:
            yield f"forward has {len(asked)} server groups.", f"Name one to {_MOST_GROUPS} in server_groups."
        if twice := [each for each, times in Counter(asked).items() if times > 1 and each != KNOWN_AFTER_APPLY]:
            yield f"forward names the server group {twice[0]} twice.", "Name it once, with the sum of the weights."
        if any("weight" not in each for each in config.get("server_groups") or []):
            yield "forward has several server groups, and not each has a weight.", "Give each its weight, 0 to 100."
    if both := sorted(set(groups(rule, "forward")) & set(groups(rule, "traffic_mirror"))):
        yield f"traffic_mirror goes to {both[0]}, as forward does.", "Mirror to another server group."


def _changing(rule: Object) -> Iterator[Fault]:
    """Redirects, fixed responses, limits, and sharing with other origins."""
    for name, config in _configs(rule):
        if name == "redirect" and all(config.get(key) == value for key, value in REDIRECT_NOWHERE.items()):
            yield "redirect leads to where the request came from.", "Set protocol, host, port, path or query."
        if name == "fixed_response" and isinstance(config["code"], int) and config["code"] // 100 not in (2, 4, 5):
            yield f"fixed_response.code: {config['code']} is none of 2xx, 4xx and 5xx.", "Use redirect for 3xx."
        qps, per_ip = config.get("qps"), config.get("per_ip_qps")
        if name == "traffic_limit" and qps is None and per_ip is None:
            yield "traffic_limit has neither qps nor per_ip_qps.", "Set one of them."
        if qps is not None and per_ip is not None and per_ip >= qps:
            yield f"traffic_limit.per_ip_qps: {per_ip} is not smaller than qps.", "Lower it, or leave one of them out."
        origins = config.get("allow_origins") or []
        if name == "cors" and (not origins or ("*" in origins and len(origins) > 1)):
            yield "cors.allow_origins is neither * alone nor a list of origins.", "Name * or one origin at least."


def _headers(rule: Object) -> Iterator[Fault]:
    kept = _FIXED_HEADERS["response" if rule["direction"] == "response" else "request"]
    for name in ("insert_header", "remove_header"):
        keys = [config["key"].lower() for each, config in _configs(rule) if each == name]
        # What may be inserted is the same in both directions, as documented.
        for key in sorted(set(keys) & (_FIXED_HEADERS["request"] if name == "insert_header" else kept)):
            yield f"{name}: the header {key} belongs to the load balancer.", "Take another header."
        if twice := [key for key, times in Counter(keys).items() if times > 1]:
            yield f"{name} names the header {twice[0]} twice.", "Keep one of them."
    for each, config in _configs(rule):
        defined = each == "insert_header" and config.get("value_type") == "system_defined"
        if defined and config["value"] not in (*SYSTEM_VALUES, KNOWN_AFTER_APPLY):
            yield (
                f"insert_header.value: the system does not define {config['value']!r}.",
                f"With value_type: system_defined it is one of {', '.join(SYSTEM_VALUES)}.",
            )
        referred = each == "insert_header" and config.get("value_type") == "reference_header"
        if referred and not re.fullmatch(r"[a-z0-9_-]{1,128}|" + re.escape(KNOWN_AFTER_APPLY), config["value"]):
            yield (
                f"insert_header.value: {config['value']!r} is not the name of a header.",
                "With value_type: reference_header it is a name in lower case.",
            )


_LOOKS: tuple[Callable[[Object], t.Iterable[Fault]], ...] = (
    _plain,
    _direction,
    _endings,
    _amounts,
    _spelling,
    _ranges,
    _forwarding,
    _changing,
    _headers,
)
