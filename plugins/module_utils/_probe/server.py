# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service itself: what it shows to everybody, and whether that is as ordered. Private to this collection."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import ssl
import time
import typing as t
import urllib.parse
import warnings

from . import handshake, hello, identity, resolve, runner, tls_messages, verdict
from .handshake import Target
from .messages import Message, say

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
_TRIES = 2  # for what a network can spoil


class _UntoldError(Exception):
    """The server neither agreed nor declined."""


def examine(plan: runner.Plan, params: Params, asked: bool = False) -> tuple[Facts, list[Facts]]:
    """What the server shows, and a check for everything that ``params["server"]`` asks for.

    Every address is looked at. The facts are those of the first one that is not as ordered, if there is one.
    ``asked`` is whether a request has been asked for a certificate, which some servers do only then.
    """
    wanted, target = params["server"], plan.target
    try:
        addresses = plan.addresses()
    except resolve.UnresolvedError as error:
        nothing = _nothing(None, error.message)
        return _returned(nothing), checks(nothing, wanted, target)
    with concurrent.futures.ThreadPoolExecutor(min(len(addresses), plan.concurrency)) as pool:
        found = list(pool.map(lambda address: _examine(target, params, address, asked), addresses))
    checked = [checks(each, wanted, target, several=len(addresses) > 1) for each in found]
    shown = next((number for number, rows in enumerate(checked) if not all(row["met"] for row in rows)), 0)
    rows = [next((row for row in same if not row["met"]), same[0]) for same in zip(*checked, strict=True)]
    return _returned(found[shown]), rows


def first_authority(plan: runner.Plan) -> x509.Name | None:
    """The name of the first CA that the service asks for, if it can be asked and names one that can be read."""
    with contextlib.suppress(resolve.UnresolvedError, ValueError):
        look = handshake.look(plan.target, plan.addresses()[0], _open())
        return tls_messages.name_of(look.authorities[0]) if look.authorities else None
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
        "untold": {},  # by the name of what could not be told
        "redirect": None,
    }


def _returned(found: Facts) -> Facts:
    """For the return value of the module: texts for messages."""
    texts = {name: str(found[name]) if found[name] else None for name in ("reason", "redirect")}
    return {**found, **texts, "untold": {name: str(why) for name, why in found["untold"].items()}}


def _examine(target: Target, params: Params, address: str, asked: bool) -> Facts:
    wanted = params["server"]
    first = handshake.look(target, address, _open(["h2", "http/1.1"]))
    if not first.chain:
        return _nothing(address, say("no_handshake", address=address, port=target.port, why=_why(first.error)))
    found: Facts = {
        **_nothing(address, None),
        "reached": True,
        "chain": [runner.facts(runner.parsed(each)) for each in first.chain],
        "asks_for_certificate": first.asked or asked,
        "ca_names": [tls_messages.readable(each) for each in first.authorities or ()],
        "alpn": first.alpn,
    }
    context = identity.context({**params, "validate_certs": True, "tls_version": "auto"})
    try:
        second = _told(target, address, context, lambda look, _last: look.verified is not None, "certificate")
        found["verified"] = bool(second.verified)
        found["verify_error"] = None if second.verified else getattr(second.error, "verify_message", "")
    except _UntoldError as error:
        found["verify_error"] = str(error.args[0])
    for name, offered in (("tls_versions", _versions), ("ciphers", _ciphers)):
        if not wanted[name]:
            continue
        found[name] = []
        try:
            for each in offered(target, address):
                found[name].append(each)
        except _UntoldError as error:
            found["untold"][name] = error.args[0]
    if wanted["http_port"]:
        found["redirect"] = _redirect(target, address, wanted["http_port"])
    return found


def checks(found: Facts, wanted: Params, target: Target, *, several: bool = False) -> list[Facts]:
    """What was asked for and what was found, for everything that ``wanted`` names.

    ``several`` is whether what is found has to say at which address.
    """
    leaf = (found["chain"] or [None])[0]
    nothing = found["reason"] or say("unreadable")
    versions, ciphers = (sorted(wanted[name] or []) for name in ("tls_versions", "ciphers"))
    days = wanted["days_left"]
    rows: list[tuple[str, t.Any, Message, Message, bool]] = [
        (
            "certificate name",
            wanted["verified"],
            say("stands_for", host=target.host),
            say("stands") if found["verified"] else say("stands_not", why=found["verify_error"] or str(nothing)),
            found["verified"],
        ),
        (
            "certificate expiry",
            days,
            say("days_or_more", days=days),
            say("days_left", days=leaf["days_left"]) if leaf else nothing,
            bool(leaf) and leaf["days_left"] >= days,
        ),
        (
            "client certificate",
            wanted["asks_for_certificate"],
            say("asks"),
            say("asks" if found["asks_for_certificate"] else "asks_not") if found["reached"] else nothing,
            found["asks_for_certificate"],
        ),
        (
            "TLS versions",
            versions,
            _list(versions),
            _offered(found, "tls_versions", nothing),
            found["tls_versions"] == versions and "tls_versions" not in found["untold"],
        ),
        (
            "cipher suites",
            ciphers,
            _list(ciphers),
            _offered(found, "ciphers", nothing),
            not _strangers(found["ciphers"] or [], ciphers) and "ciphers" not in found["untold"],
        ),
        (
            "HTTP to HTTPS",
            wanted["http_port"],
            say("leads_to", port=wanted["http_port"], host=_service(target)),
            found["redirect"] or nothing,
            _leads(str(found["redirect"]), target),
        ),
    ]
    return [
        {
            "name": name,
            "expected": str(expected),
            "expected_parts": expected.returned(),
            "found": str(shown),
            "found_parts": shown.returned(),
            "met": bool(found["reached"] and met),
        }
        for name, asked, expected, seen, met in rows
        if asked
        for shown in [seen + say("at", address=found["address"]) if several else seen]
    ]


def _list(names: t.Sequence[str]) -> Message:
    return say("list", names=", ".join(names)) if names else say("none")


def _offered(found: Facts, name: str, nothing: Message) -> Message:
    if found[name] is None:
        return nothing
    untold = found["untold"].get(name)
    return _list(found[name]) + untold if untold else _list(found[name])


def _strangers(found: t.Iterable[str], wanted: t.Collection[str]) -> set[str]:
    """Suites that were not ordered. Who names none of TLS 1.3 has not spoken of it: they have names of their own."""
    ordered = {*wanted, *(() if set(wanted) & set(hello.SUITES) else hello.SUITES)}
    return set(found) - ordered


def _service(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == 443 else f"{host}:{target.port}"


def _leads(location: str, target: Target) -> bool:
    """Whether it is the service, and not one whose name begins like it."""
    try:
        url = urllib.parse.urlsplit(location)
        place = (url.scheme, (url.hostname or "").rstrip("."), url.port or 443)
    except ValueError:
        return False
    return place == ("https", target.host.lower().rstrip("."), target.port)


def _open(alpn: list[str] | None = None) -> ssl.SSLContext:
    """A context that takes any certificate: here the server is only looked at."""
    context = tls_messages.observed(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def _everything() -> ssl.SSLContext:
    """A context that offers what this side would rather not."""
    context = _open()
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _told(
    target: Target, address: str, context: ssl.SSLContext, tells: t.Callable[[verdict.Look, bool], bool], what: str
) -> verdict.Look:
    """A handshake that says enough, by ``tells``, which also hears if it is the last one. Raises _UntoldError."""
    for number in range(_TRIES):
        look = handshake.look(target, address, context)
        if tells(look, number == _TRIES - 1):
            return look
    raise _UntoldError(say("untold", what=what, why=_why(look.error)))


def _why(error: OSError | None) -> str:
    """In words, of which some errors have none."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error and (getattr(error, "reason", None) or error.strerror or str(error))) or "closed without an answer"


def _versions(target: Target, address: str) -> t.Iterator[str]:
    """The versions that the server agrees to."""
    for name, version in _VERSIONS.items():
        context = _everything()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        # Who refuses a client without a certificate in TLS 1.2 has agreed to the version, and shown its own.
        if _told(target, address, context, _agreed_or_declined, f"TLS {name}").chain:
            yield name


def _agreed_or_declined(look: verdict.Look, last: bool) -> bool:
    # This side may be forbidden to speak a version. Then nothing is asked, and nothing found.
    forbidden = getattr(look.error, "reason", "") == "NO_PROTOCOLS_AVAILABLE"
    # By this alert OpenSSL declines a version that its security level rules out. It could also be an accident, once.
    ruled_out = last and verdict.alert_of(look.error) == "internal error"
    return bool(look.chain) or look.declined or forbidden or ruled_out


def _ciphers(target: Target, address: str) -> t.Iterator[str]:
    """Offer all, note which one the server takes, offer the others, until it takes none."""
    yield from _taken(list(hello.SUITES), lambda left: _suite(target, address, left))
    context = _everything()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    known = [each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"]

    def choice(left: list[str]) -> str | None:
        context.set_ciphers(":".join(left) + ":@SECLEVEL=0")
        return _told(target, address, context, _agreed_or_declined, "ciphers").cipher

    yield from _taken(known, choice)


def _taken(names: list[str], choice: t.Callable[[list[str]], str | None]) -> t.Iterator[str]:
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
            return hello.chosen(target, address, names)
        except OSError as error:
            problem = error
    raise _UntoldError(say("untold", what="TLS 1.3", why=_why(problem)))


def _redirect(target: Target, address: str, port: int) -> Message:
    deadline = time.monotonic() + target.timeout
    try:
        with handshake.connect(target, address, port) as connection:
            connection.arm(deadline)
            connection.sendall(handshake.message(target, port, 80))
            with contextlib.closing(http.client.HTTPResponse(connection, method="GET")) as response:
                response.begin()
                location = response.getheader("Location")
                if location and 300 <= response.status < 400:
                    return say("leads", location=location)
                return say("http", status=response.status)
    except OSError as error:
        return handshake.unreachable(error, target, address, port)
    except http.client.HTTPException as error:
        return say("no_http", why=repr(error))
