# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes of one module run. This module is PRIVATE to the collection."""

from __future__ import annotations

import json
import typing as t
import uuid
from collections.abc import Callable, Iterator

from .action import Action
from .client import Call, Params
from .error_codes import Kind
from .errors import CloudError
from .retries import PATIENCE, PATIENCE_AFTER_CREATE, Budget, repeat

# The greatest MaxResults: what is usual, and what is documented for some.
PAGE = 100
PAGES = {
    "GetListenerHealthStatus": 30,  # https://api.aliyun.com/document/Alb/2020-06-16/GetListenerHealthStatus
    "ListServerGroupServers": 1000,
}


class Session:
    """Reads and writes of one module run, repeated as their errors and the one time budget allow."""

    def __init__(self, call: Call, budget: Budget, warn: Callable[[str], None] = lambda message: None) -> None:
        self._call = call
        self.budget = budget
        self.warn = warn
        self._wrote = False
        self._run = uuid.uuid4()
        self.request_id = ""  # of the last write; while there is none, of the last read

    def read(self, product: str, operation: str, **params: t.Any) -> Params:
        answer = repeat(lambda: self._call(product, operation, params), self.budget)
        if not self._wrote:
            self.request_id = str(answer.get("RequestId") or "")
        return answer

    def pages(self, product: str, operation: str, key: str, **params: t.Any) -> Iterator[Params]:
        """The items of a list that is paged by NextToken."""
        for body in self.answers(product, operation, **params):
            yield from body.get(key) or []

    def answers(self, product: str, operation: str, **params: t.Any) -> Iterator[Params]:
        """The answers of an operation that is paged by NextToken, each with as many items as it may have."""
        params["MaxResults"] = PAGES.get(operation, PAGE)
        while True:
            body = self.read(product, operation, **params)
            yield body
            if not body.get("NextToken"):
                return
            params["NextToken"] = body["NextToken"]

    def numbered(
        self, product: str, operation: str, key: str, paging: tuple[str, str], size: int, **params: t.Any
    ) -> Iterator[Params]:
        """The items of a list that is paged by number; ``paging`` names the parameters, ``key`` may be a path."""
        number, seen = 1, 0
        while True:
            body = self.read(product, operation, **params, **{paging[0]: number, paging[1]: size})
            items: t.Any = body
            for step in key.split("."):
                items = (items or {}).get(step)
            yield from items or []
            seen += len(items or [])
            if not items or seen >= int(body.get("TotalCount") or 0):
                return
            number += 1

    def write(self, product: str, action: Action, params: Params, *, new: bool = False) -> Params:
        """Perform ``action`` and return the answer. ``new``: on a resource that this run has just created.

        Its ClientToken follows from the run and from what is sent, so that the service recognises every repetition.
        """
        if action.token:
            content = json.dumps([product, action.operation, params], sort_keys=True, default=str)
            params = {**params, "ClientToken": str(uuid.uuid5(self._run, content))}
        try:
            answer = repeat(
                lambda: self._call(product, action.operation, params),
                self.budget,
                find_created=action.find_created,
                patience=PATIENCE_AFTER_CREATE if new and not action.deletes else PATIENCE,
            )
            self._wrote, self.request_id = True, str(answer.get("RequestId") or "")
            return answer
        except CloudError as error:
            if action.deletes and error.kind is Kind.MISSING:
                return {}
            # That the name is taken has a code that is not documented everywhere: look rather than compare codes.
            maybe = error.kind in (Kind.EXISTS, Kind.INVALID)
            if action.find_created and maybe and (result := action.find_created()) is not None:
                return result
            raise

    def try_out(self, product: str, action: Action, params: Params) -> None:
        """Let the service check ``action`` without performing it (DryRun)."""
        try:
            repeat(lambda: self._call(product, action.operation, {**params, "DryRun": True}), self.budget)
        except CloudError as error:
            if error.kind is not Kind.DRY_RUN:
                raise
