# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures, and the chain from a certificate up to a trusted CA (RFC 5280, 6). Private to this collection.

Checked are names, signatures, validity, the permission to sign, path lengths and CRLs; name constraints are not.
"""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from . import crl, describe, keys, times
from .package import x509

CrlStatus = t.Literal[
    "current", "expired", "not_yet_valid", "unsigned", "partial", "unsupported", "unreadable", "missing"
]
# From the best to the worst: of several CRLs of a CA, the best one counts.
_STATUSES: tuple[CrlStatus, ...] = t.get_args(CrlStatus)

# No chain is longer: a search that gets here follows a circle.
_LONGEST = 16


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether ``certificate`` has the name and the signature of ``issuer``."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:
        # Also for a damaged certificate, whose algorithms may be unknown to the package cryptography.
        return False
    return True


def identifies(found: x509.Certificate | x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Return whether the authority key identifier of a certificate or CRL fits ``issuer`` (RFC 5280, 4.2.1.1).

    OpenSSL and Windows refuse one that does not, whatever the signature says. An identifier that is missing fits.
    """
    identifier = describe.extension(found, x509.AuthorityKeyIdentifier)
    if identifier is None:
        return True
    own = describe.extension(issuer, x509.SubjectKeyIdentifier)
    if identifier.key_identifier and own and identifier.key_identifier != own.digest:
        return False
    return not names_other_serial(identifier, issuer)


def names_other_serial(identifier: x509.AuthorityKeyIdentifier, issuer: x509.Certificate) -> bool:
    """Return whether ``identifier`` names its CA by issuer and serial number, and not those of ``issuer``."""
    serial_number, issued_by = identifier.authority_cert_serial_number, identifier.authority_cert_issuer
    if serial_number is not None and serial_number != issuer.serial_number:
        return True
    directory = [name.value for name in issued_by or () if isinstance(name, x509.DirectoryName)]
    return bool(directory) and issuer.issuer not in directory


@dataclass(frozen=True)
class CrlState:
    """How far the known CRLs answer whether a certificate is revoked.

    ``next_update``: of the CRL that counts. ``problem``: a sentence, None if a current CRL answers.
    """

    status: CrlStatus
    next_update: str | None = None
    problem: str | None = None


class Chains:
    """The known CAs and CRLs, by issuer name, and the chains that they make."""

    def __init__(self, now: datetime.datetime) -> None:
        self._now = now
        self._cas: dict[x509.Name, list[x509.Certificate]] = {}
        self._crls: dict[x509.Name, list[x509.CertificateRevocationList]] = {}
        self._anchors: set[bytes] | None = None
        self._indirect: dict[x509.Name, list[x509.CertificateRevocationList]] = {}
        # Ids of CRLs with entries of other CAs, and of those that cannot be used.
        self._naming: set[int] = set()
        self._unsupported: set[int] = set()
        self._signed: dict[int, list[x509.Certificate]] = {}
        self._unreadable: list[str] = []
        self.requires_crls = False
        """Whether every certificate below a trust anchor needs a current CRL, as Nginx and ``-crl_check_all`` do."""

    def add_ca(self, certificate: x509.Certificate) -> None:
        """Add a CA from which chains may be built."""
        self._cas.setdefault(certificate.subject, []).append(certificate)

    def add_crl(self, found: x509.CertificateRevocationList) -> None:
        """Add a CRL. Without the signature of a known CA it leaves no certificate valid that it lists."""
        self._crls.setdefault(found.issuer, []).append(found)
        for issuer in crl.issuers(found):
            self._naming.add(id(found))
            self._indirect.setdefault(issuer, []).append(found)
        if not crl.is_supported(found):
            self._unsupported.add(id(found))

    def add_unreadable_crl(self, path: str) -> None:
        """Add a file whose CRL cannot be read: it may be of any CA that has no other CRL."""
        self._unreadable.append(path)

    def trust_only(self, certificates: t.Iterable[x509.Certificate]) -> None:
        """Trust these CAs alone. Without this call every self-signed CA is trusted."""
        self._anchors = {_identity(certificate) for certificate in certificates}

    def issuers(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        """Return the CAs that signed ``certificate``: a CA's own certificate before its cross-certificates."""
        signers = [ca for ca in self._cas.get(certificate.issuer, []) if _issued_by(certificate, ca)]
        return sorted(signers, key=lambda ca: ca.issuer != ca.subject)

    def chain(self, certificate: x509.Certificate) -> tuple[list[x509.Certificate], str | None]:
        """Return the chain from ``certificate`` up to a trusted CA, and None.

        Without such a chain, return the longest one that was found and the sentence that says what is wrong with it.
        """
        return self._extended([certificate])

    def _extended(self, chain: list[x509.Certificate]) -> tuple[list[x509.Certificate], str | None]:
        last = chain[-1]
        problem = self._problem(last, chain)
        if problem:
            return chain, problem
        if self._trusts(last):
            return chain, self._crl_problem(chain)
        name = last.issuer.rfc4514_string()
        best: tuple[list[x509.Certificate], str | None] = (chain, f"The CA {name} is not among those that are trusted.")
        for ca in self.issuers(last):
            if ca in chain or len(chain) >= _LONGEST:
                continue
            tried = self._extended([*chain, ca])
            if tried[1] is None:
                return tried
            best = max(best, tried, key=lambda found: len(found[0]))
        return best

    def _trusts(self, certificate: x509.Certificate) -> bool:
        if self._anchors is not None:
            return _identity(certificate) in self._anchors
        return certificate.issuer == certificate.subject and signed_by(certificate, certificate)

    def _problem(self, certificate: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str | None:
        name = certificate.subject.rfc4514_string()
        if certificate.not_valid_before_utc > self._now:
            return f"{name} is not valid before {times.iso(certificate.not_valid_before_utc)}."
        if certificate.not_valid_after_utc <= self._now:
            return f"{name} expired at {times.iso(certificate.not_valid_after_utc)}."
        listed = self._listings(certificate)
        if state := next((state for found, state in listed if self._revokes(found, certificate)), None):
            return f"{name} was revoked at {state['revoked']} ({state['reason']})."
        if listed:
            issuer, found = certificate.issuer.rfc4514_string(), listed[0][0]
            if found.issuer != certificate.issuer and self._signers(found):
                return (
                    f"{name} is listed in the indirect CRL of {found.issuer.rfc4514_string()}, and does not name that"
                    " CA as the issuer of its CRL."
                )
            return f"{name} is listed in a CRL in the name of {issuer} that none of the known CAs has signed."
        return _cannot_sign(certificate, chain) if len(chain) > 1 else None

    def revocation(self, certificate: x509.Certificate) -> crl.State | None:
        """Return time and reason of the revocation; None if not revoked, or if no CRL of its CA is known."""
        return next((state for found, state in self._listings(certificate) if self._revokes(found, certificate)), None)

    def _revokes(self, found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
        """Return whether a CRL that lists ``certificate`` has a right to: a known CA has signed it, which is its own.

        Or it is the indirect CRL of the CA that the certificate names.
        """
        is_own = found.issuer == certificate.issuer
        return bool(self._signers(found)) and (is_own or crl.delegates(certificate, found.issuer))

    def _listings(self, certificate: x509.Certificate) -> list[tuple[x509.CertificateRevocationList, crl.State]]:
        """Return the CRLs that list ``certificate``, whoever has signed them, each with time and reason.

        Without those that name another CA by its key identifier, unless this CA has signed them: two CAs may have one
        name and the same serial numbers. Indirect CRLs of other CAs are among them.
        """
        own, indirect = self._crls.get(certificate.issuer, []), self._indirect.get(certificate.issuer, [])
        states = ((found, crl.state_of(found, certificate, id(found) in self._naming)) for found in [*own, *indirect])
        listed = [(found, state) for found, state in states if state]
        if not listed or not (issuers := self.issuers(certificate)):
            return listed
        return [
            (found, state)
            for found, state in listed
            if found.issuer != certificate.issuer
            or any(identifies(found, ca) or crl.signed_by(found, ca) for ca in issuers)
        ]

    def _signers(self, found: x509.CertificateRevocationList) -> list[x509.Certificate]:
        """Return the known CAs that may sign CRLs and have signed this one."""
        if id(found) not in self._signed:
            signers = (ca for ca in self._cas.get(found.issuer, []) if _may_sign_crls(ca))
            self._signed[id(found)] = [ca for ca in signers if crl.signed_by(found, ca)]
        return self._signed[id(found)]

    def crl_state(self, certificate: x509.Certificate) -> CrlState:
        """Return how far the known CRLs of its CA answer whether ``certificate`` is revoked."""
        rated = [(self._status(found, certificate), found) for found in self._crls.get(certificate.issuer, [])]
        status: CrlStatus = "unreadable" if self._unreadable else "missing"
        next_update = None
        if rated:
            status, best = min(rated, key=lambda item: (_STATUSES.index(item[0]), -item[1].last_update_utc.timestamp()))
            next_update = times.iso(best.next_update_utc) if best.next_update_utc else None
        sentence = {
            "expired": f"expired at {next_update}",
            "not_yet_valid": "is not valid yet",
            "unsigned": "is not signed by this CA, or the CA may not sign it",
            "partial": "lists only some of its certificates or reasons",
            "unsupported": "is an indirect one, or has a critical extension that is unknown",
            "unreadable": f"cannot be read ({', '.join(self._unreadable)})",
            "missing": "is missing",
        }.get(status)
        if sentence is None:
            return CrlState(status, next_update)
        ca, name = certificate.issuer.rfc4514_string(), certificate.subject.rfc4514_string()
        problem = f"The CRL of the CA {ca} {sentence}, so that nothing says whether {name} is revoked."
        return CrlState(status, next_update, problem)

    def _status(self, found: x509.CertificateRevocationList, certificate: x509.Certificate) -> CrlStatus:
        # Two CAs may have one name: the CRL has to be of the one that signed the certificate.
        signers, is_only = self._signers(found), len(self._cas.get(found.issuer, [])) == 1
        if not any(is_only or signed_by(certificate, ca) for ca in signers):
            return "unsigned"
        if id(found) in self._unsupported:
            return "unsupported"
        if not crl.covers(found, certificate):
            return "partial"
        if found.last_update_utc > self._now:
            return "not_yet_valid"
        return "expired" if found.next_update_utc is not None and found.next_update_utc <= self._now else "current"

    def _crl_problem(self, chain: t.Sequence[x509.Certificate]) -> str | None:
        """Return why the CRLs do not say that no certificate below the last one, the trust anchor, is revoked.

        A CRL is expected of every CA if they are required, else of CAs of which there is one, and of every CA if one
        cannot be read.
        """
        for certificate in chain[:-1]:
            state = self.crl_state(certificate)
            if state.problem and (self.requires_crls or state.status != "missing"):
                return state.problem
        return None


def _issued_by(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    return signed_by(certificate, ca) and identifies(certificate, ca)


def _identity(certificate: x509.Certificate) -> bytes:
    """Return name and key: a renewed CA is still the same one."""
    return certificate.subject.public_bytes() + keys.public_der(certificate)


def _may_sign_crls(ca: x509.Certificate) -> bool:
    usage = describe.extension(ca, x509.KeyUsage)
    return usage is None or usage.crl_sign


def _cannot_sign(ca: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str | None:
    """Return why ``ca``, the last of ``chain``, may not sign the certificate before it; None if it may."""
    name = ca.subject.rfc4514_string()
    basic, usage = describe.extension(ca, x509.BasicConstraints), describe.extension(ca, x509.KeyUsage)
    if basic is None or not basic.ca:
        return f"{name} is not marked as a CA."
    if usage is not None and not usage.key_cert_sign:
        return f"{name} may not sign certificates."
    between = sum(item.issuer != item.subject for item in chain[1:-1])
    if basic.path_length is not None and between > basic.path_length:
        return f"{name} allows {basic.path_length} CAs below it, but there are {between}."
    return None
