# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and reload Nginx, and find it on a server.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
import typing as t

from .configuration import Word, directives
from .files import SiteError


class Service(t.Protocol):
    """A running Nginx."""

    def state(self) -> tuple[bool, bool]:
        """Return whether Nginx runs, and whether it starts at every boot."""

    def reload(self) -> str:
        """Have Nginx read its configuration again, and return why it did not, or nothing."""

    def start(self) -> str:
        """Start Nginx, and return why it did not start, or nothing."""

    def enable(self) -> None:
        """Have Nginx start at every boot."""


class Systemd:
    """Nginx as a unit of systemd."""

    def __init__(self, unit: str) -> None:
        """Take the name of the unit."""
        self.unit = unit

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run([*words], capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL)
        except FileNotFoundError as error:
            raise SiteError(f"{words[0]} is not on this server, which needs systemd.") from error

    def state(self) -> tuple[bool, bool]:
        """Return whether Nginx runs, and whether it starts at every boot."""
        shown = self._call("systemctl", "show", "--property=ActiveState,UnitFileState", self.unit).stdout.splitlines()
        return "ActiveState=active" in shown, "UnitFileState=disabled" not in shown

    def _act(self, action: str) -> str:
        since = f"@{int(time.time())}"
        done = self._call("systemctl", action, self.unit)
        if done.returncode == 0:
            return ""
        words = self._call("journalctl", "--unit", self.unit, "--since", since, "--output=cat", "--no-pager").stdout
        said = [line for line in words.splitlines() if line.startswith("nginx:") or "[emerg]" in line]
        return "\n".join(dict.fromkeys(said)) or done.stderr.strip()

    def reload(self) -> str:
        """Have Nginx read its configuration again, and return why it did not, or nothing."""
        return self._act("reload")

    def start(self) -> str:
        """Start Nginx, and return why it did not start, or nothing."""
        return self._act("start")

    def enable(self) -> None:
        """Have Nginx start at every boot."""
        done = self._call("systemctl", "enable", self.unit)
        if done.returncode:
            raise SiteError(f"systemd did not enable {self.unit}: {done.stderr.strip()}")


class Found(t.NamedTuple):
    """A version of Nginx, its ``nginx.conf``, and the log of errors that it begins with."""

    version: tuple[int, ...]
    main: str
    error_log: str
    prefix: str


def find(executable: str) -> Found:
    """Ask the executable for its version and for the places that it was built with."""
    try:
        said = subprocess.run([executable, "-V"], capture_output=True, check=False, text=True, errors="replace").stderr
    except OSError as error:
        raise SiteError(f"{executable} cannot be run: {error.strerror}. Name Nginx's executable.") from error
    version = re.search(r"nginx version: \S*?/(\d+(?:\.\d+)*)", said)
    built = dict(re.findall(r"--(prefix|conf-path|error-log-path)=(\S+)", said))
    if not version:
        raise SiteError(
            f"{executable} is not Nginx: it does not tell its version. Name Nginx's executable. It says:\n{said}"
        )
    prefix = built.get("prefix", "/usr/local/nginx")
    return Found(
        tuple(int(part) for part in version[1].split(".")),
        os.path.join(prefix, built.get("conf-path", "conf/nginx.conf")),
        os.path.join(prefix, built.get("error-log-path", "logs/error.log")),
        prefix,
    )


class Log:
    """What Nginx writes to its logs of errors from now on: a reload that fails is told nowhere else."""

    def __init__(self, main: str, found: Found) -> None:
        """Remember where the logs end now."""
        paths = {found.error_log}
        try:
            with open(main, encoding="utf-8", errors="surrogateescape") as file:
                paths |= {self._path(words, found) for words, _end in directives(file.read())}
        except OSError:
            pass
        self.ends = {path: os.path.getsize(path) for path in paths if path and os.path.isfile(path)}

    @staticmethod
    def _path(words: list[Word], found: Found) -> str:
        if (
            words[0].value != "error_log"
            or len(words) < 2
            or words[1].value.startswith(("stderr", "syslog:", "memory:"))
        ):
            return ""
        return os.path.join(found.prefix, words[1].value)

    def words(self) -> str:
        """Return the serious messages since then."""
        found: list[str] = []
        for path, end in self.ends.items():
            with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8", errors="replace") as file:
                file.seek(end if os.path.getsize(path) >= end else 0)
                found += [line.rstrip() for line in file if "[emerg]" in line or "[alert]" in line]
        return "\n".join(
            dict.fromkeys(re.sub(r"^\S+ \S+ (\[\w+\]) \d+#\d+: (?:\*\d+ )?", r"\1 ", each) for each in found)
        )
