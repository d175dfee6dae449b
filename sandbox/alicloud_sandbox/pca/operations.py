# SPDX-License-Identifier: GPL-3.0-or-later
"""CAS 2020-06-30: the table of operations."""

from __future__ import annotations

from ..product import Product, keep, read, write
from . import authorities, certificates, crl, instances, issuing, params, tags
from .errors import ERRORS

OPERATIONS = {
    "CreateRootCACertificate": write(authorities.create_root, params.CREATE_ROOT),
    "CreateSubCACertificate": write(authorities.create_sub, params.CREATE_SUB),
    "DescribeCACertificate": read(authorities.describe, params.DESCRIBE_CA),
    "DescribeCACertificateList": read(authorities.listing, params.LIST_CAS),
    "DescribeCACertificateCount": read(authorities.count, {}),
    "ListPcaCaCertificate": read(authorities.trusted, params.LIST_TRUSTED),
    "UpdateCACertificateStatus": write(certificates.revoke_ca, params.CA_STATUS),
    "GetCAInstanceStatus": read(instances.status, params.INSTANCE),
    "AssignCertificateCount": write(instances.assign, params.ASSIGN),
    "GetCaInstanceCrlAddress": read(crl.describe, params.CRL_ADDRESS),
    "CreateClientCertificate": write(issuing.client, params.CLIENT),
    "CreateClientCertificateWithCsr": write(issuing.client_csr, params.CLIENT_CSR),
    "CreateServerCertificate": write(issuing.server, params.SERVER),
    "CreateServerCertificateWithCsr": write(issuing.server_csr, params.SERVER_CSR),
    "CreateCustomCertificate": write(issuing.custom, params.CUSTOM),
    "DescribeClientCertificate": read(certificates.describe, params.IDENTIFIER),
    "DescribeClientCertificateForSerialNumber": read(certificates.describe_by_serial, params.SERIALS),
    "ListClientCertificate": read(certificates.listing, params.LIST_CLIENTS),
    "ListCert": read(certificates.list_cert, params.LIST_CERT),
    "DescribeClientCertificateStatus": read(certificates.status, params.IDENTIFIER),
    "DescribeClientCertificateStatusForSerialNumber": read(certificates.status_by_serial, params.SERIALS),
    "CreateRevokeClientCertificate": write(certificates.revoke, params.IDENTIFIER),
    "ListRevokeCertificate": read(certificates.list_revoked, params.REVOKED),
    "DeleteClientCertificate": write(certificates.delete, params.IDENTIFIER),
    "DescribeCertificatePrivateKey": read(certificates.private_key, params.PRIVATE_KEY),
    "UpdatePcaCertificate": write(certificates.update, params.UPDATE),
    "UploadPcaCertToCas": write(certificates.upload, params.UPLOAD),
    "TagResources": keep(tags.tag, params.TAG),
    "UntagResources": keep(tags.untag, params.UNTAG),
    "ListTagResources": read(tags.listing, params.LIST_TAGS),
    "MoveResourceGroup": keep(tags.move, params.MOVE),
}
PRODUCT = Product("cas", "2020-06-30", OPERATIONS, ERRORS, central=True)
