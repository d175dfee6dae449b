# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that mean something only while another is on. Pure. This module is PRIVATE to the collection.

ALB takes and keeps a detail of what is switched off in some places and not in others. So that a second run has nothing
left to do, a detail is never asked for while it is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object, known


@dataclass(frozen=True)
class Switch:
    """``on`` switches ``details``, all of them suboptions of ``option``; a new resource has ``default``."""

    option: str
    on: str
    details: tuple[str, ...]
    default: bool = False


def settled(switches: Iterable[Switch], wanted: Object, current: Mapping[str, Any]) -> Object:
    """``wanted`` without the details of what it switches off.

    Raises RefusedError for a detail of what is off and would stay so.
    """
    result = dict(wanted)
    for switch in switches:
        options = known(result.get(switch.option), dict)
        details = [name for name in switch.details if options.get(name) is not None]
        if not details:
            continue
        on = options.get(switch.on)
        if on is None and not _is_on(switch, current):
            raise RefusedError(
                f"{switch.option}.{details[0]} is given, and {switch.option}.{switch.on} is off.",
                f"Set {switch.option}.{switch.on}: true (or false, to keep it off).",
            )
        if on is False:
            result[switch.option] = {name: value for name, value in options.items() if name not in details}
    return result


def without_idle(switches: Iterable[Switch], resource: Mapping[str, Any]) -> Object:
    """``resource``, options completed by what is there, without the details of what is off in it."""
    result = dict(resource)
    for switch in switches:
        options = result.get(switch.option)
        if isinstance(options, dict) and not _is_on(switch, result):
            result[switch.option] = {name: value for name, value in options.items() if name not in switch.details}
    return result


def _is_on(switch: Switch, current: Mapping[str, Any]) -> bool:
    there = current.get(switch.option)
    if there == KNOWN_AFTER_APPLY:
        return True
    on = known(there, dict).get(switch.on)
    return switch.default if on is None else bool(on)


def beyond_basic(group: Mapping[str, Any]) -> list[str]:
    """Return the options of a server group that load balancers of lesser editions do not have (CreateServerGroup).

    Health checks by HTTPS: help.aliyun.com, "Health checks" of ALB (2026-07-08).
    """
    check = known(group.get("health_check"), dict)
    found = {
        "health_check.protocol: https": check.get("enabled") and check.get("protocol") == "https",
        "connection_drain": known(group.get("connection_drain"), dict).get("enabled"),
        "slow_start": known(group.get("slow_start"), dict).get("enabled"),
        "cross_zone: false": group.get("cross_zone") is False,
    }
    return [name for name, on in found.items() if on]
