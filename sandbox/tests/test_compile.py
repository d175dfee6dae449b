# SPDX-License-Identifier: GPL-3.0-or-later
"""From the words of the API to those of the data plane."""

from __future__ import annotations

import typing as t

import pytest
from alicloud_sandbox.alb import compile as compiler
from alicloud_sandbox.alb.params.rules import CREATE_RULE
from alicloud_sandbox.schema import decode
from alicloud_sandbox.topology import (
    Action,
    AllowOrigins,
    Fact,
    FixedResponse,
    Forward,
    ForwardedFor,
    HeaderOfRequest,
    InsertHeader,
    LimitRate,
    Mirror,
    Redirect,
    RemoveHeader,
    Rewrite,
)

RULE = {
    "ListenerId": "lsn-1",
    "RuleName": "api",
    "Priority": "1",
    "RuleConditions.1.Type": "Path",
    "RuleConditions.1.PathConfig.Values.1": "/api",
    "RuleActions.1.Order": "1",
}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, ForwardedFor.APPEND),
        ({"XForwardedForEnabled": True, "XForwardedForProcessingMode": "append"}, ForwardedFor.APPEND),
        ({"XForwardedForEnabled": True, "XForwardedForProcessingMode": "remove"}, ForwardedFor.REMOVE),
        ({"XForwardedForEnabled": False, "XForwardedForProcessingMode": "remove"}, ForwardedFor.KEEP),
    ],
)
def test_forwarded_for(config: dict[str, t.Any], expected: ForwardedFor) -> None:
    assert compiler.forwarded_for(config) is expected


def test_request_headers() -> None:
    """The names that the API documents, or an alias; those of the client's certificate for HTTPS alone."""
    plain = {
        "ClientSrcPort": ("X-Forwarded-Client-srcport", Fact.CLIENT_PORT),
        "Proto": ("X-Forwarded-Proto", Fact.SCHEME),
        "Host": ("X-Forwarded-Host", Fact.HOST),
        "SLBPort": ("X-Forwarded-Port", Fact.LISTENER_PORT),
        "SLBId": ("SLB-ID", Fact.LOAD_BALANCER_ID),
    }
    certificate = {
        "ClientCertSubjectDN": ("X-Forwarded-Clientcert-subjectdn", Fact.CERTIFICATE_SUBJECT),
        "ClientCertIssuerDN": ("X-Forwarded-Clientcert-issuerdn", Fact.CERTIFICATE_ISSUER),
        "ClientCertFingerprint": ("x-print", Fact.CERTIFICATE_FINGERPRINT),
        "ClientCertClientVerify": ("X-Forwarded-Clientcert-clientverify", Fact.CERTIFICATE_VERIFICATION),
    }
    config: dict[str, t.Any] = {f"XForwardedFor{name}Enabled": True for name in (*plain, *certificate)}
    config["XForwardedForClientCertFingerprintAlias"] = "x-print"
    assert set(compiler.request_headers(config, "HTTPS")) == {*plain.values(), *certificate.values()}
    assert set(compiler.request_headers(config, "HTTP")) == set(plain.values())
    assert compiler.request_headers({"XForwardedForHostEnabled": False}, "HTTPS") == ()


@pytest.mark.parametrize(
    ("code", "expected"),
    [("http_2xx", [(200, 299)]), ("http_5xx", [(500, 599)]), ("0", [(0, 0)]), ("0-99", [(0, 99)]), ("none", [])],
)
def test_statuses(code: str, expected: list[tuple[int, int]]) -> None:
    assert compiler.statuses(code) == expected


@pytest.mark.parametrize(
    ("flat", "expected"),
    [
        (
            {"ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId": "sgp-1"},
            Forward((("sgp-1", 100),)),
        ),
        (
            {
                "ForwardGroupConfig.ServerGroupTuples.1.ServerGroupId": "sgp-1",
                "ForwardGroupConfig.ServerGroupTuples.1.Weight": "0",
                "ForwardGroupConfig.ServerGroupTuples.2.ServerGroupId": "sgp-2",
                "ForwardGroupConfig.ServerGroupTuples.2.Weight": "30",
                "ForwardGroupConfig.ServerGroupStickySession.Enabled": "true",
            },
            Forward((("sgp-1", 0), ("sgp-2", 30)), sticky=1000),
        ),
        ({"RedirectConfig.Protocol": "HTTPS"}, Redirect(301, "https")),
        (
            {
                "RedirectConfig.Host": "www.example.com",
                "RedirectConfig.Port": "8443",
                "RedirectConfig.Path": "/x${path}",
                "RedirectConfig.Query": "a=${protocol}",
                "RedirectConfig.HttpCode": "308",
            },
            Redirect(308, "", "www.example.com", 8443, "/x${path}", "a=${protocol}"),
        ),
        ({"FixedResponseConfig.HttpCode": "404"}, FixedResponse(404)),
        (
            {
                "FixedResponseConfig.HttpCode": "200",
                "FixedResponseConfig.Content": "{}",
                "FixedResponseConfig.ContentType": "application/json",
            },
            FixedResponse(200, "{}", "application/json"),
        ),
        ({"RewriteConfig.Path": "/new"}, Rewrite(path="/new")),
        ({"RewriteConfig.Host": "www.example.com", "RewriteConfig.Query": ""}, Rewrite(host="www.example.com")),
        ({"InsertHeaderConfig.Key": "x-a", "InsertHeaderConfig.Value": "1"}, InsertHeader("x-a", "1")),
        (
            {
                "InsertHeaderConfig.Key": "x-a",
                "InsertHeaderConfig.Value": "x-b",
                "InsertHeaderConfig.ValueType": "ReferenceHeader",
            },
            InsertHeader("x-a", HeaderOfRequest("x-b")),
        ),
        *(
            (
                {
                    "InsertHeaderConfig.Key": "x-a",
                    "InsertHeaderConfig.Value": name,
                    "InsertHeaderConfig.ValueType": "SystemDefined",
                },
                InsertHeader("x-a", fact),
            )
            for name, fact in (
                ("ClientSrcPort", Fact.CLIENT_PORT),
                ("ClientSrcIp", Fact.CLIENT_ADDRESS),
                ("Protocol", Fact.PROTOCOL),
                ("SLBId", Fact.LOAD_BALANCER_ID),
                ("SLBPort", Fact.LISTENER_PORT),
            )
        ),
        ({"RemoveHeaderConfig.Key": "x-a"}, RemoveHeader("x-a")),
        ({"TrafficLimitConfig.QPS": "5", "TrafficLimitConfig.PerIpQps": "2"}, LimitRate(5, 2)),
        ({"TrafficLimitConfig.PerIpQps": "2"}, LimitRate(0, 2)),
        (
            {
                "TrafficMirrorConfig.TargetType": "ForwardGroupMirror",
                "TrafficMirrorConfig.MirrorGroupConfig.ServerGroupTuples.1.ServerGroupId": "sgp-1",
            },
            Mirror(("sgp-1",)),
        ),
        ({"CorsConfig.AllowOrigin.1": "*"}, AllowOrigins(("*",))),
        (
            {
                "CorsConfig.AllowOrigin.1": "https://example.com",
                "CorsConfig.AllowMethods.1": "GET",
                "CorsConfig.AllowHeaders.1": "x-a",
                "CorsConfig.ExposeHeaders.1": "x-b",
                "CorsConfig.AllowCredentials": "on",
                "CorsConfig.MaxAge": "0",
            },
            AllowOrigins(("https://example.com",), ("GET",), ("x-a",), ("x-b",), True, 0),
        ),
    ],
)
def test_actions(flat: dict[str, str], expected: Action) -> None:
    kind = next(iter(flat)).partition("Config.")[0]
    params = {**RULE, "RuleActions.1.Type": kind, **{f"RuleActions.1.{name}": item for name, item in flat.items()}}
    ignored: list[str] = []
    args = decode(CREATE_RULE, params, ignored)
    assert not ignored
    assert compiler.action(args["RuleActions"][0]) == expected


def test_an_unknown_system_value() -> None:
    config = {"Key": "x-a", "Value": "Moon", "ValueType": "SystemDefined"}
    with pytest.raises(ValueError, match="'Moon' is not a system-defined value"):
        compiler.action({"Type": "InsertHeader", "InsertHeaderConfig": config})
