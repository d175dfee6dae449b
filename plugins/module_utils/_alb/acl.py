# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists: who may come to a listener. This module is PRIVATE to the collection."""

from __future__ import annotations

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import (
    KNOWN_AFTER_APPLY,
    TAGS,
    Object,
    changes,
    encode,
    given,
    holds_unknown,
    known,
)
from . import queries, usage
from .acl_association import associate, dissociate, refuse_turn
from .acl_entries import entry_actions
from .fields import ACL
from .lookup import ACLS, PASSING, is_leaving, not_found, only_one, staying
from .tags import move_action, tag_actions


class Acl(Resource):
    noun = "access control list"
    key = "acl"
    product = "alb"
    names = (*(field.name for field in ACL), "entries", "listeners")
    id_name = "acl_id"
    id_wire = "AclId"
    waiter = Waiter(PASSING)

    def find(self) -> Found:
        identity, name = self.params["acl_id"], self.params["name"]
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        filters = {"AclIds": [identity]} if identity else {"AclNames": [name]}
        lists = [each for each in queries.acls(self.session, filters) if identity or each["name"] == name]
        if identity and not lists and self.params["state"] == "present":
            raise not_found(self.noun, identity, self.id_name)
        lists = staying(lists, is_leaving)
        only_one(self.noun, name, self.id_name, [each[self.id_name] for each in lists])
        return Found(self._complete(lists[0]) if lists else None)

    def read(self, identity: str) -> Object | None:
        there = next(queries.acls(self.session, {"AclIds": [identity]}), None)
        return there and self._complete(there)

    def _complete(self, there: Object) -> Object:
        """With its entries; who has it takes one request more and another per listener, for those who want to know."""
        whole = queries.with_entries(self.session, there)
        asked = self.params["listeners"] is not None
        return {
            **whole,
            "listeners": queries.by_listener_id(queries.acl_listeners(self.session, there)) if asked else None,
        }

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
        update = Action("UpdateAclAttribute", {"AclId": THIS, **encode(ACL, changed)}, changed)
        tags = tag_actions("acl", self.params["tags"], current["tags"], self.params["purge_tags"])
        return [*([update] if changed else []), *steps, *([move_action("acl", group)] if group else []), *tags]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteAcl", {"AclId": THIS}, deletes=True)]

    def guard(self, found: Found, after: Object) -> None:
        """An allow list without entries lets everybody in (AssociateAclsWithListener): nobody means that."""
        if not after:
            self._guard_removal(found.object or {})
            return
        if after["entries"] != []:
            return
        there = after["listeners"]
        listeners = queries.acl_listeners(self.session, after) if there is None else known(there, list)
        if any(each["access"] == "allow" for each in listeners):
            raise RefusedError(
                "This list allows access to a listener and would have no entry; such a listener lets everybody in.",
                "Keep an entry in entries, or take the list from the listeners.",
            )

    def _guard_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener has the list."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        what = f"The access control list {identity} ({current['name']})"
        usage.refuse(self.params, {what: usage.of_acl(self.session, identity)}, "ResourceInUse.Acl")

    def _create(self, wanted: Object) -> Action:
        tags = self.params["tags"] or {}
        if not wanted.get("name"):
            raise RefusedError("A new access control list needs name.")
        params = {**encode(ACL, wanted), **({"Tag": TAGS.encode(tags)} if tags else {})}
        after = {**wanted, "tags": tags, "entries": [], "listeners": []}
        unique = ACLS.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not any(queries.acl_listeners(self.session, {"acl_id": identity})),
            remove=lambda identity: [Action("DeleteAcl", {"AclId": THIS}, deletes=True)],
        )
        return Action("CreateAcl", params, after, creates=True, unique=unique)


def listener_actions(wanted: list[Object] | None, current: list[Object], *, purge: bool) -> list[Action]:
    """What associates the list with the ``wanted`` listeners; it stays with others unless ``purge``. Pure."""
    if wanted is None:
        return []
    there = {each["listener_id"]: each for each in current}
    asked = {each["listener_id"]: each for each in wanted}
    for identity, each in asked.items():
        if identity in there and there[identity]["access"] != each["access"]:
            raise refuse_turn(identity, there[identity]["access"], each["access"])
    added = [each for identity, each in asked.items() if identity not in there]
    removed = [identity for identity in there if purge and identity not in asked]
    result = [each for each in current if each["listener_id"] not in removed] + added
    after = {"listeners": queries.by_listener_id(result)}
    return [
        *(associate(each["listener_id"], [THIS], each["access"], after) for each in added),
        *(dissociate(identity, [THIS], after) for identity in removed),
    ]
