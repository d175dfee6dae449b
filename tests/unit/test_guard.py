# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard in conftest.py: what a unit test must not do fails, also where the code under test catches errors."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    "impure",
    [
        lambda: subprocess.run(["true"], check=False),
        lambda: os.fork() or os._exit(0),
        lambda: os.system("true"),
        lambda: socket.create_connection(("127.0.0.1", 1), timeout=1),
    ],
    ids=["process", "fork", "shell", "connection"],
)
def test_it_strikes(impure: Callable[[], object]) -> None:
    with pytest.raises(BaseException, match="belongs to tests/integration"), contextlib.suppress(Exception):
        impure()
