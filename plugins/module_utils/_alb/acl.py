# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists: the clients that listeners let in or keep out. Private to this collection."""

from __future__ import annotations

from .._core.action import SELF_ID, Action
from .._core.errors import PredictedError, RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import Object, changes, encode, given, holds_unknown, known
from . import queries, usage
from .acl_association import associate, by_listener_id, dissociate, refuse_other_access
from .acl_entries import entry_actions
from .fields import ACL
from .lookup import ACLS, PASSING, only_named
from .tags import move_actions, tag_actions, tag_parameter

_MOST_LISTENERS = 50  # of one list (help.aliyun.com, "Quotas and limits" of ALB)


class Acl(Resource):
    noun = "access control list"
    key = "acl"
    product = "alb"
    names = (*(field.name for field in ACL), "entries", "listeners")
    id_name = "acl_id"
    id_parameter = "AclId"
    delete_operation = "DeleteAcl"
    waiter = Waiter(PASSING)

    def search(self) -> Found:
        current = only_named(self, queries.acls(self.session, {"AclNames": [self.params["name"]]}))
        return Found(current and self._complete(current))

    def read(self, identity: str) -> Object | None:
        current = next(queries.acls(self.session, {"AclIds": [identity]}), None)
        return current and self._complete(current)

    def _complete(self, current: Object) -> Object:
        """Return a list with its entries, and with its listeners if the user gives ``listeners``.

        The listeners take one more request, and another one for each of them.
        """
        whole = queries.with_entries(self.session, current)
        if self.params["listeners"] is None:
            return {**whole, "listeners": None}
        return {**whole, "listeners": queries.acl_listeners(self.session, current["acl_id"])}

    def present(self, found: Found) -> list[Action]:
        wanted = given(self.params, ("name", "resource_group_id"))
        current = found.object or {}
        entries, listeners = (known(current.get(name), list) for name in ("entries", "listeners"))
        steps = [
            *entry_actions(self.params["entries"], entries, purge=self.params["purge_entries"]),
            *listener_actions(self.params["listeners"], listeners, purge=self.params["purge_listeners"]),
        ]
        if found.object is None:
            return [self._create(wanted), *steps]
        changed = changes(wanted, current)
        group = changed.pop("resource_group_id", None)
        update = Action("UpdateAclAttribute", {"AclId": SELF_ID, **encode(ACL, changed)}, changed)
        return [
            *([update] if changed else []),
            *steps,
            *move_actions("acl", group),
            *tag_actions("acl", self.params["tags"], current["tags"], self.params["purge_tags"]),
        ]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            self._check_removal(found.object or {})
            return
        # A listener with an allow list that has no entry lets everybody in (AssociateAclsWithListener).
        if after["entries"] == [] and any(item["access"] == "allow" for item in self._listeners(after)):
            raise RefusedError(
                "This list allows access to a listener and would have no entry; such a listener lets everybody in.",
                "Keep an entry in entries, or take the list from the listeners.",
            )

    def _listeners(self, after: Object) -> list[Object]:
        if after["listeners"] is None:
            return queries.acl_listeners(self.session, after["acl_id"])
        return known(after["listeners"], list)

    def _check_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener has the list."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        what = f"The access control list {identity} ({current['name']})"
        usage.refuse(self.params, {what: usage.of_acl(self.session, identity)}, "ResourceInUse.Acl")

    def _create(self, wanted: Object) -> Action:
        if not wanted.get("name"):
            raise RefusedError("A new access control list needs name.")
        tags = self.params["tags"] or {}
        unique = ACLS.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.acl_listeners(self.session, identity),
            remove=lambda identity: [self.delete_action()],
        )
        params = {**encode(ACL, wanted), **tag_parameter(tags)}
        after = {**wanted, "tags": tags, "entries": [], "listeners": []}
        return Action("CreateAcl", params, after, creates=True, unique=unique)


def listener_actions(wanted: list[Object] | None, current: list[Object], *, purge: bool) -> list[Action]:
    """Return the actions that give the list to the ``wanted`` listeners; others lose it only with ``purge``. Pure.

    Raises:
        RefusedError: the kind of access of a listener would change.
        PredictedError: the list would have too many listeners.
    """
    if wanted is None:
        return []
    existing = {item["listener_id"]: item for item in current}
    asked = {item["listener_id"]: item for item in wanted}
    for identity, item in asked.items():
        if identity in existing and existing[identity]["access"] != item["access"]:
            raise refuse_other_access(identity, existing[identity]["access"], item["access"])
    added = [item for identity, item in asked.items() if identity not in existing]
    removed = [identity for identity in existing if purge and identity not in asked]
    after = [item for item in current if item["listener_id"] not in removed] + added
    if added and len(after) > _MOST_LISTENERS:
        raise PredictedError(
            f"The access control list would have {len(after)} listeners, and {_MOST_LISTENERS} is the most.",
            "ResourceQuotaExceeded.AclAttachedNum",
            "Or make a second list with the same entries.",
        )
    shown = {"listeners": by_listener_id(after)}
    additions = [associate(item["listener_id"], [SELF_ID], item["access"], shown) for item in added]
    removals = [dissociate(identity, [SELF_ID], shown) for identity in removed]
    # Added before removed, unless there is no room.
    return [*removals, *additions] if len(current) + len(added) > _MOST_LISTENERS else [*additions, *removals]
