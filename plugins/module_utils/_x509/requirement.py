# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package cryptography, which everything about certificates needs. Private to this collection.

Modules have to be importable without it, for their documentation: they call ``check_cryptography`` first and import
what needs the package afterwards.
"""

from __future__ import annotations

import sys

from .._core.errors import ModuleError

# The first version whose times have a time zone (x509.Certificate.not_valid_after_utc).
MINIMUM = 42


def check_cryptography() -> None:
    """Raise ModuleError (``package_missing``) unless this interpreter can import the package in a fit version."""
    try:
        import cryptography
        import cryptography.x509
    except ImportError as error:
        raise _missing(f"is missing or broken ({error})") from None
    if int(cryptography.__version__.partition(".")[0]) < MINIMUM:
        raise _missing(f"has the version {cryptography.__version__}")


def _missing(fault: str) -> ModuleError:
    package = f"cryptography>={MINIMUM}"
    return ModuleError(
        f"The Python package cryptography {fault} for {sys.executable}; version {MINIMUM} or newer is needed.",
        f"Install it there: {sys.executable} -m pip install '{package}'. If another interpreter has it, set"
        " ansible_python_interpreter.",
        "package_missing",
    )
