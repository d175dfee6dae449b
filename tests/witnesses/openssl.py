# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of OpenSSL: the witness for certificates, and the maker of those that others made."""

from __future__ import annotations

import subprocess
from pathlib import Path


def openssl(*arguments: str | Path, directory: Path | None = None, check: bool = True, stdin: str = "") -> str:
    """Return all that ``openssl`` prints. Raise AssertionError when it fails, unless ``check`` is false."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], cwd=directory, input=stdin, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout + done.stderr
