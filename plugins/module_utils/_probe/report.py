# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes unmet expectations to the user: a table, and advice. Private to this collection."""

from __future__ import annotations

import typing as t

from .handshake import Target
from .messages import printable

Row = t.Mapping[str, t.Any]

_MAX_WIDTH = 60  # characters of a column; a longer cell is kept, and pushes the rest of its row
_HEAD = ("what", "expected", "found", "why")


def complaint(results: t.Sequence[Row], checks: t.Sequence[Row], target: Target) -> str | None:
    """Return a table of the unmet expectations with advice, None when all are met."""
    unmet = [result for result in results if not result["met"]]
    failed = [check for check in checks if not check["met"]]
    if not unmet and not failed:
        return None
    rows = [(_client(result), result["expect"] or "accepted", result["verdict"], result["reason"]) for result in unmet]
    rows += [(f"server: {check['name']}", check["expected"], check["found"], "") for check in failed]
    total = len(results) + len(checks)
    service = f"https://{target.host}:{target.port}"
    head = f"{len(rows)} of {total} expectations about {service} are not met."
    # Each hint once, however many clients it concerns.
    hints = dict.fromkeys(result["hint"] for result in unmet)
    return "\n".join([head, *table([_HEAD, *rows]), *hints])


def table(rows: t.Sequence[tuple[str, ...]]) -> list[str]:
    """Return the lines of a table whose columns are aligned, up to a maximal width."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [min(_MAX_WIDTH, max(map(len, column))) for column in zip(*clean, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean]


def _client(result: Row) -> str:
    """Return the name of the identity, with the issuer of its certificate if it shows one."""
    issuer = (result["certificate"] or {}).get("issuer", {}).get("common_name")
    return f"{result['name']} (issued by {issuer})" if issuer else str(result["name"])
