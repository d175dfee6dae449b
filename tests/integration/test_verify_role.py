# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that fails: what the user gets to see, what the files say, and what must be nowhere."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.integration.conftest import Command
from tests.witnesses.browser import browser
from tests.witnesses.openssl import openssl
from tests.witnesses.report import look_at
from tests.witnesses.servers import HOST, make_pki, nginx

SECRETS = ("client-passphrase", "ca-passphrase")
LEAK = "a client whose name goes on and on, as names do that somebody made up on a Friday-afternoon-without-a-break"
BACKENDS = ["ECS01", "a-server-with-a-name-that-is-very-long.cn-hangzhou.internal"]


def test_a_proof_that_fails(ansible: Command, tmp_path: Path) -> None:
    pki = tmp_path / "pki"
    pki.mkdir()
    make_pki(pki, "ec")
    for name, secret in (("client", SECRETS[0]), ("root", SECRETS[1])):
        locked = ("-out", f"{name}-locked.key", "-aes256", "-passout", f"pass:{secret}")
        openssl("pkey", "-in", f"{name}.key", *locked, directory=pki)
    files = {kind: tmp_path / f"result.{kind}" for kind in ("json", "xml", "html")}
    remote, server = tmp_path / "remote", tmp_path / "server"
    server.mkdir()
    with nginx(pki, server, "127.0.0.1", "1.2 1.3") as port:
        variables = {
            "mtls_verify_host": HOST,
            "mtls_verify_address": "127.0.0.1",
            "mtls_verify_port": port,
            "mtls_verify_ca_path": str(pki / "server-root.crt"),
            "mtls_verify_client_certificate": str(pki / "client.crt"),
            "mtls_verify_client_private_key": str(pki / "client-locked.key"),
            "mtls_verify_client_passphrase": SECRETS[0],
            "mtls_verify_client_ca_certificate": str(pki / "root.crt"),
            "mtls_verify_client_ca_private_key": str(pki / "root-locked.key"),
            "mtls_verify_client_ca_passphrase": SECRETS[1],
            "mtls_verify_revoked_certificate": str(pki / "revoked.crt"),
            "mtls_verify_revoked_private_key": str(pki / "revoked.key"),
            "mtls_verify_more_identities": [
                {
                    "name": LEAK,
                    "certificate_path": str(pki / "client.crt"),
                    "private_key_path": str(pki / "client.key"),
                    "expect": "refused",
                }
            ],
            "mtls_verify_expected_backends": BACKENDS,
            "mtls_verify_tls_versions": ["1.3"],
            "mtls_verify_json_path": str(files["json"]),
            "mtls_verify_junit_path": str(files["xml"]),
            "mtls_verify_report_path": str(files["html"]),
            "mtls_verify_wait_timeout": 0,
        }
        plays = [{"hosts": "localhost", "gather_facts": False, "roles": ["alicloud.mtls.mtls_verify"]}]
        command, environment = ansible(plays, variables)
        environment |= {"ANSIBLE_REMOTE_TMP": str(remote), "ANSIBLE_KEEP_REMOTE_FILES": "true"}
        done = subprocess.run(
            [*command, "-vvv"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
    output = done.stdout + done.stderr
    assert done.returncode == 2, output
    unmet = ["valid certificate", LEAK, "TLS versions"]
    assert f"3 of 16 expectations about https://{HOST}:{port} are not met." in output
    assert f"none of 6 answers came from {BACKENDS[1]}" in output
    for secret in (*SECRETS, "PRIVATE KEY"):
        assert secret not in output
        for file in files.values():
            assert secret not in file.read_text()
    check_what_is_left(remote)
    check_json(files["json"], unmet)
    check_junit(files["xml"], unmet)
    (tmp_path / "home").mkdir()
    with browser(tmp_path / "home") as page:
        shown = look_at(page, files["html"], tmp_path)
    for text in ("3 of 16 are not as expected.", "certificate of a foreign CA", "1 day left", "1.2, 1.3", LEAK):
        assert text in shown["en"]
    for text in ("16 项中有 3 项与预期不符。", "冒名 CA 签发的证书", "请检查服务器组中各服务器的健康状态", LEAK):
        assert text in shown["zh"]
    for text in (
        "refused",
        "let in",
        "as expected",
        "certificate of",
        "Check the",
        "days left",
        "is valid",
        "answers came",
    ):
        assert text not in shown["zh"]


def check_what_is_left(remote: Path) -> None:
    """Ansible was told to leave its own files, so they are where the keys have been for a moment."""
    left = [each for each in remote.rglob("*") if each.is_file()]
    assert any("mtls_probe" in each.name for each in left)
    assert not [each for each in left if each.suffix == ".pem" or b"PRIVATE KEY" in each.read_bytes()]


def check_json(file: Path, unmet: list[str]) -> None:
    result = json.loads(file.read_text())
    assert result["met"] is False
    rows = result["results"] + result["checks"]
    assert [each["name"] for each in rows if not each["met"]] == unmet
    assert {each["name"]: each["verdict"] for each in result["results"]}["revoked certificate"] == "refused_http"


def check_junit(file: Path, unmet: list[str]) -> None:
    suite = ET.parse(file).getroot()[0]
    cases = suite.findall("testcase")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("16", "3", "0")
    assert len(cases) == 16
    failures = {str(case.get("name")): case[0] for case in cases if len(case)}
    assert list(failures) == unmet
    assert failures[LEAK].get("message") == "expected refused, was accepted"
    assert "mutual_authentication: true" in (failures[LEAK].text or "")
    assert failures["TLS versions"].text == "found 1.2, 1.3"
