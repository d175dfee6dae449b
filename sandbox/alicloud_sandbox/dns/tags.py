# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of domains."""

from __future__ import annotations

from .. import kinds
from ..product import Call
from ..schema import Args
from ..store import Doc
from .domains import find_domain


def tag(call: Call, args: Args) -> Doc:
    """TagResources: the last value of a key wins."""
    new = {item["Key"]: item.get("Value", "") for item in args["Tag"] if "Key" in item}
    for doc in _domains(call, args):
        _save(call, doc, doc.get("_tags", {}) | new)
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UntagResources: by key, or all."""
    keys = args.get("TagKey", [])
    everything = args.get("All", False) and not keys
    for doc in _domains(call, args):
        _save(call, doc, {k: v for k, v in doc.get("_tags", {}).items() if not everything and k not in keys})
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    found = _domains(call, args) if args.get("ResourceId") else call.store.all(kinds.DOMAIN)
    wanted = [(item["Key"], item.get("Value")) for item in args.get("Tag", []) if "Key" in item]
    rows = [
        {"ResourceId": doc["DomainName"], "ResourceType": "DOMAIN", "TagKey": key, "TagValue": value}
        for doc in found
        if all(key in doc.get("_tags", {}) and value in (None, doc["_tags"][key]) for key, value in wanted)
        for key, value in doc.get("_tags", {}).items()
    ]
    page, fields = call.page(rows, args)
    return {"TagResources": page, **({"NextToken": fields["NextToken"]} if "NextToken" in fields else {})}


def _domains(call: Call, args: Args) -> list[Doc]:
    return [find_domain(call, name) for name in args["ResourceId"]]


def _save(call: Call, doc: Doc, tags: dict[str, str]) -> None:
    call.store.put(kinds.DOMAIN, doc["DomainName"], doc | {"_tags": tags}, served=True)
