# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is meant is never guessed: names with commas, names of two clients, names that YAML takes for a number."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_list, revocation_summary, revocations
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import similar_names
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage.database import Entry
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import entries, make_client, revoke, snapshot

NAMES = ["Smith, John", "Smith", "John", "smith", 'Joe "the" O\'Neil', "007", "a,"]
CLIENTS = [
    *({"name": name, "common_name": name} for name in NAMES),
    {"name": "door", "common_name": "gate"},
    {"name": "gate", "common_name": "fence"},
    {"name": "w-1", "common_name": "warehouse"},
]


@pytest.fixture
def fleet(ca: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # A version that did not compare names so has issued two that differ only in case.
    with monkeypatch.context() as earlier:
        earlier.setattr(similar_names, "check", lambda *_arguments: {})
        make_client(ca, clients=CLIENTS, pkcs12_passphrase=None)
    return ca


def revoked(path: Path, *orders: dict[str, Any]) -> list[str]:
    """The names of the files whose certificates the orders have revoked."""
    made = revoke(path, *orders)
    return sorted(Path(each["file"]).stem for each in made["certificates"] if each["changed"])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_revokes_the_client_that_is_called_so_and_no_other(fleet: Path, name: str) -> None:
    assert revoked(fleet, *revocations(name)) == [name]
    assert len(revoke(fleet)["crl"]["revoked"]) == 1


def test_a_list_names_several(fleet: Path) -> None:
    assert revoked(fleet, *revocations(["Smith, John", "warehouse"], "superseded")) == ["Smith, John", "w-1"]


REFUSED: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{"client": "gate"}], "ambiguous", r"gate\.crt \(common name fence\).*door\.crt"),
    ([{"client": "Smith,John"}], "unknown_certificate", "give a list"),
    ([{"client": " Smith"}], "unknown_certificate", "' Smith'"),
    ([{"client": "SMITH"}], "unknown_certificate", "'SMITH'"),
    ([{"client": "7"}], "unknown_certificate", "'7'"),
    ([{"client": "root"}], "unknown_certificate", "'root'"),
    ([{"client": "Smith"}, {"name": "Smith"}], "duplicate", r"Smith\.crt.*more than once.*name 'Smith'"),
    ([{"client": "w-1"}, {"common_name": "warehouse"}], "duplicate", "more than once"),
    *(([{way: ""}], "empty_name", f"{way} is empty") for way in ("client", "name", "common_name")),
    ([{"path": ""}], "invalid_path", "path is empty"),
    ([{"serial_number": " "}], "empty_name", "is empty"),
]


@pytest.mark.parametrize(("orders", "code", "message"), REFUSED)
def test_what_could_mean_another_or_nobody_is_refused(
    fleet: Path, orders: list[dict[str, Any]], code: str, message: str
) -> None:
    before = snapshot(fleet)
    with pytest.raises(CertificateError, match=message) as refused:
        revoke(fleet, *orders)
    assert refused.value.code == code
    assert snapshot(fleet) == before


NEAR: list[tuple[dict[str, Any], str]] = [
    ({"client": "Smith,John"}, "Near to it: 'Smith, John'"),
    ({"client": " Smith"}, "Near to it: 'Smith', 'smith'"),
    ({"client": "ＪＯＨＮ"}, "Near to it: 'John'"),
    ({"client": "Jo\u200bhn"}, "Near to it: 'John'"),
    ({"name": "warehouse-1"}, "still valid. If"),
    ({"common_name": "warehous"}, "Near to it: 'warehouse'"),
    ({"client": "w_1"}, "Near to it: 'w-1'"),
    ({"client": "gates"}, "Near to it: 'gate'"),
    ({"client": "nothing like it"}, "still valid. If"),
]


@pytest.mark.parametrize(("order", "message"), NEAR)
def test_a_name_that_fits_none_says_which_come_near(fleet: Path, order: dict[str, Any], message: str) -> None:
    with pytest.raises(CertificateError) as refused:
        revoke(fleet, order)
    assert message in str(refused.value.report()["msg"])
    assert refused.value.code == "unknown_certificate"


def of_file(path: Path, name: str) -> Entry:
    return next(item for item in entries(path) if item["file"].endswith(f"/{name}.crt"))


def test_a_part_of_a_number_is_not_taken_for_another_certificate(fleet: Path) -> None:
    serial, digest = (of_file(fleet, "w-1")[key] for key in ("serial_number", "fingerprint_sha256"))
    for order in (
        {"serial_number": serial[:12]},
        {"serial_number": serial[-10:].upper()},
        {"fingerprint_sha256": digest[:20]},
        {"fingerprint_sha256": digest[:40]},
    ):
        with pytest.raises(CertificateError, match=r"Near to it: .*w-1\.crt \(common name warehouse") as refused:
            revoke(fleet, order)
        assert refused.value.code == "unknown_certificate"
    with pytest.raises(CertificateError, match="64 digits, and these are 40, as many as an SHA-1 has"):
        revoke(fleet, {"fingerprint_sha256": "ab" * 20})


def test_numbers_as_other_programs_show_them(fleet: Path) -> None:
    serial = of_file(fleet, "w-1")["serial_number"]
    octets = [serial[at : at + 2] for at in range(0, len(serial), 2)]
    assert revoked(fleet, {"serial_number": "\u200e" + " ".join(octets)}) == ["w-1"], "as Windows copies it"
    digest = of_file(fleet, "door")["fingerprint_sha256"]
    assert revoked(fleet, {"fingerprint_sha256": ":".join(digest[at : at + 2] for at in range(0, 64, 2))}) == ["door"]


def test_digits_that_are_one_number_in_decimal_and_another_in_hexadecimal(fleet: Path) -> None:
    revoke(fleet, {"serial_number": "0x1e240"})  # 123456
    before = snapshot(fleet)
    with pytest.raises(CertificateError, match=r"In decimal it is .*01e240") as refused:
        revoke(fleet, {"serial_number": "123456"})
    assert (refused.value.code, snapshot(fleet) == before) == ("unknown_certificate", True)
    assert len(revoke(fleet, {"serial_number": "0x123456"})["crl"]["revoked"]) == 2
    with pytest.raises(CertificateError, match=r"123456.*In decimal it is .*01e240") as refused:
        revoke(fleet, {"serial_number": "123456"})
    assert refused.value.code == "ambiguous"
    assert revoke(fleet, {"serial_number": "12:34:56"})["changed"] is False


def test_a_common_name_of_two_files_lists_both(ca: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        directory = str(tmp_path / name)
        make_client(ca, path=directory, clients=[{"name": name, "common_name": "twin"}], pkcs12_passphrase=None)
        (tmp_path / name / f"{name}.crt").rename(tmp_path / name / "away.crt")
    for order in ({"common_name": "twin"}, {"client": "twin"}):
        with pytest.raises(CertificateError, match=r"fits several: .*one\.crt.*two\.crt") as refused:
            revoke(ca, order)
        assert refused.value.code == "ambiguous"
    assert len(revoke(ca, {"path": str(tmp_path / "one" / "away.crt")})["crl"]["revoked"]) == 1


def test_a_file_with_two_certificates_lists_both_and_a_missing_one_says_which_come_near(fleet: Path) -> None:
    both = fleet / "both.pem"
    both.write_bytes((fleet / "Smith.crt").read_bytes() + (fleet / "John.crt").read_bytes())
    serials = [of_file(fleet, name)["serial_number"] for name in ("Smith", "John")]
    with pytest.raises(CertificateError, match=f"{serials[0]}, {serials[1]}") as refused:
        revoke(fleet, {"path": str(both)})
    assert refused.value.code == "ambiguous"
    with pytest.raises(CertificateError, match=r"Near to it: .*/w-1\.crt"):
        revoke(fleet, {"path": str(fleet / "w_1.crt")})
    (fleet / "door.crt").unlink()
    with pytest.raises(CertificateError, match=f"has issued to this file: .*{of_file(fleet, 'door')['serial_number']}"):
        revoke(fleet, {"path": str(fleet / "door.crt")})
    assert revoked(fleet, {"path": str(fleet / "Smith.crt")}) == ["Smith"]


def test_expired_certificates_of_a_name_are_told(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = times.now() + datetime.timedelta(days=3651)
    monkeypatch.setattr(times, "now", lambda: late)
    with pytest.raises(CertificateError, match=r"Near to it: .*w-1\.crt \(common name warehouse.* until 20"):
        revoke(fleet, {"client": "warehouse"})


def test_either_of_two_is_named_exactly(fleet: Path) -> None:
    assert revoked(fleet, {"name": "gate"}) == ["gate"]
    assert revoked(fleet, {"common_name": "gate"}) == ["door"]


def test_a_client_is_all_its_certificates(fleet: Path) -> None:
    make_client(fleet, clients=[{"name": "w-1", "common_name": "warehouse", "organization_name": "East"}])
    assert revoked(fleet, {"client": "warehouse"}) == ["w-1", "w-1"]


def test_a_reason_that_is_left_out_does_not_undo_another(fleet: Path) -> None:
    revoke(fleet, {"name": "Smith", "reason": "key_compromise"})
    again = revoke(fleet, {"name": "Smith"})
    assert (again["changed"], again["certificates"][0]["reason"]) == (False, "key_compromise")
    revoke(fleet, {"name": "John", "reason": "certificate_hold"})
    assert revoke(fleet, {"name": "John"})["certificates"][0]["reason"] == "unspecified", "a hold becomes one for good"


NO_NAMES: list[tuple[Any, str]] = [
    (7, "not 7"),
    (True, "not true"),
    (None, "not null"),
    (1e5, "not 100000"),
    ({"a": 1}, "not"),
    ([], "not"),
    ([7], "Name 1 .* is 7, which is no text"),
    (["a", None], "Name 2 .* is null, which is no text"),
    ("", "Name 1 .* empty"),
    (["a", "  "], "Name 2 .* empty"),
    (["a", "b", "a"], "'a' occurs twice"),
    ([["a"]], "no text"),
]


@pytest.mark.parametrize(("names", "message"), NO_NAMES)
def test_what_is_no_name_is_refused(names: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        revocations(names)


@pytest.mark.parametrize("name", ["007", "yes", "1e5", "null", "a, b", " a ", ","])
def test_a_text_is_one_name_as_it_stands(name: str) -> None:
    assert revocations(name) == [{"client": name}]


@pytest.mark.parametrize("scalar", ["007", "yes", "1.5", "2026-11-25"])
def test_a_list_of_clients_asks_for_quotes(scalar: str) -> None:
    for field in ("name", "common_name"):
        with pytest.raises(AnsibleFilterError, match=rf"Client 1 has the {field} .*in quotes"):
            client_list(f"- {{name: a, common_name: b, {field}: {scalar}}}\n")
    assert client_list(f"- {{name: '{scalar}'}}\n") == [{"name": scalar, "common_name": scalar}]


def test_the_summary_names_what_was_revoked_now(fleet: Path) -> None:
    revoke(fleet, {"name": "Smith", "reason": "superseded"})
    made = revoke(fleet, {"name": "Smith"}, {"name": "Smith, John"}, {"name": "John", "reason": "certificate_hold"})
    serials = {Path(each["file"]).stem: each["serial_number"] for each in made["certificates"]}
    lines = revocation_summary(made)
    assert lines[:2] == [
        f"revoked (unspecified) now: Smith, John, serial number {serials['Smith, John']}, {fleet}/Smith, John.crt",
        f"on hold now: John, serial number {serials['John']}, {fleet}/John.crt",
    ]
    assert lines[2].startswith("revoked (superseded) already, since ")
