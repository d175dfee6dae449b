# SPDX-License-Identifier: GPL-3.0-or-later
"""The index knows every certificate, is quick however many there are, and comes back when it is lost."""

from __future__ import annotations

import contextlib
import hashlib
import operator
import sqlite3
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki.storage import database
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, entries, make_ca, make_client, make_server, revoke, snapshot

TWIN = {"clients": [{"name": "twin", "common_name": "client-alb-user"}]}


def test_it_knows_every_certificate_that_was_ever_issued(ca: Path) -> None:
    issued = [make_client(ca)["certificates"][0], make_server(ca)["certificate"]]
    issued.append(make_client(ca, subject={"country_name": "cn"})["certificates"][0])
    found = entries(ca)
    assert [each["profile"] for each in found] == ["root", "client", "server", "client"]
    assert [each["serial_number"] for each in found[1:]] == [each["serial_number"] for each in issued]
    der = ssl.PEM_cert_to_DER_cert((ca / "client.crt").read_text())
    assert found[-1]["fingerprint_sha256"] == hashlib.sha256(der).hexdigest()
    assert found[-1]["file"] == str(ca / "client.crt")
    assert found[-1]["subject"] == {"country_name": "cn", "common_name": "client-alb-user"}
    assert found[-1]["revoked"] is None
    make_client(ca, subject={"country_name": "cn"})
    assert entries(ca) == found, "a run without a change adds nothing"


def test_lost_it_is_made_again_from_the_files(ca: Path) -> None:
    make_client(ca)
    make_client(ca, path=ca / "devices", clients=[{"name": "d", "common_name": "device"}])
    make_server(ca)
    before = entries(ca)
    (ca / "root.index.db").unlink()
    (ca / "stranger.crt").write_text("no certificate")
    make_ca(ca / "other", subject={"common_name": "another"})

    state = snapshot(ca)
    with pytest.raises(CertificateError, match=r"already belongs to .*client\.crt"):
        make_client(ca, write=False, **TWIN)
    assert snapshot(ca) == state, "a check run looks and leaves it at that"

    make_client(ca, clients=[{"name": "new", "common_name": "new"}])
    facts = ("serial_number", "subject", "profile", "not_before", "not_after", "fingerprint_sha256", "file")
    values = operator.itemgetter(*facts)
    again = {str(values(each)) for each in entries(ca)}
    assert {str(values(each)) for each in before} < again
    assert len(again) == len(before) + 1
    with pytest.raises(CertificateError, match=r"already belongs to .*client\.crt"):
        make_client(ca, **TWIN)


def test_certificates_outside_the_directory_of_the_ca_are_found_where_the_run_writes(ca: Path, tmp_path: Path) -> None:
    make_client(ca, path=tmp_path / "elsewhere")
    (ca / "root.index.db").unlink()
    with pytest.raises(CertificateError, match="already belongs to"):
        make_client(ca, path=tmp_path / "elsewhere", **TWIN)


def test_it_knows_where_everything_of_a_certificate_is(ca: Path) -> None:
    options = {"pkcs12_passphrase": None, "pkcs12_generate_passphrases": True}
    make_client(ca, **options)
    endings = {"key": "key", "csr": "csr", "chain": "chain.crt", "passphrase": "p12.txt", "pkcs12": "p12"}
    wanted = {kind: str(ca / f"client.{ending}") for kind, ending in endings.items()}
    assert entries(ca)[-1]["files"] == wanted
    (ca / "root.index.db").unlink()
    make_client(ca, **options)
    assert entries(ca)[0]["files"] == wanted


def test_made_again_it_learns_what_is_elsewhere_from_the_run_that_looks_there(ca: Path, tmp_path: Path) -> None:
    elsewhere = {"path": tmp_path / "elsewhere"}
    make_client(ca, **elsewhere)
    known = {each["serial_number"] for each in entries(ca)}
    (ca / "root.index.db").unlink()
    make_client(ca, clients=[{"name": "new", "common_name": "new"}])
    assert not known <= {each["serial_number"] for each in entries(ca)}
    assert make_client(ca, **elsewhere)["changed"] is False
    assert known <= {each["serial_number"] for each in entries(ca)}
    assert revoke(ca, {"name": "client"})["changed"]


def test_a_name_of_a_certificate_that_another_followed_is_free_once_that_is_revoked(ca: Path) -> None:
    make_client(ca, clients=[{"name": "a", "common_name": "alice"}])
    serial = entries(ca)[-1]["serial_number"]
    make_client(ca, clients=[{"name": "a", "common_name": "bob"}])
    alice = {"clients": [{"name": "b", "common_name": "alice"}]}
    with pytest.raises(CertificateError, match=f"the certificate {serial}, .* revoke that serial number") as refused:
        make_client(ca, **alice)
    assert refused.value.code == "common_name_taken"
    revoke(ca, {"serial_number": serial})
    make_client(ca, **alice)


DAMAGES: list[tuple[str, Any]] = [
    ("rubbish", lambda path: path.write_bytes(b"rubbish" * 1000)),
    ("truncated", lambda path: path.write_bytes(path.read_bytes()[:5000])),
    ("empty", lambda path: path.write_bytes(b"")),
    ("link", lambda path: path.rename(path.with_name("kept")) and path.symlink_to("kept")),
    ("directory", lambda path: path.unlink() or path.mkdir()),
]


@pytest.mark.parametrize("damage", [each[1] for each in DAMAGES], ids=[each[0] for each in DAMAGES])
def test_damaged_it_is_named_and_left_alone(ca: Path, damage: Any) -> None:
    damage(ca / "root.index.db")
    before = snapshot(ca)
    for write in (False, True):
        with pytest.raises(CertificateError, match=r"root\.index\.db") as refused:
            make_client(ca, write=write)
        assert refused.value.code == "index_unusable"
    assert snapshot(ca) == before


def test_opened_by_another_program_it_is_busy_and_not_damaged(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TIMEOUT_SECONDS", 0)
    with contextlib.closing(sqlite3.connect(ca / "root.index.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CertificateError, match="Another program has it open") as refused:
            make_client(ca)
    assert refused.value.code == "ca_busy"
    make_client(ca)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each step of SQLite's virtual machine: what it costs, whatever else the computer does."""
    counted: list[int] = []
    real = database._connect

    def connect(*arguments: Any, **more: Any) -> sqlite3.Connection:
        connection = real(*arguments, **more)
        connection.set_progress_handler(lambda: counted.append(1), 1)
        return connection

    monkeypatch.setattr(database, "_connect", connect)
    return counted


WORK: list[tuple[str, Callable[[Path], Any]]] = [
    ("issue", lambda path: make_client(path, clients=[{"name": "new", "common_name": "new"}])),
    ("again", make_client),
    ("renew", lambda path: make_client(path, subject={"country_name": "cn"})),
    ("refuse", lambda path: make_client(path, tolerant=True, **TWIN)),
    ("revoke by name", lambda path: revoke(path, {"name": "client", "reason": "certificate_hold"})),
    ("revoke by path", lambda path: revoke(path, {"path": str(path / "client.crt"), "reason": "certificate_hold"})),
    ("CA", make_ca),
]


def test_one_of_many_thousands_takes_as_many_steps_as_the_first(tmp_path: Path, steps: list[int]) -> None:
    """Each kind of work that looks something up. How many seconds that is, tests/bench tells."""
    for name in ("empty", "full"):
        make_ca(tmp_path / name)
        make_client(tmp_path / name)
    with database.opened(str(tmp_path / "full" / "root.index.db")) as known:
        known.add(_invented(number) for number in range(20_000))

    def cost(work: Callable[[Path], Any], path: Path) -> int:
        steps.clear()
        work(path)
        return len(steps)

    for name, work in WORK:
        empty, full = (cost(work, tmp_path / path) for path in ("empty", "full"))
        assert full < 1.5 * empty + 100, (name, empty, full)


@pytest.mark.parametrize("key", database.KEYS)
def test_nothing_is_found_by_reading_everything(ca: Path, key: str) -> None:
    with contextlib.closing(sqlite3.connect(ca / "root.index.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM certificates WHERE {key} = 'x'").fetchall()
    assert "USING INDEX" in plan[0][-1]


def _invented(number: int) -> database.Entry:
    print_of_it = f"{number * 2654435761 % 2**32:08x}" * 8
    return {
        "issued": "2026-01-01T00:00:00Z",
        "not_before": "2026-01-01T00:00:00Z",
        "serial_number": f"{number:040x}",
        "subject": {"common_name": f"device {number}", "organization_name": "alibaba"},
        "profile": "client",
        "not_after": "2126-01-01T00:00:00Z",
        "fingerprint_sha256": print_of_it,
        "public_key": print_of_it[::-1],
        "files": {},
        "file": f"/srv/pki/devices/device-{number}.crt",
        "revoked": None,
        "reason": None,
    }


def test_what_a_killed_run_left_incomplete_is_rolled_back_by_the_next_reader(ca: Path, tmp_path: Path) -> None:
    """The journal of a transaction that was killed needs a writer, also where a run only reads at first."""
    make_client(ca)
    before = entries(ca)
    path = ca / "root.index.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")  # so that a part of the transaction is on the disk already
    connection.execute("BEGIN IMMEDIATE")
    for number in range(200):
        connection.execute(f"CREATE TABLE filler_{number} (text)")
    killed = {file.name: file.read_bytes() for file in (path, ca / "root.index.db-journal")}
    connection.execute("ROLLBACK")
    connection.close()
    for name, content in killed.items():
        (ca / name).write_bytes(content)
    assert not database.needs_upgrade(str(path))
    assert entries(ca) == before
    assert codes(make_client(ca)) == []
