# SPDX-License-Identifier: GPL-3.0-or-later
"""Revoked, on hold, released: what OpenSSL makes of the CRL, and what it takes to change it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import terms, times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, entries, make_ca, make_client, revoke, snapshot
from tests.witnesses.openssl import openssl

CLIENTS = [{"name": name, "common_name": f"client {name}"} for name in ("one", "two", "three")]
DAY = times.duration("1d", "day")


@pytest.fixture
def fleet(ca: Path) -> Path:
    make_client(ca, clients=CLIENTS, pkcs12_passphrase=None)
    return ca


def verdict(path: Path, name: str, *more: str) -> str:
    """What openssl says to a client's certificate with the CRL at hand."""
    files = ("-CAfile", path / "root.crt", "-CRLfile", path / "root.crl.pem")
    said = openssl("verify", "-x509_strict", "-crl_check", *more, *files, path / f"{name}.crt", check=False)
    return "good" if ": OK" in said else re.findall(r"depth lookup: (.*)", said)[0]


def shown(path: Path, form: str = "pem") -> str:
    given = ("-in", path / f"root.crl.{form}", "-inform", form, "-CAfile", path / "root.crt")
    text = openssl("crl", *given, "-noout", "-text", "-nameopt", "utf8")
    assert "verify OK" in text
    return text


def number(path: Path) -> int:
    return int(re.findall(r"CRL Number: *\n *(\d+)", shown(path))[0])


def serial(path: Path, name: str) -> str:
    return openssl("x509", "-in", path / f"{name}.crt", "-noout", "-serial").strip().partition("=")[2]


def digest(path: Path, name: str) -> str:
    return openssl("x509", "-in", path / f"{name}.crt", "-noout", "-fingerprint", "-sha256").strip().partition("=")[2]


WAYS: list[tuple[str, Callable[[Path], dict[str, Any]]]] = [
    ("common_name", lambda path: {"common_name": "client two"}),
    ("name", lambda path: {"name": "two"}),
    ("serial_number", lambda path: {"serial_number": serial(path, "two")}),
    ("serial_number with colons", lambda path: {"serial_number": ":".join(re.findall("..", serial(path, "two")))}),
    ("fingerprint_sha256", lambda path: {"fingerprint_sha256": digest(path, "two")}),
    ("path", lambda path: {"path": str(path / "two.crt")}),
]


@pytest.mark.parametrize("way", [each[1] for each in WAYS], ids=[each[0] for each in WAYS])
def test_one_of_three_is_revoked(fleet: Path, way: Callable[[Path], dict[str, Any]]) -> None:
    order = {**way(fleet), "reason": "key_compromise"}
    before = snapshot(fleet)
    would = revoke(fleet, order, write=False)
    assert would["changed"]
    assert snapshot(fleet) == before
    assert [each["serial_number"] for each in would["crl"]["revoked"]] == [serial(fleet, "two").lower()]

    made = revoke(fleet, order)
    assert [each["file"] for each in made["certificates"] if each["changed"]] == [str(fleet / "two.crt")]
    assert {name: verdict(fleet, name) for name in ("one", "two", "three")} == {
        "one": "good",
        "two": "certificate revoked",
        "three": "good",
    }
    assert "Key Compromise" in shown(fleet)
    assert shown(fleet) == shown(fleet, "der")

    after = snapshot(fleet)
    assert revoke(fleet, order)["changed"] is False
    assert revoke(fleet)["changed"] is False, "who is not named stays revoked"
    assert snapshot(fleet) == after


@pytest.mark.parametrize("reason", terms.REVOCATION_REASONS)
def test_every_reason_is_written_as_openssl_knows_it(fleet: Path, reason: str) -> None:
    revoke(fleet, {"name": "one", "reason": reason})
    words = {"ca_compromise": "CA Compromise", "aa_compromise": "AA Compromise"}
    word = words.get(reason, reason.replace("_", " ").title())
    assert (word in shown(fleet)) is (reason != "unspecified"), "RFC 5280, 5.3.1: absent where there is none to tell"
    assert verdict(fleet, "one") == "certificate revoked"
    assert revoke(fleet, {"name": "one", "reason": reason})["changed"] is False


def test_hold_and_release_and_for_good(fleet: Path) -> None:
    hold, release = ({"name": "one", "reason": reason} for reason in ("certificate_hold", "remove_from_crl"))
    numbers = []
    assert revoke(fleet, release)["certificates"][0]["changed"] is False
    for order, wanted in ((hold, "certificate revoked"), (release, "good"), (hold, "certificate revoked")):
        revoke(fleet, order)
        assert verdict(fleet, "one") == wanted
        assert revoke(fleet, order)["changed"] is False
        numbers.append(number(fleet))
    since = entries(fleet)[1]["revoked"]
    revoke(fleet, {"name": "one", "reason": "superseded"})
    assert entries(fleet)[1]["revoked"] == since
    numbers.append(number(fleet))
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    before = snapshot(fleet)
    for order in (hold, release):
        with pytest.raises(CertificateError, match="for good") as refused:
            revoke(fleet, order)
        assert refused.value.code == "revoked_for_good"
    assert snapshot(fleet) == before


def test_a_name_stands_for_all_its_certificates(fleet: Path) -> None:
    (fleet / "kept.crt").write_bytes((fleet / "one.crt").read_bytes())
    make_client(fleet, clients=CLIENTS, pkcs12_passphrase=None, subject={"country_name": "cn"})
    assert len(revoke(fleet, {"common_name": "client one"})["certificates"]) == 2
    assert verdict(fleet, "kept") == verdict(fleet, "one") == "certificate revoked"


def test_the_name_of_a_revoked_certificate_is_free_but_not_that_of_one_on_hold(fleet: Path) -> None:
    twins = [{"name": f"new-{name}", "common_name": f"client {name}"} for name in ("one", "two")]
    revoke(fleet, {"name": "one"}, {"name": "two", "reason": "certificate_hold"})
    make_client(fleet, clients=twins[:1])
    with pytest.raises(CertificateError, match="already belongs"):
        make_client(fleet, clients=twins[1:])


def test_fresh_until_it_is_due(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"valid_for": "10d", "renew_before": "4d"}
    first = revoke(fleet, {"name": "one"}, **options)["crl"]
    assert times.iso(times.now() + 10 * DAY)[:10] == first["next_update"][:10]
    start = times.now()
    for days, wanted in ((5, []), (7, ["expires_soon"]), (8, [])):
        monkeypatch.setattr(times, "now", lambda days=days: start + days * DAY)
        result = revoke(fleet, **options)
        assert codes(result) == wanted
    assert result["crl"]["number"] == first["number"] + 1
    at = ("-attime", str(int((start + 12 * DAY).timestamp())))
    assert (verdict(fleet, "one", *at), verdict(fleet, "two", *at)) == ("certificate revoked", "good")
    late = ("-attime", str(int((start + 20 * DAY).timestamp())))
    assert verdict(fleet, "two", *late) == "CRL has expired"


def test_a_crl_does_not_outlive_its_ca_and_is_not_made_again_and_again(tmp_path: Path) -> None:
    made = make_ca(tmp_path, valid_for="10d", renew_before="1d")["ca"]
    assert revoke(tmp_path, valid_for="60d")["crl"]["next_update"] == made["not_after"]
    assert revoke(tmp_path, valid_for="60d")["changed"] is False


CHANGES: list[tuple[str, Callable[[Path], object], str, bool]] = [
    # name, what happened, reason, whether a CRL with a new number is signed
    ("gone", lambda path: (path / "root.crl.pem").unlink(), "missing", True),
    ("rubbish", lambda path: (path / "root.crl.pem").write_text("x"), "unreadable", True),
    ("DER gone", lambda path: (path / "root.crl.der").unlink(), "der_differs", False),
    ("DER of another", lambda path: (path / "root.crl.der").write_bytes(b"x"), "der_differs", False),
    ("mode", lambda path: (path / "root.crl.pem").chmod(0o600), "rights_differ", False),
]


@pytest.mark.parametrize(("change", "reason", "signs"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_files_are_put_right(fleet: Path, change: Callable[[Path], object], reason: str, signs: bool) -> None:
    revoke(fleet, {"name": "one"})
    whole, before = snapshot(fleet), number(fleet)
    change(fleet)
    assert codes(revoke(fleet)) == [reason]
    assert number(fleet) == before + signs
    if not signs:
        assert snapshot(fleet) == whole
    assert shown(fleet) == shown(fleet, "der")
    assert verdict(fleet, "one") == "certificate revoked"
    assert codes(revoke(fleet)) == []


def test_the_crl_brings_back_what_the_lost_index_knew(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revoke(fleet, {"name": "one", "reason": "key_compromise"}, {"name": "two", "reason": "certificate_hold"})
    before, held = number(fleet), serial(fleet, "two")
    (fleet / "root.index.db").unlink()
    (fleet / "two.crt").unlink()
    assert revoke(fleet)["changed"] is False
    revoke(fleet, {"name": "three"})
    assert number(fleet) == before + 1
    assert verdict(fleet, "one") == "certificate revoked"
    assert revoke(fleet, {"serial_number": held, "reason": "remove_from_crl"})["crl"]["number"] == before + 2
    (fleet / "root.index.db").unlink()
    (fleet / "root.crl.pem").write_text("rubbish")
    state = snapshot(fleet)
    with pytest.raises(CertificateError, match="it alone says what is revoked"):
        revoke(fleet)
    assert snapshot(fleet) == state
    (fleet / "root.crl.pem").unlink()
    later = times.now() + DAY
    monkeypatch.setattr(times, "now", lambda: later)
    assert revoke(fleet)["crl"]["number"] >= before + 3, "the number does not go back even now"


def test_an_index_from_an_old_backup_makes_nothing_valid_again(fleet: Path) -> None:
    revoke(fleet)
    backup = (fleet / "root.index.db").read_bytes()
    revoke(fleet, {"name": "one"})
    (fleet / "root.index.db").write_bytes(backup)
    state = snapshot(fleet)
    for order in ([], [{"name": "two"}]):
        with pytest.raises(CertificateError, match="older than") as refused:
            revoke(fleet, *order)
        assert refused.value.code == "index_outdated"
    assert snapshot(fleet) == state
    (fleet / "root.index.db").unlink()
    revoke(fleet, {"name": "two"})
    assert [verdict(fleet, name) for name in ("one", "two")] == ["certificate revoked"] * 2


def stranger(path: Path) -> dict[str, Any]:
    make_ca(path / "other", subject={"common_name": "root", "country_name": "cn"})
    make_client(path / "other")
    return {"path": str(path / "other" / "client.crt")}


REFUSED: list[tuple[str, Callable[[Path], dict[str, Any]], str]] = [
    ("unknown name", lambda path: {"name": "four"}, "unknown_certificate"),
    ("unknown number", lambda path: {"serial_number": "ab:cd", "reason": "remove_from_crl"}, "unknown_certificate"),
    ("number of the CA itself", lambda path: {"serial_number": serial(path, "root")}, "unknown_certificate"),
    ("no number", lambda path: {"serial_number": "xyz"}, "invalid_number"),
    ("no file", lambda path: {"path": str(path / "four.crt")}, "unknown_certificate"),
    ("no certificate", lambda path: {"path": str(path / "one.key")}, "certificate_unreadable"),
    ("of another CA", stranger, "issuer_differs"),
    ("the CA itself", lambda path: {"path": str(path / "root.crt")}, "issuer_differs"),
    ("named twice", lambda path: {"path": str(path / "one.crt")}, "duplicate"),
]


@pytest.mark.parametrize(("order", "code"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refused_before_the_first_write(fleet: Path, order: Callable[[Path], dict[str, Any]], code: str) -> None:
    named = order(fleet)
    before = snapshot(fleet)
    with pytest.raises(CertificateError) as refused:
        revoke(fleet, {"name": "one"}, named)
    assert refused.value.code == code
    assert snapshot(fleet) == before


def test_before_the_first_ca_there_is_only_a_check_run(tmp_path: Path) -> None:
    assert revoke(tmp_path / "none", {"name": "one"}, write=False)["changed"]
    with pytest.raises(CertificateError, match="no CA"):
        revoke(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_certificate_that_the_ca_signed_elsewhere(fleet: Path) -> None:
    signer = ("-CA", fleet / "root.crt", "-CAkey", fleet / "root.key", "-set_serial", "0x0badcafe")
    openssl("req", "-new", "-key", fleet / "one.key", "-subj", "/CN=by hand", "-out", fleet / "hand.csr")
    openssl("x509", "-req", "-in", fleet / "hand.csr", *signer, "-out", fleet / "hand.crt")
    revoke(fleet, {"path": fleet.joinpath("hand.crt").as_posix()})
    assert "Serial Number: 0BADCAFE" in shown(fleet)
    assert entries(fleet)[-1]["subject"] == {"common_name": "by hand"}


def test_a_number_that_the_index_does_not_know_is_revoked_with_a_warning(fleet: Path) -> None:
    made = revoke(fleet, {"serial_number": "0b:ad:ca:fe", "reason": "superseded"})
    assert "0badcafe" in made["warnings"][0]
    assert "Serial Number: 0BADCAFE" in shown(fleet)
    again = revoke(fleet, {"serial_number": "0badcafe", "reason": "superseded"})
    assert (again["changed"], again["warnings"]) == (False, [])
    (fleet / "root.index.db").unlink()
    assert revoke(fleet)["changed"] is False
    revoke(fleet, {"name": "one"})
    assert "Serial Number: 0BADCAFE" in shown(fleet)


def test_who_was_revoked_gets_nothing_new_without_a_word(fleet: Path) -> None:
    """And after a compromise never a certificate for the same key."""
    revoke(fleet, {"name": "one", "reason": "key_compromise"}, {"name": "two", "reason": "superseded"})
    keys = {name: (fleet / f"{name}.key").read_bytes() for name in ("one", "two", "three")}
    before = snapshot(fleet)

    def failures(**options: Any) -> dict[str, str]:
        result = make_client(fleet, clients=CLIENTS, pkcs12_passphrase=None, tolerant=True, **options)
        return {each["name"]: each["code"] for each in result["failures"]}

    assert failures() == failures(write=False) == {"one": "revoked", "two": "revoked"}
    assert failures(valid_for="5000d", renew_before="4990d") == {"one": "revoked", "two": "revoked"}
    assert snapshot(fleet) == before
    for name in ("one", "two"):
        (fleet / f"{name}.crt").unlink()
    assert failures() == {"one": "key_compromised"}
    assert failures(replace_revoked=True) == {}
    assert failures() == {}
    changed = {name for name, key in keys.items() if (fleet / f"{name}.key").read_bytes() != key}
    assert changed == {"one"}
    assert list(fleet.glob("one.replaced-*")) == [], "nobody needs a key that was given up"
    assert {name: verdict(fleet, name) for name in keys} == dict.fromkeys(keys, "good")


def test_a_request_for_a_key_that_was_given_up_is_refused(fleet: Path) -> None:
    revoke(fleet, {"name": "one", "reason": "key_compromise"})
    own = {"name": "own", "common_name": "own", "csr": (fleet / "one.csr").read_text()}
    for word in (False, True):
        with pytest.raises(CertificateError, match="request for a new key") as refused:
            make_client(fleet, clients=[own], replace_revoked=word)
        assert refused.value.code == "key_compromised"


def test_revoked_is_revoked_when_the_index_is_lost_or_the_files_are_elsewhere(fleet: Path, tmp_path: Path) -> None:
    revoke(fleet, {"name": "one", "reason": "key_compromise"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    for path in fleet.glob("one.*"):
        path.rename(elsewhere / path.name)
    for lost in (False, True):
        if lost:
            (fleet / "root.index.db").unlink()
        for write in (False, True):
            with pytest.raises(CertificateError) as refused:
                make_client(fleet, write, path=elsewhere, clients=CLIENTS[:1], pkcs12_passphrase=None)
            assert refused.value.code == "revoked"


def test_one_on_hold_keeps_what_it_has_and_gets_nothing_new(fleet: Path) -> None:
    revoke(fleet, {"name": "one", "reason": "certificate_hold"})
    assert make_client(fleet, clients=CLIENTS, pkcs12_passphrase=None)["changed"] is False
    renewal = {"clients": CLIENTS[:1], "pkcs12_passphrase": None, "subject": {"country_name": "cn"}}
    for gone in ((), ("one.crt",), ("one.key",)):
        for name in gone:
            (fleet / name).unlink()
        with pytest.raises(CertificateError, match="on hold") as refused:
            make_client(fleet, **renewal)
        assert refused.value.code == "on_hold"
    revoke(fleet, {"name": "one", "reason": "remove_from_crl"})
    make_client(fleet, **renewal)


def test_nothing_to_sign_needs_no_ca_key(fleet: Path) -> None:
    revoke(fleet, {"name": "one"})
    (fleet / "root.key").rename(fleet / "offline")
    assert revoke(fleet)["changed"] is False
    with pytest.raises(CertificateError, match="nothing can be issued"):
        revoke(fleet, {"name": "two"})
    assert verdict(fleet, "two") == "good"
    (fleet / "offline").rename(fleet / "root.key")
    assert revoke(fleet)["changed"] is False, "what failed has left no trace in the index"


@pytest.mark.parametrize("key", [{"key_type": "rsa", "key_size": 2048}, {"key_type": "ed25519"}])
def test_other_keys(tmp_path: Path, key: dict[str, Any]) -> None:
    make_ca(tmp_path, **key)
    make_client(tmp_path, clients=CLIENTS)
    revoke(tmp_path, {"name": "one"})
    assert (verdict(tmp_path, "one"), verdict(tmp_path, "two")) == ("certificate revoked", "good")


def test_numbers_as_openssl_and_certtool_show_them(ca: Path) -> None:
    """Only numbers that mean this certificate revoke it, whichever program has shown them."""
    make_client(ca)
    path = ca / "client.crt"
    shown = openssl("x509", "-in", path, "-noout", "-serial", "-fingerprint", "-sha256").splitlines()
    serial, sha256 = (line.partition("=")[2] for line in shown)
    sha1 = openssl("x509", "-in", path, "-noout", "-fingerprint", "-sha1").strip().partition("=")[2]
    told = subprocess.run(["certtool", "-i", "--infile", path], check=True, capture_output=True, text=True).stdout
    (hexadecimal,) = re.findall(r"Serial Number \(hex\): (\S+)", told)
    with pytest.raises(CertificateError, match="as many as an SHA-1 has"):
        revoke(ca, {"fingerprint_sha256": sha1})
    with pytest.raises(CertificateError, match=r"In decimal it is .*client\.crt") as refused:
        revoke(ca, {"serial_number": str(int(serial, 16))})
    assert refused.value.code == "unknown_certificate"
    assert not (ca / "root.crl.pem").exists()
    ways = ({"serial_number": serial}, {"serial_number": hexadecimal}, {"fingerprint_sha256": sha256})
    for way in ways:
        (found,) = revoke(ca, way)["certificates"]
        assert found["file"] == str(path)
    assert serial in openssl("crl", "-in", ca / "root.crl.pem", "-noout", "-text")
