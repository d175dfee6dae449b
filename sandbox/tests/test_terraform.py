# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sources of Terraform's provider, asked with the signature and the encoding of its client."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import Sdk
from sandbox.tests.test_rpc_signature import Signed

VPC, GROUPS = "2016-04-28", "2020-03-31"
# Operation, version, parameters, list in the answer, ids that are found.
FOUND: list[tuple[str, str, dict[str, str], tuple[str, str, str], list[str]]] = [
    ("DescribeVpcs", VPC, {}, ("Vpcs", "Vpc", "VpcId"), ["vpc-1", "vpc-2"]),
    ("DescribeVpcs", VPC, {"VpcId": "vpc-2,vpc-3"}, ("Vpcs", "Vpc", "VpcId"), ["vpc-2"]),
    ("DescribeVpcs", VPC, {"VpcName": "vpc-1", "ResourceGroupId": ""}, ("Vpcs", "Vpc", "VpcId"), ["vpc-1"]),
    ("DescribeVpcs", VPC, {"IsDefault": "true"}, ("Vpcs", "Vpc", "VpcId"), []),
    ("DescribeVpcs", VPC, {"PageSize": "1", "PageNumber": "2"}, ("Vpcs", "Vpc", "VpcId"), ["vpc-2"]),
    ("DescribeVSwitches", VPC, {"VpcId": "vpc-1"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-h", "vsw-i"]),
    ("DescribeVSwitches", VPC, {"ZoneId": "cn-hangzhou-i"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-i"]),
    ("DescribeVSwitches", VPC, {"VSwitchId": "vsw-2"}, ("VSwitches", "VSwitch", "VSwitchId"), ["vsw-2"]),
    ("ListResourceGroups", GROUPS, {}, ("ResourceGroups", "ResourceGroup", "Id"), ["rg-sandbox"]),
    ("ListResourceGroups", GROUPS, {"ResourceGroupId": "rg-x"}, ("ResourceGroups", "ResourceGroup", "Id"), []),
]


@pytest.mark.parametrize(("action", "version", "params", "place", "expected"), FOUND)
def test_data_sources(
    sandbox: Sandbox, action: str, version: str, params: dict[str, str], place: t.Any, expected: list[str]
) -> None:
    outer, inner, field = place
    status, body = Signed(action, version, form=params, common={"RegionId": "cn-hangzhou"}).send(sandbox)
    assert status == 200, body
    assert [item[field] for item in json.loads(body)[outer][inner]] == expected


def test_the_job_of_an_access_log(sdk: Sdk) -> None:
    place = {"LogProject": "logs", "LogStore": "shop"}
    sdk.write("EnableLoadBalancerAccessLog", LoadBalancerId=sdk.balancer(), **place)


def test_what_to_set_is_printed(sandbox: Sandbox) -> None:
    """On standard error, with the address of every product."""
    for name in ("alb", "cas", "alidns", "ecs", "vpc", "sts", "resourcemanager"):
        assert re.search(rf'{name} += "{re.escape(sandbox.endpoint)}"', sandbox.log)
    assert f'Config(endpoint="{sandbox.endpoint}", protocol="HTTP"' in sandbox.log


def test_following_the_request_log(sandbox: Sandbox) -> None:
    """One line for each request, also of those that come later."""
    Signed("ListServerGroups", secret="other").send(sandbox)
    command = [sys.executable, "-m", "alicloud_sandbox.cli", "requests", "--follow", "--endpoint", sandbox.endpoint]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "Alb ListServerGroups  400 SignatureDoesNotMatch" in process.stdout.readline()
        Signed("DescribeVpcs", VPC).send(sandbox)
        assert "Vpc DescribeVpcs  200" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
