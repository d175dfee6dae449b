# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener cannot be because of what it refers to, told before anything is written.

Each function looks at one kind of resource, and leaves open what the credentials may not look at. Sources:
help.aliyun.com, "Configure mutual authentication on an HTTPS listener" and "Manage certificates" of ALB (editions,
SM2); CreateServerGroup (which group is for which listener). This module is PRIVATE to the collection.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

from .._cas import queries as cas
from .._core.checks import Check, run_checks
from .._core.error_codes import Kind
from .._core.errors import CloudError, ModuleError, RefusedError
from .._core.session import Session
from .._core.values import Object, holds_unknown
from . import queries
from .dependent_options import beyond_basic
from .fields import FULL_EDITIONS


@contextmanager
def _if_allowed(session: Session, what: str) -> Iterator[None]:
    """Leave open what cannot be looked at, without the right or the SDK for it, and say so."""
    try:
        yield
    except RefusedError:
        raise
    except ModuleError as error:
        if isinstance(error, CloudError) and error.kind is not Kind.DENIED:
            raise
        session.warn(f"{what} could not be checked: {error.message}")


# What options of a listener ask of its load balancer.
_OF_THE_LOAD_BALANCER = {
    "mutual_authentication": Check(
        lambda balancer: balancer["edition"] not in FULL_EDITIONS,
        "The load balancer {load_balancer_id} is of the {edition} edition, which has no mutual authentication.",
        "Upgrade it: alicloud.mtls.alb_load_balancer with edition: standard or standard_with_waf.",
    ),
    "access_log": Check(
        lambda balancer: not balancer["access_log"]["enabled"],
        "The load balancer {load_balancer_id} keeps no access log, so its listeners have nothing to record in it.",
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
    """Raise RefusedError if the load balancer lets none of its listeners have one of ``options``, or is not there."""
    rules = [rule for option, rule in _OF_THE_LOAD_BALANCER.items() if option in options]
    if not rules or holds_unknown(load_balancer_id):
        return
    there = queries.load_balancer(session, load_balancer_id)
    if there is None:
        raise RefusedError(f"There is no load balancer {load_balancer_id}.", "Check load_balancer_id and region.")
    run_checks(rules, there)


# Server groups that a listener of each protocol can forward to. Of HTTPS groups behind HTTP listeners the guide says
# that they can be, CreateServerGroup that they cannot.
_GROUPS = {"http": ("http",), "https": ("http", "https", "grpc"), "quic": ("http", "grpc")}
_DISPUTED = ("http", "https")


def check_group(session: Session, listener: Object) -> None:
    """Raise RefusedError if the listener cannot forward to its server group. Functions have no protocol."""
    identity, protocol = listener["server_group_id"], listener["protocol"]
    if holds_unknown([identity, protocol]):
        return
    with _if_allowed(session, f"The server group {identity}"):
        group = next(iter(queries.server_groups(session, identity=identity)), None)
        if group is None:
            raise RefusedError(f"There is no server group {identity}.", "Check server_group_id and region.")
        if group["type"] == "fc":
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
        there = None if holds_unknown(identity) else queries.load_balancer(session, identity)
        if there and there["edition"] not in FULL_EDITIONS:
            raise RefusedError(
                f"The load balancer {identity}, which uses the server group {group}, is of the {there['edition']} "
                f"edition, which does not have {', '.join(options)}.",
                "Leave that out of the server group, or upgrade the load balancer: alicloud.mtls.alb_load_balancer "
                "with edition: standard or standard_with_waf.",
            )


def check_allow(session: Session, lists: list[str]) -> None:
    """A listener whose lists allow, and have no entry, lets everybody in (AssociateAclsWithListener)."""
    if holds_unknown(lists):
        return
    with _if_allowed(session, "What the access control lists hold"):
        if not any(queries.has_entries(session, each) for each in lists):
            raise RefusedError(
                f"{', '.join(lists)} would allow access, and without an entry the listener lets everybody in.",
                "Give the list entries first: alicloud.mtls.alb_acl with entries.",
            )


def check_ca(session: Session, identifier: str) -> None:
    """The CA must exist, be a CA, be valid today and not be revoked. Without the right to look, that is left open."""
    if holds_unknown(identifier):
        return
    with _if_allowed(session, f"The CA certificate {identifier}"):
        authority = cas.authority(session, identifier)
        if authority is None:
            raise RefusedError(
                f"There is no CA certificate {identifier} in this account's repositories.",
                "Upload it with alicloud.mtls.cas_ca_certificate, and check the credentials' account.",
            )
        if fault := authority.fault():
            raise RefusedError(
                f"The CA certificate {identifier} {fault}: no client could connect.",
                "Name a valid CA certificate in ca_certificate_ids.",
            )


def check_certificates(session: Session, identities: t.Iterable[str]) -> None:
    """A server certificate must not have expired. One that the store does not tell of is left to ALB."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for identity in identities:
        if holds_unknown(identity):
            continue
        with _if_allowed(session, f"The certificate {identity}"):
            there = cas.upload(session, int(identity.partition("-")[0])) or {}
            if (end := there.get("not_after")) and end < now:
                raise RefusedError(
                    f"The certificate {identity} has expired on {end}: no client would accept it.",
                    "Upload a valid one with alicloud.mtls.cas_certificate, and name that.",
                )
