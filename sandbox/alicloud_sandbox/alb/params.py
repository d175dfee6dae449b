# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of ALB take.

Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json and the pages of the operations.
"""

from __future__ import annotations

from dataclasses import replace

from ..assumptions import assume
from ..schema import Param, choice, flag, group, integer, line, many, must

assume(
    "alb-names",
    "A name has 2 to 128 letters (of any script), digits, points, underscores, hyphens and blanks, and begins with a "
    "letter or a digit. Of descriptions only the documented lengths are checked, and that they are in one line.",
    "Texts of the official SDK 1.3.3; older pages want a letter first. Descriptions have other sets on every page.",
    date="2026-11-25",
    settle="CreateAcl with AclName=-a and DryRun=true",
)
assume(
    "alb-accepted-only",
    "Accepted, stored and returned, without an effect on traffic: ResourceGroupId, AddressIpVersion, Ipv6AddressType, "
    "ZoneMappings with elastic IP addresses, BandwidthPackageId, SecurityGroupIds, ModificationProtectionConfig, "
    "SlowStartConfig, CrossZoneEnabled, UpstreamKeepaliveEnabled, Ipv6Enabled, RemoteIpEnabled, "
    "IpVersionAffinityMode, QuicConfig.",
    "Scope of the sandbox.",
    verdict="choice",
)

Schema = dict[str, Param]

_token = line(1, 64, pattern=r"[\x21-\x7e]+")
WRITE: Schema = {"ClientToken": _token, "DryRun": flag()}
PAGE: Schema = {"MaxResults": integer(1, 100), "NextToken": line()}
# Neither key nor value may begin with aliyun or acs:, nor hold http:// or https:// (TagResources).
_TAG = r"(?i)(?!aliyun|acs:)(?!.*https?://).*"
_tag: Schema = {"Key": line(1, 128, pattern=_TAG), "Value": line(0, 128, pattern=_TAG)}
_found_tag: Schema = {"Key": line(1, 128), "Value": line(0, 128)}
TAG_FILTER: Schema = {"Tag": many(_found_tag, 1, 21)}
NEW_TAGS: Schema = {"Tag": many(_tag, 1, 20)}
NAME = line(2, 128, pattern=r"[^\W_][\w. -]*")
_id = line(required=True)


def ids(high: int, low: int = 1) -> Param:
    """A list of identifiers or names."""
    return many(line(), low, high)


# Load balancers

_changed_zone: Schema = {
    "ZoneId": must(line()),
    "VSwitchId": must(line()),
    "EipType": choice("Common", "Anycast"),
    "IntranetAddress": line(),
}
_new_zone: Schema = {**_changed_zone, "AllocationId": line()}
_protection = group({"Status": choice("NonProtection", "ConsoleProtection"), "Reason": line(2, 128)})
_edition = choice("Basic", "Standard", "StandardWithWaf", required=True)

CREATE_LOAD_BALANCER: Schema = {
    "VpcId": _id,
    "AddressType": choice("Internet", "Intranet", required=True),
    "LoadBalancerName": NAME,
    "LoadBalancerEdition": _edition,
    "LoadBalancerBillingConfig": must(
        group({"PayType": choice("PostPay", required=True), "BandwidthPackageId": line()})
    ),
    "ZoneMappings": must(many(_new_zone, 1, 10)),
    "AddressAllocatedMode": choice("Fixed", "Dynamic", default="Fixed"),
    "AddressIpVersion": choice("IPv4", "DualStack", default="IPv4"),
    "DeletionProtectionEnabled": flag(default=False),
    "ModificationProtectionConfig": _protection,
    "ResourceGroupId": line(),
    "SecurityGroupIds": ids(4),
    **NEW_TAGS,
    **WRITE,
}
LOAD_BALANCER_ID: Schema = {"LoadBalancerId": _id}
LIST_LOAD_BALANCERS: Schema = {
    "LoadBalancerIds": ids(20),
    "LoadBalancerNames": ids(10),
    "VpcIds": ids(10),
    "AddressType": choice("Internet", "Intranet"),
    "AddressIpVersion": choice("IPv4", "DualStack"),
    "Ipv6AddressType": choice("Internet", "Intranet"),
    "LoadBalancerStatus": line(),
    "LoadBalancerBussinessStatus": line(),
    "DNSName": line(),
    "PayType": choice("PostPay"),
    "ResourceGroupId": line(),
    "ZoneId": line(),
    **TAG_FILTER,
    **PAGE,
}
UPDATE_LOAD_BALANCER: Schema = {
    **LOAD_BALANCER_ID,
    "LoadBalancerName": NAME,
    "ModificationProtectionConfig": _protection,
    **WRITE,
}
UPDATE_EDITION: Schema = {**LOAD_BALANCER_ID, "LoadBalancerEdition": _edition, **WRITE}
UPDATE_ZONES: Schema = {**LOAD_BALANCER_ID, "ZoneMappings": must(many(_changed_zone, 1, 10)), **WRITE}
ENABLE_ACCESS_LOG: Schema = {**LOAD_BALANCER_ID, "LogProject": _id, "LogStore": _id, **WRITE}
UPDATE_ADDRESS_TYPE: Schema = {
    **LOAD_BALANCER_ID,
    "AddressType": choice("Internet", "Intranet", required=True),
    "ZoneMappings": many({"ZoneId": line(), "VSwitchId": line(), "AllocationId": line(), "EipType": line()}, 1, 10),
    **WRITE,
}
SECURITY_GROUPS: Schema = {**LOAD_BALANCER_ID, "SecurityGroupIds": must(ids(10)), **WRITE}
BANDWIDTH_PACKAGE: Schema = {**LOAD_BALANCER_ID, "RegionId": _id, "BandwidthPackageId": _id, **WRITE}
DELETE_LOAD_BALANCER: Schema = {**LOAD_BALANCER_ID, **WRITE}
PROTECTION: Schema = {"ResourceId": _id, **WRITE}

# Server groups


# What a check that is switched on has where nothing was said, be it at once or later.
HEALTH_CHECK_DEFAULTS: dict[str, object] = {
    "HealthCheckProtocol": "HTTP",
    "HealthCheckConnectPort": 0,
    "HealthCheckHttpVersion": "HTTP1.1",
    "HealthCheckInterval": 2,
    "HealthCheckTimeout": 5,
    "HealthyThreshold": 3,
    "UnhealthyThreshold": 3,
}
# Letters, digits, -/.%?#&= and the extended set _;~!()*[]@$^:\",+ (CreateServerGroup).
_CHECKED_PATH = r"/[A-Za-z0-9/.%?#&=_;~!()*\[\]@$^:\\\",+-]*"
# With a point in it, none at either end, and letters alone behind the last one.
_CHECKED_HOST = r"((?!-)[a-z0-9-]*[a-z0-9]\.)+[a-z]+|[0-9.]+|"


def _health_check(create: bool) -> Schema:
    params = {
        "HealthCheckEnabled": flag(required=create),
        "HealthCheckProtocol": choice("HTTP", "HTTPS", "TCP", "gRPC"),
        "HealthCheckConnectPort": integer(0, 65535),
        "HealthCheckHost": line(0, 80, pattern=_CHECKED_HOST),
        "HealthCheckPath": line(1, 80, pattern=_CHECKED_PATH),
        "HealthCheckMethod": choice("GET", "POST", "HEAD"),
        "HealthCheckHttpVersion": choice("HTTP1.0", "HTTP1.1"),
        "HealthCheckCodes": many(line(1, 11), 1),
        "HealthCheckInterval": integer(1, 50),
        "HealthCheckTimeout": integer(1, 300),
        "HealthyThreshold": integer(2, 10),
        "UnhealthyThreshold": integer(2, 10),
    }
    defaults = HEALTH_CHECK_DEFAULTS if create else {}
    return {name: replace(param, default=defaults.get(name)) for name, param in params.items()}


_group_options: Schema = {
    "Scheduler": choice("Wrr", "Wlc", "Sch", "Uch"),
    "StickySessionConfig": group(
        {
            "StickySessionEnabled": flag(),
            "StickySessionType": choice("Insert", "Server"),
            "Cookie": line(1, 200, pattern=r"(?!\$)[!-+\--:<-~]+"),
            "CookieTimeout": integer(1, 86400),
        }
    ),
    "ConnectionDrainConfig": group({"ConnectionDrainEnabled": flag(), "ConnectionDrainTimeout": integer(0, 900)}),
    "SlowStartConfig": group({"SlowStartEnabled": flag(), "SlowStartDuration": integer(30, 900)}),
    "UchConfig": group({"Type": choice("QueryString", required=True), "Value": must(line())}),
    "CrossZoneEnabled": flag(),
    "UpstreamKeepaliveEnabled": flag(),
    "ServiceName": line(),
}
CREATE_SERVER_GROUP: Schema = {
    "ServerGroupName": must(NAME),
    "VpcId": line(),
    "Protocol": choice("HTTP", "HTTPS", "gRPC", default="HTTP"),
    "ServerGroupType": choice("Instance", "Ip", "Fc", default="Instance"),
    "HealthCheckConfig": must(group(_health_check(create=True))),
    **_group_options,
    "Ipv6Enabled": flag(),
    "IpVersionAffinityMode": line(),
    "ResourceGroupId": line(),
    **NEW_TAGS,
    **WRITE,
}
SERVER_GROUP_ID: Schema = {"ServerGroupId": _id}
UPDATE_SERVER_GROUP: Schema = {
    **SERVER_GROUP_ID,
    "ServerGroupName": NAME,
    "HealthCheckConfig": group(_health_check(create=False)),
    **_group_options,
    **WRITE,
}
DELETE_SERVER_GROUP: Schema = {**SERVER_GROUP_ID, **WRITE}
LIST_SERVER_GROUPS: Schema = {
    "ServerGroupIds": ids(20),
    "ServerGroupNames": ids(10),
    "ServerGroupType": choice("Instance", "Ip", "Fc"),
    "VpcId": line(),
    "ResourceGroupId": line(),
    **TAG_FILTER,
    **PAGE,
}
_server_type = choice("Ecs", "Eni", "Eci", "Ip", "Fc", required=True)
_server: Schema = {
    "ServerId": _id,
    "ServerType": _server_type,
    "ServerIp": line(),
    "Port": integer(1, 65535),
}
_new_server: Schema = {
    **_server,
    "Weight": integer(0, 100, default=100),
    "Description": line(2, 256),
    "RemoteIpEnabled": flag(),
}
_changed_server: Schema = {**_server, "Weight": integer(0, 100), "Description": line(2, 256)}
ADD_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_new_server, 1, 200)), **WRITE}
REMOVE_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_server, 1, 200)), **WRITE}
UPDATE_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_changed_server, 1, 200)), **WRITE}
REPLACE_SERVERS: Schema = {
    **SERVER_GROUP_ID,
    "AddedServers": must(many(_new_server, 1, 200)),
    "RemovedServers": must(many(_server, 1, 200)),
    **WRITE,
}
LIST_SERVERS: Schema = {
    "ServerGroupId": line(),
    "ServerIds": ids(20),
    **TAG_FILTER,
    "MaxResults": integer(1, 1000),
    "NextToken": line(),
}

# Listeners

_alias = line(1, 40, pattern=r"[a-z0-9_-]+")
_client_certificate_headers = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
X_FORWARDED_FOR: Schema = {
    "XForwardedForEnabled": flag(),
    "XForwardedForProcessingMode": choice("append", "remove"),
    "XForwardedForClientSourceIpsEnabled": flag(),
    "XForwardedForClientSourceIpsTrusted": line(),
    "XForwardedForClientSrcPortEnabled": flag(),
    "XForwardedForProtoEnabled": flag(),
    "XForwardedForHostEnabled": flag(),
    "XForwardedForSLBIdEnabled": flag(),
    "XForwardedForSLBPortEnabled": flag(),
    **{f"XForwardedForClientCert{name}Enabled": flag() for name in _client_certificate_headers},
    **{f"XForwardedForClientCert{name}Alias": _alias for name in _client_certificate_headers},
}
_tuples = must(many({"ServerGroupId": _id}, 1, 1))
_actions = many(
    {
        "Type": choice("ForwardGroup", required=True),
        "ForwardGroupConfig": must(group({"ServerGroupTuples": _tuples})),
    },
    1,
    1,
)


def _certificates(high: int) -> Param:
    return many({"CertificateId": _id}, 1, high)


_listener_options: Schema = {
    "ListenerDescription": line(2, 256),
    "CaCertificates": _certificates(1),
    "CaEnabled": flag(),
    "SecurityPolicyId": line(),
    "Http2Enabled": flag(),
    "GzipEnabled": flag(),
    "IdleTimeout": integer(1, 600),
    "RequestTimeout": integer(1, 600),
    "XForwardedForConfig": group(X_FORWARDED_FOR),
    "QuicConfig": group({"QuicListenerId": line(), "QuicUpgradeEnabled": flag()}),
}
CREATE_LISTENER: Schema = {
    "LoadBalancerId": _id,
    "ListenerProtocol": choice("HTTP", "HTTPS", "QUIC", required=True),
    "ListenerPort": integer(1, 65535, required=True),
    "DefaultActions": must(_actions),
    "Certificates": _certificates(1),
    **_listener_options,
    **NEW_TAGS,
    **WRITE,
}
LISTENER_ID: Schema = {"ListenerId": _id}
UPDATE_LISTENER: Schema = {
    **LISTENER_ID,
    "DefaultActions": _actions,
    "Certificates": _certificates(2),
    **_listener_options,
    **WRITE,
}
_tracing: Schema = {
    "TracingEnabled": flag(required=True),
    "TracingSample": integer(1, 10000),
    "TracingType": choice("Zipkin"),
}
UPDATE_LISTENER_LOG: Schema = {
    **LISTENER_ID,
    "AccessLogRecordCustomizedHeadersEnabled": flag(),
    "AccessLogTracingConfig": group(_tracing),
    **WRITE,
}
CHANGE_LISTENER: Schema = {**LISTENER_ID, **WRITE}
LIST_LISTENERS: Schema = {
    "ListenerIds": ids(20),
    "LoadBalancerIds": ids(20),
    "ListenerProtocol": choice("HTTP", "HTTPS", "QUIC"),
    **TAG_FILTER,
    **PAGE,
}
ADDITIONAL_CERTIFICATES: Schema = {
    **LISTENER_ID,
    "Certificates": must(many({"CertificateId": _id}, 1, 15)),
    **WRITE,
}
LIST_LISTENER_CERTIFICATES: Schema = {
    **LISTENER_ID,
    "CertificateType": choice("Ca", "Server"),
    "CertificateIds": ids(20),
    **PAGE,
}
HEALTH_STATUS: Schema = {
    **LISTENER_ID,
    "IncludeRule": flag(),
    "MaxResults": integer(1, 30),
    "NextToken": line(),
}

# TLS security policies, tags, jobs, regions

_versions = many(choice("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"), 1, 4)
CREATE_SECURITY_POLICY: Schema = {
    "SecurityPolicyName": must(NAME),
    "TLSVersions": must(_versions),
    "Ciphers": must(many(line(), 1)),
    "ResourceGroupId": line(),
    **NEW_TAGS,
    **WRITE,
}
SECURITY_POLICY_ID: Schema = {"SecurityPolicyId": _id}
UPDATE_SECURITY_POLICY: Schema = {
    **SECURITY_POLICY_ID,
    "SecurityPolicyName": NAME,
    "TLSVersions": _versions,
    "Ciphers": many(line(), 1),
    **WRITE,
}
DELETE_SECURITY_POLICY: Schema = {**SECURITY_POLICY_ID, **WRITE}
LIST_SECURITY_POLICIES: Schema = {
    "SecurityPolicyIds": ids(20),
    "SecurityPolicyNames": ids(10),
    "ResourceGroupId": line(),
    **TAG_FILTER,
    **PAGE,
}
SECURITY_POLICY_RELATIONS: Schema = {"SecurityPolicyIds": must(ids(5))}

# Access control lists

_acl_ids = must(ids(3))
CREATE_ACL: Schema = {"AclName": NAME, "ResourceGroupId": line(), **NEW_TAGS, **WRITE}
ACL_ID: Schema = {"AclId": _id}
UPDATE_ACL: Schema = {**ACL_ID, "AclName": must(NAME), **WRITE}
DELETE_ACL: Schema = {**ACL_ID, **WRITE}
LIST_ACLS: Schema = {"AclIds": ids(20), "AclNames": ids(10), "ResourceGroupId": line(), **TAG_FILTER, **PAGE}
ADD_ENTRIES: Schema = {
    **ACL_ID,
    "AclEntries": must(many({"Entry": _id, "Description": line(2, 256)}, 1, 20)),
    **WRITE,
}
REMOVE_ENTRIES: Schema = {**ACL_ID, "Entries": must(ids(20)), **WRITE}
LIST_ENTRIES: Schema = {**ACL_ID, **PAGE}
ACL_RELATIONS: Schema = {"AclIds": must(ids(5))}
ASSOCIATE_ACLS: Schema = {
    **LISTENER_ID,
    "AclIds": _acl_ids,
    "AclType": choice("White", "Black", required=True),
    **WRITE,
}
DISSOCIATE_ACLS: Schema = {**LISTENER_ID, "AclIds": _acl_ids, **WRITE}

_tagged = choice("acl", "loadbalancer", "securitypolicy", "servergroup", "listener", "rule", required=True)
TAG: Schema = {"ResourceType": _tagged, "ResourceId": must(ids(50)), "Tag": must(many(_tag, 1, 20))}
UNTAG: Schema = {
    "ResourceType": _tagged,
    "ResourceId": must(ids(50)),
    "TagKey": ids(20),
    "Tag": many(_found_tag, 1, 20),
    "All": flag(),
}
LIST_TAGS: Schema = {"ResourceType": _tagged, "ResourceId": ids(50), "Tag": many(_found_tag, 1, 20), **PAGE}

_movable = choice("acl", "loadbalancer", "securitypolicy", "servergroup", required=True)
MOVE: Schema = {"ResourceType": _movable, "ResourceId": _id, "NewResourceGroupId": _id}

LIST_JOBS: Schema = {
    "JobIds": ids(10),
    "ResourceIds": ids(10),
    "ResourceType": choice("loadbalancer", "listener", "rule", "acl", "securitypolicy", "servergroup"),
    "ApiName": line(),
    "BeginTime": integer(0),
    "EndTime": integer(0),
    **PAGE,
}
REGIONS: Schema = {"AcceptLanguage": line()}
