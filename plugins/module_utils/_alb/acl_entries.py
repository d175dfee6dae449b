# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of an access control list. Pure. Private to this collection."""

from __future__ import annotations

import ipaddress

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.values import Object, chunks, encode, holds_unknown
from .fields import ACL_ENTRY

_ENTRIES_PER_REQUEST = 20  # maxItems of AddEntriesToAcl and RemoveEntriesFromAcl


def entry_actions(wanted: list[Object] | None, current: list[Object], *, purge: bool) -> list[Action]:
    """Return the actions that make the entries as ``wanted``, additions first; others are removed only with ``purge``.

    Raises:
        RefusedError: an entry is no network, or two have the same addresses.
    """
    if wanted is None:
        return []
    existing = {_key(item["entry"]): item for item in current}
    asked = {_key(item["entry"]): {name: item.get(name) for name in ("entry", "description")} for item in wanted}
    if len(asked) < len(wanted):
        raise RefusedError("entries has two entries of the same addresses.", "Remove one of them.")
    added = [item for key, item in asked.items() if key not in existing]
    removed = [item["entry"] for key, item in existing.items() if purge and key not in asked]
    remaining = [item for item in current if item["entry"] not in removed]
    after = {"entries": in_order(remaining + added)}
    additions = (
        {"AclId": SELF_ID, "AclEntries": [encode(ACL_ENTRY, item) for item in part]}
        for part in chunks(added, _ENTRIES_PER_REQUEST)
    )
    removals = ({"AclId": SELF_ID, "Entries": part} for part in chunks(removed, _ENTRIES_PER_REQUEST))
    return [
        *(Action("AddEntriesToAcl", params, after) for params in additions),
        *(Action("RemoveEntriesFromAcl", params, after) for params in removals),
    ]


def in_order(entries: list[Object]) -> list[Object]:
    """Return ``entries`` in the order of their addresses, unknown ones last."""
    return sorted(entries, key=lambda item: _key(item["entry"]))


def _key(entry: str) -> tuple[int, ipaddress.IPv4Network | str]:
    """Return what identifies an entry, in a form that sorts as in_order says."""
    return (1, entry) if holds_unknown(entry) else (0, _network(entry))


def _network(entry: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(entry.strip(), strict=False)
    except ValueError:
        raise RefusedError(
            f"entries: {entry!r} is not an IPv4 address or CIDR block.", "Write it like 203.0.113.0/24."
        ) from None
