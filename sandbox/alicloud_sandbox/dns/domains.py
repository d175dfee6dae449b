# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of the account: seeded, or added through the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import idna

from .. import kinds
from ..assumptions import assume
from ..product import Call, numbered_page, public
from ..schema import Args
from ..store import Doc, Store

_SECOND_LEVEL = ("ac", "co", "com", "edu", "gov", "net", "org")  # of countries, as in com.cn and co.uk
_SERVERS = {"DnsServer": ["ns1.sandbox.invalid", "ns2.sandbox.invalid"]}


assume(
    "dns-registrable-domain",
    "The registrable domain of a name is its last two labels, and three below ac, co, com, edu, gov, net and org of a "
    "country.",
    "DescribeSubDomainRecords takes it from the name where DomainName is not given (SDK 4.6.1); the sandbox has no "
    "list of public suffixes.",
    verdict="choice",
)


def register(store: Store, name: str, min_ttl: int = 1) -> Doc:
    """Gives the account a domain, unless it has it already, and returns its document.

    ``min_ttl`` (seconds) depends on the edition of the domain. Raises ValueError for what is no domain name.
    """
    if existing := find(store, name):
        return existing
    name = _key(name)
    now = datetime.now(UTC)
    doc = {
        "DomainId": str(uuid.uuid4()),
        "DomainName": name,
        "PunyCode": idna.encode(name, uts46=True, transitional=False).decode(),
        "AliDomain": True,
        "DnsServers": _SERVERS,
        "VersionCode": "version_enterprise_advanced",
        "CreateTime": now.strftime("%Y-%m-%dT%H:%MZ"),
        "_min_ttl": min_ttl,
        "_created": int(now.timestamp() * 1000),
    }
    store.put(kinds.DOMAIN, name, doc, served=True)
    return doc


def find(store: Store, name: str) -> Doc | None:
    """Returns a domain of the account, or None."""
    return store.get(kinds.DOMAIN, _key(name))


def find_domain(call: Call, name: str) -> Doc:
    """Returns a domain of the account. Raises ApiError."""
    doc = find(call.store, name)
    if doc is None:
        raise call.error("InvalidDomainName.NoExist")
    return doc


def registrable(name: str) -> str:
    """Returns the domain that a full name is registered under: ``example.com`` for ``a.www.example.com``."""
    labels = name.split(".")
    country_with_second_level = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if country_with_second_level else -2 :])


def add(call: Call, args: Args) -> Doc:
    """AddDomain."""
    if find(call.store, args["DomainName"]):
        raise call.error("InvalidDomainName.Duplicate")
    doc = register(call.store, args["DomainName"])
    return {name: doc[name] for name in ("DomainId", "DomainName", "PunyCode", "DnsServers")}


def delete(call: Call, args: Args) -> Doc:
    """DeleteDomain: with its records."""
    doc = find_domain(call, args["DomainName"])
    for record in call.store.all(kinds.RECORD):
        if record["DomainName"] == doc["DomainName"]:
            call.store.delete(kinds.RECORD, record["RecordId"])
    call.store.delete(kinds.DOMAIN, doc["DomainName"])
    return {"DomainName": doc["DomainName"]}


def info(call: Call, args: Args) -> Doc:
    """DescribeDomainInfo."""
    doc = find_domain(call, args["DomainName"])
    return {**public(doc), "MinTtl": doc.get("_min_ttl", 1), "SubDomain": False, "SlaveDns": False}


def listing(call: Call, args: Args) -> Doc:
    """DescribeDomains."""
    wanted = args.get("KeyWord", "").lower()
    found = [
        doc
        for doc in call.store.all(kinds.DOMAIN)
        if (wanted == doc["DomainName"] if args["SearchMode"] == "EXACT" else wanted in doc["DomainName"])
    ]
    records = [record["DomainName"] for record in call.store.all(kinds.RECORD)]
    page = [
        {
            **public(doc),
            "CreateTimestamp": doc["_created"],
            "RecordCount": records.count(doc["DomainName"]),
        }
        for doc in numbered_page(found, args["PageNumber"], args["PageSize"])
    ]
    return {
        "Domains": {"Domain": page},
        "PageNumber": args["PageNumber"],
        "PageSize": args["PageSize"],
        "TotalCount": len(found),
    }


def _key(name: str) -> str:
    """Returns a domain name in the spelling of the store."""
    return name.lower().rstrip(".")
