# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys as PEM: read, and looked at before they are uploaded.

This module is PRIVATE to the collection.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._arguments import files
from .._core.client import load
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object

_SM2_WITH_SM3 = "1.2.156.10197.1.501"


@dataclass(frozen=True)
class Source:
    """The text of an option, or why there is none yet."""

    text: str | None
    problem: str = ""


def source(params: Mapping[str, t.Any], option: str) -> Source:
    """The text given in ``option``, or in the file that ``<option>_path`` names."""
    if params[option] == KNOWN_AFTER_APPLY:
        return Source(None, f"{option} is not known yet.")
    if params[option]:
        return Source(params[option])
    path = params[f"{option}_path"]
    try:
        return Source(files.read(path).content.decode())
    except FileNotFoundError:
        return Source(None, f"{option}_path: {path} does not exist.")
    except files.UnfitFileError as error:
        problem = f"{path} {error}"
    except UnicodeDecodeError:
        problem = f"{path} is not a text file"
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
    raise RefusedError(f"{option}_path: {problem}.", "Give a readable PEM file.")


@dataclass(frozen=True)
class Certificate:
    """The first certificate of a PEM text, and the whole chain."""

    leaf: t.Any  # cryptography.x509.Certificate
    pem: str

    @classmethod
    def parse(cls, text: str, what: str) -> Certificate:
        x509 = load("cryptography", "cryptography.x509")
        encoding = load("cryptography", "cryptography.hazmat.primitives.serialization").Encoding.PEM
        try:
            chain = x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise RefusedError(
                f"{what} holds no certificate that can be read.", "Give PEM: -----BEGIN CERTIFICATE-----."
            ) from None
        for child, parent in itertools.pairwise(chain):
            if child.issuer != parent.subject:
                raise RefusedError(
                    f"{what}: {child.subject.rfc4514_string()} is followed by {parent.subject.rfc4514_string()}, "
                    "which did not issue it.",
                    "Put the server certificate first, and after each certificate the one that issued it.",
                )
        return cls(chain[0], "".join(certificate.public_bytes(encoding).decode() for certificate in chain))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER form, in hexadecimal digits."""
        hashes = load("cryptography", "cryptography.hazmat.primitives.hashes")
        return str(self.leaf.fingerprint(hashes.SHA256()).hex())

    @property
    def public_key_sha256(self) -> str:
        """SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal digits, empty for an SM2 key."""
        serialization = load("cryptography", "cryptography.hazmat.primitives.serialization")
        if self.is_sm2:
            return ""
        encoded = self.leaf.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(encoded).hexdigest()

    @property
    def common_name(self) -> str:
        oid = load("cryptography", "cryptography.x509.oid").NameOID.COMMON_NAME
        return next((str(name.value) for name in self.leaf.subject.get_attributes_for_oid(oid)), "")

    @property
    def is_ca(self) -> bool:
        """Version 1 certificates cannot say so: a self-signed one counts."""
        x509 = load("cryptography", "cryptography.x509")
        try:
            return bool(self.leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
        except x509.ExtensionNotFound:
            return bool(self.leaf.version is x509.Version.v1 and self.leaf.issuer == self.leaf.subject)

    @property
    def is_sm2(self) -> bool:
        """Whether it is signed with SM2 and SM3, or has a key that only those know."""
        unsupported = load("cryptography", "cryptography.exceptions").UnsupportedAlgorithm
        try:
            self.leaf.public_key()
        except (unsupported, ValueError):
            return True
        return bool(self.leaf.signature_algorithm_oid.dotted_string == _SM2_WITH_SM3)

    def unfit(self) -> str:
        """Why the service has no use for the certificate today, or nothing. It knows RSA, ECC and SM2 keys."""
        ed25519 = load("cryptography", "cryptography.hazmat.primitives.asymmetric.ed25519")
        if isinstance(self.leaf.public_key(), ed25519.Ed25519PublicKey):
            return "has an Ed25519 key, which no TLS policy of ALB offers"
        now = datetime.datetime.now(datetime.UTC)
        if self.leaf.not_valid_after_utc < now:
            return f"has expired on {stamp(self.leaf.not_valid_after_utc)}"
        if self.leaf.not_valid_before_utc > now:
            return f"is not valid before {stamp(self.leaf.not_valid_before_utc)}"
        return ""

    def describe(self) -> Object:
        """What the modules return of it."""
        return {
            "common_name": self.common_name,
            "fingerprint_sha256": self.fingerprint,
            "serial_number": format(self.leaf.serial_number, "x"),
            "not_before": stamp(self.leaf.not_valid_before_utc),
            "not_after": stamp(self.leaf.not_valid_after_utc),
        }


def check_key(certificate: Certificate, key: str) -> None:
    """Raise RefusedError unless ``key`` is the unencrypted private key of ``certificate``."""
    serialization = load("cryptography", "cryptography.hazmat.primitives.serialization")
    try:
        public = serialization.load_pem_private_key(key.encode(), None).public_key()
    except TypeError:
        raise RefusedError(
            "The private key is encrypted, and the certificate store takes no passphrase.",
            "Give the key without encryption: openssl pkey -in FILE -out FILE.",
        ) from None
    except ValueError:
        raise RefusedError(
            "The private key cannot be read.",
            "Give it as PEM: openssl pkey -in FILE -out FILE.",
        ) from None
    if public != certificate.leaf.public_key():
        raise RefusedError(
            f"The private key does not belong to the certificate {certificate.common_name!r}.",
            "Give the key with which the certificate was requested.",
        )


def stamp(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_milliseconds(value: t.Any) -> str | None:
    """The API's milliseconds since 1970 as a time stamp."""
    return stamp(datetime.datetime.fromtimestamp(int(value) / 1000, datetime.UTC)) if value else None
