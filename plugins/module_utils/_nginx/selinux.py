# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what SELinux would forbid sites, and allow it.

Nginx runs in the domain httpd_t, which may listen on ports of two types, and connect to applications if a boolean is on
(httpd_selinux(8)). Asked are semanage(8) and getsebool(8); where they are not installed, nothing is told.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t

from .site import Site

ENFORCE = "/sys/fs/selinux/enforce"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PORT_TYPES = ("http_port_t", "http_cache_port_t")
BOOLEAN = "httpd_can_network_connect"


class Permission(t.NamedTuple):
    """What SELinux does not permit: the reason in words, the command that permits it, and the one that undoes that."""

    reason: str
    command: list[str]
    undo: list[str]


def missing(sites: list[Site]) -> list[Permission]:
    """Return what SELinux would forbid the sites, if it is enforcing here and its tools are installed."""
    try:
        with open(ENFORCE, encoding="ascii") as file:
            enforcing = file.read().strip() == "1"
    except OSError:
        return []
    if not enforcing:
        return []
    found = []
    types = _port_types() if shutil.which("semanage", path=PATH) else None
    for port in sorted({site.port for site in sites}) if types is not None else ():
        kinds = [kind for kind, first, last in types or () if first <= port <= last]
        if not set(kinds) & set(PORT_TYPES):
            exactly = any(first == last == port for _kind, first, last in types or ())
            change = ["--modify"] if exactly else ["--add"]
            back = ["--modify", "--type", kinds[0]] if exactly else ["--delete"]
            rest = ["--proto", "tcp", str(port)]
            found.append(
                Permission(
                    f"lets Nginx not listen on port {port}, which is {', '.join(kinds) or 'none of HTTP'}",
                    ["semanage", "port", *change, "--type", PORT_TYPES[0], *rest],
                    ["semanage", "port", *back, *rest],
                )
            )
    applications = [site.upstream for site in sites if site.upstream and "unix:" not in site.upstream]
    if applications and shutil.which("getsebool", path=PATH) and _run(["getsebool", BOOLEAN]).strip().endswith("off"):
        found.append(
            Permission(
                f"lets Nginx not connect to {applications[0]} ({BOOLEAN} is off)",
                ["setsebool", "-P", BOOLEAN, "on"],
                ["setsebool", "-P", BOOLEAN, "off"],
            )
        )
    return found


def permit(permission: Permission, undo: bool = False) -> None:
    """Run the command of a permission, or the one that undoes it. Raises OSError in the command's words if it fails."""
    command = permission.undo if undo else permission.command
    done = _execute(command)
    if done.returncode:
        raise OSError(f"{' '.join(command)} has failed: {done.stderr.strip()}")


def _port_types() -> list[tuple[str, int, int]]:
    """Return the types of TCP ports, each with the first and the last port of a range, the narrowest ranges first."""
    found = []
    for line in _run(["semanage", "port", "--list", "--noheading"]).splitlines():
        match = re.match(r"(\S+)\s+tcp\s+(.*)", line)
        for part in match[2].split(",") if match else ():
            first, _dash, last = part.strip().partition("-")
            found.append((match[1] if match else "", int(first), int(last or first)))
    return sorted(found, key=lambda each: each[2] - each[1])


def _run(command: list[str]) -> str:
    return _execute(command).stdout


def _execute(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PATH": PATH, "LC_ALL": "C"},
    )
