# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record gets which of the wanted values, and which records go. Pure. Private to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.values import Object
from .values import ascii_name, same

# The types that exclude one another under the same name and line
# (https://www.alibabacloud.com/help/en/dns/dns-record-conflict-rules, 2026-10-04; the whole matrix in its copy of the
# language tc). At the apex of a domain, MX, NS and TXT may be beside CNAME. The types of URL forwarding count as one.
_URLS = frozenset({"REDIRECT_URL", "FORWARD_URL"})
_BESIDE_NO_CNAME = frozenset({"A", "AAAA", "ALIAS", "SRV", "CAA", "SVCB", "HTTPS", *_URLS})
_BESIDE_NO_CNAME_BELOW_APEX = _BESIDE_NO_CNAME | {"MX", "NS", "TXT"}
_BESIDE_NO_ADDRESS = frozenset({"CNAME", "ALIAS", *_URLS})
_EXCLUDED = {"A": _BESIDE_NO_ADDRESS, "AAAA": _BESIDE_NO_ADDRESS, **dict.fromkeys(_URLS, _URLS)}

# A name has one record of these types unless several values are asked for: another value replaces the first.
SINGLE = frozenset({"CNAME", *_URLS})


@dataclass(frozen=True)
class Wanted:
    """The values that a name is to have.

    Attributes:
        rr: the name below the domain.
        kind: the type of the records.
        values: one for each record.
        purge: records of the type with other values go.
        replace: enabled records that exclude the type go.
    """

    rr: str
    kind: str
    values: t.Sequence[str]
    purge: bool = False
    replace: bool = False


@dataclass(frozen=True)
class Assignment:
    """The records of a name, by what becomes of them.

    Attributes:
        pairs: each value, with the record that has it or gets it; None if a new one is needed.
        cleared: the records that go first, because they exclude the new ones.
        surplus: the records that go last, so that the name has an answer at every moment.
    """

    pairs: tuple[tuple[str, Object | None], ...]
    cleared: tuple[Object, ...] = ()
    surplus: tuple[Object, ...] = ()


def assign(wanted: Wanted, records: t.Sequence[Object]) -> Assignment:
    """Return what becomes of ``records``, which are all of the name and line.

    A record that would go is changed into a missing one where that is possible: one request, and never no answer.
    """
    records = sorted(records, key=lambda record: str(record["record_id"]))
    ours = [record for record in records if record["type"] == wanted.kind]
    pairs = [(value, with_value(wanted.kind, value, ours)) for value in _distinct(wanted)]
    holding = {record["record_id"] for _value, record in pairs if record}
    others = [record for record in ours if record["record_id"] not in holding]
    replaced_in_place = wanted.kind in SINGLE and len(pairs) == 1
    surplus = others if wanted.purge or replaced_in_place else []
    cleared = conflicts(wanted.rr, wanted.kind, [each for each in records if enabled(each)]) if wanted.replace else []
    if cleared and not surplus and pairs and pairs[0][1] is None:
        # Only this one: the others are changed or made after all that exclude them are gone.
        pairs[0] = (pairs[0][0], cleared.pop(0))
    for number, (value, record) in enumerate(pairs):
        if record is None and surplus:
            pairs[number] = (value, surplus.pop(0))
    return Assignment(tuple(pairs), tuple(cleared), tuple(surplus))


def with_value(kind: str, value: str, records: t.Sequence[Object]) -> Object | None:
    """Return the first of ``records``, all of the type ``kind``, that has ``value`` in any spelling."""
    return next((record for record in records if same(kind, str(record["value"]), value)), None)


def _distinct(wanted: Wanted) -> list[str]:
    found: list[str] = []
    for value in wanted.values:
        if not any(same(wanted.kind, value, other) for other in found):
            found.append(value)
    return found


def enabled(record: Object) -> bool:
    """Return whether queries for ``record`` are answered."""
    return bool(record["status"] == "enable")


def conflicts(rr: str, kind: str, others: t.Sequence[Object]) -> list[Object]:
    """Return the records that exclude one of type ``kind``.

    Args:
        rr: the name below the domain.
        kind: the type.
        others: the enabled records of the same name and line.
    """
    beside_cname = _BESIDE_NO_CNAME if ascii_name(rr) == "@" else _BESIDE_NO_CNAME_BELOW_APEX
    excluded = {**_EXCLUDED, "CNAME": beside_cname}

    def excludes(one: str, other: str) -> bool:
        return other in excluded.get(one, frozenset())

    return [record for record in others if excludes(kind, record["type"]) or excludes(record["type"], kind)]
