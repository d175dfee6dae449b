# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the sandbox's own HTTPS endpoint: a CA that is kept, and a server certificate for every start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from .cas import parsing
from .pca import signing

_ALGORITHM = "ECC_256"
_CA_DAYS, _SERVER_DAYS = 3650, 397
_NAMES = ("localhost", "127.0.0.1", "::1", "*.aliyuncs.com")


@dataclass(frozen=True)
class Files:
    """PEM files: the certificate of the CA, which clients have to trust, and certificate and key of the server."""

    ca: Path
    certificate: Path
    key: Path


def prepare(directory: Path, host: str, region: str) -> Files:
    """Makes what is missing in ``directory`` and returns the files. Raises OSError or ValueError for broken ones.

    The server certificate is for ``host``, localhost and the names of Alibaba Cloud's endpoints in ``region``.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Files(directory / "ca.crt", directory / "server.crt", directory / "server.key")
    ca_key_file = directory / "ca.key"
    if not (files.ca.exists() and ca_key_file.exists()):
        ca_key = signing.new_key(_ALGORITHM)
        _write(ca_key_file, signing.key_pem(ca_key))
        template = _template("alicloud-sandbox CA", ca_key, _CA_DAYS, signing.ca_extensions(None, ()))
        _write(files.ca, parsing.pem([signing.sign(template, None, ca_key)]))
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    signer = signing.Signer(ca, signing.load_key(ca_key_file.read_text()))
    if signer.key.public_key() != ca.public_key():
        raise ValueError(f"{ca_key_file} is not the key of {files.ca}. Remove both files to get a new CA.")
    key = signing.new_key(_ALGORITHM)
    names = dict.fromkeys((*_NAMES, f"*.{region}.aliyuncs.com", host))
    extensions = signing.end_entity_extensions(signing.SERVER, [signing.host_name(name) for name in names])
    template = _template("localhost", key, _SERVER_DAYS, extensions)
    _write(files.key, signing.key_pem(key))
    _write(files.certificate, parsing.pem([signing.sign(template, signer)]))
    return files


def _template(
    name: str, key: signing.PrivateKey, days: int, extensions: Sequence[signing.Extension]
) -> signing.Template:
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(days=days)
    return signing.Template(signing.subject({"CommonName": name}), key.public_key(), start, end, extensions)


def _write(path: Path, content: str) -> None:
    """Writes a file that only its owner can read; it appears with its whole content."""
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
    partial.replace(path)
