# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that refer to one certificate of their CA, and would be refused if it were made again.

A certificate that is made again keeps subject, key and key identifier, but not its serial number. easy-rsa, and
``openssl ca`` with some configurations, have issued certificates name their CA by issuer and serial number (RFC 5280,
4.2.1.1). Private to this collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._x509 import describe, parse
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from .storage import database, files, rebuild
from .storage.location import Location


def by_serial_number(location: Location, ca: x509.Certificate, imported: t.Iterable[str] = ()) -> list[str]:
    """Return the files of certificates that name ``ca`` by issuer and serial number.

    Read are the files in and below the directory of the CA, those that its database knows, and ``imported``.
    """
    paths = dict.fromkeys([*imported, *rebuild.certificate_paths([location.directory])])
    if database.exists(location.database_path):
        with database.opened(location.database_path) as known:
            paths |= dict.fromkeys(item["file"] for item in known.entries() if item["file"])
    return [path for path in paths if any(_refers(found, ca) for found in _certificates(path))]


def _certificates(path: str) -> t.Sequence[x509.Certificate]:
    with contextlib.suppress(OSError, UnreadableError, CertificateError):
        return parse.any_certificates(files.read(path, links=True) or b"")
    return ()


def _refers(found: x509.Certificate, ca: x509.Certificate) -> bool:
    if found.issuer != ca.subject or found == ca:
        return False
    identifier = describe.extension(found, x509.AuthorityKeyIdentifier)
    return identifier is not None and identifier.authority_cert_serial_number == ca.serial_number
