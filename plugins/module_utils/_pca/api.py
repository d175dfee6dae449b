# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read private CAs and their certificates, a function per question. Private to this collection.

The service is CAS 2020-06-30. It says times in milliseconds, and serial numbers in hexadecimal with leading zeros.
"""

from __future__ import annotations

import typing as t

from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session

PRODUCT = "pca"
ISSUED, REVOKED = "ISSUE", "REVOKE"  # of CAs and of certificates


def cas(session: Session, **filters: t.Any) -> list[Params]:
    """Return the CAs that pass ``filters`` (DescribeCACertificateList): without numbers of certificates and CRLs."""
    return list(session.numbered(PRODUCT, "DescribeCACertificateList", "CertificateList", **filters))


def ca(session: Session, identifier: str) -> Params | None:
    """Return the CA with this identifier, or None (DescribeCACertificate)."""
    body = unless_missing(session, "DescribeCACertificate", Identifier=identifier)
    return (body or {}).get("Certificate") or None


def instance(session: Session, identifier: str) -> Params | None:
    """Return the purchased instance of the CA, or None (GetCAInstanceStatus)."""
    body = unless_missing(session, "GetCAInstanceStatus", Identifier=identifier) or {}
    return next((item for item in body.get("InstanceStatusList") or [] if item.get("Identifier") == identifier), None)


def crl_address(session: Session, identifier: str) -> Params | None:
    """Return where the CRL of the CA is and when it is made again, or None (GetCaInstanceCrlAddress)."""
    return unless_missing(session, "GetCaInstanceCrlAddress", CaIdentifier=identifier)


def certificates(session: Session, ca_identifier: str, **filters: t.Any) -> list[Params]:
    """Return the certificates of a CA (ListCert): without PEM, those that were revoked included."""
    return list(session.numbered(PRODUCT, "ListCert", "List", ParentIdentifier=ca_identifier, **filters))


def certificate(session: Session, identifier: str) -> Params | None:
    """Return the certificate with this identifier, or None (DescribeClientCertificate)."""
    body = unless_missing(session, "DescribeClientCertificate", Identifier=identifier)
    return (body or {}).get("Certificate") or None


def private_key(session: Session, identifier: str, code: str) -> str:
    """Return the private key that the service has made, PKCS#8 encrypted under ``code``."""
    body = session.read(PRODUCT, "DescribeCertificatePrivateKey", Identifier=identifier, EncryptedCode=code)
    return str(body.get("EncryptedData") or "")


def status(item: Params) -> str:
    """Return the status of a CA, a certificate or an instance in upper case, as the documentation spells it."""
    return str(item.get("Status") or "").upper()


def serial_number(text: t.Any) -> int:
    """Return the number that ``SerialNumber`` says in hexadecimal; 0 for an empty one."""
    return int(str(text or "0").replace(":", ""), 16)


def unless_missing(session: Session, operation: str, **params: t.Any) -> Params | None:
    """Return the answer of an operation that reads; None when the service does not know what it is about."""
    try:
        return session.read(PRODUCT, operation, **params)
    except CloudError as error:
        if error.kind is Kind.MISSING:
            return None
        raise
