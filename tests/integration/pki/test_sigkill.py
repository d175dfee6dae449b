# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes, really killed: SIGKILL at random moments, and what the next run finds and makes of it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import random
import re
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.pki.make import PASSPHRASE, entries, make_ca, make_client, revoke
from tests.witnesses.openssl import openssl
from tests.witnesses.processes import Mark, forked, until

# Kills in each test, 200 together. Their moments are seeded; how far a run has come by then depends on the machine.
ROUNDS = 50
CLIENTS = [{"name": f"c{number}", "common_name": f"client {number}"} for number in range(50)]


class Killer:
    """Runs work in processes of its own, each of which it kills at a random moment."""

    def __init__(self, seed: int) -> None:
        self.kills = 0
        self._dice = random.Random(seed)
        self._longest = 0.1

    def __call__(self, work: Callable[[], Any]) -> bool:
        """Runs ``work``; returns whether it was still running when it was killed.

        Moments go up to a little more than the last runs took, on a machine that is busy now and idle then. Every
        second time all processes of the run end at once, as in a power cut; otherwise the first one alone is killed,
        and the others end with it.
        """
        mark, start = Mark(), time.monotonic()
        child = forked(work, mark)
        handle = os.pidfd_open(child)
        try:
            over = select.select([handle], [], [], self._dice.uniform(0, self._longest))[0]
            taken = time.monotonic() - start
            power_cut = self._dice.random() < 0.5
            # Stopped at this moment; the search for the others takes some time.
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGSTOP if power_cut else signal.SIGKILL)
            if power_cut:
                mark.kill()
            else:
                until(lambda: not mark.processes(), "processes of a killed run go on without it")
        finally:
            os.close(handle)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a run after a kill failed"
        self._longest = taken if over else 1.1 * self._longest
        self.kills += os.WIFSIGNALED(status)
        return os.WIFSIGNALED(status)

    def rounds(self) -> Iterator[int]:
        """Counts until ROUNDS runs have been killed."""
        for turn in itertools.count():
            if self.kills >= ROUNDS:
                return
            yield turn


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
    kill = Killer(1)
    for turn in kill.rounds():
        path = tmp_path / str(turn)
        kill(functools.partial(make_ca, path))
        key = (path / "root.key").read_bytes() if (path / "root.key").exists() else None
        make_ca(path)
        assert key in (None, (path / "root.key").read_bytes()), "a key once written stays"
        assert make_ca(path)["changed"] is False
        check_whole(path, "root")


def test_successor(ca: Path, tmp_path: Path) -> None:
    def succeed(path: Path) -> dict[str, Any]:
        return make_ca(path, subject={"common_name": f"new {path.name}"}, cross_sign={"path": str(ca)})

    kill = Killer(2)
    for turn in kill.rounds():
        path = tmp_path / str(turn)
        kill(functools.partial(succeed, path))
        succeed(path)
        assert succeed(path)["changed"] is False
        check_whole(path, "root")
        assert "OK" in openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", path / "root.cross.crt")
    check_whole(ca, "root")


def test_fifty_clients(ca: Path, tmp_path: Path) -> None:
    """One in five with a PKCS#12 file. All of the directories are completed, each after many other kills."""

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

    key, dice, left, kill = (ca / "root.key").read_bytes(), random.Random(3), {}, Killer(3)
    for start in kill.rounds():
        path = tmp_path / f"run{start}"
        if kill(functools.partial(issue, path, start)):
            left[start] = path
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
    number, kill = 0, Killer(4)
    for turn in kill.rounds():
        wanted = releases if turn % 2 else orders
        kill(functools.partial(revoke, ca, *wanted))
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
