# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a DNS server answers with a record. Private to this collection."""

from __future__ import annotations

import contextlib
import typing as t
import uuid

from .._core.values import Object
from .values import ascii_name, same

with contextlib.suppress(ImportError):  # reported by dns_server.client_of
    import dns.exception

if t.TYPE_CHECKING:
    import dns.resolver

# By type: the value of an answer as alidns writes it. Forwarding of URLs is no type of DNS.
_WRITTEN: t.Mapping[str, t.Callable[[t.Any], str]] = {
    **dict.fromkeys(("A", "AAAA", "CNAME", "NS", "SRV"), str),
    "CAA": str,
    "MX": lambda answer: str(answer.exchange),
    "TXT": lambda answer: b"".join(answer.strings).decode(errors="replace"),
}


def answered(client: dns.resolver.Resolver, record: Object) -> bool | None:
    """Return whether the answer to a question for the name and type of ``record`` has its value.

    None if DNS has no such type. Of a wildcard, a name that nobody has asked for yet is asked for.
    """
    kind = record["type"]
    if kind not in _WRITTEN:
        return None
    name = ascii_name(record["fqdn"])
    if name.startswith("*."):
        name = f"{uuid.uuid4().hex}{name[1:]}"
    try:
        answers = client.resolve(name, kind, raise_on_no_answer=False, search=False).rrset or ()
    except dns.exception.DNSException:
        return False
    return any(same(kind, _WRITTEN[kind](answer), record["value"]) for answer in answers)
