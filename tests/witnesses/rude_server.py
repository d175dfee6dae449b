# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that behaves as no server should, or as few do: ``rude_server.py MANNER PORT [PEM [CA]]``.

A process of its own, so that neither its threads nor its TLS are those of the test.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
_open = _most = 0
_changed = threading.Condition()
RUDE_SECONDS = 120


def forever(send: Callable[[], object]) -> None:
    """Until the other side is gone, or nobody would wait for it any more."""
    end = time.monotonic() + RUDE_SECONDS
    while time.monotonic() < end:
        send()
        time.sleep(0.05)


def hang(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def hang_later(tls: socket.socket) -> None:
    tls.recv(4096)
    hang(tls)


def slow(tls: socket.socket) -> None:
    tls.sendall(HEAD + b"Hel")
    hang(tls)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    forever(lambda: connection.sendall(b"a"))


def go_on(connection: socket.socket) -> None:
    """A reader that waits for the final answer reads forever."""
    forever(lambda: connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"))


def close(tls: socket.socket) -> None:
    tls.recv(4096)


def escape(tls: socket.socket) -> None:
    """Text that a terminal would take for commands."""
    tls.recv(4096)
    tls.sendall(HEAD + b"\x1b[31mThis is ECS01.\x07\n")


def count(tls: socket.socket) -> None:
    """Answers when there are three, or no third comes, with the most connections that there have been at once."""
    tls.recv(4096)
    with _changed:
        _changed.wait_for(lambda: _open >= 3, 0.3)
    tls.sendall(HEAD + str(_most).encode())


def ask_later(tls: ssl.SSLSocket) -> None:
    """Asks for a certificate after the request (RFC 8446, 4.6.2)."""
    tls.recv(4096)
    tls.verify_client_post_handshake()
    tls.settimeout(0.05)
    for _time in range(100):
        with contextlib.suppress(TimeoutError):
            tls.recv(4096)
        if tls.getpeercert():
            tls.sendall(HEAD + b"hello")
            return


PLAIN = {
    "hanging": hang,
    "reset": reset,
    "garbage": lambda connection: connection.sendall(bytes(range(256))),
    "dripping-http": drip,
    "continue-http": go_on,
}
TLS = {
    "hanging-later": hang_later,
    "slow": slow,
    "dripping": drip,
    "continue": go_on,
    "closing": close,
    "closing-12": close,
    "escape": escape,
    "counting": count,
    "asking-later": ask_later,
}


def main(manner: str, port: str, pem: str = "", ca: str = "") -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if pem:
        context.load_cert_chain(pem)
    if ca:
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    if manner == "closing-12":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if manner == "asking-later":
        context.verify_mode, context.post_handshake_auth = ssl.CERT_REQUIRED, True

    def serve(connection: socket.socket) -> None:
        global _open, _most
        with contextlib.suppress(OSError), connection:
            if manner in PLAIN:
                PLAIN[manner](connection)
                return
            with context.wrap_socket(connection, server_side=True) as tls:
                with _changed:
                    _open += 1
                    _most = max(_most, _open)
                    _changed.notify_all()
                try:
                    TLS[manner](tls)
                finally:
                    with _changed:
                        _open -= 1

    with socket.create_server(("127.0.0.1", int(port)), backlog=128) as listener:
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
