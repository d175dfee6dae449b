# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane: every listener of every load balancer, really there on a loopback address, served by Nginx.

:class:`DataPlane` is all the control plane needs. ``config`` turns a topology into text (pure; so are ``tls``,
``upstreams``, ``conditions``, ``actions``, ``replies``, ``locations`` and ``quoting``), ``nginx`` owns the process,
``health`` asks the servers how they are, by way of ``checks``.
"""

from . import assumptions as _assumptions  # noqa: F401  registers them
from .errors import DataPlaneError
from .plane import DataPlane

__all__ = ["DataPlane", "DataPlaneError"]
