# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on forwarding rules.

Source: https://api.aliyun.com/document/Alb/2020-06-16/CreateRule and the texts of the official SDK.
"""

from __future__ import annotations

from ...patterns import REGEX
from ...schema import Param, choice, flag, group, integer, line, many, must, text
from .common import LISTENER_ID, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

CONDITIONS = (
    *("Host", "Path", "Header", "QueryString", "Method", "Cookie", "SourceIp"),
    *("ResponseHeader", "ResponseStatusCode"),
)
ACTIONS = (
    *("ForwardGroup", "Redirect", "FixedResponse", "Rewrite", "InsertHeader", "RemoveHeader"),
    *("TrafficLimit", "TrafficMirror", "Cors"),
)
_METHODS = ("HEAD", "GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE")
_VALUES = 50

_header_name = line(1, 40, pattern="[A-Za-z0-9_-]+")
_condition_header = must(line(1, 40, pattern="(?i)(?!(cookie|host)$)[a-z0-9_-]+"))


def _values(value: Param, high: int = _VALUES) -> Param:
    return group({"Values": must(many(value, 1, high))})


def _pairs(excluded: str, key: int, value: int) -> Param:
    allowed = f'[^ #\\[\\]{{}}\\\\|<>&"{excluded}]+'
    return group(
        {
            "Values": must(
                many({"Key": line(1, key, pattern=allowed), "Value": line(1, value, pattern=allowed)}, 1, _VALUES)
            )
        }
    )


_header = group({"Key": _condition_header, "Values": must(many(line(1, 128), 1, _VALUES))})
_condition: Schema = {
    "Type": choice(*CONDITIONS, required=True),
    "HostConfig": _values(line(3, 128, pattern=f'{REGEX}|[^A-Z\\s"~][^A-Z\\s"]*')),
    "PathConfig": _values(line(1, 128, pattern=f'{REGEX}|/[^\\s"]*')),
    "HeaderConfig": _header,
    "QueryStringConfig": _pairs("", 100, 128),
    "MethodConfig": _values(choice(*_METHODS), 10),
    "CookieConfig": _pairs(";", 100, 100),
    "SourceIpConfig": _values(line()),
    "ResponseHeaderConfig": _header,
    "ResponseStatusCodeConfig": _values(line(3, 3, pattern="[1-5][0-9]{2}")),
}

_sticky = group({"Enabled": flag(default=False), "Timeout": integer(1, 86400)}, default={"Enabled": False})
_groups = must(many({"ServerGroupId": line(required=True), "Weight": integer(0, 100)}, 1, 5))
_mirror_groups = must(many({"ServerGroupId": line(required=True)}, 1, 5))
_names = many(line(1, 128), 1)
_target: Schema = {
    "Host": line(3, 256, pattern=r"\S+", default="${host}"),
    "Path": line(1, 256, pattern=r"[/$]\S*", default="${path}"),
    "Query": line(0, 128, pattern=r"\S*", default="${query}"),
}


# The official Go SDK has CoverEnabled in CreateRule as well, those for other languages in the updates alone.
_insert_header: Schema = {
    "Key": must(_header_name),
    "Value": must(line(1, 128, pattern=r"[\x20-\x7e]+")),
    "ValueType": choice("UserDefined", "ReferenceHeader", "SystemDefined", default="UserDefined"),
    "CoverEnabled": flag(default=False),
}
_action: Schema = {
    "Type": choice(*ACTIONS, required=True),
    "Order": integer(1, 50000, required=True),
    "ForwardGroupConfig": group({"ServerGroupTuples": _groups, "ServerGroupStickySession": _sticky}),
    "RedirectConfig": group(
        {
            **_target,
            "Protocol": choice("${protocol}", "HTTP", "HTTPS", default="${protocol}"),
            "Port": line(1, 7, pattern=r"\$\{port\}|[1-9][0-9]{0,4}", default="${port}"),
            "HttpCode": choice("301", "302", "303", "307", "308", default="301"),
        }
    ),
    "FixedResponseConfig": group(
        {
            "HttpCode": must(line(3, 3, pattern="[245][0-9]{2}")),
            "ContentType": choice(
                *("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
                default="text/plain",
            ),
            "Content": text(0, 1024, pattern=r"[\x00-\x7f]*", default=""),
        }
    ),
    "RewriteConfig": group(_target),
    "InsertHeaderConfig": group(_insert_header),
    "RemoveHeaderConfig": group({"Key": must(_header_name)}),
    "TrafficLimitConfig": group({"QPS": integer(1, 1000000), "PerIpQps": integer(1, 1000000, zero_is_unset=True)}),
    "TrafficMirrorConfig": group(
        {
            "TargetType": choice("ForwardGroupMirror", required=True),
            "MirrorGroupConfig": must(group({"ServerGroupTuples": _mirror_groups})),
        }
    ),
    "CorsConfig": group(
        {
            "AllowOrigin": many(line(1, 256, pattern=r"\*|https?://.+"), 1),
            "AllowMethods": _names,
            "AllowHeaders": _names,
            "ExposeHeaders": _names,
            "AllowCredentials": choice("on", "off"),
            "MaxAge": integer(-1, 172800),
        }
    ),
}
_direction = choice("Request", "Response", default="Request")
_priority = integer(1, 10000)
RULE_ID: Schema = {"RuleId": line(required=True)}
CREATE_RULE: Schema = {
    **LISTENER_ID,
    "RuleName": must(NAME),
    "Priority": must(_priority),
    "Direction": _direction,
    "RuleConditions": must(many(_condition, 1, 100)),
    "RuleActions": must(many(_action, 1, 100)),
    **NEW_TAGS,
    **WRITE,
}
UPDATE_RULE: Schema = {
    **RULE_ID,
    "RuleName": NAME,
    "Priority": _priority,
    "RuleConditions": many(_condition, 1, 100),
    "RuleActions": many(_action, 1, 100),
    **WRITE,
}
DELETE_RULE: Schema = {**RULE_ID, **WRITE}
LIST_RULES: Schema = {
    "RuleIds": ids(20),
    "ListenerIds": ids(20),
    "LoadBalancerIds": ids(20),
    "Direction": _direction,
    **TAG_FILTER,
    **PAGE,
}
