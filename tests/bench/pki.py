# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate side: each figure beside a floor or a peer of the same run.

What is timed in this process is what a module does after Ansible has started it. The peer community.crypto is the one
in PyPI's package ``ansible``, in a virtual environment of its own (the Makefile makes it). The time of an empty
playbook is taken off both.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import database
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.bench.figures import line, seconds
from tests.e2e.scene import ROOT
from tests.unit.pki.make import PASSPHRASE, make_ca, make_client

FLEET = 1000
PEER_FLEET = 50
MANY = 10_000
INDEXED = 100_000
REPEATS = 3
COMMUNITY = ROOT / ".cache" / "community" / "bin"


def fleet(count: int, prefix: str = "client") -> list[dict[str, str]]:
    return [{"name": f"{prefix}-{number}", "common_name": f"{prefix} {number}"} for number in range(count)]


def plain_loop(count: int) -> None:
    """The same clients by the package cryptography alone, one after the other and without files."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])

    def certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, ca: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(ca_name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
        builder = builder.not_valid_after(now + datetime.timedelta(days=3650))
        identifiers: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(ca=ca, path_length=None), True),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        ]
        for extension, critical in identifiers:
            builder = builder.add_extension(extension, critical)
        return builder.sign(ca_key, hashes.SHA256())

    root = certificate(ca_name, ca_key, ca=True)
    for number in range(count):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"client {number}")])
        made = certificate(name, key, ca=False)
        made.public_bytes(serialization.Encoding.PEM)
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(PASSPHRASE.encode())
        )
        pkcs12.serialize_key_and_certificates(b"client", key, made, [root], encryption)


def hash_all(directory: Path) -> None:
    for path in directory.iterdir():
        hashlib.sha256(path.read_bytes()).digest()


def fleets(top: Path) -> None:
    make_ca(top / "ca")
    clients = fleet(FLEET)
    found: dict[str, list[float]] = {"first": [], "loop": [], "again": [], "hash": []}
    for turn in range(REPEATS):
        # Each round has a CA of its own: an index that grows is another row.
        ca = top / f"ca-{turn}"
        make_ca(ca)
        target = {"path": ca / "clients", "clients": clients}
        found["first"].append(seconds(partial(make_client, ca, **target)))
        found["loop"].append(seconds(lambda: plain_loop(FLEET)))
        found["again"].append(seconds(partial(make_client, ca, **target)))
        found["hash"].append(seconds(partial(hash_all, ca / "clients")))
    first, loop, again, hashed = (statistics.median(found[name]) for name in ("first", "loop", "again", "hash"))
    line(f"{FLEET} new clients with PKCS#12", f"{first:.2f} s", f"a plain loop: {loop:.2f} s", first / loop, 1.0)
    line("the same again", f"{again:.2f} s", f"reading and hashing the files: {hashed:.2f} s", again / hashed, 3.0)
    line("the same again", f"{again:.2f} s", f"the first run: {first:.2f} s", again / first, 0.2)


def one_among_many(top: Path) -> None:
    taken: dict[str, list[float]] = {"empty": [], "full": []}
    for name in taken:
        make_ca(top / name)
    make_client(top / "full")
    with database.opened(str(top / "full" / "root.index.db")) as known:
        (model,) = (each for each in known.entries() if each["profile"] == "client")
        known.add(_invented(model, number) for number in range(INDEXED))
    for turn in range(9):
        for name, found in taken.items():
            found.append(seconds(partial(make_client, top / name, clients=fleet(1, f"turn-{turn}"))))
    full, empty = (statistics.median(taken[name]) for name in ("full", "empty"))
    line(
        f"one client, {INDEXED} in the index",
        f"{full * 1000:.0f} ms",
        f"with an empty index: {empty * 1000:.0f} ms",
        full / empty,
        1.5,
    )


def _invented(model: database.Entry, number: int) -> database.Entry:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    file = f"/srv/pki/devices/device-{number}.crt"
    return {
        **model,
        "serial_number": f"{number:040x}",
        "subject": {"common_name": f"device {number}", "organization_name": "alibaba"},
        "fingerprint_sha256": digest,
        "public_key": digest[::-1],
        "file": file,
        "files": {"certificate": file},
    }


def playbook(top: Path, name: str, tasks: list[dict[str, Any]]) -> float:
    """Seconds that ``ansible-playbook`` of the package ``ansible`` takes for ``tasks``."""
    path = top / f"{name}.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")},
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(top / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "PATH": f"{COMMUNITY}:{os.environ['PATH']}",
    }
    command = [str(COMMUNITY / "ansible-playbook"), str(path), "-e", f"ansible_python_interpreter={sys.executable}"]

    def run() -> None:
        done = subprocess.run(command, env=environment, cwd=top, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)

    return seconds(run)


def community(top: Path) -> None:
    make_ca(top / "ca")
    ca, loop = top / "ca", {"loop": "{{ range(%d) | list }}" % PEER_FLEET}  # noqa: UP031 - braces are Jinja's
    there = top / "there"
    there.mkdir()
    file = str(there / "client-{{ item }}")
    peer = [
        {"community.crypto.openssl_privatekey": {"path": f"{file}.key", "type": "ECC", "curve": "secp256r1"}, **loop},
        {
            "community.crypto.openssl_csr": {
                "path": f"{file}.csr",
                "privatekey_path": f"{file}.key",
                "common_name": "client {{ item }}",
                "use_common_name_for_san": False,
                "key_usage": ["digitalSignature"],
                "extended_key_usage": ["clientAuth"],
            },
            **loop,
        },
        {
            "community.crypto.x509_certificate": {
                "path": f"{file}.crt",
                "csr_path": f"{file}.csr",
                "provider": "ownca",
                "ownca_path": str(ca / "root.crt"),
                "ownca_privatekey_path": str(ca / "root.key"),
            },
            **loop,
        },
        {
            "community.crypto.openssl_pkcs12": {
                "path": f"{file}.p12",
                "friendly_name": "client {{ item }}",
                "privatekey_path": f"{file}.key",
                "certificate_path": f"{file}.crt",
                "other_certificates": [str(ca / "root.crt")],
                "passphrase": PASSPHRASE,
            },
            **loop,
        },
    ]
    ours = {
        "alicloud.mtls.client_certificate": {
            "ca_path": str(ca),
            "path": str(top / "here"),
            "key_type": "ecdsa",
            "pkcs12_passphrase": PASSPHRASE,
            "clients": fleet(PEER_FLEET),
        }
    }
    start = playbook(top, "nothing", [])
    here = playbook(top, "ours", [ours]) - start
    theirs = playbook(top, "peer", peer) - start
    line(
        f"{PEER_FLEET} clients, one task",
        f"{here:.2f} s",
        f"community.crypto, four looped tasks: {theirs:.1f} s",
        here / theirs,
        0.02,
    )


def memory(top: Path) -> None:
    """The most that the module and its children ever hold together. Pages that they share count once (Pss)."""
    make_ca(top / "ca")
    options = {
        "ca_path": str(top / "ca"),
        "path": str(top / "fleet"),
        "key_type": "ecdsa",
        "pkcs12_passphrase": PASSPHRASE,
        "clients": fleet(MANY),
        "_ansible_diff": True,
        "_ansible_tmpdir": str(top),
    }
    for what in ("new clients with PKCS#12", "of them again"):
        arguments = top / "arguments.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        name = "ansible_collections.alicloud.mtls.plugins.modules.client_certificate"
        command = [sys.executable, "-c", _MODULE, name, str(arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / ".cache" / "collections")}
        start = time.perf_counter()
        with open(top / "answer", "wb") as answer:
            process = subprocess.Popen(command, stdout=answer, env=environment)
            most = max(_held(process), default=0)
        taken = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{process.returncode} " + (top / "answer").read_text()[:2000])
        figure = f"{most / 1024:.0f} MiB"
        print(
            f"memory, {MANY} {what + ':':<37}{figure:>12}  in {taken:.0f} s, children included  (bar: 300 MiB)",
            flush=True,
        )


# As Ansible's own wrapper starts a module: the arguments come before it is imported.
_MODULE = """
import runpy, sys
import ansible.module_utils.basic as basic
name, path = sys.argv[1:]
with open(path, "rb") as stream:
    basic._ANSIBLE_ARGS = stream.read()
basic._ANSIBLE_PROFILE = "legacy"
runpy.run_module(name, run_name="__main__", alter_sys=True)
"""


def _held(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """KiB, every 20 ms until the process has ended."""
    while process.poll() is None:
        yield sum(_pss(each) for each in _tree(process.pid))
        time.sleep(0.02)


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _pss(process: int) -> int:
    try:
        for each in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if each.startswith("Pss:"):
                return int(each.split()[1])
    except OSError:
        pass
    return 0


def main() -> None:
    for measure in (fleets, one_among_many, memory, community):
        with tempfile.TemporaryDirectory() as directory:
            measure(Path(directory))


if __name__ == "__main__":
    main()
