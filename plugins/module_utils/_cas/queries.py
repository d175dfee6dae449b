# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the certificate service, a function per question. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import Object
from .pem import Certificate, from_milliseconds

_PAGING = ("CurrentPage", "ShowSize")
_PAGE = 50


@dataclass(frozen=True)
class Authority:
    """A CA certificate as it is stored."""

    certificate: Certificate
    status: str

    def fault(self) -> str:
        """Why no client certificate of it would be accepted, as the end of a sentence, or nothing."""
        if self.status.lower() in ("revoke", "revoked"):
            return "is revoked"
        if not self.certificate.is_ca:
            return "is not a certificate of a CA"
        if self.certificate.is_sm2:
            return "is an SM2 certificate, with which ALB has no mutual authentication"
        return self.certificate.unfit()


def uploads(session: Session, *, expired: bool = False) -> list[Params]:
    """Uploaded server certificates. A list without a status leaves the expired ones out (ListUserCertificateOrder)."""
    items: list[Params] = []
    for status in [{}, {"Status": "EXPIRED"}] if expired else [{}]:
        key = "CertificateOrderList"
        items += session.numbered("cas", "ListUserCertificateOrder", key, _PAGING, _PAGE, OrderType="UPLOAD", **status)
    return items


def upload(session: Session, identity: int) -> Object | None:
    """A server certificate. CertFilter keeps the private key where it is."""
    body = _unless_missing(session, "cas", "GetUserCertificateDetail", CertId=identity, CertFilter=True)
    if body is None:
        return None
    return {
        "certificate_id": body.get("CertIdentifier"),
        "cas_id": identity,
        "name": body.get("Name"),
        "common_name": body.get("Common"),
        "fingerprint_sha256": str(body.get("CertSha2") or body.get("Sha2") or "").replace(":", "").lower() or None,
        "serial_number": str(body.get("SerialNo") or "").lower().lstrip("0") or None,
        "not_before": from_milliseconds(body.get("NotBefore")),
        "not_after": from_milliseconds(body.get("NotAfter")),
    }


def repositories(session: Session, name: str) -> list[Params]:
    """Repositories called ``name``; the service's own filter is fuzzy."""
    found = session.numbered("cas", "ListCertWarehouse", "CertWarehouseList", _PAGING, _PAGE, Name=name)
    return [item for item in found if item.get("Name") == name]


def stored(session: Session, repository: int, keyword: str = "") -> list[Params]:
    """Certificates in a repository. ``keyword`` searches their upload names, which nothing returns."""
    more = {"KeyWord": keyword} if keyword else {}
    return list(session.numbered("cas", "ListCert", "CertList", _PAGING, _PAGE, WarehouseId=repository, **more))


def authority(session: Session, identifier: str) -> Authority | None:
    """A CA certificate, uploaded to a repository or made by a private CA of the account."""
    body = _unless_missing(session, "cas", "DescribeWarehouseCert", CertIdentifier=identifier)
    if body and body.get("Content"):
        return Authority(Certificate.parse(body["Content"], identifier), str(body.get("CertStatus") or ""))
    body = _unless_missing(session, "pca", "DescribeCACertificate", Identifier=identifier)
    made = (body or {}).get("Certificate") or {}
    if made.get("X509Certificate"):
        return Authority(Certificate.parse(made["X509Certificate"], identifier), str(made.get("Status") or ""))
    return None


def _unless_missing(session: Session, product: str, operation: str, **params: t.Any) -> Params | None:
    try:
        return session.read(product, operation, **params)
    except CloudError as error:
        # An endpoint of the user's may not have every product; then nothing of that product is there either.
        if error.kind is Kind.MISSING or error.code.startswith("InvalidProduct"):
            return None
        raise
