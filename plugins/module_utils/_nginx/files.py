# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace several files together or not at all, keep backups, and remember which files are the role's own.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
import typing as t
from dataclasses import dataclass, field


class SiteError(Exception):
    """A reason to stop, in the words for the user."""


class File(t.NamedTuple):
    """A file of a site: its kind, what is to be in it (``None``: it is to be removed), and its mode."""

    kind: str
    option: str
    path: str
    content: bytes | None
    mode: int


class Previous(t.NamedTuple):
    """What was at a path: nothing, a link, or a file with its content, mode and owner."""

    kind: str
    content: bytes = b""
    mode: int = 0
    uid: int = 0
    gid: int = 0


def look(path: str) -> Previous:
    """Return what is at ``path``."""
    try:
        state = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Previous("nothing")
    if stat.S_ISLNK(state.st_mode):
        return Previous("link", os.fsencode(os.readlink(path)))
    with open(path, "rb") as file:
        return Previous("file", file.read(), stat.S_IMODE(state.st_mode), state.st_uid, state.st_gid)


def differs(file: File, previous: Previous) -> bool:
    """Return whether the file has to be written or removed."""
    if file.content is None:
        return previous.kind != "nothing"
    return (previous.kind, previous.content, previous.mode) != ("file", file.content, file.mode)


def sync(folder: str) -> None:
    """Write a directory's entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_beside(path: str, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> str:
    """Write a new file beside ``path``, synced, and return its name."""
    descriptor, name = tempfile.mkstemp(
        prefix="." + os.path.basename(path) + ".", suffix=".new", dir=os.path.dirname(path)
    )
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if owner:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(name)
        raise
    return name


@dataclass
class Switch:
    """A set of files that become live together; ``undo`` brings back what was there before."""

    label: t.Callable[[str], object] = lambda path: None
    made: list[str] = field(default_factory=list)
    done: list[tuple[str, Previous]] = field(default_factory=list)

    def go(self, files: list[File], directories: list[tuple[str, int]]) -> None:
        """Make the directories, write all new files beside their targets, and then rename all of them."""
        prepared: list[tuple[str, str]] = []
        try:
            for path, mode in directories:
                os.mkdir(path)
                self.made.append(path)
                os.chmod(path, mode)
                self.label(path)
            for file in files:
                if file.content is not None:
                    prepared.append((file.path, write_beside(file.path, file.content, file.mode)))
                    self.label(prepared[-1][1])
            for folder in {os.path.dirname(path) for path, _new in prepared}:
                sync(folder)
            news = dict(prepared)
            for file in files:
                previous = look(file.path)
                if file.content is None:
                    os.unlink(file.path)
                else:
                    os.rename(news[file.path], file.path)
                self.done.append((file.path, previous))
                self.label(file.path)
            for folder in {os.path.dirname(path) for path, _previous in self.done}:
                sync(folder)
        except OSError as error:
            self.undo()
            raise SiteError(
                f"The new files could not be written: {error}. Nothing has been replaced; what was running goes on."
            ) from error
        finally:
            for _path, new in prepared:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(new)

    def undo(self) -> None:
        """Bring back the previous files, and remove the directories that were made for new ones."""
        while self.done:
            path, previous = self.done[-1]
            restore(path, previous)
            self.label(path)
            self.done.pop()
        for path in reversed(self.made):
            with contextlib.suppress(OSError):  # another program has put a file there
                os.rmdir(path)
        self.made.clear()


def restore(path: str, previous: Previous) -> None:
    """Bring back what was at ``path``."""
    if previous.kind == "file":
        new = write_beside(path, previous.content, previous.mode, (previous.uid, previous.gid))
        os.rename(new, path)
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    if previous.kind == "link":
        os.symlink(os.fsdecode(previous.content), path)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


class Record:
    """The paths that the role has written, kept on the server; with each the SHA-256 of its content, and its backup."""

    def __init__(self, folder: str) -> None:
        """Read the record of ``folder``, a directory that may be missing."""
        self.folder = folder
        self.path = os.path.join(folder, "files.json")
        self.before = look(self.path)
        try:
            self.files: dict[str, dict[str, str]] = json.loads(self.before.content or b"{}")
        except ValueError as error:
            raise SiteError(f"{self.path}: the record of the role's own files cannot be read. Move it away.") from error

    def knows(self, path: str) -> bool:
        """Return whether the role has written ``path``."""
        return path in self.files

    def site(self, path: str) -> str:
        """Return the name of the site for which the role has written ``path``."""
        return self.files.get(path, {}).get("site", "")

    def modified(self, path: str, content: bytes) -> bool:
        """Return whether ``path`` was changed since the role has written it, or was never written by it."""
        return self.files.get(path, {}).get("sha256") != digest(content)

    def backup(self, path: str) -> str:
        """Return the backup of the file that was at ``path`` before the role's own, or nothing."""
        return self.files.get(path, {}).get("backup", "")

    def keep(self, path: str, previous: Previous) -> str:
        """Write a backup of a file that is replaced or removed, and return its path."""
        folder = os.path.join(self.folder, "backup")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        name = os.path.join(folder, path.strip("/").replace("/", "_"))
        number = next(number for number in range(1, 10**6) if not os.path.lexists(f"{name}.{number}"))
        content = previous.content if previous.kind == "file" else b"symbolic link to " + previous.content + b"\n"
        os.rename(write_beside(name, content, 0o600), f"{name}.{number}")
        return f"{name}.{number}"

    def note(self, files: list[tuple[str, File]], backups: dict[str, str]) -> None:
        """Remember the files that are about to be written, and forget those that are about to be removed.

        Each file comes with the name of its site.
        """
        for site, file in files:
            if file.content is None:
                self.files.pop(file.path, None)
            else:
                old = self.backup(file.path) or backups.get(file.path, "")
                entry = {"site": site, "sha256": digest(file.content)}
                self.files[file.path] = {**entry, **({"backup": old} if old else {})}

    def save(self) -> None:
        """Write the record, or remove it when it is empty. It holds no secret, but only root needs it."""
        if not self.files:
            self._remove()
            return
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        content = json.dumps(self.files, indent=1, sort_keys=True).encode() + b"\n"
        if content != self.before.content:
            os.rename(write_beside(self.path, content, 0o600), self.path)

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def undo(self) -> None:
        """Bring back the record as it was read."""
        if self.before.kind == "nothing":
            self._remove()
        elif os.path.isdir(self.folder):
            restore(self.path, self.before)
