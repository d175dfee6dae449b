# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs at the same time, and certificates by the hundred."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

from tests.unit.pki.make import PASSPHRASE, entries, make_client
from tests.witnesses.openssl import openssl


def _issue(path: str, queue: Any) -> None:
    queue.put(make_client(Path(path), clients=[{"name": f"c{i}", "common_name": f"client {i}"} for i in range(10)]))


def test_two_processes_that_want_the_same_issue_it_once(ca: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_issue, args=(str(ca), queue)) for number in range(2)]
    for process in processes:
        process.start()
    results = [queue.get(timeout=300) for process in processes]
    for process in processes:
        process.join(120)
    serials = [[each["serial_number"] for each in result["certificates"]] for result in results]
    assert serials[0] == serials[1]
    assert len([each for each in entries(ca) if each["profile"] == "client"]) == 10


def test_cached_results_tell_nothing_and_believe_nothing(ca: Path) -> None:
    make_client(ca)
    assert PASSPHRASE.encode() not in (ca / "root.index.db").read_bytes()
    assert (ca / "root.index.db").stat().st_mode & 0o777 == 0o600
    # A file that openssl made for the same certificate has no cached result: it is opened and compared.
    made = ("pkcs12", "-export", "-in", ca / "client.crt", "-inkey", ca / "client.key", "-name", "client")
    openssl(*made, "-certfile", ca / "root.crt", "-out", ca / "client.p12", "-passout", f"pass:{PASSPHRASE}")
    assert make_client(ca)["changed"] is False
    openssl(*made, "-out", ca / "client.p12", "-passout", f"pass:{PASSPHRASE}")
    assert [r["message"] for r in make_client(ca)["certificates"][0]["reasons"]] == [
        "The PKCS#12 file is not as wanted: it holds another chain."
    ]
    (ca / "root.index.db").unlink()
    assert make_client(ca)["changed"] is False, "without cached results the files are opened"


def test_two_hundred_clients_in_one_call(ca: Path) -> None:
    clients = [{"name": f"device-{i:04}", "common_name": f"device {i}"} for i in range(200)]
    made = make_client(ca, path=ca / "devices", clients=clients, pkcs12_passphrase=None, return_content=False)
    assert [each["name"] for each in made["certificates"]] == [each["name"] for each in clients]
    assert "certificate" not in made["certificates"][0]
    every = sorted((ca / "devices").glob("*.chain.crt"))
    assert openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", *every).count(": OK") == 200
    assert make_client(ca, path=ca / "devices", clients=clients, pkcs12_passphrase=None)["changed"] is False
