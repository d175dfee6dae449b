# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs that were made elsewhere: what their certificates refer to stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509

from tests.unit.pki.make import codes, make_ca, make_client, revoke, run, snapshot
from tests.witnesses.openssl import openssl

# Any identifier but the SHA-1 of the key, as Go since 1.25 and cert-manager since 1.18 make it.
OTHER_IDENTIFIER = "8d2a62b7886e9a162a29ef9107847988341c37e2"
CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
KEY_NAMED = "authorityKeyIdentifier=keyid:always"
SERIAL_NAMED = "authorityKeyIdentifier=keyid,issuer:always"
LONG: dict[str, Any] = {"valid_for": "3650d", "renew_before": "3000d"}  # a renewal that is due now


def foreign_ca(
    top: Path,
    *extensions: str,
    mask: str = "utf8only",
    subject: str = "C=CN,O=Example,CN=Old CA",
    encoding: str = "utf-8",
) -> Path:
    """Make a CA with ``openssl req -x509``; ``mask`` chooses the string types of its subject. Return its directory."""
    path: Path = top / "pki"
    path.mkdir(mode=0o700)
    names = {"C": "countryName", "O": "organizationName", "CN": "commonName"}
    fields = "\n".join(f"{names[key]}={value}" for key, value in (part.split("=") for part in subject.split(",")))
    request = f"[req]\nprompt=no\nstring_mask={mask}\ndistinguished_name=name\nx509_extensions=own\n[name]\n{fields}\n"
    (top / "ca.cnf").write_text(request + "[own]\n" + "\n".join(extensions) + "\n", encoding=encoding)
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "900", "-config", top / "ca.cnf")
    openssl("req", "-x509", *made, "-keyout", path / "root.key", "-out", path / "root.crt")
    (path / "root.key").chmod(0o600)
    return path


def issue(ca: Path, name: str, *extensions: str) -> Path:
    """Have OpenSSL issue a client certificate, and return its file."""
    top = ca.parent
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}")
    openssl("req", *key, "-keyout", top / f"{name}.key", "-out", top / f"{name}.csr")
    (top / "client.ext").write_text("\n".join(("extendedKeyUsage=clientAuth", *extensions)) + "\n")
    signer = ("-CA", ca / "root.crt", "-CAkey", ca / "root.key", "-CAcreateserial", "-days", "300")
    openssl(
        "x509", "-req", *signer, "-in", top / f"{name}.csr", "-out", top / f"{name}.crt", "-extfile", top / "client.ext"
    )
    return top / f"{name}.crt"


def adopt(ca: Path, write: bool = True, **options: Any) -> dict[str, Any]:
    subject = {"country_name": "CN", "organization_name": "Example", "common_name": "Old CA"}
    return make_ca(ca, write, **{"subject": subject, **options})


def accepted(ca: Path, certificate: Path) -> bool:
    """Return whether OpenSSL accepts a client certificate below the CA's own; then GnuTLS has to accept it as well.

    GnuTLS compares names octet by octet, OpenSSL authority key identifiers.
    """
    said = openssl("verify", "-purpose", "sslclient", "-CAfile", ca / "root.crt", certificate, check=False)
    done = subprocess.run(
        ["certtool", "--verify", "--load-ca-certificate", ca / "root.crt", "--infile", certificate],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("Chain verification output: Verified" in done.stdout) or ": OK" not in said, done.stdout
    return ": OK" in said


def subject_octets(certificate: Path) -> bytes:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).subject.public_bytes()


def string_types(certificate: Path) -> str:
    return openssl("x509", "-in", certificate, "-noout", "-subject", "-nameopt", "multiline,show_type")


@pytest.mark.parametrize("mask", ["utf8only", "pkix", "default", "nombstr"])
def test_a_renewal_keeps_the_octets_of_the_subject(tmp_path: Path, mask: str) -> None:
    ca = foreign_ca(tmp_path, *CA, "subjectKeyIdentifier=hash", mask=mask)
    alice, before, octets = (
        issue(ca, "alice", KEY_NAMED),
        string_types(ca / "root.crt"),
        subject_octets(ca / "root.crt"),
    )
    assert codes(adopt(ca, **LONG)) == ["expires_soon"]
    assert (string_types(ca / "root.crt"), subject_octets(ca / "root.crt")) == (before, octets)
    assert accepted(ca, alice)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_old_string_types_stay_or_nothing_is_written(tmp_path: Path, encoding: str) -> None:
    """T61String has no defined characters: octets that are not UTF-8 cannot be read, and are never rewritten."""
    ca = foreign_ca(tmp_path, *CA, mask="MASK:4", subject="CN=Société", encoding=encoding)
    assert "T61STRING" in string_types(ca / "root.crt")
    before, subject = snapshot(ca), {"common_name": "Société"}
    if encoding == "utf-8":
        octets = subject_octets(ca / "root.crt")
        assert codes(adopt(ca, subject=subject, **LONG)) == ["expires_soon"]
        assert subject_octets(ca / "root.crt") == octets
        return
    for write in (False, True):
        with pytest.raises(CertificateError) as refused:
            adopt(ca, write, subject=subject, **LONG)
        assert refused.value.code == "unreadable"
    assert snapshot(ca) == before


@pytest.mark.parametrize(
    ("extensions", "code"),
    [
        ((*CA, f"subjectKeyIdentifier={OTHER_IDENTIFIER}"), "expires_soon"),
        ((*CA, "subjectKeyIdentifier=none"), "expires_soon"),
        (("basicConstraints=CA:TRUE", f"subjectKeyIdentifier={OTHER_IDENTIFIER}"), "expires_soon"),
    ],
    ids=["another method", "none", "no key usage"],
)
def test_a_renewal_keeps_the_key_identifier(tmp_path: Path, extensions: tuple[str, ...], code: str) -> None:
    ca = foreign_ca(tmp_path, *extensions)
    alice = issue(ca, "alice", "authorityKeyIdentifier=" + ("none" if "none" in extensions[-1] else "keyid"))
    assert codes(adopt(ca)) == []
    bob = make_client(ca, clients=[{"name": "bob", "common_name": "bob"}], pkcs12_passphrase=None)["certificates"][0]
    handed_out = tmp_path / "handed-out.crt"
    handed_out.write_text(bob["certificate"])
    assert codes(adopt(ca, **LONG)) == [code]
    assert accepted(ca, alice)
    assert accepted(ca, handed_out)


def test_a_cross_certificate_has_the_key_identifier_of_its_ca(tmp_path: Path, ca: Path) -> None:
    (tmp_path / "new").mkdir()
    new = foreign_ca(tmp_path / "new", *CA, f"subjectKeyIdentifier={OTHER_IDENTIFIER}")
    alice = issue(new, "alice", KEY_NAMED)
    adopt(new, cross_sign={"path": str(ca)})
    chain = ("-untrusted", new / "root.cross.crt")
    assert ": OK" in openssl("verify", "-CAfile", ca / "root.crt", *chain, alice, check=False)


@pytest.mark.parametrize("place", ["pki", "."], ids=["in the directory", "in the database"])
def test_clients_that_name_a_serial_number_are_asked_about(tmp_path: Path, place: str) -> None:
    ca = foreign_ca(tmp_path, *CA, "subjectKeyIdentifier=hash")
    alice = issue(ca, "alice", SERIAL_NAMED)
    if place == "pki":
        alice = alice.rename(ca / "alice.crt")
    else:
        revoke(ca, {"path": str(alice), "reason": "certificate_hold"})
        revoke(ca, {"path": str(alice), "reason": "remove_from_crl"})
    assert codes(adopt(ca)) == []
    before = snapshot(ca)
    for write in (False, True):
        with pytest.raises(CertificateError) as refused:
            adopt(ca, write, **LONG)
        assert refused.value.code == "named_by_serial"
        assert str(alice) in str(refused.value)
        assert "servers that get the new certificate of the CA then refuse these clients" in str(refused.value)
    assert snapshot(ca) == before
    assert accepted(ca, alice)
    assert adopt(ca, replace="certificate", **LONG)["changed"] is True
    assert "unable to get local issuer" in openssl("verify", "-CAfile", ca / "root.crt", alice, check=False)


def test_a_client_that_names_the_old_serial_number_is_issued_again(tmp_path: Path) -> None:
    ca = foreign_ca(tmp_path, *CA, "subjectKeyIdentifier=hash")
    issue(ca, "alice", SERIAL_NAMED, "basicConstraints=critical,CA:FALSE")
    for kind in ("crt", "key", "csr"):
        (tmp_path / f"alice.{kind}").rename(ca / f"alice.{kind}")
    adopt(ca, replace="certificate", **LONG)
    found = run("info", paths=[str(ca / "alice.crt"), str(ca / "root.crt")])["certificates"][0]
    assert found["verified"] is False
    client: dict[str, Any] = {"clients": [{"name": "alice", "common_name": "alice"}], "pkcs12_passphrase": None}
    assert "issuer_changed" in codes(make_client(ca, **client))
    assert accepted(ca, ca / "alice.crt")


def test_a_crl_that_names_the_old_serial_number_is_made_again(tmp_path: Path) -> None:
    """OpenSSL takes no CRL whose authority key identifier does not fit."""
    ca = foreign_ca(tmp_path, *CA, "subjectKeyIdentifier=hash")
    alice = issue(ca, "alice", KEY_NAMED)
    (tmp_path / "index.txt").touch()
    (tmp_path / "crlnumber").write_text("09\n")
    (tmp_path / "crl.cnf").write_text(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=crlnumber\ncrl_extensions=crl\ndefault_md=sha256\n"
        "[crl]\nauthorityKeyIdentifier=issuer:always\n"
    )
    signer = ("-cert", ca / "root.crt", "-keyfile", ca / "root.key", "-crldays", "90", "-out", ca / "root.crl.pem")
    openssl("ca", "-gencrl", "-config", "crl.cnf", *signer, directory=tmp_path)
    adopt(ca, replace="certificate", **LONG)
    checked = ("verify", "-crl_check", "-CRLfile", ca / "root.crl.pem", "-CAfile", ca / "root.crt", alice)
    assert "error 3 " in openssl(*checked, check=False)
    result = revoke(ca)
    assert ([item["code"] for item in result["reasons"]], result["crl"]["number"]) == (
        ["issuer_changed", "der_differs"],
        10,
    )
    assert ": OK" in openssl(*checked, check=False)


DIFFERENCES: dict[str, tuple[str, ...]] = {
    "as openssl req": ("basicConstraints=critical,CA:TRUE", "subjectKeyIdentifier=hash"),
    "further key usage": (CA[0], "keyUsage=critical,digitalSignature,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"),
    "not critical": ("basicConstraints=CA:TRUE", "keyUsage=keyCertSign,cRLSign", "subjectKeyIdentifier=hash"),
    "a path length": ("basicConstraints=critical,CA:TRUE,pathlen:0", CA[1], "subjectKeyIdentifier=hash"),
    "another purpose": (*CA, "extendedKeyUsage=clientAuth", "subjectKeyIdentifier=hash"),
    "a name": (*CA, "subjectAltName=DNS:ca.example.com", "subjectKeyIdentifier=hash"),
    "name constraints": (*CA, "nameConstraints=critical,excluded;DNS:example.org", "subjectKeyIdentifier=hash"),
    "no crl": (CA[0], "keyUsage=critical,keyCertSign", "subjectKeyIdentifier=hash"),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_a_working_ca_is_left_alone(tmp_path: Path, kind: str) -> None:
    ca = foreign_ca(tmp_path, *DIFFERENCES[kind])
    alice, before = issue(ca, "alice", KEY_NAMED), snapshot(ca)
    for write in (False, True):
        result = adopt(ca, write)
        assert (result["reasons"], snapshot(ca)) == ([], before)
    found = run("info", paths=[str(ca / "root.crt")])["certificates"][0]
    assert found["reasons"] == []
    if kind != "another purpose":
        assert result["differences"] or found["differences"]
    assert accepted(ca, alice)
    if kind != "another purpose":
        assert adopt(ca, replace="certificate")["changed"] is True
        assert adopt(ca)["differences"] == []
        assert accepted(ca, alice)


def test_limits_that_are_asked_for_are_reasons(tmp_path: Path) -> None:
    ca = foreign_ca(tmp_path, "basicConstraints=critical,CA:TRUE,pathlen:0", CA[1], "subjectKeyIdentifier=hash")
    assert codes(adopt(ca, path_length=0)) == []
    assert codes(adopt(ca, path_length=2)) == ["extensions_differ"]


def test_a_ca_that_may_not_sign_crls_says_so_before_it_makes_one(tmp_path: Path) -> None:
    ca = foreign_ca(tmp_path, *DIFFERENCES["no crl"])
    issue(ca, "alice", KEY_NAMED).rename(ca / "alice.crt")
    for write in (False, True):
        with pytest.raises(CertificateError) as refused:
            revoke(ca, {"path": str(ca / "alice.crt")}, write=write)
        assert refused.value.code == "ca_signs_no_crl"
    adopt(ca, replace="certificate")
    revoke(ca, {"path": str(ca / "alice.crt")})
    checked = ("verify", "-crl_check", "-CRLfile", ca / "root.crl.pem", "-CAfile", ca / "root.crt")
    assert "certificate revoked" in openssl(*checked, ca / "alice.crt", check=False)
