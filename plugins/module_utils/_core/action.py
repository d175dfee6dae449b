# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes as data: what the engine applies one after the other. Private to this collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .client import Params
from .values import Object

SELF_ID = "(this resource)"  # in Action.params: the id of the resource, filled in when the action is performed


class Twin(t.NamedTuple):
    """One of several resources of the same name.

    Attributes:
        created: the time of creation in a form that sorts as time does; empty if the service does not tell it.
        identity: its id.
        idle: the service is not working on it.
    """

    created: str
    identity: str
    idle: bool = True


@dataclass(frozen=True)
class Unique:
    """How the engine keeps one resource of a name, although two runs, or two tries of one run, may create it.

    Attributes:
        label: the kind and the name, for messages.
        identity: returns the id of the new resource from the answer to the create.
        find: returns all resources of the name, without those being deleted.
        unused: returns whether nothing depends on the resource of this id yet.
        remove: returns the actions that delete the resource of this id.
        advice: says how the user removes one of several.
    """

    label: str
    identity: Callable[[Params], str]
    find: Callable[[], list[Twin]]
    unused: Callable[[str], bool]
    remove: Callable[[str], Sequence[Action]]
    advice: str


@dataclass(frozen=True)
class Action:
    """One write.

    Attributes:
        operation: the operation of the API.
        params: its parameters; SELF_ID stands for the id of the resource.
        after: the values of the object that it changes.
        token: the operation takes a ClientToken, if the product has them.
        creates: it makes the resource.
        deletes: it removes the resource; that it is gone already is success.
        deferred_params: returns more parameters, known only once the earlier actions are done.
        find_created: returns the answer to a create that took effect although its own answer was lost, None if it did
            not; for operations without ClientToken.
        unique: for a create by name, where the service lets several resources have one name.
        error: why the action cannot be applied although check mode can show it, such as a file that does not exist yet.
        product: the product of the operation; empty for that of the resource.
    """

    operation: str
    params: Params
    after: Object = field(default_factory=dict)
    token: bool = True
    creates: bool = False
    deletes: bool = False
    deferred_params: Callable[[], Params] | None = None
    find_created: Callable[[], Params | None] | None = None
    unique: Unique | None = None
    error: str = ""
    product: str = ""

    @property
    def name(self) -> str:
        """The operation as results spell it, such as ``create_listener``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.operation).lower()
