# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules of listeners.

Source: https://api.aliyun.com/document/Alb/2020-06-16/CreateRule and the texts of the official SDK.
"""

from __future__ import annotations

import ipaddress

from .. import kinds
from ..assumptions import assume
from ..errors import missing
from ..patterns import regex
from ..product import Call, new_id, public, read, same, write
from ..schema import Args
from ..store import Doc, Store
from . import listeners, quotas, server_groups, tags
from .params import rules as params

_ONE_OF = {"RuleIds": "RuleId", "ListenerIds": "ListenerId", "LoadBalancerIds": "LoadBalancerId"}
_FINAL = ("ForwardGroup", "Redirect", "FixedResponse")
_OF_RESPONSES = ("FixedResponse", "InsertHeader", "RemoveHeader")
_MAX_SOURCES = 5
_WITH_REGEX = ("Host", "Path")
_BASIC = ("Host", "Path", "Header", "ForwardGroup", "Redirect")

assume(
    "alb-rule-invalid",
    "Refused with InvalidParameter (400): two actions of one Order; a rule for requests without one of ForwardGroup, "
    "Redirect and FixedResponse as its last action (a rule for responses may have none); "
    "conditions and actions that the direction or the basic edition does not have; several server groups without "
    "weights; more than five source addresses, or one that is no IPv4 address or CIDR block; a redirect that changes "
    "nothing, or from an HTTPS listener to HTTP; PerIpQps that is larger than QPS, or a limit of neither; CORS "
    "without AllowOrigin.",
    "The texts of CreateRule (SDK 1.3.3) exclude these without naming a code.",
    date="2026-11-25",
    settle="CreateRule with a Redirect that changes nothing, with DryRun=true",
)
assume(
    "alb-rule-several-answers",
    "A rule may have several of ForwardGroup, Redirect and FixedResponse. The one with the smallest Order answers, and "
    "the actions after it have no effect.",
    "The text of CreateRule (SDK 1.3.3) asks for one that is executed last. The acceptance tests of Terraform's "
    "provider, against the real service, have had Redirect and ForwardGroup in one rule since 2022-03 "
    "(resource_alicloud_alb_rule_test.go); which of them answers, they do not ask.",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "alb-rule-equal-limits",
    "PerIpQps may be as large as QPS.",
    "The text of CreateRule (SDK 1.3.3) wants it smaller. The acceptance tests of Terraform's provider, against the "
    "real service, have had 120 for both since 2023-12 (resource_alicloud_alb_rule_test.go).",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "alb-rule-quotas",
    "A rule has ten conditions and five actions, with the basic edition five and three (RuleMatchEvaluationsNum counts "
    "conditions, not their values), ten values with wildcards (five), a load balancer 100 rules (40). A regular "
    "expression counts as no wildcard.",
    "The page of quotas has the numbers; how evaluations and wildcards are counted is not documented.",
    date="2026-11-25",
    settle="CreateRule for a basic load balancer with one condition of six values, with DryRun=true",
)
assume(
    "alb-rule-shown",
    "ListRules shows what was given with defaults filled in: weight 100, no sticky session, ${protocol}, ${host}, "
    "${port}, ${path} and ${query}, 301, text/plain, UserDefined; and of conditions and actions their own "
    "configuration only. CoverEnabled, which CreateRule takes as well as UpdateRuleAttribute, does not show.",
    "Defaults are documented for most of these, what is shown is not. The official Go SDK (alibaba-cloud-sdk-go) has "
    "CoverEnabled in CreateRule and ListRules as well, the Python SDK 1.3.3 and the metadata in UpdateRuleAttribute "
    "and UpdateRulesAttribute only.",
    date="2026-11-25",
    settle="ListRules after CreateRule with as little as possible",
)
assume(
    "alb-rule-status",
    "A rule that is being configured is IncorrectStatus.Rule (400), a change of rules while the listener is being "
    "configured ResourceInConfiguring.Listener (400), a new rule on a listener in any other passing state "
    "IncorrectStatus.Listener (400). Rules do not change the status of their listener.",
    "The codes are documented, when which one comes is not. The ingress controller waits for the listener after "
    "each batch of rules (2024-09-13), which speaks against the last sentence.",
    date="2026-11-25",
    settle="GetListenerAttribute right after CreateRule",
)
assume(
    "alb-rule-deleted-with-listener",
    "DeleteListener removes the rules of the listener with it.",
    "The operation documents no ResourceInUse error.",
    date="2026-11-25",
    settle="DeleteListener for a listener that has a rule",
)


def create(call: Call, args: Args) -> Doc:
    """CreateRule."""
    listener = call.find(kinds.LISTENER, args["ListenerId"], "ResourceNotFound.Listener")
    _refuse_while_configuring(call, listener)
    if listener["ListenerStatus"] not in ("Running", "Stopped"):
        raise call.error("IncorrectStatus.Listener", listener["ListenerId"], listener["ListenerStatus"])
    balancer = listener["LoadBalancerId"]
    edition = (call.store.get(kinds.LOAD_BALANCER, balancer) or {}).get("LoadBalancerEdition", "")
    used = len(call.store.all(kinds.RULE, LoadBalancerId=balancer))
    quotas.check(call, "LoadBalancerRulesNum", used, of=balancer, edition=edition)
    identifier = new_id("rule")
    doc: Doc = {
        "RuleId": identifier,
        "RuleStatus": "Provisioning",
        "ListenerId": listener["ListenerId"],
        "LoadBalancerId": balancer,
        "Direction": args["Direction"],
        "Tags": tags.as_list(args.get("Tag", [])),
        "_region": call.region,
    }
    _merge(call, doc, args, listener)
    return {"RuleId": identifier, **call.submit(kinds.RULE, doc, identifier, operate="Create", final="Available")}


def update(call: Call, args: Args) -> Doc:
    """UpdateRuleAttribute: what is not given stays as it is; conditions and actions are replaced as wholes."""
    doc, listener = _available(call, args)
    _merge(call, doc, args, listener)
    doc["RuleStatus"] = "Configuring"
    return call.submit(kinds.RULE, doc, doc["RuleId"], operate="Update", final="Available")


def delete(call: Call, args: Args) -> Doc:
    """DeleteRule."""
    doc, _listener = _available(call, args)
    doc["RuleStatus"] = "Deleting"
    return call.submit(kinds.RULE, doc, doc["RuleId"], operate="Delete", final=None)


def listing(call: Call, args: Args) -> Doc:
    """ListRules, of one direction."""
    found = tags.matching(call.in_region(kinds.RULE, args, _ONE_OF, same("Direction")), args)
    page, fields = call.page(found, args)
    return {"Rules": [_shown(public(doc)) for doc in page], **fields}


def _shown(doc: Doc) -> Doc:
    """Returns the rule without CoverEnabled, which ListRules does not show."""
    hidden = {"InsertHeaderConfig": "CoverEnabled"}
    actions = [
        {
            name: {key: item for key, item in value.items() if key != hidden[name]} if name in hidden else value
            for name, value in action.items()
        }
        for action in doc["RuleActions"]
    ]
    return {**doc, "RuleActions": actions}


def of_listener(store: Store, listener: str) -> list[Doc]:
    """Returns the rules of a listener, by priority."""
    return sorted(store.all(kinds.RULE, ListenerId=listener), key=lambda doc: int(doc["Priority"]))


def _available(call: Call, args: Args) -> tuple[Doc, Doc]:
    """Returns a rule that can be changed now, and its listener. Raises ApiError."""
    doc = call.find(kinds.RULE, args["RuleId"], "ResourceNotFound.Rule")
    if doc["RuleStatus"] != "Available":
        raise call.error("IncorrectStatus.Rule", doc["RuleId"], doc["RuleStatus"])
    listener = call.store.get(kinds.LISTENER, doc["ListenerId"]) or {}
    _refuse_while_configuring(call, listener)
    return doc, listener


def _refuse_while_configuring(call: Call, listener: Doc) -> None:
    if listener.get("ListenerStatus") == "Configuring":
        raise call.error("ResourceInConfiguring.Listener")


def _merge(call: Call, doc: Doc, args: Args, listener: Doc) -> None:
    """Checks the options of Create and Update, and merges them into the document."""
    doc |= {name: args[name] for name in ("RuleName", "Priority") if name in args}
    for name in ("RuleConditions", "RuleActions"):
        if name in args:
            doc[name] = [_own(name, number, item) for number, item in enumerate(args[name], 1)]
    doc["RuleActions"].sort(key=lambda action: int(action["Order"]))
    for other in of_listener(call.store, doc["ListenerId"]):
        if other["Priority"] == doc["Priority"] and other["RuleId"] != doc["RuleId"]:
            raise call.error("Conflict.Priority", "Priority", other["RuleId"])
    balancer = call.store.get(kinds.LOAD_BALANCER, doc["LoadBalancerId"]) or {}
    _check_kinds(call, doc, balancer)
    _check_conditions(call, doc["RuleConditions"])
    _check_actions(call, doc, listener)
    _check_groups(call, doc["RuleActions"], listener, balancer)
    server_groups.check_servers(call, balancer, doc)


def _own(name: str, number: int, given: Doc) -> Doc:
    """Returns a condition or action with the configuration of its type and no other."""
    config = f"{given['Type']}Config"
    if config not in given:
        raise missing(f"{name}.{number}.{config}")
    return {field: given[field] for field in ("Type", "Order", config) if field in given}


def _check_kinds(call: Call, doc: Doc, balancer: Doc) -> None:
    """Refuses conditions and actions that the direction or the edition does not allow, and too many of them."""
    conditions = [item["Type"] for item in doc["RuleConditions"]]
    actions = [item["Type"] for item in doc["RuleActions"]]
    response = doc["Direction"] == "Response"
    if not response and any(item.startswith("Response") for item in conditions):
        raise call.invalid("A rule for requests has no conditions on the response.")
    if response and not set(actions) <= set(_OF_RESPONSES):
        raise call.invalid(f"A rule for responses has these actions: {', '.join(_OF_RESPONSES)}.")
    edition = balancer["LoadBalancerEdition"]
    if edition == "Basic" and (response or not {*conditions, *actions} <= set(_BASIC)):
        raise call.invalid(f"Rules of a basic load balancer are for requests, with {', '.join(_BASIC)}.")
    patterns = (value for item in doc["RuleConditions"] for value in item[f"{item['Type']}Config"].get("Values", []))
    wildcards = sum(
        isinstance(value, str) and value[:1] != "~" and not {"*", "?"}.isdisjoint(value) for value in patterns
    )
    used = {"RuleMatchEvaluationsNum": len(conditions), "RuleActionsNum": len(actions), "RuleWildcardsNum": wildcards}
    for name, number in used.items():
        quotas.check(call, name, number, 0, edition=edition)


def _check_conditions(call: Call, conditions: list[Doc]) -> None:
    for value in (
        v for item in conditions if item["Type"] in _WITH_REGEX for v in item[f"{item['Type']}Config"]["Values"]
    ):
        if value.startswith("~") and not regex(value):
            raise call.invalid(f"{value} is not a regular expression.")
    sources = [value for item in conditions if item["Type"] == "SourceIp" for value in item["SourceIpConfig"]["Values"]]
    if len(sources) > _MAX_SOURCES:
        raise call.invalid(f"A rule has at most {_MAX_SOURCES} source addresses.")
    for source in sources:
        try:
            ipaddress.IPv4Network(source, strict=False)
        except ValueError:
            raise call.invalid(f"{source} is not an IPv4 address or CIDR block.") from None


def _check_actions(call: Call, doc: Doc, listener: Doc) -> None:
    actions = doc["RuleActions"]
    if len({action["Order"] for action in actions}) < len(actions):
        raise call.invalid("Two actions have the same Order.")
    types = [action["Type"] for action in actions]
    if types[-1] not in _FINAL and (doc["Direction"] == "Request" or not set(types).isdisjoint(_FINAL)):
        raise call.invalid(f"The last action has to be one of {', '.join(_FINAL)}.")
    if "Rewrite" in types and "ForwardGroup" not in types:
        raise call.error("OperationDenied.RewriteMissingForwardGroup")
    for action in actions:
        config = action[f"{action['Type']}Config"]
        if action["Type"] == "Redirect":
            _check_redirect(call, config, listener)
        if action["Type"] == "TrafficLimit" and config.get("PerIpQps", 0) > config.get("QPS", 10**9):
            raise call.invalid("PerIpQps cannot be larger than QPS.")
        if action["Type"] == "TrafficLimit" and not config:
            raise call.invalid("TrafficLimit needs QPS or PerIpQps.")
        if action["Type"] == "Cors" and not config.get("AllowOrigin"):
            raise call.invalid("Cors needs AllowOrigin.")


def _check_redirect(call: Call, config: Doc, listener: Doc) -> None:
    if all(config[name] == f"${{{name.lower()}}}" for name in ("Protocol", "Host", "Port", "Path", "Query")):
        raise call.invalid("A redirect has to change something.")
    if config["Protocol"] == "HTTP" and listener["ListenerProtocol"] != "HTTP":
        raise call.invalid("An HTTPS listener redirects to HTTPS only.")


def _check_groups(call: Call, actions: list[Doc], listener: Doc, balancer: Doc) -> None:
    forwarded: dict[str, Doc] = {}
    for action in actions:
        for item in action.get("ForwardGroupConfig", {}).get("ServerGroupTuples", []):
            forwarded[item["ServerGroupId"]] = server_groups.usable(call, item["ServerGroupId"], balancer)
            if len(action["ForwardGroupConfig"]["ServerGroupTuples"]) > 1 and "Weight" not in item:
                raise call.invalid("Several server groups need a Weight each.")
            item.setdefault("Weight", 100)
    for group in forwarded.values():
        if group["Protocol"] not in listeners.BACKENDS[listener["ListenerProtocol"]]:
            raise call.error("Mismatch.Protocol", "Protocol", group["ServerGroupId"], listener["ListenerId"])
        if group["Protocol"] == "gRPC" and not listener.get("Http2Enabled", True):
            raise call.error("OperationDenied.GRPCServerGroup", "GRPCServerGroup")
    if len({group["Protocol"] for group in forwarded.values()}) > 1:
        raise call.error("OperationDenied.ProtocolMustSameForForwardGroupAction")
    for action in actions:
        for identifier in server_groups.targets([action]) if action["Type"] == "TrafficMirror" else ():
            group = server_groups.usable(call, identifier, balancer)
            if identifier in forwarded:
                raise call.error("OperationDenied.SameGroupForForwardAndMirrorAction", "SameGroup")
            if group["ServerGroupType"] == "Ip":
                raise call.error("OperationDenied.IpGroupCanNotUsedForMirrorAction", "IpGroup")
            if group["Protocol"] != "HTTP":
                raise call.error("OperationDenied.MirrorActionSupportHttpGroupOnly")


OPERATIONS = {
    "CreateRule": write(create, params.CREATE_RULE),
    "UpdateRuleAttribute": write(update, params.UPDATE_RULE),
    "DeleteRule": write(delete, params.DELETE_RULE),
    "ListRules": read(listing, params.LIST_RULES),
}
