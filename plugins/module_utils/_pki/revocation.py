# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is revoked is written into the index, with the number of the CRL that will say so; then that CRL is written.

A run that is killed in between is completed by the next one, which makes the CRL that the index asks for, under the
next number: no number is used twice and none goes back. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import typing as t

from .._x509 import build as issue
from .._x509 import crl, parse
from .._x509 import names as values
from .._x509.errors import PkiError, UnreadableError
from . import previous_ca as previous
from .ca import Authority, Location
from .storage import database as index
from .storage import files as store
from .storage import rebuild as recovery

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

RELEASE = "remove_from_crl"
_OF_A_CA = ("root", "subordinate", "cross")


@dataclasses.dataclass(frozen=True)
class Order:
    """``key``: one of index.KEYS, or previous.CLIENT, by which ``value`` names certificates.

    ``reason``: of crl.REASONS, or RELEASE. None: that of a certificate that is revoked for good stays.
    """

    key: str
    value: str
    reason: str | None
    option: str

    def __str__(self) -> str:
        return f"{self.option} {self.value!r}"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """``lifetime``: from a CRL's making to its next update, which must be further away than ``renew_before``.

    ``previous_ca``: the CA that this one replaces. What it knows, and this one does not, is not asked of this one.
    """

    orders: t.Sequence[Order]
    lifetime: datetime.timedelta
    renew_before: datetime.timedelta
    owner: store.Owner
    previous_ca: Location | None = None


@dataclasses.dataclass(frozen=True)
class _Plan:
    """``states``: what becomes of certificates, by serial number: (revoked, reason). ``found``: all that were named.

    ``found_before``: those that only the CA before this one knows.
    """

    new: list[index.Entry]
    found: list[index.Entry]
    states: dict[str, tuple[str | None, str | None]]
    revoked: dict[int, dict[str, str]]
    current: x509.CertificateRevocationList | None
    reasons: list[dict[str, str]]
    number: int
    before: previous.Previous
    found_before: list[index.Entry]


def ensure(wanted: Wanted, location: Location, write: bool) -> dict[str, t.Any]:
    """Brings index and CRL into the desired state; without ``write`` only in memory. The module's result."""
    now = values.now()
    store.check_directories([location.directory])
    authority = Authority.load(location)
    if authority is None and write:
        raise PkiError(
            "ca_missing",
            f"There is no CA in {location.directory}: {location.certificate_path} does not exist."
            " Make it first, with the module alicloud.mtls.ca.",
        )
    if authority is None:
        # A check run before the first real one: there is nothing yet that could be revoked.
        stand_in = Authority.stand_in(values.end(now, wanted.lifetime))
        orders = wanted.orders if wanted.previous_ca else ()
        with index.in_memory() as known:
            return _result(
                _plan(dataclasses.replace(wanted, orders=orders), location, stand_in, known, now), None, location
            )
    with recovery.reading(location, authority.certificate, _directories(wanted)) as known:
        plan = _plan(wanted, location, authority, known, now)
    if not plan.reasons:
        if write and plan.before.news:
            with location.locked(), recovery.writing(location, authority.certificate, _directories(wanted)) as known:
                plan.before.copy(known)
        return _result(plan, plan.current, location)
    authority.check_can_issue(location, now)
    if not write:
        return _result(plan, _sign(plan, authority, wanted, now), location)
    with (
        location.locked(),
        recovery.writing(location, authority.certificate, _directories(wanted)) as known,
    ):
        # Another run may have done it in the meantime.
        plan = _plan(wanted, location, authority, known, now)
        made = plan.current
        plan.before.copy(known)
        if _remakes(plan):
            made = _sign(plan, authority, wanted, now)
            known.add(plan.new)
            with known.transaction():
                for serial_number, (revoked, reason) in plan.states.items():
                    known.set_revoked(serial_number, revoked, reason)
                known.set_number("crl", plan.number)
        if made is not None and plan.reasons:
            contents = ((location.crl_path, crl.pem(made)), (location.crl_der_path, crl.der(made)))
            store.write_all([store.File(path, store.PUBLIC, content) for path, content in contents], wanted.owner)
    return _result(plan, made, location)


def _directories(wanted: Wanted) -> set[str]:
    return {os.path.dirname(order.value) for order in wanted.orders if order.key == "file"}


def _plan(
    wanted: Wanted, location: Location, authority: Authority, known: index.Index, now: datetime.datetime
) -> _Plan:
    new: list[index.Entry] = []
    found: dict[str, index.Entry] = {}
    found_before: dict[str, index.Entry] = {}
    states: dict[str, tuple[str | None, str | None]] = {}
    before = previous.load(known.previous(), wanted.previous_ca, ((each.key, each.value) for each in wanted.orders))
    for order in wanted.orders:
        elsewhere = before.named(order.key, order.value)
        here = _named(order, authority, known, now, new, bool(elsewhere))
        found_before |= {} if here else {each["serial_number"]: each for each in elsewhere}
        for each in here:
            serial_number = each["serial_number"]
            if serial_number in found:
                raise PkiError(
                    "duplicate",
                    f"The certificate {serial_number} ({each['file']}) is named more than once, the last time by"
                    f" {order}. Name it once.",
                )
            found[serial_number] = each
            state = _state(order, each, now)
            if state != (each["revoked"], each["reason"]):
                states[serial_number] = state
    revoked = {int(each["serial_number"], 16): (each["revoked"], each["reason"]) for each in known.revoked()}
    revoked |= {int(serial_number, 16): state for serial_number, state in states.items() if state[0]}
    for serial_number, state in states.items():
        if not state[0]:
            revoked.pop(int(serial_number, 16), None)
    listed = {serial: {"revoked": str(moment), "reason": str(reason)} for serial, (moment, reason) in revoked.items()}
    current, reasons = _look(wanted, location, authority, listed, now)
    # The first number is the time: it does not go back even where index and CRL were lost together.
    last = known.number("crl") or 0
    if current is not None and crl.number(current) > last and crl.signed_by(current, authority.certificate):
        raise PkiError(
            "index_outdated",
            f"The CA's index {location.index_path} is older than {location.crl_path} and may not know all that is"
            " revoked. Put the right one back, or move it away: the next run makes it again from the certificates and"
            " the CRL.",
        )
    return _Plan(
        new,
        list(found.values()),
        states,
        listed,
        current,
        reasons,
        last + 1 if last else int(now.timestamp()),
        before,
        list(found_before.values()),
    )


def _named(
    order: Order,
    authority: Authority,
    known: index.Index,
    now: datetime.datetime,
    new: list[index.Entry],
    elsewhere: bool,
) -> list[index.Entry]:
    """The certificates that ``order`` names; one from a file that the index does not know yet also goes to ``new``.

    ``elsewhere``: whether it names one of the CA before this one; then it need not name one here.
    """
    if order.key == "file":
        if elsewhere and not _is_ours(order.value, authority.certificate):
            return []
        certificate = _read(order.value, authority.certificate)
        found = known.find("serial_number", index.serial(certificate))
        if not found:
            added = index.entry("client", certificate, {"certificate": order.value}, now)
            new.append(added)
            found = [{**added, "revoked": None, "reason": None}]
        return found
    every = _of_client(order, known, now) if order.key == previous.CLIENT else known.find(order.key, order.value)
    found = [each for each in every if each["profile"] != "root"]
    if not every and elsewhere:
        return []
    if not every and order.key == "serial_number" and order.reason != RELEASE:
        # What the CA signed elsewhere, or before its index was lost, may have left nothing but its number.
        added = recovery.number_only(order.value, values.iso(now))
        new.append(added)
        return [{**added, "revoked": None, "reason": None}]
    if order.key in ("name", "common_name"):
        # The name stands for all of its certificates, also for those that a newer one has followed: they still let in.
        found = [each for each in found if each["not_after"] > values.iso(now)]
        if len(files := {each["file"] for each in found}) > 1 and order.key == "name":
            raise _several_files(order, files)
    if not found and not elsewhere:
        raise PkiError(
            "unknown_certificate",
            f"The CA knows no certificate with {order} that is still valid."
            " If there is a file with the certificate, name it by its path."
            + (_ONE_NAME if order.key == previous.CLIENT and "," in order.value else ""),
        )
    return found


_ONE_NAME = " A text is one name, commas included: to name several clients, give a list with an entry for each."


def _of_client(order: Order, known: index.Index, now: datetime.datetime) -> list[index.Entry]:
    """Returns the valid certificates of the one client whose files, or whose common name, are called like this.

    Raises PkiError (``ambiguous``) when the files are those of one client, and the common name that of another.
    """
    by_file, by_common_name = (
        [
            each
            for each in known.find(key, order.value)
            if each["profile"] not in _OF_A_CA and each["not_after"] > values.iso(now)
        ]
        for key in ("name", "common_name")
    )
    files = {each["file"] for each in by_file}
    others = [each for each in by_common_name if each["file"] not in files]
    if files and others:
        names = {_common_name(each) for each in by_file}
        raise PkiError(
            "ambiguous",
            f"{order.value!r} is the file name of {', '.join(sorted(files))} (common name {', '.join(sorted(names))}),"
            f" and the common name of {', '.join(sorted({each['file'] for each in others}))}."
            " Say which of them is meant, by name for the file or by common_name.",
        )
    if len(files) > 1:
        raise _several_files(order, files)
    return by_file or by_common_name


def _several_files(order: Order, files: t.Iterable[str]) -> PkiError:
    return PkiError("ambiguous", f"{order} is that of {', '.join(sorted(files))}. Name one by its path.")


def _common_name(each: index.Entry) -> str:
    return str(each["subject"].get("common_name", ""))


def _is_ours(path: str, ca: x509.Certificate) -> bool:
    try:
        return bool(_read(path, ca))
    except (PkiError, OSError):
        return False


def _read(path: str, ca: x509.Certificate) -> x509.Certificate:
    pem = store.read(path, links=True)
    if pem is None:
        raise PkiError("unknown_certificate", f"There is no file {path}.")
    try:
        certificate = parse.certificate(pem)
    except UnreadableError as error:
        raise PkiError("certificate_unreadable", f"{path} cannot be read: {error}.") from None
    if certificate == ca or not issue.signed_by(certificate, ca):
        raise PkiError("issuer_differs", f"{path} was not issued by this CA, which therefore cannot revoke it.")
    return certificate


def _state(order: Order, each: index.Entry, now: datetime.datetime) -> tuple[str | None, str | None]:
    """(revoked, reason) as wanted. What is revoked for good stays so (RFC 5280, 5.3.1)."""
    for_good = each["revoked"] and each["reason"] != index.HOLD
    if for_good and order.reason in (RELEASE, index.HOLD):
        raise PkiError(
            "revoked_for_good",
            f"The certificate {each['serial_number']} ({each['file']}) is revoked for good ({each['reason']})."
            " Only one that is on hold can be released. Issue a new certificate.",
        )
    if order.reason == RELEASE:
        return None, None
    kept = each["reason"] if for_good else "unspecified"
    return each["revoked"] or values.iso(now), order.reason or kept


def _look(
    wanted: Wanted,
    location: Location,
    authority: Authority,
    revoked: dict[int, dict[str, str]],
    now: datetime.datetime,
) -> tuple[x509.CertificateRevocationList | None, list[dict[str, str]]]:
    """The CRL that is there, if it is one, and why another one has to be written."""
    pem, der = store.read(location.crl_path), store.read(location.crl_der_path)
    current = crl.read(pem) if pem else None
    until = _until(authority, wanted, now)
    checks: list[tuple[str, str, t.Callable[[x509.CertificateRevocationList], bool]]] = [
        ("issuer_changed", "The CRL is not signed by the CA.", lambda c: not crl.signed_by(c, authority.certificate)),
        ("revoked_differ", "The CRL lists other certificates than are revoked.", lambda c: crl.contents(c) != revoked),
        (
            "expires_soon",
            "The CRL is due for renewal.",
            # Only when a new one would be valid longer: it cannot be when the CA itself is about to expire.
            lambda c: c.next_update_utc is None or c.next_update_utc < min(now + wanted.renew_before, until),
        ),
        ("der_differs", "The DER file does not hold the same CRL.", lambda c: der != crl.der(c)),
        ("rights_differ", "Mode or owner of the CRL is not as wanted.", lambda c: _rights_differ(location, wanted)),
    ]
    if pem is None:
        reasons = [("missing", f"There is no CRL at {location.crl_path}.")]
    elif current is None:
        reasons = [("unreadable", f"{location.crl_path} is not a CRL in PEM form.")]
    else:
        reasons = [(code, message) for code, message, check in checks if check(current)]
    return current, [{"code": code, "message": message} for code, message in reasons]


def _rights_differ(location: Location, wanted: Wanted) -> bool:
    paths = (location.crl_path, location.crl_der_path)
    return any(store.rights_difference(path, store.PUBLIC, wanted.owner) for path in paths)


def _remakes(plan: _Plan) -> bool:
    """Whether a new CRL has to be signed; otherwise the same one is written once more."""
    return any(each["code"] not in ("der_differs", "rights_differ") for each in plan.reasons)


def _sign(plan: _Plan, authority: Authority, wanted: Wanted, now: datetime.datetime) -> x509.CertificateRevocationList:
    if not _remakes(plan) and plan.current is not None:
        return plan.current
    validity = (now, _until(authority, wanted, now))
    return crl.make(authority.certificate, authority.signing_key(), plan.revoked, plan.number, validity)


def _until(authority: Authority, wanted: Wanted, now: datetime.datetime) -> datetime.datetime:
    return min(values.end(now, wanted.lifetime), authority.certificate.not_valid_after_utc)


def _result(plan: _Plan, made: x509.CertificateRevocationList | None, location: Location) -> dict[str, t.Any]:
    # In check mode without a CA there is no CRL to speak of, only that there would be one.
    facts = {} if made is None else _facts(made)
    pem = "" if made is None else crl.pem(made).decode()
    before = {} if plan.current is None else _facts(plan.current)
    return {
        "changed": bool(plan.reasons),
        "certificates": [_shown(each, plan.states) for each in plan.found],
        "previous": [_shown(each, {}) for each in plan.found_before],
        "crl": {"content": pem, "path": location.crl_path, "der_path": location.crl_der_path, **facts},
        "reasons": plan.reasons,
        "warnings": [
            f"The CA's index did not know the serial number {each['serial_number']}, which is revoked all the same."
            for each in plan.new
            if not each["file"]
        ],
        "diff": {"before": before, "after": facts} if plan.reasons else {"before": {}, "after": {}},
    }


def _shown(each: index.Entry, states: t.Mapping[str, tuple[str | None, str | None]]) -> dict[str, t.Any]:
    fields = ("serial_number", "subject", "fingerprint_sha256", "file", "not_after")
    revoked, reason = states.get(each["serial_number"], (each["revoked"], each["reason"]))
    return {
        **{field: each[field] for field in fields},
        "revoked": revoked,
        "reason": reason,
        "revoked_before": bool(each["revoked"]),
        "changed": each["serial_number"] in states,
    }


def _facts(made: x509.CertificateRevocationList) -> dict[str, t.Any]:
    return {
        "number": crl.number(made),
        "last_update": values.iso(made.last_update_utc),
        "next_update": values.iso(made.next_update_utc) if made.next_update_utc else None,
        "revoked": [
            {"serial_number": index.serial_text(serial), **state} for serial, state in crl.contents(made).items()
        ],
    }
