# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says in its handshake, for which Python has no function: the chain it serves, and the CAs it asks for.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import typing as t

from .verdict import Look

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.x509.oid import NameOID

_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13  # handshake messages (RFC 8446, 4; RFC 5246, 7.4)
_CERTIFICATE_AUTHORITIES = 47  # extension (RFC 8446, 4.2.4)
_VERSIONS = {0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
# Of OpenSSL 3.2 (ssl.h), without a name in Python: a compressed certificate (RFC 8879) is another message.
_NO_COMPRESSED_CERTIFICATES = 1 << 33


class Timed(socket.socket):
    """A socket whose reads end at ``deadline`` (of time.monotonic), however slowly the other side sends."""

    deadline: float

    def arm(self, deadline: float) -> None:
        """Has to be called before anything is read. Raises TimeoutError when it is too late already."""
        self.deadline = deadline
        self._left()

    def recv_into(self, *args: t.Any, **kwargs: t.Any) -> int:
        """As that of a socket. An octet now and then does not begin the time anew."""
        self._left()
        return super().recv_into(*args, **kwargs)

    def _left(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)


class Connection(Timed, ssl.SSLSocket):
    """A TLS socket that remembers the messages above."""

    heard: dict[int, tuple[int, bytes]]  # message: version of TLS, and body

    def arm(self, deadline: float) -> None:
        """Before the handshake, in which the messages come."""
        self.heard = {}
        super().arm(deadline)

    def look(self, error: OSError | None) -> Look:
        """What has been seen until ``error``."""
        cipher = self.cipher()
        return Look(
            error,
            tuple(self._chain()),
            self._authorities(),
            # That of the socket is gone with an alert.
            next((_VERSIONS.get(version) for version, _body in self.heard.values()), None)
            or (self.version() or "").replace("TLSv", "")
            or None,
            cipher[0] if cipher else None,
            self.selected_alpn_protocol(),
            bool(self.session_reused),
        )

    def _chain(self) -> list[bytes]:
        with contextlib.suppress(ValueError):
            if found := certificates(*self.heard.get(_CERTIFICATE, (0, b""))):
                return found
        # Nothing was heard where a session is resumed, or where OpenSSL has a message that is not known here.
        with contextlib.suppress(ValueError):
            leaf = self.getpeercert(binary_form=True)
            return [leaf] if leaf else []
        return []

    def _authorities(self) -> tuple[bytes, ...] | None:
        if _CERTIFICATE_REQUEST not in self.heard:
            return None
        with contextlib.suppress(ValueError):
            return tuple(authorities(*self.heard[_CERTIFICATE_REQUEST]))
        return ()


def observed(context: ssl.SSLContext) -> ssl.SSLContext:
    """Makes the connections of ``context`` a :class:`Connection`."""
    context.sslsocket_class = Connection
    if ssl.OPENSSL_VERSION_INFO >= (3, 2):
        context.options |= _NO_COMPRESSED_CERTIFICATES
    # Not public, but there since Python 3.8, and the only way to what TLS 1.3 encrypts.
    setattr(context, "_msg_callback", _hear)  # noqa: B010
    return context


def _hear(connection: t.Any, direction: str, version: int, _content: int, kind: int, data: bytes) -> None:
    if direction == "read" and kind in (_CERTIFICATE, _CERTIFICATE_REQUEST) and isinstance(connection, Connection):
        connection.heard[int(kind)] = (int(version), data[4:])  # after type and length


def certificates(version: int, body: bytes) -> list[bytes]:
    """Those of a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2). Raises ValueError."""
    is_13 = version >= ssl.TLSVersion.TLSv1_3
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


def authorities(version: int, body: bytes) -> list[bytes]:
    """The DER names of a CertificateRequest (RFC 8446, 4.3.2; RFC 5246, 7.4.4). Raises ValueError."""
    _types, body = _vector(body, 1)
    if version >= ssl.TLSVersion.TLSv1_3:
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


def name_of(name: bytes) -> x509.Name:
    """A DER name. cryptography reads none by itself, so it becomes that of a request. Raises ValueError."""
    algorithm = bytes.fromhex("300506032b6570")  # Ed25519
    key = _der(0x30, algorithm + _der(0x03, b"\0" * 33))
    info = _der(0x30, b"\x02\x01\0" + name + key + _der(0xA0, b""))
    request = _der(0x30, info + algorithm + _der(0x03, b"\0" * 65))
    return x509.load_der_x509_csr(request).subject


def readable(name: bytes) -> str:
    """A DER name as RFC 4514 writes it, or in hexadecimal where it cannot be read."""
    with contextlib.suppress(ValueError):
        return name_of(name).rfc4514_string({NameOID.EMAIL_ADDRESS: "emailAddress"})
    return f"#{name.hex()}"


def _der(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value
