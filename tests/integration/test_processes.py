# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed is gone, wherever its processes went. Witness: a pipe that only its processes hold open."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.witnesses.processes import Killable, Mark, forked, until

# Each process ends by itself after that: also when the test is killed, and nobody ends it.
SECONDS = 120

# Programs that print "ready" when everything that belongs to them runs.
_DAEMON = """
import os, sys, time
def fork_away():
    if os.fork():
        os._exit(0)
ready, said = os.pipe()
if not os.fork():
    fork_away()
    os.setsid()
    fork_away()
    {more}
    os.write(said, b"x")
    time.sleep({seconds})
os.read(ready, 1)
print("ready", flush=True)
{last}
"""
# What a new program is that has nothing in its environment and no open file of its parent.
_ANOTHER = f"""os.write(said, b"x"); os.execv("/usr/bin/env", ["env", "-i", "/bin/sleep", "{SECONDS}"])"""
_STAY = f"time.sleep({SECONDS})"
_GO = "os._exit(0)"
_DEAF = "import signal; [signal.signal(each, signal.SIG_IGN) for each in (1, 2, 15)]"
_HELD = "os.set_inheritable(int(sys.argv[1]), True)"


def program(more: str, last: str) -> str:
    return _DAEMON.format(more=more, last=last, seconds=SECONDS)


class Started:
    """A program, and the pipe."""

    def __init__(self, source: str) -> None:
        self.read_end, write_end = os.pipe()
        self.run: Killable[str] = Killable(
            [sys.executable, "-c", source, str(write_end)],
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[write_end],
        )
        os.close(write_end)
        assert self.run.stdout
        assert self.run.stdout.readline() == "ready\n"

    @property
    def lives(self) -> bool:
        """Whether any process of the program does."""
        return not select.select([self.read_end], [], [], 0)[0]

    def close(self) -> None:
        self.run.kill()
        assert self.run.stdout
        self.run.stdout.close()
        os.close(self.read_end)


@pytest.mark.parametrize(
    ("more", "last"),
    [
        pytest.param("", _STAY, id="a daemon"),
        pytest.param("", _GO, id="a daemon whose parent has ended"),
        pytest.param(_DEAF, _STAY, id="a daemon that hears no signal"),
        pytest.param(f"{_HELD}; {_ANOTHER}", _GO, id="another program, without the environment"),
        pytest.param("[os.fork() for _each in range(5)]", _STAY, id="many"),
    ],
)
def test_every_process_of_a_run_ends(more: str, last: str) -> None:
    started = Started(program(more, last))
    try:
        assert started.lives
        if last == _GO:
            started.run.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.run.pid, signal.SIGKILL)
        assert started.lives, "a process group is not all of it"
        with pytest.raises(AssertionError, match=r"processes of the run are left:\n(.*\n)*[0-9]+ .*(sleep|python)"):
            started.run.mark.assert_nothing_left()
        started.run.kill()
        started.run.mark.assert_nothing_left()
        assert not started.lives
        if last == _STAY:
            assert started.run.returncode == -signal.SIGKILL
    finally:
        started.close()


def test_what_starts_processes_all_the_time_ends_too() -> None:
    """There is always one that a list of processes does not know yet."""
    source = f"""
import os, time
print("ready", flush=True)
end = time.monotonic() + {SECONDS}
while time.monotonic() < end:
    if not os.fork():
        os.setsid()
        time.sleep(0.2)
        os._exit(0)
    time.sleep(0.001)
"""
    started = Started(source)
    try:
        started.run.kill()
        assert not started.lives
    finally:
        started.close()


def test_no_process_sees_the_end_of_another(tmp_path: Path) -> None:
    """A power cut takes all at once: a parent that outlived its child for a moment could clean up after it."""
    seen = tmp_path / "seen"
    source = f"""
import os, time
child = os.fork()
if not child:
    print("ready", flush=True)
    end = time.monotonic() + {SECONDS}
    while time.monotonic() < end:
        pass
os.waitpid(child, 0)
open({str(seen)!r}, "w").close()
"""
    for _each in range(5):
        started = Started(source)
        started.close()
        assert not seen.exists()


def test_other_processes_are_left_alone(tmp_path: Path) -> None:
    one, other = Started(program("", _STAY)), Started(program("", _GO))
    try:
        one.run.kill()
        assert not one.lives
        assert other.lives
        assert other.run.mark.left_over() != []
    finally:
        one.close()
        other.close()


def test_forked_work_ends_with_its_children(capfd: pytest.CaptureFixture[str]) -> None:
    ready, said = os.pipe()

    def work() -> None:
        if not os.fork():
            os.setsid()
        os.write(said, b"x")
        select.select([], [], [], SECONDS)

    mark = Mark()
    child = forked(work, mark)
    assert os.read(ready, 1) + os.read(ready, 1) == b"xx"
    os.close(said)
    assert len(mark.left_over()) == 2
    mark.kill()
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert os.read(ready, 1) == b"", "nobody holds the other end"
    mark.assert_nothing_left()
    os.close(ready)

    failed = forked(lambda: 1 / 0, mark)
    assert os.waitstatus_to_exitcode(os.waitpid(failed, 0)[1]) == 1
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_waiting_for_what_never_comes_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no such thing"):
        until(lambda: False, "no such thing", seconds=0)


def test_a_command_ends_when_the_test_run_is_killed() -> None:
    """The run is one of its own here, killed as a run of tests may be: without a chance to clean up."""
    read_end, write_end = os.pipe()
    source = f"""
import os
from tests.witnesses.processes import Killable
Killable(["sleep", "{SECONDS}"], pass_fds=[{write_end}])
print("ready", flush=True)
os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", source], env=environment, pass_fds=[write_end], check=False)
    os.close(write_end)
    assert select.select([read_end], [], [], SECONDS / 2)[0], "the command lives on"
    os.close(read_end)
