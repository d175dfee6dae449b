# SPDX-License-Identifier: GPL-3.0-or-later
"""Were the requests of a test run ones that the official API metadata allows?

    python -m tools.openapi REQUESTS FOLDER

REQUESTS is what ``alicloud-sandbox serve --request-log`` wrote, FOLDER holds the metadata: one JSON file per product
and version, with ``info`` and ``operations``. Everything that the collection sent has to be valid, and so does whatever
the sandbox accepted from anybody. The project holds no copy of the metadata and does without this check.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = "ansible/alicloud.mtls"  # user agent of the collection
Schema = dict[str, Any]
_PATTERNS = {"integer": r"-?\d+", "boolean": r"(?i)true|false", "number": r"-?\d+(\.\d+)?"}


def nested(flat: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """``{"A.1.B": "x"}`` as ``{"A": {"1": {"B": "x"}}}``; and the faults of names that are a value and a structure."""
    tree: dict[str, Any] = {}
    twice = []
    for name, value in sorted(flat.items()):  # A comes before A.1
        *path, last = name.split(".")
        node = tree
        for number, step in enumerate(path, 1):
            if isinstance(node.get(step), str):
                twice.append(f"{'.'.join(path[:number])}: is a value and a structure")
                break
            node = node.setdefault(step, {})
        else:
            node[last] = value
    return tree, twice


def _read(text: str) -> Any:
    """The value of a parameter that travels as JSON, as if it had come item by item; the text itself if it is none."""

    def spread(value: Any) -> Any:
        if isinstance(value, list):
            return {str(number): spread(item) for number, item in enumerate(value, 1)}
        if isinstance(value, dict):
            return {name: spread(item) for name, item in value.items()}
        return value if isinstance(value, str) else json.dumps(value)

    try:
        return spread(json.loads(text))
    except ValueError:
        return text


def faults(value: Any, schema: Schema, path: str) -> Iterator[str]:
    """What is wrong with ``value``, as sentences."""
    kind = schema.get("type", "string")
    if schema.get("style") == "json" and isinstance(value, str):
        value = _read(value)
    if kind == "array" and isinstance(value, dict):
        if sorted(value) != sorted(str(number) for number in range(1, len(value) + 1)):
            yield f"{path}: items are not numbered from 1"
        if not int(schema.get("minItems", 0)) <= len(value) <= int(schema.get("maxItems", 10**6)):
            yield f"{path}: {len(value)} items"
        for number, item in value.items():
            yield from faults(item, schema.get("items", {}), f"{path}.{number}")
    elif kind == "object" and isinstance(value, dict):
        yield from members(value, schema.get("properties", {}), f"{path}.")
    elif isinstance(value, dict) or kind in ("array", "object"):
        yield f"{path}: is no {kind}"
    elif kind in _PATTERNS:
        if not re.fullmatch(_PATTERNS[kind], value):
            yield f"{path}: {value!r} is no {kind}"
        elif kind != "boolean" and not float(schema.get("minimum", "-inf")) <= float(value) <= float(
            schema.get("maximum", "inf")
        ):
            yield f"{path}: {value} is out of range"
    elif schema.get("enum") and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"


def members(given: dict[str, Any], schemas: dict[str, Schema], path: str = "") -> Iterator[str]:
    """What is wrong with the members of an object: names, presence, and the members themselves."""
    for name, schema in schemas.items():
        if schema.get("required") in (True, "true") and name not in given:
            yield f"{path}{name}: is required"
    for name, value in given.items():
        if name in schemas:
            yield from faults(value, schemas[name], path + name)
        else:
            yield f"{path}{name}: is unknown"


def check(requests: list[dict[str, Any]], folder: Path) -> tuple[Counter[str], set[str]]:
    """Every fault with how often it was found, and the operations that the metadata does not have."""
    documents = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    operations = {(d["info"]["version"], name): spec for d in documents for name, spec in d["operations"].items()}
    found: Counter[str] = Counter()
    unknown: set[str] = set()
    for request in requests:
        accepted = request["http_status"] == 200 or request["code"] == "DryRunOperation"
        if not accepted and OURS not in request["user_agent"]:
            continue  # a test of how the sandbox refuses
        name = f"{request['product']} {request['version']} {request['action']}"
        if spec := operations.get((request["version"], request["action"])):
            ignored = set(request.get("ignored", ()))  # by a sandbox that is not strict
            tree, twice = nested({name: value for name, value in request["params"].items() if name not in ignored})
            found.update(f"{name}: {fault}" for fault in [*twice, *members(tree, spec["parameters"])])
        else:
            unknown.add(name)
    return found, unknown


def main() -> int:
    log, folder = (Path(argument) for argument in sys.argv[1:])
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    found, unknown = check(requests, folder)
    for fault, times in found.most_common():
        print(f"{times:6d} x {fault}")
    for name in sorted(unknown):
        print(f"not in this metadata, so not checked: {name}")
    actions = {(request["product"], request["action"]) for request in requests}
    print(f"{len(requests)} requests of {len(actions)} operations, {len(found)} kinds of faults")
    return 1 if found or not requests else 0


if __name__ == "__main__":
    sys.exit(main())
