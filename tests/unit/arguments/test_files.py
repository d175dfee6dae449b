# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that users name are regular ones of a sensible size: a pipe, a device or a directory is told at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_file
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments import files
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.pem import source
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import (
    certificate_files,
    csr,
    information,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import identity
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_ca, make_client, revoke


def pipe(path: Path) -> str:
    os.mkfifo(path)
    return str(path)


def large(path: Path) -> str:
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # without a block on the disk
    return str(path)


def link_to_a_device(path: Path) -> str:
    path.symlink_to("/dev/zero")
    return str(path)


def listening(path: Path) -> str:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return str(path)


def directory(path: Path) -> str:
    path.mkdir()
    return str(path)


UNFIT: dict[str, Callable[[Path], str]] = {
    "device": lambda _path: "/dev/zero",
    "terminal": lambda _path: "/dev/ptmx",
    "link to a device": link_to_a_device,
    "pipe": pipe,
    "socket": listening,
    "directory": directory,
    "larger than any": large,
    "memory of the kernel": lambda _path: "/proc/self/mem",
}
READERS: dict[str, tuple[Callable[[str], Any], type[Exception]]] = {
    "cas_certificate": (lambda path: source({"a": None, "a_path": path}, "a"), RefusedError),
    "mtls_probe": (lambda path: identity.certificates(path, "a"), ProbeError),
    "mtls_probe ca_path": (
        lambda path: identity.context({"tls_version": "auto", "validate_certs": True, "ca_path": path}),
        ProbeError,
    ),
    "csr_path": (lambda path: csr.load(None, path), CertificateError),
    "certificate_info": (certificate_files.content_of, CertificateError),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", UNFIT)
def test_no_reader_takes_it(reader: str, kind: str, tmp_path: Path) -> None:
    read, error = READERS[reader]
    path = UNFIT[kind](tmp_path / "it")
    with pytest.raises((error, OSError)) as found:
        read(path)
    assert path in str(found.value)


@pytest.mark.parametrize("kind", UNFIT)
def test_no_list_of_clients(kind: str, tmp_path: Path) -> None:
    path = UNFIT[kind](tmp_path / "it")
    result = client_file(path)
    assert result["clients"] == []
    assert path in result["fault"]


@pytest.mark.parametrize("kind", ["pipe", "directory", "larger than any", "link to a device"])
@pytest.mark.parametrize(
    "name", ["client.key", "client.csr", "client.p12", "client.p12.txt", "client.chain.crt", "x.pem"]
)
def test_information_goes_on(kind: str, name: str, ca: Path) -> None:
    make_client(ca)
    (ca / name).unlink(missing_ok=True)
    UNFIT[kind](ca / name)
    known = information.collect(certificate_files.Query(paths=[str(ca)]))
    assert {"client-alb-user", "root"} <= {each["subject"]["common_name"] for each in known["certificates"]}


@pytest.mark.parametrize("kind", ["pipe", "directory", "larger than any", "device"])
def test_the_engine_refuses(kind: str, ca: Path, tmp_path: Path) -> None:
    path = UNFIT[kind](tmp_path / "it")
    client = {"name": "a", "common_name": "a", "pkcs12_passphrase_path": path}
    with pytest.raises(CertificateError, match=path):
        make_client(ca, clients=[client])
    with pytest.raises(CertificateError, match=path):
        revoke(ca, {"path": path})
    for name in ("root.crt", "root.key"):
        broken = tmp_path / name.replace(".", "-")
        make_ca(broken)
        (broken / name).unlink()
        if kind != "device":
            UNFIT[kind](broken / name)
            with pytest.raises(CertificateError, match=name):
                make_client(broken)


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content" * 1000)
    (tmp_path / "link").symlink_to("a")
    assert files.read(str(tmp_path / "a")).content == b"content" * 1000
    assert files.read(str(tmp_path / "link")).content == b"content" * 1000
    with pytest.raises(OSError, match="link"):
        files.read(str(tmp_path / "link"), links=False)
    with pytest.raises(files.UnfitFileError, match="larger than"):
        files.read(str(tmp_path / "a"), limit=6999)
    assert files.read("/proc/self/status").content.startswith(b"Name:")
