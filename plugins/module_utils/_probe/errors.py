# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that ends a probe before its first connection. Private to this collection."""

from __future__ import annotations

from .._core.errors import ModuleError


class ProbeError(ModuleError):
    """Raised when an option has an unusable value, or a file cannot be used."""
