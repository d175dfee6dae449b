# SPDX-License-Identifier: GPL-3.0-or-later
"""A sandbox in a process of its own, and the unmodified SDK to talk to it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, Pair, Sdk, make_pair
from sandbox.tests.world import World, make_world


def pytest_configure() -> None:
    """Have processes end at SIGINT, which they would ignore if a script had started the tests in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def process() -> Iterator[Sandbox]:
    """One process for the tests that do not kill it."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    """An empty sandbox with the account of these tests."""
    process.reset()
    process.seed(**ACCOUNT)
    process.clear_requests()
    return process


@pytest.fixture
def sdk(sandbox: Sandbox) -> Sdk:
    """The SDK, pointed at the sandbox."""
    return Sdk(sandbox)


@pytest.fixture(scope="session")
def server_pair() -> Pair:
    """A server certificate."""
    return make_pair("www.example.com")


@pytest.fixture(scope="session")
def ca_pair() -> Pair:
    """A CA for client certificates."""
    return make_pair("Clients", ca=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A data plane, without a control plane."""
    with make_world(tmp_path) as made:
        yield made
