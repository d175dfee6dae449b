# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of a domain as the service has them. Private to this collection.

The names of the API are those of alidns 2015-01-09 (https://api.aliyun.com/document/Alidns/2015-01-09/overview).
"""

from __future__ import annotations

from collections.abc import Iterator

from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import FLAG, Codec, Field, Fields, Object, decode
from .values import ascii_name, unicode_name, written

# The Chinese documentation spells FORWARD_URL as FORWORD_URL. Types that no option has, such as ALIAS, SVCB and HTTPS,
# are shown as they are.
_TYPE = Codec(decode=lambda kind: "FORWARD_URL" if kind == "FORWORD_URL" else str(kind))

RECORD: Fields = (
    Field("record_id", "RecordId"),
    Field("domain", "DomainName"),
    Field("rr", "RR"),
    Field("type", "Type", _TYPE),
    Field("value", "Value"),
    Field("ttl", "TTL", Codec(decode=int)),
    Field("line", "Line"),
    Field("priority", "Priority"),
    Field("status", "Status", Codec(decode=lambda status: str(status).lower())),
    Field("locked", "Locked", FLAG),
    Field("weight", "Weight"),
)

_HINT_ON_SUB_DOMAINS = (
    "If {domain} is itself a name below a domain of the account, give that domain as domain, and the names before it "
    "as rr: domain: example.com and rr: www for www.example.com."
)


def domain_name(domain: str) -> str:
    """Return a domain in lower case and without a dot at the end, in the script that the user has given it in."""
    return domain.lower().rstrip(".")


def fqdn(rr: str, domain: str) -> str:
    """Return the whole name."""
    return domain_name(domain) if rr == "@" else f"{rr}.{domain_name(domain)}"


def record(item: Params, domain: str) -> Object:
    """Return the record ``item`` of the API in the user's words, with values in one spelling."""
    found = decode(RECORD, item)
    value = written(found["type"], str(found["value"] or ""))
    return {**found, "domain": domain_name(domain), "value": value, "fqdn": fqdn(str(found["rr"]), domain)}


def of_name(session: Session, domain: str, rr: str, line: str | None = None) -> list[Object]:
    """Return the records of one name, of all types, and of all lines unless one is given.

    Raises:
        CloudError: the domain is not in the account (Kind.MISSING), or the request has failed.
    """
    found: dict[str, Object] = {}
    # The service keeps a name in the script in which it was added.
    for name in dict.fromkeys([ascii_name(rr), unicode_name(rr)]):
        params = {
            "SubDomain": fqdn(name, domain),
            "DomainName": domain_name(domain),
            **({"Line": line} if line else {}),
        }
        for item in _listed(session, "DescribeSubDomainRecords", params):
            found[str(item["RecordId"])] = record(item, domain)
    return [each for each in found.values() if line in (None, each["line"])]


def of_domain(session: Session, domain: str) -> list[Object]:
    """Return all records of a domain. Raises CloudError as :func:`of_name` does."""
    items = _listed(session, "DescribeDomainRecords", {"DomainName": domain_name(domain)})
    return [record(item, domain) for item in items]


def is_weighted(session: Session, domain: str, rr: str, kind: str, line: str) -> bool:
    """Return whether answers follow the weights of the records of a name, type and line. Raises CloudError."""
    domain = domain_name(domain)
    for name in dict.fromkeys([ascii_name(rr), unicode_name(rr)]):
        wanted = fqdn(name, domain), kind
        params = {"DomainName": domain, "Rr": name}
        for item in session.numbered("alidns", "DescribeDNSSLBSubDomains", "SlbSubDomains.SlbSubDomain", **params):
            listed = str(item.get("SubDomain") or "").lower().removeprefix("@.")
            if (listed, item.get("Type")) != wanted:
                continue
            lines = (item.get("LineAlgorithms") or {}).get("LineAlgorithm") or []
            states = [bool(each.get("Open")) for each in lines if each.get("Line") == line]
            return states[0] if states else bool(item.get("Open")) and not lines
    return False


def _listed(session: Session, operation: str, params: Params) -> Iterator[Params]:
    try:
        yield from session.numbered("alidns", operation, "DomainRecords.Record", **params)
    except CloudError as error:
        if error.kind is Kind.MISSING and str(params["DomainName"]).count(".") > 1:
            error.hint += f" {_HINT_ON_SUB_DOMAINS.format(domain=params['DomainName'])}"
        raise
