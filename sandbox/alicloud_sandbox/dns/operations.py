# SPDX-License-Identifier: GPL-3.0-or-later
"""Alidns 2015-01-09: the table of operations, and the look-ups of the resolver."""

from __future__ import annotations

import random

from .. import kinds
from ..alb import load_balancers
from ..product import Product, keep, read, write
from ..store import Doc, Store
from . import domains, groups, params, records, tags, weights
from .errors import ERRORS

OPERATIONS = {
    "AddDomain": write(domains.add, params.DOMAIN),
    "DeleteDomain": write(domains.delete, params.DOMAIN),
    "DescribeDomainInfo": read(domains.info, params.DOMAIN),
    "DescribeDomains": read(domains.listing, params.DOMAINS),
    "UpdateDomainRemark": keep(domains.update_remark, params.DOMAIN_REMARK),
    "AddDomainGroup": keep(groups.add, params.ADD_GROUP),
    "UpdateDomainGroup": keep(groups.update, params.UPDATE_GROUP),
    "DeleteDomainGroup": keep(groups.delete, params.GROUP),
    "DescribeDomainGroups": read(groups.listing, params.GROUPS),
    "ChangeDomainGroup": keep(groups.change, params.CHANGE_GROUP),
    "DescribeSupportLines": read(domains.support_lines, params.LINES),
    "TagResources": keep(tags.tag, params.TAG),
    "UntagResources": keep(tags.untag, params.UNTAG),
    "ListTagResources": read(tags.listing, params.LIST_TAGS),
    "AddDomainRecord": write(records.add, params.ADD),
    "UpdateDomainRecord": write(records.update, params.UPDATE),
    "UpdateDomainRecordRemark": keep(records.update_remark, params.REMARK),
    "DeleteDomainRecord": write(records.delete, params.RECORD),
    "DeleteSubDomainRecords": write(records.delete_sub, params.DELETE_SUB),
    "SetDomainRecordStatus": write(records.set_status, params.STATUS),
    "SetDNSSLBStatus": write(weights.set_status, params.WEIGHT_STATUS),
    "UpdateDNSSLBWeight": write(weights.update, params.WEIGHT),
    "DescribeDNSSLBSubDomains": read(weights.listing, params.WEIGHTED),
    "DescribeDomainRecordInfo": read(records.info, params.RECORD),
    "DescribeDomainRecords": read(records.listing, params.RECORDS),
    "DescribeSubDomainRecords": read(records.sub_domain, params.SUB_DOMAIN),
}
PRODUCT = Product("Alidns", "2015-01-09", OPERATIONS, ERRORS, central=True)

_BALANCER_TTL = 60


def lookup(store: Store, name: str, qtype: str) -> list[tuple[str, str, int]]:
    """Returns type, value and TTL of each record of a name: in the account's domains, and of load balancers."""
    with store.transaction():
        found = [
            ("A", address, _BALANCER_TTL)
            for doc in store.served(kinds.LOAD_BALANCER).values()
            if doc["DNSName"] == name
            for address in load_balancers.addresses(doc, answered=True)
        ]
        rows = _weighed(store, [row for row in store.all(kinds.RECORD) if row["Status"] == "ENABLE"])
    by_name: dict[str, list[tuple[str, str, int]]] = {}
    for row in rows:
        host = row["DomainName"] if row["RR"] == "@" else f"{row['RR']}.{row['DomainName']}".lower()
        value = f"{row['Priority']} {row['Value']}" if row["Type"] == "MX" else row["Value"]
        by_name.setdefault(host, []).append((row["Type"], value, row["TTL"]))
    labels = name.split(".")
    # RFC 4592: a wildcard answers for names that do not exist, the closest one first.
    wildcards = ("*." + ".".join(labels[start:]) for start in range(1, len(labels)))
    found += next((by_name[item] for item in (name, *wildcards) if item in by_name), [])
    return [record for record in found if qtype in (record[0], "ANY")]


def _weighed(store: Store, rows: list[Doc]) -> list[Doc]:
    """Returns ``rows`` with one record in place of those of a name, type and line that has weights, drawn by weight."""
    drawn, groups = [], dict[tuple[str, ...], list[Doc]]()
    for row in rows:
        if weights.is_open(store, row):
            groups.setdefault((row["DomainName"], row["RR"].lower(), row["Type"], row["Line"]), []).append(row)
        else:
            drawn.append(row)
    for group in groups.values():
        share = [row.get("_weight", weights.DEFAULT) for row in group]
        drawn += random.choices(group, weights=share)  # noqa: S311 - no secret
    return drawn
