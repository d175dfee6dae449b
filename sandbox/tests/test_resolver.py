# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver, asked by dig."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest
from alicloud_sandbox.resolver import Record, Resolver

ALB = "alb-1.cn-hangzhou.alb.aliyuncs.com"
ZONE: dict[str, list[Record]] = {
    "www.example.com": [("CNAME", ALB, 600)],
    ALB: [("A", "127.64.0.2", 60)],
    "mail.example.com": [("A", "192.0.2.1", 5), ("A", "192.0.2.2", 5), ("AAAA", "2001:db8::1", 5)],
    "example.com": [
        ("MX", "10 mail.example.com", 600),
        ("TXT", "v=spf1 -all; " + "x" * 300, 600),
        ("NS", "ns1.example.com", 600),
        ("SRV", "1 2 443 www.example.com", 600),
        ("CAA", '0 issue "ca.example.net"', 600),
    ],
    "dangling.example.com": [("CNAME", "nowhere.example.com", 600)],
    "loop.example.com": [("CNAME", "loop.example.com", 600)],
    "forward.example.com": [("REDIRECT_URL", "https://example.net/", 600), ("TXT", "x", 600)],
    "big.example.com": [("A", f"192.0.2.{i}", 5) for i in range(60)],
}


def lookup(name: str, qtype: str) -> list[Record]:
    if name == "broken.example.com":
        raise RuntimeError("a bug behind the resolver")
    return [record for record in ZONE.get(name, []) if qtype in ("ANY", record[0])]


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    server = Resolver("127.0.0.1", 0, lookup)
    server.start()
    yield server
    server.close()


def dig(resolver: Resolver, *question: str) -> tuple[str, list[str], str]:
    """Status, answers and the flags line."""
    command = ["dig", "@127.0.0.1", "-p", str(resolver.port), "+noall", "+answer", "+comments", "+tries=1", *question]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
    status = next(line.partition("status: ")[2].partition(",")[0] for line in lines if "status: " in line)
    answers = [" ".join(line.split()) for line in lines if line and not line.startswith(";")]
    return status, answers, next(line for line in lines if line.startswith(";; flags"))


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
@pytest.mark.parametrize(
    ("question", "status", "answers"),
    [
        (
            ("www.example.com", "A"),
            "NOERROR",
            [f"www.example.com. 600 IN CNAME {ALB}.", f"{ALB}. 60 IN A 127.64.0.2"],
        ),
        (("WWW.Example.COM", "CNAME"), "NOERROR", [f"www.example.com. 600 IN CNAME {ALB}."]),
        (("www.example.com", "AAAA"), "NOERROR", [f"www.example.com. 600 IN CNAME {ALB}."]),
        (("mail.example.com", "AAAA"), "NOERROR", ["mail.example.com. 5 IN AAAA 2001:db8::1"]),
        (("mail.example.com", "TXT"), "NOERROR", []),
        (("nowhere.example.com", "A"), "NXDOMAIN", []),
        (("elsewhere.test", "A"), "NXDOMAIN", []),
        (("dangling.example.com", "A"), "NXDOMAIN", ["dangling.example.com. 600 IN CNAME nowhere.example.com."]),
        (("forward.example.com", "ANY"), "NOERROR", ['forward.example.com. 600 IN TXT "x"']),
        (("loop.example.com", "A"), "SERVFAIL", []),
        (("broken.example.com", "A"), "SERVFAIL", []),
        (("example.com", "MX"), "NOERROR", ["example.com. 600 IN MX 10 mail.example.com."]),
        (("example.com", "NS"), "NOERROR", ["example.com. 600 IN NS ns1.example.com."]),
        (("example.com", "SRV"), "NOERROR", ["example.com. 600 IN SRV 1 2 443 www.example.com."]),
        (("example.com", "CAA"), "NOERROR", ['example.com. 600 IN CAA 0 issue "ca.example.net"']),
    ],
)
def test_answers(
    resolver: Resolver, transport: str, question: tuple[str, ...], status: str, answers: list[str]
) -> None:
    found = dig(resolver, transport, *question)
    assert (found[0], [line.lower() for line in found[1]]) == (status, [line.lower() for line in answers])
    assert " ra" in found[2]


def test_long_text_is_split_and_whole(resolver: Resolver) -> None:
    _status, (answer,), _flags = dig(resolver, "example.com", "TXT")
    assert answer.partition("TXT ")[2].replace('" "', "").strip('"') == ZONE["example.com"][1][1]


def test_an_answer_too_long_for_udp_is_truncated_and_whole_over_tcp(resolver: Resolver) -> None:
    assert " tc" in dig(resolver, "big.example.com", "A", "+noedns", "+ignore")[2]
    assert len(dig(resolver, "big.example.com", "A", "+noedns")[1]) == 60


def test_nonsense_is_survived(resolver: Resolver) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"nonsense", ("127.0.0.1", resolver.port))
    assert dig(resolver, "mail.example.com", "AAAA")[0] == "NOERROR"


def test_the_port_is_free_after_close() -> None:
    first = Resolver("127.0.0.1", 0, lookup)
    first.start()
    with pytest.raises(OSError, match=r"(?i)in use"):
        Resolver("127.0.0.1", first.port, lookup)
    first.close()
    second = Resolver("127.0.0.1", first.port, lookup)
    second.close()
    second.close()
