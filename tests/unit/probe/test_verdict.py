# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers and errors mean, and what is said about them."""

from __future__ import annotations

import dataclasses
import ssl
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.dns_server import server_of
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import ModuleError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import report, runner, verdict
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.identity import Identity
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.messages import say
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.verdict import Answer


def tls_error(reason: str, text: str = "") -> ssl.SSLError:
    error = ssl.SSLError(1, text or f"[SSL: {reason}]")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "expected", "alert"),
    [
        (tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"), verdict.REFUSED_HANDSHAKE, "certificate required"),
        (tls_error("TLSV1_ALERT_UNKNOWN_CA"), verdict.REFUSED_HANDSHAKE, "unknown ca"),
        (tls_error("SSLV3_ALERT_BAD_CERTIFICATE"), verdict.REFUSED_HANDSHAKE, "bad certificate"),
        (tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"), verdict.REFUSED_HANDSHAKE, "handshake failure"),
        (
            tls_error("", "[SSL] tlsv13 alert certificate required (_ssl.c:2580)"),
            verdict.REFUSED_HANDSHAKE,
            "certificate required",
        ),
        (tls_error("TLSV1_ALERT_PROTOCOL_VERSION"), verdict.FAILED, "protocol version"),
        (tls_error("TLSV1_ALERT_INTERNAL_ERROR"), verdict.FAILED, "internal error"),
        (tls_error("WRONG_VERSION_NUMBER"), verdict.GARBAGE, None),
        (ConnectionResetError(), verdict.REFUSED_HANDSHAKE, None),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), verdict.REFUSED_HANDSHAKE, None),
        (TimeoutError(), verdict.HANGING, None),
    ],
)
def test_errors(error: OSError, expected: str, alert: str | None) -> None:
    found, reason, seen = verdict.of_error(error, 5.0, asked=True)
    assert (found, seen) == (expected, alert)
    assert str(reason)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionResetError(), verdict.RESET),
        (tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"), verdict.FAILED),  # no cipher suite in common
        (tls_error("TLSV1_ALERT_ACCESS_DENIED"), verdict.FAILED),
    ],
)
def test_only_who_was_asked_can_be_refused(error: OSError, expected: str) -> None:
    found, reason, _alert = verdict.of_error(error, 5.0, asked=False)
    assert found == expected
    assert "did not request a certificate" in str(reason)
    assert "Turn mutual authentication on" in str(verdict.hint("refused", found, reason))


def test_a_completed_handshake_of_tls_1_2_is_no_refusal() -> None:
    assert verdict.of_error(ConnectionResetError(), 5.0, asked=True, let_in=True)[0] == verdict.RESET


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "accepted"),
        (302, "accepted"),
        (404, "accepted"),
        (400, "refused_http"),
        (403, "refused_http"),
        (496, "refused_http"),
        (502, "failed"),
    ],
)
def test_statuses(status: int, expected: str) -> None:
    assert verdict.of_status(status, asked=True)[0] == expected


@pytest.mark.parametrize("status", sorted(verdict.REFUSAL_STATUSES))
def test_statuses_of_a_server_that_did_not_ask(status: int) -> None:
    assert verdict.of_status(status, asked=False)[0] == verdict.FAILED


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("This is web1.", "web1", True),
        ("This is web10.", "web1", False),
        ("myweb1", "web1", False),
        ("<b>(a+b)</b>", "(a+b)", True),
        ("这是ECS01的页面", "ECS01", True),
    ],
)
def test_a_name_is_a_whole_word(line: str, text: str, expected: bool) -> None:
    assert verdict.contains_word(line, text) is expected


def test_every_unmet_expectation_has_a_hint() -> None:
    every = {verdict.ACCEPTED, verdict.REFUSED_HANDSHAKE, verdict.REFUSED_HTTP, verdict.UNREACHABLE, verdict.FAILED}
    for expect, meets in verdict.MEETS.items():
        for found in every - meets:
            assert str(verdict.hint(expect, found, say("none"))).endswith(".")
    missing = verdict.hint("accepted", verdict.ACCEPTED, say("missing", requests=4, names="ECS02"))
    assert str(missing).startswith("Not every expected server answered")


def identity(**fields: Any) -> Identity:
    plain = Identity("x", "none", ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), None, None, ())
    return dataclasses.replace(plain, **fields)


def accepted(line: str) -> Answer:
    return Answer(verdict.ACCEPTED, say("http_answered", status=200), http_status=200, line=line)


REFUSED = Answer(verdict.REFUSED_HTTP, say("http_refused", status=400), http_status=400)


@pytest.mark.parametrize(
    ("fields", "answers", "expected"),
    [
        ({}, [accepted("a")], {"verdict": "accepted", "met": True, "answers": {"a": 1}}),
        (
            {"expect": "accepted"},
            [accepted("a"), accepted("b"), accepted("a")],
            {"met": True, "answers": {"a": 2, "b": 1}},
        ),
        ({"expect": "accepted"}, [REFUSED], {"met": False, "verdict": "refused_http", "http_status": 400}),
        ({"expect": "refused"}, [REFUSED, REFUSED], {"met": True, "requests": 2, "answers": {}}),
        ({"expect": "refused"}, [REFUSED, accepted("a")], {"met": False, "verdict": "failed"}),
        ({"expect": "accepted"}, [accepted("a"), REFUSED], {"met": False, "verdict": "failed", "http_status": 400}),
        (
            {"expect": "accepted", "expect_answers": ("ECS01", "ECS02")},
            [accepted("This is ECS01.")],
            {"met": False, "verdict": "accepted", "missing_answers": ["ECS02"]},
        ),
        ({"expect_answers": ("ECS01",)}, [accepted("This is ECS01.")], {"met": True, "missing_answers": []}),
    ],
)
def test_results(fields: dict[str, Any], answers: list[Answer], expected: dict[str, Any]) -> None:
    result = runner.summarize(identity(**fields), answers)
    assert {key: result[key] for key in expected} == expected


def test_the_complaint_names_who_what_and_what_to_do() -> None:
    target = Target("www.example.com", 443, "/", 5.0)
    good = runner.summarize(identity(name="good", expect="accepted"), [accepted("a")])
    bad = runner.summarize(identity(name="stranger", expect="refused"), [accepted("a")])
    assert report.complaint([good], [], target) is None
    check = {"name": "TLS versions", "expected": "1.2, 1.3", "found": "1.2", "met": False}
    complaint = report.complaint([good, bad], [check, {**check, "met": True}], target) or ""
    lines = complaint.splitlines()
    assert lines[:4] == [
        "2 of 4 expectations about https://www.example.com:443 are not met.",
        "what                  expected  found     why",
        "stranger              refused   accepted  answered with HTTP 200",
        "server: TLS versions  1.2, 1.3  1.2",
    ]
    assert "mutual_authentication: true" in lines[4]
    assert len(lines) == 5


def test_what_fails_all_alike_is_mended_once() -> None:
    refused = [runner.summarize(identity(name=name, expect="accepted"), [REFUSED]) for name in ("a", "b")]
    complaint = report.complaint(refused, [], Target("www.example.com", 443, "/", 5.0)) or ""
    assert complaint.count("Compare the issuer") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9953", ("127.0.0.1", 9953)),
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("[::1]:9953", ("::1", 9953)),
        ("::1", ("::1", 53)),
    ],
)
def test_resolver_addresses(text: str, expected: tuple[str, int]) -> None:
    assert server_of(text) == expected


@pytest.mark.parametrize("text", ["dns.example.com", "127.0.0.1:dns", "", ":53", "127.0.0.1:0", "127.0.0.1:65536"])
def test_resolver_addresses_that_are_none(text: str) -> None:
    with pytest.raises(ModuleError, match="IP address"):
        server_of(text)
