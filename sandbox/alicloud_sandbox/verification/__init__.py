# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares assumptions with a real account: ``alicloud-sandbox verify-assumptions``.

``checks`` is the table of checks, ``client`` sends signed requests, ``credentials`` finds an access key, ``workshop``
creates resources and removes them again, ``runner`` runs checks and ``report`` shows their findings.
"""

from .checks import CHECKS
from .runner import run

__all__ = ["CHECKS", "run"]
