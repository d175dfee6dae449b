# SPDX-License-Identifier: GPL-3.0-or-later
"""A CRL of a private CA is kept only if servers can use it alone."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._pca import crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "clients")])
OTHER = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
URL = "http://crl.example/clients.crl"
CERTIFICATE = (
    x509.CertificateBuilder(NAME, NAME, KEY.public_key(), 1)
    .not_valid_before(NOW - DAY)
    .not_valid_after(NOW + DAY)
    .sign(KEY, hashes.SHA256())
)
CA: Any = SimpleNamespace(certificate=CERTIFICATE, label="the private CA clients")


def made(*extensions: x509.ExtensionType, of: x509.Name | None = None) -> x509.CertificateRevocationList:
    """Return a CRL of the CA with two entries, the second of the CA ``of``."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(NAME).last_update(NOW).next_update(NOW + DAY)
    for number in (10, 11):
        entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(NOW)
        if of and number == 11:
            entry = entry.add_extension(x509.CertificateIssuer([x509.DirectoryName(of)]), critical=True)
        builder = builder.add_revoked_certificate(entry.build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(KEY, hashes.SHA256())


def scope(**of: Any) -> x509.IssuingDistributionPoint:
    names = ("full_name", "relative_name", "only_contains_user_certs", "only_contains_ca_certs")
    more = ("only_some_reasons", "indirect_crl", "only_contains_attribute_certs")
    nothing: dict[str, Any] = {"full_name": None, "relative_name": None, "only_some_reasons": None}
    return x509.IssuingDistributionPoint(**{name: of.get(name, nothing.get(name, False)) for name in (*names, *more)})


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        (x509.DeltaCRLIndicator(1), "a delta CRL"),
        (scope(indirect_crl=True), "an indirect CRL"),
        (scope(only_contains_ca_certs=True), "a CRL of CAs alone"),
        (scope(only_contains_attribute_certs=True), "a CRL of attribute certificates"),
        (scope(only_some_reasons=frozenset({x509.ReasonFlags.superseded})), "a CRL for some reasons alone"),
    ],
)
def test_a_part_is_refused(extension: x509.ExtensionType, kind: str) -> None:
    for form in (serialization.Encoding.PEM, serialization.Encoding.DER):
        with pytest.raises(RefusedError, match=f"{URL} is {kind}"):
            crl._parsed(made(extension).public_bytes(form), CA, URL)


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [scope(only_contains_user_certs=True)],
        [scope(full_name=[x509.UniformResourceIdentifier(URL)])],
    ],
)
def test_one_that_lists_all_clients_is_kept(extensions: list[x509.ExtensionType]) -> None:
    assert crl._parsed(made(*extensions).public_bytes(serialization.Encoding.PEM), CA, URL)


def test_the_result_lists_what_the_ca_has_revoked() -> None:
    assert crl._facts(made())["revoked"] == ["0a", "0b"]
    assert crl._facts(made(of=OTHER))["revoked"] == ["0a"]
