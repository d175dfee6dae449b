# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes as data: what a plan consists of. This module is PRIVATE to the collection."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .client import Params
from .values import Object

THIS = "(this resource)"  # in Action.params: the id of the resource, known when the action's turn comes


class Twin(t.NamedTuple):
    """One of several resources of the same name.

    ``created`` sorts as time does; empty where nothing tells it. ``idle``: it is in no passing state.
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
        find: returns all resources of the name, those that are being deleted left out.
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
    """One write, as data: what is called, and which part of the object it changes.

    ``late`` gives parameters that only an earlier action makes knowable. ``find_created`` returns the answer to a
    create that took effect although its own answer got lost, where the service takes no ClientToken. ``unique`` is for
    a create by name, where the service lets several resources have one name. ``blocked`` says why this cannot be
    applied although check mode can show it, such as a file that does not exist yet.
    """

    operation: str
    params: Params
    after: Object = field(default_factory=dict)
    token: bool = True
    creates: bool = False
    deletes: bool = False
    late: Callable[[], Params] | None = None
    find_created: Callable[[], Params | None] | None = None
    unique: Unique | None = None
    blocked: str = ""

    @property
    def name(self) -> str:
        """The operation in the user's spelling: ``create_listener``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.operation).lower()
