# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that have an effect only while another one is on: when they are compared, sent and refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.dependent_options import (
    DependentOptions,
    completed,
    sent_details,
    wanted_details,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY

Object = dict[str, Any]
MUTUAL = DependentOptions("", "mutual", ("ca",))
CHECK = DependentOptions("check", "enabled", ("path", "codes"), default=True)
ROWS = (MUTUAL, CHECK)


@pytest.mark.parametrize(
    ("wanted", "current", "expected"),
    [
        ({"ca": ["a"]}, {"mutual": True}, {"ca": ["a"]}),
        ({"ca": ["a"], "mutual": True}, {"mutual": False}, {"ca": ["a"], "mutual": True}),
        ({"ca": ["a"], "mutual": False}, {"mutual": True}, {"mutual": False}),
        ({"ca": ["a"], "mutual": True}, {}, {"ca": ["a"], "mutual": True}),
        ({"ca": []}, {"mutual": False}, {}),
        ({"ca": ["a"]}, {"mutual": KNOWN_AFTER_APPLY}, {"ca": ["a"]}),
        ({"check": {"path": "/"}}, {}, {"check": {"path": "/"}}),
        ({"check": {"path": "/", "enabled": False}}, {}, {"check": {"enabled": False}}),
        ({"check": {"path": "/"}}, {"check": KNOWN_AFTER_APPLY}, {"check": {"path": "/"}}),
    ],
)
def test_what_is_compared(wanted: Object, current: Object, expected: Object) -> None:
    assert wanted_details(ROWS, wanted, current) == expected


@pytest.mark.parametrize(
    ("wanted", "current", "words"),
    [
        ({"ca": ["a"]}, {"mutual": False}, "^ca is given, and mutual is off"),
        ({"ca": ["a"]}, {}, "^ca is given, and mutual is off"),
        ({"check": {"path": "/"}}, {"check": {"enabled": False}}, "^check.path is given, and check.enabled is off"),
    ],
)
def test_what_is_refused(wanted: Object, current: Object, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        wanted_details(ROWS, wanted, current)


def test_what_is_sent() -> None:
    assert sent_details(ROWS, {"mutual": False, "ca": ["a"], "name": "x"}) == {"mutual": False, "name": "x"}
    assert sent_details(ROWS, {"mutual": True, "ca": ["a"]}) == {"mutual": True, "ca": ["a"]}
    assert sent_details(ROWS, {"check": {"enabled": False, "path": "/"}}) == {"check": {"enabled": False}}
    assert sent_details(ROWS, {"check": {"path": "/"}}) == {"check": {"path": "/"}}, "it is on by default"


def test_what_goes_together() -> None:
    current = {"mutual": True, "ca": ["a"], "check": {"enabled": True, "path": "/", "port": 1}}
    assert completed(ROWS, {"ca": ["b"]}, {"ca": ["b"]}, current) == {"mutual": True, "ca": ["b"]}
    assert completed(ROWS, {"mutual": False}, {}, current) == {"mutual": False, "ca": ["a"]}
    wanted = {"check": {"path": "/up"}}
    whole = {"check": {"enabled": True, "path": "/up", "port": 1}}
    assert completed(ROWS, wanted, wanted, current) == whole
    assert completed(ROWS, {"name": "x"}, {"name": "x"}, current) == {"name": "x"}
