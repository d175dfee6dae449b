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


def fingerprint(pem: str) -> str:
    """Return the SHA-256 fingerprint of a certificate, in lower case and without colons."""
    shown = openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=pem)
    return shown.strip().partition("=")[2].replace(":", "").lower()


def new_certificate(
    directory: Path, name: str, subject: str, *extensions: str, ca: str = "", key: str = "ec", days: int = 9
) -> None:
    """Write a new key and its certificate, signed by ``ca`` or else by itself: ``name.key`` and ``name.crt``.

    ``key`` is of ``-newkey``, ``extensions`` are of ``-addext``; without any, OpenSSL makes a certificate of a CA.
    """
    curve = ("-pkeyopt", "ec_paramgen_curve:P-256") if key == "ec" else ()
    signer = ("-CA", f"{ca}.crt", "-CAkey", f"{ca}.key") if ca else ()
    added = [word for each in extensions for word in ("-addext", each)]
    files = ("-keyout", f"{name}.key", "-out", f"{name}.crt")
    made = ("req", "-x509", "-newkey", key, *curve, "-nodes", "-days", str(days), "-subj", subject)
    openssl(*made, *files, *signer, *added, directory=directory)
