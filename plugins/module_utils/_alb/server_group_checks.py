# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a server group by itself, before anything is written. Pure. Private to this collection.

Source: CreateServerGroup (https://api.aliyun.com/document/Alb/2020-06-16/CreateServerGroup).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._core.checks import Check, run_checks
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object, known

_NOT_FOR_FUNCTIONS = ("connection_drain", "slow_start")
# The rules for texts: option, pattern of the whole text, and the rule in words.
_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "health_check.path",
        r"[A-Za-z0-9/.%?#&=_;~!()*\[\]@$^:\\\",+-]{1,80}",
        'It begins with / and has 80 letters, digits and -/.%?#&=_;~!()*[]@$^:\\",+ at most.',
    ),
    (
        "health_check.host",
        r"[a-z0-9.-]{0,80}|\$SERVER_IP",
        "It is a domain name in lower case of 80 characters at most, such as www.example.com.",
    ),
    (
        "sticky_session.cookie",
        r"|(?!\$)[!-+\--:<-~]{1,200}",
        "It has 1 to 200 printable ASCII characters without blanks, commas and semicolons, and does not begin with $.",
    ),
    (
        "hash_query_parameter",
        r"[^\s\x00-\x1f\x7f-\x9f]*",
        "It has no blanks, line breaks and other control characters.",
    ),
)
# The detail of sticky sessions by their type: ALB's own cookie has a lifetime, the servers' cookie has a name.
COOKIE_DETAILS = {"insert": "cookie_timeout", "server": "cookie"}


def enabled(group: Mapping[str, t.Any], option: str) -> Object:
    """Return the suboptions of ``option``, such as slow_start, if it is on; else an empty dictionary."""
    options = known(group.get(option), dict)
    return options if options.get("enabled") else {}


def _not_for_functions(group: Object) -> str:
    options = _NOT_FOR_FUNCTIONS if group.get("type") == "fc" else ()
    return next((name for name in options if enabled(group, name)), "")


def _needs_cross_zone(group: Object) -> Object | None:
    if group.get("cross_zone") is not False:
        return None
    if enabled(group, "sticky_session"):
        return {"what": "sticky sessions", "hint": "Leave cross_zone out, or switch sticky_session off."}
    return {"what": "functions", "hint": "Leave cross_zone out."} if group.get("type") == "fc" else None


HASH_NEEDS_PARAMETER = Check(
    lambda group: group.get("scheduler") == "uch" and not group.get("hash_query_parameter"),
    "The scheduler uch needs the query parameter to go by.",
    "Name it in hash_query_parameter.",
)
CHECKS = (
    HASH_NEEDS_PARAMETER,
    Check(
        lambda group: (
            enabled(group, "sticky_session").get("type") == "server"
            and not enabled(group, "sticky_session").get("cookie")
        ),
        "sticky_session of type server needs the name of the servers' cookie.",
        "Give it as cookie.",
    ),
    Check(_not_for_functions, "A server group of type fc has no {found}.", "Leave {found} out."),
    Check(
        lambda group: known(group.get("health_check"), dict).get("codes") == [],
        "health_check.codes is empty: no server could be healthy.",
        "Name at least one code.",
    ),
    Check(
        lambda group: enabled(group, "slow_start") and group["scheduler"] not in ("wrr", KNOWN_AFTER_APPLY),
        "slow_start works with scheduler wrr only, and this is {scheduler}.",
        "Set scheduler: wrr, or switch slow_start off.",
    ),
    Check(_needs_cross_zone, "cross_zone is off, and a server group with {found[what]} needs it.", "{found[hint]}"),
)


def check(group: Object) -> None:
    """Raise RefusedError for the first thing that ``group``, as it would become, cannot be."""
    check_texts(group)
    run_checks(CHECKS, group)


def check_texts(group: Mapping[str, t.Any]) -> None:
    """Raise RefusedError for a text that no server group can have."""
    for option, pattern, words in _TEXTS:
        text: t.Any = group
        for step in option.split("."):
            text = text.get(step) if isinstance(text, Mapping) else None
        if isinstance(text, str) and text != KNOWN_AFTER_APPLY and not re.fullmatch(pattern, text):
            raise RefusedError(f"{option}: {text[:60]!r} is not allowed.", words)


def check_cookie(wanted: Object, current: Object) -> None:
    """Raise RefusedError for a detail of the other type of sticky sessions.

    Args:
        wanted: the suboptions of sticky_session that the user gives.
        current: the server group.
    """
    existing = current.get("sticky_session")
    kind = wanted.get("type") or known(existing, dict).get("type") or "insert"
    for other, detail in COOKIE_DETAILS.items():
        if wanted.get(detail) is not None and kind != other and existing != KNOWN_AFTER_APPLY:
            raise RefusedError(
                f"sticky_session.{detail} is for type {other}, and this is {kind}.",
                f"Leave it out, or set sticky_session.type: {other}.",
            )


def beyond_basic(group: Mapping[str, t.Any]) -> list[str]:
    """Return the options of a server group that load balancers of lesser editions do not have.

    Health checks by HTTPS: help.aliyun.com, "Health checks" of ALB (2026-07-08).
    """
    found = {
        "health_check.protocol: https": enabled(group, "health_check").get("protocol") == "https",
        "connection_drain": enabled(group, "connection_drain"),
        "slow_start": enabled(group, "slow_start"),
        "cross_zone: false": group.get("cross_zone") is False,
    }
    return [name for name, on in found.items() if on]
