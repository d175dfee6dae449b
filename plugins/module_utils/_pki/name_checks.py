# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the names of a run's certificates belong to them: common names, file names, revoked clients.

Private to this collection.
"""

from __future__ import annotations

import collections
import datetime
import os
import typing as t

from .._arguments import texts
from .._x509 import names, profiles, terms
from .._x509.errors import CertificateError
from . import similar_names
from .case import Desired
from .issuer import Issuer
from .previous_ca import Previous
from .storage import database, places
from .storage import location as locations
from .storage.database import Entry
from .storage.location import Location
from .storage.reader import DatabaseReader

Items = t.Mapping[int, Desired]
Failures = dict[int, CertificateError]


def check(items: Items, issuer: Issuer, location: Location, reserved: set[str]) -> Failures:
    """Return an error for each name that occurs twice, is reserved, or is that of a CA or of a file of the CA."""
    common_names = {number: names.common_name(item.subject) for number, item in items.items()}
    counted = collections.Counter(common_names.values())
    paths = collections.Counter(path for item in items.values() for path in item.paths.values())
    # Verifiers compare names without regard to their form, and so do some file systems.
    of_cas = {texts.folded(names.common_name(ca.subject) or "") for ca in (issuer.certificate, *issuer.chain)}
    of_others = set(map(texts.folded, reserved))
    ca_files = _CaFiles(location)
    failed: Failures = {}
    for number, item in items.items():
        name, path = common_names[number], item.paths["certificate"]
        twice = [other for other in item.paths.values() if paths[other] > 1]
        folded = texts.folded(name or "")
        if folded in of_cas:
            # Verifiers take such a certificate for a self-signed one (OpenSSL: error 18).
            failed[number] = CertificateError(
                f"The common name {name!r} is that of a CA above it.",
                f"Choose another one for {path}.",
                "common_name_of_ca",
            )
        elif folded in of_others:
            failed[number] = CertificateError(
                f"The common name {name!r} is one of reserved_common_names.",
                f"Choose another one for {path}.",
                "common_name_reserved",
            )
        elif covered := ca_files.among(item):
            failed[number] = CertificateError(
                f"{', '.join(covered)} belongs to the CA.", "Choose another name or another path.", "name_of_ca"
            )
        elif twice or counted[name] > 1:
            kind, which = ("file", twice[0]) if twice else ("common name", repr(name))
            failed[number] = CertificateError(
                f"The {kind} {which} occurs more than once.", f"Give each certificate a {kind} of its own.", "duplicate"
            )
    return failed


def overlapping(items: Items) -> Failures:
    """Return an error for each client of which an earlier run has given a file name to another client."""
    failed: Failures = {}
    for number, item in items.items():
        if other := locations.overlapping(item.paths["certificate"]):
            failed[number] = CertificateError(
                f"The files of {item.name!r} would be among those of the client that has {other}.",
                "Give one of the two another name.",
                "duplicate",
            )
    return failed


class _CaFiles:
    """The files of the CA, to be recognized under other spellings of its directory."""

    def __init__(self, location: Location) -> None:
        self._directory = os.path.realpath(location.directory)
        self._names = {texts.folded(os.path.basename(path)) for path in location.own_files}
        self._same: dict[str, bool] = {}

    def among(self, item: Desired) -> list[str]:
        """Return the paths of ``item`` that are files of the CA."""
        directory = os.path.dirname(item.paths["certificate"])
        if directory not in self._same:
            self._same[directory] = os.path.realpath(directory) == self._directory
        inside = item.paths.values() if self._same[directory] else ()
        return [path for path in inside if texts.folded(os.path.basename(path)) in self._names]


def revoked_before(items: Items, previous: Previous, reader: DatabaseReader) -> Failures:
    """Return an error for each client whose last certificate of the previous CA is revoked or on hold.

    Unless this CA has issued one to it later, or replace_revoked allows it for one that is revoked for good.
    """
    failed: Failures = {}
    for number, item in items.items():
        common_name, path = names.common_name(item.subject) or "", item.paths["certificate"]
        last = previous.last(item.name, common_name) if item.profile.name == profiles.CLIENT.name else None
        if last is None or not last["revoked"] or reader.last_issued(path, common_name) > last["revoked"]:
            continue
        which = last["file"] or last["serial_number"]
        if last["reason"] == terms.HOLD:
            failed[number] = CertificateError(
                f"The CA before this one has put {which} on hold.",
                "Release it there, or leave the client out.",
                "revoked_before",
            )
        elif not item.replace_revoked:
            failed[number] = CertificateError(
                f"The CA before this one has revoked {which} at {last['revoked']} ({last['reason']}).",
                "Leave the client out, or set replace_revoked to give it a certificate of this CA.",
                "revoked_before",
            )
    return failed


def similar(issued: Items, items: Items, reader: DatabaseReader, now: datetime.datetime) -> Failures:
    """Return an error for each new client whose name differs from that of another one only in form."""

    def common_names(folded: str) -> t.Iterator[tuple[str, str]]:
        for entry in reader.valid_with_common_name(folded, now, "folded_common_name"):
            yield database.common_name(entry), entry["file"]

    def files(path: str) -> t.Iterator[str]:
        for entry in reader.find("folded_name", texts.folded(locations.file_stem(path))):
            if os.path.lexists(entry["file"]):
                yield entry["file"]

    new = {
        number: item
        for number, item in issued.items()
        if not (reader.find("file", item.paths["certificate"]) and reader.find("common_name", _common_name(item)))
    }
    return similar_names.check(new, items.values(), common_names, files)


def _common_name(item: Desired) -> str:
    return names.common_name(item.subject) or ""


def taken(issued: Items, reader: DatabaseReader, now: datetime.datetime) -> Failures:
    """Return an error for each common name of which another file has a certificate that servers still accept."""
    failed: Failures = {}
    for number, item in issued.items():
        name = names.common_name(item.subject) or ""
        for other in reader.valid_with_common_name(name, now):
            if not places.is_same(other["file"], item.paths["certificate"]):
                failed[number] = _taken(name, other, reader)
    return failed


def _taken(name: str, other: Entry, reader: DatabaseReader) -> CertificateError:
    path, serial_number = other["file"], other["serial_number"]
    if reader.find("file", path)[-1]["serial_number"] != serial_number:
        return CertificateError(
            f"The common name {name!r} already belongs to the certificate {serial_number}, which is valid until"
            f" {other['not_after']} although {path} now holds another one.",
            "Choose another name, or revoke that serial number.",
            "common_name_taken",
        )
    return CertificateError(
        f"The common name {name!r} already belongs to {path}.",
        "Choose another one, or remove that certificate.",
        "common_name_taken",
    )
