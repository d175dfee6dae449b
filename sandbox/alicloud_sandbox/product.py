# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a product: a table of operations, and the call that an operation answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import ApiError, ErrorTable, gateway_error
from .jobs import Jobs
from .schema import Args, Param
from .store import Doc, Rows, Store

_ALPHABET = string.ascii_lowercase + string.digits


Handler = Callable[["Call", Args], Doc]


@dataclass(frozen=True)
class Operation:
    """``handler`` answers a call within a transaction; ``write``: it changes the cloud."""

    handler: Handler
    params: Mapping[str, Param]
    write: bool = False


def read(handler: Handler, params: Mapping[str, Param]) -> Operation:
    """Returns an operation that changes nothing."""
    return Operation(handler, params)


def write(handler: Handler, params: Mapping[str, Param]) -> Operation:
    """Returns an operation that changes the cloud."""
    return Operation(handler, params, write=True)


@dataclass(frozen=True)
class Product:
    """One version of one product's API."""

    name: str  # as in the troubleshooting addresses: Alb, cas, Alidns
    version: str
    operations: Mapping[str, Operation]
    errors: ErrorTable = field(default_factory=ErrorTable)


@dataclass(frozen=True)
class Call:
    """What a handler knows beside the arguments."""

    product: Product
    action: str
    region: str
    store: Store
    jobs: Jobs
    address_pool: str

    def error(self, code: str, *details: object) -> ApiError:
        """An error from the product's table."""
        return self.product.errors.error(self.action, code, *details)

    def invalid(self, problem: str) -> ApiError:
        """InvalidParameter with an explanation."""
        return gateway_error("InvalidParameter", problem)

    def find(self, kind: str, identifier: str, missing: str) -> Doc:
        """A document of this region, or the error ``missing``."""
        doc = self.store.get(kind, identifier)
        if doc is None or doc.get("_region", self.region) != self.region:
            raise self.error(missing, identifier)
        return doc

    def in_region(
        self,
        kind: str,
        args: Args | None = None,
        one_of: Mapping[str, str] | None = None,
        equal: Mapping[str, str] | None = None,
    ) -> Rows:
        """The documents of a kind in this region that pass the filters of a call, as in :func:`select`."""
        given = args or {}
        wanted = {field: given[name] for name, field in (one_of or {}).items() if given.get(name)}
        wanted |= {field: [given[name]] for name, field in (equal or {}).items() if given.get(name)}
        return self.store.select(kind, {"_region": [self.region, ""], **wanted})

    def submit(self, kind: str, doc: Doc, identifier: str, *, operate: str, final: str | None) -> Doc:
        """Starts the job of this call; returns ``{"JobId": ...}``."""
        job_id = str(uuid.uuid4())
        self.jobs.submit(self.action, kind, doc, identifier, operate=operate, final=final, job_id=job_id)
        return {"JobId": job_id}

    def page(self, items: Sequence[Doc], args: Args, size: int = 20) -> tuple[list[Doc], Doc]:
        """One page by MaxResults/NextToken, and the paging fields of the response. Raises ApiError for a bad token."""
        key = self.store.setting("token_key", lambda: secrets.token_hex(16)).encode()
        size = args.get("MaxResults", size)
        start = self._offset(args["NextToken"], key) if args.get("NextToken") else 0
        fields: Doc = {"MaxResults": size, "TotalCount": len(items)}
        if start + size < len(items):
            fields["NextToken"] = self._token(start + size, key)
        return list(items[start : start + size]), fields

    def _token(self, offset: int, key: bytes) -> str:
        text = f"{self.action}:{offset}"
        mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]
        return base64.urlsafe_b64encode(f"{text}:{mac}".encode()).decode().rstrip("=")

    def _offset(self, token: str, key: bytes) -> int:
        try:
            offset = int(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).split(b":")[1])
        except (ValueError, IndexError):
            offset = -1
        if offset < 0 or not hmac.compare_digest(self._token(offset, key).encode(), token.encode()):
            raise self.invalid("NextToken is not one that this operation has returned.")
        return offset


def new_id(prefix: str, length: int = 18) -> str:
    """An id as the cloud makes them: ``alb-`` and some lower-case letters and digits."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def timestamp() -> str:
    """Now, as CreateTime has it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def public(doc: Doc) -> Doc:
    """The document without the sandbox's own fields, which start with an underscore."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}


def select(
    docs: list[Doc], args: Args, one_of: Mapping[str, str] | None = None, equal: Mapping[str, str] | None = None
) -> list[Doc]:
    """The documents that pass the filters of a call; a filter that is absent or empty lets everything pass.

    ``one_of`` maps a parameter that is a list, ``equal`` one that is a single value, to the field it is compared with.
    """
    return [
        doc
        for doc in docs
        if all(doc.get(field) in args[name] for name, field in (one_of or {}).items() if args.get(name))
        and all(doc.get(field) == args[name] for name, field in (equal or {}).items() if args.get(name))
    ]


def same(*names: str) -> dict[str, str]:
    """Parameters that have the name of the field they are compared with."""
    return {name: name for name in names}


def numbered_page(items: list[Any], number: int, size: int) -> list[Any]:
    """One page by page number (from 1) and page size."""
    return items[(number - 1) * size : number * size]
