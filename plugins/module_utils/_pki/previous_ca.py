# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Revocations of the CA that this one has replaced. Private to this collection.

A new CA knows no certificate of the previous one. By itself it could not tell a revoked client from a new one, nor an
order that was carried out long ago from a misspelt one. So the database of the previous CA is read while it is at hand,
and what matters is copied into that of the new CA; then the old directory can be put away.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._x509.errors import CertificateError
from .issuer import Issuer
from .options import columns
from .storage import database, files, location, rebuild
from .storage.database import Database, Entry
from .storage.location import Location


@dataclass(frozen=True)
class Previous:
    """Certificates of previous CAs, by serial number, in the order of issue.

    ``copied``: those that the database of this CA has, in the state that it knows.
    """

    entries: dict[str, Entry]
    copied: dict[str, Entry]

    def find(self, key: str, value: str) -> list[Entry]:
        """Return the certificates whose column ``key`` (of database.KEYS, or CLIENT) is ``value``."""
        return [item for item in self.entries.values() if value in [_column(item, name) for name in columns(key)]]

    def last(self, name: str, common_name: str) -> Entry | None:
        """Return the newest certificate of the client whose files have this name, or with this common name."""
        wanted = {"name": name, "common_name": common_name}
        found = [
            item for item in self.entries.values() if any(_column(item, key) == value for key, value in wanted.items())
        ]
        return found[-1] if found else None

    @property
    def news(self) -> list[Entry]:
        """The certificates that the database of this CA does not know, or with another state."""
        return [item for serial, item in self.entries.items() if self.copied.get(serial) != item]

    def copy(self, known: Database) -> None:
        """Copy the news into the database of this CA, which is open for writing."""
        if self.news:
            known.add_previous(self.news)


def load(copied: t.Iterable[Entry], where: Location | None, orders: t.Iterable[tuple[str, str]] = ()) -> Previous:
    """Return what was ``copied`` and what matters in the database of the CA in ``where``.

    ``orders``: pairs of key and value, as for Previous.find; what they name is read whether it is revoked or not.
    Raises CertificateError (``ca_missing``).
    """
    known = {item["serial_number"]: item for item in copied}
    entries = dict(known)
    if where is not None:
        files.check_directories([where.directory])
        issuer = Issuer.load(where)
        if issuer is None:
            raise CertificateError(
                f"There is no previous CA in {where.directory}: {where.certificate_path} is missing.",
                "Correct previous_ca, or leave it out.",
                "ca_missing",
            )
        with rebuild.reading(where, issuer.certificate) as old:
            found = [*old.previous(), *old.of_revoked_clients()]
            # What was on hold when it was copied may have been released.
            asked = [*orders, *(("serial_number", serial) for serial in known)]
            found += [item for key, value in asked for name in columns(key) for item in old.find(name, value)]
        entries |= {item["serial_number"]: item for item in found}
    return Previous(entries, known)


def _column(item: Entry, key: str) -> str:
    """Return the value of a column; two columns of the database are derived from others."""
    if key == "common_name":
        return database.common_name(item)
    return location.file_stem(item["file"]) if key == "name" else str(t.cast("dict[str, t.Any]", item)[key])
