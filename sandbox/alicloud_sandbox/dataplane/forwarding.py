# SPDX-License-Identifier: GPL-3.0-or-later
"""What a location does with a request: the directives that send it to a server group, and its headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..topology import Listener, LoadBalancer
from .quoting import Declarations, header_name, literal, word
from .upstreams import Target

# XForwardedForConfig: the field without its prefix, the header and its value. Source: ALB 2020-06-16, CreateListener.
_HEADERS = (
    ("ClientSrcPort", "X-Forwarded-Client-srcport", "$remote_port"),
    ("Proto", "X-Forwarded-Proto", "$scheme"),
    ("Host", "X-Forwarded-Host", "$http_host"),
    ("SLBPort", "X-Forwarded-Port", "$server_port"),
)
_CERTIFICATE_HEADERS = (
    ("ClientCertSubjectDN", "X-Forwarded-Clientcert-subjectdn", "$ssl_client_s_dn"),
    ("ClientCertIssuerDN", "X-Forwarded-Clientcert-issuerdn", "$ssl_client_i_dn"),
    ("ClientCertFingerprint", "X-Forwarded-Clientcert-fingerprint", "$ssl_client_fingerprint"),
    ("ClientCertClientVerify", "X-Forwarded-Clientcert-clientverify", "$ssl_client_verify"),
)


# Added to each request. Source: help page alb-status-codes (2025-11-15).
TRACE = "ALICLOUD-ALB-TRACE"


class Headers:
    """Headers by name, in the order in which they were first set; the case of a name does not count."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}

    def set(self, name: str, value: str) -> None:
        """``value`` is in Nginx's words; empty: the header is not passed on."""
        self._values[name.lower()] = (header_name(name), value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values.values())


def request_headers(balancer: LoadBalancer, listener: Listener) -> Headers:
    """What the servers of a listener are told, rules aside. Raises DataPlaneError for aliases that cannot be."""
    config = listener.x_forwarded_for
    headers = Headers()
    headers.set("Host", "$http_host")
    headers.set(TRACE, "$request_id")
    if _on(config, "XForwardedForEnabled", default=True):
        removed = str(config.get("XForwardedForProcessingMode", "append")).lower() == "remove"
        headers.set("X-Forwarded-For", "" if removed else "$proxy_add_x_forwarded_for")
    if _on(config, "XForwardedForSLBIdEnabled"):
        headers.set("SLB-ID", word(balancer.load_balancer_id))
    for field, header, value in _HEADERS:
        if _on(config, f"XForwardedFor{field}Enabled"):
            headers.set(header, value)
    for field, header, value in _CERTIFICATE_HEADERS if listener.protocol == "HTTPS" else ():
        if _on(config, f"XForwardedFor{field}Enabled"):
            headers.set(str(config.get(f"XForwardedFor{field}Alias") or header), value)
    return headers


def forward(target: Target, listener: Listener, headers: Headers, uri: str = "") -> list[str]:
    """Directives that send a request to a target, and its answer back. ``uri``: another one than the client's."""
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


def system_value(name: str, balancer: LoadBalancer, listener: Listener, declared: Declarations) -> str | None:
    """What a system-defined value of InsertHeader is in Nginx's words; None: there is none of this name."""
    known = {
        "ClientSrcPort": "$remote_port",
        "ClientSrcIp": "$remote_addr",
        "Protocol": word(listener.protocol),
        "SLBId": literal(balancer.load_balancer_id, declared),
        "SLBPort": "$server_port",
    }
    return known.get(name)


def _on(config: Mapping[str, str | bool], key: str, default: bool = False) -> bool:
    return str(config.get(key, default)).lower() == "true"
