# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The case of one certificate, as plain data: what is wanted, what the files hold, what the database says.

``certificate.inspect`` gathers a case, policies.py decides about it. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import typing as t
from dataclasses import dataclass

from .._x509 import build, keys, parse, profiles
from .._x509.errors import UnreadableError
from .._x509.package import pkcs12, x509
from .storage import files
from .storage.database import Entry
from .storage.reader import State


@dataclass(frozen=True)
class Desired:
    """What the user wants of one certificate.

    ``paths``: where its files shall be, by keys of location.ENDINGS; a kind that is missing is not made.
    ``other_paths``: further files that shall have the same owner, and mode files.SECRET.
    ``name``: of the client or server. ``request``: of a client that keeps its private key; then there is no key file.
    ``may_outlive_ca``: whether it may be valid longer than the CA. ``replace_revoked``: whether a new certificate may
    follow a revoked one. ``own_identifier``: the subject key identifier of a CA, computed if it is None. ``exact``:
    whether differences that break nothing are reasons too; see policies.differences.
    """

    profile: profiles.Profile
    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    key: keys.KeySpec
    lifetime: datetime.timedelta
    renew_before: datetime.timedelta
    paths: dict[str, str]
    other_paths: tuple[str, ...] = ()
    name: str = ""
    request: x509.CertificateSigningRequest | None = None
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)
    pkcs12: build.Pkcs12Spec | None = None
    owner: files.Owner = files.UNCHANGED
    may_outlive_ca: bool = False
    replace_revoked: bool = False
    own_identifier: bytes | None = None
    exact: bool = True


@dataclass(frozen=True)
class Current:
    """What the files hold.

    A text in an ``…_error`` field says why an existing file could not be parsed. ``content``: of all files, by kind.
    ``rights``: the first difference in mode or owner, as a clause.
    """

    key: keys.PrivateKey | None = None
    key_error: str | None = None
    key_encrypted: bool = False
    csr: x509.CertificateSigningRequest | None = None
    csr_error: str | None = None
    certificate: x509.Certificate | None = None
    certificate_error: str | None = None
    content: dict[str, bytes] = dataclasses.field(default_factory=dict, repr=False)
    rights: str | None = None


@dataclass(frozen=True)
class History:
    """What the database of the CA says; empty if no database was read.

    ``state``: revocation of the current certificate, None if the database does not know it. ``of_key`` and ``of_file``:
    the entries for the same public key, and for the same certificate file, in the order of issue. ``pkcs12``: SHA-256
    of the PKCS#12 file that was written last, empty if unknown.
    """

    state: State | None = None
    of_key: tuple[Entry, ...] = ()
    of_file: tuple[Entry, ...] = ()
    pkcs12: str = ""


@dataclass(frozen=True)
class Case:
    """Everything that a decision about one certificate needs.

    ``issuer``: the CA, None for a self-signed certificate. ``until``: the end of a certificate that is made now.
    ``upper_chain``: what follows the certificate in its chain if that is not just the issuer.
    """

    desired: Desired
    current: Current
    issuer: x509.Certificate | None
    until: datetime.datetime
    now: datetime.datetime
    upper_chain: tuple[x509.Certificate, ...] | None = None
    history: History = History()

    @property
    def certificate(self) -> x509.Certificate:
        """The current certificate, for policies that need one (Policy.needs)."""
        return t.cast(x509.Certificate, self.current.certificate)

    @property
    def key(self) -> keys.PrivateKey:
        """The current private key, for policies that need one (Policy.needs)."""
        return t.cast(keys.PrivateKey, self.current.key)

    @functools.cached_property
    def opened_pkcs12(self) -> pkcs12.PKCS12KeyAndCertificates | None:
        """The current PKCS#12 file, None if there is none that the passphrase opens."""
        data, spec = self.current.content.get("pkcs12"), self.desired.pkcs12
        with contextlib.suppress(UnreadableError):
            return parse.pkcs12(data, spec.passphrase) if data and spec else None
        return None

    @property
    def key_holder(self) -> keys.HasPublicKey | None:
        """The request or else the private key, to which the certificate belongs; None if there is neither."""
        return self.desired.request or self.current.key

    @property
    def signer(self) -> x509.Certificate:
        """The certificate whose key signs: that of the CA, or the certificate itself."""
        return self.issuer or self.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """What follows the certificate in its chain."""
        if self.upper_chain is not None:
            return self.upper_chain
        return (self.issuer,) if self.issuer else ()


@dataclass(frozen=True)
class Consent:
    """What has to be agreed to before a CA is changed for a reason.

    ``needed``: the least value of the option replace, certificate or key. ``advice``: what else the user can do.
    ``effect``: what becomes of the certificates that the CA has issued.
    """

    needed: str
    advice: str
    effect: str = "the certificates it has issued are then no longer valid."


@dataclass(frozen=True)
class Reason:
    """Why files have to be made again.

    ``replaces``: kinds of artifacts, see policies.py. ``refusal``: the advice of a reason for which nothing is made
    for a client or server, because a file of the user would be lost; empty for others. ``consent``: what a CA needs.
    ``needs_issuer``: whether nothing can be said if the CA is not known.
    """

    code: str
    message: str
    replaces: frozenset[str]
    refusal: str = ""
    consent: Consent | None = None
    needs_issuer: bool = False
