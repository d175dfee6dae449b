# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook is killed in the middle of the role alb_mtls, and run again. The witness is the official SDK."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import urllib.parse
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from tests.integration.conftest import NETWORK, Command
from tests.witnesses.cloud import NOTHING, contents
from tests.witnesses.openssl import fingerprint, new_certificate
from tests.witnesses.processes import Killable, wait_for

PLAY = {"hosts": "localhost", "gather_facts": False, "roles": ["alicloud.mtls.alb_mtls"]}
GROUP = "group/alicloud.mtls.alicloud"
# In the order in which the role makes them.
WRITES = (
    "UploadUserCertificate",
    "CreateWarehouse",
    "UploadPCACert",
    "CreateLoadBalancer",
    "CreateServerGroup",
    "AddServersToServerGroup",
    "CreateListener",
)
DELETES = (
    "DeleteListener",
    "DeleteLoadBalancer",
    "DeleteServerGroup",
    "DeleteUserCertificate",
    "DeletePCACert",
    "DeleteWarehouse",
)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, Any]:
    """What the role wants to know, with certificates made by openssl."""
    new_certificate(tmp_path, "ca", "/CN=client-root")
    new_certificate(tmp_path, "s", "/CN=www.example.com")
    return {
        "alb_mtls_name": "shop",
        **NETWORK,
        "alb_mtls_servers": [{"server_id": "i-1", "port": 443}, {"server_id": "i-2", "port": 443}],
        "alb_mtls_server_certificate_path": str(tmp_path / "s.crt"),
        "alb_mtls_server_private_key_path": str(tmp_path / "s.key"),
        "alb_mtls_ca_certificate_path": str(tmp_path / "ca.crt"),
    }


@pytest.fixture
def everything(variables: dict[str, Any], tmp_path: Path) -> dict[str, list[str]]:
    """What the role leaves in an empty cloud."""
    return {
        **NOTHING,
        "load balancers": ["shop Active"],
        "server groups": ["shop Available"],
        "servers": ["shop i-1:443", "shop i-2:443"],
        "listeners": ["HTTPS 443 Running"],
        "certificates": [f"shop-server-{fingerprint((tmp_path / 's.crt').read_text())[:8]}"],
        "repositories": ["shop"],
        "certificate authorities": ["shop client-root"],
    }


_started: list[Killable[str]] = []


@pytest.fixture(autouse=True)
def no_run_outlives_its_test() -> Iterator[None]:
    yield
    while _started:
        _started.pop().kill()


def start(ansible: Command, variables: dict[str, Any], box: Sandbox, **defaults: Any) -> Killable[str]:
    """Starts the role; its modules have these ``defaults``."""
    command, environment = ansible([{**PLAY, "module_defaults": {GROUP: defaults}}], variables, box)
    run: Killable[str] = Killable(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    _started.append(run)
    return run


def finish(ansible: Command, variables: dict[str, Any], box: Sandbox) -> str:
    process = start(ansible, variables, box)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    process.mark.assert_nothing_left()
    return output


def done(box: Sandbox, actions: Collection[str]) -> list[str]:
    """Which of ``actions`` the cloud has done, in their order."""
    found = box.requests(writes=True)
    return [each["action"] for each in found if each["action"] in actions and each["http_status"] == 200]


def killed_at(
    action: str, sequence: Sequence[str], ansible: Command, variables: dict[str, Any], box: Sandbox
) -> list[str]:
    """Starts the role and kills all of it when the cloud has done ``action``; returns what of ``sequence`` was done.

    The cloud is too busy for what comes later in ``sequence``: however late the kill, no write follows.
    """
    for later in sequence[sequence.index(action) + 1 :]:
        box.fault("throttle", action=later, times=0)
    box.clear_requests()
    process = start(ansible, variables, box)
    # Seldom: a question takes the sandbox more computing than the run in this time.
    assert wait_for(lambda: action in done(box, sequence), process, pause=0.1), process.communicate()[0]
    process.kill()
    assert process.returncode == -signal.SIGKILL
    box.clear_faults()
    return done(box, sequence)


def what_there_is(box: Sandbox) -> dict[str, list[str]]:
    return contents(box.endpoint, box.access_key_id, box.access_key_secret, "example.com")


def test_killed_at_every_write_and_run_again(
    ansible: Command, variables: dict[str, Any], everything: dict[str, list[str]], sandbox: Sandbox
) -> None:
    """Each run goes on from where the one before it was killed: it does the next write, and none again."""
    sandbox.delays(default=0.5)
    for wanted, state, sequence in ((everything, "present", WRITES), (NOTHING, "absent", DELETES)):
        own = {**variables, "alb_mtls_state": state}
        for action in sequence:
            assert killed_at(action, sequence, ansible, own, sandbox) == [action]
        finish(ansible, own, sandbox)
        assert what_there_is(sandbox) == wanted


def test_every_answer_is_lost_once(
    ansible: Command, variables: dict[str, Any], everything: dict[str, list[str]], sandbox: Sandbox
) -> None:
    for action in (*WRITES, *DELETES):
        sandbox.fault("lost_response", action=action)
    finish(ansible, variables, sandbox)
    assert what_there_is(sandbox) == everything
    assert "changed=0" in finish(ansible, variables, sandbox)
    finish(ansible, {**variables, "alb_mtls_state": "absent"}, sandbox)
    assert what_there_is(sandbox) == NOTHING


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([{"kind": "throttle", "every": 3}], id="throttled"),
        # One is the answer to a request that was not done, the other to one that was.
        pytest.param([{"kind": "error", "every": 4}, {"kind": "late_error", "every": 3}], id="5xx"),
    ],
)
def test_one_call_in_three_fails(
    faults: list[dict[str, Any]],
    ansible: Command,
    variables: dict[str, Any],
    everything: dict[str, list[str]],
    sandbox: Sandbox,
) -> None:
    def under_faults(**more: Any) -> str:
        for fault in faults:
            sandbox.fault(**fault, times=0)
        output = finish(ansible, {**variables, **more}, sandbox)
        sandbox.clear_faults()
        return output

    under_faults()
    assert what_there_is(sandbox) == everything
    assert "changed=0" in under_faults()
    under_faults(alb_mtls_state="absent")
    assert what_there_is(sandbox) == NOTHING


def failure(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the module that ended the run said."""
    output = process.communicate(timeout=300)[0]
    said = re.search(r"^fatal: \[localhost\]: FAILED! => (\{.*\})", output, re.MULTILINE | re.DOTALL)
    assert process.returncode, output
    assert said, output
    result, _end = json.JSONDecoder().raw_decode(said[1])
    return dict(result)


def request_ids(box: Sandbox, action: str) -> list[str]:
    return [request["request_id"] for request in box.requests(writes=True) if request["action"] == action]


@pytest.mark.parametrize(
    ("trouble", "defaults", "code", "message"),
    [
        pytest.param(
            lambda box: box.delays(servergroup=8),
            {"wait_timeout": 3},
            "WaitTimeout",
            r"3 seconds \(wait_timeout\) were not enough for job [-\w]+ \(CreateServerGroup\)",
            id="lasts too long",
        ),
        pytest.param(
            lambda box: box.fault("fail_job", action="CreateServerGroup", code="OperationFailed.Stock"),
            {},
            "OperationFailed.Stock",
            r"job [-\w]+ \(CreateServerGroup\) failed",
            id="fails",
        ),
    ],
)
def test_a_job(
    trouble: Callable[[Sandbox], None],
    defaults: dict[str, Any],
    code: str,
    message: str,
    ansible: Command,
    variables: dict[str, Any],
    everything: dict[str, list[str]],
    sandbox: Sandbox,
) -> None:
    trouble(sandbox)
    said = failure(start(ansible, variables, sandbox, **defaults))
    assert said["code"] == code
    assert re.search(message, said["msg"])
    assert said["request_id"] in request_ids(sandbox, "CreateServerGroup")
    finish(ansible, variables, sandbox)
    assert what_there_is(sandbox) == everything


def test_a_load_balancer_that_cannot_be_made(
    ansible: Command, variables: dict[str, Any], everything: dict[str, list[str]], sandbox: Sandbox
) -> None:
    """There is no job to look at: its status says it."""
    sandbox.fault("fail_job", action="CreateLoadBalancer")
    said = failure(start(ansible, variables, sandbox))
    assert said["code"] == "create_failed"
    assert said["request_id"] in request_ids(sandbox, "CreateLoadBalancer")
    assert said["hint"] == "Run again: it is then removed and made anew."
    finish(ansible, variables, sandbox)
    assert what_there_is(sandbox) == everything


def test_the_service_goes_away_for_a_moment(
    ansible: Command, variables: dict[str, Any], everything: dict[str, list[str]], sandbox: Sandbox
) -> None:
    process = start(ansible, variables, sandbox)
    assert wait_for(lambda: bool(done(sandbox, ["CreateLoadBalancer"])), process, pause=0.05)
    sandbox.kill9()
    sandbox.start()
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 0, output
    assert what_there_is(sandbox) == everything


def test_no_key_at_the_highest_verbosity(
    ansible: Command, variables: dict[str, Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    command, environment = ansible([PLAY], variables, sandbox)
    environment["ANSIBLE_PIPELINING"] = "false"  # the default, which says more
    # A request that fails in the middle shows its address, and these requests have a key in it.
    sandbox.fault("lost_response", action="UploadUserCertificate")
    ended = subprocess.run(
        [*command, "-vvvv"], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout
    # An address writes some of the characters of PEM in another way, so search in both spellings.
    said = ended.stdout + ended.stderr
    lines = [line for line in (tmp_path / "s.key").read_text().splitlines() if not line.startswith("-----")]
    assert lines
    parts = [line[at : at + 16] for line in lines for at in range(0, len(line) - 15, 16)]
    assert [part for part in parts if part in said or part in urllib.parse.unquote(said)] == []
    assert "s.key" in ended.stdout
