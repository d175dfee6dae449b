# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate engine says when it stops. Private to this collection."""

from __future__ import annotations

import errno


class PkiError(Exception):
    """Nothing was written and the user has something to do: the message says what.

    ``code`` is a stable word for programs, such as ``ca_missing``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def of_a_file(error: OSError) -> PkiError:
    """With the name of the file, and a code of its own for what the user meets most."""
    code = "disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "file_error"
    return PkiError(code, f"{error.strerror}: {error.filename2 or error.filename}.")


class UnreadableError(Exception):
    """A file is there and cannot be understood; the text goes on from its name and says why ("it is ...")."""
