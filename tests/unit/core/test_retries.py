# SPDX-License-Identifier: GPL-3.0-or-later
"""One budget of time for waiting and repeating, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.error_codes import Kind
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import LATE_EFFECT, delays, repeat

from tests.unit.fakes.cloud import Clock, error


def failing(errors: list[CloudError], result: str = "done") -> Callable[[], str]:
    """A function that raises ``errors`` one by one, then returns."""
    left = iter(errors)

    def attempt() -> str:
        for each in left:
            raise each
        return result

    return attempt


@pytest.mark.parametrize(
    "code", ["Throttling.User", "IncorrectStatus.LoadBalancer", "ResourceInUse.ServerGroup", "ServiceUnavailable"]
)
def test_passing_errors_are_repeated(code: str) -> None:
    clock = Clock()
    assert repeat(failing([error(code)] * 3), clock.budget()) == "done"
    assert len(clock.pauses) == 3
    assert clock.pauses[0] < clock.pauses[2]


@pytest.mark.parametrize("code", ["InvalidParameter", "Forbidden.Listener", "ResourceNotFound.Listener"])
def test_others_are_not(code: str) -> None:
    clock = Clock()
    with pytest.raises(CloudError):
        repeat(failing([error(code)]), clock.budget())
    assert clock.pauses == []


@pytest.mark.parametrize(
    ("code", "kind", "budget", "longest"),
    [
        ("Throttling", None, 60.0, 60.0),
        ("IncorrectStatus.Listener", None, 60.0, 60.0),
        ("ResourceInUse.ServerGroup", None, 120.0, 60.0),
        ("LockFailed", None, 120.0, 60.0),
        ("ResourceInUse.ServerGroup", None, 3.0, 3.0),
        ("", Kind.UNREACHABLE, 60.0, 5.0),
    ],
)
def test_patience_ends(code: str, kind: Kind | None, budget: float, longest: float) -> None:
    clock = Clock()
    with pytest.raises(CloudError):
        repeat(failing([error(code, kind=kind)] * 1000), clock.budget(budget))
    assert longest / 3 < sum(clock.pauses) <= longest


def test_the_service_says_how_long_to_wait() -> None:
    clock = Clock()
    repeat(failing([error("Throttling", retry_after=7.0)]), clock.budget())
    assert clock.pauses == [7.0]


def test_no_sleep_beyond_the_budget() -> None:
    clock = Clock()
    with pytest.raises(CloudError):
        repeat(failing([error("Throttling", retry_after=61.0)]), clock.budget(60.0))
    assert clock.pauses == []


@pytest.mark.parametrize(("unclear", "expected", "attempts"), [(True, "found", 1), (False, "done", 2)])
def test_look_before_repeating_what_may_have_been_done(unclear: bool, expected: str, attempts: int) -> None:
    made = []
    attempt = failing([error("Throttling", unclear=unclear)])

    def counted() -> str:
        made.append(1)
        return attempt()

    assert repeat(counted, Clock().budget(), find_created=lambda: "found") == expected
    assert len(made) == attempts


def test_repeat_what_has_not_been_done() -> None:
    assert repeat(failing([error("", 503, unclear=True)]), Clock().budget(), find_created=lambda: None) == "done"


@pytest.mark.parametrize("seconds", [0.0, 3.0, LATE_EFFECT - 1])
def test_a_request_without_an_answer_may_take_effect_late(seconds: float) -> None:
    """To send it again while the service is still at it would make a second resource."""
    clock = Clock()

    def find_created() -> str | None:
        return "found" if clock.now >= 1000.0 + 0.5 + seconds else None

    attempt = failing([CloudError("no answer", kind=Kind.TRANSIENT, unclear=True)])
    assert repeat(attempt, clock.budget(), find_created=find_created) == "found"


def test_delays_grow_to_a_ceiling_and_differ() -> None:
    runs = [list(itertools.islice(delays(0.2, 1.4, 3.0), 12)) for _run in range(50)]
    for run in runs:
        assert 0.15 <= run[0] <= 0.25
        assert all(pause <= 3.75 for pause in run)
        assert run[-1] >= 2.25
    assert len({run[0] for run in runs}) > 1


@pytest.mark.parametrize("seconds", [0.0, 0.5, 10.0])
def test_polling_looks_once_at_least_and_ends_with_the_budget(seconds: float) -> None:
    clock = Clock()
    looks = sum(1 for _look in clock.budget(seconds).poll())
    assert looks >= 1
    assert clock.now - 1000.0 == pytest.approx(seconds)
