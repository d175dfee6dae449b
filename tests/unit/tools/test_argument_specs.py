# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible templates the whole specification of a role before it validates: what is in braces there has to exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).resolve().parents[3] / "roles").iterdir())


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in ``value`` with the key under which it is."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)
    elif isinstance(value, str):
        yield key, value


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_no_template_in_a_description(role: Path) -> None:
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())
    assert [text for key, text in texts(specs) if key.endswith("description") and "{{" in text] == []
