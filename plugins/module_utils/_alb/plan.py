# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps that the plans of several ALB resources have in common. Pure. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core import tags
from .._core.engine import THIS, Action, Found, Resource
from .._core.errors import RefusedError, SeveralError
from .._core.values import GONE, KNOWN_AFTER_APPLY, TAGS, Object, known


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


def one(noun: str, name: str, id_option: str, identities: list[str]) -> str | None:
    """The only id, or ``None``; two resources of one name are the user's to tell apart."""
    if len(identities) > 1:
        raise SeveralError(
            f"There are {len(identities)} {noun}s called {name!r}: {', '.join(sorted(identities))}.",
            f"Say which one is meant with {id_option}; with state: absent beside it that one is removed.",
        )
    return identities[0] if identities else None


def refuse_change(noun: str, found: Found, wanted: Object, fixed: tuple[str, ...], id_name: str) -> None:
    """Raise if ``wanted`` has another value for one of the options that are ``fixed`` once the resource is there."""
    current = found.object or {}
    for name in fixed:
        if wanted.get(name) is None or name not in current or KNOWN_AFTER_APPLY in (wanted[name], current[name]):
            continue
        if wanted[name] != current[name]:
            raise RefusedError(
                f"The {noun} {current.get(id_name)} has {name} {current[name]!r}, and that cannot be changed.",
                f"Leave {name} out or as it is, or remove the {noun} with state=absent first.",
            )


def removed(resource: Resource, found: Found) -> Object:
    """Return what a module with state=absent tells of the resource: the ids that later tasks name in removed_before."""
    if resource.params["state"] != "absent":
        return {}
    return {"removed": [found.object[resource.id_name]] if found.object else []}


def missing(noun: str, identity: str, id_option: str) -> RefusedError:
    return RefusedError(
        f"There is no {noun} {identity}.",
        f"Check {id_option} and region; a new {noun} is made by its name.",
    )
