# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox as a server: CPU time of a signed call, growth of an account, and a restart.

A bare Starlette application under the same server answers a fixed text: the floor of a call.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alicloud_sandbox.signature import sign
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, BALANCER, GROUP, computing, flat, listener_params, wait_until
from sandbox.tests.test_gateway import days_ago
from tests.bench.figures import line, seconds
from tests.witnesses.processes import Killable, wait_for
from tests.witnesses.servers import listens

ROUNDS, CALLS = 20, 100
BALANCERS, LISTENERS = 100, 50
BARE = """
import sys, uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
async def application(scope, receive, send):
    await Request(scope, receive).body()
    await JSONResponse({"RequestId": "x", "TotalCount": 0})(scope, receive, send)
uvicorn.run(application, port=int(sys.argv[1]), lifespan="off", log_level="error", access_log=False)
"""


class Caller:
    """Signed calls over one connection that is kept open."""

    def __init__(self, endpoint: str) -> None:
        self._connection = http.client.HTTPConnection(endpoint, timeout=120)
        self._endpoint = endpoint
        self._number = 0

    def __call__(self, action: str, **params: Any) -> bytes:
        """Calls an operation of ALB. Raises SystemExit for a refusal."""
        self._number += 1
        headers = {
            "host": self._endpoint,
            "x-acs-action": action,
            "x-acs-version": "2020-06-16",
            "x-acs-date": days_ago(0),
            "x-acs-signature-nonce": f"{id(self)}-{time.time_ns()}-{self._number}",
        }
        query = "&".join(f"{name}={value}" for name, value in sorted(flat(params).items()))
        signed = sign(query=query, headers=headers, body=b"", key="sandbox", secret="sandbox")
        self._connection.request("POST", f"/?{query}", b"", signed)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise SystemExit(body.decode())
        return body


@contextmanager
def bare() -> Iterator[tuple[str, int]]:
    """Runs the floor; yields its endpoint and process."""
    port = free_port()
    process: Killable[bytes] = Killable([sys.executable, "-c", BARE, str(port)])
    try:
        assert wait_for(lambda: listens("127.0.0.1", port), process), "the bare application has ended"
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.kill()


def spent(process: int, action: Callable[[], object]) -> float:
    """Returns the CPU seconds that a process spends during an action."""
    before = computing(process)
    action()
    return computing(process) - before


def calls() -> None:
    """Prints the CPU time of a signed call as a ratio, and the calls per second over one connection."""
    with Sandbox() as box, bare() as (endpoint, process):
        ours, floor = Caller(box.endpoint), Caller(endpoint)

        def some(caller: Caller) -> None:
            for _number in range(CALLS):
                caller("ListLoadBalancers")

        def both() -> None:
            some(ours)
            some(floor)

        both()  # to warm up
        before = computing(box.pid), computing(process)
        for _round in range(ROUNDS):  # in turns, so that other work on the machine slows both down
            both()
        count = ROUNDS * CALLS
        used, least = computing(box.pid) - before[0], computing(process) - before[1]
        rate = CALLS / seconds(lambda: some(ours))
    floor_text = f"a bare application: {least / count * 1000:.2f} ms"
    line("CPU time of a signed call", f"{used / count * 1000:.2f} ms", floor_text, used / least, 3.0)
    print(f"signed calls per second over one connection: {rate:.0f}", flush=True)


def growth() -> None:
    """Prints how the CPU time of creating listeners grows, and how long the restart of the whole account takes."""
    with Sandbox(delay=0) as box:
        box.seed(**ACCOUNT)
        call = Caller(box.endpoint)
        group = _id(call("CreateServerGroup", **GROUP), "ServerGroupId")
        balancers = [_id(call("CreateLoadBalancer", **BALANCER), "LoadBalancerId") for _number in range(BALANCERS)]
        wait_until(lambda: not box.health()["jobs_processing"], "load balancers")

        def create(some: list[str]) -> None:
            for balancer in some:
                for port in range(1000, 1000 + LISTENERS):
                    call("CreateListener", **listener_params(balancer, group, ListenerPort=port))
            wait_until(lambda: not box.health()["jobs_processing"], "listeners")

        first = spent(box.pid, lambda: create(balancers[:20]))
        rest = spent(box.pid, lambda: create(balancers[20:]))
        count = BALANCERS * LISTENERS
        line(
            f"CPU time of creating {count:,} listeners",
            f"{first + rest:.1f} s",
            f"the first {count // 5:,}: {first:.1f} s",
            (first + rest) / first,
            6.0,
        )
        box.stop()
        print(f"restart with {count:,} listeners: {seconds(box.start):.2f} s  (bar: 2)", flush=True)
        box.stop()
        restarts(box.state_dir, count)


def restarts(state_dir: Path, count: int) -> None:
    """Prints how long restarts with Nginx take: one that starts it, and one that takes it over."""
    with Sandbox(data_plane="nginx", delay=0, state_dir=state_dir) as box:
        for end, text in ((box.stop, "Nginx is started"), (box.kill9, "Nginx is taken over, after kill -9")):
            end()
            took = seconds(box.start)
            print(
                f"restart with {count:,} listeners, {text}: {took:.2f} s  (bar: 2; "
                f"CPU time of the sandbox and of what it ran: {computing(box.pid, children=True):.2f} s)",
                flush=True,
            )


def _id(body: bytes, name: str) -> str:
    return body.decode().partition(f'"{name}":"')[2].partition('"')[0]


def main() -> None:
    calls()
    growth()


if __name__ == "__main__":
    main()
