# SPDX-License-Identifier: GPL-3.0-or-later
"""Products as tables of operations, and the call that an operation answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
import typing as t
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .errors import ApiError, ErrorTable, gateway_error
from .jobs import Jobs
from .schema import Args, Param
from .store import Doc, Rows, Store

DEFAULT_RESOURCE_GROUP = "rg-sandbox"
NO_EFFECT = "kept and shown, without an effect on traffic"
_ALPHABET = string.ascii_lowercase + string.digits


Handler = Callable[["Call", Args], Doc]


@dataclass(frozen=True)
class Operation:
    """An operation: ``handler`` answers a call within a transaction; ``write`` tells whether it changes the cloud.

    ``note`` is what the page of operations says of it, such as NO_EFFECT.
    """

    handler: Handler
    params: Mapping[str, Param]
    write: bool = False
    note: str = ""


def read(handler: Handler, params: Mapping[str, Param]) -> Operation:
    """Returns an operation that changes no resource."""
    return Operation(handler, params)


def write(handler: Handler, params: Mapping[str, Param]) -> Operation:
    """Returns an operation that changes the cloud."""
    return Operation(handler, params, write=True)


def keep(handler: Handler, params: Mapping[str, Param]) -> Operation:
    """Returns an operation whose values are kept and shown, and change nothing else."""
    return Operation(handler, params, write=True, note=NO_EFFECT)


@dataclass(frozen=True)
class Product:
    """One version of one product's API."""

    name: str  # as in the troubleshooting addresses: Alb, cas, Alidns
    version: str
    operations: Mapping[str, Operation]
    errors: ErrorTable = field(default_factory=ErrorTable)
    central: bool = False  # one endpoint for all regions: RegionId makes no difference


@dataclass(frozen=True)
class Call:
    """A call of an operation: the context of its handler."""

    product: Product
    action: str
    region: str
    store: Store
    jobs: Jobs
    address_pool: str
    endpoint: str = ""  # address of the sandbox itself, such as http://127.0.0.1:9900
    access_key_id: str = ""

    def error(self, code: str, *details: object) -> ApiError:
        """Returns an error of the product's table. Raises KeyError for an undeclared code."""
        return self.product.errors.error(self.action, code, *details)

    def invalid(self, problem: str) -> ApiError:
        """Returns InvalidParameter with an explanation."""
        return gateway_error("InvalidParameter", problem)

    def find(self, kind: str, identifier: str, missing: str) -> Doc:
        """Returns a document of this region. Raises ApiError with the code ``missing``."""
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
        """Returns the documents of a kind in this region that pass the filters of a call, as in :func:`select`."""
        given = args or {}
        wanted = {field: given[name] for name, field in (one_of or {}).items() if given.get(name)}
        wanted |= {field: [given[name]] for name, field in (equal or {}).items() if given.get(name)}
        return self.store.select(kind, {"_region": [self.region, ""], **wanted})

    def submit(self, kind: str, doc: Doc, identifier: str, *, operate: str, final: str | None) -> Doc:
        """Starts the job of this call and returns ``{"JobId": ...}``."""
        return self.submit_all(kind, {identifier: doc}, operate=operate, final=final)

    def submit_all(self, kind: str, docs: Mapping[str, Doc], *, operate: str, final: str | None) -> Doc:
        """Starts one job for several documents of a kind, by id, and returns ``{"JobId": ...}``."""
        job_id = str(uuid.uuid4())
        self.jobs.submit(self.action, kind, docs, operate=operate, final=final, job_id=job_id)
        return {"JobId": job_id}

    def page(self, items: Sequence[Doc], args: Args, size: int = 20) -> tuple[list[Doc], Doc]:
        """Returns one page by MaxResults and NextToken, and the paging fields of the response.

        Raises ApiError for an invalid token.
        """
        size = args.get("MaxResults", size)
        start = self._offset(args["NextToken"]) if args.get("NextToken") else 0
        fields: Doc = {"MaxResults": size, "TotalCount": len(items)}
        if start + size < len(items):
            fields["NextToken"] = self._token(start + size)
        return list(items[start : start + size]), fields

    def _token(self, offset: int) -> str:
        key = self.store.setting("token_key", lambda: secrets.token_hex(16)).encode()
        text = f"{self.action}:{offset}"
        mac = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:16]
        return base64.urlsafe_b64encode(f"{text}:{mac}".encode()).decode().rstrip("=")

    def _offset(self, token: str) -> int:
        try:
            offset = int(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).split(b":")[1])
        except (ValueError, IndexError):
            offset = -1
        if offset < 0 or not hmac.compare_digest(self._token(offset).encode(), token.encode()):
            raise self.invalid("NextToken is not a token that this operation has returned.")
        return offset


def new_id(prefix: str, length: int = 18) -> str:
    """Returns a new id such as the cloud makes: ``alb-`` and random lower-case letters and digits."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def timestamp() -> str:
    """Returns the current time in the format of CreateTime: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def public(doc: Doc) -> Doc:
    """Returns the document without the sandbox's own fields, which start with an underscore."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}


def resource_group(args: Args) -> str:
    """Returns ResourceGroupId, or the default resource group if it is absent or empty."""
    return args.get("ResourceGroupId") or DEFAULT_RESOURCE_GROUP


def select(
    docs: list[Doc], args: Args, one_of: Mapping[str, str] | None = None, equal: Mapping[str, str] | None = None
) -> list[Doc]:
    """Returns the documents that pass the filters of a call; an absent or empty filter lets everything pass.

    ``one_of`` maps a parameter that is a list, ``equal`` a parameter with a single value, to the field of documents.
    """
    return [
        doc
        for doc in docs
        if all(doc.get(field) in args[name] for name, field in (one_of or {}).items() if args.get(name))
        and all(doc.get(field) == args[name] for name, field in (equal or {}).items() if args.get(name))
    ]


def same(*names: str) -> dict[str, str]:
    """Returns a mapping for :func:`select`, of parameters that are named like their field."""
    return {name: name for name in names}


def numbered_page(items: list[t.Any], number: int, size: int) -> list[t.Any]:
    """Returns one page by page number (from 1) and page size."""
    return items[(number - 1) * size : number * size]
