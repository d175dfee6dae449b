# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate application repositories, which the API calls warehouses. This module is PRIVATE to the collection.

A repository has a number (WhId in ListCertWarehouse, WarehouseId in UploadPCACert), an id of its sales instance
(InstanceId in ListCertWarehouse) and an id of its own (``cas-wh-…`` in CreateWarehouse, ListWarehouse, DeleteWarehouse;
WhInstanceId in ListCert). No operation tells all three, so they are brought together here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .._core.action import THIS, Action, Twin, Unique
from .._core.client import Params
from .._core.errors import RefusedError, SeveralError
from .._core.session import Session
from . import queries

# The types by which each operation knows a repository for uploaded CA certificates: CreateWarehouse (its page, en
# 2026-04-02) and ListCertWarehouse (its page, tc 2025-12-17). That of ListWarehouse is not documented.
CREATED_AS, LISTED_AS = "uploadedAuthorityCertificate", "uploadCA"


@dataclass(frozen=True)
class Repository:
    """One repository. ``identity`` is its own id; empty when the service does not tell it."""

    number: int
    sales_id: str
    kind: str
    identity: str = ""
    certificates: tuple[Params, ...] = field(default=(), repr=False)

    @property
    def holds_uploaded_cas(self) -> bool:
        return self.kind in ("", LISTED_AS)

    def goes_by(self, identity: str) -> bool:
        """Return whether ``identity`` is one of the three ids."""
        return identity in (str(self.number), self.sales_id, self.identity)

    def __str__(self) -> str:
        name = self.identity or self.sales_id or str(self.number)
        return f"{name} (number {self.number}, {len(self.certificates)} certificates)"


def listed(session: Session, name: str) -> list[Repository]:
    """Return the repositories called ``name``, as ListCertWarehouse tells them: without ids of their own."""
    return [
        Repository(int(item["WhId"]), str(item.get("InstanceId") or ""), str(item.get("Type") or ""))
        for item in queries.repositories(session, name)
    ]


def resolved(session: Session, name: str) -> list[Repository]:
    """Return the repositories called ``name`` with all their ids, as far as they can be told, and what is in them."""
    identities = _identities(session, name)
    found = []
    for each in listed(session, name):
        certificates = tuple(queries.stored(session, each.number))
        told = {str(item.get("WhInstanceId") or "") for item in certificates} & set(identities)
        identity = next(iter(told), each.sales_id if each.sales_id in identities else "")
        found.append(replace(each, identity=identity, certificates=certificates))
    unknown = [each for each in found if not each.identity]
    left = sorted(set(identities) - {each.identity for each in found})
    if len(unknown) == len(left) == 1:
        found[found.index(unknown[0])] = replace(unknown[0], identity=left[0])
    return found


def _identities(session: Session, name: str) -> list[str]:
    items = session.pages("cas", "ListWarehouse", "Data")
    return [str(item["WarehouseInstanceId"]) for item in items if item.get("WarehouseName") == name]


def chosen(session: Session, params: Mapping[str, Any]) -> Repository | None:
    """Return the repository that the options ``repository`` and ``repository_id`` mean, None when there is none.

    Raises:
        SeveralError: several have the name, and no id says which one is meant.
        RefusedError: the one that is meant is of another kind, or is not there.
    """
    name, identity = params["repository"], params["repository_id"]
    found = listed(session, name)
    if identity:
        every = resolved(session, name)
        found = [each for each in every if each.goes_by(identity)]
        unknown = [each for each in every if not each.identity]
        if params["state"] == "absent" and not found and not any(each.certificates for each in unknown):
            # Several empty ones: which number is whose does not matter for one that is to go.
            found = [replace(each, identity=identity) for each in unknown if identity in _identities(session, name)][:1]
        if not found and params["state"] == "present":
            known = ", ".join(map(str, every)) or "none"
            raise RefusedError(
                f"repository_id: no repository called {name!r} has the id {identity!r}. Of this name: {known}.",
                "Check repository_id, repository and region.",
            )
    usable = [each for each in found if each.holds_uploaded_cas]
    if not usable and found and params["state"] == "present":
        raise RefusedError(
            f"The repository {name!r} (number {found[0].number}) is of type {found[0].kind} and takes no uploaded CA "
            "certificates.",
            "Give repository another name; a repository of the right type is then made with create_repository: true.",
        )
    if len(usable) > 1:
        each = ", ".join(map(str, resolved(session, name)))
        raise SeveralError(
            f"There are {len(usable)} repositories called {name!r}: {each}.",
            "Say which one is meant with repository_id; with remove_repository: true and state: absent beside it, that "
            "one is removed if nothing else is in it.",
        )
    return usable[0] if usable else None


def own_id(session: Session, name: str, repository: Repository) -> str:
    """Return the id by which the repository can be deleted. Raises RefusedError when it cannot be told for sure."""
    if repository.identity:
        return repository.identity
    for each in resolved(session, name):
        if each.number == repository.number and each.identity:
            return each.identity
    raise RefusedError(
        f"The service does not tell by which id the repository {name!r} (number {repository.number}) can be deleted.",
        "Delete it in the console, or leave it: set remove_repository: false.",
    )


def create(session: Session, name: str) -> Action:
    """Return the action that makes a repository for uploaded CA certificates."""

    def find() -> list[Twin]:
        return [Twin("", identity) for identity in _identities(session, name)]

    def is_empty(identity: str) -> bool:
        return not any(each.certificates for each in resolved(session, name) if each.identity == identity)

    return Action(
        "CreateWarehouse",
        {"Name": name, "Type": CREATED_AS},
        {"repository": name},
        token=False,
        find_created=lambda: next(({"WarehouseInstanceId": twin.identity} for twin in sorted(find())), None),
        unique=Unique(
            label=f"The repository {name!r}",
            identity=lambda answer: str(answer["WarehouseInstanceId"]),
            find=find,
            unused=is_empty,
            remove=lambda identity: [delete(THIS)],
            advice="Remove the empty one with repository_id, remove_repository: true and state: absent.",
        ),
    )


def delete(identity: str) -> Action:
    """Return the action that deletes the repository of this id (``cas-wh-…``)."""
    return Action("DeleteWarehouse", {"WarehouseInstanceId": identity}, token=False, deletes=True)
