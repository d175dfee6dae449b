# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: which ones no resource can be given, and which ones are the platform's. Pure.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .._arguments.texts import control_character
from .errors import RefusedError

# Tags that Alibaba Cloud and its container service (ACK) give to resources and live on. "ack" is only theirs as a word.
_PLATFORM = re.compile(r"acs:|aliyun|ack(?![A-Za-z0-9])", re.IGNORECASE)
# What TagResources excludes: how keys and values may not begin, and what they may not hold.
_RESERVED = re.compile(r"(acs:|aliyun)|.*https?://", re.IGNORECASE)
_MOST, _LONGEST = 20, 128


def is_platform(key: str) -> bool:
    """Return whether the tag is one of Alibaba Cloud's own, which no option ever removes."""
    return _PLATFORM.match(key) is not None


def check(tags: Mapping[str, t.Any] | None) -> None:
    """Raise RefusedError for tags that no resource can be given (TagResources)."""
    if not tags:
        return
    if len(tags) > _MOST:
        raise RefusedError(f"tags has {len(tags)} tags, and a resource has {_MOST} at most.", "Leave some out.")
    for key, value in tags.items():
        for what, text in (("key", str(key)), ("value", str(value))):
            if character := control_character(text):
                raise RefusedError(
                    f"tags: the {what} {text[:60]!r} holds a line break or another control character ({character}).",
                    "Take it out.",
                )
            if _RESERVED.match(text) or len(text) > _LONGEST or (what == "key" and not text):
                raise RefusedError(
                    f"tags: {text[:60]!r} cannot be the {what} of a tag.",
                    f"It has {_LONGEST} characters at most, does not begin with aliyun or acs: and holds neither "
                    "http:// nor https://.",
                )
