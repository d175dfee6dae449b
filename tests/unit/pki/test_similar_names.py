# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients whose names differ only in form: a new one is refused with both names, and nobody is taken for another."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments import texts
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import similar_names
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_ca, make_client, make_server, revoke, snapshot

NFC, NFD = (unicodedata.normalize(form, "José Müller") for form in ("NFC", "NFD"))
SIMILAR = [
    (NFC, NFD),
    (unicodedata.normalize("NFC", "한글"), unicodedata.normalize("NFD", "한글")),
    ("alice", "Alice"),
    ("straße", "STRASSE"),
    ("ΟΔΟΣ", "οδος"),
    ("office", "oﬃce"),
    ("门店１", "门店1"),
    ("a b", "a  b"),
]
DIFFERENT = [("Müller", "Muller"), ("a b", "ab"), ("i", "ı"), ("门店1", "门店2"), ("a-b", "a_b")]


def client(name: str, common_name: str = "") -> dict[str, Any]:
    return {"name": name, "common_name": common_name or f"cn of {name}"}


def issue(ca: Path, *clients: dict[str, Any], **options: Any) -> dict[str, dict[str, str]]:
    """Return the errors of the clients by their names."""
    given = {"clients": list(clients), "pkcs12_passphrase": None, "tolerant": True, **options}
    return {item["name"]: item for item in make_client(ca, **given)["failures"]}


@pytest.mark.parametrize(("one", "other"), SIMILAR)
def test_a_form_is_no_difference(one: str, other: str) -> None:
    assert one != other
    assert texts.folded(one) == texts.folded(other)
    assert texts.shown(one, other) != texts.shown(other, one), "a reader sees the difference"


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_letters_are_a_difference(one: str, other: str) -> None:
    assert texts.folded(one) != texts.folded(other)


@pytest.mark.parametrize("kind", ["name", "common_name"])
@pytest.mark.parametrize(("one", "other"), SIMILAR)
def test_both_of_a_list_are_refused_and_the_others_issued(ca: Path, one: str, other: str, kind: str) -> None:
    pair = [client(one), client(other)] if kind == "name" else [client("x", one), client("y", other)]
    failures = issue(ca, *pair, client("good"))
    assert {item["code"] for item in failures.values()} == {"similar_name"}
    assert failures.keys() == {item["name"] for item in pair}
    for failure in failures.values():
        assert all(texts.shown(*names).strip("'") in failure["message"] for names in ((one, other), (other, one)))
    assert (ca / "good.crt").exists()
    assert not any((ca / f"{item['name']}.crt").exists() for item in pair)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_ones_are_issued(ca: Path, one: str, other: str) -> None:
    assert issue(ca, client(one, one), client(other, other)) == {}


@pytest.mark.parametrize("write", [True, False])
def test_a_new_one_beside_an_existing_one_is_refused(ca: Path, write: bool) -> None:
    issue(ca, client("alice", "Alice Smith"))
    before = snapshot(ca)
    for new in (client("Alice"), client("second", "alice  smith")):
        (failure,) = issue(ca, new, write=write).values()
        assert failure["code"] == "similar_name"
        assert str(ca) in failure["message"]
    assert snapshot(ca) == before


def test_two_that_exist_are_left_alone_and_renewed(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = [client("alice", "alice"), client("Alice", "Alice")]
    with monkeypatch.context() as earlier:
        earlier.setattr(similar_names, "check", lambda *_arguments: {})
        assert issue(ca, *pair) == {}
    assert issue(ca, *pair) == {}
    renewed = make_client(ca, clients=pair, pkcs12_passphrase=None, subject={"organization_name": "New"})
    assert [item["changed"] for item in renewed["certificates"]] == [True, True]
    assert list(issue(ca, *pair, client("ALICE", "third"))) == ["ALICE"]
    assert revoke(ca, {"client": "alice"})["certificates"][0]["file"] == str(ca / "alice.crt")


def test_a_revoked_one_gives_its_common_name_away_but_not_its_file(ca: Path) -> None:
    issue(ca, client("alice", "alice"))
    revoke(ca, {"client": "alice"})
    assert issue(ca, client("other", "Alice")) == {}
    assert issue(ca, client("ALICE"))["ALICE"]["code"] == "similar_name"


def test_names_of_the_ca_and_of_servers_are_kept_free_in_every_form(ca: Path) -> None:
    failures = issue(ca, client("a", "ROOT"), client("b", "WWW.example.com"), client("Root", "c"), client("good"))
    expected = {"a": "common_name_of_ca", "b": "common_name_reserved", "Root": "name_of_ca"}
    assert {name: item["code"] for name, item in failures.items()} == {"a": "common_name_of_ca", "Root": "name_of_ca"}
    failures = issue(ca, client("b", "WWW.example.com"), reserved_common_names=["www.example.com"])
    assert failures["b"]["code"] == expected["b"]


def test_a_server_beside_a_client(ca: Path) -> None:
    issue(ca, client("gate", "Gate.example.com"))
    with pytest.raises(CertificateError, match="differ only in form") as refused:
        make_server(ca, common_name="gate.example.com")
    assert refused.value.code == "similar_name"


def test_a_linked_directory_is_the_same_directory(tmp_path: Path) -> None:
    make_ca(tmp_path / "pki")
    (tmp_path / "link").symlink_to("pki")
    issue(tmp_path / "pki", client("alice"))
    assert issue(tmp_path / "pki", client("Alice", "x"), path=tmp_path / "link")["Alice"]["code"] == "similar_name"
    (tmp_path / "other").mkdir(mode=0o700)
    assert issue(tmp_path / "pki", client("Alice", "x"), path=tmp_path / "other") == {}


@pytest.mark.parametrize("order", ["client", "name", "common_name"])
def test_a_revocation_names_the_form_that_exists(ca: Path, order: str) -> None:
    issue(ca, client(NFC, NFC))
    with pytest.raises(CertificateError) as refused:
        revoke(ca, {order: NFD})
    assert refused.value.code == "unknown_certificate"
    assert f"Near to it: {NFC!a}" in str(refused.value)
    with pytest.raises(CertificateError, match="Near to it") as refused:
        revoke(ca, {"path": str(ca / f"{NFD}.crt")})
    assert ascii(NFC)[1:-1] in str(refused.value)
