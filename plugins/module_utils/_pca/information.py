# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the info modules of private CAs return. Private to this collection."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Mapping

from .._cas.pem import from_milliseconds
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import Object
from .._x509 import numbers
from . import api, authority

_TYPES = {"root": "root", "sub": "subRoot", "external": "externalCa"}
_PURPOSES = {"client": "CLIENT", "server": "SERVER", "custom": "END_ENTITY"}
_STATUSES = {"issue": "ISSUE", "revoke": "REVOKE"}
_A_DAY = 86_400


def cas(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Return what ``pca_ca_info`` does: the CAs that were asked for, each with its numbers of certificates."""
    wanted = params["ca_ids"]
    if wanted is None:
        filters = {"CertType": _TYPES[params["type"]]} if params["type"] else {}
        listed = api.cas(session, **filters)
        if params["name"]:
            listed = [item for item in listed if item.get("CommonName") == params["name"]]
        wanted = [str(item["Identifier"]) for item in listed]
    found = (authority.read(session, identifier) for identifier in dict.fromkeys(wanted))
    return {"cas": [ca.describe() for ca in found if ca]}


def certificates(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Return what ``pca_certificate_info`` does: certificates of one CA, those that were revoked included."""
    ca = authority.chosen(session, params)
    filters = {"Type": _PURPOSES[params["type"]]} if params["type"] else {}
    filters |= {"Status": _STATUSES[params["status"]]} if params["status"] else {}
    found = [described(item) for item in api.certificates(session, ca.identifier, **filters)]
    found = [item for item in found if _fits(item, params)]
    if params["content"]:
        found = [item | _content(session, item["certificate_id"]) for item in found]
    return {"ca_id": ca.identifier, "certificates": found}


def described(item: Params) -> Object:
    """Return a certificate of ListCert as users see it."""
    end = int(item.get("AfterTime") or 0)
    return {
        "certificate_id": str(item["Identifier"]),
        "number": item.get("Id"),
        "common_name": item.get("CommonName"),
        "alias": item.get("AliasName") or None,
        "custom_identifier": item.get("CustomIdentifier") or None,
        "subject": item.get("SubjectDn"),
        "serial_number": numbers.serial_text(api.serial_number(item.get("SerialNumber"))),
        "type": next((word for word, value in _PURPOSES.items() if value == item.get("CertificateType")), None),
        "status": api.status(item).lower(),
        "revoked": api.status(item) == api.REVOKED,
        "expired": bool(end) and end <= time.time() * 1000,
        "key_at_service": item.get("KeyExportable"),
        "not_before": from_milliseconds(item.get("BeforeTime")),
        "not_after": from_milliseconds(item.get("AfterTime")),
    }


def _fits(item: Object, params: Mapping[str, t.Any]) -> bool:
    if params["common_name"] and item["common_name"] != params["common_name"]:
        return False
    if params["expires_within_days"] is None:
        return True
    limit = from_milliseconds((time.time() + params["expires_within_days"] * _A_DAY) * 1000) or ""
    return not item["revoked"] and (item["not_after"] or "") <= limit


def _content(session: Session, identifier: str) -> Object:
    found = api.certificate(session, identifier)
    if found is None:
        raise RefusedError(f"The certificate {identifier} was removed while this run read it.", "Run again.")
    return {"certificate": found.get("X509Certificate"), "chain": found.get("CertChain")}
