# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments and durations of certificates. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import functools
import re

from .errors import CertificateError

A_DAY = datetime.timedelta(days=1)
# Seconds in each unit.
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
# One year below the last that certificates can name (RFC 5280, 4.1.2.5).
_LAST_YEAR = 9998


def now() -> datetime.datetime:
    """Return the present second in UTC; certificates know no fractions (RFC 5280, 4.1.2.5)."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def iso(moment: datetime.datetime) -> str:
    """Return ``moment`` in UTC, such as 2026-11-25T08:00:00Z. These texts sort as the moments do."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def end(start: datetime.datetime, lifetime: datetime.timedelta) -> datetime.datetime:
    """Return the end of a certificate or CRL. Raises CertificateError (``invalid_duration``) after the last year."""
    with contextlib.suppress(OverflowError):
        if (moment := start + lifetime).year <= _LAST_YEAR:
            return moment
    raise CertificateError(
        f"A lifetime of {lifetime.days} days ends after the year {_LAST_YEAR}, the last that is possible.",
        "Choose a shorter one.",
        "invalid_duration",
    )


@functools.lru_cache
def duration(text: str, label: str, whole: datetime.timedelta | None = None) -> datetime.timedelta:
    """Return the duration in ``text``: ``30d``, ``12h``, ``2w``, ``10y`` (of 365 days), with ``whole`` also ``10%``.

    Raises CertificateError (``invalid_duration``), whose message begins with ``label``.
    """
    match = re.fullmatch(r"(\d{1,9})\s*([smhdwy%])", text.strip().lower())
    if not match or (match[2] == "%" and whole is None):
        forms = "a number and a unit (s, m, h, d, w, y), such as 30d" + (", or a percentage" if whole else "")
        raise CertificateError(f"{label}: {text!r} is not a duration.", f"Write {forms}.", "invalid_duration")
    number = int(match[1])
    try:
        if whole is not None and match[2] == "%":
            return whole * number / 100
        return datetime.timedelta(seconds=number * _UNITS[match[2]])
    except OverflowError:
        raise CertificateError(
            f"{label}: {text!r} is too long: it ends after the year {_LAST_YEAR}.",
            "Choose a shorter duration.",
            "invalid_duration",
        ) from None
