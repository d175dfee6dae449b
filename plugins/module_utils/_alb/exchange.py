# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing a set that has room for few members, such as the security groups of a load balancer. Pure.

Without any member such a set lets everybody in. So a member is removed only when another one is there, unless none is
wanted. Private to this collection.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One request.

    Attributes:
        adds: it adds ``items``; otherwise it removes them.
        items: the members that are added or removed.
        after: all members after the request.
    """

    adds: bool
    items: list[str]
    after: list[str]


def exchange(current: list[str], wanted: list[str], most: int, *, purge: bool) -> list[Step] | None:
    """Return the steps from the ``current`` to the ``wanted`` members, None if there is no room for all.

    Args:
        current: the members.
        wanted: the members that the set is to have.
        most: the greatest number of members.
        purge: remove members that are not wanted.
    """
    added = [item for item in wanted if item not in current]
    removed = [item for item in current if purge and item not in wanted]
    if added and len(current) + len(added) - len(removed) > most:
        return None
    members, steps = list(current), []
    while added or removed:
        room = most - len(members)
        if added and room > 0:
            part, added = added[:room], added[room:]
            members = [*members, *part]
            steps.append(Step(True, part, members))
        else:
            # Remove as many as needed for the new ones and keep at least one, or the set is open to everybody.
            number = min(len(added), len(members) - 1) if added else len(removed)
            part, removed = removed[:number], removed[number:]
            members = [item for item in members if item not in part]
            steps.append(Step(False, part, members))
    return steps
