# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text files with a byte order mark, as editors and spreadsheets on Windows write them. Private to this collection."""

from __future__ import annotations

import codecs

# UTF-32 first: its mark in little-endian order begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def split_mark(content: bytes) -> tuple[str | None, bytes]:
    """Return the encoding that the byte order mark of ``content`` names, None without a mark, and the rest."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding, content[len(mark) :]
    return None, content


def to_utf8(content: bytes) -> bytes:
    """Return ``content`` in UTF-8 without a mark; as it is if it has no mark or is not in the encoding of its mark."""
    encoding, rest = split_mark(content)
    try:
        return rest.decode(encoding).encode() if encoding else content
    except UnicodeError:
        return content


def passphrase(content: bytes) -> bytes:
    """Return the passphrase in a file: its text in UTF-8, without byte order mark and line breaks at the end."""
    return to_utf8(content).rstrip(b"\r\n")
