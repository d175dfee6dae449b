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

# Where there is no whole answer in time, the next one would only take as long.
NOT_AGAIN = frozenset({UNREACHABLE, HANGING, SLOW})

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

# Alerts by which a server says that it does not take what was offered.
NOT_OFFERED_ALERTS = frozenset({"protocol version", "handshake failure", "insufficient security"})

# Statuses by which a server refuses a client: Nginx says 400 for a missing or wrong certificate (495 and 496 inside),
# servers that look at the certificate's name in a header say 401 or 403.
REFUSAL_STATUSES = frozenset({400, 401, 403, 495, 496})

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_([A-Z_]+)")
_TITLE = re.compile(r"<title>(?:\d{3} )?([^<]{1,200})</title>", re.IGNORECASE)
_ALERT_TEXT = re.compile(r"\balert ([a-z ]+)")


@dataclasses.dataclass(frozen=True)
class Look:
    """One handshake. ``error`` is None when it was completed.

    ``chain`` is what the server sent, DER; ``authorities`` the names of the CAs that it asked for (DER), None when it
    asked for no certificate; ``version`` such as ``1.3``.
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
        """Whether the server asked for a certificate."""
        return self.authorities is not None

    @property
    def verified(self) -> bool | None:
        """Whether the certificate of the server stands, for a context that looks. None when it cannot be told.

        OpenSSL has looked before it answers to a handshake, and the server only refuses after that. Any other end may
        have come before.
        """
        if isinstance(self.error, ssl.SSLCertVerificationError):
            return False
        if self.chain and (self.error is None or alert_of(self.error) or (self.asked and closed(self.error))):
            return True
        return None

    @property
    def declined(self) -> bool:
        """Whether the server said that it takes nothing of what was offered."""
        # The last: a server from before TLS 1.3 answers with what it has, and this side has the last word.
        return alert_of(self.error) in NOT_OFFERED_ALERTS or getattr(self.error, "reason", "") == "UNSUPPORTED_PROTOCOL"


@dataclasses.dataclass(frozen=True)
class Answer:
    """The outcome of one request. ``line`` is the first line of the body.

    ``seconds`` is how long it took from the first packet to the end of the answer.
    """

    verdict: str
    reason: Message
    alert: str | None = None
    address: str | None = None
    http_status: int | None = None
    line: str | None = None
    header: str | None = None
    seconds: float | None = None
    look: Look = Look()


def of_status(status: int, *, asked: bool) -> tuple[str, Message]:
    """Verdict and reason of an HTTP status. Who was not asked for a certificate is not refused for the lack of one."""
    if status in REFUSAL_STATUSES:
        return (
            (REFUSED_HTTP, say("http_refused", status=status))
            if asked
            else (FAILED, say("http_unasked", status=status))
        )
    if status >= 500:
        return FAILED, say("http_failed", status=status)
    return ACCEPTED, say("http_answered", status=status)


def reason_of(text: str, line: str) -> str:
    """What a refusing page says: its title, or its first ``line`` when it is no HTML."""
    title = _TITLE.search(text)
    return title[1].strip() if title else "" if line.startswith("<") else line


def of_error(error: OSError, timeout: float, *, asked: bool, let_in: bool = False) -> tuple[str, Message, str | None]:
    """Verdict, reason and alert of what ended a connection before its answer.

    ``asked`` is whether the server had asked for a client certificate: only then can its silence be a refusal.
    ``let_in`` is whether a handshake was completed in which the server has the last word, as it has in TLS 1.2.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return FAILED, say("server_unverified", why=error.verify_message), None
    if closed(error):
        if let_in:
            return RESET, say("closed_after"), None
        # Some servers close without an alert, and a reset can overtake one.
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
    """Whether the server ended the connection without a word."""
    return isinstance(error, ConnectionError | ssl.SSLEOFError) or getattr(error, "errno", None) == errno.ENOTCONN


def alert_of(error: OSError | None) -> str | None:
    """The alert that the server sent, such as ``unknown ca``, or None when the error is another one."""
    if not isinstance(error, ssl.SSLError):
        return None
    match = _ALERT.fullmatch(error.reason or "")
    if match:
        return match[1].lower().replace("_", " ")
    # An OpenSSL that is newer than this Python: the reason has no name, but the text does.
    match = _ALERT_TEXT.search(str(error))
    return match[1].strip() if match else None


def hint(expect: str, verdict: str, reason: Message) -> Message:
    """What to do when ``verdict`` is not what was expected."""
    if _UNASKED & {each.code for each in reason.parts}:
        return say("hint_turn_on")
    return say(_HINTS.get((expect, verdict)) or _HINTS.get(("", verdict)) or "hint_first")


_UNASKED = frozenset({"http_unasked", "alert_unasked", "closed_unasked"})
_HINTS: t.Final[dict[tuple[str, str], str]] = {
    ("refused", ACCEPTED): "hint_let_in",
    ("accepted", ACCEPTED): "hint_not_every",
    ("accepted", REFUSED_HTTP): "hint_wrong_ca",
    ("accepted", REFUSED_HANDSHAKE): "hint_wrong_ca",
    ("", UNREACHABLE): "hint_unreachable",
}


def names(line: str, text: str) -> bool:
    """Whether ``text`` is in ``line`` as a whole word: ``web1`` is not in ``web10``. 中文 may be next to it."""
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", line, re.ASCII) is not None
