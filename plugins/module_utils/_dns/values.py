# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and values of records as DNS compares them. Pure. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t

from .._arguments import hosts

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_QUOTED_TEXT = re.compile(rf"{_QUOTED}(?:\s*{_QUOTED})*", re.DOTALL)
_CAA = re.compile(r"(\d+)\s+(\w+)\s+(.*)", re.DOTALL)


def ascii_name(name: str) -> str:
    """Return a host name in lower case, with labels beyond ASCII in Punycode, and without a dot at the end."""
    return ".".join(_ascii_label(label) for label in name.strip().rstrip(".").split("."))


def unicode_name(name: str) -> str:
    """Return a host name as :func:`ascii_name` does, but with its labels in Unicode."""
    labels = ascii_name(name).split(".")
    return ".".join(_unicode_label(label) if label.startswith("xn--") else label for label in labels)


def _ascii_label(label: str) -> str:
    with contextlib.suppress(hosts.HostError):  # such a label is compared as it is
        return hosts.to_ascii(label).lower()
    return label.lower()


def _unicode_label(label: str) -> str:
    with contextlib.suppress(UnicodeError):
        found = label.removeprefix("xn--").encode().decode("punycode")
        return found if _ascii_label(found) == label else label  # else it is the form of no name
    return label


def written(kind: str, value: str) -> str:
    """Return ``value`` as it is sent and shown: names and addresses in one spelling, other values as they are."""
    return _canonical(kind, value) if kind in _SPELLINGS else value


def same(kind: str, one: str, other: str) -> bool:
    """Return whether two values of the type ``kind`` give the same answer."""
    return _compared(kind, one) == _compared(kind, other)


def _compared(kind: str, value: str) -> str:
    return _COMPARED[kind](value) if kind in _COMPARED else _canonical(kind, value)


def _canonical(kind: str, value: str) -> str:
    return _SPELLINGS[kind](value) if kind in _SPELLINGS else value


def _address(value: str) -> str:
    with contextlib.suppress(ValueError):  # the service refuses it
        return str(ipaddress.ip_address(value.strip()))
    return value


def _service(value: str) -> str:
    """Return the value of an SRV record: priority, weight, port and host name."""
    *numbers, host = value.split() or [""]
    return " ".join([*(number.lstrip("0") or "0" for number in numbers), ascii_name(host)])


def _text(value: str) -> str:
    """Return a text without the quotes of a zone file; several character strings are one text (RFC 7208, 3.3)."""
    if not _QUOTED_TEXT.fullmatch(value.strip()):
        return value
    parts = re.findall(_QUOTED, value, re.DOTALL)
    return "".join(re.sub(r"\\(.)", r"\1", part[1:-1], flags=re.DOTALL) for part in parts)


def _authorization(value: str) -> str:
    """Return the value of a CAA record: flags, tag in lower case (RFC 8659, 4.1) and value without quotes."""
    match = _CAA.fullmatch(value.strip())
    return f"{int(match[1])} {match[2].lower()} {_text(match[3])}" if match else value


_SPELLINGS: t.Mapping[str, t.Callable[[str], str]] = {
    "A": _address,
    "AAAA": _address,
    "CNAME": ascii_name,
    "MX": ascii_name,
    "NS": ascii_name,
    "SRV": _service,
}
_COMPARED: t.Mapping[str, t.Callable[[str], str]] = {"CAA": _authorization, "TXT": _text}
