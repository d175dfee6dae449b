# SPDX-License-Identifier: GPL-3.0-or-later
"""Programmable scripts (AScript) of listeners."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.tests.support import Sdk

Object = dict[str, t.Any]
SCRIPT: Object = {"AScriptName": "test", "ScriptContent": "if and(match_re($uri, '^/1.txt$'), $arg_type) { break }"}
INVALID = (400, "InvalidParameter")
REFUSED: list[tuple[Object, tuple[int, str]]] = [
    ({"ListenerId": "lsn-none"}, (404, "ResourceNotFound.Listener")),
    ({"AScripts": []}, (400, "MissingAScripts")),
    ({"AScripts": [{"AScriptName": "test"}]}, (400, "MissingAScripts.1.ScriptContent")),
    ({"AScripts": [{"ScriptContent": "now()"}]}, (400, "MissingAScripts.1.AScriptName")),
    ({"AScripts": [{**SCRIPT, "AScriptName": "-a"}]}, INVALID),
    ({"AScripts": [{**SCRIPT, "Position": "Foot"}]}, INVALID),
    ({"AScripts": [{**SCRIPT, "ExtAttributes": [{"AttributeKey": "Other", "AttributeValue": "a"}]}]}, INVALID),
    ({"AScripts": [{**SCRIPT, "ExtAttributes": [{"AttributeKey": "EsDebug", "AttributeValue": "-"}]}]}, INVALID),
]


@pytest.fixture
def listener(sdk: Sdk) -> str:
    return str(sdk.listener(sdk.balancer(), sdk.group())["ListenerId"])


def make(sdk: Sdk, listener: str, *scripts: Object) -> list[str]:
    """Returns the ids of new, available scripts of a listener."""
    answer = sdk.write("CreateAScripts", ListenerId=listener, AScripts=[{**SCRIPT, **script} for script in scripts])
    return [item["AScriptId"] for item in answer["AScriptIds"]]


def scripts(sdk: Sdk, **filters: t.Any) -> list[Object]:
    """The scripts that pass the filters; the models of the SDK have no fields for position and attributes."""
    sdk.plain("alb", "ListAScripts", **filters)
    return list(sdk.raw("alb")["AScripts"])


def test_several_scripts_in_one_job(sdk: Sdk, listener: str) -> None:
    """They are shown with defaults, changed and removed together."""
    attribute = {"AttributeKey": "EsDebug", "AttributeValue": "rdk"}
    extended = {"Position": "ResponseHead", "ExtAttributeEnabled": True, "ExtAttributes": [attribute], "Enabled": True}
    one, two = make(sdk, listener, {"AScriptName": "one"}, {"AScriptName": "two", **extended})
    found = {item["AScriptId"]: item for item in scripts(sdk, ListenerIds=[listener])}
    balancer = sdk("alb", "GetListenerAttribute", ListenerId=listener)["LoadBalancerId"]
    common = {"ListenerId": listener, "LoadBalancerId": balancer, "AScriptStatus": "Available"}
    plain = {"Position": "RequestHead", "Enabled": False, "ExtAttributeEnabled": False, "ExtAttributes": []}
    assert found == {
        one: {**SCRIPT, **common, **plain, "AScriptId": one, "AScriptName": "one"},
        two: {**SCRIPT, **common, **extended, "AScriptId": two, "AScriptName": "two"},
    }
    assert [item["AScriptId"] for item in scripts(sdk, AScriptNames=["two"])] == [two]
    changes = [{"AScriptId": one, "ScriptContent": "now()"}, {"AScriptId": two, "Enabled": False}]
    sdk.write("UpdateAScripts", AScripts=changes)
    found = {item["AScriptId"]: item for item in scripts(sdk, AScriptIds=[one, two])}
    assert (found[one]["ScriptContent"], found[one]["AScriptName"]) == ("now()", "one")
    assert (found[two]["Enabled"], found[two]["ExtAttributes"]) == (False, [attribute])
    sdk.write("DeleteAScripts", AScriptIds=[one, two])
    assert scripts(sdk) == []
    assert sdk.refused("alb", "UpdateAScripts", AScripts=changes[:1]) == (404, "ResourceNotFound.Ascript")
    assert sdk.refused("alb", "DeleteAScripts", AScriptIds=[one]) == (400, "ResourceNotFound.AScript")


def test_refused(sdk: Sdk, listener: str) -> None:
    for changes, expected in REFUSED:
        params = {"ListenerId": listener, "AScripts": [SCRIPT], **changes}
        assert sdk.refused("alb", "CreateAScripts", **params) == expected, changes
    basic = sdk.listener(sdk.balancer(LoadBalancerEdition="Basic"), sdk.group())["ListenerId"]
    assert sdk.refused("alb", "CreateAScripts", ListenerId=basic, AScripts=[SCRIPT]) == INVALID
    assert scripts(sdk) == []


def test_of_several_listeners(sdk: Sdk, listener: str) -> None:
    """Scripts of two listeners are not deleted together; each goes with its listener."""
    balancer = sdk("alb", "GetListenerAttribute", ListenerId=listener)["LoadBalancerId"]
    other = sdk.listener(balancer, sdk.group(), ListenerPort=81)["ListenerId"]
    both = make(sdk, listener, {}) + make(sdk, other, {})
    refused = sdk.refused("alb", "DeleteAScripts", AScriptIds=both)
    assert refused == (400, "OperationDenied.CrossListenerAScripts")
    sdk.write("DeleteListener", ListenerId=other)
    assert [item["AScriptId"] for item in scripts(sdk)] == both[:1]
    sdk.write("DeleteLoadBalancer", LoadBalancerId=balancer)
    assert scripts(sdk) == []


def test_a_job_that_fails(sdk: Sdk, listener: str) -> None:
    """Leaves none of its scripts, and a change of two leaves both as they were."""
    one, two = make(sdk, listener, {}, {"AScriptName": "two"})
    before = scripts(sdk)
    for operation, params in (
        ("CreateAScripts", {"ListenerId": listener, "AScripts": [SCRIPT, SCRIPT]}),
        ("UpdateAScripts", {"AScripts": [{"AScriptId": one, "Enabled": True}, {"AScriptId": two, "Enabled": True}]}),
        ("DeleteAScripts", {"AScriptIds": [one, two]}),
    ):
        sdk.sandbox.fault("fail_job", action=operation, times=1)
        assert sdk.job(sdk("alb", operation, **params))["Status"] == "Failed"
        assert scripts(sdk) == before, operation


def test_a_listener_that_is_being_configured(sdk: Sdk, listener: str) -> None:
    (script,) = make(sdk, listener, {})
    sdk.sandbox.delays(listener=600)
    sdk("alb", "UpdateListenerAttribute", ListenerId=listener, IdleTimeout=20)
    for operation, params in (
        ("CreateAScripts", {"ListenerId": listener, "AScripts": [SCRIPT]}),
        ("UpdateAScripts", {"AScripts": [{"AScriptId": script, "Enabled": True}]}),
        ("DeleteAScripts", {"AScriptIds": [script]}),
    ):
        assert sdk.refused("alb", operation, **params) == (400, "IncorrectStatus.Listener"), operation
