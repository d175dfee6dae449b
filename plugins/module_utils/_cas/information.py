# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the info module of the certificate service returns. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from .._core.session import Session
from .._core.values import Object
from . import queries, repository
from .pem import Certificate, source
from .upload_names import digest_name


def ca_certificates(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Returns what ``cas_ca_certificate_info`` does: the CAs of the identifiers, and those in the repository."""
    key = _given_key(params)
    found = dict.fromkeys(params["ca_certificate_ids"] or [])
    found |= dict.fromkeys(_in_repository(session, params), params["repository"])
    return {
        "ca_certificates": [
            _described(identifier, where, stored, key)
            for identifier, where in found.items()
            if (stored := queries.authority(session, identifier))
        ]
    }


def _given_key(params: Mapping[str, t.Any]) -> str | None:
    """Returns the digest of the public key to compare with; None when there is none, or not yet."""
    if not (params["certificate"] or params["certificate_path"]):
        return None
    given = source(params, "certificate")
    return None if given.text is None else Certificate.parse(given.text, "certificate").public_key_sha256


def _in_repository(session: Session, params: Mapping[str, t.Any]) -> Iterator[str]:
    name = params["name"]
    for each in repository.listed(session, params["repository"]) if params["repository"] else []:
        for item in queries.stored(session, each.number, f"{name}-" if name else ""):
            if not name or _uploaded_as(session, each.number, name, item["Identifier"]):
                yield item["Identifier"]


def _uploaded_as(session: Session, number: int, name: str, identifier: str) -> bool:
    """Whether the CA was uploaded under ``name``. The search for the beginning of a name is a fuzzy one."""
    stored = queries.authority(session, identifier)
    if stored is None:
        return False
    exactly = queries.stored(session, number, digest_name(name, stored.certificate.fingerprint))
    return any(hit["Identifier"] == identifier for hit in exactly)


def _described(identifier: str, repository: str | None, stored: queries.Authority, key: str | None) -> Object:
    digest = stored.certificate.public_key_sha256
    return {
        "ca_certificate_id": identifier,
        "repository": repository,
        "status": stored.status.lower(),
        **stored.certificate.describe(),
        "public_key_sha256": digest,
        "same_key": None if key is None else digest == key,
    }
