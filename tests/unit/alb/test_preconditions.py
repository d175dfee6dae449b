# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener refers to and cannot have. The certificates are openssl's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import preconditions
from ansible_collections.alicloud.mtls.plugins.module_utils._cas import queries as cas
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError, RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads import usage

from tests.unit.fakes.cloud import Cloud, error

FITS = {"http": {"HTTP", "HTTPS"}, "https": {"HTTP", "HTTPS", "gRPC"}, "quic": {"HTTP", "gRPC"}}


def group(protocol: str, **more: Any) -> Cloud:
    there = {"ServerGroupId": "sgp-1", "ServerGroupType": "Instance", "Protocol": protocol, **more}
    return Cloud(ListServerGroups=lambda params: {"ServerGroups": [there]})


def listener(protocol: str = "https", **more: Any) -> dict[str, Any]:
    return {"server_group_id": "sgp-1", "protocol": protocol, "http2": None, **more}


@pytest.mark.parametrize("behind", ["HTTP", "HTTPS", "gRPC"])
@pytest.mark.parametrize("protocol", FITS)
def test_groups_of_each_protocol(protocol: str, behind: str) -> None:
    cloud = group(behind)
    if behind not in FITS[protocol]:
        with pytest.raises(RefusedError, match=f"protocol {protocol} cannot forward to sgp-1, of protocol"):
            preconditions.check_group(cloud.session(), listener(protocol))
        return
    preconditions.check_group(cloud.session(), listener(protocol))
    # The sources do not agree about this one.
    assert bool(cloud.warnings) == ((protocol, behind) == ("http", "HTTPS"))
    assert len(cloud.calls) == 1


def test_grpc_needs_http2() -> None:
    with pytest.raises(RefusedError, match="needs HTTP/2"):
        preconditions.check_group(group("gRPC").session(), listener(http2=False))
    preconditions.check_group(group("gRPC").session(), listener(http2=True))


def test_functions_have_no_protocol() -> None:
    preconditions.check_group(group("gRPC", ServerGroupType="Fc").session(), listener("http"))


def test_a_group_that_is_not_there() -> None:
    nothing = Cloud(ListServerGroups=lambda params: {})
    with pytest.raises(RefusedError, match="no server group sgp-1"):
        preconditions.check_group(nothing.session(), listener())
    preconditions.check_group(nothing.session(), listener(server_group_id=KNOWN_AFTER_APPLY))


def refuse(params: dict[str, Any]) -> dict[str, Any]:
    raise error("Forbidden.RAM", 403)


def test_no_right_to_look_is_a_warning() -> None:
    cloud = Cloud(ListServerGroups=refuse, GetUserCertificateDetail=refuse, ListAclEntries=refuse)
    preconditions.check_group(cloud.session(), listener())
    preconditions.check_certificates(cloud.session(), ["1-cn-hangzhou"])
    preconditions.check_allow(cloud.session(), ["acl-1"])
    assert [warning.partition(" could not be checked: ")[0] for warning in cloud.warnings] == [
        "The server group sgp-1",
        "The certificate 1-cn-hangzhou",
        "The access control lists",
    ]


def test_other_errors_of_a_look_are_errors() -> None:
    cloud = Cloud()
    cloud.trouble["ListServerGroups"] = [error("InvalidParameter")]
    with pytest.raises(CloudError):
        preconditions.check_group(cloud.session(), listener())


@pytest.mark.parametrize(("days", "fits"), [(-1, False), (1, True)])
def test_a_server_certificate_that_has_expired(days: int, fits: bool) -> None:
    end = int((time.time() + days * 86400) * 1000)
    cloud = Cloud(GetUserCertificateDetail=lambda params: {"CertIdentifier": "1-cn-hangzhou", "NotAfter": end})
    if fits:
        preconditions.check_certificates(cloud.session(), ["1-cn-hangzhou", KNOWN_AFTER_APPLY])
        assert [params["CertId"] for params in cloud.named("GetUserCertificateDetail")] == [1]
        return
    with pytest.raises(RefusedError, match="1-cn-hangzhou expired on"):
        preconditions.check_certificates(cloud.session(), ["1-cn-hangzhou"])


def test_a_server_certificate_of_another_store() -> None:
    cloud = Cloud()
    cloud.trouble["GetUserCertificateDetail"] = [error("NotFound", 404)]
    preconditions.check_certificates(cloud.session(), ["1-ap-southeast-1"])


def balancer(**more: Any) -> Cloud:
    there = {"LoadBalancerId": "alb-1", "LoadBalancerEdition": "Standard", **more}
    return Cloud(GetLoadBalancerAttribute=lambda params: there)


@pytest.mark.parametrize(
    ("there", "option", "words"),
    [
        ({"LoadBalancerEdition": "Basic"}, "mutual_authentication", "alb-1 is of the basic edition"),
        ({}, "mutual_authentication", ""),
        ({}, "access_log", "alb-1 writes no access log"),
        ({"AccessLogConfig": {"LogProject": "p", "LogStore": "s"}}, "access_log", ""),
    ],
)
def test_what_a_load_balancer_lets_its_listeners_have(there: dict[str, Any], option: str, words: str) -> None:
    cloud = balancer(**there)
    if words:
        with pytest.raises(RefusedError, match=words):
            preconditions.check_load_balancer(cloud.session(), "alb-1", [option])
        return
    preconditions.check_load_balancer(cloud.session(), "alb-1", [option])
    preconditions.check_load_balancer(cloud.session(), "alb-1", [])
    assert len(cloud.calls) == 1


@pytest.mark.parametrize("code", ["InvalidProduct.NotFound", "InvalidVersion"])
def test_an_endpoint_without_private_cas_has_no_such_ca(code: str) -> None:
    """An endpoint that the user gives may not have every product; gateways answer with either code."""

    def refuse(wire_code: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def answer(_params: dict[str, Any]) -> dict[str, Any]:
            raise error(wire_code, 404)

        return answer

    cloud = Cloud(DescribeWarehouseCert=refuse("NotFound"), DescribeCACertificate=refuse(code))
    assert cas.ca_certificate(cloud.session(), "1ed65580-7e33-6a50-aaaa-000000000000") is None


@pytest.mark.parametrize("code", ["InvalidProduct.NotFound", "InvalidVersion"])
def test_an_endpoint_without_load_balancers_uses_no_certificate(code: str) -> None:
    def refuse(_params: dict[str, Any]) -> dict[str, Any]:
        raise error(code, 404)

    assert usage.of_ca_certificates(Cloud(ListListeners=refuse).session(), ["ca-1"]) == {"ca-1": []}
