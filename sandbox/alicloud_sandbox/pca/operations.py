# SPDX-License-Identifier: GPL-3.0-or-later
"""CAS 2020-06-30: the table of operations."""

from __future__ import annotations

from ..product import Operation, Product
from . import authorities, certificates, crl, instances, issuing, params
from .errors import ERRORS

OPERATIONS = {
    "CreateRootCACertificate": Operation(authorities.create_root, params.CREATE_ROOT, write=True),
    "CreateSubCACertificate": Operation(authorities.create_sub, params.CREATE_SUB, write=True),
    "DescribeCACertificate": Operation(authorities.describe, params.DESCRIBE_CA),
    "DescribeCACertificateList": Operation(authorities.listing, params.LIST_CAS),
    "DescribeCACertificateCount": Operation(authorities.count, {}),
    "ListPcaCaCertificate": Operation(authorities.trusted, params.LIST_TRUSTED),
    "UpdateCACertificateStatus": Operation(certificates.revoke_ca, params.CA_STATUS, write=True),
    "GetCAInstanceStatus": Operation(instances.status, params.INSTANCE),
    "AssignCertificateCount": Operation(instances.assign, params.ASSIGN, write=True),
    "GetCaInstanceCrlAddress": Operation(crl.describe, params.CRL_ADDRESS),
    "CreateClientCertificate": Operation(issuing.client, params.CLIENT, write=True),
    "CreateClientCertificateWithCsr": Operation(issuing.client_csr, params.CLIENT_CSR, write=True),
    "CreateServerCertificate": Operation(issuing.server, params.SERVER, write=True),
    "CreateServerCertificateWithCsr": Operation(issuing.server_csr, params.SERVER_CSR, write=True),
    "CreateCustomCertificate": Operation(issuing.custom, params.CUSTOM, write=True),
    "DescribeClientCertificate": Operation(certificates.describe, params.IDENTIFIER),
    "DescribeClientCertificateForSerialNumber": Operation(certificates.describe_by_serial, params.SERIALS),
    "ListClientCertificate": Operation(certificates.listing, params.LIST_CLIENTS),
    "ListCert": Operation(certificates.list_cert, params.LIST_CERT),
    "DescribeClientCertificateStatus": Operation(certificates.status, params.IDENTIFIER),
    "DescribeClientCertificateStatusForSerialNumber": Operation(certificates.status_by_serial, params.SERIALS),
    "CreateRevokeClientCertificate": Operation(certificates.revoke, params.IDENTIFIER, write=True),
    "ListRevokeCertificate": Operation(certificates.list_revoked, params.REVOKED),
    "DeleteClientCertificate": Operation(certificates.delete, params.IDENTIFIER, write=True),
    "DescribeCertificatePrivateKey": Operation(certificates.private_key, params.PRIVATE_KEY),
    "UpdatePcaCertificate": Operation(certificates.update, params.UPDATE, write=True),
    "UploadPcaCertToCas": Operation(certificates.upload, params.UPLOAD, write=True),
}
PRODUCT = Product("cas", "2020-06-30", OPERATIONS, ERRORS)
