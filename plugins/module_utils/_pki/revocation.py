# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of the module certificate_revocation: revokes and releases certificates, and renews the CRL.

Revocations are written to the database first, together with the number of the CRL that will list them, and then the CRL
is written. After an interruption in between, the next run makes the CRL that the database asks for, under the next
number: no number is used twice and none goes back. Private to this collection.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import typing as t
from dataclasses import dataclass

from .._x509 import crl, describe, numbers, times, verification
from .._x509.errors import CertificateError
from .._x509.package import x509
from . import history, previous_ca, revocation_orders, suggestions
from .issuer import Issuer
from .revocation_orders import Order
from .storage import database, files, rebuild
from .storage.database import Database, Entry
from .storage.location import Location
from .storage.reader import State

# Reasons for which the same CRL is written again; for all others a new one is signed.
_SAME_CRL = ("der_differs", "rights_differ")


@dataclass(frozen=True)
class Desired:
    """What the user wants.

    ``lifetime``: of a CRL, until its next update. A new one is made when less than ``renew_before`` is left of it.
    ``previous_ca``: the CA that this one replaces; its certificates need not be known to this one.
    """

    orders: t.Sequence[Order]
    lifetime: datetime.timedelta
    renew_before: datetime.timedelta
    owner: files.Owner
    previous_ca: Location | None = None


@dataclass(frozen=True)
class _Orders:
    """The orders, applied to the database.

    ``found``: all certificates that were named; ``new``: those among them that the database does not know. ``states``:
    the states that change, by serial number. ``only_previous``: certificates that only the previous CA knows.
    """

    found: dict[str, Entry]
    new: list[Entry]
    states: dict[str, State]
    previous: previous_ca.Previous
    only_previous: dict[str, Entry]


@dataclass(frozen=True)
class _Plan:
    """What a run will do. ``revoked``: contents of the wanted CRL. ``current``: the CRL in its file, if readable.

    ``adopted``: revocations in a CRL that was made elsewhere and that the database does not know, by serial number.
    """

    orders: _Orders
    adopted: dict[str, crl.State]
    revoked: dict[int, crl.State]
    current: x509.CertificateRevocationList | None
    reasons: list[dict[str, str]]
    number: int

    @property
    def signs(self) -> bool:
        """Whether a new CRL is signed."""
        return any(reason["code"] not in _SAME_CRL for reason in self.reasons)


def ensure(desired: Desired, location: Location, write: bool) -> dict[str, t.Any]:
    """Bring database and CRL into the desired state, without ``write`` in memory only. Return the module's result."""
    now = times.now()
    files.check_directories([location.directory])
    issuer = Issuer.load_or_stand_in(location, write, desired.lifetime)
    if issuer.is_stand_in:
        # No certificate exists yet: only those of a previous CA can be named.
        known_elsewhere = dataclasses.replace(desired, orders=desired.orders if desired.previous_ca else ())
        with database.in_memory() as known:
            return _result(_plan(known_elsewhere, location, issuer, known, now), None, location)
    directories = {os.path.dirname(order.value) for order in desired.orders if order.key == "file"}
    with rebuild.reading(location, issuer.certificate, directories) as known:
        plan = _plan(desired, location, issuer, known, now)
    if not plan.reasons:
        if write and plan.orders.previous.news:
            with location.locked(), rebuild.writing(location, issuer.certificate, directories) as known:
                plan.orders.previous.copy(known)
        return _result(plan, plan.current, location)
    issuer.check_can_issue(location, now)
    if not write:
        return _result(plan, _signed(plan, issuer, desired, now), location)
    with location.locked(), rebuild.writing(location, issuer.certificate, directories) as known:
        # Planned again under the lock: another run may have done it in the meantime.
        plan = _plan(desired, location, issuer, known, now)
        made = _write(plan, desired, location, issuer, known, now)
    return _result(plan, made, location)


def _write(
    plan: _Plan, desired: Desired, location: Location, issuer: Issuer, known: Database, now: datetime.datetime
) -> x509.CertificateRevocationList | None:
    """Write the database, then the CRL. To be called under the CA's lock. Return the CRL as it is now."""
    plan.orders.previous.copy(known)
    made = plan.current
    if plan.signs:
        made = _signed(plan, issuer, desired, now)
        adopted = [rebuild.entry_of_revoked(int(serial, 16), state) for serial, state in plan.adopted.items()]
        known.add([*plan.orders.new, *adopted], existing="IGNORE")
        with known.transaction():
            for serial_number, listed in plan.adopted.items():
                known.set_revoked(serial_number, listed["revoked"], listed["reason"])
            for serial_number, state in plan.orders.states.items():
                known.set_revoked(serial_number, state.revoked, state.reason)
                if state.revoked is None:
                    known.set_metadata(history.released(serial_number), times.iso(now))
            known.set_crl_number(plan.number)
    if made is not None and plan.reasons:
        contents = ((location.crl_path, crl.pem(made)), (location.crl_der_path, crl.der(made)))
        files.write_all([files.File(path, files.PUBLIC, content) for path, content in contents], desired.owner)
    return made


def _plan(desired: Desired, location: Location, issuer: Issuer, known: Database, now: datetime.datetime) -> _Plan:
    adopted = _adopted(location, issuer, known)
    orders = _apply(desired, issuer, known, now, adopted)
    states = {item["serial_number"]: State(item["revoked"], item["reason"]) for item in known.revoked()}
    states |= {serial: State(**state) for serial, state in adopted.items()}
    revoked: dict[int, crl.State] = {
        int(serial_number, 16): {"revoked": state.revoked, "reason": str(state.reason)}
        for serial_number, state in (states | orders.states).items()
        if state.revoked
    }
    current, reasons = _inspect(desired, location, issuer, revoked, now)
    last = known.crl_number() or 0
    number = crl.number(current) if current is not None else None
    if current is not None and (number or 0) > last and crl.signed_by(current, issuer.certificate):
        raise CertificateError(
            f"The CA's database {location.database_path} is older than {location.crl_path} and may not know all that is"
            " revoked.",
            "Put the right one back, or move it away: the next run rebuilds it from the certificates and the CRL.",
            "index_outdated",
        )
    # The first number is the time, so that it does not go back even if database and CRL were lost together.
    # A CRL without a number is followed by number 1.
    following = last + 1 if last or (current is not None and number is None) else int(now.timestamp())
    return _Plan(orders, adopted, revoked, current, reasons, following)


def _adopted(location: Location, issuer: Issuer, known: Database) -> dict[str, crl.State]:
    """Return the revocations in a CRL without a number, which this collection has not made, that the database lacks."""
    pem = files.read(location.crl_path)
    found = crl.read(pem) if pem else None
    if found is None or crl.number(found) is not None or not crl.signed_by(found, issuer.certificate):
        return {}
    listed = {numbers.serial_text(number): state for number, state in crl.contents(found).items()}
    return {serial: state for serial, state in listed.items() if not history.is_settled(serial, state, known)}


def _apply(
    desired: Desired, issuer: Issuer, known: Database, now: datetime.datetime, adopted: t.Mapping[str, crl.State]
) -> _Orders:
    """Return what the orders name and change. Raises CertificateError (``duplicate`` or those of find)."""
    names = ((order.key, order.value) for order in desired.orders)
    previous = previous_ca.load(known.previous(), desired.previous_ca, names)
    result = _Orders({}, [], {}, previous, {})
    for order in desired.orders:
        elsewhere = previous.find(order.key, order.value)
        here = revocation_orders.find(order, issuer, known, now, bool(elsewhere))
        _check_one_ca(order, here.found, elsewhere)
        result.new.extend(here.new)
        if not here.found:
            result.only_previous.update({item["serial_number"]: item for item in elsewhere})
        for item in here.found:
            serial_number = item["serial_number"]
            if serial_number in adopted:
                item = {**item, **adopted[serial_number]}
            if serial_number in result.found:
                raise CertificateError(
                    f"The certificate {serial_number} ({item['file']}) is named more than once, the last time by"
                    f" {order}.",
                    "Name it once.",
                    "duplicate",
                )
            result.found[serial_number] = item
            state = order.state(item, now)
            if state != State(item["revoked"], item["reason"]):
                result.states[serial_number] = state
    return result


def _check_one_ca(order: Order, here: t.Sequence[Entry], elsewhere: t.Sequence[Entry]) -> None:
    """Raise CertificateError if a serial number is that of another certificate of the previous CA."""
    others = [item for item in elsewhere if item["fingerprint_sha256"] not in {x["fingerprint_sha256"] for x in here}]
    if order.key == "serial_number" and here and others:
        raise CertificateError(
            f"{order} fits several: {suggestions.described([*here, *others])}.",
            "Name the certificate that is meant by its path or by its fingerprint.",
            "ambiguous",
        )


def _inspect(
    desired: Desired, location: Location, issuer: Issuer, revoked: dict[int, crl.State], now: datetime.datetime
) -> tuple[x509.CertificateRevocationList | None, list[dict[str, str]]]:
    """Return the CRL in its file, None if there is no readable one, and the reasons to write another one."""
    pem, der = files.read(location.crl_path), files.read(location.crl_der_path)
    current = crl.read(pem) if pem else None
    # A CRL that ends with the CA is not due: a new one would end at the same moment.
    due = min(now + desired.renew_before, _until(issuer, desired, now))
    checks: list[tuple[str, str, t.Callable[[x509.CertificateRevocationList], object]]] = [
        ("issuer_changed", "The CRL is not signed by the CA.", lambda c: not _is_of(c, issuer.certificate)),
        ("partial", "The CRL is one of several, or an indirect one: servers need the whole one.", crl.part),
        ("revoked_differ", "The CRL lists other certificates than are revoked.", lambda c: crl.contents(c) != revoked),
        (
            "expires_soon",
            "The CRL is due for renewal.",
            lambda c: c.next_update_utc is None or c.next_update_utc < due,
        ),
        ("der_differs", "The DER file does not hold the same CRL.", lambda c: der != crl.der(c)),
        ("rights_differ", "Mode or owner of the CRL is not as wanted.", lambda _crl: _rights_differ(location, desired)),
    ]
    if pem is None:
        reasons = [("missing", f"There is no CRL at {location.crl_path}.")]
    elif current is None:
        reasons = [("unreadable", f"{location.crl_path} is not a CRL in PEM form.")]
    else:
        reasons = [(code, message) for code, message, check in checks if check(current)]
    return current, [{"code": code, "message": message} for code, message in reasons]


def _is_of(found: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    """Return whether verifiers take a CRL for one of ``ca``, also when that was made again."""
    return crl.signed_by(found, ca) and verification.identifies(found, ca)


def _rights_differ(location: Location, desired: Desired) -> bool:
    paths = (location.crl_path, location.crl_der_path)
    return any(files.rights_difference(path, files.PUBLIC, desired.owner) for path in paths)


def _signed(plan: _Plan, issuer: Issuer, desired: Desired, now: datetime.datetime) -> x509.CertificateRevocationList:
    """Return a new CRL, or the current one if it is as wanted."""
    if not plan.signs and plan.current is not None:
        return plan.current
    usage = describe.extension(issuer.certificate, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        raise CertificateError(
            "The key usage of the CA's certificate does not let it sign CRLs: verifiers would refuse the CRL, and with"
            " it every client.",
            "Have the certificate made again with the same key: module alicloud.mtls.ca with replace=certificate. Then"
            " give servers the new one.",
            "ca_signs_no_crl",
        )
    validity = (now, _until(issuer, desired, now))
    return crl.make(issuer.certificate, issuer.signing_key(), plan.revoked, plan.number, validity)


def _until(issuer: Issuer, desired: Desired, now: datetime.datetime) -> datetime.datetime:
    return min(times.end(now, desired.lifetime), issuer.certificate.not_valid_after_utc)


def _result(plan: _Plan, made: x509.CertificateRevocationList | None, location: Location) -> dict[str, t.Any]:
    # A check run without a CA makes no CRL; its result says only that there would be one.
    facts = {} if made is None else _facts(made)
    before = {} if plan.current is None else _facts(plan.current)
    orders = plan.orders
    return {
        "changed": bool(plan.reasons),
        "certificates": [_certificate(item, orders.states) for item in orders.found.values()],
        "previous": [_certificate(item, {}) for item in orders.only_previous.values()],
        "crl": {
            "content": "" if made is None else crl.pem(made).decode(),
            "path": location.crl_path,
            "der_path": location.crl_der_path,
            **facts,
        },
        "reasons": plan.reasons,
        "warnings": [
            f"The CA's database did not know the serial number {item['serial_number']}, which is revoked all the same."
            for item in orders.new
            if not item["file"]
        ],
        "diff": {"before": before, "after": facts} if plan.reasons else {"before": {}, "after": {}},
    }


def _certificate(item: Entry, states: t.Mapping[str, State]) -> dict[str, t.Any]:
    state = states.get(item["serial_number"], State(item["revoked"], item["reason"]))
    return {
        "serial_number": item["serial_number"],
        "subject": item["subject"],
        "fingerprint_sha256": item["fingerprint_sha256"],
        "file": item["file"],
        "not_after": item["not_after"],
        "revoked": state.revoked,
        "reason": state.reason,
        "revoked_before": bool(item["revoked"]),
        "changed": item["serial_number"] in states,
    }


def _facts(made: x509.CertificateRevocationList) -> dict[str, t.Any]:
    return {
        "number": crl.number(made),
        "last_update": times.iso(made.last_update_utc),
        "next_update": times.iso(made.next_update_utc) if made.next_update_utc else None,
        "revoked": [
            {"serial_number": numbers.serial_text(number), **state} for number, state in crl.contents(made).items()
        ],
    }
