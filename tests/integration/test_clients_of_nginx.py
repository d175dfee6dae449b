# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that Nginx verifies itself: certificates, CRLs, lists, and sessions of clients that were revoked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.site import Site, sites

from tests.integration.test_client_identity import NAME, Behind
from tests.unit.pki.make import make_ca, make_client, revoke
from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.processes import until

CLIENTS = [{"name": name, "common_name": name} for name in ("client", "leaver")]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pki = tmp_path_factory.mktemp("pki")
    make_ca(pki)
    make_client(pki, clients=CLIENTS)
    revoke(pki)
    return pki


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    directory = tmp_path_factory.mktemp("host")
    new_certificate(directory, "first", "/CN=first", f"subjectAltName=DNS:{NAME}")
    made = Behind(directory, directory)
    yield made
    made.stop()


def site(host: Behind, pki: Path, crl: str = "", **options: Any) -> Site:
    """The site as the module makes it of its options."""
    plain = host.site(page="", upstream=host.upstream)
    given = {
        name: value
        for name, value in vars(plain).items()
        if isinstance(value, (str, int)) and not name.startswith("client_")
    }
    identity = {"ca": (pki / "root.crt").read_text(), "crl": crl or (pki / "root.crl.pem").read_text(), **options}
    (made,) = sites([{**given, "option_prefix": "", "client_identity": identity}], "present")
    return Site(
        **{
            **vars(made),
            "client_ca_path": f"{host.root}/pki/clients.crt",
            "client_crl_path": f"{host.root}/pki/clients.crl",
            "protocols": (),
            "headers": {},
        }
    )


def ask(host: Behind, pki: Path, client: str) -> str:
    identity = ("--cert", str(pki / f"{client}.crt"), "--key", str(pki / f"{client}.key")) if client else ()
    return host.ask({}, *identity, source="127.0.0.1")


def test_revoked_by_crl_and_nobody_resumes(host: Behind, pki: Path) -> None:
    names = {"subject": "X-Client-Subject", "serial": "X-Client-Fingerprint"}
    host.run(site(host, pki, request_headers=names))
    assert ask(host, pki, "").startswith("400")
    told = ask(host, pki, "leaver")
    shown = openssl("x509", "-noout", "-serial", "-in", pki / "leaver.crt").strip().removeprefix("serial=")
    assert told.startswith(f"200 CN=leaver|{shown.upper()}|"), told
    assert host.ask({"X-Client-Subject": "CN=me"}, source="127.0.0.1").startswith("400")
    session = ("-sess_out", str(host.root / "session"))
    resumed = ("-sess_in", str(host.root / "session"))
    identity = ("-cert", str(pki / "leaver.crt"), "-key", str(pki / "leaver.key"), "-tls1_2")
    connect = ("s_client", "-connect", f"127.0.0.1:{host.port}", "-servername", NAME, *identity)
    openssl(*connect, *session, stdin="", check=False)
    revoke(pki, {"name": "leaver"})
    assert host.run(site(host, pki, request_headers=names)).changed
    until(lambda: ask(host, pki, "leaver").startswith("400"), "the CRL is in use")
    assert ask(host, pki, "client").startswith("200 CN=client|")
    if (host.root / "session").exists():
        assert "Reused" not in openssl(*connect, *resumed, stdin="", check=False)


def test_crls_that_would_shut_everybody_out_are_refused(host: Behind, pki: Path, tmp_path: Path) -> None:
    host.run(site(host, pki))
    make_ca(tmp_path / "other", subject={"common_name": "another CA"})
    revoke(tmp_path / "other")
    other = (tmp_path / "other/root.crl.pem").read_text()
    message = host.refused(site(host, pki, other))
    assert "crl_src: There is no CRL of the CA root, and Nginx would refuse every client" in message
    assert "ca_src: The file holds no certificate" in host.refused(site(host, pki, ca="nothing"))
    broken = (pki / "root.crl.pem").read_text().replace("\n", "\nAAAA\n", 1)
    assert "crl_src: " in host.refused(site(host, pki, broken))
    config = tmp_path / "openssl.cnf"
    config.write_text(f"[ca]\ndefault_ca=x\n[x]\ndatabase={tmp_path}/index.txt\ndefault_md=sha256\n")
    (tmp_path / "index.txt").write_text("")
    past = ("-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z")
    signer = ("-keyfile", str(pki / "root.key"), "-cert", str(pki / "root.crt"))
    openssl("ca", "-config", config, "-gencrl", *past, *signer, "-out", tmp_path / "old.pem")
    message = host.refused(site(host, pki, (tmp_path / "old.pem").read_text()))
    assert "The CRL of the CA root has expired (2020-02-01 00:00 UTC)" in message
    assert ask(host, pki, "client").startswith("200 ")


def test_rules_and_lists_are_for_these_clients_too(host: Behind, pki: Path) -> None:
    shown = openssl("x509", "-noout", "-serial", "-in", pki / "client.crt").strip().removeprefix("serial=")
    issuer = "CN=root,C=cn"
    host.run(site(host, pki, deny=[{"serial": shown, "issuer": issuer}]))
    assert ask(host, pki, "client") == "403 denied"
    host.run(site(host, pki, deny=[{"serial": "1" + shown, "issuer": issuer}], allow=[{"subject": "CN=client"}]))
    assert ask(host, pki, "client").startswith("200 ")
    digest = openssl("x509", "-noout", "-fingerprint", "-in", pki / "client.crt").strip().partition("=")[2]
    text = json.dumps({"format": 1, "clients": [{"sha1": digest}]})
    host.run(site(host, pki, revoked=text))
    until(lambda: ask(host, pki, "client") == "403 revoked", "the list counts")
    host.run(site(host, pki, required=False))
    assert ask(host, pki, "") == "200 |||127.0.0.1"
    assert ask(host, pki, "leaver").startswith("400")
