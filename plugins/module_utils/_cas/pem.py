# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and keys as PEM, read and checked before they are uploaded. Private to this collection."""

from __future__ import annotations

import datetime
import itertools
import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._arguments import encodings, files
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object
from .._x509 import build, describe, keys, names, numbers, package, times, verification
from .._x509.errors import UnreadableError
from .._x509.package import exceptions, x509

_SM2_WITH_SM3 = "1.2.156.10197.1.501"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")


@dataclass(frozen=True)
class Source:
    """The text of an option; None with the ``problem`` if there is none yet."""

    text: str | None
    problem: str = ""


def source(params: Mapping[str, t.Any], option: str) -> Source:
    """Return the text given in ``option``, or in the file that ``<option>_path`` names.

    A byte order mark decides about the encoding. Raises RefusedError for a file that is no text or cannot be read.
    """
    if params[option] == KNOWN_AFTER_APPLY:
        return Source(None, f"{option} is not known yet.")
    if params[option]:
        return Source(params[option])
    path = params[f"{option}_path"]
    try:
        return Source(encodings.to_utf8(files.read(path).content).decode())
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
    """A certificate, with the CAs above it as far as they are given.

    Attributes:
        leaf: the certificate that no other of the text follows from.
        pem: the whole chain, ``leaf`` first, in one form: what the text has beside the certificates, its line ends and
            its blanks are not in it. These octets are uploaded.
        common_name: the first common name of ``leaf``, empty if it has none.
        fingerprint: SHA-256 of the DER form of ``leaf`` in hexadecimal.
        public_key_sha256: that of the SubjectPublicKeyInfo, empty for a key of a kind that the package cryptography
            does not know, such as SM2.
    """

    leaf: x509.Certificate
    pem: str
    common_name: str
    fingerprint: str
    public_key_sha256: str

    @classmethod
    def parse(cls, text: str, what: str) -> Certificate:
        """Return the certificate in ``text``. Raises RefusedError, whose message begins with ``what``.

        Certificates in another order are put in order, and copies are left out. Those that are no chain are refused:
        nothing says then which one is meant.
        """
        package.check()
        try:
            given = x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise RefusedError(
                f"{what} holds no certificate that can be read.", "Give PEM: -----BEGIN CERTIFICATE-----."
            ) from None
        return cls._of(_in_order(list(dict.fromkeys(given)), what))

    @classmethod
    def stored(cls, text: str, what: str) -> Certificate:
        """Return the certificate that the service has as ``text``: the first one, whatever follows it.

        Raises RefusedError, whose message begins with ``what``.
        """
        try:
            return cls.parse(text, what)
        except RefusedError:
            first = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
            return cls.parse(first[0] if first else "", what)

    @classmethod
    def _of(cls, chain: list[x509.Certificate]) -> Certificate:
        leaf = chain[0]
        return cls(
            leaf,
            build.pem(*chain).decode(),
            names.common_name(leaf.subject) or "",
            describe.fingerprint_sha256(leaf),
            describe.public_key_sha256(leaf) if _has_known_key(leaf) else "",
        )

    @property
    def is_ca(self) -> bool:
        """Whether it is marked as a CA. Version 1 certificates have no such mark: a self-signed one counts."""
        basic = describe.extension(self.leaf, x509.BasicConstraints)
        if basic is None:
            return bool(self.leaf.version is x509.Version.v1 and self.leaf.issuer == self.leaf.subject)
        return basic.ca

    @property
    def is_sm2(self) -> bool:
        """Whether it is signed with SM2 and SM3, or has a key of that kind."""
        if not self.public_key_sha256:
            return True
        return bool(self.leaf.signature_algorithm_oid.dotted_string == _SM2_WITH_SM3)

    def unfit(self) -> str:
        """Return why the service has no use for the certificate today, or nothing. It knows RSA, ECC and SM2 keys."""
        spec = keys.spec_of(self.leaf.public_key()) if self.public_key_sha256 else None
        if spec and spec.type == "ed25519":
            return "has an Ed25519 key, which no TLS policy of ALB offers"
        now = times.now()
        if self.leaf.not_valid_after_utc < now:
            return f"has expired on {times.iso(self.leaf.not_valid_after_utc)}"
        if self.leaf.not_valid_before_utc > now:
            return f"is not valid before {times.iso(self.leaf.not_valid_before_utc)}"
        return ""

    @property
    def host_names(self) -> list[str]:
        """The host names and addresses that it is valid for: alternative names, else the common name (RFC 6125)."""
        alternative = describe.alternative_names(self.leaf)
        found = [str(name.value) for name in alternative if isinstance(name, x509.DNSName | x509.IPAddress)]
        return found or [self.common_name]

    def describe(self) -> Object:
        """Return what the modules say about it."""
        return {
            "common_name": self.common_name,
            "fingerprint_sha256": self.fingerprint,
            "serial_number": numbers.serial_text(self.leaf.serial_number),
            "not_before": times.iso(self.leaf.not_valid_before_utc),
            "not_after": times.iso(self.leaf.not_valid_after_utc),
        }


def _has_known_key(certificate: x509.Certificate) -> bool:
    try:
        certificate.public_key()
    except (exceptions.UnsupportedAlgorithm, ValueError):
        return False
    return True


def _in_order(given: list[x509.Certificate], what: str) -> list[x509.Certificate]:
    """Return ``given`` with the issuer after each certificate. Raises RefusedError if they are no chain."""
    wrong = [(child, parent) for child, parent in itertools.pairwise(given) if not _has_issued(parent, child)]
    if not wrong:
        return given
    heads = [item for item in given if not any(_has_issued(item, other) for other in given if other is not item)]
    chain, left = heads[:1], [item for item in given if item not in heads]
    while len(parents := [item for item in left if _has_issued(item, chain[-1])] if chain else []) == 1:
        chain += parents
        left.remove(parents[0])
    if len(chain) == len(given):
        return chain
    child, parent = wrong[0]
    raise RefusedError(
        f"{what}: {child.subject.rfc4514_string()} is followed by {parent.subject.rfc4514_string()}, "
        "which did not issue it, and in no other order are the certificates one chain.",
        "Give one certificate, and after each certificate the one that issued it.",
    )


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Return whether ``issuer`` has signed ``certificate``; of keys of unknown kinds, whether the names say so."""
    if certificate.issuer != issuer.subject:
        return False
    return not _has_known_key(issuer) or verification.signed_by(certificate, issuer)


def checked_key(certificate: Certificate, key: str) -> str:
    """Return the private key in PEM, in the form that the service asks for.

    Raises RefusedError unless ``key`` is the unencrypted private key of ``certificate``, and no other key.
    """
    if not certificate.public_key_sha256:
        raise RefusedError(
            f"The certificate {certificate.common_name!r} has a key of another kind than RSA and ECDSA, such as SM2.",
            "Issue one with an RSA or ECDSA key.",
        )
    if keys.encrypted(key.encode()):
        raise RefusedError(
            "The private key is encrypted, and the certificate store takes no passphrase.",
            "Give the key without encryption: openssl pkey -in FILE -out FILE.",
        )
    if (count := len(_PRIVATE_KEY.findall(key))) > 1:
        raise RefusedError(
            f"There are {count} private keys where one is expected.", "Give the one of the certificate alone."
        )
    try:
        loaded = keys.load(key.encode(), None, validate=True)
    except UnreadableError:
        raise RefusedError(
            "The private key cannot be read.",
            "Give it as PEM: openssl pkey -in FILE -out FILE.",
        ) from None
    if not keys.same_key(loaded, certificate.leaf):
        raise RefusedError(
            f"The private key does not belong to the certificate {certificate.common_name!r}.",
            "Give the key with which the certificate was requested.",
        )
    return keys.dump(loaded, None).decode()


def from_milliseconds(value: t.Any) -> str | None:
    """Return the API's milliseconds since 1970 as a time stamp."""
    return times.iso(datetime.datetime.fromtimestamp(int(value) / 1000, datetime.UTC)) if value else None
