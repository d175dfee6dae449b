# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of domains."""

from __future__ import annotations

from .. import kinds, tagging
from ..product import Call
from ..schema import Args
from ..store import Doc
from .domains import find_domain, tags_of


def tag(call: Call, args: Args) -> Doc:
    """TagResources: the last value of a key wins."""
    for doc in _domains(call, args):
        _save(call, doc, tags_of(doc) | tagging.from_list(args["Tag"]))
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UntagResources: by key, or all."""
    for doc in _domains(call, args):
        _save(call, doc, tagging.without(tags_of(doc), args))
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    found = _domains(call, args) if args.get("ResourceId") else call.store.all(kinds.DOMAIN)
    page, fields = call.page(tagging.rows([(doc["DomainName"], tags_of(doc)) for doc in found], args), args)
    return {"TagResources": page, **({"NextToken": fields["NextToken"]} if "NextToken" in fields else {})}


def _domains(call: Call, args: Args) -> list[Doc]:
    return [find_domain(call, name) for name in args["ResourceId"]]


def _save(call: Call, doc: Doc, tags: tagging.Tags) -> None:
    call.store.put(kinds.DOMAIN, doc["DomainName"], doc | {"_tags": dict(tags)}, served=True)
