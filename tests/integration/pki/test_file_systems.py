# SPDX-License-Identifier: GPL-3.0-or-later
"""File systems that lack locks or modes, or cannot write a directory to the disk: everything works, with a warning."""

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
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import files, modes
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, revoke, snapshot

Patch = pytest.MonkeyPatch


def forget() -> None:
    files.take_warnings()
    modes.are_kept.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    forget()
    yield
    forget()


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
    ("FUSE without fsync of directories", no_sync_of_directories, errno.EINVAL, ["that a write is on the disk"]),
    ("CIFS without fsync of directories", no_sync_of_directories, errno.ENOTSUP, ["that a write is on the disk"]),
    ("FUSE without fsync", no_sync, errno.ENOSYS, ["that a write is on the disk"]),
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


class Mount:
    """A file system on which files and directories have the modes of its mount, and chmod(2) has no effect or fails."""

    def __init__(self, patch: Patch, top: Path, file_mode: int, directory_mode: int, refuses: bool) -> None:
        self._top, self._file_mode, self._directory_mode = str(top), file_mode, directory_mode
        self._open, self._mkdir, self._chmod, self._fchmod = os.open, os.mkdir, os.chmod, os.fchmod
        self._refuses = refuses
        for name in ("open", "mkdir", "chmod", "fchmod"):
            patch.setattr(os, name, getattr(self, name))

    def _is_here(self, path: Any) -> bool:
        return str(path).startswith(self._top)

    def open(self, path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
        if self._is_here(path) and flags & os.O_TMPFILE == os.O_TMPFILE:
            failing(errno.EOPNOTSUPP)()
        descriptor = self._open(path, flags, mode, **options)
        if self._is_here(path) and flags & os.O_CREAT:
            self._fchmod(descriptor, self._file_mode)
        return descriptor

    def mkdir(self, path: Any, mode: int = 0o777, **options: Any) -> None:
        self._mkdir(path, mode, **options)
        if self._is_here(path):
            self._chmod(path, self._directory_mode)

    def chmod(self, path: Any, mode: int, **options: Any) -> None:
        if not self._is_here(path):
            self._chmod(path, mode, **options)
        elif self._refuses:
            failing(errno.EPERM)()

    def fchmod(self, descriptor: int, mode: int) -> None:
        if not self._is_here(os.readlink(f"/proc/self/fd/{descriptor}")):
            self._fchmod(descriptor, mode)
        elif self._refuses:
            failing(errno.EPERM)()


MOUNTS = {
    "CIFS, open to readers": (0o755, 0o755, False, True),
    "FUSE, open to the group": (0o660, 0o770, False, True),
    "FAT, open to readers": (0o755, 0o755, True, True),
    "CIFS, for its owner": (0o600, 0o700, False, False),
    "FAT, for its owner": (0o700, 0o700, True, False),
}


@pytest.mark.parametrize("many", [1, 40])
@pytest.mark.parametrize("mount", MOUNTS)
def test_a_file_system_that_keeps_no_modes(tmp_path: Path, monkeypatch: Patch, mount: str, many: int) -> None:
    file_mode, directory_mode, refuses, warns = MOUNTS[mount]
    Mount(monkeypatch, tmp_path / "pki", file_mode, directory_mode, refuses)
    clients = [{"name": f"c{position}", "common_name": f"c{position}"} for position in range(many)]

    def told() -> bool:
        found = files.take_warnings()
        assert len(found) <= 1, "one for the directory"
        assert all(str(tmp_path / "pki") in text and "mount the file system" in text for text in found)
        return bool(found)

    make_ca(tmp_path / "pki")
    assert told() is warns
    make_client(tmp_path / "pki", clients=clients)
    assert told() is warns
    assert stat.S_IMODE((tmp_path / "pki/c0.key").stat().st_mode) == file_mode
    before = snapshot(tmp_path / "pki")
    for write in (True, False):
        modes.are_kept.cache_clear()
        assert make_ca(tmp_path / "pki", write)["changed"] is False
        assert told() is warns, "also when nothing changes"
        assert make_client(tmp_path / "pki", write, clients=clients)["changed"] is False
        assert told() is warns
    revoke(tmp_path / "pki", {"name": "c0"})
    assert revoke(tmp_path / "pki")["changed"] is False
    assert {name: before[name] for name in before if ".index." not in name} == {
        name: state for name, state in snapshot(tmp_path / "pki").items() if name in before and ".index." not in name
    }


@pytest.mark.parametrize("exists", [True, False])
def test_a_file_system_where_everybody_may_write_is_refused(tmp_path: Path, monkeypatch: Patch, exists: bool) -> None:
    Mount(monkeypatch, tmp_path / "pki", 0o777, 0o777, refuses=False)
    if exists:
        (tmp_path / "pki").mkdir()
    with pytest.raises(CertificateError, match="dir_mode=0700") as refused:
        make_ca(tmp_path / "pki")
    assert refused.value.code == "world_writable"
    assert [path.name for path in tmp_path.rglob("*")] == (["pki"] if exists else [])


def test_modes_that_were_changed_by_hand_are_set_again_where_they_are_kept(tmp_path: Path, monkeypatch: Patch) -> None:
    """With files without a name, and on a file system that has none."""
    make_ca(tmp_path / "pki")
    real = os.open

    def without(path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            failing(errno.EOPNOTSUPP)()
        return real(path, flags, mode, **options)

    for _kind in ("with", "without"):
        (tmp_path / "pki/root.key").chmod(0o644)
        before = sorted(tmp_path.rglob("*"))
        assert codes(make_ca(tmp_path / "pki", write=False)) == ["rights_differ"]
        assert sorted(tmp_path.rglob("*")) == before
        make_ca(tmp_path / "pki")
        assert stat.S_IMODE((tmp_path / "pki/root.key").stat().st_mode) == 0o600
        modes.are_kept.cache_clear()
        monkeypatch.setattr(os, "open", without)
    assert files.take_warnings() == []


def test_the_mode_of_a_file_of_another_user_is_an_error(tmp_path: Path, monkeypatch: Patch) -> None:
    make_ca(tmp_path / "pki")
    (tmp_path / "pki/root.key").chmod(0o644)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "fchmod", failing(errno.EPERM))
    monkeypatch.setattr(modes, "are_kept", lambda _directory: True)
    with pytest.raises(PermissionError):
        make_ca(tmp_path / "pki")
