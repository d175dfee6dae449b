# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions on tags and resource groups, the same for every resource of ALB. Pure.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core import tags
from .._core.action import THIS, Action
from .._core.values import GONE, TAGS, Object, known


def tag_actions(kind: str, wanted: Mapping[str, t.Any] | None, current: t.Any, purge: bool) -> list[Action]:
    """What makes the tags of a ``kind`` (ResourceType of TagResources) as ``wanted``; others go only with ``purge``.

    Those of the platform never go.
    """
    if wanted is None:
        return []
    given = {key: str(value) for key, value in wanted.items()}
    there: Mapping[str, str] = known(current, dict)
    added = {key: value for key, value in given.items() if there.get(key) != value}
    removed = sorted(key for key in there if key not in given and not tags.is_platform(key)) if purge else []
    target: Object = {"ResourceType": kind, "ResourceId": [THIS]}
    actions = []
    if removed:
        actions.append(
            Action("UnTagResources", {**target, "TagKey": removed}, {"tags": dict.fromkeys(removed, GONE)}, token=False)
        )
    if added:
        actions.append(Action("TagResources", {**target, "Tag": TAGS.encode(added)}, {"tags": added}, token=False))
    return actions


def move_action(kind: str, resource_group: str) -> Action:
    """What brings a ``kind`` (ResourceType of MoveResourceGroup) into another resource group."""
    params: Object = {"ResourceType": kind, "ResourceId": THIS, "NewResourceGroupId": resource_group}
    return Action("MoveResourceGroup", params, {"resource_group_id": resource_group}, token=False)
