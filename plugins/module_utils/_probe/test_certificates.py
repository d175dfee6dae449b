# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes client certificates for one task, in memory: invalid ones, and a valid one as their control.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import typing as t
from dataclasses import dataclass

from .._x509 import keys, times
from .._x509.package import ec, serialization, x509
from .._x509.verification import signed_by
from .errors import ProbeError

Chain = list[x509.Certificate]

_HOUR = datetime.timedelta(hours=1)
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """The CA that the service trusts. ``chain`` is its certificate, then the CAs above it; ``key`` its private key."""

    chain: Chain
    key: t.Any

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]


@dataclass(frozen=True)
class _Template:
    """Properties of a certificate that is made. ``starts`` and ``ends`` are relative to now.

    ``issuer`` is ``foreign`` (a CA with an unknown name), ``spoofed`` (an unknown CA with the name of the real one) or
    ``real`` (the CA of :class:`Authority`). ``intermediate`` puts a CA between issuer and client, whose certificate is
    left out of the chain (``missing``), or replaced by one with the same name and another key (``wrong``).
    """

    issuer: str
    starts: datetime.timedelta = -_HOUR
    ends: datetime.timedelta = _HOUR
    for_servers: bool = False
    intermediate: str = ""


VALID = "valid"
TEMPLATES = {
    "other_ca": _Template("foreign"),
    "foreign_ca": _Template("spoofed"),
    VALID: _Template("real"),
    "expired": _Template("real", -2 * _DAY, -_DAY),
    "not_yet_valid": _Template("real", _DAY, 2 * _DAY),
    "server_only": _Template("real", for_servers=True),
    "missing_intermediate": _Template("real", intermediate="missing"),
    "wrong_intermediate": _Template("real", intermediate="wrong"),
}
DAMAGED = "damaged"
KINDS = (*TEMPLATES, DAMAGED)
NEED_AUTHORITY = tuple(kind for kind, template in TEMPLATES.items() if template.issuer == "real")
NEED_CA_NAME = tuple(kind for kind, template in TEMPLATES.items() if template.issuer == "spoofed")


def make(
    kind: str, valid: Chain | None, spoofed: x509.Name | None, authority: Authority | None
) -> tuple[Chain, ec.EllipticCurvePrivateKey]:
    """Make a client certificate of the template ``kind``.

    ``spoofed`` is the name of the real CA, for ``foreign_ca``. ``valid`` is the chain of a valid client: a certificate
    of the real CA takes its subject and alternative names, so that a server can refuse it only for the fault that the
    template gives it.

    Returns its chain, client first, and its private key. Raises ProbeError when ``authority`` is needed and missing.
    """
    template = TEMPLATES[kind]
    key = _key()
    subject, names = _subject_of(valid) if template.issuer == "real" else (None, [])
    subject = subject or _name(f"{kind.replace('_', '-')}-client")
    usage = (
        x509.oid.ExtendedKeyUsageOID.SERVER_AUTH if template.for_servers else x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH
    )
    more = [(x509.ExtendedKeyUsage([usage]), False), *((name, False) for name in names)]

    def client_certificate(issuer: x509.Name, signer: t.Any) -> x509.Certificate:
        return _signed(subject, key, issuer, signer, template, [(x509.BasicConstraints(False, None), True), *more])

    if template.issuer != "real":
        issuer = spoofed if template.issuer == "spoofed" and spoofed else _name("Foreign CA")
        return [client_certificate(issuer, _key())], key
    if authority is None:
        raise ProbeError(
            f"A certificate that is made {kind} needs the signature of the clients' CA, and made_by names none.",
            "Set ca_certificate_path and ca_private_key_path of made_by, or leave this identity out.",
            "ca_key_missing",
        )
    above = lineage(authority.certificate, [*authority.chain[1:], *(valid or [])])
    issuer = authority.certificate.subject
    if not template.intermediate:
        return [client_certificate(issuer, authority.key), *above], key
    between, ca = _name("Intermediate CA"), [(x509.BasicConstraints(True, 0), True)]
    signed = client_certificate(between, _key())  # the key of an intermediate CA whose certificate does not exist
    if template.intermediate == "missing":
        return [signed, *above], key
    return [signed, _signed(between, _key(), issuer, authority.key, _Template("real"), ca), *above], key


def damaged(certificate: x509.Certificate) -> x509.Certificate:
    """Return ``certificate`` with one bit of its signature changed, which is at its end (RFC 5280, 4.1)."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))


def lineage(certificate: x509.Certificate, pool: t.Iterable[x509.Certificate]) -> Chain:
    """Return the chain of ``certificate`` with issuers from ``pool``, without a root: the service has its own."""
    found, left = [certificate], list(pool)
    while issuer := next((item for item in left if signed_by(found[-1], item)), None):
        left.remove(issuer)
        found.append(issuer)
    return [item for item in found if not signed_by(item, item)]


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _subject_of(chain: Chain | None) -> tuple[x509.Name | None, list[x509.ExtensionType]]:
    """Return subject and alternative names of a client; None and an empty list where they cannot be decoded."""
    names: list[x509.ExtensionType] = []
    if chain is None:
        return None, names
    with contextlib.suppress(ValueError):
        names += [
            extension.value
            for extension in chain[0].extensions
            if isinstance(extension.value, x509.SubjectAlternativeName)
        ]
        return chain[0].subject, names
    return None, []


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signer: t.Any,
    template: _Template,
    extensions: t.Iterable[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = times.now()
    # No authority key identifier: the server has to find its CA by the name, and then to notice the wrong signature.
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + template.starts)
        .not_valid_after(now + template.ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, keys.signing_hash(signer))
