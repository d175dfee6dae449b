# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two forms of certificate ids on a listener. Pure. Private to this collection.

A server certificate is ``<number>-<region of the certificate store>``, such as ``13781326-cn-hangzhou``
(AssociateAdditionalCertificatesWithListener). A CA certificate is the identifier it has in its repository, a UUID or
hexadecimal digits without a region (UploadPCACert). Both are accepted with and without the region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._core.endpoints import CHINA_STORE, certificate_store
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY

_REGION = r"(?P<region>[a-z]{2,}(?:-[a-z0-9]+)+)"
_SERVER = re.compile(rf"(?P<number>\d+)(?:-{_REGION})?")
_CA = re.compile(
    rf"(?P<identifier>[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|[0-9a-f]{{12,}})(?:-{_REGION})?", re.I
)

# Other stores outside China that ids of certificates have been seen with.
_OTHER_STORES_ABROAD = (CHINA_STORE, "eu-central-1", "us-east-1")


def _stores(region: str | None) -> tuple[str, ...]:
    """Return the certificate stores whose certificates a load balancer in ``region`` can use, the usual one first."""
    usual = certificate_store(region or CHINA_STORE)
    return (usual,) if usual == CHINA_STORE else (usual, *_OTHER_STORES_ABROAD)


def server_certificate(identity: str, region: str | None, current: Sequence[str] = ()) -> str:
    """Return the id of a server certificate with its region, or as it is in ``current`` if it is the same.

    Args:
        identity: the id, with or without the region of its store.
        region: the region of the load balancer, None if the user does not give it.
        current: the ids that the listener has.

    Raises:
        RefusedError: it is no id of a server certificate, or of a store that the load balancer cannot use.
    """
    identity = identity.strip()
    match = _SERVER.fullmatch(identity)
    if identity == KNOWN_AFTER_APPLY:
        return identity
    if not match:
        confused = (
            " It looks like the identifier of a CA, which belongs into ca_certificate_ids."
            if _CA.fullmatch(identity)
            else ""
        )
        raise RefusedError(
            f"certificate_ids: {identity!r} is not the id of a server certificate.{confused}",
            "Write it as 13781326-cn-hangzhou or 13781326, as alicloud.mtls.cas_certificate returns it.",
        )
    stores = _stores(region)
    if match["region"] is None:
        same = (existing for existing in current if existing.partition("-")[0] == match["number"])
        return next(same, f"{identity}-{stores[0]}")
    if match["region"] not in stores:
        raise RefusedError(
            f"certificate_ids: {identity} is in the certificate store of {match['region']}, which a load balancer in "
            f"{region or 'a region of China'} cannot use.",
            f"Upload the certificate to {stores[0]}: alicloud.mtls.cas_certificate with region: {stores[0]}.",
        )
    return identity


def ca_certificate(identity: str) -> str:
    """Return the identifier of a CA certificate without the region. Raises RefusedError if it is none."""
    identity = identity.strip()
    if identity == KNOWN_AFTER_APPLY:
        return identity
    match = _CA.fullmatch(identity)
    # Twelve or more decimal digits fit both forms; with a region they are the id of a server certificate.
    if match and not (match["region"] and match["identifier"].isdigit()):
        return match["identifier"]
    confused = (
        " It looks like the id of a server certificate, which belongs into certificate_ids."
        if _SERVER.fullmatch(identity)
        else ""
    )
    raise RefusedError(
        f"ca_certificate_ids: {identity!r} is not the identifier of a CA certificate.{confused}",
        "Write it as 1efd3cac-e8c1-611d-b971-f96e5e432aba, as alicloud.mtls.cas_ca_certificate returns it.",
    )
