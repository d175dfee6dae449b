# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records dns_record_info returns, and which of them a DNS server answers with."""

from __future__ import annotations

import re
import sys
from typing import Any

import dns.exception
import dns.resolver
import dns.rrset
import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.dns_server import client_of
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import ModuleError
from ansible_collections.alicloud.mtls.plugins.module_utils._dns.information import records
from ansible_collections.alicloud.mtls.plugins.module_utils._dns.resolution import Answers

from tests.unit.dns.test_record import Zone

ZONE = (("www", "CNAME", "a.example.org"), ("api", "AAAA", "2001:db8::1"), ("api", "AAAA", "2001:db8::2"))
NONE = dict.fromkeys(("rr", "type", "value", "line", "resolver"))


@pytest.mark.parametrize(
    ("options", "values"),
    [
        ({"rr": "www"}, ["a.example.org"]),
        ({"rr": "WWW", "value": "A.example.org."}, ["a.example.org"]),
        ({"rr": "www", "value": "b.example.org"}, []),
        ({"rr": "api"}, ["2001:db8::1", "2001:db8::2"]),
        ({"rr": "api", "value": "2001:db8:0::2"}, ["2001:db8::2"]),
        ({"rr": "api", "type": "A"}, []),
        ({"rr": "www", "type": "cname"}, ["a.example.org"]),
        ({"rr": "api", "line": "telecom"}, []),
    ],
)
def test_which_records(options: dict[str, Any], values: list[str]) -> None:
    found = records(Zone(*ZONE).session(), {**NONE, "domain": "example.com", "resolve": False, **options})["records"]
    assert [record["value"] for record in found] == values
    assert all(record["answered"] is None for record in found)


def test_an_empty_name_is_not_the_whole_domain() -> None:
    with pytest.raises(ModuleError, match="rr is empty"):
        records(Zone(*ZONE).session(), {**NONE, "domain": "example.com", "resolve": False, "rr": ""})


class Client:
    """Answers the question for one name and type."""

    def __init__(self, name: str, kind: str, *values: str) -> None:
        self.name, self.kind, self.values = name, kind, values
        self.asked: list[str] = []

    def resolve(self, name: str, kind: str, **_options: Any) -> Any:
        self.asked.append(name)
        if (name, kind) != (self.name, self.kind):
            raise dns.resolver.NXDOMAIN
        rrset = dns.rrset.from_text(f"{name}.", 60, "IN", kind, *self.values)
        return type("Answer", (), {"rrset": rrset})


@pytest.mark.parametrize(
    ("kind", "value", "answers", "expected"),
    [
        ("A", "192.0.2.1", ["192.0.2.2", "192.0.2.1"], True),
        ("A", "192.0.2.1", ["192.0.2.2"], False),
        ("AAAA", "2001:0db8::1", ["2001:db8::1"], True),
        ("CNAME", "a.example.org", ["A.example.org."], True),
        ("MX", "mail.example.org", ["10 mail.example.org."], True),
        ("NS", "ns1.example.org", ["ns1.example.org."], True),
        ("SRV", "1 5 443 a.example.org", ["1 5 443 a.example.org."], True),
        ("TXT", "v=spf1 -all", ['"v=spf1" " -all"'], True),
        ("CAA", "0 issue ca.example.net", ['0 issue "ca.example.net"'], True),
    ],
)
def test_answered(kind: str, value: str, answers: list[str], expected: bool) -> None:
    client: Any = Client("www.example.com", kind, *answers)
    record = {"fqdn": "www.example.com", "type": kind, "value": value}
    assert Answers(client).has(record) is expected
    assert Answers(client).has({**record, "fqdn": "other.example.com"}) is False
    assert Answers(client).has({**record, "type": "REDIRECT_URL"}) is None


def test_each_name_and_type_is_asked_for_once() -> None:
    client: Any = Client("www.example.com", "A", "192.0.2.1", "192.0.2.2")
    answers = Answers(client)
    names = ["www.example.com", "WWW.example.com", "other.example.com", "other.example.com"]
    found = [answers.has({"fqdn": name, "type": "A", "value": "192.0.2.2"}) for name in names]
    assert found == [True, True, False, False]
    assert client.asked == ["www.example.com", "other.example.com"]


def test_a_wildcard_is_asked_for_by_a_new_name() -> None:
    client: Any = Client("www.example.com", "A", "192.0.2.1")
    for _time in range(2):
        Answers(client).has({"fqdn": "*.example.com", "type": "A", "value": "192.0.2.1"})
    first, second = client.asked
    assert first != second
    assert first.endswith(".example.com")
    assert "*" not in first


def test_the_server_that_is_asked() -> None:
    found = client_of("127.0.0.1:9953", 5.0)
    assert (found.nameservers, found.port, found.lifetime) == (["127.0.0.1"], 9953, 5.0)


def test_the_missing_package_is_named_with_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dns.resolver", None)
    with pytest.raises(ModuleError, match=re.escape(f"dnspython is missing or broken for {sys.executable}")) as refused:
        client_of("127.0.0.1", 5.0)
    assert refused.value.hint.endswith("-m pip install dnspython")
