# SPDX-License-Identifier: GPL-3.0-or-later
"""What others make of the files: OpenSSL at its strictest, keytool, NSS."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.unit.pki.make import PASSPHRASE, make_ca, make_client, make_server
from tests.witnesses.openssl import openssl

KEYS: dict[str, dict[str, Any]] = {
    "rsa": {"key_type": "rsa", "key_size": 2048},
    "ecdsa": {"key_type": "ecdsa", "curve": "secp384r1"},
    "ed25519": {"key_type": "ed25519"},
}
SUBJECT = {
    "country_name": "cn",
    "state_or_province_name": "bj",
    "locality_name": "bj",
    "organization_name": "阿里巴巴",
    "organizational_unit_name": "test",
    "email_address": "a@example.com",
}


@pytest.fixture(params=KEYS)
def pki(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    options = KEYS[request.param]
    make_ca(tmp_path, subject={**SUBJECT, "common_name": "root"}, **options)
    make_client(tmp_path, subject=SUBJECT, **options)
    make_server(tmp_path, ip_addresses=["192.0.2.1"], **options)
    return tmp_path


def test_openssl_verifies_at_its_strictest(pki: Path) -> None:
    strict = ("verify", "-x509_strict", "-check_ss_sig", "-CAfile", pki / "root.crt")
    assert "OK" in openssl(*strict, "-purpose", "sslclient", pki / "client.crt")
    assert "OK" in openssl(*strict, "-purpose", "sslserver", "-verify_hostname", "www.example.com", pki / "server.crt")
    assert "OK" in openssl(*strict, "-purpose", "sslserver", "-verify_ip", "192.0.2.1", pki / "server.crt")
    # The witness can tell the difference.
    assert "unsuitable" in openssl(*strict, "-purpose", "sslserver", pki / "client.crt", check=False)
    assert "mismatch" in openssl(*strict, "-verify_hostname", "www.example.org", pki / "server.crt", check=False)


def test_openssl_reads_the_subject_in_the_order_of_the_scenario(pki: Path) -> None:
    text = openssl("x509", "-in", pki / "client.crt", "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus,sname")
    wanted = "C=cn,ST=bj,L=bj,O=阿里巴巴,OU=test,CN=client-alb-user,emailAddress=a@example.com"
    assert text.strip() == f"subject={wanted}"
    assert "email:a@example.com" in openssl("x509", "-in", pki / "client.crt", "-noout", "-text")
    verified = openssl("req", "-in", pki / "client.csr", "-noout", "-verify", "-subject", "-nameopt", "utf8,sname")
    assert "OK" in verified


def test_openssl_finds_that_keys_and_certificates_belong_together(pki: Path) -> None:
    for name in ("root", "client", "server"):
        own = openssl("pkey", "-in", pki / f"{name}.key", "-pubout")
        assert own == openssl("x509", "-in", pki / f"{name}.crt", "-noout", "-pubkey")
        assert "valid" in openssl("pkey", "-in", pki / f"{name}.key", "-check", "-noout")


def test_unencrypted_keys_have_the_form_that_alibaba_cloud_asks_for(tmp_path: Path) -> None:
    make_ca(tmp_path)
    for kind, label in (("rsa", "RSA PRIVATE KEY"), ("ecdsa", "EC PRIVATE KEY")):
        make_server(tmp_path, **KEYS[kind])
        assert (tmp_path / "server.key").read_text().startswith(f"-----BEGIN {label}-----\n")


def test_serial_numbers_are_positive_random_and_of_20_octets_at_most(tmp_path: Path) -> None:
    make_ca(tmp_path)
    clients = [{"name": f"c{i}", "common_name": f"client {i}"} for i in range(30)]
    found = [c["serial_number"] for c in make_client(tmp_path, clients=clients)["certificates"]]
    for client, serial in zip(clients, found, strict=True):
        shown = openssl("x509", "-in", tmp_path / f"{client['name']}.crt", "-noout", "-serial").strip()
        assert shown == f"serial={serial.upper()}"
        der = x509.load_pem_x509_certificate((tmp_path / f"{client['name']}.crt").read_bytes()).serial_number
        assert 0 < der < 2**159
    assert len(set(found)) == 30
    assert max(len(serial) for serial in found) > 36, "they are not just small numbers"


@pytest.mark.parametrize("encryption", ["modern", "legacy"])
@pytest.mark.parametrize("passphrase", [PASSPHRASE, "密码 пароль"])
def test_openssl_opens_the_pkcs12_file(tmp_path: Path, encryption: str, passphrase: str) -> None:
    make_ca(tmp_path)
    make_client(tmp_path, pkcs12_passphrase=passphrase, pkcs12_encryption=encryption)
    legacy: tuple[str, ...] = ("-legacy",) if encryption == "legacy" else ()
    opened: tuple[str | Path, ...] = ("pkcs12", "-in", tmp_path / "client.p12", *legacy, "-nodes", "-passin")
    text = openssl(*opened, f"pass:{passphrase}", "-info")
    assert ("PBES2, PBKDF2, AES-256-CBC" in text) is (encryption == "modern")
    assert "friendlyName: client" in text
    certificates = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", text, re.DOTALL)
    assert certificates == [(tmp_path / name).read_text() for name in ("client.crt", "root.crt")]
    (tmp_path / "opened.pem").write_text(text)
    own = openssl("pkey", "-in", tmp_path / "client.key", "-pubout")
    assert openssl("pkey", "-in", tmp_path / "opened.pem", "-pubout") == own
    assert "invalid password" in openssl(*opened, "pass:wrong", check=False)


def test_java_opens_the_pkcs12_file(pki: Path) -> None:
    listing = subprocess.run(
        ["keytool", "-list", "-v", "-keystore", pki / "client.p12", "-storetype", "PKCS12", "-storepass", PASSPHRASE],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "PrivateKeyEntry" in listing
    assert "Certificate chain length: 2" in listing
    assert "CN=client-alb-user" in listing


@pytest.mark.parametrize("encryption", ["modern", "legacy"])
@pytest.mark.parametrize("passphrase", ["Pa55 w0rd'\"$\\", "Pässwort", "密码", "🔑 key"])
def test_who_opens_a_file_with_this_passphrase(tmp_path: Path, encryption: str, passphrase: str) -> None:
    """The table of the guide: all do, but for Java with other than ASCII characters."""
    make_ca(tmp_path)
    make_client(tmp_path, **KEYS["rsa"], pkcs12_passphrase=passphrase, pkcs12_encryption=encryption)
    file, database = tmp_path / "client.p12", tmp_path / "nssdb"
    database.mkdir()
    legacy = ("-legacy",) if encryption == "legacy" else ()
    pfx = "require('fs').readFileSync(process.argv[1])"
    load = f"require('tls').createSecureContext({{pfx: {pfx}, passphrase: process.argv[2]}})"
    commands: dict[str, tuple[str | Path, ...]] = {
        "openssl": ("openssl", "pkcs12", "-in", file, *legacy, "-noout", "-passin", f"pass:{passphrase}"),
        "gnutls": ("certtool", "--p12-info", "--inder", "--infile", file, "--password", passphrase),
        "nss": ("pk12util", "-i", file, "-d", f"sql:{database}", "-W", passphrase, "-K", ""),
        "java": ("keytool", "-list", "-keystore", file, "-storetype", "PKCS12", "-storepass", passphrase),
        "node": ("node", "-e", load, file, passphrase),
    }
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
    done = {
        name: subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
        for name, command in commands.items()
    }
    refused = {name: result.stdout + result.stderr for name, result in done.items() if result.returncode}
    assert set(refused) == (set() if passphrase.isascii() else {"java"}), refused
    assert all("keystore password was incorrect" in text for text in refused.values())


def test_browsers_on_nss_import_the_pkcs12_file(tmp_path: Path) -> None:
    make_ca(tmp_path)
    make_client(tmp_path, **KEYS["rsa"])
    database = tmp_path / "nssdb"
    database.mkdir()

    def nss(*arguments: str) -> str:
        return subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    nss("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    nss("pk12util", "-i", "client.p12", "-d", f"sql:{database}", "-W", PASSPHRASE, "-K", "")
    nss("certutil", "-A", "-d", f"sql:{database}", "-n", "the root", "-t", "T,,", "-i", "root.crt")
    assert "client" in nss("certutil", "-K", "-d", f"sql:{database}")
    assert "certificate is valid" in nss("certutil", "-V", "-d", f"sql:{database}", "-n", "client", "-u", "C")


def test_encrypted_ca_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    make_ca(tmp_path, passphrase=PASSPHRASE)
    own = openssl("pkey", "-in", tmp_path / "root.key", "-passin", f"pass:{PASSPHRASE}", "-pubout")
    assert own == openssl("x509", "-in", tmp_path / "root.crt", "-noout", "-pubkey")
    assert "BEGIN PUBLIC KEY" not in openssl(
        "pkey", "-in", tmp_path / "root.key", "-passin", "pass:wrong", "-pubout", check=False
    )


def test_scenario_defaults(tmp_path: Path) -> None:
    """Rows S10 and S13: RSA 4096 and 3650 days where nothing is said."""
    make_ca(tmp_path, key_type="rsa")
    text = openssl("x509", "-in", tmp_path / "root.crt", "-noout", "-text")
    assert "Public-Key: (4096 bit)" in text
    made = x509.load_pem_x509_certificate((tmp_path / "root.crt").read_bytes())
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days == 3650
