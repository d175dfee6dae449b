# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import openssl_index
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import UnreadableError

REVOKED = "2026-11-24T08:00:00Z"
REASONS = [
    ("261124080000Z", "unspecified"),
    ("20261124080000Z,keyCompromise", "key_compromise"),
    ("261124080000Z,CACompromise", "ca_compromise"),
    ("261124080000Z,superseded", "superseded"),
    ("261124080000Z,certificateHold", "certificate_hold"),
    ("261124080000Z,holdInstruction,holdInstructionReject", "certificate_hold"),
    ("261124080000Z,keyTime,20261101000000Z", "key_compromise"),
    ("261124080000Z,something new", "unspecified"),
]


def line(status: str = "V", end: str = "361124080000Z", revoked: str = "", subject: str = "/CN=alice") -> str:
    return f"{status}\t{end}\t{revoked}\t0A1B\tunknown\t{subject}\n"


@pytest.mark.parametrize(("revoked", "reason"), REASONS)
def test_reasons(revoked: str, reason: str) -> None:
    (found,) = openssl_index.parse(line("R", revoked=revoked))
    assert (found.serial_number, found.state) == ("0a1b", {"revoked": REVOKED, "reason": reason})


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        (
            "/C=CN/O=Example/OU=a/CN=alice",
            {"country_name": "CN", "organization_name": "Example", "common_name": "alice"},
        ),
        ("/CN=a/b", {"common_name": "a/b"}),
        ("/CN=http://x/y", {"common_name": "http://x/y"}),
        (r"/CN=\xE5\xBC\xA0", {"common_name": "张"}),
        ("/CN=alice/emailAddress=a@example.com", {"common_name": "alice", "email_address": "a@example.com"}),
        ("/2.5.4.5=7/CN=alice", {"2.5.4.5": "7", "common_name": "alice"}),
        ("", {}),
    ],
)
def test_subjects(subject: str, fields: dict[str, str]) -> None:
    (found,) = openssl_index.parse(line(subject=subject))
    assert fields.items() <= found.subject.items()
    assert found.state is None


@pytest.mark.parametrize(
    ("end", "text"), [("491231235959Z", "2049"), ("500101000000Z", "1950"), ("20500101000000Z", "2050")]
)
def test_years(end: str, text: str) -> None:
    assert openssl_index.parse(line(end=end))[0].not_after.startswith(text)


@pytest.mark.parametrize("text", ["nonsense\n", line("X"), line("R"), line(end="269924080000Z"), line() + "V\t1\n"])
def test_what_is_no_index_is_refused_with_the_line(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"line [12]"):
        openssl_index.parse(text)


def test_line_ends_of_windows_and_blank_lines() -> None:
    assert len(openssl_index.parse(line().replace("\n", "\r\n") + "\r\n" + line())) == 2
