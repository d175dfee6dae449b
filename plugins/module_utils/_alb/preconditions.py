# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the resources that a listener or server group refers to, before anything is written.

Each function reads one kind of resource. What the credentials may not read is left open, with a warning. Sources:
help.aliyun.com, "Configure mutual authentication on an HTTPS listener" and "Manage certificates" of ALB (editions,
SM2); CreateServerGroup (the server groups for each protocol of a listener). Private to this collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

from .._cas import queries as cas
from .._core.checks import Check, run_checks
from .._core.error_codes import Kind
from .._core.errors import CloudError, ModuleError, RefusedError
from .._core.session import Session
from .._core.values import Object, holds_unknown
from .._x509 import times
from . import queries
from .fields import FULL_EDITIONS
from .server_group_checks import beyond_basic


@contextmanager
def _if_allowed(session: Session, what: str) -> Iterator[None]:
    """Warn that ``what`` could not be checked if the permission or the SDK for it is missing."""
    try:
        yield
    except RefusedError:
        raise
    except ModuleError as error:
        if isinstance(error, CloudError) and error.kind is not Kind.DENIED:
            raise
        session.warn(f"{what} could not be checked: {error.message}")


# The checks of a load balancer for an option of its listener.
_LOAD_BALANCER_CHECKS = {
    "mutual_authentication": Check(
        lambda balancer: balancer["edition"] not in FULL_EDITIONS,
        "The load balancer {load_balancer_id} is of the {edition} edition, which has no mutual authentication.",
        "Upgrade it: alicloud.mtls.alb_load_balancer with edition: standard or standard_with_waf.",
    ),
    "access_log": Check(
        lambda balancer: not balancer["access_log"]["enabled"],
        "The load balancer {load_balancer_id} writes no access log, so its listeners have nothing to record in it.",
        "Switch it on first: alicloud.mtls.alb_load_balancer with access_log.",
    ),
    "acl": Check(
        lambda balancer: balancer["security_group_ids"],
        "The load balancer {load_balancer_id} is in security groups, so its listeners have no access control lists.",
        "Take it out of them first: alicloud.mtls.alb_load_balancer with security_group_ids: [] and "
        "purge_security_groups: true.",
    ),
}


def check_load_balancer(session: Session, load_balancer_id: str, options: t.Collection[str]) -> None:
    """Raise RefusedError if the load balancer does not allow one of ``options`` to its listeners, or does not exist."""
    checks = [check for option, check in _LOAD_BALANCER_CHECKS.items() if option in options]
    if not checks or holds_unknown(load_balancer_id):
        return
    balancer = queries.load_balancer(session, load_balancer_id)
    if balancer is None:
        raise RefusedError(f"There is no load balancer {load_balancer_id}.", "Check load_balancer_id and region.")
    run_checks(checks, balancer)


# The protocols of server groups that a listener of each protocol can forward to. HTTPS groups behind HTTP listeners are
# allowed according to the guide, and not allowed according to CreateServerGroup.
_GROUPS = {"http": ("http",), "https": ("http", "https", "grpc"), "quic": ("http", "grpc")}
_DISPUTED = ("http", "https")


def check_group(session: Session, listener: Object) -> None:
    """Raise RefusedError if the listener cannot forward to its server group, or that does not exist."""
    identity, protocol = listener["server_group_id"], listener["protocol"]
    if holds_unknown([identity, protocol]):
        return
    with _if_allowed(session, f"The server group {identity}"):
        group = queries.server_group(session, identity)
        if group is None:
            raise RefusedError(f"There is no server group {identity}.", "Check server_group_id and region.")
        if group["type"] == "fc":  # functions have no protocol
            return
        if (protocol, group["protocol"]) == _DISPUTED:
            session.warn(
                f"ALB may refuse the server group {identity} of protocol https to a listener of protocol http."
            )
        elif group["protocol"] not in _GROUPS[protocol]:
            raise RefusedError(
                f"A listener of protocol {protocol} cannot forward to {identity}, of protocol {group['protocol']}.",
                f"Name a server group of protocol {' or '.join(_GROUPS[protocol])}.",
            )
        if group["protocol"] == "grpc" and listener["http2"] is False:
            raise RefusedError(
                f"The server group {identity} is of protocol grpc, which needs HTTP/2.", "Set http2: true."
            )
        if beyond := beyond_basic(group):
            check_editions(session, identity, beyond, [listener["load_balancer_id"]])


def check_editions(session: Session, group: str, options: list[str], load_balancers: t.Iterable[str]) -> None:
    """Raise RefusedError if one of the load balancers is of an edition without these ``options`` of a server group."""
    for identity in load_balancers:
        balancer = None if holds_unknown(identity) else queries.load_balancer(session, identity)
        if balancer and balancer["edition"] not in FULL_EDITIONS:
            raise RefusedError(
                f"The load balancer {identity}, which uses the server group {group}, is of the {balancer['edition']} "
                f"edition, which does not have {', '.join(options)}.",
                "Leave that out of the server group, or upgrade the load balancer: alicloud.mtls.alb_load_balancer "
                "with edition: standard or standard_with_waf.",
            )


def check_allow(session: Session, lists: list[str]) -> None:
    """Raise RefusedError if allow ``lists`` have no entry: the listener would let everybody in.

    Source: AssociateAclsWithListener.
    """
    if holds_unknown(lists):
        return
    with _if_allowed(session, "The access control lists"):
        if not any(queries.has_entries(session, identity) for identity in lists):
            raise RefusedError(
                f"{', '.join(lists)} would allow access and have no entry; such a listener lets everybody in.",
                "Give the list entries first: alicloud.mtls.alb_acl with entries.",
            )


def check_ca(session: Session, identifier: str) -> None:
    """Raise RefusedError unless the CA certificate exists, belongs to a CA, is valid today and is not revoked."""
    if holds_unknown(identifier):
        return
    with _if_allowed(session, f"The CA certificate {identifier}"):
        stored = cas.ca_certificate(session, identifier)
        if stored is None:
            raise RefusedError(
                f"There is no CA certificate {identifier} in this account's repositories.",
                "Upload it with alicloud.mtls.cas_ca_certificate, and check the credentials' account.",
            )
        if fault := stored.fault():
            raise RefusedError(
                f"The CA certificate {identifier} {fault}: no client could connect.",
                "Name a valid CA certificate in ca_certificate_ids.",
            )


def check_certificates(session: Session, identities: t.Iterable[str]) -> None:
    """Raise RefusedError if a server certificate has expired. One that the store does not know is left to ALB."""
    now = times.iso(times.now())
    for identity in identities:
        if holds_unknown(identity):
            continue
        with _if_allowed(session, f"The certificate {identity}"):
            certificate = cas.server_certificate(session, int(identity.partition("-")[0])) or {}
            if (end := certificate.get("not_after")) and end < now:
                raise RefusedError(
                    f"The certificate {identity} expired on {end}: no client would accept it.",
                    "Upload a valid one with alicloud.mtls.cas_certificate, and name that.",
                )
