# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine has to know about a kind of resource. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .action import Action
from .session import Session
from .values import Object


@dataclass(frozen=True)
class Waiter:
    """States (of the key ``status``) that pass by themselves, and those from which there is no way on."""

    passing: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """What a search gave: the resource itself, and others that the plan is about, such as replaced certificates."""

    object: Object | None = None
    others: tuple[Object, ...] = ()


class Resource:
    """What the engine has to know about a kind of resource. Planning methods are pure; the others may read."""

    noun: t.ClassVar[str]  # in messages
    key: t.ClassVar[str]  # of the object in the module's result
    product: t.ClassVar[str]
    names: t.ClassVar[tuple[str, ...]]  # every key of the object
    id_name: t.ClassVar[str]  # the object's key that holds its id
    id_wire: t.ClassVar[str]  # the name of the id in the answer to a create
    waiter: t.ClassVar[Waiter] = Waiter()

    def __init__(self, params: t.Mapping[str, t.Any], session: Session) -> None:
        self.params = params
        self.session = session

    def find(self) -> Found:
        raise NotImplementedError

    def read(self, identity: str) -> Object | None:
        raise NotImplementedError

    def present(self, found: Found) -> list[Action]:
        raise NotImplementedError

    def absent(self, found: Found) -> list[Action]:
        raise NotImplementedError

    def discard(self, found: Found) -> list[Action]:
        """Return the actions that delete a resource which was never of use, such as one whose creation failed."""
        return self.absent(found)

    def guard(self, found: Found, after: Object) -> None:
        """Raise RefusedError if ``after`` cannot work. Called before the first write, and in check mode."""

    def remarks(self, current: Object) -> list[str]:
        """Return warnings about a resource as it is: what the user may not know, and did not ask to change."""
        return []

    def extras(self, found: Found) -> Object:
        """More keys of the module's result."""
        return {}
