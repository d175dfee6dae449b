# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on listeners."""

from __future__ import annotations

from ...schema import Param, choice, flag, group, integer, line, many, must
from .common import IDENTIFIER, LISTENER_ID, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

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
_tuples = must(many({"ServerGroupId": IDENTIFIER}, 1, 1))
_actions = many(
    {
        "Type": choice("ForwardGroup", required=True),
        "ForwardGroupConfig": must(group({"ServerGroupTuples": _tuples})),
    },
    1,
    1,
)


def _certificates(high: int) -> Param:
    return many({"CertificateId": IDENTIFIER}, 1, high)


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
GET_LISTENER: Schema = LISTENER_ID
CREATE_LISTENER: Schema = {
    "LoadBalancerId": IDENTIFIER,
    "ListenerProtocol": choice("HTTP", "HTTPS", "QUIC", required=True),
    "ListenerPort": integer(1, 65535, required=True),
    "DefaultActions": must(_actions),
    "Certificates": _certificates(1),
    **_listener_options,
    **NEW_TAGS,
    **WRITE,
}
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
    "Certificates": must(many({"CertificateId": IDENTIFIER}, 1, 15)),
    **WRITE,
}
LIST_LISTENER_CERTIFICATES: Schema = {
    **LISTENER_ID,
    "CertificateType": choice("Ca", "Server"),
    "CertificateIds": ids(20),
    **PAGE,
}
