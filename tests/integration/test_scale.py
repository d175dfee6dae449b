# SPDX-License-Identifier: GPL-3.0-or-later
"""5,000 listeners and 5,000 servers: everything is found, once, with as few requests as pages need."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from alicloud_sandbox.store import Store
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import information, inventory
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.session import Session

from sandbox.tests.support import computing
from tests.integration.large import BALANCERS, GROUPS, LISTENERS, SERVERS, asked, large_account, session_of


@pytest.fixture(scope="module")
def big() -> Iterator[Sandbox]:
    with large_account() as box:
        yield box


@pytest.fixture
def session(big: Sandbox) -> Session:
    big.clear_requests()
    return session_of(big)


def calls(box: Sandbox) -> Counter[str]:
    return Counter(request["action"] for request in box.requests())


def test_every_listener(big: Sandbox, session: Session) -> None:
    found = information.listeners(session, asked("alb_listener_info", details=False, health=False))["listeners"]
    assert len({listener["listener_id"] for listener in found}) == len(found) == BALANCERS * LISTENERS
    assert calls(big) == {"ListListeners": 50}


def test_listeners_of_more_load_balancers_than_a_request_takes(big: Sandbox, session: Session) -> None:
    wanted = [f"alb-{number}" for number in range(45)]
    options = asked("alb_listener_info", load_balancer_ids=wanted, details=False, health=False)
    found = information.listeners(session, options)["listeners"]
    assert Counter(listener["load_balancer_id"] for listener in found) == dict.fromkeys(wanted, LISTENERS)
    # 20, 20 and 5 load balancers
    assert calls(big) == {"ListListeners": 10 + 10 + 3}


def test_every_server_and_the_load_balancers_before_it(big: Sandbox, session: Session) -> None:
    groups = information.server_groups(session, asked("alb_server_group_info", servers=True))["server_groups"]
    assert len({server["server_id"] for group in groups for server in group["servers"]}) == GROUPS * SERVERS
    for group in groups:
        number = int(group["server_group_id"].removeprefix("sgp-"))
        assert sorted(group["load_balancer_ids"]) == sorted(f"alb-{each}" for each in range(number, BALANCERS, GROUPS))
    assert calls(big) == {"ListServerGroups": 1, "ListServerGroupServers": GROUPS}


def test_inventory(big: Sandbox, session: Session) -> None:
    found = inventory.servers(session, inventory.Selection(health=False))
    assert len({server["server_id"] for server in found}) == GROUPS * SERVERS
    assert calls(big) == {"ListLoadBalancers": 1, "ListServerGroups": 1, "ListServerGroupServers": GROUPS}


@pytest.mark.parametrize("named", [{"name": "group-3"}, {"server_group_id": "sgp-3"}])
def test_a_server_group_that_is_as_wanted(big: Sandbox, session: Session, named: dict[str, str]) -> None:
    unset = {"description": None, "address": None}
    servers = [{**unset, "server_id": f"i-3-{each}", "port": 443, "weight": 100} for each in range(SERVERS)]
    options = asked("alb_server_group", servers=servers, purge_servers=True, state="present", **named)
    outcome = Engine(ServerGroup(options, session), session).run("present")
    assert not outcome.changed
    assert len(outcome.after["servers"]) == SERVERS
    assert calls(big) == {"ListServerGroups": 1, "ListServerGroupServers": 1}


def test_one_more_and_one_less(big: Sandbox, session: Session) -> None:
    servers = [{"server_id": f"i-2-{each}", "port": 443, "weight": 100} for each in range(1, SERVERS)]
    servers.append({"server_id": "i-2", "port": 443, "weight": 100})
    options = asked("alb_server_group", name="group-2", servers=servers, purge_servers=True, state="present")
    outcome = Engine(ServerGroup(options, session), session).run("present", check=True)
    assert outcome.actions == ["add_servers_to_server_group", "remove_servers_from_server_group"]


def test_server_groups_do_not_cost_by_the_listener(big: Sandbox, session: Session) -> None:
    """What it takes to say who uses five groups, against the floor of reading every listener once."""
    store = Store(big.state_dir / "state.sqlite")
    floors, taken = [], []
    for _repeat in range(5):
        start = time.process_time()
        assert len(store.all("listener")) == BALANCERS * LISTENERS
        floors.append(time.process_time() - start)
        start = computing(big.pid)
        session.read("alb", "ListServerGroups", MaxResults=100)
        taken.append(computing(big.pid) - start)
    store.close()
    # Of computing: what a busy machine does meanwhile does not count.
    assert sum(taken) < 3 * sum(floors)
