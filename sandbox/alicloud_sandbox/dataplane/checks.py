# SPDX-License-Identifier: GPL-3.0-or-later
"""One health check of one server. Source of the reason codes: ALB 2020-06-16, GetListenerHealthStatus."""

from __future__ import annotations

import asyncio
import re
import ssl
import typing as t
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine

import h2.connection
import h2.events
import h2.exceptions

from ..topology import HealthCheck, Server

_T = t.TypeVar("_T")

_AGENT = "SLBHealthCheck"
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d\d\d)\b")

# Source: the gRPC health checking protocol (grpc.health.v1), and gRPC over HTTP/2: a message is preceded by a byte that
# says whether it is compressed, and by its length in four bytes.
_HEALTH_SERVICE = "/grpc.health.v1.Health/Check"
_REQUEST = bytes(5)  # HealthCheckRequest without a service: the server as a whole
_SERVING = b"\x00\x00\x00\x00\x02\x08\x01"  # HealthCheckResponse with the status SERVING


class CheckError(Exception):
    """A failed check: the reason code, and for RESPONSE_MISMATCH the status that the server answered with."""

    def __init__(self, reason: str, answered: str = "") -> None:
        super().__init__(reason)
        self.answered = answered


async def check(server: Server, settings: HealthCheck) -> None:
    """Checks a server once. Raises CheckError when it is not healthy."""
    protocol = settings.protocol.upper()
    tls = _no_verification() if protocol == "HTTPS" else None
    reader, writer = await _step(
        asyncio.open_connection(server.address, settings.port or server.port, ssl=tls), settings.timeout, "CONNECT"
    )
    try:
        if protocol in ("HTTP", "HTTPS"):
            await _http(reader, writer, server, settings)
        elif protocol == "GRPC":
            await _grpc(reader, writer, server, settings)
    finally:
        writer.transport.abort()  # the outcome is known: do not wait for the server to close the connection


async def _http(reader: StreamReader, writer: StreamWriter, server: Server, settings: HealthCheck) -> None:
    head = (
        f"{settings.method} {settings.path} HTTP/{settings.http_version}\r\nHost: {settings.host or server.address}\r\n"
    )
    writer.write(f"{head}User-Agent: {_AGENT}\r\nConnection: close\r\n\r\n".encode())
    await _step(writer.drain(), settings.timeout, "SEND_REQUEST")
    line = await _step(reader.readline(), settings.timeout, "RECV_RESPONSE")
    if not line:
        raise CheckError("RECV_RESPONSE_FAILED")
    match = _STATUS_LINE.match(line)
    if not match:
        raise CheckError("RESPONSE_FORMAT_ERROR")
    if not _healthy(int(match[1]), settings):
        raise CheckError("RESPONSE_MISMATCH", match[1].decode())


async def _grpc(reader: StreamReader, writer: StreamWriter, server: Server, settings: HealthCheck) -> None:
    method = "GET" if settings.method == "GET" else "POST"
    path = _HEALTH_SERVICE if settings.path == "/" else settings.path
    headers = [
        (":method", method),
        (":scheme", "http"),
        (":authority", settings.host or f"{server.address}:{settings.port or server.port}"),
        (":path", path),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("user-agent", _AGENT),
    ]
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    connection.send_headers(1, headers, end_stream=method == "GET")
    if method == "POST":
        connection.send_data(1, _REQUEST, end_stream=True)
    writer.write(connection.data_to_send())
    await _step(writer.drain(), settings.timeout, "SEND_REQUEST")
    status, message = await _step(_grpc_answer(reader, writer, connection), settings.timeout, "RECV_RESPONSE")
    if status is None:
        raise CheckError("RESPONSE_FORMAT_ERROR")
    not_serving = path == _HEALTH_SERVICE and status == 0 and message != _SERVING
    if not_serving or not _healthy(status, settings):
        raise CheckError("RESPONSE_MISMATCH", str(status))


async def _grpc_answer(
    reader: StreamReader, writer: StreamWriter, connection: h2.connection.H2Connection
) -> tuple[int | None, bytes]:
    """Returns the status of a gRPC answer (None when it is not one of gRPC) and its message."""
    status, message = "", b""
    while data := await reader.read(65536):
        if data.startswith(b"HTTP/1"):  # HTTP/2 would read this as the beginning of a huge frame
            return None, b""
        try:
            events = connection.receive_data(data)
        except h2.exceptions.ProtocolError:
            return None, b""
        writer.write(connection.data_to_send())  # settings and pings are acknowledged
        for event in events:
            if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                status = dict(event.headers).get(b"grpc-status", status.encode()).decode()
            elif isinstance(event, h2.events.DataReceived):
                message += event.data
            elif isinstance(event, h2.events.StreamEnded):
                return int(status) if status.isdigit() else None, message
            elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
                raise CheckError("RECV_RESPONSE_FAILED")
    raise CheckError("RECV_RESPONSE_FAILED")


def _healthy(status: int, settings: HealthCheck) -> bool:
    """Tells whether a status is in one of the ranges of a healthy server."""
    return any(low <= status <= high for low, high in settings.statuses)


async def _step(action: Coroutine[t.Any, t.Any, _T], timeout: float, name: str) -> _T:
    try:
        return await asyncio.wait_for(action, timeout)
    except TimeoutError:
        raise CheckError(f"{name}_TIMEOUT") from None
    except (OSError, ValueError, asyncio.LimitOverrunError):
        raise CheckError(f"{name}_FAILED") from None


def _no_verification() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
