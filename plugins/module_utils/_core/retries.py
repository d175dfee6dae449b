# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One time budget for a whole module run, and the repetition of requests within it. Private to this collection."""

from __future__ import annotations

import itertools
import random
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping

from .error_codes import Kind
from .errors import CloudError

T = t.TypeVar("T")

# For how many seconds a request is repeated while it fails with an error of a kind. Other kinds are final.
TIMEOUT_SECONDS: dict[Kind, float] = {
    Kind.TRANSIENT: float("inf"),
    Kind.BUSY: float("inf"),
    Kind.UNCERTAIN: 60.0,
    # A deleted listener keeps its server group for a little longer; Alibaba's own Ingress controller waits 50 s
    # (alibaba-load-balancer-controller, 2024-09-13).
    Kind.IN_USE: 60.0,
    Kind.UNREACHABLE: 5.0,  # report a wrong endpoint soon
    Kind.WRONG_ENDPOINT: 5.0,
    Kind.NOT_API: 30.0,  # a gateway that is being restarted
}
# The same for a write to a resource that this run has just created, and that part of the service may not know yet.
TIMEOUT_SECONDS_AFTER_CREATE: dict[Kind, float] = {**TIMEOUT_SECONDS, Kind.MISSING: 15.0}
# Seconds within which a request without any answer may still take effect; it is not sent again before.
LATE_EFFECT = 20.0


def delays(first: float, growth: float, ceiling: float) -> Iterator[float]:
    """Yield the seconds to wait before each repetition: growing, with jitter so that parallel runs spread out.

    Args:
        first: the first pause in seconds, without jitter.
        growth: the factor from one pause to the next.
        ceiling: the longest pause in seconds, without jitter.
    """
    for step in itertools.count():
        yield min(first * growth**step, ceiling) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


class Budget:
    """The seconds that a run has, counted from now on and shared by all its waiting and repeating."""

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
        """The seconds that are left; negative once the time is up."""
        return self._deadline - self.clock()

    def sleep(self, seconds: float) -> bool:
        """Sleep if the budget has that many ``seconds`` left, and return whether it had."""
        if seconds > self.remaining:
            return False
        self._sleep(seconds)
        return True

    def poll(self) -> Iterator[None]:
        """Yield until the budget is used up: at once, then after about 0.2 s, in the end every 3 s."""
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
    timeout_seconds: Mapping[Kind, float] | None = None,
) -> T:
    """Return the result of ``attempt``, which is repeated while its errors are passing ones and ``budget`` lasts.

    Args:
        attempt: sends the request.
        budget: the time of the run.
        find_created: for a create that the service cannot recognise as a repetition: returns the answer to the create
            if that took effect although no clear answer came, else None.
        timeout_seconds: for how long an error of a kind is a passing one; TIMEOUT_SECONDS if not given.

    Raises:
        CloudError: the last error of ``attempt``, if it is final or its time is up.
    """
    timeout_seconds = TIMEOUT_SECONDS if timeout_seconds is None else timeout_seconds
    since: dict[Kind, float] = {}
    for pause in delays(first=0.3, growth=1.7, ceiling=10.0):
        try:
            return attempt()
        except CloudError as error:
            started = since.setdefault(error.kind, budget.clock())
            pause = max(pause, error.retry_after)
            passing = budget.clock() + pause - started <= timeout_seconds.get(error.kind, -1.0)
            if not passing or not budget.sleep(pause):
                raise
            if find_created is not None and error.unclear:
                # A server that has answered is done with the request; one that has not may still be processing it.
                seconds = 0.0 if error.http_status else LATE_EFFECT
                if (result := _poll(find_created, budget, seconds)) is not None:
                    return result
    raise AssertionError("unreachable: delays() has no end")


def _poll(find: Callable[[], T | None], budget: Budget, seconds: float) -> T | None:
    """Return the first result of ``find`` that is not None; None if there is none within ``seconds``."""
    started = budget.clock()
    for _pause in budget.poll():
        result = find()
        if result is not None or budget.clock() - started >= seconds:
            return result
    return None
