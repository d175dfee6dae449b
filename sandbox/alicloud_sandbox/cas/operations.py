# SPDX-License-Identifier: GPL-3.0-or-later
"""Table of operations of CAS 2020-04-07."""

from __future__ import annotations

from ..product import Operation, Product
from . import certificates, params, warehouses
from .errors import ERRORS

OPERATIONS = {
    "UploadUserCertificate": Operation(certificates.upload, params.UPLOAD, write=True),
    "GetUserCertificateDetail": Operation(certificates.detail, params.DETAIL),
    "ListUserCertificateOrder": Operation(certificates.orders, params.LIST_ORDERS),
    "DeleteUserCertificate": Operation(certificates.delete, params.DELETE, write=True),
    "CreateWarehouse": Operation(warehouses.create, params.CREATE_WAREHOUSE, write=True),
    "DeleteWarehouse": Operation(warehouses.delete, params.DELETE_WAREHOUSE, write=True),
    "ListWarehouse": Operation(warehouses.listing, params.LIST_WAREHOUSE),
    "ListCertWarehouse": Operation(warehouses.list_cert_warehouse, params.LIST_CERT_WAREHOUSE),
    "GetCertWarehouseQuota": Operation(warehouses.quota, {}),
    "UploadPCACert": Operation(warehouses.upload_ca, params.UPLOAD_CA, write=True),
    "ListCert": Operation(warehouses.list_cert, params.LIST_CERT),
    "DescribeWarehouseCert": Operation(warehouses.describe, params.DESCRIBE_CERT),
    "DeletePCACert": Operation(warehouses.delete_ca, params.DELETE_CA, write=True),
}
PRODUCT = Product("cas", "2020-04-07", OPERATIONS, ERRORS, central=True)
