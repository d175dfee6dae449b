# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values and names are the same in DNS."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._dns.values import ascii_name, same, unicode_name, written


@pytest.mark.parametrize(
    ("kind", "one", "other", "equal"),
    [
        ("A", "192.0.2.1", " 192.0.2.1", True),
        ("AAAA", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", True),
        ("AAAA", "2001:db8::1", "2001:db8::2", False),
        ("CNAME", "a.example.org", "A.Example.ORG.", True),
        ("CNAME", "b\u00fccher.example", "xn--bcher-kva.example", True),
        ("CNAME", "fa\u00df.example", "fass.example", False),
        ("NS", "ns1.example.org.", "NS1.example.org", True),
        ("MX", "mail.example.org", "Mail.example.org.", True),
        ("SRV", "1 5 443 a.example.org", "01  5 443 A.example.org.", True),
        ("SRV", "0 5 443 a.example.org", "1 5 443 a.example.org", False),
        ("TXT", "v=spf1 -all", '"v=spf1 -all"', True),
        ("TXT", "abcd", '"ab" "cd"', True),
        ("TXT", 'say "hi"', '"say \\"hi\\""', True),
        ("TXT", "Text", "text", False),
        ("TXT", "text.", "text", False),
        ("TXT", '"a" b', "a b", False),
        ("CAA", '0 issue "ca.example.net"', "0 ISSUE ca.example.net", True),
        ("CAA", '0 issue "ca.example.net"', '128 issue "ca.example.net"', False),
        ("REDIRECT_URL", "https://example.org/A", "https://example.org/a", False),
    ],
)
def test_same(kind: str, one: str, other: str, equal: bool) -> None:
    assert {same(kind, *pair) for pair in ((one, other), (other, one))} == {equal}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("AAAA", "2001:0DB8::0:1", "2001:db8::1"),
        ("CNAME", "A.Example.org.", "a.example.org"),
        ("TXT", '"Text."', '"Text."'),
        ("AAAA", "no address", "no address"),
        ("CNAME", "(known after apply)", "(known after apply)"),
    ],
)
def test_what_is_sent(kind: str, value: str, expected: str) -> None:
    assert written(kind, value) == expected


@pytest.mark.parametrize(
    ("name", "in_ascii", "in_unicode"),
    [
        ("WWW.Example.com.", "www.example.com", "www.example.com"),
        ("\u5546\u5e97", "xn--czrs0t", "\u5546\u5e97"),
        ("xn--czrs0t", "xn--czrs0t", "\u5546\u5e97"),
        ("Stra\u00dfe", "xn--strae-oqa", "stra\u00dfe"),
        ("xn--strae-oqa", "xn--strae-oqa", "stra\u00dfe"),
        ("strasse", "strasse", "strasse"),
        ("a\u3002b", "a.b", "a.b"),
        ("*.a", "*.a", "*.a"),
        ("_dmarc", "_dmarc", "_dmarc"),
        ("@", "@", "@"),
        ("xn--\u0000", "xn--\u0000", "xn--\u0000"),
        ("xn--abc-", "xn--abc-", "xn--abc-"),
    ],
)
def test_names(name: str, in_ascii: str, in_unicode: str) -> None:
    assert ascii_name(name) == in_ascii
    assert unicode_name(name) == in_unicode
