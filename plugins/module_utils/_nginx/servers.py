# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the server blocks of a configuration, and tell which of them will answer a client.

The order of the blocks counts: without ``default_server`` the first one is the default server of its port.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass, field

from .configuration import TEXT, Word, statements

ANY, ANY_IPV6 = "0.0.0.0", "[::]"  # noqa: S104  # compared with listen directives; nothing is opened
LOOPBACK = {ANY: ("127.0.0.1", "localhost"), ANY_IPV6: ("[::1]",)}


class Listen(t.NamedTuple):
    """Address, first and last port of a ``listen`` directive, and its other words."""

    address: str
    first: int
    last: int
    words: tuple[str, ...] = ()

    @property
    def default(self) -> bool:
        """Return whether the block is to be the default server of the port."""
        return "default_server" in self.words or "default" in self.words


@dataclass
class Server:
    """A server block: the module that it belongs to (``http``, ``stream``), its file, and its directives."""

    module: str
    file: str
    listens: list[Listen] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    encrypted: bool = False

    def listen(self, address: str, port: int) -> Listen | None:
        """Return the ``listen`` directive for an address and a port, or nothing."""
        found = self.listens or [Listen(ANY, 80, 80)]
        return next((each for each in found if each.address == address and each.first <= port <= each.last), None)


def listen(words: t.Sequence[str]) -> Listen | None:
    """Return a ``listen`` directive from the words after its name, or nothing for a socket that is none of TCP."""
    place = words[0] if words else ""
    if not place or place.startswith("unix:") or "quic" in words:
        return None
    match = re.fullmatch(r"(?:(?P<address>\[[^\]]*\]|[^:\[\]]*):)?(?P<first>\d+)(?:-(?P<last>\d+))?", place)
    if match is None:  # an address alone
        return Listen(place, 80, 80, tuple(words[1:]))
    first = int(match["first"])
    address = match["address"] or ANY
    return Listen(ANY if address == "*" else address, first, int(match["last"] or first), tuple(words[1:]))


class Reader:
    """Reads the server blocks of ``nginx.conf`` and of what it includes, in Nginx's order."""

    def __init__(self, included: t.Callable[[str], list[str]]) -> None:
        """Take the function that finds the files of an ``include`` directive."""
        self.included = included
        self.servers: list[Server] = []
        self.reading: list[str] = []

    def read(self, path: str, blocks: tuple[str, ...] = (), server: Server | None = None) -> list[Server]:
        """Read a file that is included below ``blocks``, in ``server`` if that is one of them."""
        if path in self.reading or not os.path.isfile(path):  # a circle, or a file that Nginx has told
            return self.servers
        self.reading.append(path)
        with open(path, **TEXT) as file:
            text = file.read()
        inner = list(blocks)
        for words, _end, sign in statements(text):
            if sign == "}":
                if inner and inner.pop() == "server" and inner and inner[-1] in ("http", "stream"):
                    server = None
            elif sign == "{":
                inner.append(words[0].value if words else "")
                if inner[-1] == "server" and inner[-2:-1] in (["http"], ["stream"]):
                    server = Server(inner[-2], path)
                    self.servers.append(server)
            elif words and words[0].value == "include":
                for each in self.included(words[1].value) if len(words) == 2 else []:
                    self.read(each, tuple(inner), server)
            elif words and server and inner[-1] == "server":
                _directive(server, words)
        self.reading.pop()
        return self.servers


def _directive(server: Server, words: list[Word]) -> None:
    name, *values = [word.value for word in words]
    if name == "listen":
        found = listen(values)
        server.listens += [found] if found else []
    elif name == "server_name":
        server.names += [value.lower() for value in values]
    elif name == "ssl_certificate":
        server.certificates += values
    elif name == "ssl" and values == ["on"]:
        server.encrypted = True


def default(servers: list[Server], address: str, port: int) -> Server | None:
    """Return the default server of an address and a port, or nothing if no block listens there."""
    here = [server for server in servers if server.module == "http" and server.listen(address, port)]
    chosen = [server for server in here if t.cast(Listen, server.listen(address, port)).default]
    return next(iter(chosen + here), None)


def answering(servers: list[Server], address: str, port: int, name: str) -> Server | None:
    """Return the block that answers a client at an address who asks for ``name``, after Nginx's rules.

    The rules are those of https://nginx.org/en/docs/http/server_names.html (2026-11): an exact name, the longest name
    with a wildcard in front, the longest with one at the end, the first regular expression, the default server.
    """
    here = [server for server in servers if server.module == "http" and server.listen(address, port)]
    best: tuple[int, int] = (0, 0)
    found = None
    for server in here:
        for pattern in server.names:
            rank = _rank(pattern, name.lower())
            if rank > best:
                best, found = rank, server
    return found or default(servers, address, port)


def _rank(pattern: str, name: str) -> tuple[int, int]:
    """Return how well a name of a server block fits a client's: kind of the match and length, (0, 0) if not at all."""
    if not name:
        return (0, 0)
    if pattern == name or (pattern.startswith(".") and pattern[1:] == name):
        return (4, 0)
    if pattern.startswith(("*.", ".")) and name.endswith(pattern.lstrip("*")):
        return (3, len(pattern.lstrip("*")))
    if pattern.endswith(".*") and name.startswith(pattern[:-1]):
        return (2, len(pattern))
    if pattern.startswith("~"):
        try:
            return (1, 0) if re.search(pattern[1:].replace("(?<", "(?P<"), name, re.IGNORECASE) else (0, 0)
        except re.error:  # PCRE knows more
            return (0, 0)
    return (0, 0)


class Wanted(t.NamedTuple):
    """A site as its clients see it: its file, its port, the names asked for, and its certificate.

    ``new`` says that the file is not live yet.
    """

    file: str
    port: int
    addresses: tuple[str, ...]
    names: tuple[str, ...]
    certificate: bytes
    new: bool


def problems(servers: list[Server], wanted: Wanted, certificate: t.Callable[[str], bytes]) -> list[str]:
    """Return why clients of a site would not get it, or why others would lose theirs.

    ``certificate`` returns the first certificate of a file in DER form, or nothing.
    """
    found: list[str] = []
    for general in wanted.addresses:
        own = [address for address in LOOPBACK[general] if default(servers, address, wanted.port)]
        address = own[0] if own else general
        found += _others(servers, wanted, general)
        for name in wanted.names or ("",):
            answer = answering(servers, address, wanted.port, name)
            if answer is None or answer.file == wanted.file or any("$" in path for path in answer.certificates):
                continue  # with a variable, only the served certificate tells
            if wanted.certificate not in map(certificate, answer.certificates):
                asked = f"ask for {name}" if name else "ask for no name or an unknown one"
                found.append(
                    f"Clients of port {wanted.port} that {asked} would get the site in {answer.file}, not this one."
                )
    return list(dict.fromkeys(found))


def _others(servers: list[Server], wanted: Wanted, address: str) -> list[str]:
    """Return what other blocks would lose: all blocks of an address and a port have TLS, or none has."""
    others = [server for server in servers if server.file != wanted.file and server.listen(address, wanted.port)]
    found = [
        f"{server.file} has port {wanted.port} already, in a block {server.module}."
        for server in others
        if server.module != "http"
    ]
    pages = [server for server in others if server.module == "http"]
    if not any(
        server.encrypted or "ssl" in t.cast(Listen, server.listen(address, wanted.port)).words for server in pages
    ):
        found += [
            f"{server.file} serves port {wanted.port} without TLS, and its clients would need TLS then."
            for server in pages
        ]
    return found


def taken_over(servers: list[Server], wanted: Wanted) -> str:
    """Return the file of the site that would no longer be the default server of its port, or nothing."""
    for address in wanted.addresses if wanted.new else ():
        mine = default(servers, address, wanted.port)
        if mine is None or mine.file != wanted.file or t.cast(Listen, mine.listen(address, wanted.port)).default:
            continue
        before = default([server for server in servers if server.file != wanted.file], address, wanted.port)
        if before:
            return before.file
    return ""
