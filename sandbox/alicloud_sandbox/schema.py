# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of operations, as tables; decodes and checks requests by them.

The wire form is flat: ``A.1.B.C`` is field C of field B of the first item of list A
(https://help.aliyun.com/zh/sdk/product-overview/request-parameters-of-rpc-apis).
"""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .assumptions import assume
from .errors import ApiError, gateway_error, missing

Args = dict[str, t.Any]
REDACTED = "(redacted)"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

assume(
    "gateway-unknown-parameters",
    "Parameters that an operation does not have are ignored, and marked in the request log. With --strict they are "
    "refused with InvalidParameter (400), so that tests find them.",
    "Terraform's provider sends some, such as Tags of CreateServerGroup, where the metadata of the API has Tag.",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "gateway-unset-values",
    "An optional parameter counts as not given if it is an empty text that its type, values, pattern or least length "
    "exclude. So does 0 for SlowStartDuration of a server group and PerIpQps of a rule; for other numbers whose range "
    "begins above 0, it is refused.",
    "Terraform's provider sends both for what its user left out.",
    verdict="practice",
    date="2026-08-21",
)


@dataclass(frozen=True)
class Param:
    """One parameter; ``kind`` is text, integer, flag, object, list or json (a list in a JSON string)."""

    kind: str
    required: bool = False
    enum: tuple[str, ...] = ()
    low: int | None = None  # bounds of an integer, of the length of a text, of the number of items of a list
    high: int | None = None
    pattern: str = ""
    one_line: bool = False  # a text without control characters
    default: t.Any = None
    secret: bool = False
    zero_is_unset: bool = False  # of an integer whose range begins above 0: see gateway-unset-values
    fields: Mapping[str, Param] = field(default_factory=dict)
    item: Param | None = None


def text(low: int | None = None, high: int | None = None, *, pattern: str = "", **rest: t.Any) -> Param:
    """Returns a string parameter, with bounds of its length and a pattern for the whole of it."""
    return Param("text", low=low, high=high, pattern=pattern, **rest)


def line(low: int | None = None, high: int | None = None, *, pattern: str = "", **rest: t.Any) -> Param:
    """Returns a string parameter without control characters, for values that get into headers and requests."""
    return text(low, high, pattern=pattern, one_line=True, **rest)


def integer(low: int | None = None, high: int | None = None, **rest: t.Any) -> Param:
    """Returns a parameter for a decimal number between two bounds."""
    return Param("integer", low=low, high=high, **rest)


def flag(**rest: t.Any) -> Param:
    """Returns a boolean parameter; SDKs send true, True, false or False."""
    return Param("flag", **rest)


def choice(*values: str, **rest: t.Any) -> Param:
    """Returns a parameter with one of these values, in exactly this spelling."""
    return Param("text", enum=values, **rest)


def group(fields: Mapping[str, Param], **rest: t.Any) -> Param:
    """Returns a parameter that is a structure."""
    return Param("object", fields=fields, **rest)


def many(item: Param | Mapping[str, Param], low: int | None = None, high: int | None = None, **rest: t.Any) -> Param:
    """Returns a parameter that is a list of values, or of structures if the item is a mapping."""
    return Param("list", item=item if isinstance(item, Param) else group(item), low=low, high=high, **rest)


def json_list(item: Param, **rest: t.Any) -> Param:
    """Returns a parameter that is a list in one JSON string."""
    return Param("json", item=item, **rest)


def must(param: Param) -> Param:
    """Returns the same parameter, mandatory."""
    return replace(param, required=True)


def decode(schema: Mapping[str, Param], flat: Mapping[str, str], ignored: list[str]) -> Args:
    """Returns the arguments of a request from its flat parameters, checked and with their defaults.

    The cloud ignores what is not a parameter of the operation; the flat names of these are appended to ``ignored``.
    Raises ApiError: ``Missing<Parameter>`` or ``InvalidParameter``.
    """
    tree: Args = {}
    for key, value in flat.items():
        if not _is_known(schema, key):
            ignored.append(key)
            continue
        node = tree
        *path, last = key.split(".")
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise _invalid(key, "is given both as a value and as a structure")
        if isinstance(node.get(last), dict):
            raise _invalid(key, "is given both as a value and as a structure")
        node[last] = value
    return _object(schema, tree, "")


def _is_known(schema: Mapping[str, Param], key: str) -> bool:
    """Tells whether a flat name is one of a parameter, as far as its parts are names of fields."""
    fields: Mapping[str, Param] = schema
    parts = iter(key.split("."))
    for part in parts:
        param = fields.get(part)
        if param is None:
            return False
        if param.kind == "list" and param.item is not None:
            next(parts, None)  # the index
            param = param.item
        if param.kind != "object":
            return True  # what follows makes the value malformed, not the name unknown
        fields = param.fields
    return True


def _is_unset(param: Param, raw: t.Any) -> bool:
    """Tells whether a value stands for none: clients send empty texts, and some zeros, for what their user left out."""
    if param.required:
        return False
    if raw == "":
        return param.kind != "text" or bool(param.enum or param.pattern or param.low)
    return raw == "0" and param.zero_is_unset


def _object(schema: Mapping[str, Param], tree: Mapping[str, t.Any], prefix: str) -> Args:
    args: Args = {}
    for name, param in schema.items():
        if name in tree and not _is_unset(param, tree[name]):
            args[name] = _value(param, tree[name], prefix + name)
        elif param.required:
            raise missing(prefix + name)
        elif param.default is not None:
            args[name] = param.default
    return args


def _value(param: Param, raw: t.Any, path: str) -> t.Any:
    if param.kind == "object":
        if not isinstance(raw, dict):
            raise _invalid(path, "has to be a structure")
        return _object(param.fields, raw, path + ".")
    if param.kind == "list":
        return _list(param, raw, path)
    if not isinstance(raw, str):
        raise _invalid(path, "has to be a single value")
    if param.kind == "json":
        return _json(param, raw, path)
    return _SCALARS[param.kind](param, raw, path)


def _list(param: Param, raw: t.Any, path: str) -> list[t.Any]:
    assert param.item is not None
    if not isinstance(raw, dict) or sorted(raw) != sorted(map(str, range(1, len(raw) + 1))):
        raise _invalid(path, "has to be a list with the indices 1, 2, 3, ...")
    _bounds(param, len(raw), path, "items")
    return [_value(param.item, raw[str(index)], f"{path}.{index}") for index in range(1, len(raw) + 1)]


def _json(param: Param, raw: str, path: str) -> list[t.Any]:
    assert param.item is not None
    try:
        items = json.loads(raw)
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list):
        raise _invalid(path, "has to be a JSON list")
    _bounds(param, len(items), path, "items")
    return [_value(param.item, item, f"{path}.{index}") for index, item in enumerate(items, 1)]


def _text(param: Param, raw: str, path: str) -> str:
    if param.enum and raw not in param.enum:
        raise _invalid(path, f"has to be one of {', '.join(param.enum)}")
    _bounds(param, len(raw), path, "characters")
    if param.one_line and _CONTROL.search(raw):
        raise _invalid(path, "must not have a line break or another control character")
    if param.pattern and not re.fullmatch(param.pattern, raw):
        raise _invalid(path, f"has to match {param.pattern}")
    if param.required and not raw:
        raise missing(path)
    return raw


def _integer(param: Param, raw: str, path: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", raw):
        raise _invalid(path, "has to be a number")
    _bounds(param, int(raw), path, "")
    return int(raw)


def _flag(_param: Param, raw: str, path: str) -> bool:
    if raw.lower() not in ("true", "false"):
        raise _invalid(path, "has to be true or false")
    return raw.lower() == "true"


_SCALARS = {"text": _text, "integer": _integer, "flag": _flag}


def _bounds(param: Param, size: int, path: str, unit: str) -> None:
    if (param.low is not None and size < param.low) or (param.high is not None and size > param.high):
        low, high = ("" if bound is None else bound for bound in (param.low, param.high))
        raise _invalid(path, f"has to have {low}..{high} {unit}" if unit else f"has to be in {low}..{high}")


def _invalid(path: str, problem: str) -> ApiError:
    return gateway_error("InvalidParameter", f"{path} {problem}.")


def redact(schema: Mapping[str, Param], flat: Mapping[str, str]) -> dict[str, str]:
    """Returns the parameters for the request log, without secrets: declared ones, private keys, and what is unknown."""
    secrets = {name for name, param in schema.items() if param.secret}

    def is_secret(name: str, value: str) -> bool:
        return name.partition(".")[0] in secrets or "PRIVATE KEY" in value or not _is_known(schema, name)

    return {name: REDACTED if is_secret(name, value) else value for name, value in flat.items()}


def describe(schema: Mapping[str, Param], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Yields name and constraints of every parameter without fields of its own, for the coverage page."""
    for name, param in schema.items():
        if param.kind == "object":
            yield from describe(param.fields, f"{prefix}{name}.")
        elif param.kind == "list" and param.item is not None and param.item.kind == "object":
            yield from describe(param.item.fields, f"{prefix}{name}.N.")
        else:
            shape = param.item if param.kind in ("list", "json") and param.item else param
            yield f"{prefix}{name}{'.N' if param.kind == 'list' else ''}", _constraints(param, shape)


def _constraints(param: Param, shape: Param) -> str:
    words = [shape.kind]
    if shape.enum:
        words.append(" \\| ".join(shape.enum))
    if param.low is not None or param.high is not None:
        low, high = ("" if bound is None else str(bound) for bound in (param.low, param.high))
        words.append(f"{low}..{high}" + {"list": " items", "text": " characters"}.get(param.kind, ""))
    if param.zero_is_unset:
        words.append("0: not given")
    if param.default is not None:
        words.append(f"default {str(param.default).lower() if param.kind == 'flag' else param.default}")
    if param.required:
        words.append("required")
    return ", ".join(words)
