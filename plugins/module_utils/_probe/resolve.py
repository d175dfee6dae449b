# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves the host, with the system or with a DNS server that the user names. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import socket
import threading

from .._core.dns_server import client_of
from .messages import Message, say

with contextlib.suppress(ImportError):  # reported by module.py, where it is needed
    import dns.exception
    import dns.resolver


class UnresolvedError(Exception):
    """Raised when a name has no address now; it may have one later."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def addresses(host: str, address: str | None, resolver: str | None, timeout: float) -> list[str]:
    """Return ``address`` if given, otherwise the addresses of ``host``. Raises UnresolvedError.

    ``timeout`` is in seconds.
    """
    if address:
        return [address]
    return _query(host, resolver, timeout) if resolver else _ask_system(host, timeout)


def _ask_system(host: str, timeout: float) -> list[str]:
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(row[4][0]) for row in rows)))
        except OSError as error:
            found.put(error)

    # The timeout of the system's resolver cannot be set from here, so it runs in a thread of its own.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        outcome = found.get(timeout=timeout)
    except queue.Empty:
        raise UnresolvedError(say("unresolved_in_time", host=host, seconds=f"{timeout:g}")) from None
    if isinstance(outcome, OSError):
        raise UnresolvedError(say("unresolved", host=host, why=outcome.strerror or str(outcome)))
    return outcome


def _query(host: str, resolver: str, timeout: float) -> list[str]:
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    client = client_of(resolver, timeout)
    found: list[str] = []
    cause: dns.exception.DNSException | None = None
    # An error for one type of record does not discard the addresses of the other.
    for kind in ("A", "AAAA"):
        try:
            answer = client.resolve(host, kind, raise_on_no_answer=False)
            found += [str(record.address) for record in answer.rrset or ()]
        except (dns.resolver.NXDOMAIN, dns.exception.Timeout) as error:  # holds for the other type too
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
