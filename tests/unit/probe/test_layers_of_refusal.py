# SPDX-License-Identifier: GPL-3.0-or-later
"""Which layer refused a client."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import verdict
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.messages import say
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.verdict import Answer


@pytest.mark.parametrize(
    ("found", "status", "refusal", "direct", "layer"),
    [
        (verdict.REFUSED_HANDSHAKE, None, None, False, "tls"),
        (verdict.REFUSED_HTTP, 400, None, False, "load_balancer"),
        (verdict.REFUSED_HTTP, 496, None, False, "load_balancer"),
        (verdict.REFUSED_HTTP, 403, "revoked", False, "backend"),
        (verdict.REFUSED_HTTP, 403, None, False, None),
        (verdict.REFUSED_HTTP, 403, None, True, "backend"),
        (verdict.REFUSED_HTTP, 400, None, True, "backend"),
        (verdict.ACCEPTED, 200, None, False, None),
        (verdict.UNREACHABLE, None, None, True, None),
    ],
)
def test_the_layer(found: str, status: int | None, refusal: str | None, direct: bool, layer: str | None) -> None:
    answer = Answer(found, say("none"), http_status=status, refusal=refusal)
    assert verdict.refused_by(answer, direct=direct) == layer


@pytest.mark.parametrize(
    ("expect", "found", "spoofs", "code"),
    [
        ("refused", verdict.ACCEPTED, True, "hint_spoofed"),
        ("accepted", verdict.REFUSED_HTTP, True, "hint_spoofed"),
        ("accepted", verdict.REFUSED_HTTP, False, "hint_backend"),
        ("refused", verdict.ACCEPTED, False, "hint_let_in"),
    ],
)
def test_the_advice(expect: str, found: str, spoofs: bool, code: str) -> None:
    reason = say("http_refused", status=403) + say("refusal", reason="revoked")
    reason = reason if found == verdict.REFUSED_HTTP else say("http_answered", status=200)
    (part,) = verdict.hint(expect, found, reason, spoofs=spoofs).parts
    assert part.code == code
