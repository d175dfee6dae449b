# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide who is calling a site, and write the directives with which Nginx decides it for every request.

The client's certificate was verified by the load balancer, which tells of it in headers, or by Nginx itself. In the
first case the headers count only on connections from the load balancer's addresses. The outcome of every request is one
word of DECISIONS, in the variable ``$mtls_decision``.

Lists of fingerprints are directories with a file per certificate (client_lists.py), which Nginx looks up for every
request: a new list counts within a second, on connections that exist too, and without a reload.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass, field

from . import client_forms
from .client_forms import ALB_HEADERS, FIELDS, FINGERPRINTS, VERIFICATIONS
from .configuration import quoted

# What becomes of a request, and whether it is let in; None: unless a certificate is required.
DECISIONS: dict[str, bool | None] = {
    "accepted": True,
    "health_check": True,  # of the load balancer, at its path
    "no_certificate": None,
    "not_from_load_balancer": None,
    "not_verified": False,
    "unreadable": False,  # a value has no form of client_forms.py
    "spoofed": False,  # identity headers on a connection that is not from the load balancer
    "denied": False,
    "revoked": False,
    "not_allowed": False,
    "list_missing": False,
}
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
MOST_RULES = 1000  # by names and serial numbers: Nginx tries them one after the other
COMPLETE = "complete"  # the file that every list has
# Nginx remembers for a second which files exist, and which do not. Without it every request would ask the kernel.
CACHE = ("open_file_cache max=20000 inactive=60s;", "open_file_cache_valid 1s;", "open_file_cache_errors on;")
REFUSAL_HEADER = "X-Mtls-Refusal"
_END_OF_PART = "\\n"  # between the parts of a text that maps look at; no header has one


@dataclass(frozen=True)
class Rule:
    """A rule for certificates: all of its parts have to fit. The fingerprint stands alone."""

    fingerprint: str = ""
    subject: str = ""
    issuer: str = ""
    serial: str = ""


@dataclass(frozen=True)
class ClientIdentity:
    """Who may call a site, and what is told about the caller.

    ``headers`` are those that the load balancer sends, ``request_headers`` those that the application gets, by field of
    client_forms.FIELDS. ``lists`` has fingerprints in small letters by kind: revoked, denied, allowed.
    """

    load_balancer_addresses: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    request_headers: dict[str, str] = field(default_factory=dict)
    required: bool = True
    health_check_path: str = ""
    deny: tuple[Rule, ...] = ()
    allow: tuple[Rule, ...] = ()
    has_allow: bool = False
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    access_log: str = ""
    access_log_format: str = "text"
    verify_depth: int = 0  # of the chain; 0: Nginx verifies no client, the load balancer does

    @property
    def by_nginx(self) -> bool:
        """Return whether Nginx itself verifies the clients."""
        return self.verify_depth > 0


def suffix(name: str) -> str:
    """Return the end of the names of a site's variables, which are those of the whole Nginx."""
    word = re.sub(r"\W", "_", name)
    return word if word == name else f"{word}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def declarations(identity: ClientIdentity, name: str) -> list[str]:
    """Return the blocks before the server block of the site ``name``, as lines."""
    end = suffix(name)
    lines = _verified_by_nginx(end) if identity.by_nginx else _told_by_load_balancer(identity, end)
    facts = _END_OF_PART.join(f"$mtls_{field}_{end}" for field in ("serial", "issuer", "subject"))
    lines += _map(f'"{facts}"', f"mtls_denied_{end}", [(_rule(rule), "1") for rule in identity.deny])
    lines += _map(f'"{facts}"', f"mtls_allowed_{end}", [(_rule(rule), "1") for rule in identity.allow])
    state = f'"$mtls_claim_{end} $mtls_denied_{end}"'
    lines += _map(state, f"mtls_state_{end}", [("accepted 1", "denied")], f"$mtls_claim_{end}")
    if identity.health_check_path:
        path = re.escape(identity.health_check_path)
        lines += _map(f'"$mtls_claim_{end} $request_uri"', f"mtls_health_{end}", [(f"~^no_certificate {path}$", "1")])
    if identity.access_log:
        lines += [*_log_format(identity, end), ""]
    return lines


def _map(source: str, name: str, rows: t.Sequence[tuple[str, str]], default: str = "") -> list[str]:
    words = [f'    {quoted(pattern)} "{value}";' for pattern, value in rows]
    return [f"map {source} ${name} {{", f'    default "{default}";', *words, "}"]


def _told_by_load_balancer(identity: ClientIdentity, end: str) -> list[str]:
    peer = f"$mtls_peer_{end}"
    lines = [f"geo $realip_remote_addr {peer} {{", '    default "";']
    lines += [f"    {address} 1;" for address in identity.load_balancer_addresses]
    lines.append("}")
    sent = {name: _sent(header) for name, header in identity.headers.items()}
    others = "".join(_sent(header) for header in own_headers(identity))
    lines += _map(f'"{peer};{others}"', f"mtls_spoofed_{end}", [("~^;.", "1")])
    for name in ("subject", "issuer"):
        lines += _map(peer, f"mtls_{name}_{end}", [("1", sent[name])] if name in sent else [])
    lines += _map(peer, f"mtls_serial_{end}", [])
    read = "|".join(form.pattern for form in FINGERPRINTS)
    lines += _map(f'"{peer}{sent["fingerprint"]}"', f"mtls_fingerprint_{end}", [(f"~^1({read})$", "$1")])
    words = [(f"~*^1{form.pattern}$", form.name) for form in VERIFICATIONS]
    words += [("~^1.", "OTHER")]
    if "verification" not in sent:  # the load balancer lets in nobody whom it has not verified
        words = [("~^1", "SUCCESS")]
    source = f'"{peer}{sent.get("verification", "")}"'
    lines += _map(source, f"mtls_verification_{end}", words)
    parts = f"$mtls_spoofed_{end};{peer};$mtls_verification_{end};$mtls_fingerprint_{end};{sent['fingerprint']}"
    claims = [
        ("~^1;", "spoofed"),
        ("~^;;", "not_from_load_balancer"),
        ("~^;1;FAILED;", "not_verified"),
        ("~^;1;(?:NONE|SUCCESS)?;;$", "no_certificate"),
        ("~^;1;SUCCESS;[0-9A-Fa-f]", "accepted"),
        ("~^;1;(?:NONE)?;[0-9A-Fa-f]", "not_verified"),
        ("~^", "unreadable"),
    ]
    return [*lines, *_map(f'"{parts}"', f"mtls_claim_{end}", claims)]


def _verified_by_nginx(end: str) -> list[str]:
    lines: list[str] = []
    variables = {
        "subject": "$ssl_client_s_dn",
        "issuer": "$ssl_client_i_dn",
        "fingerprint": "$ssl_client_fingerprint",
        "serial": "$ssl_client_serial",
        "verification": "$ssl_client_verify",
    }
    for name, variable in variables.items():
        lines += _map(variable, f"mtls_{name}_{end}", [], variable)
    claims = [("~^SUCCESS$", "accepted"), ("~^FAILED", "not_verified"), ("~^", "no_certificate")]
    return [*lines, *_map("$ssl_client_verify", f"mtls_claim_{end}", claims)]


def _rule(rule: Rule) -> str:
    any_text = "[^\\n]*"
    serial = f"0*{rule.serial}" if rule.serial else any_text
    names = [client_forms.name_pattern(text) if text else any_text for text in (rule.issuer, rule.subject)]
    return "~*^" + "\\n".join([serial, *names]) + "$"


def _sent(header: str) -> str:
    return "${http_" + header.lower().replace("-", "_") + "}"


def own_headers(identity: ClientIdentity) -> list[str]:
    """Return the names of all headers that tell of a client's certificate, each once."""
    names = [*identity.headers.values(), *identity.request_headers.values(), *ALB_HEADERS.values()]
    return list({name.lower(): name for name in reversed(names)}.values())[::-1]


def passed_headers(identity: ClientIdentity, name: str) -> list[str]:
    """Return the directives that tell an application who is calling. What a client says about itself is left out."""
    told = {header.lower(): f"$mtls_{field}_{suffix(name)}" for field, header in identity.request_headers.items()}
    return [f'proxy_set_header {header} "{told.get(header.lower(), "")}";' for header in own_headers(identity)]


def server_lines(identity: ClientIdentity, name: str, lists: str) -> list[str]:
    """Return the directives that come first in the server block. ``lists`` is the directory of the site's lists."""
    end = suffix(name)
    lines = ["uninitialized_variable_warn off;", *CACHE]
    if not identity.by_nginx:
        lines += [f"set_real_ip_from {address};" for address in identity.load_balancer_addresses]
        lines.append("real_ip_header X-Forwarded-For;")
    lines += [f"set $mtls_{field} $mtls_{field}_{end};" for field in FIELDS]
    lines += [f"set $mtls_decision $mtls_state_{end};", 'set $mtls_refusal "";']
    for kind, word in (("denied", "denied"), ("revoked", "revoked")):
        if kind in identity.lists:
            lines.append(f'if (-f "{lists}/{kind}/$mtls_fingerprint_{end}") {{ set $mtls_decision {word}; }}')
            lines.append(f'if (!-f "{lists}/{kind}/{COMPLETE}") {{ set $mtls_decision list_missing; }}')
    if identity.has_allow:
        lines.append(f'set $mtls_check "$mtls_decision$mtls_allowed_{end}";')
        if "allowed" in identity.lists:
            lines.append(f'if (-f "{lists}/allowed/$mtls_fingerprint_{end}") {{ set $mtls_check ""; }}')
        lines.append("if ($mtls_check = accepted) { set $mtls_decision not_allowed; }")
    if identity.health_check_path:
        lines.append(f"if ($mtls_health_{end}) {{ set $mtls_decision health_check; }}")
    let_in = "|".join(word for word, good in DECISIONS.items() if good or (good is None and not identity.required))
    lines.append(f'if ($mtls_decision !~ "^(?:{let_in})$") {{ set $mtls_refusal $mtls_decision; }}')
    lines += ["if ($mtls_refusal) { return 403; }", f"add_header {REFUSAL_HEADER} $mtls_refusal always;"]
    if identity.access_log:
        lines.append(f"access_log {quoted(identity.access_log)} mtls_{end};")
    return lines


# Fields of the access log, by name. The text form is Nginx's "combined" and, behind it, who is calling.
_COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
_JSON = {
    "time": "$time_iso8601",
    "client_address": "$remote_addr",
    "host": "$host",
    "request": "$request",
    "status": "$status",
    "bytes": "$body_bytes_sent",
    "seconds": "$request_time",
    "user_agent": "$http_user_agent",
}


def _log_format(identity: ClientIdentity, end: str) -> list[str]:
    told = {"decision": "$mtls_decision", **{name: f"$mtls_{name}_{end}" for name in FIELDS}}
    if identity.access_log_format == "json":
        text = ",".join(f'"{name}":"{value}"' for name, value in {**_JSON, **told}.items())
        return [f"log_format mtls_{end} escape=json '{{{text}}}';"]
    text = " ".join([_COMBINED, *(f'{name}="{value}"' for name, value in told.items())])
    return [f"log_format mtls_{end} '{text}';"]
