# SPDX-License-Identifier: GPL-3.0-or-later
"""From the documents of the store to what the data plane serves."""

from __future__ import annotations

from .. import kinds
from .. import topology as plane
from ..store import Doc, Store
from . import acls, server_groups
from .security_policies import settings

Changes = dict[tuple[str, str], Doc | None]


def build(store: Store, changes: Changes) -> plane.Topology:
    """The topology that is live in the store, with the changes of a job that is about to complete."""

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
    listeners = [doc for doc in effective(kinds.LISTENER).values() if doc["ListenerStatus"] != "Stopped"]
    balancers = [
        plane.LoadBalancer(
            identifier,
            balancer["_address"],
            tuple(
                _listener(store, policies, lists, rules.get(doc["ListenerId"], []), doc)
                for doc in listeners
                if doc["LoadBalancerId"] == identifier
            ),
        )
        for identifier, balancer in effective(kinds.LOAD_BALANCER).items()
    ]
    groups = [_group(store, doc) for doc in effective(kinds.SERVER_GROUP).values()]
    return plane.Topology(tuple(balancers), tuple(groups))


def _listener(
    store: Store, policies: dict[str, Doc], lists: dict[str, Doc], rules: list[Doc], doc: Doc
) -> plane.Listener:
    policy = doc.get("SecurityPolicyId")
    versions, ciphers = settings(policies.get(policy), policy) if policy else ((), ())
    used = [each["CertificateId"] for each in [*doc.get("Certificates", []), *doc["_additional"]]]
    certificates = ((identifier, store.get(kinds.CERTIFICATE, identifier)) for identifier in used)
    acl_type, acl_entries = acls.entries(lists, doc)
    return plane.Listener(
        listener_id=doc["ListenerId"],
        protocol=doc["ListenerProtocol"],
        port=doc["ListenerPort"],
        server_group_id=server_groups.forwards_to(doc),
        certificates=tuple(plane.Certificate(name, cert["_pem"], cert["_key"]) for name, cert in certificates if cert),
        client_ca_pem=_client_ca(store, doc),
        tls_versions=versions,
        ciphers=ciphers,
        http2=doc.get("Http2Enabled", False),
        gzip=doc["GzipEnabled"],
        idle_timeout=doc["IdleTimeout"],
        request_timeout=doc["RequestTimeout"],
        x_forwarded_for=doc["XForwardedForConfig"],
        acl_type=acl_type,
        acl_entries=acl_entries,
        rules=tuple(_rule(each) for each in rules),
    )


def _rule(doc: Doc) -> plane.Rule:
    return plane.Rule(
        rule_id=doc["RuleId"],
        priority=doc["Priority"],
        direction=doc["Direction"],
        conditions=tuple(_condition(each["Type"], each[f"{each['Type']}Config"]) for each in doc["RuleConditions"]),
        actions=tuple(plane.Action(each["Type"], each[f"{each['Type']}Config"]) for each in doc["RuleActions"]),
    )


def _condition(kind: str, config: Doc) -> plane.Condition:
    if kind in ("QueryString", "Cookie"):
        pairs = tuple((each.get("Key", ""), each.get("Value", "")) for each in config["Values"])
        return plane.Condition(kind, pairs=pairs)
    return plane.Condition(kind, tuple(config["Values"]), config.get("Key", ""))


def _client_ca(store: Store, doc: Doc) -> str | None:
    if not doc["CaEnabled"]:
        return None
    ca = store.get(kinds.CA_CERTIFICATE, doc["CaCertificates"][0]["CertificateId"])
    # Without its CA a listener must let nobody in, not everybody.
    return str(ca["_pem"]) if ca else ""


def _group(store: Store, doc: Doc) -> plane.ServerGroup:
    check = doc["HealthCheckConfig"]
    servers = tuple(
        plane.Server(each["ServerId"], _address(store, each), each["Port"], each["Weight"])
        for each in doc["_servers"]
        if each["ServerType"] != "Fc"
    )
    health = plane.HealthCheck(enabled=False)
    if check["HealthCheckEnabled"]:
        health = plane.HealthCheck(
            enabled=True,
            protocol=check["HealthCheckProtocol"],
            port=check["HealthCheckConnectPort"],
            path=check["HealthCheckPath"],
            host=check.get("HealthCheckHost", ""),
            method=check["HealthCheckMethod"],
            http_version=check.get("HealthCheckHttpVersion", "HTTP1.1"),
            codes=tuple(check["HealthCheckCodes"]),
            interval=check["HealthCheckInterval"],
            timeout=check["HealthCheckTimeout"],
            healthy_threshold=check["HealthyThreshold"],
            unhealthy_threshold=check["UnhealthyThreshold"],
        )
    seconds, cookie = _sticky(doc["StickySessionConfig"])
    drain = doc["ConnectionDrainConfig"]
    return plane.ServerGroup(
        doc["ServerGroupId"],
        doc["Protocol"],
        doc["Scheduler"],
        servers,
        health,
        sticky=seconds,
        sticky_cookie=cookie,
        hash_parameter=doc.get("UchConfig", {}).get("Value", ""),
        drain=drain.get("ConnectionDrainTimeout", 300) if drain.get("ConnectionDrainEnabled") else 0,
    )


def _sticky(config: Doc) -> tuple[int, str]:
    """How long a client stays with its server, or the cookie of the application that it stays as long as."""
    if not config.get("StickySessionEnabled"):
        return 0, ""
    if config.get("StickySessionType", "Insert") == "Insert":
        return config.get("CookieTimeout", 1000), ""
    return 0, config.get("Cookie", "")


def _address(store: Store, server: Doc) -> str:
    # An instance that was registered again, with another address, is found there.
    kind = server["ServerType"]
    instance = store.get(kind.lower(), server["ServerId"]) if kind in ("Ecs", "Eci") else None
    return str(instance["address"] if instance else server["ServerIp"])
