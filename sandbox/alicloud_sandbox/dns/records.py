# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS records. The operations are synchronous, and have neither ClientToken nor DryRun."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable

from .. import kinds
from ..assumptions import assume
from ..product import Call, numbered_page, same, select
from ..schema import Args
from ..store import Doc, Store
from . import weights
from .domains import find, find_domain, registrable
from .params import SHOWN_TYPES

_MAX_SAME = 90  # records of the same type, host record and line: error code QuotaExceeded.Record
_HOST = re.compile(r"(?i)(?=.{1,254}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
# Types that exclude one another, of the same host record and line
# (https://www.alibabacloud.com/help/en/dns/dns-record-conflict-rules, 2026-10-04; the whole matrix in its copy of the
# language tc). The types of URL forwarding count as one.
_URLS = {"REDIRECT_URL", "FORWARD_URL", "FORWORD_URL"}
_BESIDE_NO_CNAME = {"A", "AAAA", "ALIAS", "SRV", "CAA", "SVCB", "HTTPS", *_URLS}
_ONLY_AT_APEX_BESIDE_CNAME = {"MX", "NS", "TXT"}
_BESIDE_NO_ADDRESS = {"CNAME", "ALIAS", *_URLS}
_EXCLUDED = {"A": _BESIDE_NO_ADDRESS, "AAAA": _BESIDE_NO_ADDRESS, **dict.fromkeys(_URLS, _URLS)}
_CONTENT = ("RR", "Type", "Value", "TTL", "Line", "Priority")
# GroupId of DescribeDomainRecords: there are no groups here, so every domain is in the default one. 0 finds nothing.
_ALL_GROUPS, _DEFAULT_GROUP = -2, -1
_GROUPS = (_ALL_GROUPS, _DEFAULT_GROUP)

assume(
    "dns-conflict-below-apex",
    "Below the apex of a domain, a CNAME record excludes NS records of the same name and line too, as it excludes MX "
    "and TXT records; other types exclude one another as they do at the apex.",
    "The page on conflicts (fr 2026-09-02, tr 2026-10-04) has MX beside CNAME as its example, and grants the exception "
    "to MX and TXT for @ alone. Its table for other names could not be read. An older page (ja, record-conflict) has "
    "NS beside CNAME as a conflict, and NS beside every other type as well, which the table for @ does not have.",
    date="2026-11-25",
    settle="AddDomainRecord of an NS record beside a CNAME below @",
)
assume(
    "dns-value",
    "A value that does not fit the type (no IP address in an A record, no host name in a CNAME record), and an MX "
    "record without Priority, are refused with InvalidParameter (400).",
    "InvalidParameter is in the table of the product (document_detail/2355841), for which faults is not said.",
    date="2026-11-25",
    settle="AddDomainRecord of an A record with a value that is no address",
)
assume(
    "dns-unchanged-update",
    "UpdateDomainRecord with nothing changed is refused with DomainRecordDuplicate.",
    "Reported by users (godns issue 47; libdns/alidns issue 10, 2026-01); the code is documented, this occasion "
    "is not.",
    verdict="practice",
    date="2026-01",
)
assume(
    "dns-forward-url-spelling",
    "FORWARD_URL and FORWORD_URL are taken, and a record keeps the spelling that it was given.",
    "The English texts have FORWARD_URL, the Chinese ones FORWORD_URL, and Terraform's provider tests for the second "
    "(2026-08-21); which one is reported is not documented.",
    date="2026-11-25",
    settle="AddDomainRecord of type FORWARD_URL, then DescribeDomainRecordInfo",
)
assume(
    "dns-status-spelling",
    "The status of a record is reported as ENABLE or DISABLE, and taken in either spelling.",
    "Terraform's provider sends and compares ENABLE and DISABLE; the text of the request says Enable and Disable.",
    verdict="practice",
    date="2026-08-21",
)


def add(call: Call, args: Args) -> Doc:
    """AddDomainRecord."""
    domain = find_domain(call, args["DomainName"])
    identifier = _new_id(call.store)
    doc: Doc = {
        "RecordId": identifier,
        "DomainName": domain["DomainName"],
        **{name: args[name] for name in _CONTENT if name in args},
        "Status": "ENABLE",
        "Locked": False,
        "CreateTimestamp": _now(),
    }
    _check(call, doc)
    same = [item for item in _of_name(call, doc) if item["Type"] == doc["Type"] and item["Line"] == doc["Line"]]
    if len(same) >= _MAX_SAME:
        raise call.error("QuotaExceeded.Record")
    call.store.put(kinds.RECORD, identifier, doc, served=True)
    return {"RecordId": identifier}


def register(store: Store, values: Doc) -> None:
    """Gives a domain a record as the console makes it: ``domain``, ``rr``, ``type`` and ``value``.

    ``ttl`` is optional, and ``priority`` is for MX records. The type may be one that the API only shows. A record that
    the domain has already stays as it is. Raises ValueError for an unknown type or domain, and for a wrong value.
    """
    if values["type"] not in SHOWN_TYPES:
        raise ValueError(f"{values['type']} is not a type of record; known: {', '.join(SHOWN_TYPES)}")
    domain = find(store, values["domain"])
    if domain is None:
        raise ValueError(f"The account has no domain {values['domain']}. Add it to domains.")
    content = {"DomainName": domain["DomainName"], "RR": values["rr"], "Type": values["type"]}
    content |= {"Value": values["value"], "Line": "default"}
    content |= {"Priority": values["priority"]} if "priority" in values else {}
    if problem := _problem(content):
        raise ValueError(problem)
    if any(all(doc.get(name) == value for name, value in content.items()) for doc in store.all(kinds.RECORD)):
        return
    identifier = _new_id(store)
    doc = {"RecordId": identifier, **content, "TTL": values.get("ttl", 600)}
    more = {"Status": "ENABLE", "Locked": False, "CreateTimestamp": _now()}
    store.put(kinds.RECORD, identifier, doc | more, served=True)


def _new_id(store: Store) -> str:
    number = store.setting("record_id", lambda: 900_000_000_000_000_001)
    store.set("record_id", number + 1)
    return str(number)


def update(call: Call, args: Args) -> Doc:
    """UpdateDomainRecord: replaces everything but the status and the remark."""
    doc = _unlocked(call, args)
    changed = {name: value for name, value in doc.items() if name not in _CONTENT}
    changed |= {name: args[name] for name in _CONTENT if name in args}
    if all(changed.get(name) == doc.get(name) for name in _CONTENT):
        raise call.error("DomainRecordDuplicate")
    _check(call, changed)
    _save(call, changed)
    return {"RecordId": doc["RecordId"]}


def update_remark(call: Call, args: Args) -> Doc:
    """UpdateDomainRecordRemark."""
    _save(call, _find(call, args) | {"Remark": args.get("Remark", "")})
    return {}


def delete(call: Call, args: Args) -> Doc:
    """DeleteDomainRecord."""
    doc = _unlocked(call, args)
    call.store.delete(kinds.RECORD, doc["RecordId"])
    return {"RecordId": doc["RecordId"]}


def delete_sub(call: Call, args: Args) -> Doc:
    """DeleteSubDomainRecords; the count is a string."""
    domain = find_domain(call, args["DomainName"])
    found = [
        doc
        for doc in _of_name(call, {"DomainName": domain["DomainName"], "RR": args["RR"]})
        if doc["Type"] == args.get("Type", doc["Type"])
    ]
    for doc in found:
        call.store.delete(kinds.RECORD, doc["RecordId"])
    return {"RR": args["RR"], "TotalCount": str(len(found))}


def lock(store: Store, identifier: str) -> None:
    """Locks a record, for which the API has no operation. Raises ValueError for an unknown id."""
    if store.get(kinds.RECORD, identifier) is None:
        raise ValueError(f"The account has no record {identifier}.")
    store.patch(kinds.RECORD, identifier, {"Locked": True})


def info(call: Call, args: Args) -> Doc:
    """DescribeDomainRecordInfo."""
    doc = _untimed(_find(call, args))
    return {name: value for name, value in doc.items() if not name.startswith("_")}  # without the weight (SDK 4.6.1)


def set_status(call: Call, args: Args) -> Doc:
    """SetDomainRecordStatus."""
    doc = _unlocked(call, args) | {"Status": args["Status"].upper()}
    if doc["Status"] == "ENABLE":
        _check(call, doc)
    _save(call, doc)
    return {"RecordId": doc["RecordId"], "Status": args["Status"]}


def listing(call: Call, args: Args) -> Doc:
    """DescribeDomainRecords: the records that pass the filters of a search mode, in the group that is asked for.

    LIKE and EXACT compare KeyWord alone; ADVANCED and COMBINATION compare all filters but KeyWord, COMBINATION exactly.
    Without a mode KeyWord means LIKE, and the other filters mean ADVANCED (text of the SDK 4.6.1).
    """
    domain = find_domain(call, args["DomainName"])
    mode = args.get("SearchMode") or ("LIKE" if args.get("KeyWord") else "ADVANCED")
    passes = _by_keyword if mode in ("LIKE", "EXACT") else _by_filters
    exact = mode in ("EXACT", "COMBINATION")
    found = [
        doc
        for doc in (call.store.all(kinds.RECORD) if args.get("GroupId", _ALL_GROUPS) in _GROUPS else [])
        if doc["DomainName"] == domain["DomainName"] and passes(doc, args, exact)
    ]
    found = [weights.shown(call.store, doc) for doc in found]
    return _page(found if args["Direction"] == "ASC" else found[::-1], args)


def _by_keyword(doc: Doc, args: Args, exact: bool) -> bool:
    return any(_fits(args.get("KeyWord", ""), doc[name], exact) for name in ("RR", "Value"))


def _by_filters(doc: Doc, args: Args, exact: bool) -> bool:
    return (
        _fits(args.get("RRKeyWord", ""), doc["RR"], exact)
        and _fits(args.get("ValueKeyWord", ""), doc["Value"], exact)
        and all(_fits(args.get(name, ""), doc["Type"], True) for name in ("TypeKeyWord", "Type"))
        and all(_fits(args.get(name, ""), doc[name], True) for name in ("Line", "Status"))
    )


def _fits(wanted: str, value: str, exact: bool) -> bool:
    """Tells whether a value is, or contains, what is wanted; an empty filter lets everything pass."""
    wanted, value = wanted.lower(), value.lower()
    return not wanted or (wanted == value if exact else wanted in value)


def sub_domain(call: Call, args: Args) -> Doc:
    """DescribeSubDomainRecords: all records of one full name; without DomainName, in its registrable domain."""
    name = args["SubDomain"].lower().rstrip(".")
    domain = find_domain(call, args.get("DomainName") or registrable(name))
    suffix = domain["DomainName"]
    if name != suffix and not name.endswith(f".{suffix}"):
        raise call.error("InvalidDomainName.NoExist")
    host = "@" if name == suffix else name.removesuffix(f".{suffix}")
    found = [
        doc
        for doc in select(call.store.all(kinds.RECORD), args, equal=same("Type", "Line"))
        if doc["DomainName"] == suffix and doc["RR"].lower() == host
    ]
    return _page([weights.shown(call.store, _untimed(doc)) for doc in found[::-1]], args)


def _untimed(doc: Doc) -> Doc:
    return {name: value for name, value in doc.items() if not name.endswith("Timestamp")}


def _page(found: list[Doc], args: Args) -> Doc:
    return {
        "DomainRecords": {"Record": numbered_page(found, args["PageNumber"], args["PageSize"])},
        "PageNumber": args["PageNumber"],
        "PageSize": args["PageSize"],
        "TotalCount": len(found),
    }


def _find(call: Call, args: Args) -> Doc:
    doc = call.store.get(kinds.RECORD, args["RecordId"])
    if doc is None:
        raise call.error("DomainRecordNotBelongToUser")
    return doc


def _unlocked(call: Call, args: Args) -> Doc:
    doc = _find(call, args)
    if doc["Locked"]:
        raise call.error("DomainRecordLocked")
    return doc


def _save(call: Call, doc: Doc) -> None:
    call.store.put(kinds.RECORD, doc["RecordId"], doc | {"UpdateTimestamp": _now()}, served=True)


def _of_name(call: Call, doc: Doc) -> list[Doc]:
    return [
        item
        for item in call.store.all(kinds.RECORD)
        if item["DomainName"] == doc["DomainName"] and item["RR"].lower() == doc["RR"].lower()
    ]


def _problem(doc: Doc) -> str:
    """Returns what is wrong with the content of a record, other records aside; empty for a good one."""
    if doc["Type"] == "MX" and "Priority" not in doc:
        return "Priority is mandatory for MX records."
    if not _VALUES.get(doc["Type"], _anything)(doc["Value"]):
        return f"{doc['Value']} is not a value of a record of type {doc['Type']}."
    return ""


def _check(call: Call, doc: Doc) -> None:
    # 600 seconds for the free edition, 60 and 1 for others (https://help.aliyun.com/document_detail/29806.html).
    least = find_domain(call, doc["DomainName"]).get("_min_ttl", 1)
    if doc.get("TTL", least) < least:
        raise call.error("QuotaExceeded.TTL", least)
    if problem := _problem(doc):
        raise call.invalid(problem)
    for other in _of_name(call, doc):
        if other["RecordId"] == doc["RecordId"] or other["Line"] != doc["Line"]:
            continue
        if (other["Type"], other["Value"]) == (doc["Type"], doc["Value"]):
            raise call.error("DomainRecordDuplicate")
        if other["Status"] == "ENABLE" and _exclude(doc["RR"], doc["Type"], other["Type"]):
            raise call.error("DomainRecordConflict")


def _exclude(rr: str, *types: str) -> bool:
    """Tells whether records of two types cannot be enabled together."""
    beside_cname = _BESIDE_NO_CNAME if rr == "@" else _BESIDE_NO_CNAME | _ONLY_AT_APEX_BESIDE_CNAME
    excluded = {**_EXCLUDED, "CNAME": beside_cname}
    return any(other in excluded.get(one, set()) for one, other in (types, types[::-1]))


def _address(version: int) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            return ipaddress.ip_address(value).version == version
        except ValueError:
            return False

    return check


def _name(value: str) -> bool:
    return bool(_HOST.fullmatch(value))


def _anything(_value: str) -> bool:
    return True


_VALUES = {"A": _address(4), "AAAA": _address(6), "CNAME": _name, "NS": _name, "MX": _name}


def _now() -> int:
    return int(time.time() * 1000)
