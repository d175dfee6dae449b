# SPDX-License-Identifier: GPL-3.0-or-later
"""Server blocks as Nginx reads them, and which of them answers a client."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.servers import (
    ANY,
    ANY_IPV6,
    Listen,
    Reader,
    Wanted,
    answering,
    listen,
    problems,
    taken_over,
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("443 ssl default_server", Listen(ANY, 443, 443, ("ssl", "default_server"))),
        ("*:443", Listen(ANY, 443, 443)),
        ("127.0.0.1:8443 ssl", Listen("127.0.0.1", 8443, 8443, ("ssl",))),
        ("10.0.0.5", Listen("10.0.0.5", 80, 80)),
        ("[::]:443 ssl", Listen("[::]", 443, 443, ("ssl",))),
        ("[::1]", Listen("[::1]", 80, 80)),
        ("8000-8010", Listen(ANY, 8000, 8010)),
        ("localhost:8000", Listen("localhost", 8000, 8000)),
        ("unix:/run/nginx.sock", None),
        ("443 quic reuseport", None),
        ("", None),
    ],
)
def test_a_listen_directive(words: str, expected: Listen | None) -> None:
    assert listen(words.split()) == expected


def read(directory: Path, **files: str) -> Reader:
    """Read ``main``; the other files are included by their names."""
    for name, text in files.items():
        (directory / name).write_text(text)
    reader = Reader(lambda pattern: sorted(str(path) for path in directory.glob(pattern)))
    reader.read(str(directory / "main"))
    return reader


def test_blocks_are_read_in_the_order_of_their_includes(tmp_path: Path) -> None:
    reader = read(
        tmp_path,
        main="http { upstream u { server 127.0.0.1:1; } server { server_name first; } include site*; server { } }\n"
        'stream { server { listen 443; } } http { # "{\n server { include names; location / { listen 9; } } }',
        site_b="server { listen 443 ssl; server_name B '*.b'; ssl_certificate b.crt; }",
        site_a="content_by_lua_block { local a = '}' } server { listen 443 ssl; listen [::]:443 ssl; }",
        names="server_name included; include names;",
    )
    found = [(Path(server.file).name, server.module, server.names) for server in reader.servers]
    assert found == [
        ("main", "http", ["first"]),
        ("site_a", "http", []),
        ("site_b", "http", ["b", "*.b"]),
        ("main", "http", []),
        ("main", "stream", []),
        ("main", "http", ["included"]),
    ]
    assert reader.servers[2].certificates == ["b.crt"]
    assert reader.servers[0].listen(ANY, 80), "the default of Nginx"


NAMES = r"""
server { listen 443 ssl; server_name exact.example.com; set $is exact; }
server { listen 443 ssl; server_name *.example.com; }
server { listen 443 ssl; server_name *.deep.example.com; }
server { listen 443 ssl; server_name mail.*; }
server { listen 443 ssl; server_name ~^(?<label>x\d+)\.; }
server { listen 443 ssl; server_name .dot.example; }
server { listen 443 ssl default_server; server_name _; }
"""


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("exact.example.com", 0),
        ("EXACT.example.com", 0),
        ("a.example.com", 1),
        ("a.deep.example.com", 2),
        ("mail.example.org", 3),
        ("mail.example.com", 1),
        ("x12.example.org", 4),
        ("dot.example", 5),
        ("a.dot.example", 5),
        ("other.example.org", 6),
        ("", 6),
    ],
)
def test_the_block_that_answers(tmp_path: Path, name: str, block: int) -> None:
    servers = read(tmp_path, main="http {" + NAMES + "}").servers
    assert answering(servers, ANY, 443, name) is servers[block]
    assert answering(servers, ANY, 8443, name) is None


def wanted(directory: Path, *names: str, new: bool = True) -> Wanted:
    return Wanted(str(directory / "site_m"), 443, (ANY, ANY_IPV6), names, b"mine", new)


OTHERS = [
    ("site_a", "server { listen 443 ssl; ssl_certificate other; }", (), ["no name"]),
    ("site_z", "server { listen 443 ssl; ssl_certificate other; }", (), []),
    ("site_z", "server { listen 443 default_server ssl; ssl_certificate other; }", (), ["no name"]),
    ("site_z", "server { listen 127.0.0.1:443 ssl; ssl_certificate other; }", (), ["no name"]),
    ("site_z", "server { listen [::]:443 ssl default_server; ssl_certificate other; }", (), ["no name"]),
    ("site_a", "server { listen 443 ssl; ssl_certificate mine; }", (), []),
    ("site_a", "server { listen 443 ssl; ssl_certificate $ssl_server_name; }", (), []),
    ("site_a", "server { listen 443 ssl; server_name b; ssl_certificate other; }", ("www.example.com",), []),
    ("site_z", "server { listen 443; }", ("www.example.com",), ["without TLS"]),
    ("site_z", "server { listen 443; ssl on; }", ("www.example.com",), []),
    ("site_z", "server { listen 444; }", (), []),
    ("site_z", "} stream { server { listen 443; }", (), ["in a block stream"]),
]


@pytest.mark.parametrize(("file", "block", "names", "expected"), OTHERS)
def test_other_blocks_on_the_port(
    tmp_path: Path, file: str, block: str, names: tuple[str, ...], expected: list[str]
) -> None:
    name = " ".join(names) or "_"
    own = f"server {{ listen 443 ssl; listen [::]:443 ssl; server_name {name}; ssl_certificate mine; }}"
    servers = read(tmp_path, **{"main": "http { include site*; }", "site_m": own, file: block}).servers
    found = problems(servers, wanted(tmp_path, *names), str.encode)
    assert len(found) == len(expected)
    assert all(words in message for words, message in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("own", "file", "other", "new", "warned"),
    [
        ("443 ssl", "site_z", "443 ssl", True, True),
        ("443 ssl", "site_z", "443 ssl", False, False),
        ("443 ssl default_server", "site_z", "443 ssl", True, False),
        ("443 ssl", "site_a", "443 ssl", True, False),
        ("443 ssl", "site_z", "444 ssl", True, False),
    ],
)
def test_the_default_server_of_others(tmp_path: Path, own: str, file: str, other: str, new: bool, warned: bool) -> None:
    blocks = {"site_m": f"server {{ listen {own}; }}", file: f"server {{ listen {other}; }}"}
    servers = read(tmp_path, main="http { include site*; }", **blocks).servers
    assert taken_over(servers, wanted(tmp_path, new=new)) == (str(tmp_path / file) if warned else "")
