# SPDX-License-Identifier: GPL-3.0-or-later
"""A hello for TLS 1.3, and what may come back: a choice, a refusal, or neither, which must not pass for a refusal."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import hello
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target

SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def server_hello(suite: int, session: bytes = b"\7" * 32) -> bytes:
    return b"\2\0\0\0\3\3" + bytes(32) + bytes([len(session)]) + session + suite.to_bytes(2, "big") + b"\0"


@contextlib.contextmanager
def answering(sent: bytes) -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(sent)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Target("www.example.com", listener.getsockname()[1], "/", 5)
        thread.join(5)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (record(22, server_hello(0x1302)), SUITES[1]),
        (record(22, server_hello(0x1301, b"")), SUITES[0]),
        (record(21, b"\1\x70") + record(22, server_hello(0x1301)), SUITES[0]),  # a warning before it
        (record(21, b"\2\x28"), None),  # handshake_failure
        (record(21, b"\2\x46"), None),  # protocol_version
        (record(22, server_hello(0xC02F)), None),  # of TLS 1.2, from a server that does not know better
    ],
)
def test_what_a_server_says(sent: bytes, expected: str | None) -> None:
    with answering(sent) as target:
        assert hello.selected_suite(target, "127.0.0.1", SUITES) == expected


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        record(22, server_hello(0x1301)[:60]),
        record(22, server_hello(0x1301)[:20]),
        record(22, server_hello(0x1301))[:30],
        record(22, b""),
        record(21, b"\2\x50"),  # internal_error
        record(23, b"data"),
    ],
)
def test_what_says_nothing(sent: bytes) -> None:
    with answering(sent) as target, pytest.raises(OSError, match=r"."):
        hello.selected_suite(target, "127.0.0.1", SUITES)
