# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine has to know about a kind of resource. Private to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .action import SELF_ID, Action
from .errors import RefusedError
from .session import Session
from .values import KNOWN_AFTER_APPLY, Object


@dataclass(frozen=True)
class Waiter:
    """States of a resource, in its key ``status``.

    Attributes:
        passing: the service is working on the resource; it comes out of the state by itself.
        failed: the resource never comes out of the state.
    """

    passing: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """The result of a search.

    Attributes:
        object: the resource, None if it does not exist.
        others: other resources that the plan is about, such as replaced certificates.
        context: what else planning has to know, such as the listeners on the same port. Each resource has its own type.
    """

    object: Object | None = None
    others: tuple[Object, ...] = ()
    context: t.Any = None


class Resource:
    """A kind of resource: how it is found and read, and which actions lead where.

    ``present``, ``absent`` and ``discard`` plan: they decide from the options and from ``Found`` alone. The other
    methods may read.
    """

    noun: t.ClassVar[str]  # in messages
    key: t.ClassVar[str]  # of the object in the module's result
    product: t.ClassVar[str]
    names: t.ClassVar[tuple[str, ...]]  # every key of the object
    id_name: t.ClassVar[str]  # the object's key, and the option, that hold its id
    id_parameter: t.ClassVar[str]  # the id in the answer to a create and in the request that deletes
    delete_operation: t.ClassVar[str] = ""  # where one request with the id deletes it
    waiter: t.ClassVar[Waiter] = Waiter()
    name_kinds: t.ClassVar[t.Mapping[str, str]] = {}  # rules for names where they are not those of the product

    def __init__(self, params: t.Mapping[str, t.Any], session: Session) -> None:
        self.params = params
        self.session = session

    def find(self) -> Found:
        """Return the resource with the id that the user gives, else the result of ``search``.

        Raises:
            RefusedError: no resource has the id, and it is to be present.
        """
        identity = self.params.get(self.id_name)
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        if not identity:
            return self.search()
        current = self.read(identity)
        if current is None and self.params["state"] == "present":
            raise RefusedError(
                f"There is no {self.noun} {identity}.",
                f"Check {self.id_name} and region; a new {self.noun} is made by its name.",
            )
        return Found(current)

    def search(self) -> Found:
        """Return the resource that the user means by other options than its id."""
        raise NotImplementedError

    def for_removal(self, found: Found) -> Found:
        """Return ``found``, a resource that is to be removed, with what plan and result have to know beside it."""
        return found

    def read(self, identity: str) -> Object | None:
        """Return the resource of this id as it is now, None if it does not exist."""
        raise NotImplementedError

    def present(self, found: Found) -> list[Action]:
        """Return the actions that make the resource as wanted."""
        raise NotImplementedError

    def absent(self, found: Found) -> list[Action]:
        """Return the actions that remove the resource."""
        if found.object is None:
            return []
        return [self.delete_action()]

    def delete_action(self) -> Action:
        """Return the action that deletes the resource by its id."""
        return Action(self.delete_operation, {self.id_parameter: SELF_ID}, deletes=True)

    def discard(self, found: Found) -> list[Action]:
        """Return the actions that delete a resource which was never of use, such as one whose creation failed."""
        return self.absent(found)

    def check(self, found: Found, after: Object) -> None:
        """Raise RefusedError if ``after`` cannot work; it is empty for a resource that is removed.

        The engine calls this before the first write, and in check mode.
        """

    def remarks(self, current: Object) -> list[str]:
        """Return warnings about the resource as it is, on matters that the user has not asked to change."""
        return []

    def extras(self, found: Found) -> Object:
        """Return more keys of the module's result."""
        return {}

    def beside(self, found: Found) -> tuple[Object, Object]:
        """Return what diff mode shows beside the resource, before and after: changes of other resources."""
        return {}, {}
