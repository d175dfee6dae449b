# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every directory below ``targets`` as a role, by a real ansible-playbook, in a directory of its own.

A target gets the variables ``output_dir`` and ``free_port``. One with a file called ``sandbox`` also gets a sandbox for
itself: its address in ``sandbox_endpoint`` and ``sandbox_dns``, endpoint and credentials in the environment. When that
file has the word ``nginx`` in it, the load balancers there serve. Directories that start with ``setup_`` are roles that
targets use.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alicloud_sandbox.testing import free_port

from tests.integration.conftest import TARGETS

NAMES = sorted(path.parent.parent.name for path in TARGETS.glob("*/tasks/main.yml"))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("setup_")])
def test_target(name: str, play: Callable[..., str], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    mark = TARGETS / name / "sandbox"
    fixture = mark.exists() and ("serving_sandbox" if "nginx" in mark.read_text() else "sandbox")
    box = request.getfixturevalue(fixture) if fixture else None
    output = tmp_path / "output"
    output.mkdir()
    variables = {"output_dir": str(output), "free_port": free_port()}
    play([{"hosts": "localhost", "gather_facts": False, "roles": [name]}], variables, box)
