# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was revoked by the CA that this one has replaced. Private to this collection.

A new CA knows no certificate of the old one, so it could neither tell a revoked client from a new one, nor an order
that was carried out long ago from a misspelt one. While the old CA is at hand its index is read, and what matters of it
is copied into that of the new CA, so that the directory of the old one can be put away.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._x509.errors import PkiError
from .ca import Authority, Location
from .storage import database as index
from .storage import files as store
from .storage import rebuild as recovery

# A name that is that of the files or the common name, as a user says it who means a client.
CLIENT = "client"


@dataclasses.dataclass(frozen=True)
class Previous:
    """``entries``: of the previous CAs, by serial number, in the order of issue. ``copied``: what the index has."""

    entries: dict[str, index.Entry]
    copied: dict[str, index.Entry]

    def named(self, key: str, value: str) -> list[index.Entry]:
        """Returns the certificates of the previous CAs that ``value`` names; ``key`` as in index.find, or CLIENT."""
        return [each for each in self.entries.values() if value in [_field(each, name) for name in _keys(key)]]

    def last(self, name: str, common_name: str) -> index.Entry | None:
        """Returns the newest certificate of the client that has these names, of its files and in its subject."""
        wanted = {"name": name, "common_name": common_name}
        found = [
            each for each in self.entries.values() if any(_field(each, key) == value for key, value in wanted.items())
        ]
        return found[-1] if found else None

    @property
    def news(self) -> list[index.Entry]:
        """What the index of the new CA does not know yet, or with another state."""
        return [each for serial, each in self.entries.items() if self.copied.get(serial) != each]

    def copy(self, known: index.Index) -> None:
        """Makes ``known``, which is open for writing under the CA's lock, remember all of it."""
        if self.news:
            known.add_previous(self.news)


def load(
    copied: t.Iterable[index.Entry], location: Location | None, orders: t.Iterable[tuple[str, str]] = ()
) -> Previous:
    """Reads what counts of the CA in ``location``, beside what was ``copied`` before.

    ``orders``: pairs of key and value, as for ``named``: what they name is read as well, whether it is revoked or not.
    Raises PkiError (``ca_missing``) when there is no CA in ``location``.
    """
    known = {each["serial_number"]: each for each in copied}
    entries = dict(known)
    if location is not None:
        store.check_directories([location.directory])
        authority = Authority.load(location)
        if authority is None:
            raise PkiError(
                "ca_missing",
                f"There is no previous CA in {location.directory}: {location.certificate_path} is missing.",
            )
        with recovery.reading(location, authority.certificate) as old:
            found = [*old.previous(), *old.of_revoked_clients()]
            # What was on hold when it was copied may have been released.
            asked = [*orders, *(("serial_number", serial) for serial in known)]
            found += [each for key, value in asked for name in _keys(key) for each in old.find(name, value)]
        entries |= {each["serial_number"]: each for each in found}
    return Previous(entries, known)


def _keys(key: str) -> tuple[str, ...]:
    return ("name", "common_name") if key == CLIENT else (key,)


def _field(each: index.Entry, key: str) -> str:
    """As the columns of the index have it, which derives two of them."""
    if key == "common_name":
        return str(each["subject"].get("common_name", ""))
    return index.stem(each["file"]) if key == "name" else str(each[key])
