# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding of a request: the directives that send it to a server group, and the headers that it gets."""

from __future__ import annotations

from collections.abc import Iterator

from ..topology import Fact, ForwardedFor, HeaderOfRequest, InsertHeader, Listener, LoadBalancer
from . import certificate_forms
from .quoting import Declarations, block, header_name, header_value, header_variable, variable, word
from .upstreams import Target

# Added to every request, and detects loops. Source: help page alb-status-codes (2025-11-15).
TRACE = "ALICLOUD-ALB-TRACE"


class Headers:
    """Headers by name, in the order in which they were first set; names are compared without their case."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}

    def set(self, name: str, value: str) -> None:
        """Sets a header to a value as Nginx writes it; an empty one is not passed on."""
        self._values[name.lower()] = (header_name(name), value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values.values())


def request_headers(balancer: LoadBalancer, listener: Listener, declared: Declarations) -> Headers:
    """Returns the headers that a listener sends to its servers, rules aside.

    Raises DataPlaneError for a name that cannot be in a configuration.
    """
    headers = Headers()
    headers.set("Host", "$http_host")
    headers.set(TRACE, f"{_trace(balancer)}$request_id")
    if listener.forwarded_for is not ForwardedFor.KEEP:
        appended = listener.forwarded_for is ForwardedFor.APPEND
        headers.set("X-Forwarded-For", "$proxy_add_x_forwarded_for" if appended else "")
    for name, fact in listener.request_headers:
        headers.set(name, _fact(fact, balancer, listener, declared))
    return headers


def loop_guard(balancer: LoadBalancer) -> str:
    """Returns the directive that refuses a request which has come through the same load balancer before."""
    return f'if ({header_variable("http", TRACE)} ~ "^{_trace(balancer)}") {{ return 463; }}'


def _trace(balancer: LoadBalancer) -> str:
    """Returns the beginning of the header TRACE; Nginx writes the id of the request behind it."""
    return f"{word(balancer.load_balancer_id)}:"


def inserted_value(
    balancer: LoadBalancer, listener: Listener, action: InsertHeader, headers: str, declared: Declarations
) -> str:
    """Returns the value of an inserted header as Nginx writes it.

    ``headers`` (http or upstream_http) are those that it is inserted into. Raises DataPlaneError for values that cannot
    be in a configuration.
    """
    match action.value:
        case Fact() as fact:
            inserted = _fact(fact, balancer, listener, declared)
        case HeaderOfRequest() as header:
            inserted = header_variable("http", header.name)
        case text:
            inserted = header_value(text, declared)
    if action.overwrite:
        return inserted
    present = header_variable(headers, action.name)
    name = variable("unless", present, inserted)
    declared[name] = block(f"map {present} ${name}", [f'"" {inserted};', f"default {present};"])
    return f"${name}"


def forward(target: Target, listener: Listener, headers: Headers, uri: str = "") -> list[str]:
    """Returns the directives that send a request to a target, with ``uri`` in place of the client's if it is given."""
    if not target.name:
        return ["return 503;"]
    kind, timeout = target.kind, int(listener.request_timeout)
    lines = [f'if ({target.name} = "") {{ return 503; }}'] if target.uncertain else []
    lines += [
        f"{kind}_pass {target.scheme}://{target.name}{uri};",
        f"{kind}_connect_timeout 5s;",
        f"{kind}_read_timeout {timeout}s;",
        f"{kind}_send_timeout {timeout}s;",
        *(f'{kind}_set_header {name} "{value}";' for name, value in headers),
    ]
    if kind == "proxy":
        lines += [
            "proxy_http_version 1.1;",
            "proxy_set_header Upgrade $http_upgrade;",
            "proxy_set_header Connection $connection_upgrade;",
        ]
    return lines


def _fact(fact: Fact, balancer: LoadBalancer, listener: Listener, declared: Declarations) -> str:
    """Returns a fact about a request as Nginx writes it."""
    if fact in certificate_forms.FACTS:
        return certificate_forms.value(fact, listener.certificate_forms, declared)
    if fact is Fact.LOAD_BALANCER_ID:
        return word(balancer.load_balancer_id)
    return word(listener.protocol) if fact is Fact.PROTOCOL else _VARIABLES[fact]


_VARIABLES = {
    Fact.CLIENT_ADDRESS: "$remote_addr",
    Fact.CLIENT_PORT: "$remote_port",
    Fact.HOST: "$http_host",
    Fact.LISTENER_PORT: "$server_port",
    Fact.SCHEME: "$scheme",
}
