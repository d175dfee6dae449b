# SPDX-License-Identifier: GPL-3.0-or-later
"""CRLs of every kind, made without the collection, and what OpenSSL says with them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.witnesses.openssl import openssl

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM
# The folders "root" and "sub" with their CAs, the client in that of sub, and "crls".
Chain = dict[str, Path]

_NOT_CRITICAL = (x509.CRLNumber, x509.AuthorityKeyIdentifier)


def client(chain: Chain) -> Path:
    """Return the file of the client."""
    return chain["sub"] / "client.crt"


def load(path: Path) -> x509.Certificate:
    """Return the certificate in ``path``."""
    return x509.load_pem_x509_certificate(path.read_bytes())


def load_key(path: Path) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """Return the private key in ``path``."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def crl(
    ca: Path,
    revoked: Iterable[Path] = (),
    *,
    start: datetime.datetime = NOW - 2 * DAY,
    end: datetime.datetime = NOW + DAY,
    extensions: Iterable[x509.ExtensionType] = (),
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    key: Path | None = None,
    of: x509.Name | None = None,
) -> x509.CertificateRevocationList:
    """Return a CRL as other programs make them: without a number unless ``extensions`` has one.

    ``of``: the CA that the first entry names, and with it all that follow.
    """
    builder = x509.CertificateRevocationListBuilder().issuer_name(load(ca / "root.crt").subject)
    builder = builder.last_update(start).next_update(end)
    for position, path in enumerate(revoked):
        entry = x509.RevokedCertificateBuilder().serial_number(load(path).serial_number).revocation_date(start)
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        if of and not position:
            entry = entry.add_extension(x509.CertificateIssuer([x509.DirectoryName(of)]), critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=not isinstance(extension, _NOT_CRITICAL))
    return builder.sign(load_key(key or ca / "root.key"), hashes.SHA256())


def write(chain: Chain, name: str, *crls: x509.CertificateRevocationList) -> Path:
    """Write CRLs to one file, which is returned."""
    path = chain["crls"] / name
    path.write_bytes(b"".join(item.public_bytes(PEM) for item in crls))
    return path


def openssl_verifies(chain: Chain, *crls: Path, extended: bool = False) -> bool:
    """Return whether OpenSSL accepts the client with the CRL of each CA; ``extended``: with indirect CRLs too."""
    way = ("-CAfile", chain["root"] / "root.crt", "-untrusted", chain["sub"] / "root.crt")
    lists = [word for path in crls for word in ("-CRLfile", path)]
    more = ("-extended_crl",) if extended else ()
    judged = openssl("verify", "-crl_check_all", *more, *lists, *way, client(chain), check=False)
    return judged.strip().endswith("client.crt: OK")
