# SPDX-License-Identifier: GPL-3.0-or-later
"""Names whose resolver is broken, slow, or half right."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import resolve

HOST = "www.example.com"


@contextlib.contextmanager
def resolver(answers: dict[str, str | int | None], asked: list[str] | None = None) -> Iterator[str]:
    """Notes in ``asked`` of what kind each question is.

    Answers each kind of question with an address, with an error code, with nothing (""), or not at all.
    """
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
                if asked is not None:
                    asked.append(kind)
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
    # What answers is to be in time on a busy machine too; what does not answer costs all of the time.
    seconds = 5 if None in answers.values() else 20
    with resolver(answers) as server:
        assert resolve.addresses(HOST, None, server, seconds) == expected


@pytest.mark.parametrize(
    ("answers", "seconds", "message", "questions"),
    [
        ({"A": SERVFAIL, "AAAA": SERVFAIL}, 20, "does not resolve www.example.com", {"A", "AAAA"}),
        ({"A": NXDOMAIN, "AAAA": NXDOMAIN}, 20, "does not exist", {"A"}),
        ({"A": "", "AAAA": ""}, 20, "has no address for www.example.com", {"A", "AAAA"}),
        # The other kind would cost the time again.
        ({"A": None, "AAAA": None}, 0.3, "does not resolve www.example.com", {"A"}),
    ],
)
def test_no_address_at_all(
    answers: dict[str, str | int | None], seconds: float, message: str, questions: set[str]
) -> None:
    asked: list[str] = []
    with resolver(answers, asked) as server, pytest.raises(resolve.UnresolvedError, match=message):
        resolve.addresses(HOST, None, server, seconds)
    assert set(asked) == questions


def test_the_resolver_of_the_system_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_arguments: object, **_options: object) -> list[object]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(resolve.UnresolvedError, match=r"no answer within 0\.2 s"):
        resolve.addresses(HOST, None, None, 0.2)
    over.set()  # not before: the resolver has said nothing


def test_the_resolver_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve.addresses("127.0.0.1", None, None, 60) == ["127.0.0.1"]

    def unknown(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # A name that does not exist would be asked of a network that need not be there.
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(resolve.UnresolvedError, match=r"cannot resolve .*Name or service not known"):
        resolve.addresses(HOST, None, None, 60)
