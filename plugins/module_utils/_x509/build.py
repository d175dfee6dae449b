# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate requests, certificates and PKCS#12 files, made in memory. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from dataclasses import dataclass

from . import keys, profiles, verification
from .errors import CertificateError
from .package import hashes, pkcs12, serialization, x509

# Certificates are valid from a little before they are made: the clocks of servers and clients differ.
BACKDATE = datetime.timedelta(minutes=5)
# Object identifier of PBES2 (RFC 8018, A.4) in DER: the mark of a PKCS#12 file with modern encryption.
_PBES2 = bytes.fromhex("06092a864886f70d01050d")


@dataclass(frozen=True)
class Pkcs12Spec:
    """Friendly name and encryption of a PKCS#12 file.

    ``legacy``: 3DES and SHA-1, for programs that cannot read AES (Windows before 1709, Java before 8u301).
    ``generated``: the passphrase was generated, and is kept in a file of its own.
    """

    name: str
    passphrase: bytes = dataclasses.field(repr=False)
    legacy: bool = False
    generated: bool = False


def request(key: keys.PrivateKey, subject: x509.Name, names: t.Sequence[x509.GeneralName]) -> bytes:
    """Return a new certificate request in PEM form."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return request_pem(builder.sign(key, keys.signing_hash(key)))


def ca_request(
    key: keys.PrivateKey, subject: x509.Name, profile: profiles.Profile, own_identifier: bytes | None
) -> bytes:
    """Return a new certificate request for a CA in PEM form.

    It asks for the extensions that the parent CA does not decide alone. ``own_identifier``: see profiles.extensions.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for extension, critical in profiles.extensions(profile, key.public_key(), None, (), own_identifier):
        if not isinstance(extension, x509.AuthorityKeyIdentifier):
            builder = builder.add_extension(extension, critical)
    return request_pem(builder.sign(key, keys.signing_hash(key)))


def request_pem(request: x509.CertificateSigningRequest) -> bytes:
    """Return a certificate request in PEM form."""
    return request.public_bytes(serialization.Encoding.PEM)


def certificate(
    profile: profiles.Profile,
    subject: x509.Name,
    public_key: t.Any,
    names: t.Sequence[x509.GeneralName],
    validity: tuple[datetime.datetime, datetime.datetime],
    issuer: x509.Certificate | None,
    signing_key: keys.PrivateKey,
    own_identifier: bytes | None = None,
) -> x509.Certificate:
    """Return a new certificate; ``issuer`` is None for a self-signed one. ``own_identifier``: see profiles.extensions.

    The serial number is random, positive and of 20 octets at most (RFC 5280). Raises CertificateError
    (``key_mismatch``) if ``signing_key`` does not belong to ``issuer``.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )
    for extension, critical in profiles.extensions(profile, public_key, issuer, names, own_identifier):
        builder = builder.add_extension(extension, critical)
    made = builder.sign(signing_key, keys.signing_hash(signing_key))
    if not verification.signed_by(made, issuer or made):
        raise CertificateError(
            "The CA's private key does not belong to its certificate.", "Put the right key back.", "key_mismatch"
        )
    return made


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates in PEM form, one after the other."""
    return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in certificates)


def passphrase_file(spec: Pkcs12Spec) -> bytes:
    """Return the content of the file that keeps a generated passphrase."""
    return spec.passphrase + b"\n"


def pkcs12_file(
    spec: Pkcs12Spec, key: keys.PrivateKey, certificate: x509.Certificate, chain: t.Sequence[x509.Certificate]
) -> bytes:
    """Return a PKCS#12 file with key, certificate and chain."""
    builder = serialization.PrivateFormat.PKCS12.encryption_builder()
    if spec.legacy:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    else:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    encryption = builder.build(spec.passphrase)
    return pkcs12.serialize_key_and_certificates(spec.name.encode(), key, certificate, chain, encryption)


def pkcs12_difference(
    spec: Pkcs12Spec,
    data: bytes,
    opened: pkcs12.PKCS12KeyAndCertificates | None,
    key: keys.PrivateKey,
    certificate: x509.Certificate,
    chain: t.Sequence[x509.Certificate],
) -> str | None:
    """Return the first difference between the PKCS#12 file ``data`` and the wanted one, as a clause; None without one.

    ``opened``: ``data`` opened with the passphrase of ``spec``, None if that failed.
    """
    if opened is None:
        return "it cannot be opened with the passphrase"
    if not opened.cert or opened.cert.certificate != certificate:
        return "it holds another certificate"
    if opened.key is None or not keys.same_key(opened.key, key):
        return "it holds another private key"
    if [item.certificate for item in opened.additional_certs] != list(chain):
        return "it holds another chain"
    if opened.cert.friendly_name != spec.name.encode():
        return "it has another friendly name"
    if is_legacy(data) is not spec.legacy:
        return "it is encrypted in another way"
    return None


def is_legacy(data: bytes) -> bool:
    """Return whether a PKCS#12 file has another encryption than the modern one."""
    return _PBES2 not in data
