# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server certificates of a listener, and the actions that put another one in the place of some of them.

Private to this collection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from .._core.action import Action
from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object, chunks
from . import queries
from .fields import CERTIFICATES

# AssociateAdditionalCertificatesWithListener, DissociateAdditionalCertificatesFromListener.
CERTIFICATES_PER_REQUEST = 15


@dataclass(frozen=True)
class CertificateUse:
    """A listener, and the certificates that it has.

    Attributes:
        listener: the listener.
        default: the ids of its default certificates; of a CA certificate that it trusts.
        additional: the ids of its additional certificates.
    """

    listener: Object
    default: tuple[str, ...]
    additional: tuple[str, ...] = ()

    def ids_of(self, identity: str) -> set[str]:
        """Return the ids by which the listener has a certificate; an id may end in the region of the store."""
        ids = {*self.default, *self.additional}
        return {item for item in ids if item == identity or item.startswith(f"{identity}-")}

    def describe(self, identity: str) -> Object:
        """Return the listener as a user of the certificate ``identity``, for results."""
        names = ("listener_id", "protocol", "port", "load_balancer_id", "description")
        default = not self.ids_of(identity).isdisjoint(self.default)
        return {**{name: self.listener.get(name) for name in names}, "default": default}


@dataclass(frozen=True)
class NewCertificate:
    """The certificate that takes the place of others.

    Attributes:
        identity: its id, KNOWN_AFTER_APPLY while it is not in the store.
        resolve: returns its id once it is in the store.
    """

    identity: str
    resolve: Callable[[], str]


def server_certificates(session: Session, listener: Object) -> CertificateUse:
    """Return the server certificates of a listener; none if it was deleted meanwhile. Raises CloudError."""
    try:
        items = list(queries.server_certificates(session, listener["listener_id"]))
    except CloudError as error:
        if error.kind is not Kind.MISSING:
            raise
        items = []
    default = tuple(str(item["CertificateId"]) for item in items if item.get("IsDefault"))
    additional = tuple(str(item["CertificateId"]) for item in items if not item.get("IsDefault"))
    return CertificateUse(listener, default, additional)


def ca_certificates(session: Session, listener: Object) -> CertificateUse:
    """Return the CA certificates that a listener trusts; none if it was deleted meanwhile. Raises CloudError."""
    current = queries.listener(session, listener["listener_id"])
    return CertificateUse(listener, tuple(current["ca_certificate_ids"]) if current else ())


def replaced(use: CertificateUse, old: Collection[str], new: NewCertificate) -> Iterator[Action]:
    """Yield the actions that give a listener the certificate ``new`` in the place of those with the ids ``old``.

    The name of a site is never without a certificate in between: a new one is added before an old one is removed.
    """
    default = tuple(dict.fromkeys(new.identity if identity in old else identity for identity in use.default))
    outgoing = [identity for identity in use.additional if identity in old]
    # A listener takes a certificate once: as an additional one it goes before it becomes a default one.
    promoted = new.identity in default and new.identity in use.additional
    if promoted:
        yield from _additional("Dissociate", use.listener, [new.identity], new)
    if default != use.default:
        yield _action("UpdateListenerAttribute", use.listener, default, new)
    if outgoing and new.identity not in (*default, *use.additional):
        yield from _additional("Associate", use.listener, [new.identity], new)
    yield from _additional("Dissociate", use.listener, outgoing, new)


def additional_operation(verb: str) -> str:
    """Return the operation that associates or dissociates additional certificates."""
    return f"{verb}AdditionalCertificates{'With' if verb == 'Associate' else 'From'}Listener"


def _additional(verb: str, listener: Object, identities: list[str], new: NewCertificate) -> Iterator[Action]:
    return (
        _action(additional_operation(verb), listener, part, new)
        for part in chunks(identities, CERTIFICATES_PER_REQUEST)
    )


def _action(operation: str, listener: Object, identities: Iterable[str], new: NewCertificate) -> Action:
    def certificates() -> Params:
        ids = [new.resolve() if identity == KNOWN_AFTER_APPLY else identity for identity in identities]
        return {"Certificates": CERTIFICATES.encode(ids)}

    return Action(operation, {"ListenerId": listener["listener_id"]}, product="alb", deferred_params=certificates)
