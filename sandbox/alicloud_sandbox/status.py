# SPDX-License-Identifier: GPL-3.0-or-later
"""The status page: what the account has, how its servers are, and the last requests, as one HTML page.

Every row is made of fields that are named here, so that no private key and no secret can get onto the page.
"""

from __future__ import annotations

import functools
import time
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from . import __version__, kinds
from .alb import server_groups
from .cloud import Cloud, address
from .store import Doc, Store
from .topology import ServerHealth

if t.TYPE_CHECKING:
    from jinja2 import Template

MOST_ROWS = 100  # of a table
_MOST_SERVERS = 10  # of a server group
_SOON = 30  # days
_DAY = 86_400

_Row = dict[str, t.Any]
_Health = dict[tuple[str, str, int | None], ServerHealth]


@dataclass(frozen=True)
class Table:
    """The first rows of a table, and the number of all."""

    rows: list[_Row]
    total: int

    @property
    def left_out(self) -> int:
        """The number of rows that are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Status:
    """Everything that the page shows, as plain data without secrets."""

    facts: _Row
    load_balancers: Table
    listeners: Table
    server_groups: Table
    certificates: Table
    ca_certificates: Table
    private_cas: Table
    records: Table
    requests: Table
    unhealthy: int  # servers
    expiring: int  # certificates that are expired, or will be within 30 days


def page(cloud: Cloud, language: str) -> str:
    """Returns the status page as HTML, in ``language`` (``en`` or ``zh``)."""
    return _template().render(status=gather(cloud), zh=language == "zh", soon=_SOON)


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # needed with the page alone

    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("status.html.j2")


def gather(cloud: Cloud) -> Status:
    """Returns the content of the page."""
    health: _Health = {(item.server_group_id, item.server_id, item.port): item for item in cloud.jobs.health()}
    store = cloud.store
    with store.transaction():
        docs = {kind: store.select(kind, {}) for kind in (kinds.CERTIFICATE, kinds.CA_CERTIFICATE)}
        certificates = [_certificate(doc) for doc in docs[kinds.CERTIFICATE]]
        uploaded = [_ca_certificate(store, doc) for doc in docs[kinds.CA_CERTIFICATE] if "WhId" in doc]
        private = [_private_ca(doc) for doc in docs[kinds.CA_CERTIFICATE] if "WhId" not in doc]
        valid = [row for row in private if row["status"] == "ISSUE"]
        return Status(
            facts=_facts(cloud),
            load_balancers=_table(store, kinds.LOAD_BALANCER, _load_balancers(store)),
            listeners=_table(store, kinds.LISTENER, lambda doc: _listener(store, doc)),
            server_groups=_table(store, kinds.SERVER_GROUP, lambda doc: _server_group(doc, health)),
            certificates=_first(certificates),
            ca_certificates=_first(uploaded),
            private_cas=_first(private),
            records=_table(store, kinds.RECORD, _record),
            requests=_requests(store),
            unhealthy=sum(item.status == "Unhealthy" for item in health.values()),
            expiring=sum(row["days"] < _SOON for row in (*certificates, *uploaded, *valid)),
        )


def _facts(cloud: Cloud) -> _Row:
    settings = cloud.settings
    return {
        "url": settings.url,
        "version": __version__,
        "now": _moment(time.time()),
        "region": settings.region,
        "strict": settings.strict,
        "dns": address(settings.host, cloud.dns_port) if cloud.dns_port else "",
        "data_plane": settings.data_plane,
        "address_pool": settings.address_pool,
        "jobs": cloud.store.next_job() is not None,
        "problem": cloud.jobs.problem,
    }


def _table(store: Store, kind: str, row: Callable[[Doc], _Row]) -> Table:
    docs = store.select(kind, {})
    return Table([row(doc) for doc in docs[:MOST_ROWS]], len(docs))


def _first(rows: Sequence[_Row]) -> Table:
    """Returns the rows that expire first."""
    return Table(sorted(rows, key=lambda row: row["days"])[:MOST_ROWS], len(rows))


def _load_balancers(store: Store) -> Callable[[Doc], _Row]:
    listeners = store.counts(kinds.LISTENER, "LoadBalancerId")

    def row(doc: Doc) -> _Row:
        found = [each for zone in doc["ZoneMappings"] for each in zone["LoadBalancerAddresses"]]
        return {
            **_named(doc, "LoadBalancer"),
            "status": doc["LoadBalancerStatus"],
            "dns_name": doc["DNSName"],
            "addresses": list(dict.fromkeys(each["Address"] for each in found)),
            "region": doc["RegionId"],
            "edition": doc["LoadBalancerEdition"],
            "listeners": listeners.get(doc["LoadBalancerId"], 0),
        }

    return row


def _listener(store: Store, doc: Doc) -> _Row:
    balancer = store.get(kinds.LOAD_BALANCER, doc["LoadBalancerId"])
    group = store.get(kinds.SERVER_GROUP, server_groups.forwards_to(doc))
    used = [item["CertificateId"] for item in [*doc.get("Certificates", []), *doc["_additional"]]]
    trusted = [item["CertificateId"] for item in doc.get("CaCertificates", [])] if doc["CaEnabled"] else []
    return {
        "id": doc["ListenerId"],
        "load_balancer": balancer["LoadBalancerName"] if balancer else doc["LoadBalancerId"],
        "protocol": doc["ListenerProtocol"],
        "port": doc["ListenerPort"],
        "status": doc["ListenerStatus"],
        "mutual": doc["CaEnabled"],
        "cas": [_trusted(store, identifier) for identifier in trusted],
        "certificates": [_certificate_name(store, identifier) for identifier in used],
        "policy": doc.get("SecurityPolicyId", ""),
        "server_group": group["ServerGroupName"] if group else server_groups.forwards_to(doc),
    }


def _trusted(store: Store, identifier: str) -> _Row:
    ca = store.get(kinds.CA_CERTIFICATE, identifier)
    return {"name": ca["CommonName"] or identifier, **_expiry(ca["AfterDate"])} if ca else {"name": identifier}


def _certificate_name(store: Store, identifier: str) -> str:
    found = store.get(kinds.CERTIFICATE, identifier) or store.get(kinds.DELETED_CERTIFICATE, identifier)
    return str(found["Name"]) if found else identifier


def _server_group(doc: Doc, health: _Health) -> _Row:
    def row(server: Doc) -> _Row:
        found = health.get((doc["ServerGroupId"], server["ServerId"], server.get("Port")))
        return {
            "id": server["ServerId"],
            "address": address(server["ServerIp"], server["Port"]) if "Port" in server else server.get("ServerIp", ""),
            "weight": server.get("Weight"),
            "health": found.status if found else "",
            "reason": found.reason_code if found else "",
        }

    servers = sorted(map(row, doc["_servers"]), key=lambda server: server["health"] != "Unhealthy")
    return {
        **_named(doc, "ServerGroup"),
        "protocol": doc["Protocol"],
        "scheduler": doc["Scheduler"],
        "status": doc["ServerGroupStatus"],
        "checked": doc["HealthCheckConfig"]["HealthCheckEnabled"],
        "servers": servers[:_MOST_SERVERS],
        "servers_left_out": max(0, len(servers) - _MOST_SERVERS),
    }


def _certificate(doc: Doc) -> _Row:
    names = {"id": doc["CertIdentifier"], "name": doc["Name"], "common_name": doc["Common"], "names": doc["Sans"]}
    return {**names, "issuer": doc["Issuer"], "algorithm": doc["Algorithm"], **_expiry(doc["NotAfter"])}


def _ca_certificate(store: Store, doc: Doc) -> _Row:
    warehouse = store.get(kinds.WAREHOUSE, doc["WhInstanceId"])
    return {
        "id": doc["Identifier"],
        "name": doc["_name"],
        "common_name": doc["CommonName"],
        "issuer": doc["Issuer"],
        "algorithm": doc["Algorithm"],
        "repository": warehouse["Name"] if warehouse else doc["WhInstanceId"],
        **_expiry(doc["AfterDate"]),
    }


def _private_ca(doc: Doc) -> _Row:
    return {
        "id": doc["Identifier"],
        "common_name": doc["CommonName"],
        "root": doc["CertificateType"] == "ROOT",
        "status": doc["Status"],
        "algorithm": doc["FullAlgorithm"],
        "issued": doc["_issued"],
        **_expiry(doc["AfterDate"]),
    }


def _record(doc: Doc) -> _Row:
    name = doc["DomainName"] if doc["RR"] == "@" else f"{doc['RR']}.{doc['DomainName']}"
    shown = {"id": doc["RecordId"], "name": name, "type": doc["Type"], "value": doc["Value"], "ttl": doc["TTL"]}
    return {**shown, "status": doc["Status"]}


def _requests(store: Store) -> Table:
    names = ("time", "product", "action", "http_status", "code", "ignored", "duration_ms", "write")
    last, total = store.last_requests(MOST_ROWS)
    return Table([{name: entry[name] for name in names} for entry in last], total)


def _named(doc: Doc, kind: str) -> _Row:
    return {"id": doc[f"{kind}Id"], "name": doc[f"{kind}Name"]}


def _expiry(end: int) -> _Row:
    """Returns the end of validity (milliseconds since 1970) as a date, and the whole days that are left."""
    return {"expires": _moment(end / 1000)[:10], "days": int((end / 1000 - time.time()) // _DAY)}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
