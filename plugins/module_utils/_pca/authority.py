# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private CA: which one is meant, whether it can issue, and how users see it. Private to this collection."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._cas.pem import Certificate, from_milliseconds
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import Object
from .._x509 import build, times, verification
from .._x509.package import x509
from . import api

_CONSOLE = "in the console of the Certificate Management Service, under Private Certificates"
_KINDS = {"ROOT": "root", "SUB_ROOT": "sub"}


@dataclass(frozen=True)
class PrivateCa:
    """A CA of the account.

    Attributes:
        facts: what DescribeCACertificate says of it.
        certificate: its certificate (cryptography.x509.Certificate).
        chain: its certificate, and those above it as far as they are known, the root last.
        instance: what GetCAInstanceStatus says of its purchase, or None.
    """

    facts: Params
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    instance: Params | None = None

    @property
    def identifier(self) -> str:
        return str(self.facts["Identifier"])

    @property
    def label(self) -> str:
        """The name and the identifier, for messages."""
        return f"the private CA {self.facts.get('CommonName')!r} ({self.identifier})"

    @property
    def family(self) -> str:
        """RSA, ECC or SM2: that of all keys below it."""
        return str(self.facts.get("Algorithm") or "").partition("_")[0].upper()

    @property
    def left(self) -> int:
        """How many certificates it can still issue."""
        return int(self.facts.get("CertRemainingCount") or 0)

    @property
    def has_crl(self) -> bool:
        return bool(self.facts.get("CrlUrl")) or str(self.facts.get("CrlStatus") or "").upper() == "ACTIVE"

    @property
    def longest(self) -> datetime.timedelta | None:
        """The longest that a certificate of it may be valid (CertMaxTime), None when nothing is said."""
        days = int(self.facts.get("CertMaxTime") or 0)
        return datetime.timedelta(days=days) if days else None

    def check_can_issue(self, number: int, now: datetime.datetime) -> None:
        """Raise RefusedError unless the CA can issue ``number`` certificates now."""
        subject = self.label[0].upper() + self.label[1:]
        if self.facts.get("CertificateType") == "ROOT":
            raise RefusedError(
                f"{subject} is a root CA, and only sub CAs issue certificates.",
                "Name a sub CA; alicloud.mtls.pca_ca_info lists them.",
            )
        if api.status(self.facts) != api.ISSUED:
            raise RefusedError(
                f"{subject} has the status {self.facts.get('Status')}: it issues nothing.",
                f"Take another sub CA, or enable one {_CONSOLE}.",
            )
        end = self.certificate.not_valid_after_utc
        if end <= now:
            raise RefusedError(
                f"{subject} has expired at {times.iso(end)}.", f"Buy and enable another sub CA {_CONSOLE}."
            )
        until = int((self.instance or {}).get("UseExpireTime") or 0)
        if until and until <= now.timestamp() * 1000:
            raise RefusedError(
                f"The subscription of {self.label} has ended at {from_milliseconds(until)}.", f"Renew it {_CONSOLE}."
            )
        if self.left < number:
            raise RefusedError(
                f"{subject} has {self.left} certificates left, and {number} are needed.",
                f"Assign more certificates to it {_CONSOLE}, or with alicloud.mtls.pca_ca; more are bought there too.",
            )

    def describe(self) -> Object:
        """Return what the modules show of it."""
        facts, instance = self.facts, self.instance or {}
        return {
            **Certificate.parse(facts["X509Certificate"], self.label).describe(),
            "ca_id": self.identifier,
            "parent_id": facts.get("ParentIdentifier") or None,
            "type": _KINDS.get(str(facts.get("CertificateType")), str(facts.get("CertificateType") or "").lower()),
            "status": api.status(facts).lower(),
            "algorithm": facts.get("FullAlgorithm") or facts.get("Algorithm"),
            "certificate": pem(self.certificate),
            "chain": "".join(map(pem, self.chain)),
            "certificates_bought": facts.get("CertTotalCount"),
            "certificates_issued": facts.get("CertIssuedCount"),
            "certificates_left": facts.get("CertRemainingCount"),
            "longest_validity_days": facts.get("CertMaxTime"),
            "crl_enabled": self.has_crl,
            "crl_url": facts.get("CrlUrl") or None,
            "crl_days": facts.get("CrlDay"),
            "instance_id": instance.get("InstanceId"),
            "instance_status": api.status(instance).lower() or None,
            "subscription_end": from_milliseconds(instance.get("UseExpireTime")),
        }


def pem(certificate: x509.Certificate) -> str:
    """Return a certificate in PEM."""
    return build.pem(certificate).decode()


def read(session: Session, identifier: str) -> PrivateCa | None:
    """Return the CA with this identifier and its purchase, or None."""
    facts = api.ca(session, identifier)
    if facts is None or not facts.get("X509Certificate"):
        return None
    certificate = Certificate.parse(facts["X509Certificate"], identifier).leaf
    return PrivateCa(facts, certificate, _chain(session, certificate, facts), api.instance(session, identifier))


def chosen(session: Session, params: Mapping[str, t.Any], kind: str = "subRoot", prefix: str = "ca_") -> PrivateCa:
    """Return the CA that ``ca_id`` and ``ca_name`` mean; ``kind`` as in CertType, for a name.

    ``prefix``: that of the options under which the user has given them.

    Raises RefusedError when there is none, and when several have the name.
    """
    identifier, name = params["ca_id"], params["ca_name"]
    if not identifier:
        found = [item for item in api.cas(session, CertType=kind) if item.get("CommonName") == name]
        current = [item for item in found if api.status(item) == api.ISSUED] or found
        if len(current) > 1:
            listed = ", ".join(str(item["Identifier"]) for item in current)
            raise RefusedError(
                f"{prefix}name: {len(current)} private CAs are called {name!r}: {listed}.",
                f"Say which one with {prefix}id.",
            )
        identifier = str(current[0]["Identifier"]) if current else ""
    ca = read(session, identifier) if identifier else None
    if ca is None:
        given = f"{prefix}id {identifier!r}" if identifier else f"{prefix}name {name!r}"
        raise RefusedError(
            f"{given}: the account has no such private CA in this region.",
            f"Check {given.partition(' ')[0]} and region. A CA is bought and enabled {_CONSOLE}; "
            "alicloud.mtls.pca_ca_info lists those that are there.",
        )
    return ca


def _chain(session: Session, certificate: x509.Certificate, facts: Params) -> tuple[x509.Certificate, ...]:
    """Return the CA and what is above it, as far as the service says it.

    In which order CaCertChain has its certificates, and whether that of the CA is among them, is not documented: they
    are put in order by their signatures.
    """
    pool = _certificates(facts.get("CaCertChain"))
    chain, parent = [certificate], facts.get("ParentIdentifier")
    while not verification.signed_by(chain[-1], chain[-1]):
        above = next((item for item in pool if item != chain[-1] and verification.signed_by(chain[-1], item)), None)
        if above is None and parent:
            upper = api.ca(session, str(parent)) or {}
            pool += _certificates(upper.get("X509Certificate"))
            parent = upper.get("ParentIdentifier")
            continue
        if above is None or above in chain:
            break
        chain.append(above)
    return tuple(chain)


def _certificates(text: t.Any) -> list[x509.Certificate]:
    try:
        return list(x509.load_pem_x509_certificates(str(text or "").encode()))
    except ValueError:
        return []
