# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, certificates and PKCS#12 files, made in memory. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import typing as t

from . import keys, profiles
from .errors import PkiError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

# A certificate is valid a little before it is made: the clocks of servers and clients differ.
BACKDATE = datetime.timedelta(minutes=5)
# Object identifier of PBES2 (RFC 8018, A.4) in DER: the mark of a PKCS#12 file with modern encryption.
_PBES2 = bytes.fromhex("06092a864886f70d01050d")


@dataclasses.dataclass(frozen=True)
class Pkcs12Spec:
    """``legacy``: 3DES and SHA-1, for programs that cannot read AES (Windows before 1709, Java before 8u301)."""

    name: str
    passphrase: bytes = dataclasses.field(repr=False)
    legacy: bool = False
    # The passphrase was generated and lies in a file beside.
    generated: bool = False


def request(key: keys.PrivateKey, subject: x509.Name, names: t.Sequence[x509.GeneralName]) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, keys.signing_hash(key)).public_bytes(serialization.Encoding.PEM)


def request_pem(request: x509.CertificateSigningRequest) -> bytes:
    return request.public_bytes(serialization.Encoding.PEM)


def passphrase_file(spec: Pkcs12Spec) -> bytes:
    return spec.passphrase + b"\n"


def certificate(
    profile: profiles.Profile,
    subject: x509.Name,
    public_key: t.Any,
    names: t.Sequence[x509.GeneralName],
    validity: tuple[datetime.datetime, datetime.datetime],
    issuer: x509.Certificate | None,
    signing_key: keys.PrivateKey,
) -> x509.Certificate:
    """``issuer`` None: signed by itself. The serial number is random, positive and of 20 octets at most (RFC 5280)."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )
    for extension, critical in profiles.extensions(profile, public_key, issuer, names):
        builder = builder.add_extension(extension, critical)
    made = builder.sign(signing_key, keys.signing_hash(signing_key))
    if not signed_by(made, issuer or made):
        raise PkiError("key_mismatch", "The CA's private key makes signatures that its certificate does not confirm.")
    return made


def signed_by(subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the name and the signature of ``issuer`` are on ``subject``."""
    try:
        subject.verify_directly_issued_by(issuer)
    except Exception:
        # Also for a damaged one, whose algorithms may be of no kind that the package cryptography knows.
        return False
    return True


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def pkcs12_file(
    spec: Pkcs12Spec, key: keys.PrivateKey, leaf: x509.Certificate, chain: t.Sequence[x509.Certificate]
) -> bytes:
    builder = serialization.PrivateFormat.PKCS12.encryption_builder()
    if spec.legacy:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())  # noqa: S303
    else:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(spec.name.encode(), key, leaf, chain, builder.build(spec.passphrase))


def pkcs12_difference(
    spec: Pkcs12Spec,
    data: bytes,
    found: pkcs12.PKCS12KeyAndCertificates | None,
    key: keys.PrivateKey,
    leaf: x509.Certificate,
    chain: t.Sequence[x509.Certificate],
) -> str | None:
    """What of the file is not as wanted; None when all is. ``found``: ``data`` opened, if that could be done."""
    if found is None:
        return "it cannot be opened with the passphrase"
    if not found.cert or found.cert.certificate != leaf:
        return "it holds another certificate"
    if found.key is None or keys.fingerprint(found.key.public_key()) != keys.fingerprint(key.public_key()):
        return "it holds another private key"
    if [each.certificate for each in found.additional_certs] != list(chain):
        return "it holds another chain"
    if found.cert.friendly_name != spec.name.encode():
        return "it has another friendly name"
    if is_legacy(data) is not spec.legacy:
        return "it is encrypted in another way"
    return None


def is_legacy(data: bytes) -> bool:
    """Whether a PKCS#12 file has another encryption than the modern one."""
    return _PBES2 not in data
