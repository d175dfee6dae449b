# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the info module of DNS. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core import names
from .._core.dns_server import client_of
from .._core.session import Session
from .._core.values import Object
from . import queries
from .resolution import Answers
from .values import same, written

_SECONDS = 5.0  # for the answer to one question


def records(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Return the result of ``dns_record_info``: the records of a name, or of the whole domain. Raises ModuleError."""
    names.check("alidns", params)
    answers = Answers(client_of(params["resolver"], _SECONDS)) if params["resolve"] else None
    domain, rr = params["domain"], params["rr"]
    found = queries.of_name(session, domain, rr) if rr else queries.of_domain(session, domain)
    return {
        "records": [
            {**record, "answered": answers.has(record) if answers else None}
            for record in sorted(found, key=_order)
            if _is_meant(record, params)
        ]
    }


def _order(record: Object) -> tuple[str, ...]:
    return tuple(str(record[name]) for name in ("rr", "type", "line", "value", "record_id"))


def _is_meant(record: Object, params: Mapping[str, t.Any]) -> bool:
    """Return whether ``record`` has the type, the line and the value that are given."""
    kind, value = record["type"], params["value"]
    return (
        (params["type"] or kind).upper() == kind
        and params["line"] in (None, record["line"])
        and (value is None or same(kind, record["value"], written(kind, value)))
    )
