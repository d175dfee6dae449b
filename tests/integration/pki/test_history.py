# SPDX-License-Identifier: GPL-3.0-or-later
"""CRLs and lists of certificates that other programs have made: no revocation is lost, none hits another client."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, entries, make_ca, make_client, revoke, snapshot
from tests.witnesses.foreign import MAKERS, ForeignCa, made_by_easy_rsa, made_by_openssl_ca
from tests.witnesses.openssl import openssl

CONFIGURED = ("ca", "-batch", "-config", "openssl.cnf")


def request(top: Path, name: str) -> Path:
    """Have ``openssl ca`` issue another client certificate."""
    key = ("-newkey", "rsa:2048", "-nodes", "-config", "openssl.cnf", "-subj", f"/CN={name}")
    openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", directory=top)
    made = ("-in", f"{name}.csr", "-out", f"{name}.crt", "-extensions", "client_extensions", "-notext")
    openssl(*CONFIGURED, *made, directory=top)
    return top / f"{name}.crt"


@pytest.fixture
def old(tmp_path: Path) -> ForeignCa:
    """A CA of ``openssl ca``, with alice revoked, bob on hold and carol valid, and a CRL without a number."""
    made = made_by_openssl_ca(tmp_path)
    request(tmp_path, "bob")
    request(tmp_path, "carol")
    openssl(*CONFIGURED, "-revoke", "alice.crt", "-crl_reason", "keyCompromise", directory=tmp_path)
    openssl(*CONFIGURED, "-revoke", "bob.crt", "-crl_hold", "holdInstructionReject", directory=tmp_path)
    openssl(*CONFIGURED, "-gencrl", "-out", "old.crl", directory=tmp_path)
    return made


def verdicts(old: ForeignCa) -> dict[str, str]:
    """What OpenSSL says with the CRL of the CA."""
    checked = ("verify", "-crl_check", "-CRLfile", old.path / "root.crl.pem", "-CAfile", old.path / "root.crt")
    found = {}
    for name in ("alice", "bob", "carol"):
        said = openssl(*checked, old.path.parent / f"{name}.crt", check=False)
        found[name] = "good" if ": OK" in said else "revoked" if "certificate revoked" in said else said
    return found


def text(crl: Path) -> str:
    return openssl("crl", "-in", crl, "-noout", "-text")


@pytest.mark.parametrize("database", [False, True], ids=["without a database", "with a database"])
def test_a_crl_without_a_number_is_continued(old: ForeignCa, database: bool) -> None:
    if database:
        make_client(old.path, clients=[{"name": "new", "common_name": "new"}])
    shutil.copy(old.path.parent / "old.crl", old.path / "root.crl.pem")
    assert "CRL Number" not in text(old.path / "root.crl.pem")
    before = snapshot(old.path)
    found = revoke(old.path, {"path": str(old.path.parent / "carol.crt")}, write=False)
    assert (len(found["crl"]["revoked"]), found["crl"]["number"]) == (3, 1)
    assert snapshot(old.path) == before
    revoke(old.path, {"path": str(old.path.parent / "carol.crt")})
    assert verdicts(old) == {"alice": "revoked", "bob": "revoked", "carol": "revoked"}
    assert text(old.path / "root.crl.pem").split("X509v3 CRL Number:")[1].split()[0] == "1"
    assert "Key Compromise" in text(old.path / "root.crl.pem")
    result = revoke(old.path, {"path": str(old.path.parent / "bob.crt"), "reason": "remove_from_crl"})
    assert result["crl"]["number"] == 2
    assert verdicts(old) == {"alice": "revoked", "bob": "good", "carol": "revoked"}


def test_a_hold_of_a_crl_without_a_number_can_be_released_at_once(old: ForeignCa) -> None:
    shutil.copy(old.path.parent / "old.crl", old.path / "root.crl.pem")
    make_client(old.path, clients=[{"name": "new", "common_name": "new"}])
    revoke(old.path, {"path": str(old.path.parent / "bob.crt"), "reason": "remove_from_crl"})
    assert verdicts(old) == {"alice": "revoked", "bob": "good", "carol": "good"}
    make_ca(old.path, import_paths=[str(old.history)], **old.options)
    revoke(old.path)
    assert verdicts(old) == {"alice": "revoked", "bob": "good", "carol": "good"}, "an import brings the hold back"


def end_hold_of_bob(old: ForeignCa) -> None:
    """Revoke bob for good, which ``openssl ca`` does not do with a certificate on hold."""
    held = old.history.read_text()
    assert "holdInstruction,holdInstructionReject" in held
    old.history.write_text(held.replace("holdInstruction,holdInstructionReject", "keyCompromise"))


def test_a_crl_without_a_number_turns_a_hold_into_a_revocation(old: ForeignCa) -> None:
    make_ca(old.path, import_paths=[str(old.history)], **old.options)
    end_hold_of_bob(old)
    openssl(*CONFIGURED, "-gencrl", "-out", "pki/root.crl.pem", directory=old.path.parent)
    revoke(old.path)
    assert "Hold" not in text(old.path / "root.crl.pem")
    with pytest.raises(CertificateError) as refused:
        revoke(old.path, {"common_name": "bob", "reason": "remove_from_crl"})
    assert refused.value.code == "revoked_for_good"


IMPORTS: dict[str, Callable[[Path], list[Path]]] = {
    "index.txt": lambda top: [top / "index.txt"],
    "the directory": lambda top: [top],
    "certificates and a CRL": lambda top: [top / "newcerts", top / "old.crl"],
}


@pytest.mark.parametrize("kind", IMPORTS)
def test_an_import_knows_everybody_and_loses_no_revocation(old: ForeignCa, kind: str) -> None:
    paths = [str(path) for path in IMPORTS[kind](old.path.parent)]
    before = snapshot(old.path)
    preview = make_ca(old.path, write=False, import_paths=paths, **old.options)
    assert snapshot(old.path) == before
    made = make_ca(old.path, import_paths=paths, **old.options)
    assert (made["imported"], made["reasons"]) == (preview["imported"], preview["reasons"])
    assert made["imported"] == {"certificates": 3, "revocations": 2}
    assert codes(made) == ["imported"]
    assert make_ca(old.path, import_paths=paths, **old.options)["changed"] is False
    revoke(old.path)
    assert verdicts(old) == {"alice": "revoked", "bob": "revoked", "carol": "good"}
    revoke(old.path, {"common_name": "bob", "reason": "remove_from_crl"}, {"client": "carol"})
    assert make_ca(old.path, import_paths=paths, **old.options)["changed"] is False, "a released hold stays released"
    assert verdicts(old) == {"alice": "revoked", "bob": "good", "carol": "revoked"}


def imported_reasons(old: ForeignCa, path: Path) -> dict[str, str | None]:
    """The reasons in the database after an import of ``path``, by common name or else serial number."""
    make_ca(old.path, import_paths=[str(path)], **old.options)
    return {
        item["subject"].get("common_name", item["serial_number"]): item["reason"]
        for item in entries(old.path)
        if item["revoked"]
    }


@pytest.mark.parametrize("newer", ["a.crl", "z.crl"])
@pytest.mark.parametrize("index", [False, True], ids=["two CRLs", "a CRL and index.txt"])
def test_of_a_hold_and_a_revocation_the_revocation_counts(old: ForeignCa, newer: str, index: bool) -> None:
    end_hold_of_bob(old)
    if index:
        kept = [(old.history, "index.txt"), (old.path.parent / "old.crl", newer)]
    else:
        openssl(*CONFIGURED, "-gencrl", "-out", "new.crl", directory=old.path.parent)
        kept = [(old.path.parent / "newcerts/1001.pem", "bob.pem"), (old.path.parent / "new.crl", newer)]
        kept += [(old.path.parent / "newcerts/1000.pem", "alice.pem"), (old.path.parent / "old.crl", "m.crl")]
    archive = old.path.parent / "archive"
    archive.mkdir()
    for source, name in kept:
        shutil.copy(source, archive / name)
    assert imported_reasons(old, archive) == {"alice": "key_compromise", "bob": "key_compromise"}


HELD = {"1000": "key_compromise", "1001": "certificate_hold"}


@pytest.mark.parametrize("name", ["ca.crl", "ca.crl.der", "crl.pem"])
@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_a_crl_is_imported_in_either_form(old: ForeignCa, name: str, form: str) -> None:
    archive = old.path.parent / "archive"
    archive.mkdir()
    openssl("crl", "-in", "old.crl", "-outform", form, "-out", archive / name, directory=old.path.parent)
    assert imported_reasons(old, archive) == HELD


def test_of_several_crls_in_a_file_that_of_the_ca_is_imported(old: ForeignCa, tmp_path: Path) -> None:
    another = tmp_path / "another"
    make_ca(another)
    revoke(another)
    bundle = tmp_path / "bundle.crl"
    bundle.write_text((another / "root.crl.pem").read_text() + (tmp_path / "old.crl").read_text())
    assert imported_reasons(old, bundle) == HELD


def test_a_directory_with_a_damaged_crl_is_refused(old: ForeignCa, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    damaged = archive / "ca.crl"
    damaged.write_text((tmp_path / "old.crl").read_text()[:200])
    before = snapshot(old.path)
    with pytest.raises(CertificateError, match=str(damaged)) as refused:
        make_ca(old.path, import_paths=[str(archive)], **old.options)
    assert refused.value.code == "import_unreadable"
    assert snapshot(old.path) == before


def test_a_revocation_by_file_and_an_import_take_over_the_same(tmp_path: Path) -> None:
    """Of a certificate that the CA has signed elsewhere, whatever its purpose: here a CA."""
    signer, importer, revoker = (tmp_path / name / "pki" for name in ("signer", "importer", "revoker"))
    make_ca(signer)
    for path in (importer, revoker):
        shutil.copytree(signer, path)
    make_ca(tmp_path / "below", subject={"common_name": "below"}, issuer={"path": str(signer)})
    certificate = str(tmp_path / "below/root.crt")
    make_ca(importer, import_paths=[certificate])
    revoke(revoker, {"path": certificate})
    imported, revoked = (
        next(item for item in entries(path) if item["subject"]["common_name"] == "below")
        for path in (importer, revoker)
    )
    assert {**revoked, "revoked": None, "reason": None} == imported
    assert imported["profile"] == "subordinate"


def test_an_import_prefers_the_file_with_the_name_of_the_client(tmp_path: Path) -> None:
    easy = made_by_easy_rsa(tmp_path)
    make_ca(easy.path, import_paths=[str(easy.history)], **easy.options)
    assert [item["file"] for item in entries(easy.path) if item["profile"] == "client"] == [str(easy.client)]
    assert revoke(easy.path, {"name": "alice"})["certificates"][0]["file"] == str(easy.client)


def test_a_list_of_another_ca_is_refused(old: ForeignCa, tmp_path: Path) -> None:
    """Serial numbers of small CAs are 1, 2, 3: the wrong list would revoke other clients."""
    make_ca(old.path, import_paths=[str(old.history)], **old.options)
    other = tmp_path / "other.txt"
    other.write_text(
        old.history.read_text()
        .replace("CN=carol", "CN=dora")
        .replace("V\t", "R\t")
        .replace("Z\t\t", "Z\t261101000000Z\t")
    )
    before = snapshot(old.path)
    with pytest.raises(CertificateError) as refused:
        make_ca(old.path, import_paths=[str(other)], **old.options)
    assert refused.value.code == "import_differs"
    assert snapshot(old.path) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [("hello\n", "import_unreadable"), (None, "import_unreadable"), ("of another", "issuer_differs")],
)
def test_what_cannot_be_imported_is_named(old: ForeignCa, tmp_path: Path, content: str | None, code: str) -> None:
    ca = tmp_path / "another"
    make_ca(ca)
    path = ca / "root.crt" if content == "of another" else ca / "file"
    if content and code == "import_unreadable":
        path.write_text(content)
    with pytest.raises(CertificateError, match=str(path)) as refused:
        make_ca(old.path, import_paths=[str(path)], **old.options)
    assert refused.value.code == code


def test_imported_clients_are_asked_about(tmp_path: Path) -> None:
    easy = MAKERS["easy-rsa"](tmp_path)
    due = {**easy.options, "valid_for": "5000d", "renew_before": "4900d", "import_paths": [str(easy.history)]}
    before = snapshot(easy.path)
    for write in (False, True):
        with pytest.raises(CertificateError, match="alice") as refused:
            make_ca(easy.path, write, **due)
        assert refused.value.code == "named_by_serial"
    assert snapshot(easy.path) == before
