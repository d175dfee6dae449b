# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain values: comparing what is wanted with what there is, and the words of the user with those of the API.

Everything here is pure. Objects are dictionaries in the user's vocabulary; ``None`` means "not given" on the wanted
side. This module is PRIVATE to the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Object = dict[str, t.Any]
T = t.TypeVar("T")

# In what an action changes: takes a name away, such as that of a tag.
GONE: t.Final = object()

# Stands for a value that only the cloud can give, in the results of check mode and in options that refer to those.
KNOWN_AFTER_APPLY = "(known after apply)"


def holds_unknown(value: t.Any) -> bool:
    """Whether ``value`` is, or has somewhere in it, a value that is not known yet."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return bool(value == KNOWN_AFTER_APPLY)


def known(value: t.Any, kind: type[T]) -> T:
    """``value`` if it is of this ``kind``, else an empty one: the place of a value that is not known yet."""
    return value if isinstance(value, kind) else kind()


def given(params: Mapping[str, t.Any], names: Iterable[str]) -> Object:
    """The options among ``names`` that the user gave, without the suboptions that were not."""

    def strip(value: t.Any) -> t.Any:
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value

    return {name: strip(params[name]) for name in names if params.get(name) is not None}


def changes(wanted: Mapping[str, t.Any], current: Mapping[str, t.Any]) -> Object:
    """The part of ``wanted`` that differs from ``current``, dictionaries level by level, lists as a whole.

    An empty text and none are the same: services do not tell them apart.
    """
    result: Object = {}
    for name, value in wanted.items():
        there = current.get(name)
        if isinstance(value, Mapping):
            if inner := changes(value, there if isinstance(there, Mapping) else {}):
                result[name] = inner
        elif value is not None and value != there and (value != "" or there is not None):
            result[name] = value
    return result


def merged(base: Mapping[str, t.Any], *over: Mapping[str, t.Any]) -> Object:
    """``base`` with the values of each of ``over`` in their places; ``GONE`` takes a name away."""
    result = dict(base)
    for layer in over:
        for name, value in layer.items():
            there = result.get(name)
            if value is GONE:
                result.pop(name, None)
            elif isinstance(value, Mapping) and isinstance(there, Mapping):
                result[name] = merged(there, value)
            else:
                result[name] = value
    return result


@dataclass(frozen=True)
class Codec:
    """How one value is written on the wire, and read from it; ``absent`` makes what the API leaves out."""

    encode: t.Callable[[t.Any], t.Any] = lambda value: value
    decode: t.Callable[[t.Any], t.Any] = lambda value: value
    absent: t.Callable[[], t.Any] = lambda: None


PLAIN = Codec()
FLAG = Codec(absent=lambda: False)


def choice(**words: str) -> Codec:
    """The user's word for each of the API's. A word of the API that is new to us is shown in lower case."""
    back = {wire.lower(): word for word, wire in words.items()}
    return Codec(
        encode=lambda word: words.get(word, word),
        decode=lambda wire: back.get(str(wire).lower(), str(wire).lower()),
    )


# A state such as ``CreateFailed`` becomes ``create_failed``.
STATE = Codec(decode=lambda wire: "".join(f"_{c.lower()}" if c.isupper() else c for c in str(wire)).lstrip("_"))

TAGS = Codec(
    encode=lambda tags: [{"Key": key, "Value": str(value)} for key, value in sorted(tags.items())],
    decode=lambda tags: {tag["Key"]: tag.get("Value", "") for tag in tags},
    absent=dict,
)


@dataclass(frozen=True)
class Field:
    """The user's name of a value, its name on the wire (``A.B`` lies one level down), and how it is written there."""

    name: str
    wire: str
    codec: Codec = PLAIN


Fields = tuple[Field, ...]


def encode(fields: Fields, value: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """``value`` in the API's words; what is not among ``fields``, or ``None``, is left out."""
    result: dict[str, t.Any] = {}
    for field in fields:
        if value.get(field.name) is not None:
            *path, last = field.wire.split(".")
            place = result
            for step in path:
                place = place.setdefault(step, {})
            place[last] = field.codec.encode(value[field.name])
    return result


def decode(fields: Fields, body: Mapping[str, t.Any]) -> Object:
    """``body`` in the user's words, with every one of ``fields`` in it."""
    result: Object = {}
    for field in fields:
        found: t.Any = body
        for step in field.wire.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        result[field.name] = field.codec.absent() if found is None else field.codec.decode(found)
    return result


def nested(fields: Fields) -> Codec:
    """A structure; one that the API leaves out has nothing in it."""
    return Codec(
        encode=lambda value: encode(fields, value),
        decode=lambda body: decode(fields, body),
        absent=lambda: decode(fields, {}),
    )


def list_of(codec: Codec) -> Codec:
    return Codec(
        encode=lambda items: [codec.encode(item) for item in items],
        decode=lambda items: [codec.decode(item) for item in items],
        absent=list,
    )
