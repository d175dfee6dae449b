# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of certificates, keys and CRLs. Private to this collection."""

from __future__ import annotations

from .._core.errors import ModuleError


class CertificateError(ModuleError):
    """Ends a module of the certificate engine, or the work on one client of many.

    ``code`` is always given: a stable word for programs, such as ``ca_missing``.
    """

    def __str__(self) -> str:
        """Return message and hint, as a user reads them."""
        return str(self.report()["msg"])


class UnreadableError(Exception):
    """Content that cannot be parsed. The text gives the reason as a clause that follows a colon ("it is …")."""
