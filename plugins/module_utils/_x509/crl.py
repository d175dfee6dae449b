# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate revocation lists (RFC 5280, 5), read and made in memory. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from . import describe, keys, parse, profiles, terms, times
from .errors import CertificateError, UnreadableError
from .package import serialization, x509

OF_END_ENTITIES = "a CRL of end entities alone"
_NAMES = {flag: name for name, flag in terms.REVOCATION_REASONS.items()}
# The DER form of the object identifier of the extension certificateIssuer, 2.5.29.29.
_CERTIFICATE_ISSUER = bytes.fromhex("0603551d1d")
# The DER form of TRUE, which a critical extension has.
_CRITICAL = bytes.fromhex("0101ff")


class State(t.TypedDict):
    """A revocation: its time as text, and its reason, one of terms.REVOCATION_REASONS."""

    revoked: str
    reason: str


def read(pem: bytes) -> x509.CertificateRevocationList | None:
    """Return the CRL in ``pem``, None for anything else."""
    with contextlib.suppress(UnreadableError):
        return parse.crl(pem)
    return None


def signed_by(found: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    """Return whether a CRL has the name and the signature of ``ca``."""
    try:
        key: t.Any = ca.public_key()  # of any kind: an unfit one raises
        return found.issuer == ca.subject and found.is_signature_valid(key)
    except Exception:
        return False  # as in verification.signed_by


def number(found: x509.CertificateRevocationList) -> int | None:
    """Return the CRL number, None for a CRL without one, as easy-rsa and ``openssl ca`` make it."""
    extension = describe.extension(found, x509.CRLNumber)
    return extension.crl_number if extension else None


def part(found: x509.CertificateRevocationList) -> str | None:
    """Return what a CRL is if it does not list all that its CA has revoked, and nothing else; None if it does.

    Source: RFC 5280, 5.2.4 and 5.2.5. A CRL that names only its distribution point is taken for a whole one: nothing in
    it says whether others exist.
    """
    if describe.extension(found, x509.DeltaCRLIndicator):
        return "a delta CRL"
    scope = _scope(found)
    if scope is None:
        return None
    kinds = {
        "an indirect CRL": scope.indirect_crl,
        "a CRL of attribute certificates": scope.only_contains_attribute_certs,
        "a CRL of CAs alone": scope.only_contains_ca_certs,
        OF_END_ENTITIES: scope.only_contains_user_certs,
        "a CRL for some reasons alone": bool(scope.only_some_reasons),
    }
    return next((kind for kind, is_that in kinds.items() if is_that), None)


def is_supported(found: x509.CertificateRevocationList) -> bool:
    """Return whether OpenSSL and Nginx, which do not take indirect CRLs, and RFC 5280, 5.2, let a CRL be used.

    Not one with a critical extension that is unknown here, in the CRL or in one of its entries.
    """
    scope = _scope(found)
    if scope and scope.indirect_crl:
        return False
    # To ask each entry would take long for a large CRL without anything critical.
    return _CRITICAL not in found.tbs_certlist_bytes or not any(
        extension.critical and isinstance(extension.value, x509.UnrecognizedExtension)
        for holder in (found, *found)
        for extension in holder.extensions
    )


def covers(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Return whether a CRL of the certificate's CA would list it for any reason (RFC 5280, 5.2.4, 5.2.5 and 6.3.3).

    A CRL that names its distribution point is one of several, for the certificates that name the same one.
    """
    if describe.extension(found, x509.DeltaCRLIndicator):
        return False
    scope = _scope(found)
    basic = describe.extension(certificate, x509.BasicConstraints)
    if scope:
        others_only = scope.only_contains_user_certs if basic and basic.ca else scope.only_contains_ca_certs
        if others_only or scope.only_contains_attribute_certs or scope.only_some_reasons:
            return False
    own = _point_names(scope, found.issuer) if scope else set[x509.GeneralName]()
    for point in describe.extension(certificate, x509.CRLDistributionPoints) or ():
        issuers = _directory_names(point.crl_issuer or ())
        named = _point_names(point, next(iter(issuers), certificate.issuer))
        if (not issuers or found.issuer in issuers) and (not own or not named or own & named):
            return not point.reasons or point.reasons >= _every_reason()
    return not own


def delegates(certificate: x509.Certificate, issuer: x509.Name) -> bool:
    """Return whether a certificate names ``issuer`` as issuer of its CRL, which is an indirect one then (6.3.3)."""
    points = describe.extension(certificate, x509.CRLDistributionPoints) or ()
    return any(issuer in _directory_names(point.crl_issuer or ()) for point in points)


def _scope(found: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    return describe.extension(found, x509.IssuingDistributionPoint)


def _point_names(
    point: x509.DistributionPoint | x509.IssuingDistributionPoint, issuer: x509.Name
) -> set[x509.GeneralName]:
    """Return the names of a distribution point; a relative one continues the name of ``issuer``."""
    if point.relative_name:
        return {x509.DirectoryName(x509.Name([*issuer.rdns, point.relative_name]))}
    return {*(point.full_name or ())}


def _every_reason() -> set[x509.ReasonFlags]:
    """Return the reasons that a distribution point can name (RFC 5280, 4.2.1.13)."""
    return {*x509.ReasonFlags} - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}


def _directory_names(names: t.Iterable[x509.GeneralName]) -> list[x509.Name]:
    return [name.value for name in names if isinstance(name, x509.DirectoryName)]


def state(entry: x509.RevokedCertificate) -> State | None:
    """Return time and reason of an entry, None for one of a delta CRL that ends a hold."""
    reason = describe.extension(entry, x509.CRLReason)
    if reason and reason.reason == x509.ReasonFlags.remove_from_crl:
        return None
    name = _NAMES.get(reason.reason.value, "unspecified") if reason else "unspecified"
    return {"revoked": times.iso(entry.revocation_date_utc), "reason": name}


def state_of(found: x509.CertificateRevocationList, certificate: x509.Certificate, names_issuers: bool) -> State | None:
    """Return time and reason of the revocation of a certificate, None if the CRL does not list it.

    An entry of an indirect CRL counts for the certificate of the CA that it names, not for others with that number.
    ``names_issuers``: whether the CRL has entries of other CAs, see ``issuers``; then each entry is read.
    """
    # By number a large CRL is searched fast.
    entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return None
    if names_issuers:
        return contents(found, certificate.issuer).get(certificate.serial_number)
    return None if found.issuer != certificate.issuer or _lists_attributes(found) else state(entry)


def _lists_attributes(found: x509.CertificateRevocationList) -> bool:
    """Return whether a CRL is for attribute certificates, which have serial numbers of their own."""
    scope = _scope(found)
    return scope is not None and scope.only_contains_attribute_certs


def contents(found: x509.CertificateRevocationList, issuer: x509.Name | None = None) -> dict[int, State]:
    """Return the revocations of certificates of ``issuer``, by default the issuer of the CRL, by serial number."""
    if _lists_attributes(found):
        return {}
    wanted = found.issuer if issuer is None else issuer
    return {entry.serial_number: known for of, entry in _entries(found) if of == wanted and (known := state(entry))}


def releases(found: x509.CertificateRevocationList) -> set[int]:
    """Return the serial numbers of certificates of the CRL's issuer whose hold ends with a delta CRL."""
    reasons = ((of, entry, describe.extension(entry, x509.CRLReason)) for of, entry in _entries(found))
    ends = x509.ReasonFlags.remove_from_crl
    return {entry.serial_number for of, entry, why in reasons if of == found.issuer and why and why.reason == ends}


def issuers(found: x509.CertificateRevocationList) -> set[x509.Name]:
    """Return the CAs of whose certificates a CRL has entries, without its own issuer."""
    return {of for of, _entry in _entries(found) if of} - {found.issuer} if _names_issuers(found) else set()


def _entries(
    found: x509.CertificateRevocationList,
) -> t.Iterator[tuple[x509.Name | None, x509.RevokedCertificate]]:
    """Yield each entry after the issuer of its certificate.

    It is the CRL's own until an entry names another one, which holds for the entries that follow (RFC 5280, 5.3.3).
    None: an issuer that has no distinguished name.
    """
    of: x509.Name | None = found.issuer
    names_issuers = _names_issuers(found)
    for entry in found:
        named = describe.extension(entry, x509.CertificateIssuer) if names_issuers else None
        if named:
            of = next(iter(_directory_names(named)), None)
        yield of, entry


def _names_issuers(found: x509.CertificateRevocationList) -> bool:
    """Return whether entries may name an issuer. To ask each entry would take long for a large CRL without any."""
    return _CERTIFICATE_ISSUER in found.tbs_certlist_bytes


def make(
    ca: x509.Certificate,
    key: keys.PrivateKey,
    revoked: t.Mapping[int, State],
    crl_number: int,
    validity: tuple[datetime.datetime, datetime.datetime],
) -> x509.CertificateRevocationList:
    """Return a CRL signed with ``key``. Raises CertificateError (``key_mismatch``) if the key is not that of ``ca``."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.subject)
        .last_update(validity[0])
        .next_update(validity[1])
        .add_extension(profiles.authority_identifier(ca.public_key(), ca), critical=False)
        .add_extension(x509.CRLNumber(crl_number), critical=False)
    )
    for serial_number, revocation in revoked.items():
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(serial_number)
            .revocation_date(datetime.datetime.fromisoformat(revocation["revoked"]))
        )
        if revocation["reason"] != "unspecified":  # RFC 5280, 5.3.1: then the extension should be absent
            flag = x509.ReasonFlags(terms.REVOCATION_REASONS[revocation["reason"]])
            entry = entry.add_extension(x509.CRLReason(flag), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    made = builder.sign(key, keys.signing_hash(key))
    if not signed_by(made, ca):
        raise CertificateError(
            "The CA's private key does not belong to its certificate.", "Put the right key back.", "key_mismatch"
        )
    return made


def pem(found: x509.CertificateRevocationList) -> bytes:
    """Return the CRL in PEM form."""
    return found.public_bytes(serialization.Encoding.PEM)


def der(found: x509.CertificateRevocationList) -> bytes:
    """Return the CRL in DER form."""
    return found.public_bytes(serialization.Encoding.DER)
