# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of clients that differ only in form: readers and file systems take one for the other.

X.509 takes such common names for the same one (RFC 5280, 7.1). macOS and Windows have one file for ``Alice.crt`` and
``alice.crt``, and some file systems have one for both ways to write an accent. Only a new client is refused: two that
have their certificates already are left alone. Private to this collection.
"""

from __future__ import annotations

import os
import typing as t

from .._arguments import texts
from .._x509 import names
from .._x509.errors import CertificateError
from .case import Desired

CODE = "similar_name"
_FORM = "differ only in form (case, width, blanks, accents)"
_HINT = "Give one of the two another name."


class Names:
    """Names that are in use, each with the places where it is."""

    def __init__(self) -> None:
        self._by_form: dict[str, list[tuple[str, str]]] = {}

    def add(self, name: str, place: str) -> None:
        """Add a name."""
        self._by_form.setdefault(texts.folded(name), []).append((name, place))

    def like(self, folded: str) -> list[tuple[str, str]]:
        """Return the names that have no other letters than ``folded``, each with its place."""
        return self._by_form.get(folded, [])


def check(
    new: t.Mapping[int, Desired],
    items: t.Iterable[Desired],
    common_names: t.Callable[[str], t.Iterable[tuple[str, str]]],
    files: t.Callable[[str], t.Iterable[str]],
) -> dict[int, CertificateError]:
    """Return an error for each new client with a common name or a file that differs from another one only in form.

    ``new``: the clients that are checked. ``items``: all clients of the run. ``common_names`` returns those of valid
    certificates, each with its place, for one without its form. ``files`` returns existing files that may be similar to
    a path.
    """
    if not new:
        return {}
    named, stored = Names(), Names()
    for item in items:
        named.add(_common_name(item), item.paths["certificate"])
        for path in item.paths.values():
            stored.add(path, place=path)
    failed = {}
    for number, item in new.items():
        folded = texts.folded(_common_name(item))
        error = _similar_common_name(item, [*named.like(folded), *common_names(folded)])
        for path in item.paths.values():
            others = [other for other, _place in stored.like(texts.folded(path))]
            error = error or _similar_file(path, [*others, *files(path)])
        if error:
            failed[number] = error
    return failed


def _common_name(item: Desired) -> str:
    return names.common_name(item.subject) or ""


def _similar_common_name(item: Desired, others: t.Iterable[tuple[str, str]]) -> CertificateError | None:
    name, path = _common_name(item), item.paths["certificate"]
    for other, place in others:
        if other != name and place != path:
            mine, theirs = texts.shown(name, other), texts.shown(other, name)
            return CertificateError(
                f"The common names {mine} and {theirs} (of {place}) {_FORM}, and verifiers take them for one.",
                _HINT,
                CODE,
            )
    return None


def _similar_file(path: str, others: t.Iterable[str]) -> CertificateError | None:
    directory, name = os.path.split(path)
    for place, other in map(os.path.split, others):
        similar = other != name and texts.folded(other) == texts.folded(name)
        if similar and os.path.realpath(place) == os.path.realpath(directory):
            mine, theirs = texts.shown(name, other), texts.shown(other, name)
            return CertificateError(
                f"The files {mine} and {theirs} in {directory} {_FORM}: some file systems have one place for both.",
                _HINT,
                CODE,
            )
    return None
