# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate is for, as the extensions that say so (RFC 5280, 4.2.1). Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa

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


@dataclasses.dataclass(frozen=True)
class Profile:
    """``rsa_usage`` is added for RSA keys: only they can carry a key encrypted for them (RFC 8446 no longer does).

    ``path_length``: how many CAs may stand between this one and a leaf, None for any number.
    """

    name: str
    ca: bool
    usage: frozenset[str]
    rsa_usage: frozenset[str] = frozenset()
    extended_usage: tuple[str, ...] = ()
    path_length: int | None = None
    constraints: x509.NameConstraints | None = None


# Without a path length a root may cross-sign its successor. An extended usage in a CA would bind all that it signs.
ROOT = Profile("root", ca=True, usage=frozenset({"key_cert_sign", "crl_sign"}))
SUBORDINATE = dataclasses.replace(ROOT, name="subordinate")
CROSS = dataclasses.replace(ROOT, name="cross")
SERVER = Profile(
    "server",
    ca=False,
    usage=frozenset({"digital_signature"}),
    rsa_usage=frozenset({"key_encipherment"}),
    extended_usage=("1.3.6.1.5.5.7.3.1",),  # serverAuth
)
CLIENT = Profile(
    "client",
    ca=False,
    usage=frozenset({"digital_signature"}),
    extended_usage=("1.3.6.1.5.5.7.3.2",),  # clientAuth
)


def extensions(
    profile: Profile,
    public_key: t.Any,
    issuer: x509.Certificate | None,
    names: t.Sequence[x509.GeneralName],
) -> list[tuple[x509.ExtensionType, bool]]:
    """Each extension and whether it is critical; ``issuer`` is None for a certificate that signs itself."""
    usage = profile.usage | (profile.rsa_usage if isinstance(public_key, rsa.RSAPublicKey) else frozenset())
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=profile.ca, path_length=profile.path_length), True),
        (x509.KeyUsage(**{each: each in usage for each in _USAGES}), True),
    ]
    if profile.extended_usage:
        found.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(o) for o in profile.extended_usage]), False))
    found.append((x509.SubjectKeyIdentifier.from_public_key(public_key), False))
    found.append((authority_identifier(public_key, issuer), False))
    if profile.constraints:
        found.append((profile.constraints, True))
    if names:
        found.append((x509.SubjectAlternativeName(names), False))
    return found


def authority_identifier(public_key: t.Any, issuer: x509.Certificate | None) -> x509.AuthorityKeyIdentifier:
    identifier = key_identifier(issuer) if issuer else None
    if identifier:
        return x509.AuthorityKeyIdentifier(identifier, None, None)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key() if issuer else public_key)  # type: ignore[arg-type]


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    """The subject key identifier as it stands in ``certificate``: a CA made elsewhere may compute its own."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None
