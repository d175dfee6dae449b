# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for tags: which are not allowed, and which belong to the platform. Pure. Private to this collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._arguments.texts import faults
from .errors import RefusedError

# Tags that Alibaba Cloud and its container service (ACK) set and depend on; "ack" only as a whole word.
_PLATFORM = re.compile(r"acs:|aliyun|ack(?![A-Za-z0-9])", re.IGNORECASE)
# What keys and values must not begin with or contain (TagResources).
_RESERVED = re.compile(r"(acs:|aliyun)|.*https?://", re.IGNORECASE)
_MOST, _LONGEST = 20, 128


def is_platform(key: str) -> bool:
    """Return whether Alibaba Cloud has set the tag itself; such tags are never removed."""
    return _PLATFORM.match(key) is not None


def check(tags: Mapping[str, t.Any] | None) -> None:
    """Raise RefusedError for tags that are not allowed (TagResources)."""
    if not tags:
        return
    if len(tags) > _MOST:
        raise RefusedError(f"tags has {len(tags)} tags, and a resource can have {_MOST} at most.", "Leave some out.")
    for key, value in tags.items():
        for what, text in (("key", str(key)), ("value", str(value))):
            for fault in faults(f"tags: the {what} {text[:60]!r}", text):
                raise RefusedError(fault, "Remove it.")
            if _RESERVED.match(text) or len(text) > _LONGEST or (what == "key" and not text):
                raise RefusedError(
                    f"tags: {text[:60]!r} cannot be the {what} of a tag.",
                    f"It has {_LONGEST} characters at most, does not begin with aliyun or acs: and holds neither "
                    "http:// nor https://.",
                )
