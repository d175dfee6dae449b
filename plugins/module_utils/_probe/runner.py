# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries all identities at once, in rounds, until their expectations are met or the time is over.

Private to this collection.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
import math
import time
import typing as t
from dataclasses import dataclass

from .._x509 import describe, names, times
from .._x509.package import x509
from . import handshake, resolve, tls_messages, verdict
from .handshake import Target
from .identity import Identity
from .messages import say
from .verdict import Answer

Result = dict[str, t.Any]

_FIRST_PAUSE, _MAX_PAUSE = 0.1, 1.0  # seconds between two rounds

# Values of the option answers_by: what identifies the server of an answer.
_SERVER_OF: dict[str, t.Callable[[Answer], str | None]] = {
    "line": lambda answer: answer.line,
    "header": lambda answer: answer.header,
    "address": lambda answer: answer.address,
}


@dataclass(frozen=True)
class Plan:
    """The service and the number of requests.

    ``requests`` is per identity and round, at least one per address; ``concurrency`` the number of connections at
    once; ``answers_by`` what identifies a server: line, header or address.
    """

    target: Target
    address: str | None
    resolver: str | None
    requests: int
    concurrency: int = 16
    answers_by: str = "line"

    def addresses(self) -> list[str]:
        """Return the addresses of the service. Raises UnresolvedError."""
        return resolve.addresses(self.target.host, self.address, self.resolver, self.target.timeout)


def rounds(deadline: float) -> t.Iterator[None]:
    """Yield at once, and again after growing pauses until ``deadline`` (of time.monotonic)."""
    pause = _FIRST_PAUSE
    yield
    while time.monotonic() + pause <= deadline:
        time.sleep(pause)
        pause = min(pause * 1.5, _MAX_PAUSE)
        yield


def run(plan: Plan, identities: t.Sequence[Identity], deadline: float = 0) -> list[Result]:
    """Return a result for each identity, in their order. An identity whose expectation is met is not tried again."""
    results: dict[str, Result] = {}
    with concurrent.futures.ThreadPoolExecutor(plan.concurrency) as pool:
        for _round in rounds(deadline):
            waiting = [each for each in identities if not results.get(each.name, {}).get("met")]
            for identity, answers in zip(waiting, _answers(plan, waiting, pool), strict=True):
                results[identity.name] = summarize(identity, answers, plan.answers_by)
            if all(each["met"] for each in results.values()):
                break
    return [results[each.name] for each in identities]


def _answers(plan: Plan, identities: t.Sequence[Identity], pool: concurrent.futures.Executor) -> list[list[Answer]]:
    """Return the answers for each identity, in the order of the addresses.

    Each address is tried once first. The other requests leave out an address that did not answer this identity in time.
    """
    try:
        service = plan.addresses() if any(not each.address for each in identities) else []
    except resolve.UnresolvedError as error:
        return [[Answer(verdict.UNREACHABLE, error.message)] for _identity in identities]
    addresses = {each.name: [each.address] if each.address else service for each in identities}
    targets = {each.name: _target(plan.target, each) for each in identities}
    contexts = {each.name: each.context for each in identities}
    tasks = [
        (name, those[number % len(those)])
        for name, those in addresses.items()
        for number in range(max(plan.requests, len(those)))
    ]
    first = list(dict.fromkeys(tasks))

    def ask(task: tuple[str, str]) -> Answer:
        name, address = task
        return handshake.request(targets[name], address, contexts[name])[0]

    answers = {task: [answer] for task, answer in zip(first, pool.map(ask, first), strict=True)}
    left = collections.Counter(tasks)
    left.subtract(first)
    repeated = [task for task in left.elements() if answers[task][0].verdict not in verdict.NOT_REPEATED]
    for task, answer in zip(repeated, pool.map(ask, repeated), strict=True):
        answers[task].append(answer)
    return [[answer for address in those for answer in answers[name, address]] for name, those in addresses.items()]


def _target(target: Target, identity: Identity) -> Target:
    port = target.port if identity.port is None else identity.port
    return dataclasses.replace(target, port=port, headers=identity.headers)


def resumption(plan: Plan, identity: Identity) -> bool | None:
    """Return whether the service resumes a TLS session of this identity, None where that cannot be determined."""
    with contextlib.suppress(resolve.UnresolvedError):
        address = plan.addresses()[0]
        answer, session = handshake.request(plan.target, address, identity.context)
        if answer.verdict == verdict.ACCEPTED:
            if session is None:
                return False
            return handshake.request(plan.target, address, identity.context, session)[0].handshake.resumed
    return None


def latency(answers: t.Sequence[Answer]) -> dict[str, float] | None:
    """Return percentiles (nearest rank) of the answered requests in milliseconds, None if none was answered."""
    times = sorted(each.seconds * 1000 for each in answers if each.seconds is not None and each.http_status)
    if not times:
        return None
    ranks = {f"p{percent}": math.ceil(percent / 100 * len(times)) - 1 for percent in (50, 90, 99)}
    return {name: round(times[rank], 1) for name, rank in {**ranks, "max": len(times) - 1}.items()}


def summarize(identity: Identity, answers: t.Sequence[Answer], answers_by: str = "line") -> Result:
    """Return one result for all answers. When their verdicts differ it is ``failed``, and the reason counts them."""
    counts = collections.Counter(each.verdict for each in answers)
    named = [_SERVER_OF[answers_by](each) or "" for each in answers if each.verdict == verdict.ACCEPTED]
    lines = collections.Counter(each for each in named if each)
    # The result describes one answer: the first that was not accepted, if there is one.
    shown = next((each for each in answers if each.verdict != verdict.ACCEPTED), answers[-1])
    found, reason = shown.verdict, shown.reason
    if len(counts) > 1:
        found, reason = verdict.FAILED, say("differ")
        for each, count in counts.most_common():
            reason += say("count", count=count, verdict=each)
        reason += shown.reason
    missing = [each for each in identity.expect_answers if not any(verdict.contains_word(line, each) for line in lines)]
    if found == verdict.ACCEPTED and missing:
        reason = say("missing", requests=len(answers), names=", ".join(missing))
    seen = shown.handshake
    chain = [facts(parsed(each)) for each in seen.chain]
    expect = identity.expect or ("accepted" if identity.expect_answers else None)
    layer = verdict.refused_by(shown, direct=bool(identity.address))
    met = (expect is None or found in verdict.MEETS[expect]) and not missing
    met = met and identity.expect_refused_by in (None, layer)
    hint = None if met else verdict.hint(expect or "accepted", found, reason, spoofs=bool(identity.headers))
    return {
        "name": identity.name,
        "kind": identity.kind,
        "reached": any(each.verdict != verdict.UNREACHABLE for each in answers),
        "verdict": found,
        "expect": identity.expect,
        "met": met,
        "reason": str(reason),
        "reason_parts": reason.returned(),
        "hint": str(hint) if hint else None,
        "hint_parts": hint.returned() if hint else [],
        "alert": shown.alert,
        "http_status": shown.http_status,
        "refused_by": layer,
        "refusal": shown.refusal,
        "address": shown.address,
        "tls_version": seen.version,
        "cipher": seen.cipher,
        "alpn": seen.alpn,
        "latency_ms": latency(answers),
        "requests": len(answers),
        "answers": dict(sorted(lines.items())),  # in the order of names, so that two runs show the same
        "missing_answers": missing,
        "certificate": facts(identity.certificate),
        "server_certificate": chain[0] if chain else None,
        "server_chain": chain,
        "server_verified": seen.verified if identity.context.verify_mode else None,
        "asks_for_certificate": seen.asked,
        "ca_names": [tls_messages.name_text(each) for each in seen.authorities or ()],
    }


def parsed(der: bytes | None) -> x509.Certificate | None:
    """Return the certificate, None when cryptography cannot read it: OpenSSL is less strict."""
    if not der:
        return None
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        return None


def facts(certificate: x509.Certificate | None) -> Result | None:
    """Return the properties of a certificate that a result shows."""
    if certificate is None:
        return None
    return {
        "subject": _fields(lambda: certificate.subject),
        "issuer": _fields(lambda: certificate.issuer),
        **describe.validity(certificate),
        "days_left": (certificate.not_valid_after_utc - times.now()).days,
        "fingerprint_sha256": describe.fingerprint_sha256(certificate),
    }


def _fields(name: t.Callable[[], x509.Name]) -> dict[str, str]:
    """Return the fields of a name; none when its text is in another alphabet than it declares, as with old CAs."""
    try:
        return names.subject_dict(name())
    except ValueError:
        return {}
