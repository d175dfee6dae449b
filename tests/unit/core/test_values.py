# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing, merging, and translating values."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import (
    GONE,
    KNOWN_AFTER_APPLY,
    STATE,
    TAGS,
    Field,
    changes,
    choice,
    chunks,
    decode,
    encode,
    given,
    holds_unknown,
    list_of,
    merged,
    nested,
)
from hypothesis import given as for_all
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("wanted", "current", "expected"),
    [
        ({}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1, "b": 2}, {}),
        ({"a": None}, {"a": 1}, {}),
        ({"a": 2}, {"a": 1}, {"a": 2}),
        ({"a": False}, {"a": None}, {"a": False}),
        ({"a": [1, 2]}, {"a": [2, 1]}, {"a": [1, 2]}),
        ({"a": []}, {"a": [1]}, {"a": []}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3, "z": 4}}, {"a": {"y": 2}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": {"x": 1}}),
        ({"a": KNOWN_AFTER_APPLY}, {"a": 1}, {"a": KNOWN_AFTER_APPLY}),
    ],
)
def test_changes(wanted: Any, current: Any, expected: Any) -> None:
    assert changes(wanted, current) == expected


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": GONE}}, {"a": {"x": 1}}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": None}}, {"a": {"x": 1, "y": None}}),
        ({"a": KNOWN_AFTER_APPLY}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_merged(base: Any, over: Any, expected: Any) -> None:
    assert merged(base, over) == expected


VALUES = st.dictionaries(st.sampled_from("abc"), st.integers() | st.dictionaries(st.sampled_from("xyz"), st.integers()))


@for_all(VALUES, VALUES)
def test_what_was_changed_needs_no_change(wanted: dict[str, Any], current: dict[str, Any]) -> None:
    assert changes(wanted, merged(current, changes(wanted, current))) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", False),
        (KNOWN_AFTER_APPLY, True),
        ({"a": [{"b": KNOWN_AFTER_APPLY}]}, True),
        (["a", {"b": 1}], False),
        (None, False),
    ],
)
def test_holds_unknown(value: Any, expected: bool) -> None:
    assert holds_unknown(value) is expected


def test_given_is_what_the_user_said() -> None:
    params = {"a": 0, "b": None, "c": {"x": None, "y": False}, "d": 1}
    assert given(params, ("a", "b", "c")) == {"a": 0, "c": {"y": False}}


FIELDS = (
    Field("kind", "Kind", choice(grpc="gRPC", http="HTTP")),
    Field("depth", "Outer.Inner"),
    Field("items", "Items", list_of(nested((Field("item_id", "ItemId"),)))),
    Field("tags", "Tag", TAGS),
    Field("status", "Status", STATE),
)


def test_on_the_wire() -> None:
    value = {"kind": "grpc", "depth": 3, "items": [{"item_id": "i"}], "tags": {"b": 2, "a": "1"}, "foreign": 1}
    wire = {
        "Kind": "gRPC",
        "Outer": {"Inner": 3},
        "Items": [{"ItemId": "i"}],
        "Tag": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }
    assert encode(FIELDS, value) == wire
    assert decode(FIELDS, {**wire, "Status": "CreateFailed", "Foreign": 1}) == {
        "kind": "grpc",
        "depth": 3,
        "items": [{"item_id": "i"}],
        "tags": {"a": "1", "b": "2"},
        "status": "create_failed",
    }


def test_every_key_is_there_even_if_the_answer_has_none() -> None:
    assert decode(FIELDS, {}) == {"kind": None, "depth": None, "items": [], "tags": {}, "status": None}


@for_all(st.lists(st.integers()), st.integers(1, 5))
def test_chunks_are_all_of_it_in_order(items: list[int], size: int) -> None:
    parts = list(chunks(items, size))
    assert [item for part in parts for item in part] == items
    assert all(len(part) == size for part in parts[:-1])
    assert all(0 < len(part) <= size for part in parts)
