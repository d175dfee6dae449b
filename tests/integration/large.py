# SPDX-License-Identifier: GPL-3.0-or-later
"""An account near the limits: 100 load balancers with 50 listeners each, five server groups with 1,000 servers each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alicloud_sandbox.store import Store
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget
from ansible_collections.alicloud.mtls.plugins.module_utils._core.session import Session

from sandbox.tests.support import ACCOUNT, Sdk, forward
from tests.unit.fakes.options import defaults
from tools.parameters import options_of

BALANCERS, LISTENERS, GROUPS, SERVERS = 100, 50, 5, 1000


@contextmanager
def large_account() -> Iterator[Sandbox]:
    """Made in the file of the stopped sandbox, out of what the SDK has made one of each."""
    with Sandbox() as box:
        box.seed(**ACCOUNT)
        box.delays(default=0)
        sdk = Sdk(box)
        balancer, group = sdk.balancer(), sdk.group()
        sdk.listener(balancer, group)
        sdk.write(
            "AddServersToServerGroup",
            ServerGroupId=group,
            Servers=[{"ServerId": "i-1", "ServerType": "Ecs", "Port": 443}],
        )
        box.stop()
        store = Store(box.state_dir / "state.sqlite")
        with store.transaction():
            _multiply(store)
        store.close()
        box.start()
        yield box


def _multiply(store: Store) -> None:
    balancer, group, listener = (store.all(kind)[0] for kind in ("loadbalancer", "servergroup", "listener"))
    store.delete("loadbalancer", balancer["LoadBalancerId"])
    store.delete("servergroup", group["ServerGroupId"])
    store.delete("listener", listener["ListenerId"])
    for number in range(GROUPS):
        servers = [{**group["_servers"][0], "ServerId": f"i-{number}-{each}"} for each in range(SERVERS)]
        names = {"ServerGroupId": f"sgp-{number}", "ServerGroupName": f"group-{number}"}
        store.put("servergroup", names["ServerGroupId"], {**group, **names, "_servers": servers}, served=True)
    for number in range(BALANCERS):
        names = {"LoadBalancerId": f"alb-{number}", "LoadBalancerName": f"balancer-{number}"}
        store.put("loadbalancer", names["LoadBalancerId"], {**balancer, **names}, served=True)
        for port in range(1, LISTENERS + 1):
            identity = f"lsn-{number}-{port}"
            place = {"ListenerId": identity, "LoadBalancerId": f"alb-{number}", "ListenerPort": port}
            there = {**listener, **place, "DefaultActions": forward(f"sgp-{number % GROUPS}")}
            store.put("listener", identity, there, served=True)


def session_of(box: Sandbox) -> Session:
    """What a module has of the cloud."""
    keys = {"access_key_id": box.access_key_id, "access_key_secret": box.access_key_secret}
    budget = Budget(120)
    return Session(Cloud({"endpoint": box.endpoint, **keys}, budget), budget)


def asked(module: str, **options: Any) -> dict[str, Any]:
    """All options of a module, those that are not given with their defaults."""
    return {**defaults(options_of(module)), **options}
