# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener and its rules say of the same server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import information
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.health import Health

from tests.unit.fakes.cloud import Cloud


def info(*servers: tuple[str, str], group: str = "sgp-1", checked: str = "on") -> dict[str, Any]:
    others = [
        {"ServerId": name, "Port": 443, "Status": status, "Reason": {"ReasonCode": f"WHY_{status.upper()}"}}
        for name, status in servers
    ]
    return {"ServerGroupId": group, "HealthCheckEnabled": checked, "NonNormalServers": others}


def answering(*pages: dict[str, Any]) -> Cloud:
    """A listener whose status takes several pages."""

    def page(params: dict[str, Any]) -> dict[str, Any]:
        number = int(params.get("NextToken") or 0)
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        return {**pages[number], **more}

    return Cloud(GetListenerHealthStatus=page)


def own(*infos: dict[str, Any]) -> dict[str, Any]:
    return {"ListenerHealthStatus": [{"ServerGroupInfos": list(infos)}]}


def rule(*infos: dict[str, Any]) -> dict[str, Any]:
    return {"RuleHealthStatus": [{"ServerGroupInfos": list(infos)}]}


@pytest.mark.parametrize(
    "pages",
    [
        (own(info(("i-1", "Unhealthy"))), rule(info())),
        (own(info()), rule(info(("i-1", "Unhealthy")))),
        (own(info(("i-1", "Initial"))), rule(info(("i-1", "Unhealthy"))), rule(info(("i-1", "Unused")))),
        ({**own(info(("i-1", "Unhealthy"))), **rule(info(checked="off"))},),
    ],
)
def test_the_worst_of_all_mentions(pages: tuple[dict[str, Any], ...]) -> None:
    health = Health(answering(*pages).session())
    assert health.read("lsn-1") == ["sgp-1"]
    assert health.is_checked("sgp-1")
    assert health.of("sgp-1", "i-1", 443) == {"status": "unhealthy", "reason": "WHY_UNHEALTHY"}
    assert health.of("sgp-1", "i-1", 80) == {"status": "healthy", "reason": None}


def test_what_is_not_checked_and_what_nobody_asked_about() -> None:
    health = Health(answering(own(info(checked="off"))).session())
    health.read("lsn-1")
    assert health.of("sgp-1", "i-1", 443)["status"] == "unchecked"
    assert health.of("sgp-2", "i-1", 443)["status"] == "unknown"


def test_the_information_module_does_not_forget_what_a_rule_says() -> None:
    cloud = answering(own(info(("i-1", "Unhealthy"))), rule(info(), info(group="sgp-2")))
    cloud.operations["ListListeners"] = lambda params: {"Listeners": [{"ListenerId": "lsn-1", "ListenerPort": 443}]}
    cloud.operations["ListServerGroupServers"] = lambda params: {"Servers": [{"ServerId": "i-1", "Port": 443}]}
    none = dict.fromkeys(["listener_ids", "load_balancer_ids", "protocol", "tags", "port"])
    (found,) = information.listeners(cloud.session(), {**none, "details": False, "health": True})["listeners"]
    assert [(group["server_group_id"], group["servers"][0]["status"]) for group in found["health"]] == [
        ("sgp-1", "unhealthy"),
        ("sgp-2", "healthy"),
    ]
