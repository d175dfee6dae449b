# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that lack locks, or cannot write a directory to the disk: everything works, with a warning."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import files
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_ca, make_client, revoke

Patch = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    files.take_warnings()
    yield
    files.take_warnings()


def failing(number: int) -> Callable[..., None]:
    def fail(*_arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def no_locks(patch: Patch, number: int) -> None:
    patch.setattr(fcntl, "flock", failing(number))
    patch.setattr(fcntl, "lockf", failing(number))


def no_flock(patch: Patch, number: int) -> None:
    patch.setattr(fcntl, "flock", failing(number))


def no_sync_of_directories(patch: Patch, number: int) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            failing(number)()
        real(descriptor)

    patch.setattr(os, "fsync", fsync)
    patch.setattr(files, "_syncfs", failing(number))


def no_sync(patch: Patch, number: int) -> None:
    patch.setattr(os, "fsync", failing(number))
    patch.setattr(files, "_syncfs", failing(number))


CASES = [
    ("NFS without a lock manager", no_locks, errno.ENOLCK, ["has no locks"]),
    ("FUSE without locks", no_locks, errno.ENOSYS, ["has no locks"]),
    ("CIFS without flock", no_flock, errno.EOPNOTSUPP, []),
    ("FUSE without fsync of directories", no_sync_of_directories, errno.EINVAL, ["when a write is on the disk"]),
    ("CIFS without fsync of directories", no_sync_of_directories, errno.ENOTSUP, ["when a write is on the disk"]),
    ("FUSE without fsync", no_sync, errno.ENOSYS, ["when a write is on the disk"]),
]


@pytest.mark.parametrize(("_name", "break_it", "number", "warnings"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("many", [1, 40])
def test_a_file_system_that_lacks_something(
    tmp_path: Path,
    monkeypatch: Patch,
    _name: str,
    break_it: Callable[..., None],
    number: int,
    warnings: list[str],
    many: int,
) -> None:
    break_it(monkeypatch, number)
    make_ca(tmp_path / "pki")
    clients = [{"name": f"c{position}", "common_name": f"c{position}"} for position in range(many)]
    make_client(tmp_path / "pki", clients=clients, pkcs12_passphrase=None)
    revoke(tmp_path / "pki", {"name": "c0"})
    told = files.take_warnings()
    assert len(told) == len(warnings), "each once"
    assert all(
        expected in text and str(tmp_path / "pki") in text for expected, text in zip(warnings, told, strict=True)
    )
    assert make_client(tmp_path / "pki", clients=clients[1:], pkcs12_passphrase=None)["changed"] is False


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fails_is_no_file_system_that_lacks_something(
    tmp_path: Path, monkeypatch: Patch, number: int
) -> None:
    no_sync_of_directories(monkeypatch, number)
    with pytest.raises(OSError, match=os.strerror(number)):
        make_ca(tmp_path / "pki")


def test_locks_of_fcntl_keep_other_runs_out(tmp_path: Path, monkeypatch: Patch) -> None:
    make_ca(tmp_path / "pki")
    no_flock(monkeypatch, errno.EOPNOTSUPP)
    monkeypatch.setattr(fcntl, "lockf", failing(errno.EACCES))
    with pytest.raises(CertificateError) as refused:
        make_client(tmp_path / "pki", lock_timeout="0s")
    assert refused.value.code == "ca_busy"


@pytest.mark.parametrize("code", ["SQLITE_IOERR_LOCK", "SQLITE_IOERR_RDLOCK"])
def test_sqlite_goes_on_without_locks(tmp_path: Path, monkeypatch: Patch, code: str) -> None:
    """SQLite itself is asked for another way to open the file: one without locks."""
    opened: list[str] = []
    real = sqlite3.connect

    class Unlockable(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = getattr(sqlite3, code)
            raise error

    def connect(name: str, **options: Any) -> sqlite3.Connection:
        opened.append(name)
        plain = "vfs=unix-none" in name or name == ":memory:"
        return real(name, **options) if plain else real(name, factory=Unlockable, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    make_ca(tmp_path / "pki")
    make_client(tmp_path / "pki")
    assert any("vfs=unix-none" in name for name in opened)
    assert any("has no locks" in text for text in files.take_warnings())
