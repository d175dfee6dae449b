# SPDX-License-Identifier: GPL-3.0-or-later
"""A response of the RPC protocol, as JSON or XML."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from .store import Doc

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Names of the API's metadata.
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True)
class Response:
    """The response to a request. With ``lost`` the operation is done, and the connection has to be dropped.

    ``root`` is the name of the root element in XML; without one the response is JSON.
    """

    status: int
    payload: Doc
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    root: str = ""

    def encode(self) -> tuple[str, bytes]:
        """Returns media type and body."""
        if not self.root:
            return "application/json", _JSON.encode(self.payload).encode()
        text = f'<?xml version="1.0" encoding="UTF-8"?>{"".join(_element(self.root, self.payload))}'
        return "text/xml; charset=utf-8", text.encode()


def shape(value: t.Any) -> t.Any:
    """Returns a value with the names of types instead of the values: a list has the shapes of its items, each once."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        shapes = {json.dumps(found): found for found in map(shape, value)}
        return list(shapes.values())
    return _TYPES.get(type(value), "null")


def _element(name: str, value: t.Any) -> Iterator[str]:
    """Yields the pieces of an element; of a list, one element per item."""
    if isinstance(value, list):
        for item in value:
            yield from _element(name, item)
        return
    yield f"<{name}>"
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _element(key, item)
    elif value is not None:
        yield escape(_NOT_IN_XML.sub("", str(value).lower() if isinstance(value, bool) else str(value)))
    yield f"</{name}>"
