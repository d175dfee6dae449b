# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options of the modules stand for which parameters of ALB: the table, its gaps, and the page that shows it.

    python -m tools.parameters                     writes docs/alb-parameters.md
    python -m tools.parameters --metadata FOLDER   compares with the official API metadata, writes nothing

What there is to support comes from the models of the installed SDK, what is supported from the modules: every option
of an argument specification is written by the Field tables, and the parameters that come out are the ones it stands
for. Which module calls which operation, and what the tables do not say, is in :mod:`tools.operations`.
"""

from __future__ import annotations

import importlib
import json
import sys
import typing as t
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from unittest import mock

from alibabacloud_alb20200616 import models
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import (
    Field,
    Fields,
    encode,
    list_of,
    nested,
)

from tools.operations import EVERYWHERE, LEFT_OUT, USES, Said, Use

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "alb-parameters.md"
_PLUGINS = "ansible_collections.alicloud.mtls.plugins"

Universe = dict[str, list[str]]  # operation: its parameters; B of the items of a list A is A.N.B
Sources = dict[str, dict[str, str]]  # parameter: module: its option, or what is Said


def universe() -> Universe:
    """Every operation and parameter of the installed SDK."""
    operations = [name.removesuffix("Response") for name in dir(models) if name.endswith("Response")]
    requests = {each: getattr(models, f"{each}Request", None) for each in operations}
    return {each: sorted(_of_model(model)) if model else [] for each, model in requests.items()}


def _of_model(model: t.Any, prefix: str = "") -> Iterator[str]:
    """The wire names of a model: what is set alone shows under its own name."""
    empty = model().to_map()
    for attribute, kind in t.get_type_hints(model.__init__).items():
        items = t.get_args(kind) if t.get_origin(kind) is list else ()
        inner = items[0] if items else kind
        structure = isinstance(inner, type) and hasattr(inner, "to_map")
        value = inner() if structure else "value"
        filled = model(**{attribute: [value] if items else value}).to_map()
        (wire,) = (name for name, found in filled.items() if found != empty.get(name))
        path = f"{prefix}{wire}{'.N' if items else ''}"
        yield from _of_model(inner, f"{path}.") if structure else (path,)


def metadata(folder: Path) -> Universe:
    """The same of the official metadata, of which the project has no copy."""

    def flat(schemas: Mapping[str, t.Any], prefix: str = "") -> Iterator[str]:
        for name, schema in schemas.items():
            items = schema.get("type") == "array"
            path, inner = f"{prefix}{name}{'.N' if items else ''}", schema.get("items", {}) if items else schema
            yield from flat(inner.get("properties", {}), f"{path}.") if inner.get("type") == "object" else (path,)

    documents = (json.loads(path.read_text()) for path in sorted(folder.glob("*.json")))
    document = next(each for each in documents if each["info"]["product"] == "Alb")
    return {name: sorted(flat(spec["parameters"])) for name, spec in document["operations"].items()}


@cache
def options_of(module: str) -> dict[str, t.Any]:
    """The argument specification of a module, without the options of all; empty when there is no such module."""
    if not (ROOT / "plugins" / "modules" / f"{module}.py").exists():
        return {}
    code = importlib.import_module(f"{_PLUGINS}.modules.{module}")
    found: dict[str, t.Any] = {}
    frame = "run_info" if module.endswith("_info") else "run"
    # The modules for private CAs call the frame as an attribute of the module that has it, the options first.
    place = code if hasattr(code, frame) else code.module

    def note(*arguments: t.Any, **_constraints: t.Any) -> None:
        found.update(next(each for each in arguments if isinstance(each, dict)))

    with mock.patch.object(place, frame, note):
        code.main()
    return found


def sources(operation: str, parameters: list[str]) -> Sources | None:
    """Where the parameters of an operation come from; None if no module calls it."""
    uses = [use for use in USES.get(operation, ()) if _active(use)]
    if not uses:
        return None
    found: Sources = {}
    for use in uses:
        reached = {**_reached(use), **{name: option for name, option in use.more.items() if _is_there(use, option)}}
        for parameter in parameters:
            # A request for one thing is not paged, though it could be.
            usual = EVERYWHERE.get(parameter) if not reason(operation, parameter) else None
            if source := usual or reached.get(parameter):
                found.setdefault(parameter, {})[use.module] = source
    return found


def _active(use: Use) -> bool:
    options = options_of(use.module)
    return bool(options) and (not use.needs or use.needs in options)


def _is_there(use: Use, option: str) -> bool:
    """Whether ``option``, which may be a path such as ``health_check.path``, is one of the module's."""
    known: Mapping[str, t.Any] = options_of(use.module)
    if isinstance(option, Said):
        return True
    for step in option.split("."):
        if step not in known:
            return False
        known = known[step].get("options") or {}
    return True


def _reached(use: Use) -> dict[str, str]:
    """The parameters that the options of a module come out as."""
    found: dict[str, list[str]] = {}
    fields = _fields(use)
    options = options_of(use.module)
    if use.within:
        options = options.get(use.within, {}).get("options", {})
    for name, spec in options.items():
        for path, sample in _samples(name, spec):
            for parameter in _flat(encode(fields, {name: sample})):
                found.setdefault(parameter, []).append(f"{use.within}.{path}" if use.within else path)
    return {parameter: _common(paths) for parameter, paths in found.items()}


def _common(paths: list[str]) -> str:
    """What several options have in common, such as ``actions`` of all that make an action; else the first."""
    shared: list[str] = []
    for steps in zip(*(path.split(".") for path in paths), strict=False):
        if len(set(steps)) > 1:
            break
        shared.append(steps[0])
    return ".".join(shared) or paths[0]


def _fields(use: Use) -> Fields:
    fields: Fields = ()
    for table in use.tables:
        module, name = table.split(":")
        rows = getattr(importlib.import_module(f"{_PLUGINS}.module_utils._alb.{module}"), name)
        if isinstance(rows, Mapping):  # lists that are asked for in parts: option: (parameter, how many at once)
            rows = tuple(Field(option, parameter) for option, (parameter, _limit) in rows.items())
        fields += (Field(*use.under, list_of(nested(rows))),) if use.under else rows
    return fields


def _samples(path: str, spec: Mapping[str, t.Any]) -> Iterator[tuple[str, t.Any]]:
    """(path, value of the whole option) for every option inside ``spec``, each with nothing beside it."""
    for inner, value in _values(path, spec):
        yield inner, [value] if spec.get("type") == "list" else value


def _values(path: str, spec: Mapping[str, t.Any]) -> Iterator[tuple[str, t.Any]]:
    if options := spec.get("options"):
        for name, each in options.items():
            yield from ((inner, {name: value}) for inner, value in _samples(f"{path}.{name}", each))
    else:
        kind = spec.get("elements") if spec.get("type") == "list" else spec.get("type", "str")
        plain = {"bool": True, "int": 1, "dict": {"key": "value"}}
        choices = spec.get("choices") or [plain.get(str(kind), "value")]
        yield path, choices[0]


def _flat(value: t.Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, f"{path}.N")
    else:
        yield path


def reason(operation: str, parameter: str = "") -> str:
    """Why something is left out; empty if it is not."""
    keys = (f"{operation} {parameter}", f"* {parameter}") if parameter else (operation,)
    return next((why for why, those in LEFT_OUT.items() if any(key in those for key in keys)), "")


def faults(there: Universe) -> Iterator[str]:
    """What is neither supported nor left out with a reason, what is both, and what is left out and not there."""
    for operation, parameters in there.items():
        known = sources(operation, parameters)
        if (known is None) != bool(reason(operation)):
            yield f"{operation}: {'no module calls it' if known is None else 'is left out, and a module calls it'}"
        if known is None:
            continue
        for parameter in parameters:
            if (parameter in known) == bool(reason(operation, parameter)):
                yield f"{operation} {parameter}: {'is left out, and is' if parameter in known else 'is not'} an option"
    for key in (key for those in LEFT_OUT.values() for key in those):
        operation, *of_operation = key.split(" ")
        parameter = of_operation[0] if of_operation else ""
        everywhere = {each for parameters in there.values() for each in parameters}
        if parameter not in (*(everywhere if operation == "*" else there.get(operation, ())), ""):
            yield f"{key}: is left out, and is not there"


_HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Generated by `make docs`. -->
# ALB 2020-06-16: operations and parameters of the modules

{supported} of {all} operations of the API are called by a module. What is left out is named at the end of the page,
and beside the parameters, with the reason. `A.N.B` is B of every item of the list A.
"""


def page() -> str:
    """The content of docs/alb-parameters.md."""
    there = universe()
    called = {each: found for each in there if (found := sources(each, there[each])) is not None}
    lines = [_HEAD.format(supported=len(called), all=len(there))]
    for operation, found in called.items():
        modules = [use.module for use in USES[operation] if _active(use)]
        lines.append(f"## {operation}\n\n{', '.join(f'`{each}`' for each in dict.fromkeys(modules))}\n")
        if there[operation]:
            lines.append("| parameter | option |\n|---|---|")
        lines += [f"| `{each}` | {_cell(operation, each, found.get(each, {}))} |" for each in there[operation]]
        lines.append("") if there[operation] else None
    lines.append("## Operations that are left out\n\n| operation | reason |\n|---|---|")
    lines += [f"| {each} | {reason(each)} |" for each in there if each not in called]
    return "\n".join(lines) + "\n"


def _cell(operation: str, parameter: str, found: Mapping[str, str]) -> str:
    if not found:
        return f"left out: {reason(operation, parameter)}"
    by_source: dict[str, list[str]] = {}
    for module, source in found.items():
        by_source.setdefault(source if isinstance(source, Said) else f"`{source}`", []).append(module)
    if len(by_source) == 1:
        return next(iter(by_source))
    return ", ".join(f"{source} ({', '.join(modules)})" for source, modules in by_source.items())


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["--metadata"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    there = metadata(Path(arguments[1]))
    # What the metadata lacks is compared with the SDK by a unit test.
    found = [fault for fault in faults(there) if not fault.endswith("is not there")]
    print("\n".join([*found, f"{len(there)} operations of the metadata, {len(found)} gaps"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
