# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists: who may come to a listener. This module is PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .._core.engine import THIS, Action, Found, Resource, Session, Waiter
from .._core.errors import CloudError, Kind, RefusedError
from .._core.values import (
    KNOWN_AFTER_APPLY,
    STATE,
    TAGS,
    Field,
    Fields,
    Object,
    changes,
    decode,
    encode,
    given,
    holds_unknown,
    known,
)
from . import usage
from .acl_association import associate, dissociate, refuse_turn
from .fields import ACCESS
from .information import Limits, listed
from .lookup import ACLS, PASSING, is_leaving, staying
from .plan import missing, move_action, one, tag_actions

ACL: Fields = (
    Field("acl_id", "AclId"),
    Field("name", "AclName"),
    Field("status", "AclStatus", STATE),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tags", TAGS),
)
_ENTRY: Fields = (Field("entry", "Entry"), Field("description", "Description"))
_LISTS: Limits = {"acl_ids": ("AclIds", 20), "names": ("AclNames", 10)}
_FILTERS: Fields = (Field("resource_group_id", "ResourceGroupId"), Field("tags", "Tag", TAGS))
_ENTRIES_PER_REQUEST = 20  # maxItems of AddEntriesToAcl and RemoveEntriesFromAcl


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
        lists = [each for each in _lists(self.session, filters) if identity or each["name"] == name]
        if identity and not lists and self.params["state"] == "present":
            raise missing(self.noun, identity, self.id_name)
        lists = staying(lists, is_leaving)
        one(self.noun, name, self.id_name, [each[self.id_name] for each in lists])
        return Found(self._complete(lists[0]) if lists else None)

    def read(self, identity: str) -> Object | None:
        there = next(_lists(self.session, {"AclIds": [identity]}), None)
        return there and self._complete(there)

    def _complete(self, there: Object) -> Object:
        """With its entries; who has it takes one request more and another per listener, for those who want to know."""
        whole = complete(self.session, there)
        asked = self.params["listeners"] is not None
        return {**whole, "listeners": _in_id_order(related(self.session, there)) if asked else None}

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
        listeners = related(self.session, after) if there is None else known(there, list)
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
            unused=lambda identity: not any(related(self.session, {"acl_id": identity})),
            remove=lambda identity: [Action("DeleteAcl", {"AclId": THIS}, deletes=True)],
        )
        return Action("CreateAcl", params, after, creates=True, unique=unique)


def entry_actions(wanted: list[Object] | None, current: list[Object], *, purge: bool) -> list[Action]:
    """What makes the entries as ``wanted``; others go only with ``purge``. Added before removed. Pure."""
    if wanted is None:
        return []
    there = {_key(each["entry"]): each for each in current}
    asked = {_key(each["entry"]): {name: each.get(name) for name in ("entry", "description")} for each in wanted}
    if len(asked) < len(wanted):
        raise RefusedError("entries has two entries of the same addresses.", "Remove one of them.")
    added = [each for key, each in asked.items() if key not in there]
    removed = [each["entry"] for key, each in there.items() if purge and key not in asked]
    result = [each for each in current if each["entry"] not in removed] + added
    after = {"entries": _in_order(result)}
    return [
        *(
            Action("AddEntriesToAcl", {"AclId": THIS, "AclEntries": [encode(_ENTRY, each) for each in part]}, after)
            for part in _parts(added)
        ),
        *(Action("RemoveEntriesFromAcl", {"AclId": THIS, "Entries": part}, after) for part in _parts(removed)),
    ]


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
    after = {"listeners": _in_id_order(result)}
    return [
        *(associate(each["listener_id"], [THIS], each["access"], after) for each in added),
        *(dissociate(identity, [THIS], after) for identity in removed),
    ]


def network(entry: str) -> ipaddress.IPv4Network:
    """The addresses of an entry. Raises RefusedError."""
    try:
        return ipaddress.IPv4Network(entry.strip(), strict=False)
    except ValueError:
        raise RefusedError(
            f"entries: {entry!r} is not an IPv4 address or CIDR block.", "Such an entry is 203.0.113.0/24."
        ) from None


def _key(entry: str) -> tuple[int, ipaddress.IPv4Network | str]:
    """What tells an entry from the others, and orders them; those that are not known yet come last."""
    return (1, entry) if holds_unknown(entry) else (0, network(entry))


def complete(session: Session, there: Object) -> Object:
    """A list with its entries."""
    identity = there["acl_id"]
    items = list(session.pages("alb", "ListAclEntries", "AclEntries", AclId=identity))
    moving = any(str(item.get("Status")).lower() in ("adding", "removing") for item in items)
    return {
        **there,
        "status": "configuring" if moving and there["status"] == "available" else there["status"],
        "entries": _in_order([decode(_ENTRY, item) for item in items if str(item.get("Status")).lower() != "removing"]),
    }


def information(session: Session, params: Mapping[str, Any]) -> Object:
    """What ``alb_acl_info`` returns."""
    found = [decode(ACL, item) for item in listed(session, "ListAcls", "Acls", params, _LISTS, _FILTERS)]
    return {"acls": [{**complete(session, each), "listeners": _in_id_order(related(session, each))} for each in found]}


def _lists(session: Session, filters: Mapping[str, Any]) -> Iterator[Object]:
    return (decode(ACL, item) for item in session.pages("alb", "ListAcls", "Acls", **filters))


def related(session: Session, there: Object) -> Iterator[Object]:
    """The listeners that have a list, with the kind of access, which only the listener itself tells."""
    try:
        found = session.read("alb", "ListAclRelations", AclIds=[there["acl_id"]]).get("AclRelations") or []
        for item in (each for relation in found for each in relation.get("RelatedListeners") or []):
            if str(item.get("Status")).lower() != "dissociating":
                body = session.read("alb", "GetListenerAttribute", ListenerId=item["ListenerId"])
                access = ACCESS.decode((body.get("AclConfig") or {}).get("AclType"))
                yield {"listener_id": item["ListenerId"], "access": access}
    except CloudError as error:  # the list or a listener went away meanwhile
        if error.kind is not Kind.MISSING:
            raise


def _in_id_order(listeners: Iterable[Object]) -> list[Object]:
    return sorted(listeners, key=lambda each: str(each["listener_id"]))


def _in_order(entries: list[Object]) -> list[Object]:
    return sorted(entries, key=lambda each: _key(each["entry"]))


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    return (items[at : at + _ENTRIES_PER_REQUEST] for at in range(0, len(items), _ENTRIES_PER_REQUEST))
