# SPDX-License-Identifier: GPL-3.0-or-later
"""What is broken off, or made wrong, and run again."""

from __future__ import annotations

import signal

from tests.e2e.scene import Scene
from tests.e2e.witness import cloud, curl
from tests.witnesses.processes import wait_for

SCENE = 72


def test_killed_and_run_again_it_ends_in_the_same_state(stage: Scene, first_run: str) -> None:
    """In the middle of its writes; tests/integration/test_engine_faults.py kills at every one."""
    undisturbed = cloud(stage)
    assert stage.play("alicloud.mtls.teardown").returncode == 0
    stage.forget_requests()
    process = stage.start("alicloud.mtls.site", "--tags", "alb")
    assert wait_for(lambda: len(stage.requests(writes=True)) >= 6, process)
    process.kill()
    assert process.returncode == -signal.SIGKILL, "it was over before"
    done = stage.play("alicloud.mtls.site")
    assert done.returncode == 0, done.output
    assert cloud(stage) == undisturbed


def test_killed_while_the_certificates_are_made(stage: Scene, first_run: str) -> None:
    authority = (stage.pki / "root.key").read_bytes()
    for name in ("client.key", "client.csr", "client.crt", "client.p12"):
        (stage.pki / name).unlink()
    process = stage.start("alicloud.mtls.site")
    assert wait_for((stage.pki / "client.key").exists, process)
    process.kill()
    assert process.returncode == -signal.SIGKILL, "it was over before"
    done = stage.play("alicloud.mtls.site")
    assert done.returncode == 0, done.output
    assert (stage.pki / "root.key").read_bytes() == authority
    assert curl(stage, "--cert", str(stage.pki / "client.crt"), "--key", str(stage.pki / "client.key"))[:2] == (
        0,
        "200",
    )
    assert [path.name for path in stage.pki.rglob(".*.part")] == [], "what was half written is gone"


def test_a_failed_proof_fails_the_play_and_says_which(stage: Scene, first_run: str) -> None:
    # The witness for the verification role: with mutual authentication off, the stranger is let in.
    off = stage.play("alicloud.mtls.site", "-e", "alb_mtls_mutual_authentication=false", "--skip-tags", "verify")
    assert off.returncode == 0, off.output
    assert curl(stage)[1] == "200"
    done = stage.play("alicloud.mtls.site", "--tags", "verify", "-e", '{"mtls_verify_wait_timeout": 1}')
    assert done.returncode != 0
    assert "no certificate" in done.output.lower()
    on = stage.play("alicloud.mtls.site")
    assert on.returncode == 0, on.output
    assert curl(stage)[1] != "200"
