# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: what kind, made, loaded, written down. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .errors import PkiError, UnreadableError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

if t.TYPE_CHECKING:
    PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

LONGEST_RSA = 8192
CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclasses.dataclass(frozen=True)
class KeySpec:
    """``type`` is rsa, ecdsa or ed25519; ``size`` (bits) is read for rsa, ``curve`` for ecdsa."""

    type: str
    size: int = 4096
    curve: str = "secp256r1"

    def __post_init__(self) -> None:
        if self.type == "rsa" and not 2048 <= self.size <= LONGEST_RSA:
            raise PkiError("invalid_key", f"key_size {self.size}: an RSA key has 2048 to {LONGEST_RSA} bits.")

    def __str__(self) -> str:
        return {"rsa": f"RSA {self.size}", "ecdsa": f"ECDSA {self.curve}"}.get(self.type, "Ed25519")


def generate(spec: KeySpec) -> PrivateKey:
    if spec.type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=spec.size)
    if spec.type == "ecdsa":
        curves: dict[str, type[ec.EllipticCurve]] = {
            "secp256r1": ec.SECP256R1,
            "secp384r1": ec.SECP384R1,
            "secp521r1": ec.SECP521R1,
        }
        return ec.generate_private_key(curves[spec.curve]())
    return ed25519.Ed25519PrivateKey.generate()


def load(pem: bytes, passphrase: bytes | None) -> PrivateKey:
    """Raises UnreadableError. The passphrase is ignored when the key is not encrypted; see ``encrypted``.

    The costly check of an RSA key's numbers is left out (0.2 s for 4096 bits): that the key fits its certificate
    is compared elsewhere, and each signature made is verified.
    """
    secret = passphrase if encrypted(pem) else None
    try:
        key = serialization.load_pem_private_key(pem, secret, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        raise UnreadableError("it is encrypted and no passphrase was given") from None
    except Exception:
        # As in parse.py: the package has many ways to say so.
        why = "the passphrase is wrong" if secret else "it is no private key in PEM form"
        raise UnreadableError(why) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise UnreadableError("it is neither an RSA, an ECDSA nor an Ed25519 key")
    try:
        fingerprint(key.public_key())
    except Exception:
        raise UnreadableError("its numbers do not make a key") from None
    return key


def encrypted(pem: bytes) -> bool:
    return b"ENCRYPTED" in pem


def dump(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """PEM. Not encrypted, RSA and EC keys take their traditional form: load balancers of Alibaba Cloud ask for it.

    Source: https://www.alibabacloud.com/help/en/slb/classic-load-balancer/user-guide/certificate-requirements
    """
    traditional = passphrase is None and not isinstance(key, ed25519.Ed25519PrivateKey)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption(),
    )


def spec_of(public_key: t.Any) -> KeySpec | None:
    """None for a kind of key that this collection does not make."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return KeySpec("rsa", public_key.key_size) if 2048 <= public_key.key_size <= LONGEST_RSA else None
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return KeySpec("ecdsa", curve=public_key.curve.name)
    return KeySpec("ed25519") if isinstance(public_key, ed25519.Ed25519PublicKey) else None


def same_kind(wanted: KeySpec, public_key: t.Any) -> bool:
    return str(wanted) == str(spec_of(public_key))


def fingerprint(public_key: t.Any) -> bytes:
    """The encoded public key: two keys are the same when these are."""
    encoded: bytes = public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def signing_hash(key: PrivateKey) -> hashes.SHA256 | None:
    """Ed25519 brings its own (RFC 8410)."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
