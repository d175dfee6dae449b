# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API of the sandbox, under ``/_sandbox/``. Requests are not signed."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

from . import __version__
from .alb.operations import LIFECYCLES
from .cloud import Cloud

Answer = tuple[int, t.Any]
_DIGITS = 18  # of a sequence number
_LONGEST_DELAY = 86400  # seconds


class Control:
    """Answers requests to ``/_sandbox/<name>``."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._routes: dict[tuple[str, str], Callable[[dict[str, str], t.Any], t.Any]] = {
            ("GET", "health"): self._health,
            ("POST", "reset"): lambda _query, _body: cloud.reset(),
            ("POST", "seed"): lambda _query, body: cloud.seed(body),
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "delays"): lambda _query, _body: cloud.jobs.delays(),
            ("PUT", "delays"): lambda _query, body: cloud.jobs.delays(_delays(body)),
            ("GET", "certificate-headers"): lambda _query, _body: cloud.certificate_headers(),
            ("PUT", "certificate-headers"): lambda _query, body: cloud.certificate_headers(body),
            ("GET", "faults"): lambda _query, _body: cloud.faults.list(),
            ("POST", "faults"): lambda _query, body: vars(cloud.faults.add(body)),
            ("DELETE", "faults"): lambda _query, _body: cloud.faults.clear(),
        }

    def handle(self, method: str, name: str, query: dict[str, str], body: bytes) -> Answer:
        """Returns HTTP status and answer. An invalid request is answered with 400 and the reason."""
        route = self._routes.get((method, name))
        if route is None:
            known = ", ".join(f"{verb} {path}" for verb, path in self._routes)
            return 404, {"error": f"The control API has {known}."}
        try:
            result = route(query, json.loads(body) if body else {})
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
            return 400, {"error": f"{type(problem).__name__}: {problem}"}
        return 200, {"ok": True} if result is None else result

    def _health(self, _query: dict[str, str], _body: t.Any) -> t.Any:
        with self._cloud.store.transaction():
            processing = self._cloud.store.next_job() is not None
        settings = self._cloud.settings
        return {
            "status": "ok",
            "version": __version__,
            "data_plane": settings.data_plane,
            "region": settings.region,
            "strict": settings.strict,
            "address_pool": settings.address_pool,
            "jobs_processing": processing,
            "servers": [vars(item) for item in self._cloud.jobs.health()],
        }

    def _requests(self, query: dict[str, str], _body: t.Any) -> t.Any:
        with self._cloud.store.transaction():
            after = int(query.get("after", "0")[:_DIGITS])
            return self._cloud.store.requests(query.get("writes", "") in ("1", "true"), after)

    def _clear_requests(self, _query: dict[str, str], _body: t.Any) -> None:
        with self._cloud.store.transaction():
            self._cloud.store.clear_requests()


def _delays(body: dict[str, t.Any]) -> dict[str, float]:
    known = {"default", *LIFECYCLES}
    if set(body) - known:
        raise ValueError(f"delays are set for {', '.join(sorted(known))}")
    for name, value in body.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_DELAY:
            raise ValueError(f"{name} has to be a number of seconds from 0 to {_LONGEST_DELAY}")
    return {name: float(value) for name, value in body.items()}
