# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a probe before it can begin. Private to this collection."""

from __future__ import annotations


class ProbeError(Exception):
    """The user has something to do: the message says what."""
