# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of clients as people have them, and the summary of what became of them."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_file, client_list
from hypothesis import given
from hypothesis import strategies as st

READ: list[tuple[str, list[dict[str, Any]]]] = [
    ("name,common_name\na,alice\n", [{"name": "a", "common_name": "alice"}]),
    ("common_name\nalice\n\nbob", [{"name": each, "common_name": each} for each in ("alice", "bob")]),
    ("\ufeffname;key_type\r\na;ecdsa\r\n", [{"name": "a", "common_name": "a", "key_type": "ecdsa"}]),
    ("sep=;\nname;common_name\na,1;b\n", [{"name": "a,1", "common_name": "b"}]),
    ('"sep=|"\r\nname|common_name\r\na|b\r\n', [{"name": "a", "common_name": "b"}]),
    ("\ufeffsep=\t\r\nname\tkey_type\r\na\tecdsa\r\n", [{"name": "a", "common_name": "a", "key_type": "ecdsa"}]),
    (
        "name,key_type,,\na,ecdsa,,\nb,,,\n,,,\n",
        [
            {"name": "a", "common_name": "a", "key_type": "ecdsa"},
            {"name": "b", "common_name": "b"},
        ],
    ),
    ("name\ra\r", [{"name": "a", "common_name": "a"}]),
    (
        "name,dns_names,email_addresses,uris\n"
        'a,x.example、y.example，z.example；,"i@x.example, j@x.example","urn:a,b；urn:c"\n',
        [
            {
                "name": "a",
                "common_name": "a",
                "dns_names": ["x.example", "y.example", "z.example"],
                "email_addresses": ["i@x.example", "j@x.example"],
                "uris": ["urn:a,b", "urn:c"],
            },
        ],
    ),
    (
        'name,dns_names\na,"x.example\ny.example"\n',
        [
            {"name": "a", "common_name": "a", "dns_names": ["x.example", "y.example"]},
        ],
    ),
    ("name\nنامه\u200cای\n", [{"name": "نامه\u200cای", "common_name": "نامه\u200cای"}]),
    ("name\tcommon_name\na\t\n", [{"name": "a", "common_name": "a"}]),
    ("\nname , common_name\n a , 王 小明 \n,\n", [{"name": "a", "common_name": "王 小明"}]),
    ("\n" * 1000 + "name\na\n", [{"name": "a", "common_name": "a"}]),
    (" \r\n# clients\n\n" * 1000 + "- a\n", [{"name": "a", "common_name": "a"}]),
    (
        'name,organization_name\na,"Acme, Inc. ""East"""\n',
        [
            {"name": "a", "common_name": "a", "organization_name": 'Acme, Inc. "East"'},
        ],
    ),
    (
        "name,dns_names,uris\na,one.example.com two.example.com;three.example.com,spiffe://x/a|spiffe://x/b\n",
        [
            {
                "name": "a",
                "common_name": "a",
                "dns_names": ["one.example.com", "two.example.com", "three.example.com"],
                "uris": ["spiffe://x/a", "spiffe://x/b"],
            },
        ],
    ),
    (
        "# ours\n---\n- a\n- {name: b, common_name: bob, valid_for: 90d}\n",
        [
            {"name": "a", "common_name": "a"},
            {"name": "b", "common_name": "bob", "valid_for": "90d"},
        ],
    ),
    ("clients:\n  - common_name: alice\n", [{"name": "alice", "common_name": "alice"}]),
    (
        json.dumps([{"name": "a", "dns_names": ["x.example.com"]}]),
        [
            {"name": "a", "common_name": "a", "dns_names": ["x.example.com"]},
        ],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), READ)
def test_reads(text: str, wanted: list[dict[str, Any]]) -> None:
    assert client_list(text) == wanted


REFUSED = [
    ("", "does not name its columns"),
    ("alice\nbob\n", "does not name its columns"),
    ("name,name\na,b\n", "each once"),
    ("name,valid_for\na,1d\nb,1d,2d\n", r"Row 3, column 3 has a value, and the column has no name"),
    ("name,valid_for\n,1d\n", "Row 2 has neither"),
    ('name\n"a\n', "not valid CSV"),
    ("- {a: b\n", "not valid YAML"),
    ("clients: 7\n", "is not a list"),
    ("- name: a\n- valid_for: 1d\n", "Client 2 has neither"),
    ("- 7\n", "Client 1 has neither"),
    ("name，common_name\na,b\n", "Full-width commas do not separate columns"),
    ("name,dns_names,dns_names\n", "Twice in it: dns_names"),
    ("name,,key_type\na,x,rsa\n", "Row 2, column 2 has a value, and the column has no name"),
    ("\n\nname\n\na\nb,c\n", "Row 6, column 2 has"),
    ('name,common_name\n"a\nb",c\n', r"Row 2, column 1 \(name\) holds a line break .*U\+000A"),
    ('name,common_name\n"x","c\r\nd"\n', r"Row 2, column 2 \(common_name\) holds a line break"),
    ("name,dns_names\na,x.example\0\n", r"Row 2, column 2 \(dns_names\) holds a .*control character .U\+0000"),
    ("name\n\u200e1f\n", r"Row 2, column 1 \(name\) holds the invisible or lost character U\+200E"),
    ("name\nKo\ufffdln\n", r"lost character U\+FFFD"),
    ("name,common_name\n\u2800,\u3164\n", r"character U\+2800"),
    ("name,common_name,valid_for\n \u3000,\u00a0,1d\n", "Row 2 has neither a name nor a common_name"),
    ("name,organization_name\na,#N/A\n", "is #N/A, an error of the spreadsheet"),
    ("name\n#####\n", "an error of the spreadsheet"),
    ("name\n8.60123E+14\n", "to which the spreadsheet has shortened a number"),
    ("name\n8,6E+14\n", "column 2 has a value"),
    ('name\na\n"b"c,"d\n', "Row 3 is not valid CSV.* nor any after it"),
    ("- {name: ' '}\n", "Client 1 has neither"),
    ("- {name: a, common_name: ' '}\n", "Client 1 has a common_name that is blank"),
    ('- {name: "a\\nb"}\n', "Client 1 has a name that holds a line break"),
    ("\n".join(["name", *["#N/A"] * 7]), "Row 6, .*And 2 more"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_says_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        client_list(text)


# Without what no list may hold: invisible characters, separators of lines, and fillers that look blank.
FILLERS = "\u2800\u3164\u115f\u1160\uffa0\ufffd"
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp"), exclude_characters=FILLERS)
CELLS = st.text(CHARACTERS, max_size=20).map(str.strip)


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_what_a_spreadsheet_writes_is_read(rows: list[tuple[str, str]], separator: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([("common_name", "organization_name"), *rows])
    found = client_list(text.getvalue())
    assert [(each["common_name"], each.get("organization_name", "")) for each in found] == rows
    assert client_list(yaml.safe_dump(found, allow_unicode=True) if found else "[]") == found


LIST = "name,common_name\nwarehouse,王小明\noffice,Zoë\n"
CLIENTS = [{"name": "warehouse", "common_name": "王小明"}, {"name": "office", "common_name": "Zoë"}]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LIST.encode(), None),
        (LIST.encode("utf-8-sig"), None),
        (LIST.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + LIST.encode("utf-16-be"), None),
        (LIST.encode("utf-32"), None),
        (LIST.encode("gb18030"), "gb18030"),
        (LIST.encode("utf-8-sig"), "gb18030"),
        (LIST.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"), None),
    ],
)
def test_encodings(content: bytes, encoding: str | None, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)
    assert client_file(str(tmp_path / "list"), encoding) == {"clients": CLIENTS, "failures": [], "fault": ""}


UNREAD: list[tuple[bytes, str | None, str]] = [
    (LIST.encode("gb18030"), None, "Line 2, character 11 of the list is not UTF-8 .*CSV UTF-8.* gb18030"),
    ("name\nZoë\n".encode("cp1252"), None, "Line 2, character 3 .*CSV UTF-8.* cp1252"),
    (LIST.encode("utf-16-le"), None, "CSV UTF-8|UTF-16 without a mark"),
    ("name\na\n".encode("utf-16-be"), None, "UTF-16 without a mark"),
    (codecs.BOM_UTF16_LE + b"n\0a", None, "is not UTF-16-LE"),
    (b"name\n\xff\xff\n", "gb18030", "is not GB18030"),
    (b"name\na\n", "excel", "no encoding 'excel'"),
    (b"name\na\n", "base64", "no encoding 'base64'"),
    (b"name\na..b\n", "punycode", "is not PUNYCODE"),
    (b"PK\x03\x04rest", None, "is a workbook .*CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "gb18030", "is a workbook"),
]


@pytest.mark.parametrize(("content", "encoding", "message"), UNREAD)
def test_an_encoding_is_not_guessed(content: bytes, encoding: str | None, message: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)
    found = client_file(str(tmp_path / "list"), encoding)
    assert found["clients"] == []
    assert re.search(message, found["fault"])


def test_nothing_of_a_bad_row_is_read_and_everything_good_is(tmp_path: Path) -> None:
    (tmp_path / "list").write_text('name,common_name,key_type\na,,\n,,rsa\n"b\nc",d,\n\n#N/A,e,\nf,g,rsa,,more\nz,,\n')
    found = client_file(str(tmp_path / "list"))
    assert [client["name"] for client in found["clients"]] == ["a", "z"]
    places = ["Row 3", "Row 4, column 1 (name)", "Row 6, column 1 (name)", "Row 7, column 5"]
    assert [failure["name"] for failure in found["failures"]] == places
    assert found["fault"] == ""


def test_after_a_quotation_mark_that_stays_open_nothing_is_read(tmp_path: Path) -> None:
    """Where its row ends cannot be known: a part of it could pass for a client."""
    (tmp_path / "list").write_text('name,common_name\na,b\n"x"y,"c\nd,e\nf,g\n')
    found = client_file(str(tmp_path / "list"))
    assert [client["name"] for client in found["clients"]] == ["a"]
    assert [failure["name"] for failure in found["failures"]] == ["Row 3"]
