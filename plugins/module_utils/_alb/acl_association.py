# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which access control lists a listener has. Pure. This module is PRIVATE to the collection.

A listener takes three lists (quotas of ALB), all with the same kind of access, and without one it lets everybody in. So
the kind is never changed in place, and a list goes only when another is there, unless the user wants none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.values import Object, known
from .exchange import exchange
from .fields import ACCESS

_LISTS = 3


def associate(listener: str, lists: list[str], access: str, after: Object) -> Action:
    params = {"ListenerId": listener, "AclIds": lists, "AclType": ACCESS.encode(access)}
    return Action("AssociateAclsWithListener", params, after)


def dissociate(listener: str, lists: list[str], after: Object) -> Action:
    return Action("DissociateAclsFromListener", {"ListenerId": listener, "AclIds": lists}, after)


def refuse_turn(listener: str, there: str, wanted: str) -> RefusedError:
    return RefusedError(
        f"The listener {listener} has its access control lists as {there}, not as {wanted}.",
        "Changed at once it would let everybody in for a while: take the lists away from it first.",
    )


def access_actions(wanted: Object | None, listener: Mapping[str, Any], *, purge: bool) -> list[Action]:
    """What gives ``listener`` the lists in ``wanted``; others go only with ``purge``."""
    if not wanted or wanted.get("acl_ids") is None:
        return []
    current = known(listener.get("acl"), dict)
    there = list(current.get("acl_ids") or [])
    access = wanted.get("access") or current.get("access") or "allow"
    asked = list(dict.fromkeys(wanted["acl_ids"]))
    if asked and there and access != current["access"]:
        raise refuse_turn(str(listener["listener_id"]), current["access"], access)
    steps = exchange(there, asked, _LISTS, purge=purge)
    if steps is None:
        count = len({*asked, *([] if purge else there)})
        raise RefusedError(
            f"The listener would have {count} access control lists, and {_LISTS} is the most.",
            "Put the entries into fewer lists, or remove the others with purge_acls: true.",
        )
    return [
        associate(THIS, step.items, access, _after(access, step.after))
        if step.adds
        else dissociate(THIS, step.items, _after(access, step.after))
        for step in steps
    ]


def _after(access: str, there: list[str]) -> Object:
    return {"acl": {"access": access if there else None, "acl_ids": sorted(there)}}
