# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with a teardown and what stays: all is looked at before the first deletion. The witness is the SDK."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk
from tests.e2e.scene import Run
from tests.integration.conftest import NETWORK, SEED, playbook_command
from tests.witnesses.cloud import NOTHING, contents
from tests.witnesses.openssl import new_certificate

GROUP = "group/alicloud.mtls.alicloud"
TEARDOWN = [{"import_playbook": "alicloud.mtls.teardown"}]
SITE = {"mtls_name": "shop", "mtls_domain": "example.com", "mtls_host": "www"}
ELSEWHERE = "other.example.net"


class Account:
    """One sandbox, called with the official SDK alone, and by ansible-playbook."""

    def __init__(self, box: Sandbox, directory: Path, python: str) -> None:
        self.box = box
        self.directory = directory
        self.python = python
        self.sdk = Sdk(box)

    def call(self, product: str, operation: str, **params: Any) -> dict[str, Any]:
        """Return the answer of an operation, once its job is done."""
        answer = self.sdk(product, operation, **params)
        if answer.get("JobId"):
            self.sdk.job(answer)
        return answer

    def run(self, plays: list[dict[str, Any]], *options: str, **variables: Any) -> Run:
        """A finished ansible-playbook; the request log holds its requests alone."""
        self.box.clear_requests()
        command, environment = playbook_command(self.directory, plays, variables, self.box, python=self.python)
        done = subprocess.run(
            [*command, *options], env=environment, cwd=self.directory, capture_output=True, text=True, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def teardown(self, *options: str, **variables: Any) -> Run:
        return self.run(TEARDOWN, *options, **{**SITE, **variables})

    @property
    def writes(self) -> list[str]:
        return [request["action"] for request in self.box.requests(writes=True)]

    @property
    def contents(self) -> dict[str, list[str]]:
        return contents(self.box.endpoint, "sandbox", "sandbox", "example.com")

    def balancer(self, name: str) -> dict[str, Any]:
        found = self.call("alb", "ListLoadBalancers", LoadBalancerNames=[name])["LoadBalancers"]
        return dict(found[0])

    def group(self, name: str) -> str:
        return str(self.call("alb", "ListServerGroups", ServerGroupNames=[name])["ServerGroups"][0]["ServerGroupId"])

    def make_balancer(self, name: str) -> str:
        return self.sdk.balancer(LoadBalancerName=name)

    def make_group(self, name: str) -> str:
        return self.sdk.group(ServerGroupName=name)

    def make_listener(self, balancer: str, group: str, port: int, **more: Any) -> str:
        return str(self.sdk.listener(balancer, group, ListenerPort=port, **more)["ListenerId"])


def present(directory: Path, dns: str | None) -> dict[str, Any]:
    """What the role alb_mtls wants to know to make everything, the redirect from HTTP included."""
    return {
        "alb_mtls_name": "shop",
        **NETWORK,
        "alb_mtls_servers": [{"server_id": "i-1", "port": 443}],
        "alb_mtls_server_certificate_path": str(directory / "s.crt"),
        "alb_mtls_server_private_key_path": str(directory / "s.key"),
        "alb_mtls_ca_certificate_path": str(directory / "ca.crt"),
        "alb_mtls_http_redirect": True,
        "dns_cname_domain": "example.com",
        "dns_cname_rr": "www",
        "dns_cname_resolver": dns,
        "dns_cname_value": "{{ alb_mtls_result.load_balancer.dns_name }}",
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, preloaded_python: str) -> Path:
    """The directory of a sandbox in which the roles have made everything, and of the certificates."""
    directory = tmp_path_factory.mktemp("made")
    for name, common_name in (
        ("ca", "client-root"),
        ("foreign", "foreign-root"),
        ("s", "www.example.com"),
        ("s2", "www.example.com"),
    ):
        new_certificate(directory, name, f"/CN={common_name}")
    roles = {
        "hosts": "localhost",
        "gather_facts": False,
        "roles": ["alicloud.mtls.alb_mtls", "alicloud.mtls.dns_cname"],
    }
    with Sandbox(dns=True, state_dir=directory / "state") as box:
        box.seed(**SEED)
        done = Account(box, directory, preloaded_python).run([roles], **present(directory, box.dns))
        assert done.returncode == 0, done.output
    return directory


@pytest.fixture
def account(made: Path, tmp_path: Path, preloaded_python: str) -> Iterator[Account]:
    """A copy of what the roles have made, for this test alone."""
    shutil.copytree(made / "state", tmp_path / "state")
    for each in made.glob("*.???"):
        shutil.copy(each, tmp_path)
    with Sandbox(dns=True, state_dir=tmp_path / "state") as box:
        yield Account(box, tmp_path, preloaded_python)


def record(account: Account) -> dict[str, Any]:
    found = account.call("dns", "DescribeDomainRecords", DomainName="example.com")["DomainRecords"]["Record"]
    assert len(found) == 1
    return dict(found[0])


def point(account: Account, value: str) -> None:
    old = record(account)
    account.call("dns", "UpdateDomainRecord", RecordId=old["RecordId"], RR="www", Type="CNAME", Value=value)


def test_everything_of_ours_goes_and_a_second_run_changes_nothing(account: Account) -> None:
    """The redirect too, although this run does not say that there is one, and the record in another spelling."""
    point(account, record(account)["Value"].upper() + ".")
    checked = account.teardown("--check")
    assert checked.returncode == 0, checked.output
    assert checked.changed
    assert account.writes == []
    done = account.teardown()
    assert done.returncode == 0, done.output
    assert account.contents == NOTHING
    assert account.writes[0] == "DeleteDomainRecord"
    again = account.teardown()
    assert again.returncode == 0, again.output
    assert again.changed == {}
    assert account.writes == []


def obstruct(account: Account) -> list[str]:
    """Put everything in the way that can be; the ids that have to be named."""
    ours, other = account.balancer("shop")["LoadBalancerId"], account.make_balancer("other")
    group = account.make_group("other")
    account.call("alb", "EnableDeletionProtection", ResourceId=ours)
    alien = account.make_listener(ours, group, 8443)
    user = account.make_listener(other, account.group("shop"), 81)
    plain = account.make_listener(other, group, 82)
    rule = account.call(
        "alb",
        "CreateRule",
        ListenerId=plain,
        RuleName="others",
        Priority=1,
        RuleConditions=[{"Type": "Path", "PathConfig": {"Values": ["/a"]}}],
        RuleActions=[
            {
                "Type": "ForwardGroup",
                "Order": 1,
                "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": account.group("shop-http")}]},
            }
        ],
    )["RuleId"]
    certificate = account.call("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"][0]
    warehouse = account.call("cas", "ListCertWarehouse")["CertWarehouseList"][0]
    authority = account.call("cas", "ListCert", WarehouseId=warehouse["WhId"])["CertList"][0]
    secure = account.make_listener(
        other,
        group,
        443,
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": f"{certificate['CertificateId']}-cn-hangzhou"}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": authority["Identifier"]}],
    )
    account.box.seed(locked_records=[record(account)["RecordId"]])
    return [ours, alien, user, rule, secure, record(account)["RecordId"]]


@pytest.mark.parametrize("options", [["--check"], []], ids=["check", "real"])
def test_all_that_is_in_the_way_is_named_and_nothing_is_deleted(account: Account, options: list[str]) -> None:
    names, before = obstruct(account), account.contents
    done = account.teardown(*options)
    assert done.returncode != 0
    said = re.search(r"Nothing was removed.*", done.output)
    assert said, done.output
    assert [name for name in names if name not in said[0]] == []
    assert "deletion_protection" in said[0]
    assert done.changed == {}
    assert account.writes == []
    assert account.contents == before


def test_the_protection_is_lifted_and_other_listeners_go_when_asked(account: Account) -> None:
    balancer = account.balancer("shop")["LoadBalancerId"]
    account.call("alb", "EnableDeletionProtection", ResourceId=balancer)
    alien = account.make_listener(balancer, account.make_group("other"), 8443)
    lifted = account.teardown(alb_mtls_lift_protection=True)
    assert lifted.returncode != 0
    assert alien in lifted.output
    assert account.writes == []
    done = account.teardown(alb_mtls_lift_protection=True, alb_mtls_purge_listeners=True)
    assert done.returncode == 0, done.output
    assert account.contents == {**NOTHING, "server groups": ["other Available"]}


def test_what_is_not_ours_stays_and_is_named(account: Account) -> None:
    point(account, ELSEWHERE)
    warehouse = account.call("cas", "ListCertWarehouse")["CertWarehouseList"][0]
    foreign = (account.directory / "foreign.crt").read_text()
    account.call("cas", "UploadPCACert", Name="foreign", Cert=foreign, WarehouseId=warehouse["WhId"])
    left = {
        **NOTHING,
        "records": ["www CNAME example.net"],
        "repositories": ["shop"],
        "certificate authorities": ["shop foreign-root"],
    }
    for options in (["--check"], [], []):
        done = account.teardown(*options)
        assert done.returncode == 0, done.output
        summary = done.output[done.output.rindex("Show what stays") :]
        assert ELSEWHERE in summary
        assert "foreign-root" in summary
    assert done.changed == {}
    assert account.contents == left


def test_a_name_whose_load_balancer_is_gone_stays_until_the_user_says_whose_it_was(account: Account) -> None:
    balancer = account.balancer("shop")
    account.call("alb", "DeleteLoadBalancer", LoadBalancerId=balancer["LoadBalancerId"])
    done = account.teardown()
    assert done.returncode == 0, done.output
    assert balancer["DNSName"] in done.output[done.output.rindex("Show what stays") :]
    assert account.contents == {**NOTHING, "records": ["www CNAME cn-hangzhou.alb.aliyuncs.com"]}
    done = account.teardown(dns_cname_value=balancer["DNSName"])
    assert done.returncode == 0, done.output
    assert account.contents == NOTHING


ABSENT = {"hosts": "localhost", "gather_facts": False, "roles": ["alicloud.mtls.alb_mtls"]}


def test_on_a_load_balancer_that_was_given_a_listener_of_others_stays(account: Account) -> None:
    """The port says nothing about whose it is: the server group does."""
    other = account.make_balancer("other")
    listener = account.make_listener(other, account.make_group("other"), 80)
    certificate = account.call("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"][0]
    identity = f"{certificate['CertificateId']}-cn-hangzhou"
    secure = account.make_listener(
        other,
        account.group("other"),
        443,
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": identity}],
    )
    account.call("alb", "DeleteLoadBalancer", LoadBalancerId=account.balancer("shop")["LoadBalancerId"])
    done = account.run(
        [ABSENT],
        alb_mtls_name="shop",
        alb_mtls_state="absent",
        alb_mtls_http_redirect=True,
        alb_mtls_load_balancer_id=other,
        alb_mtls_server_certificate_id=identity,
    )
    assert done.returncode == 0, done.output
    summary = done.output[done.output.rindex("Show what stays") :]
    assert [each for each in (other, listener, secure, identity) if each not in summary] == []
    assert account.contents["listeners"] == ["HTTP 80 Running", "HTTPS 443 Running"]
    assert account.contents["server groups"] == ["other Available"]
    assert account.contents["certificate authorities"] == []


def modules(account: Account) -> dict[str, dict[str, Any]]:
    """A removal per module that the service, or what others use, forbids; with all that is in the way."""
    obstruct(account)
    warehouse = account.call("cas", "ListCertWarehouse")["CertWarehouseList"][0]["Name"]
    acl = account.call("alb", "CreateAcl", AclName="list")["AclId"]
    policy = account.call(
        "alb",
        "CreateSecurityPolicy",
        SecurityPolicyName="policy",
        TLSVersions=["TLSv1.2"],
        Ciphers=["ECDHE-RSA-AES128-GCM-SHA256"],
    )["SecurityPolicyId"]
    other = account.balancer("other")["LoadBalancerId"]
    listeners = account.call("alb", "ListListeners", LoadBalancerIds=[other])["Listeners"]
    secure = next(each["ListenerId"] for each in listeners if each["ListenerProtocol"] == "HTTPS")
    certificate = account.call("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"][0]
    quic = account.make_listener(
        other,
        account.group("other"),
        8443,
        ListenerProtocol="QUIC",
        Certificates=[{"CertificateId": f"{certificate['CertificateId']}-cn-hangzhou"}],
    )
    account.call("alb", "AssociateAclsWithListener", ListenerId=secure, AclIds=[acl], AclType="Black")
    account.call(
        "alb",
        "UpdateListenerAttribute",
        ListenerId=secure,
        SecurityPolicyId=policy,
        QuicConfig={"QuicUpgradeEnabled": True, "QuicListenerId": quic},
    )
    return {
        "alb_load_balancer": {"name": "other"},
        "alb_server_group": {"name": "shop"},
        "alb_listener": {"listener_id": quic},
        "alb_acl": {"name": "list"},
        "alb_security_policy": {"name": "policy"},
        "cas_certificate": {"name": "shop-server"},
        "cas_ca_certificate": {"name": "shop-ca", "repository": warehouse},
        "dns_record": {"domain": "example.com", "rr": "www"},
    }


def test_every_module_says_so_before_it_writes_and_in_check_mode(account: Account) -> None:
    tasks = [
        {
            "name": f"{module} {check}",
            f"alicloud.mtls.{module}": {**options, "state": "absent"},
            "check_mode": check,
            "ignore_errors": True,
        }
        for module, options in modules(account).items()
        for check in (True, False)
    ]
    done = account.run([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    assert done.recap["localhost"]["ignored"] == len(tasks), done.output
    assert account.writes == []


def test_what_earlier_tasks_remove_does_not_count_in_check_mode(account: Account) -> None:
    def absent(module: str, **options: Any) -> dict[str, Any]:
        return {f"alicloud.mtls.{module}": {**options, "state": "absent"}, "register": f"{module}_{len(tasks)}"}

    tasks: list[dict[str, Any]] = []
    gone = "{{ alb_listener_0.removed + alb_listener_1.removed }}"
    tasks.append(absent("alb_listener", load_balancer_name="shop", port=443))
    tasks.append(absent("alb_listener", load_balancer_name="shop", port=80, protocol="http"))
    tasks.append(absent("alb_load_balancer", name="shop", removed_before=gone))
    tasks.append(absent("alb_server_group", name="shop", removed_before="{{ alb_load_balancer_2.removed }}"))
    tasks.append(absent("alb_server_group", name="shop-http", removed_before=gone))
    tasks.append(absent("cas_certificate", name="shop-server", removed_before=gone))
    tasks.append(absent("cas_ca_certificate", name="shop-ca", repository="shop", removed_before=gone))
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    for options in (["--check"], []):
        done = account.run(play, *options)
        assert done.returncode == 0, done.output
        assert done.recap["localhost"]["changed"] == len(tasks)
    assert account.contents == {
        **NOTHING,
        "repositories": ["shop"],
        "records": ["www CNAME cn-hangzhou.alb.aliyuncs.com"],
    }


def test_a_replaced_certificate_that_others_use_is_not_purged(account: Account) -> None:
    """Neither the server certificate nor the CA; the role goes on, and says who uses them."""
    other = account.make_balancer("other")
    certificate = account.call("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"][0]
    warehouse = account.call("cas", "ListCertWarehouse")["CertWarehouseList"][0]
    authority = account.call("cas", "ListCert", WarehouseId=warehouse["WhId"])["CertList"][0]
    user = account.make_listener(
        other,
        account.make_group("other"),
        443,
        ListenerProtocol="HTTPS",
        Certificates=[{"CertificateId": f"{certificate['CertificateId']}-cn-hangzhou"}],
        CaEnabled=True,
        CaCertificates=[{"CertificateId": authority["Identifier"]}],
    )
    renewed = {
        "alb_mtls_server_certificate_path": str(account.directory / "s2.crt"),
        "alb_mtls_server_private_key_path": str(account.directory / "s2.key"),
    }
    done = account.run([ABSENT], **{**present(account.directory, account.box.dns), **renewed})
    assert done.returncode == 0, done.output
    assert user in done.output
    assert "DeleteUserCertificate" not in account.writes
    assert len(account.contents["certificates"]) == 2
    purge = {
        "name": "shop-ca",
        "repository": "shop",
        "certificate_path": str(account.directory / "foreign.crt"),
        "purge_superseded": True,
    }
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"alicloud.mtls.cas_ca_certificate": purge}]}
    done = account.run([play])
    assert done.returncode == 0, done.output
    assert user in done.output
    assert account.writes == ["UploadPCACert"]
