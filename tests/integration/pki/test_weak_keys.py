# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs with keys that this collection would not make: they go on, with a warning that says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, run, snapshot
from tests.witnesses.openssl import openssl

# Options of openssl genpkey, and what the warning says.
KEYS: dict[str, tuple[list[str], str]] = {
    "RSA 1024": (["RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "RSA 1024 is not secure"),
    "RSA 1536": (["RSA", "-pkeyopt", "rsa_keygen_bits:1536"], "RSA 1536 is not secure"),
    "RSA 2048 ": (["RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"], "exponent 3"),
    "ECDSA brainpoolP256r1": (
        ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
        "ECDSA brainpoolP256r1 is a curve",
    ),
}


def weak_ca(path: Path, options: list[str]) -> None:
    path.mkdir(mode=0o700)
    openssl("genpkey", "-algorithm", *options, "-out", path / "root.key")
    (path / "root.key").chmod(0o600)
    openssl(
        "req", "-x509", "-new", "-key", path / "root.key", "-subj", "/CN=old", "-days", "900", "-out", path / "root.crt"
    )


@pytest.mark.parametrize("kind", KEYS)
def test_a_weak_key_is_kept_with_a_warning(tmp_path: Path, kind: str) -> None:
    options, said = KEYS[kind]
    weak_ca(tmp_path / "ca", options)
    before = snapshot(tmp_path / "ca")
    for write in (False, True):
        result = make_ca(tmp_path / "ca", write, subject={"common_name": "old"}, key_type="rsa", key_size=4096)
        assert (result["changed"], len(result["warnings"])) == (False, 1)
        assert said in result["warnings"][0]
    assert snapshot(tmp_path / "ca") == before
    made = make_client(tmp_path / "ca")
    assert any(said in warning for warning in made["warnings"])
    low = ("-auth_level", "0", "-CAfile", tmp_path / "ca/root.crt", tmp_path / "ca/client.crt")
    assert ": OK" in openssl("verify", *low)
    found = run("info", paths=[str(tmp_path / "ca/root.crt")])["certificates"][0]
    assert found["key"] == kind.strip()
    assert "weak_key" in [item["code"] for item in found["differences"]]
    assert found["reasons"] == []


def test_openssl_refuses_what_the_warning_is_about(tmp_path: Path) -> None:
    weak_ca(tmp_path / "ca", KEYS["RSA 1024"][0])
    make_client(tmp_path / "ca")
    checked = ("verify", "-auth_level", "2", "-CAfile", tmp_path / "ca/root.crt", tmp_path / "ca/client.crt")
    assert "CA certificate key too weak" in openssl(*checked, check=False)


def test_a_weak_key_is_replaced_on_request(tmp_path: Path) -> None:
    weak_ca(tmp_path / "ca", KEYS["RSA 1024"][0])
    result = make_ca(tmp_path / "ca", subject={"common_name": "old"}, replace="key")
    assert "key_type_differs" in codes(result)
    assert result["warnings"] == []


@pytest.mark.parametrize("algorithm", ["ED448", "DSA"])
def test_a_key_that_cannot_sign_here_is_named(tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "ca").mkdir(mode=0o700)
    key = tmp_path / "ca/root.key"
    if algorithm == "DSA":
        openssl("dsaparam", "-genkey", "-noout", "-out", key, "2048")
    else:
        openssl("genpkey", "-algorithm", algorithm, "-out", key)
    key.chmod(0o600)
    openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=old", "-out", tmp_path / "ca/root.crt")
    with pytest.raises(CertificateError, match="neither an RSA, an ECDSA nor an Ed25519 key"):
        make_ca(tmp_path / "ca", subject={"common_name": "old"})
