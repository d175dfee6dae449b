# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.pki.chains import make_chain
from tests.unit.pki.conftest import ca
from tests.witnesses.crls import Chain

__all__ = ["ca"]


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """Root, intermediate CA and client, each in a directory of its own."""
    return make_chain(tmp_path)
