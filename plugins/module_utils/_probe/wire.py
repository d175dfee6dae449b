# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says in its handshake, for which Python has no function: the chain it serves, and the CAs it asks for.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import ssl
import time
import typing as t

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.x509.oid import NameOID

_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13  # handshake messages (RFC 8446, 4; RFC 5246, 7.4)
_CERTIFICATE_AUTHORITIES = 47  # extension (RFC 8446, 4.2.4)


class Connection(ssl.SSLSocket):
    """A TLS socket that remembers the messages above, and whose reads end at ``deadline`` (of time.monotonic)."""

    deadline: float
    heard: dict[int, tuple[bool, bytes]]  # message: is it of TLS 1.3, and its body

    def arm(self, deadline: float) -> None:
        """Has to be called before the handshake."""
        self.deadline, self.heard = deadline, {}
        self._left()

    def recv_into(self, *args: t.Any, **kwargs: t.Any) -> int:
        """As that of a socket. A server that sends an octet now and then does not begin the time anew."""
        self._left()
        return super().recv_into(*args, **kwargs)

    def _left(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)

    @property
    def asked(self) -> bool:
        """Whether the server asked for a certificate of the client."""
        return _CERTIFICATE_REQUEST in self.heard

    @property
    def chain(self) -> list[bytes]:
        """The certificates that the server sent, DER, in its order."""
        with contextlib.suppress(ValueError):
            return certificates(*self.heard.get(_CERTIFICATE, (False, b"")))
        return []

    @property
    def authorities(self) -> list[str] | None:
        """Names of the CAs that the server named, or None when it asked for no certificate."""
        if not self.asked:
            return None
        with contextlib.suppress(ValueError):
            return [readable(each) for each in authorities(*self.heard[_CERTIFICATE_REQUEST])]
        return []


def observed(context: ssl.SSLContext) -> ssl.SSLContext:
    """Makes the connections of ``context`` a :class:`Connection`."""
    context.sslsocket_class = Connection
    # Not public, but there since Python 3.8, and the only way to what TLS 1.3 encrypts.
    setattr(context, "_msg_callback", _hear)  # noqa: B010
    return context


def _hear(connection: t.Any, direction: str, version: int, _content: int, kind: int, data: bytes) -> None:
    if direction == "read" and kind in (_CERTIFICATE, _CERTIFICATE_REQUEST) and isinstance(connection, Connection):
        connection.heard[int(kind)] = (int(version) >= ssl.TLSVersion.TLSv1_3, data[4:])  # after type and length


def certificates(is_13: bool, body: bytes) -> list[bytes]:
    """Those of a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2). Raises ValueError."""
    if is_13:
        _context, body = _vector(body, 1)
    rest, _end = _vector(body, 3)
    found = []
    while rest:
        certificate, rest = _vector(rest, 3)
        found.append(certificate)
        if is_13:
            _extensions, rest = _vector(rest, 2)
    return found


def authorities(is_13: bool, body: bytes) -> list[bytes]:
    """The DER names of a CertificateRequest (RFC 8446, 4.3.2; RFC 5246, 7.4.4). Raises ValueError."""
    _types, body = _vector(body, 1)
    if is_13:
        rest, _end = _vector(body, 2)
        named = b"\0\0"
        while rest:
            kind, rest = rest[:2], rest[2:]
            extension, rest = _vector(rest, 2)
            if int.from_bytes(kind, "big") == _CERTIFICATE_AUTHORITIES:
                named = extension
    else:
        _algorithms, named = _vector(body, 2)
    rest, _end = _vector(named, 2)
    found = []
    while rest:
        name, rest = _vector(rest, 2)
        found.append(name)
    return found


def _vector(data: bytes, width: int) -> tuple[bytes, bytes]:
    """A field that begins with its length in ``width`` octets, and what comes after it."""
    end = width + int.from_bytes(data[:width], "big")
    if len(data) < max(width, end):
        raise ValueError("a message that ends too early")
    return data[width:end], data[end:]


def readable(name: bytes) -> str:
    """A DER name as RFC 4514 writes it. cryptography reads none by itself, so it becomes that of a request."""
    algorithm = bytes.fromhex("300506032b6570")  # Ed25519
    key = _der(0x30, algorithm + _der(0x03, b"\0" * 33))
    info = _der(0x30, b"\x02\x01\0" + name + key + _der(0xA0, b""))
    request = _der(0x30, info + algorithm + _der(0x03, b"\0" * 65))
    return x509.load_der_x509_csr(request).subject.rfc4514_string({NameOID.EMAIL_ADDRESS: "emailAddress"})


def _der(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value
