# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads files that users name, without waiting for a pipe and without reading a device to its end.

Private to this collection.
"""

from __future__ import annotations

import os
import stat
import typing as t

# Certificates, keys, passphrases and lists of clients are far below: a list of ten thousand has about a megabyte.
LIMIT = 64 << 20
_TOO_LARGE = "is larger than {} MiB"


class UnfitFileError(Exception):
    """The file is there, but is none that is read; the text goes on from its name."""


class Content(t.NamedTuple):
    """A file as it was at one moment."""

    content: bytes
    status: os.stat_result


def read(path: str, links: bool = True, limit: int = LIMIT) -> Content:
    """Return the regular file ``path``; a symbolic link in place of it is followed only with ``links``.

    Raises OSError, with the name of the file, and UnfitFileError for what is no regular file or has more than ``limit``
    octets.
    """
    # A pipe must not keep us waiting. Python's own files would take twice the time for ten thousand small ones.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if links else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnfitFileError(f"is {'a directory' if stat.S_ISDIR(status.st_mode) else 'no regular file'}")
        if status.st_size > limit:
            raise UnfitFileError(_TOO_LARGE.format(limit >> 20))
        content = os.read(descriptor, status.st_size + 1)
        # It has grown, is a file of /proc, or is larger than one read returns.
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
