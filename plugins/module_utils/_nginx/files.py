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
    """A file of a site: its kind, its content (``None``: it is to be removed), and its mode.

    The content of a ``link`` is the target of a symbolic link. ``owner`` is for a file that comes back from a backup.
    """

    kind: str
    option: str
    path: str
    content: bytes | None
    mode: int
    link: bool = False
    owner: tuple[int, int] | None = None


class Previous(t.NamedTuple):
    """What was at a path: nothing, a link, or a file with its content, mode and owner."""

    kind: str
    content: bytes = b""
    mode: int = 0
    uid: int = 0
    gid: int = 0


def look(path: str) -> Previous:
    """Return what is at ``path``. Raises SiteError for a directory, a device and the like."""
    try:
        state = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Previous("nothing")
    if stat.S_ISLNK(state.st_mode):
        return Previous("link", os.fsencode(os.readlink(path)))
    if not stat.S_ISREG(state.st_mode):  # the read of a FIFO would never end
        raise SiteError(f"{path} is not a regular file. Name another path, or move it away.")
    with open(path, "rb") as file:
        return Previous("file", file.read(), stat.S_IMODE(state.st_mode), state.st_uid, state.st_gid)


def differs(file: File, previous: Previous) -> bool:
    """Return whether the file has to be written or removed."""
    if file.content is None:
        return previous.kind != "nothing"
    if file.link:
        return (previous.kind, previous.content) != ("link", file.content)
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


def link_beside(path: str, target: bytes) -> str:
    """Make a symbolic link beside ``path``, and return its name."""
    name = write_beside(path, b"", 0o600)
    os.unlink(name)
    os.symlink(os.fsdecode(target), name)
    return name


def replace_file(path: str, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Replace the file at ``path``, or make it, at once or not at all."""
    new = write_beside(path, content, mode, owner)
    try:
        os.rename(new, path)
    except BaseException:
        os.unlink(new)
        raise


@dataclass
class Switch:
    """A set of files that become live together; ``undo`` brings back what was there before."""

    label: t.Callable[[str], object] = lambda path: None
    made: list[str] = field(default_factory=list)
    done: list[tuple[str, Previous]] = field(default_factory=list)

    def go(self, files: list[File], directories: list[tuple[str, int]]) -> None:
        """Make the directories, write all new files beside their targets, and then rename all of them.

        Whatever it raises, ``undo`` is due then.
        """
        prepared: dict[str, str] = {}
        try:
            for path, mode in directories:
                os.mkdir(path)
                self.made.append(path)
                os.chmod(path, mode)
                self.label(path)
            for file in files:
                if file.content is None:
                    continue
                if file.link:
                    new = link_beside(file.path, file.content)
                else:
                    new = write_beside(file.path, file.content, file.mode, file.owner)
                prepared[file.path] = new
                self.label(new)
            for folder in {os.path.dirname(path) for path in prepared}:
                sync(folder)
            for file in files:
                previous = look(file.path)
                if file.content is None:
                    os.unlink(file.path)
                else:
                    os.rename(prepared[file.path], file.path)
                self.done.append((file.path, previous))
                if file.content is not None:
                    self.label(file.path)
            for folder in {os.path.dirname(path) for path, _previous in self.done}:
                sync(folder)
        finally:
            for new in prepared.values():
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(new)

    def undo(self) -> list[str]:
        """Bring back the previous files, and remove the directories that were made for new ones.

        Returns the files that could not be brought back, each with the reason. All others are.
        """
        lost, restored = [], []
        while self.done:
            path, previous = self.done.pop()
            try:
                restore(path, previous)
            except OSError as error:
                lost.append(f"{path} ({error.strerror})")
                continue
            if previous.kind != "nothing":
                restored.append(path)
        while self.made:
            with contextlib.suppress(OSError):  # another program has put a file there
                os.rmdir(self.made.pop())
        for path in restored:
            self.label(path)
        return lost


def restore(path: str, previous: Previous) -> None:
    """Bring back what was at ``path``."""
    if previous.kind == "file":
        replace_file(path, previous.content, previous.mode, (previous.uid, previous.gid))
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
        self.returned: list[str] = []
        try:
            self.files: dict[str, dict[str, str]] = json.loads(self.before.content or b"{}")
        except ValueError as error:
            raise SiteError(f"{self.path}: the record of the role's own files is not JSON. Move it away.") from error

    def knows(self, path: str) -> bool:
        """Return whether the role has written ``path``."""
        return path in self.files

    def site(self, path: str) -> str:
        """Return the name of the site for which the role has written ``path``."""
        return self.files.get(path, {}).get("site", "")

    def modified(self, path: str, content: bytes) -> bool:
        """Return whether ``path`` was changed since the role has written it, or was never written by it."""
        return self.files.get(path, {}).get("sha256") != digest(content)

    def keep(self, path: str, previous: Previous) -> str:
        """Write a backup of a file that is replaced or removed, and return its path."""
        folder = os.path.join(self.folder, "backup")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        name = os.path.join(folder, path.strip("/").replace("/", "_"))
        number = next(number for number in range(1, 10**6) if not os.path.lexists(f"{name}.{number}"))
        if previous.kind == "link":
            os.symlink(os.fsdecode(previous.content), f"{name}.{number}")
        else:
            replace_file(f"{name}.{number}", previous.content, 0o600)
        return f"{name}.{number}"

    def former(self, file: File) -> File:
        """Return ``file`` with what was at its path before the role came, or to be removed if nothing was."""
        entry = self.files.get(file.path, {})
        found = look(entry["backup"]) if entry.get("backup") else Previous("nothing")
        if found.kind == "nothing":
            return file._replace(content=None)
        mode, uid, gid = (int(value) for value in entry.get("backup_state", f"{file.mode} 0 0").split())
        return file._replace(content=found.content, mode=mode, link=found.kind == "link", owner=(uid, gid))

    def sites(self) -> dict[str, dict[str, str]]:
        """Return the sites that the role has written, each with the paths of its files as a Site has them."""
        found: dict[str, dict[str, str]] = {}
        for path, entry in self.files.items():
            if entry.get("kind") in ("certificate", "private_key", "configuration"):
                found.setdefault(entry["site"], {})[entry["kind"] + "_path"] = path
            elif entry.get("kind") == "page":
                found.setdefault(entry["site"], {})["root"] = os.path.dirname(path)
        return found

    def note(self, files: list[tuple[str, File]], previous: dict[str, Previous], backups: dict[str, str]) -> None:
        """Remember the files that are about to be written, and forget those that are about to be removed.

        Each file comes with the name of its site. A backup of the role's own file, which somebody has changed, is none
        of what was there before the role.
        """
        for site, file in files:
            old = self.files.get(file.path)
            if file.content is None or file.owner is not None:
                self.files.pop(file.path, None)
                if old and file.owner is not None:
                    self.returned.append(old["backup"])
                continue
            entry = {"site": site, "kind": file.kind, "sha256": digest(file.content)}
            if old is not None:
                entry.update({key: old[key] for key in ("backup", "backup_state") if key in old})
            elif file.path in backups:
                state = previous[file.path]
                entry["backup"] = backups[file.path]
                entry["backup_state"] = f"{state.mode} {state.uid} {state.gid}"
            self.files[file.path] = entry

    def note_directories(self, made: list[str]) -> None:
        """Remember the directories that are about to be made."""
        for path in made:
            self.files.setdefault(path, {"kind": "directory"})

    def save(self) -> None:
        """Write the record, or remove it when it is empty. It holds no secret, but only root needs it."""
        if not self.files:
            self._remove()
            return
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        content = json.dumps(self.files, indent=1, sort_keys=True).encode() + b"\n"
        if content != look(self.path).content:
            replace_file(self.path, content, 0o600)

    def _remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def undo(self) -> None:
        """Bring back the record as it was read."""
        if look(self.path) == self.before:  # a full disk would not let it be written
            return
        if self.before.kind == "nothing":
            self._remove()
        else:
            restore(self.path, self.before)


def tidy(record: Record) -> None:
    """Remove backups that are in their places again, and directories that the role has made and that are empty now."""
    for path in record.returned:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    for path in sorted(record.files, key=len, reverse=True):
        if record.files[path].get("kind") == "directory":
            with contextlib.suppress(OSError):  # other files are in it
                os.rmdir(path)
            if not os.path.isdir(path):
                del record.files[path]
    if all(entry.get("kind") == "directory" for entry in record.files.values()):
        record.files = {}
    record.save()
    own = [os.path.join(record.folder, "backup"), record.folder]
    parent = os.path.dirname(record.folder)
    for path in own + ([parent] if os.path.basename(parent) == "alicloud.mtls" else []):
        with contextlib.suppress(OSError):
            os.rmdir(path)
