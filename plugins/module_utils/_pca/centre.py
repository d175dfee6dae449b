# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a private CA in the certificate centre, where listeners find them. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._cas import queries as cas
from .._core.action import Action
from .._core.client import Params
from .._core.engine import SHOWN_WITHIN
from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import api

_SHOWN = ("certificate_id", "cas_id", "name")


def ensure(session: Session, certificate: Mapping[str, t.Any], write: bool) -> tuple[bool, Object]:
    """Copy a certificate, as a module returns it, to the centre; return whether that is new, and how it is there.

    It is recognised by its serial number and its fingerprint: no operation says which copy is that of which original.
    """
    unknown: Object = dict.fromkeys(_SHOWN, KNOWN_AFTER_APPLY)
    if certificate["serial_number"] == KNOWN_AFTER_APPLY:
        return True, unknown
    if stored := _stored(session, certificate):
        return False, stored
    if not write:
        return True, unknown
    identifier = certificate["certificate_id"]
    # The text of the operation speaks of the number (Id), Terraform's provider sends the identifier in one place.
    number = (api.certificate(session, identifier) or {}).get("Id")
    sent = {"Ids": str(number or identifier)}

    def find() -> Params | None:
        return {} if _stored(session, certificate) else None

    session.write(api.PRODUCT, Action("UploadPcaCertToCas", sent, token=False, find_created=find), sent)
    started = session.budget.clock()
    for _look in session.budget.poll():
        if stored := _stored(session, certificate):
            return True, stored
        if session.budget.clock() - started >= SHOWN_WITHIN:
            break
    raise RefusedError(
        f"The certificate {identifier} was copied to the certificate centre, and does not show there.",
        "Run again in a moment; look in the console whether it is there.",
    )


def _stored(session: Session, certificate: Mapping[str, t.Any]) -> Object | None:
    serial_number = int(certificate["serial_number"], 16)
    for item in cas.server_certificates(session):
        if api.serial_number(item.get("SerialNo")) != serial_number:
            continue
        found = cas.server_certificate(session, int(item["CertificateId"]))
        if found and found["fingerprint_sha256"] in (None, certificate["fingerprint_sha256"]):
            return {name: found[name] for name in _SHOWN}
    return None
