# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenSSL makes of a CA that was there, was renewed, or has another one beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import PASSPHRASE, codes, make_ca, make_client, make_server, revoke, snapshot
from tests.witnesses.openssl import openssl


def test_a_plain_key_is_encrypted_and_stays_the_same_key(ca: Path) -> None:
    certificate = (ca / "root.crt").read_bytes()
    public = openssl("pkey", "-in", ca / "root.key", "-pubout")
    assert codes(make_ca(ca, passphrase=PASSPHRASE)) == ["key_not_encrypted"]
    assert codes(make_ca(ca, passphrase=PASSPHRASE)) == []
    assert openssl("pkey", "-in", ca / "root.key", "-passin", f"pass:{PASSPHRASE}", "-pubout") == public
    assert (ca / "root.crt").read_bytes() == certificate
    assert not any(b"BEGIN EC PRIVATE" in content for content, mode in snapshot(ca).values()), "no plain copy is left"


def test_renewal_keeps_key_subject_and_every_client(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(ca)
    key, old = (ca / "root.key").read_bytes(), (ca / "root.crt").read_bytes()
    later = times.now() + times.duration("3630d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    assert codes(make_ca(ca)) == ["expires_soon"]
    assert (ca / "root.key").read_bytes() == key
    assert (ca / "root.crt").read_bytes() != old
    at = ("-attime", str(int(later.timestamp())))
    assert "OK" in openssl("verify", "-x509_strict", *at, "-CAfile", ca / "root.crt", ca / "client.crt")


def test_certificate_of_the_scenarios_own_commands_becomes_version_3(tmp_path: Path) -> None:
    """What a reader of the help page has: adopted, with its key and its subject."""
    key, csr, crt = (tmp_path / f"root.{ending}" for ending in ("key", "csr", "crt"))
    openssl("genrsa", "-out", key, "2048")
    openssl("req", "-new", "-out", csr, "-key", key, "-subj", "/C=cn/CN=root")
    openssl("x509", "-req", "-in", csr, "-out", crt, "-signkey", key, "-CAcreateserial", "-days", "3650")
    secret = openssl("rsa", "-in", key)
    with pytest.raises(CertificateError, match="not marked as a CA"):
        make_client(tmp_path)
    assert codes(make_ca(tmp_path, key_type="rsa", key_size=2048))[0] == "extensions_differ"
    assert codes(make_ca(tmp_path, key_type="rsa", key_size=2048)) == []
    assert openssl("rsa", "-in", key) == secret
    make_client(tmp_path)
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", crt, tmp_path / "client.crt")


def test_key_without_certificate_is_used(tmp_path: Path) -> None:
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", tmp_path / "root.key")
    before = openssl("pkey", "-in", tmp_path / "root.key", "-pubout")
    assert codes(make_ca(tmp_path)) == ["missing"]
    assert openssl("x509", "-in", tmp_path / "root.crt", "-noout", "-pubkey") == before


def test_cas_whose_names_differ_in_the_ending_share_nothing(ca: Path) -> None:
    make_client(ca)
    before = snapshot(ca)
    other = {"certificate_name": "root.pem", "private_key_name": "other.key"}
    make_ca(ca, subject={"common_name": "other"}, **other)
    of_other = {"ca_certificate_name": "root.pem", "ca_private_key_name": "other.key"}
    make_client(ca, clients=[{"name": "mine", "common_name": "client-alb-user"}], **of_other)
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", ca / "root.pem", ca / "mine.crt")
    revoke(ca, {"name": "mine"}, **of_other)
    assert {name: state for name, state in snapshot(ca).items() if name in before} == before
    assert not (ca / "root.crl.pem").exists()


def test_a_ca_with_a_mail_address_has_it_as_an_alternative_name(tmp_path: Path) -> None:
    subject = {"common_name": "root", "email_address": "pki@example.com"}
    make_ca(tmp_path, subject=subject)
    make_server(tmp_path, subject={"email_address": "web@example.com"})
    for name, address in (("root", "pki"), ("server", "web")):
        text = openssl("x509", "-in", tmp_path / f"{name}.crt", "-noout", "-ext", "subjectAltName")
        assert f"email:{address}@example.com" in text
    assert codes(make_ca(tmp_path, subject=subject)) == []
