# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate with an SM2 key, which the package cryptography cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.pem import Certificate, check_key
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import identity
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError

from tests.witnesses.openssl import openssl


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The files of an SM2 key, its certificate, and an RSA key that does not belong to it."""
    made = {name: tmp_path / name for name in ("sm2.key", "sm2.pem", "rsa.key")}
    openssl("genpkey", "-algorithm", "SM2", "-out", made["sm2.key"])
    openssl("genpkey", "-algorithm", "RSA", "-out", made["rsa.key"])
    signing = ("-sm3", "-sigopt", "distid:1234567812345678")
    openssl("req", "-x509", "-new", "-key", made["sm2.key"], *signing, "-subj", "/CN=root", "-out", made["sm2.pem"])
    return made


@pytest.mark.parametrize("key", ["sm2.key", "rsa.key"])
def test_it_is_not_uploaded(key: str, files: dict[str, Path]) -> None:
    certificate = Certificate.parse(files["sm2.pem"].read_text(), "certificate")
    with pytest.raises(RefusedError, match="'root' has a key of another kind"):
        check_key(certificate, files[key].read_text())


@pytest.mark.parametrize(("key", "code"), [("sm2.key", "wrong_passphrase"), ("rsa.key", "key_mismatch")])
def test_it_makes_no_test_certificates(key: str, code: str, files: dict[str, Path]) -> None:
    given = {"ca_certificate_path": files["sm2.pem"], "ca_private_key_path": files[key], "ca_passphrase": None}
    with pytest.raises(ProbeError, match=key) as refused:
        identity.made_by(given)
    assert refused.value.code == code
