# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed between any two steps, the next run completes what is there, and no key of a CA is ever lost."""

from __future__ import annotations

import functools
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times

from tests.unit.pki.make import PASSPHRASE, codes, make_ca, make_client, make_server
from tests.witnesses.openssl import openssl
from tests.witnesses.processes import Mark, forked, until

# What changes a file system or makes it lasting. SQLite's own steps are not seen; test_sigkill.py meets them.
STEPS = ("open", "fsync", "replace", "unlink", "fchmod", "fchown", "chmod", "chown", "mkdir", "ftruncate")


def killed_at(step: int, run: Callable[[], Any]) -> bool:
    """Runs ``run`` in a process that is killed in place of such a step (counted from 0); returns whether it was.

    The process really dies, by SIGKILL: no handler and no ``finally`` of the code under test sees it.
    """

    def armed() -> None:
        count = itertools.count()

        def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
            def kills(*arguments: Any, **more: Any) -> Any:
                changes = real.__name__ != "open" or arguments[1] & os.O_CREAT
                if changes and next(count) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **more)

            return kills

        for name in STEPS:
            setattr(os, name, guarded(getattr(os, name)))
        run()

    mark = Mark()
    status = os.waitstatus_to_exitcode(os.waitpid(forked(armed, mark), 0)[1])
    until(lambda: not mark.processes(), "processes of a killed run go on without it")
    assert status in (0, -signal.SIGKILL), "the run failed"
    return status != 0


def every_crash(
    directory: Path, prepare: Callable[[Path], object], run: Callable[[Path], dict[str, Any]]
) -> Iterator[Path]:
    """Runs ``run`` in a new world of ``prepare`` for each step at which it can be killed; yields after each kill."""
    for step in range(200):
        path = directory / str(step)
        prepare(path)
        if not killed_at(step, functools.partial(run, path)):
            assert step > 8, "the run was killed at too few places to mean anything"
            return
        yield path
    raise AssertionError("the run never came to its end")


def check_whole(path: Path) -> None:
    """As openssl sees it: the key fits, the CA signed it, nothing is left over."""
    for name in ("root", "client", "server"):
        if (path / f"{name}.crt").exists():
            own = openssl("pkey", "-in", path / f"{name}.key", "-pubout")
            assert own == openssl("x509", "-in", path / f"{name}.crt", "-noout", "-pubkey")
            assert "OK" in openssl("verify", "-x509_strict", "-CAfile", path / "root.crt", path / f"{name}.crt")
    assert list(path.glob(".*.part")) == []
    for secret in [*path.glob("*.key"), *path.glob("*.p12"), *path.glob(".*")]:
        assert secret.stat().st_mode & 0o077 == 0, secret


def test_ca(tmp_path: Path) -> None:
    for path in every_crash(tmp_path, lambda path: None, make_ca):
        key = (path / "root.key").read_bytes() if (path / "root.key").exists() else None
        make_ca(path)
        assert key in (None, (path / "root.key").read_bytes()), "a key once written stays"
        assert codes(make_ca(path)) == []
        check_whole(path)


def test_ca_whose_key_is_replaced(tmp_path: Path) -> None:
    old: dict[Path, bytes] = {}

    def prepare(path: Path) -> None:
        make_ca(path)
        old[path] = (path / "root.key").read_bytes()

    def run(path: Path) -> dict[str, Any]:
        return make_ca(path, curve="secp384r1", replace="key")

    for path in every_crash(tmp_path, prepare, run):
        assert old[path] in {file.read_bytes() for file in path.iterdir()}, "the old key is still there"
        run(path)
        assert old[path] in {file.read_bytes() for file in path.iterdir()}, "and after the next run as well"
        assert codes(run(path)) == []
        check_whole(path)


def test_client(tmp_path: Path) -> None:
    for path in every_crash(tmp_path, make_ca, make_client):
        make_client(path)
        assert codes(make_client(path)) == []
        check_whole(path)
        opened = openssl("pkcs12", "-in", path / "client.p12", "-passin", f"pass:{PASSPHRASE}", "-nodes")
        assert (path / "client.crt").read_text() in opened


def test_client_that_gets_a_new_key(tmp_path: Path) -> None:
    def prepare(path: Path) -> None:
        make_ca(path)
        make_client(path)

    def run(path: Path) -> dict[str, Any]:
        return make_client(path, key_type="ed25519", subject={"country_name": "cn"})

    for path in every_crash(tmp_path, prepare, run):
        run(path)
        assert codes(run(path)) == []
        check_whole(path)


def test_server(tmp_path: Path) -> None:
    for path in every_crash(tmp_path, make_ca, make_server):
        make_server(path)
        assert codes(make_server(path)) == []
        check_whole(path)
        assert (path / "server.chain.crt").read_text() == (path / "server.crt").read_text() + (
            path / "root.crt"
        ).read_text()


def test_many_clients_killed_midway_keep_what_was_finished(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.alicloud.mtls.plugins.module_utils._pki.batch.BATCH", 2)
    clients = [{"name": f"c{i}", "common_name": f"client {i}"} for i in range(8)]
    assert killed_at(60, lambda: make_client(ca, clients=clients))
    finished = {path.name: path.read_bytes() for path in ca.glob("c*.crt")}
    assert 0 < len(finished) < 8
    make_client(ca, clients=clients)
    assert {name: (ca / name).read_bytes() for name in finished} == finished
    assert make_client(ca, clients=clients)["changed"] is False


def test_full_disk_leaves_the_old_file(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_client(ca)
    before = {path.name: path.read_bytes() for path in ca.glob("client.*")}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    later = times.now() + times.duration("3630d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    make_ca(ca)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        make_client(ca)
    assert {path.name: path.read_bytes() for path in ca.glob("client.*")} == before
    assert list(ca.glob(".*.part")) == []
