# SPDX-License-Identifier: GPL-3.0-or-later
"""Large accounts: what the modules do, beside a loop over the pages with the official SDK alone."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.alicloud.mtls.plugins.module_utils._alb import information, inventory
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.products import PRODUCTS

from sandbox.tests.support import Sdk
from tests.bench.figures import line, seconds
from tests.integration.large import BALANCERS, GROUPS, LISTENERS, SERVERS, asked, large_account, session_of

REPEATS = 5


def pages(sdk: Sdk, operation: str, **params: Any) -> Iterator[dict[str, Any]]:
    """The plain loop."""
    params["MaxResults"] = PRODUCTS["alb"].page_size(operation)
    while True:
        page = sdk.plain("alb", operation, **params)
        yield page
        if not page.get("NextToken"):
            return
        params["NextToken"] = page["NextToken"]


def main() -> None:
    with large_account() as box:
        sdk, session = Sdk(box), session_of(box)

        def listeners() -> int:
            options = asked("alb_listener_info", details=False, health=False)
            return len(information.listeners(session, options)["listeners"])

        def servers() -> int:
            return len(inventory.servers(session, inventory.Selection(health=False)))

        def members() -> int:
            wanted = [{"server_id": f"i-3-{each}", "port": 443, "weight": 100} for each in range(SERVERS)]
            options = asked("alb_server_group", name="group-3", servers=wanted, purge_servers=True, state="present")
            outcome = Engine(ServerGroup(options, session), session).run("present")
            return 0 if outcome.changed else len(outcome.after["servers"])

        def listed(operation: str, field: str, **params: Any) -> list[dict[str, Any]]:
            return [each for page in pages(sdk, operation, **params) for each in page.get(field) or []]

        def all_servers() -> int:
            listed("ListLoadBalancers", "LoadBalancers")
            groups = [each["ServerGroupId"] for each in listed("ListServerGroups", "ServerGroups")]
            return sum(len(listed("ListServerGroupServers", "Servers", ServerGroupId=each)) for each in groups)

        def one_group() -> int:
            listed("ListServerGroups", "ServerGroups", ServerGroupNames=["group-3"])
            return len(listed("ListServerGroupServers", "Servers", ServerGroupId="sgp-3"))

        def all_listeners() -> int:
            return len(listed("ListListeners", "Listeners"))

        every, hosts = BALANCERS * LISTENERS, GROUPS * SERVERS
        rows: list[tuple[str, Callable[[], int], Callable[[], int], int, float]] = [
            (f"{every:,} listeners (alb_listener_info)", listeners, all_listeners, every, 1.5),
            # Hosts are made of them, which the SDK alone does not.
            (f"{hosts:,} servers (inventory)", servers, all_servers, hosts, 3.0),
            (f"a group of {SERVERS:,} servers, no change", members, one_group, SERVERS, 1.5),
        ]
        for what, ours, plain, count, limit in rows:
            for action in (ours, plain):
                if (found := action()) != count:
                    raise SystemExit(f"{what}: {found} instead of {count}")
            measured, floor = (
                statistics.median(seconds(action) for _repeat in range(REPEATS)) for action in (ours, plain)
            )
            line(what, f"{measured:.2f} s", f"the SDK alone, page by page {floor:.2f} s", measured / floor, limit)


if __name__ == "__main__":
    main()
