# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, reloads, adopts and stops the Nginx of the sandbox, and never touches another one.

The prefix directory identifies it: the master has ``-p PREFIX`` in its command line, and its workers share its session.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

from .config import CLOSING, Rendered
from .errors import DataPlaneError

_log = logging.getLogger(__name__)

_POLL = 0.005  # seconds between two checks of a condition
_TIMEOUT = 15.0  # seconds for a start, a reload or a stop; Nginx itself gives up binding after 2.5
_HANDOVER = 0.12  # seconds; Nginx tells its old workers to quit 0.1 after it has started new ones
_FAREWELL = 0.5  # seconds that clients with open connections have to make one more request before a reload


class Nginx:
    """One Nginx below ``prefix``, a directory of its own. Only the owner can read the secret files in it."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix.resolve()
        self.configurations = self.prefix / "conf"
        self._closing = self.prefix / CLOSING
        self.prefix.mkdir(parents=True, exist_ok=True)
        self.configurations.mkdir(exist_ok=True)
        self.configurations.chmod(0o700)
        # Workers can have another user than the sandbox. They read these directories, and write large request bodies.
        for directory in (self.prefix, self._closing, self.prefix / "temp"):
            directory.mkdir(exist_ok=True)
            directory.chmod(0o711)
        for flag in self._closing.iterdir():
            flag.unlink()  # left by an owner that was killed
        self._binary = _find_binary()
        self.version = _version(self._binary)
        self._log_path = self.prefix / "error.log"
        self._resume()

    # -- what runs -------------------------------------------------------------------------------------------------

    def master(self) -> int | None:
        """Returns the process id of our master, or None.

        The number in a pid file may belong to another process by now.
        """
        candidates = [self._recorded_pid(), *_pids()]
        return next((pid for pid in candidates if pid and self._is_master(pid)), None)

    def serves(self) -> str | None:
        """Returns the generation that the running Nginx reports, or None when nothing answers."""
        return self._ask("/") or None

    def _ask(self, path: str) -> str:
        """Returns the answer of the running Nginx about itself, empty when nothing answers."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(socket.socket(socket.AF_UNIX))
            connection.settimeout(1.0)
            directory = os.open(self.prefix, os.O_PATH)
            stack.callback(os.close, directory)
            try:
                # Through the descriptor, since the path of a socket is limited to 108 bytes.
                connection.connect(f"/proc/self/fd/{directory}/status.sock")
                connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
            except OSError:
                return ""
        return answer.rpartition(b"\r\n\r\n")[2].decode()

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.prefix / "nginx.pid").read_text())
        except (OSError, ValueError):
            return None

    def _is_master(self, pid: int) -> bool:
        title = _title(pid)
        return title.startswith("nginx: master process") and f" -p {self.prefix} " in f"{title} "

    def _workers(self, master: int) -> list[int]:
        """Returns the processes of the master's session that are (or were) its workers."""
        return [
            pid for pid in _pids() if pid != master and _session(pid) == master and _title(pid).startswith("nginx:")
        ]

    def _resume(self) -> None:
        """Resumes workers that an owner had paused when it was killed; they would hold their ports and never answer."""
        for session in {self.master(), self._recorded_pid()} - {None}:
            for pid in self._workers(t.cast("int", session)):
                _send(pid, signal.SIGCONT)

    # -- changes ---------------------------------------------------------------------------------------------------

    def install(self, rendered: Rendered) -> None:
        """Serves this configuration, and returns when no other is served any more.

        Clients see no error, not even on connections that they keep open; see :meth:`_farewell`.

        Raises DataPlaneError with Nginx's message; the configuration before is still served then.
        """
        self._write(rendered)
        previous = self._current()
        try:
            # Where nothing serves, the start is the test: of thousands of listeners each of them takes long.
            if self.serves():
                self._test(rendered)
            self._point_to(rendered.directory)
            master = self.master()
            if master:
                with self._farewell():
                    self._reload(master, rendered.generation)
            else:
                self._start(rendered.generation)
        except DataPlaneError:
            if previous and previous != rendered.directory:
                self._point_to(previous)
                shutil.rmtree(rendered.directory)
            raise
        for directory in self.configurations.iterdir():
            if directory != rendered.directory:
                shutil.rmtree(directory)

    def stop(self) -> None:
        """Stops our Nginx, also the workers of a master that was killed."""
        recorded = self._recorded_pid()
        master = self.master()
        processes = [master] if master else []
        for session in {pid for pid in (master, recorded) if pid}:
            # If a process with the recorded number is not our master, the number was reused.
            if session == master or not _title(session):
                processes += self._workers(session)
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            for pid in processes:
                _send(pid, signal_number)
            if _wait(lambda: not any(_title(pid) for pid in processes), _TIMEOUT / 3):
                break
        for name in ("nginx.pid", "status.sock"):
            (self.prefix / name).unlink(missing_ok=True)

    def _write(self, rendered: Rendered) -> None:
        if rendered.directory == self._current():
            return
        shutil.rmtree(rendered.directory, ignore_errors=True)  # left by an attempt that was killed
        rendered.directory.mkdir(mode=0o700)
        for name, content in rendered.files.items():
            descriptor = os.open(rendered.directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(content)

    def _current(self) -> Path | None:
        link = self.prefix / "nginx.conf"
        return Path(os.readlink(link)).parent if link.is_symlink() else None

    def _point_to(self, directory: Path) -> None:
        new = self.prefix / "nginx.conf.new"
        new.unlink(missing_ok=True)
        new.symlink_to(directory / "nginx.conf")
        new.replace(self.prefix / "nginx.conf")

    def _run(self, configuration: Path, *options: str) -> subprocess.CompletedProcess[str]:
        # -e exists from 1.19.5 on; older versions warn that they cannot write the system's log, and go on.
        log = ["-e", str(self._log_path)] if self.version >= (1, 19, 5) else []
        command = [self._binary, "-p", str(self.prefix), *log, "-c", str(configuration), *options]
        return subprocess.run(
            command,
            cwd=self.prefix,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_TIMEOUT,
            check=False,
            umask=0o077,
        )

    def _test(self, rendered: Rendered) -> None:
        outcome = self._run(rendered.directory / "nginx.conf", "-t")
        if outcome.returncode:
            raise DataPlaneError(f"Nginx refuses the configuration: {_essence(outcome.stderr)}")

    def _start(self, generation: str) -> None:
        self.stop()  # workers of a master that was killed hold the ports; a stale socket is in the way
        outcome = self._run(self.prefix / "nginx.conf")
        if outcome.returncode:
            raise DataPlaneError(f"Nginx did not start: {_essence(outcome.stderr)}")
        if not _wait(lambda: self.serves() == generation and self.master() is not None):
            raise DataPlaneError(f"Nginx started but does not answer. The end of its log: {self._log_since(0)}")

    @contextlib.contextmanager
    def _farewell(self) -> Iterator[None]:
        """Asks clients to close their open connections, and waits until there are none.

        A worker that is told to quit closes every connection without a request, also one on which a request is
        arriving. So every answer of this generation closes its connection from now on. Silent clients and long requests
        are left at the end of the wait.
        """
        flag = self._closing / (self.serves() or "none")
        flag.touch()
        try:
            _wait(self._alone, _FAREWELL)
            yield
        finally:
            flag.unlink()

    def _alone(self) -> bool:
        """Tells whether this question is the only connection to the running Nginx."""
        return self._ask("/connections").startswith("Active connections: 1 ")

    def _reload(self, master: int, generation: str) -> None:
        workers = self._workers(master)
        offset = self._log_path.stat().st_size if self._log_path.exists() else 0
        failure = ""

        def decided() -> bool:
            nonlocal failure
            failure = _essence(self._log_since(offset), only_errors=True)
            return bool(failure) or self.serves() == generation

        with _paused(workers):
            os.kill(master, signal.SIGHUP)
            done = _wait(decided)
            if done and not failure:
                time.sleep(_HANDOVER if self._alone() else 2 * _HANDOVER)
        if failure or not done:
            # A configuration that passed the test and cannot be bound: Nginx goes on with the one it has.
            raise DataPlaneError(f"Nginx did not take the configuration: {failure or 'it does not answer in time'}")
        # Old workers close their sockets at the moment at which they change their titles.
        _wait(lambda: all("shutting down" in title or not title for title in map(_title, workers)))

    def _log_since(self, offset: int) -> str:
        try:
            with self._log_path.open(errors="replace") as file:
                file.seek(offset)
                return file.read()
        except OSError:
            return ""


def _find_binary() -> str:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    binary = shutil.which("nginx", path=path)
    if not binary:
        raise DataPlaneError(
            "there is no nginx on PATH. Install it (Debian: apt-get install --no-install-recommends nginx-light), "
            "or start the sandbox with --data-plane off"
        )
    return binary


def _version(binary: str) -> tuple[int, ...]:
    output = subprocess.run([binary, "-v"], capture_output=True, text=True, timeout=_TIMEOUT, check=False).stderr
    match = re.search(r"/(\d+)\.(\d+)\.(\d+)", output)
    if not match:
        raise DataPlaneError(f"{binary} -v does not say its version: {output.strip()!r}")
    return tuple(map(int, match.groups()))


def _essence(messages: str, only_errors: bool = False) -> str:
    """Returns the lines of Nginx that name a fault, without time stamps."""
    lines = [re.sub(r"^.*?(?=\[(emerg|crit|alert)\])", "", line) for line in messages.splitlines()]
    errors = [line for line in lines if line.startswith("[emerg]") and "still could not bind" not in line]
    return "; ".join(dict.fromkeys(errors)) or ("" if only_errors else messages.strip())


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _title(pid: int) -> str:
    """Returns the command line of a process as one string, empty when it is gone (or a zombie)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _session(pid: int) -> int | None:
    try:
        # Fields after the name, which may hold anything, in proc(5): state, ppid, pgrp, session.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except (OSError, ValueError):
        return None


def _wait(condition: Callable[[], bool], timeout: float = _TIMEOUT) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


@contextlib.contextmanager
def _paused(workers: list[int]) -> Iterator[None]:
    """Pauses old workers until new ones accept connections and the old ones are told to quit.

    An old worker closes idle connections at once, and a new connection of HTTP/2 counts as idle until its first request
    is read. After the pause the request has arrived, and it is read before the signal to quit.
    """
    try:
        for pid in workers:
            _send(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in workers:
            _send(pid, signal.SIGCONT)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
