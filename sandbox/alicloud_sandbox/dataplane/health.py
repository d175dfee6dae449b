# SPDX-License-Identifier: GPL-3.0-or-later
"""Active health checks: one event loop in a thread of its own, one task per server that gets traffic.

The states and reason codes are those of GetListenerHealthStatus (ALB 2020-06-16).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import typing as t
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from ..topology import HealthCheck, Server, ServerGroup, ServerHealth, Topology
from .checks import CheckError, check
from .upstreams import ServerKey

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Target:
    """The server that a task checks, and how. A server whose target changes starts as Initial again."""

    group_id: str
    server: Server
    check: HealthCheck

    @property
    def key(self) -> ServerKey:
        return self.group_id, self.server.server_id, self.server.port


@dataclass
class _State:
    status: str = "Initial"
    reason: str = ""
    answered: str = ""  # the status of the last answer, where the reason is RESPONSE_MISMATCH
    streak: int = 0  # checks in a row whose outcome contradicts the status
    good: bool = False  # their outcome


class HealthMonitor:
    """Checks the servers of the topology last given to :meth:`watch`.

    ``changed`` is called, in a thread, after a server was taken out or came back; several changes may share one call.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._topology = Topology()
        self._states: dict[_Target, _State] = {}
        self._tasks: dict[_Target, asyncio.Task[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._flag = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="health-checks", daemon=True)
        self._thread.start()

    def watch(self, topology: Topology) -> None:
        """Starts checking the servers of ``topology``, new ones at once, and stops checking others."""
        self._call(self._watch(topology))

    def unhealthy(self) -> frozenset[ServerKey]:
        """Returns the servers that get no traffic."""
        return frozenset(target.key for target, state in list(self._states.items()) if state.status == "Unhealthy")

    def health(self) -> list[ServerHealth]:
        """Returns the health of every server in a group that a listener uses."""
        states = {target.key: state for target, state in list(self._states.items())}
        return [
            _describe(group, server, states.get((group.server_group_id, server.server_id, server.port)))
            for group in _used(self._topology)
            for server in group.servers
        ]

    def close(self) -> None:
        """Stops checking, and waits for a running call of ``changed``."""
        if self._thread.is_alive():
            self._call(self._stop())
            self._thread.join()

    # -- in the loop -----------------------------------------------------------------------------------------------

    def _call(self, coroutine: Coroutine[t.Any, t.Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._reporter = self._loop.create_task(self._report())
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _stop(self) -> None:
        tasks = [*self._tasks.values(), self._reporter]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop.call_soon(self._loop.stop)

    async def _watch(self, topology: Topology) -> None:
        self._topology = topology
        wanted = {
            _Target(group.server_group_id, server, group.health_check)
            for group in _used(topology)
            if group.health_check.enabled
            for server in group.servers
            if server.weight > 0
        }
        for target in self._tasks.keys() - wanted:
            self._tasks.pop(target).cancel()
            if self._states.pop(target).status == "Unhealthy":
                self._flag.set()  # with another health check, or without one, the server gets traffic again
        for target in wanted - self._tasks.keys():
            self._states[target] = _State()
            self._tasks[target] = self._loop.create_task(self._follow(target, self._states[target]))

    async def _follow(self, target: _Target, state: _State) -> None:
        while True:
            try:
                await check(target.server, target.check)
                reason, state.answered = "", ""
            except CheckError as error:
                reason, state.answered = str(error), error.answered
            before = state.status
            _count(state, target.check, reason)
            if "Unhealthy" in (before, state.status) and before != state.status:
                _log.info("server %s of %s is %s %s", target.server.server_id, target.group_id, state.status, reason)
                self._flag.set()
            await asyncio.sleep(target.check.interval)

    async def _report(self) -> None:
        while True:
            await self._flag.wait()
            self._flag.clear()
            try:
                await asyncio.to_thread(self._changed)
            except Exception:
                _log.exception("the data plane did not take a change of health")


def _used(topology: Topology) -> list[ServerGroup]:
    listeners = (listener for balancer in topology.load_balancers for listener in balancer.listeners)
    used = {identifier for listener in listeners for identifier in listener.server_group_ids}
    return [group for group in topology.server_groups if group.server_group_id in used]


def _describe(group: ServerGroup, server: Server, state: _State | None) -> ServerHealth:
    if server.weight == 0:
        status, reason = "Unused", ""
    elif not group.health_check.enabled:
        status, reason = "Unavailable", ""
    else:
        status, reason = (state.status, state.reason) if state else ("Initial", "")
    answered = state.answered if state and reason == "RESPONSE_MISMATCH" else ""
    return ServerHealth(group.server_group_id, server.server_id, server.port, status, reason, answered)


def _count(state: _State, check: HealthCheck, reason: str) -> None:
    """Counts a check. The thresholds are numbers of checks in a row, also for a new server."""
    good = not reason
    if state.status != "Initial" and good == (state.status == "Normal"):
        state.streak = 0
        state.reason = reason
        return
    state.streak = state.streak + 1 if good == state.good else 1
    state.good = good
    if good and state.streak >= check.healthy_threshold:
        state.status, state.reason, state.streak = "Normal", "", 0
    elif not good and state.streak >= check.unhealthy_threshold:
        state.status, state.reason, state.streak = "Unhealthy", reason, 0
