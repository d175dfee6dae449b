# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a certificate up to a CA that is trusted (RFC 5280, 6). Private to this collection.

Looked at are names, signatures, times, what a CA may sign, path lengths and CRLs; constraints of names are not.
"""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from . import build as issue
from . import crl, keys
from . import names as values

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

# No chain is longer; a search that comes here goes round in a circle.
_LONGEST = 16


class Chains:
    """CAs and CRLs by the name that is on what they signed."""

    def __init__(self, now: datetime.datetime) -> None:
        self._now = now
        self._cas: dict[x509.Name, list[x509.Certificate]] = {}
        self._crls: dict[x509.Name, list[x509.CertificateRevocationList]] = {}
        self._anchors: set[bytes] | None = None

    def add_ca(self, certificate: x509.Certificate) -> None:
        self._cas.setdefault(certificate.subject, []).append(certificate)

    def add_crl(self, found: x509.CertificateRevocationList) -> None:
        self._crls.setdefault(found.issuer, []).append(found)

    def trust_only(self, certificates: t.Iterable[x509.Certificate]) -> None:
        """Until this is called, every CA that signed itself is trusted."""
        self._anchors = {_identity(each) for each in certificates}

    def issuers(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        """Whose signature is on it. A CA's own certificate comes before the cross-certificates that stand for it."""
        signers = [ca for ca in self._cas.get(certificate.issuer, []) if issue.signed_by(certificate, ca)]
        return sorted(signers, key=lambda ca: ca.issuer != ca.subject)

    def above(self, certificate: x509.Certificate) -> tuple[list[x509.Certificate], str | None]:
        """From ``certificate`` up to a CA that is trusted; or the longest way up, and what is wrong with it."""
        return self._up([certificate])

    def _up(self, below: list[x509.Certificate]) -> tuple[list[x509.Certificate], str | None]:
        last = below[-1]
        problem = self._problem(last, below)
        if problem or self._trusts(last):
            return below, problem
        name = last.issuer.rfc4514_string()
        best: tuple[list[x509.Certificate], str | None] = (below, f"The CA {name} is not among those that are trusted.")
        for ca in self.issuers(last):
            if ca in below or len(below) >= _LONGEST:
                continue
            tried = self._up([*below, ca])
            if tried[1] is None:
                return tried
            best = max(best, tried, key=lambda way: len(way[0]))
        return best

    def _trusts(self, certificate: x509.Certificate) -> bool:
        if self._anchors is not None:
            return _identity(certificate) in self._anchors
        return certificate.issuer == certificate.subject and issue.signed_by(certificate, certificate)

    def _problem(self, certificate: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str | None:
        name = certificate.subject.rfc4514_string()
        if certificate.not_valid_before_utc > self._now:
            return f"{name} is not valid before {values.iso(certificate.not_valid_before_utc)}."
        if certificate.not_valid_after_utc <= self._now:
            return f"{name} expired at {values.iso(certificate.not_valid_after_utc)}."
        state = self.revocation(certificate)
        if state:
            return f"{name} was revoked at {state['revoked']} ({state['reason']})."
        return _cannot_sign(certificate, chain) if len(chain) > 1 else None

    def revocation(self, certificate: x509.Certificate) -> dict[str, str] | None:
        """Since when and why it is revoked; None when it is not, or no CRL of its CA is known."""
        for found in self._crls.get(certificate.issuer, []):
            state = crl.state_of(found, certificate.serial_number)
            if state and any(crl.signed_by(found, ca) for ca in self._cas.get(certificate.issuer, [])):
                return state
        return None


def extension(certificate: x509.Certificate, kind: type[t.Any]) -> t.Any:
    """None when ``certificate`` has none of this kind."""
    with contextlib.suppress(x509.ExtensionNotFound):
        return certificate.extensions.get_extension_for_class(kind).value
    return None


def _identity(certificate: x509.Certificate) -> bytes:
    """Name and key: a CA that was renewed is still the same one."""
    return certificate.subject.public_bytes() + keys.fingerprint(certificate.public_key())


def _cannot_sign(ca: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str | None:
    """``chain``: from the leaf up to ``ca``, which may stand above as many other CAs as its path length allows."""
    name = ca.subject.rfc4514_string()
    basic, usage = (extension(ca, kind) for kind in (x509.BasicConstraints, x509.KeyUsage))
    if basic is None or not basic.ca:
        return f"{name} is not marked as a CA."
    if usage is not None and not usage.key_cert_sign:
        return f"{name} may not sign certificates."
    between = sum(each.issuer != each.subject for each in chain[1:-1])
    if basic.path_length is not None and between > basic.path_length:
        return f"{name} allows {basic.path_length} CAs below it, here are {between}."
    return None
