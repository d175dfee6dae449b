# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of private CAs have in common: purchases, CAs, requests, and openssl as a witness."""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from sandbox.tests.support import Sdk

Object = dict[str, Any]
WHO: Object = {
    "Organization": "Example",
    "OrganizationUnit": "Shop",
    "Locality": "Hangzhou",
    "State": "Zhejiang",
    "CountryCode": "CN",
}
PURCHASE = "cas_deposit-cn-1"
INVALID = (400, "InvalidParameter")
SEEDED = "1ed40789-483f-6023-b6b8-29ddd3bb0a9a"


def buy(sdk: Sdk, **changes: Any) -> None:
    """A purchase: one root CA, one sub CA and ten certificates unless changed."""
    sdk.sandbox.seed(pca_instances=[{"instance_id": PURCHASE, **changes}])


def make_cas(sdk: Sdk, **changes: Any) -> tuple[Object, Object]:
    """The answers to the creation of a root CA and of a sub CA under it."""
    root = sdk("pca", "CreateRootCACertificate", CommonName="Example root", Years=10, **WHO)
    params = {"CommonName": "Example clients", "Years": 5, "Algorithm": "RSA_2048", "EnableCrl": True, "CrlDay": 2}
    params |= {"ParentIdentifier": root["Identifier"], "ExtendedKeyUsages": ["clientAuth", "serverAuth"]}
    return root, sdk("pca", "CreateSubCACertificate", **WHO, **{**params, **changes})


def openssl(*arguments: str, data: str = "") -> str:
    """What openssl writes. Raises AssertionError with its complaint."""
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def request(directory: Path, name: str = "client-1", *more: str) -> str:
    """A certificate request that openssl has made, with its key beside it."""
    key, csr = directory / f"{name}.key", directory / f"{name}.csr"
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(csr), "-subj", f"/CN={name}", *more
    )
    return csr.read_text()


def verify(directory: Path, certificate: str, chain: str, *more: str) -> str:
    """What ``openssl verify`` says of a certificate; the last of ``chain`` is the root."""
    parts = [f"{part}-----END CERTIFICATE-----\n" for part in chain.split("-----END CERTIFICATE-----")[:-1]]
    (directory / "leaf.pem").write_text(certificate)
    (directory / "root.pem").write_text(parts[-1].lstrip())
    (directory / "between.pem").write_text("".join(parts[:-1]))
    trust = ["-CAfile", str(directory / "root.pem"), "-untrusted", str(directory / "between.pem")]
    done = subprocess.run(
        ["openssl", "verify", *trust, *more, str(directory / "leaf.pem")], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def fetch(url: str) -> bytes:
    """What an address of the sandbox answers with."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=60) as response:
        content: bytes = response.read()
        return content


def every_operation(sdk: Sdk, directory: Path) -> None:
    """Calls each operation of PCA once, in the order of a life."""
    buy(sdk)
    root, sub = make_cas(sdk)
    parent = {"ParentIdentifier": sub["Identifier"]}
    sdk("pca", "GetCAInstanceStatus", Identifier=root["Identifier"])
    sdk("pca", "AssignCertificateCount", CaIdentifier=sub["Identifier"], CertTotalCount=9)
    sdk("pca", "DescribeCACertificateCount")
    sdk("pca", "ListPcaCaCertificate", MaxResults=1)
    sdk("pca", "GetCaInstanceCrlAddress", CaIdentifier=sub["Identifier"])
    client = sdk("pca", "CreateClientCertificate", **parent, CommonName="one", Algorithm="RSA_2048", Days=10)
    csr = request(directory)
    sdk("pca", "CreateClientCertificateWithCsr", **parent, Csr=csr, Days=10)
    server = {"Domain": "www.example.com", "CommonName": "www.example.com", "Days": 10}
    served = sdk("pca", "CreateServerCertificate", **parent, Algorithm="RSA_2048", **server)
    sdk("pca", "CreateServerCertificateWithCsr", **parent, Csr=csr, **server)
    sdk("pca", "CreateCustomCertificate", **parent, Csr=csr, Validity="10d")
    sdk("pca", "ListClientCertificate")
    sdk("pca", "ListCert", **parent)
    sdk("pca", "DescribeCertificatePrivateKey", Identifier=client["Identifier"], EncryptedCode="abc")
    sdk("pca", "UpdatePcaCertificate", Identifier=client["Identifier"], AliasName="first")
    sdk("pca", "UploadPcaCertToCas", Ids=served["Identifier"])
    tagged = {"RegionId": "cn-hangzhou", "ResourceType": "instance", "ResourceId": [client["Identifier"]]}
    sdk("pca", "TagResources", **tagged, Tag=[{"Key": "a", "Value": "1"}])
    sdk("pca", "UntagResources", **tagged, TagKey=["b"])
    sdk("pca", "ListTagResources", **tagged)
    moved = {**tagged, "ResourceId": client["Identifier"], "ResourceGroupId": "rg-shop"}
    sdk("pca", "MoveResourceGroup", **moved)
    sdk("pca", "CreateRevokeClientCertificate", Identifier=client["Identifier"])
    found = sdk("pca", "DescribeClientCertificate", Identifier=client["Identifier"])["Certificate"]
    assert (found["Status"], found["AliasName"]) == ("REVOKE", "first")
    by_serial = {"SerialNumber": client["SerialNumber"]}
    sdk("pca", "DescribeClientCertificateForSerialNumber", **by_serial)
    sdk("pca", "DescribeClientCertificateStatusForSerialNumber", **by_serial)
    sdk("pca", "DescribeClientCertificateStatus", Identifier=client["Identifier"])
    sdk("pca", "ListRevokeCertificate")
    sdk("pca", "DeleteClientCertificate", Identifier=client["Identifier"])
    sdk("pca", "UpdateCACertificateStatus", Identifier=sub["Identifier"], Status="REVOKE")
    sdk("pca", "DescribeCACertificate", Identifier=root["Identifier"])
    sdk("pca", "DescribeCACertificateList")
