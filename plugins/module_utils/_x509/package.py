# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The package cryptography: imported here, for everything about certificates, and checked for.

Without it every file can still be imported, as argument specifications and ansible-test sanity require, but nothing can
be done. A module calls ``check`` first. Private to this collection.
"""

from __future__ import annotations

import sys
import typing as t

from .._core.errors import ModuleError

__all__ = ["check", "ec", "ed25519", "exceptions", "hashes", "pkcs12", "rsa", "serialization", "x509"]

# The first version whose times have a time zone (x509.Certificate.not_valid_after_utc).
MINIMUM = 42


def check() -> None:
    """Raise ModuleError (``package_missing``) unless this interpreter can import the package in a fit version."""
    try:
        import cryptography
        import cryptography.x509
    except ImportError as error:
        raise _missing(f"is missing or broken ({error})") from None
    if int(cryptography.__version__.partition(".")[0]) < MINIMUM:
        raise _missing(f"has the version {cryptography.__version__}")


def _missing(fault: str) -> ModuleError:
    return ModuleError(
        f"The Python package cryptography {fault} for {sys.executable}; version {MINIMUM} or newer is needed.",
        f"Install it there: {sys.executable} -m pip install 'cryptography>={MINIMUM}'. If another interpreter has it,"
        " set ansible_python_interpreter.",
        "package_missing",
    )


class _Absent:
    """Any part of the package if it is missing. It can be named in types and tables, and raises when it is called."""

    def __getattr__(self, name: str) -> _Absent:
        return self

    def __or__(self, other: object) -> _Absent:
        return self

    def __call__(self, *arguments: object, **options: object) -> t.NoReturn:
        raise _missing("is missing")


try:
    from cryptography import exceptions, x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:
    _absent: t.Any = _Absent()
    exceptions = x509 = hashes = serialization = ec = ed25519 = rsa = pkcs12 = _absent
