# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rotate_ca: each step knows whether it is its turn, and who was revoked.

The whole, with clients that call, is in test_rotation_under_load.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import ROOT, Command
from tests.unit.pki.make import make_ca, make_client, revoke, snapshot

CLIENTS = [{"name": name, "common_name": name} for name in ("alice", "bob", "carol")]
Rotate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A CA in the directory ``old`` with three clients."""
    subject = {"common_name": "root", "organization_name": "Example", "email_address": "a@example.com"}
    make_ca(tmp_path / "old", subject=subject)
    make_client(tmp_path / "old", clients=CLIENTS, subject={"organization_name": "Example"}, pkcs12_passphrase=None)
    return tmp_path / "old"


@pytest.fixture
def rotate(ansible: Command, preloaded_python: str, tmp_path: Path, old: Path) -> Rotate:
    """Runs the playbook as a user would; ``site`` are variables of the inventory, ``given`` those of -e."""

    def run(
        *options: str, site: dict[str, Any] | None = None, playbook: str = "alicloud.mtls.rotate_ca", **given: Any
    ) -> subprocess.CompletedProcess[str]:
        variables = {
            "ansible_python_interpreter": preloaded_python,
            "pki_path": str(old),
            "pki_key_type": "ecdsa",
            "pki_subject": {"organization_name": "Example"},
            "pki_clients": CLIENTS,
            "mtls_name": "shop",
            **(site or {}),
        }
        hosts = {"localhost": {"ansible_connection": "local"}}
        (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
        given = {"rotate_ca_path": str(tmp_path / "new"), "rotate_ca_common_name": "root 2027", **given}
        (command, *_rest), environment = ansible([], {})
        return subprocess.run(
            [command, "-i", str(tmp_path / "inventory.json"), "-e", json.dumps(given), *options, playbook],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def keys(directory: Path) -> dict[str, Any]:
    """What lies in the directories of the CAs, without the lock files that readers take."""
    return {name: file for name, file in snapshot(directory).items() if name.startswith(("old", "new", "third"))}


def text(done: subprocess.CompletedProcess[str]) -> str:
    return re.sub(r"\s+", " ", done.stdout + done.stderr)


def unrelated(tmp_path: Path) -> None:
    make_ca(tmp_path / "new", subject={"common_name": "root 2027", "organization_name": "Example"})
    make_client(tmp_path / "new", clients=CLIENTS, pkcs12_passphrase=None)


def of_another(tmp_path: Path) -> None:
    make_ca(tmp_path / "third", subject={"common_name": "third"})
    make_ca(tmp_path / "new", subject={"common_name": "root 2027"}, cross_sign={"path": str(tmp_path / "third")})
    make_client(tmp_path / "new", clients=CLIENTS, pkcs12_passphrase=None)


def finished(tmp_path: Path) -> None:
    new = {"subject": {"common_name": "root 2027"}}
    make_ca(tmp_path / "new", **new, cross_sign={"path": str(tmp_path / "old")})
    make_client(tmp_path / "new", clients=CLIENTS, pkcs12_passphrase=None)
    make_ca(tmp_path / "new", **new, end_rotation=True)


def link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("old")


def nothing(_tmp_path: Path) -> None:
    """Makes nothing."""


# Why, what is made before, the variables of -e, and the messages.
REFUSED: list[tuple[Any, ...]] = [
    ("switch on a mistyped path", nothing, {"rotate_ca_step": "switch"}, "There is no CA in"),
    ("finish on a mistyped path", nothing, {"rotate_ca_step": "finish"}, "There is no CA in"),
    (
        "wrong variables, all at once",
        nothing,
        {
            "rotate_ca_step": "swich",
            "rotate_ca_path": "new",
            "rotate_ca_requests_path": "x",
            "rotate_ca_refused": "bob",
            "mtls_ca_source": "uploaded",
        },
        "is swich. Give prepare, switch or finish",
        "rotate_ca_path is new. Give the absolute path",
        "rotate_ca_requests_path is 'x'",
        "rotate_ca_refused is bob. Give a list",
        "mtls_ca_source is uploaded",
    ),
    ("a path in the collection", nothing, {"rotate_ca_path": str(ROOT / "roles/pki/new")}, "is in this collection"),
    ("a private CA without another", nothing, {"mtls_ca_source": "private_ca"}, "rotate_ca_id is empty"),
    ("what the playbook sets", nothing, {"alb_mtls_ca_certificate_id": "x"}, "sets alb_mtls_ca_certificate_id itself"),
    ("the same path by a link", link, {"rotate_ca_path": "OLD/../link"}, "are the same directory"),
    (
        "no name, and a CA below another one",
        nothing,
        {"rotate_ca_common_name": "", "pki_ca_issuer": {"path": "/srv/top"}},
        "rotate_ca_common_name is empty",
        "pki_ca_issuer: the CA in pki_path is below another CA",
    ),
    ("prepare over an unrelated CA", unrelated, {}, "was not prepared to replace"),
    ("switch to an unrelated CA", unrelated, {"rotate_ca_step": "switch"}, "was not prepared to replace"),
    ("finish of another rotation", of_another, {"rotate_ca_step": "finish"}, "was not prepared to replace"),
    ("prepare after finish", finished, {}, "is finished"),
    ("switch after finish", finished, {"rotate_ca_step": "switch"}, "is finished"),
]


@pytest.mark.parametrize("case", [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_is_not_its_turn_is_refused_before_anything_is_written(
    rotate: Rotate, old: Path, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    make, given, *messages = case
    make(tmp_path)
    before = keys(tmp_path)
    given = {key: value.replace("OLD", str(old)) if isinstance(value, str) else value for key, value in given.items()}
    # The checks are the same in check mode; what reads the directories is tried in both.
    for options in [[]] if make is nothing else [["--check"], []]:
        done = rotate(*options, **given)
        assert done.returncode != 0, done.stdout
        assert [message for message in messages if message not in text(done)] == [], done.stdout
        assert keys(tmp_path) == before


def test_without_an_old_ca_nothing_is_made(rotate: Rotate, tmp_path: Path) -> None:
    done = rotate(site={"pki_path": str(tmp_path / "odl")})
    assert done.returncode != 0
    assert "There is no CA in pki_path" in text(done)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "odl").exists()


def revoked_site(old: Path) -> dict[str, Any]:
    """Bob is revoked and carol on hold; the inventory says so, as the playbook revoke_client advises."""
    revoke(old, {"name": "bob", "reason": "key_compromise"}, {"name": "carol", "reason": "certificate_hold"})
    return {
        "pki_revoked": [
            {"name": "bob", "reason": "key_compromise"},
            {"common_name": "carol", "reason": "certificate_hold"},
        ]
    }


def test_a_revoked_client_gets_no_new_certificate(rotate: Rotate, old: Path, tmp_path: Path) -> None:
    site = revoked_site(old)
    before = keys(tmp_path)
    for options in (["--check"], [], []):
        done = rotate(*options, site=site)
        assert done.returncode == 0, done.stdout + done.stderr
        for name in ("bob", "carol"):
            assert re.search(rf"Skipped: .*{old}/{name}.crt", done.stdout), done.stdout
        if options:
            assert keys(tmp_path) == before
    assert "changed=0 " in done.stdout
    assert sorted(path.name for path in (tmp_path / "new").glob("*.key")) == ["alice.key", "root.key"]

    # And when the new CA is that of the inventory, with what the old one has revoked still in it.
    after = {"pki_path": str(tmp_path / "new"), "pki_ca_subject": {"common_name": "root 2027"}, **site}
    after["pki_ca_subject"]["organization_name"] = "Example"
    (tmp_path / "pki.yml").write_text("- {hosts: localhost, gather_facts: false, roles: [alicloud.mtls.pki]}\n")
    os.rename(old, tmp_path / "safe")
    run = {"playbook": str(tmp_path / "pki.yml")}
    good = rotate(site={**after, "pki_clients": CLIENTS[:1], "pki_ca_end_rotation": True}, **run)
    assert good.returncode == 0, good.stdout
    before = keys(tmp_path)
    newcomers = [*CLIENTS[:1], {"name": "dora", "common_name": "dora"}]
    for wrong, message in (
        ({"name": "bbo"}, "knows no certificate with name 'bbo'"),
        ({"serial_number": "none"}, "is not a number in hexadecimal"),
    ):
        typo = rotate(site={**after, "pki_clients": newcomers, "pki_revoked": [*site["pki_revoked"], wrong]}, **run)
        assert typo.returncode != 0
        assert message in text(typo)
        assert "Nothing was written" in text(typo)
        assert keys(tmp_path) == before, "found before anything is issued"
    again = rotate(site={**after, "pki_clients": CLIENTS[:2]}, **run)
    assert again.returncode != 0
    assert "The CA before this one has revoked" in text(again)


def test_what_is_not_revoked_yet_is_not_overlooked(rotate: Rotate, tmp_path: Path) -> None:
    for revoked, message in ([{"name": "bob"}], "has not revoked yet"), ([{"name": "bbo"}], "'bbo'"):
        for options in (["--check"], []):
            done = rotate(*options, site={"pki_revoked": revoked})
            assert done.returncode != 0
            assert message in text(done)
            assert not (tmp_path / "new").exists()


def test_a_name_with_a_comma_is_one_name(rotate: Rotate, old: Path) -> None:
    clients = [{"name": name, "common_name": name} for name in ("Smith, John", "Smith", "John")]
    make_client(old, clients=clients, pkcs12_passphrase=None)
    before = snapshot(old)
    run = {"playbook": "alicloud.mtls.revoke_client"}
    for name, message in (
        ("Smith,John", "give a list"),
        (7, "not 7"),
        (None, "not null"),
        ("", "is empty"),
        (["John", "John"], "twice"),
    ):
        refused = rotate(revoke_client_name=name, **run)
        assert (refused.returncode != 0, message in text(refused)) == (True, True), refused.stdout
    nowhere = rotate("--check", revoke_client_name="John", site={"pki_path": f"{old}s"}, **run)
    assert "There is no CA in pki_path" in text(nowhere)
    both = rotate(revoke_client_name="John", pki_revoked=[{"name": "Smith"}], **run)
    assert "are both given with -e" in text(both)
    assert snapshot(old) == before
    done = rotate(revoke_client_name="Smith, John", site={"pki_revoked": [{"name": "John"}]}, **run)
    assert done.returncode == 0, done.stdout
    assert re.search(r"revoked \(unspecified\) now: Smith, John, serial number [0-9a-f]+, ", done.stdout)
    assert "1 certificates are revoked" in done.stdout
