# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of clients as people have them, and the summary of what became of them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_list
from hypothesis import given
from hypothesis import strategies as st

READ: list[tuple[str, list[dict[str, Any]]]] = [
    ("name,common_name\na,alice\n", [{"name": "a", "common_name": "alice"}]),
    ("common_name\nalice\n\nbob", [{"name": each, "common_name": each} for each in ("alice", "bob")]),
    ("\ufeffname;key_type\r\na;ecdsa\r\n", [{"name": "a", "common_name": "a", "key_type": "ecdsa"}]),
    ("name\tcommon_name\na\t\n", [{"name": "a", "common_name": "a"}]),
    ("\nname , common_name\n a , 王 小明 \n,\n", [{"name": "a", "common_name": "王 小明"}]),
    ('name,organization_name\na,"Acme, Inc. ""East"""\n', [
        {"name": "a", "common_name": "a", "organization_name": 'Acme, Inc. "East"'},
    ]),
    ("name,dns_names,uris\na,one.example.com two.example.com;three.example.com,spiffe://x/a|spiffe://x/b\n", [
        {
            "name": "a",
            "common_name": "a",
            "dns_names": ["one.example.com", "two.example.com", "three.example.com"],
            "uris": ["spiffe://x/a", "spiffe://x/b"],
        },
    ]),
    ("# ours\n---\n- a\n- {name: b, common_name: bob, valid_for: 90d}\n", [
        {"name": "a", "common_name": "a"},
        {"name": "b", "common_name": "bob", "valid_for": "90d"},
    ]),
    ("clients:\n  - common_name: alice\n", [{"name": "alice", "common_name": "alice"}]),
    (json.dumps([{"name": "a", "dns_names": ["x.example.com"]}]), [
        {"name": "a", "common_name": "a", "dns_names": ["x.example.com"]},
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_reads(text: str, wanted: list[dict[str, Any]]) -> None:
    assert client_list(text) == wanted


REFUSED = [
    ("", "does not name its columns"),
    ("alice\nbob\n", "does not name its columns"),
    ("name,name\na,b\n", "each once"),
    ("name,valid_for\na,1d\nb,1d,2d\n", "Line 3 of the list has 3 fields"),
    ("name,valid_for\n,1d\n", "Line 2 of the list has neither"),
    ('name\n"a\n', "not valid CSV"),
    ("- {a: b\n", "not valid YAML"),
    ("clients: 7\n", "is not a list"),
    ("- name: a\n- valid_for: 1d\n", "Client 2 has neither"),
    ("- 7\n", "Client 1 has neither"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_says_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        client_list(text)


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_what_a_spreadsheet_writes_is_read(rows: list[tuple[str, str]], separator: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([("common_name", "organization_name"), *rows])
    found = client_list(text.getvalue())
    assert [(each["common_name"], each.get("organization_name", "")) for each in found] == rows
    assert client_list(yaml.safe_dump(found, allow_unicode=True) if found else "[]") == found
