# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a CA has come in replacing another one, as the steps of a rotation ask for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, revoke, run, snapshot

NEW = {"common_name": "root 2027"}


def info(path: Path, **options: Any) -> dict[str, Any]:
    return run("ca_info", path=path, **options)


def prepare(old: Path, new: Path, **options: Any) -> None:
    make_ca(new, subject=NEW, cross_sign={"path": str(old)}, **options)
    make_client(new)


def finish(_old: Path, new: Path) -> None:
    make_ca(new, subject=NEW, end_rotation=True)
    make_client(new)


def begin(_old: Path, new: Path) -> None:
    make_ca(new, subject=NEW)


def unrelated(_old: Path, new: Path) -> None:
    make_ca(new, subject=NEW)
    make_client(new)


def of_another(old: Path, new: Path) -> None:
    make_ca(old.parent / "third", subject={"common_name": "third"})
    prepare(old.parent / "third", new)


def then(*steps: Callable[[Path, Path], object]) -> Callable[[Path, Path], None]:
    def all_of(old: Path, new: Path) -> None:
        for step in steps:
            step(old, new)

    return all_of


def lost(name: str) -> Callable[[Path, Path], None]:
    return lambda _old, new: (new / name).unlink()


def damaged(name: str) -> Callable[[Path, Path], object]:
    return lambda _old, new: (new / name).write_text("no certificate")


STATES: list[tuple[str, Callable[[Path, Path], object], str]] = [
    ("nothing", lambda old, new: None, "none"),
    ("an empty directory", lambda old, new: new.mkdir(), "none"),
    ("interrupted before the cross-certificate", begin, "begun"),
    ("interrupted before the clients", lambda old, new: make_ca(new, subject=NEW, cross_sign={"path": str(old)}),
     "prepared"),
    ("prepared", prepare, "prepared"),
    ("the cross-certificate is lost", then(prepare, lost("root.cross.crt")), "begun"),
    ("the cross-certificate is damaged", then(prepare, damaged("root.cross.crt")), "begun"),
    ("interrupted while it was finished", then(prepare, lost("root.chain.crt")), "prepared"),
    ("finished", then(prepare, finish), "finished"),
    ("the index is lost", then(prepare, lost("root.index.db")), "prepared"),
    ("an unrelated CA", unrelated, "other"),
    ("the CA of another rotation", of_another, "other"),
    ("the old CA is lost", then(prepare, lambda old, new: shutil.rmtree(old)), "other"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "state"), [each[1:] for each in STATES], ids=[each[0] for each in STATES])
def test_state(ca: Path, tmp_path: Path, make: Callable[[Path, Path], object], state: str) -> None:
    make(ca, tmp_path / "new")
    before = snapshot(tmp_path)
    found = info(tmp_path / "new", replaces={"path": str(ca)})
    assert (found["state"], found["changed"]) == (state, False)
    assert (found["ca"] is None) == (state == "none")
    assert snapshot(tmp_path) == before


def test_the_other_way_round_is_another_ca(ca: Path, tmp_path: Path) -> None:
    make_client(ca)
    prepare(ca, tmp_path / "new")
    assert info(ca, replaces={"path": str(tmp_path / "new")})["state"] == "other"


def test_a_renewed_ca_is_the_same(ca: Path, tmp_path: Path) -> None:
    prepare(ca, tmp_path / "new")
    key = info(ca)["ca"]["public_key_sha256"]
    make_ca(ca, valid_for="20y", renew_before="15y")
    assert info(ca)["ca"]["public_key_sha256"] == key
    assert info(tmp_path / "new", replaces={"path": str(ca)})["state"] == "prepared"


LEFT: list[tuple[str, str]] = [
    ("a certificate that it has issued", "client.crt"),
    ("its cross-certificate", "root.cross.crt"),
    ("its chain", "root.chain.crt"),
    ("its index", "root.index.db"),
    ("its CRL", "root.crl.pem"),
]


@pytest.mark.parametrize("name", [each[1] for each in LEFT], ids=[each[0] for each in LEFT])
def test_no_new_ca_where_one_has_been(ca: Path, tmp_path: Path, name: str) -> None:
    prepare(ca, tmp_path / "new")
    revoke(tmp_path / "new", {"name": "client"})
    for file in (tmp_path / "new").iterdir():
        if file.name != name:
            file.unlink()
    before = snapshot(tmp_path)
    for write in (False, True):
        with pytest.raises(CertificateError, match="says that there was one") as refused:
            make_ca(tmp_path / "new", write, subject=NEW)
        assert refused.value.code == "ca_lost"
    assert snapshot(tmp_path) == before
    assert codes(make_ca(tmp_path / "new", subject=NEW, replace="key")) == ["missing"]


def test_certificates_of_other_cas_are_in_nobodys_way(ca: Path, tmp_path: Path) -> None:
    make_client(ca)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "client.crt").write_bytes((ca / "client.crt").read_bytes())
    (tmp_path / "new" / "note.crt").write_text("no certificate")
    assert codes(make_ca(tmp_path / "new", subject=NEW)) == ["missing"]


def make_fleet(ca: Path) -> None:
    """Clients of every kind: with a passphrase, a generated one, none; of a request; revoked, on hold, expired."""
    make_client(ca, clients=[{"name": "client", "common_name": "client-alb-user"}])
    plain: dict[str, Any] = {"pkcs12_passphrase": None, "subject": {"organization_name": "Example"}}
    generated = {"name": "scanner", "common_name": "scanner-01", "dns_names": ["a.example.com"], "valid_for": "20d"}
    make_client(ca, clients=[{**generated, "renew_before": "1d"}], pkcs12_generate_passphrases=True, **plain)
    others = [{"name": name, "common_name": name} for name in ("gone", "held", "plain", "donor")]
    make_client(ca, clients=[*others[:3], {**others[3], "key_type": "rsa", "key_size": 2048}], **plain)
    partner = {"name": "partner", "common_name": "partner", "csr": (ca / "donor.csr").read_text()}
    make_client(ca, clients=[partner], **plain)
    revoke(ca, {"name": "gone"}, {"name": "held", "reason": "certificate_hold"})


def include(old: Path, new: Path, **options: Any) -> dict[str, Any]:
    """The clients of ``old``, issued by ``new``."""
    given: dict[str, Any] = {"clients": [], "include_clients": "previous_ca", "previous_ca": {"path": str(old)}}
    return make_client(new, **{**given, "pkcs12_passphrase": None, "skip_revoked": True, **options})


def without(old: Path, new: Path) -> dict[str, bool]:
    found = info(new, replaces={"path": str(old)})
    return {item["name"]: item["request_needed"] for item in found["clients_without"]}


def test_every_valid_client_of_the_old_ca_gets_a_certificate_like_its_old_one(ca: Path, tmp_path: Path) -> None:
    make_fleet(ca)
    new = tmp_path / "new"
    expected = {"client": False, "scanner": False, "plain": False, "donor": False, "partner": True}
    assert without(ca, new) == expected
    make_ca(new, subject=NEW, cross_sign={"path": str(ca)})
    planned = include(ca, new, write=False)
    assert sorted(item["name"] for item in planned["certificates"]) == ["client", "donor", "plain", "scanner"]
    assert not (new / "plain.crt").exists()
    made = include(ca, new)
    assert [item["code"] for item in made["left_out"]] == ["request_missing"]
    assert "partner.csr" in made["left_out"][0]["message"]
    by_name = {item["name"]: item for item in made["certificates"]}
    for name, item in by_name.items():
        before, after = (info_of(directory / f"{name}.crt") for directory in (ca, new))
        same = ("subject", "dns_names", "email_addresses", "key")
        assert {key: before[key] for key in same} == {key: after[key] for key in same}
        assert (ca / f"{name}.p12").exists() == ("pkcs12_path" in item)
        assert (ca / f"{name}.key").read_bytes() != (new / f"{name}.key").read_bytes()
    assert by_name["scanner"]["not_after"] < by_name["plain"]["not_after"]
    assert (new / "client.p12.txt").exists(), "the passphrase of the old file is not known here"
    assert without(ca, new) == {"partner": True}

    # The request of the owner; here the old one, so that the same key is certified again.
    done = include(ca, new, requests_path=str(ca))
    assert [item["name"] for item in done["certificates"] if item["changed"]] == ["partner"]
    assert without(ca, new) == {}
    again = include(ca, new)
    assert (again["changed"], again["left_out"]) == (False, [])


def info_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = run("info", paths=[str(path)])["certificates"][0]
    return found


def test_what_is_listed_counts_more_than_the_database(ca: Path, tmp_path: Path) -> None:
    make_fleet(ca)
    make_ca(tmp_path / "new", subject=NEW, cross_sign={"path": str(ca)})
    listed = [
        {"name": "plain", "common_name": "plain", "dns_names": ["listed.example.com"]},
        {"name": "scanner", "common_name": "another"},
        {"name": "gone", "common_name": "gone"},
    ]
    made = include(ca, tmp_path / "new", clients=listed)
    by_common_name = {item["subject"]["common_name"]: item for item in made["certificates"]}
    assert by_common_name["plain"]["dns_names"] == ["listed.example.com"]
    assert by_common_name["another"]["name"] == "scanner"
    assert by_common_name["scanner-01"]["name"].startswith("scanner-"), "the file name is taken by a listed client"
    assert sorted(item["name"] for item in made["left_out"]) == ["gone", "partner"]


def test_a_renewed_or_revoked_client_counts_by_its_newest_certificate(ca: Path, tmp_path: Path) -> None:
    one = [{"name": "one", "common_name": "one"}]
    make_client(ca, clients=one, pkcs12_passphrase=None)
    first = info_of(ca / "one.crt")["serial_number"]
    make_client(ca, clients=one, pkcs12_passphrase=None, valid_for="20y", renew_before="15y", outlive_ca=True)
    assert list(without(ca, tmp_path / "new")) == ["one"]
    revoke(ca, {"serial_number": first})
    assert list(without(ca, tmp_path / "new")) == ["one"], "the newest is valid"
    revoke(ca, {"name": "one"})
    assert without(ca, tmp_path / "new") == {}


def test_the_end_of_a_rotation_reaches_every_client_of_the_new_ca(ca: Path, tmp_path: Path) -> None:
    make_fleet(ca)
    new = tmp_path / "new"
    make_ca(new, subject=NEW, cross_sign={"path": str(ca)})
    include(ca, new, requests_path=str(ca))
    make_client(new, path=str(tmp_path / "others"), clients=[{"name": "far", "common_name": "far"}])
    make_ca(new, subject=NEW, end_rotation=True)
    shutil.rmtree(ca)
    own: dict[str, Any] = {"clients": [], "include_clients": "this_ca", "pkcs12_passphrase": None}
    done = make_client(new, **own)
    found = {item["name"]: {reason["code"] for reason in item["reasons"]} for item in done["certificates"]}
    with_pkcs12 = {"chain_differs", "pkcs12_differs"}
    alone = {"chain_differs"}
    assert found == {
        "client": with_pkcs12,
        "scanner": with_pkcs12,
        "plain": alone,
        "donor": alone,
        "partner": alone,
        "far": alone,
    }
    assert b"cross" not in b"".join(path.name.encode() for path in new.iterdir())
    assert make_client(new, **own)["changed"] is False


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no previous CA", {"previous_ca": None}, "contradiction"),
    ("a missing one", {"previous_ca": {"path": "/nowhere/at/all"}}, "ca_missing"),
    ("requests at a relative path", {"requests_path": "requests"}, "invalid_path"),
]


@pytest.mark.parametrize(("options", "code"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_an_included_ca_that_cannot_be_meant(ca: Path, tmp_path: Path, options: dict[str, Any], code: str) -> None:
    make_ca(tmp_path / "new", subject=NEW)
    before = snapshot(tmp_path)
    with pytest.raises(CertificateError) as refused:
        include(ca, tmp_path / "new", **options)
    assert refused.value.code == code
    assert snapshot(tmp_path) == before
