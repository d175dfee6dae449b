# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the requests of a test run, and the sandbox's answers, with the official API metadata.

    python -m tools.openapi REQUESTS FOLDER

REQUESTS is what ``alicloud-sandbox serve --request-log`` wrote, FOLDER holds the metadata: one JSON file per product
and version, with ``info`` and ``operations``. Every request of the collection has to be valid, and so has every request
that the sandbox accepted from another client. An answer must have no other fields than the metadata, and these in its
spelling and types; fields that no answer had are listed. The project has no copy of the metadata, so this check is no
part of its tests.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

OURS = "ansible/alicloud.mtls"  # user agent of the collection
Schema = dict[str, Any]
Operations = dict[tuple[str, str], Any]  # by version and name
_TEXT, _NUMBER, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_ISSUING = {"CustomIdentifier": _TEXT, "AsynchronousFlag": _FLAG}
# Parameters that the metadata of 2025-12 does not have yet, by version and operation. Source: models of the SDK
# alibabacloud-cas20200630 2.1.4 (2026).
NEWER: dict[tuple[str, str], dict[str, Schema]] = {
    ("2020-06-30", "CreateClientCertificate"): {**_ISSUING, "AliasName": _TEXT, "ClientToken": _TEXT},
    ("2020-06-30", "CreateClientCertificateWithCsr"): _ISSUING,
    ("2020-06-30", "CreateServerCertificate"): _ISSUING,
    ("2020-06-30", "CreateServerCertificateWithCsr"): _ISSUING,
    ("2020-06-30", "CreateCustomCertificate"): {"customIdentifier": _TEXT},
    ("2020-06-30", "CreateSubCACertificate"): {"CertMaxTime": _NUMBER},
    ("2020-06-30", "DescribeCertificatePrivateKey"): {"ResourceGroupId": _TEXT},
    ("2020-06-30", "ListCert"): {"ParentIdentifier": _TEXT},
}
# Parameters and fields of the official SDKs that are newer than the metadata (2024-07 for answers): ALB 1.3.3,
# CAS 3.9.4, private CAs 2.1.4 (2026-11-25).
NEWER_FIELDS = {
    "cas GetUserCertificateDetail": {
        *("SerialNo", "Sha2", "NotBefore", "NotAfter", "CertIdentifier", "CertSha2", "CertChain", "InstanceId", "Tags"),
        *("Algorithm", "SignAlgorithm"),
    },
    "cas UploadUserCertificate": {"ResourceId", "ClientToken"},
    "cas DeleteUserCertificate": {"ClientToken"},
    "cas ListCert": {"SerialNo", "Algorithm", "SignAlgorithm"},
    "cas GetCertWarehouseQuota": {"AppTotalQuota", "AppUseCount"},
    "Alb EnableLoadBalancerAccessLog": {"JobId"},
    "cas DescribeCACertificate": {
        *("FullAlgorithm", "Years", "IssuerType", "ResourceGroupId", "Tags", "CrlDay"),
    },
    "cas DescribeCACertificateList": {"ResourceGroupId", "Alias", "Gift", "Trial"},
    "cas DescribeClientCertificate": {
        *("Id", "FullAlgorithm", "CertChain", "CustomIdentifier", "AliasName", "UploadFlag", "ResourceGroupId", "Tags"),
    },
    "cas ListClientCertificate": {"Id", "CustomIdentifier", "AliasName", "ResourceGroupId"},
    "cas ListRevokeCertificate": {"CustomIdentifier"},
    "Alb GetLoadBalancerAttribute": {"Status"},  # of a zone
    "Alb GetHealthCheckTemplateAttribute": {"ResourceGroupId"},
    "Alb ListHealthCheckTemplates": {"ResourceGroupId"},
    # Neither in the SDK: Terraform's provider reads and compares these.
    "Alb ListAScripts": {"Position", "ExtAttributeEnabled", "ExtAttributes", "AttributeKey", "AttributeValue"},
    "Alb ListServerGroups": {"CrossZoneEnabled"},
    "Alb GetListenerAttribute": {"XForwardedForProcessingMode", "XForwardedForHostEnabled"},
    "Alb ListListeners": {"XForwardedForProcessingMode", "XForwardedForHostEnabled"},
    "Alb GetListenerHealthStatus": {"ServerCount"},
    "Alb CreateRule": {"CoverEnabled"},  # the Go SDK, which has it in CreateRule too
}
_UNKNOWN = ": is unknown"
_PATTERNS = {"integer": r"-?\d+", "boolean": r"(?i)true|false", "number": r"-?\d+(\.\d+)?"}


def nested(flat: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Returns ``{"A.1.B": "x"}`` as ``{"A": {"1": {"B": "x"}}}``, and faults: names with a value and a structure."""
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
    """Returns a parameter that travels as JSON in the form of :func:`nested`, or the text itself if it is no JSON."""

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
    """Yields what is wrong with a value, as sentences."""
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
    """Yields what is wrong with the members of an object: unknown, missing and wrong ones."""
    for name, schema in schemas.items():
        if schema.get("required") in (True, "true") and name not in given:
            yield f"{path}{name}: is required"
    for name, value in given.items():
        if name in schemas:
            yield from faults(value, schemas[name], path + name)
        else:
            yield f"{path}{name}{_UNKNOWN}"


def check(requests: list[dict[str, Any]], operations: Operations) -> tuple[Counter[str], set[str]]:
    """Returns the faults of the requests with their numbers, and the operations that the metadata does not have."""
    found: Counter[str] = Counter()
    unknown: set[str] = set()
    for request in requests:
        accepted = request["http_status"] == 200 or request["code"] == "DryRunOperation"
        if not accepted and OURS not in request["user_agent"]:
            continue  # a test of how the sandbox refuses
        name = f"{request['product']} {request['version']} {request['action']}"
        if spec := operations.get((request["version"], request["action"])):
            known = {**NEWER.get((request["version"], request["action"]), {}), **spec["parameters"]}
            ignored = set(request.get("ignored", ()))  # by a sandbox that is not strict
            tree, twice = nested({name: value for name, value in request["params"].items() if name not in ignored})
            found.update(
                f"{name}: {fault}" for fault in [*twice, *members(tree, known)] if not _is_newer(request, fault)
            )
        else:
            unknown.add(name)
    return found, unknown


def answer_faults(shape: Any, schema: Schema, path: str) -> Iterator[str]:
    """Yields what is wrong with the shape of an answer, as sentences: unknown fields, other spellings, wrong types."""
    kind = schema.get("type", "object" if "properties" in schema else "any")
    if kind == "array" and isinstance(shape, list):
        for item in shape:
            yield from answer_faults(item, schema.get("items", {}), f"{path}[]")
    elif kind == "object" and isinstance(shape, dict):
        properties = schema.get("properties")
        if properties is None:
            return  # an object with names of its own
        spellings = {name.lower(): name for name in properties}
        for name, item in shape.items():
            if name in properties:
                yield from answer_faults(item, properties[name], f"{path}.{name}")
            elif name.lower() in spellings:
                yield f"{path}.{name}: is spelled {spellings[name.lower()]}"
            else:
                yield f"{path}.{name}{_UNKNOWN}"
    elif kind not in ("any", shape) and not (kind == "number" and shape == "integer"):
        yield f"{path}: is {shape if isinstance(shape, str) else type(shape).__name__} instead of {kind}"


def fields(schema: Schema, path: str = "") -> Iterator[str]:
    """Yields the paths of all fields that a schema has an example of."""
    for name, item in schema.get("properties", {}).items():
        yield from fields(item, f"{path}.{name}")
    if "items" in schema:
        yield from fields(schema["items"], f"{path}[]")
    if "example" in schema:
        yield path


def answered(shape: Any, path: str = "") -> Iterator[str]:
    """Yields the paths of all fields of an answer."""
    if isinstance(shape, dict):
        for name, item in shape.items():
            yield from answered(item, f"{path}.{name}")
    elif isinstance(shape, list):
        for item in shape:
            yield from answered(item, f"{path}[]")
    else:
        yield path


def check_answers(requests: list[dict[str, Any]], operations: Operations) -> tuple[Counter[str], dict[str, list[str]]]:
    """Returns the faults of the answers with their numbers, and by operation the fields that no answer had."""
    found: Counter[str] = Counter()
    had: dict[tuple[str, str], set[str]] = {}
    for request in requests:
        key = (request["version"], request["action"])
        if request["http_status"] != HTTPStatus.OK or key not in operations or "response" not in request:
            continue
        faults_of_answer = answer_faults(request["response"], operations[key]["response"], "")
        name = f"{request['product']} {key[1]}"
        found.update(f"{name}{fault}" for fault in faults_of_answer if not _is_newer(request, fault))
        had.setdefault(key, set()).update(answered(request["response"]))
    missing = {
        action: sorted(set(fields(operations[version, action]["response"])) - paths)
        for (version, action), paths in had.items()
    }
    return found, {action: paths for action, paths in missing.items() if paths}


def _is_newer(request: dict[str, Any], fault: str) -> bool:
    """Tells whether a fault is that of a name that the official SDK has and the metadata has not."""
    newer = NEWER_FIELDS.get(f"{request['product']} {request['action']}", set())
    return fault.endswith(_UNKNOWN) and fault.removesuffix(_UNKNOWN).rpartition(".")[2] in newer


def read_operations(folder: Path) -> Operations:
    """Returns the metadata of all operations in a folder."""
    documents = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {(d["info"]["version"], name): spec for d in documents for name, spec in d["operations"].items()}


def main() -> int:
    log, folder = (Path(argument) for argument in sys.argv[1:])
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    operations = read_operations(folder)
    found, unknown = check(requests, operations)
    wrong, missing = check_answers(requests, operations)
    for fault, times in (found + wrong).most_common():
        print(f"{times:6d} x {fault}")
    for name in sorted(unknown):
        print(f"not in this metadata, so not checked: {name}")
    actions = {(request["product"], request["action"]) for request in requests}
    print(f"{len(requests)} requests of {len(actions)} operations, {len(found)} kinds of faults")
    for action, paths in sorted(missing.items()):
        print(f"in no answer of {action}: {', '.join(path.removeprefix('.') for path in paths)}")
    print(f"answers: {len(wrong)} kinds of faults, {sum(map(len, missing.values()))} fields of the metadata in none")
    return 1 if found or wrong or not requests else 0


if __name__ == "__main__":
    sys.exit(main())
