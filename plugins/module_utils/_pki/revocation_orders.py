# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders to revoke or release certificates, and the certificates that they name. Private to this collection."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from .._x509 import describe, parse, terms, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import suggestions
from .issuer import Issuer
from .options import CLIENT, RELEASE
from .storage import database, files, rebuild
from .storage.database import Database, Entry
from .storage.reader import State

_ONE_NAME = " A text is one name, commas included: to name several clients, give a list with an entry for each."


@dataclass(frozen=True)
class Order:
    """An order about the certificates whose column ``key`` (of database.KEYS, or CLIENT) is ``value``.

    ``reason``: of terms.REVOCATION_REASONS, or RELEASE. None: certificates that are revoked for good keep theirs.
    ``option``: under which the user has named them. ``decimal``: the serial number that the same digits are if they are
    decimal, None if they cannot be.
    """

    key: str
    value: str
    reason: str | None
    option: str
    decimal: str | None = None

    def __str__(self) -> str:
        return f"{self.option} {self.value!r}"

    def state(self, item: Entry, now: datetime.datetime) -> State:
        """Return the state that a certificate gets.

        What is revoked for good stays so (RFC 5280, 5.3.1): raises CertificateError (``revoked_for_good``).
        """
        final = database.is_final(item)
        if final and self.reason in (RELEASE, terms.HOLD):
            raise CertificateError(
                f"The certificate {item['serial_number']} ({item['file']}) is revoked for good ({item['reason']}): only"
                " a certificate on hold can be released.",
                "Issue a new certificate.",
                "revoked_for_good",
            )
        if self.reason == RELEASE:
            return State(None, None)
        return State(item["revoked"] or times.iso(now), self.reason or (item["reason"] if final else "unspecified"))


@dataclass(frozen=True)
class Named:
    """The certificates that an order names. ``new``: those among them that the database does not know yet."""

    found: list[Entry]
    new: list[Entry]


def find(order: Order, issuer: Issuer, known: Database, now: datetime.datetime, elsewhere: bool) -> Named:
    """Return the certificates that ``order`` names.

    ``elsewhere``: whether it names a certificate of the previous CA; then it need not name one of this CA. Raises
    CertificateError: unknown_certificate, ambiguous, certificate_unreadable or issuer_differs.
    """
    if order.key == "file":
        return _by_file(order, issuer, known, elsewhere)
    if order.key == "serial_number" and not elsewhere:
        _check_serial_number(order, known)
    every = _of_client(order, known, now) if order.key == CLIENT else known.find(order.key, order.value)
    if not every and elsewhere:
        return Named([], [])
    if not every and order.key == "serial_number" and order.reason != RELEASE:
        # Of a certificate that the CA signed elsewhere, or before the database was lost, only the number may be left.
        entry = database.entry_of_number(order.value, times.iso(now))
        return Named([entry], [entry])
    found = [item for item in every if item["profile"] != "root"]
    if order.key in ("name", "common_name"):
        # All certificates of the name, also those that a newer one has followed: servers still accept them.
        found = [item for item in found if item["not_after"] > times.iso(now)]
        _check_one_holder(order, found)
    if not found and not elsewhere:
        raise CertificateError(
            f"The CA knows no certificate with {order} that is still valid."
            + suggestions.near(order.key, order.value, known),
            "If there is a file with the certificate, name it by its path."
            + (_ONE_NAME if order.key == CLIENT and "," in order.value else ""),
            "unknown_certificate",
        )
    return Named(found, [])


def _check_serial_number(order: Order, known: Database) -> None:
    """Raise CertificateError if the digits are another certificate's number in decimal, or a part of one."""
    exact = known.find(order.key, order.value)
    decimal = known.find(order.key, order.decimal) if order.decimal and order.decimal != order.value else []
    if decimal:
        hexadecimal = suggestions.described(exact) or "no certificate that the CA knows"
        raise CertificateError(
            f"{order} in hexadecimal is {hexadecimal}. In decimal it is {suggestions.described(decimal)}.",
            "Write the number in hexadecimal, with 0x before it.",
            "ambiguous" if exact else "unknown_certificate",
        )
    if not exact and (near := suggestions.near(order.key, order.value, known)):
        raise CertificateError(
            f"The CA knows no certificate with {order}.{near}",
            "Give all digits of the number.",
            "unknown_certificate",
        )


def _check_one_holder(order: Order, found: t.Sequence[Entry]) -> None:
    """Raise CertificateError (``ambiguous``) if certificates in several files have the name."""
    if len({item["file"] for item in found}) > 1:
        raise CertificateError(
            f"{order} fits several: {suggestions.described(found)}.",
            "Name each that is meant by its path, or by its serial number.",
            "ambiguous",
        )


def _by_file(order: Order, issuer: Issuer, known: Database, elsewhere: bool) -> Named:
    try:
        certificate = read_issued(order.value, issuer, known)
    except (CertificateError, OSError):
        if elsewhere:
            return Named([], [])
        raise
    found = known.find("serial_number", describe.serial_number(certificate))
    if found:
        return Named(found, [])
    entry = rebuild.entry_of_file(certificate, order.value)
    return Named([entry], [entry])


def _of_client(order: Order, known: Database, now: datetime.datetime) -> list[Entry]:
    """Return the valid certificates of the one client whose file name, or whose common name, this is.

    Raises CertificateError (``ambiguous``) if it is the file name of one client and the common name of another.
    """
    by_file, by_common_name = (
        [
            item
            for item in known.find(key, order.value)
            if item["profile"] not in terms.CA_PROFILES and item["not_after"] > times.iso(now)
        ]
        for key in ("name", "common_name")
    )
    paths = {item["file"] for item in by_file}
    others = [item for item in by_common_name if item["file"] not in paths]
    if paths and others:
        raise CertificateError(
            f"{order.value!r} is the file name of {_listed(paths)} (common name"
            f" {_listed(map(database.common_name, by_file))}), and the common name of"
            f" {_listed(item['file'] for item in others)}.",
            "Say which of them is meant, by name for the file or by common_name.",
            "ambiguous",
        )
    found = by_file or by_common_name
    _check_one_holder(order, found)
    return found


def _listed(texts: t.Iterable[str]) -> str:
    return ", ".join(sorted({*texts}))


def read_issued(path: str, issuer: Issuer, known: Database) -> x509.Certificate:
    """Return the certificate in ``path``.

    Raises CertificateError unless ``issuer`` has signed the first certificate of the file, and no other one.
    """
    pem = files.read(path, links=True)
    if pem is None:
        raise CertificateError(
            f"There is no file {path}.{suggestions.near_files(path, known)}", "Correct the path.", "unknown_certificate"
        )
    try:
        certificates = parse.any_certificates(pem)
    except UnreadableError as error:
        raise CertificateError(
            f"{path} cannot be read: {error}.", "Name a file with the certificate.", "certificate_unreadable"
        ) from None
    issued = [item for item in dict.fromkeys(certificates) if item != issuer.certificate and issuer.signed(item)]
    if certificates[0] not in issued:
        raise CertificateError(
            f"{path} was not issued by this CA, which therefore cannot revoke it.",
            "Name the CA that has issued it.",
            "issuer_differs",
        )
    if len(issued) > 1:
        numbers = ", ".join(map(describe.serial_number, issued))
        raise CertificateError(
            f"{path} holds several certificates of this CA, with the serial numbers {numbers}.",
            "Name each that is meant by its serial number, or by a file of its own.",
            "ambiguous",
        )
    return certificates[0]
