# SPDX-License-Identifier: GPL-3.0-or-later
"""ALB 2020-06-16: the table of operations, and how the jobs of its resources end."""

from __future__ import annotations

from .. import kinds
from ..jobs import Lifecycle
from ..product import Product
from ..store import Doc, Store
from . import acls, health, jobs, listeners, load_balancers, rules, security_policies, server_groups, tags
from .errors import ERRORS

PRODUCT = Product(
    "Alb",
    "2020-06-16",
    {
        name: operation
        for resource in (load_balancers, server_groups, listeners, health, rules, security_policies, acls, tags, jobs)
        for name, operation in resource.OPERATIONS.items()
    },
    ERRORS,
)


def _of_load_balancer(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [
        (kind, item[f"{name}Id"])
        for kind, name in ((kinds.LISTENER, "Listener"), (kinds.RULE, "Rule"))
        for item in store.all(kind, LoadBalancerId=doc["LoadBalancerId"])
    ]


def _of_listener(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [(kinds.RULE, item["RuleId"]) for item in rules.of_listener(store, doc["ListenerId"])]


def _finish_listener(doc: Doc) -> None:
    listeners.finish(doc)
    acls.finish_listener(doc)


LIFECYCLES = {
    kinds.ACL: Lifecycle("AclStatus", acls.finish),
    kinds.LOAD_BALANCER: Lifecycle(
        "LoadBalancerStatus", dependants=_of_load_balancer, create_failed=load_balancers.CREATE_FAILED
    ),
    kinds.SERVER_GROUP: Lifecycle("ServerGroupStatus", server_groups.finish),
    kinds.LISTENER: Lifecycle("ListenerStatus", _finish_listener, _of_listener),
    kinds.RULE: Lifecycle("RuleStatus"),
    kinds.SECURITY_POLICY: Lifecycle("SecurityPolicyStatus"),
}
