# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles documents of the store into a topology: from the words of the API to those of the data plane."""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable

from .. import kinds, topology
from ..jobs import Changes
from ..store import Doc, Store
from ..topology import Balancing, Condition, Fact, ForwardedFor, Subject
from . import acls, load_balancers, server_groups
from .security_policies import settings

# XForwardedForConfig: the field without its prefix, the header and its value. Source: ALB 2020-06-16, CreateListener.
_HEADERS = (
    ("ClientSrcPort", "X-Forwarded-Client-srcport", Fact.CLIENT_PORT),
    ("Proto", "X-Forwarded-Proto", Fact.SCHEME),
    ("Host", "X-Forwarded-Host", Fact.HOST),
    ("SLBPort", "X-Forwarded-Port", Fact.LISTENER_PORT),
    ("SLBId", "SLB-ID", Fact.LOAD_BALANCER_ID),
)
_CERTIFICATE_HEADERS = (
    ("ClientCertSubjectDN", "X-Forwarded-Clientcert-subjectdn", Fact.CERTIFICATE_SUBJECT),
    ("ClientCertIssuerDN", "X-Forwarded-Clientcert-issuerdn", Fact.CERTIFICATE_ISSUER),
    ("ClientCertFingerprint", "X-Forwarded-Clientcert-fingerprint", Fact.CERTIFICATE_FINGERPRINT),
    ("ClientCertClientVerify", "X-Forwarded-Clientcert-clientverify", Fact.CERTIFICATE_VERIFICATION),
)
# System-defined values of InsertHeader. Source: ALB 2020-06-16, CreateRule.
_SYSTEM_VALUES = {
    "ClientSrcPort": Fact.CLIENT_PORT,
    "ClientSrcIp": Fact.CLIENT_ADDRESS,
    "Protocol": Fact.PROTOCOL,
    "SLBId": Fact.LOAD_BALANCER_ID,
    "SLBPort": Fact.LISTENER_PORT,
}
_SUBJECTS = {
    "Cookie": Subject.COOKIE,
    "Header": Subject.HEADER,
    "Host": Subject.HOST,
    "Method": Subject.METHOD,
    "Path": Subject.PATH,
    "QueryString": Subject.QUERY,
    "SourceIp": Subject.SOURCE,
    "ResponseHeader": Subject.RESPONSE_HEADER,
    "ResponseStatusCode": Subject.RESPONSE_STATUS,
}
_BALANCING = {
    "Wrr": Balancing.ROUND_ROBIN,
    "Wlc": Balancing.LEAST_CONNECTIONS,
    "Sch": Balancing.HASH,
    "Uch": Balancing.HASH,
}


def build(store: Store, changes: Changes) -> topology.Topology:
    """Returns the topology that is served, with the changes of a job that is about to complete.

    Raises ValueError for a rule that the data plane has no words for.
    """

    def effective(kind: str) -> dict[str, Doc]:
        docs = store.served(kind)
        for (changed, identifier), doc in changes.items():
            if changed == kind and doc is None:
                docs.pop(identifier, None)
            elif changed == kind and doc is not None:
                docs[identifier] = doc
        return docs

    policies = effective(kinds.SECURITY_POLICY)
    lists = effective(kinds.ACL)
    rules: dict[str, list[Doc]] = {}
    for rule in sorted(effective(kinds.RULE).values(), key=lambda doc: int(doc["Priority"])):
        rules.setdefault(rule["ListenerId"], []).append(rule)
    listeners: dict[str, list[Doc]] = {}
    for doc in effective(kinds.LISTENER).values():
        if doc["ListenerStatus"] != "Stopped":
            listeners.setdefault(doc["LoadBalancerId"], []).append(doc)
    balancers = [
        topology.LoadBalancer(
            identifier,
            load_balancers.addresses(balancer),
            tuple(
                _listener(store, policies, lists, rules.get(doc["ListenerId"], []), doc)
                for doc in listeners.get(identifier, [])
            ),
        )
        for identifier, balancer in effective(kinds.LOAD_BALANCER).items()
    ]
    may_reach = _registered(store)
    groups = [_group(store, doc, may_reach) for doc in effective(kinds.SERVER_GROUP).values()]
    return topology.Topology(tuple(balancers), tuple(groups))


# -- listeners ---------------------------------------------------------------------------------------------------------


def _listener(
    store: Store, policies: dict[str, Doc], lists: dict[str, Doc], rules: list[Doc], doc: Doc
) -> topology.Listener:
    policy = doc.get("SecurityPolicyId")
    versions, ciphers = settings(policies.get(policy), policy) if policy else ((), ())
    used = [item["CertificateId"] for item in [*doc.get("Certificates", []), *doc["_additional"]]]
    found = ((identifier, _certificate(store, identifier)) for identifier in used)
    # A list without an entry keeps nobody out, whatever its type (AssociateAclsWithListener).
    acl_type, networks = acls.entries(lists, doc)
    return topology.Listener(
        listener_id=doc["ListenerId"],
        protocol=doc["ListenerProtocol"],
        port=doc["ListenerPort"],
        server_group_id=server_groups.forwards_to(doc),
        certificates=tuple(topology.Certificate(name, cert["_pem"], cert["_key"]) for name, cert in found if cert),
        client_ca_pem=_client_ca(store, doc),
        tls_versions=versions,
        ciphers=ciphers,
        http2=doc.get("Http2Enabled", False),
        gzip=doc["GzipEnabled"],
        idle_timeout=doc["IdleTimeout"],
        request_timeout=doc["RequestTimeout"],
        forwarded_for=forwarded_for(doc["XForwardedForConfig"]),
        request_headers=request_headers(doc["XForwardedForConfig"], doc["ListenerProtocol"]),
        allowed_networks=networks if acl_type == "White" else (),
        refused_networks=networks if acl_type == "Black" else (),
        rules=tuple(_rule(rule) for rule in rules),
    )


def _certificate(store: Store, identifier: str) -> Doc | None:
    return store.get(kinds.CERTIFICATE, identifier) or store.get(kinds.DELETED_CERTIFICATE, identifier)


def _client_ca(store: Store, doc: Doc) -> str | None:
    if not doc["CaEnabled"]:
        return None
    ca = store.get(kinds.CA_CERTIFICATE, doc["CaCertificates"][0]["CertificateId"])
    # A listener whose CA is missing must refuse every client, and not let everybody in.
    return str(ca["_pem"]) if ca else ""


def forwarded_for(config: Doc) -> ForwardedFor:
    """Returns what XForwardedForConfig says about X-Forwarded-For."""
    if not config.get("XForwardedForEnabled", True):
        return ForwardedFor.KEEP
    removed = config.get("XForwardedForProcessingMode") == "remove"
    return ForwardedFor.REMOVE if removed else ForwardedFor.APPEND


def request_headers(config: Doc, protocol: str) -> tuple[tuple[str, Fact], ...]:
    """Returns the other headers of XForwardedForConfig; those of the client's certificate for HTTPS alone."""
    known = (*_HEADERS, *(_CERTIFICATE_HEADERS if protocol == "HTTPS" else ()))
    return tuple(
        (config.get(f"XForwardedFor{field}Alias") or header, fact)
        for field, header, fact in known
        if config.get(f"XForwardedFor{field}Enabled")
    )


# -- rules -------------------------------------------------------------------------------------------------------------


def _rule(doc: Doc) -> topology.Rule:
    """Returns a rule with its actions up to the one that answers; see the assumption alb-rule-several-answers."""
    actions = [action(item) for item in doc["RuleActions"]]
    answers = [number for number, item in enumerate(actions, 1) if isinstance(item, topology.Answer)]
    return topology.Rule(
        rule_id=doc["RuleId"],
        priority=doc["Priority"],
        conditions=tuple(_condition(item["Type"], item[f"{item['Type']}Config"]) for item in doc["RuleConditions"]),
        actions=tuple(actions[: answers[0]] if answers else actions),
        for_responses=doc["Direction"] == "Response",
    )


def _condition(kind: str, config: Doc) -> Condition:
    if kind in ("QueryString", "Cookie"):
        pairs = tuple((item.get("Key", ""), item.get("Value", "")) for item in config["Values"])
        return Condition(_SUBJECTS[kind], pairs=pairs)
    return Condition(_SUBJECTS[kind], tuple(config["Values"]), config.get("Key", ""))


def action(doc: Doc) -> topology.Action:
    """Returns an item of RuleActions as an action of the data plane. Raises ValueError for an unknown system value."""
    return _ACTIONS[doc["Type"]](doc)


def _forward(doc: Doc) -> topology.Forward:
    config = doc["ForwardGroupConfig"]
    weights = tuple((item["ServerGroupId"], item.get("Weight", 100)) for item in server_groups.tuples(doc))
    sticky = config.get("ServerGroupStickySession") or {}
    return topology.Forward(weights, sticky.get("Timeout", 1000) if sticky.get("Enabled") else 0)


def _redirect(doc: Doc) -> topology.Redirect:
    config = doc["RedirectConfig"]
    return topology.Redirect(
        status=int(config["HttpCode"]),
        scheme=_unless_reference(config["Protocol"]).lower(),
        port=int(_unless_reference(config["Port"]) or 0),
        **_target(config),
    )


def _unless_reference(value: str) -> str:
    return "" if value.startswith("${") else value


def _target(config: Doc) -> dict[str, t.Any]:
    return {name: config.get(name.title()) or f"${{{name}}}" for name in ("host", "path", "query")}


def _fixed_response(doc: Doc) -> topology.FixedResponse:
    config = doc["FixedResponseConfig"]
    return topology.FixedResponse(int(config["HttpCode"]), config["Content"], config["ContentType"])


def _rewrite(doc: Doc) -> topology.Rewrite:
    return topology.Rewrite(**_target(doc["RewriteConfig"]))


def _insert_header(doc: Doc) -> topology.InsertHeader:
    config = doc["InsertHeaderConfig"]
    value: str | topology.HeaderOfRequest | Fact = config["Value"]
    if config["ValueType"] == "ReferenceHeader":
        value = topology.HeaderOfRequest(config["Value"])
    elif config["ValueType"] == "SystemDefined":
        if config["Value"] not in _SYSTEM_VALUES:
            raise ValueError(f"{config['Value']!r} is not a system-defined value; known: {', '.join(_SYSTEM_VALUES)}")
        value = _SYSTEM_VALUES[config["Value"]]
    return topology.InsertHeader(config["Key"], value, config.get("CoverEnabled", False))


def _remove_header(doc: Doc) -> topology.RemoveHeader:
    return topology.RemoveHeader(doc["RemoveHeaderConfig"]["Key"])


def _limit_rate(doc: Doc) -> topology.LimitRate:
    config = doc["TrafficLimitConfig"]
    return topology.LimitRate(config.get("QPS", 0), config.get("PerIpQps", 0))


def _mirror(doc: Doc) -> topology.Mirror:
    return topology.Mirror(tuple(item["ServerGroupId"] for item in server_groups.tuples(doc)))


def _allow_origins(doc: Doc) -> topology.AllowOrigins:
    config = doc["CorsConfig"]
    return topology.AllowOrigins(
        origins=tuple(config["AllowOrigin"]),
        methods=tuple(config.get("AllowMethods", ())),
        headers=tuple(config.get("AllowHeaders", ())),
        exposed_headers=tuple(config.get("ExposeHeaders", ())),
        credentials=config.get("AllowCredentials") == "on",
        max_age=config.get("MaxAge"),
    )


_ACTIONS: dict[str, Callable[[Doc], topology.Action]] = {
    "ForwardGroup": _forward,
    "Redirect": _redirect,
    "FixedResponse": _fixed_response,
    "Rewrite": _rewrite,
    "InsertHeader": _insert_header,
    "RemoveHeader": _remove_header,
    "TrafficLimit": _limit_rate,
    "TrafficMirror": _mirror,
    "Cors": _allow_origins,
}


# -- server groups -----------------------------------------------------------------------------------------------------


def _group(store: Store, doc: Doc, may_reach: Callable[[str], bool]) -> topology.ServerGroup:
    servers = tuple(
        topology.Server(item["ServerId"], address, item["Port"], item["Weight"])
        for item in doc["_servers"]
        if item["ServerType"] != "Fc" and may_reach(address := _address(store, item))
    )
    seconds, cookie = _sticky(doc["StickySessionConfig"])
    drain = doc["ConnectionDrainConfig"]
    return topology.ServerGroup(
        doc["ServerGroupId"],
        doc["Protocol"],
        _BALANCING[doc["Scheduler"]],
        servers,
        _health_check(doc["HealthCheckConfig"]),
        sticky=seconds,
        sticky_cookie=cookie,
        hash_parameter=doc.get("UchConfig", {}).get("Value", ""),
        drain=drain.get("ConnectionDrainTimeout", 300) if drain.get("ConnectionDrainEnabled") else 0,
    )


def _health_check(config: Doc) -> topology.HealthCheck:
    if not config["HealthCheckEnabled"]:
        return topology.HealthCheck(enabled=False)
    return topology.HealthCheck(
        enabled=True,
        protocol=config["HealthCheckProtocol"],
        port=config["HealthCheckConnectPort"],
        path=config["HealthCheckPath"],
        host=config.get("HealthCheckHost", ""),
        method=config["HealthCheckMethod"],
        http_version=config.get("HealthCheckHttpVersion", "HTTP1.1").removeprefix("HTTP"),
        statuses=tuple(range_ for code in config["HealthCheckCodes"] for range_ in statuses(code)),
        interval=config["HealthCheckInterval"],
        timeout=config["HealthCheckTimeout"],
        healthy_threshold=config["HealthyThreshold"],
        unhealthy_threshold=config["UnhealthyThreshold"],
    )


def statuses(code: str) -> list[tuple[int, int]]:
    """Returns the range of an item of HealthCheckCodes: ``http_2xx``, and for gRPC ``0`` or ``0-99``.

    Returns nothing for an item that is neither: no status is that of a healthy server then.
    """
    if code.startswith("http_") and code.endswith("xx") and code[5:-2].isdigit():
        hundred = int(code[5:-2]) * 100
        return [(hundred, hundred + 99)]
    low, _separator, high = code.partition("-")
    return [(int(low), int(high if high.isdigit() else low))] if low.isdigit() else []


def _sticky(config: Doc) -> tuple[int, str]:
    """Returns the seconds that a client stays with its server, or the cookie of the application that keeps it there."""
    if not config.get("StickySessionEnabled"):
        return 0, ""
    if config.get("StickySessionType", "Insert") == "Insert":
        return config.get("CookieTimeout", 1000), ""
    return 0, config.get("Cookie", "")


def _address(store: Store, server: Doc) -> str:
    # An instance can have been registered again, with another address.
    kind = server["ServerType"]
    instance = store.get(kind.lower(), server["ServerId"]) if kind in ("Ecs", "Eci") else None
    return str(instance["address"] if instance else server["ServerIp"])


def _registered(store: Store) -> Callable[[str], bool]:
    """Returns a function that tells whether the data plane may call an address: a loopback or a registered one."""
    instances = [doc for kind in (kinds.ECS, kinds.ECI, kinds.ENI) for doc in store.all(kind)]
    addresses = {address for doc in instances for address in (doc["address"], *doc["secondary_addresses"])}
    networks = [ipaddress.ip_network(doc["network"]) for doc in store.all(kinds.ADDRESS)]

    def may_reach(address: str) -> bool:
        ip = ipaddress.ip_address(address)
        return address in addresses or ip.is_loopback or any(ip in network for network in networks)

    return may_reach
