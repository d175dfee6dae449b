# SPDX-License-Identifier: GPL-3.0-or-later
"""Programmable scripts (AScript) of listeners: kept and shown, without an effect on traffic."""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import Call, keep, new_id, public, read
from ..schema import Args
from ..store import Doc
from .params import scripts as params

_ONE_OF = {"AScriptIds": "AScriptId", "AScriptNames": "AScriptName", "ListenerIds": "ListenerId"}
_EDITIONS = ("Standard", "StandardWithWaf")  # CreateAScripts, en 2026-01-15

assume(
    "alb-ascripts",
    "Programmable scripts (AScript) are kept and shown, without an effect on traffic: nobody reads their content, and "
    "there is no quota of scripts and lines.",
    "Scope of the sandbox. The quotas are not documented.",
    verdict="choice",
)
assume(
    "alb-ascript-shown",
    "ListAScripts shows position and extended attributes, which neither the SDK nor the metadata have fields for.",
    "The acceptance tests of Terraform's provider import a script and compare these, which it reads from the answer "
    "(resource_alicloud_alb_ascript_test.go).",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "alb-ascript-refused",
    "An unknown listener is ResourceNotFound.Listener (404), a basic load balancer InvalidParameter (400), and a "
    "listener that is neither running nor stopped IncorrectStatus.Listener (400). The listener keeps its status while "
    "its scripts change.",
    "That another edition than the basic one is needed is documented (CreateAScripts, en 2026-01-15), and the last "
    "code; the other codes are not.",
    date="2026-11-26",
    settle="CreateAScripts with an unknown ListenerId and DryRun=true",
)


def create(call: Call, args: Args) -> Doc:
    """CreateAScripts."""
    listener = _listener(call, args["ListenerId"])
    balancer = call.store.get(kinds.LOAD_BALANCER, listener["LoadBalancerId"]) or {}
    if balancer.get("LoadBalancerEdition") not in _EDITIONS:
        raise call.invalid("A basic load balancer has no programmable scripts.")
    docs: dict[str, Doc] = {}
    for given in args["AScripts"]:
        identifier = new_id("as")
        docs[identifier] = {
            "AScriptId": identifier,
            "AScriptStatus": "Creating",
            "Enabled": False,
            "ExtAttributeEnabled": False,
            "ExtAttributes": [],
            "ListenerId": listener["ListenerId"],
            "LoadBalancerId": listener["LoadBalancerId"],
            "_region": call.region,
        }
        _merge(docs[identifier], given)
    job = call.submit_all(kinds.ASCRIPT, docs, operate="Create", final="Available")
    return {"AScriptIds": [{"AScriptId": identifier} for identifier in docs], **job}


def listing(call: Call, args: Args) -> Doc:
    """ListAScripts."""
    page, fields = call.page(call.in_region(kinds.ASCRIPT, args, _ONE_OF), args)
    return {"AScripts": [public(doc) for doc in page], "NextToken": "", **fields}


def update(call: Call, args: Args) -> Doc:
    """UpdateAScripts: what is not given stays as it is."""
    docs: dict[str, Doc] = {}
    for given in args["AScripts"]:
        doc = docs.get(given["AScriptId"]) or call.find(kinds.ASCRIPT, given["AScriptId"], "ResourceNotFound.Ascript")
        _listener(call, doc["ListenerId"])
        _merge(doc, given)
        docs[doc["AScriptId"]] = doc | {"AScriptStatus": "Configuring"}
    return call.submit_all(kinds.ASCRIPT, docs, operate="Update", final="Available")


def delete(call: Call, args: Args) -> Doc:
    """DeleteAScripts: of one listener."""
    docs = {name: call.find(kinds.ASCRIPT, name, "ResourceNotFound.AScript") for name in args["AScriptIds"]}
    listeners = {doc["ListenerId"] for doc in docs.values()}
    if len(listeners) > 1:
        raise call.error("OperationDenied.CrossListenerAScripts", "CrossListenerAScripts")
    _listener(call, *listeners)
    docs = {name: doc | {"AScriptStatus": "Deleting"} for name, doc in docs.items()}
    return call.submit_all(kinds.ASCRIPT, docs, operate="Delete", final=None)


def _listener(call: Call, identifier: str) -> Doc:
    """Returns a listener whose scripts can be changed now. Raises ApiError."""
    doc = call.find(kinds.LISTENER, identifier, "ResourceNotFound.Listener")
    if doc["ListenerStatus"] not in ("Running", "Stopped"):
        raise call.error("IncorrectStatus.Listener", identifier, doc["ListenerStatus"])
    return doc


def _merge(doc: Doc, given: Args) -> None:
    doc |= {name: value for name, value in given.items() if name != "AScriptId"}


OPERATIONS = {
    "CreateAScripts": keep(create, params.CREATE_SCRIPTS),
    "ListAScripts": read(listing, params.LIST_SCRIPTS),
    "UpdateAScripts": keep(update, params.UPDATE_SCRIPTS),
    "DeleteAScripts": keep(delete, params.DELETE_SCRIPTS),
}
