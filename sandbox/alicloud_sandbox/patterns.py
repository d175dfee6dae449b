# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of hosts and paths in forwarding rules, as the control plane checks and the data plane reads them.

Source: CreateRule (PathConfig, HostConfig): regular expressions begin with ~ and have these signs. The ingress
controller of ALB sends ~* where upper and lower case do not count.
"""

from __future__ import annotations

import re

REGEX = r"~\*?[A-Za-z0-9._/=?~^*$:()\[\]+\\|-]+"
_PARTS = re.compile(r"(~\*|~)(.+)")


def regex(value: str) -> tuple[str, str] | None:
    """Returns the sign and the regular expression of a value, or None if it is not one."""
    match = _PARTS.fullmatch(value)
    if not match or not re.fullmatch(REGEX, value):
        return None
    try:
        re.compile(match[2])
    except re.error:
        return None
    return match[1], match[2]
