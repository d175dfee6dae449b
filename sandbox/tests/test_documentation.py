# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated pages are those of this code, and the examples of the README run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alicloud_sandbox import coverage, hints
from alicloud_sandbox.assumptions import ASSUMPTIONS, CHOICE, PRACTICE, UNKNOWN, Assumption, assume
from alicloud_sandbox.cloud import PRODUCTS
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk

PAGES = coverage.pages()
SANDBOX = Path(__file__).parents[1]
NODE_MODULES = SANDBOX.parent / ".cache" / "node" / "node_modules"


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


# -- README ------------------------------------------------------------------------------------------------------------


def examples(page: str) -> list[tuple[str, str]]:
    """Returns (language, text) of the examples of a page, without the comments at the ends of lines."""
    text = (SANDBOX / page).read_text(encoding="utf-8")
    found = re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL)
    return [(language, re.sub(r" +# .*", "", code)) for language, code in found]


def example(language: str, word: str) -> str:
    """Returns the example in this language that has this word in it."""
    return next(code for name, code in examples("README.md") if name == language and word in code)


@pytest.mark.parametrize("language", ["python", "js"])
def test_an_example_runs(sandbox: Sandbox, language: str) -> None:
    code = example(language, "office").replace("127.0.0.1:9900", sandbox.endpoint)
    environment = {**os.environ, "NODE_PATH": str(NODE_MODULES)}
    if language == "js" and not NODE_MODULES.is_dir():
        pytest.skip("npm was not there: the clients for Node.js are left out")
    command = {"python": [sys.executable, "-"], "js": ["node", "-"]}[language]
    done = subprocess.run(command, input=code, capture_output=True, text=True, env=environment, check=False)
    made = Sdk(sandbox)("alb", "ListAcls", AclNames=["office"])["Acls"]
    assert [item["AclId"] for item in made] == done.stdout.split(), done.stderr


def test_both_languages_have_the_same_examples() -> None:
    assert examples("README.md") == examples("README.zh-CN.md")


def test_settings_of_terraform_are_those_that_serve_prints() -> None:
    page = example("hcl", "endpoints")
    for line in hints.terraform("127.0.0.1:9900", "HTTP", "cn-hangzhou").splitlines():
        assert line in page.splitlines()


def test_settings_of_clients_name_everything_but_the_secret() -> None:
    text = hints.text("127.0.0.1:9900", "/state/ca.pem", "cn-hangzhou", "the-key")
    for part in ("https://127.0.0.1:9900/_sandbox/", "/state/ca.pem", "the-key", 'protocol = "HTTPS"'):
        assert part in re.sub(" +", " ", text)
    assert "--insecure" not in text
    assert "--endpoint 127.0.0.1:9900 --insecure" in hints.text("127.0.0.1:9900", None, "cn-hangzhou", "the-key")
