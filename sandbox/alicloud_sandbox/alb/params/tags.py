# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on tags and resource groups."""

from __future__ import annotations

from ... import kinds
from ...schema import choice, flag, many, must
from .common import FOUND_TAG, IDENTIFIER, NEW_TAG, PAGE, Schema, ids

# Resources that are in a resource group (SDK 1.3.3, MoveResourceGroup).
_IN_GROUPS = (kinds.ACL, kinds.LOAD_BALANCER, kinds.SECURITY_POLICY, kinds.SERVER_GROUP)
_tagged = choice(*_IN_GROUPS, kinds.LISTENER, kinds.RULE, kinds.HEALTH_CHECK_TEMPLATE, required=True)
TAG: Schema = {"ResourceType": _tagged, "ResourceId": must(ids(50)), "Tag": must(many(NEW_TAG, 1, 20))}
UNTAG: Schema = {
    "ResourceType": _tagged,
    "ResourceId": must(ids(50)),
    "TagKey": ids(20),
    "Tag": many(FOUND_TAG, 1, 20),
    "All": flag(),
}
LIST_TAGS: Schema = {"ResourceType": _tagged, "ResourceId": ids(50), "Tag": many(FOUND_TAG, 1, 20), **PAGE}

_movable = choice(*_IN_GROUPS, required=True)
MOVE: Schema = {"ResourceType": _movable, "ResourceId": IDENTIFIER, "NewResourceGroupId": IDENTIFIER}
