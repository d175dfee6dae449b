# SPDX-License-Identifier: GPL-3.0-or-later
"""Signature version 1.0 and common parameters, with raw HTTP and the encoding of Terraform's client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import typing as t
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from alicloud_sandbox import rpc_signature
from alicloud_sandbox.testing import Sandbox

from sandbox.tests.support import ACCOUNT
from sandbox.tests.test_gateway import Raw, days_ago

MATCH = "Specified signature is not matched with our calculation. server string to sign is:"


@dataclass
class Signed:
    """A request with signature version 1.0. ``common`` replaces common parameters; None leaves one out."""

    action: str = "ListServerGroups"
    version: str = "2020-06-16"
    method: str = "POST"
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    common: dict[str, str | None] = field(default_factory=dict)
    secret: str = "sandbox"
    common_in_form: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, sandbox: Sandbox) -> tuple[int, str]:
        """Returns HTTP status and body."""
        common = {
            "Action": self.action,
            "Version": self.version,
            "Format": "json",
            "AccessKeyId": "sandbox",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": days_ago(0),
        }
        chosen = {name: value for name, value in (common | self.common).items() if value is not None}
        every = {**chosen, **self.query, **self.form}
        chosen.setdefault("Signature", self.signature(every))
        query, form = (self.query, chosen | self.form) if self.common_in_form else (chosen | self.query, self.form)
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.headers} if form else self.headers
        connection = http.client.HTTPConnection(sandbox.endpoint, timeout=120)
        try:
            connection.request(self.method, f"/?{urlencode(query)}", urlencode(form) or None, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def signature(self, pairs: dict[str, str]) -> str:
        """Computes the signature from the description of the algorithm."""
        query = "&".join(f"{quote(name, safe='~')}={quote(pairs[name], safe='~')}" for name in sorted(pairs))
        text = f"{self.method}&%2F&{quote(query, safe='~')}"
        return base64.b64encode(hmac.new(f"{self.secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


@pytest.fixture(scope="module")
def lenient() -> Iterator[Sandbox]:
    """A sandbox that ignores unknown parameters, as the cloud does."""
    with Sandbox(strict=False) as sandbox:
        sandbox.seed(**ACCOUNT)
        yield sandbox


def test_the_published_example() -> None:
    """https://help.aliyun.com/document_detail/25492.html, as quoted in the tests of many clients (2026-11-25)."""
    pairs = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }
    text = rpc_signature.string_to_sign("GET", pairs)
    assert rpc_signature.sign(text, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("place", ["query", "form"])
@pytest.mark.parametrize("common_in_form", [False, True])
def test_a_correct_signature_is_accepted(sandbox: Sandbox, method: str, place: str, common_in_form: bool) -> None:
    params = {"ServerGroupNames.1": "a b+c/d~e*f=%中文", "MaxResults": "7"}
    request = Signed(method=method, common_in_form=common_in_form)
    setattr(request, place, params)
    request.common = {"RegionId": "cn-hangzhou", "SourceIp": "192.0.2.1", "SecureTransport": "true"}
    status, body = request.send(sandbox)
    assert (status, json.loads(body).get("MaxResults")) == (200, 7), body
    entry = sandbox.requests()[-1]
    assert (entry["params"], entry["ignored"]) == (params, [])


REFUSED: dict[str, tuple[Signed, int, str]] = {
    "wrong secret": (Signed(secret="other"), 400, "SignatureDoesNotMatch"),
    "changed": (Signed(common={"Signature": "b3RoZXI="}), 400, "SignatureDoesNotMatch"),
    "not ASCII": (Signed(common={"Signature": "中文"}), 400, "SignatureDoesNotMatch"),
    "unknown key": (Signed(common={"AccessKeyId": "nobody"}), 404, "InvalidAccessKeyId.NotFound"),
    "no key": (Signed(common={"AccessKeyId": None}), 404, "InvalidAccessKeyId.NotFound"),
    "too old": (Signed(common={"Timestamp": days_ago(1)}), 400, "InvalidTimeStamp.Expired"),
    "no time": (Signed(common={"Timestamp": "yesterday"}), 400, "InvalidTimeStamp.Format"),
    "no nonce": (Signed(common={"SignatureNonce": None}), 400, "IncompleteSignature"),
    "no method": (Signed(common={"SignatureMethod": None}), 400, "IncompleteSignature"),
    "no version": (Signed(common={"SignatureVersion": None}), 400, "IncompleteSignature"),
    "other method": (Signed(common={"SignatureMethod": "HMAC-SHA256"}), 400, "IncompleteSignature"),
    "other version": (Signed(common={"SignatureVersion": "2.0"}), 400, "IncompleteSignature"),
    "unknown operation": (Signed(action="ListEverything"), 404, "InvalidApi.NotFound"),
    "unknown version": (Signed(version="1999-01-01"), 404, "InvalidProduct.NotFound"),
    "unknown parameter": (Signed(query={"Colour": "red"}), 400, "InvalidParameter"),
    "no name": (Signed(query={"": "red"}), 400, "InvalidParameter"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(sandbox: Sandbox, case: str) -> None:
    request, status, code = REFUSED[case]
    got, body = request.send(sandbox)
    answer = json.loads(body)
    assert (got, answer["Code"]) == (status, code), answer
    if code == "SignatureDoesNotMatch":
        assert answer["Message"].startswith(f"{MATCH}POST&%2F&"), answer


@pytest.mark.parametrize("changes", [{"secret": "other"}, {"action": "ListEverything"}, {"version": "1999-01-01"}])
def test_what_is_unknown_stays_out_of_the_log(sandbox: Sandbox, changes: dict[str, str]) -> None:
    """Also of a request that is refused before its parameters are read."""
    Signed(**{"form": {"Password": "hidden"}, **t.cast("dict[str, t.Any]", changes)}).send(sandbox)
    assert sandbox.requests()[-1]["params"] == {"Password": "(redacted)"}


def test_a_secret_with_an_index_stays_out_of_the_log(sandbox: Sandbox) -> None:
    Signed("UploadUserCertificate", "2020-04-07", form={"Name": "a", "Key.1": "hidden"}).send(sandbox)
    assert sandbox.requests()[-1]["params"] == {"Name": "a", "Key.1": "(redacted)"}


def test_a_nonce_is_good_for_one_request(sandbox: Sandbox) -> None:
    request = Signed(common={"SignatureNonce": uuid.uuid4().hex})
    assert request.send(sandbox)[0] == 200
    assert json.loads(request.send(sandbox)[1])["Code"] == "SignatureNonceUsed"


def test_xml_is_the_default(sandbox: Sandbox) -> None:
    """As documented; JSON only on request. Lists are repeated elements."""
    domain = {"DomainName": "example.com"}
    for rr in ("a", "b<&>"):
        record = {**domain, "RR": rr if rr == "a" else "b", "Type": "TXT", "Value": f"{rr}\u0001"}
        Signed("AddDomainRecord", "2015-01-09", query=record).send(sandbox)
    status, body = Signed("DescribeDomainRecords", "2015-01-09", query=domain, common={"Format": None}).send(sandbox)
    tree = ElementTree.fromstring(body)
    assert (status, tree.tag, tree.findtext("TotalCount")) == (200, "DescribeDomainRecordsResponse", "2")
    assert {item.findtext("Value") for item in tree.findall("DomainRecords/Record")} == {"a", "b<&>"}
    status, body = Signed(secret="other", common={"Format": "XML"}).send(sandbox)
    error = ElementTree.fromstring(body)
    assert (status, error.tag, error.findtext("Code")) == (400, "Error", "SignatureDoesNotMatch")


def test_the_region_is_in_a_common_parameter(sandbox: Sandbox) -> None:
    body = Signed("DescribeRegions", common={"RegionId": "cn-beijing"}).send(sandbox)[1]
    assert json.loads(body)["Regions"][0]["RegionId"] == "cn-beijing"
    pair: dict[str, t.Any] = {"Name": "w"}
    Signed("CreateWarehouse", "2020-04-07", query=pair, common={"RegionId": "cn-beijing"}).send(sandbox)
    found = json.loads(Signed("ListCertWarehouse", "2020-04-07").send(sandbox)[1])
    assert [item["Name"] for item in found["CertWarehouseList"]] == ["w"]


BALANCING = {"ServerGroupName": "tf", "VpcId": "vpc-1", "HealthCheckConfig.HealthCheckEnabled": "false"}
# Requests as Terraform's provider 81c43b6 (2026-08-21) encodes them: unset values as empty texts and zeros, a parameter
# without a name, Tags where the metadata has Tag. Each with the parameters that the cloud ignores.
TERRAFORM: dict[str, tuple[dict[str, str], list[str]]] = {
    "tags": (BALANCING | {"Tags.1.Key": "a", "Tags.1.Value": "b"}, ["Tags.1.Key", "Tags.1.Value"]),
    "zero": (BALANCING | {"SlowStartConfig.SlowStartDuration": "0"}, []),
    "no name": (BALANCING | {"": ""}, [""]),
    "empty texts": (BALANCING | {"HealthCheckConfig.HealthCheckPath": "", "ResourceGroupId": "", "Protocol": ""}, []),
}


@pytest.mark.parametrize("case", TERRAFORM)
def test_a_request_of_terraform(lenient: Sandbox, case: str) -> None:
    form, ignored = TERRAFORM[case]
    request = Signed("CreateServerGroup", form=form, headers={"x-acs-action": "CreateServerGroup"})
    request.headers["x-acs-version"] = request.version
    status, body = request.send(lenient)
    assert status == 200, body
    entry = lenient.requests()[-1]
    assert entry["ignored"] == ignored
    assert {entry["params"][name] for name in ignored} <= {"(redacted)"}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"MaxResults": 7, "ServerGroupNames": ["a"]}', 200),
        ("application/json", b'{"Colour": {"Dark": ["red"]}}', 200),
        ("application/json", b'["MaxResults"]', 400),
        ("application/json", b"{", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b'{"A":' * 900 + b"1" + b"}" * 900, 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="MaxResults"\r\n\r\n7\r\n--x--',
            200,
        ),
        ("multipart/form-data; boundary=x", b"nonsense", 400),
        ("multipart/form-data", b"nonsense", 400),
    ],
)
def test_other_bodies(lenient: Sandbox, kind: str, body: bytes, status: int) -> None:
    """JSON and multipart bodies are parameters too; a body that cannot be read is refused."""
    answer = Raw(body=body, content_type=kind).send(lenient)
    assert answer[0] == status, answer
    if b"7" in body and status == 200:
        assert answer[1]["MaxResults"] == 7
