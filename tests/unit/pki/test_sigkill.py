# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes, really killed: SIGKILL at random moments, and what the next run finds and makes of it."""

from __future__ import annotations

import itertools
import os
import random
import re
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.pki.make import PASSPHRASE, entries, make_ca, make_client, openssl, revoke

# Together 200 moments. Seeded, so that a failure is met again.
ROUNDS = 50
CLIENTS = [{"name": f"c{number}", "common_name": f"client {number}"} for number in range(50)]


def killed(work: Callable[[], Any], after: float) -> bool:
    """Runs ``work`` in a process of its own and kills it after so many seconds; whether it was still running."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    handle = os.pidfd_open(child)
    try:
        select.select([handle], [], [], after)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a run after a kill failed"
    return os.WIFSIGNALED(status)


def moments(work: Callable[[], Any], seed: int, rounds: int = ROUNDS) -> list[float]:
    """Random seconds, up to a little more than ``work`` takes."""
    start = time.perf_counter()
    work()
    longest = 1.1 * (time.perf_counter() - start)
    dice = random.Random(seed)
    return [dice.uniform(0, longest) for _each in range(rounds)]


def check_whole(path: Path, *names: str) -> None:
    """As openssl sees it: keys fit, the CA signed all of it, nothing is left over."""
    for name in names:
        own = openssl("pkey", "-in", path / f"{name}.key", "-pubout")
        assert own == openssl("x509", "-in", path / f"{name}.crt", "-noout", "-pubkey")
    certificates = [path / f"{name}.crt" for name in names]
    said = openssl("verify", "-x509_strict", "-CAfile", path / "root.crt", *certificates)
    assert said.count(": OK") == len(names)
    assert list(path.glob(".*.part*")) == []
    serials = [each["serial_number"] for each in entries(path)]
    assert len(serials) == len(set(serials))


def test_ca(tmp_path: Path) -> None:
    directories = (tmp_path / str(number) for number in itertools.count())
    kills = 0
    for after in moments(lambda: make_ca(next(directories)), 1):
        path = next(directories)
        kills += killed(lambda path=path: make_ca(path), after)
        key = (path / "root.key").read_bytes() if (path / "root.key").exists() else None
        make_ca(path)
        assert key in (None, (path / "root.key").read_bytes()), "a key once written stays"
        assert make_ca(path)["changed"] is False
        check_whole(path, "root")
    assert kills > ROUNDS // 4, "most runs were over before they could be killed"


def test_successor(ca: Path, tmp_path: Path) -> None:
    directories = (tmp_path / str(number) for number in itertools.count())

    def succeed(path: Path) -> dict[str, Any]:
        return make_ca(path, subject={"common_name": f"new {path.name}"}, cross_sign={"path": str(ca)})

    kills = 0
    for after in moments(lambda: succeed(next(directories)), 2):
        path = next(directories)
        kills += killed(lambda path=path: succeed(path), after)
        succeed(path)
        assert succeed(path)["changed"] is False
        check_whole(path, "root")
        assert "OK" in openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", path / "root.cross.crt")
    check_whole(ca, "root")
    assert kills > ROUNDS // 4, "most runs were over before they could be killed"


def test_fifty_clients(ca: Path, tmp_path: Path) -> None:
    """One in five with a PKCS#12 file. All of the directories are completed, each after many other kills."""
    directories = (tmp_path / str(number) for number in itertools.count())

    def issue(path: Path, start: int) -> dict[str, Any]:
        own = [
            {
                **each,
                "common_name": f"{each['common_name']} of {start}",
                **({"pkcs12_passphrase": PASSPHRASE} if number % 5 == 0 else {}),
            }
            for number, each in enumerate(CLIENTS)
        ]
        return make_client(ca, path=path, clients=own, pkcs12_passphrase=None)

    key, dice, left = (ca / "root.key").read_bytes(), random.Random(3), {}
    for start, after in enumerate(moments(lambda: issue(next(directories), -1), 3)):
        path = next(directories)
        if killed(lambda path=path, start=start: issue(path, start), after):
            left[start] = path
    assert len(left) > ROUNDS // 4, "most runs were over before they could be killed"
    numbers: list[str] = []
    for start, path in left.items():
        before = {file.name: file.read_bytes() for file in path.glob("*.key")}
        made = issue(path, start)["certificates"]
        assert {name: (path / name).read_bytes() for name in before} == before, "a key once written stays"
        assert issue(path, start)["changed"] is False
        said = openssl(
            *("verify", "-x509_strict", "-CAfile", ca / "root.crt"), *(each["certificate_path"] for each in made)
        )
        assert said.count(": OK") == len(CLIENTS)
        numbers += [each["serial_number"] for each in made]
        name = f"c{dice.randrange(0, len(CLIENTS), 5)}"
        opened = openssl("pkcs12", "-in", path / f"{name}.p12", "-passin", f"pass:{PASSPHRASE}", "-nodes")
        assert (path / f"{name}.crt").read_text() in opened
        assert openssl("pkey", "-in", path / f"{name}.key") in opened
        assert list(path.glob(".*.part")) == []
    assert len({*numbers}) == len(numbers)
    assert {*numbers} <= {each["serial_number"] for each in entries(ca)}
    check_whole(ca, "root")
    assert (ca / "root.key").read_bytes() == key


def crl_number(path: Path) -> int:
    if not (path / "root.crl.pem").exists():
        return 0
    text = openssl("crl", "-in", path / "root.crl.pem", "-CAfile", path / "root.crt", "-noout", "-text")
    assert "verify OK" in text
    return int(re.findall(r"CRL Number: *\n *(\d+)", text)[0])


def listed(path: Path) -> int:
    return openssl("crl", "-in", path / "root.crl.pem", "-noout", "-text").count("Serial Number:")


def test_revocation(ca: Path) -> None:
    make_client(ca, clients=CLIENTS, pkcs12_passphrase=None)
    orders = [{"name": f"c{number}", "reason": "certificate_hold"} for number in range(10)]
    releases = [{**order, "reason": "remove_from_crl"} for order in orders]
    number, kills = 0, 0
    for turn, after in enumerate(moments(lambda: revoke(ca), 4)):
        wanted = releases if turn % 2 else orders
        kills += killed(lambda wanted=wanted: revoke(ca, *wanted), after)
        found = crl_number(ca)
        assert found >= number, "the number went back"
        if turn % 3 == 0:  # otherwise the next kill meets what this one left
            before = found
            revoke(ca, *wanted)
            found = crl_number(ca)
            assert found >= before
            assert listed(ca) == (0 if turn % 2 else 10)
            assert revoke(ca, *wanted)["changed"] is False
            pem = openssl("crl", "-in", ca / "root.crl.pem", "-outform", "PEM")
            assert openssl("crl", "-in", ca / "root.crl.der", "-inform", "DER") == pem
        number = found
    revoke(ca, *releases)
    check_whole(ca, "root", "c0", "c49")
    assert kills > ROUNDS // 4, "most runs were over before they could be killed"


@pytest.mark.parametrize("lost", [False, True])
def test_two_runs_at_once_while_the_index_is_made_again(ca: Path, lost: bool) -> None:
    make_client(ca, clients=CLIENTS[:10], pkcs12_passphrase=None)
    if lost:
        (ca / "root.index.db").unlink()
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            try:
                own = [{"name": f"p{number}-{each}", "common_name": f"p{number} {each}"} for each in range(5)]
                make_client(ca, clients=own, pkcs12_passphrase=None)
                revoke(ca, {"name": f"c{number}"})
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 4
    assert listed(ca) == 4
    assert len(entries(ca)) == 1 + 10 + 20
    check_whole(ca, "root", "p0-0", "p3-4", "c9")
