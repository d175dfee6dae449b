# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of what load balancers tell of a client, rules for certificates, and what the option refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_forms, client_identity
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.client_options import client_identity as read
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.files import SiteError

SHA1, SHA256 = "0a1b" * 10, "0a1b" * 16


@pytest.mark.parametrize("form", client_forms.FINGERPRINTS, ids=lambda form: form.name)
def test_each_form_of_a_fingerprint_is_written_and_read(form: client_forms.Form) -> None:
    assert form.source
    digits = client_forms.fingerprint(form.example)
    written = client_forms.written(digits)
    assert form.example in written
    fitting = [each for each in written if re.fullmatch(form.pattern, each)]
    assert fitting == [form.example]


@pytest.mark.parametrize("text", ["", "0a", "g" * 40, SHA1 + "0", "0a:" * 20, SHA1[:2] + "::" + SHA1[4:]])
def test_what_is_no_fingerprint(text: str) -> None:
    with pytest.raises(client_forms.FormError, match="is no fingerprint"):
        client_forms.fingerprint(text)
    assert not any(re.fullmatch(form.pattern, text) for form in client_forms.FINGERPRINTS)


@pytest.mark.parametrize("form", client_forms.NAMES, ids=lambda form: form.name)
def test_a_rule_in_any_form_fits_all_forms(form: client_forms.Form) -> None:
    pattern = re.compile(client_forms.name_pattern(form.example), re.IGNORECASE)
    assert re.fullmatch(form.pattern, form.example)
    for other in client_forms.NAMES:
        assert pattern.fullmatch(other.example), other.name
    for wrong in ("CN=client2,O=Example,C=CN", "CN=client,O=Example", "CN=client", "/C=CN/O=Example/CN=client/CN=x"):
        assert not pattern.fullmatch(wrong), wrong


@pytest.mark.parametrize(
    ("rule", "told", "fits"),
    [
        ("CN=a.b", "CN=a.b", True),
        ("CN=a.b", "CN=axb", False),
        ("CN=a(b", "CN=a(b", True),
        (r"CN=a\, b", r"CN=a\, b", True),
        (r"CN=a\, b", "/CN=a, b", True),
        ("CN=\u5f20", r"CN=\E5\BC\A0", True),
        ("CN=\u5f20", r"/CN=\xE5\xBC\xA0", True),
        (r"CN=\E5\BC\A0", r"/CN=\xE5\xBC\xA0", True),
        ("CN=\u5f20", "CN=\u5f21", False),
        ("E=a@b.c,CN=x", "emailAddress=a@b.c,CN=x", True),
        ("S=x", "2.5.4.8=x", True),
    ],
)
def test_names_with_special_characters(rule: str, told: str, fits: bool) -> None:
    """Nginx matches octets, as this does with the characters for octets."""
    pattern = client_forms.name_pattern(rule).encode()
    assert bool(re.fullmatch(pattern, told.encode(), re.IGNORECASE)) is fits


@pytest.mark.parametrize("text", ["", "client", "CN=", "CN=a+OU=b", "CN=a;O=b", "=a"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(client_forms.FormError):
        client_forms.name_pattern(text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "give either load_balancer_addresses"),
        ({"load_balancer_addresses": ["10.0.0.0/24"], "ca": "pem"}, "give either load_balancer_addresses"),
        ({"load_balancer_addresses": ["0.0.0.0/0"]}, "is everybody"),
        ({"load_balancer_addresses": ["10.0.0.1/24"]}, "has host bits set"),
        ({"load_balancer_addresses": ["alb"]}, "Write it as 10.0.1.0/24"),
        ({"headers": {"fingerprint": "x_fp"}}, "headers.fingerprint: 'x_fp'"),
        ({"headers": {"subject": "X-S"}}, "the fingerprint is missing"),
        ({"headers": {"fingerprint": "x-a", "subject": "X-A"}}, "two of the names are the same"),
        ({"request_headers": {"subject": "X;"}}, "request_headers.subject: 'X;'"),
        ({"health_check_path": "health"}, "health_check_path: 'health' is no path"),
        ({"access_log": "log"}, "is not an absolute path"),
        ({"deny": [{}]}, "deny[0]: is empty"),
        ({"deny": [{"fingerprint": "x"}]}, "deny[0]: 'x' is no fingerprint"),
        ({"deny": [{"fingerprint": SHA1, "subject": "CN=a"}]}, "Leave the rest out"),
        ({"allow": [{"serial": "1", "issuer": "CN=a"}]}, "allow[0].serial: the load balancer sends no serial"),
        ({"allow": [{"serial": "1"}]}, "Give the issuer as well"),
        ({"deny": [{"subject": f"CN={number}"} for number in range(1001)]}, "1001 rules by subject"),
        ({"deny_list": "x\n"}, "deny_src, line 1: 'x' is no fingerprint"),
    ],
)
def test_what_the_option_refuses(options: dict[str, Any], words: str) -> None:
    given = (
        options
        if not options or "load_balancer_addresses" in options
        else {"load_balancer_addresses": ["10.0.0.0/24"], **options}
    )
    with pytest.raises(SiteError, match=re.escape(words)):
        read(given, "client_identity")


def test_variables_of_different_sites_have_different_names() -> None:
    names = [client_identity.suffix(name) for name in ("a", "a-b", "a.b", "a_b")]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"\w+", name) for name in names)
