# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions and actions of forwarding rules: the names of user and API, and when two are the same. Pure.

A condition is ``{"path": ["/api/*"]}``, an action ``{"redirect": {"protocol": "https"}}``: one name, one value.
Sources: CreateRule and ListRules (https://api.aliyun.com/document/Alb/2020-06-16/CreateRule) and the texts of the
official SDK. Private to this collection.
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
    """A kind of condition or action.

    Attributes:
        type: its Type in the API; its configuration is called <Type>Config.
        codec: the API's form of the configuration.
        request: rules for requests may have it.
        response: rules for responses may have it.
        basic: the basic edition has it.
        last: an action that ends the processing of a request.
        complete: adds the documented defaults to a configuration.
    """

    type: str
    codec: Codec
    request: bool = True
    response: bool = True
    basic: bool = False
    last: bool = False
    complete: Callable[[Object], Object] = lambda value: value


Parts = dict[str, Part]

_STRINGS = Codec(decode=lambda items: [str(item) for item in items], absent=list)
_VALUES = Codec(
    encode=lambda values: {"Values": values}, decode=lambda config: [str(item) for item in config.get("Values") or []]
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
    decode=lambda tuples: [item["ServerGroupId"] for item in tuples],
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
    """Return the API's form of insert_header; only values that the system defines have another name there."""
    system = value.get("value_type") == "system_defined"
    return encode(_INSERT, {**value, "value": _SYSTEM.encode(value.get("value"))} if system else value)


def _read_inserted(config: Mapping[str, t.Any]) -> Object:
    value = decode(_INSERT, config)
    return {**value, "value": _SYSTEM.decode(value["value"])} if value["value_type"] == "system_defined" else value


def _completed_forward(value: Object) -> Object:
    groups = value.get("server_groups") or []
    sticky = value.get("sticky_session") or {}
    weight = {"weight": 100} if len(groups) == 1 else {}
    return {
        "server_groups": [{**weight, **group} for group in groups],
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
    if not isinstance(actions, list):
        return []
    return [action["insert_header"] for action in actions if "insert_header" in action]


def without_overwrite(actions: list[Object], *, only_off: bool = False) -> list[Object]:
    """Return ``actions`` without the option ``overwrite``, which CreateRule does not have.

    With ``only_off`` the option stays where it is on, which is how a rule is shown.
    """

    def change(config: Object) -> Object:
        return {key: value for key, value in config.items() if key != "overwrite" or (only_off and value is True)}

    return [_changed_insert(action, change) for action in actions]


def _changed_insert(action: Object, change: Callable[[Object], Object]) -> Object:
    return {"insert_header": change(action["insert_header"])} if "insert_header" in action else action


def name_of(part: Mapping[str, t.Any]) -> str:
    """Return the name of a condition or action."""
    return next(iter(part))


def _encoded(parts: Parts, part: Object) -> Object:
    name, value = next(iter(part.items()))
    return {"Type": parts[name].type, f"{parts[name].type}Config": parts[name].codec.encode(value)}


def _decoded(parts: Parts, body: Mapping[str, t.Any]) -> Object:
    """Return a condition or action in the user's form; one of an unknown type keeps its configuration as it is.

    The API may add empty configurations of other types.
    """
    kind = str(body["Type"])
    config = body.get(f"{kind}Config") or {}
    name = next((name for name, part in parts.items() if part.type == kind), None)
    if name is None:
        return {STATE.decode(kind): config}
    value = parts[name].codec.decode(config)
    return {name: _completed(parts[name], value) if isinstance(value, dict) else value}


def _completed(part: Part, value: Object) -> Object:
    """Return ``value`` without keys that are None, and with the documented defaults."""
    return part.complete(_stripped(value))


def _stripped(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {name: _stripped(item) for name, item in value.items() if item is not None}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def wanted_parts(parts: Parts, options: Iterable[Mapping[str, t.Any]]) -> list[Object]:
    """Return the conditions or actions that the user gives, without suboptions that are None, and with the defaults."""
    return [
        {name: _completed(parts[name], value) if isinstance(value, dict) else _stripped(value)}
        for option in options
        for name, value in option.items()
        if value is not None
    ]


# The SDK can send CoverEnabled and cannot read it. It can read Order, of which only the sequence has a meaning. So the
# orders of a rule that overwrites headers tell which of its actions do: 100 for the first action, 200 for the second,
# and one more for an action that overwrites.
_STEP = 100


def _in_order(actions: list[Object]) -> list[Object]:
    covers = [bool(action.get("insert_header", {}).get("overwrite")) for action in actions]
    step = _STEP if any(covers) else 1
    numbered = enumerate(zip(actions, covers, strict=True), 1)
    return [{**_encoded(ACTIONS, action), "Order": n * step + covered} for n, (action, covered) in numbered]


def _action(body: Mapping[str, t.Any]) -> Object:
    action = _decoded(ACTIONS, body)
    marked = int(body["Order"]) > _STEP and int(body["Order"]) % _STEP == 1
    (shown,) = without_overwrite(
        [_changed_insert(action, lambda config: {"overwrite": marked, **config})], only_off=True
    )
    return shown


_IN_ORDER = Codec(
    encode=_in_order,
    decode=lambda bodies: [_action(body) for body in sorted(bodies, key=lambda body: int(body["Order"]))],
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
            encode=lambda conditions: [_encoded(CONDITIONS, condition) for condition in conditions],
            decode=lambda bodies: [_decoded(CONDITIONS, body) for body in bodies],
            absent=list,
        ),
    ),
    Field("actions", "RuleActions", _IN_ORDER),
    Field("tags", "Tags", TAGS),
)


def same_conditions(wanted: t.Any, current: t.Any) -> bool:
    """Return whether two lists of conditions mean the same.

    All conditions have to hold, and a condition holds if one of its values fits, so neither order has a meaning.
    """
    if not isinstance(wanted, list) or not isinstance(current, list):
        return False
    return {_meaning(item) for item in wanted} == {_meaning(item) for item in current}


def _meaning(condition: Object) -> t.Hashable:
    name, value = next(iter(condition.items()))
    if name in KEYED:
        return name, value["key"].lower(), frozenset(value["values"])
    if name in PAIRED:
        return name, frozenset((pair["key"], pair["value"]) for pair in value)
    if not isinstance(value, list):
        return name, str(value)  # of an unknown type
    return name, frozenset(_network(item) if name == "source_ip" else item for item in value)


def _network(address: str) -> str:
    try:
        return str(ipaddress.IPv4Network(address, strict=False))
    except ValueError:
        return address


def same_actions(wanted: t.Any, current: t.Any) -> bool:
    """Return whether ``current`` are the ``wanted`` actions in this order.

    A key without a documented default is compared only if it is wanted.
    """
    if not isinstance(wanted, list) or not isinstance(current, list) or len(wanted) != len(current):
        return False
    return all(_same_action(*pair) for pair in zip(wanted, current, strict=True))


def _same_action(wanted: Object, current: Object) -> bool:
    name = name_of(wanted)
    if name_of(current) != name:
        return False
    defaults = {"overwrite": False}
    return all(_same(value, current[name].get(key, defaults.get(key))) for key, value in wanted[name].items())


def _same(wanted: t.Any, current: t.Any) -> bool:
    """Return whether two values are equal; lists, of names and server groups, are compared as sets."""
    if isinstance(wanted, list) and isinstance(current, list):
        return sorted(wanted, key=repr) == sorted(current, key=repr)
    return bool(wanted == current)


def server_groups_in(rule: Mapping[str, t.Any], action: str) -> list[str]:
    """Return the known ids of the server groups in the actions of this name, ``forward`` or ``traffic_mirror``."""
    found: list[str] = []
    for part in rule["actions"] if isinstance(rule["actions"], list) else ():
        config = part.get(action) or {}
        found += [group["server_group_id"] for group in config.get("server_groups") or []]
        found += config.get("server_group_ids") or []
    return [identity for identity in found if identity != KNOWN_AFTER_APPLY]
