# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test injects through the control API. They are kept in memory: a restart forgets them."""

from __future__ import annotations

import threading
import typing as t
from dataclasses import asdict, dataclass, field

KINDS = ("throttle", "error", "late_error", "lost_response", "fail_job", "slow")
_LEAST_STATUS = 400
# Bounds of the numbers; ``every`` strikes one request in so many.
NUMBERS = {
    "times": (0, 10**9),
    "after": (0, 10**9),
    "every": (1, 10**9),
    "http_status": (0, 599),
    "retry_after": (0, 10**9),
    "seconds": (0, 3600),
}


@dataclass
class Fault:
    """A fault that strikes ``times`` requests (0: all) of ``action`` (empty: any), after the first ``after`` ones.

    With ``every`` it strikes one request in so many, the last of them. A request that an ``error`` strikes is not
    performed; with ``late_error`` and ``lost_response`` it is.
    """

    kind: str
    action: str = ""
    times: int = 1
    after: int = 0
    every: int = 1
    code: str = ""  # of error, late_error, throttle and fail_job
    http_status: int = 0  # of error, late_error and throttle
    retry_after: int = 0  # of throttle: seconds, in the header x-acs-retry-after
    seconds: float = 1.0  # of slow
    spared: int = field(default=0, init=False)  # requests since the last one that was struck

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind has to be one of {', '.join(KINDS)}")
        for name in ("action", "code"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} has to be a text")
        for name, (low, high) in NUMBERS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{name} has to be a number from {low} to {high}")
            if name != "seconds" and not isinstance(value, int):
                raise ValueError(f"{name} has to be a whole number")
        if self.http_status and self.http_status < _LEAST_STATUS:
            raise ValueError(f"http_status has to be {_LEAST_STATUS} to 599, or 0 for that of the code")


class Faults:
    """The faults that have yet to strike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, values: dict[str, t.Any]) -> Fault:
        """Adds a fault and returns it. Raises ValueError or TypeError for a wrong kind, field or value."""
        fault = Fault(**values)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        """Forgets all faults."""
        with self._lock:
            self._waiting.clear()

    def list(self) -> list[dict[str, t.Any]]:
        """Returns the faults that have yet to strike."""
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def take(self, action: str, kinds: set[str]) -> Fault | None:
        """Counts a call, and returns the fault of these kinds that strikes it, if any."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.kind not in kinds or fault.action not in ("", action):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.spared += 1
                if fault.spared < fault.every:
                    continue
                fault.spared = 0
                if fault.times:
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                return fault
        return None
