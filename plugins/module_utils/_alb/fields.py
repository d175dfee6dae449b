# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of ALB and those of the user, as tables. Private to this collection.

The names of the API are those of ALB 2020-06-16 (https://api.aliyun.com/document/Alb/2020-06-16/overview).
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.values import FLAG, STATE, TAGS, Codec, Field, Fields, choice, decode, encode, list_of, nested

# Editions with all features. Beside basic there are other lesser ones, such as the extensible edition of 2026.
FULL_EDITIONS = ("standard", "standard_with_waf")
EDITION = choice(basic="Basic", standard="Standard", standard_with_waf="StandardWithWaf")
IP_VERSION = choice(ipv4="IPv4", dual_stack="DualStack")
ADDRESS_TYPE = choice(internet="Internet", intranet="Intranet")
ALLOCATION = choice(fixed="Fixed", dynamic="Dynamic")
STATUS = choice(
    inactive="Inactive",
    active="Active",
    provisioning="Provisioning",
    configuring="Configuring",
    create_failed="CreateFailed",
)
BUSINESS_STATUS = choice(normal="Normal", abnormal="Abnormal")
EIP_TYPE = choice(common="Common", anycast="Anycast")
LISTENER_PROTOCOL = choice(http="HTTP", https="HTTPS", quic="QUIC")
GROUP_PROTOCOL = choice(http="HTTP", https="HTTPS", grpc="gRPC")
CHECK_PROTOCOL = choice(http="HTTP", https="HTTPS", tcp="TCP", grpc="gRPC")
HTTP_VERSION = choice(**{"1.0": "HTTP1.0", "1.1": "HTTP1.1"})
COOKIE = choice(insert="Insert", server="Server")
GROUP_TYPE = choice(instance="Instance", ip="Ip", fc="Fc")
SERVER_TYPE = choice(ecs="Ecs", eni="Eni", eci="Eci", ip="Ip", fc="Fc")
ACCESS = choice(allow="White", deny="Black")
SCHEDULER = choice(wrr="Wrr", wlc="Wlc", sch="Sch", uch="Uch")

ZONE_MAPPING: Fields = (
    Field("zone_id", "ZoneId"),
    Field("vswitch_id", "VSwitchId"),
    Field("allocation_id", "AllocationId"),
    Field("eip_type", "EipType", EIP_TYPE),
    Field("intranet_address", "IntranetAddress"),
)
# The addresses of a load balancer in a zone are in a list of their own, which has one item for each zone.
_ZONE_ADDRESS: Fields = (
    *ZONE_MAPPING[2:],
    Field("address", "Address"),
    Field("ipv6_address", "Ipv6Address"),
)
_ZONE = Codec(
    encode=lambda mapping: encode(ZONE_MAPPING, mapping),
    decode=lambda body: {
        **decode(ZONE_MAPPING[:2], body),
        **decode(_ZONE_ADDRESS, next(iter(body.get("LoadBalancerAddresses") or [{}]))),
    },
)

ACCESS_LOG_PLACE: Fields = (Field("project", "LogProject"), Field("store", "LogStore"))

# An access log that is left out, or has no project, is off.
_LOGGED = Codec(
    decode=lambda config: {"enabled": bool(config.get("LogProject")), **decode(ACCESS_LOG_PLACE, config)},
    absent=lambda: {"enabled": False, "project": None, "store": None},
)
_PROTECTED = choice(on="ConsoleProtection", off="NonProtection")
_PROTECTION: Fields = (
    Field(
        "enabled",
        "Status",
        Codec(
            encode=lambda on: _PROTECTED.encode("on" if on else "off"),
            decode=lambda wire: _PROTECTED.decode(wire) == "on",
            absent=lambda: False,
        ),
    ),
    Field("reason", "Reason"),
)

LOAD_BALANCER: Fields = (
    Field("load_balancer_id", "LoadBalancerId"),
    Field("name", "LoadBalancerName"),
    Field("dns_name", "DNSName"),
    Field("status", "LoadBalancerStatus", STATE),
    Field("edition", "LoadBalancerEdition", EDITION),
    Field("address_type", "AddressType", ADDRESS_TYPE),
    Field("vpc_id", "VpcId"),
    Field("zone_mappings", "ZoneMappings", list_of(_ZONE)),
    Field("address_allocated_mode", "AddressAllocatedMode", ALLOCATION),
    Field("ip_version", "AddressIpVersion", IP_VERSION),
    Field("ipv6_address_type", "Ipv6AddressType", ADDRESS_TYPE),
    Field("bandwidth_package_id", "BandwidthPackageId"),
    Field("security_group_ids", "SecurityGroupIds", Codec(decode=sorted, absent=list)),
    Field("deletion_protection", "DeletionProtectionConfig.Enabled", FLAG),
    Field("modification_protection", "ModificationProtectionConfig", nested(_PROTECTION)),
    Field("access_log", "AccessLogConfig", _LOGGED),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tags", TAGS),
)

HEALTH_CHECK: Fields = (
    Field("enabled", "HealthCheckEnabled"),
    Field("protocol", "HealthCheckProtocol", CHECK_PROTOCOL),
    Field("path", "HealthCheckPath"),
    Field("host", "HealthCheckHost"),
    Field("method", "HealthCheckMethod"),
    Field("codes", "HealthCheckCodes"),
    Field("http_version", "HealthCheckHttpVersion", HTTP_VERSION),
    Field("interval", "HealthCheckInterval"),
    Field("timeout", "HealthCheckTimeout"),
    Field("healthy_threshold", "HealthyThreshold"),
    Field("unhealthy_threshold", "UnhealthyThreshold"),
    Field("port", "HealthCheckConnectPort"),
)

STICKY_SESSION: Fields = (
    Field("enabled", "StickySessionEnabled", FLAG),
    Field("type", "StickySessionType", COOKIE),
    Field("cookie", "Cookie"),
    Field("cookie_timeout", "CookieTimeout"),
)

CONNECTION_DRAIN: Fields = (
    Field("enabled", "ConnectionDrainEnabled", FLAG),
    Field("timeout", "ConnectionDrainTimeout"),
)

SLOW_START: Fields = (
    Field("enabled", "SlowStartEnabled", FLAG),
    Field("duration", "SlowStartDuration"),
)

SERVER: Fields = (
    Field("server_id", "ServerId"),
    Field("type", "ServerType", SERVER_TYPE),
    Field("address", "ServerIp"),
    Field("port", "Port"),
    Field("weight", "Weight"),
    Field("description", "Description"),
    Field("remote_ip_enabled", "RemoteIpEnabled"),
)

# Consistent hashing by a query parameter is the only kind.
_QUERY_PARAMETER = Codec(
    encode=lambda name: {"Type": "QueryString", "Value": name}, decode=lambda config: config.get("Value") or None
)

SERVER_GROUP: Fields = (
    Field("server_group_id", "ServerGroupId"),
    Field("name", "ServerGroupName"),
    Field("status", "ServerGroupStatus", STATE),
    Field("type", "ServerGroupType", GROUP_TYPE),
    Field("vpc_id", "VpcId"),
    Field("protocol", "Protocol", GROUP_PROTOCOL),
    Field("scheduler", "Scheduler", SCHEDULER),
    Field("health_check", "HealthCheckConfig", nested(HEALTH_CHECK)),
    Field("sticky_session", "StickySessionConfig", nested(STICKY_SESSION)),
    Field("connection_drain", "ConnectionDrainConfig", nested(CONNECTION_DRAIN)),
    Field("slow_start", "SlowStartConfig", nested(SLOW_START)),
    Field("hash_query_parameter", "UchConfig", _QUERY_PARAMETER),
    Field("upstream_keepalive", "UpstreamKeepaliveEnabled"),
    Field("cross_zone", "CrossZoneEnabled"),
    Field("ipv6_enabled", "Ipv6Enabled"),
    Field("service_name", "ServiceName"),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tags", TAGS),
)

X_FORWARDED_FOR: Fields = (
    Field("enabled", "XForwardedForEnabled"),
    Field("processing_mode", "XForwardedForProcessingMode"),
    Field("client_source_ips_enabled", "XForwardedForClientSourceIpsEnabled"),
    Field("client_source_ips_trusted", "XForwardedForClientSourceIpsTrusted"),
    Field("client_src_port_enabled", "XForwardedForClientSrcPortEnabled"),
    Field("proto_enabled", "XForwardedForProtoEnabled"),
    Field("host_enabled", "XForwardedForHostEnabled"),
    Field("slb_id_enabled", "XForwardedForSLBIdEnabled"),
    Field("slb_port_enabled", "XForwardedForSLBPortEnabled"),
    Field("client_cert_subject_dn_enabled", "XForwardedForClientCertSubjectDNEnabled"),
    Field("client_cert_subject_dn_alias", "XForwardedForClientCertSubjectDNAlias"),
    Field("client_cert_issuer_dn_enabled", "XForwardedForClientCertIssuerDNEnabled"),
    Field("client_cert_issuer_dn_alias", "XForwardedForClientCertIssuerDNAlias"),
    Field("client_cert_fingerprint_enabled", "XForwardedForClientCertFingerprintEnabled"),
    Field("client_cert_fingerprint_alias", "XForwardedForClientCertFingerprintAlias"),
    Field("client_cert_client_verify_enabled", "XForwardedForClientCertClientVerifyEnabled"),
    Field("client_cert_client_verify_alias", "XForwardedForClientCertClientVerifyAlias"),
)

ACCESS_LOG: Fields = (
    Field("record_customized_headers", "AccessLogRecordCustomizedHeadersEnabled", FLAG),
    Field("tracing_enabled", "AccessLogTracingConfig.TracingEnabled", FLAG),
    Field("tracing_sample", "AccessLogTracingConfig.TracingSample"),
    Field("tracing_type", "AccessLogTracingConfig.TracingType"),
)

QUIC: Fields = (
    Field("upgrade_enabled", "QuicUpgradeEnabled", FLAG),
    Field("listener_id", "QuicListenerId"),
)

# Headers with details of the client certificate; each needs a name of its own.
CLIENT_CERTIFICATE_HEADERS = ("subject_dn", "issuer_dn", "fingerprint", "client_verify")

CERTIFICATES = Codec(
    encode=lambda ids: [{"CertificateId": identity} for identity in ids],
    decode=lambda items: [item["CertificateId"] for item in items],
    absent=list,
)

# The API allows one action here, which forwards to one server group.
_FORWARD = Codec(
    encode=lambda group: [
        {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": group}]}}
    ],
    decode=lambda actions: next(
        (
            group["ServerGroupId"]
            for action in actions
            for group in (action.get("ForwardGroupConfig") or {}).get("ServerGroupTuples") or []
        ),
        None,
    ),
)


def is_dissociating(item: Mapping[str, t.Any]) -> bool:
    """Return whether an association is being ended; the documentation spells it Dissociating and Diassociating."""
    return str(item.get("Status") or "").lower().startswith(("dissociat", "diassociat"))


# The access control lists of a listener, without those being dissociated. Read only: they have their own operations.
_ACL = Codec(
    decode=lambda config: {
        "access": ACCESS.decode(config["AclType"]) if config.get("AclType") else None,
        "acl_ids": sorted(item["AclId"] for item in config.get("AclRelations") or [] if not is_dissociating(item)),
    },
    absent=lambda: {"access": None, "acl_ids": []},
)

LISTENER: Fields = (
    Field("listener_id", "ListenerId"),
    Field("load_balancer_id", "LoadBalancerId"),
    Field("protocol", "ListenerProtocol", LISTENER_PROTOCOL),
    Field("port", "ListenerPort", Codec(decode=int)),
    Field("status", "ListenerStatus", STATE),
    Field("server_group_id", "DefaultActions", _FORWARD),
    Field("certificate_ids", "Certificates", CERTIFICATES),
    Field("mutual_authentication", "CaEnabled", FLAG),
    Field("ca_certificate_ids", "CaCertificates", CERTIFICATES),
    Field("security_policy_id", "SecurityPolicyId"),
    Field("http2", "Http2Enabled"),
    Field("gzip", "GzipEnabled"),
    Field("idle_timeout", "IdleTimeout"),
    Field("request_timeout", "RequestTimeout"),
    Field("x_forwarded_for", "XForwardedForConfig", nested(X_FORWARDED_FOR)),
    Field("quic", "QuicConfig", nested(QUIC)),
    Field("access_log", "LogConfig", nested(ACCESS_LOG)),
    Field("acl", "AclConfig", _ACL),
    Field("description", "ListenerDescription"),
    Field("tags", "Tags", TAGS),
)

ACL: Fields = (
    Field("acl_id", "AclId"),
    Field("name", "AclName"),
    Field("status", "AclStatus", STATE),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tags", TAGS),
)
ACL_ENTRY: Fields = (Field("entry", "Entry"), Field("description", "Description"))

# TLS versions and cipher suites are sets: their order has no meaning.
_SET = Codec(encode=sorted, decode=sorted, absent=list)

SECURITY_POLICY: Fields = (
    Field("security_policy_id", "SecurityPolicyId"),
    Field("name", "SecurityPolicyName"),
    Field("status", "SecurityPolicyStatus", STATE),
    Field("tls_versions", "TLSVersions", _SET),
    Field("ciphers", "Ciphers", _SET),
    Field("resource_group_id", "ResourceGroupId"),
    Field("tags", "Tags", TAGS),
)
