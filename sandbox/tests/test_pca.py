# SPDX-License-Identifier: GPL-3.0-or-later
"""Private CAs sign certificates and CRLs that openssl believes, within the limits of what was bought."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.tests.pca import (
    INVALID,
    PURCHASE,
    SEEDED,
    WHO,
    Object,
    buy,
    fetch,
    make_cas,
    openssl,
    request,
    verify,
)
from sandbox.tests.support import Pair, Sdk, make_pair

STATUS = (400, "CertStatusInvalid")
REFUSED_CA = (400, "CaStatusInvalid")


@pytest.fixture
def sub(sdk: Sdk) -> str:
    """Identifier of a sub CA that may issue."""
    buy(sdk)
    return str(make_cas(sdk)[1]["Identifier"])


def issue(sdk: Sdk, sub: str, csr: str, **changes: Any) -> Object:
    """The answer to a request for a client certificate of 10 days, with the certificate and its chain."""
    params = {"ParentIdentifier": sub, "Csr": csr, "Days": 10, "Immediately": 2, "EnableCrl": 1}
    return sdk("pca", "CreateClientCertificateWithCsr", **{**params, **changes})


def left(sdk: Sdk, sub: str) -> int:
    found: int = sdk("pca", "DescribeCACertificate", Identifier=sub)["Certificate"]["CertRemainingCount"]
    return found


def test_nothing_is_made_without_a_purchase(sdk: Sdk) -> None:
    params = {"CommonName": "root", "Years": 10, **WHO}
    assert sdk.refused("pca", "CreateRootCACertificate", **params) == (400, "NoAvailableInstance")
    buy(sdk, algorithm="ECC")
    bought_for_ecc = sdk.refused("pca", "CreateRootCACertificate", **params, Algorithm="RSA_2048")
    assert bought_for_ecc == (400, "NoAvailableInstance")
    root = sdk("pca", "CreateRootCACertificate", **params)
    assert sdk.refused("pca", "CreateRootCACertificate", **params) == (400, "NoAvailableInstance")
    found = sdk("pca", "DescribeCACertificate", Identifier=root["Identifier"])["Certificate"]
    assert (found["FullAlgorithm"], found["CertificateType"]) == ("ECC_256", "ROOT")


@pytest.mark.parametrize("algorithm", ["RSA_2048", "ECC_256"])
def test_a_client_certificate_is_valid(sdk: Sdk, tmp_path: Path, algorithm: str) -> None:
    buy(sdk, algorithm=algorithm[:3])
    root, sub = make_cas(sdk, Algorithm=algorithm)
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "ECC_256" else []
    csr = request(tmp_path, "client-1", *kind)
    who = {"Organization": "Example", "OrganizationUnit": "Shop", "Country": "CN"}
    made = issue(sdk, sub["Identifier"], csr, **who, SanType=6, SanValue="spiffe://example.com/1,urn:two")
    assert verify(tmp_path, made["X509Certificate"], made["CertificateChain"], "-purpose", "sslclient").endswith("OK\n")
    assert "error 26" in verify(tmp_path, made["X509Certificate"], made["CertificateChain"], "-purpose", "sslserver")
    assert made["CertificateChain"].endswith(root["Certificate"])
    shown = openssl("x509", "-noout", "-subject", "-ext", "subjectAltName", "-serial", data=made["X509Certificate"])
    assert "C=CN, O=Example, OU=Shop, L=Hangzhou, ST=Zhejiang, CN=client-1" in shown.replace(" = ", "=")
    assert "URI:spiffe://example.com/1, URI:urn:two" in shown
    assert f"serial={made['SerialNumber'].lstrip('0').upper()}" in shown.replace("=0", "=")
    key = openssl("pkey", "-in", str(tmp_path / "client-1.key"), "-pubout")
    assert openssl("x509", "-noout", "-pubkey", data=made["X509Certificate"]) == key


def test_organization_and_unit_have_the_defaults_of_the_service(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    made = issue(sdk, sub, request(tmp_path, "client-1", "-addext", "subjectAltName=DNS:ignored.example.com"))
    found = sdk("pca", "DescribeClientCertificate", Identifier=made["Identifier"])["Certificate"]
    assert (found["Organization"], found["OrganizationUnit"]) == ("Alibaba Inc.", "Aliyun CDN")
    assert (found["CommonName"], found["Sans"], found["Days"]) == ("client-1", "[]", 10)
    assert (found["CertificateType"], found["ParentIdentifier"]) == ("CLIENT", sub)


def test_a_key_of_the_service_is_handed_out_encrypted(sdk: Sdk, sub: str) -> None:
    params = {"ParentIdentifier": sub, "CommonName": "one", "Algorithm": "RSA_2048", "Days": 10, "Immediately": 1}
    made = sdk("pca", "CreateClientCertificate", **params, SanType=1, SanValue="one@example.com")
    assert "CertificateChain" not in made
    code = "aB3,.+-_#"
    answer = sdk("pca", "DescribeCertificatePrivateKey", Identifier=made["Identifier"], EncryptedCode=code)
    assert answer["EncryptedData"].partition("\n")[0].strip("-") == "BEGIN ENCRYPTED PRIVATE KEY"
    public = openssl("pkey", "-pubout", "-passin", f"pass:{code}", data=answer["EncryptedData"])
    assert public == openssl("x509", "-noout", "-pubkey", data=made["X509Certificate"])
    for bad in ("!QA@WS", "x" * 33, "two words"):
        params = {"Identifier": made["Identifier"], "EncryptedCode": bad}
        assert sdk.refused("pca", "DescribeCertificatePrivateKey", **params) == INVALID
    sent = [item["params"]["EncryptedCode"] for item in sdk.sandbox.requests() if "EncryptedCode" in item["params"]]
    assert set(sent) == {"(redacted)"}


def test_a_key_that_stays_with_the_client_cannot_be_had(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    made = issue(sdk, sub, request(tmp_path))
    params = {"Identifier": made["Identifier"], "EncryptedCode": "abc"}
    assert sdk.refused("pca", "DescribeCertificatePrivateKey", **params) == STATUS


def test_quota(sdk: Sdk, tmp_path: Path) -> None:
    """What was bought goes to the first sub CA; the rest has to be assigned."""
    buy(sdk, certificates=2, sub_cas=2)
    root, first = make_cas(sdk)
    second = sdk(
        "pca",
        "CreateSubCACertificate",
        CommonName="second",
        Years=5,
        Algorithm="RSA_2048",
        ParentIdentifier=root["Identifier"],
        **WHO,
    )["Identifier"]
    assert (left(sdk, first["Identifier"]), left(sdk, second), left(sdk, root["Identifier"])) == (2, 0, 0)
    csr = request(tmp_path)
    params = {"ParentIdentifier": second, "Csr": csr, "Days": 10}
    exhausted = (400, "QuotaExceeded.Certificate")
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **params) == exhausted
    assert sdk.refused("pca", "AssignCertificateCount", CaIdentifier=second, CertTotalCount=1) == INVALID
    sdk("pca", "AssignCertificateCount", CaIdentifier=first["Identifier"], CertTotalCount=1)
    assert sdk("pca", "AssignCertificateCount", CaIdentifier=second, CertTotalCount=1)["CertCount"] == 1
    made = sdk("pca", "CreateClientCertificateWithCsr", **params)
    assert left(sdk, second) == 0
    sdk("pca", "CreateRevokeClientCertificate", Identifier=made["Identifier"])
    sdk("pca", "DeleteClientCertificate", Identifier=made["Identifier"])
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **params) == exhausted
    buy(sdk, certificates=5, sub_cas=2)  # more were bought
    assert left(sdk, root["Identifier"]) == 3
    instances = {
        item["Type"]: item
        for identifier in (root["Identifier"], second)
        for item in sdk("pca", "GetCAInstanceStatus", Identifier=identifier)["InstanceStatusList"]
    }
    assert {
        kind: (item["CertTotalCount"], item["CertIssuedCount"], item["Status"]) for kind, item in instances.items()
    } == {
        "ROOT": (2, 2, "USED"),
        "SUB_ROOT": (1, 1, "USED"),
    }


def test_crl(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    """openssl, which is given the CRL from the address in the certificate, refuses the revoked one alone."""
    csr = request(tmp_path)
    good, bad = issue(sdk, sub, csr), issue(sdk, sub, csr)
    before = sdk("pca", "GetCaInstanceCrlAddress", CaIdentifier=sub)
    assert fetch(before["CrlUrl"]) == fetch(before["CrlUrl"])
    sdk("pca", "CreateRevokeClientCertificate", Identifier=bad["Identifier"])
    after = sdk("pca", "GetCaInstanceCrlAddress", CaIdentifier=sub)
    assert before["HashCode"] != after["HashCode"]
    url = after["CrlUrl"]
    assert url in openssl("x509", "-noout", "-ext", "crlDistributionPoints", data=good["X509Certificate"])
    (tmp_path / "crl.der").write_bytes(fetch(url))
    openssl("crl", "-inform", "DER", "-in", str(tmp_path / "crl.der"), "-out", str(tmp_path / "crl.pem"))
    check = ("-crl_check", "-CRLfile", str(tmp_path / "crl.pem"))
    assert verify(tmp_path, good["X509Certificate"], good["CertificateChain"], *check).endswith("OK\n")
    assert "certificate revoked" in verify(tmp_path, bad["X509Certificate"], bad["CertificateChain"], *check)
    assert fetch(url) == (tmp_path / "crl.der").read_bytes()
    found = sdk("pca", "DescribeClientCertificateStatus", Identifier=f"{good['Identifier']},{bad['Identifier']},none")
    assert [item["Status"] for item in found["CertificateStatus"]] == ["good", "revoked", "unknown"]
    sdk("pca", "DeleteClientCertificate", Identifier=bad["Identifier"])
    assert fetch(url) == (tmp_path / "crl.der").read_bytes()  # it is revoked all the same
    listed = sdk("pca", "DescribeCACertificate", Identifier=sub)["Certificate"]
    assert (listed["CrlUrl"], listed["CrlStatus"], listed["CrlDay"]) == (url, "ACTIVE", 2)


def test_a_ca_without_a_crl_has_no_address(sdk: Sdk, tmp_path: Path) -> None:
    buy(sdk)
    _, sub = make_cas(sdk, EnableCrl=False)
    made = issue(sdk, sub["Identifier"], request(tmp_path))
    assert "CRL" not in openssl("x509", "-noout", "-text", data=made["X509Certificate"])
    assert sdk.refused("pca", "GetCaInstanceCrlAddress", CaIdentifier=sub["Identifier"]) == (404, "NotFound")
    assert "CrlUrl" not in sdk("pca", "DescribeCACertificate", Identifier=sub["Identifier"])["Certificate"]


def test_what_a_certificate_goes_through(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    csr = request(tmp_path)
    made = issue(sdk, sub, csr, CustomIdentifier="client-1")
    again = {"ParentIdentifier": sub, "Csr": csr, "Days": 10, "CustomIdentifier": "client-1"}
    repeated = (400, "CustomIdentifierRepeat")
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **again) == repeated
    identifier = {"Identifier": made["Identifier"]}
    assert sdk.refused("pca", "DeleteClientCertificate", **identifier) == STATUS
    sdk("pca", "CreateRevokeClientCertificate", **identifier)
    assert sdk.refused("pca", "CreateRevokeClientCertificate", **identifier) == STATUS
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **again) == repeated
    listed = sdk("pca", "ListCert", ParentIdentifier=sub, Status="REVOKE", Type="CLIENT")["List"]
    assert [item["CustomIdentifier"] for item in listed] == ["client-1"]
    revoked = sdk("pca", "ListRevokeCertificate")["CertificateList"]
    assert [item["Identifier"] for item in revoked] == [made["Identifier"]]
    sdk("pca", "DeleteClientCertificate", **identifier)
    assert sdk.refused("pca", "DescribeClientCertificate", **identifier) == (404, "NotFound")
    assert issue(sdk, sub, csr, CustomIdentifier="client-1")["Identifier"] != made["Identifier"]


@pytest.mark.parametrize(
    "changes",
    [
        {"Days": 365 * 5 + 1},
        {"Days": None, "BeforeTime": 1, "AfterTime": None},
        {"Days": None, "BeforeTime": 1, "AfterTime": 2_000_000_000},
        {"Algorithm": "ECC_256"},
        {"SanType": 2},
        {"SanType": 7, "SanValue": "no address"},
        {"Csr": "-----BEGIN CERTIFICATE REQUEST-----"},
    ],
    ids=str,
)
def test_requests_that_cannot_be_granted(sdk: Sdk, sub: str, tmp_path: Path, changes: Object) -> None:
    params = {"ParentIdentifier": sub, "Csr": request(tmp_path), "Days": 10, **changes}
    given = {name: value for name, value in params.items() if value is not None}
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **given) == INVALID


def test_validity(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    """Days counts before the times; the times are exact to the second."""
    csr, now = request(tmp_path), int(time.time())
    times = {"BeforeTime": now, "AfterTime": now + 3600}
    exact = issue(sdk, sub, csr, **{"Days": None} | times)
    made = {item: issue(sdk, sub, csr, **changes) for item, changes in {"both": times, "years": {"Years": 2}}.items()}
    for answer, seconds in ((exact, 3600), (made["both"], 864_000), (made["years"], 864_000)):
        found = sdk("pca", "DescribeClientCertificate", Identifier=answer["Identifier"])["Certificate"]
        assert found["AfterDate"] - found["BeforeDate"] == seconds * 1000


def test_who_may_issue(sdk: Sdk, tmp_path: Path) -> None:
    """A root does not, nor does a CA that is revoked or whose subscription has ended."""
    buy(sdk)
    root, sub = make_cas(sdk)
    csr = request(tmp_path)
    params = {"ParentIdentifier": root["Identifier"], "Csr": csr, "Days": 10}
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **params) == REFUSED_CA
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", Csr=csr) == (400, "MissingParentIdentifier")
    params["ParentIdentifier"] = sub["Identifier"]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    buy(sdk, expires=yesterday.isoformat())
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **params) == REFUSED_CA
    buy(sdk)
    made = sdk("pca", "CreateClientCertificateWithCsr", **params)
    sdk("pca", "UpdateCACertificateStatus", Identifier=sub["Identifier"], Status="REVOKE")
    assert sdk.refused("pca", "CreateClientCertificateWithCsr", **params) == REFUSED_CA
    found = sdk("pca", "DescribeClientCertificate", Identifier=made["Identifier"])["Certificate"]
    assert found["Status"] == "REVOKE"
    assert (
        sdk("pca", "GetCAInstanceStatus", InstanceId=f"{PURCHASE}-sub1")["InstanceStatusList"][0]["Status"] == "REVOKE"
    )


def test_a_sub_ca_ends_with_its_root_and_has_its_limits(sdk: Sdk, tmp_path: Path) -> None:
    buy(sdk)
    root = sdk("pca", "CreateRootCACertificate", CommonName="root", Years=1, **WHO)
    params = {"CommonName": "sub", "Algorithm": "RSA_2048", **WHO}
    assert sdk.refused("pca", "CreateSubCACertificate", Years=2, **params) == INVALID
    assert sdk.refused("pca", "CreateSubCACertificate", Years=1, **params | {"Algorithm": "ECC_256"}) == (
        400,
        "NoAvailableInstance",
    )
    time_of_root = sdk("pca", "DescribeCACertificate", Identifier=root["Identifier"])["Certificate"]["AfterDate"]
    assert time_of_root / 1000 - time.time() < 366 * 86400


def test_custom_certificate(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    """Names of several types, and usages, as the caller says."""
    names = [("dNSName", "gateway.example.com"), ("rfc822Name", "a@example.com"), ("iPAddress", "192.0.2.1")]
    passed = {
        "Subject": {
            "CommonName": "gateway",
            "Organization": "Example",
            "CustomAttributes": [{"ObjectIdentifier": "2.5.4.5", "Value": "77"}],
        },
        "Extensions": {
            "KeyUsage": {"DigitalSignature": True},
            "ExtendedKeyUsages": ["1.3.6.1.5.5.7.3.2"],
            "SubjectAlternativeNames": [{"Type": kind, "Value": value} for kind, value in names],
        },
    }
    params = {"ParentIdentifier": sub, "Csr": request(tmp_path), "Immediately": 2, "ApiPassthrough": passed}
    made = sdk("pca", "CreateCustomCertificate", **params, Validity="30d")
    assert verify(tmp_path, made["Certificate"], made["CertificateChain"], "-purpose", "sslclient").endswith("OK\n")
    shown = openssl("x509", "-noout", "-subject", "-ext", "subjectAltName,keyUsage", data=made["Certificate"])
    assert "O=Example, CN=gateway, serialNumber=77" in shown.replace(" = ", "=")
    assert "DNS:gateway.example.com, email:a@example.com, IP Address:192.0.2.1" in shown
    assert "Key Encipherment" not in shown
    assert sdk.refused("pca", "CreateCustomCertificate", **params, Validity="soon") == INVALID


def test_server_certificates_go_to_the_certificate_centre(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    server = {"ParentIdentifier": sub, "Domain": "www.example.com,192.0.2.7", "CommonName": "shop", "Days": 10}
    made = sdk("pca", "CreateServerCertificate", **server, Algorithm="RSA_2048", Immediately=2)
    assert verify(tmp_path, made["X509Certificate"], made["CertificateChain"], "-purpose", "sslserver").endswith("OK\n")
    shown = openssl("x509", "-noout", "-ext", "subjectAltName", data=made["X509Certificate"])
    assert "DNS:www.example.com, IP Address:192.0.2.7" in shown
    for _time in range(2):
        sdk("pca", "UploadPcaCertToCas", Ids=made["Identifier"])
    orders = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert [item["Sans"] for item in orders] == ["www.example.com,192.0.2.7"]
    found = sdk("cas", "GetUserCertificateDetail", CertId=orders[0]["CertificateId"])
    assert found["Cert"] == made["X509Certificate"] + made["CertificateChain"]
    assert sdk("pca", "DescribeClientCertificate", Identifier=made["Identifier"])["Certificate"]["UploadFlag"] == 1
    own = sdk("pca", "CreateServerCertificateWithCsr", **server, Csr=request(tmp_path, "shop"))
    assert sdk.refused("pca", "UploadPcaCertToCas", Ids=own["Identifier"]) == INVALID


def test_a_ca_that_a_listener_trusts_stays(sdk: Sdk, sub: str) -> None:
    sdk.listener(
        sdk.balancer(),
        sdk.group(),
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": sdk.certificate(make_pair("pca.example.com"), "pca")}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": sub}],
    )
    used = (400, "ResourceInUse.Certificate")
    assert sdk.refused("pca", "UpdateCACertificateStatus", Identifier=sub, Status="REVOKE") == used
    assert sdk.refused("pca", "DeleteClientCertificate", Identifier=sub) == used


def test_a_ca_from_elsewhere_that_was_seeded(sdk: Sdk, ca_pair: Pair) -> None:
    """Without a private key it issues nothing, and as a root neither."""
    sdk.sandbox.seed(private_cas=[{"identifier": SEEDED, "certificate": ca_pair.pem, "key": ca_pair.key_pem}])
    params = {"ParentIdentifier": SEEDED, "CommonName": "one", "Algorithm": "ECC_256", "Days": 10}
    assert sdk.refused("pca", "CreateClientCertificate", **params) == REFUSED_CA


def test_what_a_process_that_was_killed_has_made_is_there(sdk: Sdk, sub: str, tmp_path: Path) -> None:
    made = issue(sdk, sub, request(tmp_path))
    identifier = {"Identifier": made["Identifier"]}
    before = sdk("pca", "DescribeClientCertificate", **identifier)["Certificate"]
    sdk.sandbox.restart()
    assert sdk("pca", "DescribeClientCertificate", **identifier)["Certificate"] == before
    assert fetch(sdk("pca", "GetCaInstanceCrlAddress", CaIdentifier=sub)["CrlUrl"])


def test_tags_and_resource_groups(sdk: Sdk) -> None:
    """Of a CA and a certificate, by the type of the SDK and by that of Terraform's provider."""
    buy(sdk)
    root, sub = make_cas(sdk)
    issued = {"ParentIdentifier": sub["Identifier"], "CommonName": "one", "Algorithm": "RSA_2048", "Days": 10}
    client = sdk("pca", "CreateClientCertificate", **issued)["Identifier"]
    both = {"RegionId": "cn-hangzhou", "ResourceId": [root["Identifier"], client]}
    for kind in ("instance", "PcaCertificate"):
        of_kind = {**both, "ResourceType": kind}
        sdk("pca", "TagResources", **of_kind, Tag=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": kind}])
        rows = sdk("pca", "ListTagResources", **of_kind, Tag=[{"Key": "b", "Value": kind}])["Data"]["TagResources"]
        assert [(row["ResourceId"], row["ResourceType"], row["TagKey"]) for row in rows["TagResources"]] == [
            (identifier, kind, key) for identifier in both["ResourceId"] for key in ("a", "b")
        ]
        shown = sdk("pca", "DescribeCACertificate", Identifier=root["Identifier"])["Certificate"]["Tags"]
        assert shown == [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": kind}]
        sdk("pca", "UntagResources", **of_kind, TagKey=["a"])
        left = sdk("pca", "ListTagResources", **{**of_kind, "ResourceId": [client]})["Data"]["TagResources"]
        assert [row["TagKey"] for row in left["TagResources"]] == ["b"]
        sdk("pca", "UntagResources", **of_kind, All=True)
        every = sdk("pca", "ListTagResources", RegionId="cn-hangzhou", ResourceType=kind)
        assert every["Data"]["TagResources"].get("TagResources", []) == []
    for identifier, operation in ((root["Identifier"], "DescribeCACertificate"), (client, "DescribeClientCertificate")):
        move = {"RegionId": "cn-hangzhou", "ResourceType": "PcaCertificate", "ResourceGroupId": "rg-shop"}
        sdk("pca", "MoveResourceGroup", **move, ResourceId=identifier)
        assert sdk("pca", operation, Identifier=identifier)["Certificate"]["ResourceGroupId"] == "rg-shop"
    unknown = {**both, "ResourceType": "PcaCertificate", "ResourceId": ["none"]}
    assert sdk.refused("pca", "TagResources", **unknown, Tag=[{"Key": "a", "Value": "1"}]) == (404, "NotFound")
