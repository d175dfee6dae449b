# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of CAS.

Source: https://api.aliyun.com/meta/v1/products/cas/versions/2020-04-07/api-docs.json and the models of the SDK.
"""

from __future__ import annotations

from ..assumptions import assume
from ..schema import Param, choice, flag, integer, json_list, line, many, must, text

assume(
    "cas-warehouse-types",
    "ListCertWarehouse and ListWarehouse show a repository that was created as uploadedAuthorityCertificate with the "
    "type uploadCA, one of pcaAuthorityCertificate or pcaCertificate as aliyunPCA, and all others as uploadPCA. "
    "Without a type CreateWarehouse makes an uploadedAuthorityCertificate.",
    "The six types of CreateWarehouse are documented (its page, en 2026-04-02), and so are the three of "
    "ListCertWarehouse (its page, tc 2025-12-17); which is which, and the types of ListWarehouse, are not.",
    date="2026-11-25",
    settle="CreateWarehouse, then ListCertWarehouse and ListWarehouse",
)

Schema = dict[str, Param]

_page: Schema = {"CurrentPage": integer(1, default=1), "ShowSize": integer(1, 1000, default=50)}
_token = line(1, 64, pattern=r"[\x20-\x7e]+")  # ASCII (SDK 3.9.4)
_pem = text(1, 65536)
_key = text(1, 65536, secret=True)
# Types of CreateWarehouse (en 2026-04-02, ja 2026-03-30, id 2026-06-10), and the label of each in the lists.
WAREHOUSE_TYPES = {
    "uploadedAuthorityCertificate": "uploadCA",
    "pcaAuthorityCertificate": "aliyunPCA",
    "pcaCertificate": "aliyunPCA",
    "uploadedCertificate": "uploadPCA",
    "personal": "uploadPCA",
    "ssl": "uploadPCA",
}

UPLOAD: Schema = {
    "Name": must(text(1, 63)),
    "Cert": _pem,
    "Key": _key,
    "SignCert": _pem,
    "SignPrivateKey": _key,
    "EncryptCert": _pem,
    "EncryptPrivateKey": _key,
    "ResourceGroupId": text(),
    "Tags": many({"Key": text(1, 128), "Value": text(0, 128)}, 1, 100),
    "ClientToken": _token,
}
DETAIL: Schema = {"CertId": integer(1, required=True), "CertFilter": flag(default=False)}
LIST_ORDERS: Schema = {
    "OrderType": choice("CPACK", "BUY", "UPLOAD", "CERT", default="CPACK"),
    "Status": text(),
    "Keyword": text(),
    "ResourceGroupId": text(),
    **_page,
}
# Name is mandatory in the SDK of this version (alicloud/cas-2018-08-13 for Node.js); Terraform's provider leaves it out
# when tags or the resource group change (2026-08-21).
RENAME: Schema = {
    "CertificateId": integer(1, required=True),
    "Name": text(1, 63),
    "Tags": many({"Key": text(0, 128), "Value": text(0, 128)}, 1, 100),
    "ResourceGroupId": text(),
    "Lang": text(),
}
DELETE: Schema = {"CertId": integer(1, required=True), "ClientToken": _token}

CREATE_WAREHOUSE: Schema = {
    "Name": must(text(1, 128)),
    "Type": choice(*WAREHOUSE_TYPES, default="uploadedAuthorityCertificate"),
    "Biz": text(),
}
DELETE_WAREHOUSE: Schema = {"WarehouseInstanceId": must(text())}
LIST_WAREHOUSE: Schema = {
    "WarehouseInstanceIds": json_list(text()),
    "WarehouseTypes": json_list(text()),
    "MaxResults": integer(1, 100),
    "NextToken": text(),
}
LIST_CERT_WAREHOUSE: Schema = {
    "Type": choice("uploadCA", "uploadPCA", "aliyunPCA"),
    "InstanceId": text(),
    "Name": text(),
    **_page,
}
UPLOAD_CA: Schema = {
    "WarehouseId": integer(1, required=True),
    "Cert": must(_pem),
    "PrivateKey": _key,
    "Name": text(1, 128),
}
LIST_CERT: Schema = {
    "WarehouseId": integer(1),
    "CertType": choice("CA", "CERT"),
    "SourceType": choice("upload", "aliyun"),
    "Status": choice("ISSUE", "REVOKE"),
    "KeyWord": text(),
    "Identifiers": text(),
    **_page,
}
DELETE_CA: Schema = {"Identifier": must(text())}

DESCRIBE_CERT: Schema = {"CertIdentifier": must(text())}
