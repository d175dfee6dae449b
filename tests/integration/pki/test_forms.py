# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in the forms in which other programs write them, wherever a user names a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.pki.make import entries, make_ca, make_client, revoke, run
from tests.witnesses.openssl import openssl


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "DER, as Windows exports it": der,
    "UTF-16, as PowerShell writes it": lambda pem: pem.decode().encode("utf-16"),
    "UTF-8 with a mark": lambda pem: b"\xef\xbb\xbf" + pem,
    "line breaks of Windows": lambda pem: pem.replace(b"\n", b"\r\n"),
    "a text in another encoding before it": lambda pem: b"# caf\xe9\n" + pem,
}


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    make_ca(tmp_path / "pki")
    make_client(tmp_path / "pki", path=tmp_path / "clients", pkcs12_passphrase=None)
    return tmp_path / "pki"


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_named(authority: Path, tmp_path: Path, form: str) -> None:
    """By certificate_info, by an import after the database was lost, and by a revocation."""
    file = tmp_path / "handed in.crt"
    file.write_bytes(FORMS[form]((tmp_path / "clients/client.crt").read_bytes()))
    (found,) = run("info", paths=[str(file)], trusted_paths=[str(authority / "root.crt")])["certificates"]
    assert found["verified"] is True
    (authority / "root.index.db").unlink()
    assert make_ca(authority, import_paths=[str(file)])["imported"]["certificates"] == 1
    assert found["serial_number"] in [item["serial_number"] for item in entries(authority)]
    revoke(authority, {"path": str(file)})
    checked = ("verify", "-crl_check", "-CRLfile", authority / "root.crl.pem", "-CAfile", authority / "root.crt")
    assert "certificate revoked" in openssl(*checked, tmp_path / "clients/client.crt", check=False)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"\x30\x82", b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"]
)
def test_a_file_without_a_certificate(authority: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "nothing.crt"
    file.write_bytes(content)
    with pytest.raises(CertificateError, match=r"nothing\.crt cannot be read: it holds no certificate") as refused:
        revoke(authority, {"path": str(file)})
    assert refused.value.code == "certificate_unreadable"
    with pytest.raises(CertificateError, match=r"nothing\.crt cannot be read: it holds no certificate") as refused:
        make_ca(authority, import_paths=[str(file)])
    assert refused.value.code == "import_unreadable"


def test_a_file_name_that_is_not_utf_8(authority: Path) -> None:
    path = f"{authority}/caf\udce9.crt"
    with pytest.raises(CertificateError, match=r"octet 0xE9 is not UTF-8: give the file") as refused:
        revoke(authority, {"path": path})
    assert refused.value.code == "invalid_path"
