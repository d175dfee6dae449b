# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the sandbox's own HTTPS endpoint: a CA that is kept, and a server certificate for every start."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CA_DAYS, _SERVER_DAYS = 3650, 397
_NAMES = ("localhost", "*.aliyuncs.com")


@dataclass(frozen=True)
class Files:
    """PEM files: the certificate of the CA, which clients have to trust, and certificate and key of the server."""

    ca: Path
    certificate: Path
    key: Path


def prepare(directory: Path, host: str, region: str) -> Files:
    """Makes what is missing in ``directory`` and returns the files. Raises OSError or ValueError for broken ones.

    The server certificate is for ``host``, localhost and the names of Alibaba Cloud's endpoints in ``region``.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Files(directory / "ca.crt", directory / "server.crt", directory / "server.key")
    ca_key_file = directory / "ca.key"
    if not (files.ca.exists() and ca_key_file.exists()):
        ca_key = ec.generate_private_key(ec.SECP256R1())
        _write(ca_key_file, _private(ca_key))
        _write(files.ca, _pem(_certificate("alicloud-sandbox CA", ca_key, None, _CA_DAYS)))
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    loaded = serialization.load_pem_private_key(ca_key_file.read_bytes(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey) or loaded.public_key() != ca.public_key():
        raise ValueError(f"{ca_key_file} is not the key of {files.ca}. Remove both files to get a new CA.")
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in (*_NAMES, f"*.{region}.aliyuncs.com")]
    addresses = {"127.0.0.1", "::1", host}
    names += [x509.IPAddress(ipaddress.ip_address(item)) for item in sorted(addresses) if _is_address(item)]
    _write(files.key, _private(key))
    _write(files.certificate, _pem(_certificate("localhost", key, (ca, loaded), _SERVER_DAYS, names)))
    return files


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    days: int,
    names: list[x509.GeneralName] | None = None,
) -> x509.Certificate:
    """Returns a certificate, self-signed without an issuer; one with ``names`` is that of a server."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    public, signing = key.public_key(), issuer[1] if issuer else key
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer[0].subject if issuer else subject, subject, public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(authority, critical=False)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    signs = {"key_cert_sign": issuer is None, "crl_sign": issuer is None, "digital_signature": issuer is not None}
    builder = builder.add_extension(x509.KeyUsage(**usage, **signs, decipher_only=False), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signing, hashes.SHA256())


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read; it appears with its whole content."""
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    partial.replace(path)
