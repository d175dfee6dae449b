# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a set that has room for few, such as the security groups of a load balancer. Pure.

Without any member such a set lets everybody in. So one goes only when another is there, unless none is wanted. This
module is PRIVATE to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One request: it ``adds`` or removes ``items``, and the members are ``after`` then."""

    adds: bool
    items: list[str]
    after: list[str]


def exchange(current: list[str], wanted: list[str], most: int, *, purge: bool) -> list[Step] | None:
    """Return the steps from ``current`` to ``wanted``, or None if there is no room for all.

    Others go only with ``purge``.
    """
    added = [each for each in wanted if each not in current]
    removed = [each for each in current if purge and each not in wanted]
    if added and len(current) + len(added) - len(removed) > most:
        return None
    there, steps = list(current), []
    while added or removed:
        room = most - len(there)
        if added and room > 0:
            part, added = added[:room], added[room:]
            there = [*there, *part]
            steps.append(Step(True, part, there))
        else:
            # As many as have to make room, one of them at least stays; without a successor all go.
            number = min(len(added), len(there) - 1) if added else len(removed)
            part, removed = removed[:number], removed[number:]
            there = [each for each in there if each not in part]
            steps.append(Step(False, part, there))
    return steps
