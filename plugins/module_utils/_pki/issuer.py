# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA as issuer: its certificate, its chain and its signing key. Private to this collection."""

from __future__ import annotations

import datetime
import functools
import typing as t

from .._x509 import build, describe, keys, names, parse, profiles, times, verification
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from .storage import files
from .storage.location import Location

_RENEW = "Run the module alicloud.mtls.ca on it: it renews the certificate and keeps the key."


class Issuer:
    """A CA that can sign. Its private key is read only when something is signed."""

    def __init__(
        self,
        certificate: x509.Certificate,
        signing_key: t.Callable[[], keys.PrivateKey],
        chain: tuple[x509.Certificate, ...] = (),
        is_stand_in: bool = False,
    ) -> None:
        """``chain``: what follows a certificate of this CA, by default its own certificate.

        ``is_stand_in``: whether it exists in memory only, see ``load_or_stand_in``.
        """
        self.certificate = certificate
        self.is_stand_in = is_stand_in
        self.signing_key = functools.cache(signing_key)
        self.chain = chain or (certificate,)

    @classmethod
    def load(cls, location: Location) -> Issuer | None:
        """Return the CA in ``location``, None without a certificate. Raises CertificateError for an unreadable one."""
        pem = files.read(location.certificate_path)
        if pem is None:
            return None
        try:
            certificate = parse.certificate(pem)
        except UnreadableError as error:
            raise CertificateError(
                f"{location.certificate_path} cannot be read: {error}.",
                "Put the right certificate back.",
                "ca_unreadable",
            ) from None
        return cls(certificate, functools.partial(_signing_key, location, certificate), _chain(location, certificate))

    @classmethod
    def load_or_stand_in(cls, location: Location, write: bool, lifetime: datetime.timedelta) -> Issuer:
        """Return the CA in ``location``; for a check run that precedes the first real one a CA in memory.

        ``lifetime``: how long the stand-in is valid at least. Raises CertificateError (``ca_missing``).
        """
        issuer = cls.load(location)
        if issuer:
            return issuer
        if write:
            raise CertificateError(
                f"There is no CA in {location.directory}: {location.certificate_path} does not exist.",
                "Make it first, with the module alicloud.mtls.ca.",
                "ca_missing",
            )
        key = keys.generate(keys.KeySpec("ecdsa"))
        name = names.subject({"common_name": "(known after apply)"})
        now = times.now()
        validity = (now - build.BACKDATE, times.end(now, lifetime))
        certificate = build.certificate(profiles.ROOT, name, key.public_key(), (), validity, None, key)
        return cls(certificate, lambda: key, is_stand_in=True)

    @property
    def path_length(self) -> int | None:
        """The number of CAs allowed below this one, None for any number."""
        basic = describe.extension(self.certificate, x509.BasicConstraints)
        return basic.path_length if basic else None

    def check_can_issue(self, location: Location, now: datetime.datetime) -> None:
        """Raise CertificateError for whatever would make new certificates worthless."""
        path = location.certificate_path
        basic = describe.extension(self.certificate, x509.BasicConstraints)
        if basic is None or not basic.ca:
            raise CertificateError(f"{path} is not marked as a CA (X.509 v3).", _RENEW, "not_a_ca")
        if self.certificate.not_valid_before_utc > now:
            start = times.iso(self.certificate.not_valid_before_utc)
            raise CertificateError(
                f"{path} is valid from {start} on, but here it is {times.iso(now)}.",
                f"Set the clock. If the clock is right, it was wrong when the CA was made: {_RENEW}",
                "ca_not_yet_valid",
            )
        if self.certificate.not_valid_after_utc <= now:
            raise CertificateError(f"{path} has expired.", _RENEW, "ca_expired")
        self.signing_key()

    def signed(self, certificate: x509.Certificate) -> bool:
        """Return whether this CA has signed ``certificate``."""
        return verification.signed_by(certificate, self.certificate)


def _chain(location: Location, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
    """Return the chain in its file if that begins with this CA and is valid, else the certificate alone."""
    pem = files.read(location.chain_path)
    if pem is None:
        return (certificate,)
    try:
        found = parse.certificates(pem)
    except UnreadableError as error:
        raise CertificateError(
            f"{location.chain_path} cannot be read: {error}.",
            "Run the module alicloud.mtls.ca on the CA as before: it makes the file again.",
            "chain_unreadable",
        ) from None
    first = found[0]
    same_ca = first.subject == certificate.subject and keys.same_key(first, certificate)
    return tuple(found) if same_ca and first.not_valid_after_utc > times.now() else (certificate,)


def _signing_key(location: Location, certificate: x509.Certificate) -> keys.PrivateKey:
    pem = files.read(location.key_path)
    if pem is None:
        raise CertificateError(
            f"The CA's private key {location.key_path} is missing: nothing can be issued.",
            "Put it back where it was.",
            "key_missing",
        )
    try:
        key = keys.load(pem, location.passphrase)
    except UnreadableError as error:
        raise CertificateError(
            f"The CA's private key {location.key_path} cannot be used: {error}.",
            "Check ca_passphrase.",
            "key_unreadable",
        ) from None
    if not keys.same_key(key, certificate):
        raise CertificateError(
            f"{location.key_path} is not the key of {location.certificate_path}.",
            "Put the right key back.",
            "key_mismatch",
        )
    return key
