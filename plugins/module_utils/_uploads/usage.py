# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners that use an uploaded certificate. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .._alb import certificate_use, queries
from .._alb.certificate_use import CertificateUse
from .._alb.usage import User, listed, listener_user, refuse, remaining
from .._core.error_codes import NO_SUCH_PRODUCT, Kind
from .._core.errors import CloudError, ModuleError
from .._core.resource import Found, Resource
from .._core.session import Session
from .._core.values import Object, holds_unknown

UsersOf = Callable[[Session, Collection[str]], dict[str, list[User]]]  # users of these certificates, by id


def of_server_certificates(session: Session, numbers: Collection[str]) -> dict[str, list[User]]:
    """Return the listeners of the region that have one of these server certificates, by its number in the store."""
    return as_users(on_listeners(session, numbers))


def of_ca_certificates(session: Session, identifiers: Collection[str]) -> dict[str, list[User]]:
    """Return the listeners of the region that have one of these CA certificates, by its identifier."""
    return as_users(_on_listeners(session, identifiers, certificate_use.ca_certificates))


def on_listeners(
    session: Session, numbers: Collection[str], *, required: bool = False
) -> dict[str, list[CertificateUse]]:
    """Return how the listeners of the region use server certificates, by the number of each in the store.

    Empty after a warning where the credentials may not read the listeners; with ``required`` raises CloudError then.
    """
    return _on_listeners(session, numbers, certificate_use.server_certificates, required=required)


def as_users(uses: dict[str, list[CertificateUse]]) -> dict[str, list[User]]:
    """Return the listeners of ``uses`` as users of the certificates."""
    return {identity: [listener_user(use.listener) for use in found] for identity, found in uses.items()}


def split(
    resource: Resource, certificates: tuple[Object, ...], users: dict[str, list[User]], advice: str
) -> tuple[tuple[Object, ...], tuple[Object, ...]]:
    """Return the replaced ``certificates`` without users, and those that stay, after a warning for each.

    A certificate stays if it has users, or if ``users`` does not say so. ``advice`` says how the listeners get the new
    one, as the beginning of a sentence.
    """
    left = {identity: remaining(found, resource.params) for identity, found in users.items()}
    kept = tuple(item for item in certificates if left.get(str(item[resource.id_name]), True))
    for item in kept:
        using = left.get(str(item[resource.id_name]))
        resource.session.warn(
            f"The {resource.noun} {item[resource.id_name]} ({item['common_name']}) stays: "
            + (
                f"it is in use by {listed(using)}. {advice}; the next run removes the old one."
                if using
                else "it is not known whether listeners use it. Allow the credentials to read the listeners of ALB."
            )
        )
    return tuple(item for item in certificates if item not in kept), kept


def refuse_certificates(resource: Resource, found: Found, users_of: UsersOf) -> None:
    """Raise PredictedError if listeners use one of the certificates that are to be removed."""
    removed = {str(item[resource.id_name]): item for item in (found.object, *found.others) if item}
    users = users_of(resource.session, list(removed))
    names = {identity: f"The {resource.noun} {identity} ({item['common_name']})" for identity, item in removed.items()}
    refuse(resource.params, {names[identity]: found for identity, found in users.items()}, "ResourceInUse.Certificate")


def _on_listeners(
    session: Session,
    identities: Collection[str],
    read: Callable[[Session, Object], CertificateUse],
    *,
    required: bool = False,
) -> dict[str, list[CertificateUse]]:
    """Return the listeners that have one of these certificates, by its id.

    ALB has no search by certificate, so every listener with TLS is read. Nothing is returned, after a warning, where
    the credentials may not read them; with ``required`` raises CloudError then.
    """
    found: dict[str, list[CertificateUse]] = {identity: [] for identity in identities}
    if not found or holds_unknown(list(found)):
        return found
    try:
        for listener in queries.listeners(session):
            if listener["protocol"] == "http":
                continue
            use = read(session, listener)
            for identity, users in found.items():
                if use.ids_of(identity):
                    users.append(use)
    except ModuleError as error:
        if isinstance(error, CloudError):
            if error.code.startswith(NO_SUCH_PRODUCT):
                return found  # the endpoint that the user gives has no ALB, so no listener uses a certificate
            if required or error.kind is not Kind.DENIED:
                raise
        session.warn(f"Whether listeners use {', '.join(found)} could not be checked: {error.message}")
        return {}
    return found
