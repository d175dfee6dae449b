# SPDX-License-Identifier: GPL-3.0-or-later
"""ALB 2020-06-16: the table of operations, and the operations that belong to no kind of resource."""

from __future__ import annotations

from ..jobs import Kind
from ..product import Call, Handler, Operation, Product, public, same, select
from ..schema import Args
from ..store import Doc, Store
from . import (
    acls,
    health,
    listeners,
    load_balancers,
    params,
    rule_params,
    rules,
    security_policies,
    server_groups,
    tags,
)
from .errors import ERRORS


def _list_jobs(call: Call, args: Args) -> Doc:
    found = [
        job
        for job in select(
            call.store.jobs(args.get("JobIds", ())),
            args,
            {"ResourceIds": "ResourceId"},
            same("ResourceType", "ApiName"),
        )
        if args.get("BeginTime", 0) <= job["CreateTime"] <= args.get("EndTime", job["CreateTime"])
    ]
    page, fields = call.page(found, args)
    return {"Jobs": [public(job) for job in page], **fields}


def _regions(call: Call, _args: Args) -> Doc:
    region = {"RegionId": call.region, "LocalName": call.region, "RegionEndpoint": f"alb.{call.region}.aliyuncs.com"}
    return {"Regions": [region]}


def _zones(call: Call, _args: Args) -> Doc:
    zones = sorted({vswitch["zone_id"] for vswitch in call.store.all("vswitch")})
    return {"Zones": [{"ZoneId": zone, "LocalName": zone} for zone in zones]}


def _read(handler: Handler, schema: params.Schema) -> Operation:
    return Operation(handler, schema)


def _write(handler: Handler, schema: params.Schema) -> Operation:
    return Operation(handler, schema, write=True)


OPERATIONS = {
    "CreateLoadBalancer": _write(load_balancers.create, params.CREATE_LOAD_BALANCER),
    "GetLoadBalancerAttribute": _read(load_balancers.get, params.LOAD_BALANCER_ID),
    "ListLoadBalancers": _read(load_balancers.listing, params.LIST_LOAD_BALANCERS),
    "UpdateLoadBalancerAttribute": _write(load_balancers.update, params.UPDATE_LOAD_BALANCER),
    "UpdateLoadBalancerEdition": _write(load_balancers.update_edition, params.UPDATE_EDITION),
    "UpdateLoadBalancerZones": _write(load_balancers.update_zones, params.UPDATE_ZONES),
    "UpdateLoadBalancerAddressTypeConfig": _write(load_balancers.update_address_type, params.UPDATE_ADDRESS_TYPE),
    "EnableLoadBalancerAccessLog": _write(load_balancers.enable_access_log, params.ENABLE_ACCESS_LOG),
    "DisableLoadBalancerAccessLog": _write(load_balancers.disable_access_log, params.DELETE_LOAD_BALANCER),
    "DeleteLoadBalancer": _write(load_balancers.delete, params.DELETE_LOAD_BALANCER),
    "LoadBalancerJoinSecurityGroup": _write(load_balancers.join_groups, params.SECURITY_GROUPS),
    "LoadBalancerLeaveSecurityGroup": _write(load_balancers.leave_groups, params.SECURITY_GROUPS),
    "EnableLoadBalancerIpv6Internet": _write(load_balancers.enable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "DisableLoadBalancerIpv6Internet": _write(load_balancers.disable_ipv6_internet, params.DELETE_LOAD_BALANCER),
    "AttachCommonBandwidthPackageToLoadBalancer": _write(load_balancers.attach_package, params.BANDWIDTH_PACKAGE),
    "DetachCommonBandwidthPackageFromLoadBalancer": _write(load_balancers.detach_package, params.BANDWIDTH_PACKAGE),
    "EnableDeletionProtection": _write(load_balancers.enable_protection, params.PROTECTION),
    "DisableDeletionProtection": _write(load_balancers.disable_protection, params.PROTECTION),
    "CreateServerGroup": _write(server_groups.create, params.CREATE_SERVER_GROUP),
    "ListServerGroups": _read(server_groups.listing, params.LIST_SERVER_GROUPS),
    "UpdateServerGroupAttribute": _write(server_groups.update, params.UPDATE_SERVER_GROUP),
    "DeleteServerGroup": _write(server_groups.delete, params.DELETE_SERVER_GROUP),
    "AddServersToServerGroup": _write(server_groups.add_servers, params.ADD_SERVERS),
    "RemoveServersFromServerGroup": _write(server_groups.remove_servers, params.REMOVE_SERVERS),
    "ReplaceServersInServerGroup": _write(server_groups.replace_servers, params.REPLACE_SERVERS),
    "UpdateServerGroupServersAttribute": _write(server_groups.update_servers, params.UPDATE_SERVERS),
    "ListServerGroupServers": _read(server_groups.list_servers, params.LIST_SERVERS),
    "CreateListener": _write(listeners.create, params.CREATE_LISTENER),
    "GetListenerAttribute": _read(listeners.get, params.LISTENER_ID),
    "ListListeners": _read(listeners.listing, params.LIST_LISTENERS),
    "UpdateListenerAttribute": _write(listeners.update, params.UPDATE_LISTENER),
    "UpdateListenerLogConfig": _write(listeners.update_log, params.UPDATE_LISTENER_LOG),
    "DeleteListener": _write(listeners.delete, params.CHANGE_LISTENER),
    "StartListener": _write(listeners.start, params.CHANGE_LISTENER),
    "StopListener": _write(listeners.stop, params.CHANGE_LISTENER),
    "GetListenerHealthStatus": _read(health.status, params.HEALTH_STATUS),
    "ListListenerCertificates": _read(listeners.list_certificates, params.LIST_LISTENER_CERTIFICATES),
    "AssociateAdditionalCertificatesWithListener": _write(listeners.associate, params.ADDITIONAL_CERTIFICATES),
    "DissociateAdditionalCertificatesFromListener": _write(listeners.dissociate, params.ADDITIONAL_CERTIFICATES),
    "CreateRule": _write(rules.create, rule_params.CREATE_RULE),
    "UpdateRuleAttribute": _write(rules.update, rule_params.UPDATE_RULE),
    "DeleteRule": _write(rules.delete, rule_params.DELETE_RULE),
    "ListRules": _read(rules.listing, rule_params.LIST_RULES),
    "ListSystemSecurityPolicies": _read(security_policies.list_system, {}),
    "ListSecurityPolicies": _read(security_policies.listing, params.LIST_SECURITY_POLICIES),
    "ListSecurityPolicyRelations": _read(security_policies.relations, params.SECURITY_POLICY_RELATIONS),
    "CreateSecurityPolicy": _write(security_policies.create, params.CREATE_SECURITY_POLICY),
    "UpdateSecurityPolicyAttribute": _write(security_policies.update, params.UPDATE_SECURITY_POLICY),
    "DeleteSecurityPolicy": _write(security_policies.delete, params.DELETE_SECURITY_POLICY),
    "CreateAcl": _write(acls.create, params.CREATE_ACL),
    "UpdateAclAttribute": _write(acls.update, params.UPDATE_ACL),
    "DeleteAcl": _write(acls.delete, params.DELETE_ACL),
    "ListAcls": _read(acls.listing, params.LIST_ACLS),
    "AddEntriesToAcl": _write(acls.add_entries, params.ADD_ENTRIES),
    "RemoveEntriesFromAcl": _write(acls.remove_entries, params.REMOVE_ENTRIES),
    "ListAclEntries": _read(acls.list_entries, params.LIST_ENTRIES),
    "ListAclRelations": _read(acls.relations, params.ACL_RELATIONS),
    "AssociateAclsWithListener": _write(acls.associate, params.ASSOCIATE_ACLS),
    "DissociateAclsFromListener": _write(acls.dissociate, params.DISSOCIATE_ACLS),
    "TagResources": _write(tags.tag, params.TAG),
    "UnTagResources": _write(tags.untag, params.UNTAG),
    "MoveResourceGroup": _write(tags.move, params.MOVE),
    "ListTagResources": _read(tags.listing, params.LIST_TAGS),
    "ListAsynJobs": _read(_list_jobs, params.LIST_JOBS),
    "DescribeRegions": _read(_regions, params.REGIONS),
    "DescribeZones": _read(_zones, params.REGIONS),
}
PRODUCT = Product("Alb", "2020-06-16", OPERATIONS, ERRORS)


def _of_load_balancer(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [
        (kind, each[f"{name}Id"])
        for kind, name in ((listeners.KIND, "Listener"), (rules.KIND, "Rule"))
        for each in store.all(kind, LoadBalancerId=doc["LoadBalancerId"])
    ]


def _of_listener(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [(rules.KIND, each["RuleId"]) for each in rules.of_listener(store, doc["ListenerId"])]


def _nothing(_doc: Doc) -> None:
    """Most kinds have nothing to settle but their status."""


def _settle_listener(doc: Doc) -> None:
    listeners.settle(doc)
    acls.settle_listener(doc)


KINDS = {
    acls.KIND: Kind(acls.settle),
    load_balancers.KIND: Kind(_nothing, _of_load_balancer, load_balancers.CREATE_FAILED),
    server_groups.KIND: Kind(server_groups.settle),
    listeners.KIND: Kind(_settle_listener, _of_listener),
    rules.KIND: Kind(_nothing),
    security_policies.KIND: Kind(_nothing),
}
