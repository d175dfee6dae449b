# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario with a private CA (way 1): the whole demo, and what is broken off, or made wrong, and run again.

The tests build on each other, in the order of the file.
"""

from __future__ import annotations

import re
import signal
from collections import Counter

from tests.e2e.scene import Run, Scene
from tests.e2e.witness import GREETINGS, VERDICT, cloud, curl
from tests.witnesses.openssl import openssl
from tests.witnesses.processes import wait_for

SCENE = 72
DEMO = ("-e", "mtls_ca_source=private_ca")
CLIENT = ("client.key", "client.crt", "client.chain.crt", "client.p12")


def site(stage: Scene, *options: str) -> Run:
    return stage.play("alicloud.mtls.site", *DEMO, *options)


def orders(stage: Scene) -> int:
    """Return how many certificates were ordered since the requests were forgotten."""
    return [item["action"] for item in stage.requests(writes=True)].count("CreateClientCertificateWithCsr")


def pair(stage: Scene) -> tuple[str, ...]:
    """Return arguments of curl for the client that the private CA has issued."""
    private = stage.pki / "private-ca"
    return ("--cert", str(private / "client.chain.crt"), "--key", str(private / "client.key"))


def test_the_demo_ends_with_the_verdict_and_asks_for_one_certificate(stage: Scene, first_run: str) -> None:
    for line in VERDICT:
        assert re.search(line, first_run), first_run[-5000:]
    assert orders(stage) == 1
    left = cloud(stage)
    assert (left["repositories"], left["certificate authorities"]) == ([], []), "the listener takes the CA by its id"
    private = stage.pki / "private-ca"
    checked = ("verify", "-purpose", "sslclient", "-CAfile", private / "ca.crt", private / "client.crt")
    assert "client.crt: OK" in openssl(*checked)
    assert not (stage.pki / "root.key").exists()


def test_the_pkcs12_file_of_the_demo_is_let_in(stage: Scene, first_run: str) -> None:
    passphrase = (stage.state / "pkcs12-passphrase.txt").read_text().strip()
    bundle = ("--cert-type", "P12", "--cert", f"{stage.pki}/private-ca/client.p12:{passphrase}")
    assert {body for _code, _status, body in [curl(stage, *bundle) for _request in range(8)]} == GREETINGS
    answers = Counter(status for _code, status, _body in [curl(stage, *pair(stage)), curl(stage)])
    assert answers["200"] == 1, "no certificate is refused"


def test_a_second_run_changes_nothing_and_orders_nothing(stage: Scene, first_run: str) -> None:
    stage.forget_requests()
    done = site(stage)
    assert (done.returncode, done.changed) == (0, {}), done.output
    assert stage.requests(writes=True) == []


def test_killed_and_run_again_it_ends_in_the_same_state(stage: Scene, first_run: str) -> None:
    """In the middle of its writes; tests/integration/test_engine_faults.py kills at every one."""
    undisturbed = cloud(stage)
    assert stage.play("alicloud.mtls.teardown", *DEMO).returncode == 0
    stage.forget_requests()
    process = stage.start("alicloud.mtls.site", "--tags", "alb", *DEMO)
    assert wait_for(lambda: len(stage.requests(writes=True)) >= 6, process)
    process.kill()
    assert process.returncode == -signal.SIGKILL, "it was over before"
    done = site(stage)
    assert done.returncode == 0, done.output
    assert cloud(stage) == undisturbed
    assert orders(stage) == 0, "the client has its certificate"


def test_killed_while_the_certificate_is_ordered(stage: Scene, first_run: str) -> None:
    private = stage.pki / "private-ca"
    for name in CLIENT:
        (private / name).unlink()
    stage.forget_requests()
    process = stage.start("alicloud.mtls.site", *DEMO)
    assert wait_for((private / "client.key").exists, process)
    process.kill()
    assert process.returncode == -signal.SIGKILL, "it was over before"
    done = site(stage)
    assert done.returncode == 0, done.output
    assert orders(stage) == 1, "one for the new key, in whichever of the two runs"
    assert curl(stage, *pair(stage))[:2] == (0, "200")
    assert [path.name for path in stage.pki.rglob(".*.part")] == [], "what was half written is gone"


def test_a_failed_proof_fails_the_play_and_says_which(stage: Scene, first_run: str) -> None:
    # The witness for the verification role: with mutual authentication off, a client without certificate is let in.
    off = site(stage, "-e", "alb_mtls_mutual_authentication=false", "--skip-tags", "verify")
    assert off.returncode == 0, off.output
    assert curl(stage)[1] == "200"
    done = site(stage, "--tags", "verify", "-e", '{"mtls_verify_wait_timeout": 1}')
    assert done.returncode != 0
    assert "no certificate" in done.output.lower()
    on = site(stage)
    assert on.returncode == 0, on.output
    assert curl(stage)[1] != "200"
