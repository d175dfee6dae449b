# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks have in common: a stopwatch, and a line with a ratio."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def line(what: str, measured: str, floor: str, ratio: float, limit: float) -> None:
    print(f"{what:<52}{measured:>12}  {floor:<52}{ratio:8.2f}  (bar: {limit})", flush=True)
