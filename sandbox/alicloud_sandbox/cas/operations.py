# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of operations of CAS 2020-04-07, and of the old version 2018-08-13."""

from __future__ import annotations

from ..product import Product, keep, read, write
from . import certificates, params, warehouses
from .errors import ERRORS

OPERATIONS = {
    "UploadUserCertificate": write(certificates.upload, params.UPLOAD),
    "GetUserCertificateDetail": read(certificates.detail, params.DETAIL),
    "ListUserCertificateOrder": read(certificates.orders, params.LIST_ORDERS),
    "DeleteUserCertificate": write(certificates.delete, params.DELETE),
    "CreateWarehouse": write(warehouses.create, params.CREATE_WAREHOUSE),
    "DeleteWarehouse": write(warehouses.delete, params.DELETE_WAREHOUSE),
    "ListWarehouse": read(warehouses.listing, params.LIST_WAREHOUSE),
    "ListCertWarehouse": read(warehouses.list_cert_warehouse, params.LIST_CERT_WAREHOUSE),
    "GetCertWarehouseQuota": read(warehouses.quota, {}),
    "UploadPCACert": write(warehouses.upload_ca, params.UPLOAD_CA),
    "ListCert": read(warehouses.list_cert, params.LIST_CERT),
    "DescribeWarehouseCert": read(warehouses.describe, params.DESCRIBE_CERT),
    "DeletePCACert": write(warehouses.delete_ca, params.DELETE_CA),
}
PRODUCT = Product("cas", "2020-04-07", OPERATIONS, ERRORS, central=True)
# The version that Terraform's provider renames certificates with; the newer one has no operation for it.
OLD_OPERATIONS = {"CreateCertificateName": keep(certificates.rename, params.RENAME)}
OLD_PRODUCT = Product("cas", "2018-08-13", OLD_OPERATIONS, ERRORS, central=True)
