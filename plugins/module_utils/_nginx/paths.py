# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the paths to be written, and change nothing.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
import typing as t

# Names in the stage: those of this version, of the versions before it, and of files that Ansible was writing.
STAGED = re.compile(
    r"(?:\d+\.)?(?:certificate|private_key|configuration|client_ca|client_crl)|tested|files|tmp.*|\.ansible_tmp.*"
)


def name_problem(path: str) -> str:
    """Return why ``path`` cannot be the full name of a file or a directory, or nothing."""
    if not path.startswith("/"):
        return "is not an absolute path. Write it from the root directory on."
    if {".", ".."} & set(path.split("/")):
        return "has . or .. in it. Write the path without them."
    return ""


def directory_problem(path: str) -> str:
    """Return why ``path`` is no directory and cannot be made one, or nothing. A link to a directory is a directory."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    if os.path.isdir(path):
        return ""
    if os.path.islink(path):
        return (
            f"cannot be reached: {path} is a symbolic link to {os.readlink(path)}, which is no directory."
            " Make that directory, or remove the link."
        )
    return f"cannot be reached: {path} is not a directory. Name another path."


def file_problem(path: str) -> str:
    """Return why no file may be written at ``path``, or nothing."""
    if path.endswith("/"):
        return "names a directory. Name the file in it."
    if os.path.islink(path):
        return (
            f"is a symbolic link to {os.readlink(path)}. What it leads to may belong to another program, so neither the"
            " link nor the file is replaced. Name a path of its own for this file, or remove the link."
        )
    if os.path.isdir(path):
        return "is a directory. Name the file in it."
    if os.path.exists(path) and not os.path.isfile(path):
        return "is not a regular file. Name another path."
    return directory_problem(os.path.dirname(path))


def stage_problem(stage: str) -> str:
    """Return why the directory of new files is not one that an interrupted run left, or nothing."""
    if os.path.islink(stage) or not os.path.isdir(stage):
        found = "it is not a directory"
    else:
        state = os.stat(stage)
        other = sorted(name for name in os.listdir(stage) if not STAGED.fullmatch(name))
        if state.st_uid == os.geteuid() and stat.S_IMODE(state.st_mode) & 0o777 == 0o700:
            if not other:
                return ""
            found = f"it holds {other[0]}"
        else:
            found = f"its owner or mode ({_owner(state.st_uid)}, {stat.S_IMODE(state.st_mode):o}) is not the role's"
    return (
        f"{stage}: the role keeps new files here until Nginx has read them, but something else is in this place"
        f" ({found}). Move it away."
    )


def _owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def problems(roots: t.Iterable[tuple[str, str]], files: t.Iterable[tuple[str, str]]) -> list[str]:
    """Return what is wrong with directories of pages and with files to write, each given as its option and its path."""
    found = []
    for option, root in roots:
        reason = name_problem(root) or directory_problem(root)
        if reason:
            found.append(f"{option}: {root} {reason}")
    seen = set()
    for option, path in files:
        reason = name_problem(path) or file_problem(path)
        if not reason:
            real = os.path.realpath(path)
            if real in seen:
                reason = "is the path of another of the role's files too. Name one path for each."
            seen.add(real)
        if reason:
            found.append(f"{option}: {path} {reason}")
    return found
