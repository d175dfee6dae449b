# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of ALB take.

Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json and the pages of the operations.
"""

from __future__ import annotations

from ..assumptions import assume
from ..schema import Param, choice, flag, group, integer, many, must, text

assume(
    "alb-names",
    "Names and descriptions may hold every character; only their documented lengths are checked.",
    "The documented character sets differ between pages and have been widened over time.",
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

_token = text(1, 64, pattern=r"[\x21-\x7e]+")
WRITE: Schema = {"ClientToken": _token, "DryRun": flag()}
PAGE: Schema = {"MaxResults": integer(1, 100), "NextToken": text()}
_tag: Schema = {"Key": text(1, 128), "Value": text(0, 128)}
TAG_FILTER: Schema = {"Tag": many(_tag, 1, 21)}
NEW_TAGS: Schema = {"Tag": many(_tag, 1, 20)}
_name = text(2, 128)
_id = text(required=True)


def ids(high: int, low: int = 1) -> Param:
    """A list of identifiers or names."""
    return many(text(), low, high)


# Load balancers

_changed_zone: Schema = {
    "ZoneId": must(text()),
    "VSwitchId": must(text()),
    "EipType": choice("Common", "Anycast"),
    "IntranetAddress": text(),
}
_new_zone: Schema = {**_changed_zone, "AllocationId": text()}
_protection = group({"Status": choice("NonProtection", "ConsoleProtection"), "Reason": text(2, 128)})
_edition = choice("Basic", "Standard", "StandardWithWaf", required=True)

CREATE_LOAD_BALANCER: Schema = {
    "VpcId": _id,
    "AddressType": choice("Internet", "Intranet", required=True),
    "LoadBalancerName": _name,
    "LoadBalancerEdition": _edition,
    "LoadBalancerBillingConfig": must(
        group({"PayType": choice("PostPay", required=True), "BandwidthPackageId": text()})
    ),
    "ZoneMappings": must(many(_new_zone, 1, 10)),
    "AddressAllocatedMode": choice("Fixed", "Dynamic", default="Dynamic"),
    "AddressIpVersion": choice("IPv4", "DualStack", default="IPv4"),
    "DeletionProtectionEnabled": flag(default=False),
    "ModificationProtectionConfig": _protection,
    "ResourceGroupId": text(),
    "SecurityGroupIds": ids(20),
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
    "LoadBalancerStatus": text(),
    "LoadBalancerBussinessStatus": text(),
    "DNSName": text(),
    "PayType": choice("PostPay"),
    "ResourceGroupId": text(),
    "ZoneId": text(),
    **TAG_FILTER,
    **PAGE,
}
UPDATE_LOAD_BALANCER: Schema = {
    **LOAD_BALANCER_ID,
    "LoadBalancerName": _name,
    "ModificationProtectionConfig": _protection,
    **WRITE,
}
UPDATE_EDITION: Schema = {**LOAD_BALANCER_ID, "LoadBalancerEdition": _edition, **WRITE}
UPDATE_ZONES: Schema = {**LOAD_BALANCER_ID, "ZoneMappings": must(many(_changed_zone, 1, 10)), **WRITE}
ENABLE_ACCESS_LOG: Schema = {**LOAD_BALANCER_ID, "LogProject": _id, "LogStore": _id, **WRITE}
UPDATE_ADDRESS_TYPE: Schema = {
    **LOAD_BALANCER_ID,
    "AddressType": choice("Internet", "Intranet", required=True),
    "ZoneMappings": many({"ZoneId": text(), "VSwitchId": text(), "AllocationId": text(), "EipType": text()}, 1, 10),
    **WRITE,
}
SECURITY_GROUPS: Schema = {**LOAD_BALANCER_ID, "SecurityGroupIds": must(ids(10)), **WRITE}
BANDWIDTH_PACKAGE: Schema = {**LOAD_BALANCER_ID, "RegionId": _id, "BandwidthPackageId": _id, **WRITE}
DELETE_LOAD_BALANCER: Schema = {**LOAD_BALANCER_ID, **WRITE}
PROTECTION: Schema = {"ResourceId": _id, **WRITE}

# Server groups


def _health_check(create: bool) -> Schema:
    def default(value: object) -> object:
        return value if create else None

    return {
        "HealthCheckEnabled": flag(required=create),
        "HealthCheckProtocol": choice("HTTP", "HTTPS", "TCP", "gRPC", default=default("HTTP")),
        "HealthCheckConnectPort": integer(0, 65535, default=default(0)),
        "HealthCheckHost": text(0, 80),
        "HealthCheckPath": text(1, 80),
        "HealthCheckMethod": choice("GET", "POST", "HEAD"),
        "HealthCheckHttpVersion": choice("HTTP1.0", "HTTP1.1", default=default("HTTP1.1")),
        "HealthCheckCodes": many(text(1, 11), 1),
        "HealthCheckInterval": integer(1, 50, default=default(2)),
        "HealthCheckTimeout": integer(1, 300, default=default(5)),
        "HealthyThreshold": integer(2, 10, default=default(3)),
        "UnhealthyThreshold": integer(2, 10, default=default(3)),
    }


_group_options: Schema = {
    "Scheduler": choice("Wrr", "Wlc", "Sch"),
    "StickySessionConfig": group(
        {
            "StickySessionEnabled": flag(),
            "StickySessionType": choice("Insert", "Server"),
            "Cookie": text(1, 200),
            "CookieTimeout": integer(1, 86400),
        }
    ),
    "ConnectionDrainConfig": group({"ConnectionDrainEnabled": flag(), "ConnectionDrainTimeout": integer(0, 900)}),
    "SlowStartConfig": group({"SlowStartEnabled": flag(), "SlowStartDuration": integer(30, 900)}),
    "UchConfig": group({"Type": choice("QueryString", required=True), "Value": must(text())}),
    "CrossZoneEnabled": flag(),
    "UpstreamKeepaliveEnabled": flag(),
    "ServiceName": text(),
}
CREATE_SERVER_GROUP: Schema = {
    "ServerGroupName": must(_name),
    "VpcId": text(),
    "Protocol": choice("HTTP", "HTTPS", "gRPC", default="HTTP"),
    "ServerGroupType": choice("Instance", "Ip", "Fc", default="Instance"),
    "HealthCheckConfig": must(group(_health_check(create=True))),
    **_group_options,
    "Ipv6Enabled": flag(),
    "IpVersionAffinityMode": text(),
    "ResourceGroupId": text(),
    **NEW_TAGS,
    **WRITE,
}
SERVER_GROUP_ID: Schema = {"ServerGroupId": _id}
UPDATE_SERVER_GROUP: Schema = {
    **SERVER_GROUP_ID,
    "ServerGroupName": _name,
    "HealthCheckConfig": group(_health_check(create=False)),
    **_group_options,
    **WRITE,
}
DELETE_SERVER_GROUP: Schema = {**SERVER_GROUP_ID, **WRITE}
LIST_SERVER_GROUPS: Schema = {
    "ServerGroupIds": ids(20),
    "ServerGroupNames": ids(10),
    "ServerGroupType": choice("Instance", "Ip", "Fc"),
    "VpcId": text(),
    "ResourceGroupId": text(),
    **TAG_FILTER,
    **PAGE,
}
_server_type = choice("Ecs", "Eni", "Eci", "Ip", "Fc", required=True)
_server: Schema = {
    "ServerId": _id,
    "ServerType": _server_type,
    "ServerIp": text(),
    "Port": integer(1, 65535),
}
_new_server: Schema = {
    **_server,
    "Weight": integer(0, 100, default=100),
    "Description": text(2, 256),
    "RemoteIpEnabled": flag(),
}
_changed_server: Schema = {**_server, "Weight": integer(0, 100), "Description": text(2, 256)}
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
    "ServerGroupId": text(),
    "ServerIds": ids(20),
    **TAG_FILTER,
    "MaxResults": integer(1, 1000),
    "NextToken": text(),
}

# Listeners

_alias = text(1, 40, pattern=r"[a-z0-9_-]+")
_client_certificate_headers = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
X_FORWARDED_FOR: Schema = {
    "XForwardedForEnabled": flag(),
    "XForwardedForProcessingMode": choice("append", "remove"),
    "XForwardedForClientSourceIpsEnabled": flag(),
    "XForwardedForClientSourceIpsTrusted": text(),
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
    "ListenerDescription": text(2, 256),
    "CaCertificates": _certificates(1),
    "CaEnabled": flag(),
    "SecurityPolicyId": text(),
    "Http2Enabled": flag(),
    "GzipEnabled": flag(),
    "IdleTimeout": integer(1, 600),
    "RequestTimeout": integer(1, 600),
    "XForwardedForConfig": group(X_FORWARDED_FOR),
    "QuicConfig": group({"QuicListenerId": text(), "QuicUpgradeEnabled": flag()}),
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
    "NextToken": text(),
}

# TLS security policies, tags, jobs, regions

_versions = many(choice("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"), 1, 4)
CREATE_SECURITY_POLICY: Schema = {
    "SecurityPolicyName": must(_name),
    "TLSVersions": must(_versions),
    "Ciphers": must(many(text(), 1)),
    "ResourceGroupId": text(),
    **NEW_TAGS,
    **WRITE,
}
SECURITY_POLICY_ID: Schema = {"SecurityPolicyId": _id}
UPDATE_SECURITY_POLICY: Schema = {
    **SECURITY_POLICY_ID,
    "SecurityPolicyName": _name,
    "TLSVersions": _versions,
    "Ciphers": many(text(), 1),
    **WRITE,
}
DELETE_SECURITY_POLICY: Schema = {**SECURITY_POLICY_ID, **WRITE}
LIST_SECURITY_POLICIES: Schema = {
    "SecurityPolicyIds": ids(20),
    "SecurityPolicyNames": ids(10),
    "ResourceGroupId": text(),
    **TAG_FILTER,
    **PAGE,
}
SECURITY_POLICY_RELATIONS: Schema = {"SecurityPolicyIds": must(ids(5))}

# Access control lists

_acl_ids = must(ids(3))
CREATE_ACL: Schema = {"AclName": _name, "ResourceGroupId": text(), **NEW_TAGS, **WRITE}
ACL_ID: Schema = {"AclId": _id}
UPDATE_ACL: Schema = {**ACL_ID, "AclName": must(_name), **WRITE}
DELETE_ACL: Schema = {**ACL_ID, **WRITE}
LIST_ACLS: Schema = {"AclIds": ids(20), "AclNames": ids(10), "ResourceGroupId": text(), **TAG_FILTER, **PAGE}
ADD_ENTRIES: Schema = {
    **ACL_ID,
    "AclEntries": must(many({"Entry": _id, "Description": text(2, 256)}, 1, 20)),
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
    "Tag": many(_tag, 1, 20),
    "All": flag(),
}
LIST_TAGS: Schema = {"ResourceType": _tagged, "ResourceId": ids(50), "Tag": many(_tag, 1, 20), **PAGE}

MOVE: Schema = {"ResourceType": _tagged, "ResourceId": _id, "NewResourceGroupId": _id}

LIST_JOBS: Schema = {
    "JobIds": ids(10),
    "ResourceIds": ids(10),
    "ResourceType": choice("loadbalancer", "listener", "rule", "acl", "securitypolicy", "servergroup"),
    "ApiName": text(),
    "BeginTime": integer(0),
    "EndTime": integer(0),
    **PAGE,
}
REGIONS: Schema = {"AcceptLanguage": text()}
