# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is meant is never guessed: names with commas, names of two clients, names that YAML takes for a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_list, revocation_summary, revocations
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_client, revoke, snapshot

NAMES = ["Smith, John", "Smith", "John", "smith", 'Joe "the" O\'Neil', "007", "a,"]
CLIENTS = [
    *({"name": name, "common_name": name} for name in NAMES),
    {"name": "door", "common_name": "gate"},
    {"name": "gate", "common_name": "fence"},
    {"name": "w-1", "common_name": "warehouse"},
]


@pytest.fixture
def fleet(ca: Path) -> Path:
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
