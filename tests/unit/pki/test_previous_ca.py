# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was revoked by the CA before gets nothing of the new one, and is not asked of it, once the old is put away."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.unit.pki.make import make_ca, make_client, revoke, snapshot

CLIENTS = [{"name": name, "common_name": f"client {name}"} for name in ("one", "two", "three")]


@pytest.fixture
def old(ca: Path) -> Path:
    """A CA that has revoked its second client for good and put its third on hold."""
    make_client(ca, clients=CLIENTS, pkcs12_passphrase=None)
    revoke(ca, {"name": "two", "reason": "key_compromise"}, {"name": "three", "reason": "certificate_hold"})
    return ca


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    """The CA that is to replace ``old``."""
    make_ca(tmp_path / "new", subject={"common_name": "root 2027"}, cross_sign={"path": str(old)})
    return tmp_path / "new"


def issue(path: Path, write: bool = True, **options: Any) -> dict[str, Any]:
    given = {"clients": CLIENTS, "pkcs12_passphrase": None, **options}
    return make_client(path, write, tolerant=True, **given)


def before(path: Path) -> dict[str, Any]:
    return {"previous_ca": {"path": str(path)}}


def test_a_client_that_was_revoked_or_is_on_hold_gets_nothing(old: Path, new: Path) -> None:
    for write in (False, True):
        made = issue(new, write, **before(old))
        assert [each["name"] for each in made["certificates"]] == ["one"]
        assert [(each["name"], each["code"]) for each in made["failures"]] == [
            ("two", "revoked_before"),
            ("three", "revoked_before"),
        ]
        assert "key_compromise" in made["failures"][0]["message"]
        assert "on hold" in made["failures"][1]["message"]
    assert not list(new.glob("two.*")) + list(new.glob("three.*"))


def test_with_skip_revoked_it_is_left_out_and_named(old: Path, new: Path) -> None:
    for write in (False, True, True):
        made = issue(new, write, skip_revoked=True, **before(old))
        assert (made["failures"], [each["name"] for each in made["left_out"]]) == ([], ["two", "three"])
    assert made["changed"] is False


def test_it_counts_when_the_old_ca_is_put_away(old: Path, new: Path) -> None:
    issue(new, **before(old))
    shutil.rmtree(old)
    assert [each["name"] for each in issue(new)["failures"]] == ["two", "three"]
    renamed = [{"name": "two-again", "common_name": "client two"}, {"name": "two", "common_name": "another"}]
    assert [each["code"] for each in issue(new, clients=renamed)["failures"]] == ["revoked_before"] * 2


def test_the_last_certificate_decides(old: Path, new: Path) -> None:
    make_client(old, clients=[CLIENTS[1]], pkcs12_passphrase=None, replace_revoked=True)
    assert [each["name"] for each in issue(new, **before(old))["failures"]] == ["three"]
    shutil.rmtree(old)
    assert [each["name"] for each in issue(new)["failures"]] == ["three"]


def test_a_new_start_takes_a_word_and_lasts(old: Path, new: Path) -> None:
    made = issue(new, replace_revoked=True, **before(old))
    assert [each["name"] for each in made["failures"]] == ["three"], "who is on hold may be released"
    revoke(old, {"name": "three", "reason": "remove_from_crl"})
    assert issue(new, replace_revoked=True, **before(old))["failures"] == []


def test_one_that_is_revoked_after_the_new_certificate_is_named_as_well(old: Path, new: Path) -> None:
    issue(new, **before(old))
    revoke(old, {"name": "one"})
    assert [each["name"] for each in issue(new, **before(old))["failures"]] == ["one", "two", "three"]


WAYS: list[dict[str, Any]] = [
    {"name": "two"},
    {"common_name": "client two"},
    {"client": "two"},
    {"path": "two.crt"},
    {"serial_number": "two.crt"},
    {"fingerprint_sha256": "two.crt"},
]


@pytest.mark.parametrize("way", WAYS, ids=[next(iter(way)) for way in WAYS])
def test_what_the_old_ca_has_revoked_is_not_asked_of_the_new_one(old: Path, new: Path, way: dict[str, Any]) -> None:
    key, value = next(iter(way.items()))
    if key == "path":
        value = str(old / value)
    elif value.endswith(".crt"):
        certificate = x509.load_pem_x509_certificate((old / value).read_bytes())
        # As openssl shows them.
        serial = certificate.serial_number.to_bytes(20, "big").lstrip(b"\0").hex().upper()
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        value = {"serial_number": serial, "fingerprint_sha256": fingerprint}[key]
    order = {key: value}
    issue(new, skip_revoked=True, **before(old))
    with pytest.raises(CertificateError) as unknown:
        revoke(new, {"name": "tow"}, **before(old))
    assert unknown.value.code == "unknown_certificate", "a misspelt name is no name of the old CA either"
    for write in (False, True):
        made = revoke(new, order, write=write, **before(old))
        assert (made["certificates"], made["crl"]["revoked"]) == ([], [])
        assert [each["reason"] for each in made["previous"]] == ["key_compromise"]
    shutil.rmtree(old)
    assert revoke(new, order)["previous"] == made["previous"]
    with pytest.raises(CertificateError):
        revoke(new, {"name": "tow"})


def test_check_mode_without_the_new_ca_says_the_same(old: Path, tmp_path: Path) -> None:
    new, files = tmp_path / "new", snapshot(tmp_path)
    assert revoke(new, {"name": "two"}, write=False, **before(old))["previous"]
    with pytest.raises(CertificateError) as unknown:
        revoke(new, {"name": "tow"}, write=False, **before(old))
    assert unknown.value.code == "unknown_certificate"
    assert snapshot(tmp_path) == files


def test_one_that_both_know_is_revoked_by_the_new_one_too(old: Path, new: Path) -> None:
    issue(new, **before(old))
    revoke(old, {"name": "one"})
    made = revoke(new, {"name": "one"}, **before(old))
    assert [Path(each["file"]).parent for each in made["certificates"]] == [new]


def test_a_second_rotation_remembers_the_first(old: Path, new: Path, tmp_path: Path) -> None:
    issue(new, **before(old))
    make_ca(tmp_path / "newer", subject={"common_name": "root 2028"}, cross_sign={"path": str(new)})
    shutil.rmtree(old)
    assert [each["name"] for each in issue(tmp_path / "newer", **before(new))["failures"]] == ["two", "three"]
    assert revoke(tmp_path / "newer", {"name": "two"}, **before(new))["previous"]
