# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One time budget for a whole module run, and how it is spent on repeating.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import itertools
import random
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping

from .error_codes import Kind
from .errors import CloudError

T = t.TypeVar("T")

# For how long (seconds) an error of a kind is taken for a passing one. What is not here is not repeated at all.
PATIENCE: dict[Kind, float] = {
    Kind.TRANSIENT: float("inf"),
    Kind.BUSY: float("inf"),
    Kind.UNCERTAIN: 60.0,
    # A deleted listener lets go of its server group a little later; Alibaba's own Ingress controller waits 50 s
    # (alibaba-load-balancer-controller, 2024-09-13).
    Kind.IN_USE: 60.0,
    Kind.UNREACHABLE: 5.0,  # a wrong endpoint is told soon
    Kind.WRONG_ENDPOINT: 5.0,
    Kind.NOT_API: 30.0,  # a gateway that is being restarted
}
# The same for a write to a resource that this run has just created: the service may not know it everywhere yet.
PATIENCE_AFTER_CREATE: dict[Kind, float] = {**PATIENCE, Kind.MISSING: 15.0}
# Seconds for which a request without any answer may still take effect, before it is sent once more.
LATE_EFFECT = 20.0


def delays(first: float, growth: float, ceiling: float) -> Iterator[float]:
    """Seconds to wait before each repetition: growing, and jittered so that many runs do not march in step."""
    for step in itertools.count():
        yield min(first * growth**step, ceiling) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


class Budget:
    """``seconds`` from now on, shared by every wait and every repetition of a run."""

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self._sleep = sleep
        self._deadline = clock() + seconds

    @property
    def remaining(self) -> float:
        return self._deadline - self.clock()

    def sleep(self, seconds: float) -> bool:
        """Sleep, and say whether the budget allowed it."""
        if seconds > self.remaining:
            return False
        self._sleep(seconds)
        return True

    def poll(self) -> Iterator[None]:
        """Yield until the budget is used up, first at once, then after 0.2 s, later every three seconds or so."""
        yield
        for pause in delays(first=0.2, growth=1.4, ceiling=3.0):
            if self.remaining <= 0:
                return
            self.sleep(min(pause, self.remaining))
            yield


def repeat(
    attempt: Callable[[], T],
    budget: Budget,
    *,
    find_created: Callable[[], T | None] | None = None,
    patience: Mapping[Kind, float] | None = None,
) -> T:
    """Return ``attempt()``, repeated while its errors are passing ones and ``budget`` lasts.

    ``find_created`` is for a create that the service cannot recognise as a repetition: it returns the answer to the
    create if that took effect although no clear answer came, else None. ``patience`` says for how many seconds an error
    of a kind is taken for a passing one; PATIENCE when not given.

    Raises:
        CloudError: the last error of ``attempt``, when it is final or its time is up.
    """
    patience = PATIENCE if patience is None else patience
    since: dict[Kind, float] = {}
    for pause in delays(first=0.3, growth=1.7, ceiling=10.0):
        try:
            return attempt()
        except CloudError as error:
            started = since.setdefault(error.kind, budget.clock())
            pause = max(pause, error.retry_after)
            patient = budget.clock() + pause - started <= patience.get(error.kind, -1.0)
            if not patient or not budget.sleep(pause):
                raise
            if find_created is not None and error.unclear:
                # A server that has answered is done with the request; one that has not may still be at it.
                late = 0.0 if error.http_status else LATE_EFFECT
                if (result := _poll(find_created, budget, late)) is not None:
                    return result
    raise AssertionError("unreachable: delays() has no end")


def _poll(look: Callable[[], T | None], budget: Budget, seconds: float) -> T | None:
    """Return the first result of ``look`` that is not None, None if there is none within ``seconds``."""
    started = budget.clock()
    for _pause in budget.poll():
        result = look()
        if result is not None or budget.clock() - started >= seconds:
            return result
    return None
