# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control plane tells the data plane: plain, immutable values in words of their own.

The control plane builds a :class:`Topology` from its store after every change that clients could notice (for ALB:
``alb/compile.py``, the only module that knows both vocabularies); the data plane serves it. Only :class:`ServerHealth`
flows back, with the states and reason codes of GetListenerHealthStatus.

Texts of redirects and rewrites are templates: ``${host}``, ``${path}``, ``${query}``, ``${protocol}`` and ``${port}``
stand for the parts of the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Fact(Enum):
    """A fact about a request that a header can carry to the servers."""

    CLIENT_ADDRESS = "client address"
    CLIENT_PORT = "client port"
    HOST = "host"
    LISTENER_PORT = "listener port"
    LOAD_BALANCER_ID = "load balancer id"
    PROTOCOL = "protocol"  # of the listener: HTTP or HTTPS
    SCHEME = "scheme"  # http or https
    CERTIFICATE_SUBJECT = "certificate subject"
    CERTIFICATE_ISSUER = "certificate issuer"
    CERTIFICATE_FINGERPRINT = "certificate fingerprint"
    CERTIFICATE_VERIFICATION = "certificate verification"


class ForwardedFor(Enum):
    """What a listener does with the header X-Forwarded-For of a request."""

    KEEP = "keep"
    APPEND = "append"
    REMOVE = "remove"


class Balancing(Enum):
    """How a server group shares its requests out."""

    ROUND_ROBIN = "round robin"
    LEAST_CONNECTIONS = "least connections"
    HASH = "hash"


class Subject(Enum):
    """The part of a request or response that a condition looks at."""

    COOKIE = "cookie"
    HEADER = "header"
    HOST = "host"
    METHOD = "method"
    PATH = "path"
    QUERY = "query"
    SOURCE = "source"
    RESPONSE_HEADER = "response header"
    RESPONSE_STATUS = "response status"


@dataclass(frozen=True)
class HealthCheck:
    """Active health check of a server group."""

    enabled: bool
    protocol: str = "HTTP"  # HTTP, HTTPS, TCP or gRPC
    port: int = 0  # 0: the server's own port
    path: str = "/"  # of gRPC: / stands for the standard health service
    host: str = ""  # empty: the server's address
    method: str = "HEAD"
    http_version: str = "1.1"  # 1.0 or 1.1
    statuses: tuple[tuple[int, int], ...] = ((200, 299),)  # ranges of the statuses of a healthy server
    interval: float = 2.0  # seconds
    timeout: float = 5.0  # seconds
    healthy_threshold: int = 3
    unhealthy_threshold: int = 3


@dataclass(frozen=True)
class Server:
    """One backend: the address it really listens on, and its share of the traffic (weight 0 to 100)."""

    server_id: str
    address: str
    port: int
    weight: int = 100


@dataclass(frozen=True)
class ServerGroup:
    """Servers with one protocol (HTTP, HTTPS or gRPC), one way of balancing and one health check."""

    server_group_id: str
    protocol: str
    balancing: Balancing
    servers: tuple[Server, ...]
    health_check: HealthCheck
    sticky: int = 0  # seconds that a client stays with its server, by a cookie; 0: it does not
    sticky_cookie: str = ""  # a cookie of the application: a client stays with its server as long as it has the cookie
    hash_parameter: str = ""  # query parameter that is hashed; empty: the client's address
    drain: int = 0  # seconds that requests in flight have to end when their server is taken out


@dataclass(frozen=True)
class Certificate:
    """A certificate chain (end entity first) with its private key, both PEM."""

    certificate_id: str
    chain_pem: str
    key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Condition:
    """Holds when the subject has one of several values.

    ``key`` is the name of a header. Query strings and cookies have ``pairs`` of key and value, the others ``values``.
    """

    subject: Subject
    values: tuple[str, ...] = ()
    key: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Forward:
    """Sends a request to one of several server groups: their ids, with weights."""

    weights: tuple[tuple[str, int], ...]
    sticky: int = 0  # seconds that a client stays with its server group, by a cookie; 0: it does not

    @property
    def server_group_ids(self) -> tuple[str, ...]:
        """The ids of the server groups, also of those with weight 0."""
        return tuple(identifier for identifier, _weight in self.weights)


@dataclass(frozen=True)
class Redirect:
    """Answers with a redirect. An empty scheme and the port 0 stand for those of the listener."""

    status: int = 301
    scheme: str = ""  # http or https
    host: str = "${host}"
    port: int = 0
    path: str = "${path}"
    query: str = "${query}"


@dataclass(frozen=True)
class FixedResponse:
    """Answers with a fixed text."""

    status: int
    content: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True)
class Rewrite:
    """Changes host, path and query of a request before it is forwarded."""

    host: str = "${host}"
    path: str = "${path}"
    query: str = "${query}"


@dataclass(frozen=True)
class HeaderOfRequest:
    """The value of a header of the request."""

    name: str


@dataclass(frozen=True)
class InsertHeader:
    """Adds a header; one that is there already is replaced only with ``overwrite``."""

    name: str
    value: str | HeaderOfRequest | Fact
    overwrite: bool = False


@dataclass(frozen=True)
class RemoveHeader:
    """Removes a header."""

    name: str


@dataclass(frozen=True)
class LimitRate:
    """Refuses more requests per second than these, of all clients and of one address; 0: no limit."""

    per_second: int = 0
    per_second_and_client: int = 0


@dataclass(frozen=True)
class Mirror:
    """Sends a copy of a request to server groups as well."""

    server_group_ids: tuple[str, ...]


@dataclass(frozen=True)
class AllowOrigins:
    """Answers cross-origin requests (CORS) of these origins; ``max_age`` in seconds, None: not sent."""

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None


Answer = Forward | Redirect | FixedResponse
Action = Answer | Rewrite | InsertHeader | RemoveHeader | LimitRate | Mirror | AllowOrigins


@dataclass(frozen=True)
class Rule:
    """A forwarding rule: all of its conditions have to hold. Its actions are done in their order.

    A rule for requests has one action that answers; a rule for responses inserts and removes headers.
    """

    rule_id: str
    priority: int  # the rule of a listener with the smallest number is tried first
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    for_responses: bool = False

    @property
    def server_group_ids(self) -> tuple[str, ...]:
        """The ids of the server groups that get requests from the rule, also copies of requests."""
        groups = (action.server_group_ids for action in self.actions if isinstance(action, (Forward, Mirror)))
        return tuple(identifier for item in groups for identifier in item)


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
    forwarded_for: ForwardedFor = ForwardedFor.APPEND
    request_headers: tuple[tuple[str, Fact], ...] = ()  # headers that are added to every request
    allowed_networks: tuple[str, ...] = ()  # IPv4 addresses and CIDR blocks that alone are let in; empty: all are
    refused_networks: tuple[str, ...] = ()  # IPv4 addresses and CIDR blocks that are kept out
    rules: tuple[Rule, ...] = ()  # in the order of their priority

    @property
    def server_group_ids(self) -> tuple[str, ...]:
        """The ids of the server groups that get requests from the listener and its rules, each once."""
        of_rules = (identifier for rule in self.rules for identifier in rule.server_group_ids)
        return tuple(dict.fromkeys((self.server_group_id, *of_rules)))


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer: its own addresses on this machine, one for each zone, and its running listeners."""

    load_balancer_id: str
    addresses: tuple[str, ...]
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Topology:
    """Everything that the data plane has to serve."""

    load_balancers: tuple[LoadBalancer, ...] = ()
    server_groups: tuple[ServerGroup, ...] = ()


@dataclass(frozen=True)
class ServerHealth:
    """Outcome of the health checks of one server in a group.

    ``status`` is Normal, Initial, Unhealthy, Unused or Unavailable; ``reason_code`` is one of the ReasonCode values
    of GetListenerHealthStatus, or empty for a normal server; ``answered`` is the status of an answer that was not the
    expected one, or empty.
    """

    server_group_id: str
    server_id: str
    port: int
    status: str
    reason_code: str = ""
    answered: str = ""
