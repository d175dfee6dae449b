# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server for the names of the sandbox. It never asks another server.

The answers are those of a recursive resolver: a CNAME is followed through the sandbox's own names, and the answer has
the whole chain (RFC 1034, 4.3.2).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator

from dnslib import CNAME, QTYPE, RCODE, RD, RDMAP, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, TCPServer, UDPServer

_log = logging.getLogger(__name__)

# (type, value as in a zone file without quotes, TTL in seconds)
Record = tuple[str, str, int]

# lookup(name, type): the records of that name and type. Names are lower-case and have no dot at the end. The type "ANY"
# asks for all records of the name, and tells a name without records of a type from a name that does not exist.
Lookup = Callable[[str, str], list[Record]]

_LONGEST_CHAIN = 16
_ATTEMPTS = 20
_POLL = 0.05  # seconds after which close() is noticed

_SILENT = DNSLogger(log="-request,-reply,-truncated,-error", prefix=False)


class Resolver:
    """UDP and TCP server on ``host`` and ``port``; with port 0 the system chooses one that is free for both.

    Raises OSError when it cannot listen there.
    """

    def __init__(self, host: str, port: int, lookup: Lookup) -> None:
        self._servers = _bind(host, port, _Answers(lookup))
        self.host = host
        self.port: int = self._servers[0].server_address[1]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts to answer, in threads of its own."""
        for server in self._servers:
            thread = threading.Thread(target=server.serve_forever, args=(_POLL,), name="resolver", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Stops answering and frees the port. Can be called twice, and without start()."""
        for server in self._servers:
            if self._threads:
                server.shutdown()
            server.server_close()


class _Handler(DNSHandler):  # type: ignore[misc]  # dnslib has no types
    def handle(self) -> None:
        # Disconnect silent TCP clients. A client that left or sent nonsense is not worth a traceback.
        if self.server.socket_type == socket.SOCK_STREAM:
            self.request.settimeout(5.0)
        self.udplen = 512
        with contextlib.suppress(OSError):
            super().handle()

    def get_reply(self, data: bytes) -> bytes:
        with contextlib.suppress(Exception):  # the parse is repeated (and its error reported) by the base class
            payload = [rr.rclass for rr in DNSRecord.parse(data).ar if rr.rtype == QTYPE.OPT]
            self.udplen = max(512, *payload) if payload else 512  # RFC 6891: an OPT record's class is the size
        reply: bytes = super().get_reply(data)
        return reply


def _bind(host: str, port: int, answers: _Answers) -> list[UDPServer | TCPServer]:
    for attempt in range(_ATTEMPTS):
        udp = UDPServer((host, port), _Handler)
        try:
            servers = [udp, TCPServer((host, udp.server_address[1]), _Handler)]
        except OSError:
            udp.server_close()
            if port or attempt == _ATTEMPTS - 1:
                raise
        else:
            for server in servers:
                server.resolver, server.logger = answers, _SILENT
            return servers
    raise AssertionError("unreachable")


class _Answers(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def resolve(self, request: DNSRecord, _handler: DNSHandler) -> DNSRecord:
        reply = request.reply(ra=1, aa=0)
        name, qtype = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        try:
            reply.add_answer(*self._chain(name, qtype, reply))
        except Exception:
            _log.exception("cannot answer %s %s", name, qtype)
            reply.header.rcode = RCODE.SERVFAIL
        return reply

    def _chain(self, name: str, qtype: str, reply: DNSRecord) -> Iterator[RR]:
        for _link in range(_LONGEST_CHAIN):
            found = self._lookup(name, qtype)
            # URL forwarding and the like are records of the API alone: DNS has no such types.
            wanted = [record for record in found if qtype in ("ANY", record[0]) and record[0] in RDMAP]
            if wanted:
                yield from (_record(name, record) for record in wanted)
                return
            alias = next((r for r in found or self._lookup(name, "CNAME") if r[0] == "CNAME"), None)
            if alias is None:
                if not self._lookup(name, "ANY"):
                    reply.header.rcode = RCODE.NXDOMAIN  # of the last name of the chain: RFC 6604, 2.1
                return
            yield _record(name, alias)
            name = alias[1].rstrip(".").lower()
        raise RecursionError(f"CNAME chain longer than {_LONGEST_CHAIN}")


def _record(name: str, record: Record) -> RR:
    rtype, value, ttl = record
    return RR(name, getattr(QTYPE, rtype), ttl=ttl, rdata=_rdata(rtype, value))


def _rdata(rtype: str, value: str) -> RD:
    if rtype == "TXT":
        octets = value.encode()
        return TXT([octets[i : i + 255] for i in range(0, len(octets), 255)] or [b""])
    if rtype == "CNAME":
        return CNAME(value)
    return RDMAP[rtype].fromZone(value.split())
