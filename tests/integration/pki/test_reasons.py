# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made again, or outlives its CA, as OpenSSL sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError

from tests.unit.pki.make import codes, make_ca, make_client, make_server, snapshot
from tests.witnesses.openssl import openssl


def test_what_was_made_while_the_clock_was_ahead_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true, ahead = times.now(), times.now() + times.duration("40d", "ahead")
    make_ca(tmp_path / "right")
    with monkeypatch.context() as clock:
        clock.setattr(times, "now", lambda: ahead)
        make_client(tmp_path / "right")
        make_ca(tmp_path / "wrong")
        make_client(tmp_path / "wrong")
    assert codes(make_client(tmp_path / "right")) == ["not_yet_valid"]
    assert codes(make_client(tmp_path / "right")) == []
    wrong, at = tmp_path / "wrong", ("-attime", str(int(true.timestamp())))
    key, before = (wrong / "root.key").read_bytes(), snapshot(wrong)
    for attempt, code in ((make_ca, "not_yet_valid"), (make_client, "ca_not_yet_valid")):
        with pytest.raises(CertificateError, match=r"root\.crt .*Set the clock") as refused:
            attempt(wrong)
        assert refused.value.code == code
    assert snapshot(wrong) == before
    assert codes(make_ca(wrong, replace="certificate")) == ["not_yet_valid"]
    assert (wrong / "root.key").read_bytes() == key
    assert codes(make_client(wrong)) == ["not_yet_valid"]
    assert "OK" in openssl("verify", "-x509_strict", *at, "-CAfile", wrong / "root.crt", wrong / "client.crt")


def test_a_certificate_outlives_its_ca_only_if_the_user_insists(ca: Path) -> None:
    make_ca(ca.parent / "short", valid_for="20d", renew_before="1d", subject={"common_name": "short"})
    options: dict[str, Any] = {"valid_for": "90d", "renew_before": "30d"}
    short = ca.parent / "short"
    shop: dict[str, Any] = {"subject": {"common_name": "shop"}, "issuer": {"path": str(short)}}
    end = openssl("x509", "-in", short / "root.crt", "-noout", "-enddate")
    clipped = make_ca(ca.parent / "clipped", **options, **shop)
    assert "ends with the CA that signs it" in clipped["warnings"][0]
    assert openssl("x509", "-in", ca.parent / "clipped" / "root.crt", "-noout", "-enddate") == end
    for result, path in (
        (make_client(short, outlive_ca=True, **options), short / "client.crt"),
        (make_server(short, outlive_ca=True, **options), short / "server.crt"),
        (make_ca(ca.parent / "shop", outlive_ca=True, **options, **shop), ca.parent / "shop" / "root.crt"),
    ):
        assert result["warnings"] == []
        assert "will not expire" in openssl("x509", "-in", path, "-noout", "-checkend", str(89 * 86400))
    assert codes(make_client(short, outlive_ca=True, **options)) == []


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_a_common_name_that_is_an_address_becomes_an_alternative_name(ca: Path, address: str) -> None:
    make_server(ca, name=address, common_name=address)
    checked = ("verify", "-x509_strict", "-CAfile", ca / "root.crt", "-verify_ip", address)
    assert "OK" in openssl(*checked, ca / f"{address}.crt")


def test_a_client_certificate_of_the_scenarios_own_commands_is_made_again(ca: Path) -> None:
    """Version 1, without any extension."""
    make_client(ca)
    signer = ("-CA", ca / "root.crt", "-CAkey", ca / "root.key", "-set_serial", "7", "-days", "3650")
    openssl("x509", "-req", "-in", ca / "client.csr", *signer, "-out", ca / "client.crt")
    assert codes(make_client(ca)) == ["extensions_differ"]
    assert codes(make_client(ca)) == []
