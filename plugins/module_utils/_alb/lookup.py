# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources by their names, which ALB does not keep unique. This module is PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .._core.action import Action, Twin, Unique
from .._core.client import Params
from .._core.errors import RefusedError, SeveralError
from .._core.resource import Found, Resource
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object

T = TypeVar("T")

# States that pass by themselves (documented per operation, e.g. GetLoadBalancerAttribute).
PASSING = frozenset({"provisioning", "configuring", "creating", "deleting", "starting", "stopping"})


@dataclass(frozen=True)
class Listing:
    """The list operation of a kind of resource, and the names that it has for name, id and state."""

    noun: str
    operation: str
    items: str
    names: str  # the filter
    name: str
    identity: str
    status: str
    id_option: str  # of the module

    def twins(self, session: Session, name: str) -> list[Twin]:
        """Return all resources called ``name``, without those that are being deleted."""
        return [
            Twin(str(item.get("CreateTime") or ""), item[self.identity], self._state(item) not in PASSING)
            for item in self._called(session, name)
            if not self._is_leaving(item)
        ]

    def identities(self, session: Session, name: str) -> list[str]:
        """Return the ids of the resources called ``name``; one that is being deleted counts when there is no other."""
        items = self._called(session, name)
        return [item[self.identity] for item in staying(items, self._is_leaving)]

    def _called(self, session: Session, name: str) -> list[Params]:
        found = session.pages("alb", self.operation, self.items, **{self.names: [name]})
        return [item for item in found if item.get(self.name) == name]

    def _state(self, item: Params) -> str:
        return str(item.get(self.status) or "").lower()

    def _is_leaving(self, item: Params) -> bool:
        return self._state(item) == "deleting"

    def unique(
        self, session: Session, name: str, unused: Callable[[str], bool], remove: Callable[[str], Sequence[Action]]
    ) -> Unique:
        """Return how one resource called ``name`` is kept, although two runs may create it at the same moment."""
        return Unique(
            label=f"The {self.noun} {name!r}",
            identity=lambda answer: str(answer[self.identity]),
            find=lambda: self.twins(session, name),
            unused=unused,
            remove=remove,
            advice=f"Remove the one that is not wanted with {self.id_option} and state: absent.",
        )


def staying(items: list[T], is_leaving: Callable[[T], bool]) -> list[T]:
    """Return ``items`` without those that are being deleted; when all are, one of them."""
    return [item for item in items if not is_leaving(item)] or items[:1]


def is_leaving(resource: Object) -> bool:
    """Return whether a resource, in the user's vocabulary, is being deleted."""
    return resource.get("status") == "deleting"


LOAD_BALANCERS = Listing(
    "load balancer",
    "ListLoadBalancers",
    "LoadBalancers",
    "LoadBalancerNames",
    "LoadBalancerName",
    "LoadBalancerId",
    "LoadBalancerStatus",
    "load_balancer_id",
)
SERVER_GROUPS = Listing(
    "server group",
    "ListServerGroups",
    "ServerGroups",
    "ServerGroupNames",
    "ServerGroupName",
    "ServerGroupId",
    "ServerGroupStatus",
    "server_group_id",
)
ACLS = Listing("access control list", "ListAcls", "Acls", "AclNames", "AclName", "AclId", "AclStatus", "acl_id")
SECURITY_POLICIES = Listing(
    "TLS security policy",
    "ListSecurityPolicies",
    "SecurityPolicies",
    "SecurityPolicyNames",
    "SecurityPolicyName",
    "SecurityPolicyId",
    "SecurityPolicyStatus",
    "security_policy_id",
)


def only_one(noun: str, name: str, id_option: str, identities: list[str]) -> str | None:
    """The only id, or ``None``; two resources of one name are the user's to tell apart."""
    if len(identities) > 1:
        raise SeveralError(
            f"There are {len(identities)} {noun}s called {name!r}: {', '.join(sorted(identities))}.",
            f"Say which one is meant with {id_option}; with state: absent beside it that one is removed.",
        )
    return identities[0] if identities else None


def refuse_immutable(noun: str, found: Found, wanted: Object, fixed: tuple[str, ...], id_name: str) -> None:
    """Raise if ``wanted`` has another value for one of the options that are ``fixed`` once the resource is there."""
    current = found.object or {}
    for name in fixed:
        if wanted.get(name) is None or name not in current or KNOWN_AFTER_APPLY in (wanted[name], current[name]):
            continue
        if wanted[name] != current[name]:
            raise RefusedError(
                f"The {noun} {current.get(id_name)} has {name} {current[name]!r}, and that cannot be changed.",
                f"Leave {name} out or as it is, or remove the {noun} with state=absent first.",
            )


def removed(resource: Resource, found: Found) -> Object:
    """Return what a module with state=absent tells of the resource: the ids that later tasks name in removed_before."""
    if resource.params["state"] != "absent":
        return {}
    return {"removed": [found.object[resource.id_name]] if found.object else []}


def not_found(noun: str, identity: str, id_option: str) -> RefusedError:
    return RefusedError(
        f"There is no {noun} {identity}.",
        f"Check {id_option} and region; a new {noun} is made by its name.",
    )
