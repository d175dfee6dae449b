# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and resource groups of CAs and certificates."""

from __future__ import annotations

from .. import kinds
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
    new = {item["Key"]: item.get("Value", "") for item in args["Tag"] if "Key" in item}
    for kind, doc in _resources(call, args):
        _save(call, kind, doc, {"Tags": _as_list(_as_dict(doc) | new)})
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UntagResources: by key, or all."""
    keys = args.get("TagKey", [])
    everything = args.get("All", False) and not keys
    for kind, doc in _resources(call, args):
        kept = {key: value for key, value in _as_dict(doc).items() if not everything and key not in keys}
        _save(call, kind, doc, {"Tags": _as_list(kept)})
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    cas = [doc for doc in call.store.all(kinds.CA_CERTIFICATE) if "X509Certificate" in doc]  # uploaded ones have none
    every = [*cas, *call.store.all(kinds.PCA_CERTIFICATE)]
    found = [doc for _kind, doc in _resources(call, args)] if args.get("ResourceId") else every
    wanted = [(item["Key"], item.get("Value")) for item in args.get("Tag", []) if "Key" in item]
    rows = [
        {"ResourceId": doc["Identifier"], "ResourceType": args["ResourceType"], "TagKey": key, "TagValue": value}
        for doc in found
        if all(key in _as_dict(doc) and value in (None, _as_dict(doc)[key]) for key, value in wanted)
        for key, value in _as_dict(doc).items()
    ]
    page, fields = call.page(rows, args)
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


def _as_dict(doc: Doc) -> dict[str, str]:
    return {item["TagKey"]: item["TagValue"] for item in doc.get("Tags", [])}


def _as_list(given: dict[str, str]) -> list[Doc]:
    return [{"TagKey": key, "TagValue": value} for key, value in given.items()]
