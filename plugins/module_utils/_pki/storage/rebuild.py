# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of a CA, made again from its certificates and its CRL when it is lost. Private to this collection."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..._x509 import build as issue
from ..._x509 import crl, parse
from ..._x509 import names as values
from ..._x509.errors import PkiError, UnreadableError
from .. import policies
from . import database as index
from . import files as store

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

if t.TYPE_CHECKING:
    from ..ca import Location

_ENDINGS = (".crt", ".pem", ".cer")
# A file that holds more than these is no certificate of ours.
_LONGEST = 1 << 18


@contextlib.contextmanager
def reading(
    location: Location, ca: x509.Certificate | None, directories: t.Iterable[str] = ()
) -> t.Iterator[index.Index]:
    """The index as it is, or as the next writer would make it again, then in memory only."""
    if index.exists(location.index_path):
        with index.opened(location.index_path) as known:
            yield known
    else:
        with index.in_memory() as known:
            _fill(known, location, ca, directories)
            yield known


@contextlib.contextmanager
def writing(
    location: Location, ca: x509.Certificate | None, directories: t.Iterable[str] = ()
) -> t.Iterator[index.Index]:
    """The index, made when it is not there. To be used under the CA's lock.

    ``directories``: where certificates may be, beside the CA's own directory with all that is below it.
    """
    if not index.exists(location.index_path):
        index.create(
            location.index_path, location.certificate_path, lambda known: _fill(known, location, ca, directories)
        )
    with index.opened(location.index_path) as known:
        yield known


def _fill(known: index.Index, location: Location, ca: x509.Certificate | None, directories: t.Iterable[str]) -> None:
    if ca is None:
        return
    revoked = _crl(location.crl_path, ca)
    paths = _paths({location.directory, *directories})
    found = [each for path in paths if (each := _ours(path, ca))]
    for each in found:
        each.update(crl.state_of(revoked, int(each["serial_number"], 16)))
    known.add(found, known="IGNORE")
    if revoked is None:
        return
    # Of a certificate whose file is gone the CRL knows the number, and that is what counts.
    known.add((_revoked_only(each) for each in revoked), known="IGNORE")
    with known.transaction():
        known.set_number("crl", crl.number(revoked))


def _paths(directories: t.Iterable[str]) -> list[str]:
    """Files that could be certificates; copies (chains, what was replaced) after those that they are copies of."""
    paths = {
        os.path.join(directory, name)
        for top in directories
        for directory, _below, names in os.walk(top)
        for name in names
        if name.endswith(_ENDINGS) and not name.startswith(".")
    }
    return sorted(paths, key=lambda path: (".chain." in path or ".replaced-" in path, path))


def certificate_files(directory: str) -> t.Iterator[str]:
    """Yields the files right in ``directory`` that could be certificates."""
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as found:
        for each in found:
            if each.name.endswith(_ENDINGS) and each.is_file(follow_symlinks=False) and each.stat().st_size <= _LONGEST:
                yield each.path


def _ours(path: str, ca: x509.Certificate) -> index.Entry | None:
    """The entry of a certificate that ``ca`` signed; None for everything else."""
    try:
        if os.path.islink(path) or os.path.getsize(path) > _LONGEST:
            return None
        certificate = parse.certificate(store.read(path) or b"")
        if certificate.issuer != ca.subject or not issue.signed_by(certificate, ca):
            return None
        return index.entry(profile_of(certificate), certificate, _siblings(path), certificate.not_valid_before_utc)
    except (OSError, UnreadableError):
        return None


def _siblings(path: str) -> dict[str, str]:
    """The certificate's file, and those beside it that go by the same name."""
    stem = os.path.splitext(path)[0]
    beside = {kind: stem + ending for kind, ending in policies.ENDINGS.items()}
    return {**{kind: each for kind, each in beside.items() if os.path.isfile(each)}, "certificate": path}


def profile_of(certificate: x509.Certificate) -> str:
    """The name of the profile that ``certificate`` has, read off itself."""
    with contextlib.suppress(x509.ExtensionNotFound):
        if certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return "root" if certificate.issuer == certificate.subject else "subordinate"
    with contextlib.suppress(x509.ExtensionNotFound):
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        if x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1") in usages:
            return "server"
    return "client"


def _revoked_only(each: x509.RevokedCertificate) -> index.Entry:
    moment = values.iso(each.revocation_date_utc)
    return {**number_only(index.serial_text(each.serial_number), moment), **crl.state(each)}


def number_only(serial_number: str, moment: str) -> index.Entry:
    """The entry of a certificate of which nothing else is known since ``moment``."""
    return {
        "serial_number": serial_number,
        "subject": {},
        "profile": "unknown",
        "issued": moment,
        "not_before": moment,
        "not_after": "9999-12-31T23:59:59Z",
        "fingerprint_sha256": "",
        "public_key": "",
        "file": "",
        "files": {},
    }


def _crl(path: str, ca: x509.Certificate) -> x509.CertificateRevocationList | None:
    """None when there is no file. Raises PkiError (``crl_unreadable``) for one that is not a CRL of ``ca``."""
    pem = store.read(path)
    if pem is None:
        return None
    found = crl.read(pem)
    if found is None or not crl.signed_by(found, ca):
        raise PkiError(
            "crl_unreadable",
            f"{path} is not a CRL of this CA, and without the CA's index it alone says what is revoked."
            " Put the right one back, or move it away if nothing was revoked.",
        )
    return found
