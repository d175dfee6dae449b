# SPDX-License-Identifier: GPL-3.0-or-later
"""An intermediate CA whose parent is OpenSSL, somewhere else: the collection never sees the parent's key."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509

from tests.unit.pki.make import codes, make_ca, make_client, revoke, snapshot
from tests.witnesses.openssl import new_certificate, openssl

SUBJECT = "CN=Shop CA,OU=b,OU=a,O=Example,DC=example,DC=com"
EXTENSIONS = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """The owner of the parent: a root, and nothing of the collection."""
    (tmp_path / "company").mkdir()
    new_certificate(tmp_path / "company", "root", "/O=Company/CN=Company Root", days=4000)
    return tmp_path / "company"


def shop(top: Path, write: bool = True, **options: Any) -> dict[str, Any]:
    return make_ca(top / "shop", write, **{"subject": None, "signed_elsewhere": True, **options})


def sign(company: Path, csr: Path, days: int = 1000, extensions: str = "") -> Path:
    """Have the owner of the parent sign a request, and return the certificate with the root after it."""
    (company / "ext").write_text(extensions or EXTENSIONS + "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    signer = ("-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "ext", "-days", str(days))
    openssl("x509", "-req", "-in", csr, *signer, "-out", "shop.crt", directory=company)
    (company / "returned.pem").write_bytes((company / "shop.crt").read_bytes() + (company / "root.crt").read_bytes())
    return company / "returned.pem"


def accepted(company: Path, client: Path) -> bool:
    """Return whether OpenSSL and GnuTLS accept a client by the company's root; they have to agree."""
    chain = ("-untrusted", client.parent / "root.chain.crt")
    said = openssl("verify", "-CAfile", company / "root.crt", *chain, client, check=False)
    trusted = ("--load-ca-certificate", str(company / "root.crt"))
    command = ["certtool", "--verify", *trusted, "--infile", f"{client.parent}/client.chain.crt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (": OK" in said) is ("Chain verification output: Verified" in done.stdout), said + done.stdout
    return ": OK" in said


@pytest.fixture
def issued(tmp_path: Path, company: Path) -> Path:
    """The directory of the CA, with a certificate of the company and a client."""
    made = shop(tmp_path, subject_rfc4514=SUBJECT)
    shop(tmp_path, subject_rfc4514=SUBJECT, signed_certificate_path=sign(company, Path(made["csr_path"])))
    make_client(tmp_path / "shop")
    return tmp_path / "shop"


def test_the_first_certificate(tmp_path: Path, company: Path) -> None:
    preview = shop(tmp_path, write=False, subject_rfc4514=SUBJECT)
    assert not (tmp_path / "shop").exists()
    made = shop(tmp_path, subject_rfc4514=SUBJECT)
    assert codes(made) == codes(preview) == ["missing", "csr_missing"]
    assert "signed_certificate_path" in made["warnings"][0]
    again = shop(tmp_path, subject_rfc4514=SUBJECT, signed_certificate_path=company / "not there yet")
    assert (again["changed"], again["csr_path"]) == (False, made["csr_path"])
    with pytest.raises(CertificateError, match="There is no CA"):
        make_client(tmp_path / "shop")
    text = openssl("req", "-in", made["csr_path"], "-noout", "-verify", "-text")
    assert "CA:TRUE" in text
    assert "DC = com, DC = example, O = Example, OU = a, OU = b, CN = Shop CA" in text
    returned = sign(company, Path(made["csr_path"]))
    before = snapshot(tmp_path)
    assert codes(shop(tmp_path, write=False, signed_certificate_path=returned, subject_rfc4514=SUBJECT)) == [
        "installed"
    ]
    assert snapshot(tmp_path) == before
    installed = shop(tmp_path, signed_certificate_path=returned, subject_rfc4514=SUBJECT)
    assert ("csr_path" in installed, installed["warnings"]) == (False, [])
    assert shop(tmp_path, signed_certificate_path=returned, subject_rfc4514=SUBJECT)["changed"] is False
    assert shop(tmp_path)["changed"] is False, "the subject is kept"
    make_client(tmp_path / "shop")
    assert accepted(company, tmp_path / "shop/client.crt")
    openssl("x509", "-in", returned, "-outform", "DER", "-out", company / "shop.cer")
    assert shop(tmp_path, signed_certificate_path=company / "shop.cer")["changed"] is False, "as a CA of Windows does"


def test_a_renewal(tmp_path: Path, company: Path, issued: Path) -> None:
    old = (issued / "root.crt").read_bytes()
    due: dict[str, Any] = {"valid_for": "3000d", "renew_before": "1100d"}
    made = shop(tmp_path, **due)
    assert (codes(made), (issued / "root.crt").read_bytes()) == ([], old), "the request of the first time still fits"
    (issued / "root.csr").unlink()
    assert codes(shop(tmp_path, **due)) == ["csr_missing"]
    assert shop(tmp_path, **due)["changed"] is False
    asked = x509.load_pem_x509_csr((issued / "root.csr").read_bytes())
    current = x509.load_pem_x509_certificate(old)
    assert asked.subject.public_bytes() == current.subject.public_bytes()
    identifiers = [
        item.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value for item in (asked, current)
    ]
    assert identifiers[0] == identifiers[1]
    sign(company, issued / "root.csr", days=3000)
    # Only the certificate comes back this time: the chain so far is kept.
    assert codes(shop(tmp_path, signed_certificate_path=company / "shop.crt", **due)) == ["installed"]
    assert accepted(company, issued / "client.crt")
    revoke(issued, {"name": "client"})
    assert shop(tmp_path, signed_certificate_path=company / "shop.crt", **due)["changed"] is False


def another_key(company: Path) -> Path:
    new_certificate(company, "other", "/CN=Shop CA", ca="root")
    return company / "other.crt"


def signed_with(extensions: str) -> Callable[[Path], Path]:
    return lambda company: sign(company, company.parent / "shop/root.csr", 2000, extensions)


WRONG: dict[str, Callable[[Path], Path]] = {
    "key_mismatch": another_key,
    "not_a_ca": signed_with("basicConstraints=CA:FALSE\n"),
    "key_usage": signed_with("basicConstraints=CA:TRUE\nkeyUsage=digitalSignature\n"),
    "key_identifier": signed_with(EXTENSIONS + "subjectKeyIdentifier=00112233\n"),
    "unreadable": lambda company: company / "ext",
}


@pytest.mark.parametrize("code", WRONG)
def test_what_cannot_be_its_certificate_is_refused(tmp_path: Path, company: Path, issued: Path, code: str) -> None:
    path, before = WRONG[code](company), snapshot(issued)
    for write in (False, True):
        with pytest.raises(CertificateError) as refused:
            shop(tmp_path, write, signed_certificate_path=path)
        assert refused.value.code == code
    assert snapshot(issued) == before


def test_a_lost_key_is_not_replaced_without_consent(tmp_path: Path, issued: Path) -> None:
    for name in ("root.key", "root.crt"):
        (issued / name).unlink()
    before = snapshot(issued)
    with pytest.raises(CertificateError) as refused:
        shop(tmp_path, subject_rfc4514=SUBJECT)
    assert (refused.value.code, snapshot(issued)) == ("ca_lost", before)
    assert "missing" in codes(shop(tmp_path, subject_rfc4514=SUBJECT, replace="key"))


def test_rights_and_encryption_of_the_key_are_kept(tmp_path: Path, issued: Path) -> None:
    (issued / "root.key").chmod(0o644)
    before = snapshot(issued)
    assert codes(shop(tmp_path, write=False)) == ["rights_differ"]
    assert snapshot(issued) == before
    assert codes(shop(tmp_path)) == ["rights_differ"]
    assert ((issued / "root.key").stat().st_mode & 0o777, shop(tmp_path)["changed"]) == (0o600, False)
    assert codes(shop(tmp_path, passphrase="secret of the CA")) == ["key_not_encrypted"]
    opened = ("pkey", "-in", issued / "root.key", "-pubout", "-passin")
    of_key = openssl(*opened, "pass:secret of the CA")
    assert of_key == openssl("x509", "-in", issued / "root.crt", "-noout", "-pubkey")
    assert "PUBLIC" not in openssl(*opened, "pass:", check=False)
    assert shop(tmp_path, passphrase="secret of the CA")["changed"] is False


def test_an_older_certificate_changes_nothing(tmp_path: Path, company: Path, issued: Path) -> None:
    assert shop(tmp_path, signed_certificate_path=sign(company, issued / "root.csr", 20))["changed"] is False


def test_a_ca_of_a_company_that_brings_key_and_certificate(tmp_path: Path, company: Path) -> None:
    """Nothing is made: neither a request nor another certificate; the parent's key is nowhere near."""
    path = tmp_path / "shop"
    path.mkdir(mode=0o700)
    new_certificate(path, "root", "/DC=com/DC=example/OU=a+OU=b/CN=Shop", ca=str(company / "root"), days=2000)
    (path / "root.key").chmod(0o600)
    (company / "root.key").unlink()
    before = snapshot(path)
    assert shop(tmp_path)["changed"] is False
    assert snapshot(path) == before
    make_client(path)
    assert ": OK" in openssl(
        "verify", "-CAfile", company / "root.crt", "-untrusted", path / "root.crt", path / "client.crt"
    )


@pytest.mark.parametrize("text", ["", "Shop CA", "CN=", "CN=a,X=b", "CN=a\nb"])
def test_subjects_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(CertificateError) as refused:
        shop(tmp_path, subject_rfc4514=text)
    assert refused.value.code == ("subject_missing" if not text else "invalid_subject")


def test_a_root_keeps_any_subject(tmp_path: Path) -> None:
    """Several attributes in one part, in an order of its own."""
    text = "CN=Old CA+2.5.4.5=7,O=Example,OU=b,OU=a,C=cn"
    make_ca(tmp_path / "ca", subject=None, subject_rfc4514=text)
    shown = openssl("x509", "-in", tmp_path / "ca/root.crt", "-noout", "-subject", "-nameopt", "RFC2253")
    assert {part.strip() for part in shown.removeprefix("subject=").split(",")} >= {"O=Example", "OU=b", "OU=a", "C=cn"}
    assert make_ca(tmp_path / "ca", subject=None)["changed"] is False
    renewed = make_ca(tmp_path / "ca", subject=None, valid_for="5000d", renew_before="4900d")
    assert codes(renewed) == ["expires_soon"]
    assert openssl("x509", "-in", tmp_path / "ca/root.crt", "-noout", "-subject", "-nameopt", "RFC2253") == shown
