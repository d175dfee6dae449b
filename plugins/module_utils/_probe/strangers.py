# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that have to be refused, made for one task and kept in memory. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import typing as t

from .._pki import values
from .errors import ProbeError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Authority:
    """The CA that the service trusts."""

    certificate: x509.Certificate
    key: t.Any


@dataclasses.dataclass(frozen=True)
class _Recipe:
    issuer: str  # foreign: a name nobody knows; claimed: the name of the real CA; real: the CA itself
    starts: datetime.timedelta
    ends: datetime.timedelta
    for_servers: bool = False


RECIPES = {
    "other_ca": _Recipe("foreign", -_HOUR, _HOUR),
    "foreign_ca": _Recipe("claimed", -_HOUR, _HOUR),
    "expired": _Recipe("real", -2 * _DAY, -_DAY),
    "not_yet_valid": _Recipe("real", _DAY, 2 * _DAY),
    "server_only": _Recipe("real", -_HOUR, _HOUR, for_servers=True),
}
DAMAGED = "damaged"
KINDS = (*RECIPES, DAMAGED)
NEED_AUTHORITY = tuple(kind for kind, recipe in RECIPES.items() if recipe.issuer == "real")


def make(
    kind: str, claimed: x509.Name | None, authority: Authority | None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A client certificate of this recipe and its key. ``claimed`` is the name of the CA of the right clients."""
    recipe = RECIPES[kind]
    key = ec.generate_private_key(ec.SECP256R1())
    foreign = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Foreign CA")])
    issuer, signer = (claimed or foreign) if recipe.issuer == "claimed" else foreign, None
    if recipe.issuer == "real":
        if authority is None:
            raise ProbeError(
                f"To make a certificate that is {kind}, the CA has to sign it: set ca_certificate_path and "
                "ca_private_key_path of made_by, or leave this identity out."
            )
        issuer, signer = authority.certificate.subject, authority.key
    now = values.now()
    usage = ExtendedKeyUsageOID.SERVER_AUTH if recipe.for_servers else ExtendedKeyUsageOID.CLIENT_AUTH
    # No authority key identifier: the server is to find its own CA by the name, and then that the signature is not its.
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{kind.replace('_', '-')}-client")]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + recipe.starts)
        .not_valid_after(now + recipe.ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    signer = signer or ec.generate_private_key(ec.SECP256R1())
    ed = type(signer).__name__.startswith("Ed")
    return builder.sign(signer, None if ed else hashes.SHA256()), key


def damaged(certificate: x509.Certificate) -> x509.Certificate:
    """The same with one bit of its signature changed. It is at the end (RFC 5280, 4.1)."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))
