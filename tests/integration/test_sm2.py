# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate with an SM2 key, which the package cryptography cannot read."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import preconditions
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.pem import Certificate, checked_key
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import identity
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError

from tests.unit.fakes.cloud import Cloud
from tests.witnesses.openssl import openssl

SM2 = ("-algorithm", "SM2")
SIGNED_WITH_SM3 = ("-sm3", "-sigopt", "distid:1234567812345678")
P256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


def self_signed(folder: Path, name: str, key: tuple[str, ...], signing: tuple[str, ...] = ()) -> tuple[Path, Path]:
    """Return the files of a key of this kind, and of a certificate of a CA with it."""
    secret, made = folder / f"{name}.key", folder / f"{name}.pem"
    openssl("genpkey", *key, "-out", secret)
    openssl("req", "-x509", "-new", "-key", secret, *signing, "-subj", "/CN=root", "-out", made)
    return secret, made


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files of SM2 and ECDSA certificates and their keys."""
    made = (*self_signed(tmp_path, "sm2", SM2, SIGNED_WITH_SM3), *self_signed(tmp_path, "ecdsa", P256))
    return {path.name: path for path in made}


@pytest.mark.parametrize(("certificate", "refused"), [("sm2.pem", True), ("ecdsa.pem", False)])
def test_it_is_no_ca_for_mutual_authentication(certificate: str, refused: bool, files: dict[str, Path]) -> None:
    stored = {"Content": files[certificate].read_text(), "CertStatus": "ISSUE"}
    session = Cloud(DescribeWarehouseCert=lambda params: stored).session()
    with pytest.raises(RefusedError, match="is an SM2 certificate") if refused else contextlib.nullcontext():
        preconditions.check_ca(session, "1efd3cac-e8c1-611d-b971-f96e5e432aba")


@pytest.mark.parametrize("key", ["sm2.key", "ecdsa.key"])
def test_it_is_not_uploaded(key: str, files: dict[str, Path]) -> None:
    certificate = Certificate.parse(files["sm2.pem"].read_text(), "certificate")
    with pytest.raises(RefusedError, match="'root' has a key of another kind"):
        checked_key(certificate, files[key].read_text())


@pytest.mark.parametrize(("key", "code"), [("sm2.key", "wrong_passphrase"), ("ecdsa.key", "key_mismatch")])
def test_it_makes_no_test_certificates(key: str, code: str, files: dict[str, Path]) -> None:
    given = {"ca_certificate_path": files["sm2.pem"], "ca_private_key_path": files[key], "ca_passphrase": None}
    with pytest.raises(ProbeError, match=key) as refused:
        identity.made_by(given)
    assert refused.value.code == code
