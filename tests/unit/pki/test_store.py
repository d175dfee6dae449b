# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights, locks and the index."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import files
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import PASSPHRASE, codes, make_ca, make_client, make_server, revoke, snapshot

Work = Callable[[Path], Any]


@pytest.fixture
def no_umask() -> Any:
    old = os.umask(0)
    yield
    os.umask(old)


def test_secrets_are_never_readable_by_others(tmp_path: Path, no_umask: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file as it is at the moment it appears, after each write to it, and at the end."""
    seen: list[tuple[str, int]] = []
    real_open, real_replace, real_fsync = os.open, os.replace, os.fsync

    def look(path: str) -> None:
        seen.append((os.path.basename(path), stat.S_IMODE(os.stat(path).st_mode)))

    def watched_open(path: Any, *arguments: Any, **more: Any) -> int:
        descriptor = real_open(path, *arguments, **more)
        if str(path).startswith(str(tmp_path)) and stat.S_ISREG(os.fstat(descriptor).st_mode):
            look(path)
        return descriptor

    def watched_replace(source: str, target: str) -> None:
        look(source)
        real_replace(source, target)
        look(target)

    def watched_fsync(descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isfile(path):
            look(path)
        real_fsync(descriptor)

    monkeypatch.setattr(os, "open", watched_open)
    monkeypatch.setattr(os, "replace", watched_replace)
    monkeypatch.setattr(os, "fsync", watched_fsync)
    make_ca(tmp_path / "pki", passphrase=None)
    make_client(tmp_path / "pki")
    make_server(tmp_path / "pki")
    make_ca(tmp_path / "pki", curve="secp384r1", replace="key")

    secret = [(name, mode) for name, mode in seen if ".key" in name or ".p12" in name or "index.db" in name]
    assert {name for name, mode in secret} >= {
        ".root.key.part",
        "root.key",
        ".client.p12.part",
        "client.key",
        "server.key",
    }
    assert [each for each in secret if each[1] != 0o600] == []
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pki").glob("*.crt")} == {0o644}


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".a.key.part").symlink_to(victim)
    files.write(files.File(str(tmp_path / "a.key"), files.SECRET, b"secret"))
    assert victim.read_text() == "mine"
    assert (tmp_path / "a.key").read_bytes() == b"secret"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owner(tmp_path: Path) -> None:
    make_ca(tmp_path / "pki")
    make_client(tmp_path / "pki", path=tmp_path / "given", owner="nobody", group="65534")
    found = {path.name: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in (tmp_path / "given").iterdir()}
    assert {owner for owner, mode in found.values()} == {65534}
    assert found["client.key"][1] == 0o600
    os.chown(tmp_path / "given" / "client.key", 0, 0)
    again = make_client(tmp_path / "pki", path=tmp_path / "given", owner="nobody", group="65534")
    assert [reason["code"] for reason in again["certificates"][0]["reasons"]] == ["rights_differ"]
    assert (tmp_path / "given" / "client.key").stat().st_uid == 65534


TXT: dict[str, Any] = {
    "pkcs12_passphrase": None,
    "pkcs12_generate_passphrases": True,
    "subject": {"organization_name": "new"},
}
LINKED: dict[str, Work] = {
    **dict.fromkeys(
        [f"client.{ending}" for ending in ("key", "csr", "crt", "chain.crt", "p12", "p12.txt")],
        lambda ca: make_client(ca, **TXT),
    ),
    "root.key": lambda ca: make_ca(ca, passphrase=PASSPHRASE),
    "root.crt": lambda ca: make_ca(ca, subject={"common_name": "other"}, replace="certificate"),
    **dict.fromkeys(["root.crl.pem", "root.crl.der", ".root.lock"], lambda ca: revoke(ca, {"name": "client"})),
}


@pytest.mark.parametrize(("name", "work"), LINKED.items(), ids=LINKED)
def test_a_link_in_place_of_a_file_is_named_and_neither_followed_nor_replaced(
    ca: Path, tmp_path: Path, name: str, work: Work
) -> None:
    make_client(ca, **{**TXT, "subject": None})
    revoke(ca)
    target = tmp_path / "elsewhere"
    (ca / name).rename(target)
    target.chmod(0o640)
    (ca / name).symlink_to(target)
    before = (*snapshot(ca).items(), target.read_bytes(), target.stat().st_mode)
    with pytest.raises(CertificateError, match=re.escape(f"{ca / name} is a symbolic link to {target}")) as refused:
        work(ca)
    assert refused.value.code == "symbolic_link"
    assert (*snapshot(ca).items(), target.read_bytes(), target.stat().st_mode) == before


def test_a_link_that_leads_nowhere_is_a_link_as_well(ca: Path) -> None:
    (ca / "client.key").symlink_to("nowhere")
    with pytest.raises(CertificateError, match="symbolic link to nowhere"):
        make_client(ca)


def test_a_request_may_be_handed_in_by_a_link(ca: Path, tmp_path: Path) -> None:
    make_client(ca)
    (tmp_path / "link").symlink_to(ca / "client.csr")
    made = make_client(ca, clients=[{"name": "own", "common_name": "own", "csr_path": str(tmp_path / "link")}])
    assert codes(made) == ["missing", "csr_missing"]


def test_a_pipe_in_place_of_a_file_does_not_hold_the_run(ca: Path) -> None:
    os.mkfifo(ca / "client.crt")
    with pytest.raises(CertificateError, match=r"client\.crt is no regular file"):
        make_client(ca)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702])
def test_a_directory_that_everybody_may_write_to_is_refused(ca: Path, tmp_path: Path, mode: int) -> None:
    make_client(ca)
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(mode)
    ca.chmod(mode)
    attempts: list[tuple[Path, Callable[[], Any]]] = [
        (ca, lambda: make_ca(ca)),
        (ca, lambda: make_ca(tmp_path / "shop", subject={"common_name": "shop"}, issuer={"path": str(ca)})),
        (ca, lambda: make_client(ca, path=tmp_path / "clients")),
        (ca, lambda: revoke(ca)),
        (open_to_all, lambda: make_ca(open_to_all)),
    ]
    before = snapshot(tmp_path)
    for path, attempt in attempts:
        with pytest.raises(CertificateError, match=f"directory {path}:") as refused:
            attempt()
        assert refused.value.code == "world_writable"
    ca.chmod(0o750)
    with pytest.raises(CertificateError, match=f"directory {open_to_all}:"):
        make_client(ca, path=open_to_all)
    assert snapshot(tmp_path) == before
    make_client(ca)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_who_owns_a_file_keeps_it(ca: Path) -> None:
    make_client(ca)
    for path in ca.glob("client.*"):
        os.chown(path, 65534, 65533)
    make_client(ca, subject={"organization_name": "new"}, curve="secp384r1")
    assert {(path.stat().st_uid, path.stat().st_gid) for path in ca.glob("client.*")} == {(65534, 65533)}
    make_client(ca, subject={"organization_name": "new"}, curve="secp384r1", owner="0")
    now = [path for path in ca.glob("client.*") if "replaced" not in path.name]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in now} == {(0, 65533)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_index_and_lock_belong_to_the_owner_of_the_ca(tmp_path: Path) -> None:
    def owners(path: Path) -> dict[str, int]:
        return {each.name: each.stat().st_uid for each in path.iterdir()}

    root, shop = tmp_path / "pki", tmp_path / "shop"
    shop.mkdir(mode=0o700)
    make_ca(root, owner="nobody")
    assert set(owners(root).values()) == {65534}
    assert {".root.lock", "root.index.db"} < set(owners(root))
    options = {"subject": {"common_name": "shop"}, "issuer": {"path": str(root)}, "owner": "65534"}
    make_ca(shop, **options)
    make_client(shop)
    assert {owner for name, owner in owners(shop).items() if "root" in name} == {65534}
    assert make_ca(shop, **options)["changed"] is False
    os.chown(shop / "root.index.db", 0, 0)
    (shop / ".root.lock").chmod(0o666)
    assert codes(make_ca(shop, **options)) == ["rights_differ"]
    assert owners(shop)["root.index.db"] == 65534
    assert (shop / ".root.lock").stat().st_mode & 0o777 == 0o600


def test_runs_on_one_ca_wait_for_each_other(ca: Path) -> None:
    started, go = threading.Event(), threading.Event()

    def hold() -> None:
        with files.lock(str(ca / ".root.lock"), str(ca / "root.crt"), 10):
            started.set()
            go.wait(120)

    def issue() -> None:
        make_client(ca)

    holder, other = threading.Thread(target=hold), threading.Thread(target=issue)
    holder.start()
    assert started.wait(120)
    other.start()
    other.join(0.3)
    assert other.is_alive()
    assert not (ca / "client.crt").exists()
    attempts: tuple[Callable[[], object], ...] = (
        lambda: make_client(ca, lock_timeout="0s"),
        lambda: revoke(ca, lock_timeout="0s"),
        lambda: make_ca(ca, passphrase=PASSPHRASE, lock_timeout="0s"),
        lambda: make_ca(
            ca.parent / "shop", subject={"common_name": "shop"}, issuer={"path": str(ca)}, lock_timeout="0s"
        ),
    )
    for attempt in attempts:
        with pytest.raises(CertificateError, match=r"Another run .* for 0 s"):
            attempt()
    go.set()
    other.join(120)
    holder.join(120)
    assert (ca / "client.crt").exists()
