# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on health checks."""

from __future__ import annotations

from .messages import Documented

DOCUMENTED: Documented = {
    "GetListenerHealthStatus": {
        404: ("ResourceNotFound.Listener", "ResourceNotFound.LoadBalancer"),
    },
}
