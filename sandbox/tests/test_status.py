# SPDX-License-Identifier: GPL-3.0-or-later
"""The status page: it shows what there is, is bounded, and has no secret and nothing that a browser would run."""

from __future__ import annotations

import html.parser
import http.client
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from alicloud_sandbox import kinds, status
from alicloud_sandbox.cloud import Cloud, Settings
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, Sdk, forward, make_pair, wait_until
from sandbox.tests.test_gateway import Raw

SECRET = "the-secret-of-the-access-key"
HOSTILE = "<script>alert(1)</script>"
QUOTED = "\"onmouseover='alert(1)'"
VOID = ("meta", "link", "br")
CHECK = {
    "HealthCheckEnabled": True,
    "HealthCheckInterval": 1,
    "HealthCheckTimeout": 1,
    "HealthyThreshold": 2,
    "UnhealthyThreshold": 2,
}
ROOT_CA = {
    "CommonName": "Root of the account",
    "Organization": "Example",
    "OrganizationUnit": "IT",
    "CountryCode": "CN",
    "State": "Zhejiang",
    "Locality": "Hangzhou",
    "Years": 10,
    "Algorithm": "ECC_256",
}


def furnish(sdk: Sdk) -> list[str]:
    """Makes one of everything that the page shows, some of it with hostile names. Returns the private keys."""
    server, trusted = make_pair("www.example.com", days=90), make_pair("Clients of the shop", ca=True, days=400)
    hostile = make_pair(HOSTILE, ca=True, days=5)
    group = sdk.group(HealthCheckConfig=CHECK)
    servers = [{"ServerId": "i-2", "ServerType": "Ecs", "Port": free_port("127.0.0.2")}]
    sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=servers)
    balancer, certificate, ca = sdk.balancer(), sdk.certificate(server), sdk.ca(trusted)
    sdk.ca(hostile)
    mutual = {"CaEnabled": True, "CaCertificates": [{"CertificateId": ca}]}
    https = {"ListenerProtocol": "HTTPS", "ListenerPort": 443, "Certificates": [{"CertificateId": certificate}]}
    sdk.listener(balancer, group, **https, **mutual)
    sdk.listener(balancer, group)
    sdk("pca", "CreateRootCACertificate", **ROOT_CA)
    for record, kind, value in (("www", "CNAME", "shop.example.net"), ("@", "TXT", f"{HOSTILE}{QUOTED}")):
        sdk("dns", "AddDomainRecord", DomainName="example.com", RR=record, Type=kind, Value=value)
    sdk.refused("alb", "GetListenerAttribute", ListenerId="lsn-none")
    return [server.key_pem, trusted.key_pem, hostile.key_pem]


class Page(html.parser.HTMLParser):
    """The rows of the tables by section, as the texts of their cells; and every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self._section = ""
        self.feed(text)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        match tag:
            case "section":
                self._section = dict(attrs)["id"] or ""
                self.rows[self._section] = []
            case "tr" if "tbody" in self._open:
                self.rows[self._section].append([])
            case "td":
                self.rows[self._section][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self._open:
            cells = self.rows[self._section][-1]
            cells[-1] = f"{cells[-1]} {data}".strip()


Answer = tuple[http.client.HTTPResponse, str]


def ask(box: Sandbox, method: str = "GET", path: str = "/_sandbox/", **headers: str) -> Answer:
    """Returns response and body."""
    connection = http.client.HTTPConnection(box.endpoint, timeout=120)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response, body


@pytest.fixture(scope="module")
def furnished() -> Iterator[tuple[Sandbox, list[str]]]:
    """A sandbox with one of everything, and its secrets."""
    with Sandbox(data_plane="nginx", dns=False, delay=0, access_key_secret=SECRET) as box:
        box.seed(**ACCOUNT, pca_instances=[{"instance_id": "purchase", "algorithm": "ECC"}])
        keys = furnish(Sdk(box, access_key_secret=SECRET))
        role = {"RoleArn": "acs:ram::123456789012:role/reader", "RoleSessionName": "reader"}
        sent = Raw("AssumeRole", "2015-04-01", query=role, secret=SECRET).send(box)
        temporary = [sent[1]["Credentials"][name] for name in ("AccessKeySecret", "SecurityToken")]
        wait_until(lambda: any(item["status"] == "Unhealthy" for item in box.health()["servers"]), "unhealthy server")
        yield box, [SECRET, *temporary, *keys]


def test_what_the_account_has_is_on_the_page(furnished: tuple[Sandbox, list[str]]) -> None:
    rows = Page(ask(furnished[0])[1]).rows
    address = rows["load-balancers"][0][2].split()[0]
    assert address.startswith("127.")
    assert rows["load-balancers"][0][4] == "2"
    https, plain = rows["listeners"]
    assert ("HTTPS 443" in https[0], "HTTP 80" in plain[0]) == (True, True)
    assert "mutual authentication" in https[2]
    assert "Clients of the shop" in https[2]
    assert (https[1], plain[2]) == ("Running", "no TLS")
    assert "i-2 127.0.0.2:" in rows["server-groups"][0][3]
    assert "Unhealthy CONNECT_FAILED" in rows["server-groups"][0][3]
    assert "www.example.com" in rows["certificates"][0][1]
    assert rows["certificates"][0][3].endswith("88 days left")
    expiring, lasting = rows["ca-certificates"]
    assert (expiring[0].split()[0], expiring[3].split()[1:]) == (HOSTILE, ["3", "days", "left"])
    assert lasting[3].endswith("398 days left")
    assert "Root of the account" in rows["private-cas"][0][0]
    assert rows["private-cas"][0][2].startswith("root CA")
    assert [(row[0], row[1], row[2]) for row in rows["records"]] == [
        ("www.example.com", "CNAME", "shop.example.net"),
        ("example.com", "TXT", f"{HOSTILE}{QUOTED}"),
    ]
    answers = {row[1]: row[2] for row in rows["requests"]}
    assert answers["Alb GetListenerAttribute"] == "404 ResourceNotFound.Listener"


def test_no_secret_is_on_the_page(furnished: tuple[Sandbox, list[str]]) -> None:
    box, secrets = furnished
    body = ask(box)[1]
    for secret in secrets:
        for line in secret.splitlines():
            assert line.startswith("-----") or line not in body
    assert "PRIVATE KEY" not in body


def test_a_browser_has_nothing_to_run_or_to_fetch(furnished: tuple[Sandbox, list[str]]) -> None:
    response, body = ask(furnished[0])
    for tag, attributes in Page(body).tags:
        assert tag not in ("script", "iframe", "img", "object", "form", "base")
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")]
        assert attributes.get("href", "data:,") in ("data:,", "?lang=en", "?lang=zh")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


def test_the_page_can_be_read_and_nothing_else(furnished: tuple[Sandbox, list[str]]) -> None:
    box, _secrets = furnished
    for method in ("POST", "PUT", "DELETE"):
        response, _body = ask(box, method)
        assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")
    head, nothing = ask(box, "HEAD")
    assert (head.status, nothing) == (200, "")
    assert head.headers["Content-Type"].startswith("text/html")
    moved, _body = ask(box, path="/_sandbox")
    assert moved.headers["Location"] == "/_sandbox/"


def test_the_page_is_in_the_language_of_its_reader(furnished: tuple[Sandbox, list[str]]) -> None:
    box, _secrets = furnished
    for path, accepted, chinese in (
        ("/_sandbox/", "zh-CN,zh;q=0.9,en;q=0.8", True),
        ("/_sandbox/?lang=en", "zh-CN", False),
        ("/_sandbox/?lang=zh", "en", True),
        ("/_sandbox/?lang=%3Cscript%3E", "zh", False),
    ):
        rows = Page(ask(box, path=path, **{"Accept-Language": accepted})[1]).rows
        assert ("双向认证" in rows["listeners"][0][2]) is chinese


def test_an_account_without_anything(tmp_path: Path) -> None:
    cloud = Cloud(Settings(state_dir=tmp_path))
    rows = Page(status.page(cloud, "en")).rows
    cloud.close()
    assert len(rows) == 8
    assert not any(rows.values())


def test_thousands_of_listeners(tmp_path: Path) -> None:
    """Of each table the first rows are shown, with the number of all."""
    cloud = Cloud(Settings(state_dir=tmp_path))
    listener: dict[str, t.Any] = {
        "LoadBalancerId": "alb-gone",
        "ListenerProtocol": "HTTP",
        "ListenerStatus": "Running",
        "CaEnabled": False,
        "_additional": [],
        "DefaultActions": forward("sgp-gone"),
    }
    servers = [{"ServerId": f"i-{number}", "ServerIp": "127.0.0.1", "Port": number} for number in range(1, 1001)]
    group = {"ServerGroupId": "sgp-1", "ServerGroupName": "large", "Protocol": "HTTP", "Scheduler": "Wrr"}
    group |= {"ServerGroupStatus": "Available"}
    with cloud.store.transaction():
        for port in range(1, 5001):
            doc = {**listener, "ListenerId": f"lsn-{port}", "ListenerPort": port}
            cloud.store.put(kinds.LISTENER, f"lsn-{port}", doc, served=True)
        whole = {**group, "HealthCheckConfig": {"HealthCheckEnabled": True}, "_servers": servers}
        cloud.store.put(kinds.SERVER_GROUP, "sgp-1", whole, served=True)
    body = status.page(cloud, "en")
    cloud.close()
    assert "The first 100 of 5,000 are shown." in body
    page = Page(body)
    assert len(page.rows["listeners"]) == 100
    assert "and 990 more" in page.rows["server-groups"][0][3]
