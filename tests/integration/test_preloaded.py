# SPDX-License-Identifier: GPL-3.0-or-later
"""A module finds in the preloaded interpreter what it finds in a plain one, and ends in the same way."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.witnesses.processes import Killable, Process, until

SURROUNDINGS = """
import json, os, resource, signal, sys, threading, time
from pathlib import Path
umask = os.umask(0)
open_files = [each for each in os.listdir("/proc/self/fd") if Path("/proc/self/fd", each).exists()]
json.dump({
    "arguments": sys.argv, "main": [__name__, globals().get("__file__")], "path": sys.path, "options": sys.warnoptions,
    "environment": dict(os.environ), "time zone": time.tzname, "directory": os.getcwd(), "umask": umask,
    "limits": [resource.getrlimit(each) for name, each in vars(resource).items() if name.startswith("RLIMIT")],
    "priority": os.nice(0), "threads": threading.active_count(),
    "open files": sorted(open_files), "standard input": sys.stdin.read(),
    "encodings": [(each.encoding, each.errors) for each in (sys.stdin, sys.stdout, sys.stderr)],
    "signals": [str(signal.getsignal(each)) for each in sorted(signal.valid_signals())],
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "collection": [each for each in sys.modules if each.startswith("ansible_collections")],
}, sys.stdout, indent=1)
"""
SCRIPTS = {
    "surroundings": SURROUNDINGS,
    "an exit code": "import sys; sys.exit(3)",
    "a message": "import sys; sys.exit('a message')",
    "an error at import": "import there_is_no_such_module",
    "a syntax error": "(",
    "a warning": "import warnings; warnings.warn('careful')",
    "unflushed output": "print('x' * 70000, end='')",
    "work at the end": "import atexit; atexit.register(print, 'over')",
    "a thread": "import threading as t; t.Thread(target=lambda: (t.main_thread().join(), print('over'))).start()",
    "a pool of threads": "from concurrent.futures import ThreadPoolExecutor as P; P().submit(print, 'over')",
}


def run(interpreter: str, directory: Path, arguments: list[str], given: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    done = subprocess.run(
        [interpreter, *arguments],
        cwd=directory,
        env={**os.environ, "TZ": "Asia/Kolkata", "ODD": "\udcff\n"},
        umask=0o027,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    # A traceback begins with the lines of runpy.
    errors = done.stderr.splitlines()[-1:] if done.returncode else done.stderr.splitlines()
    return done.returncode, done.stdout, "\n".join(errors)


@pytest.mark.parametrize("piped", [False, True], ids=["a file", "standard input"])
@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS)
def test_it_is_as_in_a_plain_interpreter(preloaded_python: str, tmp_path: Path, source: str, piped: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    script = tmp_path / "script.py"
    script.write_text(source)
    arguments, given = ([], source) if piped else ([str(script), "an argument", "-x"], "given")
    preloaded, plain = (
        run(each, tmp_path / "elsewhere", arguments, given) for each in (preloaded_python, sys.executable)
    )
    assert preloaded == plain


def test_a_module_that_is_killed(preloaded_python: str, tmp_path: Path) -> None:
    """The exit code is the one that a shell has for the signal."""
    script = tmp_path / "script.py"
    script.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert subprocess.run([preloaded_python, script], check=False).returncode == 128 + signal.SIGKILL


def test_a_module_ends_with_its_client(preloaded_python: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os, signal; print(os.getpid(), flush=True); signal.pause()")
    with subprocess.Popen([preloaded_python, script], stdout=subprocess.PIPE, text=True) as client:
        module = first_line_of(client)
        client.kill()

        def ended() -> bool:
            now = Process.read(module.number)
            return now is None or now.start != module.start

    until(ended, "the module lives on")


def test_a_module_is_marked_as_its_client_is(preloaded_python: str, tmp_path: Path) -> None:
    """So that who kills a run kills its modules as well, at the same moment."""
    script = tmp_path / "script.py"
    script.write_text("import os, signal; print(os.getpid(), flush=True); signal.pause()")
    with Killable([preloaded_python, str(script)], stdout=subprocess.PIPE, text=True) as client:
        try:
            module = first_line_of(client)
            assert {process[:2] for process in client.mark.processes()} >= {module[:2]}
        finally:
            client.kill()


def first_line_of(client: subprocess.Popen[str]) -> Process:
    """Return the process whose number is the first line of the output."""
    assert client.stdout
    assert select.select([client.stdout], [], [], 120)[0]
    process = Process.read(int(client.stdout.readline()))
    assert process
    return process
