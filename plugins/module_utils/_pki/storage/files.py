# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes files completely or not at all, secrets never readable by others; locks. Private to this collection."""

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

from ..._arguments import files as reading
from ..._x509.errors import CertificateError
from . import modes

SECRET = 0o600
PUBLIC = 0o644
_DIRECTORY = 0o700
# From this number of files on, the whole file system is synchronized once instead of each file.
_MANY = 32
# Errors of a file system that lacks a function (flock(2), fsync(2)): NFS without lock manager, CIFS, FUSE.
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
# Seconds between two attempts to take a lock.
_PAUSE = 0.02


class Owner(t.NamedTuple):
    """User and group by number; -1 leaves either unchanged."""

    user: int = -1
    group: int = -1


UNCHANGED = Owner()


@dataclasses.dataclass(frozen=True)
class File:
    """A file to be written. ``like``: the file whose owner it gets by default, ``path`` itself if empty."""

    path: str
    mode: int
    content: bytes = dataclasses.field(default=b"", repr=False)
    like: str = ""


def file_error(error: OSError) -> CertificateError:
    """Return ``error`` as CertificateError (``disk_full`` or ``file_error``) that names the file."""
    code = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "file_error"
    return CertificateError(f"{error.strerror}: {error.filename2 or error.filename}.", code=code)


def open_file(path: str, links: bool = False) -> reading.Content | None:
    """Return content and status of a file, None if it does not exist.

    Raises OSError; CertificateError for what is not a regular file, and for a symbolic link unless ``links`` is true:
    a link in place of a file of the CA would have its target read, changed and overwritten.
    """
    try:
        return reading.read(path, links)
    except FileNotFoundError:
        return None
    except reading.UnfitFileError as error:
        advice = "Name another file." if links else "Move it away."
        raise CertificateError(f"{path} {error}.", advice, "file_error") from None
    except OSError as error:
        raise _explained(error, path) from None


def read(path: str, links: bool = False) -> bytes | None:
    """Return the content of a file, None if it does not exist. Raises as ``open_file`` does."""
    found = open_file(path, links)
    return found.content if found else None


def _explained(error: OSError, path: str) -> Exception:
    """Return CertificateError (``symbolic_link``) for the ELOOP of open(2) with O_NOFOLLOW, else ``error``."""
    return _link_error(path) if error.errno == errno.ELOOP and os.path.islink(path) else error


def _link_error(path: str) -> CertificateError:
    return CertificateError(
        f"{path} is a symbolic link to {os.readlink(path)}, and would be replaced, or its target overwritten.",
        "Put the file itself there.",
        "symbolic_link",
    )


def write(file: File, owner: Owner = UNCHANGED) -> None:
    """Replace ``file.path`` completely or not at all.

    The temporary file has a fixed name, so that the next write removes what a crash left behind. It gets its final mode
    and owner only after its content is complete, and its final name only after it is on the disk.
    """
    with _cleaned([file]):
        _prepare(file, owner, os.fsync)
        os.replace(temporary_path(file.path), file.path)


def write_all(files: t.Sequence[File], owner: Owner = UNCHANGED) -> None:
    """Write ``files`` in this order; after the return all of them survive a loss of power."""
    directories = sorted({os.path.dirname(file.path) for file in files})
    if len(files) < _MANY or not _SYNCFS:
        for file in files:
            write(file, owner)
    else:
        with _cleaned(files):
            for file in files:
                _prepare(file, owner, None)
            for directory in directories:
                if not sync_directory(directory, _syncfs):
                    _sync_each([file for file in files if os.path.dirname(file.path) == directory])
            for file in files:
                os.replace(temporary_path(file.path), file.path)
    for directory in directories:
        sync_directory(directory)


def _sync_each(files: t.Iterable[File]) -> None:
    for file in files:
        descriptor = os.open(temporary_path(file.path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            _sync(descriptor, os.path.dirname(file.path), os.fsync)
        finally:
            os.close(descriptor)


def _sync(descriptor: int, directory: str, sync: t.Callable[[int], None]) -> bool:
    """Call ``sync``. Return whether the file system offers that; if not, there is a warning."""
    try:
        sync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        if sync is not _syncfs:
            warn(
                f"The file system of {directory} cannot confirm that a write is on the disk: after a loss of power, run"
                " this task again, and check that the CA's files are complete."
            )
        return False
    return True


def temporary_path(path: str) -> str:
    """Return the name that ``path`` has while it is written."""
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.part")


def _prepare(file: File, owner: Owner, sync: t.Callable[[int], None] | None) -> None:
    temporary = temporary_path(file.path)
    owner = _resolved(file.path, file.like or file.path, owner)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, SECRET)
    with _naming(file.path), open(descriptor, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        if owner != UNCHANGED:
            os.fchown(descriptor, *owner)
        _set_mode(descriptor, file.path, file.mode)
        if sync:
            _sync(descriptor, os.path.dirname(file.path), sync)


def _set_mode(descriptor: int, path: str, mode: int) -> None:
    """Set the mode of an open file. There is a warning for a secret that the file system leaves open to others."""
    if modes.are_open(modes.change(descriptor, mode), mode) and mode == SECRET:
        _warn_of_readers(path)


def _warn_of_readers(path: str) -> None:
    warn(
        f"The file system of {os.path.dirname(path)} does not keep modes: other users may read the private keys and"
        f" passphrases there. {modes.ADVICE}"
    )


def _resolved(path: str, like: str, owner: Owner) -> Owner:
    """Return ``owner`` with the user and group of ``like`` where it leaves them unchanged."""
    if os.path.islink(path):
        raise _link_error(path)
    try:
        found = os.lstat(like)
    except FileNotFoundError:
        return owner
    return _filled(owner, found)


def _filled(owner: Owner, status: os.stat_result) -> Owner:
    """Return ``owner`` with the user and group of an existing file where it leaves them unchanged."""
    user = status.st_uid if owner.user == -1 else owner.user
    return Owner(user, status.st_gid if owner.group == -1 else owner.group)


@contextlib.contextmanager
def _naming(path: str) -> t.Iterator[None]:
    """Add the name of the file to errors of its descriptor, which lack it."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or path
        raise


@contextlib.contextmanager
def _cleaned(files: t.Sequence[File]) -> t.Iterator[None]:
    """Remove the temporary files after an error."""
    try:
        yield
    except (OSError, CertificateError):
        for file in files:
            with contextlib.suppress(OSError):
                os.unlink(temporary_path(file.path))
        raise


# Python does not offer syncfs(2). Linux with glibc or musl has it, other systems do not.
_SYNCFS = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def _syncfs(descriptor: int) -> None:
    """Write the whole file system of ``descriptor`` to the disk (syncfs(2))."""
    if _SYNCFS and _SYNCFS(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def sync_directory(path: str, sync: t.Callable[[int], None] | None = None) -> bool:
    """Write a directory to the disk, with ``sync`` instead of fsync(2) if it is given.

    Return whether the file system offers that: some of NFS, CIFS and FUSE do not. If not, there is a warning.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with _naming(path):
            return _sync(descriptor, path, sync or os.fsync)
    finally:
        os.close(descriptor)


def make_directory(path: str, owner: Owner = UNCHANGED) -> None:
    """Make a directory and its parents, for their owner only. Existing ones stay unchanged.

    Raises CertificateError (``world_writable``) where the file system lets everybody write to it.
    """
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for directory in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, _DIRECTORY)
            if modes.change(directory, _DIRECTORY) & stat.S_IWOTH:
                error = _open_to_all(directory)
                os.rmdir(directory)
                raise error
            if owner != UNCHANGED:
                os.chown(directory, *owner)


def check_directories(paths: t.Iterable[str]) -> None:
    """Raise CertificateError (``world_writable``) for a directory in which any user could replace files."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_mode & stat.S_IWOTH:
                raise _open_to_all(path)


def _open_to_all(path: str) -> CertificateError:
    kept = modes.are_kept(path)
    return CertificateError(
        f"Everybody may write to the directory {path}: keys and certificates are not safe there.",
        f"Run: chmod o-w {path}" if kept else f"The file system does not keep modes. {modes.ADVICE}",
        "world_writable",
    )


def rights_difference(path: str, mode: int, owner: Owner, status: os.stat_result | None = None) -> str | None:
    """Return the difference in mode or owner of an existing file, as a clause; None without one or without a file.

    ``status``: of the file, if it is known already. A mode that the file system does not keep is no difference; for a
    secret that others can read there is a warning.
    """
    try:
        status = status or os.lstat(path)
    except FileNotFoundError:
        return None
    current = stat.S_IMODE(status.st_mode)
    if current != mode:
        if modes.are_kept(os.path.dirname(path)):
            return f"{path} has mode {current:04o} and not {mode:04o}"
        if mode == SECRET and modes.are_open(current, mode):
            _warn_of_readers(path)
    wanted = _filled(owner, status)
    if wanted != (status.st_uid, status.st_gid):
        return f"{path} belongs to {status.st_uid}:{status.st_gid} and not {wanted.user}:{wanted.group}"
    return None


def set_rights(path: str, mode: int, owner: Owner) -> None:
    """Set mode and owner of an existing file. Raises CertificateError for a symbolic link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _explained(error, path) from None
    try:
        with _naming(path):
            if owner != UNCHANGED:
                os.fchown(descriptor, *owner)
            _set_mode(descriptor, path, mode)
    finally:
        os.close(descriptor)


def create(path: str, like: str) -> int:
    """Return the descriptor of a new, empty file with mode SECRET. Raises FileExistsError.

    Its owner is that of ``like``, where this process may give files away.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, SECRET)
    with contextlib.suppress(FileNotFoundError, PermissionError):
        model = os.stat(like)
        os.fchown(descriptor, model.st_uid, model.st_gid)
    return descriptor


@contextlib.contextmanager
def lock(path: str, like: str, timeout_seconds: float) -> t.Iterator[None]:
    """Hold an exclusive lock during the block. The kernel frees it when the process ends.

    ``like``: a file of the CA, whose owner a new lock file gets. Raises CertificateError (``ca_busy``) if the lock is
    not free within ``timeout_seconds``.
    """
    try:
        descriptor = create(path, like)
    except FileExistsError:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise _explained(error, path) from None
    try:
        _wait_for_lock(descriptor, path, timeout_seconds)
        _held.add(descriptor)
        yield
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def _wait_for_lock(descriptor: int, path: str, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(BlockingIOError):
            _try_lock(descriptor, path)
            return
        if time.monotonic() >= deadline:
            raise CertificateError(
                f"Another run has been using the CA for {timeout_seconds:g} s ({path}).",
                "Try later, or wait longer with lock_timeout.",
                "ca_busy",
            )
        time.sleep(_PAUSE)


def _try_lock(descriptor: int, path: str) -> None:
    """Take a lock of flock(2), or else one of fcntl(2), which some network file systems have instead.

    Raises BlockingIOError if another run holds it. Without any kind of lock there is a warning.
    """
    for take in (fcntl.flock, fcntl.lockf):
        try:
            take(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno == errno.EACCES:  # of fcntl(2), on some systems
                raise BlockingIOError(error.errno, error.strerror) from None
            if error.errno not in _UNSUPPORTED:
                raise
        else:
            return
    warn(
        f"The file system of {os.path.dirname(path)} has no locks, so nothing keeps two runs from using the CA at the"
        " same time: see to it that only one does."
    )


# Warnings about guarantees that the file system does not give, in the order in which they were found.
_warnings: dict[str, None] = {}


def warn(text: str) -> None:
    """Note a warning for the user."""
    _warnings[text] = None


def take_warnings() -> list[str]:
    """Return the warnings since the last call."""
    found = [*_warnings]
    _warnings.clear()
    return found


# Descriptors of locks that this process holds. The kernel frees a lock when the last process that has inherited its
# descriptor closes it.
_held: set[int] = set()


def forget_locks() -> None:
    """Close the parent's locks in a child process."""
    while _held:
        os.close(_held.pop())
