# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modes of files, and file systems that do not keep them: CIFS, FAT and many of FUSE. Private to this collection.

There every file has the mode that the mount gives it. chmod(2) has no effect, or fails with EPERM.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat

# Errors of chmod(2) on such a file system.
_REFUSED = frozenset({errno.EPERM, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
# What group and others may do.
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PROBE = ".mode.part"

ADVICE = (
    "Choose another directory, or mount the file system for its owner alone, such as with file_mode=0600,dir_mode=0700"
    " for CIFS, or umask=077 for FUSE and FAT."
)


def change(target: int | str, mode: int) -> int:
    """Set the mode of a descriptor or path. Return the mode that it has then, which the file system may have chosen.

    Raises OSError, such as PermissionError for a file that belongs to another user.
    """
    try:
        if isinstance(target, int):
            os.fchmod(target, mode)
        else:
            os.chmod(target, mode)
    except OSError as error:
        if error.errno not in _REFUSED or _is_of_another(target):
            raise
    return stat.S_IMODE(os.stat(target).st_mode)


def _is_of_another(target: int | str) -> bool:
    return os.geteuid() not in (0, os.stat(target).st_uid)


def are_open(mode: int, wanted: int) -> bool:
    """Return whether ``mode`` lets group or others do what ``wanted`` does not."""
    return bool(mode & ~wanted & _OTHERS)


@functools.cache
def are_kept(directory: str) -> bool:
    """Return whether a file in ``directory`` has the mode that it is given.

    A file is made and removed for that, without a name where the file system has such files. To be asked only about
    a file whose mode is not as wanted: on most file systems this is the exception.
    """
    try:
        descriptor = os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
        name = None
    except (OSError, AttributeError):
        name = os.path.join(directory, _PROBE)
        with contextlib.suppress(OSError):
            os.unlink(name)
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(name, flags, stat.S_IRUSR | stat.S_IWUSR)
        except OSError:
            return True  # nothing can be written there, so that the question does not arise
    try:
        return all(change(descriptor, mode) == mode for mode in (0o640, 0o600))
    finally:
        os.close(descriptor)
        if name:
            with contextlib.suppress(OSError):
                os.unlink(name)
