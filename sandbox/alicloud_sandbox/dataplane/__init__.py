# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane: Nginx serves every listener of every load balancer on a loopback address.

The control plane uses :class:`DataPlane` alone. ``config`` turns a topology into text with the help of ``tls``,
``upstreams``, ``forwarding``, ``rules``, ``response_rules``, ``matching``, ``cors`` and ``quoting``, all of them pure;
``nginx`` owns the process, and ``health`` checks the servers by means of ``checks``.
"""

from . import assumptions as _assumptions  # noqa: F401  registers them
from .errors import DataPlaneError
from .plane import DataPlane

__all__ = ["DataPlane", "DataPlaneError"]
