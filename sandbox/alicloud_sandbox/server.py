# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server of the products and of the control API, on one port."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import socket
import typing as t
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from urllib.parse import parse_qsl

import uvicorn
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from . import hints, status, tls
from .cloud import Cloud, Settings, address
from .control import Control
from .errors import gateway_error
from .gateway import Gateway
from .pca.crl import PATH as _CRL
from .request import Request
from .response import Response

log = logging.getLogger(__name__)
_CONTROL = "/_sandbox/"
_PKIX = "application/pkix-crl"  # RFC 2585
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    # Nothing from elsewhere, and no script: names on the page are those that clients have chosen.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LONGEST_HEAD = 512 * 1024  # bytes of a request line with headers: SDKs send certificates in the query


class Application:
    """The ASGI application."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gateway = Gateway(cloud)
        self._control = Control(cloud)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        body = await _body(receive)
        if body is None:
            return
        path, method, query = scope["path"], scope["method"], scope["query_string"].decode("latin-1")
        if path in (_CONTROL, _CONTROL.rstrip("/")):
            await (await self._status(scope, method, query))(scope, receive, send)
            return
        if path.startswith(_CONTROL):
            name = path.removeprefix(_CONTROL)
            # In a thread: seed and reset wait for the data plane.
            code, answer = await asyncio.to_thread(self._control.handle, method, name, dict(parse_qsl(query)), body)
            await JSONResponse(answer, code)(scope, receive, send)
            return
        if path.startswith(_CRL) and method == "GET":
            await self._crl(path)(scope, receive, send)
            return
        head: dict[str, str] = {}
        for name, value in scope["headers"]:  # the first of several; a mapping of Starlette searches them all each time
            head.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        request = Request(method, query, head, body)
        if path != "/" or method not in ("GET", "POST"):
            refusal = gateway_error("InvalidApi.NotFound", "The RPC protocol has GET and POST of /.")
            await _respond(self._gateway.error(request, refusal), request, send)
            return
        if seconds := self._gateway.slow(request):
            await asyncio.sleep(seconds)
        response = self._gateway.handle(request)
        if response.lost:
            await _drop(receive, send)
            return
        await _respond(response, request, send)

    async def _status(self, scope: Scope, method: str, query: str) -> HttpResponse:
        if method not in ("GET", "HEAD"):
            return JSONResponse({"error": "The status page has GET and HEAD."}, 405, {"Allow": "GET, HEAD"})
        if scope["path"] != _CONTROL:
            return RedirectResponse(_CONTROL)
        accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        language = dict(parse_qsl(query)).get("lang") or accepted[:2]
        html = await asyncio.to_thread(status.page, self._cloud, language)
        return HTMLResponse(html, headers=_PAGE_HEADERS)

    def _crl(self, path: str) -> HttpResponse:
        crl = self._cloud.crl(path)
        missing = JSONResponse({"error": "There is no such CRL."}, 404)
        return missing if crl is None else HttpResponse(crl, media_type=_PKIX)


async def _body(receive: Receive) -> bytes | None:
    """Returns the body of a request, or None if the client has left before its end."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message["body"])
        if not message["more_body"]:
            return b"".join(chunks)


async def _respond(response: Response, request: Request, send: Send) -> None:
    media_type, body = response.encode()
    headers = {
        "x-acs-request-id": request.request_id,
        "content-type": media_type,
        "content-length": str(len(body)),
        **response.headers,
    }
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def _drop(receive: Receive, send: Send) -> None:
    """Closes the connection without a byte of response: ``send`` is a method of uvicorn's cycle, with the transport."""
    send.__self__.transport.abort()  # type: ignore[attr-defined]  # not a part of ASGI
    while (await receive())["type"] != "http.disconnect":
        pass


def serve(
    host: str, port: int, configure: Callable[[int], Settings], ready: Callable[[dict[str, t.Any]], None]
) -> None:
    """Runs a sandbox until SIGTERM or SIGINT. ``configure`` gets the port, which the system chose if ``port`` is 0.

    Raises OSError (ports, files), StateDirectoryBusyError, DataPlaneError.
    """
    os.umask(0o077)
    _raise_limit_of_files()
    sock = _listen(host, port)
    settings = configure(sock.getsockname()[1])
    cloud = Cloud(settings)
    files = tls.prepare(settings.state_dir / "tls", settings.host, settings.region) if settings.tls else None
    server = uvicorn.Server(
        uvicorn.Config(
            Application(cloud),
            lifespan="off",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            ssl_certfile=files.certificate if files else None,
            ssl_keyfile=files.key if files else None,
        )
    )

    # uvicorn handles these signals while it runs, and raises them again at its end. Before, a flag is enough; an
    # exception from a signal handler can get lost.
    def leave(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    try:
        cloud.start()
        if settings.data_plane != "off":
            log.info("The data plane calls loopback and registered addresses (seed) only.")
        ready(
            {
                "endpoint": settings.endpoint,
                "ca": str(files.ca) if files else None,
                "dns": address(settings.host, cloud.dns_port) if cloud.dns_port else None,
                "pid": os.getpid(),
                "state_dir": str(settings.state_dir),
            }
        )
        ca = str(files.ca) if files else None
        log.info("%s", hints.text(settings.endpoint, ca, settings.region, settings.access_key_id))
        server.run([sock])
    finally:
        cloud.close()
        sock.close()


def _raise_limit_of_files() -> None:
    """Allows as many open files as the system does: Nginx inherits the limit, and has a socket for each listener."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    # With an explicit protocol asyncio disables Nagle's algorithm: 0.5 ms instead of 40 ms per request.
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(128)
    return sock


def announce(ready_file: Path | None) -> Callable[[dict[str, t.Any]], None]:
    """Returns a function that reports on standard output, and in a file, that the sandbox is ready.

    The file appears with its whole content.
    """

    def ready(facts: dict[str, t.Any]) -> None:
        line = json.dumps(facts)
        if ready_file:
            partial = ready_file.with_name(f"{ready_file.name}.{os.getpid()}")
            partial.write_text(line + "\n")
            partial.replace(ready_file)
        print(line, flush=True)

    return ready
