# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain values: comparing wanted with current ones, and translating between the user's words and the API's. Pure.

Objects are dictionaries in the user's vocabulary; ``None`` in a wanted one means that the user has not given it.
Private to this collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Object = dict[str, t.Any]
T = t.TypeVar("T")

# In Action.after: the name is removed, such as that of a tag.
GONE: t.Final = object()

# Stands for a value that only the cloud can give: in results of check mode, and in options that take such a result.
KNOWN_AFTER_APPLY = "(known after apply)"


def holds_unknown(value: t.Any) -> bool:
    """Return whether ``value`` is KNOWN_AFTER_APPLY, or has it somewhere in it."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return bool(value == KNOWN_AFTER_APPLY)


def known(value: t.Any, kind: type[T]) -> T:
    """Return ``value``, or an empty ``kind`` if it is None or KNOWN_AFTER_APPLY."""
    return value if isinstance(value, kind) else kind()


def chunks(items: list[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in order, in parts of at most ``size``."""
    return (items[start : start + size] for start in range(0, len(items), size))


def given(params: Mapping[str, t.Any], names: Iterable[str]) -> Object:
    """Return the options among ``names`` that the user has given, without suboptions that are None."""

    def strip(value: t.Any) -> t.Any:
        return {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value

    return {name: strip(params[name]) for name in names if params.get(name) is not None}


def changes(wanted: Mapping[str, t.Any], current: Mapping[str, t.Any]) -> Object:
    """Return the part of ``wanted`` that differs from ``current``: dictionaries by key, lists as a whole.

    An empty text equals none: services do not tell them apart.
    """
    result: Object = {}
    for name, value in wanted.items():
        existing = current.get(name)
        if isinstance(value, Mapping):
            if inner := changes(value, existing if isinstance(existing, Mapping) else {}):
                result[name] = inner
        elif value is not None and value != existing and (value != "" or existing is not None):
            result[name] = value
    return result


def merged(base: Mapping[str, t.Any], *over: Mapping[str, t.Any]) -> Object:
    """Return ``base`` with the values of each of ``over`` in their places; ``GONE`` removes a name."""
    result = dict(base)
    for layer in over:
        for name, value in layer.items():
            existing = result.get(name)
            if value is GONE:
                result.pop(name, None)
            elif isinstance(value, Mapping) and isinstance(existing, Mapping):
                result[name] = merged(existing, value)
            else:
                result[name] = value
    return result


@dataclass(frozen=True)
class Codec:
    """How the API writes a value.

    Attributes:
        encode: returns the API's form of the user's.
        decode: returns the user's form of the API's.
        absent: returns the user's form of a value that the API leaves out.
    """

    encode: t.Callable[[t.Any], t.Any] = lambda value: value
    decode: t.Callable[[t.Any], t.Any] = lambda value: value
    absent: t.Callable[[], t.Any] = lambda: None


PLAIN = Codec()
FLAG = Codec(absent=lambda: False)


def choice(**words: str) -> Codec:
    """Return a codec for a word; ``words`` has the API's by the user's. An unknown word of the API is lower-cased."""
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
    """The user's name of a value, its name in the API (``A.B`` is one level down), and how the API writes it."""

    name: str
    wire: str
    codec: Codec = PLAIN


Fields = tuple[Field, ...]


def encode(fields: Fields, value: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return ``value`` in the API's words; what is None or not among ``fields`` is left out."""
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
    """Return ``body`` in the user's words, with a key for each of ``fields``."""
    result: Object = {}
    for field in fields:
        found: t.Any = body
        for step in field.wire.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        result[field.name] = field.codec.absent() if found is None else field.codec.decode(found)
    return result


def nested(fields: Fields) -> Codec:
    """Return a codec for a structure of ``fields``; one that the API leaves out is decoded as if it were empty."""
    return Codec(
        encode=lambda value: encode(fields, value),
        decode=lambda body: decode(fields, body),
        absent=lambda: decode(fields, {}),
    )


def list_of(codec: Codec) -> Codec:
    """Return a codec for a list of values that ``codec`` writes; one that the API leaves out is empty."""
    return Codec(
        encode=lambda items: [codec.encode(item) for item in items],
        decode=lambda items: [codec.decode(item) for item in items],
        absent=list,
    )
