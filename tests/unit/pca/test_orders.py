# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent for a certificate, and by what an earlier order is recognised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._pca import conversion, orders
from ansible_collections.alicloud.mtls.plugins.module_utils._pca.authority import PrivateCa
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import keys
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from sandbox.tests.world import issue
from tests.unit.fakes.cloud import Cloud

Object = dict[str, Any]
SUB = issue("clients", ca=True)
FACTS: Object = {
    "Identifier": "sub",
    "CommonName": "clients",
    "Algorithm": "ECC",
    "CrlStatus": "ACTIVE",
    "Organization": "Shop",
    "OrganizationUnit": "IT",
    "CountryCode": "CN",
    "State": "Zhejiang",
    "Locality": "Hangzhou",
}
CA = PrivateCa(FACTS, SUB.certificate, (SUB.certificate,))
PARAMS: Object = {
    "path": "/srv/pki",
    "subject": None,
    "key_source": "controller",
    **dict.fromkeys(("key_type", "key_size", "curve", "owner", "group", "tags", "pkcs12_passphrase")),
    "valid_for": "90d",
    "renew_before": "10%",
    "pkcs12_generate_passphrases": False,
    "pkcs12_encryption": "modern",
    "crl_distribution_point": True,
}
FIELDS = (
    *("csr", "csr_path", "certificate_id", "pkcs12_passphrase", "pkcs12_passphrase_path", "valid_for"),
    *("renew_before", "dns_names", "email_addresses", "uris", "key_type", "key_size", "curve"),
)
KEY, OTHER_KEY = (keys.generate(keys.KeySpec("ecdsa")) for _number in range(2))
WHEN = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=90))


def wanted(params: Object | None = None, **changes: Any) -> conversion.Wanted:
    given = {**dict.fromkeys(FIELDS), "name": "one", "common_name": "client-1", **changes}
    return conversion.client({**PARAMS, **(params or {})}, given, CA)


def placed(of: conversion.Wanted, params: Object | None = None, cloud: Cloud | None = None) -> tuple[str, Object]:
    """Return operation and parameters of an order."""
    cloud = cloud or Cloud(
        **{
            item: lambda _params: {"Identifier": "new", "RequestId": "1"}
            for item in (
                *("CreateClientCertificate", "CreateClientCertificateWithCsr", "CreateCustomCertificate"),
                *("CreateServerCertificate", "CreateServerCertificateWithCsr"),
            )
        }
    )
    key = None if of.algorithm else KEY
    order = orders.Order(of, "mtls-a-b-1", WHEN, key)
    assert order.place(cloud.session(), CA, {**PARAMS, **(params or {})}) == "new"
    return cloud.calls[-1]


def test_a_request_with_everything_that_the_service_would_fill_in_itself() -> None:
    operation, sent = placed(wanted(uris=["urn:a", "urn:b"]))
    assert operation == "CreateClientCertificateWithCsr"
    assert sent.pop("Csr").startswith("-----BEGIN CERTIFICATE REQUEST-----")
    assert sent == {
        "ParentIdentifier": "sub",
        "Immediately": 1,
        "EnableCrl": 1,
        "Organization": "Shop",
        "OrganizationUnit": "IT",
        "Country": "CN",
        "State": "Zhejiang",
        "Locality": "Hangzhou",
        "CommonName": "client-1",
        "BeforeTime": 1767225600,
        "AfterTime": 1767225600 + 90 * 86400,
        "CustomIdentifier": "mtls-a-b-1",
        "SanType": 6,
        "SanValue": "urn:a,urn:b",
    }


def test_a_key_of_the_service() -> None:
    without_crl = {"tags": {"team": "shop"}, "crl_distribution_point": False}
    operation, sent = placed(wanted({"key_source": "service"}), without_crl)
    assert operation == "CreateClientCertificate"
    assert (sent["Algorithm"], sent["EnableCrl"], "Csr" in sent) == ("ECC_256", 0, False)
    assert (sent["Tags"], bool(sent["ClientToken"])) == ([{"Key": "team", "Value": "shop"}], True)


def test_names_of_several_types_take_another_operation() -> None:
    operation, sent = placed(wanted(uris=["urn:a"], dns_names=["a.example.com"]))
    assert operation == "CreateCustomCertificate"
    assert sent["Validity"] == "2026-01-01T00:00:00Z/2026-04-01T00:00:00Z"
    assert sent["customIdentifier"] == "mtls-a-b-1"
    assert sent["ApiPassthrough"]["Subject"]["Organization"] == "Shop"
    assert sent["ApiPassthrough"]["Extensions"]["SubjectAlternativeNames"] == [
        {"Type": "dNSName", "Value": "a.example.com"},
        {"Type": "uniformResourceIdentifier", "Value": "urn:a"},
    ]


def test_a_server() -> None:
    params = {
        **PARAMS,
        "name": "server",
        "common_name": "www.example.com",
        "dns_names": None,
        "ip_addresses": ["192.0.2.1"],
    }
    operation, sent = placed(conversion.server(params, CA))
    assert operation == "CreateServerCertificateWithCsr"
    assert (sent["Domain"], "SanType" in sent) == ("www.example.com,192.0.2.1", False)


@pytest.mark.parametrize(
    "changes",
    [{"common_name": "client-2"}, {"uris": ["urn:a"]}, {"organization_name": "Other"}, {"locality_name": "Beijing"}],
    ids=str,
)
def test_another_content_has_another_mark(changes: Object) -> None:
    assert orders.content_mark(wanted(), KEY) != orders.content_mark(wanted(**changes), KEY)


def test_what_does_not_count() -> None:
    mark = orders.content_mark(wanted(uris=["urn:a", "urn:b"]), KEY)
    assert mark == orders.content_mark(wanted(uris=["urn:b", "urn:a"], name="two", valid_for="9d"), KEY)
    assert mark != orders.content_mark(wanted(uris=["urn:a", "urn:b"]), OTHER_KEY)
    service = wanted({"key_source": "service"})
    assert orders.content_mark(service, KEY) == orders.content_mark(service, None)
    assert mark.startswith(orders.client_mark("client", "client-1"))
    assert len(mark) < 60


def item(identifier: str, custom: str | None, **changes: Any) -> Object:
    found = {
        "Identifier": identifier,
        "CustomIdentifier": custom,
        "Status": "ISSUE",
        "BeforeTime": 5,
        "SerialNumber": "0a",
    }
    return {**found, **changes}


def test_a_listing() -> None:
    listing = orders.Listing(
        [
            item("c", "mtls-a-b-3", BeforeTime=7, Id=3),
            item("b", "mtls-a-b-2", Id=2),
            item("a", "mtls-a-b-1", Id=1, Status="REVOKE"),
            item("x", "mtls-a-c-9"),
            item("y", "somebody-else"),
            item("z", None),
        ]
    )
    assert [item["Identifier"] for item in listing.marked("mtls-a-b-")] == ["a", "b", "c"]
    assert listing.next_custom_identifier("mtls-a-b-") == "mtls-a-b-4"
    assert listing.next_custom_identifier("mtls-new-") == "mtls-new-1"
    assert listing.by_identifier("y")
    assert not listing.by_identifier("")
    assert [orders.is_issued(item) for item in listing.marked("mtls-a-b-")] == [False, True, True]
    assert not orders.is_issued(item("d", "", AfterTime=1000))


def test_an_order_whose_answer_is_lost_is_looked_for() -> None:
    cloud = Cloud(
        CreateClientCertificateWithCsr=lambda _params: {"Identifier": "new", "RequestId": "1"},
        ListCert=lambda _params: {"List": [item("new", "mtls-a-b-1"), item("no", "mtls-a-b-10")], "TotalCount": 2},
    )
    cloud.lost = {"CreateClientCertificateWithCsr"}
    placed(wanted(), cloud=cloud)
    assert len(cloud.named("CreateClientCertificateWithCsr")) == 1


@pytest.mark.parametrize(
    ("params", "changes", "code"),
    [
        ({}, {"key_type": "rsa"}, "invalid_key"),
        ({"key_source": "service", "key_type": "rsa"}, {}, "invalid_key"),
        ({}, {"dns_names": ["*.example.com"]}, "invalid_dns_name"),
        ({}, {"name": "../x"}, "invalid_name"),
    ],
)
def test_what_cannot_be_wanted(params: Object, changes: Object, code: str) -> None:
    with pytest.raises(CertificateError) as refused:
        wanted(params, **changes)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("params", "changes"),
    [
        ({}, {"uris": ["urn:a,b"]}),
        ({"key_source": "service"}, {"dns_names": ["a.example.com"]}),
        ({"key_source": "service"}, {"uris": ["urn:a"], "email_addresses": ["a@example.com"]}),
    ],
    ids=str,
)
def test_names_that_no_operation_takes(params: Object, changes: Object) -> None:
    with pytest.raises(RefusedError):
        orders.check_names([wanted(params, **changes)])
