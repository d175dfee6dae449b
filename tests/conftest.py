# SPDX-License-Identifier: GPL-3.0-or-later
"""Property tests: nothing depends on how fast a machine is; the same examples each time, unless EXPLORE is set."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    max_examples=40,
    deadline=None,
    derandomize="EXPLORE" not in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")
