# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights of records: one of several values of a name, type and line is answered, in proportion to its weight.

Source: https://www.alibabacloud.com/help/en/dns/pubz-weight-configuration (2025-12-17) for types, states and lines,
SDK 4.6.1 for the parameters. The guide has weights from 0 to 100, the operation from 1 to 100.
"""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import Call, numbered_page
from ..schema import Args
from ..store import Doc, Store
from .domains import find_domain, registrable

DEFAULT = 1  # "the default weight ratio is 1:1"
TYPES = ("A", "AAAA", "CNAME")
_FEWEST = 2  # records

assume(
    "dns-weights",
    "SetDNSSLBStatus takes CNAME beside A and AAAA, and refuses a name that has fewer than two enabled records of the "
    "type and line with InvalidParameter (400). A record is reported with its Weight only while weights are enabled, "
    "and keeps it when they are disabled and enabled again.",
    "The guide (2025-12-17) has the three types and asks for several records; the text of SetDNSSLBStatus names A and "
    "AAAA alone, and DescribeDNSSLBSubDomains all three. The code, and what becomes of Weight, are not documented.",
    date="2026-11-26",
    settle="SetDNSSLBStatus for a name with one A record, then for two CNAME records",
)
assume(
    "dns-weight-codes",
    "UpdateDNSSLBWeight refuses a record whose name has no weights with DisableDNSSLB, a paused one with "
    "DomainRecordDisable and a wildcard with PanDomainRecord (400), the last as SetDNSSLBStatus does.",
    "An older copy of its page has these codes (developer.aliyun.com/ask/207964; ja, updatednsslbweight); the present "
    "page has no table.",
    verdict="practice",
    date="2026-11-26",
)


def is_open(store: Store, record: Doc) -> bool:
    """Tells whether weights are enabled for name, type and line of a record."""
    return store.get(kinds.WEIGHTED_NAME, _key(record)) is not None


def shown(store: Store, record: Doc) -> Doc:
    """Returns a record as it is reported: with its weight while weights are enabled."""
    plain = {name: value for name, value in record.items() if not name.startswith("_")}
    return {**plain, "Weight": record.get("_weight", DEFAULT)} if is_open(store, record) else plain


def set_status(call: Call, args: Args) -> Doc:
    """SetDNSSLBStatus: for all records of a name, type and line."""
    host, domain = _split(call, args)
    wanted = {"DomainName": domain, "RR": host, "Type": args["Type"], "Line": args["Line"]}
    records = [
        record
        for record in call.store.all(kinds.RECORD)
        if all(str(record[name]).lower() == str(value).lower() for name, value in wanted.items())
    ]
    enabled = [record for record in records if record["Status"] == "ENABLE"]
    if host.startswith("*"):
        raise call.error("PanDomainRecord")
    if args["Open"] and len(enabled) < _FEWEST:
        raise call.invalid(
            f"Weights need {_FEWEST} enabled records of type {args['Type']}, and there are {len(enabled)}."
        )
    if args["Open"]:
        call.store.put(kinds.WEIGHTED_NAME, _key(wanted), wanted, served=True)
    else:
        call.store.delete(kinds.WEIGHTED_NAME, _key(wanted))
    return {"RecordCount": len(records), "Open": args["Open"]}


def update(call: Call, args: Args) -> Doc:
    """UpdateDNSSLBWeight."""
    record = call.store.get(kinds.RECORD, args["RecordId"])
    if record is None:
        raise call.error("DomainRecordNotBelongToUser")
    if record["Locked"]:
        raise call.error("DomainRecordLocked")
    if record["RR"].startswith("*"):
        raise call.error("PanDomainRecord")
    if record["Status"] != "ENABLE":
        raise call.error("DomainRecordDisable")
    if not is_open(call.store, record):
        raise call.error("DisableDNSSLB")
    call.store.put(kinds.RECORD, record["RecordId"], {**record, "_weight": args["Weight"]}, served=True)
    return {"RecordId": record["RecordId"], "Weight": args["Weight"]}


def listing(call: Call, args: Args) -> Doc:
    """DescribeDNSSLBSubDomains: the names with several records of a type, and whether their lines have weights."""
    domain = find_domain(call, args["DomainName"])["DomainName"]
    lines: dict[tuple[str, str], dict[str, list[Doc]]] = {}
    for record in call.store.all(kinds.RECORD):
        host = record["RR"].lower()
        if record["DomainName"] == domain and record["Type"] in TYPES and args.get("Rr", host).lower() == host:
            lines.setdefault((host, record["Type"]), {}).setdefault(record["Line"], []).append(record)
    found = [_sub_domain(call, domain, host, kind, by_line) for (host, kind), by_line in sorted(lines.items())]
    found = [item for item in found if item["RecordCount"] >= _FEWEST]
    return {
        "SlbSubDomains": {"SlbSubDomain": numbered_page(found, args["PageNumber"], args["PageSize"])},
        "PageNumber": args["PageNumber"],
        "PageSize": args["PageSize"],
        "TotalCount": len(found),
    }


def _sub_domain(call: Call, domain: str, host: str, kind: str, by_line: dict[str, list[Doc]]) -> Doc:
    states = {line: is_open(call.store, records[0]) for line, records in by_line.items()}
    return {
        "SubDomain": domain if host == "@" else f"{host}.{domain}",
        "Type": kind,
        "RecordCount": sum(map(len, by_line.values())),
        "Open": any(states.values()),
        "LineAlgorithms": {"LineAlgorithm": [{"Line": line, "Open": state} for line, state in sorted(states.items())]},
    }


def _split(call: Call, args: Args) -> tuple[str, str]:
    """Returns host record and domain. Raises ApiError: a domain alone is refused, its host record is written @."""
    name = args["SubDomain"].lower().rstrip(".")
    domain = find_domain(call, args.get("DomainName") or registrable(name))["DomainName"]
    host = name.removesuffix(f".{domain}")
    if host in (name, ""):
        raise call.invalid(f"{args['SubDomain']} is no subdomain of {domain}; the domain itself is @.{domain}.")
    return host, domain


def _key(record: Doc) -> str:
    return "/".join(str(record[name]).lower() for name in ("DomainName", "RR", "Type", "Line"))
