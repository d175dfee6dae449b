# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, targets and variables that the documentation names exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_forms

ROOT = Path(__file__).resolve().parents[2]
BASES = (ROOT, ROOT / "plugins/module_utils")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/guides/*.md", "roles/*/README.md", "sandbox/*.md", "extensions/molecule/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
NAMES = ("pki_", "alb_mtls_", "dns_cname_", "mtls_verify_", "nginx_https_", "mtls_")
FOLDER = re.compile(r"_?[\w.]+(/[\w.]+)*/")
FILE = re.compile(r"(_|sandbox/|tests/|tools/|docs/|examples/|plugins/|meta/)[\w./]*\.\w+")


def text_of(page: Path) -> str:
    return page.read_text()


def named_files(text: str) -> Iterator[str]:
    """Yield the files and folders in the pictures of ``text``, and those in backticks outside of them."""
    pictures = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for label in re.findall(r'\["([^"]*)"\]', "\n".join(pictures)):
        yield from re.findall(r"[\w./]+/[\w.]*", label)
    for code in re.findall(r"`([^`\n]+)`", prose):
        if FOLDER.fullmatch(code) or FILE.fullmatch(code):
            yield code


def exists(name: str) -> bool:
    return any((base / name).exists() for base in BASES)


def test_files_in_pictures_are_found() -> None:
    page = '```mermaid\nx["read<br>_pki/case.py<br>sandbox/a/"] --> y\n``` `_pki/b.py`, `tools/c.py`, `roles/`, `pki`'
    assert list(named_files(page)) == ["_pki/case.py", "sandbox/a/", "_pki/b.py", "tools/c.py", "roles/"]


@pytest.mark.parametrize("page", [ROOT / "CONTRIBUTING.md"], ids=["CONTRIBUTING.md"])
def test_files_of_contributing_exist(page: Path) -> None:
    names = set(named_files(text_of(page)))
    assert len(names) > 50
    assert sorted(name for name in names if not exists(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tests_and_playbooks_that_a_page_names_exist(page: Path) -> None:
    names = re.findall(r"`((?:tests|tools|playbooks|examples)/[\w./]+\w)`", text_of(page))
    assert sorted(name for name in set(names) if not exists(name)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"https?:", target):
            continue
        name, _hash, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if heading and file.suffix == ".md":
            assert heading in headings(file), target


def headings(page: Path) -> set[str]:
    """Return the anchors of the headings of ``page``, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def variables() -> set[str]:
    """Return the options of the roles, the facts that they set, and the words in the playbooks without comments."""
    found: set[str] = set()
    for role in sorted((ROOT / "roles").iterdir()):
        specs: dict[str, Any] = yaml.safe_load((role / "meta/argument_specs.yml").read_text())
        for spec in specs["argument_specs"].values():
            found |= set(spec.get("options") or {})
        for tasks in role.glob("tasks/*.yml"):
            found |= set(re.findall(r"^ *(?:register: )?(\w+)(?::|$)", tasks.read_text(), re.MULTILINE))
    for playbook in (ROOT / "playbooks").rglob("*.yml"):
        found |= set(re.findall(r"\b\w+", re.sub(r"(^|\s)#.*", "", playbook.read_text())))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_variables_that_a_page_names_exist(page: Path) -> None:
    named = {name for name in re.findall(r"\b[a-z][a-z0-9_]+\b", text_of(page)) if name.startswith(NAMES)}
    known = variables() | {"mtls_probe", "nginx_https", "alb_mtls", "dns_cname", "mtls_verify"}
    known |= {"mtls_decision", *(f"mtls_{field}" for field in client_forms.FIELDS)}  # variables of Nginx
    assert sorted(named - known) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_a_page_names_exist(page: Path) -> None:
    text = text_of(page)
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:\$ |`|=\S+ )make ([a-z][a-z-]*)", text)) <= targets
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    others = {path.stem for path in (ROOT / "plugins/filter").glob("*.yml")} | {"alicloud", "alb"}
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    assert set(re.findall(r"(?<!/)\balicloud\.mtls\.(\w+)", text)) <= playbooks | modules | others | roles
