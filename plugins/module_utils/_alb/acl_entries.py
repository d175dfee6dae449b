# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of an access control list. Pure. This module is PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.values import Object, encode, holds_unknown
from .fields import ACL_ENTRY

_ENTRIES_PER_REQUEST = 20  # maxItems of AddEntriesToAcl and RemoveEntriesFromAcl


def entry_actions(wanted: list[Object] | None, current: list[Object], *, purge: bool) -> list[Action]:
    """What makes the entries as ``wanted``; others go only with ``purge``. Added before removed. Pure."""
    if wanted is None:
        return []
    there = {_key(each["entry"]): each for each in current}
    asked = {_key(each["entry"]): {name: each.get(name) for name in ("entry", "description")} for each in wanted}
    if len(asked) < len(wanted):
        raise RefusedError("entries has two entries of the same addresses.", "Remove one of them.")
    added = [each for key, each in asked.items() if key not in there]
    removed = [each["entry"] for key, each in there.items() if purge and key not in asked]
    result = [each for each in current if each["entry"] not in removed] + added
    after = {"entries": in_order(result)}
    return [
        *(
            Action("AddEntriesToAcl", {"AclId": THIS, "AclEntries": [encode(ACL_ENTRY, each) for each in part]}, after)
            for part in _parts(added)
        ),
        *(Action("RemoveEntriesFromAcl", {"AclId": THIS, "Entries": part}, after) for part in _parts(removed)),
    ]


def network(entry: str) -> ipaddress.IPv4Network:
    """The addresses of an entry. Raises RefusedError."""
    try:
        return ipaddress.IPv4Network(entry.strip(), strict=False)
    except ValueError:
        raise RefusedError(
            f"entries: {entry!r} is not an IPv4 address or CIDR block.", "Such an entry is 203.0.113.0/24."
        ) from None


def _key(entry: str) -> tuple[int, ipaddress.IPv4Network | str]:
    """What tells an entry from the others, and orders them; those that are not known yet come last."""
    return (1, entry) if holds_unknown(entry) else (0, network(entry))


def in_order(entries: list[Object]) -> list[Object]:
    return sorted(entries, key=lambda each: _key(each["entry"]))


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[at : at + _ENTRIES_PER_REQUEST] for at in range(0, len(items), _ENTRIES_PER_REQUEST))
