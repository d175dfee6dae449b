# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that only moves when somebody sleeps, and a cloud that is a table of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget
from ansible_collections.alicloud.mtls.plugins.module_utils._core.session import Session

Answer = dict[str, Any]


class Clock:
    """Time for a Budget."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def budget(self, seconds: float = 60.0) -> Budget:
        return Budget(seconds, self, self.sleep)


class Cloud:
    """``operations`` answer by name. ``trouble`` comes before an answer, one exception per call; ``lost`` after it."""

    def __init__(self, **operations: Callable[[Answer], Answer]) -> None:
        self.operations = operations
        self.calls: list[tuple[str, Answer]] = []
        self.trouble: dict[str, list[CloudError]] = {}
        self.lost: set[str] = set()
        self.clock = Clock()
        self.warnings: list[str] = []

    def __call__(self, product: str, operation: str, params: Answer) -> Answer:
        self.calls.append((operation, dict(params)))
        if errors := self.trouble.get(operation):
            raise errors.pop(0)
        answer = self.operations[operation](params)
        if operation in self.lost:
            self.lost.remove(operation)
            raise CloudError("no answer", code="", http_status=503, unclear=True)
        return answer

    def session(self, seconds: float = 60.0) -> Session:
        return Session(self, self.clock.budget(seconds), self.warnings.append)

    def named(self, operation: str) -> list[Answer]:
        """Parameters of the calls of ``operation``."""
        return [params for name, params in self.calls if name == operation]


def error(code: str, http_status: int = 400, **more: Any) -> CloudError:
    return CloudError(f"message of {code}", code=code, http_status=http_status, **more)
