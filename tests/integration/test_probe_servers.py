# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against servers of every kind, each a real process, with curl and openssl s_client beside it."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import re
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import (
    handshake,
    identity,
    resolve,
    runner,
    server,
    test_certificates,
    verdict,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target

from tests.integration.probe.test_probe import OPTIONS
from tests.witnesses.openssl import fingerprint, openssl
from tests.witnesses.rude_server import RUDE_SECONDS
from tests.witnesses.servers import (
    HOST,
    Kind,
    Shown,
    alert_of_s_client,
    curl,
    haproxy,
    make_pki,
    nginx,
    rude,
    s_client,
    s_server,
    verdict_of_curl,
)

LET_IN = ("right", "valid")
KINDS = {"nginx": nginx, "s_server": s_server, "haproxy": haproxy}


@pytest.fixture(scope="module", params=["rsa:2048", "ec"])
def pki(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """All RSA, then all ECDSA."""
    return make_pki(tmp_path_factory.mktemp("pki"), request.param)


@pytest.fixture(scope="module")
def ec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the kind of the keys makes no difference."""
    return make_pki(tmp_path_factory.mktemp("pki"), "ec")


def blank(**values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(OPTIONS), **values}


def client(pki: Path, name: str, file: str = "client", key: str = "", **more: Any) -> dict[str, Any]:
    return blank(
        name=name, certificate_path=str(pki / f"{file}.crt"), private_key_path=str(pki / f"{key or file}.key"), **more
    )


def authority(pki: Path, certificate: str = "root", key: str = "") -> dict[str, Any]:
    return {
        "ca_certificate_path": str(pki / f"{certificate}.crt"),
        "ca_private_key_path": str(pki / f"{key or certificate}.key"),
        "ca_passphrase": None,
    }


def given(pki: Path, *identities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ca_path": str(pki / "server-root.crt"),
        "validate_certs": True,
        "tls_version": "auto",
        "made_by": authority(pki),
        "claim_headers": None,
        "server": wanted(),
        **more,
        "identities": identities,
    }


def wanted(**more: Any) -> dict[str, Any]:
    nothing = {"days_left": 0, "tls_versions": None, "ciphers": None, "http_port": 0}
    return {"verified": True, "asks_for_certificate": True, **nothing, **more}


def matrix(pki: Path) -> dict[str, Any]:
    """Every identity there is, right one first."""
    made = [blank(name=kind, made=kind) for kind in test_certificates.KINDS]
    return given(pki, client(pki, "right"), blank(name="none"), client(pki, "revoked", "revoked"), *made)


def plan(port: int, address: str = "127.0.0.1", requests: int = 2, **more: Any) -> runner.Plan:
    target = Target(more.pop("host", HOST), port, "/", more.pop("timeout", 10.0), more.pop("header", None))
    return runner.Plan(target, address, more.pop("resolver", None), requests, **more)


def probe(params: dict[str, Any], where: runner.Plan, directory: Path) -> dict[str, dict[str, Any]]:
    identities = identity.build(params, str(directory), lambda: server.first_authority(where))
    return {each["name"]: each for each in runner.run(where, identities)}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Shown | None]:
    """Fills with the files of each identity, for the witnesses to show the same certificates."""
    found: dict[str, Shown | None] = {}
    original = identity.context

    def noting(params: Any, files: Any = None, name: str = "") -> Any:
        if name:
            found[name] = files and Shown(files.certificate, files.private_key, files.passphrase)
        return original(params, files, name)

    monkeypatch.setattr(identity, "context", noting)
    return found


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_matrix(
    pki: Path, tmp_path: Path, kind: Kind, version: str, address: str, shown: dict[str, Shown | None]
) -> None:
    params = {**matrix(pki), "server": wanted(tls_versions=["1.2", "1.3"])}
    with kind(pki, tmp_path, address, version) as port:
        results = probe(params, plan(port, address), tmp_path)
        facts, _checks = server.examine(plan(port, address), params)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            by_curl = dict(
                zip(shown, pool.map(lambda each: curl(pki, address, port, each), shown.values()), strict=True)
            )
            by_openssl = dict(
                zip(shown, pool.map(lambda each: s_client(pki, address, port, each), shown.values()), strict=True)
            )
    assert set(shown) == set(results) == {"right", "none", "revoked", *test_certificates.KINDS}
    refused = "refused_http" if kind is nginx else "refused_handshake"
    verdicts = {name: each["verdict"] for name, each in results.items()}
    assert verdicts == {name: "accepted" if name in LET_IN else refused for name in shown}
    # The witnesses, with the same certificates, see the same.
    assert {name: verdict_of_curl(each) for name, each in by_curl.items()} == verdicts
    assert {name: alert_of_s_client(each) for name, each in by_openssl.items()} == {
        name: each["alert"] for name, each in results.items()
    }
    if kind is nginx:
        assert results["none"]["reason"] == "refused with HTTP 400; No required SSL certificate was sent"
        assert results["expired"]["reason"] == "refused with HTTP 400; The SSL certificate error"
    # What the server shows, to everybody and to each client, as s_client sees it.
    witness = by_openssl["right"]
    assert "Verify return code: 0 (ok)" in witness
    assert "verify error" not in witness
    sent = [each["fingerprint_sha256"] for each in facts["chain"]]
    assert sent == _fingerprints(witness.partition("Server certificate\n")[0])
    assert "Acceptable client certificate CA names\nC = cn, O = alibaba, CN = root" in witness
    for each in (facts, *results.values()):
        assert each["ca_names"] == ["CN=root,O=alibaba,C=cn"]
        assert each["asks_for_certificate"]
    assert facts["verified"]
    assert facts["tls_versions"] == [version]
    for each in results.values():
        assert [one["fingerprint_sha256"] for one in each["server_chain"]] == sent
        assert (each["reached"], each["server_verified"], each["tls_version"]) == (True, True, version)


def _fingerprints(text: str) -> list[str]:
    found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return [fingerprint(each) for each in found]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("form", ["pem", "pkcs12"])
def test_a_client_of_a_ca_below_the_one_that_is_trusted(ec: Path, tmp_path: Path, kind: Kind, form: str) -> None:
    """Its file has the CA between, and so have those that are made by it: each is refused for its own fault."""
    if form == "pem":
        right = client(ec, "right", "sub-client-chain", "sub-client")
    else:
        files = ("-in", "sub-client-chain.crt", "-inkey", "sub-client.key", "-out", str(tmp_path / "sub.p12"))
        openssl("pkcs12", "-export", *files, "-passout", "pass:secret", directory=ec)
        right = blank(name="right", pkcs12_path=str(tmp_path / "sub.p12"), passphrase="secret")
    misfits = [blank(name=kind, made=kind) for kind in ("valid", "expired", "server_only", "damaged", "foreign_ca")]
    bare = client(ec, "without its CA", "sub-client")
    params = given(ec, right, bare, *misfits, made_by=authority(ec, "sub"))
    with kind(ec, tmp_path, "127.0.0.1", "1.3", crl=False) as port:
        results = probe(params, plan(port), tmp_path)
    assert {name for name, each in results.items() if each["verdict"] == "accepted"} == {"right", "valid"}
    if kind is s_server:
        alerts = {name: each["alert"] for name, each in results.items()}
        assert alerts["without its CA"] == "unknown ca"
        assert alerts["expired"] == "certificate expired"
        assert "unknown ca" not in (alerts["server_only"], alerts["damaged"])


@pytest.mark.parametrize(
    ("made_by", "message"),
    [
        (("root", "server-root"), "is not the private key of"),
        (("server-root", ""), "nothing shows that the service trusts this CA"),
        (("sub", ""), "nothing shows that the service trusts this CA"),
    ],
)
def test_a_ca_that_proves_nothing(ec: Path, tmp_path: Path, made_by: tuple[str, str], message: str) -> None:
    params = given(ec, client(ec, "right"), blank(name="expired", made="expired"), made_by=authority(ec, *made_by))
    with pytest.raises(ProbeError, match=message):
        identity.build(params, str(tmp_path))


def test_the_control_shows_a_ca_that_is_not_trusted(ec: Path, tmp_path: Path) -> None:
    control = blank(name="control", made="valid", expect="accepted")
    expired = blank(name="expired", made="expired", expect="refused")
    with nginx(ec, tmp_path, "127.0.0.1", "1.3") as port:
        results = probe(given(ec, control, expired, made_by=authority(ec, "server-root")), plan(port), tmp_path)
    assert [results[name]["met"] for name in ("control", "expired")] == [False, True]


def test_without_a_client_the_foreign_ca_has_the_name_that_the_service_asks_for(ec: Path, tmp_path: Path) -> None:
    stranger = blank(name="stranger", made="foreign_ca")
    with s_server(ec, tmp_path, "127.0.0.1", "1.3") as port:
        result = probe(given(ec, stranger, made_by=None), plan(port), tmp_path)["stranger"]
    assert result["certificate"]["issuer"]["common_name"] == "root"
    assert result["alert"] == "decrypt error"  # so the server did find its own CA by that name


def test_a_server_that_does_not_ask_refuses_nobody(ec: Path, tmp_path: Path) -> None:
    nobody = given(ec, blank(name="none", expect="refused"))
    with nginx(ec, tmp_path, "127.0.0.1", "1.3", verify="off", answer="return 401") as port:
        result = probe(nobody, plan(port), tmp_path)["none"]
        facts, checks = server.examine(plan(port), nobody)
        assert curl(ec, "127.0.0.1", port)[1] == "401"
    assert (result["verdict"], result["met"], result["http_status"]) == ("failed", False, 401)
    assert "did not request a certificate" in result["reason"]
    assert not facts["asks_for_certificate"]
    assert [each["met"] for each in checks if each["name"] == "client certificate"] == [False]


def test_no_cipher_suite_in_common_is_no_refusal(ec: Path, tmp_path: Path) -> None:
    nobody = given(ec, blank(name="none", expect="refused"), tls_version="1.2")
    with s_server(ec, tmp_path, "127.0.0.1", "1.2", options=("-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")) as port:
        (stranger,) = identity.build(nobody, str(tmp_path))
        stranger.context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        (result,) = runner.run(plan(port), [stranger])
    assert (result["verdict"], result["alert"], result["met"]) == ("failed", "handshake failure", False)


def test_a_server_that_asks_after_the_request(ec: Path, tmp_path: Path) -> None:
    """Who is asked then has to answer, and who has nothing to answer with is refused."""
    params = given(ec, client(ec, "right"), blank(name="none"), blank(name="expired", made="expired"))
    with rude("asking-later", tmp_path, ec / "chain.pem", ec / "root.crt") as port:
        results = probe(params, plan(port), tmp_path)
        shown = [ec / "client.crt", ec / "client.key"]
        assert curl(ec, "127.0.0.1", port, Shown(*map(str, shown))) == (0, "200")
        assert curl(ec, "127.0.0.1", port)[0] != 0
        facts, _checks = server.examine(plan(port), params, asked=results["none"]["asks_for_certificate"])
    assert [each["verdict"] for each in results.values()] == ["accepted", "refused_handshake", "refused_handshake"]
    assert results["none"]["alert"] == "certificate required"
    assert facts["asks_for_certificate"]


def test_a_chain_that_does_not_stand(ec: Path, tmp_path: Path) -> None:
    params = given(ec, ca_path=str(ec / "root.crt"), server=wanted(days_left=3))
    with nginx(ec, tmp_path, "127.0.0.1", "1.3") as port:
        facts, rows = server.examine(plan(port), params)
        assert curl(ec, "127.0.0.1", port, None, "--cacert", str(ec / "root.crt"))[0] == 60  # of curl: not verified
    assert not facts["verified"]
    assert {each["name"]: each["met"] for each in rows} == {
        "certificate name": False,
        "certificate expiry": False,
        "client certificate": True,
    }
    assert "self-signed" in rows[0]["found"]


def test_the_policy_and_the_redirection_as_ordered(pki: Path, tmp_path: Path) -> None:
    kind = "RSA" if "rsaEncryption" in openssl("x509", "-in", pki / "leaf.crt", "-noout", "-text") else "ECDSA"
    suites = [f"ECDHE-{kind}-AES{bits}-GCM-SHA{mac}" for bits, mac in ((128, 256), (256, 384))]
    newer = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    with nginx(pki, tmp_path, "127.0.0.1", "1.2 1.3") as port:
        ordered = wanted(
            days_left=1,
            tls_versions=["1.3", "1.2"],
            ciphers=[*newer, *suites],
            http_port=int((tmp_path / "plain").read_text()),
        )
        facts, rows = server.examine(plan(port), given(pki, server=ordered))
        # A witness for each suite.
        for option, names in (("-ciphersuites", newer), ("-cipher", suites)):
            version = "-tls1_3" if option == "-ciphersuites" else "-tls1_2"
            for name in names:
                said = openssl("s_client", "-connect", f"127.0.0.1:{port}", version, option, name, check=False)
                assert f"Cipher is {name}" in said
    assert facts["ciphers"] == [*newer, *suites]
    assert (facts["alpn"], facts["redirect"]) == ("h2", f"https://{HOST}:{port}/")
    assert [each["name"] for each in rows if not each["met"]] == []
    assert len(rows) == 6
    target = plan(port).target
    messages = {**facts, "reason": None}
    for more, unmet in (
        ({"tls_versions": ["1.3"]}, ["TLS versions"]),
        ({"ciphers": [*newer, *suites[:1]]}, ["cipher suites"]),
        ({"ciphers": [*newer[:1], *suites]}, ["cipher suites"]),
        ({"ciphers": suites}, []),
        ({"days_left": 30}, ["certificate expiry"]),
    ):
        again = server.checks({**messages, "redirect": None}, {**ordered, "http_port": 0, **more}, target)
        assert [each["name"] for each in again if not each["met"]] == unmet


def test_the_suites_of_a_server_that_completes_no_handshake(ec: Path, tmp_path: Path) -> None:
    ordered = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"]
    options = ("-Verify", "3", "-verify_return_error", "-cipher", ":".join(ordered))
    with s_server(ec, tmp_path, "127.0.0.1", "1.2", options=options) as port:
        facts, rows = server.examine(plan(port), given(ec, server=wanted(ciphers=ordered)))
    assert facts["ciphers"] == ordered
    assert all(each["met"] for each in rows)


@pytest.mark.parametrize("manner", ["reset", "hanging", "garbage"])
def test_what_cannot_be_told_is_not_as_ordered(ec: Path, tmp_path: Path, manner: str, monkeypatch: Any) -> None:
    """The server is well at the first look, and not after that."""
    ordered = wanted(tls_versions=["1.2", "1.3"], ciphers=["TLS_AES_128_GCM_SHA256"])
    with s_server(ec, tmp_path, "127.0.0.1", "1.3") as port, rude(manner, tmp_path) as broken:
        original = handshake.connect
        looks: list[int] = []

        def connect(target: Target, address: str, _port: int) -> Any:
            looks.append(port)
            if len(looks) == 1:
                return original(target, address, port)
            # Only silence is not waited for: the first look is to go well on a busy machine too.
            return original(dataclasses.replace(target, timeout=0.3), address, broken)

        monkeypatch.setattr(handshake, "connect", connect)
        # A silent server is waited for six times, as long as this; the first look needs no more than a handshake.
        patience = 2.0 if manner == "hanging" else 60.0
        facts, rows = server.examine(plan(port, timeout=patience), given(ec, server=ordered))
    assert facts["reached"]
    assert not facts["verified"]
    assert set(facts["unknown"]) == {"tls_versions", "ciphers"}
    assert {each["name"] for each in rows if not each["met"]} == {"certificate name", "TLS versions", "cipher suites"}
    assert all("could not be determined" in each["found"] for each in rows if not each["met"])


def test_a_thousand_requests_spread_over_both_servers(ec: Path, tmp_path: Path) -> None:
    with nginx(ec, tmp_path, "127.0.0.1", "1.3") as port:
        (right,) = identity.build(given(ec, client(ec, "right")), str(tmp_path))
        started = time.process_time()
        (result,) = runner.run(plan(port, "127.0.0.1", 1000, header="X-Served-By", answers_by="header"), [right])
        seconds = time.process_time() - started
        assert runner.resumption(plan(port), right) is True
    assert (result["verdict"], result["requests"], sum(result["answers"].values())) == ("accepted", 1000, 1000)
    assert set(result["answers"]) == {"A", "B"}
    assert min(result["answers"].values()) > 400
    assert 0 < result["latency_ms"]["p50"] <= result["latency_ms"]["p99"] <= result["latency_ms"]["max"]
    assert seconds < 10, "of computing; how long a busy machine takes is another matter"


def test_sessions_that_are_not_resumed(ec: Path, tmp_path: Path) -> None:
    """A server without tickets and without a cache."""
    options = ("-Verify", "3", "-num_tickets", "0", "-no_cache")
    with s_server(ec, tmp_path, "127.0.0.1", "1.3", options=options) as port:
        (right,) = identity.build(given(ec, client(ec, "right")), str(tmp_path))
        assert runner.resumption(plan(port), right) is False


def test_addresses_take_turns_and_a_dead_one_is_named(ec: Path, tmp_path: Path, monkeypatch: Any) -> None:
    found: list[str] = []
    monkeypatch.setattr(resolve, "addresses", lambda *_: found)
    params = given(ec, client(ec, "right", expect="accepted"))
    with s_server(ec, tmp_path, "0.0.0.0", "1.3") as port:
        found[:] = ["127.0.0.1", "127.0.0.2"]
        alive = probe(params, plan(port, requests=4, answers_by="address"), tmp_path)["right"]
        assert (alive["met"], alive["answers"]) == (True, {"127.0.0.1": 2, "127.0.0.2": 2})
        _facts, rows = server.examine(plan(port), params)
        assert [each["met"] for each in rows] == [True, True]
    with s_server(ec, tmp_path, "127.0.0.1", "1.3") as port:
        for _turn in range(2):
            found.reverse()
            half = probe(params, plan(port, requests=6, answers_by="address"), tmp_path)["right"]
            assert (half["verdict"], half["met"], half["reached"]) == ("failed", False, True)
            assert half["answers"] == {"127.0.0.1": 3}  # not given up, as the dead one is
            assert half["requests"] == 4
            assert "cannot connect to 127.0.0.2" in half["reason"]
            facts, rows = server.examine(plan(port), params)
            assert facts["address"] == "127.0.0.2"
            assert all("127.0.0.2" in each["found"] for each in rows if not each["met"])
            assert not any(each["met"] for each in rows)


def test_there_are_no_more_connections_at_once_than_allowed(ec: Path, tmp_path: Path) -> None:
    with rude("counting", tmp_path, ec / "chain.pem") as port:
        nobody = given(ec, blank(name="none"))
        result = probe(nobody, plan(port, requests=16, concurrency=3), tmp_path)["none"]
    assert result["verdict"] == "accepted"
    assert max(result["answers"]) == "3"


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        ("hanging", "hanging"),
        ("hanging-later", "hanging"),
        ("slow", "slow"),
        ("dripping", "hanging"),
        ("continue", "hanging"),
        ("reset", "reset"),
        ("garbage", "garbage"),
        ("closing", "reset"),
        ("closing-12", "reset"),
    ],
)
def test_rude_servers_cost_their_timeout_at_most(ec: Path, tmp_path: Path, manner: str, expected: str) -> None:
    files = [ec / "chain.pem", *([ec / "root.crt"] if manner == "closing-12" else [])]
    with rude(manner, tmp_path, *files) as port:
        (nobody,) = identity.build(given(ec, blank(name="none")), str(tmp_path))
        started = time.monotonic()
        # "slow" is who has begun to answer, for which a busy machine needs some time.
        timeout = {"hanging": 0.5, "slow": 5.0}.get(expected, 60.0)
        (result,) = runner.run(plan(port, requests=4, timeout=timeout), [nobody])
        seconds = time.monotonic() - started
    assert result["verdict"] == expected, result
    # What does not answer is not asked again, and is not waited for as long as it keeps on.
    assert result["requests"] == (1 if expected in verdict.NOT_REPEATED else 4), result
    assert seconds < RUDE_SECONDS, result
    # Closing without an alert is a refusal by who asked, unless a handshake of TLS 1.2 has let the client in.
    assert result["asks_for_certificate"] is (manner == "closing-12")


@pytest.mark.parametrize("manner", ["dripping-http", "continue-http", "hanging", "reset", "garbage"])
def test_rude_servers_of_plain_http(ec: Path, tmp_path: Path, manner: str) -> None:
    with s_server(ec, tmp_path, "127.0.0.1", "1.3") as port, rude(manner, tmp_path) as plain:
        started = time.monotonic()
        _facts, rows = server.examine(plan(port, timeout=0.5), given(ec, server=wanted(http_port=plain)))
        assert time.monotonic() - started < RUDE_SECONDS, "it was waited for as long as it kept on"
    assert [each["met"] for each in rows if each["name"] == "HTTP to HTTPS"] == [False]


def test_text_that_is_none(ec: Path, tmp_path: Path) -> None:
    with rude("escape", tmp_path, ec / "chain.pem") as port:
        result = probe(given(ec, blank(name="none", expect_answers=["ECS01"])), plan(port), tmp_path)["none"]
    assert result["answers"] == {"\N{REPLACEMENT CHARACTER}[31mThis is ECS01.\N{REPLACEMENT CHARACTER}": 2}
