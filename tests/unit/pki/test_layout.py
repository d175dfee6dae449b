# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of the private code: what imports what, told by the source text alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import operations

PLUGINS = Path(__file__).parents[3] / "plugins"
UTILS = PLUGINS / "module_utils"
FILES = {
    ".".join(path.relative_to(UTILS).with_suffix("").parts).removesuffix(".__init__"): path
    for path in UTILS.rglob("*.py")
}
# Each layer may import those before it.
LAYERS = ("_x509", "_pki.storage", "_pki")
OWN = [name for name in FILES if name.startswith(LAYERS)]


def imported(name: str) -> set[str]:
    """The files and packages that a file imports, anywhere in it, for types as well."""
    path = FILES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    tree = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1], *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                full = ".".join([*base, alias.name])
                found.add(full if full in FILES else ".".join(base))
    return found - {name}


def test_no_file_of_the_certificate_engine_imports_itself_on_a_detour() -> None:
    edges = {name: imported(name) & FILES.keys() for name in FILES}

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(edges[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += edges[name]
        return seen

    assert [name for name in OWN if name in reached(name)] == []


@pytest.mark.parametrize("name", OWN)
def test_a_layer_imports_nothing_from_above(name: str) -> None:
    own = next(layer for layer in LAYERS if name.startswith(layer))
    above = LAYERS[LAYERS.index(own) + 1 :]
    # _pki is the parent package of _pki.storage.
    outside = {other for other in imported(name) if other.startswith(above)}
    assert {other for other in outside if not other.startswith(own)} == set()


@pytest.mark.parametrize("name", OWN)
def test_no_function_is_longer_than_a_screen(name: str) -> None:
    functions = [node for node in ast.walk(ast.parse(FILES[name].read_text())) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if node.end_lineno and node.end_lineno - node.lineno >= 60] == []


def test_policies_ask_neither_files_nor_the_database() -> None:
    assert not {name for name in imported("_pki.policies") if "storage" in name}
    assert imported("_pki.policies") & {"os", "sqlite3"} == set()


@pytest.mark.parametrize("module", operations.BY_MODULE)
def test_a_module_runs_its_own_operation(module: str) -> None:
    source = (PLUGINS / "modules" / f"{module}.py").read_text()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [ast.unparse(node.args[1]) for node in calls if ast.unparse(node.func) == "module.run"]
    assert names == [repr(module)]


def test_the_package_cryptography_is_imported_in_one_place() -> None:
    own = [name for name in FILES if name.startswith(("_x509", "_pki", "_cas"))]
    assert [name for name in own if "cryptography" in imported(name)] == ["_x509.package"]
