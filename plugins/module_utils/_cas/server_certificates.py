# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server certificates as the list of the store has them, and filters for them. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import typing as t
from collections.abc import Iterable, Mapping

from .._arguments import hosts
from .._core.client import Params
from .._core.endpoints import CHINA_STORE, certificate_store
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import Object
from .._x509 import times
from . import queries
from .pem import from_milliseconds
from .upload_names import may_be_upload_of, uploaded_name

# The state of a certificate, by the service's word for it.
STATES: Mapping[str, str] = {
    "issued": "valid",
    "willexpired": "expiring",
    "expired": "expired",
}
# Filters for one certificate; option replaces of cas_certificate.
FILTERS = ("certificate_id", "name", "fingerprint", "domain")


def summary(item: Params, region: str | None) -> Object:
    """Return a certificate of ListUserCertificateOrder in the user's words.

    Args:
        item: the certificate.
        region: the region of the load balancers, which decides about the store.
    """
    common_name = str(item.get("CommonName") or "")
    alternative = [name.strip() for name in str(item.get("Sans") or item.get("Domain") or "").split(",")]
    domains = [name for name in alternative if name] or [common_name]
    state = str(item.get("Status") or "").lower()
    end = from_milliseconds(item.get("CertEndTime"))
    expired = bool(item.get("Expired")) or (end is not None and end < times.iso(times.now()))
    fingerprint = queries.fingerprint(item.get("Sha2"))
    return {
        "certificate_id": f"{item['CertificateId']}-{certificate_store(region or CHINA_STORE)}",
        "cas_id": int(item["CertificateId"]),
        "name": str(item.get("Name") or ""),
        "uploaded_name": uploaded_name(str(item.get("Name") or ""), fingerprint),
        "common_name": common_name,
        "domains": [name for name in domains if name],
        "fingerprint_sha256": fingerprint,
        "serial_number": queries.serial_number(item.get("SerialNo")),
        "not_before": from_milliseconds(item.get("CertStartTime")),
        "not_after": end,
        "status": "expired" if expired else STATES.get(state, state or "valid"),
        "uploaded": item.get("Upload") is not False and item.get("SourceType") in (None, "", "upload"),
    }


def of_name(session: Session, name: str, items: Iterable[Object]) -> list[Object]:
    """Return the certificates among ``items`` that were uploaded under ``name``. Raises CloudError."""
    found = []
    for item in items:
        if item["fingerprint_sha256"] is None and may_be_upload_of(name, item["name"]):
            stored = queries.server_certificate(session, item["cas_id"]) or {}
            fingerprint = stored.get("fingerprint_sha256")
            item = {
                **item,
                "fingerprint_sha256": fingerprint,
                "uploaded_name": uploaded_name(item["name"], fingerprint),
            }
        if item["uploaded_name"] == name and item["uploaded"]:
            found.append(item)
    return found


def matches(item: Object, filters: Mapping[str, t.Any]) -> bool:
    """Return whether a certificate passes all ``filters`` (FILTERS) that are given.

    A name is that of the upload as a whole, or that under which the collection has uploaded it.
    """
    identity, name, fingerprint, domain = (filters.get(option) for option in FILTERS)
    return (
        (identity is None or str(identity) in (item["certificate_id"], str(item["cas_id"])))
        and (name is None or name in (item["name"], item["uploaded_name"]))
        and (fingerprint is None or queries.fingerprint(fingerprint) == item["fingerprint_sha256"])
        and (domain is None or is_valid_for(item["domains"], domain))
    )


def is_valid_for(names: Iterable[str], host: str) -> bool:
    """Return whether a certificate with these ``names`` is valid for ``host``, which may be a wildcard itself.

    A wildcard stands for one label (RFC 6125, 6.4.3).
    """
    host = _comparable(host)
    parent = host.partition(".")[2]
    return any(name == host or (parent and name == f"*.{parent}") for name in map(_comparable, names))


def _comparable(name: str) -> str:
    with contextlib.suppress(hosts.HostError):  # compared as it is
        return hosts.to_ascii(name.strip()).lower().rstrip(".")
    return name.strip().lower()


def ends_within(item: Object, days: int) -> bool:
    """Return whether a certificate ends within so many days, or has ended. Raises RefusedError for less than none."""
    if days < 0:
        raise RefusedError(f"expires_within_days is {days}.", "Give the number of days from now, such as 30.")
    latest = times.iso(times.now() + datetime.timedelta(days=min(days, 36500)))
    return item["not_after"] is not None and item["not_after"] <= latest
