# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint with HTTPS, and credentials of STS: clients with their defaults, curl and openssl."""

from __future__ import annotations

import importlib
import json
import stat
import subprocess
import sys
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from alicloud_sandbox import tls
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT
from sandbox.tests.test_rpc_signature import Signed

ROLE = "acs:ram::1000000000000001:role/deploy"


@pytest.fixture(scope="module")
def secure() -> Iterator[Sandbox]:
    """A sandbox with HTTPS."""
    with Sandbox(tls=True) as sandbox:
        sandbox.seed(**ACCOUNT)
        yield sandbox


def test_the_certificate_is_valid(secure: Sandbox) -> None:
    """For the address, localhost and the names of the products' endpoints; openssl is the judge."""
    for name in ("-verify_ip 127.0.0.1", "-verify_hostname localhost", "-verify_hostname alb.cn-hangzhou.aliyuncs.com"):
        command = ["openssl", "s_client", "-connect", secure.endpoint, "-CAfile", str(secure.ca), *name.split()]
        done = subprocess.run([*command, "-verify_return_error"], input="", capture_output=True, text=True, timeout=60)
        assert "Verify return code: 0 (ok)" in done.stdout, done.stdout + done.stderr
    assert secure.ca
    for path in secure.ca.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_certificate_is_for_the_host(tmp_path: Path) -> None:
    """Also where the host is a name and no address."""
    files = tls.prepare(tmp_path, "sandbox.test", "cn-hangzhou")
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(files.ca), "-verify_hostname", "sandbox.test"]
    done = subprocess.run([*command, str(files.certificate)], capture_output=True, text=True)
    assert done.stdout == f"{files.certificate}: OK\n", done.stderr


def test_the_ca_stays(secure: Sandbox) -> None:
    assert secure.ca
    before = secure.ca.read_text()
    secure.restart()
    assert secure.ca.read_text() == before
    assert secure.health()["status"] == "ok"


def test_the_command_line(secure: Sandbox) -> None:
    command = [sys.executable, "-m", "alicloud_sandbox.cli", "health", "--endpoint", secure.endpoint]
    done = subprocess.run([*command, "--ca", str(secure.ca)], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["status"] == "ok", done.stderr


def test_a_client_with_credentials_by_sts(secure: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official credentials package assumes a role over HTTPS, and the SDK of ALB signs with what it got."""
    assert secure.ca
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(secure.ca))
    credentials: t.Any = importlib.import_module("alibabacloud_credentials.client")
    models: t.Any = importlib.import_module("alibabacloud_credentials.models")
    role = models.Config(
        type="ram_role_arn",
        access_key_id="sandbox",
        access_key_secret="sandbox",
        role_arn=ROLE,
        role_session_name="session",
        sts_endpoint=secure.endpoint,
    )
    config: t.Any = importlib.import_module("alibabacloud_tea_openapi.utils_models").Config
    alb: t.Any = importlib.import_module("alibabacloud_alb20200616.client").Client
    requests: t.Any = importlib.import_module("alibabacloud_alb20200616.models")
    client = alb(config(endpoint=secure.endpoint, credential=credentials.Client(role), ca=str(secure.ca)))
    answer = client.list_load_balancers(requests.ListLoadBalancersRequest()).body
    assert answer.total_count == 0
    actions = [(entry["product"], entry["action"], entry["code"]) for entry in secure.requests()]
    assert actions[-2:] == [("Sts", "AssumeRole", ""), ("Alb", "ListLoadBalancers", "")]


def assume(sandbox: Sandbox) -> dict[str, str]:
    """Returns temporary credentials."""
    request = Signed("AssumeRole", "2015-04-01", query={"RoleArn": ROLE, "RoleSessionName": "session"})
    return dict(json.loads(request.send(sandbox)[1])["Credentials"])


def test_who_is_calling(sandbox: Sandbox) -> None:
    own = json.loads(Signed("GetCallerIdentity", "2015-04-01").send(sandbox)[1])
    assert (own["IdentityType"], own["Arn"]) == ("Account", "acs:ram::1000000000000001:root")
    found = assume(sandbox)
    temporary = {"AccessKeyId": found["AccessKeyId"], "SecurityToken": found["SecurityToken"]}
    request = Signed("GetCallerIdentity", "2015-04-01", common=dict(temporary), secret=found["AccessKeySecret"])
    role = json.loads(request.send(sandbox)[1])
    assert (role["IdentityType"], role["Arn"].rpartition(":")[2]) == ("AssumedRoleUser", "assumed-role/deploy/session")
    logged = json.dumps(sandbox.requests())
    assert found["AccessKeySecret"] not in logged
    assert found["SecurityToken"] not in logged


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SecurityToken": "other"}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"SecurityToken": None}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"AccessKeyId": "STS.none"}, "InvalidAccessKeyId.NotFound"),
    ],
)
def test_wrong_temporary_credentials(sandbox: Sandbox, changes: dict[str, str | None], code: str) -> None:
    found = assume(sandbox)
    common: dict[str, str | None] = {name: found[name] for name in ("AccessKeyId", "SecurityToken")}
    body = Signed(common=common | changes, secret=found["AccessKeySecret"]).send(sandbox)[1]
    assert json.loads(body)["Code"] == code


def test_plain_http_is_not_spoken(secure: Sandbox) -> None:
    done = subprocess.run(
        ["curl", "-s", "--noproxy", "*", "--max-time", "60", f"http://{secure.endpoint}/_sandbox/health"],
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
