# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the probe, as codes with details, so that a report can translate them. Private to this collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# The role mtls_verify has the Chinese texts for the same codes (vars/main/texts.yml).
TEXTS: t.Final[dict[str, str]] = {
    # reasons of a verdict
    "http_answered": "answered with HTTP {status}",
    "http_refused": "refused with HTTP {status}",
    "http_unasked": "answered with HTTP {status}, but did not request a certificate",
    "http_failed": "let in, but answered with HTTP {status}",
    "server_text": "{text}",
    "refusal": "by the server behind the load balancer: {reason}",
    "server_unverified": "the server's certificate is not valid: {why}",
    "closed_refused": "the server closed the connection without an alert or an answer",
    "closed_unasked": "the server closed the connection without an answer, and did not request a certificate",
    "closed_after": "the handshake let this client in, but the server closed the connection without an answer",
    "hanging": "connected, but no answer within {seconds} s",
    "slow": "the answer began, but did not end within {seconds} s",
    "alert_refused": "refused with the TLS alert '{alert}'",
    "alert_unasked": "the server sent the TLS alert '{alert}', but did not request a certificate",
    "alert_other": "the server sent the TLS alert '{alert}'",
    "no_tls": "no TLS: {why}",
    "no_http": "the answer is not HTTP: {why}",
    "other_error": "{why}",
    "no_connection": "cannot connect to {address} port {port}: {why}",
    "no_connection_in_time": "cannot connect to {address} port {port}: no answer within {seconds} s",
    "unresolved": "cannot resolve {host}: {why}",
    "unresolved_in_time": "cannot resolve {host}: no answer within {seconds} s",
    "unresolved_by": "{resolver} does not resolve {host}: {why}",
    "no_address": "{resolver} has no address for {host}",
    "differ": "the answers differ",
    "count": "{count} x {verdict}",
    "missing": "none of {requests} answers came from {names}",
    # expected and found values of the server checks
    "valid_for": "is valid for {host}",
    "valid": "is valid",
    "not_valid": "{why}",
    "days_or_more": "days left: {days} or more",
    "days_left": "days left: {days}",
    "unreadable": "the certificate cannot be read",
    "requested": "requested",
    "not_requested": "not requested",
    "list": "{names}",
    "none": "none",
    "unknown": "could not be determined ({what}: {why})",
    "redirects_to": "port {port} redirects to https://{host}",
    "location": "{location}",
    "http": "HTTP {status}",
    "no_handshake": "no TLS handshake with {address} port {port}: {why}",
    "at": "at {address}",
    # advice
    "hint_turn_on": (
        "The service requests no client certificate. Turn mutual authentication on (alb_listener: "
        "mutual_authentication: true) and give it only the CA that signs your clients."
    ),
    "hint_let_in": (
        "The listener lets this client in. Turn mutual authentication on (alb_listener: mutual_authentication: true) "
        "and give it only the CA that signs your clients."
    ),
    "hint_not_every": (
        "Not every expected server answered. Check the health of the servers in the server group, or raise requests."
    ),
    "hint_wrong_ca": (
        "Compare the issuer of the certificate with the CA of the listener (ca_certificate_ids), and check its "
        "dates of validity."
    ),
    "hint_backend": (
        "The server behind the load balancer refuses this client for the reason above. Look into its access log, and "
        "at the option client_identity of the site."
    ),
    "hint_spoofed": (
        "A header that the client has made up about itself is believed. Have the load balancer send every header that "
        "client_identity.headers names, and let servers take them from its addresses only "
        "(client_identity.load_balancer_addresses)."
    ),
    "hint_unreachable": (
        "Check the DNS record, the state of the listener, and the security groups between here and the service."
    ),
    "hint_first": "This says nothing about the client certificate. Remove the reason above first, then run again.",
}


@dataclass(frozen=True)
class Part:
    """One statement: a code of :data:`TEXTS`, and the values for the braces in its text."""

    code: str
    details: t.Mapping[str, str | int | float]


@dataclass(frozen=True)
class Message:
    """One or more statements; ``str()`` is the English text."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "; ".join(TEXTS[part.code].format(**part.details) for part in self.parts)

    def __add__(self, other: Message) -> Message:
        return Message(self.parts + other.parts)

    def returned(self) -> list[dict[str, t.Any]]:
        """Return the statements as the module returns them."""
        return [{"code": part.code, "details": dict(part.details)} for part in self.parts]


def say(code: str, **details: str | int | float) -> Message:
    """Return a message of one statement."""
    return Message((Part(code, details),))


def printable(text: str) -> str:
    """Return ``text`` from the network with each control character replaced, so that no terminal or page obeys it."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def harmless(value: t.Any) -> t.Any:
    """Return ``value`` with every text in it :func:`printable`, keys of dictionaries included."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {harmless(key): harmless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [harmless(item) for item in value]
    return value
