# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs that other programs have made, with a client of each, in the files that the collection expects of a CA."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.witnesses.openssl import openssl

_EASYRSA = "/usr/share/easy-rsa/easyrsa"
_CONFIGURATION = """[ca]
default_ca = own
[own]
dir = .
database = index.txt
new_certs_dir = newcerts
serial = serial
certificate = pki/root.crt
private_key = pki/root.key
default_md = sha256
default_days = 800
default_crl_days = 60
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
[ca_extensions]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[client_extensions]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class ForeignCa:
    """A CA in ``path`` (root.key and root.crt), with ``options`` of the module ca that describe it.

    ``client``: a certificate that it has issued to a client. ``by_serial``: whether that names the CA by its serial
    number. ``history``: what the program keeps of the certificates that it has issued.
    """

    path: Path
    options: dict[str, Any]
    client: Path
    by_serial: bool
    history: Path


def made_by_easy_rsa(top: Path) -> ForeignCa:
    """Make a CA with easy-rsa, whose certificates name their CA by key identifier, and by issuer and serial number."""
    program = shutil.copytree(os.path.dirname(_EASYRSA), top / "program")
    variables = {"EASYRSA_BATCH": "1", "EASYRSA_PKI": str(top / "easy"), "EASYRSA": str(program)}
    for words in (("init-pki",), ("build-ca", "nopass"), ("build-client-full", "alice", "nopass"), ("gen-crl",)):
        name = {"EASYRSA_REQ_CN": "Easy CA"} if words[0] == "build-ca" else {}
        _run([_EASYRSA, *words], top, variables | name)
    _place(top / "easy/private/ca.key", top / "easy/ca.crt", top / "pki")
    subject = {"common_name": "Easy CA"}
    options = {"subject": subject, "key_type": "rsa", "key_size": 2048}
    return ForeignCa(top / "pki", options, top / "easy/issued/alice.crt", by_serial=True, history=top / "easy")


def made_by_mkcert(top: Path) -> ForeignCa:
    """Make a CA with mkcert, a program in Go: path length 0, no permission to sign CRLs, two organizational fields."""
    (top / "caroot").mkdir()
    command = ["mkcert", "-client", "-cert-file", "alice.crt", "-key-file", "alice.key", "alice"]
    _run(command, top, {"CAROOT": str(top / "caroot")})
    _place(top / "caroot/rootCA-key.pem", top / "caroot/rootCA.pem", top / "pki")
    options = {"key_type": "rsa", "key_size": 3072}
    return ForeignCa(top / "pki", options, top / "alice.crt", by_serial=False, history=top / "alice.crt")


def made_by_openssl_ca(top: Path) -> ForeignCa:
    """Make a CA with ``openssl ca``, which keeps its certificates in index.txt and newcerts."""
    (top / "pki").mkdir(mode=0o700)
    (top / "newcerts").mkdir()
    (top / "index.txt").touch()
    (top / "serial").write_text("1000\n")
    (top / "openssl.cnf").write_text(_CONFIGURATION)
    new_key = ("-newkey", "rsa:2048", "-nodes", "-config", "openssl.cnf")
    root = ("-keyout", "pki/root.key", "-out", "pki/root.crt", "-extensions", "ca_extensions", "-days", "3000")
    openssl("req", "-x509", *new_key, *root, "-subj", "/O=Example/CN=Old CA", directory=top)
    openssl("req", *new_key, "-keyout", "alice.key", "-out", "alice.csr", "-subj", "/O=Example/CN=alice", directory=top)
    signed = ("-in", "alice.csr", "-out", "alice.crt", "-extensions", "client_extensions", "-notext")
    openssl("ca", "-batch", "-config", "openssl.cnf", *signed, directory=top)
    (top / "pki/root.key").chmod(0o600)
    subject = {"organization_name": "Example", "common_name": "Old CA"}
    options = {"subject": subject, "key_type": "rsa", "key_size": 2048}
    return ForeignCa(top / "pki", options, top / "alice.crt", by_serial=False, history=top / "index.txt")


MAKERS: dict[str, Callable[[Path], ForeignCa]] = {
    "easy-rsa": made_by_easy_rsa,
    "mkcert": made_by_mkcert,
    "openssl ca": made_by_openssl_ca,
}


def _run(command: list[str], directory: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _place(key: Path, certificate: Path, directory: Path) -> None:
    directory.mkdir(mode=0o700)
    shutil.copy(key, directory / "root.key")
    shutil.copy(certificate, directory / "root.crt")
    (directory / "root.key").chmod(0o600)
    (directory / "root.crt").chmod(0o644)
