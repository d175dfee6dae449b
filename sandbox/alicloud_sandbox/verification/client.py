# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends signed requests without an SDK, which would hide details of the answers."""

from __future__ import annotations

import ipaddress
import time
import typing as t
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from .. import signature
from ..regions import CHINA_STORE, INTERNATIONAL_STORE, certificate_store
from .credentials import Credentials

_ATTEMPTS = 5
_TIMEOUT = 30.0  # seconds
_READS = ("Describe", "Get", "List")

_STORES = {CHINA_STORE: "cas.aliyuncs.com", INTERNATIONAL_STORE: "cas.ap-southeast-1.aliyuncs.com"}
_PRODUCTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "alb": ("2020-06-16", lambda region: f"alb.{region}.aliyuncs.com"),
    "cas": ("2020-04-07", lambda region: _STORES[certificate_store(region)]),
    "alidns": ("2015-01-09", lambda region: "alidns.aliyuncs.com"),
    "ecs": ("2014-05-26", lambda region: f"ecs.{region}.aliyuncs.com"),
}


class NoAnswerError(Exception):
    """A request without a readable answer. It may have been performed."""


@dataclass(frozen=True)
class Answer:
    """An answer of the service; ``code`` is empty when the request was performed."""

    status: int
    body: Mapping[str, t.Any] = field(repr=False)

    @property
    def code(self) -> str:
        return "" if self.status < 300 else str(self.body.get("Code") or "")

    @property
    def refusal(self) -> str:
        """Status and code of an error as text; empty for success."""
        return f"{self.status} {self.code or 'without a code'}" if self.status >= 300 else ""


class Caller(t.Protocol):
    """Sends a request of a product; see :meth:`Client.__call__`."""

    def __call__(self, product: str, operation: str, **params: t.Any) -> Answer: ...


@dataclass(frozen=True)
class Client:
    """Calls operations. An ``endpoint`` serves every product, over plain HTTP if it is on this machine."""

    credentials: Credentials
    region: str
    endpoint: str = ""
    pause: Callable[[float], None] = time.sleep

    def signed_by(self, credentials: Credentials) -> Client:
        """Returns a client with another access key."""
        return replace(self, credentials=credentials)

    def __call__(self, product: str, operation: str, **params: t.Any) -> Answer:
        """Returns the answer, which may be an error. Throttled requests and failed reads are repeated.

        Raises NoAnswerError.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            try:
                answer = self._send(product, operation, params)
            except NoAnswerError:
                if last or not operation.startswith(_READS):
                    raise
            else:
                passing = answer.code.startswith("Throttling") or (
                    answer.status >= 500 and operation.startswith(_READS)
                )
                if last or not passing:
                    return answer
            self.pause(0.2 * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send(self, product: str, operation: str, params: Mapping[str, t.Any]) -> Answer:
        version, host_of = _PRODUCTS[product]
        host = self.endpoint or host_of(self.region)
        flat = {"RegionId": self.region, **params} if product == "ecs" else params
        query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(_flat(flat)))
        headers = {
            "host": host,
            "user-agent": "alicloud-sandbox/verify-assumptions",
            "x-acs-action": operation,
            "x-acs-version": version,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            **({"x-acs-security-token": self.credentials.token} if self.credentials.token else {}),
        }
        signed = signature.sign(
            query=query, headers=headers, body=b"", key=self.credentials.key, secret=self.credentials.secret
        )
        scheme = "http" if _is_here(host) else "https"
        try:
            response = httpx.post(
                f"{scheme}://{host}/?{query}", headers=signed, timeout=_TIMEOUT, trust_env=scheme == "https"
            )
            body = response.json()
        except (httpx.HTTPError, ValueError) as problem:
            raise NoAnswerError(f"{host}: {type(problem).__name__}: {problem}") from None
        return Answer(response.status_code, body if isinstance(body, dict) else {})


def _flat(params: t.Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields the parameters of the RPC protocol: ``Tag.1.Key``."""
    items = params.items() if isinstance(params, Mapping) else ((str(n), v) for n, v in enumerate(params, 1))
    for name, value in items:
        if isinstance(value, (dict, list)):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", str(value).lower() if isinstance(value, bool) else str(value)


def _is_here(host: str) -> bool:
    name = host.rpartition(":")[0].strip("[]") or host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
