# SPDX-License-Identifier: GPL-3.0-or-later
"""The RPC gateway in front of the products: signature, parameters, idempotence, dry runs, faults, the request log.

Source: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
import typing as t
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from . import signature
from .cloud import PRODUCTS, Cloud
from .errors import ApiError, ErrorTable, MissingParameterError, gateway_error, missing
from .faults import Fault
from .product import Call, Operation, Product
from .schema import decode, redact
from .store import Doc

log = logging.getLogger(__name__)
_DEFAULT_REGION = "cn-hangzhou"
_PRODUCT_HOST = re.compile(r"[a-z-]+\.(?P<region>[a-z]{2}-[a-z0-9-]+)\.aliyuncs\.com(:\d+)?")
_VERSIONS = {product.version: product for product in PRODUCTS}

# Kinds of faults that answer with an error, and its code; and the kinds whose requests are performed all the same.
_FAULT_CODES = {"throttle": "Throttling.User", "error": "ServiceUnavailable", "late_error": "InternalError"}
_DONE = ("late_error", "lost_response")


@dataclass
class Request:
    """One HTTP request; header names are lower-case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())

    @property
    def action(self) -> str:
        """The name of the operation."""
        return self.headers.get("x-acs-action", "")

    @property
    def region(self) -> str:
        """The region, from the host name of the product's endpoint: the SDK does not send it otherwise."""
        match = _PRODUCT_HOST.fullmatch(self.headers.get("host", ""))
        return match["region"] if match else _DEFAULT_REGION

    def flat(self) -> dict[str, str]:
        """Returns the parameters of the query and of a form body."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs)


@dataclass(frozen=True)
class Response:
    """The response to a request. With ``lost`` the operation is done, and the connection has to be dropped."""

    status: int
    payload: Doc
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class Gateway:
    """Answers requests, one at a time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._secrets = {cloud.settings.access_key_id: cloud.settings.access_key_secret}

    def slow(self, request: Request) -> float:
        """Returns the seconds that a fault delays this request."""
        fault = self._cloud.faults.take(request.action, {"slow"})
        return fault.seconds if fault else 0

    def handle(self, request: Request) -> Response:
        """Returns the response, and adds the request to the request log."""
        started = time.time()
        version = request.headers.get("x-acs-version", "")
        product = _VERSIONS.get(version)
        operation = product.operations.get(request.action) if product else None
        flat: dict[str, str] = {}
        try:
            flat = request.flat()
            response = self._answer(request, product, operation, flat)
        except MissingParameterError as error:
            table = product.errors if product else ErrorTable()
            response = self._error(request, product, MissingParameterError(error.parameter, table.missing))
        except ApiError as error:
            response = self._error(request, product, error)
        except Exception:
            log.exception("%s %s", version, request.action)
            response = self._error(request, product, gateway_error("InternalError"))
        writes = bool(operation and operation.write and flat.get("DryRun", "").lower() != "true")
        entry = {
            "time": datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds"),
            "product": product.name if product else "",
            "version": version,
            "action": request.action,
            "write": writes,
            "params": redact(operation.params if operation else {}, flat),
            "http_status": response.status,
            "code": response.payload.get("Code", ""),
            "request_id": request.request_id,
            "user_agent": request.headers.get("user-agent", ""),
            "client_token": flat.get("ClientToken", ""),
            "duration_ms": round((time.time() - started) * 1000, 1),
        }
        self._cloud.log(entry)
        return response

    def _answer(
        self, request: Request, product: Product | None, operation: Operation | None, flat: dict[str, str]
    ) -> Response:
        access_key = self._verify(request)
        if not request.action:
            raise missing("Action")
        if product is None:
            raise gateway_error("InvalidProduct.NotFound")
        if operation is None:
            raise gateway_error("InvalidApi.NotFound", f"The sandbox has no {request.action} in {product.name}.")
        fault = self._cloud.faults.take(request.action, {*_FAULT_CODES, "lost_response"})
        if fault and fault.kind not in _DONE:
            return self._struck(request, product, fault)
        call = Call(
            product,
            request.action,
            request.region,
            self._cloud.store,
            self._cloud.jobs,
            self._cloud.settings.address_pool,
            self._cloud.settings.endpoint,
        )
        with self._cloud.store.transaction():
            result = self._perform(call, operation, flat, access_key)
        self._cloud.jobs.wake()
        if fault and fault.kind in _FAULT_CODES:
            return self._struck(request, product, fault)
        return Response(200, {"RequestId": request.request_id, **result}, lost=fault is not None)

    def _verify(self, request: Request) -> str:
        now = time.time()
        store = self._cloud.store

        def first_use(nonce: str, when: float) -> bool:
            with store.transaction():
                return store.first_use(nonce, when, 2 * signature.WINDOW)

        return signature.verify(
            method=request.method,
            path="/",
            query=request.query,
            headers=request.headers,
            body=request.body,
            secrets=self._secrets,
            now=now,
            first_use=first_use,
        )

    def _perform(self, call: Call, operation: Operation, flat: dict[str, str], access_key: str) -> Doc:
        args = decode(operation.params, flat)
        token, dry_run = args.pop("ClientToken", ""), args.pop("DryRun", False)
        scope = ":".join((access_key, call.product.name, call.action, call.region, token))
        rest = sorted((name, value) for name, value in flat.items() if name != "ClientToken")
        digest = hashlib.sha256(json.dumps(rest).encode()).hexdigest()
        recorded = call.store.token(scope) if token else None
        if recorded and recorded[0] != digest:
            raise gateway_error("IdempotentParameterMismatch")
        if recorded:
            return recorded[1]
        result = operation.handler(call, args)
        if dry_run:
            raise gateway_error("DryRunOperation")  # undoes the operation
        if token:
            call.store.put_token(scope, digest, result)
        return result

    def _struck(self, request: Request, product: Product, fault: Fault) -> Response:
        default = _FAULT_CODES[fault.kind]
        error = gateway_error(default)
        if fault.code and fault.code != default:
            error = ApiError(fault.code, "An injected fault.", 400)
        error.status = fault.http_status or error.status
        response = self._error(request, product, error)
        if fault.retry_after:
            response.headers["x-acs-retry-after"] = str(fault.retry_after)
        return response

    @staticmethod
    def _error(request: Request, product: Product | None, error: ApiError) -> Response:
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
