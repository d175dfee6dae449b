# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate of a private CA: why something has to be made, and whether it has to be ordered for that.

The reasons are those of the certificate engine, which also makes and writes the files. What the service decides itself,
such as the order of a subject and the extensions, is no reason. Private to this collection.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
import typing as t
from dataclasses import dataclass

from .._pki import engine, issue, keys, policies, store, values
from .._pki.errors import PkiError, UnreadableError
from .._pki.policies import Case, Current, Reason
from . import orders
from .authority import PrivateCa
from .options import Wanted
from .orders import Listing

if t.TYPE_CHECKING:
    from cryptography import x509

    from .._core.client import Params

# Reasons of the certificate engine that are about what the service decides.
_OF_THE_SERVICE = ("extensions_differ", "limits_narrowed")
# The same for a certificate that the user names: nothing is ordered in its place.
_OF_A_NAMED_ONE = (*_OF_THE_SERVICE, "key_type_differs", "expires_soon")
# Reasons for which nothing is made, and what the user can do.
_REFUSED = {
    "unreadable": "Put the right file back, or move it away to have a new one made.",
    "profile_differs": "Choose another name or path, or move it away.",
    "key_unreadable": "Move it away to have a new one made.",
    "key_mismatch": "Put the right key back, or move the certificate away to have one made for this key.",
    "pkcs12_unreadable": "Give the right passphrase, or move the file away to have a new one made.",
    "revoked": "With replace_revoked: true it is followed by a new one, with a new key.",
    "not_listed": "With replace_revoked: true it is followed by a new one, with a new key.",
}
_AFTER_REVOCATION = ("revoked", "not_listed")
# A new key waits here until its certificate is there: a run that is killed in between goes on with it.
_PENDING = ".pending.key"


@dataclass(frozen=True)
class Plan:
    """What has to be done for one certificate.

    Attributes:
        inspection: the reasons, and the files that they are about.
        existing: identifier of the certificate that is used, when it is there already; empty when one is ordered or
            nothing is known of it.
        custom_identifier: of the order; empty when none is needed.
        pending: a new key that an earlier run has left behind.
    """

    wanted: Wanted
    inspection: engine.Inspection
    existing: str = ""
    custom_identifier: str = ""
    mark: str = ""
    pending: keys.PrivateKey | None = dataclasses.field(default=None, repr=False)

    @property
    def orders(self) -> bool:
        """Whether a certificate is to be issued."""
        return self.inspection.issues and not self.existing

    @property
    def reasons(self) -> list[Reason]:
        return self.inspection.reasons


def end(desired: policies.Desired, ca: PrivateCa, now: datetime.datetime) -> datetime.datetime:
    """Return when a certificate ordered now ends: no later than the CA, and no later than the CA lets it."""
    limits: list[datetime.datetime] = [values.end(now, desired.lifetime), ca.certificate.not_valid_after_utc]
    return min([*limits, now + ca.longest] if ca.longest else limits)


def plan(wanted: Wanted, ca: PrivateCa, listing: Listing, now: datetime.datetime) -> Plan:
    """Look at the files and at what the CA has issued. Raises PkiError for what is not to be done."""
    if wanted.desired.renew_before >= wanted.desired.lifetime:
        raise PkiError(
            "invalid_duration",
            "renew_before has to be shorter than valid_for, otherwise each run would renew what the last one made.",
        )
    wanted = _with_kept_passphrase(wanted)
    current = engine.look(wanted.desired)
    entry = listing.by_serial(current.certificate) if current.certificate else None
    desired = _aligned(wanted, current, entry)
    case = Case(desired, current, ca.certificate, end(desired, ca, now), now, None, ca.chain)
    ignored = _OF_A_NAMED_ONE if wanted.certificate_id else _OF_THE_SERVICE
    reasons = policies.evaluate(case, ignored)
    reasons = _revocation(wanted, ca, current, entry) + _another(wanted, entry) + reasons
    if wanted.algorithm:  # each certificate has a key of its own then
        reasons = [_with_key(each) for each in reasons]
    inspection = engine.Inspection(case, reasons)
    _refuse(wanted, inspection)
    if not inspection.issues:
        return Plan(wanted, inspection, str((entry or {}).get("Identifier") or ""))
    return _supplied(wanted, inspection, listing)


def _with_kept_passphrase(wanted: Wanted) -> Wanted:
    """Return ``wanted`` with the generated passphrase of an earlier run, where there is one."""
    spec = wanted.desired.pkcs12
    if spec is None or not spec.generated:
        return wanted
    kept = (store.read(wanted.desired.paths["passphrase"]) or b"").strip()
    spec = dataclasses.replace(spec, passphrase=kept or spec.passphrase)
    return dataclasses.replace(wanted, desired=dataclasses.replace(wanted.desired, pkcs12=spec))


def _aligned(wanted: Wanted, current: Current, entry: Params | None) -> policies.Desired:
    """Return ``desired`` with subject and names as the certificate spells them, if it was ordered for the same."""
    desired, certificate = wanted.desired, current.certificate
    if certificate is None:
        return desired
    names = tuple(policies.alternative_names(certificate))
    mark = orders.content_mark(wanted, certificate.public_key()) if keys.spec_of(certificate.public_key()) else ""
    ordered = bool(mark and entry) and str((entry or {}).get("CustomIdentifier") or "").startswith(mark)
    same = _pairs(certificate.subject) == _pairs(desired.subject) and {*names} == {*desired.names}
    named = bool(entry) and wanted.certificate_id == (entry or {}).get("Identifier")
    if not (ordered or same or named):
        return desired
    return dataclasses.replace(desired, subject=certificate.subject, names=names)


def _pairs(subject: x509.Name) -> list[tuple[str, str]]:
    return sorted((each.oid.dotted_string, str(each.value)) for each in subject)


def _revocation(wanted: Wanted, ca: PrivateCa, current: Current, entry: Params | None) -> list[Reason]:
    """Return the reason that the CA has revoked the certificate of the file."""
    certificate = current.certificate
    if certificate is None or not issue.signed_by(certificate, ca.certificate):
        return []
    if entry is None:
        gone = f"{wanted.path} is not among the certificates of {ca.label}: it was revoked there and removed."
        return [Reason("not_listed", gone, policies.KEY)]
    if str(entry.get("Status") or "").upper() == orders.REVOKED:
        revoked = f"{wanted.path} was revoked by {ca.label}, as {entry['Identifier']}."
        return [Reason("revoked", revoked, policies.KEY)]
    return []


def _another(wanted: Wanted, entry: Params | None) -> list[Reason]:
    """Return the reason that the file holds another certificate than the one that ``certificate_id`` names."""
    if not wanted.certificate_id or entry is None or entry["Identifier"] == wanted.certificate_id:
        return []
    other = f"{wanted.path} is the certificate {entry['Identifier']}, wanted is {wanted.certificate_id}."
    return [Reason("another_certificate", other, policies.CERTIFICATE)]


def _with_key(reason: Reason) -> Reason:
    return dataclasses.replace(reason, remakes=policies.KEY) if "certificate" in reason.remakes else reason


def _refuse(wanted: Wanted, inspection: engine.Inspection) -> None:
    allowed = {"key_mismatch"} if wanted.desired.request else set()
    if wanted.desired.replace_revoked:
        allowed |= {*_AFTER_REVOCATION}
    for reason in inspection.reasons:
        if reason.code in _REFUSED and reason.code not in allowed:
            raise PkiError(reason.code, f"{reason.message} {_REFUSED[reason.code]}")
        same_key = reason.code in _AFTER_REVOCATION and wanted.desired.request
        if same_key and not any(each.code == "key_mismatch" for each in inspection.reasons):
            raise PkiError(reason.code, f"{reason.message} It takes a request for a new key.")


def _supplied(wanted: Wanted, inspection: engine.Inspection, listing: Listing) -> Plan:
    """Return the plan for a certificate that has to be there: with an existing one, or with an order."""
    desired, current = inspection.desired, inspection.case.current
    if wanted.certificate_id:
        return Plan(wanted, inspection, _taken_over(wanted, current, listing))
    _refuse_revoked_client(wanted, listing)
    pending = None if desired.request or wanted.algorithm else _pending_key(wanted)
    key: t.Any = desired.request or (pending if "key" in inspection.remakes else current.key)
    if key is None and not wanted.algorithm:
        return Plan(wanted, inspection)  # with a key that nobody has yet, so nothing was ordered for it
    mark = orders.content_mark(wanted, None if wanted.algorithm else key.public_key())
    due = min(inspection.case.now + desired.renew_before, inspection.case.until)
    usable = [
        each
        for each in listing.marked(mark)
        if orders.is_issued(each) and int(each.get("AfterTime") or 0) / 1000 >= due.timestamp()
    ]
    existing = str(usable[-1]["Identifier"]) if usable else ""
    custom_identifier = "" if existing else listing.next_custom_identifier(mark)
    return Plan(wanted, inspection, existing, custom_identifier, mark, pending)


def _taken_over(wanted: Wanted, current: Current, listing: Listing) -> str:
    """Return the option ``certificate_id``, if that certificate can be used. Raises PkiError."""
    entry = listing.by_identifier(wanted.certificate_id)
    label = f"certificate_id {wanted.certificate_id!r}"
    if entry is None:
        raise PkiError("not_listed", f"{label}: the CA has issued no such certificate. Check certificate_id and ca_id.")
    if not orders.is_issued(entry):
        raise PkiError("revoked", f"{label} is revoked or has expired. Name another one, or leave certificate_id out.")
    key = wanted.desired.paths.get("key")
    if wanted.algorithm and entry.get("KeyExportable") is False:
        raise PkiError(
            "key_missing",
            f"{label}: the service does not have its private key. Put it into {key}, and set key_source: controller.",
        )
    if not wanted.algorithm and not wanted.desired.request and current.key is None:
        raise PkiError(
            "key_missing",
            f"{label}: its private key is not in {key}. Put it there, or or set key_source: service.",
        )
    return wanted.certificate_id


def _refuse_revoked_client(wanted: Wanted, listing: Listing) -> None:
    """Raise PkiError when the last certificate of the client is revoked, also when its files are gone."""
    known = listing.marked(orders.client_mark(wanted.kind, wanted.common_name))
    if known and str(known[-1].get("Status") or "").upper() == orders.REVOKED and not wanted.desired.replace_revoked:
        raise PkiError(
            "revoked",
            f"The last certificate of {wanted.common_name!r}, {known[-1]['Identifier']}, was revoked by the CA."
            f" {_REFUSED['revoked']}",
        )


def pending_path(wanted: Wanted) -> str:
    """Return the file of a new key whose certificate is not there yet."""
    return wanted.path.removesuffix(policies.ENDINGS["certificate"]) + _PENDING


def _pending_key(wanted: Wanted) -> keys.PrivateKey | None:
    content = store.read(pending_path(wanted))
    try:
        key = keys.load(content, None) if content else None
    except UnreadableError:
        return None  # a run was killed while it wrote it
    return key if key and keys.same_kind(wanted.desired.key, key.public_key()) else None


def new_key(made: Plan) -> keys.PrivateKey:
    """Return the key for an order: the one that there is, else a new one, which is on the disk then."""
    current = made.inspection.case.current.key
    if "key" not in made.inspection.remakes and current:
        return current
    if made.pending:
        return made.pending
    key = keys.generate(made.wanted.desired.key)
    file = store.File(pending_path(made.wanted), store.SECRET, keys.dump(key, None))
    store.write_all([file], made.wanted.desired.owner)
    return key


def write(made: Plan, certificate: x509.Certificate | None, key: keys.PrivateKey | None) -> engine.Made:
    """Write what has to be written, and return it. ``certificate`` None: the one that there is."""
    inspection = made.inspection
    if certificate is not None:
        # Spelled as the service has spelled it; what it was ordered for is what is wanted.
        names = tuple(policies.alternative_names(certificate))
        spelled = dataclasses.replace(inspection.desired, subject=certificate.subject, names=names)
        inspection = engine.Inspection(dataclasses.replace(inspection.case, desired=spelled), inspection.reasons)
    finished = in_memory(inspection, certificate, key)
    given_up = any(reason.code in _AFTER_REVOCATION for reason in inspection.reasons)
    aside = [] if given_up else engine.kept_aside(finished, ("key",))
    contents = {file.content for file in finished.files}
    files = [*(each for each in aside if each.content not in contents), *finished.files]
    owner = inspection.desired.owner
    for directory in {os.path.dirname(file.path) for file in files}:
        store.make_directory(directory, owner)
    store.write_all(files, owner)
    engine.set_rights(inspection.desired)
    if os.path.lexists(pending_path(made.wanted)):
        os.unlink(pending_path(made.wanted))
    return finished


def in_memory(
    inspection: engine.Inspection, certificate: x509.Certificate | None, key: keys.PrivateKey | None
) -> engine.Made:
    """Return the files as they are to be, without writing them."""
    return engine.make(inspection, None, key, certificate)
