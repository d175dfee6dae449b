# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of a CA that was made elsewhere: certificates and revocations that its database takes over.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import typing as t
from dataclasses import dataclass, field

from .._arguments import encodings
from .._x509 import crl, describe, numbers, openssl_index, parse, terms, times, verification
from .._x509.errors import CertificateError, UnreadableError
from .._x509.openssl_index import Line
from .._x509.package import x509
from .storage import database, files, location, rebuild
from .storage.database import Entry
from .storage.location import Location

_INDEX = "index.txt"
# Where openssl ca and easy-rsa keep a copy of each certificate, beside index.txt, under its serial number.
_COPIES = ("newcerts", "certs_by_serial")
# The code of the error about a certificate or CRL that this CA has not signed.
_OF_ANOTHER_CA = "issuer_differs"


@dataclass
class History:
    """What was found, by serial number.

    ``entries``: certificates. ``states``: revocations. ``number``: of the newest CRL, None without one. ``added`` and
    ``revoked``: those among them that the database does not know.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    states: dict[str, crl.State] = field(default_factory=dict)
    number: int | None = None
    added: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the certificates."""
        return tuple(item["file"] for item in self.entries.values() if item["file"])

    @property
    def news(self) -> bool:
        """Whether the database lacks something."""
        return bool(self.added or self.revoked)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of what the database lacks, as the module returns them."""
        return {"certificates": len(self.added), "revocations": len(self.revoked)}

    @property
    def message(self) -> str:
        """The reason for the change, as a sentence."""
        return f"The database lacks {len(self.added)} certificate(s) and {len(self.revoked)} revocation(s)."

    def write(self, where: Location, ca: x509.Certificate | None) -> None:
        """Write what is new to the database. To be called under the CA's lock."""
        with rebuild.writing(where, ca) as known:
            # Compared again: another run may have written some of it.
            self.compare(known)
            known.add([self.entries[serial] for serial in self.added], existing="IGNORE")
            with known.transaction():
                for serial in self.revoked:
                    known.set_revoked(serial, self.states[serial]["revoked"], self.states[serial]["reason"])
                if self.number is not None and self.number > (known.crl_number() or 0):
                    known.set_crl_number(self.number)

    def compare(self, known: database.Database) -> None:
        """Find out what the database lacks. Raises CertificateError (``import_differs``) for another certificate."""
        self.added, self.revoked = [], []
        for serial, item in self.entries.items():
            found = next(iter(known.find("serial_number", serial)), None)
            if found is None:
                self.added.append(serial)
            elif _differ(found, item):
                raise _different(serial, found, item)
            state = self.states.get(serial)
            if state and not is_settled(serial, state, known):
                self.revoked.append(serial)


def read(paths: t.Iterable[str], where: Location, ca: x509.Certificate | None) -> History:
    """Return what the files in ``paths`` say about certificates of ``ca``, compared with its database.

    Raises CertificateError: import_unreadable, import_differs, issuer_differs or ca_missing.
    """
    if ca is None:
        raise CertificateError(
            f"There is no CA in {where.directory} whose certificates could be imported.",
            "Put its certificate and its key there first, or leave import_paths out.",
            "ca_missing",
        )
    reader = _Reader(ca)
    for path in paths:
        reader.add(path)
    found = reader.history()
    with rebuild.reading(where, ca) as known:
        found.compare(known)
    return found


class _Reader:
    """Reads files of any of the three kinds; certificates first, so that lines of index.txt find theirs."""

    def __init__(self, ca: x509.Certificate) -> None:
        self._ca = ca
        self._found = History()
        self._lines: list[tuple[str, Line]] = []
        # By serial number, the times of the newest CRL that has a certificate on hold, and of one that ends the hold.
        self._held: dict[str, str] = {}
        self._released: dict[str, str] = {}

    def add(self, path: str) -> None:
        if not os.path.isdir(path):
            self._add_file(path)
            return
        # The copy under a serial number comes after the file that has the name of the client.
        some = itertools.filterfalse(location.is_crl, rebuild.certificate_paths([path]))
        for file in sorted(some, key=lambda file: os.path.basename(os.path.dirname(file)) in _COPIES):
            with contextlib.suppress(CertificateError, OSError):
                self._add_file(file)
        for directory, _below, names in sorted(os.walk(path)):
            for name in sorted(names):
                file = os.path.join(directory, name)
                if name == _INDEX:
                    self._add_file(file)
                elif location.is_crl(file) and not name.startswith("."):
                    self._add_own_crl(file)

    def _add_own_crl(self, path: str) -> None:
        """Add a CRL in a directory unless it is that of another CA. One that cannot be read may be that of this CA."""
        try:
            self._add_file(path)
        except CertificateError as error:
            if error.code != _OF_ANOTHER_CA:
                raise

    def _add_file(self, path: str) -> None:
        content = files.read(path, links=True)
        content = None if content is None else encodings.to_utf8(content)
        if content is None:
            raise CertificateError(f"import_paths: there is no {path}.", "Correct the path.", "import_unreadable")
        try:
            if parse.CRL_MARK in content or location.is_crl(path):
                self._add_crls(parse.crls(content), path)
            elif parse.PEM_MARK in content or path.endswith(location.CERTIFICATE_ENDINGS):
                self._add_certificate(parse.any_certificates(content)[0], path)
            else:
                self._add_index(content.decode(errors="surrogateescape"), path)
        except UnreadableError as error:
            raise CertificateError(
                f"import_paths: {path} cannot be read: {error}.",
                "Name an index.txt of openssl ca or easy-rsa, a certificate, a CRL, or a directory.",
                "import_unreadable",
            ) from None

    def _add_certificate(self, found: x509.Certificate, path: str) -> None:
        if found == self._ca:
            return
        if not verification.signed_by(found, self._ca):
            raise _of_another_ca(path)
        item = rebuild.entry_of_file(found, path)
        self._found.entries.setdefault(item["serial_number"], item)

    def _add_crls(self, found: t.Iterable[x509.CertificateRevocationList], path: str) -> None:
        own = [item for item in found if crl.signed_by(item, self._ca)]
        if not own:
            raise _of_another_ca(path)
        for item in own:
            made = times.iso(item.last_update_utc)
            for number, state in crl.contents(item).items():
                serial = numbers.serial_text(number)
                self._found.entries.setdefault(serial, database.entry_of_number(serial, state["revoked"]))
                self._add_state(serial, state)
                if state["reason"] == terms.HOLD:
                    self._held[serial] = max(made, self._held.get(serial, ""))
            for serial in map(numbers.serial_text, crl.releases(item)):
                self._released[serial] = max(made, self._released.get(serial, ""))
            crl_number = crl.number(item)
            if crl_number is not None:
                self._found.number = max(crl_number, self._found.number or 0)

    def _add_state(self, serial: str, state: crl.State) -> None:
        """Add a revocation. Of several of one certificate, the first one for good counts, else the first hold."""
        known = self._found.states.get(serial)
        if known is None or (known["reason"] == terms.HOLD and state["reason"] != terms.HOLD):
            self._found.states[serial] = state

    def _add_index(self, text: str, path: str) -> None:
        if text.strip() and not openssl_index.is_index(text):
            raise UnreadableError("it is none of the kinds of file that can be imported")
        own = describe.serial_number(self._ca)
        for line in openssl_index.parse(text):
            if line.serial_number == own:
                continue
            self._lines.append((path, line))
            for copies in _COPIES:
                copy = os.path.join(os.path.dirname(path), copies, f"{line.serial_number.upper()}.pem")
                if line.serial_number not in self._found.entries and os.path.isfile(copy):
                    self._add_file(copy)

    def history(self) -> History:
        """Return everything; what only index.txt knows becomes an entry without a file."""
        for serial, released_at in self._released.items():
            known_state = self._found.states.get(serial)
            if known_state and known_state["reason"] == terms.HOLD and self._held[serial] < released_at:
                del self._found.states[serial]
        for _path, line in self._lines:
            item = self._entry(line)
            # A CRL knows the serial number alone, index.txt the name as well.
            known = self._found.entries.get(line.serial_number)
            if known is None or not known["subject"]:
                self._found.entries[line.serial_number] = item
            elif _differ(known, item):
                raise _different(line.serial_number, known, item)
            if line.state:
                self._add_state(line.serial_number, line.state)
        return self._found

    def _entry(self, line: Line) -> Entry:
        start = times.iso(self._ca.not_valid_before_utc)
        item = database.entry_of_number(line.serial_number, start)
        return {**item, "subject": line.subject, "not_after": line.not_after}


def released(serial: str) -> str:
    """Return the name in the table of metadata under which the time stands when a certificate was released last."""
    return f"released {serial}"


def is_settled(serial: str, state: crl.State, known: database.Database) -> bool:
    """Return whether the database has a revocation already, or has released the certificate after this hold."""
    found = next(iter(known.find("serial_number", serial)), None)
    if found is None:
        return False
    if database.is_final(found) or found["reason"] == state["reason"]:
        return True
    return state["reason"] == terms.HOLD and state["revoked"] <= (known.metadata(released(serial)) or "")


def _differ(one: Entry, other: Entry) -> bool:
    """Return whether two entries of one serial number are different certificates."""
    fingerprints = {item["fingerprint_sha256"] for item in (one, other) if item["fingerprint_sha256"]}
    names = {database.common_name(item) for item in (one, other) if item["subject"]}
    return len(fingerprints) > 1 or len(names) > 1


def _different(serial: str, known: Entry, other: Entry) -> CertificateError:
    of, by = (database.common_name(item) or "no common name" for item in (known, other))
    return CertificateError(
        f"import_paths: the certificate {serial} is that of {of!r} for this CA, and that of {by!r} in the import.",
        "It probably belongs to another CA: correct import_paths. Nothing was imported.",
        "import_differs",
    )


def _of_another_ca(path: str) -> CertificateError:
    return CertificateError(
        f"import_paths: {path} was not signed by this CA.", "Take it out, or correct the path.", _OF_ANOTHER_CA
    )
