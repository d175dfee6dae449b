# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control plane tells the data plane: plain, immutable values with no trace of the API they came from.

The control plane builds a :class:`Topology` out of its store after every change that clients could notice; the data
plane makes it so. Nothing flows back but :class:`ServerHealth`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class HealthCheck:
    """Active health check of a server group (fields as in ``HealthCheckConfig`` of CreateServerGroup)."""

    enabled: bool
    protocol: str = "HTTP"  # HTTP, HTTPS, TCP or gRPC
    port: int = 0  # 0: the server's own port
    path: str = "/"  # of gRPC: / stands for the standard health service
    host: str = ""  # empty: the server's address
    method: str = "HEAD"
    http_version: str = "HTTP1.1"  # HTTP1.0 or HTTP1.1
    codes: tuple[str, ...] = ("http_2xx",)  # of gRPC: statuses and ranges, "0" or "0-99"
    interval: float = 2.0  # seconds
    timeout: float = 5.0  # seconds
    healthy_threshold: int = 3
    unhealthy_threshold: int = 3


@dataclass(frozen=True)
class Server:
    """One backend: where it really listens, and its share of the traffic (weight 0 to 100)."""

    server_id: str
    address: str
    port: int
    weight: int = 100


@dataclass(frozen=True)
class ServerGroup:
    """Backends that share a protocol (HTTP, HTTPS or gRPC), a scheduler (Wrr, Wlc or Sch) and a health check."""

    server_group_id: str
    protocol: str
    scheduler: str
    servers: tuple[Server, ...]
    health_check: HealthCheck
    sticky: int = 0  # seconds that a client stays with its server, by a cookie; 0: it does not
    sticky_cookie: str = ""  # a cookie of the application: a client stays as long as it has that
    hash_parameter: str = ""  # with Sch: the query parameter that is hashed, and not the client's address
    drain: int = 0  # seconds that requests in flight have to end when their server is taken out


@dataclass(frozen=True)
class Certificate:
    """A certificate chain (leaf first) with its private key, both PEM."""

    certificate_id: str
    chain_pem: str
    key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Condition:
    """What a rule asks for: one of several values.

    ``type`` is Host, Path, Header, QueryString, Method, Cookie, SourceIp, ResponseHeader or ResponseStatusCode.
    ``key`` is the name of a header. Query strings and cookies have ``pairs`` of key and value, the others ``values``.
    """

    type: str
    values: tuple[str, ...] = ()
    key: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Action:
    """What a rule does: its type, and what ``RuleActions`` of CreateRule has in the ``Config`` of that type.

    Types are ForwardGroup, Redirect, FixedResponse, Rewrite, InsertHeader, RemoveHeader, TrafficLimit, TrafficMirror
    and Cors; rules for responses know InsertHeader, RemoveHeader and FixedResponse.
    """

    type: str
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def server_group_ids(self) -> tuple[str, ...]:
        """The server groups that it sends requests to, mirrored ones included."""
        config = self.config.get("MirrorGroupConfig", self.config)
        return tuple(each["ServerGroupId"] for each in config.get("ServerGroupTuples", ()))


@dataclass(frozen=True)
class Rule:
    """A forwarding rule: all of its conditions have to hold. ``actions`` are in the order in which they are done."""

    rule_id: str
    priority: int  # the smallest one of a listener is asked first
    direction: str  # Request or Response
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Listener:
    """A listener that accepts connections. ``certificates[0]`` is the default, the others are chosen by SNI."""

    listener_id: str
    protocol: str  # HTTP, HTTPS or QUIC
    port: int
    server_group_id: str
    certificates: tuple[Certificate, ...] = ()
    client_ca_pem: str | None = None  # None: one-way authentication
    tls_versions: tuple[str, ...] = ()  # TLSv1.0 ... TLSv1.3
    ciphers: tuple[str, ...] = ()  # OpenSSL names; TLS 1.3 suites with their TLS_ names
    http2: bool = True
    gzip: bool = True
    idle_timeout: int = 15  # seconds
    request_timeout: int = 60  # seconds
    x_forwarded_for: Mapping[str, str | bool] = field(default_factory=dict)  # XForwardedForConfig, wire names
    acl_type: str = ""  # White, Black, or empty: no access control list
    acl_entries: tuple[str, ...] = ()  # IPv4 addresses and CIDR blocks
    rules: tuple[Rule, ...] = ()  # in the order of their priority

    @property
    def server_group_ids(self) -> tuple[str, ...]:
        """The server groups that get traffic from it, each once."""
        of_rules = (name for rule in self.rules for action in rule.actions for name in action.server_group_ids)
        return tuple(dict.fromkeys((self.server_group_id, *of_rules)))


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer with its own address on this machine and the listeners that are running on it."""

    load_balancer_id: str
    address: str
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Topology:
    """Everything the data plane is to serve."""

    load_balancers: tuple[LoadBalancer, ...] = ()
    server_groups: tuple[ServerGroup, ...] = ()


@dataclass(frozen=True)
class ServerHealth:
    """Outcome of the health checks for one server of a group.

    ``status`` is Normal, Initial, Unhealthy, Unused or Unavailable; ``reason_code`` is one of the ReasonCode values
    of GetListenerHealthStatus, or empty for a normal server.
    """

    server_group_id: str
    server_id: str
    port: int
    status: str
    reason_code: str = ""
