# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request: a TCP connection, a whole TLS handshake, an HTTP request, and its answer. Private to this collection.

In TLS 1.3 a client has finished its handshake before the server has looked at its certificate: a refusal arrives only
when the answer is read (RFC 8446, 4.4.2.4 and appendix E.1.2). So nothing is decided before that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import socket
import ssl
import time
import typing as t

from . import verdict
from .messages import Message, printable, say
from .tls_messages import Connection, Timed
from .verdict import Answer, Look

_MOST = 65536  # octets of a body that are read
_LONGEST_LINE = 200  # characters of its first line that are kept


@dataclasses.dataclass(frozen=True)
class Target:
    """``host`` (ASCII) goes into SNI and Host; ``timeout`` (seconds) is for the whole request.

    ``header`` names the response header that is kept.
    """

    host: str
    port: int
    path: str
    timeout: float
    header: str | None = None


def request(
    target: Target, address: str, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[Answer, ssl.SSLSession | None]:
    """The answer, and a session to resume when it was let in. Never raises for what a network or a server does.

    ``context`` has been through :func:`tls_messages.observed`. With ``session`` the answer says whether it was resumed.
    """
    started = time.monotonic()
    blank = Answer(verdict.UNREACHABLE, say("none"), address=address)
    try:
        raw = connect(target, address, target.port)
    except ConnectionResetError as error:  # accepted, and closed before this side noticed
        return _ended(blank, error, target), None
    except OSError as error:
        return dataclasses.replace(blank, reason=unreachable(error, target, address, target.port)), None
    with raw:
        tls, seen = shake(raw, target, context, session, deadline=started + target.timeout)
        shaken = dataclasses.replace(blank, look=seen)
        if tls is None or seen.error:
            with tls or contextlib.nullcontext():
                return _ended(shaken, t.cast(OSError, seen.error), target), None
        with tls:
            answer = _exchange(shaken, tls, target)
            seconds = time.monotonic() - started
            # In TLS 1.3 the session comes after the handshake: it is there now.
            return dataclasses.replace(answer, seconds=seconds), tls.session


def look(target: Target, address: str, context: ssl.SSLContext) -> Look:
    """A handshake, and no request. Never raises for what a network or a server does."""
    deadline = time.monotonic() + target.timeout
    try:
        raw = connect(target, address, target.port)
    except OSError as error:
        return Look(error)
    with raw:
        tls, seen = shake(raw, target, context, deadline=deadline)
        if tls:
            tls.close()
        return seen


def connect(target: Target, address: str, port: int) -> Timed:
    """A TCP connection, to be armed before it is read from. Raises OSError."""
    return Timed(fileno=socket.create_connection((address, port), target.timeout).detach())


def shake(
    raw: socket.socket,
    target: Target,
    context: ssl.SSLContext,
    session: ssl.SSLSession | None = None,
    *,
    deadline: float,
) -> tuple[Connection | None, Look]:
    """The connection after its handshake, which the caller closes, or None when it was closed before one."""
    try:
        tls = context.wrap_socket(raw, server_hostname=target.host, session=session, do_handshake_on_connect=False)
    except OSError as error:
        return None, Look(error)
    tls = t.cast(Connection, tls)
    problem = None
    try:
        tls.arm(deadline)
        tls.do_handshake()
    except OSError as error:
        problem = error
    return tls, tls.look(problem)


def unreachable(error: OSError, target: Target, address: str, port: int) -> Message:
    """The reason, when there is no connection."""
    if isinstance(error, TimeoutError):
        return say("no_connection_in_time", address=address, port=port, seconds=f"{target.timeout:g}")
    return say("no_connection", address=address, port=port, why=error.strerror or str(error))


def _exchange(shaken: Answer, tls: Connection, target: Target) -> Answer:
    # A server that has refused already may not take the request any more. Its alert can still be read.
    with contextlib.suppress(OSError):
        tls.sendall(message(target, target.port, 443))
    response = http.client.HTTPResponse(tls, method="GET")
    # A server may ask for a certificate only now (RFC 8446, 4.6.2), so what was heard is looked at again.
    try:
        response.begin()
    except OSError as error:
        return _ended(dataclasses.replace(shaken, look=tls.look(None)), error, target, complete=True)
    except http.client.HTTPException as error:
        return dataclasses.replace(shaken, verdict=verdict.GARBAGE, reason=say("no_http", why=repr(error)))
    seen = tls.look(None)
    found, reason = verdict.of_status(response.status, asked=seen.asked)
    body = b""
    try:
        while len(body) < _MOST and (part := response.read1(_MOST - len(body))):
            body += part
    except TimeoutError:
        if found == verdict.ACCEPTED:
            found, reason = verdict.SLOW, say("slow", seconds=f"{target.timeout:g}")
    except (OSError, http.client.HTTPException):
        pass  # cut off; what has come counts
    text = body.decode(errors="replace").strip()
    line = printable((text.splitlines() or [""])[0][:_LONGEST_LINE])
    if found == verdict.REFUSED_HTTP and (said := verdict.reason_of(text, line)):
        reason += say("said", text=said)
    return dataclasses.replace(
        shaken,
        verdict=found,
        reason=reason,
        http_status=response.status,
        line=line,
        header=printable((response.getheader(target.header) or "")[:_LONGEST_LINE]) if target.header else None,
        look=seen,
    )


def _ended(so_far: Answer, error: OSError, target: Target, *, complete: bool = False) -> Answer:
    seen = so_far.look
    let_in = complete and seen.version == "1.2"
    found, reason, alert = verdict.of_error(error, target.timeout, asked=seen.asked, let_in=let_in)
    return dataclasses.replace(so_far, verdict=found, reason=reason, alert=alert)


def message(target: Target, port: int, usual: int) -> bytes:
    """The GET request, for ``port`` where ``usual`` needs no mention."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    mention = "" if port == usual else f":{port}"
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: {host}{mention}\r\nUser-Agent: alicloud.mtls\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
