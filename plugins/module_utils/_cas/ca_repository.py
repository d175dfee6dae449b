# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate application repository as a resource. Private to this collection."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from .._core.action import Action
from .._core.errors import PredictedError, RefusedError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import queries, repository
from .repository import Choice, Repository


class CaRepository(Resource):
    """The repository, with its certificates in ``Found.context``."""

    noun = "repository"
    key = "repository"
    product = "cas"
    names = ("repository_id", "number", "instance_id", "name", "type", "certificates")
    id_name = "repository_id"
    id_parameter = "WarehouseInstanceId"
    name_kinds = MappingProxyType({"name": "repository"})

    def find(self) -> Found:
        identity = self.params["repository_id"]
        if identity is not None and not identity.strip():
            raise RefusedError("repository_id is empty.", "Give one of the ids of the repository, or its name alone.")
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        if identity:
            return self._with_id(identity)
        name = self.params["name"]
        advice = "A repository keeps its type. Give type the type that it has, or give another name."
        choice = Choice(name, "", self.params["state"] == "present", self.params["type"], "name", advice)
        found = repository.chosen(self.session, choice)
        return self._found(self._whole(found, name), name) if found else Found()

    def _with_id(self, identity: str) -> Found:
        """Return the repository that has the id. Raises RefusedError if none has it, and one is to be present."""
        name = repository.name_of(self.session, identity)
        if name is None or self.params["name"] not in (None, name):
            if self.params["state"] == "absent":
                return Found()
            other = f" It is called {name!r}." if name else ""
            raise RefusedError(
                f"There is no repository {self.params['name'] or ''} with the id {identity}.{other}",
                "Check repository_id, name and region; a new repository is made by its name alone.",
            )
        named = repository.resolved(self.session, name)
        found = next((item for item in named if item.has_id(identity)), None)
        if found is None:
            # No answer tells which of several of the name has this id. It may be any of these.
            stored = (certificate for item in named if not item.identity for certificate in item.certificates)
            found = Repository(0, "", "", identity, tuple(stored))
        if not found.is_of(self.params["type"]):
            if self.params["state"] == "absent":
                return Found()
            raise RefusedError(
                f"The repository {identity} is of type {found.kind}, and not of type {self.params['type']}.",
                "A repository keeps its type. Give type the type that it has.",
            )
        return self._found(found, name)

    def _found(self, found: Repository, name: str) -> Found:
        return Found(self._described(found, name), context=found)

    def _whole(self, found: Repository, name: str) -> Repository:
        """Return a repository with all that can be found out about it."""
        if found.identity:
            return found
        same = (item for item in repository.resolved(self.session, name) if item.number == found.number)
        return next(same, found)

    def _described(self, found: Repository, name: str) -> Object:
        return {
            "repository_id": found.identity or None,
            "number": found.number or None,
            "instance_id": found.sales_id or None,
            "name": name,
            "type": self.params["type"] if found.is_of(self.params["type"]) else found.kind,
            "certificates": len(found.certificates),
        }

    def read(self, identity: str) -> Object | None:
        name = queries.repository_names(self.session).get(identity)
        if name is None:
            return None
        found = (item for item in repository.resolved(self.session, name) if item.identity == identity)
        # ListCertWarehouse may not show it yet, or not tell which of several it is.
        return self._described(next(found, Repository(0, "", "", identity)), name)

    def present(self, found: Found) -> list[Action]:
        if found.object is not None:
            return []
        name, kind = self.params["name"], self.params["type"]
        create = repository.create(self.session, name, kind)
        return [replace(create, after={"name": name, "type": kind, "certificates": 0}, creates=True)]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [repository.delete(found.object[self.id_name])]

    def check(self, found: Found, after: Object) -> None:
        if after or found.object is None or found.context is None:
            return
        name, stored = found.object["name"], found.context.certificates
        if stored:
            names = ", ".join(f"{item.get('CommonName')} ({item['Identifier']})" for item in stored)
            raise PredictedError(
                f"The repository {name!r} cannot be removed: {names} would be removed with it.",
                "ResourceInUse.Warehouse",
                "Remove these certificates first: alicloud.mtls.cas_ca_certificate does that with state: absent.",
            )
        if not found.object[self.id_name]:
            raise RefusedError(
                f"The service does not report the id by which the repository {name!r} (number "
                f"{found.object['number']}) can be removed.",
                "Give its id (cas-wh-...) as repository_id, or remove it in the console.",
            )
