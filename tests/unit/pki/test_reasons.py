# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be made again, and why: one line per way in which the world can differ from the options."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509

from tests.unit.pki.make import (
    PASSPHRASE,
    bare_certificate,
    codes,
    make_ca,
    make_client,
    make_server,
    new_key,
    snapshot,
)

Change = Callable[[Path], object]


def remove(name: str) -> Change:
    return lambda path: (path / name).unlink()


def remove_all(path: Path) -> None:
    for file in path.glob("client.*"):
        file.unlink()


def put(name: str, content: str) -> Change:
    return lambda path: (path / name).write_text(content)


def other_key(path: Path) -> None:
    new_key(path / "client.key")


def no_extensions(path: Path) -> None:
    request = x509.load_pem_x509_csr((path / "client.csr").read_bytes())
    (path / "client.crt").write_bytes(bare_certificate(path, request))


def foreign_ca(path: Path) -> None:
    """Another CA of the same name took the place of ours."""
    for name in ("root.key", "root.crt"):
        (path / name).unlink()
    make_ca(path, replace="key")


def renamed_ca(path: Path) -> None:
    make_ca(path, subject={"common_name": "new root"}, replace="certificate")


def renewed_ca(path: Path) -> None:
    (path / "root.crt").unlink()
    make_ca(path, valid_for="4000d", replace="certificate")


def forgotten(path: Path) -> None:
    (path / "root.index.db").unlink()


CLIENT: list[tuple[str, Change, dict[str, Any], list[str], set[str]]] = [
    # name, what happens, options of the second run, reasons, files that change
    ("nothing", lambda path: None, {}, [], set()),
    ("all files gone", remove_all, {}, ["missing"], {"*"}),
    ("certificate gone", remove("client.crt"), {}, ["missing"], {"crt", "chain.crt", "p12"}),
    ("key gone", remove("client.key"), {}, ["key_missing"], {"*"}),
    ("request gone", remove("client.csr"), {}, ["csr_missing"], {"csr"}),
    ("PKCS#12 gone", remove("client.p12"), {}, ["pkcs12_missing"], {"p12"}),
    ("no extensions", no_extensions, {}, ["extensions_differ"], {"crt", "chain.crt", "p12"}),
    ("CA replaced", foreign_ca, {}, ["issuer_changed"], {"crt", "chain.crt", "p12"}),
    ("CA renamed", renamed_ca, {}, ["issuer_changed"], {"crt", "chain.crt", "p12"}),
    ("CA renewed", renewed_ca, {}, ["chain_differs", "pkcs12_differs"], {"chain.crt", "p12"}),
    ("other kind of key", lambda path: None, {"key_type": "ed25519"}, ["key_type_differs"], {"*"}),
    ("other curve", lambda path: None, {"curve": "secp384r1"}, ["key_type_differs"], {"*"}),
    ("shared passphrase and a record that is gone", forgotten, {}, [], set()),
    ("other passphrase", lambda path: None, {"pkcs12_passphrase": "another one"}, ["pkcs12_differs"], {"p12"}),
    ("other encryption", lambda path: None, {"pkcs12_encryption": "legacy"}, ["pkcs12_differs"], {"p12"}),
    ("no PKCS#12 any more", lambda path: None, {"pkcs12_passphrase": None}, [], set()),
    (
        "other subject",
        lambda path: None,
        {"subject": {"organization_name": "alibaba"}},
        ["subject_differs", "csr_differs"],
        {"csr", "crt", "chain.crt", "p12"},
    ),
    (
        "an e-mail address",
        lambda path: None,
        {"clients": [{"name": "client", "common_name": "client-alb-user", "email_address": "a@example.com"}]},
        ["subject_differs", "san_differs", "csr_differs"],
        {"csr", "crt", "chain.crt", "p12"},
    ),
    (
        "renewal",
        lambda path: None,
        {"valid_for": "5000d", "renew_before": "4000d"},
        ["expires_soon"],
        {"crt", "chain.crt", "p12"},
    ),
    ("mode", lambda path: os.chmod(path / "client.key", 0o644), {}, ["rights_differ"], {"key"}),
]


@pytest.mark.parametrize(("change", "options", "reasons", "files"), [c[1:] for c in CLIENT], ids=[c[0] for c in CLIENT])
def test_client(tmp_path: Path, change: Change, options: dict[str, Any], reasons: list[str], files: set[str]) -> None:
    make_ca(tmp_path, valid_for="6000d")
    first = make_client(tmp_path)
    assert codes(first) == ["missing"]
    change(tmp_path)
    before = {path.name[7:]: (path.stat().st_ino, path.stat().st_mode) for path in tmp_path.glob("client.*")}

    foretold = make_client(tmp_path, write=False, **options)
    done = make_client(tmp_path, **options)
    assert codes(foretold) == codes(done) == reasons
    assert foretold["changed"] == done["changed"] == bool(reasons)

    after = {path.name[7:]: (path.stat().st_ino, path.stat().st_mode) for path in tmp_path.glob("client.*")}
    changed = {kind for kind in after if before.get(kind) != after[kind] and "replaced" not in kind}
    assert changed == ({"key", "csr", "crt", "chain.crt", "p12"} if files == {"*"} else files)
    assert codes(make_client(tmp_path, **options)) == [], "the next run changes nothing"


def server_of_others(path: Path) -> None:
    make_ca(path / "others", subject={"common_name": "others"})
    for name in ("client.key", "client.crt"):
        (path / name).unlink()
    make_server(path / "others", path=path, name="client")


def shortened(name: str) -> Change:
    return lambda path: (path / name).write_bytes((path / name).read_bytes()[:-60])


REFUSED: list[tuple[str, Change, str, str]] = [
    # name, what happens, error, the file that it names
    ("certificate is rubbish", put("client.crt", "rubbish"), "unreadable", "client.crt"),
    ("certificate is empty", put("client.crt", ""), "unreadable", "client.crt"),
    ("certificate is cut off", shortened("client.crt"), "unreadable", "client.crt"),
    ("request is rubbish", put("client.csr", "rubbish"), "csr_unreadable", "client.csr"),
    ("request is cut off", shortened("client.csr"), "csr_unreadable", "client.csr"),
    ("key is rubbish", put("client.key", "rubbish"), "key_unreadable", "client.key"),
    ("key is cut off", shortened("client.key"), "key_unreadable", "client.key"),
    ("PKCS#12 is rubbish", put("client.p12", "rubbish"), "pkcs12_unreadable", "client.p12"),
    ("PKCS#12 is cut off", shortened("client.p12"), "pkcs12_unreadable", "client.p12"),
    ("another key", other_key, "key_mismatch", "client.crt"),
    ("a server's certificate", server_of_others, "profile_differs", "client.crt"),
]


@pytest.mark.parametrize(("change", "code", "named"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_may_be_somebody_elses_is_named_and_not_overwritten(
    ca: Path, change: Change, code: str, named: str
) -> None:
    make_client(ca)
    change(ca)
    before = snapshot(ca)
    clients = [{"name": name, "common_name": common} for name, common in (("client", "client-alb-user"), ("b", "b"))]
    for write in (False, True):
        result = make_client(ca, write, tolerant=True, clients=clients)
        assert [(each["position"], each["code"]) for each in result["failures"]] == [(0, code)]
        assert str(ca / named) in result["failures"][0]["message"]
        assert [each["name"] for each in result["certificates"]] == ["b"]
    after = snapshot(ca)
    kept = {name for name in before if "index" not in name}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_key_that_another_kind_replaces_is_kept_aside(ca: Path) -> None:
    make_client(ca)
    old = (ca / "client.key").read_bytes()
    make_client(ca, curve="secp384r1")
    kept = list(ca.glob("client.replaced-*.key"))
    assert [(each.read_bytes(), each.stat().st_mode & 0o777) for each in kept] == [(old, 0o600)]


def test_a_client_does_not_become_a_server(ca: Path) -> None:
    make_client(ca)
    before = snapshot(ca)
    with pytest.raises(CertificateError, match=r"client\.crt is no server certificate") as refused:
        make_server(ca, name="client")
    assert refused.value.code == "profile_differs"
    assert snapshot(ca) == before


SERVER: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing", {}, []),
    ("same names in another order", {"dns_names": ["b.example.com", "www.example.com"]}, []),
    ("one name more", {"dns_names": ["www.example.com", "b.example.com", "c.example.com"]}, ["san_differs"]),
    ("one name less", {"dns_names": ["www.example.com"]}, ["san_differs"]),
    ("an address", {"ip_addresses": ["192.0.2.1", "2001:db8::1"]}, ["san_differs"]),
    ("another common name", {"common_name": "example.com"}, ["subject_differs"]),
]


@pytest.mark.parametrize(("options", "reasons"), [c[1:] for c in SERVER], ids=[c[0] for c in SERVER])
def test_server(ca: Path, options: dict[str, Any], reasons: list[str]) -> None:
    make_server(ca, dns_names=["www.example.com", "b.example.com"])
    options = {"dns_names": ["www.example.com", "b.example.com"], **options}
    assert codes(make_server(ca, **options)) == reasons
    assert codes(make_server(ca, **options)) == []
    assert (ca / "server.chain.crt").read_bytes() == (ca / "server.crt").read_bytes() + (ca / "root.crt").read_bytes()


@pytest.mark.parametrize(
    ("change", "reasons"), [(remove, ["chain_missing"]), (lambda n: put(n, ""), ["chain_differs"])]
)
def test_server_chain(ca: Path, change: Callable[[str], Change], reasons: list[str]) -> None:
    make_server(ca)
    change("server.chain.crt")(ca)
    assert codes(make_server(ca)) == reasons
    assert codes(make_server(ca)) == []


def test_names_default_to_the_common_name_and_become_ascii(ca: Path) -> None:
    assert make_server(ca)["certificate"]["dns_names"] == ["www.example.com"]
    for address in ("192.0.2.7", "2001:db8::7"):
        made = make_server(ca, name=address, common_name=address)["certificate"]
        assert (made["dns_names"], made["ip_addresses"]) == ([], [address])
    assert make_server(ca, dns_names=["例子.example.com"])["certificate"]["dns_names"] == ["xn--fsqu00a.example.com"]


@pytest.mark.parametrize(
    ("later", "valid_for", "renew_before", "reasons"),
    [
        ("59d", "100d", "40d", []),
        ("61d", "100d", "40d", ["expires_soon"]),
        ("101d", "100d", "40d", ["expired"]),
        ("79d", "100d", "20%", []),
        ("81d", "100d", "20%", ["expires_soon"]),
    ],
)
def test_time(
    ca: Path, monkeypatch: pytest.MonkeyPatch, later: str, valid_for: str, renew_before: str, reasons: list[str]
) -> None:
    options = {"valid_for": valid_for, "renew_before": renew_before}
    make_client(ca, **options)
    moment = times.now() + times.duration(later, "later")
    monkeypatch.setattr(times, "now", lambda: moment)
    assert codes(make_client(ca, **options)) == reasons
    assert codes(make_client(ca, **options)) == []


def test_a_certificate_that_ends_with_its_ca_is_not_renewed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_ca(tmp_path, valid_for="20d", renew_before="1d")
    first = make_client(tmp_path, valid_for="90d", renew_before="30d")
    assert first["certificates"][0]["not_after"] == made["ca"]["not_after"]
    assert "end with the CA" in first["warnings"][0]
    assert codes(make_client(tmp_path, valid_for="90d", renew_before="30d")) == []
    later = times.now() + times.duration("21d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    make_ca(tmp_path, valid_for="200d", renew_before="1d")
    assert "expired" in codes(make_client(tmp_path, valid_for="90d", renew_before="30d"))


def test_check_run_before_the_first_one_needs_no_ca_and_writes_nothing(tmp_path: Path) -> None:
    for result in (
        make_ca(tmp_path / "pki", write=False)["ca"],
        make_client(tmp_path / "pki", write=False)["certificates"][0],
        make_server(tmp_path / "pki" / "server-ca", write=False)["certificate"],
    ):
        assert result["certificate"].startswith("-----BEGIN CERTIFICATE-----")
        assert [reason["code"] for reason in result["reasons"]] == ["missing"]
    assert snapshot(tmp_path) == {}
    assert not (tmp_path / "pki").exists()


def test_difference_names_what_changes_and_holds_no_secret(ca: Path) -> None:
    make_client(ca)
    difference = make_client(ca, subject={"organization_name": "alibaba"})["diff"]
    path = str(ca / "client.crt")
    assert difference["before"][path]["subject"] == {"common_name": "client-alb-user"}
    assert difference["after"][path]["subject"] == {"organization_name": "alibaba", "common_name": "client-alb-user"}
    assert difference["after"][path]["reasons"] == ["subject_differs", "csr_differs"]
    assert "PRIVATE KEY" not in repr(difference)
    assert PASSPHRASE not in repr(difference)
