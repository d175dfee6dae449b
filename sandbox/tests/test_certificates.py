# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and repositories: what is refused, what is shown, and what becomes of those in use."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, Pair, Sdk, listener_params, make_pair

INVALID = (400, "InvalidParameter")


def test_uploads_that_are_refused(sdk: Sdk, server_pair: Pair, ca_pair: Pair) -> None:
    def upload(cert: str, key: str, name: str = "c") -> tuple[int, str]:
        return sdk.refused("cas", "UploadUserCertificate", Name=name, Cert=cert, Key=key)

    assert upload(server_pair.pem, ca_pair.key_pem) == (400, "NotMatch.CertificateAndPrivateKey")
    assert upload(ca_pair.pem + server_pair.pem, server_pair.key_pem) == (400, "NotMatch.CertificateAndPrivateKey")
    assert upload("nonsense", server_pair.key_pem) == INVALID
    assert upload(server_pair.pem, "nonsense") == (400, "PrivateKeyFormatException")
    assert upload(server_pair.pem + ca_pair.pem, server_pair.key_pem) == INVALID
    assert sdk.refused("cas", "UploadUserCertificate", Name="c", Cert=server_pair.pem) == (400, "MissingKey")
    sdk.certificate(server_pair, "taken")
    assert upload(server_pair.pem, server_pair.key_pem, "taken") == (400, "NameRepeat")
    sdk.ca(ca_pair)
    number = sdk("cas", "ListCertWarehouse")["CertWarehouseList"][0]["WhId"]
    assert sdk.refused("cas", "UploadPCACert", WarehouseId=number, Cert=server_pair.pem) == INVALID
    assert sdk.refused("cas", "UploadPCACert", WarehouseId=number + 1, Cert=ca_pair.pem) == (404, "NotFound")
    wrong = {"WarehouseId": number, "Cert": ca_pair.pem, "PrivateKey": server_pair.key_pem}
    assert sdk.refused("cas", "UploadPCACert", **wrong) == (400, "NotMatch.CertificateAndPrivateKey")
    # A repository is deleted by its own id, and not by that of the sales instance.
    sales = sdk("cas", "ListCertWarehouse")["CertWarehouseList"][0]["InstanceId"]
    assert sdk.refused("cas", "DeleteWarehouse", WarehouseInstanceId=sales) == (404, "NotFound")
    instance = sdk("cas", "ListWarehouse")["Data"][0]["WarehouseInstanceId"]
    refusal = sdk.refused("cas", "DeleteWarehouse", WarehouseInstanceId=instance)
    assert refusal == (400, "ResourceInUse.Warehouse")


def test_names_of_uploads(sdk: Sdk, server_pair: Pair) -> None:
    """63 characters of any kind (SDK 3.9.4, UploadUserCertificate)."""
    upload = {"Cert": server_pair.pem, "Key": server_pair.key_pem}
    assert sdk("cas", "UploadUserCertificate", Name="证" * 63, **upload)["CertId"]
    assert sdk.refused("cas", "UploadUserCertificate", Name="x" * 64, **upload) == INVALID


def test_the_keyword_of_a_list_is_about_names(sdk: Sdk) -> None:
    """The upload name, the common name and the alternative names, and not the id (SDK 3.9.4, ListCert)."""
    sdk("cas", "CreateWarehouse", Name="clients", Type="uploadedAuthorityCertificate")
    number = sdk("cas", "ListCertWarehouse")["CertWarehouseList"][0]["WhId"]
    pem = make_pair("Clients", ca=True).pem
    identifier = sdk("cas", "UploadPCACert", WarehouseId=number, Cert=pem, Name="shop-0123abcd")["Identifier"]
    for keyword, found in (("shop-0123abcd", 1), ("op-01", 1), ("lients", 1), (identifier[:8], 0), ("other", 0)):
        assert len(sdk("cas", "ListCert", WarehouseId=number, KeyWord=keyword)["CertList"]) == found, keyword


def test_repositories_by_their_types(sdk: Sdk, ca_pair: Pair) -> None:
    """Each operation has types of its own (pages of CreateWarehouse and of ListCertWarehouse)."""
    for kind in ("uploadCA", "aliyunPCA", "pcaCaCert", "anything"):
        assert sdk.refused("cas", "CreateWarehouse", Name="c", Type=kind) == INVALID
    assert sdk.refused("cas", "ListCertWarehouse", Type="uploadedAuthorityCertificate") == INVALID
    for kind in ("uploadedAuthorityCertificate", "uploadedCertificate", "pcaCertificate", "personal", "ssl"):
        sdk("cas", "CreateWarehouse", Name=kind, Type=kind)
    found = {item["Name"]: item for item in sdk("cas", "ListCertWarehouse")["CertWarehouseList"]}
    assert found["uploadedAuthorityCertificate"]["Type"] == "uploadCA"
    for name, item in found.items():
        upload = {"WarehouseId": item["WhId"], "Cert": ca_pair.pem}
        if name != "uploadedAuthorityCertificate":
            assert sdk.refused("cas", "UploadPCACert", **upload) == INVALID
    sdk("cas", "UploadPCACert", WarehouseId=found["uploadedAuthorityCertificate"]["WhId"], Cert=ca_pair.pem)


def test_fingerprints_are_those_of_openssl(sdk: Sdk, server_pair: Pair) -> None:
    number = int(sdk.certificate(server_pair).partition("-")[0])
    found = sdk("cas", "GetUserCertificateDetail", CertId=number)
    for field, option in (("Fingerprint", "-sha1"), ("Sha2", "-sha256")):
        command = ["openssl", "x509", "-noout", "-fingerprint", option]
        shown = subprocess.run(command, input=server_pair.pem, capture_output=True, text=True, check=True).stdout
        assert shown.strip().partition("=")[2].replace(":", "") == found[field]
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-serial"], input=server_pair.pem, capture_output=True, text=True, check=True
    ).stdout
    assert int(shown.partition("=")[2], 16) == int(found["SerialNo"], 16)


def test_expired_uploads_are_not_listed_without_a_status(sdk: Sdk) -> None:
    sdk.certificate(make_pair("old.example.com", days=1, start=-10), "old")
    sdk.certificate(make_pair("www.example.com", days=90), "new")

    def names(**filters: str) -> list[str]:
        found = sdk("cas", "ListUserCertificateOrder", **filters)["CertificateOrderList"]
        return [item["Name"] for item in found]

    assert names(OrderType="UPLOAD") == ["new"]
    assert names(OrderType="CERT", Status="EXPIRED") == ["old"]
    # Without a status: issued ones and those about to expire (SDK 3.9.4, ListUserCertificateOrder).
    sdk.certificate(make_pair("soon.example.com", days=10), "soon")
    assert set(names(OrderType="UPLOAD")) == {"new", "soon"}
    assert names(OrderType="UPLOAD", Status="WILLEXPIRED") == ["soon"]
    assert names(OrderType="UPLOAD", Status="ISSUED") == ["new"]
    shown = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD", Status="WILLEXPIRED")["CertificateOrderList"]
    assert [item["Status"] for item in shown] == ["WILLEXPIRED"]
    assert names() == []
    assert names(OrderType="UPLOAD", Keyword="www.example") == ["new"]
    assert names(OrderType="UPLOAD", Keyword="elsewhere") == []
    (order,) = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD", Keyword="www.example")["CertificateOrderList"]
    assert names(OrderType="UPLOAD", Keyword=order["InstanceId"][4:]) == ["new"], "a part of the resource id"


def test_an_upload_with_a_token_is_done_once(sdk: Sdk, server_pair: Pair) -> None:
    params = {"Name": "server", "Cert": server_pair.pem, "Key": server_pair.key_pem, "ClientToken": "once"}
    first = sdk("cas", "UploadUserCertificate", **params)["CertId"]
    assert sdk("cas", "UploadUserCertificate", **params)["CertId"] == first
    refused = sdk.refused("cas", "UploadUserCertificate", **params | {"Name": "other"})
    assert refused == (400, "IdempotentParameterMismatch")
    for _ in range(2):
        sdk("cas", "DeleteUserCertificate", CertId=first, ClientToken="gone")
    assert sdk.refused("cas", "DeleteUserCertificate", CertId=first) == (404, "NotFound")


@pytest.mark.parametrize("token", ["é", "证", "a\n", "x" * 65])
def test_tokens_that_are_none(sdk: Sdk, server_pair: Pair, token: str) -> None:
    params = {"Name": "server", "Cert": server_pair.pem, "Key": server_pair.key_pem}
    assert sdk.refused("cas", "UploadUserCertificate", **params, ClientToken=token) == INVALID
    assert sdk.refused("cas", "DeleteUserCertificate", CertId=1, ClientToken=token) == INVALID


def test_what_is_described_of_a_ca(sdk: Sdk, ca_pair: Pair) -> None:
    identifier = sdk.ca(ca_pair)
    found = sdk("cas", "DescribeWarehouseCert", CertIdentifier=identifier)
    assert {name: value for name, value in found.items() if name not in ("RequestId", "Content", "Fingerprint")} == {
        "CertIdentifier": identifier,
        "CertStatus": "issued",
        "CertType": "CA",
        "CommonName": "Clients",
        "Issuer": "Clients",
        "IssuerIdentifier": identifier,
        "PrivateCaInstanceId": "",
        "PrivateCaRegionId": "",
        "WarehouseInstanceId": sdk("cas", "ListWarehouse")["Data"][0]["WarehouseInstanceId"],
    }


def test_a_used_certificate_can_be_deleted() -> None:
    """Its listener keeps a copy, also after an update, and shows the id; no other listener can be given it."""
    with Sandbox(data_plane="nginx", dns=False) as sandbox:
        sandbox.seed(**ACCOUNT)
        sdk = Sdk(sandbox)
        balancer, group = sdk.balancer(), sdk.group()
        identifier = sdk.certificate(make_pair("www.example.com"))
        tls: dict[str, t.Any] = {"ListenerProtocol": "HTTPS", "Certificates": [{"CertificateId": identifier}]}
        listener = sdk.listener(balancer, group, ListenerPort=443, **tls)["ListenerId"]
        address = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"][0]
        where = f"{address['LoadBalancerAddresses'][0]['Address']}:443"

        def shown() -> str:
            command = ["openssl", "s_client", "-connect", where, "-servername", "www.example.com"]
            done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60, check=False)
            return done.stdout.partition("subject=")[2].splitlines()[0].replace(" ", "")

        sdk("cas", "DeleteUserCertificate", CertId=int(identifier.partition("-")[0]))
        sdk.write("UpdateListenerAttribute", ListenerId=listener, IdleTimeout=20)
        assert shown() == "CN=www.example.com"
        found = sdk("alb", "GetListenerAttribute", ListenerId=listener)
        assert found["Certificates"] == [{"CertificateId": identifier}]
        other = listener_params(balancer, group, ListenerPort=8443, **tls)
        assert sdk.refused("alb", "CreateListener", **other) == (404, "ResourceNotFound.Certificate")
