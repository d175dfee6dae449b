# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA whose directory was moved, copied or reached through a link behaves as before."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, revoke, run, snapshot
from tests.witnesses.openssl import openssl


def moved(top: Path) -> Path:
    (top / "checkout").rename(top / "other")
    return top / "other"


def renamed_ca(top: Path) -> Path:
    (top / "checkout/pki").rename(top / "checkout/authority")
    (top / "checkout/pki").symlink_to("authority")
    return top / "checkout"


def linked(top: Path) -> Path:
    (top / "link").symlink_to("checkout")
    return top / "link"


def copied(top: Path) -> Path:
    shutil.copytree(top / "checkout", top / "second")
    return top / "second"


def deeper(top: Path) -> Path:
    (top / "a/b").mkdir(parents=True)
    (top / "checkout").rename(top / "a/b/c")
    return top / "a/b/c"


def nothing(top: Path) -> Path:
    return top / "checkout"


MOVES: list[Callable[[Path], Path]] = [nothing, moved, renamed_ca, linked, copied, deeper]
BESIDE = {"in the directory of the CA": "pki", "below it": "pki/clients", "beside it": "clients"}


def client(top: Path, place: str, name: str = "warehouse", **more: Any) -> dict[str, Any]:
    options = {"path": str(top / place), "pkcs12_passphrase": None}
    return make_client(top / "pki", clients=[{"name": name, "common_name": "w-1", **more}], **options)


def refused(function: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    with pytest.raises(CertificateError) as error:
        function(*arguments, **options)
    return str(error.value.code)


def verdict(top: Path, certificate: Path) -> str:
    checked = ("verify", "-crl_check", "-CRLfile", top / "pki/root.crl.pem", "-CAfile", top / "pki/root.crt")
    said = openssl(*checked, certificate, check=False)
    return "good" if ": OK" in said else "revoked" if "certificate revoked" in said else said


@pytest.fixture(params=BESIDE)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    make_ca(tmp_path / "checkout/pki")
    return BESIDE[request.param]


@pytest.mark.parametrize("move", MOVES)
def test_everything_is_as_before_a_move(tmp_path: Path, place: str, move: Callable[[Path], Path]) -> None:
    client(tmp_path / "checkout", place)
    top = move(tmp_path)
    assert client(top, place)["changed"] is False
    assert refused(client, top, place, name="another") == "common_name_taken"
    first = (top / place / "warehouse.crt").read_bytes()
    assert codes(client(top, place, dns_names=["x.example.com"]))[0] == "san_differs"
    handed_out = tmp_path / "first.crt"
    handed_out.write_bytes(first)
    result = revoke(top / "pki", {"name": "warehouse", "reason": "certificate_hold"})
    assert len(result["certificates"]) == 2
    assert all(os.path.samefile(item["file"], top / place / "warehouse.crt") for item in result["certificates"])
    assert [verdict(top, path) for path in (handed_out, top / place / "warehouse.crt")] == ["revoked"] * 2
    (top / place / "warehouse.crt").rename(tmp_path / "kept.crt")
    assert refused(client, top, place) == "on_hold", "the file was lost, but not what is known of it"
    (tmp_path / "kept.crt").rename(top / place / "warehouse.crt")
    revoke(top / "pki", {"client": "w-1", "reason": "remove_from_crl"})
    assert verdict(top, handed_out) == "good"
    revoke(top / "pki", {"path": str(top / place / "warehouse.crt")})
    assert [verdict(top, path) for path in (handed_out, top / place / "warehouse.crt")] == ["good", "revoked"]


def make_old(database: Path, directory: Path, version: int) -> None:
    """Turn the database into one of an earlier version, as it wrote it in ``directory``."""
    with closing(sqlite3.connect(database)) as connection:
        for column in ("folded_name", "folded_common_name"):
            connection.execute(f"DROP INDEX by_{column}")
            connection.execute(f"ALTER TABLE certificates DROP COLUMN {column}")
        connection.execute(f"PRAGMA user_version = {version}")
        if version > 2:
            return
        rows = connection.execute("SELECT rowid, file, files FROM certificates").fetchall()
        for number, file, files in rows:
            absolute = {kind: str(directory / path) for kind, path in json.loads(files).items()}
            values = (str(directory / file), json.dumps(absolute), number)
            connection.execute("UPDATE certificates SET file = ?, files = ? WHERE rowid = ?", values)
        connection.commit()


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("move", [nothing, moved])
def test_a_database_of_an_earlier_version_is_read_and_upgraded(
    tmp_path: Path, move: Callable[[Path], Path], version: int
) -> None:
    make_ca(tmp_path / "checkout/pki")
    client(tmp_path / "checkout", "pki")
    make_old(tmp_path / "checkout/pki/root.index.db", tmp_path / "checkout/pki", version)
    top = move(tmp_path)
    before = snapshot(top)
    found = revoke(top / "pki", {"name": "warehouse"}, write=False)["certificates"]
    assert [item["file"] for item in found] == [str(top / "pki/warehouse.crt")]
    assert snapshot(top) == before, "a check run upgrades nothing"
    assert refused(client, top, "pki", name="another") == "common_name_taken"
    assert refused(client, top, "pki", name="another", common_name="W-1") == "similar_name"
    assert refused(client, top, "pki", name="Warehouse", common_name="w-2") == "similar_name"
    revoke(top / "pki", {"name": "warehouse"})
    assert verdict(top, top / "pki/warehouse.crt") == "revoked"


@pytest.mark.parametrize(("first", "second"), [("a", "a.chain"), ("a.chain", "a"), ("a.chain", "a.chain.chain")])
def test_no_file_of_a_client_is_one_of_another(ca: Path, first: str, second: str) -> None:
    def issue(name: str) -> dict[str, Any]:
        return make_client(ca, clients=[{"name": name, "common_name": f"cn of {name}"}])

    issue(first)
    before = snapshot(ca)
    assert refused(issue, second) == "duplicate"
    assert snapshot(ca) == before
    assert issue(first)["changed"] is False


def test_names_that_look_like_files_of_others(ca: Path) -> None:
    """A backup of a key would be the key of such a client, and a cross-certificate has the key of its CA."""
    clients = [{"name": name, "common_name": f"cn of {name}"} for name in ("a", "a.cross", "a.p12", "a.crt")]
    make_client(ca, clients=clients)
    found = {Path(item["path"]).name: item for item in run("info", paths=[str(ca)])["certificates"] if item["path"]}
    for item in clients:
        key = found[f"{item['name']}.crt"]["private_key"]
        assert (key["path"], key["matches"]) == (str(ca / f"{item['name']}.key"), True)
    backup = {"name": "a.replaced-0123abcd", "common_name": "b"}
    assert refused(make_client, ca, clients=[backup]) == "invalid_name"
