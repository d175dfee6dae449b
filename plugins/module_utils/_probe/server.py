# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service itself: what it shows to everybody, and whether that is as ordered. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import ssl
import time
import typing as t
import warnings

from . import handshake, identity, resolve, runner, wire
from .handshake import Target

Facts = dict[str, t.Any]

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_MOST_CIPHERS = 64


@dataclasses.dataclass(frozen=True)
class Look:
    """One handshake, without a certificate and without a request. ``error`` is None when it was completed."""

    error: Exception | None
    chain: list[bytes] = dataclasses.field(default_factory=list)
    authorities: list[str] | None = None
    version: str | None = None
    cipher: str | None = None
    alpn: str | None = None


def look(target: Target, address: str, context: ssl.SSLContext) -> Look:
    """Never raises for what a network or a server does."""
    try:
        raw = handshake.connect(target, address, target.port)
    except OSError as error:
        return Look(error)
    with raw:
        try:
            tls = handshake.wrap(raw, target, context)
        except OSError as error:
            return Look(error)
        with tls:
            problem: Exception | None = None
            try:
                tls.arm(time.monotonic() + target.timeout)
                tls.do_handshake()
            except OSError as error:
                problem = error
            cipher = tls.cipher()
            return Look(
                problem,
                tls.chain,
                tls.authorities,
                (tls.version() or "").replace("TLSv", "") or None,
                cipher[0] if cipher else None,
                tls.selected_alpn_protocol(),
            )


def examine(plan: runner.Plan, params: t.Mapping[str, t.Any]) -> Facts:
    """What the server shows. ``tls_versions`` and ``ciphers`` (up to TLS 1.2) are what it really agrees to."""
    try:
        address = resolve.addresses(plan.target.host, plan.address, plan.resolver, plan.target.timeout)[0]
    except resolve.UnresolvedError as error:
        return {"reached": False, "reason": str(error), "redirect": None}
    wanted = params["server"] or {}
    first = look(plan.target, address, _open(["h2", "http/1.1"]))
    if not first.chain:
        reason = f"no TLS handshake with {address} port {plan.target.port}: {first.error}"
        return {"reached": False, "reason": reason, "redirect": None}
    verified = look(plan.target, address, identity.context({**params, "validate_certs": True, "tls_version": "auto"}))
    refused = isinstance(verified.error, ssl.SSLCertVerificationError)
    found: Facts = {
        "reached": True,
        "reason": None,
        "address": address,
        "chain": [runner.facts(runner.parsed(each)) for each in first.chain],
        "verified": not refused,
        "verify_error": getattr(verified.error, "verify_message", None),
        "asks_for_certificate": first.authorities is not None,
        "ca_names": first.authorities or [],
        "alpn": first.alpn,
        "tls_versions": None,
        "ciphers": None,
        "redirect": None,
    }
    if wanted.get("tls_versions"):
        found["tls_versions"] = [name for name in _VERSIONS if _agrees(plan.target, address, name)]
    if wanted.get("ciphers"):
        found["ciphers"] = _ciphers(plan.target, address)
    if wanted.get("http_port"):
        found["redirect"] = _redirect(plan.target, address, wanted["http_port"])
    return found


def checks(found: Facts, wanted: t.Mapping[str, t.Any] | None, target: Target) -> list[Facts]:
    """What was asked for and what was found, for everything that ``wanted`` names."""
    if not wanted:
        return []
    leaf = (found.get("chain") or [None])[0] or {}
    nothing = found["reason"] or "the certificate cannot be read"
    rows: list[tuple[str, t.Any, str, t.Any, t.Callable[[], bool]]] = [
        (
            "certificate name",
            wanted["verified"],
            f"stands for {target.host}",
            "stands" if found.get("verified") else found.get("verify_error") or nothing,
            lambda: bool(found["verified"]),
        ),
        (
            "certificate expiry",
            wanted["days_left"],
            f"{wanted['days_left']} days left or more",
            f"{leaf['days_left']} days left" if leaf else nothing,
            lambda: leaf["days_left"] >= wanted["days_left"],
        ),
        (
            "TLS versions",
            wanted["tls_versions"],
            ", ".join(sorted(wanted["tls_versions"] or [])),
            ", ".join(found.get("tls_versions") or []) or nothing,
            lambda: found["tls_versions"] == sorted(wanted["tls_versions"]),
        ),
        (
            "ciphers of TLS 1.2",
            wanted["ciphers"],
            ", ".join(sorted(wanted["ciphers"] or [])),
            ", ".join(found.get("ciphers") or []) or "none",
            lambda: set(found["ciphers"]) <= set(wanted["ciphers"]),
        ),
        (
            "HTTP to HTTPS",
            wanted["http_port"],
            f"port {wanted['http_port']} leads to https://{target.host}",
            found["redirect"] or nothing,
            lambda: str(found["redirect"]).startswith(f"https://{target.host}"),
        ),
    ]
    return [
        {"name": name, "expected": expected, "found": shown, "met": found["reached"] and bool(leaf) and holds()}
        for name, asked, expected, shown, holds in rows
        if asked
    ]


def _open(alpn: list[str] | None = None) -> ssl.SSLContext:
    """A context that takes any certificate: here the server is only looked at."""
    context = wire.observed(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def _agrees(target: Target, address: str, version: str) -> bool:
    context = _open()
    context.set_ciphers("ALL:@SECLEVEL=0")  # or this side would not offer 1.0 and 1.1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = _VERSIONS[version]
    # A server that refuses a client without a certificate in TLS 1.2 has agreed to the version, and shown its own.
    return bool(look(target, address, context).chain)


def _ciphers(target: Target, address: str) -> list[str]:
    """Offer all, note which one the server takes, offer the others, until it takes none."""
    context = _open()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    left = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]
    found: list[str] = []
    while left and len(found) < _MOST_CIPHERS:
        context.set_ciphers(":".join(left) + ":@SECLEVEL=0")
        taken = look(target, address, context).cipher
        if taken not in left:
            break
        left.remove(taken)
        found.append(taken)
    return sorted(found)


def _redirect(target: Target, address: str, port: int) -> str:
    try:
        with handshake.connect(target, address, port) as connection:
            connection.sendall(handshake.message(target, port, 80))
            with contextlib.closing(http.client.HTTPResponse(connection, method="GET")) as response:
                response.begin()
                location = response.getheader("Location")
                return location if location and 300 <= response.status < 400 else f"HTTP {response.status}"
    except OSError as error:
        return handshake.unreachable(error, target, address, port)
    except http.client.HTTPException:
        return "the answer is not HTTP"
