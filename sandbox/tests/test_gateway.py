# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway, asked with raw HTTP and a signature that is computed here, from the description of the algorithm."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import typing as t
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import GROUP, Sdk

FORM = "application/x-www-form-urlencoded"


@dataclass
class Raw:
    """A request that can be spoiled at every step of its signature."""

    action: str = "ListServerGroups"
    version: str = "2020-06-16"
    method: str = "POST"
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    key: str = "sandbox"
    secret: str = "sandbox"
    date: str = ""  # of the moment when it is sent: those of a list may be sent long after the list was made
    nonce: str = field(default_factory=lambda: uuid.uuid4().hex)
    host: str = ""
    unsigned: tuple[str, ...] = ()
    body: bytes = b""  # instead of a form
    content_type: str = FORM
    after: Callable[[dict[str, str]], object] = lambda headers: None

    def send(self, sandbox: Sandbox) -> tuple[int, dict[str, t.Any]]:
        """(HTTP status, JSON body)."""
        body = "&".join(f"{name}={quote(value, safe='~')}" for name, value in self.form.items()).encode()
        body = body or self.body
        headers = {
            "host": self.host or sandbox.endpoint,
            "x-acs-action": self.action,
            "x-acs-version": self.version,
            "x-acs-date": self.date or days_ago(0),
            "x-acs-signature-nonce": self.nonce,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        if body:
            headers["content-type"] = self.content_type
        names = sorted(name for name in headers if name not in self.unsigned)
        query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in sorted(self.query.items()))
        canonical = f"{self.method}\n/\n{query}\n"
        canonical += "".join(f"{name}:{headers[name]}\n" for name in names)
        canonical += f"\n{';'.join(names)}\n{headers['x-acs-content-sha256']}"
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key},SignedHeaders={';'.join(names)},Signature={signature}"
        )
        self.after(headers)
        connection = http.client.HTTPConnection(sandbox.endpoint, timeout=120)
        try:
            connection.request(self.method, f"/?{query}", body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


def spoil(name: str, value: str) -> Callable[[dict[str, str]], None]:
    """Changes a header after the signature."""
    return lambda headers: headers.update({name: value})


def days_ago(count: float) -> str:
    """x-acs-date of another day."""
    return (datetime.now(UTC) - timedelta(days=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("place", ["query", "form"])
def test_a_correct_signature_is_accepted(sandbox: Sandbox, method: str, place: str) -> None:
    # Characters that quoting treats specially, in both places for parameters.
    params = {"ServerGroupNames.1": "a b+c/d~e*f=%中文", "MaxResults": "7"}
    request = Raw(method=method, query=params) if place == "query" else Raw(method=method, form=params)
    status, body = request.send(sandbox)
    assert (status, body["MaxResults"]) == (200, 7), body
    assert sandbox.requests()[-1]["params"] == params


REFUSED = {
    "wrong secret": (Raw(secret="other"), 400, "SignatureDoesNotMatch"),
    "unknown key": (Raw(key="nobody"), 404, "InvalidAccessKeyId.NotFound"),
    "too old": (Raw(date=days_ago(1)), 400, "InvalidTimeStamp.Expired"),
    "from the future": (Raw(date=days_ago(-1)), 400, "InvalidTimeStamp.Expired"),
    "no date": (Raw(date="yesterday"), 400, "InvalidTimeStamp.Format"),
    "query changed": (Raw(after=spoil("x-acs-action", "ListListeners")), 400, "SignatureDoesNotMatch"),
    "action not signed": (Raw(unsigned=("x-acs-action",)), 400, "SignatureDoesNotMatch"),
    "host not signed": (Raw(unsigned=("host",)), 400, "SignatureDoesNotMatch"),
    "extra x-acs header": (Raw(after=spoil("x-acs-security-token", "t")), 400, "SignatureDoesNotMatch"),
    "other body": (Raw(after=spoil("x-acs-content-sha256", "0" * 64)), 400, "SignatureDoesNotMatch"),
    "no signature": (Raw(after=lambda headers: headers.pop("Authorization")), 400, "SignatureDoesNotMatch"),
    "other algorithm": (Raw(after=spoil("Authorization", "ACS3-HMAC-SM3 x")), 400, "SignatureDoesNotMatch"),
    "unknown operation": (Raw(action="ListEverything"), 404, "InvalidApi.NotFound"),
    "unknown version": (Raw(version="1999-01-01"), 404, "InvalidProduct.NotFound"),
    "unknown parameter": (Raw(query={"Colour": "red"}), 400, "InvalidParameter"),
    "unknown nested parameter": (Raw(query={"Tag.1.Colour": "red"}), 400, "InvalidParameter"),
    "not a number": (Raw(query={"MaxResults": "many"}), 400, "InvalidParameter"),
    "above the range": (Raw(query={"MaxResults": "101"}), 400, "InvalidParameter"),
    "below the range": (Raw(query={"MaxResults": "0"}), 400, "InvalidParameter"),
    "not in the list": (Raw(query={"ServerGroupType": "Thing"}), 400, "InvalidParameter"),
    "list with a gap": (Raw(query={"ServerGroupIds.2": "x"}), 400, "InvalidParameter"),
    "list as a value": (Raw(query={"ServerGroupIds": "x"}), 400, "InvalidParameter"),
    "value as a list": (Raw(query={"VpcId.1": "x"}), 400, "InvalidParameter"),
    "value and structure": (Raw(query={"VpcId": "x", "VpcId.1": "x"}), 400, "InvalidParameter"),
    "not a boolean": (
        Raw(action="GetListenerHealthStatus", query={"ListenerId": "l", "IncludeRule": "si"}), 400, "InvalidParameter",
    ),
    "missing": (Raw(action="GetListenerAttribute"), 400, "MissingListenerId"),
    "empty": (Raw(action="GetListenerAttribute", query={"ListenerId": ""}), 400, "MissingListenerId"),
    "missing in a list": (
        Raw(action="AddServersToServerGroup", query={"ServerGroupId": "s", "Servers.1.ServerType": "Ecs"}),
        400, "MissingServers.1.ServerId",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(sandbox: Sandbox, case: str) -> None:
    request, status, code = REFUSED[case]
    answer = request.send(sandbox)
    assert (answer[0], answer[1]["Code"]) == (status, code), answer
    assert set(answer[1]) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    entry = sandbox.requests()[-1]
    assert (entry["code"], entry["http_status"], entry["request_id"]) == (code, status, answer[1]["RequestId"])


def test_a_nonce_is_good_for_one_request_also_after_a_crash() -> None:
    with Sandbox() as sandbox:
        request = Raw()
        assert request.send(sandbox)[0] == 200
        assert request.send(sandbox)[1]["Code"] == "SignatureNonceUsed"
        sandbox.kill9()
        sandbox.restart()
        assert request.send(sandbox)[1]["Code"] == "SignatureNonceUsed"


@pytest.mark.parametrize(
    ("host", "region"),
    [("", "cn-hangzhou"), ("alb.cn-beijing.aliyuncs.com", "cn-beijing"), ("cas.aliyuncs.com", "cn-hangzhou")],
)
def test_the_region_is_in_the_host_name(sandbox: Sandbox, host: str, region: str) -> None:
    body = Raw(action="DescribeRegions", host=host).send(sandbox)[1]
    assert body["Regions"][0]["RegionId"] == region


def test_a_resource_stays_in_its_region(sandbox: Sandbox, sdk: Sdk) -> None:
    group = sdk.group()
    assert Raw(query={"ServerGroupIds.1": group}).send(sandbox)[1]["TotalCount"] == 1
    elsewhere = Raw(query={"ServerGroupIds.1": group}, host="alb.cn-beijing.aliyuncs.com").send(sandbox)[1]
    assert elsewhere["TotalCount"] == 0


def test_own_credentials(sandbox: Sandbox) -> None:
    with Sandbox(access_key_id="LTAI-own", access_key_secret="own") as other:
        assert Raw(key="LTAI-own", secret="own").send(other)[0] == 200
        assert Raw().send(other)[0] == 404


def test_other_paths_and_methods(sandbox: Sandbox) -> None:
    for method, path in (("PUT", "/"), ("POST", "/elsewhere"), ("GET", "/_sandbox/nothing")):
        connection = http.client.HTTPConnection(sandbox.endpoint, timeout=120)
        connection.request(method, path)
        assert connection.getresponse().status == 404
        connection.close()


def test_pages(sdk: Sdk) -> None:
    """Every item on exactly one page; a token that this operation did not return is refused."""
    names = [f"group-{number}" for number in range(7)]
    for name in names:
        sdk("alb", "CreateServerGroup", **GROUP | {"ServerGroupName": name})
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = sdk("alb", "ListServerGroups", MaxResults=3, **token)
        assert page["TotalCount"] == 7
        found += [item["ServerGroupName"] for item in page["ServerGroups"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == names
    assert sdk.refused("alb", "ListLoadBalancers", **token) == (400, "InvalidParameter")
    assert sdk.refused("alb", "ListServerGroups", NextToken="bm9uc2Vuc2U") == (400, "InvalidParameter")
    assert sdk.refused("alb", "ListServerGroups", NextToken="%%%") == (400, "InvalidParameter")


def test_numbered_pages(sdk: Sdk) -> None:
    for number in range(5):
        sdk("cas", "CreateWarehouse", Name=f"w{number}")
        sdk("dns", "AddDomainRecord", DomainName="example.com", RR=f"h{number}", Type="A", Value="192.0.2.1")
    page = sdk("cas", "ListCertWarehouse", CurrentPage=2, ShowSize=2)
    assert ([item["Name"] for item in page["CertWarehouseList"]], page["TotalCount"]) == (["w2", "w3"], 5)
    page = sdk("dns", "DescribeDomainRecords", DomainName="example.com", PageNumber=3, PageSize=2, Direction="ASC")
    assert ([item["RR"] for item in page["DomainRecords"]["Record"]], page["TotalCount"]) == (["h4"], 5)
