# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent for a listener, and what is refused; the SDK's own models say whether a name exists."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_alb20200616 import models
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import fields, listener_checks
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.listener import Listener
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import dropped_parameter
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import Fields, decode, encode
from ansible_collections.alicloud.mtls.plugins.modules.alb_listener import _header

from tests.unit.fakes.cloud import Cloud, error
from tests.unit.fakes.service import Service

CA, OTHER_CA = "1efd3cac-e8c1-611d-b971-f96e5e432aba", "1ed65580-7e33-6a50-8630-dd13fdc009ee"
CERTIFICATE, OTHER_CERTIFICATE = "13781326-cn-hangzhou", "13781327-cn-hangzhou"
OPTIONS = dict.fromkeys(
    [
        *(field.name for field in fields.LISTENER),
        *("load_balancer_name", "region", "running"),
        *("additional_certificate_ids", "purge_additional_certificates", "purge_acls"),
    ]
)

# As GetListenerAttribute answers.
THERE = {
    "ListenerId": "lsn-1",
    "LoadBalancerId": "alb-1",
    "ListenerProtocol": "HTTPS",
    "ListenerPort": 443,
    "ListenerStatus": "Running",
    "DefaultActions": [
        {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "sgp-1"}]}}
    ],
    "Certificates": [{"CertificateId": CERTIFICATE}],
    "CaEnabled": True,
    "CaCertificates": [{"CertificateId": CA, "Status": "Associated"}],
    "SecurityPolicyId": "tls_cipher_policy_1_2",
    "Http2Enabled": True,
    "GzipEnabled": True,
    "IdleTimeout": 15,
    "RequestTimeout": 60,
    "XForwardedForConfig": {
        "XForwardedForEnabled": True,
        "XForwardedForProcessingMode": "append",
        "XForwardedForClientCertSubjectDNEnabled": True,
        "XForwardedForClientCertSubjectDNAlias": "x-dn",
        "XForwardedForClientCertIssuerDNEnabled": False,
        "XForwardedForClientCertIssuerDNAlias": "",
    },
}
PLAIN = {**THERE, "CaEnabled": False, "CaCertificates": []}


def listener(cloud: Cloud | None = None, **options: Any) -> Listener:
    defaults = {**OPTIONS, "tags": None, "purge_tags": False, "state": "present", "region": "cn-hangzhou"}
    return Listener({**defaults, **options}, (cloud or Cloud()).session())


def update(there: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Parameters of the one request that the plan has, or nothing."""
    actions = listener(**options).present(Found(decode(fields.LISTENER, there)))
    assert len(actions) <= 1
    return actions[0].params if actions else {}


@pytest.mark.parametrize(
    ("there", "options", "sent"),
    [
        (THERE, {}, {}),
        (THERE, {"mutual_authentication": True, "ca_certificate_ids": [CA], "certificate_ids": ["13781326"]}, {}),
        (THERE, {"port": 443, "protocol": "https", "server_group_id": "sgp-1", "http2": True}, {}),
        (PLAIN, {"mutual_authentication": False, "ca_certificate_ids": [CA]}, {}),
        (THERE, {"idle_timeout": 30}, {"IdleTimeout": 30}),
        (THERE, {"http2": False}, {"Http2Enabled": False}),
        (THERE, {"mutual_authentication": False}, {"CaEnabled": False}),
        (THERE, {"mutual_authentication": False, "ca_certificate_ids": [CA]}, {"CaEnabled": False}),
        (
            PLAIN,
            {"mutual_authentication": True, "ca_certificate_ids": [CA]},
            {"CaEnabled": True, "CaCertificates": [{"CertificateId": CA}]},
        ),
        (
            THERE,
            {"ca_certificate_ids": [OTHER_CA]},
            {"CaEnabled": True, "CaCertificates": [{"CertificateId": OTHER_CA}]},
        ),
        (
            THERE,
            {"certificate_ids": [OTHER_CERTIFICATE]},
            {"Certificates": [{"CertificateId": OTHER_CERTIFICATE}]},
        ),
        (
            THERE,
            {"x_forwarded_for": {"proto_enabled": True}},
            {
                "XForwardedForConfig": {
                    "XForwardedForEnabled": True,
                    "XForwardedForProcessingMode": "append",
                    "XForwardedForProtoEnabled": True,
                    "XForwardedForClientCertSubjectDNEnabled": True,
                    "XForwardedForClientCertSubjectDNAlias": "x-dn",
                    "XForwardedForClientCertIssuerDNEnabled": False,
                }
            },
        ),
        (THERE, {"x_forwarded_for": {"client_cert_subject_dn_alias": "x-dn"}}, {}),
        (
            {**THERE, "Certificates": [{"CertificateId": CERTIFICATE}, {"CertificateId": OTHER_CERTIFICATE}]},
            {"certificate_ids": [OTHER_CERTIFICATE, CERTIFICATE]},
            {},
        ),
    ],
)
def test_update_sends_what_differs(there: dict[str, Any], options: dict[str, Any], sent: dict[str, Any]) -> None:
    params = update(there, **options)
    assert params == ({"ListenerId": "(this resource)", **sent} if sent else {})


@pytest.mark.parametrize("option", [{"port": 8443}, {"protocol": "http"}])
def test_what_cannot_change(option: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=next(iter(option))):
        update(THERE, **option)


GOOD = {
    "protocol": "https",
    "certificate_ids": [CERTIFICATE],
    "mutual_authentication": True,
    "ca_certificate_ids": [CA],
    "x_forwarded_for": {},
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mutual_authentication": False, "ca_certificate_ids": []},
        {"protocol": "quic", "mutual_authentication": False, "ca_certificate_ids": []},
        {"protocol": "http", "mutual_authentication": False, "ca_certificate_ids": [], "certificate_ids": []},
        {"certificate_ids": [CERTIFICATE, OTHER_CERTIFICATE]},
        {"x_forwarded_for": {"client_cert_issuer_dn_enabled": True, "client_cert_issuer_dn_alias": "x"}},
        {"x_forwarded_for": "(known after apply)"},
        {"x_forwarded_for": {"client_cert_issuer_dn_alias": "X-OFF"}},
        {"quic": {"upgrade_enabled": True, "listener_id": "lsn-2"}},
        {"quic": {"upgrade_enabled": False, "listener_id": None}},
    ],
)
def test_rules_allow(change: dict[str, Any]) -> None:
    listener_checks.check({**GOOD, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"protocol": "http"}, "HTTPS listeners only, and this one is http"),
        ({"protocol": "quic"}, "HTTPS listeners only, and this one is quic"),
        ({"ca_certificate_ids": []}, "needs a CA certificate"),
        ({"ca_certificate_ids": [CA, OTHER_CA]}, "more than one CA"),
        ({"certificate_ids": []}, "needs a server certificate"),
        ({"certificate_ids": ["1", "2", "3"]}, "more than two"),
        ({"protocol": "http", "mutual_authentication": False}, "no server certificate"),
        *(
            ({"x_forwarded_for": {f"client_cert_{header}_enabled": True}}, "without a name")
            for header in fields.CLIENT_CERTIFICATE_HEADERS
        ),
        *(
            (
                {"x_forwarded_for": {"client_cert_issuer_dn_enabled": True, "client_cert_issuer_dn_alias": name}},
                "not take",
            )
            for name in ("X-DN", "x dn", "x" * 41, "ü")
        ),
        ({"quic": {"upgrade_enabled": True, "listener_id": None}}, "needs the QUIC listener"),
    ],
)
def test_rules_refuse(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        listener_checks.check({**GOOD, **change})
    assert caught.value.hint


def cloud_with(edition: str = "Standard", **more: Any) -> Cloud:
    def refuse(params: dict[str, Any]) -> dict[str, Any]:
        raise error("Forbidden.RAM", 403)

    return Cloud(
        GetLoadBalancerAttribute=lambda params: {"LoadBalancerId": "alb-1", "LoadBalancerEdition": edition},
        **{"DescribeWarehouseCert": refuse, **more},
    )


def guard(cloud: Cloud, there: dict[str, Any], **options: Any) -> None:
    resource = listener(cloud, **options)
    found = Found(decode(fields.LISTENER, there))
    after = {**(found.object or {}), **resource.present(found)[0].after}
    resource.check(found, after)


MUTUAL = {"mutual_authentication": True, "ca_certificate_ids": [CA]}


def test_basic_edition_is_refused() -> None:
    with pytest.raises(RefusedError, match="basic edition"):
        guard(cloud_with("Basic"), PLAIN, **MUTUAL)


def test_no_right_to_look_at_the_ca_is_a_warning() -> None:
    cloud = cloud_with()
    guard(cloud, PLAIN, **MUTUAL)
    assert CA in cloud.warnings[0]


def test_what_is_not_touched_is_not_looked_at() -> None:
    cloud = cloud_with("Basic")
    guard(cloud, THERE, idle_timeout=30)
    assert cloud.calls == []


def test_a_ca_that_is_nowhere() -> None:
    def missing(params: dict[str, Any]) -> dict[str, Any]:
        raise error("NotFound", 404)

    cloud = cloud_with(DescribeWarehouseCert=missing, DescribeCACertificate=missing)
    with pytest.raises(RefusedError, match="no CA certificate"):
        guard(cloud, PLAIN, **MUTUAL)


def test_a_ca_while_mutual_authentication_is_off_and_not_decided() -> None:
    with pytest.raises(RefusedError, match="mutual_authentication is off"):
        guard(cloud_with(), PLAIN, ca_certificate_ids=[CA])


EXTRA = [f"{number}-cn-hangzhou" for number in range(20001, 20021)]
ON, OFF = "AssociateAdditionalCertificatesWithListener", "DissociateAdditionalCertificatesFromListener"


def steps(there: dict[str, Any], additional: list[str] | None = None, **options: Any) -> list[tuple[str, Any]]:
    """Operations of the plan, each with its certificates."""
    current = {**decode(fields.LISTENER, there), "additional_certificate_ids": additional}
    actions = listener(**options).present(Found(current))
    return [
        (action.operation, [c["CertificateId"] for c in action.params.get("Certificates", [])]) for action in actions
    ]


@pytest.mark.parametrize(
    ("additional", "options", "expected"),
    [
        (None, {}, []),
        (EXTRA[:1], {"additional_certificate_ids": EXTRA[:1]}, []),
        (EXTRA[:1], {"additional_certificate_ids": ["20001"]}, []),
        (EXTRA[:1], {"additional_certificate_ids": []}, []),
        (EXTRA[:2], {"additional_certificate_ids": EXTRA[1:3]}, [(ON, EXTRA[2:3])]),
        ([], {"additional_certificate_ids": EXTRA}, [(ON, EXTRA[:15]), (ON, EXTRA[15:])]),
        (
            EXTRA[:2],
            {"additional_certificate_ids": EXTRA[1:3], "purge_additional_certificates": True},
            [(ON, EXTRA[2:3]), (OFF, EXTRA[:1])],
        ),
        (
            EXTRA,
            {"additional_certificate_ids": [], "purge_additional_certificates": True},
            [(OFF, EXTRA[:15]), (OFF, EXTRA[15:])],
        ),
        # An additional certificate becomes the default one, and the other way round.
        (
            EXTRA[:1],
            {"additional_certificate_ids": [CERTIFICATE], "certificate_ids": EXTRA[:1]},
            [(OFF, EXTRA[:1]), ("UpdateListenerAttribute", EXTRA[:1]), (ON, [CERTIFICATE])],
        ),
    ],
)
def test_additional_certificates(additional: Any, options: dict[str, Any], expected: list[Any]) -> None:
    assert steps(THERE, additional, **options) == expected


def test_a_certificate_that_is_default_and_additional() -> None:
    with pytest.raises(RefusedError, match="takes it once"):
        steps(THERE, [], additional_certificate_ids=[CERTIFICATE])


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        ("Running", {"running": True}, []),
        ("Stopped", {}, []),
        ("Stopped", {"running": False}, []),
        ("Stopped", {"running": True, "gzip": False}, ["UpdateListenerAttribute", "StartListener"]),
        ("Running", {"running": False, "gzip": False}, ["StopListener", "UpdateListenerAttribute"]),
    ],
)
def test_start_and_stop(status: str, options: dict[str, Any], expected: list[str]) -> None:
    assert [name for name, _certificates in steps({**THERE, "ListenerStatus": status}, **options)] == expected


@pytest.mark.parametrize(
    ("status", "running", "remarks"),
    [("stopped", None, 1), ("stopped", False, 0), ("stopped", True, 0), ("running", None, 0), ("configuring", None, 0)],
)
def test_a_stopped_listener_is_remarked(status: str, running: bool | None, remarks: int) -> None:
    """It is left as it is, unless the user says otherwise, and serves nobody."""
    listener = Listener({"running": running}, Cloud().session())
    found = listener.remarks({"listener_id": "lsn-1", "status": status})
    assert len(found) == remarks
    assert all("running: true" in remark for remark in found)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"record_customized_headers": False}, None),
        ({"record_customized_headers": True}, {"AccessLogRecordCustomizedHeadersEnabled": True}),
        (
            {"tracing_sample": 7},
            {"AccessLogTracingConfig": {"TracingEnabled": True, "TracingSample": 7, "TracingType": "Zipkin"}},
        ),
        ({"tracing_enabled": False}, {"AccessLogTracingConfig": {"TracingEnabled": False}}),
    ],
)
def test_access_log(wanted: dict[str, Any], sent: dict[str, Any] | None) -> None:
    tracing = {"TracingEnabled": True, "TracingSample": 100, "TracingType": "Zipkin"}
    there = {**THERE, "LogConfig": {"AccessLogTracingConfig": tracing}}
    assert update(there, access_log=wanted) == ({"ListenerId": "(this resource)", **sent} if sent else {})


@pytest.mark.parametrize(
    "options", [{"http2": True}, {"security_policy_id": "x"}, {"quic": {}}, {"additional_certificate_ids": ["1"]}]
)
def test_options_of_another_protocol(options: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=f"http has no {next(iter(options))}"):
        listener_checks.check_options(options, "http")
    listener_checks.check_options(options, "https")


@pytest.mark.parametrize(
    ("header", "protocols"),
    [
        ({"enabled": True}, ["http", "https"]),
        ({"client_source_ips_trusted": "10.0.0.1"}, ["http", "https"]),
        ({"client_src_port_enabled": True}, ["http", "https"]),
        ({"client_cert_subject_dn_enabled": True}, ["https"]),
        ({"client_cert_subject_dn_alias": "x"}, ["https"]),
        ({"proto_enabled": True, "enabled": False, "processing_mode": None}, ["http", "https", "quic"]),
    ],
)
def test_headers_of_another_protocol(header: dict[str, Any], protocols: list[str]) -> None:
    for protocol in ("http", "https", "quic"):
        if protocol in protocols:
            listener_checks.check_options({"x_forwarded_for": header}, protocol)
        else:
            with pytest.raises(RefusedError, match=f"{protocol} has no x_forwarded_for.{next(iter(header))}"):
                listener_checks.check_options({"x_forwarded_for": header}, protocol)


@pytest.mark.parametrize(("other", "clash"), [("http", True), ("quic", False)])
def test_a_port_is_taken_once(other: str, clash: bool) -> None:
    neighbours = [{"listener_id": "lsn-9", "protocol": other}]
    if not clash:
        listener_checks.check_port(neighbours, {"protocol": "https", "port": 443})
        return
    with pytest.raises(RefusedError, match="lsn-9 of protocol http"):
        listener_checks.check_port(neighbours, {"protocol": "https", "port": 443})


def everything(table: Fields) -> dict[str, Any]:
    """A value for every field of a table."""
    special = {"tags": {"a": "b"}, "certificate_ids": ["1"], "ca_certificate_ids": ["2"], "zone_mappings": []}
    groups = {"x_forwarded_for", "health_check", "quic", "access_log", "modification_protection"}
    groups |= {"acl", "sticky_session", "connection_drain", "slow_start"}
    return {field.name: {} if field.name in groups else special.get(field.name, 1) for field in table}


SENT = [
    ("CreateListenerRequest", fields.LISTENER, {"ListenerId", "ListenerStatus", "Tags", "LogConfig", "AclConfig"}),
    (
        "UpdateListenerAttributeRequest",
        fields.LISTENER,
        {"LoadBalancerId", "ListenerProtocol", "ListenerPort", "ListenerStatus", "Tags", "LogConfig", "AclConfig"},
    ),
    ("UpdateListenerLogConfigRequest", fields.ACCESS_LOG, set()),
    ("CreateListenerRequestQuicConfig", fields.QUIC, set()),
    ("CreateListenerRequestXForwardedForConfig", fields.X_FORWARDED_FOR, set()),
    ("UpdateServerGroupAttributeRequestHealthCheckConfig", fields.HEALTH_CHECK, set()),
    ("AddServersToServerGroupRequestServers", fields.SERVER, set()),
    (
        "CreateServerGroupRequest",
        fields.SERVER_GROUP,
        {"ServerGroupId", "ServerGroupStatus", "Tags"},
    ),
    (
        "UpdateServerGroupAttributeRequest",
        fields.SERVER_GROUP,
        {"VpcId", "Protocol", "ServerGroupType", "Ipv6Enabled", "ResourceGroupId", "ServerGroupStatus", "Tags"},
    ),
    ("UpdateServerGroupAttributeRequestStickySessionConfig", fields.STICKY_SESSION, set()),
    ("UpdateServerGroupAttributeRequestConnectionDrainConfig", fields.CONNECTION_DRAIN, set()),
    (
        "UpdateServerGroupAttributeRequestSlowStartConfig",
        fields.SLOW_START,
        set(),
    ),
    ("GetListenerAttributeResponseBody", fields.LISTENER, set()),
    ("GetLoadBalancerAttributeResponseBody", fields.LOAD_BALANCER, set()),
    ("ListServerGroupsResponseBodyServerGroups", fields.SERVER_GROUP, set()),
]


@pytest.mark.parametrize(("model", "table", "not_sent"), SENT, ids=[case[0] for case in SENT])
def test_the_sdk_knows_every_name(model: str, table: Fields, not_sent: set[str]) -> None:
    wire = {name: value for name, value in encode(table, everything(table)).items() if name not in not_sent}
    assert dropped_parameter(wire, getattr(models, model)().from_map(wire).to_map()) == ""


def test_every_header_has_an_option() -> None:
    kinds = {field.name: _header(field.name)["type"] for field in fields.X_FORWARDED_FOR}
    assert len(kinds) == 17
    assert kinds["client_cert_subject_dn_alias"] == "str"
    assert kinds["client_cert_subject_dn_enabled"] == "bool"


def test_an_additional_certificate_is_promoted_without_being_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or ALB would refuse, after other writes: ResourceAlreadyAssociated.Certificate."""
    monkeypatch.setattr(Listener, "_check_preconditions", lambda self, before, after: None)
    service = Service(forgets=False)
    made = {"load_balancer_id": "alb-1", "port": 443, "server_group_id": "sgp-1"}

    def run(**options: Any) -> list[str]:
        given = {"tags": None, "purge_tags": False, "purge_additional_certificates": False, "state": "present", **made}
        session = service.session()
        resource = Listener({**OPTIONS, **given, "region": "cn-hangzhou", **options}, session)
        return Engine(resource, session).run("present").actions

    run(certificate_ids=[CERTIFICATE], additional_certificate_ids=[OTHER_CERTIFICATE])
    assert run(certificate_ids=[OTHER_CERTIFICATE]) == [
        "dissociate_additional_certificates_from_listener",
        "update_listener_attribute",
    ]
    assert service.parts["Certificates"] == []
    service.calls.clear()
    assert run(certificate_ids=[OTHER_CERTIFICATE]) == []
    assert [name for name, _params in service.calls] == ["ListListeners", "GetListenerAttribute"]
