# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for characters that no line of text may have. Private to this collection."""

from __future__ import annotations

import re
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
