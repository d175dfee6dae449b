# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names in other scripts than ASCII, in the form that DNS, TLS and certificates have. Private to this collection.

As in browsers and curl: UTS 46 without transitional mappings, then IDNA 2008 (RFC 5891). Python's own codec is IDNA
2003, which makes another domain of ``faß.example``.
"""

from __future__ import annotations

import importlib
import sys
import types

idna: types.ModuleType | None
try:
    idna = importlib.import_module("idna")
except ImportError:  # needed for names that are not ASCII, and reported then
    idna = None


class HostError(Exception):
    """Raised for a host name without an ASCII form. ``hint`` says what to do about it."""

    def __init__(self, message: str, hint: str, code: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


def to_ascii(host: str) -> str:
    """Return ``host`` with A-labels (``xn--…``) in place of labels that are not ASCII; an ASCII name as it is.

    Labels that are ASCII, such as ``*`` and ``_sip``, are not checked. Raises HostError.
    """
    if host.isascii():
        return host
    if idna is None:
        raise HostError(
            f"The host name {host!r} is not ASCII, and the Python package idna is missing for {sys.executable}.",
            f"Install it there: {sys.executable} -m pip install idna. Or write the name in its form with xn--.",
            "package_missing",
        )
    try:
        # Full-width characters and ideographic full stops become ASCII here, so that labels are split after it.
        labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
        return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in labels)
    except (idna.IDNAError, UnicodeError) as error:
        raise HostError(
            f"The host name {host!r} is not allowed by IDNA 2008: {str(error).rstrip('.')}.",
            "Correct the name, or write it in its form with xn--.",
        ) from None
