# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serial numbers as text: hexadecimal, small letters, whole octets. Private to this collection.

``openssl x509 -serial`` writes the same in capitals.
"""

from __future__ import annotations


def serial_text(number: int) -> str:
    """Return a serial number as text."""
    return whole_octets(f"{number:x}")


def whole_octets(digits: str) -> str:
    """Return hexadecimal ``digits`` with a leading zero if their number is odd."""
    return digits.zfill(len(digits) + len(digits) % 2)
