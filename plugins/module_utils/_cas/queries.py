# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading from the certificate service, one function per question. Private to this collection.

Every function raises CloudError if a call fails.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from .._core.client import Params
from .._core.error_codes import NO_SUCH_PRODUCT
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import Object
from .._x509 import numbers
from .pem import Certificate, from_milliseconds
from .upload_names import digest_name


@dataclass(frozen=True)
class CaCertificate:
    """A CA certificate of the account.

    Attributes:
        certificate: its content.
        status: the state that the service reports, such as ``NORMAL`` or ``REVOKE``; empty if it reports none.
    """

    certificate: Certificate
    status: str

    def fault(self) -> str:
        """Return why no client certificate of it would be accepted, as the end of a sentence; empty if one would."""
        if self.status.lower() in ("revoke", "revoked"):
            return "is revoked"
        if not self.certificate.is_ca:
            return "is not a certificate of a CA"
        if self.certificate.is_sm2:
            return "is an SM2 certificate, with which ALB has no mutual authentication"
        return self.certificate.unfit()


def server_certificates(session: Session, *, expired: bool = False, bought: bool = False) -> list[Params]:
    """Return the uploaded server certificates, with ``expired`` those that have expired too, with ``bought`` all.

    Source: ListUserCertificateOrder (SDK 3.9.4), which leaves the expired ones out unless it is asked for them.
    """
    found: dict[int, Params] = {}
    order_type = "CERT" if bought else "UPLOAD"
    for status in [{}, {"Status": "EXPIRED"}] if expired else [{}]:
        orders = session.numbered(
            "cas", "ListUserCertificateOrder", "CertificateOrderList", OrderType=order_type, **status
        )
        found |= {int(item["CertificateId"]): item for item in orders if item.get("CertificateId")}
    return list(found.values())


def server_certificate(session: Session, number: int) -> Object | None:
    """Return a server certificate by its number in the store, None if it does not exist.

    CertFilter keeps certificate and private key out of the answer.
    """
    body = _read_or_none(session, "cas", "GetUserCertificateDetail", CertId=number, CertFilter=True)
    if body is None:
        return None
    return {
        "certificate_id": body.get("CertIdentifier"),
        "cas_id": number,
        "name": body.get("Name"),
        "common_name": body.get("Common"),
        "fingerprint_sha256": fingerprint(body.get("CertSha2") or body.get("Sha2")),
        "serial_number": serial_number(body.get("SerialNo")),
        "not_before": from_milliseconds(body.get("NotBefore")),
        "not_after": from_milliseconds(body.get("NotAfter")),
    }


def fingerprint(value: t.Any) -> str | None:
    """Return a fingerprint as results have it, None if the service reports none."""
    return str(value or "").replace(":", "").lower() or None


def serial_number(value: t.Any) -> str | None:
    """Return a serial number of the service, which pads it with zeros, as results have it; None if it reports none."""
    return numbers.whole_octets(str(value or "").lower().lstrip("0")) or None


def repositories(session: Session, name: str | None = None) -> list[Params]:
    """Return the repositories called ``name``, or all; the service also finds those that contain it."""
    filters = {} if name is None else {"Name": name}
    found = session.numbered("cas", "ListCertWarehouse", "CertWarehouseList", **filters)
    return [item for item in found if name in (None, item.get("Name"))]


def repository_names(session: Session) -> dict[str, str]:
    """Return the names of all repositories by their ids (``cas-wh-…``)."""
    items = session.pages("cas", "ListWarehouse", "Data")
    return {str(item["WarehouseInstanceId"]): str(item.get("WarehouseName") or "") for item in items}


def repository_ids(session: Session, name: str) -> list[str]:
    """Return the ids (``cas-wh-…``) of the repositories called ``name``."""
    return [identity for identity, named in repository_names(session).items() if named == name]


def certificates_in(session: Session, repository: int, keyword: str = "") -> list[Params]:
    """Return the certificates in a repository, given by its number.

    ``keyword`` searches their upload names, which are in no answer.
    """
    more = {"KeyWord": keyword} if keyword else {}
    return list(session.numbered("cas", "ListCert", "CertList", WarehouseId=repository, **more))


def uploaded_as(
    session: Session, repository: int, name: str, *, leave_out: str = ""
) -> Iterator[tuple[str, CaCertificate]]:
    """Yield the CA certificates in a repository that were uploaded under ``name``, each with its identifier.

    The search for the beginning of a name finds other names too; the search for a whole upload name does not. The one
    with the identifier ``leave_out`` is not read.
    """
    for item in certificates_in(session, repository, f"{name}-"):
        found = None if item["Identifier"] == leave_out else ca_certificate(session, item["Identifier"])
        if found is None:
            continue
        exact = certificates_in(session, repository, digest_name(name, found.certificate.fingerprint))
        if any(hit["Identifier"] == item["Identifier"] for hit in exact):
            yield item["Identifier"], found


def ca_certificate(session: Session, identifier: str) -> CaCertificate | None:
    """Return a CA certificate, uploaded or of a private CA of the account; None if it does not exist."""
    body = _read_or_none(session, "cas", "DescribeWarehouseCert", CertIdentifier=identifier)
    if body and body.get("Content"):
        return CaCertificate(Certificate.stored(body["Content"], identifier), str(body.get("CertStatus") or ""))
    body = _read_or_none(session, "pca", "DescribeCACertificate", Identifier=identifier)
    private = (body or {}).get("Certificate") or {}
    if private.get("X509Certificate"):
        return CaCertificate(
            Certificate.stored(private["X509Certificate"], identifier), str(private.get("Status") or "")
        )
    return None


def _read_or_none(session: Session, product: str, operation: str, **params: t.Any) -> Params | None:
    try:
        return session.read_or_none(product, operation, **params)
    except CloudError as error:
        # The endpoint that the user gives may not have every product.
        if error.code.startswith(NO_SUCH_PRODUCT):
            return None
        raise
