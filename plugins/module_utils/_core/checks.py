# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a resource as it would become, as a table. Pure. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import RefusedError
from .values import Object


@dataclass(frozen=True)
class Check:
    """One thing that a resource cannot be.

    Attributes:
        violated: returns something true if the resource is that.
        message: what is wrong. It may name the keys of the resource, as ``{protocol}``, and as ``{found}`` what
            ``violated`` has returned.
        hint: what to do about it, likewise.
    """

    violated: Callable[[Object], t.Any]
    message: str
    hint: str


def run_checks(checks: Iterable[Check], resource: Object) -> None:
    """Raise RefusedError for the first of ``checks`` that ``resource`` violates."""
    for check in checks:
        if found := check.violated(resource):
            values = {**resource, "found": found}
            raise RefusedError(check.message.format(**values), check.hint.format(**values))
