# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate stores: which one belongs to the region of a load balancer."""

from __future__ import annotations

import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import BALANCER, GROUP, Pair, flat, listener_params, wait_until
from sandbox.tests.test_gateway import Raw


@pytest.mark.parametrize(
    ("region", "store"),
    [
        ("cn-hangzhou", "cn-hangzhou"),
        ("cn-guangzhou", "cn-hangzhou"),
        ("cn-hongkong", "cn-hangzhou"),
        ("ap-southeast-1", "ap-southeast-1"),
        ("eu-central-1", "ap-southeast-1"),
        ("us-east-1", "ap-southeast-1"),
    ],
)
def test_a_load_balancer_finds_the_certificates_of_one_store(
    sandbox: Sandbox, server_pair: Pair, region: str, store: str
) -> None:
    """There are two stores, whatever region an endpoint has in its name: one for China, one for all other regions."""
    balancer, group = _balancer_in(sandbox, region), _made(sandbox, region, "CreateServerGroup", GROUP)["ServerGroupId"]
    refused = []
    hosts = ("cas.aliyuncs.com", "cas.ap-southeast-1.aliyuncs.com", f"cas.{region}.aliyuncs.com")
    for host in dict.fromkeys(hosts):
        upload = {"Name": host, "Cert": server_pair.pem, "Key": server_pair.key_pem}
        number = Raw("UploadUserCertificate", "2020-04-07", form=upload, host=host).send(sandbox)[1]["CertId"]
        detail = {"CertId": str(number), "CertFilter": "true"}
        found = Raw("GetUserCertificateDetail", "2020-04-07", query=detail, host=host).send(sandbox)[1]
        identity = found["CertIdentifier"]
        assert identity in (f"{number}-cn-hangzhou", f"{number}-ap-southeast-1"), "there is no other store"
        options = {"ListenerProtocol": "HTTPS", "Certificates": [{"CertificateId": identity}], "DryRun": True}
        answer = _asked(sandbox, region, "CreateListener", {**listener_params(balancer, group), **options})
        assert answer["Code"] in ("DryRunOperation", "ResourceNotFound.Certificate")
        refused += [identity.partition("-")[2]] if answer["Code"] == "ResourceNotFound.Certificate" else []
    assert set(refused) == {"cn-hangzhou", "ap-southeast-1"} - {store}


def _asked(sandbox: Sandbox, region: str, action: str, params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The answer to an operation of ALB in a region."""
    return Raw(action, query=flat(params), host=f"alb.{region}.aliyuncs.com").send(sandbox)[1]


def _made(sandbox: Sandbox, region: str, action: str, params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The answer to an operation that makes a resource, when it is ready."""
    answer = _asked(sandbox, region, action, params)
    if "JobId" in answer:
        jobs = {"JobIds": [answer["JobId"]]}
        wait_until(lambda: _asked(sandbox, region, "ListAsynJobs", jobs)["Jobs"][0]["Status"] == "Succeeded", action)
    return answer


def _balancer_in(sandbox: Sandbox, region: str) -> str:
    identity = str(_made(sandbox, region, "CreateLoadBalancer", BALANCER)["LoadBalancerId"])
    attribute = {"LoadBalancerId": identity}
    wait_until(
        lambda: _asked(sandbox, region, "GetLoadBalancerAttribute", attribute)["LoadBalancerStatus"] == "Active",
        "load balancer",
    )
    return identity
