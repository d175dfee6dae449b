# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clients another private CA has to issue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible_collections.alicloud.mtls.plugins.filter.private_ca_orders import private_ca_orders

START, END, CA_END = "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2030-01-01T00:00:00Z"


def issued(common_name: str, serial: str, **more: Any) -> dict[str, Any]:
    """A certificate as pca_certificate_info returns it."""
    facts = {"common_name": common_name, "serial_number": serial, "number": 1, "type": "client"}
    return {**facts, "revoked": False, "expired": False, "not_before": START, **more}


def file(serial: str, name: str, **more: Any) -> dict[str, Any]:
    """A file as certificate_info returns it."""
    subject = {"common_name": name, "organization_name": "Example", "2.5.4.5": "7"}
    names: dict[str, Any] = {"dns_names": [], "email_addresses": [], "uris": []}
    facts = {"path": f"/srv/{name}.crt", "serial_number": serial, "subject": subject, "key": "RSA 2048", **names}
    return {**facts, "not_before": START, "not_after": END, "private_key": {"path": f"/srv/{name}.key"}, **more}


def orders(
    certificates: Sequence[Any], files: Sequence[Any] = (), clients: Sequence[Any] = (), **more: str
) -> dict[str, Any]:
    return private_ca_orders(certificates, files, clients, **{"ca_end": CA_END, **more})


def test_a_client_of_the_files_is_ordered_as_it_was() -> None:
    made = orders([issued("one", "01")], [file("01", "one", dns_names=["a.example.com"])])
    assert made["clients"] == [
        {
            "name": "one",
            "common_name": "one",
            "organization_name": "Example",
            "dns_names": ["a.example.com"],
            "key_type": "rsa",
            "key_size": 2048,
            "valid_for": "364d",
        }
    ]
    assert (made["skipped"], made["common_names"]) == ([], ["one"])


def test_lifetimes() -> None:
    short, cut = file("01", "one", not_after="2026-01-21T00:00:00Z"), file("01", "one", not_after=CA_END)
    (ordered,) = orders([issued("one", "01")], [short])["clients"]
    assert (ordered["valid_for"], ordered["renew_before"]) == ("20d", "33%")
    (ordered,) = orders([issued("one", "01")], [cut])["clients"]
    assert "valid_for" not in ordered


def test_revoked_expired_and_servers_get_nothing() -> None:
    certificates = [
        issued("gone", "01"),
        issued("gone", "02", revoked=True, not_before="2026-02-01T00:00:00Z"),
        issued("back", "03", revoked=True),
        issued("back", "04", not_before="2026-02-01T00:00:00Z"),
        issued("old", "05", expired=True),
        issued("www", "06", type="server"),
    ]
    listed = [{"name": "gone", "common_name": "gone"}, {"name": "back", "common_name": "back"}]
    made = orders(certificates, [], listed)
    assert [item["name"] for item in made["clients"]] == ["back"]
    assert made["skipped"] == ["gone: the old CA has revoked its last certificate."]
    assert made["common_names"] == ["back"]


def test_a_client_that_keeps_its_key_needs_a_request(tmp_path: Path) -> None:
    certificates = [issued("partner/1", "01"), issued("here", "02")]
    files = [file("02", "here", private_key=None)]
    made = orders(certificates, files)
    assert made["clients"] == []
    assert ["partner_1.csr" in made["skipped"][1], "here.csr" in made["skipped"][0]] == [True, True]
    for name in ("partner_1", "here"):
        (tmp_path / f"{name}.csr").write_text("a request")
    made = orders(certificates, files, requests_path=str(tmp_path))
    assert {item["name"]: item["csr_path"] for item in made["clients"]} == {
        "here": str(tmp_path / "here.csr"),
        "partner_1": str(tmp_path / "partner_1.csr"),
    }
    assert "key_type" not in made["clients"][0]
