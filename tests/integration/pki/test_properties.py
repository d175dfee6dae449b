# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the user writes: either it is refused with a reason, or it comes back out of a certificate that verifies."""

from __future__ import annotations

import datetime
import ipaddress
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import conversion
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import names, terms, times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.pki.make import codes, make_ca, make_client, make_server
from tests.witnesses.openssl import openssl

_text = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=64)
_country = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=2, max_size=2)
_mail = st.from_regex(r"[a-z0-9+_-]{1,20}(\.[a-z0-9]{1,9})?@([a-z][a-z0-9]{0,9}\.){1,3}org", fullmatch=True)
_subjects = st.fixed_dictionaries(
    {"common_name": _text},
    optional={
        "country_name": _country,
        "state_or_province_name": _text,
        "locality_name": _text,
        "organization_name": _text,
        "organizational_unit_name": _text,
        "email_address": _mail,
    },
)
_label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
_hosts = st.builds(
    lambda star, labels: ("*." if star else "") + ".".join(labels),
    st.booleans(),
    st.lists(_label, min_size=2, max_size=4).filter(lambda labels: not labels[-1].isdecimal()),
)


@given(_subjects)
def test_any_subject_comes_back_and_verifies(subject: dict[str, str]) -> None:
    assume(subject["common_name"] != "root")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        make_ca(path)
        made = make_client(path, clients=[{"name": "client", **subject}], pkcs12_passphrase=None)
        assert made["certificates"][0]["subject"] == subject
        read = x509.load_pem_x509_certificate((path / "client.crt").read_bytes())
        assert names.subject_dict(read.subject) == subject
        assert "OK" in openssl("verify", "-x509_strict", "-CAfile", path / "root.crt", path / "client.crt")
        assert codes(make_client(path, clients=[{"name": "client", **subject}], pkcs12_passphrase=None)) == []


@given(
    st.lists(_hosts, max_size=8, unique=True),
    st.lists(st.ip_addresses().map(str), max_size=8, unique=True),
)
def test_any_alternative_names_come_back_and_verify(hosts: list[str], addresses: list[str]) -> None:
    assume(hosts or addresses)
    options: dict[str, Any] = {"dns_names": hosts, "ip_addresses": addresses}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        make_ca(path)
        made = make_server(path, **options)["certificate"]
        assert (made["dns_names"], made["ip_addresses"]) == (hosts, addresses)
        strict = ("verify", "-x509_strict", "-CAfile", path / "root.crt")
        for host in hosts:
            shown = host.replace("*", "any", 1)
            assert "OK" in openssl(*strict, "-verify_hostname", shown, path / "server.crt")
        for address in addresses:
            assert "OK" in openssl(*strict, "-verify_ip", ipaddress.ip_address(address).compressed, path / "server.crt")
        assert codes(make_server(path, **{**options, "dns_names": hosts[::-1], "ip_addresses": addresses[::-1]})) == []


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(list(terms.SUBJECT)), st.text(max_size=140)))
def test_a_subject_is_taken_or_refused_with_a_reason(fields: dict[str, str]) -> None:
    try:
        name = names.subject(fields)
    except CertificateError as refused:
        assert refused.code == "invalid_subject"  # noqa: PT017 - both outcomes are right
    else:
        assert names.subject_dict(name) == {field: text for field, text in fields.items() if text}


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_a_host_name_is_taken_or_refused_with_a_reason(text: str) -> None:
    try:
        name = names.dns_name(text)
    except CertificateError as refused:
        assert refused.code == "invalid_dns_name"  # noqa: PT017 - both outcomes are right
    else:
        assert name.value.isascii()
        assert " " not in name.value


@settings(max_examples=300)
@given(st.text(max_size=250))
def test_a_file_name_never_leads_out_of_its_directory(text: str) -> None:
    try:
        name = conversion.file_name(text, "name")
    except CertificateError:
        return
    directory = Path("/srv/pki")
    assert (directory / f"{name}.key").resolve().parent == directory


_uri = st.from_regex(r"(spiffe|https|urn):(//)?[a-z0-9._~%!$&'()*+,;=:@/-]{1,60}", fullmatch=True)


@given(
    st.lists(_hosts.filter(lambda host: host[0] != "*"), max_size=4, unique=True),
    st.lists(_mail, max_size=4, unique=True),
    st.lists(_uri, max_size=4, unique=True),
)
def test_any_names_of_a_client_come_back_and_verify(hosts: list[str], mails: list[str], uris: list[str]) -> None:
    client = {"name": "c", "common_name": "c", "dns_names": hosts, "email_addresses": mails, "uris": uris}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        make_ca(path)
        made = make_client(path, clients=[client], pkcs12_passphrase=None)["certificates"][0]
        assert (made["dns_names"], made["email_addresses"], made["uris"]) == (hosts, mails, uris)
        strict = ("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", path / "root.crt")
        assert "OK" in openssl(*strict, path / "c.crt")
        for mail in mails:
            assert "OK" in openssl(*strict, "-verify_email", mail, path / "c.crt")
        shown = openssl("x509", "-in", path / "c.crt", "-noout", "-ext", "subjectAltName", check=False)
        assert all(f"URI:{uri}" in shown for uri in uris)
        again = {**client, "dns_names": hosts[::-1], "email_addresses": mails[::-1], "uris": uris[::-1]}
        assert codes(make_client(path, clients=[again], pkcs12_passphrase=None)) == []


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_an_address_is_taken_or_refused_with_a_reason(text: str) -> None:
    for check, code in ((names.email, "invalid_email"), (names.uri, "invalid_uri")):
        try:
            assert check(text).value == text
        except CertificateError as refused:
            assert refused.code == code  # noqa: PT017 - both outcomes are right


@given(st.integers(1, 300 * 86400 * 365), st.sampled_from([1, 60, 3600, 86400]), st.integers(1, 99))
def test_any_lifetime_is_that_of_the_certificate(seconds: int, unit: int, share: int) -> None:
    """As openssl reads it; and it is renewed when so much of it is left, not earlier."""
    seconds = min(max(seconds // unit, 2), 10**9 - 1) * unit
    letter = {1: "s", 60: "m", 3600: "h", 86400: "d"}[unit]
    written = f"{seconds // unit}{letter}"
    options: dict[str, Any] = {"valid_for": written, "renew_before": f"{share}%", "pkcs12_passphrase": None}
    start = times.now()
    left = datetime.timedelta(seconds=seconds) * share / 100
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as clock:
        path = Path(directory)
        clock.setattr(times, "now", lambda: start)
        make_ca(path, valid_for="301y")
        make_client(path, **options)
        end = openssl("x509", "-in", path / "client.crt", "-noout", "-enddate", "-dateopt", "iso_8601")
        wanted = start + datetime.timedelta(seconds=seconds)
        assert end.strip() == f"notAfter={wanted:%Y-%m-%d %H:%M:%SZ}"
        clock.setattr(times, "now", lambda: wanted - left)
        assert codes(make_client(path, **options)) == []
        clock.setattr(times, "now", lambda: wanted - left + datetime.timedelta(seconds=1))
        assert codes(make_client(path, **options)) in (["expires_soon"], ["expired"])


@pytest.mark.parametrize("letter", ["a", "é", "客", "𝄞"])
@pytest.mark.parametrize("field", ["common_name", "organization_name", "organizational_unit_name"])
def test_sixty_four_characters_of_any_script_fit_and_no_more(ca: Path, letter: str, field: str) -> None:
    """RFC 5280, appendix A.1, counts characters, not octets."""
    subject = {"name": "c", "common_name": "c", field: letter * 64}
    made = make_client(ca, clients=[subject], pkcs12_passphrase=None)["certificates"][0]
    assert made["subject"][field] == letter * 64
    read = openssl("x509", "-in", ca / "c.crt", "-noout", "-subject", "-nameopt", "utf8,sep_multiline")
    assert f"={letter * 64}\n" in read
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", ca / "c.crt")
    assert codes(make_client(ca, clients=[subject], pkcs12_passphrase=None)) == []
    with pytest.raises(CertificateError, match="at most 64 characters"):
        make_client(ca, clients=[{**subject, field: letter * 65}])


@given(st.integers(0, 10**9 - 1), st.sampled_from("smhdwy"))
def test_durations(number: int, unit: str) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}[unit]
    try:
        assert times.duration(f"{number}{unit}", "valid_for").total_seconds() == number * seconds
    except CertificateError as refused:
        assert refused.code == "invalid_duration"  # noqa: PT017 - both outcomes are right
        assert number * seconds > 86400 * 366 * 9998
