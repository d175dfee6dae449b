# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas and what cannot be together: each limit is reached, and one more is refused with the documented code."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator

import pytest
from alicloud_sandbox.alb.errors import ERRORS
from alicloud_sandbox.store import Doc, Store
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT, GROUP, AlibabaCloudException, Pair, Sdk, forward, listener_params, wait_until

SLOW = {"SlowStartEnabled": True, "SlowStartDuration": 60}
DRAIN = {"ConnectionDrainEnabled": True, "ConnectionDrainTimeout": 60}
Fill = Callable[..., None]


@pytest.fixture
def fast() -> Iterator[Sandbox]:
    """A sandbox for one test, whose store can be written to while it is stopped."""
    with Sandbox() as box:
        box.seed(**ACCOUNT)
        box.delays(default=0)
        yield box


@pytest.fixture
def account(fast: Sandbox) -> Sdk:
    return Sdk(fast)


@pytest.fixture
def fill(fast: Sandbox) -> Fill:
    """Stores copies of the only document of a kind, each changed by ``change(number)``."""

    def copies(kind: str, number: int, change: Callable[[int], Doc]) -> None:
        fast.stop()
        store = Store(fast.state_dir / "state.sqlite")
        with store.transaction():
            (one,) = store.all(kind)
            for item in range(number):
                doc = one | change(item)
                store.put(kind, next(value for name, value in doc.items() if name.endswith("Id")), doc, served=True)
        store.close()
        fast.start()

    return copies


def servers(number: int) -> list[Doc]:
    return [
        {
            "ServerId": f"i-{n}",
            "ServerType": "Ecs",
            "ServerIp": "127.0.0.1",
            "Port": 1,
            "Weight": 1,
            "Status": "Available",
        }
        for n in range(number)
    ]


def again(sdk: Sdk, product: str, operation: str, **params: t.Any) -> tuple[int, str]:
    """Returns status and code of a call, or (200, "") if it is accepted."""
    try:
        sdk(product, operation, **params)
    except AlibabaCloudException as error:
        return error.status_code, error.code
    return 200, ""


@pytest.mark.parametrize(
    ("kind", "limit", "operation", "params", "code"),
    [
        ("servergroup", 3000, "CreateServerGroup", GROUP, "QuotaExceeded.ServerGroupsNum"),
        ("acl", 1000, "CreateAcl", {"AclName": "office"}, "QuotaExceeded.AclsNum"),
        (
            "securitypolicy",
            50,
            "CreateSecurityPolicy",
            {"SecurityPolicyName": "strict", "TLSVersions": ["TLSv1.2"], "Ciphers": ["AES128-SHA256"]},
            "QuotaExceeded.SecurityPoliciesNum",
        ),
    ],
)
def test_per_region(
    account: Sdk, fill: Fill, kind: str, limit: int, operation: str, params: dict[str, t.Any], code: str
) -> None:
    account("alb", operation, **params)
    identity = {"servergroup": "ServerGroupId", "acl": "AclId", "securitypolicy": "SecurityPolicyId"}[kind]
    wait_until(lambda: not account.sandbox.health()["jobs_processing"], "jobs")
    fill(kind, limit - 2, lambda number: {identity: f"{kind}-{number}"})
    account = Sdk(account.sandbox)
    assert again(account, "alb", operation, **params) == (200, "")
    assert again(account, "alb", operation, **params) == (400, code)


@pytest.mark.parametrize(("edition", "limit"), [("Basic", 200), ("Standard", 1000)])
def test_servers_behind_a_load_balancer(account: Sdk, fill: Fill, edition: str, limit: int) -> None:
    balancer, group = account.balancer(LoadBalancerEdition=edition), account.group()
    fill("servergroup", 1, lambda _number: {"ServerGroupId": "sgp-half", "_servers": servers(limit // 2)})
    sdk = Sdk(account.sandbox)
    first = sdk.listener(balancer, "sgp-half", ListenerPort=1)["ListenerId"]
    # A server counts once for every listener that uses it.
    sdk.listener(balancer, "sgp-half", ListenerPort=2)
    code = (400, "ResourceQuotaExceeded.LoadBalancerServersNum")
    assert sdk.refused("alb", "CreateListener", **listener_params(balancer, "sgp-half", ListenerPort=3)) == code
    one = {"ServerId": "i-1", "ServerType": "Ecs", "Port": 9}
    assert sdk.refused("alb", "AddServersToServerGroup", ServerGroupId="sgp-half", Servers=[one]) == code
    sdk.write("UpdateListenerAttribute", ListenerId=first, DefaultActions=forward(group))
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=[one])


def test_listeners_of_a_policy(account: Sdk, fill: Fill, server_pair: Pair) -> None:
    balancer, group = account.balancer(), account.group()
    policy = account(
        "alb",
        "CreateSecurityPolicy",
        SecurityPolicyName="strict",
        TLSVersions=["TLSv1.2"],
        Ciphers=["ECDHE-ECDSA-AES128-SHA256"],
    )["SecurityPolicyId"]
    https = {"ListenerProtocol": "HTTPS", "Certificates": [{"CertificateId": account.certificate(server_pair)}]}
    strict = {**https, "SecurityPolicyId": policy}
    account.listener(balancer, group, ListenerPort=1000, **strict)
    fill("listener", 9, lambda number: {"ListenerId": f"lsn-{number}", "ListenerPort": 1001 + number})
    sdk = Sdk(account.sandbox)
    code = (400, "ResourceQuotaExceeded.SecurityPolicyAttachedNum")
    assert sdk.refused("alb", "CreateListener", **listener_params(balancer, group, ListenerPort=9, **strict)) == code
    other = sdk.listener(balancer, group, ListenerPort=9, **https)["ListenerId"]
    assert sdk.refused("alb", "UpdateListenerAttribute", ListenerId=other, SecurityPolicyId=policy) == code
    # A listener that has the policy can be given it again.
    sdk.write("UpdateListenerAttribute", ListenerId="lsn-1", SecurityPolicyId=policy)


def entries(first: int, number: int) -> list[Doc]:
    return [{"Entry": f"10.{n // 250}.{n % 250}.0/24", "Status": "Available"} for n in range(first, first + number)]


@pytest.mark.parametrize(("edition", "limit"), [("Basic", 300), ("Standard", 500)])
def test_entries_of_access_control_lists(account: Sdk, fill: Fill, edition: str, limit: int) -> None:
    balancer, group = account.balancer(LoadBalancerEdition=edition), account.group()
    ids = [account.listener(balancer, group, ListenerPort=port)["ListenerId"] for port in (1, 2, 3)]
    account.write("CreateAcl", AclName="office")
    lists = {"full": limit, "some": 260, "rest": 540 - limit, "one": 1, "most": 500}
    fill("acl", len(lists), lambda n: {"AclId": [*lists][n], "_entries": entries(0, [*lists.values()][n])})
    sdk = Sdk(account.sandbox)

    def associate(listener: str, name: str) -> tuple[int, str]:
        params = {"ListenerId": listener, "AclIds": [name], "AclType": "White"}
        answer = again(sdk, "alb", "AssociateAclsWithListener", **params)
        wait_until(lambda: not sdk.sandbox.health()["jobs_processing"], "association")
        return answer

    def add(name: str) -> tuple[int, str]:
        return again(sdk, "alb", "AddEntriesToAcl", AclId=name, AclEntries=[{"Entry": "192.0.2.0/24"}])

    assert add("most") == (400, "ResourceQuotaExceeded.AclEntriesNum")
    assert associate(ids[0], "full") == (200, "")
    assert associate(ids[0], "one") == (400, "ResourceQuotaExceeded.ListenerAclEntriesNum")
    assert associate(ids[1], "some") == (200, "")
    assert associate(ids[2], "rest") == (200, "")
    # The quota of the load balancer is used up, that of the listener is not.
    assert add("some") == (400, "ResourceQuotaExceeded.LoadBalancerAclEntriesNum")
    assert associate(ids[1], "full") == (400, "ResourceQuotaExceeded.ListenerAclEntriesNum")
    if edition == "Basic":
        assert add("full") == (400, "ResourceQuotaExceeded.ListenerAclEntriesNum")


def test_listeners_of_an_access_control_list(account: Sdk, fill: Fill) -> None:
    balancer, group = account.balancer(), account.group()
    acl = account.write("CreateAcl", AclName="office")["AclId"]
    listener = account.listener(balancer, group, ListenerPort=1000)["ListenerId"]
    account.write("AssociateAclsWithListener", ListenerId=listener, AclIds=[acl], AclType="White")
    fill("listener", 48, lambda number: {"ListenerId": f"lsn-{number}", "ListenerPort": 1001 + number})
    sdk = Sdk(account.sandbox)
    other = sdk.balancer()
    ids = [sdk.listener(other, group, ListenerPort=port)["ListenerId"] for port in (1, 2)]
    sdk.write("AssociateAclsWithListener", ListenerId=ids[0], AclIds=[acl], AclType="White")
    refused = sdk.refused("alb", "AssociateAclsWithListener", ListenerId=ids[1], AclIds=[acl], AclType="White")
    assert refused == (400, "ResourceQuotaExceeded.AclAttachedNum")


def test_additional_certificates(account: Sdk, server_pair: Pair) -> None:
    balancer, group = account.balancer(LoadBalancerEdition="Basic"), account.group()
    ids = [{"CertificateId": account.certificate(server_pair, f"c{number}")} for number in range(12)]
    listener = account.listener(balancer, group, ListenerProtocol="HTTPS", Certificates=ids[:1])["ListenerId"]
    asked = {"ListenerId": listener, "Certificates": ids[1:]}
    assert account.refused("alb", "AssociateAdditionalCertificatesWithListener", **asked) == (
        400,
        "ResourceQuotaExceeded.LoadBalancerCertificatesNum",
    )
    account.write("AssociateAdditionalCertificatesWithListener", **{**asked, "Certificates": ids[1:11]})


def test_quic_listeners(account: Sdk, server_pair: Pair) -> None:
    balancer, other, group = account.balancer(), account.balancer(), account.group()
    tls = {"Certificates": [{"CertificateId": account.certificate(server_pair)}]}
    quic = account.listener(balancer, group, ListenerProtocol="QUIC", ListenerPort=443, **tls)["ListenerId"]
    upgrade = {"QuicConfig": {"QuicUpgradeEnabled": True, "QuicListenerId": quic}}
    https = {"ListenerProtocol": "HTTPS", **tls}
    elsewhere = listener_params(other, group, **https, **upgrade)
    assert account.refused("alb", "CreateListener", **elsewhere) == (
        400,
        "OperationDenied.CrossLoadBalancerQUICListener",
    )
    first = account.listener(balancer, group, ListenerPort=443, **https, **upgrade)["ListenerId"]
    second = account.listener(balancer, group, ListenerPort=8443, **https)["ListenerId"]
    taken = (400, "ResourceAlreadyAssociated.Listener")
    assert account.refused("alb", "UpdateListenerAttribute", ListenerId=second, **upgrade) == taken
    assert account.refused("alb", "DeleteListener", ListenerId=quic) == (400, "ResourceInUse.Listener")
    account.write("UpdateListenerAttribute", ListenerId=first, QuicConfig={"QuicUpgradeEnabled": False})
    account.write("UpdateListenerAttribute", ListenerId=second, **upgrade)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"SlowStartConfig": SLOW}, "Mismatch.LoadBalancerEditionAndSlowStartEnable"),
        ({"ConnectionDrainConfig": DRAIN}, "Mismatch.LoadBalancerEditionAndConnectionDrain"),
    ],
)
def test_server_groups_of_a_basic_load_balancer(account: Sdk, config: dict[str, t.Any], code: str) -> None:
    balancer, plain, rich = account.balancer(LoadBalancerEdition="Basic"), account.group(), account.group(**config)
    assert account.refused("alb", "CreateListener", **listener_params(balancer, rich)) == (400, code)
    listener = account.listener(balancer, plain)["ListenerId"]
    change = {"ListenerId": listener, "DefaultActions": forward(rich)}
    assert account.refused("alb", "UpdateListenerAttribute", **change) == (400, code)
    assert account.refused("alb", "UpdateServerGroupAttribute", ServerGroupId=plain, **config) == (400, code)


def test_slow_start_needs_weights(account: Sdk) -> None:
    code = (400, "Mismatch.ServerGroupSchedulerAndSlowStartEnable")
    params = {**GROUP, "Scheduler": "Wlc", "SlowStartConfig": SLOW}
    assert account.refused("alb", "CreateServerGroup", **params) == code
    group = account.group(SlowStartConfig=SLOW)
    assert account.refused("alb", "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Sch") == code


@pytest.mark.parametrize(("operation", "params"), [("CreateServerGroup", GROUP), ("CreateAcl", {"AclName": "office"})])
def test_resource_groups_of_something_new(account: Sdk, operation: str, params: dict[str, t.Any]) -> None:
    refusal = account.refused("alb", operation, **params, ResourceGroupId="production")
    assert refusal == (400, "NotExist.ResourceGroup")


def test_an_empty_resource_group_is_the_default_one(account: Sdk, server_pair: Pair) -> None:
    """Terraform's provider sends an empty text when its user names none."""
    none = {"ResourceGroupId": ""}
    balancer = account.balancer(**none)
    policy = {"SecurityPolicyName": "empty", "TLSVersions": ["TLSv1.2"], "Ciphers": ["AES128-SHA256"]}
    account("alb", "CreateSecurityPolicy", **policy, **none)
    account.group(**none)
    upload = {"Name": "empty", "Cert": server_pair.pem, "Key": server_pair.key_pem}
    number = account("cas", "UploadUserCertificate", **upload, **none)["CertId"]
    made = [
        account("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer),
        *account("alb", "ListSecurityPolicies")["SecurityPolicies"],
        *account("alb", "ListServerGroups")["ServerGroups"],
        account("cas", "GetUserCertificateDetail", CertId=number),
    ]
    assert [item["ResourceGroupId"] for item in made] == ["rg-sandbox"] * 4


def test_what_is_left_out_is_not_answered() -> None:
    left_out = {code for codes in ERRORS.left_out.values() for code in codes}
    for operation, codes in ERRORS.documented.items():
        assert not left_out & {f"{operation} {code}" for code in codes}, operation
