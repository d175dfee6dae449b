# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe against servers whose manners are known: openssl s_server, which refuses with alerts, and rude ones."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import (
    handshake,
    identity,
    module,
    runner,
    server,
    tls_messages,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.errors import ProbeError
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.messages import say

from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.servers import process

HOST = "www.example.com"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made with openssl: root of the clients, a client (also encrypted, also as PKCS#12), a self-signed server."""
    directory = tmp_path_factory.mktemp("pki")
    new_certificate(directory, "root", "/C=cn/O=alibaba/CN=root")
    new_certificate(directory, "client", "/CN=client-alb-user", "basicConstraints=critical,CA:FALSE", ca="root")
    new_certificate(directory, "server", f"/CN={HOST}", f"subjectAltName=DNS:{HOST}")
    files = ("-in", "client.crt", "-inkey", "client.key", "-out", "client.p12")
    openssl("pkcs12", "-export", *files, "-passout", "pass:secret", directory=directory)
    locked = ("-out", "locked.key", "-aes256", "-passout", "pass:secret")
    openssl("pkey", "-in", "client.key", *locked, directory=directory)
    return directory


@contextlib.contextmanager
def s_server(pki: Path, *options: str) -> Iterator[int]:
    """A server that verifies clients and refuses in the handshake, with an alert."""
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "server.crt", "-key", "server.key"]
    verify = ["-CAfile", "root.crt", "-Verify", "3", "-verify_return_error", "-www", "-quiet"]
    with process([*command, *verify, *options], pki, "127.0.0.1", port):
        yield port


# Of an identity of the module, without its name.
OPTIONS = (
    *("certificate_path", "private_key_path", "pkcs12_path", "passphrase", "made", "expect", "expect_answers"),
    *("expect_refused_by", "claims", "address", "port"),
)


def params(pki: Path, *identities: dict[str, Any], **options: Any) -> dict[str, Any]:
    blank = dict.fromkeys(OPTIONS)
    return {
        "ca_path": str(pki / "server.crt"),
        "validate_certs": True,
        "tls_version": "auto",
        "made_by": None,
        "claim_headers": None,
        **options,
        "identities": [{**blank, **each} for each in identities],
    }


def right(pki: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "right",
        "certificate_path": str(pki / "client.crt"),
        "private_key_path": str(pki / "client.key"),
        **more,
    }


NOBODY = {"name": "none"}
STRANGER = {"name": "stranger", "made": "foreign_ca"}


def probe(
    given: dict[str, Any], port: int, directory: Path, requests: int = 2, timeout: float = 5.0, wait: float = 0
) -> list[dict[str, Any]]:
    identities = identity.build(given, str(directory))
    plan = runner.Plan(Target(HOST, port, "/", timeout), "127.0.0.1", None, requests)
    return runner.run(plan, identities, time.monotonic() + wait)


@pytest.mark.parametrize(("version", "missing"), [("1.2", {"handshake failure"}), ("1.3", {"certificate required"})])
def test_alerts_in_both_versions_of_tls(pki: Path, tmp_path: Path, version: str, missing: set[str]) -> None:
    """The stranger bears the name of the real CA: the server finds that CA, and that the signature is not its."""
    with s_server(pki) as port:
        given = params(pki, NOBODY, STRANGER, right(pki), tls_version=version)
        nobody, stranger, good = probe(given, port, tmp_path)
    assert nobody["verdict"] == stranger["verdict"] == "refused_handshake"
    assert nobody["alert"] in missing
    assert stranger["alert"] == "decrypt error"  # OpenSSL's alert for a signature that is not the CA's
    assert stranger["certificate"]["issuer"] == good["certificate"]["issuer"]
    assert (good["verdict"], good["tls_version"], good["http_status"]) == ("accepted", version, 200)
    expected = subprocess.run(
        ["openssl", "x509", "-in", "server.crt", "-noout", "-fingerprint", "-sha256"],
        cwd=pki, capture_output=True, text=True, check=True,
    ).stdout.partition("=")[2].strip().replace(":", "").lower()  # fmt: skip
    assert good["server_certificate"]["fingerprint_sha256"] == expected


@pytest.mark.parametrize(
    "form",
    [
        lambda pki: {"pkcs12_path": str(pki / "client.p12"), "passphrase": "secret"},
        lambda pki: {
            "certificate_path": str(pki / "client.crt"),
            "private_key_path": str(pki / "locked.key"),
            "passphrase": "secret",
        },
    ],
    ids=["pkcs12", "encrypted key"],
)
def test_other_forms_of_a_client_certificate(pki: Path, tmp_path: Path, form: Any) -> None:
    with s_server(pki) as port:
        (result,) = probe(params(pki, {"name": "x", **form(pki)}), port, tmp_path)
    assert result["verdict"] == "accepted", result
    assert result["certificate"]["subject"] == {"common_name": "client-alb-user"}


def test_key_material_on_the_disk_is_private_and_encrypted(pki: Path, tmp_path: Path) -> None:
    identity.build(
        params(pki, STRANGER, {"name": "p12", "pkcs12_path": str(pki / "client.p12"), "passphrase": "secret"}),
        str(tmp_path),
    )
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert "BEGIN ENCRYPTED PRIVATE KEY" in file.read_text()
        assert "BEGIN PRIVATE KEY" not in file.read_text()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("absent.crt", "client.key"), "cannot read .*absent.crt: No such file"),
        (("client.crt", "absent.key"), "cannot read .*absent.key: No such file"),
        (("client.crt", "server.key"), "key values mismatch"),
        (("client.crt", "locked.key"), "cannot be used as client certificate"),
        (("client.key", "client.key"), "does not begin with a certificate"),
        (("client.p12",), "cannot be opened with this passphrase"),
        (("client.crt",), "cannot be opened with this passphrase, or is no PKCS#12 file"),
    ],
)
def test_files_that_do_not_serve(pki: Path, tmp_path: Path, files: tuple[str, ...], message: str) -> None:
    options = ("certificate_path", "private_key_path") if len(files) == 2 else ("pkcs12_path",)
    given = {option: str(pki / file) for option, file in zip(options, files, strict=True)}
    with pytest.raises(ProbeError, match=message) as caught:
        identity.build(params(pki, {"name": "x", "passphrase": "guess", **given}), str(tmp_path))
    assert "guess" not in str(caught.value)


def test_a_server_that_cannot_be_verified_is_no_refusal(pki: Path, tmp_path: Path) -> None:
    with s_server(pki) as port:
        (result,) = probe(params(pki, right(pki), ca_path=str(pki / "root.crt")), port, tmp_path)
        (unverified,) = probe(params(pki, right(pki), validate_certs=False), port, tmp_path)
    assert (result["verdict"], "is not valid" in result["reason"]) == ("failed", True)
    assert unverified["verdict"] == "accepted"


def test_an_unreachable_service_is_no_refusal(pki: Path, tmp_path: Path) -> None:
    (result,) = probe(params(pki, {**NOBODY, "expect": "refused"}), free_port(), tmp_path)
    assert (result["verdict"], result["met"], result["requests"]) == ("unreachable", False, 1)


@contextlib.contextmanager
def rude(manner: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _peer = server.accept()
                    with contextlib.suppress(OSError), connection:
                        manner(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _tls(pki: Path, answer: bytes) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.crt", pki / "server.key")

    def manner(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(answer)

    return manner


@pytest.mark.parametrize(
    ("manner", "verdict", "reason"),
    [
        ("plain", "garbage", "no TLS"),
        ("close", "reset", "did not request a certificate"),
        ("silent", "hanging", "no answer within 0.3 s"),
        (b"", "reset", "did not request a certificate"),
        (b"220 smtp.example.com\r\n", "garbage", "not HTTP"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "failed", "let in, but answered with HTTP 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nHello", "accepted", "HTTP 200"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe\n", "accepted", "HTTP 200"),
    ],
)
def test_rude_servers(pki: Path, tmp_path: Path, manner: str | bytes, verdict: str, reason: str) -> None:
    manners: dict[str | bytes, Callable[[socket.socket], None]] = {
        "plain": lambda connection: connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n"),
        "close": lambda connection: None,
        "silent": lambda connection: [connection.recv(4096) for _part in range(2)].clear(),
    }
    with rude(manners.get(manner) or _tls(pki, manner if isinstance(manner, bytes) else b"")) as port:
        # Only what is never answered is not waited for: the rest is to be in time on a busy machine too.
        seconds = 0.3 if manner == "silent" else 60.0
        (result,) = probe(params(pki, NOBODY), port, tmp_path, requests=1, timeout=seconds)
    assert result["verdict"] == verdict, result
    assert reason in result["reason"]


def test_it_waits_until_the_expectation_is_met(pki: Path, tmp_path: Path) -> None:
    """The service comes up while the probe is waiting; an identity that is as expected is not asked again."""
    port = free_port()
    first_try = threading.Event()

    def counting(request: Any) -> Any:
        def wrapped(*arguments: Any) -> Any:
            answer = request(*arguments)
            first_try.set()
            return answer

        return wrapped

    outcome: list[dict[str, Any]] = []
    identities = identity.build(params(pki, right(pki, expect="accepted")), str(tmp_path))
    plan = runner.Plan(Target(HOST, port, "/", 60.0), "127.0.0.1", None, 1)
    patch = pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(handshake, "request", counting(handshake.request))
        thread = threading.Thread(target=lambda: outcome.extend(runner.run(plan, identities, time.monotonic() + 120)))
        thread.start()
        assert first_try.wait(60)
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "server.crt", "-key", "server.key"]
        with process([*command, "-www"], pki, "127.0.0.1", port):
            thread.join()
    assert outcome[0]["verdict"] == "accepted"


def test_three_identities_take_a_connection_for_each_request_and_no_pause(
    pki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = _tls(pki, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connections: list[socket.socket] = []

    def counting(connection: socket.socket) -> None:
        connections.append(connection)
        answer(connection)

    with rude(counting) as port, monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: pytest.fail(f"a pause of {seconds} s"))
        started = time.process_time()
        results = probe(params(pki, NOBODY, STRANGER, right(pki)), port, tmp_path, requests=6)
        assert time.process_time() - started < 1.0, "of computing, the server's included"
    assert len(connections) == 18
    assert [each["answers"] for each in results] == [{"ok": 6}] * 3
    assert os.listdir(tmp_path)


def test_a_name_in_an_old_alphabet_is_no_obstacle(pki: Path, tmp_path: Path) -> None:
    """Latin-1 in a T61String, as old CAs have it: OpenSSL takes it, cryptography cannot read it."""
    (tmp_path / "old.cnf").write_text("[req]\nstring_mask = default\ndistinguished_name = d\n[d]\n")
    openssl(
        "req", "-x509", "-config", "old.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "2", "-keyout", "old.key", "-out", "old.crt", "-subj", "/CN=caf\udce9",
        "-CA", str(pki / "root.crt"), "-CAkey", str(pki / "root.key"), "-addext", "basicConstraints=critical,CA:FALSE",
        directory=tmp_path,
    )  # fmt: skip
    text = subprocess.run(["openssl", "asn1parse", "-in", "old.crt"], cwd=tmp_path, capture_output=True, check=True)
    assert b"T61STRING" in text.stdout
    old = {"certificate_path": str(tmp_path / "old.crt"), "private_key_path": str(tmp_path / "old.key")}
    authority = {"ca_certificate_path": str(pki / "root.crt"), "ca_private_key_path": str(pki / "root.key")}
    made = [{"name": kind, "made": kind} for kind in ("foreign_ca", "valid", "damaged")]
    with s_server(pki) as port:
        given = params(pki, {"name": "old", **old}, *made, made_by={**authority, "ca_passphrase": None})
        results = probe(given, port, tmp_path)
    assert [each["verdict"] for each in results] == ["accepted", "refused_handshake", "accepted", "refused_handshake"]
    assert results[0]["certificate"]["subject"] == {}
    assert results[0]["certificate"]["issuer"]["common_name"] == "root"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.example.com", "www.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("fa\u00df.example", "xn--fa-hia.example"),
        ("\u4f8b\u5b50.\u6d4b\u8bd5", "xn--fsqu00a.xn--0zwm56d"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_name_goes_out_as_ascii(host: str, expected: str) -> None:
    assert module._ascii(host) == expected


@pytest.mark.parametrize("host", ["a..b", ".x", "a" * 64 + ".x", "", "a b", "a/b", "a:b", "a\r\nX: y"])
def test_a_name_that_is_none(host: str) -> None:
    with pytest.raises(ProbeError, match="is not a host name"):
        module._ascii(host)


@pytest.mark.parametrize(
    ("location", "met"),
    [
        (f"https://{HOST}/", True),
        (f"https://{HOST.upper()}:443/x", True),
        (f"https://{HOST}.evil.example/", False),
        (f"https://{HOST}@evil.example/", False),
        (f"https://{HOST}:8443/", False),
        (f"http://{HOST}/", False),
        ("/elsewhere", False),
        ("https://[", False),
    ],
)
def test_where_a_redirection_leads(location: str, met: bool) -> None:
    assert server._leads_to(location, Target(HOST, 443, "/", 5)) is met


def test_what_is_seen_of_a_handshake_without_its_messages(pki: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """As where OpenSSL has a message of another number: what Python itself says is left."""
    monkeypatch.setattr(tls_messages, "_on_message", lambda *_: None)
    with s_server(pki) as port:
        (result,) = probe(params(pki, right(pki)), port, tmp_path)
    assert result["verdict"] == "accepted"
    assert [each["subject"] for each in result["server_chain"]] == [{"common_name": HOST}]
    assert result["tls_version"] == "1.3"


@pytest.mark.parametrize(("wait", "looks"), [(0, 1), (120, 3)])
def test_it_waits_for_the_server_too(
    pki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: int, looks: int
) -> None:
    """The name that the redirection leads to is right at the third look."""
    seen: list[int] = []

    def redirect(target: Target, _address: str, _port: int) -> Any:
        seen.append(1)
        return (
            say("location", location=f"https://{target.host}:{target.port}/")
            if len(seen) == 3
            else say("http", status=404)
        )

    monkeypatch.setattr(server, "_redirect", redirect)
    nothing = {"verified": False, "days_left": 0, "asks_for_certificate": True, "tls_versions": None, "ciphers": None}
    given = params(pki, NOBODY, resumption=False, wait_timeout=wait, server={**nothing, "http_port": 80})
    with s_server(pki) as port:
        plan = runner.Plan(Target(HOST, port, "/", 60.0), "127.0.0.1", None, 1)
        made: Any = types.SimpleNamespace(params=given, tmpdir=str(tmp_path))
        outcome = module._outcome(made, plan)
    assert len(seen) == looks
    assert [each["met"] for each in outcome["checks"]] == [True, wait > 0]
    assert list(tmp_path.iterdir()) == []
