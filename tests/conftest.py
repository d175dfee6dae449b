# SPDX-License-Identifier: GPL-3.0-or-later
"""Property tests: no deadline on a busy machine, and in continuous integration the same examples each time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("suite", max_examples=40, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")
