# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the messages of a TLS handshake for which Python's ssl has no function: the chain, and the names of the CAs.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
import typing as t

from .._x509.package import x509
from .verdict import Observation

_CERTIFICATE, _CERTIFICATE_REQUEST = 11, 13  # handshake messages (RFC 8446, 4; RFC 5246, 7.4)
_CERTIFICATE_AUTHORITIES = 47  # extension (RFC 8446, 4.2.4)
_VERSIONS = {0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
# SSL_OP_NO_RX_CERTIFICATE_COMPRESSION of OpenSSL 3.2 (ssl.h), without a name in Python. A compressed certificate
# (RFC 8879) comes in a message of another type.
_NO_COMPRESSED_CERTIFICATES = 1 << 33


class DeadlineSocket(socket.socket):
    """A socket whose reads end at ``deadline`` (of time.monotonic), however slowly the other side sends."""

    deadline: float

    def set_deadline(self, deadline: float) -> None:
        """Set the deadline; to be called before the first read. Raises TimeoutError when it has passed already."""
        self.deadline = deadline
        self._set_remaining_time()

    def recv_into(self, *args: t.Any, **kwargs: t.Any) -> int:
        """Read like a socket, but within the time that remains: single octets do not extend it."""
        self._set_remaining_time()
        return super().recv_into(*args, **kwargs)

    def _set_remaining_time(self) -> None:
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        self.settimeout(seconds)


class Connection(DeadlineSocket, ssl.SSLSocket):
    """A TLS socket that records the Certificate and CertificateRequest messages of its handshake."""

    messages: dict[int, tuple[int, bytes]]  # type of the message: version of TLS, and body

    def set_deadline(self, deadline: float) -> None:
        """Set the deadline, and begin to record; to be called before the handshake."""
        self.messages = {}
        super().set_deadline(deadline)

    def observation(self, error: OSError | None) -> Observation:
        """Return what the server has shown until the handshake was completed or failed with ``error``."""
        cipher = self.cipher()
        return Observation(
            error,
            tuple(self._chain()),
            self._authorities(),
            # After an alert the socket no longer knows its version; the messages do.
            next((_VERSIONS.get(version) for version, _body in self.messages.values()), None)
            or (self.version() or "").replace("TLSv", "")
            or None,
            cipher[0] if cipher else None,
            self.selected_alpn_protocol(),
            bool(self.session_reused),
        )

    def _chain(self) -> list[bytes]:
        with contextlib.suppress(ValueError):
            if chain := certificates(*self.messages.get(_CERTIFICATE, (0, b""))):
                return chain
        # There is no Certificate message where a session is resumed, or OpenSSL uses a message type unknown here.
        with contextlib.suppress(ValueError):
            certificate = self.getpeercert(binary_form=True)
            return [certificate] if certificate else []
        return []

    def _authorities(self) -> tuple[bytes, ...] | None:
        if _CERTIFICATE_REQUEST not in self.messages:
            return None
        with contextlib.suppress(ValueError):
            return tuple(authorities(*self.messages[_CERTIFICATE_REQUEST]))
        return ()


def record_messages(context: ssl.SSLContext) -> ssl.SSLContext:
    """Make the connections of ``context`` a :class:`Connection`, and return it."""
    context.sslsocket_class = Connection
    if ssl.OPENSSL_VERSION_INFO >= (3, 2):
        context.options |= _NO_COMPRESSED_CERTIFICATES
    _set_message_callback(context, _on_message)
    return context


def _set_message_callback(context: ssl.SSLContext, callback: t.Callable[..., None]) -> None:
    """Have ``callback`` called for every TLS message.

    The attribute is not public, but Python has had it since 3.8, and in TLS 1.3 there is no other access to messages
    that are encrypted. Without it :class:`Connection` falls back to the public functions, which know less.
    """
    setattr(context, "_msg_callback", callback)  # noqa: B010 (private: its type is not declared)


def _on_message(connection: t.Any, direction: str, version: int, _content: int, kind: int, data: bytes) -> None:
    if direction == "read" and kind in (_CERTIFICATE, _CERTIFICATE_REQUEST) and isinstance(connection, Connection):
        connection.messages[int(kind)] = (int(version), data[4:])  # after type and length


def certificates(version: int, body: bytes) -> list[bytes]:
    """Return the certificates (DER) of a Certificate message (RFC 8446, 4.4.2; RFC 5246, 7.4.2). Raises ValueError."""
    is_13 = version >= ssl.TLSVersion.TLSv1_3
    if is_13:
        _context, body = split_vector(body, 1)
    rest, _end = split_vector(body, 3)
    found = []
    while rest:
        certificate, rest = split_vector(rest, 3)
        found.append(certificate)
        if is_13:
            _extensions, rest = split_vector(rest, 2)
    return found


def authorities(version: int, body: bytes) -> list[bytes]:
    """Return the CA names (DER) of a CertificateRequest (RFC 8446, 4.3.2; RFC 5246, 7.4.4). Raises ValueError."""
    _types, body = split_vector(body, 1)
    if version >= ssl.TLSVersion.TLSv1_3:
        rest, _end = split_vector(body, 2)
        names = b"\0\0"
        while rest:
            kind, rest = rest[:2], rest[2:]
            extension, rest = split_vector(rest, 2)
            if int.from_bytes(kind, "big") == _CERTIFICATE_AUTHORITIES:
                names = extension
    else:
        _algorithms, names = split_vector(body, 2)
    rest, _end = split_vector(names, 2)
    found = []
    while rest:
        name, rest = split_vector(rest, 2)
        found.append(name)
    return found


def split_vector(data: bytes, width: int) -> tuple[bytes, bytes]:
    """Split ``data`` after a vector (RFC 8446, 3.4) whose length takes ``width`` octets. Raises ValueError.

    Returns the contents of the vector, and the rest of ``data``.
    """
    end = width + int.from_bytes(data[:width], "big")
    if len(data) < max(width, end):
        raise ValueError("a message that ends too early")
    return data[width:end], data[end:]


def vector(data: bytes, width: int) -> bytes:
    """Return ``data`` as a vector (RFC 8446, 3.4) whose length takes ``width`` octets."""
    return len(data).to_bytes(width, "big") + data


def name_of(name: bytes) -> x509.Name:
    """Return the name that ``name`` encodes in DER. Raises ValueError.

    cryptography reads no name by itself, so this one becomes the subject of a certificate signing request.
    """
    algorithm = bytes.fromhex("300506032b6570")  # Ed25519
    key = _der(0x30, algorithm + _der(0x03, b"\0" * 33))
    info = _der(0x30, b"\x02\x01\0" + name + key + _der(0xA0, b""))
    request = _der(0x30, info + algorithm + _der(0x03, b"\0" * 65))
    return x509.load_der_x509_csr(request).subject


def name_text(name: bytes) -> str:
    """Return a DER name in the notation of RFC 4514, or in hexadecimal where it cannot be decoded."""
    with contextlib.suppress(ValueError):
        return name_of(name).rfc4514_string({x509.NameOID.EMAIL_ADDRESS: "emailAddress"})
    return f"#{name.hex()}"


def _der(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 128:
        return bytes([tag, length]) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + value
