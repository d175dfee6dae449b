# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene of a module, in the state in which the first run leaves it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator

import pytest

from tests.e2e.scene import ROOT, Scene, scene


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Sandbox and hosts, with the number that the module has in SCENE: modules run side by side."""
    number = request.module.SCENE
    with scene(tmp_path_factory.mktemp("e2e"), number, f"e2e-{number}") as it:
        # The image of the hosts is made once.
        with (ROOT / ".cache" / "infrastructure.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = it.script("infrastructure")
        assert made.returncode == 0, made.output
        yield it


@pytest.fixture(scope="module")
def first_run(request: pytest.FixtureRequest, stage: Scene) -> str:
    """Output of the run that makes everything: the demo with options in DEMO, or site.yml with those in FIRST_RUN."""
    demo = getattr(request.module, "DEMO", None)
    options = getattr(request.module, "FIRST_RUN", ())
    done = stage.script("up", *demo) if demo else stage.play("alicloud.mtls.site", *options)
    assert done.returncode == 0, done.output
    return done.output
