# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions on tags and resource groups, the same for every kind of resource of ALB. Pure. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core import tags
from .._core.action import SELF_ID, Action
from .._core.values import GONE, TAGS, Object, known


def tag_parameter(wanted: Mapping[str, t.Any] | None) -> Object:
    """Return the parameter of a create that gives the new resource the ``wanted`` tags."""
    return {"Tag": TAGS.encode(wanted)} if wanted else {}


def tag_actions(kind: str, wanted: Mapping[str, t.Any] | None, current: t.Any, purge: bool) -> list[Action]:
    """Return the actions that make the tags of a resource as ``wanted``.

    Args:
        kind: the ResourceType of TagResources.
        wanted: the tags, None if the user gives none.
        current: the present tags.
        purge: remove others, except those of the platform.
    """
    if wanted is None:
        return []
    given = {key: str(value) for key, value in wanted.items()}
    existing: Mapping[str, str] = known(current, dict)
    added = {key: value for key, value in given.items() if existing.get(key) != value}
    removed = sorted(key for key in existing if key not in given and not tags.is_platform(key)) if purge else []
    target: Object = {"ResourceType": kind, "ResourceId": [SELF_ID]}
    actions = []
    if removed:
        actions.append(
            Action("UnTagResources", {**target, "TagKey": removed}, {"tags": dict.fromkeys(removed, GONE)}, token=False)
        )
    if added:
        actions.append(Action("TagResources", {**target, "Tag": TAGS.encode(added)}, {"tags": added}, token=False))
    return actions


def move_actions(kind: str, resource_group: str | None) -> list[Action]:
    """Return the action that moves a resource into another resource group, none if there is nothing to change.

    Args:
        kind: the ResourceType of MoveResourceGroup.
        resource_group: the id of the new group, None or empty for no change.
    """
    if not resource_group:
        return []
    params: Object = {"ResourceType": kind, "ResourceId": SELF_ID, "NewResourceGroupId": resource_group}
    return [Action("MoveResourceGroup", params, {"resource_group_id": resource_group}, token=False)]
