# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of the servers behind listeners (GetListenerHealthStatus). Private to this collection.

ALB names the servers that are not healthy, and a group once for every listener and rule that forwards to it. If these
differ about a server, the worst state counts.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.session import Session
from .._core.values import STATE, Field, Fields, Object, decode
from . import queries

_UNHEALTHY: Fields = (Field("status", "Status", STATE), Field("reason", "Reason.ReasonCode"))

# From the worst to the best. Other states are worse; a server whose health was not read is unknown.
_STATES = ("unavailable", "unhealthy", "initial", "unused", "unknown", "unchecked", "healthy")


def rank(status: str) -> int:
    """Return a number by which states sort from the worst to the best."""
    return _STATES.index(status) if status in _STATES else -1


class Health:
    """The health of servers, as listeners report it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._servers: dict[tuple[str, str, int], Object] = {}
        self._checked: dict[str, bool] = {}

    def read(self, listener: str) -> list[str]:
        """Read the health from a listener; return the server groups that it and its rules forward to."""
        infos = queries.server_group_health(self._session, listener)
        return list(dict.fromkeys(self._add(info) for info in infos))

    def _add(self, info: Mapping[str, t.Any]) -> str:
        group = str(info["ServerGroupId"])
        checked = str(info.get("HealthCheckEnabled") or "").lower() in ("on", "true")
        self._checked[group] = checked or self._checked.get(group, False)
        for server in info.get("NonNormalServers") or []:
            place = (group, str(server["ServerId"]), int(server.get("Port") or 0))
            reports = [decode(_UNHEALTHY, server), *([self._servers[place]] if place in self._servers else [])]
            self._servers[place] = min(reports, key=lambda report: rank(report["status"]))
        return group

    def is_checked(self, group: str) -> bool:
        """Return whether the health of the servers in a group is checked."""
        return self._checked.get(group, False)

    def of(self, group: str, server: str, port: int | None) -> Object:
        """Return the ``status`` of a server, and the ``reason`` if it is not healthy, else None."""
        usual = {True: "healthy", False: "unchecked", None: "unknown"}[self._checked.get(group)]
        return self._servers.get((group, server, int(port or 0)), {"status": usual, "reason": None})
