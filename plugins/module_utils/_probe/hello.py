# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the cipher suites of TLS 1.3 that a server accepts; Python's ssl cannot choose them.

A server answers a ClientHello without a key share (RFC 8446, 4.2.8) with a HelloRetryRequest, which names the suite in
clear text. So two messages suffice, and no cryptography is needed. Private to this collection.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import ssl
import time

from . import handshake
from .handshake import Target
from .tls_messages import vector

# RFC 8446, B.4; OpenSSL has the same names.
SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_AES_128_CCM_SHA256": 0x1304,
    "TLS_AES_128_CCM_8_SHA256": 0x1305,
}
_ALERT, _HANDSHAKE = 21, 22  # types of records
_SERVER_HELLO = 2
_WARNING = 1  # level of an alert
_DECLINED = frozenset({40, 70, 71})  # alerts: handshake_failure, protocol_version, insufficient_security
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)  # x25519, the curves of NIST
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B)


def selected_suite(target: Target, address: str, suites: list[str]) -> str | None:
    """Return the one of ``suites`` that the server selects, None when it declines all.

    Raises OSError when the server neither selects nor declines.
    """
    deadline = time.monotonic() + target.timeout
    with handshake.connect(target, address, target.port) as connection:
        connection.set_deadline(deadline)
        connection.sendall(client_hello(target.host, [SUITES[name] for name in suites]))
        with connection.makefile("rb") as stream:
            while True:
                head = _not_empty(stream.read(5))
                body = _not_empty(stream.read(int.from_bytes(head[3:], "big")))
                if head[0] == _ALERT and body[0] == _WARNING:
                    continue
                if head[0] == _ALERT and body[-1] in _DECLINED:
                    return None
                if head[0] != _HANDSHAKE or body[0] != _SERVER_HELLO or len(body) < 39 or len(body) < 41 + body[38]:
                    raise ssl.SSLError("the answer is no ServerHello")
                number = int.from_bytes(body[39 + body[38] : 41 + body[38]], "big")
                return next((name for name in suites if SUITES[name] == number), None)


def _not_empty(data: bytes) -> bytes:
    if not data:
        raise ConnectionResetError("the server closed the connection")
    return data


def client_hello(host: str, suites: list[int]) -> bytes:
    """Return the record with a ClientHello (RFC 8446, 4.1.2 and 5.1)."""
    extensions = b""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        host = ""  # an address is no server name (RFC 6066, 3)
    if host:
        extensions += _extension(0, vector(b"\0" + vector(host.encode(), 2), 2))
    extensions += _extension(10, vector(_pairs(_GROUPS), 2))
    extensions += _extension(13, vector(_pairs(_SIGNATURES), 2))
    extensions += _extension(43, vector(b"\3\4", 1))  # TLS 1.3 only
    extensions += _extension(45, vector(b"\1", 1))
    extensions += _extension(51, vector(b"", 2))  # no key share
    hello = b"\3\3" + secrets.token_bytes(32) + vector(secrets.token_bytes(32), 1)
    hello += vector(_pairs(suites), 2) + vector(b"\0", 1) + vector(extensions, 2)
    return b"\x16\3\1" + vector(b"\1" + vector(hello, 3), 2)


def _extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "big") + vector(body, 2)


def _pairs(numbers: tuple[int, ...] | list[int]) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)
