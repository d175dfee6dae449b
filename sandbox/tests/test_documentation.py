# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages are those of this code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alicloud_sandbox import coverage
from alicloud_sandbox.assumptions import ASSUMPTIONS, CHOICE, PRACTICE, UNKNOWN, Assumption, assume
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


@pytest.mark.parametrize("item", ASSUMPTIONS.values(), ids=lambda item: item.name)
def test_an_assumption_has_a_verdict_and_what_goes_with_it(item: Assumption) -> None:
    dated = re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", item.date)
    assert item.text
    assert item.source
    if item.verdict == UNKNOWN:
        assert dated, "give date: the day on which it was looked for"
        assert item.settle, "give settle: the single call on a real account that would settle it"
    elif item.verdict == PRACTICE:
        assert dated, "give date: that of the source"
    else:
        assert item.verdict == CHOICE


def test_what_is_documented_is_no_assumption() -> None:
    with pytest.raises(ValueError, match="'documented' is none of unknown, practice, choice"):
        assume("new", "text", "source", verdict="documented")
    assert "new" not in ASSUMPTIONS


def test_a_new_assumption_is_unknown() -> None:
    name = assume("new", "text", "source")
    assert ASSUMPTIONS.pop(name).verdict == UNKNOWN
