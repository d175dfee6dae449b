# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of uploads, which say what was uploaded. Pure. This module is PRIVATE to the collection."""

from __future__ import annotations

import re


def digest_name(name: str, fingerprint: str) -> str:
    """The name of an upload."""
    return f"{name}-{fingerprint[:8]}"


def is_upload_of(name: str, upload: str) -> bool:
    """Whether ``upload`` is a name that :func:`digest_name` gives for ``name``."""
    return re.fullmatch(re.escape(name) + "-[0-9a-f]{8}", upload) is not None
