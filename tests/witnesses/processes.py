# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of which every process can be found and ended: by a mark that processes inherit and do not take off.

Process groups and sessions do not serve: Ansible's workers, ssh's masters and every daemon have sessions of their own.
Parents do not serve either: who loses one becomes a child of another process. The mark is a resource limit that limits
nothing (RLIMIT_RTTIME, decades of it, of processes that have no realtime priority). It goes through fork, exec, setsid
and ``env -i``, is set without any right, and can be read in /proc of every process, whoever its owner is.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import itertools
import os
import re
import resource
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, AnyStr, NamedTuple, Self

# Greater than any limit that somebody might have set: 2**52 microseconds are 142 years.
_FIRST = 1 << 52
_count = itertools.count()
# Of another owner where /proc is closed to us: none of ours.
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_STOPPED, _ENDED = frozenset("Tt"), frozenset("ZX")


def _content(path: str) -> bytes:
    """Returns what one read(2) does, which is all that is here: a search takes half as long as with Python's files."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)


class Process(NamedTuple):
    """A process; its ``start`` (clock ticks since the system's) tells it from a later one with the same number."""

    number: int
    start: int
    state: str

    @classmethod
    def read(cls, number: int) -> Self | None:
        """Returns the process as /proc shows it, None when there is none."""
        try:
            fields = _content(f"/proc/{number}/stat").decode(errors="replace").rpartition(")")[2].split()
        except _GONE:
            return None
        return cls(number, int(fields[19]), fields[0])

    @property
    def command(self) -> str:
        """Returns number and command line, for people."""
        with contextlib.suppress(*_GONE):
            words = _content(f"/proc/{self.number}/cmdline").replace(b"\0", b" ")
            return f"{self.number} {words.decode(errors='replace').strip()}"
        return f"{self.number}"

    def send(self, signal_number: int) -> None:
        """Sends a signal to this process, never to another that has got its number since."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(self.number)
            try:
                now = Process.read(self.number)
                if now and now.start == self.start:
                    signal.pidfd_send_signal(handle, signal_number)
            finally:
                os.close(handle)


class Mark:
    """What the processes of one run have and no others."""

    def __init__(self) -> None:
        # Unlike those of all test processes that live at the same time: process numbers are below 2**22.
        self.value = _FIRST | os.getpid() << 24 | next(_count)
        self._limits = re.compile(rb"^Max realtime timeout +%d " % self.value, re.MULTILINE)

    def put(self) -> None:
        """Marks the calling process, and with it what it starts from now on."""
        hard = resource.getrlimit(resource.RLIMIT_RTTIME)[1]
        resource.setrlimit(resource.RLIMIT_RTTIME, (self.value, hard))

    def processes(self) -> list[Process]:
        """Returns the marked processes that have not ended."""
        found = []
        for number in map(int, filter(str.isdigit, os.listdir("/proc"))):
            with contextlib.suppress(*_GONE):
                marked = self._limits.search(_content(f"/proc/{number}/limits"))
                process = Process.read(number) if marked else None
                if process and process.state not in _ENDED:
                    found.append(process)
        return found

    def left_over(self) -> list[str]:
        """Returns the command lines of the marked processes."""
        return [process.command for process in self.processes()]

    def assert_nothing_left(self) -> None:
        """Raises AssertionError, with their command lines, when marked processes live."""
        left = self.left_over()
        assert not left, "processes of the run are left:\n" + "\n".join(left)

    def kill(self) -> None:
        """Ends all marked processes as a power cut does: none can react to the end of another, or clean up.

        Raises AssertionError when some live on.
        """
        self._freeze()
        until(functools.partial(self._all_killed), "processes that were killed live on")

    def _all_killed(self) -> bool:
        left = self.processes()
        for process in left:
            process.send(signal.SIGKILL)
        return not left

    def _freeze(self) -> None:
        """Stops all marked processes, those as well that were started while others were being stopped.

        They are complete when a search finds stopped ones only, all of which were told so before it began: from then on
        none of them starts another. One that waits in the kernel ("D": for a disk, or with vfork for a child) stops on
        the way back, before it does anything of its own.
        """
        told: set[tuple[int, int]] = set()

        def complete() -> bool:
            found = self.processes()
            running = [each for each in found if each.state not in _STOPPED | {"D"} or each[:2] not in told]
            for process in running:
                process.send(signal.SIGSTOP)
            told.update(process[:2] for process in found)
            return not running

        until(complete, "processes that are to be killed cannot be stopped")


class Killable(subprocess.Popen[AnyStr]):
    """A command, in a session and with a mark of its own; ``kill`` ends every process that came from it.

    When the test run itself is killed, the command gets a SIGTERM.
    """

    def __init__(self, command: list[str], **options: Any) -> None:
        self.mark = Mark()
        # The signal comes at the end of the thread that starts the command: only the main one lasts as long as the run.
        self._lasting = threading.current_thread() is threading.main_thread()
        super().__init__(command, start_new_session=True, preexec_fn=self._prepare, **options)

    def _prepare(self) -> None:
        self.mark.put()
        if self._lasting:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def kill(self) -> None:
        """Ends every process of the run at once, also when the first one has ended already."""
        self.mark.kill()
        self.wait()
        self.mark.assert_nothing_left()


def forked(work: Callable[[], Any], mark: Mark) -> int:
    """Returns the number of a new process, marked, that does ``work`` and ends with 0, or with 1 when that raises."""
    marked, said = os.pipe()
    child = os.fork()
    if child:
        os.close(said)
        os.read(marked, 1)  # the end: the child has closed its copy
        os.close(marked)
        return child
    try:
        mark.put()
        os.close(said)
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def until(condition: Callable[[], Any], what: str, seconds: float = 120, pause: float = 0.005) -> None:
    """Returns when ``condition()`` holds. Raises AssertionError (``what``) when it never does: not a bound of speed.

    The condition is evaluated every ``pause`` seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} (after {seconds} s)"
        time.sleep(pause)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[Any], pause: float = 0.005) -> bool:
    """Returns as soon as ``condition()`` holds: True. False: the process ended before that."""
    held: list[bool] = []

    def over() -> bool:
        held.append(condition())
        return held[-1] or process.poll() is not None

    # A whole playbook may be what is waited for: on a busy machine it takes minutes.
    until(over, "neither what was waited for nor the end of the process", 600, pause)
    return held[-1]
