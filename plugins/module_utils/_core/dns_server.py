# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS server that the option resolver names, and a client of it. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import typing as t

from .client import load
from .errors import ModuleError

if t.TYPE_CHECKING:
    from dns.resolver import Resolver


def server_of(resolver: str) -> tuple[str, int]:
    """Return address and port of a ``resolver``: ``ip``, ``ip:port`` or ``[ipv6]:port``. Raises ModuleError."""
    text, port = resolver, "53"
    if resolver.startswith("["):
        text, _bracket, rest = resolver[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif resolver.count(":") == 1:
        text, _colon, port = resolver.partition(":")
    with contextlib.suppress(ValueError):
        address, number = ipaddress.ip_address(text), int(port)
        if number in range(1, 65536):
            return str(address), number
    raise ModuleError(
        f"resolver {resolver!r} is no IP address with or without a port.",
        "Write it like 127.0.0.1 or 127.0.0.1:53.",
        "invalid_option",
    )


def client_of(resolver: str | None, seconds: float) -> Resolver:
    """Return a client of the DNS server ``resolver``, or of the one that the system has configured.

    Args:
        resolver: address and port as in :func:`server_of`; None for the system's.
        seconds: the time for the answer to one question.

    Raises:
        ModuleError: dnspython is missing, ``resolver`` is not an address, or the system has no DNS server.
    """
    dns_resolver = load("dnspython", "dns.resolver")
    try:
        client: Resolver = dns_resolver.Resolver(configure=not resolver)
    except dns_resolver.NoResolverConfiguration:
        raise ModuleError("The system has no DNS server configured.", "Name one in resolver.") from None
    if resolver:
        server, client.port = server_of(resolver)
        client.nameservers = [server]
    client.lifetime = seconds
    return client
