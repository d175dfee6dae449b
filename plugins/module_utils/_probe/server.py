# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examines the service itself: certificate, versions, cipher suites, redirection. Private to this collection."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import ssl
import time
import typing as t
import urllib.parse
import warnings
from dataclasses import dataclass

from . import handshake, hello, identity, resolve, runner, tls_messages, verdict
from .handshake import Target
from .messages import Message, say
from .verdict import Observation

if t.TYPE_CHECKING:
    from cryptography import x509

Facts = dict[str, t.Any]
Params = t.Mapping[str, t.Any]

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_TRIES = 2  # handshakes until a result counts as unknown: one may fail by accident


class _UnknownError(Exception):
    """Raised when the server neither accepted nor declined; the argument is a Message."""


def examine(plan: runner.Plan, params: Params, asked: bool = False) -> tuple[Facts, list[Facts]]:
    """Examine every address of the service.

    ``asked`` says that the server requested a certificate from one of the identities: some servers do so only after an
    HTTP request.

    Returns facts and checks. The facts are those of the first address with an unmet check, if there is one.
    """
    options, target = params["server"], plan.target
    try:
        addresses = plan.addresses()
    except resolve.UnresolvedError as error:
        nothing = _nothing(None, error.message)
        return _returned(nothing), checks(nothing, options, target)
    with concurrent.futures.ThreadPoolExecutor(min(len(addresses), plan.concurrency)) as pool:
        found = list(pool.map(lambda address: _examine(target, params, address, asked), addresses))
    checked = [checks(facts, options, target, several=len(addresses) > 1) for facts in found]
    shown = next((number for number, rows in enumerate(checked) if not all(row["met"] for row in rows)), 0)
    rows = [next((row for row in same if not row["met"]), same[0]) for same in zip(*checked, strict=True)]
    return _returned(found[shown]), rows


def first_authority(plan: runner.Plan) -> x509.Name | None:
    """Return the first CA name in the server's certificate request, None if there is none that can be read."""
    with contextlib.suppress(resolve.UnresolvedError, ValueError):
        seen = handshake.observe(plan.target, plan.addresses()[0], _unverified())
        return tls_messages.name_of(seen.authorities[0]) if seen.authorities else None
    return None


def _nothing(address: str | None, reason: Message | None) -> Facts:
    return {
        "reached": False,
        "reason": reason,
        "address": address,
        "chain": [],
        "verified": False,
        "verify_error": None,
        "asks_for_certificate": False,
        "ca_names": [],
        "alpn": None,
        "tls_versions": None,
        "ciphers": None,
        "unknown": {},  # reasons, by the name of the fact that could not be determined
        "redirect": None,
    }


def _returned(found: Facts) -> Facts:
    """Return the facts as the module returns them, with texts in place of messages."""
    texts = {name: str(found[name]) if found[name] else None for name in ("reason", "redirect")}
    return {**found, **texts, "unknown": {name: str(why) for name, why in found["unknown"].items()}}


def _examine(target: Target, params: Params, address: str, asked: bool) -> Facts:
    options = params["server"]
    first = handshake.observe(target, address, _unverified(["h2", "http/1.1"]))
    if not first.chain:
        return _nothing(address, say("no_handshake", address=address, port=target.port, why=_why(first.error)))
    found: Facts = {
        **_nothing(address, None),
        "reached": True,
        "chain": [runner.facts(runner.parsed(each)) for each in first.chain],
        "asks_for_certificate": first.asked or asked,
        "ca_names": [tls_messages.name_text(each) for each in first.authorities or ()],
        "alpn": first.alpn,
    }
    context = identity.context({**params, "validate_certs": True, "tls_version": "auto"})
    try:
        second = _observe(target, address, context, lambda seen, _last: seen.verified is not None, "certificate")
        found["verified"] = bool(second.verified)
        found["verify_error"] = None if second.verified else getattr(second.error, "verify_message", "")
    except _UnknownError as error:
        found["verify_error"] = str(error.args[0])
    for name, offered in (("tls_versions", _versions), ("ciphers", _ciphers)):
        if not options[name]:
            continue
        found[name] = []
        try:
            for each in offered(target, address):
                found[name].append(each)
        except _UnknownError as error:
            found["unknown"][name] = error.args[0]
    if options["http_port"]:
        found["redirect"] = _redirect(target, address, options["http_port"])
    return found


@dataclass(frozen=True)
class _Check:
    """One check of the server. ``order`` is the value of its option; a falsy one leaves the check out."""

    name: str
    order: t.Callable[[Params], t.Any]
    expected: t.Callable[[t.Any, Target], Message]
    found: t.Callable[[Facts], Message]
    met: t.Callable[[Facts, t.Any, Target], bool]


_CHECKS = (
    _Check(
        "certificate name",
        lambda params: params["verified"],
        lambda _order, target: say("valid_for", host=target.host),
        lambda facts: (
            say("valid") if facts["verified"] else say("not_valid", why=facts["verify_error"] or str(_reason(facts)))
        ),
        lambda facts, _order, _target: facts["verified"],
    ),
    _Check(
        "certificate expiry",
        lambda params: params["days_left"],
        lambda days, _target: say("days_or_more", days=days),
        lambda facts: say("days_left", days=_first(facts)["days_left"]) if _first(facts) else _reason(facts),
        lambda facts, days, _target: bool(_first(facts)) and _first(facts)["days_left"] >= days,
    ),
    _Check(
        "client certificate",
        lambda params: params["asks_for_certificate"],
        lambda _order, _target: say("requested"),
        lambda facts: (
            say("requested" if facts["asks_for_certificate"] else "not_requested")
            if facts["reached"]
            else _reason(facts)
        ),
        lambda facts, _order, _target: facts["asks_for_certificate"],
    ),
    _Check(
        "TLS versions",
        lambda params: sorted(params["tls_versions"] or []),
        lambda versions, _target: _list(versions),
        lambda facts: _offered(facts, "tls_versions"),
        lambda facts, versions, _target: facts["tls_versions"] == versions and "tls_versions" not in facts["unknown"],
    ),
    _Check(
        "cipher suites",
        lambda params: sorted(params["ciphers"] or []),
        lambda ciphers, _target: _list(ciphers),
        lambda facts: _offered(facts, "ciphers"),
        lambda facts, ciphers, _target: (
            not _not_ordered(facts["ciphers"] or [], ciphers) and "ciphers" not in facts["unknown"]
        ),
    ),
    _Check(
        "HTTP to HTTPS",
        lambda params: params["http_port"],
        lambda port, target: say("redirects_to", port=port, host=_service(target)),
        lambda facts: facts["redirect"] or _reason(facts),
        lambda facts, _order, target: _leads_to(str(facts["redirect"]), target),
    ),
)


def checks(facts: Facts, params: Params, target: Target, *, several: bool = False) -> list[Facts]:
    """Return expected and found value of each check that ``params`` (the option server) orders.

    With ``several`` addresses the found value names the one that ``facts`` are of.
    """
    rows = []
    for check in _CHECKS:
        order = check.order(params)
        if not order:
            continue
        expected, found = check.expected(order, target), check.found(facts)
        if several:
            found += say("at", address=facts["address"])
        rows.append(
            {
                "name": check.name,
                "expected": str(expected),
                "expected_parts": expected.returned(),
                "found": str(found),
                "found_parts": found.returned(),
                "met": bool(facts["reached"] and check.met(facts, order, target)),
            }
        )
    return rows


def _first(facts: Facts) -> Facts:
    """Return the facts of the server's certificate, none if it sent none that can be read."""
    return (facts["chain"] or [None])[0] or {}


def _reason(facts: Facts) -> Message:
    """Return the reason why something was not found out."""
    return facts["reason"] or say("unreadable")


def _list(names: t.Sequence[str]) -> Message:
    return say("list", names=", ".join(names)) if names else say("none")


def _offered(facts: Facts, name: str) -> Message:
    """Return the list of what the server accepts, with the reason if it is incomplete."""
    if facts[name] is None:
        return _reason(facts)
    unknown = facts["unknown"].get(name)
    return _list(facts[name]) + unknown if unknown else _list(facts[name])


def _not_ordered(found: t.Iterable[str], ordered: t.Collection[str]) -> set[str]:
    """Return the suites of ``found`` that are not allowed. An order without a suite of TLS 1.3 allows all of them."""
    allowed = {*ordered, *(() if set(ordered) & set(hello.SUITES) else hello.SUITES)}
    return set(found) - allowed


def _service(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == 443 else f"{host}:{target.port}"


def _leads_to(location: str, target: Target) -> bool:
    """Return whether the URL ``location`` is one of the service, and not one whose name only begins alike."""
    try:
        url = urllib.parse.urlsplit(location)
        place = (url.scheme, (url.hostname or "").rstrip("."), url.port or 443)
    except ValueError:
        return False
    return place == ("https", target.host.lower().rstrip("."), target.port)


def _unverified(alpn: list[str] | None = None) -> ssl.SSLContext:
    """Return a context that does not verify the server: no data is sent, only its handshake is read."""
    context = tls_messages.record_messages(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def _permissive() -> ssl.SSLContext:
    """Return a context that also offers the weak cipher suites, which OpenSSL leaves out by default."""
    context = _unverified()
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _observe(
    target: Target, address: str, context: ssl.SSLContext, conclusive: t.Callable[[Observation, bool], bool], what: str
) -> Observation:
    """Return the first observation that is ``conclusive``, of a few tries.

    ``conclusive`` is also told whether it is the last try. ``what`` names the fact in the message of _UnknownError,
    which is raised when no observation is conclusive.
    """
    for number in range(_TRIES):
        seen = handshake.observe(target, address, context)
        if conclusive(seen, number == _TRIES - 1):
            return seen
    raise _UnknownError(say("unknown", what=what, why=_why(seen.error)))


def _why(error: OSError | None) -> str:
    """Return a text for ``error``, also for one that has none."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error and (getattr(error, "reason", None) or error.strerror or str(error))) or "closed without an answer"


def _versions(target: Target, address: str) -> t.Iterator[str]:
    """Yield the versions of TLS that the server accepts. Raises _UnknownError."""
    for name, version in _VERSIONS.items():
        context = _permissive()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        # A server that refuses a client without a certificate has accepted the version before, and sent its chain.
        if _observe(target, address, context, _accepted_or_declined, f"TLS {name}").chain:
            yield name


def _accepted_or_declined(seen: Observation, last: bool) -> bool:
    # The OpenSSL of this side may not support a version. Then it sends nothing, and the version counts as declined.
    unsupported = getattr(seen.error, "reason", "") == "NO_PROTOCOLS_AVAILABLE"
    # OpenSSL sends this alert to decline a version that its security level excludes; once, it may be an accident.
    excluded = last and verdict.alert_of(seen.error) == "internal error"
    return bool(seen.chain) or seen.declined or unsupported or excluded


def _ciphers(target: Target, address: str) -> t.Iterator[str]:
    """Yield the cipher suites that the server accepts. Raises _UnknownError.

    Offers all, takes out the one that the server selects, and repeats until the server selects none.
    """
    yield from _selected(list(hello.SUITES), lambda left: _suite(target, address, left))
    context = _permissive()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    names = [cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]

    def choice(left: list[str]) -> str | None:
        context.set_ciphers(":".join(left) + ":@SECLEVEL=0")
        return _observe(target, address, context, _accepted_or_declined, "ciphers").cipher

    yield from _selected(names, choice)


def _selected(names: list[str], choice: t.Callable[[list[str]], str | None]) -> t.Iterator[str]:
    left = list(names)
    found = []
    while left and (name := choice(left)) in left:
        left.remove(name)
        found.append(name)
    yield from sorted(found)


def _suite(target: Target, address: str, names: list[str]) -> str | None:
    problem: OSError | None = None
    for _try in range(_TRIES):
        try:
            return hello.selected_suite(target, address, names)
        except OSError as error:
            problem = error
    raise _UnknownError(say("unknown", what="TLS 1.3", why=_why(problem)))


def _redirect(target: Target, address: str, port: int) -> Message:
    deadline = time.monotonic() + target.timeout
    try:
        with handshake.connect(target, address, port) as connection:
            connection.set_deadline(deadline)
            connection.sendall(handshake.get_request(target, port, 80))
            with contextlib.closing(http.client.HTTPResponse(connection, method="GET")) as response:
                response.begin()
                location = response.getheader("Location")
                if location and 300 <= response.status < 400:
                    return say("location", location=location)
                return say("http", status=response.status)
    except OSError as error:
        return handshake.unreachable(error, target, address, port)
    except http.client.HTTPException as error:
        return say("no_http", why=repr(error))
