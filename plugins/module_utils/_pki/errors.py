# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate engine says when it stops. Private to this collection."""

from __future__ import annotations


class PkiError(Exception):
    """Nothing was written and the user has something to do: the message says what.

    ``code`` is a stable word for programs, such as ``ca_missing``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnreadableError(Exception):
    """A file is there and cannot be understood; the text goes on from its name and says why ("it is ...")."""
