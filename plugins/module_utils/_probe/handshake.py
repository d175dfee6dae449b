# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to the service: a TCP connection, a TLS handshake, an HTTP request, and its answer.

In TLS 1.3 a client has finished its handshake before the server has verified its certificate: a refusal arrives only
when the answer is read (RFC 8446, 4.4.2.4 and appendix E.1.2). So there is no verdict before that. Private to this
collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import socket
import ssl
import time
import typing as t
from dataclasses import dataclass

from .._nginx.client_identity import REFUSAL_HEADER
from . import verdict
from .messages import Message, printable, say
from .tls_messages import Connection, DeadlineSocket
from .verdict import Answer, Observation

_MAX_BODY = 65536  # octets of a body that are read
_MAX_LINE = 200  # characters of its first line that are kept


@dataclass(frozen=True)
class Target:
    """The service and the request to it.

    ``host`` (ASCII) goes into SNI and Host; ``timeout`` (seconds) covers the whole request; ``header`` names the
    response header that is kept; ``headers`` are more headers of the request.
    """

    host: str
    port: int
    path: str
    timeout: float
    header: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def request(
    target: Target, address: str, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[Answer, ssl.SSLSession | None]:
    """Request ``target`` from ``address``. Never raises for what a network or a server does.

    ``context`` has been through :func:`tls_messages.record_messages`. With ``session`` the answer says whether the
    server resumed it.

    Returns the answer, and the TLS session that the server offered, None if the client was not let in.
    """
    started = time.monotonic()
    blank = Answer(verdict.UNREACHABLE, say("none"), address=address)
    try:
        raw = connect(target, address, target.port)
    except ConnectionResetError as error:  # accepted, and closed before this side noticed
        return _failed(blank, error, target), None
    except OSError as error:
        return dataclasses.replace(blank, reason=unreachable(error, target, address, target.port)), None
    with raw:
        tls, seen = do_handshake(raw, target, context, session, deadline=started + target.timeout)
        answer = dataclasses.replace(blank, handshake=seen)
        if tls is None or seen.error:
            with tls or contextlib.nullcontext():
                return _failed(answer, t.cast(OSError, seen.error), target), None
        with tls:
            answer = _exchange(answer, tls, target)
            seconds = time.monotonic() - started
            # In TLS 1.3 the server sends the session after the handshake: it has arrived with the answer.
            return dataclasses.replace(answer, seconds=seconds), tls.session


def observe(target: Target, address: str, context: ssl.SSLContext) -> Observation:
    """Do a handshake without a request. Never raises for what a network or a server does."""
    deadline = time.monotonic() + target.timeout
    try:
        raw = connect(target, address, target.port)
    except OSError as error:
        return Observation(error)
    with raw:
        tls, seen = do_handshake(raw, target, context, deadline=deadline)
        if tls:
            tls.close()
        return seen


def connect(target: Target, address: str, port: int) -> DeadlineSocket:
    """Open a TCP connection, whose deadline the caller sets before the first read. Raises OSError."""
    return DeadlineSocket(fileno=socket.create_connection((address, port), target.timeout).detach())


def do_handshake(
    raw: socket.socket,
    target: Target,
    context: ssl.SSLContext,
    session: ssl.SSLSession | None = None,
    *,
    deadline: float,
) -> tuple[Connection | None, Observation]:
    """Do the TLS handshake on ``raw``.

    Returns the connection, which the caller closes (None if it was closed before the handshake), and the observation,
    with the error if the handshake failed.
    """
    try:
        tls = context.wrap_socket(raw, server_hostname=target.host, session=session, do_handshake_on_connect=False)
    except OSError as error:
        return None, Observation(error)
    tls = t.cast(Connection, tls)
    problem = None
    try:
        tls.set_deadline(deadline)
        tls.do_handshake()
    except OSError as error:
        problem = error
    return tls, tls.observation(problem)


def unreachable(error: OSError, target: Target, address: str, port: int) -> Message:
    """Return the reason why there is no TCP connection."""
    if isinstance(error, TimeoutError):
        return say("no_connection_in_time", address=address, port=port, seconds=f"{target.timeout:g}")
    return say("no_connection", address=address, port=port, why=error.strerror or str(error))


def _exchange(answer: Answer, tls: Connection, target: Target) -> Answer:
    """Send the request, and return ``answer`` completed with the response."""
    # A server that has refused already may not accept the request any more. Its alert can still be read.
    with contextlib.suppress(OSError):
        tls.sendall(get_request(target, target.port, 443))
    response = http.client.HTTPResponse(tls, method="GET")
    # A server may request a certificate only now (RFC 8446, 4.6.2), so the messages are read again.
    try:
        response.begin()
    except OSError as error:
        return _failed(dataclasses.replace(answer, handshake=tls.observation(None)), error, target, complete=True)
    except http.client.HTTPException as error:
        return dataclasses.replace(answer, verdict=verdict.GARBAGE, reason=say("no_http", why=repr(error)))
    seen = tls.observation(None)
    refusal = printable((response.getheader(REFUSAL_HEADER) or "")[:_MAX_LINE]) or None
    found, reason = verdict.of_status(response.status, asked=seen.asked or refusal is not None)
    if refusal:
        reason += say("refusal", reason=refusal)
    body = b""
    try:
        while len(body) < _MAX_BODY and (part := response.read1(_MAX_BODY - len(body))):
            body += part
    except TimeoutError:
        if found == verdict.ACCEPTED:
            found, reason = verdict.SLOW, say("slow", seconds=f"{target.timeout:g}")
    except (OSError, http.client.HTTPException):
        pass  # the connection broke off; what has arrived counts
    text = body.decode(errors="replace").strip()
    line = printable((text.splitlines() or [""])[0][:_MAX_LINE])
    if found == verdict.REFUSED_HTTP and not refusal and (explanation := verdict.reason_of(text, line)):
        reason += say("server_text", text=explanation)
    return dataclasses.replace(
        answer,
        verdict=found,
        reason=reason,
        http_status=response.status,
        refusal=refusal,
        line=line,
        header=printable((response.getheader(target.header) or "")[:_MAX_LINE]) if target.header else None,
        handshake=seen,
    )


def _failed(answer: Answer, error: OSError, target: Target, *, complete: bool = False) -> Answer:
    """Return ``answer`` with the verdict for ``error``; ``complete`` says that the handshake was completed."""
    seen = answer.handshake
    let_in = complete and seen.version == "1.2"
    found, reason, alert = verdict.of_error(error, target.timeout, asked=seen.asked, let_in=let_in)
    return dataclasses.replace(answer, verdict=found, reason=reason, alert=alert)


def get_request(target: Target, port: int, default_port: int) -> bytes:
    """Return the GET request; the Host header names ``port`` unless it is ``default_port``."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    suffix = "" if port == default_port else f":{port}"
    more = "".join(f"{name}: {value}\r\n" for name, value in target.headers)
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: {host}{suffix}\r\nUser-Agent: alicloud.mtls\r\nAccept: */*\r\n"
        f"{more}Connection: close\r\n\r\n"
    ).encode()
