# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A function over many values, in one process per processor. Private to this collection.

Processes and not threads: PKCS#12 files are made under the interpreter's lock, and so is most of the work in Python.
Forked here and not by concurrent.futures, because a child has to give up the parent's lock of the CA, and to end with
a parent that is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import pickle
import signal
import typing as t
from dataclasses import dataclass

from .._x509.errors import CertificateError
from .storage import files

# Fewer values are done sooner than a process is started.
_MIN_PARALLEL = 16

Given = t.TypeVar("Given")
Made = t.TypeVar("Made")


@dataclass(frozen=True)
class _Chunk:
    """Values given to a child process, or with ``process`` 0 left to the parent. ``result`` waits for the results."""

    process: int
    result: t.Callable[[], list[t.Any]]


def map_in_processes(
    function: t.Callable[[Given], Made], values: t.Sequence[Given], size: int
) -> t.Iterator[list[Made]]:
    """Yield the results of ``function`` in lists of ``size``. While the caller uses a list, the next one is made.

    Results are pickled; ``function`` and ``values`` are not. Side effects of ``function`` are lost. What it raises is
    raised here; CertificateError (``process_killed``) for a child that was killed.
    """
    ahead: list[list[_Chunk]] = []
    try:
        for start in range(0, len(values), size):
            ahead.append(_start(function, values[start : start + size]))
            if len(ahead) > 1:
                yield _finish(ahead.pop(0))
        while ahead:
            yield _finish(ahead.pop(0))
    finally:
        for chunk in (chunk for chunks in ahead for chunk in chunks if chunk.process):
            with contextlib.suppress(Exception):
                chunk.result()


def _start(function: t.Callable[[Given], Made], values: t.Sequence[Given]) -> list[_Chunk]:
    number = _processors()
    if len(values) < _MIN_PARALLEL or number < 2:
        return [_Chunk(0, lambda: [function(value) for value in values])]
    return [_fork(function, values[first::number]) for first in range(min(number, len(values)))]


def _finish(chunks: list[_Chunk]) -> list[t.Any]:
    """Return the results of all chunks in the order of the values."""
    lists = [chunk.result() for chunk in chunks]
    made: list[t.Any] = [None] * sum(map(len, lists))
    for first, part in enumerate(lists):
        made[first :: len(lists)] = part
    return made


def _processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# Linux has prctl(2), other systems do not.
_PRCTL = getattr(ctypes.CDLL(None), "prctl", None)
_SET_PDEATHSIG = 1


def _end_with(parent: int) -> None:
    """In a child: give up the parent's locks, and end when the parent is killed."""
    files.forget_locks()
    if _PRCTL:
        _PRCTL(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before that
        os._exit(1)


def _fork(function: t.Callable[[Given], Made], values: t.Sequence[Given]) -> _Chunk:
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
            os._exit(0)  # no cleanup: buffers, connections and handlers are the parent's
    os.close(sink)
    return _Chunk(process, functools.partial(_receive, process, source))


def _receive(process: int, source: int) -> list[t.Any]:
    try:
        with open(source, "rb") as stream:
            succeeded, answer = pickle.load(stream)  # noqa: S301 - from our own child
    except EOFError:
        raise CertificateError(
            "A process that made certificates was killed by the system, perhaps for lack of memory.",
            "What was written so far is complete: run it again, with fewer clients at once if it happens again.",
            "process_killed",
        ) from None
    finally:
        os.waitpid(process, 0)
    if not succeeded:
        raise answer
    return t.cast("list[t.Any]", answer)
