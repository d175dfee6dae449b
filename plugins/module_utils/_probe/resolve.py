# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of the host, from the system or from a DNS server that the user names. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from .errors import ProbeError

with contextlib.suppress(ImportError):  # reported by module.py, where it is needed
    import dns.exception
    import dns.resolver


class UnresolvedError(Exception):
    """There is no address now; there may be one later."""


def addresses(host: str, address: str | None, resolver: str | None, timeout: float) -> list[str]:
    """``address`` if given, else those of ``host``. Raises UnresolvedError."""
    if address:
        return [address]
    if resolver:
        return _ask(host, resolver, timeout)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UnresolvedError(f"cannot resolve {host}: {error.strerror}") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def server_of(resolver: str) -> tuple[str, int]:
    """``ip``, ``ip:port`` or ``[ipv6]:port``. Raises ProbeError."""
    text, port = resolver, "53"
    if resolver.startswith("["):
        text, _bracket, rest = resolver[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif resolver.count(":") == 1:
        text, _colon, port = resolver.partition(":")
    try:
        return str(ipaddress.ip_address(text)), int(port)
    except ValueError:
        raise ProbeError(
            f"resolver {resolver!r}: write it as an IP address and a port, such as 127.0.0.1:53."
        ) from None


def _ask(host: str, resolver: str, timeout: float) -> list[str]:
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    stub = dns.resolver.Resolver(configure=False)
    server, stub.port = server_of(resolver)
    stub.nameservers, stub.lifetime = [server], timeout
    try:
        answers = [stub.resolve(host, kind, raise_on_no_answer=False) for kind in ("A", "AAAA")]
    except dns.exception.DNSException as error:
        cause = str(error).partition(";")[0].rstrip(".")
        raise UnresolvedError(f"{resolver} does not resolve {host}: {cause}") from None
    found = [str(record.address) for answer in answers for record in answer.rrset or ()]
    if not found:
        raise UnresolvedError(f"{resolver} has no address for {host}")
    return found
