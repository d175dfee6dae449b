# SPDX-License-Identifier: GPL-3.0-or-later
"""Health of the servers behind a listener and its rules."""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import Call, read
from ..schema import Args
from ..store import Doc
from ..topology import ServerHealth
from . import rules, server_groups
from .params import health as params

assume(
    "alb-health-pages",
    "GetListenerHealthStatus pages through the listener and, with IncludeRule, its rules that have server groups, by "
    "priority.",
    "What a page holds is not documented.",
    date="2026-11-25",
    settle="GetListenerHealthStatus with IncludeRule=true and MaxResults=1",
)


def status(call: Call, args: Args) -> Doc:
    """GetListenerHealthStatus: only servers that are not normal are listed."""
    doc = call.find(kinds.LISTENER, args["ListenerId"], "ResourceNotFound.Listener")
    shown = {name: doc[name] for name in ("ListenerId", "ListenerPort", "ListenerProtocol")}
    of_rules = [
        {"RuleId": rule["RuleId"], "ServerGroupInfos": _infos(call, rule["RuleActions"])}
        for rule in (rules.of_listener(call.store, doc["ListenerId"]) if args.get("IncludeRule") else ())
        if server_groups.targets(rule["RuleActions"])
    ]
    own = {**shown, "ServerGroupInfos": _infos(call, doc["DefaultActions"])}
    page, fields = call.page([own, *of_rules], args, 30)
    return {
        "ListenerHealthStatus": [item for item in page if "ListenerId" in item],
        "RuleHealthStatus": [item for item in page if "RuleId" in item],
        **{k: v for k, v in fields.items() if k == "NextToken"},
    }


def _infos(call: Call, actions: list[Doc]) -> list[Doc]:
    """Returns the server groups of these actions, with the servers that are not normal."""
    infos = []
    for identifier, action in server_groups.targets(actions).items():
        group = call.store.get(kinds.SERVER_GROUP, identifier) or {"_servers": [], "HealthCheckConfig": {}}
        addresses = {(item["ServerId"], item.get("Port")): item["ServerIp"] for item in group["_servers"]}
        servers = [
            {
                "ServerId": item.server_id,
                "ServerIp": addresses[item.server_id, item.port],
                "Port": item.port,
                "Status": item.status,
                "Reason": _reason(item, group["HealthCheckConfig"]),
            }
            for item in call.jobs.health()
            if item.server_group_id == identifier
            and item.status != "Normal"
            and (item.server_id, item.port) in addresses
        ]
        infos.append(
            {
                "ServerGroupId": identifier,
                "ActionType": action,
                "HealthCheckEnabled": "on" if group["HealthCheckConfig"].get("HealthCheckEnabled") else "off",
                "NonNormalServers": servers,
                "ServerCount": len(group["_servers"]),
            }
        )
    return infos


def _reason(health: ServerHealth, check: Doc) -> Doc:
    """Returns why a server is not normal; for a wrong answer with what came and what was expected."""
    reason: Doc = {"ReasonCode": health.reason_code}
    if health.answered:
        expected = ",".join(code.replace("http_", "HTTP_") for code in check.get("HealthCheckCodes", []))
        reason |= {"ActualResponse": health.answered, "ExpectedResponse": expected}
    return reason


OPERATIONS = {
    "GetListenerHealthStatus": read(status, params.HEALTH_STATUS),
}
