# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs checks one after the other, and cleans up in any case."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from .checks import CHECKS, DOMAIN, NEEDS, NOT_TRIED, READ, Check, Finding, NotTriedError, Scene
from .client import NoAnswerError


@dataclass
class Result:
    """The findings of all checks, in the order of the table; ``left`` names the resources that could not be removed."""

    findings: list[tuple[Check, Finding]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    interrupted: bool = False


def run(
    scene: Scene,
    *,
    write: bool = False,
    checks: Sequence[Check] = CHECKS,
    progress: Callable[[Check, Finding], None] = lambda check, finding: None,
) -> Result:
    """Runs ``checks``; those that create resources only with ``write``. Ctrl-C ends the run after it has cleaned up."""
    result = Result()
    try:
        with _interruptible():
            for check in checks:
                finding = _tried(check, scene, write)
                result.findings.append((check, finding))
                progress(check, finding)
    except KeyboardInterrupt:
        result.interrupted = True
        missing = checks[len(result.findings) :]
        result.findings += [(check, Finding(NOT_TRIED, "interrupted")) for check in missing]
    finally:
        with _uninterrupted():
            result.left = scene.workshop.clean()
    return result


def _tried(check: Check, scene: Scene, write: bool) -> Finding:
    if check.needs != READ and not write:
        return Finding(NOT_TRIED, f"needs {NEEDS[check.needs]}")
    if check.needs == DOMAIN and not scene.workshop.domain:
        return Finding(NOT_TRIED, "needs --domain")
    try:
        return check.run(scene)
    except (NotTriedError, NoAnswerError) as problem:
        return Finding(NOT_TRIED, str(problem))
    except (AttributeError, KeyError, TypeError, ValueError) as problem:  # an answer of another shape
        return Finding(NOT_TRIED, f"the answer has another shape: {type(problem).__name__}: {problem}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Context manager: treats SIGTERM as Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Context manager: ignores Ctrl-C and SIGTERM."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
