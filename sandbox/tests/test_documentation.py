# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages are those of this code."""

from __future__ import annotations

from pathlib import Path

import pytest
from alicloud_sandbox import coverage
from alicloud_sandbox.assumptions import ASSUMPTIONS, assume
from alicloud_sandbox.cloud import PRODUCTS

PAGES = coverage.pages()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_up_to_date(name: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "sandbox" / name
    assert page.read_text(encoding="utf-8") == PAGES[name], "run: alicloud-sandbox coverage"


def test_every_error_code_is_documented_or_an_assumption() -> None:
    for product in PRODUCTS:
        for code, assumed in product.errors.assumed.items():
            assert assumed.assumption in ASSUMPTIONS, code
        for operation, codes in product.errors.documented.items():
            assert operation in product.operations
            assert set(codes) <= set(product.errors.messages)


def test_an_assumption_has_one_text() -> None:
    with pytest.raises(ValueError, match="twice"):
        assume(next(iter(ASSUMPTIONS)), "text", "source")
