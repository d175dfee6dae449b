# SPDX-License-Identifier: GPL-3.0-or-later
"""What integration tests share: a seeded sandbox, and ansible-playbook as a user would start it."""

from __future__ import annotations

import functools
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that run playbooks: they are the long ones, and none of them is to be left for the end."""
    items.sort(key=lambda item: "preloaded_python" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def preloaded_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An interpreter for modules in runs that are not killed; see :mod:`tests.integration.preloaded`."""
    directory = tmp_path_factory.mktemp("python")
    preloaded.write_client(directory / "python", directory / "socket")
    command = [sys.executable, preloaded.__file__, str(directory / "socket")]
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

    The playbook and what Ansible keeps are written to ``directory``. Modules are run by ``python``.
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
