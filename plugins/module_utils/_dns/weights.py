# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights of the records of a name: one value is answered, in proportion to its weight. Private to this collection.

Source: https://www.alibabacloud.com/help/en/dns/pubz-weight-configuration (2025-12-17).
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._core.action import SELF_ID, Action
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.values import Object
from .values import same

_TYPES = ("A", "AAAA", "CNAME")
_LEAST, _GREATEST = 1, 100  # UpdateDNSSLBWeight; the console also knows 0
_FEWEST = 2  # records


@dataclass(frozen=True)
class Weights:
    """What a task says about weights.

    Attributes:
        kind: the type of the records.
        given: the option ``weighted``: whether answers follow the weights, None if it is not given.
        by_value: the weight of each value, None if it is not given.
    """

    kind: str
    given: bool | None
    by_value: Mapping[str, int | None]

    @property
    def enabled(self) -> bool | None:
        """Whether answers are to follow the weights; None if that is left as it is."""
        if any(weight is not None for weight in self.by_value.values()):
            return True
        return self.given

    @property
    def are_meant(self) -> bool:
        """Whether the task says anything about weights."""
        return self.enabled is not None

    def of(self, value: str) -> int | None:
        """Return the weight of a value in any spelling, None if it is left as it is."""
        found = (weight for other, weight in self.by_value.items() if same(self.kind, other, value))
        return next(found, None)


def check(weights: Weights, rr: str, enabled: bool, count: int) -> None:
    """Raise RefusedError for weights that the service does not have.

    Args:
        weights: what the task says.
        rr: the name below the domain.
        enabled: the records are enabled.
        count: how many enabled records of the name, type and line there will be.
    """
    for value, weight in weights.by_value.items():
        if weight is not None and not _LEAST <= weight <= _GREATEST:
            raise RefusedError(f"The weight of {value} is {weight}.", f"Give one from {_LEAST} to {_GREATEST}.")
    if not weights.enabled:
        return
    faults: t.Mapping[str, bool] = {
        f"Records of type {weights.kind} have no weights.": weights.kind not in _TYPES,
        "A wildcard has no weights.": rr.startswith("*"),
        "Paused records have no weights.": not enabled,
        f"Weights need {_FEWEST} values, and the name has {count}.": count < _FEWEST,
    }
    if fault := next((text for text, found in faults.items() if found), ""):
        raise RefusedError(
            fault,
            f"They are for several enabled records of a name, of type {', '.join(_TYPES)}: give them all as "
            "weighted_values.",
        )


def status_action(kind: str, line: str, domain: str, rr: str, wanted: bool) -> Action:
    """Return the action that enables or disables the weights of a name, type and line."""
    # The domain itself is refused without the @.
    params = {"DomainName": domain, "SubDomain": f"{rr}.{domain}", "Type": kind, "Line": line, "Open": wanted}
    return Action("SetDNSSLBStatus", params, {"weighted": wanted})


def weight_action(
    record: Object | None, identity: str, weight: int | None, made: Callable[[], Params | None]
) -> list[Action]:
    """Return the action that gives a record its weight, none if it has it.

    Args:
        record: the record, None if it is new.
        identity: its id, SELF_ID for the first one; empty if it is new and not the first.
        weight: the wanted weight, None to leave it as it is.
        made: returns the id of the new record as a parameter.
    """
    if weight is None or (record or {}).get("weight") == weight:
        return []
    params: Params = {"Weight": weight, **({"RecordId": identity} if identity else {})}
    after = {"weight": weight} if identity == SELF_ID else {}
    return [Action("UpdateDNSSLBWeight", params, after, deferred_params=None if identity else lambda: made() or {})]
