# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All processors at work. Threads would not do: the package cryptography computes under the interpreter's lock.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import functools
import os
import pickle
import signal
import typing as t

from .._x509.errors import PkiError
from .storage import files as store

# Fewer values are done sooner than a process is started.
_FEW = 16

Given = t.TypeVar("Given")
Made = t.TypeVar("Made")


@dataclasses.dataclass(frozen=True)
class _Share:
    """A child process, or with ``process`` 0 what is left to the parent; ``result`` says how the outcome is got."""

    process: int
    result: t.Callable[[], list[t.Any]]


def batches(function: t.Callable[[Given], Made], values: t.Sequence[Given], size: int) -> t.Iterator[list[Made]]:
    """``map``, in lists of ``size``. While the caller deals with a list, the next one is already being made.

    Results are pickled; ``function`` and ``values`` are not. Only what ``function`` returns comes back: it must not
    count on other effects. What it raises is raised here.
    """
    ahead: list[list[_Share]] = []
    try:
        for start in range(0, len(values), size):
            ahead.append(_start(function, values[start : start + size]))
            if len(ahead) > 1:
                yield _finish(ahead.pop(0))
        while ahead:
            yield _finish(ahead.pop(0))
    finally:
        for share in (share for shares in ahead for share in shares if share.process):
            with contextlib.suppress(Exception):
                share.result()


def _start(function: t.Callable[[Given], Made], values: t.Sequence[Given]) -> list[_Share]:
    number = _processors()
    if len(values) < _FEW or number < 2:
        return [_Share(0, lambda: [function(value) for value in values])]
    return [_fork(function, values[each::number]) for each in range(min(number, len(values)))]


def _finish(shares: list[_Share]) -> list[t.Any]:
    lists = [share.result() for share in shares]
    made: list[t.Any] = [None] * sum(map(len, lists))
    for each, part in enumerate(lists):
        made[each :: len(lists)] = part
    return made


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Linux has the function, other systems have not.
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
_SET_PDEATHSIG = 1  # prctl(2)


def _end_with(parent: int) -> None:
    """In a child: not to go on without a parent that was killed, least of all with its lock of the CA."""
    store.forget_locks()
    if _PRCTL:
        _PRCTL(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before that
        os._exit(1)


def _fork(function: t.Callable[[Given], Made], values: t.Sequence[Given]) -> _Share:
    source, sink = os.pipe()
    parent = os.getpid()
    process = os.fork()
    if process == 0:
        try:
            _end_with(parent)
            os.close(source)
            try:
                answer: tuple[bool, t.Any] = (True, [function(value) for value in values])
            except Exception as error:
                answer = (False, error)
            with open(sink, "wb") as stream:
                pickle.dump(answer, stream)
        finally:
            os._exit(0)  # nothing of the parent's is to be flushed, closed or reported twice
    os.close(sink)
    return _Share(process, functools.partial(_receive, process, source))


def _receive(process: int, source: int) -> list[t.Any]:
    try:
        with open(source, "rb") as stream:
            well, answer = pickle.load(stream)  # noqa: S301 - from our own child
    except EOFError:
        raise PkiError(
            "process_killed",
            "A process that made certificates was ended by the system, perhaps for want of memory. What was written so"
            " far is complete; run it again, with fewer clients at once if it comes to this again.",
        ) from None
    finally:
        os.waitpid(process, 0)
    if not well:
        raise answer
    return t.cast("list[t.Any]", answer)
