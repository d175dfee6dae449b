# SPDX-License-Identifier: GPL-3.0-or-later
"""The two dialects of certificate ids."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.identifiers import ca_certificate, server_certificate
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY

UUID = "1efd3cac-e8c1-611d-b971-f96e5e432aba"
HEX = "160ae6bb538d538c70c01f81dcf2abcd"


@pytest.mark.parametrize(
    ("identity", "region", "current", "expected"),
    [
        ("13781326-cn-hangzhou", "cn-hangzhou", [], "13781326-cn-hangzhou"),
        ("13781326-cn-hangzhou", "cn-beijing", [], "13781326-cn-hangzhou"),
        (" 13781326 ", "cn-beijing", [], "13781326-cn-hangzhou"),
        ("13781326", None, [], "13781326-cn-hangzhou"),
        ("13781326", "ap-southeast-3", [], "13781326-ap-southeast-1"),
        ("13781326", "ap-southeast-3", ["13781326-cn-hangzhou"], "13781326-cn-hangzhou"),
        ("13781326", "cn-hangzhou", ["1378132-cn-hangzhou"], "13781326-cn-hangzhou"),
        ("13781326-cn-hangzhou", "eu-central-1", [], "13781326-cn-hangzhou"),
        (KNOWN_AFTER_APPLY, "cn-hangzhou", [], KNOWN_AFTER_APPLY),
    ],
)
def test_server(identity: str, region: str | None, current: list[str], expected: str) -> None:
    assert server_certificate(identity, region, current) == expected


@pytest.mark.parametrize(
    ("identity", "region", "words"),
    [
        ("13781326-ap-southeast-1", "cn-hangzhou", "store of ap-southeast-1"),
        ("13781326-cn-beijing", "cn-beijing", "store of cn-beijing"),
        (UUID, "cn-hangzhou", "belongs into ca_certificate_ids"),
        (HEX, "cn-hangzhou", "belongs into ca_certificate_ids"),
        ("", "cn-hangzhou", "not the id"),
        ("shop-server", "cn-hangzhou", "not the id"),
    ],
)
def test_not_a_server(identity: str, region: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        server_certificate(identity, region)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("identity", "expected"),
    [(UUID, UUID), (f"{UUID}-cn-hangzhou", UUID), (HEX, HEX), (KNOWN_AFTER_APPLY, KNOWN_AFTER_APPLY)],
)
def test_ca(identity: str, expected: str) -> None:
    assert ca_certificate(identity) == expected


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        ("13781326-cn-hangzhou", "belongs into certificate_ids"),
        ("13781326", "belongs into certificate_ids"),
        ("123157000000-cn-hangzhou", "belongs into certificate_ids"),
        ("", "not the identifier"),
    ],
)
def test_not_a_ca(identity: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        ca_certificate(identity)
