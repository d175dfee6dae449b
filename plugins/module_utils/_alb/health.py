# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of the servers behind listeners (GetListenerHealthStatus). This module is PRIVATE to the collection.

ALB names the servers that are not well, and a group once for every listener and rule that forwards to it: what one of
them says of a server does not undo what another says.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.session import Session
from .._core.values import STATE, Field, Fields, Object, decode
from . import queries

_UNHEALTHY: Fields = (Field("status", "Status", STATE), Field("reason", "Reason.ReasonCode"))

# From the worst to the best; what is not here comes first. Unknown is what nobody asked about.
_STATES = ("unavailable", "unhealthy", "initial", "unused", "unknown", "unchecked", "healthy")


def badness(status: str) -> int:
    """Sorts the worst first."""
    return _STATES.index(status) if status in _STATES else -1


class Health:
    """What listeners say of the servers behind them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._servers: dict[tuple[str, str, int], Object] = {}
        self._checked: dict[str, bool] = {}

    def ask(self, listener: str) -> list[str]:
        """Ask a listener; returns the server groups that it and its rules forward to."""
        return list(dict.fromkeys(self._take(info) for info in queries.group_infos(self._session, listener)))

    def _take(self, info: Mapping[str, t.Any]) -> str:
        group = str(info["ServerGroupId"])
        checked = str(info.get("HealthCheckEnabled") or "").lower() in ("on", "true")
        self._checked[group] = checked or self._checked.get(group, False)
        for server in info.get("NonNormalServers") or []:
            place = (group, str(server["ServerId"]), int(server.get("Port") or 0))
            told = [decode(_UNHEALTHY, server), *([self._servers[place]] if place in self._servers else [])]
            self._servers[place] = min(told, key=lambda each: badness(each["status"]))
        return group

    def checked(self, group: str) -> bool:
        """Whether the health of the group's servers is checked."""
        return self._checked.get(group, False)

    def of(self, group: str, server: str, port: int | None) -> Object:
        """The ``status`` of a server, and the ``reason`` if it is not well."""
        usual = {True: "healthy", False: "unchecked", None: "unknown"}[self._checked.get(group)]
        return self._servers.get((group, server, int(port or 0)), {"status": usual, "reason": None})
