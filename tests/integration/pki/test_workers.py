# SPDX-License-Identifier: GPL-3.0-or-later
"""Children that end with their parent, and a parent that says so when one of them is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import end_entity, processes
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_client
from tests.witnesses.processes import until

FLEET = [{"name": f"c{number}", "common_name": f"client {number}"} for number in range(40)]


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: 2)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe that nobody writes to: a child that reads from it stays until it is killed."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(each) for each in found]


def opened(process: int) -> set[str]:
    found = set()
    for each in os.listdir(f"/proc/{process}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/{process}/fd/{each}"))
    return found


def running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_children_and_the_lock_end_with_a_parent_that_is_killed(
    ca: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(end_entity.Run, "make", lambda self, desired: gate.read_bytes())
    parent = os.fork()
    if parent == 0:
        make_client(ca, clients=FLEET, pkcs12_passphrase=None)
        os._exit(0)
    try:
        until(lambda: str(ca / ".root.lock") in opened(parent), "the lock of the CA")
        until(lambda: len(children(parent)) >= 2, "children")
        grandchildren = children(parent)
        # None of the children holds the lock, whatever happens to the parent.
        until(lambda: not any(str(ca / ".root.lock") in opened(each) for each in grandchildren), "children without it")
        assert all(map(running, grandchildren))
    finally:
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
    until(lambda: not any(map(running, grandchildren)), "the end of the children")
    monkeypatch.undo()
    make_client(ca, clients=FLEET[:1], pkcs12_passphrase=None, lock_timeout="0s")


def test_only_processors_that_this_process_may_use_count() -> None:
    one = {min(os.sched_getaffinity(0))}
    asked = f"from {processes.__name__} import _processors; print(_processors())"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: os.sched_setaffinity(0, one),
    )
    assert done.stdout.strip() == "1"


def test_a_child_that_is_killed_is_an_error_that_says_what_to_do(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()

    def killed(self: end_entity.Run, desired: object) -> None:
        assert os.getpid() != parent
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        patch.setattr(end_entity.Run, "make", killed)
        with pytest.raises(CertificateError, match="run it again") as refused:
            make_client(ca, clients=FLEET, pkcs12_passphrase=None)
    assert refused.value.code == "process_killed"
    make_client(ca, clients=FLEET, pkcs12_passphrase=None)
