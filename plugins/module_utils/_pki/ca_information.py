# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of the module ca_info: describes a CA, and how far it has come in replacing another one.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._x509 import build, describe, keys, parse, terms, times
from .._x509.errors import UnreadableError
from .._x509.package import x509
from . import known_clients
from .issuer import Issuer
from .storage import files, rebuild
from .storage.location import Location


def collect(location: Location, replaces: Location | None) -> dict[str, t.Any]:
    """Return ``ca`` and ``replaces`` (None without a CA), ``state`` and ``clients_without``. Writes nothing.

    Raises CertificateError for files that cannot be parsed.
    """
    issuer = Issuer.load(location)
    old = Issuer.load(replaces) if replaces else None
    issued = _issued(location, issuer.certificate) if issuer else 0
    state = None
    if replaces:
        state = _state(location, issuer.certificate, old, replaces, issued) if issuer else "none"
    clients = known_clients.read(location, issuer.certificate) if issuer and replaces else []
    of_old = known_clients.read(replaces, old.certificate, [location.directory]) if replaces and old else []
    return {
        "changed": False,
        "ca": _facts(location, issuer.certificate, issued) if issuer else None,
        "replaces": _facts(replaces, old.certificate, None) if replaces and old else None,
        "state": state,
        "clients": len(of_old),
        "clients_without": [known_clients.description(item) for item in known_clients.without(of_old, clients)],
    }


def _facts(location: Location, ca: x509.Certificate, issued: int | None) -> dict[str, t.Any]:
    return {
        "certificate": build.pem(ca).decode(),
        "certificate_path": location.certificate_path,
        **describe.certificate(ca),
        "public_key_sha256": describe.public_key_sha256(ca),
        **({} if issued is None else {"issued": issued}),
    }


def _issued(location: Location, ca: x509.Certificate) -> int:
    """Return the number of certificates for clients and servers that the CA has issued and that have not expired."""
    now = times.iso(times.now())
    with rebuild.reading(location, ca) as known:
        return sum(item["profile"] not in terms.CA_PROFILES and item["not_after"] > now for item in known.entries())


def _state(location: Location, ca: x509.Certificate, old: Issuer | None, replaces: Location, issued: int) -> str:
    """Return begun, prepared, finished, or other for a CA that does not replace ``old``."""
    if old is None:
        return "other"
    cross = _cross_certificate(location)
    if cross is not None:
        prepared = cross.subject == ca.subject and keys.same_key(cross, ca) and old.signed(cross)
        return "prepared" if prepared else "other"
    if not issued:
        return "begun"
    with rebuild.reading(replaces, old.certificate, [location.directory]) as known:
        same_key = known.find("public_key", describe.public_key_sha256(ca))
    if not any(item["profile"] in terms.CA_PROFILES for item in same_key):
        return "other"
    return "begun" if os.path.lexists(location.cross_path) or os.path.lexists(location.chain_path) else "finished"


def _cross_certificate(location: Location) -> x509.Certificate | None:
    """Return the cross-certificate; None for a missing or damaged file, which the module ca makes again."""
    with contextlib.suppress(UnreadableError):
        pem = files.read(location.cross_path)
        return parse.certificate(pem) if pem else None
    return None
