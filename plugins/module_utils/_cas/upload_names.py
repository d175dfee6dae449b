# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of uploads. Pure. Private to this collection.

The store cannot change a certificate, and does not return the content of one. So the name of an upload tells it, by the
first digits of the fingerprint.
"""

from __future__ import annotations

import re


def digest_name(name: str, fingerprint: str) -> str:
    """Return the name under which a certificate is uploaded: ``<name>-<first 8 digits of the SHA-256 fingerprint>``."""
    return f"{name}-{fingerprint[:8]}"


def uploaded_name(upload: str, fingerprint: str | None) -> str | None:
    """Return the name under which a certificate was uploaded by :func:`digest_name`, None if it was not.

    An upload of another program may be called ``shop-20261126``: only the fingerprint tells the two apart.
    """
    name, hyphen, digits = upload.rpartition("-")
    return name if hyphen and name and fingerprint and digits == fingerprint[:8] else None


def may_be_upload_of(name: str, upload: str) -> bool:
    """Return whether ``upload`` has the form of a name that :func:`digest_name` gives for ``name``."""
    return re.fullmatch(re.escape(name) + "-[0-9a-f]{8}", upload) is not None
