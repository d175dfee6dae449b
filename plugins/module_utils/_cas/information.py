# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the info module of the certificate service. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from .._core.session import Session
from .._core.values import Object
from . import queries, repository
from .pem import Certificate, source


def ca_certificates(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Return the result of ``cas_ca_certificate_info``: the CAs of the identifiers, and those in the repository."""
    key = _given_key(params)
    found = dict.fromkeys(params["ca_certificate_ids"] or [])
    found |= dict.fromkeys(_in_repository(session, params), params["repository"])
    return {
        "ca_certificates": [
            _described(identifier, name, stored, key)
            for identifier, name in found.items()
            if (stored := queries.ca_certificate(session, identifier))
        ]
    }


def _given_key(params: Mapping[str, t.Any]) -> str | None:
    """Return the digest of the public key in the given certificate; None if none is given, or it does not exist yet."""
    if not (params["certificate"] or params["certificate_path"]):
        return None
    given = source(params, "certificate")
    return None if given.text is None else Certificate.parse(given.text, "certificate").public_key_sha256


def _in_repository(session: Session, params: Mapping[str, t.Any]) -> Iterable[str]:
    """Yield the identifiers of the CAs in the repository, with the option ``name`` of those uploaded under it."""
    for found in repository.listed(session, params["repository"]) if params["repository"] else []:
        if params["name"]:
            uploads = queries.uploaded_as(session, found.number, params["name"])
            yield from (identifier for identifier, _certificate in uploads)
        else:
            yield from (item["Identifier"] for item in queries.certificates_in(session, found.number))


def _described(identifier: str, repository: str | None, stored: queries.CaCertificate, key: str | None) -> Object:
    digest = stored.certificate.public_key_sha256
    return {
        "ca_certificate_id": identifier,
        "repository": repository,
        "status": stored.status.lower(),
        **stored.certificate.describe(),
        "public_key_sha256": digest,
        "same_key": None if key is None else digest == key,
    }
