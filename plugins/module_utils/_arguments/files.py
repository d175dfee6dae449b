# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading of files that users name: never waits for a pipe, and never reads a device without end.

Private to this collection.
"""

from __future__ import annotations

import os
import stat
import typing as t

# Octets. Certificates, keys, passphrases and lists of clients are far smaller; ten thousand clients take about 1 MB.
LIMIT = 64 << 20
_TOO_LARGE = "is larger than {} MiB"


class UnfitFileError(Exception):
    """The file exists and is not of a kind that is read. The text continues a sentence that begins with its name."""


class Content(t.NamedTuple):
    """Content and status of a file at one moment."""

    content: bytes
    status: os.stat_result


def read(path: str, links: bool = True, limit: int = LIMIT) -> Content:
    """Return content and status of the regular file ``path``.

    Args:
        path: the file.
        links: follow a symbolic link.
        limit: the greatest size in octets.

    Raises:
        OSError: it cannot be read; the error has the name of the file.
        UnfitFileError: it is no regular file, or too large.
    """
    # Do not wait for a pipe. Descriptors take half the time of Python's file objects for ten thousand small files.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnfitFileError(f"is {'a directory' if stat.S_ISDIR(status.st_mode) else 'no regular file'}")
        if status.st_size > limit:
            raise UnfitFileError(_TOO_LARGE.format(limit >> 20))
        content = os.read(descriptor, status.st_size + 1)
        # The file has grown, is in /proc, or is larger than one read returns.
        while content and len(content) <= limit and (more := os.read(descriptor, 1 << 20)):
            content += more
    except OSError as error:
        error.filename = path
        raise
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise UnfitFileError(_TOO_LARGE.format(limit >> 20))
    return Content(content, status)
