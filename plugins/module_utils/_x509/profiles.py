# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The purpose of a certificate, and the extensions that state it (RFC 5280, 4.2.1). Private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass

from . import describe
from .package import rsa, x509

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_SERVER_AUTH, _CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"


@dataclass(frozen=True)
class Profile:
    """A purpose as extensions.

    ``rsa_usage``: key usages that are added for RSA keys. Up to TLS 1.2 a client may encrypt a secret with them (RFC
    5246, 7.4.7.1). ``path_length``: the number of CAs allowed below this one, None for any number.
    """

    name: str
    ca: bool
    usage: frozenset[str]
    rsa_usage: frozenset[str] = frozenset()
    extended_usage: tuple[str, ...] = ()
    path_length: int | None = None
    constraints: x509.NameConstraints | None = None


# Without a path length, so that a root can cross-sign its successor. Without an extended key usage: in a CA it would
# restrict all certificates below.
ROOT = Profile("root", ca=True, usage=frozenset({"key_cert_sign", "crl_sign"}))
SUBORDINATE = dataclasses.replace(ROOT, name="subordinate")
CROSS = dataclasses.replace(ROOT, name="cross")
SERVER = Profile(
    "server",
    ca=False,
    usage=frozenset({"digital_signature"}),
    rsa_usage=frozenset({"key_encipherment"}),
    extended_usage=(_SERVER_AUTH,),
)
CLIENT = Profile("client", ca=False, usage=frozenset({"digital_signature"}), extended_usage=(_CLIENT_AUTH,))
_BY_NAME = {profile.name: profile for profile in (ROOT, SUBORDINATE, SERVER, CLIENT)}


def name_of(certificate: x509.Certificate) -> str:
    """Return the name of the profile that ``certificate`` has, read from its extensions. client is the default."""
    basic = describe.extension(certificate, x509.BasicConstraints)
    if basic and basic.ca:
        return "root" if certificate.issuer == certificate.subject else "subordinate"
    usages = describe.extension(certificate, x509.ExtendedKeyUsage)
    return "server" if usages and x509.ObjectIdentifier(_SERVER_AUTH) in usages else "client"


def of(certificate: x509.Certificate) -> Profile:
    """Return the profile of ``certificate``, for a CA with its own path length and name constraints."""
    profile = _BY_NAME[name_of(certificate)]
    basic = describe.extension(certificate, x509.BasicConstraints)
    if not profile.ca or basic is None:
        return profile
    constraints = describe.extension(certificate, x509.NameConstraints)
    return dataclasses.replace(profile, path_length=basic.path_length, constraints=constraints)


def extensions(
    profile: Profile,
    public_key: t.Any,
    issuer: x509.Certificate | None,
    names: t.Sequence[x509.GeneralName],
    own_identifier: bytes | None = None,
) -> list[tuple[x509.ExtensionType, bool]]:
    """Return each extension and whether it is critical; ``issuer`` is None for a self-signed certificate.

    ``own_identifier``: the subject key identifier, computed from ``public_key`` if it is None.
    """
    usage = profile.usage | (profile.rsa_usage if isinstance(public_key, rsa.RSAPublicKey) else frozenset())
    wanted: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=profile.ca, path_length=profile.path_length), True),
        (x509.KeyUsage(**{name: name in usage for name in _USAGES}), True),
    ]
    if profile.extended_usage:
        wanted.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in profile.extended_usage]), False))
    own = x509.SubjectKeyIdentifier(own_identifier) if own_identifier else None
    wanted.append((own or x509.SubjectKeyIdentifier.from_public_key(public_key), False))
    if issuer is None and own:
        wanted.append((x509.AuthorityKeyIdentifier(own.digest, None, None), False))
    else:
        wanted.append((authority_identifier(public_key, issuer), False))
    if profile.constraints:
        wanted.append((profile.constraints, True))
    if names:
        wanted.append((x509.SubjectAlternativeName(names), False))
    return wanted


def authority_identifier(public_key: t.Any, issuer: x509.Certificate | None) -> x509.AuthorityKeyIdentifier:
    """Return the authority key identifier for what ``issuer`` signs; None: it is self-signed with ``public_key``."""
    identifier = key_identifier(issuer) if issuer else None
    if identifier:
        return x509.AuthorityKeyIdentifier(identifier, None, None)
    signer: t.Any = issuer.public_key() if issuer else public_key
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    """Return the subject key identifier that ``certificate`` states: CAs made elsewhere compute it in other ways."""
    identifier = describe.extension(certificate, x509.SubjectKeyIdentifier)
    return identifier.digest if identifier else None
