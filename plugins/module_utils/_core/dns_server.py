# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a DNS server, as options have it. Pure. Private to this collection."""

from __future__ import annotations

import ipaddress

from .errors import ModuleError


def server_of(resolver: str) -> tuple[str, int]:
    """Return address and port of a ``resolver``: ``ip``, ``ip:port`` or ``[ipv6]:port``. Raises ModuleError."""
    text, port = resolver, "53"
    if resolver.startswith("["):
        text, _bracket, rest = resolver[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif resolver.count(":") == 1:
        text, _colon, port = resolver.partition(":")
    try:
        return str(ipaddress.ip_address(text)), int(port)
    except ValueError:
        raise ModuleError(
            f"resolver {resolver!r} is no IP address.",
            "Write it as an IP address, with or without a port, such as 127.0.0.1:53.",
            "invalid_option",
        ) from None
