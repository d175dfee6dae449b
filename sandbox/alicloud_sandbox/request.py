# SPDX-License-Identifier: GPL-3.0-or-later
"""A request of the RPC protocol: operation, version, region and parameters, wherever a client puts them.

Clients with ACS3-HMAC-SHA256 name operation and version in headers, clients with signature version 1.0 in common
parameters of the query or of a form body (https://help.aliyun.com/en/sdk/product-overview/rpc-mechanism, 2026-11-25).
"""

from __future__ import annotations

import email.parser
import email.policy
import functools
import json
import re
import typing as t
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from .errors import ApiError, gateway_error

FORM = "application/x-www-form-urlencoded"
# Of every operation, and none of its own; the last five are those of older products.
COMMON = frozenset(
    {
        *("Action", "Version", "Format", "Timestamp", "AccessKeyId", "SecurityToken", "RegionId"),
        *("Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "SignatureType"),
        *("SourceIp", "SecureTransport", "OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount"),
    }
)
_DEEPEST = 16  # levels of a JSON body; no parameter of a product has half of them
_PRODUCT_HOST = re.compile(r"[a-z-]+\.(?P<region>[a-z]{2}-[a-z0-9-]+)\.aliyuncs\.com(:\d+)?")


@dataclass
class Request:
    """One HTTP request; header names are lower-case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())

    @functools.cached_property
    def pairs(self) -> dict[str, str]:
        """The parameters of the query and of a form body, the common ones included."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        if self._content_type.startswith(FORM):
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs)

    @property
    def action(self) -> str:
        """The name of the operation."""
        return self.headers.get("x-acs-action") or self.pairs.get("Action", "")

    @property
    def version(self) -> str:
        """The version of the product's API."""
        return self.headers.get("x-acs-version") or self.pairs.get("Version", "")

    @property
    def is_acs3(self) -> bool:
        """Whether the signature is in the Authorization header; with version 1.0 it is a parameter."""
        return "authorization" in self.headers or "Signature" not in self.pairs

    @property
    def wants_xml(self) -> bool:
        """Whether the answer has to be XML, the default of requests with signature version 1.0 (page on RPC)."""
        wanted = self.pairs.get("Format", "").upper()
        return wanted == "XML" or (wanted != "JSON" and not self.is_acs3)

    def region(self, default: str, central: bool = False) -> str:
        """Returns the region: of RegionId, else of the host name of the product's endpoint, else ``default``.

        A ``central`` product serves all regions from one endpoint, so that RegionId makes no difference.
        """
        match = _PRODUCT_HOST.fullmatch(self.headers.get("host", ""))
        of_host = match["region"] if match else default
        return of_host if central else self.pairs.get("RegionId") or of_host

    def parameters(self) -> dict[str, str]:
        """Returns all parameters in their flat form, of a JSON or multipart body as well. Raises ApiError."""
        if self._content_type.startswith("application/json") and self.body:
            return self.pairs | _of_json(self.body)
        if self._content_type.startswith("multipart/form-data"):
            return self.pairs | _of_multipart(self.headers["content-type"], self.body)
        return dict(self.pairs)

    @property
    def _content_type(self) -> str:
        return self.headers.get("content-type", "").lower()


def _of_json(body: bytes) -> dict[str, str]:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed("JSON") from None
    if not isinstance(tree, dict):
        raise _malformed("JSON")
    return dict(_flat(tree, "", 0))


def _flat(value: t.Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise _malformed("JSON")
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for name, item in items:
            yield from _flat(item, f"{path}.{name}" if depth else str(name), depth + 1)
    elif value is not None:
        text = value if isinstance(value, str) else json.dumps(value)
        if not (_is_text(path) and _is_text(text)):
            raise _malformed("JSON")
        yield path, text


def _is_text(value: str) -> bool:
    """Tells whether a value can be encoded: JSON can escape half of a surrogate pair."""
    return not any("\ud800" <= sign <= "\udfff" for sign in value)


def _of_multipart(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise _malformed("multipart")
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise _malformed("multipart")
        found[name] = content.decode("utf-8", "replace")
    return found


def _malformed(kind: str) -> ApiError:
    return gateway_error("InvalidParameter", f"The body is not well-formed {kind} with named parameters.")
