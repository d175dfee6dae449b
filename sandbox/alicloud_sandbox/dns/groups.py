# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of domains. A domain without one is in the default group, which cannot be deleted."""

from __future__ import annotations

import uuid

from .. import kinds
from ..assumptions import assume
from ..product import Call, numbered_page
from ..schema import Args
from ..store import Doc
from .domains import DEFAULT_GROUP, find_domain, group_of, in_group

assume(
    "dns-domain-groups",
    "Several groups of domains may have one name. UpdateDomainGroup and DeleteDomainGroup refuse an unknown group, and "
    "the default one, with InvalidParameter (400); AddDomain puts a domain with an unknown group into the default one, "
    "and ChangeDomainGroup leaves it where it is. DescribeDomainGroups does not show the default group, and a domain "
    "in it has neither GroupId nor GroupName.",
    "That a deleted group leaves its domains to the default one, which cannot be deleted (DeleteDomainGroup, en "
    "2025-12-03), and what ChangeDomainGroup does with an unknown group (text of the SDK 4.6.1) are documented; the "
    "rest is not.",
    date="2026-11-26",
    settle="DeleteDomainGroup with GroupId=defaultGroup",
)


def add(call: Call, args: Args) -> Doc:
    """AddDomainGroup."""
    doc = {"GroupId": uuid.uuid4().hex, "GroupName": args["GroupName"]}
    call.store.put(kinds.DOMAIN_GROUP, doc["GroupId"], doc, served=True)
    return doc


def update(call: Call, args: Args) -> Doc:
    """UpdateDomainGroup."""
    doc = _find(call, args) | {"GroupName": args["GroupName"]}
    call.store.put(kinds.DOMAIN_GROUP, doc["GroupId"], doc, served=True)
    return doc


def delete(call: Call, args: Args) -> Doc:
    """DeleteDomainGroup: its domains are in the default group then."""
    doc = _find(call, args)
    for domain in in_group(call.store.all(kinds.DOMAIN), doc["GroupId"]):
        _put_into(call, domain, "")
    call.store.delete(kinds.DOMAIN_GROUP, doc["GroupId"])
    return {"GroupName": doc["GroupName"]}


def listing(call: Call, args: Args) -> Doc:
    """DescribeDomainGroups."""
    wanted = args.get("KeyWord", "").lower()
    found = [doc for doc in call.store.all(kinds.DOMAIN_GROUP) if wanted in doc["GroupName"].lower()]
    domains = call.store.all(kinds.DOMAIN)
    paging = {name: args[name] for name in ("PageNumber", "PageSize")}
    page = [
        {**doc, "DomainCount": len(in_group(domains, doc["GroupId"]))} for doc in numbered_page(found, *paging.values())
    ]
    return {"DomainGroups": {"DomainGroup": page}, "TotalCount": len(found), **paging}


def change(call: Call, args: Args) -> Doc:
    """ChangeDomainGroup: an unknown group changes nothing."""
    domain = find_domain(call, args["DomainName"])
    group = args.get("GroupId", "")
    if group in ("", DEFAULT_GROUP):
        _put_into(call, domain, "")
    elif call.store.get(kinds.DOMAIN_GROUP, group):
        _put_into(call, domain, group)
    return group_of(call.store, find_domain(call, args["DomainName"]))


def _find(call: Call, args: Args) -> Doc:
    doc = call.store.get(kinds.DOMAIN_GROUP, args["GroupId"])
    if doc is None:
        raise call.invalid(f"{args['GroupId']} is not a group that can be changed.")
    return doc


def _put_into(call: Call, domain: Doc, group: str) -> None:
    call.store.put(kinds.DOMAIN, domain["DomainName"], domain | {"_group": group}, served=True)
