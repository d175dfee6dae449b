# SPDX-License-Identifier: GPL-3.0-or-later
"""What integration tests share: a seeded sandbox, and ansible-playbook as a user would start it."""

from __future__ import annotations

import functools
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from tests.integration import preloaded

ROOT = Path(__file__).resolve().parents[2]
TARGETS = Path(__file__).parent / "targets"

# What an account has before anything of ours is in it.
SEED: dict[str, Any] = {
    "vpcs": [
        {
            "vpc_id": "vpc-1",
            "vswitches": [
                {"vswitch_id": "vsw-h", "zone_id": "cn-hangzhou-h"},
                {"vswitch_id": "vsw-i", "zone_id": "cn-hangzhou-i"},
                {"vswitch_id": "vsw-j", "zone_id": "cn-hangzhou-j"},
            ],
        }
    ],
    "ecs": [
        {"instance_id": "i-1", "address": "127.0.0.1", "zone_id": "cn-hangzhou-h", "vpc_id": "vpc-1"},
        {"instance_id": "i-2", "address": "127.0.0.1", "zone_id": "cn-hangzhou-i", "vpc_id": "vpc-1"},
        {"instance_id": "i-3", "address": "127.0.0.3", "zone_id": "cn-hangzhou-i", "vpc_id": "vpc-1"},
        {"instance_id": "i-other", "address": "127.0.0.3", "zone_id": "cn-hangzhou-i", "vpc_id": "vpc-2"},
    ],
    "domains": ["example.com"],
}
# Where the role alb_mtls puts a load balancer in it, and the variables of a site there.
NETWORK: dict[str, Any] = {
    "alb_mtls_vpc_id": "vpc-1",
    "alb_mtls_zone_mappings": [
        {"zone_id": "cn-hangzhou-h", "vswitch_id": "vsw-h"},
        {"zone_id": "cn-hangzhou-i", "vswitch_id": "vsw-i"},
    ],
}
SHOP: dict[str, Any] = {"mtls_name": "shop", "mtls_host": "www", "mtls_domain": "example.com", **NETWORK}

Command = Callable[..., tuple[list[str], dict[str, str]]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own."""
    with Sandbox(dns=True) as box:
        box.seed(**SEED)
        yield box


@pytest.fixture
def serving_sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own whose load balancers can be connected to."""
    with Sandbox(data_plane="nginx") as box:
        box.seed(**SEED)
        yield box


# The longest tests, with the seconds that each computes and waits, on a busy machine.
SECONDS = {
    "test_revoke_hold_release_and_spoof": 110,
    "test_a_client_of_a_private_ca": 60,
    # The next three are estimates.
    "test_the_ca_of_a_fleet_is_replaced_while_it_calls": 120,
    "test_a_private_ca_is_replaced_through_the_root_above_both": 80,
    "test_the_playbook_of_the_guide": 40,
    "test_target[role_alb_mtls]": 54,
    "test_every_answer_is_lost_once": 50,
    "test_killed_at_every_write_and_run_again": 42,
    "test_target[role_pki]": 31,
    "test_a_private_ca_from_nothing_to_the_verdict": 30,
    "test_target[alb_rule]": 28,
    "test_target[alb_listener_options]": 24,
    "test_roles_refuse_before_they_write": 24,
    "test_playbooks_ask_for_no_more_than_their_policies_allow": 23,
    "test_fifty_clients": 23,
    "test_target[role_pki_crls]": 19,
    "test_target[alb_server_group_options]": 18,
    "test_target[alb_load_balancer_options]": 16,
    "test_many_clients_are_found_over_several_pages": 14,
    "test_a_browser": 11,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long tests, so that all workers end at about the same moment.

    ``--dist worksteal`` gives each worker an equal share of the list and moves tests from the end of one share to
    another. Every share begins with some of the longest tests, goes on with other playbooks, and ends with short tests.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    longest = sorted((item for item in items if item.name in SECONDS), key=lambda item: -SECONDS[item.name])
    others = [item for item in items if item.name not in SECONDS]
    playbooks = [item for item in others if "preloaded_python" in getattr(item, "fixturenames", ())]
    short = iter([item for item in others if item not in playbooks])
    total = len(items)
    items.clear()
    for worker in range(workers):
        share = (total - len(items)) // (workers - worker)
        begin, end = (len(playbooks) * number // workers for number in (worker, worker + 1))
        first = longest[worker::workers] + playbooks[begin:end]
        items += [*first, *itertools.islice(short, max(0, share - len(first)))]


@pytest.fixture(scope="session")
def preloaded_python(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """An interpreter for modules, see :mod:`tests.integration.preloaded`.

    Beside it is the directory ``archives``, which all workers share, as they share what is compiled.
    """
    directory, shared = tmp_path_factory.mktemp("python"), tmp_path_factory.getbasetemp()
    if hasattr(pytestconfig, "workerinput"):
        shared = shared.parent
    for name in ("archives", "compiled"):
        (shared / name).mkdir(exist_ok=True)
        (directory / name).symlink_to(shared / name)
    preloaded.write_client(directory / "python", directory / "socket")
    command = [sys.executable, preloaded.__file__, str(directory / "socket"), str(directory / "compiled")]
    # It ends when the pipe does: with the tests, however they end.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield str(directory / "python")


def playbook_command(
    directory: Path,
    plays: list[dict[str, Any]],
    variables: dict[str, Any],
    box: Sandbox | None = None,
    *,
    python: str,
) -> tuple[list[str], dict[str, str]]:
    """Return arguments and environment that run ``plays`` with ``variables``, against ``box`` if there is one.

    The playbook and what Ansible keeps are written to ``directory``. Modules are run by ``python``, the interpreter of
    the fixture ``preloaded_python``, from archives that all runs share (``callbacks/shared_archives.py``), and get to
    it in a pipe: a file for each, the default, takes as much computing as many a module.
    """
    playbook = directory / "playbook.yml"
    playbook.write_text(json.dumps(plays))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "ALIBABA_", "ALICLOUD_"))}
    cloud = {}
    if box:
        variables = {**variables, "sandbox_endpoint": box.endpoint, "sandbox_dns": box.dns}
        cloud = {
            "ALICLOUD_MTLS_ENDPOINT": box.endpoint,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": box.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": box.access_key_secret,
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        }
    tools = Path(sys.executable).parent
    environment = {
        **kept,
        **cloud,
        "PATH": f"{tools}:{kept['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_ROLES_PATH": str(TARGETS),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests/integration/callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "shared_archives",
        "TESTS_SHARED_ARCHIVES": str(Path(python).with_name("archives")),
        "ANSIBLE_NOCOLOR": "true",
    }
    extra = json.dumps({"ansible_python_interpreter": python, **variables})
    return [str(tools / "ansible-playbook"), "--diff", "--extra-vars", extra, str(playbook)], environment


@pytest.fixture
def ansible(tmp_path: Path, preloaded_python: str) -> Command:
    """Arguments and environment of :func:`playbook_command`, in a directory of the test's own."""
    return functools.partial(playbook_command, tmp_path, python=preloaded_python)


@pytest.fixture
def play(ansible: Command, tmp_path: Path) -> Callable[..., str]:
    """Run to the end and return the output; a failure of the run is one of the test."""

    def run(*args: Any, options: tuple[str, ...] = ()) -> str:
        command, environment = ansible(*args)
        done = subprocess.run(
            [*command, *options],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
        return done.stdout

    return run
