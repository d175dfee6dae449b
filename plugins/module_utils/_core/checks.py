# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a resource as it would become, as data. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from .errors import RefusedError
from .values import Object


@dataclass(frozen=True)
class Check:
    """``violated`` looks at the resource as it would become; ``message`` may use its keys."""

    violated: Callable[[Object], t.Any]
    message: str
    hint: str


def run_checks(rules: t.Iterable[Check], there: Object) -> None:
    """Raise RefusedError for the first of ``rules`` that ``there`` violates."""
    for rule in rules:
        if rule.violated(there):
            raise RefusedError(rule.message.format(**there), rule.hint)
