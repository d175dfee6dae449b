# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access control lists of a listener. Pure. Private to this collection.

A listener takes three lists (quotas of ALB), all with the same kind of access, and without any it lets everybody in. So
the kind is never changed in place, and a list is removed only when another one is there, unless the user wants none.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.action import SELF_ID, Action
from .._core.errors import RefusedError
from .._core.values import Object, known
from .exchange import exchange
from .fields import ACCESS

_MOST_LISTS = 3


def associate(listener: str, lists: list[str], access: str, after: Object) -> Action:
    """Return the action that gives ``lists`` to a listener."""
    params = {"ListenerId": listener, "AclIds": lists, "AclType": ACCESS.encode(access)}
    return Action("AssociateAclsWithListener", params, after)


def dissociate(listener: str, lists: list[str], after: Object) -> Action:
    """Return the action that takes ``lists`` from a listener."""
    return Action("DissociateAclsFromListener", {"ListenerId": listener, "AclIds": lists}, after)


def refuse_other_access(listener: str, current: str, wanted: str) -> RefusedError:
    """Return the error for a listener whose kind of access would change."""
    return RefusedError(
        f"The listener {listener} has its access control lists as {current}, not as {wanted}.",
        "Changed at once it would let everybody in for a while: take the lists away from it first.",
    )


def access_actions(wanted: Object | None, listener: Mapping[str, t.Any], *, purge: bool) -> list[Action]:
    """Return the actions that give ``listener`` the lists in ``wanted``; others are removed only with ``purge``.

    Raises:
        RefusedError: the kind of access would change, or there would be too many lists.
    """
    if not wanted or wanted.get("acl_ids") is None:
        return []
    current = known(listener.get("acl"), dict)
    existing = list(current.get("acl_ids") or [])
    access = wanted.get("access") or current.get("access") or "allow"
    asked = list(dict.fromkeys(wanted["acl_ids"]))
    if asked and existing and access != current["access"]:
        raise refuse_other_access(str(listener["listener_id"]), current["access"], access)
    steps = exchange(existing, asked, _MOST_LISTS, purge=purge)
    if steps is None:
        count = len({*asked, *([] if purge else existing)})
        raise RefusedError(
            f"The listener would have {count} access control lists, and {_MOST_LISTS} is the most.",
            "Put the entries into fewer lists, or remove the others with purge_acls: true.",
        )
    return [
        associate(SELF_ID, step.items, access, _after(access, step.after))
        if step.adds
        else dissociate(SELF_ID, step.items, _after(access, step.after))
        for step in steps
    ]


def _after(access: str, lists: list[str]) -> Object:
    return {"acl": {"access": access if lists else None, "acl_ids": sorted(lists)}}


def by_listener_id(listeners: list[Object]) -> list[Object]:
    """Return ``listeners`` in the order of their ids."""
    return sorted(listeners, key=lambda item: str(item["listener_id"]))
