# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts: characters that no line may have, and texts that differ only in form. Private to this collection."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# C0 and C1 with DEL, among them NUL, line feed and NEL; Unicode's separators of lines and paragraphs; and lone
# surrogates, which are octets that Ansible could not decode.
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def control_character(text: str) -> str | None:
    """Return the first control character, line break or undecodable octet of ``text``, as U+000A; None without one."""
    match = _CONTROL.search(text)
    return f"U+{ord(match[0]):04X}" if match else None


def faults(what: str, text: str) -> Iterator[str]:
    """Yield a sentence about ``what`` if its ``text`` has a character that :func:`control_character` finds."""
    if character := control_character(text):
        yield f"{what} holds a line break or another control character ({character})."


def folded(text: str) -> str:
    """Return ``text`` without its form: case, width, blanks, and how accents are written.

    Names in certificates are compared so (RFC 5280, 7.1, and RFC 4518, 2), and names of files on some file systems.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.split())


def shown(text: str, beside: str) -> str:
    """Return ``text`` in quotes for a message, with escapes if it looks like the different text ``beside``."""
    alike = text != beside and unicodedata.normalize("NFKC", text) == unicodedata.normalize("NFKC", beside)
    return ascii(text) if alike else repr(text)
