# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two dialects of certificate ids on a listener. Pure. This module is PRIVATE to the collection.

A server certificate is ``<number>-<region of the certificate store>``, such as ``13781326-cn-hangzhou``
(AssociateAdditionalCertificatesWithListener). A CA certificate is the identifier it has in its repository, a UUID or
hexadecimal digits without a region (UploadPCACert). Either is accepted in its short and its long form.
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

# Stores that ids of certificates abroad have been seen with, beside the usual one.
_OTHER_STORES_ABROAD = (CHINA_STORE, "eu-central-1", "us-east-1")


def _stores(region: str | None) -> tuple[str, ...]:
    """Return the certificate stores whose certificates a load balancer in ``region`` can use, the usual one first."""
    usual = certificate_store(region or CHINA_STORE)
    return (usual,) if usual == CHINA_STORE else (usual, *_OTHER_STORES_ABROAD)


def server_certificate(identity: str, region: str | None, current: Sequence[str] = ()) -> str:
    """The long form of a server certificate's id; of one that is there already, the form that it has there."""
    identity = identity.strip()
    match = _SERVER.fullmatch(identity)
    if identity == KNOWN_AFTER_APPLY:
        return identity
    if not match:
        dialect = (
            " It looks like the identifier of a CA: that belongs into ca_certificate_ids."
            if _CA.fullmatch(identity)
            else ""
        )
        raise RefusedError(
            f"certificate_ids: {identity!r} is not the id of a server certificate.{dialect}",
            "Such an id is 13781326-cn-hangzhou or 13781326, as alicloud.mtls.cas_certificate returns it.",
        )
    stores = _stores(region)
    if match["region"] is None:
        same = (known for known in current if known.partition("-")[0] == match["number"])
        return next(same, f"{identity}-{stores[0]}")
    if match["region"] not in stores:
        raise RefusedError(
            f"certificate_ids: {identity} is in the certificate store of {match['region']}, which a load balancer in "
            f"{region or 'a region of China'} cannot use.",
            f"Upload the certificate to {stores[0]}: alicloud.mtls.cas_certificate with region: {stores[0]}.",
        )
    return identity


def ca_certificate(identity: str) -> str:
    """The identifier of a CA without a region."""
    identity = identity.strip()
    if identity == KNOWN_AFTER_APPLY:
        return identity
    match = _CA.fullmatch(identity)
    # Twelve or more decimal digits would fit both dialects; with a region they are a server certificate.
    if match and not (match["region"] and match["identifier"].isdigit()):
        return match["identifier"]
    dialect = (
        " It looks like the id of a server certificate: that belongs into certificate_ids."
        if _SERVER.fullmatch(identity)
        else ""
    )
    raise RefusedError(
        f"ca_certificate_ids: {identity!r} is not the identifier of a CA certificate.{dialect}",
        "Such an identifier is 1efd3cac-e8c1-611d-b971-f96e5e432aba, as alicloud.mtls.cas_ca_certificate returns it.",
    )
