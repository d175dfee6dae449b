# SPDX-License-Identifier: GPL-3.0-or-later
"""Health check templates: what they show, what they refuse, and the health check that a server group gets from one."""

from __future__ import annotations

import json
import typing as t

import pytest
from alicloud_sandbox.testing import Sandbox, free_port

from sandbox.tests.support import ACCOUNT, Sdk, wait_until
from sandbox.tests.world import Backend, curl

Object = dict[str, t.Any]
INVALID, UNKNOWN = (400, "InvalidParameter"), (404, "ResourceNotFound.HealthCheckTemplate")
DEFAULTS: Object = {
    "HealthCheckProtocol": "HTTP",
    "HealthCheckConnectPort": 0,
    "HealthCheckHost": "$SERVER_IP",
    "HealthCheckPath": "/",
    "HealthCheckMethod": "HEAD",
    "HealthCheckHttpVersion": "HTTP1.1",
    "HealthCheckCodes": ["http_2xx"],
    "HealthCheckInterval": 2,
    "HealthCheckTimeout": 5,
    "HealthyThreshold": 3,
    "UnhealthyThreshold": 3,
}
TCP = {"HealthCheckProtocol": "TCP"} | {
    name: DEFAULTS[name]
    for name in (
        *("HealthCheckConnectPort", "HealthCheckInterval", "HealthCheckTimeout"),
        *("HealthyThreshold", "UnhealthyThreshold"),
    )
}
# What is given, and what is shown: a template of its own, and one with the defaults that is changed so.
SHOWN: list[tuple[Object, Object]] = [
    ({}, DEFAULTS),
    (
        {"HealthCheckProtocol": "gRPC"},
        DEFAULTS | {"HealthCheckProtocol": "gRPC", "HealthCheckMethod": "POST", "HealthCheckCodes": ["0"]},
    ),
    ({"HealthCheckProtocol": "TCP"}, TCP),
    # Values of the acceptance tests of Terraform's provider
    *(
        ({name: value}, DEFAULTS | {name: value})
        for name, value in {
            "HealthCheckCodes": ["http_2xx", "http_3xx", "http_4xx"],
            "HealthCheckConnectPort": 8080,
            "HealthCheckHost": "tf-testAcc.com",
            "HealthCheckHttpVersion": "HTTP1.0",
            "HealthCheckInterval": 20,
            "HealthCheckMethod": "GET",
            "HealthCheckPath": "/tf-testAcc",
            "HealthCheckProtocol": "HTTPS",
            "HealthCheckTimeout": 60,
            "HealthyThreshold": 6,
            "UnhealthyThreshold": 6,
        }.items()
    ),
]
REFUSED: list[Object] = [
    {"HealthCheckTemplateName": "-a"},
    {"HealthCheckTemplateName": "a"},
    {"HealthCheckProtocol": "UDP"},
    {"HealthCheckConnectPort": 65536},
    {"HealthCheckHost": "$SERVER"},
    {"HealthCheckHost": "a" * 81},
    {"HealthCheckHost": "www.example.com\r\nX-Forged: 1"},
    {"HealthCheckPath": "none"},
    {"HealthCheckPath": "/\n"},
    {"HealthCheckMethod": "PUT"},
    {"HealthCheckHttpVersion": "HTTP 1.0"},
    {"HealthCheckInterval": 51},
    {"HealthCheckTimeout": 301},
    {"HealthyThreshold": 1},
    {"UnhealthyThreshold": 11},
    {"Tag": [{"Key": "aliyun", "Value": "1"}]},
]


def make(sdk: Sdk, **params: t.Any) -> str:
    """Returns the id of a new template."""
    answer = sdk("alb", "CreateHealthCheckTemplate", **{"HealthCheckTemplateName": "shop", **params})
    return str(answer["HealthCheckTemplateId"])


def shown(sdk: Sdk, identifier: str) -> Object:
    """The options of a template, the same in both answers."""
    found = sdk("alb", "GetHealthCheckTemplateAttribute", HealthCheckTemplateId=identifier)
    listed = sdk("alb", "ListHealthCheckTemplates", HealthCheckTemplateIds=[identifier])["HealthCheckTemplates"]
    assert listed == [{name: value for name, value in found.items() if name != "RequestId"}]
    return {name: value for name, value in listed[0].items() if name in DEFAULTS and value != []}


def test_what_a_template_shows(sdk: Sdk) -> None:
    """Defaults beside what is given, at creation and after a change."""
    for given, expected in SHOWN:
        made, changed = make(sdk, **given), make(sdk)
        sdk("alb", "UpdateHealthCheckTemplateAttribute", HealthCheckTemplateId=changed, **given)
        assert (shown(sdk, made), shown(sdk, changed)) == (expected, expected), given
        sdk("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[made, changed])


@pytest.mark.parametrize("wrong", REFUSED, ids=str)
def test_what_a_template_refuses(sdk: Sdk, wrong: Object) -> None:
    params = {"HealthCheckTemplateName": "shop", **wrong}
    assert sdk.refused("alb", "CreateHealthCheckTemplate", **params) == INVALID
    assert sdk("alb", "ListHealthCheckTemplates")["HealthCheckTemplates"] == []


def test_finding_and_tagging(sdk: Sdk) -> None:
    tag = {"Key": "team", "Value": "shop"}
    one = make(sdk, HealthCheckTemplateName="one", Tag=[tag])
    two = make(sdk, HealthCheckTemplateName="two", ResourceGroupId="rg-shop")
    filters: list[tuple[Object, list[str]]] = [
        ({}, [one, two]),
        ({"HealthCheckTemplateNames": ["two"]}, [two]),
        ({"HealthCheckTemplateIds": [one]}, [one]),
        ({"ResourceGroupId": "rg-shop"}, [two]),
        ({"Tag": [tag]}, [one]),
    ]
    for params, expected in filters:
        found = sdk("alb", "ListHealthCheckTemplates", **params)["HealthCheckTemplates"]
        assert [item["HealthCheckTemplateId"] for item in found] == expected, params
    sdk("alb", "TagResources", ResourceType="healthchecktemplate", ResourceId=[two], Tag=[tag])
    rows = sdk("alb", "ListTagResources", ResourceType="healthchecktemplate", ResourceId=[two])["TagResources"]
    assert [(row["TagKey"], row["TagValue"]) for row in rows] == [("team", "shop")]
    first = sdk("alb", "ListHealthCheckTemplates", MaxResults=1)
    rest = sdk("alb", "ListHealthCheckTemplates", MaxResults=1, NextToken=first["NextToken"])
    assert [page["HealthCheckTemplates"][0]["HealthCheckTemplateId"] for page in (first, rest)] == [one, two]
    assert "NextToken" not in rest


def test_unknown_templates(sdk: Sdk) -> None:
    none = {"HealthCheckTemplateId": "hct-none"}
    assert sdk.refused("alb", "GetHealthCheckTemplateAttribute", **none) == UNKNOWN
    assert sdk.refused("alb", "UpdateHealthCheckTemplateAttribute", **none, HealthCheckInterval=3) == UNKNOWN
    assert sdk.refused("alb", "ApplyHealthCheckTemplateToServerGroup", **none, ServerGroupId=sdk.group()) == UNKNOWN
    apply = {"HealthCheckTemplateId": make(sdk), "ServerGroupId": "sgp-none"}
    refused = sdk.refused("alb", "ApplyHealthCheckTemplateToServerGroup", **apply)
    assert refused == (404, "ResourceNotFound.ServerGroup")
    sdk("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=["hct-none"])


def test_repeating_a_creation(sdk: Sdk) -> None:
    """One template for one token, none for a dry run, and fifty in a region."""
    assert make(sdk, ClientToken="once") == make(sdk, ClientToken="once")
    dry = {"HealthCheckTemplateName": "shop", "DryRun": True}
    assert sdk.refused("alb", "CreateHealthCheckTemplate", **dry) == (400, "DryRunOperation")
    for _number in range(49):
        make(sdk)
    refused = sdk.refused("alb", "CreateHealthCheckTemplate", HealthCheckTemplateName="shop")
    assert refused == (400, "QuotaExceeded.HealthCheckTemplatesNum")


def test_an_applied_template_is_a_copy(sdk: Sdk) -> None:
    """The server group has every value of it, also after a change of the template and its deletion."""
    template, group = make(sdk, HealthCheckPath="/ready", HealthCheckInterval=7), sdk.group()
    sdk.write("ApplyHealthCheckTemplateToServerGroup", HealthCheckTemplateId=template, ServerGroupId=group)
    sdk("alb", "UpdateHealthCheckTemplateAttribute", HealthCheckTemplateId=template, HealthCheckPath="/other")
    sdk("alb", "DeleteHealthCheckTemplates", HealthCheckTemplateIds=[template])
    config = sdk("alb", "ListServerGroups", ServerGroupIds=[group])["ServerGroups"][0]["HealthCheckConfig"]
    expected = DEFAULTS | {"HealthCheckEnabled": True, "HealthCheckPath": "/ready", "HealthCheckInterval": 7}
    del expected["HealthCheckHost"]  # the address of the server, as without the option
    assert config == expected


def test_a_basic_load_balancer_has_no_https_checks(sdk: Sdk) -> None:
    group = sdk.group()
    sdk.listener(sdk.balancer(LoadBalancerEdition="Basic"), group)
    apply = {"HealthCheckTemplateId": make(sdk, HealthCheckProtocol="HTTPS"), "ServerGroupId": group}
    assert sdk.refused("alb", "ApplyHealthCheckTemplateToServerGroup", **apply) == INVALID


def test_servers_are_checked_as_the_template_says() -> None:
    """A server that is not healthy for the template gets no more requests, until another template lets it pass."""
    backends, port = [Backend("one"), Backend("two")], free_port("127.77.1.1")
    backends[0].health_status = 404
    quick = {"HealthCheckInterval": 1, "HealthCheckTimeout": 1, "HealthyThreshold": 2, "UnhealthyThreshold": 2}
    try:
        with Sandbox(data_plane="nginx") as sandbox:
            sandbox.seed(**ACCOUNT)
            sdk = Sdk(sandbox)
            group, balancer = sdk.group(ServerGroupType="Ip"), sdk.balancer()
            ports = [backend.server_address[1] for backend in backends]
            servers = [{"ServerId": "127.0.0.1", "ServerType": "Ip", "Port": each} for each in ports]
            sdk.write("AddServersToServerGroup", ServerGroupId=group, Servers=servers)
            listener = sdk.listener(balancer, group, ListenerPort=port)["ListenerId"]
            zones = sdk("alb", "GetLoadBalancerAttribute", LoadBalancerId=balancer)["ZoneMappings"]
            url = f"http://{zones[0]['LoadBalancerAddresses'][0]['Address']}:{port}/"

            def answering() -> set[str]:
                return {json.loads(curl(url)[1])["server"] for _request in range(4)}

            def unhealthy() -> list[int]:
                found = sdk("alb", "GetListenerHealthStatus", ListenerId=listener)["ListenerHealthStatus"]
                servers = found[0]["ServerGroupInfos"][0].get("NonNormalServers", [])
                return [item["Port"] for item in servers if item["Status"] == "Unhealthy"]

            def apply(**options: t.Any) -> None:
                template = make(sdk, **quick, **options)
                sdk.write("ApplyHealthCheckTemplateToServerGroup", HealthCheckTemplateId=template, ServerGroupId=group)

            assert answering() == {"one", "two"}, "without a health check"
            apply()
            wait_until(lambda: unhealthy() == ports[:1] and answering() == {"two"}, "one server is left")
            apply(HealthCheckCodes=["http_2xx", "http_4xx"])
            wait_until(lambda: not unhealthy() and answering() == {"one", "two"}, "both are back")
    finally:
        for backend in backends:
            backend.stop()
