# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding resources by name, which ALB does not keep unique, and what all resources have in common.

Private to this collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .._core.action import Action, Twin, Unique
from .._core.client import Params
from .._core.errors import RefusedError, SeveralError
from .._core.resource import Found, Resource
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object

T = t.TypeVar("T")

# States that pass by themselves (documented per operation, e.g. GetLoadBalancerAttribute).
PASSING = frozenset({"provisioning", "configuring", "creating", "deleting", "starting", "stopping"})


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The list operation of a kind of resource, with the API's names for what this module needs of it.

    Attributes:
        noun: the kind, in messages.
        operation: the list operation.
        items: the key of its items.
        names: its filter by name.
        name: the key of an item's name.
        identity: the key of an item's id.
        status: the key of an item's state.
        id_option: the option of the module that takes an id.
    """

    noun: str
    operation: str
    items: str
    names: str
    name: str
    identity: str
    status: str
    id_option: str

    def twins(self, session: Session, name: str) -> list[Twin]:
        """Return all resources called ``name``, without those that are being deleted."""
        return [
            Twin(str(item.get("CreateTime") or ""), item[self.identity], self._state(item) not in PASSING)
            for item in self._called(session, name)
            if not self._is_deleting(item)
        ]

    def identities(self, session: Session, name: str) -> list[str]:
        """Return the ids of the resources called ``name``; one that is being deleted only if there is no other."""
        items = self._called(session, name)
        return [item[self.identity] for item in staying(items, self._is_deleting)]

    def _called(self, session: Session, name: str) -> list[Params]:
        found = session.pages("alb", self.operation, self.items, **{self.names: [name]})
        return [item for item in found if item.get(self.name) == name]

    def _state(self, item: Params) -> str:
        return str(item.get(self.status) or "").lower()

    def _is_deleting(self, item: Params) -> bool:
        return self._state(item) == "deleting"

    def unique(
        self, session: Session, name: str, unused: Callable[[str], bool], remove: Callable[[str], Sequence[Action]]
    ) -> Unique:
        """Return how the engine keeps one resource called ``name`` when two runs create it at the same moment.

        Args:
            session: reads the list.
            name: the name.
            unused: returns whether nothing depends on the resource of this id yet.
            remove: returns the actions that delete the resource of this id.
        """
        return Unique(
            label=f"The {self.noun} {name!r}",
            identity=lambda answer: str(answer[self.identity]),
            find=lambda: self.twins(session, name),
            unused=unused,
            remove=remove,
            advice=f"Remove the one that is not wanted with {self.id_option} and state: absent.",
        )


LOAD_BALANCERS = Listing(
    noun="load balancer",
    operation="ListLoadBalancers",
    items="LoadBalancers",
    names="LoadBalancerNames",
    name="LoadBalancerName",
    identity="LoadBalancerId",
    status="LoadBalancerStatus",
    id_option="load_balancer_id",
)
SERVER_GROUPS = Listing(
    noun="server group",
    operation="ListServerGroups",
    items="ServerGroups",
    names="ServerGroupNames",
    name="ServerGroupName",
    identity="ServerGroupId",
    status="ServerGroupStatus",
    id_option="server_group_id",
)
ACLS = Listing(
    noun="access control list",
    operation="ListAcls",
    items="Acls",
    names="AclNames",
    name="AclName",
    identity="AclId",
    status="AclStatus",
    id_option="acl_id",
)
SECURITY_POLICIES = Listing(
    noun="TLS security policy",
    operation="ListSecurityPolicies",
    items="SecurityPolicies",
    names="SecurityPolicyNames",
    name="SecurityPolicyName",
    identity="SecurityPolicyId",
    status="SecurityPolicyStatus",
    id_option="security_policy_id",
)


def staying(items: list[T], is_deleting: Callable[[T], bool]) -> list[T]:
    """Return ``items`` without those that are being deleted; if all are, the first one."""
    return [item for item in items if not is_deleting(item)] or items[:1]


def is_deleting(resource: Object) -> bool:
    """Return whether a resource, in the user's vocabulary, is being deleted."""
    return resource.get("status") == "deleting"


def only_one(noun: str, name: str, id_option: str, identities: Iterable[str]) -> str | None:
    """Return the only id, None if there is none. Raises SeveralError: the user has to say which one is meant."""
    found = list(identities)
    if len(found) > 1:
        raise SeveralError(
            f"There are {len(found)} {noun}s called {name!r}: {', '.join(sorted(found))}.",
            f"Say which one is meant with {id_option}; with state: absent beside it that one is removed.",
        )
    return found[0] if found else None


def only_named(resource: Resource, candidates: Iterable[Object]) -> Object | None:
    """Return the only one of ``candidates`` with the name in the options, None if there is none.

    One that is being deleted counts only if there is no other. Raises SeveralError.
    """
    name = resource.params["name"]
    named = staying([item for item in candidates if item["name"] == name], is_deleting)
    only_one(resource.noun, name, resource.id_name, [item[resource.id_name] for item in named])
    return named[0] if named else None


def refuse_immutable(resource: Resource, found: Found, wanted: Object, immutable: tuple[str, ...]) -> None:
    """Raise RefusedError if ``wanted`` has another value than the resource for an option that cannot be changed."""
    current = found.object or {}
    for name in immutable:
        if wanted.get(name) is None or name not in current or KNOWN_AFTER_APPLY in (wanted[name], current[name]):
            continue
        if wanted[name] != current[name]:
            raise RefusedError(
                f"The {resource.noun} {current.get(resource.id_name)} has {name} {current[name]!r}, and that cannot be "
                "changed.",
                f"Leave {name} out or as it is, or remove the {resource.noun} with state=absent first.",
            )


def removed(resource: Resource, found: Found) -> Object:
    """Return the key ``removed`` of a result with state=absent: the ids that later tasks name in removed_before."""
    if resource.params["state"] != "absent":
        return {}
    return {"removed": [found.object[resource.id_name]] if found.object else []}
