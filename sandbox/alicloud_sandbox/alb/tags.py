# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags and resource groups of every kind of resource. The operations are synchronous: they start no job."""

from __future__ import annotations

from collections.abc import Sequence

from .. import kinds, tagging
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
    return tagging.as_list(tagging.from_list(given))


def matching(docs: Sequence[Doc], args: Args) -> Sequence[Doc]:
    """Returns the documents that have the tags of a list's filter."""
    wanted = args.get("Tag")
    return [doc for doc in docs if tagging.match(_tags(doc), wanted)] if wanted else docs


def tag(call: Call, args: Args) -> Doc:
    """TagResources."""
    for identifier, doc in _resources(call, args):
        _save(call, args, identifier, _tags(doc) | tagging.from_list(args["Tag"]))
    return {}


def untag(call: Call, args: Args) -> Doc:
    """UnTagResources: by key, by key and value, or all."""
    for identifier, doc in _resources(call, args):
        _save(call, args, identifier, tagging.without(_tags(doc), args))
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListTagResources."""
    kind = args["ResourceType"]
    if args.get("ResourceId"):
        found = _resources(call, args)
    else:
        found = [(doc[_id_field(kind)], doc) for doc in call.in_region(kind)]
    page, fields = call.page(tagging.rows([(identifier, _tags(doc)) for identifier, doc in found], args), args)
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


def _save(call: Call, args: Args, identifier: str, has: tagging.Tags) -> None:
    call.store.patch(args["ResourceType"], identifier, {"Tags": tagging.as_list(has)})


def _tags(doc: Doc) -> dict[str, str]:
    return tagging.from_list(doc.get("Tags", []))


def _id_field(kind: str) -> str:
    # ResourceNotFound.Acl is about an AclId.
    return f"{_MISSING[kind].partition('.')[2]}Id"


OPERATIONS = {
    "TagResources": keep(tag, params.TAG),
    "UnTagResources": keep(untag, params.UNTAG),
    "MoveResourceGroup": keep(move, params.MOVE),
    "ListTagResources": read(listing, params.LIST_TAGS),
}
