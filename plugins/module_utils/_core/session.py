# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes of one module run. Private to this collection."""

from __future__ import annotations

import json
import typing as t
import uuid
from collections.abc import Callable, Iterator

from .action import Action
from .client import Call, Params
from .error_codes import Kind
from .errors import CloudError
from .products import PRODUCTS
from .retries import TIMEOUT_SECONDS, TIMEOUT_SECONDS_AFTER_CREATE, Budget, repeat


class Session:
    """Reads and writes of one module run, repeated as their errors and the one time budget allow.

    Attributes:
        budget: the time that the run has.
        warn: shows a warning to the user.
        request_id: of the last write; of the last read as long as there was no write.
    """

    def __init__(self, call: Call, budget: Budget, warn: Callable[[str], None] = lambda message: None) -> None:
        self._call = call
        self.budget = budget
        self.warn = warn
        self._wrote = False
        self._run = uuid.uuid4()
        self.request_id = ""

    def read(self, product: str, operation: str, **params: t.Any) -> Params:
        """Return the answer of a reading operation. Raises CloudError."""
        answer = repeat(lambda: self._call(product, operation, params), self.budget)
        if not self._wrote:
            self.request_id = str(answer.get("RequestId") or "")
        return answer

    def read_or_none(self, product: str, operation: str, **params: t.Any) -> Params | None:
        """Return the answer of a reading operation, None if the resource does not exist. Raises CloudError."""
        try:
            return self.read(product, operation, **params)
        except CloudError as error:
            if error.kind is Kind.MISSING:
                return None
            raise

    def pages(self, product: str, operation: str, key: str, **params: t.Any) -> Iterator[Params]:
        """Yield the items under ``key`` of a list that is paged by NextToken."""
        for body in self.answers(product, operation, **params):
            yield from body.get(key) or []

    def answers(self, product: str, operation: str, **params: t.Any) -> Iterator[Params]:
        """Yield the answers of an operation that is paged by NextToken, page by page, each as large as it may be."""
        params["MaxResults"] = PRODUCTS[product].page_size(operation)
        while True:
            body = self.read(product, operation, **params)
            yield body
            if not body.get("NextToken"):
                return
            params["NextToken"] = body["NextToken"]

    def numbered(self, product: str, operation: str, key: str, **params: t.Any) -> Iterator[Params]:
        """Yield the items of a list that is paged by number; ``key`` may be a path, such as ``A.B``."""
        pages = PRODUCTS[product].numbered_pages
        if pages is None:
            raise ValueError(f"{product} has no lists that are paged by number")
        number, count = 1, 0
        while True:
            body = self.read(product, operation, **params, **{pages.number: number, pages.size_parameter: pages.size})
            items: t.Any = body
            for step in key.split("."):
                items = (items or {}).get(step)
            yield from items or []
            count += len(items or [])
            if not items or count >= int(body.get("TotalCount") or 0):
                return
            number += 1

    def write(self, product: str, action: Action, params: Params, *, new: bool = False) -> Params:
        """Perform ``action`` with ``params`` and return the answer.

        Its ClientToken follows from the run and from the parameters, so that the service recognises a repetition.

        Args:
            new: this run has just created the resource; the service may not know it everywhere yet.

        Raises:
            CloudError: the write failed. That a resource to be deleted does not exist is no failure.
        """
        if action.token and PRODUCTS[product].client_tokens:
            content = json.dumps([product, action.operation, params], sort_keys=True, default=str)
            params = {**params, "ClientToken": str(uuid.uuid5(self._run, content))}
        try:
            answer = repeat(
                lambda: self._call(product, action.operation, params),
                self.budget,
                find_created=action.find_created,
                timeout_seconds=TIMEOUT_SECONDS_AFTER_CREATE if new and not action.deletes else TIMEOUT_SECONDS,
            )
            self._wrote, self.request_id = True, str(answer.get("RequestId") or "")
            return answer
        except CloudError as error:
            if action.deletes and error.kind is Kind.MISSING:
                return {}
            # The code for a name that is taken is not documented for every operation, so the resource is looked for.
            maybe = error.kind in (Kind.EXISTS, Kind.INVALID)
            if action.find_created and maybe and (result := action.find_created()) is not None:
                return result
            raise

    def try_out(self, product: str, action: Action, params: Params) -> None:
        """Let the service check ``action`` without performing it (DryRun). Raises CloudError if it would fail."""
        try:
            repeat(lambda: self._call(product, action.operation, {**params, "DryRun": True}), self.budget)
        except CloudError as error:
            if error.kind is not Kind.DRY_RUN:
                raise
