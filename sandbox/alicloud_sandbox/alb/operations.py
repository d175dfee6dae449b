# SPDX-License-Identifier: GPL-3.0-or-later
"""ALB 2020-06-16: the table of operations, and how the jobs of its resources end."""

from __future__ import annotations

from .. import kinds
from ..jobs import Lifecycle
from ..product import Product
from ..store import Doc, Store
from . import (
    acls,
    health,
    health_check_templates,
    jobs,
    listeners,
    load_balancers,
    rules,
    scripts,
    security_policies,
    server_groups,
    tags,
)
from .errors import ERRORS

_RESOURCES = (
    *(load_balancers, server_groups, health_check_templates, listeners, scripts, health, rules, security_policies),
    *(acls, tags, jobs),
)
PRODUCT = Product(
    "Alb",
    "2020-06-16",
    {name: operation for resource in _RESOURCES for name, operation in resource.OPERATIONS.items()},
    ERRORS,
)


# What is deleted with its listener: kind, and name of the id.
_OF_LISTENERS = ((kinds.RULE, "Rule"), (kinds.ASCRIPT, "AScript"))


def _of_load_balancer(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [
        (kind, item[f"{name}Id"])
        for kind, name in ((kinds.LISTENER, "Listener"), *_OF_LISTENERS)
        for item in store.all(kind, LoadBalancerId=doc["LoadBalancerId"])
    ]


def _of_listener(store: Store, doc: Doc) -> list[tuple[str, str]]:
    return [
        (kind, item[f"{name}Id"])
        for kind, name in _OF_LISTENERS
        for item in store.all(kind, ListenerId=doc["ListenerId"])
    ]


def _finish_listener(doc: Doc) -> None:
    listeners.finish(doc)
    acls.finish_listener(doc)


LIFECYCLES = {
    kinds.ACL: Lifecycle("AclStatus", acls.finish),
    kinds.LOAD_BALANCER: Lifecycle(
        "LoadBalancerStatus", load_balancers.finish, _of_load_balancer, load_balancers.CREATE_FAILED
    ),
    kinds.SERVER_GROUP: Lifecycle("ServerGroupStatus", server_groups.finish),
    kinds.LISTENER: Lifecycle("ListenerStatus", _finish_listener, _of_listener),
    kinds.RULE: Lifecycle("RuleStatus"),
    kinds.ASCRIPT: Lifecycle("AScriptStatus"),
    kinds.SECURITY_POLICY: Lifecycle("SecurityPolicyStatus"),
}
