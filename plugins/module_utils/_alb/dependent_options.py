# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that have an effect only while another option is on. Pure. Private to this collection.

For some options ALB stores the details of a feature that is off, for others it does not. So that a second run has
nothing left to do, details of a feature that is off are neither compared nor sent.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object, known, merged


@dataclass(frozen=True)
class DependentOptions:
    """Details of a feature, and the option that switches it on.

    Attributes:
        parent: the option whose suboptions they all are; empty for options of the module.
        switch: the option that switches the feature on.
        details: the options that depend on it.
        default: a new resource has the feature on.
    """

    parent: str
    switch: str
    details: tuple[str, ...]
    default: bool = False

    def _path(self, name: str) -> str:
        return f"{self.parent}.{name}" if self.parent else name

    def options(self, resource: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
        """Return the part of ``resource`` with the switch and the details."""
        return known(resource.get(self.parent), dict) if self.parent else resource

    def is_on(self, resource: Mapping[str, t.Any]) -> bool:
        """Return whether ``resource`` has the feature on, or may have it on as far as is known."""
        if self.parent and resource.get(self.parent) == KNOWN_AFTER_APPLY:
            return True
        on = self.options(resource).get(self.switch)
        return self.default if on is None else bool(on)

    def without_details(self, resource: Mapping[str, t.Any]) -> Object:
        """Return ``resource`` without the details."""
        left = {name: value for name, value in self.options(resource).items() if name not in self.details}
        return {**resource, self.parent: left} if self.parent else left

    def refuse(self, detail: str) -> RefusedError:
        """Return the error for a ``detail`` that is given while the feature is off."""
        switch = self._path(self.switch)
        return RefusedError(
            f"{self._path(detail)} is given, and {switch} is off.", f"Set {switch}: true (or false, to keep it off)."
        )


def wanted_details(rows: Iterable[DependentOptions], wanted: Object, current: Mapping[str, t.Any]) -> Object:
    """Return ``wanted`` without the details of features that it switches off.

    Raises:
        RefusedError: a detail is given, and its feature is off and would stay off.
    """
    result = dict(wanted)
    for row in rows:
        options = row.options(result)
        details = [name for name in row.details if options.get(name) is not None]
        on = options.get(row.switch)
        if not details:
            continue
        if on is None and not row.is_on(current):
            if given := [name for name in details if options[name] != []]:
                raise row.refuse(given[0])
            on = False
        if on is False:
            result = row.without_details(result)
    return result


def sent_details(rows: Iterable[DependentOptions], resource: Mapping[str, t.Any]) -> Object:
    """Return ``resource``, which has the switches of its features, without the details of those that are off."""
    result = dict(resource)
    for row in rows:
        if (not row.parent or isinstance(result.get(row.parent), dict)) and not row.is_on(result):
            result = row.without_details(result)
    return result


def completed(
    rows: Iterable[DependentOptions], changed: Object, wanted: Object, current: Mapping[str, t.Any]
) -> Object:
    """Return ``changed`` with the options that have to be sent together with it, as ``wanted`` or else as ``current``.

    An option with suboptions is sent as a whole, and a switch of the module together with its details.
    """
    result = dict(changed)
    for row in rows:
        if row.parent and row.parent in changed:
            result[row.parent] = merged(known(current.get(row.parent), dict), wanted[row.parent])
        elif not row.parent and not {row.switch, *row.details}.isdisjoint(changed):
            pair = {name: current.get(name) for name in (row.switch, *row.details)}
            result = {**pair, **result}
    return result
