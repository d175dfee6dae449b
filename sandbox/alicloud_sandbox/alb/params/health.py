# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on health checks."""

from __future__ import annotations

from ...schema import flag, integer, line
from .common import LISTENER_ID, Schema

HEALTH_STATUS: Schema = {
    **LISTENER_ID,
    "IncludeRule": flag(),
    "MaxResults": integer(1, 30),
    "NextToken": line(),
}
