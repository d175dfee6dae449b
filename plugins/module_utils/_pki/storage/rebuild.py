# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database of a CA, opened, and rebuilt from the certificates and the CRL when it is lost.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..._x509 import crl, numbers, parse, profiles, verification
from ..._x509.errors import CertificateError, UnreadableError
from ..._x509.package import x509
from . import database, files, location
from .database import Database, Entry
from .location import Location

# Octets. A larger file is no certificate of this collection.
_LONGEST = 1 << 18


@contextlib.contextmanager
def reading(where: Location, ca: x509.Certificate | None, directories: t.Iterable[str] = ()) -> t.Iterator[Database]:
    """Open the database for reading; one that is missing is rebuilt in memory, as the next writer would rebuild it."""
    if database.exists(where.database_path):
        with database.opened(where.database_path) as known:
            yield known
    else:
        with database.in_memory(where.directory) as known:
            _fill(known, where, ca, directories)
            yield known


@contextlib.contextmanager
def writing(where: Location, ca: x509.Certificate | None, directories: t.Iterable[str] = ()) -> t.Iterator[Database]:
    """Open the database for writing, rebuilt if it is missing. To be used under the CA's lock.

    ``directories``: where certificates may be, beside the CA's own directory with all that is below it.
    """
    if not database.exists(where.database_path):
        database.create(where.database_path, where.certificate_path, lambda known: _fill(known, where, ca, directories))
    database.upgrade(where.database_path)
    with database.opened(where.database_path) as known:
        yield known


def _fill(known: Database, where: Location, ca: x509.Certificate | None, directories: t.Iterable[str]) -> None:
    if ca is None:
        return
    revoked = _crl(where.crl_path, ca)
    states = {} if revoked is None else crl.contents(revoked)
    entries = [item for path in certificate_paths({where.directory, *directories}) if (item := _signed_by(path, ca))]
    for item in entries:
        if state := states.get(int(item["serial_number"], 16)):
            item["revoked"], item["reason"] = state["revoked"], state["reason"]
    known.add(entries, existing="IGNORE")
    if revoked is None:
        return
    # Of a certificate whose file is lost the CRL knows the serial number, which is what counts.
    known.add((entry_of_revoked(*item) for item in states.items()), existing="IGNORE")
    if (number := crl.number(revoked)) is not None:
        with known.transaction():
            known.set_crl_number(number)


def certificate_paths(directories: t.Iterable[str]) -> list[str]:
    """Return files that could hold certificates, below ``directories``; chains and backups after the originals."""
    paths = {
        os.path.join(directory, name)
        for top in directories
        for directory, _below, names in os.walk(top)
        for name in names
        if name.endswith(location.CERTIFICATE_ENDINGS) and not name.startswith(".")
    }
    return sorted(paths, key=lambda path: (location.is_copy(path), path))


def candidates(directory: str) -> t.Iterator[str]:
    """Yield the files in ``directory``, not below it, that could hold certificates."""
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as found:
        for item in found:
            fits = item.name.endswith(location.CERTIFICATE_ENDINGS) and item.is_file(follow_symlinks=False)
            if fits and item.stat().st_size <= _LONGEST:
                yield item.path


def _signed_by(path: str, ca: x509.Certificate) -> Entry | None:
    """Return the entry of the certificate in ``path`` if ``ca`` has signed it; None for all else."""
    try:
        if os.path.islink(path) or os.path.getsize(path) > _LONGEST:
            return None
        certificate = parse.certificate(files.read(path) or b"")
    except (OSError, UnreadableError):
        return None
    if certificate.issuer != ca.subject or not verification.signed_by(certificate, ca):
        return None
    return entry_of_file(certificate, path)


def entry_of_file(certificate: x509.Certificate, path: str) -> Entry:
    """Return the entry of a certificate in ``path`` that was issued elsewhere, or before the database was lost.

    When it was issued is not known: the start of its validity stands for that, see database.is_made_here.
    """
    beside = {kind: other for kind, other in location.companions(path).items() if os.path.isfile(other)}
    paths = {**beside, "certificate": path}
    return database.entry(profiles.name_of(certificate), certificate, paths, certificate.not_valid_before_utc)


def entry_of_revoked(serial_number: int, state: crl.State) -> Entry:
    """Return the entry of a certificate of which only the revocation is known."""
    return {**database.entry_of_number(numbers.serial_text(serial_number), state["revoked"]), **state}


def _crl(path: str, ca: x509.Certificate) -> x509.CertificateRevocationList | None:
    """Return the CRL in ``path``, None if there is no file.

    Raises CertificateError: crl_unreadable for a file that is not a CRL of ``ca``, crl_partial for one that lists only
    a part of what the CA has revoked.
    """
    pem = files.read(path)
    if pem is None:
        return None
    found = crl.read(pem)
    if found is None or not crl.signed_by(found, ca):
        raise CertificateError(
            f"{path} is not a CRL of this CA, and without the CA's database it alone says what is revoked.",
            "Put the right one back, or move it away if nothing was revoked.",
            "crl_unreadable",
        )
    if kind := crl.part(found):
        raise CertificateError(
            f"{path} is {kind}. Without the CA's database nothing says what else the CA has revoked, and the next CRL"
            " would leave it out.",
            "Move it away, and name it and the CA's other CRLs in import_paths of the module alicloud.mtls.ca.",
            "crl_partial",
        )
    return found
