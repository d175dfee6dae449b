# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there completely or not at all, and keys that nobody else can read even for an instant.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import errno
import fcntl
import os
import stat
import time
import typing as t

from ..._arguments import files
from ..._x509.errors import PkiError

SECRET = 0o600
PUBLIC = 0o644
DIRECTORY = 0o700
# From so many files on, the whole file system is synchronized once instead of each file.
_MANY = 32


class Owner(t.NamedTuple):
    """Numbers of the user and the group; -1 leaves either as it is."""

    user: int = -1
    group: int = -1


ANYBODY = Owner()


@dataclasses.dataclass(frozen=True)
class File:
    path: str
    mode: int
    content: bytes = dataclasses.field(default=b"", repr=False)
    # The file whose owner it gets when nobody says otherwise; itself when empty.
    like: str = ""


Found = files.Content


def look(path: str, links: bool = False) -> Found | None:
    """None when there is no such file. Raises OSError, and PkiError for what is no file; for a link unless ``links``.

    A link in place of a file of ours would have us read, change and overwrite something that is elsewhere.
    """
    try:
        return files.read(path, links)
    except FileNotFoundError:
        return None
    except files.UnfitFileError as error:
        advice = "Name another file" if links else "Move it away"
        raise PkiError("file_error", f"{path} {error}. {advice}.") from None
    except OSError as error:
        raise _of_a_link(error, path) from None


def read(path: str, links: bool = False) -> bytes | None:
    """The content of ``look``."""
    found = look(path, links)
    return found.content if found else None


def _of_a_link(error: OSError, path: str) -> Exception:
    """PkiError (``symbolic_link``) instead of what open(2) with O_NOFOLLOW says, which nobody understands."""
    return _is_link(path) if error.errno == errno.ELOOP and os.path.islink(path) else error


def _is_link(path: str) -> PkiError:
    target = os.readlink(path)
    return PkiError(
        "symbolic_link",
        f"{path} is a symbolic link to {target}, and would be replaced or followed to where it leads."
        " Put the file itself there.",
    )


def write(file: File, owner: Owner = ANYBODY) -> None:
    """Replaces ``file.path``, or leaves it as it was.

    The name of the temporary file is a fixed one, so that what a crash left behind is gone after the next write. It
    carries the final rights only after its content is complete, and the final name only after it is on the disk.
    """
    with _cleaned([file]):
        _prepare(file, owner, os.fsync)
        os.replace(_temporary(file), file.path)


def write_all(files: t.Sequence[File], owner: Owner = ANYBODY) -> None:
    """In the order given; after the return all of them survive a loss of power."""
    directories = sorted({os.path.dirname(file.path) for file in files})
    if len(files) < _MANY or not _SYNCFS:
        for file in files:
            write(file, owner)
    else:
        with _cleaned(files):
            for file in files:
                _prepare(file, owner, None)
            for directory in directories:
                sync_directory(directory, _syncfs)
            for file in files:
                os.replace(_temporary(file), file.path)
    for directory in directories:
        sync_directory(directory)


def _temporary(file: File) -> str:
    directory, name = os.path.split(file.path)
    return os.path.join(directory, f".{name}.part")


def _prepare(file: File, owner: Owner, sync: t.Callable[[int], None] | None) -> None:
    temporary = _temporary(file)
    owner = _kept(file.path, file.like or file.path, owner)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, SECRET)
    with _naming(file.path), open(descriptor, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        if owner != ANYBODY:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, file.mode)
        if sync:
            sync(descriptor)


def _kept(path: str, like: str, owner: Owner) -> Owner:
    """What ``owner`` leaves open is that of the file which is replaced, or of ``like``."""
    if os.path.islink(path):
        raise _is_link(path)
    try:
        found = os.lstat(like)
    except FileNotFoundError:
        return owner
    return Owner(*(old if new == -1 else new for new, old in zip(owner, (found.st_uid, found.st_gid), strict=True)))


@contextlib.contextmanager
def _naming(path: str) -> t.Iterator[None]:
    """The name of the file for errors of its descriptor, which know none."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or path
        raise


@contextlib.contextmanager
def _cleaned(files: t.Sequence[File]) -> t.Iterator[None]:
    """An error leaves no temporary file behind."""
    try:
        yield
    except (OSError, PkiError):
        for file in files:
            with contextlib.suppress(OSError):
                os.unlink(_temporary(file))
        raise


# Python has no name for it. Linux with glibc or musl has the function, other systems have not.
_SYNCFS = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def _syncfs(descriptor: int) -> None:
    """The whole file system of ``descriptor`` on the disk (syncfs(2))."""
    if _SYNCFS and _SYNCFS(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def sync_directory(path: str, sync: t.Callable[[int], None] | None = None) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with _naming(path):
            (sync or os.fsync)(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: str, owner: Owner = ANYBODY) -> None:
    """Like ``mkdir -p``; what is made is for its owner only, what exists is left alone."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for each in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(each, DIRECTORY)
            os.chmod(each, DIRECTORY)
            if owner != ANYBODY:
                os.chown(each, *owner)


def check_directories(paths: t.Iterable[str]) -> None:
    """Raises PkiError (``world_writable``) for one in which anybody could put other files in the place of ours."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_mode & stat.S_IWOTH:
                raise PkiError(
                    "world_writable",
                    f"Everybody may write to the directory {path}: keys and certificates are not safe there."
                    f" Run: chmod o-w {path}",
                )


def rights_difference(path: str, mode: int, owner: Owner, found: os.stat_result | None = None) -> str | None:
    """What differs in mode or owner of an existing file, in words; None when nothing does or there is no file.

    ``found``: its status, when that is known already.
    """
    try:
        found = found or os.lstat(path)
    except FileNotFoundError:
        return None
    if stat.S_IMODE(found.st_mode) != mode:
        return f"{path} has mode {stat.S_IMODE(found.st_mode):04o} and not {mode:04o}"
    if owner.user not in (-1, found.st_uid) or owner.group not in (-1, found.st_gid):
        return f"{path} belongs to {found.st_uid}:{found.st_gid}"
    return None


def set_rights(path: str, mode: int, owner: Owner) -> None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _of_a_link(error, path) from None
    try:
        with _naming(path):
            if owner != ANYBODY:
                os.fchown(descriptor, *owner)
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def create(path: str, like: str) -> int:
    """A descriptor of a new, empty file that only its owner can read: who owns ``like``, where we may give it away.

    Raises FileExistsError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, SECRET)
    with contextlib.suppress(FileNotFoundError, PermissionError):
        model = os.stat(like)
        os.fchown(descriptor, model.st_uid, model.st_gid)
    return descriptor


@contextlib.contextmanager
def lock(path: str, like: str, patience: float) -> t.Iterator[None]:
    """Keeps other runs away from the CA until the end of the block. The kernel frees it with the process.

    ``like``: a file of the CA, to whose owner the lock's file is given when it is made.
    Raises PkiError (``ca_busy``) when it is not free within ``patience`` seconds.
    """
    try:
        descriptor = create(path, like)
    except FileExistsError:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise _of_a_link(error, path) from None
    try:
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() >= deadline:
                raise PkiError(
                    "ca_busy",
                    f"Another run has been using the CA for {patience:g} s ({path}). Try later, or wait longer with"
                    " lock_timeout.",
                )
            time.sleep(0.02)
        _held.add(descriptor)
        yield
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


# A lock is freed when the last process that has inherited its descriptor closes it.
_held: set[int] = set()


def forget_locks() -> None:
    """In a child process: the parent's locks are its own."""
    while _held:
        os.close(_held.pop())
