# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of CAS take.

Source: https://api.aliyun.com/meta/v1/products/cas/versions/2020-04-07/api-docs.json and the models of the SDK.
"""

from __future__ import annotations

from ..assumptions import assume
from ..schema import Param, choice, flag, integer, json_list, many, must, text

assume(
    "cas-warehouse-types",
    "CreateWarehouse takes the types that ListCertWarehouse knows (uploadCA, uploadPCA, aliyunPCA) and those of the "
    "examples (pcaCertificate, pcaCaCert); the repository appears in ListCertWarehouse and in ListWarehouse with that "
    "type. Type is uploadCA by default.",
    "The list of types of CreateWarehouse is not documented.",
)

Schema = dict[str, Param]

_page: Schema = {"CurrentPage": integer(1, default=1), "ShowSize": integer(1, 1000, default=50)}
_token = text(1, 64)
_pem = text(1, 65536)
_key = text(1, 65536, secret=True)
_warehouse_types = ("uploadCA", "uploadPCA", "aliyunPCA", "pcaCertificate", "pcaCaCert")

UPLOAD: Schema = {
    "Name": must(text(1, 128)),
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
DELETE: Schema = {"CertId": integer(1, required=True), "ClientToken": _token}

CREATE_WAREHOUSE: Schema = {
    "Name": must(text(1, 128)),
    "Type": choice(*_warehouse_types, default="uploadCA"),
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
    "Type": choice(*_warehouse_types),
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

DESCRIBE_CA: Schema = {"Identifier": must(text())}
LIST_CAS: Schema = {
    "CertType": choice("root", "subRoot", "externalCa"),
    "CaStatus": choice("issue", "forbidden", "revoke"),
    "ValidStatus": text(),
    "Identifier": text(),
    "IssuerType": text(),
    "ResourceGroupId": text(),
    "CurrentPage": integer(1, default=1),
    "ShowSize": integer(1, 1000, default=20),
}
DESCRIBE_CERT: Schema = {"CertIdentifier": must(text())}
