# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derives verdicts from answers and errors: tables and pure functions. Private to this collection."""

from __future__ import annotations

import errno
import re
import ssl
import typing as t
from dataclasses import dataclass

from .messages import Message, say

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

# Verdicts after which a request is not repeated: each more would only wait for the timeout again.
NOT_REPEATED = frozenset({UNREACHABLE, HANGING, SLOW})

# Alerts by which a server refuses a client certificate or the lack of one (RFC 8446, 6.2; RFC 5246, 7.2.2). Before
# TLS 1.3 OpenSSL sends handshake_failure for the lack of one. Any other alert says nothing about the client.
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

# Alerts by which a server declines all versions or cipher suites that were offered.
NOT_OFFERED_ALERTS = frozenset({"protocol version", "handshake failure", "insufficient security"})

# Statuses by which a server refuses a client: Nginx sends 400 for a missing or invalid certificate (495 and 496
# internally), servers that read the certificate's name from a header send 401 or 403.
REFUSAL_STATUSES = frozenset({400, 401, 403, 495, 496})

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_([A-Z_]+)")
_TITLE = re.compile(r"<title>(?:\d{3} )?([^<]{1,200})</title>", re.IGNORECASE)
_ALERT_TEXT = re.compile(r"\balert ([a-z ]+)")


@dataclass(frozen=True)
class Observation:
    """Data that the server shows in one handshake. ``error`` is None when the handshake was completed.

    ``chain`` has the certificates of the server (DER); ``authorities`` the names of the CAs whose certificates it
    requests (DER), None when it requests no certificate; ``version`` is the version of TLS, such as ``1.3``.
    """

    error: OSError | None = None
    chain: tuple[bytes, ...] = ()
    authorities: tuple[bytes, ...] | None = None
    version: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    resumed: bool = False

    @property
    def asked(self) -> bool:
        """Whether the server requested a certificate."""
        return self.authorities is not None

    @property
    def verified(self) -> bool | None:
        """Whether OpenSSL found the server's certificate valid, None when it may not have verified it.

        OpenSSL verifies the server before it sends its own certificate, and only after that does a server refuse a
        client. A handshake that ends in any other way may have ended before the verification.
        """
        if isinstance(self.error, ssl.SSLCertVerificationError):
            return False
        if self.chain and (self.error is None or alert_of(self.error) or (self.asked and closed(self.error))):
            return True
        return None

    @property
    def declined(self) -> bool:
        """Whether the server declined all versions and cipher suites that were offered."""
        # UNSUPPORTED_PROTOCOL: a server without TLS 1.3 answers with its own version, which this side then rejects.
        return alert_of(self.error) in NOT_OFFERED_ALERTS or getattr(self.error, "reason", "") == "UNSUPPORTED_PROTOCOL"


@dataclass(frozen=True)
class Answer:
    """The outcome of one request.

    ``refusal`` is the reason that a server of this collection gives for one (nginx_sites, client_identity); ``line``
    the first line of the body; ``seconds`` the time from the first packet to the end of the answer.
    """

    verdict: str
    reason: Message
    alert: str | None = None
    address: str | None = None
    http_status: int | None = None
    refusal: str | None = None
    line: str | None = None
    header: str | None = None
    seconds: float | None = None
    handshake: Observation = Observation()


def of_status(status: int, *, asked: bool) -> tuple[str, Message]:
    """Return verdict and reason for an HTTP status.

    Without a request for a certificate (``asked`` is false) a status cannot be the refusal of one.
    """
    if status in REFUSAL_STATUSES:
        return (
            (REFUSED_HTTP, say("http_refused", status=status))
            if asked
            else (FAILED, say("http_unasked", status=status))
        )
    if status >= 500:
        return FAILED, say("http_failed", status=status)
    return ACCEPTED, say("http_answered", status=status)


# Who refused a client, see refused_by.
TLS, LOAD_BALANCER, BACKEND = "tls", "load_balancer", "backend"
# Statuses with which Nginx, and engines that descend from it, answer a handshake without a valid certificate.
_OF_TLS_STATUSES = frozenset({400, 495, 496})


def refused_by(answer: Answer, *, direct: bool) -> str | None:
    """Return the layer that refused a client, None if it was not refused or if the answer does not tell.

    ``direct``: the request went past the load balancer to a server.
    """
    if answer.verdict == REFUSED_HANDSHAKE:
        return TLS
    if answer.verdict != REFUSED_HTTP:
        return None
    if answer.refusal or direct:
        return BACKEND
    return LOAD_BALANCER if answer.http_status in _OF_TLS_STATUSES else None


def reason_of(text: str, line: str) -> str:
    """Return the explanation on a page that refuses: its title, or its first ``line`` when it is no HTML."""
    title = _TITLE.search(text)
    return title[1].strip() if title else "" if line.startswith("<") else line


def of_error(error: OSError, timeout: float, *, asked: bool, let_in: bool = False) -> tuple[str, Message, str | None]:
    """Return verdict, reason and alert for the ``error`` that ended a connection before an answer.

    ``asked`` says that the server requested a client certificate: only then can a closed connection be a refusal.
    ``let_in`` says that a handshake of TLS 1.2 was completed, in which the server verifies the client before it
    finishes. ``timeout`` is in seconds.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return FAILED, say("server_unverified", why=error.verify_message), None
    if closed(error):
        if let_in:
            return RESET, say("closed_after"), None
        # Some servers refuse without an alert, and a TCP reset can overtake one.
        return (REFUSED_HANDSHAKE, say("closed_refused"), None) if asked else (RESET, say("closed_unasked"), None)
    if isinstance(error, TimeoutError):
        return HANGING, say("hanging", seconds=f"{timeout:g}"), None
    if isinstance(error, ssl.SSLError):
        alert = alert_of(error)
        if not alert:
            return GARBAGE, say("no_tls", why=error.reason or str(error)), None
        if alert not in REFUSAL_ALERTS:
            return FAILED, say("alert_other", alert=alert), alert
        if not asked:
            return FAILED, say("alert_unasked", alert=alert), alert
        return REFUSED_HANDSHAKE, say("alert_refused", alert=alert), alert
    return FAILED, say("other_error", why=str(error)), None


def closed(error: OSError | None) -> bool:
    """Return whether the server closed the connection without an alert."""
    return isinstance(error, ConnectionError | ssl.SSLEOFError) or getattr(error, "errno", None) == errno.ENOTCONN


def alert_of(error: OSError | None) -> str | None:
    """Return the alert that the server sent, such as ``unknown ca``, None if ``error`` is not an alert."""
    if not isinstance(error, ssl.SSLError):
        return None
    match = _ALERT.fullmatch(error.reason or "")
    if match:
        return match[1].lower().replace("_", " ")
    # Where OpenSSL is newer than this Python, only the text names the alert.
    match = _ALERT_TEXT.search(str(error))
    return match[1].strip() if match else None


def hint(expect: str, verdict: str, reason: Message, *, spoofs: bool = False) -> Message:
    """Return the advice for a ``verdict`` that was not expected. ``spoofs``: the client says what it is not."""
    codes = {each.code for each in reason.parts}
    if spoofs and (expect, verdict) in _SPOOFED:
        return say("hint_spoofed")
    if "refusal" in codes:
        return say("hint_backend")
    if _UNASKED & codes:
        return say("hint_turn_on")
    return say(_HINTS.get((expect, verdict)) or _HINTS.get(("", verdict)) or "hint_first")


_SPOOFED = frozenset({("refused", ACCEPTED), ("accepted", REFUSED_HTTP)})
_UNASKED = frozenset({"http_unasked", "alert_unasked", "closed_unasked"})
_HINTS: t.Final[dict[tuple[str, str], str]] = {
    ("refused", ACCEPTED): "hint_let_in",
    ("accepted", ACCEPTED): "hint_not_every",
    ("accepted", REFUSED_HTTP): "hint_wrong_ca",
    ("accepted", REFUSED_HANDSHAKE): "hint_wrong_ca",
    ("", UNREACHABLE): "hint_unreachable",
}


def contains_word(line: str, text: str) -> bool:
    """Return whether ``line`` has ``text`` as a whole word: ``web10`` does not have ``web1``.

    Chinese characters separate words, so they may stand next to ``text``.
    """
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", line, re.ASCII) is not None
