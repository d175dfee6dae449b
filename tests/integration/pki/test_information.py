# SPDX-License-Identifier: GPL-3.0-or-later
"""What certificate_info says, held against what OpenSSL says of the same files."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import information
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import (
    PASSPHRASE,
    codes,
    make_ca,
    make_client,
    make_server,
    revoke,
    run,
    snapshot,
)
from tests.witnesses.openssl import openssl


def ask(*paths: Path, **options: Any) -> dict[str, Any]:
    return run("info", **({"paths": list(map(str, paths))} if paths else {}), **options)


def one(*paths: Path, **options: Any) -> dict[str, Any]:
    (found,) = ask(*paths, **options)["certificates"]
    assert isinstance(found, dict)
    return found


def by_file(directory: Path, **options: Any) -> dict[str, dict[str, Any]]:
    return {Path(each["path"]).name: each for each in ask(directory, **options)["certificates"]}


def test_a_whole_directory_is_listed_once_and_nothing_is_to_be_made_again(ca: Path) -> None:
    make_client(ca)
    make_server(ca)
    revoke(ca)
    make_ca(ca / "shop", subject={"common_name": "shop"}, issuer={"path": str(ca)})
    make_client(ca / "shop", clients=[{"name": "below", "common_name": "below", "email_address": "a@example.com"}])
    before = snapshot(ca)
    found = ask(ca, passphrases=[PASSPHRASE])
    assert [(Path(each["path"]).relative_to(ca).as_posix(), each["profile"]) for each in found["certificates"]] == [
        ("client.crt", "client"),
        ("root.crt", "root"),
        ("server.crt", "server"),
        ("shop/below.crt", "client"),
        ("shop/root.crt", "subordinate"),
    ]
    assert found["unreadable"] == []
    for each in found["certificates"]:
        assert (each["verified"], each["problem"], each["reasons"], each["remakes"]) == (True, None, [], []), each
        assert each["private_key"]["matches"] is True
        shown = openssl("x509", "-in", each["path"], "-noout", "-serial", "-fingerprint", "-sha256").lower()
        assert each["serial_number"] in shown
        assert each["fingerprint_sha256"] in shown.replace(":", "")
    below = next(each for each in found["certificates"] if each["path"].endswith("below.crt"))
    assert [each["common_name"] for each in below["chain"]] == ["shop", "root"]
    assert below["email_addresses"] == ["a@example.com"]
    assert below["days_left"] in (3649, 3650)
    assert "certificate" not in below
    assert snapshot(ca) == before
    assert [Path(each["path"]).name for each in ask(ca, recurse=False)["certificates"]] == [
        "client.crt",
        "root.crt",
        "server.crt",
    ]


def test_filters(ca: Path) -> None:
    clients = [{"name": f"c{days}", "common_name": f"till {days}", "valid_for": f"{days}d"} for days in (40, 80)]
    make_client(ca, clients=clients)
    asked: list[tuple[dict[str, Any], set[str]]] = [
        ({"expires_within": "10d"}, set()),
        ({"expires_within": "41d"}, {"c40.crt"}),
        ({"expires_within": "12w"}, {"c40.crt", "c80.crt"}),
        ({"common_name": "till 8*"}, {"c80.crt"}),
        ({"common_name": "root", "profiles": ["root"]}, {"root.crt"}),
        ({"common_name": "root", "profiles": ["client", "server"]}, set()),
    ]
    for options, wanted in asked:
        found = by_file(ca, **options)
        assert set(found) == wanted, options
        assert all(each["verified"] for each in found.values()), "what is left out still counts as a CA"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda ca: (ca / "client.key").write_bytes((ca / "root.key").read_bytes()), "key_mismatch"),
        (lambda ca: (ca / "client.csr").write_bytes(b"rubbish"), "csr_unreadable"),
        (lambda ca: (ca / "client.chain.crt").write_bytes((ca / "client.crt").read_bytes()), "chain_differs"),
        (lambda ca: (ca / "client.key").chmod(0o644), "rights_differ"),
        (lambda ca: make_ca(ca, subject={"common_name": "other"}, replace="certificate"), "issuer_changed"),
    ],
)
def test_reasons_are_those_of_the_module_that_issues(ca: Path, spoil: Any, code: str) -> None:
    make_client(ca, pkcs12_passphrase=None)
    spoil(ca)
    said = by_file(ca)["client.crt"]
    if code == "issuer_changed":
        # The CA that signed it is nowhere to be found, and that is all that can be said.
        assert (said["verified"], said["reasons"]) == (False, [])
        assert "not among those that are trusted" in said["problem"]
        return
    assert code in [each["code"] for each in said["reasons"]]
    assert said["remakes"]


def test_a_key_of_somebody_else_and_one_that_stays_shut(tmp_path: Path) -> None:
    make_ca(tmp_path, passphrase=PASSPHRASE)
    shut = one(tmp_path)["private_key"]
    assert (shut["encrypted"], shut["matches"]) == (True, None)
    assert "no passphrase was given" in shut["problem"]
    wrong = one(tmp_path, passphrases=["wrong"])
    assert "passphrase is wrong" in wrong["private_key"]["problem"]
    assert wrong["reasons"] == [], "which is no reason to make another CA"
    assert one(tmp_path, passphrases=["wrong", PASSPHRASE])["private_key"]["matches"] is True
    make_ca(tmp_path / "other")
    (tmp_path / "root.key").write_bytes((tmp_path / "other" / "root.key").read_bytes())
    assert by_file(tmp_path, recurse=False)["root.crt"]["private_key"]["matches"] is False


def test_expiry_and_a_clock_that_is_early(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_client(ca, valid_for="90d")["certificates"][0]
    end = datetime.datetime.fromisoformat(made["not_after"])

    def at(moment: datetime.datetime) -> dict[str, Any]:
        monkeypatch.setattr(times, "now", lambda: moment)
        return by_file(ca, passphrases=[PASSPHRASE])["client.crt"]

    day = datetime.timedelta(days=1)
    assert (at(end - 31 * day)["days_left"], codes({"certificates": [at(end - 31 * day)]})) == (31, [])
    soon = at(end - 29 * day)
    assert codes({"certificates": [soon]}) == ["expires_soon"]
    assert soon["remakes"] == ["certificate", "chain", "pkcs12"]
    late = at(end + 10 * day)
    assert (late["days_left"], late["verified"]) == (-10, False)
    assert "expired at" in late["problem"]
    early = at(end - 200 * day)
    assert (early["verified"], "is not valid before" in early["problem"]) == (False, True)
    monkeypatch.undo()
    assert codes({"certificates": [by_file(ca, renew_before="100d")["client.crt"]]}) == ["expires_soon"]
    assert codes({"certificates": [by_file(ca, renew_before="99%")["client.crt"]]}) == []


def test_trust_revocation_and_rotation(ca: Path, tmp_path: Path) -> None:
    new, client = tmp_path / "new", tmp_path / "new" / "client.crt"
    make_ca(new, subject={"common_name": "root 2027"}, cross_sign={"path": str(ca)})
    make_client(new)
    make_client(ca, clients=[{"name": "old", "common_name": "old"}])
    revoke(ca)
    trust = {"trusted_paths": [str(ca / "root.crt")]}
    assert one(client, **trust)["verified"] is False, "without the cross-certificate there is no way up"
    by_chain = ask(new / "client.chain.crt", **trust)["certificates"]
    assert [each["verified"] for each in by_chain] == [True, True, True]
    assert [each["common_name"] for each in by_chain[0]["chain"]] == ["root 2027", "root"]
    cross = by_file(new, **trust)["root.cross.crt"]
    assert (cross["profile"], cross["private_key"]["matches"], cross["reasons"]) == ("subordinate", True, [])
    revoke(ca, {"path": str(new / "root.cross.crt"), "reason": "superseded"}, {"name": "old"})
    crls = {"crl_paths": [str(ca / "root.crl.pem")]}
    gone = ask(new / "client.chain.crt", **trust, **crls)["certificates"][0]
    assert (gone["verified"], gone["revocation"]) == (False, None)
    assert "CN=root 2027 was revoked" in gone["problem"]
    old = by_file(ca)["old.crt"]
    assert (old["verified"], old["revocation"]["reason"]) == (False, "unspecified")
    assert "OK" not in openssl(
        "verify", "-crl_check", "-CRLfile", ca / "root.crl.pem", "-CAfile", ca / "root.crt", ca / "old.crt", check=False
    )


def test_a_path_length_is_kept(ca: Path, tmp_path: Path) -> None:
    make_ca(tmp_path / "one", subject={"common_name": "one"}, issuer={"path": str(ca)}, path_length=0)
    make_ca(tmp_path / "one", subject={"common_name": "one"}, issuer={"path": str(ca)}, path_length=1)
    make_ca(tmp_path / "two", subject={"common_name": "two"}, issuer={"path": str(tmp_path / "one")})
    make_client(tmp_path / "two")
    assert by_file(tmp_path)["client.crt"]["verified"] is True
    make_ca(
        tmp_path / "one", subject={"common_name": "one"}, issuer={"path": str(ca)}, path_length=0, replace="certificate"
    )
    said = by_file(tmp_path)["client.crt"]
    assert said["verified"] is False
    assert "allows 0 CAs below it" in said["problem"]
    way = [option for name in ("two", "one") for option in ("-untrusted", tmp_path / name / "root.crt")]
    judged = openssl("verify", "-CAfile", ca / "root.crt", *way, tmp_path / "two" / "client.crt", check=False)
    assert "path length constraint exceeded" in judged


def test_forms(ca: Path, tmp_path: Path) -> None:
    make_client(ca, pkcs12_passphrase=None, pkcs12_generate_passphrases=True)
    pem = (ca / "client.crt").read_text()
    text = one(content=pem, return_content=True)
    assert (text["path"], text["certificate"], text["private_key"]) == (None, pem, None)
    openssl("x509", "-in", ca / "client.crt", "-outform", "DER", "-out", tmp_path / "client.der")
    assert one(tmp_path / "client.der")["serial_number"] == text["serial_number"]
    for name in ("client.p12", "client.p12.txt"):
        (ca / name).rename(tmp_path / name)
    packed = ask(tmp_path / "client.p12")["certificates"]
    assert [each["subject"]["common_name"] for each in packed] == ["client-alb-user", "root"]
    assert [each["verified"] for each in packed] == [True, True]
    (tmp_path / "client.p12.txt").unlink()
    assert "none of the passphrases opens it" in ask(tmp_path / "client.p12")["unreadable"][0]["message"]
    (tmp_path / "link.crt").symlink_to(ca / "client.crt")
    assert one(tmp_path / "link.crt")["serial_number"] == text["serial_number"]
    request = (ca / "client.csr").read_text()
    make_client(ca, clients=[{"name": "far", "common_name": "far", "csr": request}], pkcs12_passphrase=None)
    far = by_file(ca)["far.crt"]
    assert (far["private_key"], far["reasons"]) == (None, [])


def test_what_cannot_be_read_is_named_and_the_rest_is_told(ca: Path, tmp_path: Path) -> None:
    (ca / "broken.crt").write_bytes((ca / "root.crt").read_bytes()[:300])
    (ca / "empty.pem").write_bytes(b"")
    (ca / "broken.crl.pem").write_text("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    (ca / "dangling.pem").symlink_to(ca / "nowhere")
    (ca / "key.pem").write_bytes((ca / "root.key").read_bytes())
    said = ask(ca)
    assert [Path(each["path"]).name for each in said["certificates"]] == ["root.crt"]
    assert [Path(each["path"]).name for each in said["unreadable"]] == [
        "broken.crl.pem",
        "broken.crt",
        "dangling.pem",
        "empty.pem",
    ]
    assert all(each["path"] in each["message"] for each in said["unreadable"])
    refused: list[tuple[dict[str, Any], str]] = [
        ({"paths": [str(tmp_path / "none")]}, "missing"),
        ({"content": "rubbish"}, "unreadable"),
        ({"paths": [str(ca)], "trusted_paths": [str(ca / "broken.crt")]}, "unreadable"),
        ({"paths": [str(ca)], "crl_paths": [str(ca / "root.crt")]}, "crl_unreadable"),
        ({"paths": [str(ca)], "expires_within": "soon"}, "invalid_duration"),
    ]
    for options, code in refused:
        with pytest.raises(CertificateError) as error:
            ask(**options)
        assert error.value.code == code


def test_a_fleet(ca: Path) -> None:
    """More than one batch, and more than one process."""
    count = information._BATCH + 20
    clients = [{"name": f"c{i:03}", "common_name": f"client {i}"} for i in range(count)]
    make_client(ca, clients=clients, pkcs12_passphrase=None)
    (ca / "c007.key").unlink()
    found = ask(ca)["certificates"]
    assert [Path(each["path"]).name for each in found] == [*(f"{each['name']}.crt" for each in clients), "root.crt"]
    assert all(each["verified"] and not each["reasons"] for each in found)
    assert [each["path"] for each in found if not each["private_key"]] == [str(ca / "c007.crt")]
