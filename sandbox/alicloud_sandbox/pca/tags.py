# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and resource groups of CAs and certificates."""

from __future__ import annotations

from .. import kinds, tagging
from ..assumptions import assume
from ..product import Call
from ..schema import Args
from ..store import Doc
from . import certificates

assume(
    "pca-resource-types",
    "TagResources, UntagResources, ListTagResources and MoveResourceGroup take the identifiers of CAs and "
    "certificates, with the types PcaCertificate and instance.",
    "The text of the SDK 2.1.4 knows the type instance alone; Terraform's provider sends PcaCertificate and an "
    "identifier.",
    verdict="practice",
    date="2026-08-21",
)


def tag(call: Call, args: Args) -> Doc:
    """TagResources: the last value of a key wins."""
    for kind, doc in _resources(call, args):
        _save(call, kind, doc, {"Tags": _as_list(_tags(doc) | tagging.from_list(args["Tag"]))})
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UntagResources: by key, or all."""
    for kind, doc in _resources(call, args):
        _save(call, kind, doc, {"Tags": _as_list(tagging.without(_tags(doc), args))})
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    cas = [doc for doc in call.store.all(kinds.CA_CERTIFICATE) if "X509Certificate" in doc]  # uploaded ones have none
    every = [*cas, *call.store.all(kinds.PCA_CERTIFICATE)]
    found = [doc for _kind, doc in _resources(call, args)] if args.get("ResourceId") else every
    page, fields = call.page(tagging.rows([(doc["Identifier"], _tags(doc)) for doc in found], args), args)
    del fields["TotalCount"]
    return {"Data": {"TagResources": {"TagResources": page}, **fields}}


def move(call: Call, args: Args) -> Doc:
    """MoveResourceGroup."""
    for kind, doc in _resources(call, {**args, "ResourceId": [args["ResourceId"]]}):
        _save(call, kind, doc, {"ResourceGroupId": args["ResourceGroupId"]})
    return {}


def _resources(call: Call, args: Args) -> list[tuple[str, Doc]]:
    return [certificates.find_any(call, identifier) for identifier in args["ResourceId"]]


def _save(call: Call, kind: str, doc: Doc, changes: Doc) -> None:
    call.store.put(kind, doc["Identifier"], {**doc, **changes}, served=True)


def _tags(doc: Doc) -> dict[str, str]:
    return {item["TagKey"]: item["TagValue"] for item in doc.get("Tags", [])}


def _as_list(tags: tagging.Tags) -> list[Doc]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]
