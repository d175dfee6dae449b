# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads uploaded certificates."""

from __future__ import annotations

import itertools

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from ..product import Call
from ..store import Doc

_ALGORITHMS = ((rsa.RSAPublicKey, "RSA"), (ec.EllipticCurvePublicKey, "ECC"))


def certificates(call: Call, pem: str) -> list[x509.Certificate]:
    """Returns the certificates of a PEM text, one at least. Raises ApiError when it is not PEM."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as problem:
        raise call.invalid(f"The certificate is not PEM: {problem}.") from None


def check_order(call: Call, chain: list[x509.Certificate]) -> None:
    """Refuses certificates of which one is not signed by the next. Raises ApiError."""
    for child, parent in itertools.pairwise(chain):
        try:
            child.verify_directly_issued_by(parent)
        except (ValueError, TypeError, InvalidSignature):
            raise call.invalid(
                "The certificates are not a chain: give the end entity first, then the issuer of each."
            ) from None


def check_key(call: Call, certificate: x509.Certificate, pem: str) -> None:
    """Refuses a private key that does not belong to the certificate, or cannot be read. Raises ApiError."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise call.error("PrivateKeyFormatException") from None
    if _spki(key.public_key()) != _spki(certificate.public_key()):
        raise call.error("NotMatch.CertificateAndPrivateKey")


def is_ca(certificate: x509.Certificate) -> bool:
    """Tells whether a certificate is that of a CA, by its basic constraints; a self-signed one of X.509 v1 has none."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.version == x509.Version.v1 and certificate.issuer == certificate.subject


def fields(certificate: x509.Certificate) -> Doc:
    """Returns the fields that several responses have in common; times are milliseconds since 1970."""
    return {
        "Algorithm": algorithm(certificate),
        "CommonName": name(certificate.subject, NameOID.COMMON_NAME),
        "Issuer": name(certificate.issuer, NameOID.COMMON_NAME) or name(certificate.issuer, NameOID.ORGANIZATION_NAME),
        # Padded with zeros (certimate, aliyun_cas.go, 2026-08); to how many digits is not known.
        "SerialNo": f"{certificate.serial_number:032x}",
        "Fingerprint": certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303  the API's field
        "Sha2": certificate.fingerprint(hashes.SHA256()).hex().upper(),
        "Sans": ",".join(_names(certificate)),
        "NotBefore": int(certificate.not_valid_before_utc.timestamp() * 1000),
        "NotAfter": int(certificate.not_valid_after_utc.timestamp() * 1000),
        "StartDate": certificate.not_valid_before_utc.strftime("%Y-%m-%d"),
        "EndDate": certificate.not_valid_after_utc.strftime("%Y-%m-%d"),
        "Country": name(certificate.subject, NameOID.COUNTRY_NAME),
        "Province": name(certificate.subject, NameOID.STATE_OR_PROVINCE_NAME),
        "City": name(certificate.subject, NameOID.LOCALITY_NAME),
        "OrgName": name(certificate.subject, NameOID.ORGANIZATION_NAME),
    }


def algorithm(certificate: x509.Certificate) -> str:
    """Returns the algorithm of the key: RSA, ECC or the name of another type."""
    key = certificate.public_key()
    return next((word for kind, word in _ALGORITHMS if isinstance(key, kind)), type(key).__name__)


def signature_algorithm(certificate: x509.Certificate) -> str:
    """Returns the algorithm of the signature, such as SHA256withRSA."""
    digest = certificate.signature_hash_algorithm
    return f"{digest.name.upper() if digest else 'NONE'}with{algorithm(certificate)}"


def name(subject: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """Returns the first value of an attribute, or an empty text."""
    found = subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def pem(certificates: list[x509.Certificate]) -> str:
    """Returns a chain as PEM."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
