# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a topology as an Nginx configuration. Pure: no file is written, and no process is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..topology import HeaderOfRequest, InsertHeader, Listener, LoadBalancer, RemoveHeader, ServerGroup, Topology
from .errors import DataPlaneError
from .forwarding import forward, loop_guard, request_headers
from .matching import PATH, first_match
from .quoting import Declarations, block, digest, host_port, network, variable
from .response_rules import response_headers
from .rules import location_name, locations
from .tls import DIRECTORY, certificate_lines, tls_lines, virtual_hosts
from .upstreams import ServerKey, target, upstreams

# Text types that ALB compresses beside text/html. Source: help page create-and-manage-listeners, "Data Compression".
_GZIP_TYPES = (
    "text/xml text/plain text/css application/javascript application/x-javascript application/rss+xml "
    "application/atom+xml application/xml application/json"
)

# Directory below the prefix with a file for each generation whose clients are asked to close their connections.
CLOSING = "closing"

# A placeholder for the generation, as DIRECTORY is one.
_GENERATION = "\0generation\0"

# Statuses that lead from one location to another. A fixed response with such a status has a text and does not.
_ROUTE, _CLOSE = 590, 591
# Connections to clients and servers at one time. Nginx needs one more for each socket that it listens on.
_CONNECTIONS = 4096
_DEFAULT = "@default"


@dataclass(frozen=True)
class Rendered:
    """A configuration: its files, ``nginx.conf`` among them, and a digest of them all (``generation``).

    Files refer to each other below ``directory``, which has the digest in its name.
    """

    generation: str
    directory: Path
    files: Mapping[str, str]


def endpoints(topology: Topology) -> set[tuple[str, int]]:
    """Returns the pairs of address and port that Nginx has to listen on."""
    return {(address, listener.port) for balancer, listener in _served(topology) for address in balancer.addresses}


def render(topology: Topology, unhealthy: frozenset[ServerKey], version: tuple[int, ...], parent: Path) -> Rendered:
    """Renders ``topology`` without the ``unhealthy`` servers for this Nginx ``version``.

    Raises DataPlaneError for values that must not reach a configuration file (they would change its meaning).
    """
    files: dict[str, str] = {}
    declared: Declarations = {}
    groups = {group.server_group_id: group for group in topology.server_groups}
    served = list(_served(topology))
    servers = [
        server
        for balancer, listener in served
        for server in _server_blocks(balancer, listener, groups, version, files, declared)
    ]
    used = {identifier for _balancer, listener in served for identifier in listener.server_group_ids}
    balanced = [
        line
        for identifier, group in groups.items()
        if identifier in used
        for line in upstreams(group, unhealthy, declared)
    ]
    skipped = [
        f"# Not served: {listener.listener_id}, {listener.protocol} on port {listener.port}."
        for balancer in topology.load_balancers
        for listener in balancer.listeners
        if listener.protocol == "QUIC"
    ]
    # Requests in flight can end when Nginx takes a new configuration.
    shutdown_timeout = max([10, *(item.request_timeout for _, item in served), *(groups[name].drain for name in used)])
    body = "\n".join([*skipped, *declared.values(), *balanced, *servers])
    generation = digest(version, shutdown_timeout, body, *(f"{n}\0{t}" for n, t in files.items()))[:16]
    directory = parent / generation
    connections = _CONNECTIONS + len(endpoints(topology)) + 1
    main = _MAIN.format(generation=generation, shutdown_timeout=int(shutdown_timeout), connections=connections)
    main = main.replace("@BODY@", body)
    files["nginx.conf"] = main.replace(DIRECTORY, str(directory)).replace(_GENERATION, generation)
    return Rendered(generation, directory, files)


# A line of the head of a request, be it the first one or a header, has 32 KB at most: 414 and 400 (help page
# alb-status-codes, 2026-02-03). TRACE is 405 with Nginx as with ALB.
# One worker: round robin stays strict, and after a reload one old process has to quit. If the sandbox runs as root,
# workers have another user without rights to the directories above the prefix: all paths are below their working
# directory. `status.sock` is relative because the path of a socket is limited to 108 bytes: Nginx runs with its prefix
# as working directory.
_MAIN = """\
worker_processes 1;
worker_shutdown_timeout {shutdown_timeout}s;
daemon on;
pid nginx.pid;
error_log error.log notice;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    client_body_temp_path /proc/self/cwd/temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    proxy_max_temp_file_size 0;
    proxy_request_buffering off;
    client_max_body_size 0;
    client_header_buffer_size 4k;
    large_client_header_buffers 4 32k;
    server_names_hash_bucket_size 512;
    map_hash_bucket_size 256;
    map_hash_max_size 8192;
    variables_hash_bucket_size 128;
    variables_hash_max_size 8192;
    recursive_error_pages on;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    map $request_uri $path_sent {{ "~^(?<path_sent_is>[^?]*)" $path_sent_is; }}
    server {{
        listen unix:status.sock;
        location / {{ return 200 {generation}; }}
        location /connections {{ stub_status; }}
    }}
@BODY@
}}
"""


def _served(topology: Topology) -> Iterator[tuple[LoadBalancer, Listener]]:
    for balancer in topology.load_balancers:
        for listener in balancer.listeners:
            if listener.protocol != "QUIC":
                yield balancer, listener


def _server_blocks(
    balancer: LoadBalancer,
    listener: Listener,
    groups: Mapping[str, ServerGroup],
    version: tuple[int, ...],
    files: dict[str, str],
    declared: Declarations,
) -> Iterator[str]:
    """Yields a block for each set of server names; a listener without TLS has one block."""
    places = [host_port(address, listener.port) for address in balancer.addresses]
    common = [
        f"keepalive_timeout {int(listener.idle_timeout)}s;",
        *(["gzip on;", "gzip_proxied any;", f"gzip_types {_GZIP_TYPES};"] if listener.gzip else []),
        *(["underscores_in_headers on;"] if _has_underscores(listener) else []),
        *(line for part in _locations(balancer, listener, groups, declared) for line in part.splitlines()),
    ]
    if listener.protocol == "HTTP":
        yield block("server", [*_listen(places, " default_server"), "server_name _;", *common])
        return
    if not listener.certificates:
        raise DataPlaneError(f"listener {listener.listener_id}: an HTTPS listener needs a server certificate")
    http2_in_listen = " http2" if listener.http2 and version < (1, 25, 1) else ""
    tls = tls_lines(listener, version, files)
    if listener.http2 and not http2_in_listen:
        tls.append("http2 on;")
    vhosts = virtual_hosts(listener.certificates)
    for index, (names, certificates) in enumerate(vhosts):
        # A single block takes every name. With several, the default one claims its names before wildcards of others.
        claimed = sorted(names) if len(vhosts) > 1 else []
        yield block(
            "server",
            [
                *_listen(places, f" ssl{http2_in_listen}{' default_server' if index == 0 else ''}"),
                f"server_name {' '.join([*claimed, '_'] if index == 0 else claimed)};",
                *(line for certificate in certificates for line in certificate_lines(certificate, files)),
                *tls,
                *common,
            ],
        )


def _listen(places: list[str], options: str) -> list[str]:
    """Returns a directive for each address of a load balancer."""
    return [f"listen {place}{options};" for place in places]


def _has_underscores(listener: Listener) -> bool:
    """Tells whether a rule names a header with an underscore, which Nginx ignores by default."""
    names = [condition.key for rule in listener.rules for condition in rule.conditions]
    for action in (action for rule in listener.rules for action in rule.actions):
        if isinstance(action, (InsertHeader, RemoveHeader)):
            names.append(action.name)
        if isinstance(action, InsertHeader) and isinstance(action.value, HeaderOfRequest):
            names.append(action.value.name)
    return any("_" in name for name in names)


def _locations(
    balancer: LoadBalancer, listener: Listener, groups: Mapping[str, ServerGroup], declared: Declarations
) -> Iterator[str]:
    """Yields the locations of a listener: the entrance, the default, and one or more for each rule for requests."""
    if missing := [name for name in listener.server_group_ids if name not in groups]:
        raise DataPlaneError(f"listener {listener.listener_id}: there is no server group {missing[0]}")
    rules = sorted(listener.rules, key=lambda rule: rule.priority)
    of_requests = tuple(rule for rule in rules if not rule.for_responses)
    of_responses = tuple(rule for rule in rules if rule.for_responses)
    route = _DEFAULT
    if of_requests:
        first, route = first_match(of_requests, declared), variable("$route", listener.listener_id)
        cases = [f'"{index};" {location_name(listener, rule)};' for index, rule in enumerate(of_requests)]
        declared[route] = block(f"map {first} {route}", [f"default {_DEFAULT};", *cases])
    closing = f"/proc/self/cwd/{CLOSING}/{_GENERATION}"
    yield f"error_page {_ROUTE} = {route};"
    yield f"error_page {_CLOSE} = @close;"
    # At its end a generation asks its clients to close their connections; see Nginx.install.
    entrance = [f"set {PATH} $uri;", *_access(listener, declared), loop_guard(balancer)]
    entrance += [f'if (-f "{closing}") {{ return {_CLOSE}; }}', f"return {_ROUTE};"]
    yield block("location /", entrance)
    yield block("location @close", ["keepalive_timeout 0;", f"return {_ROUTE};"])
    changed = response_headers(balancer, listener, of_responses, declared)
    goal = target(groups[listener.server_group_id])
    cookies = [f"add_header Set-Cookie {cookie} always;" for cookie in goal.cookies]
    headers = request_headers(balancer, listener)
    yield block(f"location {_DEFAULT}", [*cookies, *changed, *forward(goal, listener, headers)])
    for rule in of_requests:
        yield from locations(balancer, listener, rule, groups, changed, declared)


def _access(listener: Listener, declared: Declarations) -> Iterator[str]:
    """Yields the directive that refuses clients by their address, if the listener refuses any."""
    networks = listener.allowed_networks or listener.refused_networks
    if not networks:
        return
    listed, others = (0, 1) if listener.allowed_networks else (1, 0)
    name = variable("refused", listener.listener_id)
    entries = dict.fromkeys(f"{network(entry)} {listed};" for entry in networks)
    declared[name] = block(f"geo ${name}", [f"default {others};", *entries])
    yield f"if (${name}) {{ return 403; }}"
