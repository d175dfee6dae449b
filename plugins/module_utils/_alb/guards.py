# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener cannot be, told before anything is written. This module is PRIVATE to the collection.

Limits of mutual authentication: help.aliyun.com, "Configure mutual authentication on an HTTPS listener" and "Manage
certificates" of ALB (editions, protocols); CreateListener (one CA certificate only).
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._cas import api as cas
from .._core.engine import Session
from .._core.errors import CloudError, Kind, ModuleError, RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object, holds_unknown, known
from . import api
from .fields import CLIENT_CERTIFICATE_HEADERS


@dataclass(frozen=True)
class Rule:
    """``violated`` looks at the listener as it would become; ``message`` may use its keys."""

    violated: Callable[[Object], t.Any]
    message: str
    hint: str


def _mutual(listener: Object) -> bool:
    return listener["mutual_authentication"] is True


def _nameless(listener: Object) -> str:
    """A header made of the client certificate that is switched on without a name of its own."""
    headers = listener["x_forwarded_for"]
    if not isinstance(headers, dict):
        return ""
    names = (f"client_cert_{header}" for header in CLIENT_CERTIFICATE_HEADERS)
    return next((name for name in names if headers.get(f"{name}_enabled") and not headers.get(f"{name}_alias")), "")


RULES = (
    Rule(
        lambda listener: _mutual(listener) and listener["protocol"] not in ("https", KNOWN_AFTER_APPLY),
        "Mutual authentication works on HTTPS listeners only, and this one is {protocol}.",
        "Set protocol: https, or mutual_authentication: false.",
    ),
    Rule(
        lambda listener: _mutual(listener) and not listener["ca_certificate_ids"],
        "Mutual authentication needs a CA certificate.",
        "Name it in ca_certificate_ids.",
    ),
    Rule(
        lambda listener: isinstance(listener["ca_certificate_ids"], list) and len(listener["ca_certificate_ids"]) > 1,
        "ca_certificate_ids has more than one CA certificate, and a listener takes exactly one.",
        "Keep one; to accept the clients of two CAs, have both signed by one root and name that.",
    ),
    Rule(
        lambda listener: listener["protocol"] != "http" and not listener["certificate_ids"],
        "A listener of protocol {protocol} needs a server certificate.",
        "Name it in certificate_ids.",
    ),
    Rule(
        lambda listener: listener["protocol"] == "http" and known(listener["certificate_ids"], list),
        "A listener of protocol http has no server certificate.",
        "Leave certificate_ids out, or set protocol: https.",
    ),
    Rule(
        lambda listener: isinstance(listener["certificate_ids"], list) and len(listener["certificate_ids"]) > 2,
        "certificate_ids has more than two certificates.",
        "A listener has one default certificate, or one RSA and one ECC certificate.",
    ),
    Rule(
        _nameless,
        "A header with details of the client certificate is switched on in x_forwarded_for without a name.",
        "Give each client_cert_*_enabled its client_cert_*_alias.",
    ),
)


def check(listener: Object) -> None:
    """Raise RefusedError for the first rule that ``listener`` violates."""
    for rule in RULES:
        if rule.violated(listener):
            raise RefusedError(rule.message.format(**listener), rule.hint)


# Options that are not for every protocol (CreateListener).
_PROTOCOLS = {
    "http2": ("https",),
    "security_policy_id": ("https",),
    "quic": ("https",),
    "additional_certificate_ids": ("https", "quic"),
}


def check_options(options: t.Mapping[str, t.Any], protocol: str) -> None:
    """Raise RefusedError for an option that a listener of ``protocol`` does not have."""
    for name, protocols in _PROTOCOLS.items():
        if options.get(name) not in (None, []) and protocol not in (*protocols, KNOWN_AFTER_APPLY):
            raise RefusedError(
                f"A listener of protocol {protocol} has no {name}.",
                f"Leave {name} out, or set protocol: {' or '.join(protocols)}.",
            )


def check_port(neighbours: t.Iterable[Object], listener: Object) -> None:
    """A port is taken once for HTTP and HTTPS together; QUIC, which is UDP, has its own."""
    for other in neighbours:
        if (other["protocol"] == "quic") == (listener["protocol"] == "quic"):
            raise RefusedError(
                f"Port {listener['port']} has the listener {other['listener_id']} of protocol {other['protocol']} "
                f"already, and the protocol of a listener cannot be changed.",
                "Take another port, or remove that listener with state=absent first.",
            )


def check_edition(session: Session, load_balancer_id: str) -> None:
    """Mutual authentication wants a standard load balancer. One that is not there is told by its absence."""
    if holds_unknown(load_balancer_id):
        return
    there = api.load_balancer(session, load_balancer_id)
    if there is None:
        raise RefusedError(f"There is no load balancer {load_balancer_id}.", "Check load_balancer_id and region.")
    if there["edition"] == "basic":
        raise RefusedError(
            f"The load balancer {load_balancer_id} is of the basic edition, which has no mutual authentication.",
            "Upgrade it: alicloud.mtls.alb_load_balancer with edition: standard or standard_with_waf.",
        )


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


def check_allow(session: Session, lists: list[str]) -> None:
    """A listener whose lists allow, and have no entry, lets everybody in (AssociateAclsWithListener)."""
    if holds_unknown(lists):
        return
    with _if_allowed(session, "What the access control lists hold"):
        if not any(api.has_entries(session, each) for each in lists):
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
