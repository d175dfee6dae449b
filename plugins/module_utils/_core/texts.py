# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts and tags that a service does not take, told before anything is written. Pure.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator, Mapping

from .._arguments.texts import control_character
from .errors import RefusedError
from .values import Object

# Tags that Alibaba Cloud and its container service (ACK) give to resources and live on. "ack" is only theirs as a word.
_PLATFORM = re.compile(r"acs:|aliyun|ack(?![A-Za-z0-9])", re.IGNORECASE)
# What TagResources excludes: how keys and values may not begin, and what they may not hold.
_RESERVED = re.compile(r"(acs:|aliyun)|.*https?://", re.IGNORECASE | re.DOTALL)
_MOST_TAGS, _LONGEST = 20, 128


def each(value: t.Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in ``value`` with its place, such as ``actions[0].redirect.host``. Keys count as texts."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            place = f"{path}.{key}" if path else str(key)
            yield f"the name of {path or 'an option'}", str(key)
            yield from each(item, place)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from each(item, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def check_one_line(options: Mapping[str, t.Any], several_lines: t.Collection[str] = ()) -> None:
    """Raise RefusedError for a text that has a control character in it.

    Such a text could end a header or a line of a request. ``several_lines`` has the last words of the places where
    line breaks are fine.
    """
    for place, text in each(options):
        if (character := control_character(text)) and place.rpartition(".")[2] not in several_lines:
            raise RefusedError(
                f"{place}: {text[:60]!r} holds a line break or another control character ({character}).",
                "Take it out: a line break at the end often comes from a file, or from | in YAML, where >- has none.",
            )


def is_platform_tag(key: str) -> bool:
    """Return whether the tag is one of Alibaba Cloud's own, which no option ever removes."""
    return _PLATFORM.match(key) is not None


def check_tags(tags: Mapping[str, t.Any] | None) -> None:
    """Raise RefusedError for tags that no resource can be given (TagResources)."""
    if not tags:
        return
    if len(tags) > _MOST_TAGS:
        raise RefusedError(f"tags has {len(tags)} tags, and a resource has {_MOST_TAGS} at most.", "Leave some out.")
    for key, value in tags.items():
        for what, text in (("key", str(key)), ("value", str(value))):
            if _RESERVED.match(text) or len(text) > _LONGEST or (what == "key" and not text):
                raise RefusedError(
                    f"tags: {text[:60]!r} cannot be the {what} of a tag.",
                    f"It has {_LONGEST} characters at most, does not begin with aliyun or acs: and holds neither "
                    "http:// nor https://.",
                )


def check(product: str, options: Object) -> None:
    """Raise RefusedError for texts and tags among ``options`` that no resource of ``product`` can have."""
    if product == "alb":
        check_one_line(options, several_lines=("content",))  # of a fixed response, whose body it is
    check_tags(options.get("tags"))
