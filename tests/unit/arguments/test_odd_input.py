# SPDX-License-Identifier: GPL-3.0-or-later
"""What no certificate, no service and no file system has room for is refused with the name of the option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.filter.clients import client_file
from ansible_collections.alicloud.mtls.plugins.module_utils._core import names
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import module as probe
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import terms
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.fakes.running import ACCEPTED, run
from tests.unit.pki.make import make_ca, make_client, make_server, snapshot

CONTROL = ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"]
FIELDS = [field for field in terms.SUBJECT if field not in ("country_name", "email_address")]


@pytest.mark.parametrize("character", CONTROL, ids=ascii)
def test_no_certificate_has_a_control_character(character: str, ca: Path) -> None:
    before = snapshot(ca)
    for field in FIELDS:
        with pytest.raises(CertificateError, match=field):
            make_client(ca, clients=[{"name": "a", "common_name": "a", field: f"a{character}b"}])
        with pytest.raises(CertificateError, match=field):
            make_ca(ca / "below", subject={"common_name": "a", field: f"a{character}"})
    for text in (f"a{character}b", f"{character}ab", f"ab{character}"):
        for option, word in (
            ({"name": text}, "name"),
            ({"dns_names": [f"{text}.example.com", "b.example.com"]}, "host name"),
            ({"dns_names": [f"www.example.com{character}"]}, "host name"),
            ({"email_addresses": [f"{text}@example.com"]}, "e-mail"),
            ({"email_addresses": [f"a@example.com{character}"]}, "e-mail"),
            ({"uris": [f"spiffe://example.com/{text}"]}, "URI"),
            ({"email_address": f"{text}@example.com"}, "mail"),
        ):
            with pytest.raises(CertificateError, match=word):
                make_client(ca, clients=[{"name": "a", "common_name": "a", **option}])
        with pytest.raises(CertificateError, match="common_name"):
            make_server(ca, common_name=text, dns_names=["www.example.com"])
    assert snapshot(ca) == before


NUMBERS: list[tuple[dict[str, Any], str]] = [
    ({"path_length": 10**30}, "path_length"),
    ({"path_length": -1}, "path_length"),
    ({"key_type": "rsa", "key_size": 10**40}, "key_size"),
    ({"owner": "9" * 30}, "owner"),
    ({"owner": str(2**32 - 1)}, "owner"),
    ({"owner": ""}, "owner"),
    ({"owner": "٣"}, "owner"),
    ({"group": "a\0b"}, "group"),
    ({"valid_for": "-1d"}, "valid_for"),
    ({"lock_timeout": "99999999y"}, "lock_timeout"),
]


@pytest.mark.parametrize(("options", "name"), NUMBERS)
def test_numbers_of_a_ca(options: dict[str, Any], name: str, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=name):
        make_ca(tmp_path / "pki", **options)
    assert not (tmp_path / "pki").exists()


PROBE: dict[str, Any] = {
    "identities": [{"name": "a", "port": None}],
    "claim_headers": None,
    "requests": 4,
    "timeout": 5.0,
    "concurrency": 16,
    "server": None,
    "port": 443,
    "path": "/",
    "answers_by": "line",
    "resolver": None,
}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("timeout", value) for value in (0.0, -1.0, float("nan"), float("inf"), 1e300)),
        *((option, value) for option in ("requests", "concurrency") for value in (0, -1, 10**9)),
        *(("port", value) for value in (0, -1, 65536, 10**30)),
    ],
)
def test_numbers_of_a_probe(option: str, value: float) -> None:
    probe._check(PROBE)
    with pytest.raises(ProbeError, match=option):
        probe._check({**PROBE, option: value})


NAMES: list[tuple[str, str, str]] = [
    ("alb", "", "is empty"),
    ("alb", " ", "is empty"),
    ("alb", "a", "cannot be a name"),
    ("alb", "-ab", "cannot be a name"),
    ("alb", "a/b", "cannot be a name"),
    ("alb", "a:b", "cannot be a name"),
    ("alb", "ab ", "cannot be a name"),
    ("alb", "ab\n", "control character"),
    ("alb", "a" * 129, "too long: it has 129"),
    ("certificate", "a" * 55, "too long: it has 55"),
    ("certificate", " a", "cannot be a name"),
    ("repository", "", "is empty"),
    ("domain", "", "is empty"),
    ("domain", "example", "cannot be a name"),
    ("domain", "a b.com", "cannot be a name"),
    ("rr", " ", "is empty"),
    ("rr", "a..b", "cannot be a name"),
    ("rr", "a b", "cannot be a name"),
    *(("rr", name, "cannot be a name") for name in ("-a", "a-", "www.-a", "a-.www", "-", "a" * 64)),
]


@pytest.mark.parametrize(("kind", "name", "words"), NAMES)
def test_names_that_no_service_takes(kind: str, name: str, words: str) -> None:
    product, option = {
        "alb": ("alb", "name"),
        "certificate": ("cas", "name"),
        "repository": ("cas", "repository"),
        "domain": ("alidns", "domain"),
        "rr": ("alidns", "rr"),
    }[kind]
    with pytest.raises(RefusedError, match=f"^{option} .*{words}"):
        names.check(product, {option: name})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("alb", name) for name in ("ab", "9a", "负载均衡", "a b", "a.b_c-d", "a" * 128)),
        *(("certificate", name) for name in ("a", "a" * 54, "证书")),
        *(("domain", name) for name in ("example.com", "例子.中国", "a-b.example.com.")),
        *(("rr", name) for name in ("@", "*", "www", "_acme-challenge", "*.a", "a.b", "a-b", "a--b.c", "a" * 63)),
    ],
)
def test_names_that_they_take(kind: str, name: str) -> None:
    assert names.message("name", name, kind) is None


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("alb_load_balancer", {"name": "a\nb"}, "name 'a\\nb' holds a line break"),
    ("alb_listener", {"load_balancer_name": "a\u2028b", "port": 443}, "load_balancer_name"),
    (
        "alb_load_balancer",
        {"name": "shop", "zone_mappings": [{"zone_id": "", "vswitch_id": "vsw"}]},
        "zone_mappings[0].zone_id is empty",
    ),
    ("alb_acl", {"name": "list", "entries": [{"entry": " "}]}, "entries[0].entry is empty"),
    ("dns_record", {"domain": "", "rr": "www", "value": "a"}, "domain is empty"),
    ("cas_certificate", {"name": "", "state": "absent"}, "name is empty"),
    ("server_certificate", {"ca_path": "/srv/x", "common_name": ""}, "common_name is empty"),
    ("mtls_probe", {"host": "", "identities": [{"name": "a"}]}, "host is empty"),
    ("certificate_revocation", {"ca_path": "/srv/x", "certificates": ["a"]}, "certificates[0] has to be a dictionary"),
]


@pytest.mark.parametrize(("module", "given", "message"), REFUSED)
def test_arguments(module: str, given: dict[str, Any], message: str) -> None:
    result, _text = run(module, given)
    assert result["failed"]
    assert message in result["msg"]


def test_a_wrong_client_does_not_stop_the_others() -> None:
    """Item by item, by the engine; what is of the wrong shape stops them all."""
    clients = [{"name": "a\nb", "common_name": ""}, {"name": "c", "common_name": "c", "csr_path": "x"}]
    assert run("client_certificate", {"ca_path": "/srv/x", "clients": clients})[0]["msg"] == ACCEPTED


SECRET = "not-for-output"
LISTS: list[tuple[bytes, str]] = [
    (
        "name,common_name\nwarehouse,王小明\n".encode("gbk"),
        "Line 2, character 11 of the list is not UTF-8 (octet 0xcd)",
    ),
    ("name,common_name\né,é\n".encode() + "a,é".encode("latin1"), "Line 3, character 3 of the list is not UTF-8"),
    ("name\na\n".encode("utf-16-le"), "Line 1 of the list holds a NUL character"),
    (b"PK\x03\x04", "It is a workbook"),
    (f"- {{name: a, pkcs12_passphrase: {SECRET}\n".encode(), "Line 2, character 1 of the list is not valid YAML"),
    (f"- {{name: a, pkcs12_passphrase: {SECRET}: }}\n".encode(), "of the list is not valid YAML"),
    (f"warehouse,{SECRET}\n".encode(), "does not name its columns"),
    (b"", "does not name its columns"),
]


@pytest.mark.parametrize(("content", "message"), LISTS)
def test_lists_that_cannot_be_read(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(content)
    found = client_file(str(tmp_path / "list"))
    assert found["clients"] == []
    assert message in found["fault"]
    assert str(tmp_path / "list") in found["fault"]
    assert SECRET not in found["fault"]


@pytest.mark.parametrize("path", ["", " ", "a\nb", "no-such-list"])
def test_lists_that_are_not_there(path: str) -> None:
    assert client_file(path)["fault"]


def test_a_list_where_the_program_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list").write_text("name\na\n")
    monkeypatch.chdir(tmp_path)
    assert client_file("list") == {"clients": [{"name": "a", "common_name": "a"}], "failures": [], "fault": ""}
