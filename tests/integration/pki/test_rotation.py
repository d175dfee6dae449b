# SPDX-License-Identifier: GPL-3.0-or-later
"""The description of a CA, held against what OpenSSL says of it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.pki.make import make_client, run
from tests.witnesses.openssl import openssl


def test_says_what_openssl_says(ca: Path, tmp_path: Path) -> None:
    make_client(ca)
    found = run("ca_info", path=ca)
    assert found["state"] is None
    assert found["ca"]["issued"] == 1
    key = openssl("x509", "-in", ca / "root.crt", "-noout", "-pubkey")
    (tmp_path / "key.pem").write_text(key)
    der = tmp_path / "key.der"
    openssl("pkey", "-pubin", "-in", tmp_path / "key.pem", "-outform", "DER", "-out", der)
    assert found["ca"]["public_key_sha256"] in openssl("dgst", "-sha256", der)
