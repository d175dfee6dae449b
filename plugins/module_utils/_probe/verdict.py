# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer, or the lack of one, says about who is let in: tables, and no network. Private to this collection."""

from __future__ import annotations

import dataclasses
import errno
import re
import ssl
import typing as t

ACCEPTED = "accepted"
REFUSED_HANDSHAKE = "refused_handshake"
REFUSED_HTTP = "refused_http"
UNREACHABLE = "unreachable"
RESET = "reset"
HANGING = "hanging"
SLOW = "slow"
GARBAGE = "garbage"
FAILED = "failed"

# The verdicts that meet an expectation.
MEETS: dict[str, frozenset[str]] = {
    "accepted": frozenset({ACCEPTED}),
    "refused": frozenset({REFUSED_HANDSHAKE, REFUSED_HTTP}),
}

# Alerts by which a server refuses a client's certificate or the lack of one (RFC 8446, 6.2; RFC 5246, 7.2.2). OpenSSL
# sends handshake_failure for the lack of one before TLS 1.3. Any other alert says nothing about the client.
REFUSAL_ALERTS = frozenset(
    {
        "access denied",
        "bad certificate",
        "certificate expired",
        "certificate required",
        "certificate revoked",
        "certificate unknown",
        "decrypt error",
        "handshake failure",
        "unknown ca",
        "unsupported certificate",
    }
)

# Statuses by which a server refuses a client: Nginx says 400 for a missing or wrong certificate (495 and 496 inside),
# servers that look at the certificate's name in a header say 401 or 403.
REFUSAL_STATUSES = frozenset({400, 401, 403, 495, 496})

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_([A-Z_]+)")
_TITLE = re.compile(r"<title>(?:\d{3} )?([^<]{1,200})</title>", re.IGNORECASE)
_ALERT_TEXT = re.compile(r"\balert ([a-z ]+)")


@dataclasses.dataclass(frozen=True)
class Answer:
    """The outcome of one request. ``server_certificate`` is DER; ``line`` is the first line of the body.

    ``seconds`` is how long it took from the first packet to the end of the answer.
    """

    verdict: str
    reason: str
    alert: str | None = None
    address: str | None = None
    http_status: int | None = None
    tls_version: str | None = None
    cipher: str | None = None
    server_certificate: bytes | None = None
    line: str | None = None
    header: str | None = None
    alpn: str | None = None
    seconds: float | None = None
    resumed: bool = False


def of_status(status: int) -> tuple[str, str]:
    """Verdict and reason of an HTTP status."""
    if status in REFUSAL_STATUSES:
        return REFUSED_HTTP, f"refused with HTTP {status}"
    if status >= 500:
        return FAILED, f"let in, but answered with HTTP {status}"
    return ACCEPTED, f"answered with HTTP {status}"


def reason_of(text: str, line: str) -> str:
    """What a refusing page says: its title, or its first ``line`` when it is no HTML."""
    title = _TITLE.search(text)
    return title[1].strip() if title else "" if line.startswith("<") else line


def of_error(error: OSError, timeout: float, *, asked: bool) -> tuple[str, str, str | None]:
    """Verdict, reason and alert of what ended a connection before its answer.

    ``asked`` is whether the server had asked for a client certificate: only then can its silence be a refusal.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return FAILED, f"the certificate of the server does not stand: {error.verify_message}", None
    if isinstance(error, ConnectionError | ssl.SSLEOFError) or error.errno == errno.ENOTCONN:
        # Some servers close without an alert, and a reset can overtake one.
        if asked:
            return REFUSED_HANDSHAKE, "the server closed the connection without an alert or an answer", None
        return RESET, "the server closed the connection without an answer, and had not asked for a certificate", None
    if isinstance(error, TimeoutError):
        return HANGING, f"connected, but no answer within {timeout:g} s", None
    if isinstance(error, ssl.SSLError):
        alert = alert_of(error)
        if alert in REFUSAL_ALERTS:
            return REFUSED_HANDSHAKE, f"refused with the TLS alert {alert!r}", alert
        if alert:
            return FAILED, f"the server sent the TLS alert {alert!r}", alert
        return GARBAGE, f"no TLS: {error.reason or error}", None
    return FAILED, str(error), None


def alert_of(error: ssl.SSLError) -> str | None:
    """The alert that the server sent, such as ``unknown ca``, or None when the error is one of this side."""
    match = _ALERT.fullmatch(error.reason or "")
    if match:
        return match[1].lower().replace("_", " ")
    # An OpenSSL that is newer than this Python: the reason has no name, but the text does.
    match = _ALERT_TEXT.search(str(error))
    return match[1].strip() if match else None


def hint(expect: str, verdict: str) -> str:
    """What to do when ``verdict`` is not what was expected."""
    return _HINTS.get((expect, verdict)) or _HINTS.get(("", verdict)) or _HINTS["", FAILED]


_WRONG_CA = (
    "Compare the issuer of the certificate with the CA of the listener (ca_certificate_ids), and look at its validity."
)
_HINTS: t.Final[dict[tuple[str, str], str]] = {
    ("refused", ACCEPTED): (
        "The listener lets this client in. Turn mutual authentication on (alb_listener: mutual_authentication: true) "
        "and give it only the CA that signs your clients."
    ),
    ("accepted", ACCEPTED): (
        "Not every expected server answered. Look at the health of the servers in the server group, or raise requests."
    ),
    ("accepted", REFUSED_HTTP): _WRONG_CA,
    ("accepted", REFUSED_HANDSHAKE): _WRONG_CA,
    ("", UNREACHABLE): "Look at the DNS record, at the state of the listener, and at the security groups on the way.",
    ("", FAILED): "This says nothing about the client certificate; the reason above has to go first.",
}
