# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Similar certificates, for the message about an order that names no certificate. Private to this collection."""

from __future__ import annotations

import difflib
import os
import typing as t
import unicodedata

from .._arguments import texts
from .options import columns
from .storage import database, location
from .storage.database import Database, Entry

_MOST = 5  # in one message
# How alike two names are, from 0 to 1; 0.75 finds warehouse for warehouse-01, and Smith, John for John Smith.
_ALIKE = 0.75
# Digits of a shorter number occur in many others.
_FEWEST_DIGITS = 8
_SHA256_DIGITS = 64
_OTHER_DIGESTS = {40: "SHA-1", 32: "MD5"}


def described(entries: t.Iterable[Entry]) -> str:
    """Return certificates as text, each with file or name, serial number and end."""
    texts = sorted({_described(item) for item in entries})
    more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return "; ".join(texts[:_MOST]) + more


def _described(item: Entry) -> str:
    name = database.common_name(item)
    return (
        f"{item['file'] or '(no file)'} (common name {name or '(unknown)'}, serial number {item['serial_number']},"
        f" until {item['not_after']})"
    )


def near(key: str, value: str, known: Database) -> str:
    """Return a sentence that begins with a blank about what comes near to an order; empty if nothing does.

    ``key`` and ``value``: of the order, see revocation_orders.Order.
    """
    if key == "serial_number":
        return _listed(near_numbers(key, value, known))
    if key == "fingerprint_sha256":
        return _about_digest(value) + _listed(near_numbers(key, value, known))
    return _listed(_expired(key, value, known)) or _listed_names(key, value, known)


def _listed(entries: t.Sequence[Entry]) -> str:
    return f" Near to it: {described(entries)}." if entries else ""


def near_numbers(key: str, value: str, known: Database) -> list[Entry]:
    """Return certificates whose serial number or fingerprint begins or ends with the digits ``value``."""
    return known.with_part(key, value) if len(value) >= _FEWEST_DIGITS else []


def _about_digest(digits: str) -> str:
    if len(digits) == _SHA256_DIGITS:
        return ""
    other = _OTHER_DIGESTS.get(len(digits))
    like = f", as many as an {other} has" if other else ""
    return f" A SHA-256 has {_SHA256_DIGITS} digits, and these are {len(digits)}{like}."


def _expired(key: str, value: str, known: Database) -> list[Entry]:
    found = {item["serial_number"]: item for column in columns(key) for item in known.find(column, value)}
    return list(found.values())


def _listed_names(key: str, value: str, known: Database) -> str:
    """Return the names that differ from ``value`` only in form, otherwise those that are much alike."""
    every = list(dict.fromkeys(name for column in columns(key) for name in known.names(column)))
    found = [name for name in every if _plain(name) == _plain(value)]
    found = found or difflib.get_close_matches(value, every, _MOST, _ALIKE)
    return f" Near to it: {', '.join(texts.shown(name, beside=value) for name in found[:_MOST])}." if found else ""


def _plain(name: str) -> str:
    """Return a name without what eyes overlook: case, width, blanks, punctuation, invisible characters."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def near_files(path: str, known: Database) -> str:
    """Return a sentence that begins with a blank about files that come near to ``path``, which does not exist."""
    if issued := known.find("file", path):
        return f" The CA has issued to this file: {described(issued)}."
    directory, name = os.path.split(path)
    try:
        others = [other for other in os.listdir(directory) if other.endswith(location.CERTIFICATE_ENDINGS)]
    except OSError:
        return ""
    plain = [other for other in others if _plain(other) == _plain(name)]
    found = plain or difflib.get_close_matches(name, others, _MOST, _ALIKE)
    listed = [texts.shown(os.path.join(directory, other), beside=path) for other in sorted(found)]
    return f" Near to it: {', '.join(listed)}." if found else ""
