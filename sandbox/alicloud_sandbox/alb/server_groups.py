# SPDX-License-Identifier: GPL-3.0-or-later
"""Server groups and their servers."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from .. import kinds
from ..assumptions import assume
from ..errors import missing
from ..product import Call, new_id, public, read, same, timestamp, write
from ..schema import Args
from ..store import Doc, Store
from . import quotas, tags
from .params import server_groups as params

_ONE_OF = {"ServerGroupIds": "ServerGroupId", "ServerGroupNames": "ServerGroupName"}
_EQUAL = same("ServerGroupType", "VpcId", "ResourceGroupId")
_DEFAULTS: dict[str, object] = {
    "Scheduler": "Wrr",
    "StickySessionConfig": {"StickySessionEnabled": False},
    "ConnectionDrainConfig": {"ConnectionDrainEnabled": False},
    "SlowStartConfig": {"SlowStartEnabled": False},
    "CrossZoneEnabled": True,
    "UpstreamKeepaliveEnabled": False,
    "Ipv6Enabled": False,
}
_SERVER_TYPES = {"Instance": ("Ecs", "Eni", "Eci"), "Ip": ("Ip",), "Fc": ("Fc",)}
# Resources that send requests to server groups: kind, name of the id, name of the actions.
_USERS = ((kinds.LISTENER, "ListenerId", "DefaultActions"), (kinds.RULE, "RuleId", "RuleActions"))
_OPTIONAL = ("UchConfig", "ServiceName", "IpVersionAffinityMode", "VpcId")

assume(
    "alb-ecs-registry",
    "Servers of type Ecs, Eni and Eci have to be registered with the sandbox (POST /_sandbox/seed), with all addresses "
    "of an Eni. Functions (Fc) are kept and shown, without an effect on traffic. Slow start needs no quota. "
    "A server of type Ip gets traffic and health checks only at a loopback address, or at one that was registered "
    "(addresses, or the address of an instance).",
    "Scope of the sandbox.",
    verdict="choice",
)
assume(
    "alb-group-options-edition",
    "Refused with InvalidParameter (400): HTTPS health checks, and CrossZoneEnabled=false, in a group that a basic "
    "load balancer uses or is to use; CrossZoneEnabled=false together with sticky sessions or in a group of type "
    "Fc; the scheduler Uch without UchConfig.",
    "CreateServerGroup and the page alb-health-check (2026) exclude all but the last one without naming a code; Uch is "
    "what the tests of Terraform's provider send, always together with UchConfig.",
    date="2026-11-25",
    settle="CreateServerGroup with CrossZoneEnabled=false and a sticky session, with DryRun=true",
)
assume(
    "alb-health-check-host",
    "HealthCheckHost may have upper-case letters.",
    "The text of CreateServerGroup (SDK 1.3.3) has lower-case letters only. The acceptance tests of Terraform's "
    "provider, against the real service, have tf-testAcc.com (resource_alicloud_alb_server_group_test.go).",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "alb-server-group-vpc",
    "A server group of type Instance or Ip has to have a VPC: MissingVpcId.",
    "The page says it has to be given for these types; the table of parameters has it as optional.",
    date="2026-11-25",
    settle="CreateServerGroup without VpcId, with DryRun=true",
)


def create(call: Call, args: Args) -> Doc:
    """CreateServerGroup."""
    if not args.get("VpcId") and args["ServerGroupType"] != "Fc":
        raise missing("VpcId")
    if "VpcId" in args and call.store.get(kinds.VPC, args["VpcId"]) is None:
        raise call.error("ResourceNotFound.Vpc", args["VpcId"])
    quotas.check(call, "ServerGroupsNum", len(call.in_region(kinds.SERVER_GROUP)))
    identifier = new_id("sgp")
    doc: Doc = {
        "ServerGroupId": identifier,
        "ServerGroupName": args["ServerGroupName"],
        "ServerGroupStatus": "Creating",
        "ServerGroupType": args["ServerGroupType"],
        "Protocol": args["Protocol"],
        "CreateTime": timestamp(),
        "ConfigManagedEnabled": False,
        "HealthCheckConfig": health_check(args["HealthCheckConfig"]),
        "Tags": tags.as_list(args.get("Tag", [])),
        **{name: _completed(args, name, default) for name, default in _DEFAULTS.items()},
        **{name: args[name] for name in _OPTIONAL if name in args},
        "ResourceGroupId": tags.existing_group(call, args),
        "_region": call.region,
        "_servers": [],
    }
    _check_options(call, doc)
    return {
        "ServerGroupId": identifier,
        **call.submit(kinds.SERVER_GROUP, doc, identifier, operate="Create", final="Available"),
    }


def listing(call: Call, args: Args) -> Doc:
    """ListServerGroups."""
    page, fields = call.page(tags.matching(call.in_region(kinds.SERVER_GROUP, args, _ONE_OF, _EQUAL), args), args)
    balancers = users(call.store)
    items = [
        {
            **public(doc),
            "ServerCount": len(doc["_servers"]),
            "RelatedLoadBalancerIds": sorted(balancers.get(doc["ServerGroupId"], ())),
        }
        for doc in page
    ]
    return {"ServerGroups": items, **fields}


def update(call: Call, args: Args) -> Doc:
    """UpdateServerGroupAttribute: what is not given stays as it is."""
    doc = _available(call, args)
    for name, value in args.items():
        if name == "ServerGroupId":
            continue
        doc[name] = doc[name] | value if isinstance(value, dict) and name in doc else value
    doc["HealthCheckConfig"] = health_check(doc["HealthCheckConfig"])
    _check_options(call, doc)
    return _reconfigure(call, doc)


def replace_health_check(call: Call, args: Args, config: Doc) -> Doc:
    """Switches the health check of a server group on, with these settings and defaults, and returns the job."""
    doc = _available(call, args)
    doc["HealthCheckConfig"] = health_check({**config, "HealthCheckEnabled": True})
    return _reconfigure(call, doc)


def delete(call: Call, args: Args) -> Doc:
    """DeleteServerGroup."""
    doc = _available(call, args)
    if doc["ServerGroupId"] in users(call.store):
        raise call.error("ResourceInUse.ServerGroup", doc["ServerGroupId"])
    doc["ServerGroupStatus"] = "Deleting"
    return call.submit(kinds.SERVER_GROUP, doc, doc["ServerGroupId"], operate="Delete", final=None)


def add_servers(call: Call, args: Args) -> Doc:
    """AddServersToServerGroup."""
    doc = _available(call, args)
    _add(call, doc, args["Servers"])
    return _configure(call, doc)


def remove_servers(call: Call, args: Args) -> Doc:
    """RemoveServersFromServerGroup."""
    doc = _available(call, args)
    _remove(call, doc, args["Servers"])
    return _configure(call, doc)


def replace_servers(call: Call, args: Args) -> Doc:
    """ReplaceServersInServerGroup: servers that go and servers that come are Replacing (its page, en 2026-01-21)."""
    doc = _available(call, args)
    _remove(call, doc, args["RemovedServers"], status="Replacing")
    _add(call, doc, args["AddedServers"], status="Replacing")
    return _configure(call, doc)


def update_servers(call: Call, args: Args) -> Doc:
    """UpdateServerGroupServersAttribute: weight and description."""
    doc = _available(call, args)
    for server in args["Servers"]:
        current = _server(call, doc, server)
        current |= {name: server[name] for name in ("Weight", "Description") if name in server}
        current["Status"] = "Configuring"
    return _configure(call, doc)


def list_servers(call: Call, args: Args) -> Doc:
    """ListServerGroupServers."""
    servers = [
        {"ServerGroupId": doc["ServerGroupId"], **public(server)}
        for doc in tags.matching(call.in_region(kinds.SERVER_GROUP, args, equal=same("ServerGroupId")), args)
        for server in doc["_servers"]
        if not args.get("ServerIds") or server["ServerId"] in args["ServerIds"]
    ]
    page, fields = call.page(servers, args)
    return {"Servers": page, **fields}


def finish(doc: Doc) -> None:
    """Makes new servers available and drops removed ones, when a job has succeeded."""
    doc["_servers"] = [{**item, "Status": "Available"} for item in doc["_servers"] if not item.get("_removed")]


def health_check(given: Doc) -> Doc:
    """Returns the settings of a health check with their defaults; a check that is off has none."""
    if not given["HealthCheckEnabled"]:
        return {"HealthCheckEnabled": False}
    config = {**params.HEALTH_CHECK_DEFAULTS, "HealthCheckPath": "/", **given}
    method, codes = ("POST", ["0"]) if config["HealthCheckProtocol"] == "gRPC" else ("HEAD", ["http_2xx"])
    return {"HealthCheckMethod": method, "HealthCheckCodes": codes, **config}


def usable(call: Call, identifier: str, balancer: Doc) -> Doc:
    """Returns a server group that a listener or rule of this load balancer can be given. Raises ApiError."""
    group = call.find(kinds.SERVER_GROUP, identifier, "ResourceNotFound.ServerGroup")
    if group["ServerGroupStatus"] not in ("Available", "Configuring"):
        raise call.error("IncorrectStatus.ServerGroup", identifier, group["ServerGroupStatus"])
    if group.get("VpcId", balancer["VpcId"]) != balancer["VpcId"]:
        raise call.error("Mismatch.VpcId", "VpcId", identifier, balancer["LoadBalancerId"])
    check_edition(call, group, balancer)
    return group


def check_edition(call: Call, group: Doc, balancer: Doc) -> None:
    """Refuses options of a server group that a basic load balancer does not have."""
    if balancer.get("LoadBalancerEdition") != "Basic":
        return
    if group["HealthCheckConfig"].get("HealthCheckProtocol") == "HTTPS":
        raise call.invalid("A basic load balancer has no HTTPS health checks.")
    if not group["CrossZoneEnabled"]:
        raise call.invalid("CrossZoneEnabled cannot be false for a basic load balancer.")
    for config, flag in (("ConnectionDrain", "ConnectionDrain"), ("SlowStart", "SlowStartEnable")):
        if group[f"{config}Config"][f"{config}Enabled"]:
            raise call.error(f"Mismatch.LoadBalancerEditionAnd{flag}", "LoadBalancerEdition", flag)


def _check_options(call: Call, doc: Doc) -> None:
    """Refuses options that exclude one another."""
    sticky = doc["StickySessionConfig"]["StickySessionEnabled"]
    if not doc["CrossZoneEnabled"] and (sticky or doc["ServerGroupType"] == "Fc"):
        raise call.invalid("CrossZoneEnabled cannot be false with sticky sessions, nor in a group of type Fc.")
    if doc["Scheduler"] == "Uch" and "UchConfig" not in doc:
        raise call.invalid("The scheduler Uch needs UchConfig.")
    if doc["SlowStartConfig"]["SlowStartEnabled"] and doc["Scheduler"] != "Wrr":
        names = ("ServerGroupScheduler", "SlowStartEnable")
        raise call.error("Mismatch.ServerGroupSchedulerAndSlowStartEnable", *names)


def check_servers(call: Call, balancer: Doc, changed: Doc | None = None, more: Mapping[str, int] | None = None) -> None:
    """Refuses too many servers behind a load balancer; a server counts once for every listener and rule that uses it.

    ``changed`` is the listener or rule that is about to be stored, ``more`` how many servers a group is about to have.
    """
    name = "RuleId" if changed and "RuleId" in changed else "ListenerId"
    used = 0
    sizes: dict[str, int] = {}  # of the groups: many listeners share one
    for kind, identity, actions in _USERS:
        docs = call.store.all(kind, LoadBalancerId=balancer["LoadBalancerId"])
        if changed and identity == name:
            docs = [doc for doc in docs if doc[identity] != changed[identity]] + [changed]
        for group in (group for doc in docs for group in targets(doc[actions])):
            if group not in sizes:
                sizes[group] = _size(call, group, more or {})
            used += sizes[group]
    edition = balancer["LoadBalancerEdition"]
    quotas.check(call, "LoadBalancerServersNum", used, 0, of=balancer["LoadBalancerId"], edition=edition)


def _size(call: Call, group: str, more: Mapping[str, int]) -> int:
    return len((call.store.get(kinds.SERVER_GROUP, group) or {"_servers": []})["_servers"]) + more.get(group, 0)


def users(store: Store) -> dict[str, set[str]]:
    """Returns, by server group, the load balancers that use it, or used it before an unfinished job."""
    found: dict[str, set[str]] = {}
    for kind, _identity, actions in _USERS:
        for balancer, given in store.values(kind, "LoadBalancerId", actions):
            for group in targets(given):
                found.setdefault(group, set()).add(balancer)
    return found


def tuples(action: Doc) -> list[Doc]:
    """Returns the server groups that an action sends requests to, as in ServerGroupTuples."""
    mirror = action.get("TrafficMirrorConfig", {}).get("MirrorGroupConfig", {})
    found: list[Doc] = [*action.get("ForwardGroupConfig", mirror).get("ServerGroupTuples", [])]
    return found


def targets(actions: list[Doc]) -> dict[str, str]:
    """Returns the ids of the server groups that actions send requests to, with the type of the action."""
    return {item["ServerGroupId"]: action["Type"] for action in actions for item in tuples(action)}


def forwards_to(listener: Doc) -> str:
    """Returns the server group of a listener."""
    return next(iter(targets(listener["DefaultActions"])))


def _available(call: Call, args: Args) -> Doc:
    doc = call.find(kinds.SERVER_GROUP, args["ServerGroupId"], "ResourceNotFound.ServerGroup")
    if doc["ServerGroupStatus"] != "Available":
        raise call.error("IncorrectStatus.ServerGroup", doc["ServerGroupId"], doc["ServerGroupStatus"])
    return doc


def _configure(call: Call, doc: Doc) -> Doc:
    doc["ServerGroupStatus"] = "Configuring"
    return call.submit(kinds.SERVER_GROUP, doc, doc["ServerGroupId"], operate="Update", final="Available")


def _reconfigure(call: Call, doc: Doc) -> Doc:
    """Starts the job of a server group whose options are changed, unless a load balancer does not have them."""
    for identifier in sorted(users(call.store).get(doc["ServerGroupId"], ())):
        check_edition(call, doc, call.store.get(kinds.LOAD_BALANCER, identifier) or {})
    return _configure(call, doc)


def _completed(args: Args, name: str, default: object) -> object:
    """Returns the value of an option, or its default; a structure is completed by the fields of its default."""
    return {**default, **args.get(name, {})} if isinstance(default, dict) else args.get(name, default)


def _add(call: Call, doc: Doc, servers: list[Doc], status: str = "Adding") -> None:
    current = {_key(server) for server in doc["_servers"]}
    new: set[tuple[object, ...]] = set()
    for number, server in enumerate(servers, 1):
        # Mandatory for all but functions (official metadata, 2024-07-30, AddServersToServerGroup).
        if "Port" not in server and doc["ServerGroupType"] != "Fc":
            raise missing(f"Servers.{number}.Port")
        added = {**server, "ServerIp": _address(call, doc, server), "Status": status}
        if _key(added) in new:
            raise call.error("DuplicatedParam.BackendServer", "BackendServer")
        if _key(added) in current:
            raise call.error("Conflict.BackendServer", "BackendServer", _shown(server))
        new.add(_key(added))
        doc["_servers"].append(added)
    quotas.check(call, "ServerAddedNum", len(current), len(servers), of=doc["ServerGroupId"])
    for identifier in sorted(users(call.store).get(doc["ServerGroupId"], ())):
        balancer = call.store.get(kinds.LOAD_BALANCER, identifier)
        if balancer:
            check_servers(call, balancer, more={doc["ServerGroupId"]: len(servers)})


def _address(call: Call, doc: Doc, server: Doc) -> str:
    kind, expected = server["ServerType"], _SERVER_TYPES[doc["ServerGroupType"]]
    if kind not in expected:
        raise call.invalid(
            f"In a server group of type {doc['ServerGroupType']}, ServerType has to be {' or '.join(expected)}."
        )
    if kind == "Fc":
        return ""
    if kind == "Ip":
        try:
            return str(ipaddress.ip_address(server.get("ServerIp") or str(server["ServerId"])))
        except ValueError:
            raise call.invalid(f"{server['ServerId']} is not an IP address.") from None
    instance = call.store.get(kind.lower(), server["ServerId"])
    if instance is None:
        raise call.error(f"ResourceNotFound.{kind}", server["ServerId"])
    if instance["vpc_id"] != doc["VpcId"]:
        raise call.error("Mismatch.VpcId", "VpcId", server["ServerId"], doc["ServerGroupId"])
    if kind == "Eni" and server.get("ServerIp"):
        if server["ServerIp"] not in (instance["address"], *instance["secondary_addresses"]):
            raise call.error("IllegalParam.ServerIp")
        return str(server["ServerIp"])
    return str(instance["address"])


def _remove(call: Call, doc: Doc, servers: list[Doc], status: str = "Removing") -> None:
    for server in servers:
        found = _server(call, doc, server)
        found |= {"Status": status, "_removed": True}


def _server(call: Call, doc: Doc, wanted: Doc) -> Doc:
    for server in doc["_servers"]:
        # Without ServerIp the first address of an Eni in the group is meant.
        if _key(server) == _key({**wanted, "ServerIp": wanted.get("ServerIp", server["ServerIp"])}):
            found: Doc = server
            return found
    raise call.error("ResourceNotFound.BackendServer", _shown(wanted))


def _key(server: Doc) -> tuple[object, ...]:
    return server["ServerId"], server["ServerIp"] if server["ServerType"] == "Eni" else None, server.get("Port")


def _shown(server: Doc) -> str:
    return f"{server['ServerId']}:{server.get('Port', '-')}"


OPERATIONS = {
    "CreateServerGroup": write(create, params.CREATE_SERVER_GROUP),
    "ListServerGroups": read(listing, params.LIST_SERVER_GROUPS),
    "UpdateServerGroupAttribute": write(update, params.UPDATE_SERVER_GROUP),
    "DeleteServerGroup": write(delete, params.DELETE_SERVER_GROUP),
    "AddServersToServerGroup": write(add_servers, params.ADD_SERVERS),
    "RemoveServersFromServerGroup": write(remove_servers, params.REMOVE_SERVERS),
    "ReplaceServersInServerGroup": write(replace_servers, params.REPLACE_SERVERS),
    "UpdateServerGroupServersAttribute": write(update_servers, params.UPDATE_SERVERS),
    "ListServerGroupServers": read(list_servers, params.LIST_SERVERS),
}
