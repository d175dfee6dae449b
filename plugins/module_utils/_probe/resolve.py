# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of the host, from the system or from a DNS server that the user names. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import threading

from .errors import ProbeError
from .messages import Message, say

with contextlib.suppress(ImportError):  # reported by module.py, where it is needed
    import dns.exception
    import dns.resolver


class UnresolvedError(Exception):
    """There is no address now; there may be one later."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def addresses(host: str, address: str | None, resolver: str | None, timeout: float) -> list[str]:
    """``address`` if given, else those of ``host``. Raises UnresolvedError."""
    if address:
        return [address]
    return _ask(host, resolver, timeout) if resolver else _system(host, timeout)


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


def _system(host: str, timeout: float) -> list[str]:
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(each[4][0]) for each in rows)))
        except OSError as error:
            found.put(error)

    # The resolver of the system has a patience of its own, and no way to be told another.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        outcome = found.get(timeout=timeout)
    except queue.Empty:
        raise UnresolvedError(say("unresolved_in_time", host=host, seconds=f"{timeout:g}")) from None
    if isinstance(outcome, OSError):
        raise UnresolvedError(say("unresolved", host=host, why=outcome.strerror or str(outcome)))
    return outcome


def _ask(host: str, resolver: str, timeout: float) -> list[str]:
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    stub = dns.resolver.Resolver(configure=False)
    server, stub.port = server_of(resolver)
    stub.nameservers, stub.lifetime = [server], timeout
    found: list[str] = []
    cause: dns.exception.DNSException | None = None
    # One kind that is broken does not take away the other.
    for kind in ("A", "AAAA"):
        try:
            answer = stub.resolve(host, kind, raise_on_no_answer=False)
            found += [str(record.address) for record in answer.rrset or ()]
        except (dns.resolver.NXDOMAIN, dns.exception.Timeout) as error:  # the other kind fares no better
            cause = error
            break
        except dns.exception.DNSException as error:
            cause = error
    if found:
        return found
    if cause:
        why = str(cause).partition(";")[0].rstrip(".")
        raise UnresolvedError(say("unresolved_by", resolver=resolver, host=host, why=why))
    raise UnresolvedError(say("no_address", resolver=resolver, host=host))
