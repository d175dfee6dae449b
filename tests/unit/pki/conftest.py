# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.pki.make import make_ca


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """The directory of a CA that has issued nothing yet."""
    make_ca(tmp_path / "pki")
    return tmp_path / "pki"
