# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and CRLs of private CAs, as data: nothing here knows an operation or the store."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
Extension = tuple[x509.ExtensionType, bool]  # and whether it is critical

_CURVES: Mapping[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "512": ec.SECP521R1()}
_SERIAL_OCTETS = 18  # as in the examples of the documentation: 36 digits
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
PURPOSES = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "serverAuth": SERVER,
    "clientAuth": CLIENT,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
}
# In the order in which SubjectDN has them, by the names of CreateClientCertificate.
ATTRIBUTES = {
    "Country": (NameOID.COUNTRY_NAME, "C"),
    "Organization": (NameOID.ORGANIZATION_NAME, "O"),
    "OrganizationUnit": (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
    "Locality": (NameOID.LOCALITY_NAME, "L"),
    "State": (NameOID.STATE_OR_PROVINCE_NAME, "ST"),
    "CommonName": (NameOID.COMMON_NAME, "CN"),
}
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True)
class Signer:
    """A CA that signs."""

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True)
class Template:
    """A certificate without a signature. ``serial_number`` 0: a random one."""

    subject: x509.Name
    public_key: PublicKey
    start: datetime
    end: datetime
    extensions: Sequence[Extension]
    serial_number: int = 0


def signer(certificate: str, key: str) -> Signer:
    """A CA out of its certificate and its private key in PEM."""
    return Signer(x509.load_pem_x509_certificate(certificate.encode()), load_key(key))


def family(algorithm: str) -> str:
    """RSA, ECC or SM2 of a word such as RSA_2048."""
    return algorithm.partition("_")[0]


def new_key(algorithm: str) -> PrivateKey:
    """A private key for a word such as RSA_2048 or ECC_256."""
    kind, _, size = algorithm.partition("_")
    if kind == "RSA":
        return rsa.generate_private_key(65537, int(size))
    return ec.generate_private_key(_CURVES[size])


def algorithm_of(key: PublicKey) -> str:
    """The word for a public key, as in RSA_2048 or ECC_512."""
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA_{key.key_size}"
    return f"ECC_{512 if key.key_size == 521 else key.key_size}"


def load_key(pem: str) -> PrivateKey:
    """A private key of the store."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, PrivateKey)
    return key


def key_pem(key: PrivateKey, code: str = "") -> str:
    """PKCS#8, encrypted with ``code`` where there is one."""
    protection = BestAvailableEncryption(code.encode()) if code else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()


def subject(values: Mapping[str, str], custom: Iterable[tuple[str, str]] = ()) -> x509.Name:
    """A distinguished name out of fields such as Organization and CommonName. Raises ValueError."""
    known = [x509.NameAttribute(oid, values[name]) for name, (oid, _word) in ATTRIBUTES.items() if values.get(name)]
    return x509.Name([*known, *(x509.NameAttribute(x509.ObjectIdentifier(oid), value) for oid, value in custom)])


def subject_dn(name: x509.Name) -> str:
    """As SubjectDN has it: ``C=CN,O=...,CN=...``."""
    words = dict(ATTRIBUTES.values())
    return ",".join(f"{words.get(item.oid, item.oid.dotted_string)}={item.value!s}" for item in name)


def usage(*allowed: str) -> Extension:
    """Key usage with the bits of these names alone, critical."""
    return x509.KeyUsage(**{item: item in allowed for item in _USAGES}), True


def sign(template: Template, signer: Signer | None, own_key: PrivateKey | None = None) -> x509.Certificate:
    """The certificate, with key identifiers; without a signer it is signed with ``own_key``."""
    issuer = signer.certificate.subject if signer else template.subject
    issuer_key: PublicKey = signer.key.public_key() if signer else template.public_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(issuer)
        .public_key(template.public_key)
        .serial_number(template.serial_number or x509.random_serial_number() >> (160 - 8 * _SERIAL_OCTETS))
        .not_valid_before(template.start)
        .not_valid_after(template.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(template.public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    for extension, critical in template.extensions:
        builder = builder.add_extension(extension, critical=critical)
    key = signer.key if signer else own_key
    assert key
    return builder.sign(key, hashes.SHA256())


def ca_extensions(path_length: int | None, purposes: Sequence[str]) -> list[Extension]:
    """What makes a certificate that of a CA."""
    found: list[Extension] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        usage("key_cert_sign", "crl_sign"),
    ]
    if purposes:
        found.append((x509.ExtendedKeyUsage([PURPOSES[item] for item in purposes]), False))
    return found


def end_entity_extensions(purpose: x509.ObjectIdentifier, names: Sequence[x509.GeneralName]) -> list[Extension]:
    """What makes a certificate that of a client or a server."""
    found: list[Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        usage("digital_signature", "key_encipherment"),
        (x509.ExtendedKeyUsage([purpose]), False),
    ]
    return found + ([(x509.SubjectAlternativeName(names), False)] if names else [])


def distribution_point(url: str) -> Extension:
    """Where the CRL is."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point]), False


# Types of alternative names by SanType of CreateClientCertificateWithCsr and by the words of CreateCustomCertificate.
_NAME_TYPES: Mapping[int | str, str] = {
    1: "mail",
    2: "host",
    6: "uri",
    7: "address",
    8: "oid",
    "rfc822Name": "mail",
    "dNSName": "host",
    "uniformResourceIdentifier": "uri",
    "iPAddress": "address",
}
_NUMBERS: Mapping[type[x509.GeneralName], int] = {
    x509.RFC822Name: 1,
    x509.DNSName: 2,
    x509.UniformResourceIdentifier: 6,
    x509.IPAddress: 7,
}


def general_name(kind: int | str, value: str) -> x509.GeneralName:
    """An alternative name. Raises ValueError for a value that is none of its type, and for a type that is not known."""
    match _NAME_TYPES.get(kind):
        case "mail" if "@" in value:
            return x509.RFC822Name(value)
        case "host":
            return x509.DNSName(value)
        case "uri" if ":" in value:
            return x509.UniformResourceIdentifier(value)
        case "address":
            return x509.IPAddress(ipaddress.ip_address(value))
        case "oid":
            return x509.RegisteredID(x509.ObjectIdentifier(value))
    raise ValueError(f"{value!r} is no alternative name of the type {kind}")


def host_name(value: str) -> x509.GeneralName:
    """A name of Domain: an address, or a host name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(value))
    except ValueError:
        return x509.DNSName(value)


def numbered_names(certificate: x509.Certificate) -> list[dict[str, object]]:
    """The alternative names as Sans has them: the number of the type and the value."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [{"Type": _NUMBERS.get(type(item), 0), "Value": str(getattr(item, "value", item))} for item in names]


def crl(signer: Signer, revoked: Mapping[int, float], number: int, days: int) -> x509.CertificateRevocationList:
    """A CRL; ``revoked`` maps serial numbers to the seconds since 1970 at which they were revoked."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(now)
        .next_update(now + timedelta(days=days))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), critical=False)
    )
    for serial_number, moment in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial_number)
        builder = builder.add_revoked_certificate(
            entry.revocation_date(datetime.fromtimestamp(int(moment), UTC)).build()
        )
    return builder.sign(signer.key, hashes.SHA256())
