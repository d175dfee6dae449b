# SPDX-License-Identifier: GPL-3.0-or-later
"""The RPC gateway in front of the products: signature, parameters, idempotence, dry runs, faults, the request log.

Sources: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and, for signature version
1.0, https://help.aliyun.com/en/sdk/product-overview/rpc-mechanism (2026-11-25).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import time
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from . import credentials, rpc_signature, signature
from .cloud import PRODUCTS, Cloud
from .errors import ApiError, ErrorTable, MissingParameterError, gateway_error, missing
from .faults import Fault
from .product import Call, Operation, Product
from .request import COMMON, Request
from .response import Response
from .schema import decode, redact
from .store import Doc

log = logging.getLogger(__name__)
_VERSIONS = {product.version: product for product in PRODUCTS}

# Kinds of faults that answer with an error, and its code; and the kinds whose requests are performed all the same.
_FAULT_CODES = {"throttle": "Throttling.User", "error": "ServiceUnavailable", "late_error": "InternalError"}
_DONE = ("late_error", "lost_response")


@dataclass
class _Called:
    """The operation that a request calls, and its parameters; those in ``ignored`` are not of the operation."""

    product: Product | None
    operation: Operation | None
    given: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether the request is to change the cloud."""
        return bool(self.operation and self.operation.write and self.given.get("DryRun", "").lower() != "true")


class Gateway:
    """Answers requests, one at a time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def slow(self, request: Request) -> float:
        """Returns the seconds that a fault delays this request."""
        fault = self._cloud.faults.take(request.action, {"slow"})
        return fault.seconds if fault else 0

    def handle(self, request: Request) -> Response:
        """Returns the response, and adds the request to the request log."""
        started = time.time()
        product = _VERSIONS.get(request.version)
        called = _Called(product, product.operations.get(request.action) if product else None)
        # One commit for nonce, operation and log; what the operation did is undone by itself if it fails.
        with self._cloud.store.transaction():
            response = self._respond(request, called)
            self._log(request, called, response, started)
        if called.writes:
            self._cloud.jobs.wake()
        return response

    def _respond(self, request: Request, called: _Called) -> Response:
        """Returns the response, also for an error."""
        product = called.product
        try:
            response = self._answer(request, called)
        except MissingParameterError as error:
            table = product.errors if product else ErrorTable()
            response = self.error(request, MissingParameterError(error.parameter, table.missing), product)
        except ApiError as error:
            response = self.error(request, error, product)
        except Exception:
            log.exception("%s %s", request.version, request.action)
            response = self.error(request, gateway_error("InternalError"), product)
        if request.wants_xml:
            root = "Error" if response.status >= 400 else f"{request.action}Response"
            response = dataclasses.replace(response, root=root)
        return response

    def _log(self, request: Request, called: _Called, response: Response, started: float) -> None:
        entry = {
            "time": datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds"),
            "product": called.product.name if called.product else "",
            "version": request.version,
            "action": request.action,
            "write": called.writes,
            "params": redact(called.operation.params if called.operation else {}, called.given),
            "ignored": called.ignored,
            "http_status": response.status,
            "code": response.payload.get("Code", ""),
            "request_id": request.request_id,
            "user_agent": request.headers.get("user-agent", ""),
            "client_token": called.given.get("ClientToken", ""),
            "duration_ms": round((time.time() - started) * 1000, 1),
        }
        self._cloud.log(entry, response.payload)

    def _answer(self, request: Request, called: _Called) -> Response:
        sent = request.parameters()
        own = called.operation.params if called.operation else {}
        called.given = {name: value for name, value in sent.items() if name in own or name not in COMMON}
        access_key = self._verify(request, sent)
        if not request.action:
            raise missing("Action")
        if called.product is None:
            raise gateway_error("InvalidProduct.NotFound")
        if called.operation is None:
            raise gateway_error("InvalidApi.NotFound", f"The sandbox has no {request.action} in {called.product.name}.")
        fault = self._cloud.faults.take(request.action, {*_FAULT_CODES, "lost_response"})
        if fault and fault.kind not in _DONE:
            return self._struck(request, called.product, fault)
        call = Call(
            called.product,
            request.action,
            request.region(self._cloud.settings.region, called.product.central),
            self._cloud.store,
            self._cloud.jobs,
            self._cloud.settings.address_pool,
            self._cloud.settings.url,
            access_key,
        )
        with self._cloud.store.transaction():
            result = self._perform(call, called)
        if fault and fault.kind in _FAULT_CODES:
            return self._struck(request, called.product, fault)
        return Response(200, {"RequestId": request.request_id, **result}, lost=fault is not None)

    def _verify(self, request: Request, sent: Mapping[str, str]) -> str:
        """Returns the id of the access key that has signed the request with all these parameters. Raises ApiError."""
        now = time.time()
        store, settings = self._cloud.store, self._cloud.settings

        def first_use(nonce: str, when: float) -> bool:
            return store.first_use(nonce, when, 2 * max(signature.WINDOW, rpc_signature.WINDOW))

        def secret_of(access_key_id: str, token: str) -> str:
            own = (settings.access_key_id, settings.access_key_secret)
            return credentials.secret_of(store, own, access_key_id, token)

        if not request.is_acs3:
            return rpc_signature.verify(
                method=request.method, pairs=sent, secret_of=secret_of, now=now, first_use=first_use
            )
        return signature.verify(
            method=request.method,
            path="/",
            query=request.query,
            headers=request.headers,
            body=request.body,
            secret_of=secret_of,
            now=now,
            first_use=first_use,
        )

    def _perform(self, call: Call, called: _Called) -> Doc:
        assert called.operation
        args = decode(called.operation.params, called.given, called.ignored)
        if called.ignored and self._cloud.settings.strict:
            unknown = ", ".join(name or "a parameter without a name" for name in called.ignored)
            raise gateway_error("InvalidParameter", f"Not a parameter of this operation: {unknown}.")
        token, dry_run = args.pop("ClientToken", ""), args.pop("DryRun", False)

        def perform() -> Doc:
            assert called.operation
            result = called.operation.handler(call, args)
            if dry_run:
                raise gateway_error("DryRunOperation")  # undoes the operation
            return result

        return _once(call, token, called.given, perform) if token else perform()

    def _struck(self, request: Request, product: Product, fault: Fault) -> Response:
        default = _FAULT_CODES[fault.kind]
        error = gateway_error(default)
        if fault.code and fault.code != default:
            error = ApiError(fault.code, "An injected fault.", 400)
        error.status = fault.http_status or error.status
        response = self.error(request, error, product)
        if fault.retry_after:
            response.headers["x-acs-retry-after"] = str(fault.retry_after)
        return response

    @staticmethod
    def error(request: Request, error: ApiError, product: Product | None = None) -> Response:
        """Returns the response for an error."""
        name = product.name if product else ""
        address = (
            f"https://api.aliyun.com/troubleshoot?q={quote(error.code)}&product={name}&requestId={request.request_id}"
        )
        payload: dict[str, t.Any] = {
            "RequestId": request.request_id,
            "HostId": request.headers.get("host", ""),
            "Code": error.code,
            "Message": error.message,
            "Recommend": address,
        }
        return Response(error.status, payload)


def _once(call: Call, token: str, given: Mapping[str, str], perform: Callable[[], Doc]) -> Doc:
    """Returns the result of the first call with a client token, and performs it if this is the first.

    Raises ApiError if the parameters are not those of the first call.
    """
    scope = ":".join((call.access_key_id, call.product.name, call.action, call.region, token))
    rest = sorted((name, value) for name, value in given.items() if name != "ClientToken")
    digest = hashlib.sha256(json.dumps(rest).encode()).hexdigest()
    if recorded := call.store.token(scope):
        if recorded[0] != digest:
            raise gateway_error("IdempotentParameterMismatch")
        return recorded[1]
    result = perform()
    call.store.put_token(scope, digest, result)
    return result
