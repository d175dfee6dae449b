# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that are made for one task and kept in memory: such as have to be refused, and the one that shows why.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import typing as t

from .._x509 import times
from .errors import ProbeError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Chain = list["x509.Certificate"]

_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Authority:
    """The CA that the service trusts: ``chain`` is its certificate, and those above it; ``key`` is its own."""

    chain: Chain
    key: t.Any

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]


@dataclasses.dataclass(frozen=True)
class _Recipe:
    issuer: str  # foreign: a name nobody knows; claimed: the name of the real CA; real: the CA itself
    starts: datetime.timedelta = -_HOUR
    ends: datetime.timedelta = _HOUR
    for_servers: bool = False
    intermediate: str = ""  # a CA between, of which is shown: none of it (missing), or another of its name (wrong)


VALID = "valid"
RECIPES = {
    "other_ca": _Recipe("foreign"),
    "foreign_ca": _Recipe("claimed"),
    VALID: _Recipe("real"),
    "expired": _Recipe("real", -2 * _DAY, -_DAY),
    "not_yet_valid": _Recipe("real", _DAY, 2 * _DAY),
    "server_only": _Recipe("real", for_servers=True),
    "missing_intermediate": _Recipe("real", intermediate="missing"),
    "wrong_intermediate": _Recipe("real", intermediate="wrong"),
}
DAMAGED = "damaged"
KINDS = (*RECIPES, DAMAGED)
NEED_AUTHORITY = tuple(kind for kind, recipe in RECIPES.items() if recipe.issuer == "real")
CLAIM_AUTHORITY = tuple(kind for kind, recipe in RECIPES.items() if recipe.issuer == "claimed")


def make(
    kind: str, right: Chain | None, claimed: x509.Name | None, authority: Authority | None
) -> tuple[Chain, ec.EllipticCurvePrivateKey]:
    """A client certificate of this recipe, with the CAs that belong to it, and its key.

    ``claimed`` is the name of the CA of the right clients. With ``right``, the chain of such a client, a certificate of
    the real CA is for the same person: it differs in what the recipe says, and in nothing that a server could go by.
    """
    recipe = RECIPES[kind]
    key = _key()
    subject, names = _person(right) if recipe.issuer == "real" else (None, [])
    subject = subject or _name(f"{kind.replace('_', '-')}-client")
    usage = ExtendedKeyUsageOID.SERVER_AUTH if recipe.for_servers else ExtendedKeyUsageOID.CLIENT_AUTH
    more = [(x509.ExtendedKeyUsage([usage]), False), *((each, False) for each in names)]

    def leaf(issuer: x509.Name, signer: t.Any) -> x509.Certificate:
        return _signed(subject, key, issuer, signer, recipe, [(x509.BasicConstraints(False, None), True), *more])

    if recipe.issuer != "real":
        issuer = claimed if recipe.issuer == "claimed" and claimed else _name("Foreign CA")
        return [leaf(issuer, _key())], key
    if authority is None:
        raise ProbeError(
            f"To make a certificate that is {kind}, the CA has to sign it: set ca_certificate_path and "
            "ca_private_key_path of made_by, or leave this identity out."
        )
    above = lineage(authority.certificate, [*authority.chain[1:], *(right or [])])
    issuer = authority.certificate.subject
    if not recipe.intermediate:
        return [leaf(issuer, authority.key), *above], key
    between, ca = _name("Intermediate CA"), [(x509.BasicConstraints(True, 0), True)]
    signed = leaf(between, _key())  # of an intermediate CA that nobody gets to see
    if recipe.intermediate == "missing":
        return [signed, *above], key
    return [signed, _signed(between, _key(), issuer, authority.key, _Recipe("real"), ca), *above], key


def damaged(certificate: x509.Certificate) -> x509.Certificate:
    """The same with one bit of its signature changed. It is at the end (RFC 5280, 4.1)."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))


def lineage(certificate: x509.Certificate, pool: t.Iterable[x509.Certificate]) -> Chain:
    """``certificate`` and those of ``pool`` that lead on from it. A root is left out: who trusts it has it."""
    found, left = [certificate], list(pool)
    while issuer := next((each for each in left if issued_by(found[-1], each)), None):
        left.remove(issuer)
        found.append(issuer)
    return [each for each in found if not issued_by(each, each)]


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the signature is that of ``issuer``."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, exceptions.InvalidSignature, exceptions.UnsupportedAlgorithm):
        return False
    return True


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _person(right: Chain | None) -> tuple[x509.Name | None, list[x509.ExtensionType]]:
    """Subject and other names of a client, as far as they can be read."""
    names: list[x509.ExtensionType] = []
    if right is None:
        return None, names
    with contextlib.suppress(ValueError):
        names += [each.value for each in right[0].extensions if isinstance(each.value, x509.SubjectAlternativeName)]
        return right[0].subject, names
    return None, []


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signer: t.Any,
    recipe: _Recipe,
    extensions: t.Iterable[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = times.now()
    # No authority key identifier: the server is to find its own CA by the name, and then that the signature is not its.
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + recipe.starts)
        .not_valid_after(now + recipe.ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    ed = type(signer).__name__.startswith("Ed")
    return builder.sign(signer, None if ed else hashes.SHA256())
