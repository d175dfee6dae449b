# SPDX-License-Identifier: GPL-3.0-or-later
"""Names whose resolver is broken, slow, or half right."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import resolve

HOST = "www.example.com"


@contextlib.contextmanager
def resolver(answers: dict[str, str | int | None]) -> Iterator[str]:
    """Answers each kind of question with an address, with an error code, with nothing (""), or not at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = listener.recvfrom(4096)
                if not data:
                    return
                query = dns.message.from_wire(data)
                kind = query.question[0].rdtype.name
                found = answers[kind]
                if found is None:
                    continue
                reply = dns.message.make_response(query)
                reply.flags |= dns.flags.RA
                if isinstance(found, int):
                    reply.set_rcode(dns.rcode.Rcode(found))
                elif found:
                    reply.answer.append(dns.rrset.from_text(f"{HOST}.", 60, "IN", kind, found))
                listener.sendto(reply.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", listener.getsockname())
        thread.join(5)


SERVFAIL, NXDOMAIN = 2, 3


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"A": "192.0.2.1", "AAAA": "2001:db8::1"}, ["192.0.2.1", "2001:db8::1"]),
        ({"A": "192.0.2.1", "AAAA": SERVFAIL}, ["192.0.2.1"]),
        ({"A": SERVFAIL, "AAAA": "2001:db8::1"}, ["2001:db8::1"]),
        ({"A": "192.0.2.1", "AAAA": ""}, ["192.0.2.1"]),
        ({"A": "192.0.2.1", "AAAA": None}, ["192.0.2.1"]),
    ],
)
def test_one_kind_of_address_does_not_take_away_the_other(
    answers: dict[str, str | int | None], expected: list[str]
) -> None:
    with resolver(answers) as server:
        assert resolve.addresses(HOST, None, server, 0.5) == expected


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"A": SERVFAIL, "AAAA": SERVFAIL}, "does not resolve www.example.com"),
        ({"A": NXDOMAIN, "AAAA": NXDOMAIN}, "does not exist"),
        ({"A": "", "AAAA": ""}, "has no address for www.example.com"),
        ({"A": None, "AAAA": None}, "does not resolve www.example.com"),
    ],
)
def test_no_address_at_all(answers: dict[str, str | int | None], message: str) -> None:
    started = time.monotonic()
    with resolver(answers) as server, pytest.raises(resolve.UnresolvedError, match=message):
        resolve.addresses(HOST, None, server, 0.3)
    assert time.monotonic() - started < 1


def test_the_resolver_of_the_system_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_arguments: object, **_options: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(resolve.socket, "getaddrinfo", never)
    started = time.monotonic()
    with pytest.raises(resolve.UnresolvedError, match=r"no answer within 0\.2 s"):
        resolve.addresses(HOST, None, None, 0.2)
    assert time.monotonic() - started < 2
    over.set()


def test_the_resolver_of_the_system() -> None:
    assert resolve.addresses("127.0.0.1", None, None, 5) == ["127.0.0.1"]
    with pytest.raises(resolve.UnresolvedError, match="cannot resolve"):
        resolve.addresses("256.256.256.256.invalid.", None, None, 5)
