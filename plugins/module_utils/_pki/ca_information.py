# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a directory holds of a CA, and how far it has come in replacing another one. Private to this collection."""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._x509 import build as issue
from .._x509 import keys, parse
from .._x509 import names as values
from .._x509.errors import UnreadableError
from . import certificate as engine
from .ca import Authority, Location
from .storage import database as index
from .storage import files as store
from .storage import rebuild as recovery

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

_OF_A_CA = ("root", "subordinate", "cross")


def describe(location: Location, replaces: Location | None) -> dict[str, t.Any]:
    """Returns ``ca`` and ``replaces`` (None where there is no CA) and ``state``, as the module ca_info does.

    Raises PkiError for files that are there and cannot be understood. Writes nothing.
    """
    authority = Authority.load(location)
    old = Authority.load(replaces) if replaces else None
    issued = _issued(location, authority.certificate) if authority else 0
    state = None
    if replaces:
        state = _state(location, authority.certificate, old, replaces, issued) if authority else "none"
    return {
        "changed": False,
        "ca": _facts(location, authority.certificate, issued) if authority else None,
        "replaces": _facts(replaces, old.certificate, None) if replaces and old else None,
        "state": state,
    }


def _facts(location: Location, ca: x509.Certificate, issued: int | None) -> dict[str, t.Any]:
    return {
        "certificate": engine.public_pem(ca),
        "certificate_path": location.certificate_path,
        **engine.facts(ca),
        "serial_number": index.serial(ca),
        "fingerprint_sha256": index.fingerprint(ca),
        "public_key_sha256": index.public_key(ca.public_key()),
        **({} if issued is None else {"issued": issued}),
    }


def _issued(location: Location, ca: x509.Certificate) -> int:
    """Returns how many certificates of clients and servers the CA has issued that have not expired."""
    now = values.iso(values.now())
    with recovery.reading(location, ca) as known:
        return sum(each["profile"] not in _OF_A_CA and each["not_after"] > now for each in known.entries())


def _state(location: Location, ca: x509.Certificate, old: Authority | None, replaces: Location, issued: int) -> str:
    """Returns how far the CA has come in replacing ``old``: begun, prepared, finished, or that it is another one."""
    if old is None:
        return "other"
    cross = _cross_certificate(location)
    if cross is not None:
        ours = cross.subject == ca.subject and _same_key(cross, ca) and issue.signed_by(cross, old.certificate)
        return "prepared" if ours else "other"
    if not issued:
        return "begun"
    with recovery.reading(replaces, old.certificate, [location.directory]) as known:
        crossed = known.find("public_key", index.public_key(ca.public_key()))
    if not any(each["profile"] in _OF_A_CA for each in crossed):
        return "other"
    return "begun" if os.path.lexists(location.cross_path) or os.path.lexists(location.chain_path) else "finished"


def _cross_certificate(location: Location) -> x509.Certificate | None:
    """Returns None for a file that is missing or damaged: the module ca makes it again."""
    with contextlib.suppress(UnreadableError):
        pem = store.read(location.cross_path)
        return parse.certificate(pem) if pem else None
    return None


def _same_key(one: x509.Certificate, other: x509.Certificate) -> bool:
    return keys.fingerprint(one.public_key()) == keys.fingerprint(other.public_key())
