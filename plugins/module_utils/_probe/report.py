# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to tell the user when something is not as expected: a table, and what to do. Private to this collection."""

from __future__ import annotations

import typing as t

from .handshake import Target
from .messages import printable

Row = t.Mapping[str, t.Any]

_WIDEST = 60
_HEAD = ("what", "expected", "found", "why")


def complaint(results: t.Sequence[Row], checks: t.Sequence[Row], target: Target) -> str | None:
    """A table of what differs, and hints; None when nothing does."""
    unmet = [each for each in results if not each["met"]]
    failed = [each for each in checks if not each["met"]]
    if not unmet and not failed:
        return None
    rows = [(_who(each), each["expect"] or "accepted", each["verdict"], each["reason"]) for each in unmet]
    rows += [(f"server: {each['name']}", each["expected"], each["found"], "") for each in failed]
    total = len(results) + len(checks)
    service = f"https://{target.host}:{target.port}"
    head = f"{len(rows)} of {total} expectations about {service} not met."
    # What fails all clients alike is to be mended once.
    hints = dict.fromkeys(each["hint"] for each in unmet)
    return "\n".join([head, *table([_HEAD, *rows]), *hints])


def table(rows: t.Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with columns of equal width, as far as their cells are no longer than a column may be."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*clean, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean]


def _who(result: Row) -> str:
    issuer = (result["certificate"] or {}).get("issuer", {}).get("common_name")
    return f"{result['name']} (issued by {issuer})" if issuer else str(result["name"])
