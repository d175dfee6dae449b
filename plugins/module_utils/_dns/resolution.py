# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records a DNS server answers with. Private to this collection."""

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

# By type: the value of an answer as alidns writes it. Types that alidns adds, such as ALIAS, are not asked for.
_WRITTEN: t.Mapping[str, t.Callable[[t.Any], str]] = {
    **dict.fromkeys(("A", "AAAA", "CAA", "CNAME", "NS", "SRV"), str),
    "MX": lambda answer: str(answer.exchange),
    "TXT": lambda answer: b"".join(answer.strings).decode(errors="replace"),
}


class Answers:
    """The answers of a DNS server. Each name and type is asked for once."""

    def __init__(self, client: dns.resolver.Resolver) -> None:
        self._client = client
        self._values: dict[tuple[str, str], list[str]] = {}

    def has(self, record: Object) -> bool | None:
        """Return whether the answer for the name and type of ``record`` has its value, None for types not asked for.

        For a wildcard, a name is asked for that no server can have in its cache.
        """
        kind = record["type"]
        if kind not in _WRITTEN:
            return None
        question = ascii_name(record["fqdn"]), kind
        if question not in self._values:
            self._values[question] = self._ask(*question)
        return any(same(kind, value, record["value"]) for value in self._values[question])

    def _ask(self, name: str, kind: str) -> list[str]:
        if name.startswith("*."):
            name = f"{uuid.uuid4().hex}{name[1:]}"
        try:
            answer = self._client.resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.exception.DNSException:
            return []
        return [_WRITTEN[kind](item) for item in answer.rrset or ()]
