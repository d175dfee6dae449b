# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names in other scripts: IDNA 2008 with UTS 46, non-transitional. The forms are those that browsers make."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._arguments import hosts
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import names
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

FORMS = {
    "faß.example": "xn--fa-hia.example",
    "STRASSE.example": "STRASSE.example",
    "FAß.Example": "xn--fa-hia.example",
    "βόλος.com": "xn--nxasmm1c.com",
    "نامه\u200cای.com": "xn--mgba3gch31f060k.com",
    "www．example。com": "www.example.com",
    "日本語。ＪＰ": "xn--wgv71a119e.jp",
    "*.bücher.example": "*.xn--bcher-kva.example",
    "＊.bücher.example": "*.xn--bcher-kva.example",
    "_sip._tcp.bücher.example": "_sip._tcp.xn--bcher-kva.example",
    "xn--fa-hia.bücher.example": "xn--fa-hia.xn--bcher-kva.example",
    "bu\u0308cher.example": "xn--bcher-kva.example",
    "bü\u00adcher.example": "xn--bcher-kva.example",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_name_has_the_form_that_browsers_make(name: str) -> None:
    assert hosts.to_ascii(name) == FORMS[name]
    assert names.dns_name(name).value == FORMS[name]


REFUSED = ["a\u200db.example", "bücher\u200b_x.example", "-ü.example", "ü" * 64 + ".example", "☃.net"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_without_such_a_form_is_refused(name: str) -> None:
    with pytest.raises(hosts.HostError, match="not allowed by IDNA 2008"):
        hosts.to_ascii(name)
    with pytest.raises(CertificateError) as refused:
        names.dns_name(name)
    assert refused.value.code == "invalid_dns_name"


@pytest.mark.parametrize("name", ["bücher.example。", "bücher.example."])
def test_the_root_is_left_out_of_a_certificate(name: str) -> None:
    assert names.dns_name(name).value == "xn--bcher-kva.example"


def test_domains_of_addresses_and_constraints_have_the_same_form() -> None:
    assert names.email("info@faß.example").value == "info@xn--fa-hia.example"
    assert names.constraint("DNS:faß.example").value == "xn--fa-hia.example"
    assert names.constraint("email:.faß.example").value == ".xn--fa-hia.example"


def test_a_missing_package_is_named_and_ascii_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "idna", None)
    assert names.dns_name("www.example.com").value == "www.example.com"
    with pytest.raises(CertificateError, match="package idna is missing") as refused:
        names.dns_name("faß.example")
    assert refused.value.code == "package_missing"
