# SPDX-License-Identifier: GPL-3.0-or-later
"""Which module calls which operation of ALB, beside what the Field tables say; and what is left out, and why.

A unit test holds both against the models of the SDK: nothing is in neither list, nothing is in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class Said(str):
    """Where a parameter comes from that no option stands for."""

    __slots__ = ()


# The same in every operation: the engine's.
EVERYWHERE: dict[str, str] = {
    "ClientToken": Said("one per write, the same when it is repeated"),
    "DryRun": "dry_run_check",
    "MaxResults": Said("as many as a page holds"),
    "NextToken": Said("every page is read"),
}


@dataclass(frozen=True)
class Use:
    """``module`` calls an operation.

    ``tables`` (module below ``_alb``, and name) write its options: the items of the option and parameter in ``under``,
    the suboptions of the option in ``within``. ``more`` maps other parameters to options; an option that the module
    does not have does not count. ``needs`` is an option without which the operation is not called.
    """

    module: str
    tables: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    under: tuple[str, str] | None = None
    within: str = ""
    needs: str = ""


_BALANCER, _GROUP, _LISTENER, _RULE = "alb_load_balancer", "alb_server_group", "alb_listener", "alb_rule"
_ACL, _POLICY = "alb_acl", "alb_security_policy"
# Every kind of resource: the option that is its id, and the table of the others.
_KINDS = {
    _BALANCER: ("load_balancer_id", "fields:LOAD_BALANCER"),
    _GROUP: ("server_group_id", "fields:SERVER_GROUP"),
    _LISTENER: ("listener_id", "fields:LISTENER"),
    _RULE: ("rule_id", "rule_fields:RULE"),
    _ACL: ("acl_id", "fields:ACL"),
    _POLICY: ("security_policy_id", "fields:SECURITY_POLICY"),
}
_TAGS = {"Tag.N.Key": "tags", "Tag.N.Value": "tags"}
_KIND = {"ResourceType": Said("the kind of the module")}


def _of(module: str, needs: str = "", **more: str) -> Use:
    """By the table of a kind of resource; a list is given as ``Names_N``."""
    return Use(module, (_KINDS[module][1],), {each.replace("_", "."): more[each] for each in more}, needs=needs)


def _new(module: str, more: Mapping[str, str] | None = None) -> Use:
    """A Create operation: what a resource shows as Tags is called Tag here."""
    return Use(module, (_KINDS[module][1],), {**_TAGS, **(more or {})})


def _all(more: Mapping[str, str], identity: str = "", kinds: tuple[str, ...] = tuple(_KINDS)) -> tuple[Use, ...]:
    """The same of several kinds of resources; ``identity`` is the parameter that holds the id."""
    return tuple(Use(each, more={**more, **({identity: _KINDS[each][0]} if identity else {})}) for each in kinds)


_additional = Use(
    _LISTENER, more={"ListenerId": "listener_id", "Certificates.N.CertificateId": "additional_certificate_ids"}
)
_servers = Use(
    _GROUP,
    ("fields:SERVER",),
    {"ServerGroupId": "server_group_id", "Servers.N.ServerType": Said("told by the id and the type of the group")},
    under=("servers", "Servers"),
)
_protection = Use(_BALANCER, more={"ResourceId": "deletion_protection"})
_acls_of_listeners = (
    Use(_ACL, more={"AclIds.N": "acl_id", "AclType": "listeners.access", "ListenerId": "listeners.listener_id"}),
    _of(_LISTENER, needs="acl", AclIds_N="acl.acl_ids", AclType="acl.access"),
)
_security_groups = _of(_BALANCER, needs="security_group_ids", SecurityGroupIds_N="security_group_ids")
_bandwidth_package = _of(
    _BALANCER, needs="bandwidth_package_id", BandwidthPackageId="bandwidth_package_id", RegionId=Said("`region`")
)
_ipv6_internet = _of(_BALANCER, needs="ipv6_address_type")

USES: dict[str, tuple[Use, ...]] = {
    # Load balancers
    "CreateLoadBalancer": (
        _new(
            _BALANCER,
            {
                "DeletionProtectionEnabled": "deletion_protection",
                "LoadBalancerBillingConfig.BandwidthPackageId": "bandwidth_package_id",
                "LoadBalancerBillingConfig.PayType": Said("`PostPay` is all there is"),
            },
        ),
    ),
    "GetLoadBalancerAttribute": (
        _of(_BALANCER),
        Use("alb_load_balancer_info", more={"LoadBalancerId": "load_balancer_ids"}),
    ),
    "ListLoadBalancers": (
        Use(_BALANCER, more={"LoadBalancerNames.N": "name"}),
        Use("alb_load_balancer_info", ("information:_BALANCER_LISTS", "information:_BALANCER_FILTERS")),
    ),
    "UpdateLoadBalancerAttribute": (_of(_BALANCER),),
    "UpdateLoadBalancerEdition": (_of(_BALANCER),),
    "UpdateLoadBalancerZones": (_of(_BALANCER),),
    "UpdateLoadBalancerAddressTypeConfig": (_of(_BALANCER),),
    "EnableLoadBalancerAccessLog": (_of(_BALANCER, LogProject="access_log.project", LogStore="access_log.store"),),
    "DisableLoadBalancerAccessLog": (_of(_BALANCER),),
    "DeleteLoadBalancer": (_of(_BALANCER),),
    "EnableDeletionProtection": (_protection,),
    "DisableDeletionProtection": (_protection,),
    "LoadBalancerJoinSecurityGroup": (_security_groups,),
    "LoadBalancerLeaveSecurityGroup": (_security_groups,),
    "EnableLoadBalancerIpv6Internet": (_ipv6_internet,),
    "DisableLoadBalancerIpv6Internet": (_ipv6_internet,),
    "AttachCommonBandwidthPackageToLoadBalancer": (_bandwidth_package,),
    "DetachCommonBandwidthPackageFromLoadBalancer": (_bandwidth_package,),
    # Server groups
    "CreateServerGroup": (_new(_GROUP),),
    "UpdateServerGroupAttribute": (_of(_GROUP),),
    "DeleteServerGroup": (_of(_GROUP),),
    "ListServerGroups": (
        Use(_GROUP, more={"ServerGroupIds.N": "server_group_id", "ServerGroupNames.N": "name"}),
        Use("alb_server_group_info", ("information:_GROUP_LISTS", "information:_GROUP_FILTERS")),
    ),
    "AddServersToServerGroup": (_servers,),
    "UpdateServerGroupServersAttribute": (_servers,),
    "RemoveServersFromServerGroup": (_servers,),
    "ListServerGroupServers": (
        _of(_GROUP),
        Use("alb_server_group_info", more={"ServerGroupId": "server_group_ids"}),
    ),
    # Listeners
    "CreateListener": (_new(_LISTENER),),
    "GetListenerAttribute": (_of(_LISTENER), Use("alb_listener_info", more={"ListenerId": "listener_ids"})),
    "ListListeners": (
        Use(_LISTENER, more={"LoadBalancerIds.N": "load_balancer_id"}),
        Use(_BALANCER, more={"LoadBalancerIds.N": "load_balancer_id"}),
        Use("alb_listener_info", ("information:_LISTENER_LISTS", "information:_LISTENER_FILTERS")),
    ),
    "UpdateListenerAttribute": (_of(_LISTENER),),
    "UpdateListenerLogConfig": (
        Use(_LISTENER, ("fields:ACCESS_LOG",), {"ListenerId": "listener_id"}, within="access_log"),
    ),
    "StartListener": (_of(_LISTENER),),
    "StopListener": (_of(_LISTENER),),
    "DeleteListener": (_of(_LISTENER),),
    "GetListenerHealthStatus": (
        Use("alb_listener_info", more={"ListenerId": "listener_ids", "IncludeRule": "health"}),
    ),
    "ListListenerCertificates": (
        _of(_LISTENER, CertificateType=Said("`Server`, for additional_certificate_ids")),
        Use("alb_listener_info", more={"ListenerId": "listener_ids"}),
    ),
    "AssociateAdditionalCertificatesWithListener": (_additional,),
    "DissociateAdditionalCertificatesFromListener": (_additional,),
    # Rules
    "CreateRule": (_new(_RULE),),
    "UpdateRuleAttribute": (_of(_RULE),),
    "DeleteRule": (_of(_RULE),),
    "ListRules": (
        _of(_RULE, RuleIds_N="rule_id", ListenerIds_N="listener_id"),
        Use("alb_rule_info", ("information:_RULE_LISTS", "information:_RULE_FILTERS")),
    ),
    # TLS security policies
    "CreateSecurityPolicy": (_new(_POLICY),),
    "UpdateSecurityPolicyAttribute": (_of(_POLICY),),
    "DeleteSecurityPolicy": (_of(_POLICY),),
    "ListSecurityPolicies": (
        Use(_POLICY, more={"SecurityPolicyIds.N": "security_policy_id", "SecurityPolicyNames.N": "name"}),
        Use(
            "alb_security_policy_info",
            more={
                "SecurityPolicyIds.N": "security_policy_ids",
                "SecurityPolicyNames.N": "names",
                "ResourceGroupId": "resource_group_id",
                **_TAGS,
            },
        ),
    ),
    "ListSystemSecurityPolicies": (Use("alb_security_policy_info"),),
    "ListSecurityPolicyRelations": (
        Use(_POLICY, more={"SecurityPolicyIds.N": "security_policy_id"}),
        Use("alb_security_policy_info", more={"SecurityPolicyIds.N": "security_policy_ids"}),
    ),
    # Access control lists
    "CreateAcl": (_new(_ACL),),
    "UpdateAclAttribute": (_of(_ACL),),
    "DeleteAcl": (_of(_ACL),),
    "ListAcls": (
        Use(_ACL, more={"AclIds.N": "acl_id", "AclNames.N": "name"}),
        Use(
            "alb_acl_info",
            more={"AclIds.N": "acl_ids", "AclNames.N": "names", "ResourceGroupId": "resource_group_id", **_TAGS},
        ),
    ),
    "AddEntriesToAcl": (Use(_ACL, ("fields:ACL_ENTRY",), {"AclId": "acl_id"}, under=("entries", "AclEntries")),),
    "RemoveEntriesFromAcl": (_of(_ACL, Entries_N="entries.entry"),),
    "ListAclEntries": (_of(_ACL), Use("alb_acl_info", more={"AclId": "acl_ids"})),
    "ListAclRelations": (
        Use(_ACL, more={"AclIds.N": "acl_id"}),
        Use("alb_acl_info", more={"AclIds.N": "acl_ids"}),
    ),
    "AssociateAclsWithListener": _acls_of_listeners,
    "DissociateAclsFromListener": _acls_of_listeners,
    # What all have
    "TagResources": _all({**_KIND, **_TAGS}, "ResourceId.N"),
    "UnTagResources": _all({**_KIND, "TagKey.N": "purge_tags"}, "ResourceId.N"),
    "MoveResourceGroup": _all(
        {**_KIND, "NewResourceGroupId": "resource_group_id"}, "ResourceId", kinds=(_BALANCER, _GROUP, _ACL, _POLICY)
    ),
    "ListAsynJobs": _all({"JobIds.N": Said("that of the write that is waited for")}),
}

# Reason: operations, and parameters as "Operation Parameter", or "* Parameter" for that of every operation.
LEFT_OUT: dict[str, tuple[str, ...]] = {
    "a new load balancer joins its security groups once it is there": (
        "CreateLoadBalancer SecurityGroupIds.N.SecurityGroupId",
    ),
    "without a description in the official metadata": (
        "CreateServerGroup IpVersionAffinityMode",
        "UpdateServerGroupAttribute IpVersionAffinityMode",
    ),
    "`PostPay` is all there is": ("ListLoadBalancers PayType",),
    "AScript programs are a feature of their own, with a language of its own": (
        "CreateAScripts",
        "DeleteAScripts",
        "ListAScripts",
        "UpdateAScripts",
    ),
    "a health check is given with its server group; variables and YAML anchors serve for templates": (
        "ApplyHealthCheckTemplateToServerGroup",
        "CreateHealthCheckTemplate",
        "DeleteHealthCheckTemplates",
        "GetHealthCheckTemplateAttribute",
        "ListHealthCheckTemplates",
        "UpdateHealthCheckTemplateAttribute",
    ),
    "a measure of the moment, not a state to be kept": (
        "CancelShiftLoadBalancerZones",
        "StartShiftLoadBalancerZones",
    ),
    "billing: capacity that is paid for in advance": (
        "DescribeCapacityReservation",
        "ModifyCapacityReservation",
    ),
    "the same as the operation for one rule, for several at once; one task is one rule": (
        "CreateRules",
        "DeleteRules",
        "UpdateRulesAttribute",
    ),
    "servers are added before others are removed, so that the group is never without them": (
        "ReplaceServersInServerGroup",
    ),
    "the tags come with the resource itself": (
        "ListTagKeys",
        "ListTagResources",
        "ListTagValues",
    ),
    "not about a resource; the user names region and zones": (
        "DescribeRegions",
        "DescribeZones",
    ),
    "the key alone names a tag, and tags of others are not removed in one go": (
        "UnTagResources All",
        "UnTagResources Tag.N.Key",
        "UnTagResources Tag.N.Value",
    ),
    "the job is asked for by its id": (
        "ListAsynJobs ApiName",
        "ListAsynJobs BeginTime",
        "ListAsynJobs EndTime",
        "ListAsynJobs MaxResults",
        "ListAsynJobs NextToken",
        "ListAsynJobs ResourceIds.N",
        "ListAsynJobs ResourceType",
    ),
    "all of one are read, because all are compared or shown": (
        "ListListenerCertificates CertificateIds.N",
        "ListServerGroupServers ServerIds.N",
        "ListServerGroupServers Tag.N.Key",
        "ListServerGroupServers Tag.N.Value",
    ),
    "without a description in the SDK and in the official metadata": (
        "DeleteLoadBalancer RetainResourceType.N",
        "UpdateLoadBalancerAddressTypeConfig RetainResourceType.N",
        "UpdateLoadBalancerZones RetainResourceType.N",
    ),
}
