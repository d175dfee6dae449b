# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions and actions of forwarding rules: our names, the API's, and when two are the same. Pure.

A condition is ``{"path": ["/api/*"]}``, an action ``{"redirect": {"protocol": "https"}}``: one name, one value.
Sources: CreateRule and ListRules (https://api.aliyun.com/document/Alb/2020-06-16/CreateRule) and the texts of the
official SDK. This module is PRIVATE to the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .._core.values import (
    KNOWN_AFTER_APPLY,
    STATE,
    TAGS,
    Codec,
    Field,
    Fields,
    Object,
    choice,
    decode,
    encode,
    list_of,
    nested,
)


@dataclass(frozen=True)
class Part:
    """A kind of condition or action. ``wire`` is its Type; its configuration is called <Type>Config.

    ``request`` and ``response`` say in rules of which direction it may be, ``basic`` whether the basic edition has it.
    ``last`` is an action that ends the way of a request. ``complete`` adds the documented defaults to a value.
    """

    wire: str
    codec: Codec
    request: bool = True
    response: bool = True
    basic: bool = False
    last: bool = False
    complete: Callable[[Object], Object] = lambda value: value


Parts = dict[str, Part]

_STRINGS = Codec(decode=lambda items: [str(item) for item in items], absent=list)
_VALUES = Codec(
    encode=lambda values: {"Values": values}, decode=lambda config: [str(each) for each in config.get("Values") or []]
)
_HEADER = nested((Field("key", "Key"), Field("values", "Values", _STRINGS)))
_PAIR: Fields = (Field("key", "Key"), Field("value", "Value"))
_PAIRS = Codec(
    encode=lambda pairs: {"Values": [encode(_PAIR, pair) for pair in pairs]},
    decode=lambda config: [decode(_PAIR, pair) for pair in config.get("Values") or []],
)

CONDITIONS: Parts = {
    "host": Part("Host", _VALUES, basic=True),
    "path": Part("Path", _VALUES, basic=True),
    "header": Part("Header", _HEADER, basic=True),
    "query_string": Part("QueryString", _PAIRS),
    "method": Part("Method", _VALUES),
    "cookie": Part("Cookie", _PAIRS),
    "source_ip": Part("SourceIp", _VALUES),
    "response_header": Part("ResponseHeader", _HEADER, request=False),
    "response_status_code": Part("ResponseStatusCode", _VALUES, request=False),
}
KEYED = ("header", "response_header")
PAIRED = ("query_string", "cookie")

_NUMBER = Codec(encode=str, decode=lambda wire: int(wire) if str(wire).isdigit() else wire)
_SWITCH = Codec(encode=lambda on: "on" if on else "off", decode=lambda wire: str(wire).lower() == "on")

_TUPLE: Fields = (Field("server_group_id", "ServerGroupId"), Field("weight", "Weight"))
_STICKY: Fields = (Field("enabled", "Enabled"), Field("timeout", "Timeout"))
_GROUP_IDS = Codec(
    encode=lambda ids: [{"ServerGroupId": identity} for identity in ids],
    decode=lambda tuples: [each["ServerGroupId"] for each in tuples],
    absent=list,
)
VALUE_TYPES = choice(user_defined="UserDefined", reference_header="ReferenceHeader", system_defined="SystemDefined")
SYSTEM_VALUES: dict[str, str] = {
    "client_src_port": "ClientSrcPort",
    "client_src_ip": "ClientSrcIp",
    "protocol": "Protocol",
    "slb_id": "SLBId",
    "slb_port": "SLBPort",
}
_SYSTEM = choice(**SYSTEM_VALUES)
_INSERT: Fields = (
    Field("key", "Key"),
    Field("value", "Value"),
    Field("value_type", "ValueType", VALUE_TYPES),
    Field("overwrite", "CoverEnabled"),
)


def _inserted(value: Object) -> Object:
    """On the wire; of the values only those that the system defines are words of the API."""
    system = value.get("value_type") == "system_defined"
    return encode(_INSERT, {**value, "value": _SYSTEM.encode(value.get("value"))} if system else value)


def _read_inserted(config: Mapping[str, t.Any]) -> Object:
    value = decode(_INSERT, config)
    return {**value, "value": _SYSTEM.decode(value["value"])} if value["value_type"] == "system_defined" else value


def _completed_forward(value: Object) -> Object:
    groups = value.get("server_groups") or []
    sticky = value.get("sticky_session") or {}
    lone = {"weight": 100} if len(groups) == 1 else {}
    return {
        "server_groups": [{**lone, **group} for group in groups],
        "sticky_session": {"timeout": 1000, **sticky} if sticky.get("enabled") else {"enabled": False},
    }


def _defaults(**values: t.Any) -> Callable[[Object], Object]:
    return lambda value: {**values, **value}


_SAME_PLACE = {name: f"${{{name}}}" for name in ("host", "path", "query")}
_REDIRECT_DEFAULTS = {**_SAME_PLACE, "protocol": "${protocol}", "port": "${port}"}

ACTIONS: Parts = {
    "forward": Part(
        "ForwardGroup",
        nested(
            (
                Field("server_groups", "ServerGroupTuples", list_of(nested(_TUPLE))),
                Field("sticky_session", "ServerGroupStickySession", nested(_STICKY)),
            )
        ),
        response=False,
        basic=True,
        last=True,
        complete=_completed_forward,
    ),
    "redirect": Part(
        "Redirect",
        nested(
            (
                Field("protocol", "Protocol", choice(http="HTTP", https="HTTPS")),
                Field("host", "Host"),
                Field("port", "Port"),
                Field("path", "Path"),
                Field("query", "Query"),
                Field("code", "HttpCode", _NUMBER),
            )
        ),
        response=False,
        basic=True,
        last=True,
        complete=_defaults(**_REDIRECT_DEFAULTS, code=301),
    ),
    "fixed_response": Part(
        "FixedResponse",
        nested(
            (
                Field("code", "HttpCode", _NUMBER),
                Field("content_type", "ContentType"),
                Field("content", "Content"),
            )
        ),
        last=True,
        complete=_defaults(content=""),
    ),
    "rewrite": Part(
        "Rewrite",
        nested((Field("host", "Host"), Field("path", "Path"), Field("query", "Query"))),
        response=False,
        complete=_defaults(**_SAME_PLACE),
    ),
    "insert_header": Part(
        "InsertHeader",
        Codec(_inserted, _read_inserted),
        complete=_defaults(value_type="user_defined"),
    ),
    "remove_header": Part("RemoveHeader", nested((Field("key", "Key"),))),
    "traffic_limit": Part(
        "TrafficLimit",
        nested((Field("qps", "QPS"), Field("per_ip_qps", "PerIpQps"))),
        response=False,
        complete=_defaults(qps=None, per_ip_qps=None),
    ),
    "traffic_mirror": Part(
        "TrafficMirror",
        Codec(
            encode=lambda value: {
                "TargetType": "ForwardGroupMirror",
                "MirrorGroupConfig": {"ServerGroupTuples": _GROUP_IDS.encode(value["server_group_ids"])},
            },
            decode=lambda config: decode(
                (Field("server_group_ids", "MirrorGroupConfig.ServerGroupTuples", _GROUP_IDS),), config
            ),
        ),
        response=False,
    ),
    "cors": Part(
        "Cors",
        nested(
            (
                Field("allow_origins", "AllowOrigin", _STRINGS),
                Field("allow_methods", "AllowMethods", _STRINGS),
                Field("allow_headers", "AllowHeaders", _STRINGS),
                Field("expose_headers", "ExposeHeaders", _STRINGS),
                Field("allow_credentials", "AllowCredentials", _SWITCH),
                Field("max_age", "MaxAge"),
            )
        ),
        response=False,
    ),
}
REDIRECT_NOWHERE = _REDIRECT_DEFAULTS


def inserted(actions: t.Any) -> list[Object]:
    """Return the configurations of the actions that insert a header."""
    return [each["insert_header"] for each in actions if "insert_header" in each] if isinstance(actions, list) else []


def without_overwrite(actions: list[Object], *, only_off: bool = False) -> list[Object]:
    """Return the actions as CreateRule takes them: it has no CoverEnabled.

    ``only_off``: as a rule shows them, in which what is not overwritten says nothing about it.
    """
    return [
        _changed_insert(
            each,
            lambda config: {
                key: value for key, value in config.items() if key != "overwrite" or (only_off and value is True)
            },
        )
        for each in actions
    ]


def _changed_insert(action: Object, change: Callable[[Object], Object]) -> Object:
    return {"insert_header": change(action["insert_header"])} if "insert_header" in action else action


def name_of(part: Mapping[str, t.Any]) -> str:
    """The name of a condition or action."""
    return next(iter(part))


def _encoded(parts: Parts, part: Object) -> Object:
    name, value = next(iter(part.items()))
    known = parts[name]
    return {"Type": known.wire, f"{known.wire}Config": known.codec.encode(value)}


def _decoded(parts: Parts, body: Mapping[str, t.Any]) -> Object:
    """Only the configuration of its own type counts: others may be there, empty. A new type is shown as it is."""
    kind = str(body["Type"])
    config = body.get(f"{kind}Config") or {}
    name = next((name for name, part in parts.items() if part.wire == kind), None)
    if name is None:
        return {STATE.decode(kind): config}
    value = parts[name].codec.decode(config)
    return {name: _completed(parts[name], value) if isinstance(value, dict) else value}


def _completed(part: Part, value: Object) -> Object:
    """``value`` without what is not there, and with the documented defaults."""
    return part.complete(_stripped(value))


def _stripped(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {name: _stripped(item) for name, item in value.items() if item is not None}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def wanted(parts: Parts, options: Iterable[Mapping[str, t.Any]]) -> list[Object]:
    """What the user gave, without the names that were not, and with the documented defaults."""
    return [
        {name: _completed(parts[name], value) if isinstance(value, dict) else _stripped(value)}
        for option in options
        for name, value in option.items()
        if value is not None
    ]


# The place in the list is the order of the actions. CoverEnabled can be sent and, with the SDK, not be read. Orders can
# be, and only their sequence counts. So a rule that overwrites headers has orders of its own: 100 for the first action,
# 200 for the second, and one more for each action that overwrites.
_STEP = 100


def _in_order(actions: list[Object]) -> list[Object]:
    covers = [bool(each.get("insert_header", {}).get("overwrite")) for each in actions]
    step = _STEP if any(covers) else 1
    numbered = enumerate(zip(actions, covers, strict=True), 1)
    return [{**_encoded(ACTIONS, each), "Order": n * step + covered} for n, (each, covered) in numbered]


def _action(body: Mapping[str, t.Any]) -> Object:
    action = _decoded(ACTIONS, body)
    marked = int(body["Order"]) > _STEP and int(body["Order"]) % _STEP == 1
    (shown,) = without_overwrite(
        [_changed_insert(action, lambda config: {"overwrite": marked, **config})], only_off=True
    )
    return shown


_IN_ORDER = Codec(
    encode=_in_order,
    decode=lambda bodies: [_action(each) for each in sorted(bodies, key=lambda body: int(body["Order"]))],
    absent=list,
)
DIRECTION = choice(request="Request", response="Response")
DIRECTIONS = ("request", "response")

RULE: Fields = (
    Field("rule_id", "RuleId"),
    Field("name", "RuleName"),
    Field("listener_id", "ListenerId"),
    Field("load_balancer_id", "LoadBalancerId"),
    Field("direction", "Direction", Codec(DIRECTION.encode, DIRECTION.decode, lambda: "request")),
    Field("priority", "Priority", Codec(decode=int)),
    Field("status", "RuleStatus", STATE),
    Field(
        "conditions",
        "RuleConditions",
        Codec(
            encode=lambda conditions: [_encoded(CONDITIONS, each) for each in conditions],
            decode=lambda bodies: [_decoded(CONDITIONS, each) for each in bodies],
            absent=list,
        ),
    ),
    Field("actions", "RuleActions", _IN_ORDER),
    Field("tags", "Tags", TAGS),
)


def same_conditions(one: t.Any, other: t.Any) -> bool:
    """All conditions have to hold, and each does when one of its values fits: neither order says anything."""
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    return {_meaning(each) for each in one} == {_meaning(each) for each in other}


def _meaning(condition: Object) -> t.Hashable:
    name, value = next(iter(condition.items()))
    if name in KEYED:
        return name, value["key"].lower(), frozenset(value["values"])
    if name in PAIRED:
        return name, frozenset((pair["key"], pair["value"]) for pair in value)
    if not isinstance(value, list):
        return name, str(value)  # of a kind that is new to us
    return name, frozenset(_network(each) if name == "source_ip" else each for each in value)


def _network(address: str) -> str:
    try:
        return str(ipaddress.IPv4Network(address, strict=False))
    except ValueError:
        return address


def same_actions(asked: t.Any, there: t.Any) -> bool:
    """Whether ``there`` are the ``asked`` actions, in this order. What has no documented default counts if asked."""
    if not isinstance(asked, list) or not isinstance(there, list) or len(asked) != len(there):
        return False
    return all(
        name_of(one) == name_of(other)
        and all(
            _same(value, other[name_of(one)].get(key, False if key == "overwrite" else None))
            for key, value in one[name_of(one)].items()
        )
        for one, other in zip(asked, there, strict=True)
    )


def _same(one: t.Any, other: t.Any) -> bool:
    """Lists here, of names and server groups, are sets."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one, key=repr) == sorted(other, key=repr)
    return bool(one == other)


def groups(rule: Mapping[str, t.Any], action: str) -> list[str]:
    """The server groups in the actions of this name, ``forward`` or ``traffic_mirror``."""
    found: list[str] = []
    for each in rule["actions"] if isinstance(rule["actions"], list) else ():
        config = each.get(action) or {}
        found += [group["server_group_id"] for group in config.get("server_groups") or []]
        found += config.get("server_group_ids") or []
    return [identity for identity in found if identity != KNOWN_AFTER_APPLY]
