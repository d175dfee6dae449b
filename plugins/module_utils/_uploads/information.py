# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the info module of server certificates. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._alb import queries as alb
from .._alb.certificate_use import CertificateUse
from .._cas import queries
from .._cas.server_certificates import FILTERS, ends_within, matches, summary
from .._core.session import Session
from .._core.values import Object
from . import usage


def server_certificates(session: Session, params: Mapping[str, t.Any]) -> Object:
    """Return the result of ``cas_certificate_info``. Raises ModuleError."""
    items = queries.server_certificates(session, expired=True, bought=params["bought"])
    found = [summary(item, params["region"]) for item in items]
    found = sorted((item for item in found if _is_meant(item, params)), key=lambda item: item["cas_id"])
    uses: dict[str, list[CertificateUse]] = {}
    if params["listeners"]:
        uses = usage.on_listeners(session, [str(item["cas_id"]) for item in found], required=True)
    names = _load_balancer_names(session, uses)

    def listeners(item: Object) -> list[Object] | None:
        identity = str(item["cas_id"])
        return [use.describe(identity) | names[use.listener["load_balancer_id"]] for use in uses.get(identity, [])]

    return {"certificates": [{**item, "listeners": listeners(item) if params["listeners"] else None} for item in found]}


def _is_meant(item: Object, params: Mapping[str, t.Any]) -> bool:
    days, status = params["expires_within_days"], params["status"]
    return (
        matches(item, {option: params[option] for option in FILTERS})
        and status in (None, item["status"])
        and (days is None or ends_within(item, days))
    )


def _load_balancer_names(session: Session, uses: Mapping[str, list[CertificateUse]]) -> dict[str, Object]:
    """Return the name of each load balancer in ``uses`` as a part of a listener, None for one that is gone."""
    ids = {str(use.listener["load_balancer_id"]) for found in uses.values() for use in found}
    names = alb.load_balancer_names(session, sorted(ids))
    return {identity: {"load_balancer_name": names.get(identity)} for identity in ids}
