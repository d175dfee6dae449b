# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists and their association with listeners.

Source: https://help.aliyun.com/zh/slb/application-load-balancer/user-guide/access-control
"""

from __future__ import annotations

import ipaddress

from .. import kinds
from ..assumptions import assume
from ..product import Call, new_id, public, read, timestamp, write
from ..schema import Args
from ..store import Doc, Store
from . import load_balancers, quotas, tags
from .params import acls as params

_ONE_OF = {"AclIds": "AclId", "AclNames": "AclName"}

assume(
    "alb-acl-entries",
    "Two entries of an access control list are the same when they are the same block, such as 192.0.2.1 and "
    "192.0.2.1/32: ResourceAlreadyExist.AclEntry (400). What is no IPv4 address or CIDR block is InvalidParameter "
    "(400).",
    "The code, that one entry which is there already fails the whole batch, and IPv4 alone are documented "
    "(network-acls, es 2026-09-03); what makes two entries the same is not, nor the code of a bad one.",
    date="2026-11-25",
    settle="AddEntriesToAcl with 192.0.2.1, and again with 192.0.2.1/32, to a list of one's own",
)
assume(
    "alb-acl-one-type",
    "All access control lists of a listener have one AclType; another one is refused with InvalidParameter (400).",
    "GetListenerAttribute shows one AclType for all of them.",
    date="2026-11-25",
    settle="AssociateAclsWithListener with AclType=Black for a listener that has a list of type White",
)
assume(
    "alb-acl-refusal",
    "A client that an access control list keeps out is answered with status 403.",
    "The guide says that its requests are not forwarded, not what it sees.",
    date="2026-11-25",
    settle="curl from an address that a list of type Black has",
)


def create(call: Call, args: Args) -> Doc:
    """CreateAcl."""
    quotas.check(call, "AclsNum", len(call.in_region(kinds.ACL)))
    identifier = new_id("acl")
    doc = {
        "AclId": identifier,
        "AclName": args.get("AclName", ""),
        "AclStatus": "Creating",
        "AddressIPVersion": "IPv4",
        "ConfigManagedEnabled": False,
        "CreateTime": timestamp(),
        "ResourceGroupId": tags.existing_group(call, args),
        "Tags": tags.as_list(args.get("Tag", [])),
        "_region": call.region,
        "_entries": [],
    }
    return {"AclId": identifier, **call.submit(kinds.ACL, doc, identifier, operate="Create", final="Available")}


def update(call: Call, args: Args) -> Doc:
    """UpdateAclAttribute; its answer does not name the job."""
    doc = _available(call, args["AclId"])
    doc["AclName"] = args["AclName"]
    _configure(call, doc)
    return {}


def delete(call: Call, args: Args) -> Doc:
    """DeleteAcl."""
    doc = _available(call, args["AclId"])
    if users(call.store, doc["AclId"]):
        raise call.error("ResourceInUse.Acl", doc["AclId"])
    doc["AclStatus"] = "Deleting"
    return call.submit(kinds.ACL, doc, doc["AclId"], operate="Delete", final=None)


def listing(call: Call, args: Args) -> Doc:
    """ListAcls."""
    found = tags.matching(call.in_region(kinds.ACL, args, _ONE_OF), args)
    page, fields = call.page(found, args)
    return {"Acls": [public(doc) for doc in page], **fields}


def add_entries(call: Call, args: Args) -> Doc:
    """AddEntriesToAcl."""
    doc = _available(call, args["AclId"])
    existing = {_network(call, item["Entry"]) for item in doc["_entries"]}
    for item in args["AclEntries"]:
        network = _network(call, item["Entry"])
        if network in existing:
            raise call.error("ResourceAlreadyExist.AclEntry", item["Entry"])
        existing.add(network)
        doc["_entries"].append({"Description": "", **item, "Status": "Adding"})
    more = len(args["AclEntries"])
    quotas.check(call, "AclEntriesNum", len(doc["_entries"]) - more, more, of=doc["AclId"])
    listeners = users(call.store, doc["AclId"])
    for listener in listeners:
        _check_entries(call, listener, more)
    for balancer in {listener["LoadBalancerId"] for listener in listeners}:
        used = sum(_entries_of(call, item) for item in call.store.all(kinds.LISTENER, LoadBalancerId=balancer))
        added = more * sum(listener["LoadBalancerId"] == balancer for listener in listeners)
        quotas.check(call, "LoadBalancerAclEntriesNum", used, added, of=balancer)
    return _configure(call, doc)


def remove_entries(call: Call, args: Args) -> Doc:
    """RemoveEntriesFromAcl."""
    doc = _available(call, args["AclId"])
    existing = {_network(call, item["Entry"]): item for item in doc["_entries"]}
    for entry in args["Entries"]:
        network = _network(call, entry)
        if network not in existing:
            raise call.error("ResourceNotFound.AclEntry", entry)
        existing[network]["Status"] = "Removing"
    return _configure(call, doc)


def list_entries(call: Call, args: Args) -> Doc:
    """ListAclEntries."""
    page, fields = call.page(_find(call, args["AclId"])["_entries"], args)
    return {"AclEntries": page, **fields}


def relations(call: Call, args: Args) -> Doc:
    """ListAclRelations."""
    shown = ("ListenerId", "ListenerPort", "ListenerProtocol", "LoadBalancerId")
    return {
        "AclRelations": [
            {
                "AclId": _find(call, identifier)["AclId"],
                "RelatedListeners": [
                    {**{name: doc[name] for name in shown}, "Status": relation["Status"]}
                    for doc in users(call.store, identifier)
                    for relation in doc["AclConfig"]["AclRelations"]
                    if relation["AclId"] == identifier
                ],
            }
            for identifier in args["AclIds"]
        ]
    }


def associate(call: Call, args: Args) -> Doc:
    """AssociateAclsWithListener."""
    listener = _listener(call, args)
    if load_balancers.active(call, listener["LoadBalancerId"])["SecurityGroupIds"]:
        raise call.error("OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl")
    config = listener["AclConfig"]
    existing = {item["AclId"] for item in config["AclRelations"]}
    for identifier in args["AclIds"]:
        _available(call, identifier)
        if identifier in existing:
            raise call.error("ResourceInUse.Acl", identifier)
        quotas.check(call, "AclAttachedNum", len(users(call.store, identifier)), of=identifier)
        config["AclRelations"].append({"AclId": identifier, "Status": "Associating"})
    if existing and config["AclType"] != args["AclType"]:
        raise call.invalid(f"The access control lists of this listener are of type {config['AclType']}.")
    quotas.check(call, "AclsNum", len(existing), len(args["AclIds"]), allowed=quotas.ACLS_OF_LISTENER)
    _check_entries(call, listener, 0)
    config["AclType"] = args["AclType"]
    return _configure_listener(call, listener)


def dissociate(call: Call, args: Args) -> Doc:
    """DissociateAclsFromListener."""
    listener = _listener(call, args)
    existing = {item["AclId"]: item for item in listener["AclConfig"]["AclRelations"]}
    for identifier in args["AclIds"]:
        if identifier not in existing:
            raise call.error("ResourceNotAssociated.Acl", identifier)
        existing[identifier]["Status"] = "Dissociating"
    return _configure_listener(call, listener)


def users(store: Store, identifier: str) -> list[Doc]:
    """Returns the listeners that have this list."""
    return [
        doc
        for doc in store.all(kinds.LISTENER)
        if any(item["AclId"] == identifier for item in doc["AclConfig"]["AclRelations"])
    ]


def finish(doc: Doc) -> None:
    """Makes new entries available and drops removed ones, when a job has succeeded."""
    doc["_entries"] = [{**item, "Status": "Available"} for item in doc["_entries"] if item["Status"] != "Removing"]


def finish_listener(doc: Doc) -> None:
    """Associates new lists with a listener and drops dissociated ones, when a job has succeeded."""
    kept = [item for item in doc["AclConfig"]["AclRelations"] if item["Status"] != "Dissociating"]
    doc["AclConfig"] = {
        **({"AclType": doc["AclConfig"]["AclType"]} if kept else {}),
        "AclRelations": [{**item, "Status": "Associated"} for item in kept],
    }


def entries(lists: dict[str, Doc], listener: Doc) -> tuple[str, tuple[str, ...]]:
    """Returns the type of a listener's lists, and their networks."""
    config = listener["AclConfig"]
    found = (lists[item["AclId"]]["_entries"] for item in config["AclRelations"] if item["AclId"] in lists)
    return config.get("AclType", ""), tuple(sorted(entry["Entry"] for item in found for entry in item))


def _entries_of(call: Call, listener: Doc) -> int:
    """Returns the number of entries that the lists of a listener have together."""
    lists = (call.store.get(kinds.ACL, item["AclId"]) or {} for item in listener["AclConfig"]["AclRelations"])
    return sum(len(item.get("_entries", [])) for item in lists)


def _check_entries(call: Call, listener: Doc, more: int) -> None:
    """Refuses too many entries for a listener; ``more`` are about to be added to one of its lists."""
    balancer = call.store.get(kinds.LOAD_BALANCER, listener["LoadBalancerId"]) or {}
    quotas.check(
        call,
        "ListenerAclEntriesNum",
        _entries_of(call, listener),
        more,
        of=listener["ListenerId"],
        edition=balancer.get("LoadBalancerEdition", ""),
    )


def _find(call: Call, identifier: str) -> Doc:
    return call.find(kinds.ACL, identifier, "ResourceNotFound.Acl")


def _available(call: Call, identifier: str) -> Doc:
    doc = _find(call, identifier)
    if doc["AclStatus"] != "Available":
        raise call.error("IncorrectStatus.Acl", identifier, doc["AclStatus"])
    return doc


def _configure(call: Call, doc: Doc) -> Doc:
    doc["AclStatus"] = "Configuring"
    return call.submit(kinds.ACL, doc, doc["AclId"], operate="Update", final="Available")


def _listener(call: Call, args: Args) -> Doc:
    doc = call.find(kinds.LISTENER, args["ListenerId"], "ResourceNotFound.Listener")
    load_balancers.active(call, doc["LoadBalancerId"])
    if doc["ListenerStatus"] not in ("Running", "Stopped"):
        raise call.error("IncorrectStatus.Listener", doc["ListenerId"], doc["ListenerStatus"])
    return doc


def _configure_listener(call: Call, doc: Doc) -> Doc:
    final, doc["ListenerStatus"] = doc["ListenerStatus"], "Configuring"
    return call.submit(kinds.LISTENER, doc, doc["ListenerId"], operate="Update", final=final)


def _network(call: Call, entry: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(entry, strict=False)
    except ValueError:
        raise call.invalid(f"{entry} is not an IPv4 address or CIDR block.") from None


OPERATIONS = {
    "CreateAcl": write(create, params.CREATE_ACL),
    "UpdateAclAttribute": write(update, params.UPDATE_ACL),
    "DeleteAcl": write(delete, params.DELETE_ACL),
    "ListAcls": read(listing, params.LIST_ACLS),
    "AddEntriesToAcl": write(add_entries, params.ADD_ENTRIES),
    "RemoveEntriesFromAcl": write(remove_entries, params.REMOVE_ENTRIES),
    "ListAclEntries": read(list_entries, params.LIST_ENTRIES),
    "ListAclRelations": read(relations, params.ACL_RELATIONS),
    "AssociateAclsWithListener": write(associate, params.ASSOCIATE_ACLS),
    "DissociateAclsFromListener": write(dissociate, params.DISSOCIATE_ACLS),
}
