# SPDX-License-Identifier: GPL-3.0-or-later
"""Alidns 2015-01-09: the table of operations, and the look-ups of the resolver."""

from __future__ import annotations

from .. import kinds
from ..product import Operation, Product
from ..store import Store
from . import domains, params, records
from .errors import ERRORS

OPERATIONS = {
    "AddDomain": Operation(domains.add, params.DOMAIN, write=True),
    "DeleteDomain": Operation(domains.delete, params.DOMAIN, write=True),
    "DescribeDomainInfo": Operation(domains.info, params.DOMAIN),
    "DescribeDomains": Operation(domains.listing, params.DOMAINS),
    "AddDomainRecord": Operation(records.add, params.ADD, write=True),
    "UpdateDomainRecord": Operation(records.update, params.UPDATE, write=True),
    "UpdateDomainRecordRemark": Operation(records.update_remark, params.REMARK, write=True),
    "DeleteDomainRecord": Operation(records.delete, params.RECORD, write=True),
    "DeleteSubDomainRecords": Operation(records.delete_sub, params.DELETE_SUB, write=True),
    "SetDomainRecordStatus": Operation(records.set_status, params.STATUS, write=True),
    "DescribeDomainRecordInfo": Operation(records.info, params.RECORD),
    "DescribeDomainRecords": Operation(records.listing, params.RECORDS),
    "DescribeSubDomainRecords": Operation(records.sub_domain, params.SUB_DOMAIN),
}
PRODUCT = Product("Alidns", "2015-01-09", OPERATIONS, ERRORS, central=True)

_BALANCER_TTL = 60


def lookup(store: Store, name: str, qtype: str) -> list[tuple[str, str, int]]:
    """Returns type, value and TTL of each record of a name: in the account's domains, and of load balancers."""
    with store.transaction():
        found = [
            ("A", doc["_address"], _BALANCER_TTL)
            for doc in store.served(kinds.LOAD_BALANCER).values()
            if doc["DNSName"] == name
        ]
        rows = [row for row in store.all(kinds.RECORD) if row["Status"] == "ENABLE"]
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
