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
