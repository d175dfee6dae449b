# SPDX-License-Identifier: GPL-3.0-or-later
"""Which operations a module of the collection can call, read off its source code.

The functions and classes that a module file reaches are followed by their names, as far as they are the collection's.
A method counts as reached when a class that has it is reached and anything reached uses an attribute of its name, so
that more may be found than is ever called, and nothing less. An operation is called where its name stands as a string,
or where an f-string can become it.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_UTILS = ROOT / "plugins" / "module_utils"
# Package of the collection: the product whose operations it names, and the models of its SDKs.
_PRODUCTS = {
    "_alb": ("alb", ("alibabacloud_alb20200616",)),
    "_core": ("alb", ("alibabacloud_alb20200616",)),  # jobs
    "_cas": ("yundun-cert", ("alibabacloud_cas20200407", "alibabacloud_cas20200630")),
    "_uploads": ("yundun-cert", ("alibabacloud_cas20200407",)),
    "_pca": ("yundun-cert", ("alibabacloud_cas20200630",)),
    "_dns": ("alidns", ("alibabacloud_alidns20150109",)),
    "_ecs": ("ecs", ()),
}
# The files that call the methods of a resource.
_ENGINE = frozenset(_UTILS / "_core" / name for name in ("engine.py", "resource.py"))
_DELETE = "delete_operation"  # of a resource: counts where it is used, as a method does
_ECS = frozenset({"DescribeInstances"})  # its SDK takes seconds to import

Edge = tuple[str, str]  # a method of the engine, and the attribute that it uses

# What the engine does not do in a state.
_NEVER: dict[str, frozenset[Edge]] = {
    "present": frozenset({("Engine._plan", "absent"), ("Engine._run", "for_removal")}),
    "absent": frozenset(
        {
            ("Engine._plan", "present"),
            ("Engine._plan", "discard"),
            ("Engine._run", "_confirmed"),
            ("Engine._apply", "_keep_one"),
            ("Engine._outcome", "remarks"),
        }
    ),
}
_DISCARDS: Edge = ("Engine._plan", "discard")  # only what can fail to be created


@dataclass
class _File:
    """A parsed file: its definitions by name, what it imports (name to file, and name there or None for the file)."""

    path: Path
    nodes: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, tuple[Path, str | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Method:
    """A method; ``users`` are the files from which it can be called, None: all."""

    file: _File
    name: str
    node: ast.AST
    users: frozenset[Path] | None

    def is_used_in(self, path: Path) -> bool:
        return self.users is None or path in self.users


@cache
def operations(module: str, state: str = "present") -> frozenset[str]:
    """Return the RAM actions (``alb:CreateListener``) of what ``module`` can call in ``state``."""
    return _Walk(module, state).actions()


@cache
def _names(package: str) -> frozenset[str]:
    product, sdks = _PRODUCTS.get(package, ("", ()))
    if product == "ecs":
        return _ECS
    models = [importlib.import_module(f"{sdk}.models") for sdk in sdks]
    return frozenset(
        name.removesuffix("Response") for each in models for name in dir(each) if name.endswith("Response")
    )


@cache
def _parsed(path: Path) -> _File:
    found = _File(path)
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.nodes[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.nodes.update(
                {name.id: node for each in targets for name in ast.walk(each) if isinstance(name, ast.Name)}
            )
        elif isinstance(node, ast.ImportFrom):
            found.imports.update(_imported(path, node))
    return found


@cache
def _parts(node: ast.AST) -> tuple[tuple[ast.AST, ...], frozenset[int]]:
    """Return every node below ``node``, and of these the keys of dictionaries (by ``id``)."""
    parts = tuple(
        each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute | ast.Constant | ast.JoinedStr)
    )
    keys = (key for each in ast.walk(node) if isinstance(each, ast.Dict) for key in each.keys if key)
    return parts, frozenset(map(id, keys))


def _imported(path: Path, node: ast.ImportFrom) -> Iterator[tuple[str, tuple[Path, str | None]]]:
    dotted = node.module or ""
    if node.level:
        base = path.parents[node.level - 1]
    elif dotted.startswith("ansible_collections.alicloud.mtls.plugins.module_utils"):
        base, dotted = _UTILS, dotted.partition(".module_utils")[2].lstrip(".")
    else:
        return
    place = base.joinpath(*dotted.split(".")) if dotted else base
    for alias in node.names:
        name = alias.asname or alias.name
        if (inner := place / f"{alias.name}.py").exists():
            yield name, (inner, None)
        else:
            source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            yield name, (source, alias.name)


def _name_of(node: ast.stmt) -> str:
    """The name of a method, or of the attribute that a statement of a class sets."""
    if isinstance(node, ast.FunctionDef):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _guarded(body: list[ast.stmt], leaving: bool) -> Iterator[ast.stmt]:
    """Yield what ``check`` does in a state: its parameter ``after`` is empty for a resource that is to go."""
    for node in body:
        test = ast.unparse(node.test) if isinstance(node, ast.If) else ""
        if not isinstance(node, ast.If) or test not in ("after", "not after"):
            yield node
            continue
        taken = node.body if leaving == (test == "not after") else node.orelse
        yield from taken
        if taken and isinstance(taken[-1], ast.Return):
            return


class _Walk:
    """Follows a module from its file to the operations."""

    def __init__(self, module: str, state: str) -> None:
        self._never = set(_NEVER.get(state, ()))  # other states are not the engine's
        self._leaving = state == "absent"
        self._seen: set[tuple[Path, str]] = set()
        self._used: dict[str, set[Path]] = {}  # attributes, and the files that use them
        self._methods: dict[str, list[_Method]] = {}  # of reached classes, not reached themselves
        self._found: set[tuple[str, str]] = set()  # package and operation
        self._has_jobs = False
        start = _parsed(ROOT / "plugins" / "modules" / f"{module}.py")
        if not self._can_fail(start):
            self._never.add(_DISCARDS)
        for name in start.nodes:
            self._reach(start, name)

    def actions(self) -> frozenset[str]:
        return frozenset(
            f"{_PRODUCTS[package][0]}:{name}"
            for package, name in self._found
            if package != "_core" or self._has_jobs  # the engine waits for the jobs of ALB alone
        )

    def _can_fail(self, start: _File) -> bool:
        """Whether the resource of the module has states of failure, which are the second argument of its Waiter."""
        places = [place for place in start.imports.values() if place[1]]
        classes = [_parsed(path).nodes.get(name or "") for path, name in places if path.exists()]
        calls = (node for each in classes if isinstance(each, ast.ClassDef) for node in ast.walk(each))
        return any(
            isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Waiter" and len(node.args) > 1
            for node in calls
        )

    def _reach(self, file: _File, name: str) -> None:
        if (file.path, name) in self._seen:
            return
        self._seen.add((file.path, name))
        if name in file.imports:
            path, inner = file.imports[name]
            if inner and path.exists():
                self._reach(_parsed(path), inner)
            return
        node = file.nodes.get(name)
        if isinstance(node, ast.ClassDef):
            self._reach_class(file, node)
        elif node is not None:
            self._follow(file, name, node)

    def _reach_class(self, file: _File, node: ast.ClassDef) -> None:
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef) or _name_of(each) == _DELETE]
        for each in [*node.bases, *(part for part in node.body if part not in methods)]:
            self._follow(file, node.name, each)
        # Other things than the engine have a method called absent too.
        managed = any(getattr(base, "id", "") == "Resource" for base in node.bases)
        self._has_jobs |= managed and "product = 'alb'" in map(ast.unparse, node.body)
        users = frozenset({*_ENGINE, file.path}) if managed else None
        for each in methods:
            name = _name_of(each)
            own = _ENGINE if (node.name, name) == ("Resource", "absent") else users
            method = _Method(file, f"{node.name}.{name}", each, own)
            if name.startswith("__") or any(method.is_used_in(path) for path in self._used.get(name, ())):
                self._follow(file, method.name, each)
            else:
                self._methods.setdefault(name, []).append(method)

    def _use(self, file: _File, source: str, attribute: str) -> None:
        used = self._used.setdefault(attribute, set())
        if (source, attribute) in self._never or file.path in used:
            return
        used.add(file.path)
        waiting = self._methods.pop(attribute, [])
        self._methods[attribute] = [method for method in waiting if not method.is_used_in(file.path)]
        for method in waiting:
            if method.is_used_in(file.path):
                self._follow(method.file, method.name, method.node)

    def _follow(self, file: _File, source: str, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            node = ast.Module(list(_guarded(node.body, self._leaving)), [])
        parts, keys = _parts(node)
        for each in parts:
            if isinstance(each, ast.Name):
                self._reach(file, each.id)
            elif isinstance(each, ast.Attribute):
                place = file.imports.get(each.value.id) if isinstance(each.value, ast.Name) else None
                if place and place[1] is None:
                    self._reach(_parsed(place[0]), each.attr)
                else:
                    self._use(file, source, each.attr)
            elif isinstance(each, (ast.Constant, ast.JoinedStr)) and id(each) not in keys:
                self._take(file, each)

    def _take(self, file: _File, node: ast.Constant | ast.JoinedStr) -> None:
        package = file.path.parent.name
        if isinstance(node, ast.Constant):
            found = {node.value} & _names(package) if isinstance(node.value, str) else set()
        else:
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "[A-Za-z]+" for p in node.values]
            fixed = sum(len(str(p.value)) for p in node.values if isinstance(p, ast.Constant))
            pattern = re.compile("".join(parts))
            found = {name for name in _names(package) if fixed > len("Listener") and pattern.fullmatch(name)}
        self._found |= {(package, name) for name in found}
