# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe says, as codes with details, so that a report can say it in another language.

Private to this collection.
"""

from __future__ import annotations

import dataclasses
import typing as t

# The role mtls_verify has the same codes in 中文 (vars/main/texts.yml).
TEXTS: t.Final[dict[str, str]] = {
    # of an identity
    "http_answered": "answered with HTTP {status}",
    "http_refused": "refused with HTTP {status}",
    "http_unasked": "answered with HTTP {status}, but had not asked for a certificate",
    "http_failed": "let in, but answered with HTTP {status}",
    "said": "{text}",
    "server_unverified": "the certificate of the server does not stand: {why}",
    "closed_refused": "the server closed the connection without an alert or an answer",
    "closed_unasked": "the server closed the connection without an answer, and had not asked for a certificate",
    "closed_after": "the handshake let this client in, but the server closed the connection without an answer",
    "hanging": "connected, but no answer within {seconds} s",
    "slow": "the answer began, but did not end within {seconds} s",
    "alert_refused": "refused with the TLS alert '{alert}'",
    "alert_unasked": "the server sent the TLS alert '{alert}', but had not asked for a certificate",
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
    # of a check of the server
    "stands_for": "stands for {host}",
    "stands": "stands",
    "stands_not": "{why}",
    "days_or_more": "days left: {days} or more",
    "days_left": "days left: {days}",
    "unreadable": "the certificate cannot be read",
    "asks": "asks",
    "asks_not": "does not ask",
    "list": "{names}",
    "none": "none",
    "untold": "could not be told ({what}: {why})",
    "leads_to": "port {port} leads to https://{host}",
    "leads": "{location}",
    "http": "HTTP {status}",
    "no_handshake": "no TLS handshake with {address} port {port}: {why}",
    "at": "at {address}",
    # what to do
    "hint_turn_on": (
        "The service asks nobody for a certificate. Turn mutual authentication on (alb_listener: "
        "mutual_authentication: true) and give it only the CA that signs your clients."
    ),
    "hint_let_in": (
        "The listener lets this client in. Turn mutual authentication on (alb_listener: mutual_authentication: true) "
        "and give it only the CA that signs your clients."
    ),
    "hint_not_every": (
        "Not every expected server answered. Look at the health of the servers in the server group, or raise requests."
    ),
    "hint_wrong_ca": (
        "Compare the issuer of the certificate with the CA of the listener (ca_certificate_ids), and look at its "
        "validity."
    ),
    "hint_unreachable": (
        "Look at the DNS record, at the state of the listener, and at the security groups on the way."
    ),
    "hint_first": "This says nothing about the client certificate; the reason above has to go first.",
}


@dataclasses.dataclass(frozen=True)
class Part:
    """One statement: a code of :data:`TEXTS`, and what its text has braces for."""

    code: str
    details: t.Mapping[str, str | int | float]


@dataclasses.dataclass(frozen=True)
class Message:
    """One or more statements; ``str()`` is the English text."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "; ".join(TEXTS[each.code].format(**each.details) for each in self.parts)

    def __add__(self, other: Message) -> Message:
        return Message(self.parts + other.parts)

    def returned(self) -> list[dict[str, t.Any]]:
        """For the return value of the module."""
        return [{"code": each.code, "details": dict(each.details)} for each in self.parts]


def say(code: str, **details: str | int | float) -> Message:
    """A message of one statement."""
    return Message((Part(code, details),))


def printable(text: str) -> str:
    """``text`` from the network, without what a terminal or a page could take for more than text."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def harmless(value: t.Any) -> t.Any:
    """The same value, with every text in it :func:`printable`, keys of dictionaries included."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {harmless(key): harmless(each) for key, each in value.items()}
    if isinstance(value, list):
        return [harmless(each) for each in value]
    return value
