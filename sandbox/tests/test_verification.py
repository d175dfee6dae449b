# SPDX-License-Identifier: GPL-3.0-or-later
"""``alicloud-sandbox verify-assumptions``: right about the sandbox, able to say no, and clean afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from alicloud_sandbox import coverage
from alicloud_sandbox.assumptions import ASSUMPTIONS
from alicloud_sandbox.testing import Sandbox
from alicloud_sandbox.verification import checks, client, credentials, runner
from alicloud_sandbox.verification.checks import CHECKS, CONFIRMED, DOMAIN, NOT_TRIED, READ, REFUTED, Check, Scene
from alicloud_sandbox.verification.client import Answer, Client
from alicloud_sandbox.verification.credentials import Credentials, CredentialsError
from alicloud_sandbox.verification.workshop import MARK, Workshop, make_pair

from sandbox.tests.support import Sdk, wait_until

KEYS = Credentials("sandbox", "sandbox")
ARGUMENTS = [sys.executable, "-m", "alicloud_sandbox.cli", "verify-assumptions"]


@pytest.fixture
def account(sandbox: Sandbox, sdk: Sdk) -> Sandbox:
    """An account with a domain whose edition has a least TTL, and two certificates of which one has expired."""
    sandbox.seed(domains=[{"name": "example.org", "min_ttl": 600}])
    for name, past in (("expired", True), ("valid", False)):
        pair = make_pair("www.example.com", past=past)
        sdk("cas", "UploadUserCertificate", Name=name, Cert=pair.certificate, Key=pair.key)
    sandbox.clear_requests()
    return sandbox


def contents(sdk: Sdk) -> dict[str, list[str]]:
    """Names of everything that a run can make, read with the official SDK."""
    expired = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD", Status="EXPIRED")["CertificateOrderList"]
    valid = sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    return {
        "acls": [item["AclName"] for item in sdk("alb", "ListAcls")["Acls"]],
        "policies": [item["SecurityPolicyName"] for item in sdk("alb", "ListSecurityPolicies")["SecurityPolicies"]],
        "groups": [item["ServerGroupName"] for item in sdk("alb", "ListServerGroups")["ServerGroups"]],
        "repositories": [item["Name"] for item in sdk("cas", "ListCertWarehouse")["CertWarehouseList"]],
        "authorities": [item["Identifier"] for item in sdk("cas", "ListCert")["CertList"]],
        "certificates": [item["Name"] for item in [*expired, *valid]],
        "records": [
            item["RR"]
            for item in sdk("dns", "DescribeDomainRecords", DomainName="example.org")["DomainRecords"]["Record"]
        ],
    }


ONLY_KEPT: dict[str, list[str]] = {
    **{kind: [] for kind in ("acls", "policies", "groups", "repositories", "authorities", "records")},
    "certificates": ["expired", "valid"],
}


def all_gone(sdk: Sdk) -> bool:
    """Access control lists and policies are deleted by jobs."""
    return contents(sdk) == ONLY_KEPT


def command(box: Sandbox, *options: str, secret: str = "sandbox") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALIBABA_")}
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "sandbox", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret}
    return subprocess.run(
        [*ARGUMENTS, "--endpoint", box.endpoint, *options],
        env={**environment, **keys},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sandbox_does_all_that_is_assumed_and_is_left_as_it_was(account: Sandbox, sdk: Sdk) -> None:
    done = command(account, "--write", "--domain", "example.org", "--format", "json")
    report = json.loads(done.stdout)
    verdicts = {item["name"]: (item["verdict"], item["seen"]) for item in report["checks"]}
    assert {name: found for name, found in verdicts.items() if found[0] != CONFIRMED} == {}
    assert list(verdicts) == [check.name for check in CHECKS]
    assert (done.returncode, report["left"], report["interrupted"]) == (0, [], False)
    wait_until(lambda: all_gone(sdk), "everything is removed")
    made = {request["action"] for request in account.requests(writes=True)}
    assert not {action for action in made if "LoadBalancer" in action or "Listener" in action}, "they cost money"


def test_without_being_asked_it_only_reads(account: Sandbox) -> None:
    done = command(account)
    assert done.returncode == 0, done.stdout + done.stderr
    requests = account.requests()
    assert {request["action"][: len("Describe")] for request in requests}
    assert [
        request["action"] for request in requests if not request["action"].startswith(("Describe", "Get", "List"))
    ] == []
    assert account.requests(writes=True) == []
    reads = sum(check.needs == READ for check in CHECKS)
    assert f"{reads} confirmed, 0 refuted, {len(CHECKS) - reads} not tried" in done.stdout
    assert "needs --write --domain" in done.stdout


def test_list_names_the_checks_and_asks_nothing(account: Sandbox) -> None:
    done = command(account, "--list")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [check.name for check in CHECKS]
    assert account.requests() == []


def test_a_wrong_key_confirms_nothing_of_what_it_may_not_ask(account: Sandbox) -> None:
    done = command(account, "--write", "--format", "json", secret="wrong")
    verdicts = {item["name"]: item["verdict"] for item in json.loads(done.stdout)["checks"]}
    assert verdicts.pop("access-key") == CONFIRMED
    assert set(verdicts.values()) == {NOT_TRIED}
    assert "wrong" not in done.stdout + done.stderr


@dataclass
class Contrary:
    """A cloud that contradicts the assumptions: with other codes, and with the values of ``changes``."""

    real: Client
    changes: Mapping[str, Callable[[dict[str, t.Any]], dict[str, t.Any]]]
    refuse: tuple[str, ...] = ()  # operations that are refused from the second time on
    counts: dict[str, int] = field(default_factory=dict)

    def __call__(self, product: str, operation: str, **params: t.Any) -> Answer:
        answer = self.real(product, operation, **params)
        self.counts[operation] = self.counts.get(operation, 0) + 1
        if answer.code.startswith("IncorrectStatus"):
            return answer
        if answer.code or (operation in self.refuse and self.counts[operation] > 1):
            return Answer(400, {"Code": "Otherwise"})
        change = self.changes.get(operation)
        return replace(answer, body=change(dict(answer.body))) if change else answer


def _each(items: str, **values: t.Any) -> Callable[[dict[str, t.Any]], dict[str, t.Any]]:
    return lambda body: {**body, items: [{**item, **values} for item in body[items]]}


# Changed answers for the checks that no error code decides.
CHANGES: dict[str, dict[str, Callable[[dict[str, t.Any]], dict[str, t.Any]]]] = {
    "expired-certificates": {"ListUserCertificateOrder": _each("CertificateOrderList", CertificateId=1)},
    "repository-types": {"ListCertWarehouse": _each("CertWarehouseList", Type="uploadedAuthorityCertificate")},
    "ca-identifier": {"ListCert": _each("CertList", Identifier="another")},
    "same-ca": {"UploadPCACert": lambda body: {**body, "Identifier": "the same"}},
    "serial-number": {"ListUserCertificateOrder": _each("CertificateOrderList", SerialNo="abc12")},
    "record-status": {"DescribeDomainRecordInfo": lambda body: {**body, "Status": "Enable"}},
}
REFUSE = {
    "same-name": ("CreateSecurityPolicy",),
    "second-cname": ("AddDomainRecord",),
}


def scene(box: Sandbox, check: str = "", domain: str = "example.org") -> Scene:
    real = Client(KEYS, "cn-hangzhou", box.endpoint)
    contrary = Contrary(real, CHANGES.get(check, {}), REFUSE.get(check, ()))
    return Scene(
        contrary, Workshop(contrary, domain, timeout_seconds=5), Contrary(real.signed_by(Credentials("n", "n")), {})
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_can_be_refuted(check: Check, account: Sandbox) -> None:
    made = scene(account, check.name)
    if check.name == "repository-ids":
        _name, identity, shown = made.repository()
        made._shared["repository"] = (_name, identity, {**shown, "InstanceId": identity})
    if check.name == "name-length":  # 64 characters are accepted where 63 are not
        made.workshop.call = lambda product, operation, **params: Answer(200, {"CertId": 1})
    finding = check.run(made)
    assert finding.verdict == REFUTED, finding.seen


def test_a_fault_refutes_a_check_and_the_run_says_so(account: Sandbox, sdk: Sdk) -> None:
    account.fault("error", action="DescribeDomainRecordInfo", code="MissingRecordId", http_status=400, times=0)
    done = command(account)
    assert done.returncode == 1
    assert "1 refuted" in done.stdout
    assert "seen: 400 MissingRecordId" in done.stdout


def test_throttled_requests_are_repeated(account: Sandbox) -> None:
    account.fault("throttle", action="ListLoadBalancers", times=2)
    caller = Client(KEYS, "cn-hangzhou", account.endpoint, pause=lambda _seconds: None)
    assert caller("alb", "ListLoadBalancers", MaxResults=0).code == "InvalidParameter"


@pytest.mark.parametrize("kind", ["lost_response", "late_error"])
def test_what_was_made_without_an_answer_is_removed(kind: str, account: Sandbox, sdk: Sdk) -> None:
    for action in ("CreateAcl", "CreateSecurityPolicy", "CreateWarehouse", "UploadPCACert", "UploadUserCertificate"):
        account.fault(kind, action=action, times=0)
    account.fault(kind, action="AddDomainRecord", times=0)
    real = Client(KEYS, "cn-hangzhou", account.endpoint)
    result = runner.run(checks.scene_of(real, Workshop(real, "example.org")), write=True)
    assert {request["action"] for request in account.requests(writes=True)} >= {"CreateAcl", "AddDomainRecord"}
    assert result.left == []
    wait_until(lambda: all_gone(sdk), "everything is removed")


def test_what_cannot_be_removed_is_named(account: Sandbox) -> None:
    account.fault("error", action="DeleteUserCertificate", code="Otherwise", http_status=400, times=0)
    done = command(account, "--write")
    assert done.returncode == 1
    assert "Still in the account, remove it by hand:" in done.stdout
    assert "DeleteUserCertificate" in done.stdout.partition("Still in the account")[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up(number: signal.Signals, account: Sandbox, sdk: Sdk) -> None:
    account.fault("slow", action="UploadPCACert", seconds=5)
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "sandbox", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "sandbox"}
    options = ["--endpoint", account.endpoint, "--write", "--format", "json"]
    process = subprocess.Popen([*ARGUMENTS, *options], env={**os.environ, **keys}, stdout=subprocess.PIPE, text=True)
    made = {"CreateAcl", "CreateSecurityPolicy", "CreateWarehouse"}
    wait_until(lambda: made <= {item["action"] for item in account.requests(writes=True)}, "half of it is made", 120)
    process.send_signal(number)
    output, _errors = process.communicate()
    report = json.loads(output)
    assert (process.returncode, report["interrupted"], report["left"]) == (130, True, [])
    assert report["checks"][-1]["seen"] == "interrupted"
    wait_until(lambda: all_gone(sdk), "everything is removed")


def test_what_has_not_the_mark_is_never_touched(account: Sandbox, sdk: Sdk) -> None:
    other = f"{MARK}of-another-run"
    acl = sdk("alb", "CreateAcl", AclName=other)["AclId"]
    done = command(account, "--write", "--domain", "example.org")
    assert done.returncode == 0, done.stdout
    assert [item["AclId"] for item in sdk("alb", "ListAcls")["Acls"] if item["AclName"] == other] == [acl]
    deleted = [item["params"] for item in account.requests(writes=True) if item["action"] == "DeleteAcl"]
    assert deleted
    assert {"AclId": acl} not in deleted


def test_a_check_is_about_a_registered_assumption_or_names_its_source() -> None:
    assert coverage.pages(), "which registers the assumptions of all products"
    assert {check.assumption for check in CHECKS if " " not in check.assumption} <= set(ASSUMPTIONS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert {check.needs for check in CHECKS} == set(checks.NEEDS) == {READ, checks.WRITE, DOMAIN}


def profile(tmp_path: Path, **values: str) -> dict[str, str]:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"current": "a", "profiles": [{"name": "a", **values}]}))
    return {"ALIBABA_CLOUD_CONFIG_FILE": str(path)}


def test_a_profile_is_taken_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"mode": "StsToken", "access_key_id": "k", "access_key_secret": "s", "sts_token": "t"}
    for name, value in {**profile(tmp_path, **given), "ALIBABA_CLOUD_ACCESS_KEY_ID": "of the environment"}.items():
        monkeypatch.setenv(name, value)
    assert credentials.find("a") == Credentials("k", "s", "t")
    with pytest.raises(CredentialsError, match="has no profile 'b'"):
        credentials.find("b")


def test_a_profile_of_another_mode_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in profile(tmp_path, mode="RamRoleArn").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CredentialsError, match="RamRoleArn"):
        credentials.find("a")


@pytest.mark.parametrize(
    ("region", "product", "host"),
    [
        ("cn-hangzhou", "cas", "cas.aliyuncs.com"),
        ("cn-hongkong", "cas", "cas.aliyuncs.com"),
        ("eu-central-1", "cas", "cas.ap-southeast-1.aliyuncs.com"),
        ("eu-central-1", "alb", "alb.eu-central-1.aliyuncs.com"),
        ("eu-central-1", "alidns", "alidns.aliyuncs.com"),
    ],
)
def test_hosts(region: str, product: str, host: str) -> None:
    assert client._PRODUCTS[product][1](region) == host
