# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees to it that unit tests are pure: a test that starts a process or opens a connection fails."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

# When it is imported, it asks ldconfig for a library.
importlib.import_module("ansible.utils.display")

IMPURE = {
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"),
    *("socket.connect", "socket.sendto"),
}
_running: list[bool] = []


class ImpureError(BaseException):
    """Is no Exception: the code under test must not take it for a service that cannot be reached."""


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if _running and event in IMPURE:
        raise ImpureError(f"{event}{arguments}: a test that needs this belongs to tests/integration")


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def _pure() -> Iterator[None]:
    _running.append(True)
    yield
    _running.pop()
