# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of every kind: whatever an octet becomes, the modules answer with a result or an error of their own.

Seeded, so that a failure is met again. There are ENOUGH runs; FUZZ_SECONDS and FUZZ_SEED make it longer and other.
"""

from __future__ import annotations

import base64
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import make_ca, make_client, make_server, revoke

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
ENOUGH = 100
SEED = int(os.environ.get("FUZZ_SEED", "20261125"))
NEW = {"common_name": "new"}


def damage(der: bytearray, dice: random.Random) -> None:
    """One to four octets replaced, flipped, cut off, taken out or put in."""
    for _each in range(dice.choice([1, 1, 1, 2, 4])):
        if not der:
            return
        at, kind = dice.randrange(len(der)), dice.random()
        if kind < 0.6:
            der[at] = dice.randrange(256)
        elif kind < 0.75:
            der[at] ^= 1 << dice.randrange(8)
        elif kind < 0.85:
            del der[at:]
        elif kind < 0.93:
            del der[at : at + dice.randrange(1, 9)]
        else:
            der[at:at] = dice.randbytes(dice.randrange(1, 9))


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Most of the time within the DER of a PEM file, because damaged base64 is told at once."""
    blocks = re.findall(rb"-----BEGIN ([^-]+)-----\n(.*?)-----END", content, re.DOTALL)
    if not blocks or dice.random() < 0.15:
        raw = bytearray(content)
        damage(raw, dice)
        return bytes(raw)
    made = b""
    for label, body in blocks:
        der = bytearray(base64.b64decode(body))
        damage(der, dice)
        made += b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(bytes(der)), label)
    return made


@pytest.fixture
def world(tmp_path: Path) -> tuple[Path, dict[str, list[Callable[[], Any]]]]:
    """A CA with a cross-certificate, a client, a server, a CRL; and which check runs read which of its files."""
    old, ca = tmp_path / "old", tmp_path / "new"
    make_ca(old)
    cross = {"subject": NEW, "cross_sign": {"path": str(old)}}
    make_ca(ca, **cross)
    make_client(ca)
    make_server(ca)
    revoke(ca, {"name": "client", "reason": "certificate_hold"})
    handed = {"name": "own", "common_name": "own", "csr_path": str(ca / "client.csr")}

    def again() -> Any:
        return make_client(ca, write=False, tolerant=True)

    def another() -> Any:
        return make_client(ca, write=False, clients=[{"name": "x", "common_name": "x"}])

    def crossed() -> Any:
        return make_ca(ca, write=False, **cross)

    def listed() -> Any:
        return revoke(ca, write=False)

    return ca, {
        "root.crt": [again, another, crossed, listed],
        "root.key": [another, crossed],
        "root.chain.crt": [again, crossed],
        "root.cross.crt": [crossed],
        "root.crl.pem": [listed],
        "client.crt": [again, lambda: revoke(ca, {"path": str(ca / "client.crt")}, write=False)],
        "client.key": [again],
        "client.csr": [again, lambda: make_client(ca, write=False, clients=[handed])],
        "client.p12": [again],
        "server.crt": [lambda: make_server(ca, write=False)],
    }


def test_no_damage_ends_in_a_traceback(world: tuple[Path, dict[str, list[Callable[[], Any]]]]) -> None:
    ca, readers = world
    dice, runs = random.Random(SEED), 0
    end = time.monotonic() + SECONDS
    while runs <= ENOUGH or time.monotonic() < end:
        name = dice.choice(list(readers))
        path = ca / name
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, dice))
        for read in readers[name]:
            runs += 1
            try:
                read()
            except (CertificateError, OSError):
                continue
            except Exception as error:
                kept = Path(os.environ.get("TMPDIR", "/tmp")) / f"fuzz-{name}"
                kept.write_bytes(path.read_bytes())
                raise AssertionError(f"seed {SEED}, run {runs}: see {kept}") from error
        path.write_bytes(whole)


# What the fuzz found once, by name, so that it is met in every run.
def replaced(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_text()
    body = re.search(r"-----BEGIN [^-]+-----\n(.*?)-----END", content, re.DOTALL)
    assert body
    der = base64.b64decode(body[1])
    assert old in der
    path.write_text(content.replace(body[1], base64.encodebytes(der.replace(old, new, 1)).decode()))


P256 = bytes.fromhex("06082a8648ce3d030107")
UNKNOWN_CURVE = bytes.fromhex("06082a8648ce3d030177")
FOUND: list[tuple[str, bytes, bytes]] = [
    ("unknown curve", P256, UNKNOWN_CURVE),
    ("point that is not on the curve", b"\x03\x42\x00\x04", b"\x03\x42\x00\x05"),
    ("version 9", b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x08"),
    ("basic constraints are no sequence", bytes.fromhex("0603551d13"), bytes.fromhex("0603551d0f")),
    ("subject in no encoding", b"\x0c\x0fclient-alb-user", b"\x0c\x0fclient-alb-us\xff\xfe"),
]


@pytest.mark.parametrize(("old", "new"), [each[1:] for each in FOUND], ids=[each[0] for each in FOUND])
def test_one_damaged_client_does_not_stop_the_others(ca: Path, old: bytes, new: bytes) -> None:
    make_client(ca)
    replaced(ca / "client.crt", old, new)
    clients = [{"name": name, "common_name": common} for name, common in (("client", "client-alb-user"), ("b", "b"))]
    made = make_client(ca, tolerant=True, clients=clients)
    assert [each["name"] for each in made["certificates"]][-1] == "b"
    assert (ca / "b.crt").exists()


@pytest.mark.parametrize(("old", "new"), [each[1:] for each in FOUND[:4]], ids=[each[0] for each in FOUND[:4]])
def test_a_damaged_ca_is_named(ca: Path, old: bytes, new: bytes) -> None:
    replaced(ca / "root.crt", old, new)
    readers: tuple[Callable[[], object], ...] = (lambda: make_ca(ca), lambda: make_client(ca), lambda: revoke(ca))
    for read in readers:
        with pytest.raises(CertificateError, match=r"root\.crt") as refused:
            read()
        assert refused.value.code in ("ca_unreadable", "unreadable")
