# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows findings as text and as JSON. Only the ids of created resources identify the account."""

from __future__ import annotations

import json
from collections import Counter

from .checks import CONFIRMED, NOT_TRIED, REFUTED, Check, Finding
from .runner import Result


def line(check: Check, finding: Finding) -> str:
    """Returns the line of one check."""
    return f"{finding.verdict:<10} {check.name:<22} {check.claim}\n{'':10} {'':22} seen: {finding.seen}"


def summary(result: Result) -> str:
    """Returns the summary that follows the lines of the checks."""
    counts = Counter(finding.verdict for _check, finding in result.findings)
    lines = [", ".join(f"{counts[verdict]} {verdict}" for verdict in (CONFIRMED, REFUTED, NOT_TRIED))]
    if result.left:
        lines += ["Still in the account, remove it by hand:", *(f"  {item}" for item in result.left)]
    return "\n".join(lines)


def as_json(result: Result, region: str, endpoint: str) -> str:
    """Returns all findings as JSON."""
    checks = [
        {
            "name": check.name,
            "assumption": check.assumption,
            "claim": check.claim,
            "verdict": finding.verdict,
            "seen": finding.seen,
        }
        for check, finding in result.findings
    ]
    whole = {"region": region, "endpoint": endpoint, "interrupted": result.interrupted, "left": result.left}
    return json.dumps({**whole, "checks": checks}, indent=2, ensure_ascii=False)


def status(result: Result) -> int:
    """Returns the exit status: 0 unless something was refuted or is left, 130 after Ctrl-C."""
    if result.interrupted:
        return 130
    return int(bool(result.left) or any(finding.verdict == REFUTED for _check, finding in result.findings))
