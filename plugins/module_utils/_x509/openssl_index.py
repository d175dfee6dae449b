# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file index.txt, in which ``openssl ca`` and easy-rsa keep the certificates of a CA. Private to this collection.

A line has six fields with tabs in between: V, R or E; the end of validity; time and reason of the revocation; the
serial number; a file name; the subject. Source: openssl-ca(1), and apps/ca.c of OpenSSL.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

from . import crl, numbers, terms, times
from .errors import UnreadableError

_LINE = re.compile(r"[VRE]\t\d{12,14}Z\t[^\t]*\t[0-9A-Fa-f]+\t[^\t]*\t[^\t]*")
# Slashes in values are not escaped: a new attribute begins where a slash is followed by a name and an equals sign.
_ATTRIBUTE = re.compile(r"/([A-Za-z][A-Za-z0-9]*|[0-9.]+)=((?:[^/]|/(?![A-Za-z0-9.]+=))*)")
_ESCAPE = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_FIELDS = {
    "C": "country_name",
    "ST": "state_or_province_name",
    "L": "locality_name",
    "O": "organization_name",
    "OU": "organizational_unit_name",
    "CN": "common_name",
    "emailAddress": "email_address",
}
_REASONS = {name.lower(): reason for reason, name in terms.REVOCATION_REASONS.items()}
# With the time of the compromise as a further field.
_REASONS |= {"holdinstruction": terms.HOLD, "keytime": "key_compromise", "cakeytime": "ca_compromise"}


@dataclass(frozen=True)
class Line:
    """A certificate in index.txt. ``state``: its revocation, None for one that is not revoked."""

    serial_number: str
    subject: dict[str, str]
    not_after: str
    state: crl.State | None


def is_index(text: str) -> bool:
    """Return whether ``text`` looks like an index.txt that is not empty."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return bool(_LINE.fullmatch(first))


def parse(text: str) -> list[Line]:
    """Return the lines of an index.txt. Raises UnreadableError that names the line."""
    return [_line(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _line(line: str, number: int) -> Line:
    line = line.rstrip("\r")
    if not _LINE.fullmatch(line):
        raise UnreadableError(f"line {number} is not one of index.txt")
    status, end, revocation, serial_number, _file, subject = line.split("\t")
    moment, *details = revocation.split(",")
    if status == "R" and not moment:
        raise UnreadableError(f"line {number} has no time of revocation")
    state: crl.State | None = None
    reason = details[0].strip().lower() if details else "unspecified"
    if moment and reason != "removefromcrl":
        state = {"revoked": _time(moment, number), "reason": _REASONS.get(reason, "unspecified")}
    return Line(numbers.serial_text(int(serial_number, 16)), _subject(subject), _time(end, number), state)


def _time(text: str, number: int) -> str:
    """Return a time of ASN.1 as text; a year with two digits is in 1950 to 2049 (RFC 5280, 4.1.2.5.1)."""
    digits = text.strip().removesuffix("Z")
    if len(digits) == 12:
        digits = ("19" if digits >= "50" else "20") + digits
    try:
        found = datetime.datetime.strptime(digits, "%Y%m%d%H%M%S")
    except ValueError:
        raise UnreadableError(f"line {number} has the time {text!r}") from None
    return times.iso(found.replace(tzinfo=datetime.UTC))


def _subject(text: str) -> dict[str, str]:
    return {_FIELDS.get(name, name): _ESCAPE.sub(_octets, value) for name, value in _ATTRIBUTE.findall(text)}


def _octets(found: t.Match[str]) -> str:
    return bytes.fromhex(found.group().replace("\\x", "")).decode(errors="replace")
