# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for certificates of private CAs do. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.session import Session
from .._core.values import Object
from .._pki.options import MANY
from .._x509.errors import CertificateError
from . import centre, conversion
from .authority import PrivateCa
from .batch import Batch

Params = Mapping[str, t.Any]


def ensure_clients(session: Session, params: Params, write: bool) -> Object:
    """Bring the certificates of clients into the wanted state."""

    def wants(ca: PrivateCa) -> list[conversion.Wanted | CertificateError]:
        found: list[conversion.Wanted | CertificateError] = []
        for given in params["clients"]:
            try:
                found.append(conversion.client(params, given, ca))
            except CertificateError as error:
                found.append(error)
        return found

    batch = Batch(session, params, write, wants)
    if params["state"] != "present":
        result = batch.withdraw()
    else:
        content = params["return_content"]
        result = batch.ensure(len(params["clients"]) <= MANY if content is None else content)
    for failure in result["failures"]:
        failure["name"] = params["clients"][failure["position"]]["name"]
    return result


def ensure_server(session: Session, params: Params, write: bool) -> Object:
    """Bring the certificate of a server into the wanted state, in its files and in the certificate centre."""
    if params["certificate_centre"] and params["key_source"] != "service":
        raise CertificateError(
            "certificate_centre takes key_source: service, as the service needs the private key.",
            "With a key of this host, give the files to the module alicloud.mtls.cas_certificate.",
            "contradiction",
        )
    batch = Batch(session, params, write, lambda ca: [conversion.server(params, ca)])
    leaving = params["state"] != "present"
    result = batch.withdraw() if leaving else batch.ensure(content=True)
    for error in batch.errors.values():
        raise error
    del result["failures"]
    certificate = result.pop("certificates")[0]
    result |= {"certificate": certificate, "reasons": certificate.get("reasons", [])}
    if params["certificate_centre"] and not leaving:
        copied, stored = centre.ensure(session, certificate, write)
        result |= {"changed": result["changed"] or copied, "stored_certificate": stored}
    return result
