# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call a site, decided by a running Nginx for every request, with curl and openssl as clients.

The load balancer is whoever connects from 127.0.0.2.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_forms, files
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.client_options import client_identity
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx.site import Site
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import identity, runner
from ansible_collections.alicloud.mtls.plugins.module_utils._probe.handshake import Target

from tests.integration.probe.test_probe import OPTIONS
from tests.integration.test_nginx_sites import Host
from tests.witnesses.openssl import new_certificate
from tests.witnesses.processes import until

BALANCER, NAME = "127.0.0.2", "www.example.com"
SUBJECT, ISSUER, FINGERPRINT, VERIFICATION = client_forms.ALB_HEADERS.values()
GOOD, BAD = (hashlib.sha1(text, usedforsecurity=False).hexdigest() for text in (b"good", b"bad"))
BAD_256 = hashlib.sha256(b"bad").hexdigest()
TOLD = {SUBJECT: "CN=good,O=Example", ISSUER: "CN=root", FINGERPRINT: GOOD, VERIFICATION: "SUCCESS"}


def revoked(*clients: dict[str, str]) -> str:
    return json.dumps({"format": 1, "clients": [*clients]})


class Behind(Host):
    """A site behind a load balancer, in front of an application that says what it was told."""

    def __init__(self, root: Path, certificates: Path) -> None:
        super().__init__(root, certificates)
        application = free_port()
        told = ("x_client_subject", "x_client_fingerprint", "x_forwarded_clientcert_issuerdn", "x_forwarded_for")
        echo = "|".join(f"$http_{name}" for name in told)
        (root / "etc/nginx/conf.d/application.conf").write_text(
            f"server {{ listen 127.0.0.1:{application}; return 200 '{echo}'; }}\n"
        )
        self.upstream = f"http://127.0.0.1:{application}"

    def identity(self, **options: Any) -> Site:
        given = {
            "load_balancer_addresses": [f"{BALANCER}/32"],
            "request_headers": {"subject": "X-Client-Subject", "fingerprint": "X-Client-Fingerprint"},
            **options,
        }
        return self.site(page="", upstream=self.upstream, client_identity=client_identity(given, "client_identity"))

    def ask(self, headers: dict[str, str], *options: str, source: str = BALANCER, path: str = "/") -> str:
        """Return the status, the reason for a refusal, and what the application was told."""
        words = [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]
        shown = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--max-time", "20", "--interface", source),
                *("--cacert", str(self.certificates / "first.crt"), "--dump-header", "-"),
                *("--resolve", f"{NAME}:{self.port}:127.0.0.1", *words, *options, f"https://{NAME}:{self.port}{path}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        head, _blank, body = shown.partition("\n\n")
        status = head.split()[1]
        refusal = [line.split(": ")[1].strip() for line in head.splitlines() if line.lower().startswith("x-mtls-ref")]
        return " ".join([status, *(refusal or ([body] if status == "200" else []))])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    new_certificate(directory, "first", "/CN=first", f"subjectAltName=DNS:{NAME}")
    return directory


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, certificates: Path) -> Iterator[Behind]:
    made = Behind(tmp_path_factory.mktemp("host"), certificates)
    yield made
    made.stop()


def test_every_form_of_a_fingerprint_is_read_and_refused(host: Behind) -> None:
    listed = [client_forms.written(each) for each in (BAD, BAD_256)]
    text = revoked({"sha1": BAD.upper(), "sha256": BAD_256}, {"sha1": "", "sha256": "0a" * 32})
    host.run(host.identity(revoked=text))
    assert host.ask(TOLD) == f"200 CN=good,O=Example|{GOOD}||127.0.0.2"
    for form in [form for forms in listed for form in forms]:
        assert host.ask({**TOLD, FINGERPRINT: form}) == "403 revoked", form
    for form in client_forms.written(GOOD):
        assert host.ask({**TOLD, FINGERPRINT: form}).startswith("200 "), form


DECISIONS: list[tuple[str, dict[str, str], str, str]] = [
    (BALANCER, {}, "403 no_certificate", "200 |||127.0.0.2"),
    (BALANCER, {VERIFICATION: "NONE"}, "403 no_certificate", "200 |||127.0.0.2"),
    (BALANCER, {**TOLD, VERIFICATION: "FAILED:expired"}, "403 not_verified", "403 not_verified"),
    (BALANCER, {**TOLD, VERIFICATION: "perhaps"}, "403 unreadable", "403 unreadable"),
    (BALANCER, {SUBJECT: "CN=x", FINGERPRINT: GOOD}, "403 not_verified", "403 not_verified"),
    (BALANCER, {**TOLD, FINGERPRINT: "0b:1"}, "403 unreadable", "403 unreadable"),
    (BALANCER, {**TOLD, FINGERPRINT: "../../" + "a" * 34}, "403 unreadable", "403 unreadable"),
    (BALANCER, {**TOLD, FINGERPRINT: GOOD[:39] + "A"}, "403 unreadable", "403 unreadable"),
    (BALANCER, {**TOLD, VERIFICATION: "success"}, f"200 CN=good,O=Example|{GOOD}||127.0.0.2", ""),
    ("127.0.0.1", {}, "403 not_from_load_balancer", "200 |||127.0.0.1"),
    ("127.0.0.1", TOLD, "403 spoofed", "403 spoofed"),
    ("127.0.0.1", {"x-client-subject": "CN=me"}, "403 spoofed", "403 spoofed"),
    ("127.0.0.1", {"X-Forwarded-For": BALANCER}, "403 not_from_load_balancer", "200 |||127.0.0.1"),
]


def test_a_request_gets_one_decision(host: Behind) -> None:
    host.run(host.identity())
    for source, headers, required, _optional in DECISIONS:
        assert host.ask(headers, source=source) == required, (source, headers)
    assert host.ask({**TOLD, "X-Forwarded-For": "203.0.113.9, 198.51.100.7"}).endswith("||198.51.100.7")
    host.run(host.identity(required=False, health_check_path="/health"))
    for source, headers, required, optional in DECISIONS:
        assert host.ask(headers, source=source) == (optional or required), (source, headers)


def test_health_checks_need_no_certificate(host: Behind) -> None:
    host.run(host.identity(health_check_path="/health"))
    assert host.ask({}, path="/health").startswith("200 ")
    assert host.ask({}, path="/health/x") == "403 no_certificate"
    assert host.ask({}, "--path-as-is", path="/x/../health") == "403 no_certificate"
    assert host.ask({}, path="/health", source="127.0.0.1") == "403 not_from_load_balancer"
    assert host.ask({**TOLD, VERIFICATION: "FAILED"}, path="/health") == "403 not_verified"


def test_a_new_list_counts_within_a_second_and_without_a_reload(host: Behind) -> None:
    """On a connection that was open before, too; no request of the other client fails."""
    host.run(host.identity(revoked=revoked()))
    reloads = host.reloads
    with host_connection(host) as connection:
        told = [TOLD, {**TOLD, FINGERPRINT: BAD}]
        assert [status(connection, headers) for headers in told] == [200, 200]
        assert host.run(host.identity(revoked=revoked({"sha1": BAD}))).changed
        until(lambda: status(connection, told[1]) == 403, "the list counts")
        assert [status(connection, headers) for headers in told] == [200, 403]
        assert not host.run(host.identity(revoked=revoked({"sha1": BAD}))).changed
        assert host.run(host.identity(revoked=revoked())).changed
        until(lambda: status(connection, told[1]) == 200, "released")
        assert status(connection, told[0]) == 200
    assert host.reloads == reloads


@contextlib.contextmanager
def host_connection(host: Behind) -> Iterator[http.client.HTTPSConnection]:
    context = ssl.create_default_context(cafile=str(host.certificates / "first.crt"))
    context.check_hostname = False
    connection = http.client.HTTPSConnection(
        "127.0.0.1", host.port, context=context, source_address=(BALANCER, 0), timeout=20
    )
    connection.connect()
    opened = connection.sock
    yield connection
    assert connection.sock is opened, "it was one connection"
    connection.close()


def status(connection: http.client.HTTPSConnection, headers: dict[str, str]) -> int:
    connection.request("GET", "/", headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_a_broken_list_changes_nothing(host: Behind) -> None:
    good = revoked({"sha1": BAD})
    host.run(host.identity(revoked=good))
    for broken in ("", "{", "[]", '{"format": 2, "clients": []}', revoked({"sha1": "0a"}), revoked({}), good[:-1]):
        with pytest.raises(files.SiteError, match=r"revoked_src: .* The previous list stays"):
            host.identity(revoked=broken)
    until(lambda: host.ask({**TOLD, FINGERPRINT: BAD}) == "403 revoked", "the last good list counts")
    assert host.ask(TOLD).startswith("200 ")


def test_a_list_that_goes_missing_lets_nobody_in(host: Behind) -> None:
    host.run(host.identity(revoked=revoked({"sha1": BAD})))
    lists = host.main.parent / "client_lists/https"
    (lists / "revoked").rename(lists / "away")
    until(lambda: host.ask(TOLD) == "403 list_missing", "the loss counts")
    assert host.run(host.identity(revoked=revoked({"sha1": BAD}))).changed
    until(lambda: host.ask(TOLD).startswith("200 "), "the list is back")


def test_lists_and_rules(host: Behind) -> None:
    subject = 'CN=J\u00fcrgen \\"x\\"\\, Dr.,O=Example,C=CN'
    rules = [{"fingerprint": ":".join([BAD[i : i + 2] for i in range(0, 40, 2)])}, {"subject": subject}]
    rules += [{"issuer": "CN=old root"}, {"issuer": "CN=root", "subject": "emailAddress=a@example.com,CN=b"}]
    host.run(host.identity(deny=rules, deny_list=f"# more\n{'c' * 64}  # one\n"))
    forms = [
        'CN=J\\C3\\BCrgen \\"x\\"\\, Dr.,O=Example,C=CN',
        '/C=CN/O=Example/CN=J\\xC3\\xBCrgen "x", Dr.',
        'c = cn, o = example, cn = J\u00fcrgen "x"\\, dr.',
    ]
    denied: list[dict[str, str]] = [{SUBJECT: form} for form in forms]
    denied += [{FINGERPRINT: BAD}, {FINGERPRINT: "C" * 64}, {ISSUER: "/CN=old root"}]
    denied += [{SUBJECT: "1.2.840.113549.1.9.1=a@example.com,CN=b"}, {SUBJECT: "/CN=b/E=a@example.com"}]
    for headers in denied:
        assert host.ask({**TOLD, **headers}) == "403 denied", headers
    for others in ({}, {SUBJECT: "CN=b"}, {ISSUER: "CN=old root 2"}, {SUBJECT: "CN=J,O=Example,C=CN"}):
        assert host.ask({**TOLD, **others}).startswith("200 "), others
    allow = [{"fingerprint": GOOD}, {"subject": "CN=b,O=Example"}]
    host.run(host.identity(allow=allow, deny=[{"issuer": "CN=old root"}]))
    assert host.ask(TOLD).startswith("200 ")
    assert host.ask({**TOLD, FINGERPRINT: BAD}) == "403 not_allowed"
    assert host.ask({**TOLD, FINGERPRINT: BAD, SUBJECT: "/O=Example/CN=b"}).startswith("200 ")
    assert host.ask({**TOLD, ISSUER: "CN=old root"}) == "403 denied", "the deny list comes first"
    host.run(host.identity(allow=[]))
    assert host.ask(TOLD) == "403 not_allowed"


def test_the_log_tells_who_called(host: Behind) -> None:
    log = host.root / "calls.json"
    subject = 'CN="a\\, b",O=x'
    host.run(host.identity(access_log=str(log), access_log_format="json", revoked=revoked({"sha1": BAD})))
    host.ask({**TOLD, SUBJECT: subject})
    host.ask({**TOLD, FINGERPRINT: BAD})
    host.ask(TOLD, source="127.0.0.1")
    until(lambda: len(log.read_text().splitlines()) == 3, "three lines")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(each["decision"], each["status"], each["fingerprint"]) for each in lines] == [
        ("accepted", "200", GOOD),
        ("revoked", "403", BAD),
        ("spoofed", "403", ""),
    ]
    assert lines[0]["subject"] == subject
    host.run(host.identity(access_log=str(log)))
    host.ask(TOLD)
    until(lambda: len(log.read_text().splitlines()) == 4, "another line")
    assert f'decision="accepted" subject="CN=good,O=Example" issuer="CN=root" fingerprint="{GOOD}"' in log.read_text()


def test_check_mode_and_removal_leave_nothing(tmp_path: Path, certificates: Path) -> None:
    root = tmp_path / "host"
    root.mkdir()
    host = Behind(root, certificates)
    before = {*host.tree()}
    site = host.identity(revoked=revoked({"sha1": BAD}), access_log=str(root / "calls.log"))
    assert host.run(site, check_mode=True).changed
    assert {*host.tree()} == before
    try:
        assert host.run(site).changed
        assert not host.run(site, check_mode=True).changed
        assert host.run(Site(**{**vars(site), "state": "absent"})).changed
        assert not (host.main.parent / "client_lists").exists()
        assert {*host.tree()} == {*before, str(root / "calls.log")}
    finally:
        host.stop()


def test_the_probe_tells_who_refused_and_that_claims_are_not_believed(host: Behind, tmp_path: Path) -> None:
    """It comes from 127.0.0.1, past the load balancer."""
    host.run(host.identity())
    new_certificate(tmp_path, "client", "/CN=good", "extendedKeyUsage=clientAuth")
    files = {"certificate_path": str(tmp_path / "client.crt"), "private_key_path": str(tmp_path / "client.key")}
    past = {"address": "127.0.0.1", "port": host.port, "expect": "refused", "expect_refused_by": "backend"}
    rows: list[dict[str, Any]] = [
        {"name": "good", **files},
        {"name": "past", **past},
        {"name": "spoofing", "claims": "good", **past},
    ]
    given = {
        "ca_path": str(host.certificates / "first.crt"),
        "validate_certs": True,
        "tls_version": "auto",
        **dict.fromkeys(("made_by", "claim_headers")),
        "identities": [{**dict.fromkeys(OPTIONS), **row} for row in rows],
    }
    plan = runner.Plan(Target(NAME, host.port, "/", 20.0), "127.0.0.1", None, 1)
    _good, plain, spoofing = runner.run(plan, identity.build(given, str(tmp_path)))
    assert (plain["met"], plain["refused_by"], plain["refusal"]) == (True, "backend", "not_from_load_balancer")
    assert (spoofing["met"], spoofing["refused_by"], spoofing["refusal"]) == (True, "backend", "spoofed")
    assert "by the server behind the load balancer: spoofed" in spoofing["reason"]
