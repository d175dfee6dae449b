# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and resource groups of every kind of resource. The operations are synchronous: they start no job."""

from __future__ import annotations

from collections.abc import Sequence

from .. import kinds
from ..assumptions import assume
from ..product import Call, keep, read, resource_group
from ..schema import Args
from ..store import Doc
from .params import tags as params

_MISSING = {
    kinds.LOAD_BALANCER: "ResourceNotFound.LoadBalancer",
    kinds.SERVER_GROUP: "ResourceNotFound.ServerGroup",
    kinds.SECURITY_POLICY: "ResourceNotFound.SecurityPolicy",
    kinds.LISTENER: "ResourceNotFound.Listener",
    kinds.ACL: "ResourceNotFound.Acl",
    kinds.RULE: "ResourceNotFound.Rule",
    kinds.HEALTH_CHECK_TEMPLATE: "ResourceNotFound.HealthCheckTemplate",
}


assume(
    "alb-resource-groups",
    "Every id that begins with rg- is taken for a resource group. Another one is NotExist.ResourceGroup (400) where "
    "the operation documents this code, and accepted elsewhere.",
    "Scope of the sandbox: resource groups belong to another product.",
    verdict="choice",
)


def existing_group(call: Call, args: Args) -> str:
    """Returns the resource group of a new resource. Raises ApiError for an unknown one.

    For operations that document an error code for it; others take every id.
    """
    group = resource_group(args)
    if not group.startswith("rg-"):
        raise call.error("NotExist.ResourceGroup")
    return group


def as_list(given: list[Doc]) -> list[Doc]:
    """Returns tags as they are stored and shown; the last value of a key wins."""
    return [{"Key": key, "Value": value} for key, value in _as_dict(given).items()]


def match(doc: Doc, wanted: list[Doc]) -> bool:
    """Tells whether the document has all these tags; a filter without a value looks for the key alone."""
    has = _as_dict(doc.get("Tags", []))
    return all(tag["Key"] in has and tag.get("Value", has[tag["Key"]]) == has[tag["Key"]] for tag in wanted)


def matching(docs: Sequence[Doc], args: Args) -> Sequence[Doc]:
    """Returns the documents that have the tags of a list's filter."""
    return [doc for doc in docs if match(doc, args["Tag"])] if args.get("Tag") else docs


def tag(call: Call, args: Args) -> Doc:
    """TagResources."""
    for identifier, doc in _resources(call, args):
        merged = _as_dict(doc["Tags"]) | _as_dict(args["Tag"])
        _save(call, args, identifier, merged)
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UnTagResources: by key, by key and value, or all."""
    for identifier, doc in _resources(call, args):
        keys = set(args.get("TagKey", []))
        pairs = {(item["Key"], item.get("Value", "")) for item in args.get("Tag", [])}
        everything = args.get("All", False) and not keys
        kept = {
            key: value
            for key, value in _as_dict(doc["Tags"]).items()
            if not (everything or key in keys or (key, value) in pairs)
        }
        _save(call, args, identifier, kept)
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    kind = args["ResourceType"]
    if args.get("ResourceId"):
        found = _resources(call, args)
    else:
        found = [(doc[_id_field(kind)], doc) for doc in call.in_region(kind)]
    rows = [
        {"ResourceId": identifier, "ResourceType": kind, "TagKey": item["Key"], "TagValue": item["Value"]}
        for identifier, doc in found
        if match(doc, args.get("Tag", []))
        for item in doc["Tags"]
    ]
    page, fields = call.page(rows, args)
    del fields["TotalCount"]
    return {"TagResources": page, **fields}


def move(call: Call, args: Args) -> Doc:
    """MoveResourceGroup."""
    group = args["NewResourceGroupId"]
    if not group.startswith("rg-"):
        raise call.error("NotExist.ResourceGroup")
    for identifier, _doc in _resources(call, {**args, "ResourceId": [args["ResourceId"]]}):
        call.store.patch(args["ResourceType"], identifier, {"ResourceGroupId": group})
    return {}


def _resources(call: Call, args: Args) -> list[tuple[str, Doc]]:
    kind = args["ResourceType"]
    if kind not in _MISSING:
        raise call.invalid(f"The sandbox has no resources of type {kind}.")
    return [(identifier, call.find(kind, identifier, _MISSING[kind])) for identifier in args["ResourceId"]]


def _save(call: Call, args: Args, identifier: str, has: dict[str, str]) -> None:
    call.store.patch(
        args["ResourceType"], identifier, {"Tags": as_list([{"Key": k, "Value": v} for k, v in has.items()])}
    )


def _as_dict(given: list[Doc]) -> dict[str, str]:
    return {item["Key"]: item.get("Value", "") for item in given if "Key" in item}


def _id_field(kind: str) -> str:
    # ResourceNotFound.Acl is about an AclId.
    return f"{_MISSING[kind].partition('.')[2]}Id"


OPERATIONS = {
    "TagResources": keep(tag, params.TAG),
    "UnTagResources": keep(untag, params.UNTAG),
    "MoveResourceGroup": keep(move, params.MOVE),
    "ListTagResources": read(listing, params.LIST_TAGS),
}
