# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of the account: seeded, or added through the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import idna

from .. import kinds, tagging
from ..assumptions import assume
from ..product import DEFAULT_RESOURCE_GROUP, Call, numbered_page, public, resource_group
from ..schema import Args
from ..store import Doc, Store
from . import lines

_SECOND_LEVEL = ("ac", "co", "com", "edu", "gov", "net", "org")  # of countries, as in com.cn and co.uk
DEFAULT_GROUP = "defaultGroup"  # GroupId: domains that have no other group
# Values of a TTL that the console offers (example of DescribeDomainInfo in the metadata of 2025-12).
_TTLS = (600, 1800, 3600, 43200, 86400)
_SERVERS = {"DnsServer": ["ns1.sandbox.invalid", "ns2.sandbox.invalid"]}


assume(
    "dns-registrable-domain",
    "The registrable domain of a name is its last two labels, and three below ac, co, com, edu, gov, net and org of a "
    "country.",
    "DescribeSubDomainRecords takes it from the name where DomainName is not given (SDK 4.6.1); the sandbox has no "
    "list of public suffixes.",
    verdict="choice",
)


assume(
    "dns-starred",
    "No domain has a star: DescribeDomains with Starmark=true finds none.",
    "The API has no operation that gives one.",
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
        "ResourceGroupId": DEFAULT_RESOURCE_GROUP,
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
    doc = register(call.store, args["DomainName"]) | {"ResourceGroupId": resource_group(args)}
    group = args.get("GroupId", "")
    doc["_group"] = group if call.store.get(kinds.DOMAIN_GROUP, group) else ""
    call.store.put(kinds.DOMAIN, doc["DomainName"], doc, served=True)
    shown = {name: doc[name] for name in ("DomainId", "DomainName", "PunyCode", "DnsServers")}
    return shown | group_of(call.store, doc)


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
    least = doc.get("_min_ttl", 1)
    more = {
        "RecordLines": {"RecordLine": lines.in_language(args.get("Lang", ""))},
        "AvailableTtls": {"AvailableTtl": [str(ttl) for ttl in _TTLS if ttl >= least]},
    }
    return {
        **public(doc),
        **group_of(call.store, doc),
        "MinTtl": least,
        "SubDomain": False,
        "SlaveDns": False,
        "InBlackHole": False,
        "InClean": False,
        "RegionLines": False,
        **(more if args.get("NeedDetailAttributes") else {}),
    }


def update_remark(call: Call, args: Args) -> Doc:
    """UpdateDomainRemark."""
    doc = find_domain(call, args["DomainName"])
    call.store.put(kinds.DOMAIN, doc["DomainName"], doc | {"Remark": args.get("Remark", "")}, served=True)
    return {}


def support_lines(call: Call, args: Args) -> Doc:
    """DescribeSupportLines."""
    if args.get("DomainName"):
        find_domain(call, args["DomainName"])
    return {"RecordLines": {"RecordLine": lines.in_language(args.get("Lang", ""))}}


def group_of(store: Store, doc: Doc) -> Doc:
    """Returns GroupId and GroupName of a domain; nothing for one in the default group."""
    group = store.get(kinds.DOMAIN_GROUP, doc.get("_group", ""))
    return dict(group) if group else {}


def tags_of(doc: Doc) -> dict[str, str]:
    """Returns the tags of a domain, by key."""
    return dict(doc.get("_tags", {}))


def in_group(docs: list[Doc], group: str) -> list[Doc]:
    """Returns the domains in a group; all of them without one."""
    return [doc for doc in docs if group in ("", doc.get("_group") or DEFAULT_GROUP)]


def listing(call: Call, args: Args) -> Doc:
    """DescribeDomains."""
    wanted = args.get("KeyWord", "").lower()
    found = [
        doc
        for doc in in_group(call.store.all(kinds.DOMAIN), args.get("GroupId", ""))
        if not args.get("Starmark")
        and args.get("ResourceGroupId", "") in ("", doc.get("ResourceGroupId", DEFAULT_RESOURCE_GROUP))
        and (wanted == doc["DomainName"] if args["SearchMode"] == "EXACT" else wanted in doc["DomainName"])
    ]
    records = [record["DomainName"] for record in call.store.all(kinds.RECORD)]
    page = [
        {
            **public(doc),
            **group_of(call.store, doc),
            "Starmark": False,
            "Tags": {"Tag": tagging.as_list(tags_of(doc))},
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
