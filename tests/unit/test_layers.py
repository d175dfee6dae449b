# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers that CONTRIBUTING.md draws are those of the code, and no module imports itself by a detour."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREES = {"plugins/module_utils": ROOT / "plugins/module_utils", "sandbox": ROOT / "sandbox/alicloud_sandbox"}
COLLECTION = ("ansible_collections", "alicloud", "mtls", "plugins", "module_utils")


def modules(tree: Path) -> dict[tuple[str, ...], Path]:
    """Return the files of ``tree`` by the dotted names of their modules; a package has the name of its folder."""
    named = {}
    for path in sorted(tree.rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        named[parts[:-1] if parts[-1] == "__init__" else parts] = path
    return named


def imports(tree: Path, names: dict[tuple[str, ...], Path], absolute: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (module, imported module) for every import within ``tree``, those for type checking included."""
    for name, path in names.items():
        package = name if path.name == "__init__.py" else name[:-1]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                start = node.module.split(".") if node.module else []
                if node.level:
                    base = (*package[: len(package) - node.level + 1], *start)
                elif tuple(start[: len(absolute)]) == absolute:
                    base = tuple(start[len(absolute) :])
                else:
                    continue
                targets = {(*base, alias.name) if (*base, alias.name) in names else base for alias in node.names}
            elif isinstance(node, ast.Import):
                dotted = [tuple(alias.name.split(".")) for alias in node.names]
                targets = {each[len(absolute) :] for each in dotted if each[: len(absolute)] == absolute}
            else:
                continue
            for target in targets:
                assert target in names, f"{path.relative_to(tree)} imports {'.'.join(target)}, which does not exist"
                yield ".".join(name), ".".join(target)


def graph(tree: str) -> dict[str, set[str]]:
    """Return the modules that each module of ``tree`` imports."""
    folder = TREES[tree]
    names = modules(folder)
    arrows: dict[str, set[str]] = {".".join(name): set() for name in names}
    for source, target in imports(folder, names, COLLECTION if tree != "sandbox" else ("alicloud_sandbox",)):
        arrows[source].add(target)
    return arrows


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Return the modules of one import circle, none if there is none."""
    done: set[str] = set()

    def search(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(arrows[name]):
            if found := search(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := search(name, []))), [])


def drawn() -> dict[str, set[str]]:
    """Return the packages that each package may import, from the picture of the layers in CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    picture = re.search(r"### The layers.*?```mermaid\n(.*?)```", text, re.DOTALL)
    assert picture, "CONTRIBUTING.md has no picture under the heading 'The layers'"
    arrows: dict[str, set[str]] = {}
    for sources, targets in re.findall(r"^ *(_\w+(?: & _\w+)*) --> (_\w+(?: & _\w+)*)$", picture[1], re.MULTILINE):
        for source in sources.split(" & "):
            arrows.setdefault(source, set()).update(targets.split(" & "))
    return arrows


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


@pytest.mark.parametrize("tree", TREES)
def test_there_is_no_import_circle(tree: str) -> None:
    arrows = graph(tree)
    assert sum(map(len, arrows.values())) > 100, "the imports were read"
    assert circle(arrows) == []


def test_packages_import_what_the_picture_of_the_layers_shows() -> None:
    found: dict[str, set[str]] = {}
    for source, targets in graph("plugins/module_utils").items():
        package = source.partition(".")[0]
        found.setdefault(package, set()).update({target.partition(".")[0] for target in targets} - {package})
    assert {package: targets for package, targets in found.items() if targets} == drawn()


def test_packages_have_no_circle() -> None:
    arrows = drawn()
    packages = arrows.keys() | set().union(*arrows.values())
    assert circle({package: arrows.get(package, set()) for package in packages}) == []
