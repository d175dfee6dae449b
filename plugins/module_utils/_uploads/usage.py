# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which listeners use an uploaded certificate. This module is PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from .._alb import queries
from .._alb.usage import User, listed, listeners, refuse, remaining, user
from .._core.error_codes import Kind
from .._core.errors import CloudError, ModuleError
from .._core.resource import Found, Resource
from .._core.session import Session
from .._core.values import Object, holds_unknown

UsersOf = Callable[[Session, Collection[str]], dict[str, "list[User]"]]


def of_server_certificates(session: Session, cas_ids: Collection[str]) -> dict[str, list[User]]:
    """Return the listeners of the region that show one of these certificates, by its number in the store."""
    return _of_certificates(session, cas_ids, _server_certificates)


def of_ca_certificates(session: Session, identifiers: Collection[str]) -> dict[str, list[User]]:
    """Return the listeners of the region that have one of these CA certificates, by its identifier."""
    return _of_certificates(session, identifiers, _ca_certificates)


def split(
    resource: Resource, certificates: tuple[Object, ...], users_of: UsersOf
) -> tuple[tuple[Object, ...], tuple[Object, ...]]:
    """Return replaced ``certificates`` that nothing uses, and the others, with a warning that names who uses them."""
    users = users_of(resource.session, [str(each[resource.id_name]) for each in certificates])
    left = {identity: remaining(found, resource.params) for identity, found in users.items()}
    kept = tuple(each for each in certificates if left[str(each[resource.id_name])])
    for each in kept:
        resource.session.warn(
            f"The {resource.noun} {each[resource.id_name]} ({each['common_name']}) stays: it is in use by "
            f"{listed(left[str(each[resource.id_name])])}. Give them the new one; the next run removes the old one."
        )
    return tuple(each for each in certificates if each not in kept), kept


def refuse_certificates(resource: Resource, found: Found, users_of: UsersOf) -> None:
    """Raise PredictedError if listeners use one of the certificates that are to be removed."""
    going = {str(each[resource.id_name]): each for each in (found.object, *found.others) if each}
    users = users_of(resource.session, list(going))
    names = {identity: f"The {resource.noun} {identity} ({each['common_name']})" for identity, each in going.items()}
    refuse(resource.params, {names[identity]: users[identity] for identity in going}, "ResourceInUse.Certificate")


def _of_certificates(
    session: Session, identities: Collection[str], certificates: Callable[[Session, str], Iterator[str]]
) -> dict[str, list[User]]:
    """ALB has no search by certificate, so every listener with TLS is asked. What cannot be asked is left open."""
    found: dict[str, list[User]] = {identity: [] for identity in identities}
    if not found or holds_unknown(list(found)):
        return found
    try:
        for listener in listeners(session):
            if listener["protocol"] == "http":
                continue
            # An id may end in the region of the store.
            ids = set(certificates(session, listener["listener_id"]))
            for identity, users in found.items():
                if any(each == identity or each.startswith(f"{identity}-") for each in ids):
                    users.append(user(listener))
    except ModuleError as error:
        if isinstance(error, CloudError):
            if error.code.startswith("InvalidProduct"):
                return found  # an endpoint of the user's without ALB: nothing there uses a certificate
            if error.kind is not Kind.DENIED:
                raise
        session.warn(f"Whether listeners use {', '.join(found)} could not be checked: {error.message}")
    return found


def _server_certificates(session: Session, listener_id: str) -> Iterator[str]:
    try:
        for item in queries.server_certificates(session, listener_id):
            yield str(item["CertificateId"])
    except CloudError as error:  # the listener was deleted meanwhile
        if error.kind is not Kind.MISSING:
            raise


def _ca_certificates(session: Session, listener_id: str) -> Iterator[str]:
    there = queries.listener(session, listener_id)
    yield from there["ca_certificate_ids"] if there else ()
