# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of requests against API metadata finds what is wrong, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tools.openapi import NEWER, OURS, Operations, answer_faults, check, check_answers, read_operations

ITEM = {"type": "object", "properties": {"Id": {"type": "string", "required": True}, "On": {"type": "boolean"}}}
ANSWER = {
    "type": "object",
    "properties": {
        "ThingId": {"type": "string", "example": "t-1"},
        "Size": {"type": "integer", "example": "1"},
        "Parts": {"type": "array", "items": {"type": "object", "properties": {"On": {"type": "boolean"}}}},
    },
}
METADATA = {
    "info": {"version": "2000-01-01"},
    "operations": {
        "MakeThing": {
            "parameters": {
                "Name": {"type": "string", "required": True},
                "Size": {"type": "integer", "minimum": "1", "maximum": "10"},
                "Kind": {"type": "string", "enum": ["big", "small"]},
                "Items": {"type": "array", "maxItems": 2, "items": ITEM},
                "One": ITEM,
                "Ids": {"type": "array", "style": "json", "items": {"type": "integer"}},
            },
            "response": ANSWER,
        }
    },
}


def request(params: dict[str, str], **other: Any) -> dict[str, Any]:
    defaults = {"product": "thing", "version": "2000-01-01", "action": "MakeThing", "http_status": 200, "code": ""}
    return {**defaults, "user_agent": OURS, "params": params, **other}


@pytest.fixture
def operations(tmp_path: Path) -> Operations:
    (tmp_path / "thing.json").write_text(json.dumps(METADATA))
    return read_operations(tmp_path)


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"Name": "a", "Size": "10", "Kind": "big", "Items.1.Id": "x", "Items.2.Id": "y", "Items.2.On": "True"}, None),
        ({"Size": "1"}, "Name: is required"),
        ({"Name": "a", "Color": "red"}, "Color: is unknown"),
        ({"Name": "a", "Size": "ten"}, "Size: 'ten' is no integer"),
        ({"Name": "a", "Size": "11"}, "Size: 11 is out of range"),
        ({"Name": "a", "Kind": "huge"}, "Kind: 'huge' is none of ['big', 'small']"),
        ({"Name": "a", "Items.1.On": "true"}, "Items.1.Id: is required"),
        ({"Name": "a", "Items.1.Id": "x", "Items.1.On": "1"}, "Items.1.On: '1' is no boolean"),
        ({"Name": "a", "Items.2.Id": "x"}, "Items: items are not numbered from 1"),
        ({"Name": "a", "Items.1.Id": "x", "Items.2.Id": "x", "Items.3.Id": "x"}, "Items: 3 items"),
        ({"Name.1": "a"}, "Name: is no string"),
        ({"Name": "a", "Items": "x"}, "Items: is no array"),
        ({"Name": "a", "One": "x"}, "One: is no object"),
        ({"Name": "a", "Items.x.Id": "y"}, "Items: items are not numbered from 1"),
        ({"Name": "a", "Name.1": "b"}, "Name: is a value and a structure"),
        ({"Name": "a", "One.Id.2": "x", "One.Id": "y"}, "One.Id: is a value and a structure"),
        ({"Name": "a", "Ids": "[1, 2]"}, None),
        ({"Name": "a", "Ids": '["one"]'}, "Ids.1: 'one' is no integer"),
        ({"Name": "a", "Ids": "1,2"}, "Ids: is no array"),
    ],
)
def test_what_is_wrong_with_a_request(operations: Operations, params: dict[str, str], fault: str | None) -> None:
    found, unknown = check([request(params)], operations)
    assert list(found) == ([f"thing 2000-01-01 MakeThing: {fault}"] if fault else [])
    assert not unknown


def test_a_refusal_is_held_against_the_collection_only(operations: Operations) -> None:
    bad = request({}, http_status=400, code="MissingName")
    assert check([bad], operations)[0]
    assert not check([{**bad, "user_agent": "AlibabaCloud"}], operations)[0]
    assert check([request({}, user_agent="AlibabaCloud")], operations)[0], "the sandbox must not accept it"


def test_an_operation_that_the_metadata_lacks_is_named(operations: Operations) -> None:
    assert check([request({}, action="BreakThing")], operations) == ({}, {"thing 2000-01-01 BreakThing"})


def test_a_newer_parameter_has_its_type(operations: Operations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEWER, ("2000-01-01", "MakeThing"), {"Age": {"type": "integer"}})
    assert check([request({"Name": "a", "Age": "3"})], operations) == ({}, set())
    found, _unknown = check([request({"Name": "a", "Age": "old"})], operations)
    assert list(found) == ["thing 2000-01-01 MakeThing: Age: 'old' is no integer"]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"ThingId": "string", "Size": "integer", "Parts": [{"On": "boolean"}]}, []),
        ({"thingId": "string"}, [".thingId: is spelled ThingId"]),
        ({"Colour": "string"}, [".Colour: is unknown"]),
        ({"Size": "string"}, [".Size: is string instead of integer"]),
        ({"Parts": {"On": "boolean"}}, [".Parts: is dict instead of array"]),
        ({"Parts": [{"On": "boolean"}, {"On": "null"}]}, [".Parts[].On: is null instead of boolean"]),
    ],
)
def test_answers(shape: Any, expected: list[str]) -> None:
    assert list(answer_faults(shape, ANSWER, "")) == expected


def test_fields_that_no_answer_had(operations: Operations) -> None:
    requests = [request({}, response={"Size": "integer"}), request({}, http_status=400, response={"Code": "string"})]
    assert check_answers(requests, operations) == (Counter(), {"MakeThing": [".ThingId"]})
    wrong = [request({}, response={"ThingId": "integer", "Size": "integer"})] * 2
    assert check_answers(wrong, operations)[0] == Counter({"thing MakeThing.ThingId: is integer instead of string": 2})
