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
from .verdict import Answer
from .wire import Connection

_MOST = 65536  # octets of a body that are read
_LONGEST_LINE = 200  # characters of its first line that are kept


@dataclasses.dataclass(frozen=True)
class Target:
    """``host`` goes into SNI and Host; ``timeout`` (seconds) is for the whole request.

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

    ``context`` has been through :func:`wire.observed`. With ``session`` the answer says whether it was resumed.
    """
    started = time.monotonic()
    blank = Answer(verdict.UNREACHABLE, "", address=address)
    try:
        raw = connect(target, address, target.port)
    except ConnectionResetError as error:  # accepted, and closed before this side noticed
        return _ended(blank, error, target), None
    except OSError as error:
        return dataclasses.replace(blank, reason=unreachable(error, target, address, target.port)), None
    with raw:
        try:
            tls = wrap(raw, target, context, session)
        except OSError as error:
            return _ended(blank, error, target), None
        with tls:
            try:
                tls.arm(started + target.timeout)
                tls.do_handshake()
            except OSError as error:
                return _ended(blank, error, target, tls), None
            cipher = tls.cipher()
            shaken = dataclasses.replace(
                blank,
                tls_version=(tls.version() or "").replace("TLSv", "") or None,
                cipher=cipher[0] if cipher else None,
                alpn=tls.selected_alpn_protocol(),
                server_certificate=tls.getpeercert(binary_form=True),
                resumed=bool(tls.session_reused),
            )
            answer = _exchange(shaken, tls, target)
            seconds = time.monotonic() - started
            # In TLS 1.3 the session comes after the handshake: it is there now.
            return dataclasses.replace(answer, seconds=seconds), tls.session


def connect(target: Target, address: str, port: int) -> socket.socket:
    """Raises OSError."""
    return socket.create_connection((address, port), target.timeout)


def wrap(
    raw: socket.socket, target: Target, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> Connection:
    """The connection before its handshake. Raises OSError when it has been closed already."""
    tls = context.wrap_socket(raw, server_hostname=target.host, session=session, do_handshake_on_connect=False)
    return t.cast(Connection, tls)


def unreachable(error: OSError, target: Target, address: str, port: int) -> str:
    """The reason, when there is no connection."""
    why = f"no answer within {target.timeout:g} s" if isinstance(error, TimeoutError) else error.strerror or error
    return f"cannot connect to {address} port {port}: {why}"


def _exchange(shaken: Answer, tls: Connection, target: Target) -> Answer:
    # A server that has refused already may not take the request any more. Its alert can still be read.
    with contextlib.suppress(OSError):
        tls.sendall(message(target, target.port, 443))
    response = http.client.HTTPResponse(tls, method="GET")
    try:
        response.begin()
    except OSError as error:
        return _ended(shaken, error, target, tls)
    except http.client.HTTPException as error:
        return dataclasses.replace(shaken, verdict=verdict.GARBAGE, reason=f"the answer is not HTTP: {error!r}")
    found, reason = verdict.of_status(response.status)
    body = b""
    try:
        while len(body) < _MOST and (part := response.read1(_MOST - len(body))):
            body += part
    except TimeoutError:
        if found == verdict.ACCEPTED:
            found, reason = verdict.SLOW, f"the answer began, but did not end within {target.timeout:g} s"
    except (OSError, http.client.HTTPException):
        pass  # cut off; what has come counts
    text = body.decode(errors="replace").strip()
    line = (text.splitlines() or [""])[0][:_LONGEST_LINE]
    if found == verdict.REFUSED_HTTP and (said := verdict.reason_of(text, line)):
        reason = f"{reason}: {said}"
    return dataclasses.replace(
        shaken,
        verdict=found,
        reason=reason,
        http_status=response.status,
        line=line,
        header=(response.getheader(target.header) or "")[:_LONGEST_LINE] if target.header else None,
    )


def _ended(so_far: Answer, error: OSError, target: Target, tls: Connection | None = None) -> Answer:
    found, reason, alert = verdict.of_error(error, target.timeout, asked=tls is not None and tls.asked)
    return dataclasses.replace(so_far, verdict=found, reason=reason, alert=alert)


def message(target: Target, port: int, usual: int) -> bytes:
    """The GET request, for ``port`` where ``usual`` needs no mention."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    mention = "" if port == usual else f":{port}"
    return (
        f"GET {target.path} HTTP/1.1\r\nHost: {host}{mention}\r\nUser-Agent: alicloud.mtls\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
