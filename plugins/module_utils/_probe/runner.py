# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All identities at once, again and again until their expectations are met or the time is over.

Private to this collection.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import dataclasses
import itertools
import math
import time
import typing as t

from .._pki import values
from . import handshake, resolve, verdict
from .handshake import Target
from .identity import Identity
from .verdict import Answer

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

Result = dict[str, t.Any]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0  # seconds between two rounds


@dataclasses.dataclass(frozen=True)
class Plan:
    """``requests`` per identity and round; ``wait_timeout`` in seconds, 0 for a single round.

    ``concurrency`` is how many connections there are at once; ``told_by`` what tells servers apart: line, header or
    address.
    """

    target: Target
    address: str | None
    resolver: str | None
    requests: int
    wait_timeout: float
    concurrency: int = 16
    told_by: str = "line"


def run(plan: Plan, identities: t.Sequence[Identity]) -> list[Result]:
    """A result for each identity, in their order. Those whose expectation is met are not asked again."""
    deadline = time.monotonic() + plan.wait_timeout
    results: dict[str, Result] = {}
    pause = _FIRST_PAUSE
    with concurrent.futures.ThreadPoolExecutor(plan.concurrency) as pool:
        while True:
            waiting = [each for each in identities if not results.get(each.name, {}).get("met")]
            for identity, answers in zip(waiting, _round(plan, waiting, pool), strict=True):
                results[identity.name] = summarize(identity, answers, plan.told_by)
            if all(each["met"] for each in results.values()) or time.monotonic() + pause > deadline:
                return [results[each.name] for each in identities]
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def _round(plan: Plan, identities: t.Sequence[Identity], pool: concurrent.futures.Executor) -> list[list[Answer]]:
    try:
        found = resolve.addresses(plan.target.host, plan.address, plan.resolver, plan.target.timeout)
    except resolve.UnresolvedError as error:
        return [[Answer(verdict.UNREACHABLE, str(error))] for _identity in identities]

    def ask(task: tuple[Identity, int]) -> Answer:
        identity, number = task
        return handshake.request(plan.target, found[number % len(found)], identity.context)[0]

    first = list(pool.map(ask, [(identity, 0) for identity in identities]))
    # Where there is no answer at all, the next one would only take as long.
    live = [
        identity
        for identity, answer in zip(identities, first, strict=True)
        if answer.verdict not in (verdict.UNREACHABLE, verdict.HANGING)
    ]
    more = pool.map(ask, [(identity, number) for identity in live for number in range(1, plan.requests)])
    rest = {identity.name: list(itertools.islice(more, plan.requests - 1)) for identity in live}
    return [[answer, *rest.get(identity.name, [])] for identity, answer in zip(identities, first, strict=True)]


def resumption(plan: Plan, identity: Identity) -> bool | None:
    """Whether the service resumes a TLS session of this identity; None where it cannot be told."""
    with contextlib.suppress(resolve.UnresolvedError):
        found = resolve.addresses(plan.target.host, plan.address, plan.resolver, plan.target.timeout)
        answer, session = handshake.request(plan.target, found[0], identity.context)
        if answer.verdict == verdict.ACCEPTED:
            if session is None:
                return False
            return handshake.request(plan.target, found[0], identity.context, session)[0].resumed
    return None


def latency(answers: t.Sequence[Answer]) -> dict[str, float] | None:
    """Percentiles (nearest rank) of the requests that were answered, in milliseconds."""
    times = sorted(each.seconds * 1000 for each in answers if each.seconds is not None and each.http_status)
    if not times:
        return None
    ranks = {f"p{percent}": math.ceil(percent / 100 * len(times)) - 1 for percent in (50, 90, 99)}
    return {name: round(times[rank], 1) for name, rank in {**ranks, "max": len(times) - 1}.items()}


def summarize(identity: Identity, answers: t.Sequence[Answer], told_by: str = "line") -> Result:
    """One verdict for all answers; when they differ, it is ``failed`` and the reason says how."""
    counts = collections.Counter(each.verdict for each in answers)
    told = [str(getattr(each, told_by) or "") for each in answers if each.verdict == verdict.ACCEPTED]
    lines = collections.Counter(each for each in told if each)
    # The answer that the result describes: the one that is out of the ordinary, if there is one.
    shown = next((each for each in answers if each.verdict != verdict.ACCEPTED), answers[-1])
    if len(counts) == 1:
        found, reason = shown.verdict, shown.reason
    else:
        found = verdict.FAILED
        spread = ", ".join(f"{count} {each}" for each, count in counts.most_common())
        reason = f"the answers differ ({spread}): {shown.reason}"
    missing = [each for each in identity.expect_answers if not any(each in line for line in lines)]
    if found == verdict.ACCEPTED and missing:
        reason = f"none of {len(answers)} answers came from {', '.join(missing)}"
    return {
        "name": identity.name,
        "kind": identity.kind,
        "verdict": found,
        "expect": identity.expect,
        "met": (identity.expect is None or found in verdict.MEETS[identity.expect]) and not missing,
        "reason": reason,
        "alert": shown.alert,
        "http_status": shown.http_status,
        "address": shown.address,
        "tls_version": shown.tls_version,
        "cipher": shown.cipher,
        "alpn": shown.alpn,
        "latency_ms": latency(answers),
        "requests": len(answers),
        "answers": dict(lines),
        "missing_answers": missing,
        "certificate": facts(identity.certificate),
        "server_certificate": facts(parsed(shown.server_certificate)),
    }


def complaint(results: t.Sequence[Result], target: Target) -> str | None:
    """What to tell the user about expectations that are not met, or None when all are."""
    unmet = [each for each in results if not each["met"]]
    if not unmet:
        return None
    head = f"{len(unmet)} of {len(results)} expectations about https://{target.host}:{target.port} not met."
    # What fails all clients alike, such as a name that does not resolve, is said once.
    causes: dict[str, list[str]] = {}
    for each in unmet:
        expect = each["expect"] or "accepted"  # as an expected answer implies
        cause = f"{each['reason']}. {verdict.hint(expect, each['verdict'])}"
        causes.setdefault(cause, []).append(_finding(each, expect))
    return " ".join([head, *(f"{'; '.join(findings)}: {cause}" for cause, findings in causes.items())])


def _finding(result: Result, expect: str) -> str:
    issuer = (result["certificate"] or {}).get("issuer", {}).get("common_name")
    who = result["name"] + (f" (issued by {issuer})" if issuer else "")
    found = result["verdict"] if result["verdict"] != expect else "accepted, but not by all"
    return f"{who}: expected {expect}, was {found}"


def parsed(der: bytes | None) -> x509.Certificate | None:
    """The certificate, or None when cryptography cannot read it: OpenSSL reads more."""
    if not der:
        return None
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        return None


def facts(certificate: x509.Certificate | None) -> Result | None:
    """What a result says about a certificate."""
    if certificate is None:
        return None
    return {
        "subject": values.subject_dict(certificate.subject),
        "issuer": values.subject_dict(certificate.issuer),
        "not_before": values.iso(certificate.not_valid_before_utc),
        "not_after": values.iso(certificate.not_valid_after_utc),
        "days_left": (certificate.not_valid_after_utc - values.now()).days,
        "fingerprint_sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }
