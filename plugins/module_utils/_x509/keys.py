# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: generated, loaded, written, compared. Private to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import UnreadableError
from .package import ec, ed25519, hashes, rsa, serialization

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

# Bits of an RSA key. Below is not secure (NIST SP 800-57), above takes minutes.
SHORTEST_RSA, LONGEST_RSA = 2048, 8192
# NIST SP 800-56B: 65537 at least.
_SMALLEST_EXPONENT = 65537
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}


class HasPublicKey(t.Protocol):
    """A private key, a certificate or a certificate request."""

    def public_key(self) -> t.Any: ...


@dataclass(frozen=True)
class KeySpec:
    """A kind of key. ``type`` is one of terms.KEY_TYPES; ``size`` (bits) counts for rsa, ``curve`` for ecdsa."""

    type: str
    size: int = 4096
    curve: str = "secp256r1"

    def __str__(self) -> str:
        return {"rsa": f"RSA {self.size}", "ecdsa": f"ECDSA {self.curve}"}.get(self.type, "Ed25519")


def generate(spec: KeySpec) -> PrivateKey:
    """Return a new private key."""
    if spec.type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=spec.size)
    if spec.type == "ecdsa":
        return ec.generate_private_key(_CURVES[spec.curve]())
    return ed25519.Ed25519PrivateKey.generate()


def load(pem: bytes, passphrase: bytes | None, validate: bool = False) -> PrivateKey:
    """Return the private key in ``pem``; ``passphrase`` is ignored for one that is not encrypted.

    ``validate``: whether to check the numbers of an RSA key, which takes 0.2 s for 4096 bits. It is not needed where
    the key is compared with its certificate and each signature made is verified. Raises UnreadableError.
    """
    secret = passphrase if encrypted(pem) else None
    try:
        key = serialization.load_pem_private_key(pem, secret, unsafe_skip_rsa_key_validation=not validate)
    except TypeError:
        raise UnreadableError("it is encrypted and no passphrase was given") from None
    except Exception:
        # As in parse.py: the package reports unreadable input with many exceptions.
        why = "the passphrase is wrong" if secret else "it is no private key in PEM form"
        raise UnreadableError(why) from None
    if not isinstance(key, PrivateKey):
        raise UnreadableError("it is neither an RSA, an ECDSA nor an Ed25519 key")
    try:
        public_der(key)
    except Exception:
        raise UnreadableError("its numbers are invalid") from None
    return key


def encrypted(pem: bytes) -> bool:
    """Return whether a private key in PEM form is encrypted, in the traditional form or in PKCS#8."""
    return b"ENCRYPTED" in pem


def dump(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """Return ``key`` in PEM form, encrypted if there is a passphrase.

    Not encrypted, RSA and EC keys take their traditional form: load balancers of Alibaba Cloud ask for it. Source:
    https://www.alibabacloud.com/help/en/slb/classic-load-balancer/user-guide/certificate-requirements
    """
    traditional = passphrase is None and not isinstance(key, ed25519.Ed25519PrivateKey)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption(),
    )


def spec_of(public_key: t.Any) -> KeySpec | None:
    """Return the kind of ``public_key``, None for a kind that this collection does not make."""
    if isinstance(public_key, rsa.RSAPublicKey):
        fits = SHORTEST_RSA <= public_key.key_size <= LONGEST_RSA
        return KeySpec("rsa", public_key.key_size) if fits else None
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return KeySpec("ecdsa", curve=public_key.curve.name)
    return KeySpec("ed25519") if isinstance(public_key, ed25519.Ed25519PublicKey) else None


def any_spec_of(public_key: t.Any) -> KeySpec | None:
    """Return the kind of ``public_key`` as ``spec_of`` does, but also for an RSA key of any size."""
    return KeySpec("rsa", public_key.key_size) if isinstance(public_key, rsa.RSAPublicKey) else spec_of(public_key)


def weakness(public_key: t.Any) -> str | None:
    """Return why a key of a CA is weak or unusual, as a sentence; None for one that this collection could make."""
    spec = any_spec_of(public_key)
    if spec is None:
        return "It is neither an RSA, an ECDSA nor an Ed25519 key."
    if spec.type == "rsa" and spec.size < SHORTEST_RSA:
        return (
            f"{spec} is not secure (NIST SP 800-57), and OpenSSL in its usual configuration, browsers and load"
            " balancers refuse certificates below such a CA."
        )
    if spec.type == "rsa" and spec.size > LONGEST_RSA:
        return f"{spec} makes each handshake slow, and some programs and load balancers refuse such a key."
    if spec.type == "rsa" and public_key.public_numbers().e < _SMALLEST_EXPONENT:
        exponent = public_key.public_numbers().e
        return f"The exponent {exponent} of the RSA key is unusual (NIST SP 800-56B), and some programs refuse it."
    if spec.type == "ecdsa" and spec.curve not in _CURVES:
        return f"{spec} is a curve that browsers and load balancers do not know."
    return None


def public_der(holder: HasPublicKey) -> bytes:
    """Return the public key of ``holder`` as SubjectPublicKeyInfo in DER form."""
    encoded: bytes = holder.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def same_key(one: HasPublicKey, other: HasPublicKey) -> bool:
    """Return whether two private keys, certificates or requests have the same public key."""
    return public_der(one) == public_der(other)


def signing_hash(key: PrivateKey) -> hashes.SHA256 | None:
    """Return the hash to sign with; None for Ed25519, which has its own (RFC 8410)."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
