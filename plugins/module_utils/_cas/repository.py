# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate application repositories, which the API calls warehouses. Private to this collection.

A repository has a number (WhId in ListCertWarehouse, WarehouseId in UploadPCACert), an id of its sales instance
(InstanceId in ListCertWarehouse) and an id of its own (``cas-wh-…`` in CreateWarehouse, ListWarehouse, DeleteWarehouse;
WhInstanceId in ListCert). No operation returns all three, so they are brought together here.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .._core.action import SELF_ID, Action, Twin, Unique
from .._core.client import Params
from .._core.errors import RefusedError, SeveralError
from .._core.session import Session
from . import queries

# The types of CreateWarehouse by the option's word for each (its page, en 2026-04-02).
TYPES: Mapping[str, str] = {
    "uploaded_ca": "uploadedAuthorityCertificate",
    "private_ca": "pcaAuthorityCertificate",
    "private_certificate": "pcaCertificate",
    "uploaded_certificate": "uploadedCertificate",
    "personal": "personal",
    "ssl": "ssl",
}
UPLOADED_CA = "uploaded_ca"
# ListCertWarehouse calls that one so (its page, tc 2025-12-17). It has two words for the others, of which no page says
# which is which, and the types of ListWarehouse are not documented.
_LISTED_AS = "uploadCA"


@dataclass(frozen=True)
class Repository:
    """One repository.

    Attributes:
        number: its number.
        sales_id: the id of its sales instance.
        kind: its type, empty if the service does not report it.
        identity: its own id, empty if the service does not report it.
        certificates: the certificates in it, if they have been read.
    """

    number: int
    sales_id: str
    kind: str
    identity: str = ""
    certificates: tuple[Params, ...] = field(default=(), repr=False)

    def is_of(self, kind: str) -> bool:
        """Return whether it is of the type ``kind`` (TYPES), as far as the service tells."""
        return not self.kind or (self.kind == _LISTED_AS) == (kind == UPLOADED_CA)

    def has_id(self, identity: str) -> bool:
        """Return whether ``identity`` is one of the three ids."""
        return identity in (str(self.number), self.sales_id, self.identity)

    def __str__(self) -> str:
        name = self.identity or self.sales_id or str(self.number)
        return f"{name} (number {self.number}, {len(self.certificates)} certificates)"


def listed(session: Session, name: str) -> list[Repository]:
    """Return the repositories called ``name`` as ListCertWarehouse has them: without ids of their own."""
    return [
        Repository(int(item["WhId"]), str(item.get("InstanceId") or ""), str(item.get("Type") or ""))
        for item in queries.repositories(session, name)
    ]


def resolved(session: Session, name: str) -> list[Repository]:
    """Return the repositories called ``name`` with their certificates, and with all ids that can be found out."""
    identities = queries.repository_ids(session, name)
    found = []
    for item in listed(session, name):
        certificates = tuple(queries.certificates_in(session, item.number))
        reported = {str(certificate.get("WhInstanceId") or "") for certificate in certificates} & set(identities)
        identity = next(iter(reported), item.sales_id if item.sales_id in identities else "")
        found.append(replace(item, identity=identity, certificates=certificates))
    unknown = [item for item in found if not item.identity]
    left = sorted(set(identities) - {item.identity for item in found})
    if len(unknown) == len(left) == 1:
        found[found.index(unknown[0])] = replace(unknown[0], identity=left[0])
    return found


@dataclass(frozen=True)
class Choice:
    """Which repository a task means.

    Attributes:
        name: its name.
        identity: one of its ids, empty if none is given.
        present: it is to be present.
        kind: its type (TYPES).
        option: the option with its name.
        advice: what to do if one of the name has another type.
        removal: how one of several is removed, as a part of a sentence; empty if it is not told.
    """

    name: str
    identity: str
    present: bool
    kind: str
    option: str
    advice: str
    removal: str = ""


def for_uploads(params: Mapping[str, t.Any]) -> Choice:
    """Return the choice in the options ``repository`` and ``repository_id``, of a repository for uploaded CAs."""
    return Choice(
        params["repository"],
        params["repository_id"] or "",
        params["state"] == "present",
        UPLOADED_CA,
        "repository",
        "Give repository another name; a repository of the right type is then made with create_repository: true.",
        "; with remove_repository: true and state: absent beside it, that one is removed if nothing else is in it",
    )


def chosen(session: Session, choice: Choice) -> Repository | None:
    """Return the repository that is meant, None if it does not exist.

    Raises:
        SeveralError: several have the name, and no id says which one is meant.
        RefusedError: it is of another type, or none of the name has the id, and it is to be present.
    """
    name = choice.name
    found = _with_id(session, choice) if choice.identity else listed(session, name)
    usable = [item for item in found if item.is_of(choice.kind)]
    if not usable and found and choice.present:
        what = "takes no uploaded CA certificates" if choice.kind == UPLOADED_CA else f"is not of type {choice.kind}"
        raise RefusedError(
            f"The repository {name!r} (number {found[0].number}) is of type {found[0].kind} and {what}.", choice.advice
        )
    if len(usable) > 1:
        names = ", ".join(map(str, resolved(session, name)))
        raise SeveralError(
            f"There are {len(usable)} repositories called {name!r}: {names}.",
            f"Say which one is meant with repository_id{choice.removal}.",
        )
    return usable[0] if usable else None


def _with_id(session: Session, choice: Choice) -> list[Repository]:
    """Return the repository with name and id of the choice, as a list. Raises RefusedError as ``chosen`` says."""
    name, identity = choice.name, choice.identity
    named = resolved(session, name)
    if found := [item for item in named if item.has_id(identity)]:
        return found
    if choice.present:
        existing = ", ".join(map(str, named)) or "none"
        raise RefusedError(
            f"repository_id: no repository called {name!r} has the id {identity!r}. Of this name: {existing}.",
            f"Check repository_id, {choice.option} and region.",
        )
    unknown = [item for item in named if not item.identity]
    if any(item.certificates for item in unknown) or identity not in queries.repository_ids(session, name):
        return []
    # Several empty ones, and no answer tells which number belongs to which id. To remove one, it does not matter.
    return [replace(item, identity=identity) for item in unknown[:1]]


def name_of(session: Session, identity: str) -> str | None:
    """Return the name of the repository that has ``identity`` as one of its ids, None if there is none."""
    if name := queries.repository_names(session).get(identity):
        return name
    for item in queries.repositories(session):
        if identity in (str(item["WhId"]), str(item.get("InstanceId") or "")):
            return str(item.get("Name") or "")
    return None


def own_id(session: Session, name: str, repository: Repository) -> str:
    """Return the id by which the repository can be deleted. Raises RefusedError if it cannot be found out for sure."""
    if repository.identity:
        return repository.identity
    for item in resolved(session, name):
        if item.number == repository.number and item.identity:
            return item.identity
    raise RefusedError(
        f"The service does not report the id by which the repository {name!r} (number {repository.number}) can be "
        "deleted.",
        "Delete it in the console, or leave it: set remove_repository: false.",
    )


def create(session: Session, name: str, kind: str = UPLOADED_CA) -> Action:
    """Return the action that makes a repository of the type ``kind`` (TYPES)."""

    def find() -> list[Twin]:
        return [Twin("", identity) for identity in queries.repository_ids(session, name)]

    def is_empty(identity: str) -> bool:
        return not any(item.certificates for item in resolved(session, name) if item.identity == identity)

    return Action(
        "CreateWarehouse",
        {"Name": name, "Type": TYPES[kind]},
        {"repository": name},
        token=False,
        find_created=lambda: next(({"WarehouseInstanceId": twin.identity} for twin in sorted(find())), None),
        unique=Unique(
            label=f"The repository {name!r}",
            identity=lambda answer: str(answer["WarehouseInstanceId"]),
            find=find,
            unused=is_empty,
            remove=lambda identity: [delete(SELF_ID)],
            advice="Remove the empty one with repository_id, remove_repository: true and state: absent.",
        ),
    )


def delete(identity: str) -> Action:
    """Return the action that deletes the repository of this id (``cas-wh-…``)."""
    return Action("DeleteWarehouse", {"WarehouseInstanceId": identity}, token=False, deletes=True)
