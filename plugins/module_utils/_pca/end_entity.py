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

from .._pki import certificate as local
from .._pki import policies
from .._pki.case import Case, Current, Desired, Reason
from .._pki.storage import files, location
from .._x509 import describe, keys, times, verification
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import api, orders
from .authority import PrivateCa
from .conversion import Wanted
from .orders import Listing

if t.TYPE_CHECKING:
    from .._core.client import Params

# Reasons of the certificate engine that are about what the service decides.
_OF_THE_SERVICE = ("extensions_differ", "limits_narrowed")
# The same for a certificate that the user names: nothing is ordered in its place.
_OF_A_NAMED_ONE = (*_OF_THE_SERVICE, "key_type_differs", "expires_soon")
_REVOKED = "To have a new certificate made, with a new key, set replace_revoked."
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
    inspection: local.Inspection
    existing: str = ""
    custom_identifier: str = ""
    pending: keys.PrivateKey | None = dataclasses.field(default=None, repr=False)

    @property
    def orders(self) -> bool:
        """Whether a certificate is to be issued."""
        return self.inspection.issues and not self.existing

    @property
    def reasons(self) -> list[Reason]:
        return self.inspection.reasons


def end(desired: Desired, ca: PrivateCa, now: datetime.datetime) -> datetime.datetime:
    """Return when a certificate ordered now ends: no later than the CA, and no later than the CA lets it."""
    limits: list[datetime.datetime] = [times.end(now, desired.lifetime), ca.certificate.not_valid_after_utc]
    return min([*limits, now + ca.longest] if ca.longest else limits)


def plan(wanted: Wanted, ca: PrivateCa, listing: Listing, now: datetime.datetime) -> Plan:
    """Return what has to be done, from the files and from what the CA has issued. Raises CertificateError."""
    local.check_renewal(wanted.desired)
    wanted = dataclasses.replace(wanted, desired=local.with_kept_passphrase(wanted.desired))
    current = local.read(wanted.desired)
    entry = listing.by_serial(current.certificate) if current.certificate else None
    desired = _aligned(wanted, current, entry)
    case = Case(desired, current, ca.certificate, end(desired, ca, now), now, ca.chain)
    ignored = _OF_A_NAMED_ONE if wanted.certificate_id else _OF_THE_SERVICE
    reasons = policies.evaluate(case, ignored)
    reasons = _revocation(wanted, ca, current, entry) + _another(wanted, entry) + reasons
    if wanted.algorithm:  # each certificate has a key of its own then
        reasons = [_with_key(item) for item in reasons]
    inspection = local.Inspection(case, reasons)
    _refuse(wanted, inspection)
    if not inspection.issues:
        return Plan(wanted, inspection, str((entry or {}).get("Identifier") or ""))
    return _supplied(wanted, inspection, listing)


def _aligned(wanted: Wanted, current: Current, entry: Params | None) -> Desired:
    """Return ``desired`` with subject and names as the certificate spells them, if it was ordered for the same."""
    desired, certificate = wanted.desired, current.certificate
    if certificate is None:
        return desired
    names = tuple(describe.alternative_names(certificate))
    mark = orders.content_mark(wanted, certificate) if keys.spec_of(certificate.public_key()) else ""
    ordered = bool(mark and entry) and str((entry or {}).get("CustomIdentifier") or "").startswith(mark)
    same = _pairs(certificate.subject) == _pairs(desired.subject) and {*names} == {*desired.names}
    named = bool(entry) and wanted.certificate_id == (entry or {}).get("Identifier")
    if not (ordered or same or named):
        return desired
    return dataclasses.replace(desired, subject=certificate.subject, names=names)


def _pairs(subject: x509.Name) -> list[tuple[str, str]]:
    return sorted((item.oid.dotted_string, str(item.value)) for item in subject)


def _revocation(wanted: Wanted, ca: PrivateCa, current: Current, entry: Params | None) -> list[Reason]:
    """Return the reason that the CA has revoked the certificate of the file."""
    certificate = current.certificate
    if certificate is None or not verification.signed_by(certificate, ca.certificate):
        return []
    if entry is None:
        gone = f"{wanted.path} is not among the certificates of {ca.label}: it was revoked there and removed."
        return [Reason("not_listed", gone, policies.KEY, _REVOKED)]
    if api.status(entry) == api.REVOKED:
        revoked = f"{wanted.path} was revoked by {ca.label}, as {entry['Identifier']}."
        return [Reason("revoked", revoked, policies.KEY, _REVOKED)]
    return []


def _another(wanted: Wanted, entry: Params | None) -> list[Reason]:
    """Return the reason that the file holds another certificate than the one that ``certificate_id`` names."""
    if not wanted.certificate_id or entry is None or entry["Identifier"] == wanted.certificate_id:
        return []
    other = f"{wanted.path} is the certificate {entry['Identifier']}, wanted is {wanted.certificate_id}."
    return [Reason("another_certificate", other, policies.CERTIFICATE)]


def _with_key(reason: Reason) -> Reason:
    return dataclasses.replace(reason, replaces=policies.KEY) if "certificate" in reason.replaces else reason


def _refuse(wanted: Wanted, inspection: local.Inspection) -> None:
    """Raise CertificateError for a reason by which a file or a lock-out would be lost, unless it is allowed."""
    allowed = {"key_mismatch"} if wanted.desired.request else set()
    if wanted.desired.replace_revoked:
        allowed |= {*_AFTER_REVOCATION}
    codes = {reason.code for reason in inspection.reasons}
    for reason in inspection.reasons:
        if reason.refusal and reason.code not in allowed:
            raise CertificateError(reason.message, reason.refusal, reason.code)
        if reason.code in _AFTER_REVOCATION and wanted.desired.request and "key_mismatch" not in codes:
            raise CertificateError(reason.message, "Give a request for a new key.", reason.code)


def _supplied(wanted: Wanted, inspection: local.Inspection, listing: Listing) -> Plan:
    """Return the plan for a certificate that has to be there: with an existing one, or with an order."""
    desired, current = inspection.desired, inspection.case.current
    if wanted.certificate_id:
        return Plan(wanted, inspection, _taken_over(wanted, current, listing))
    _refuse_revoked_client(wanted, listing)
    pending = None if desired.request or wanted.algorithm else _pending_key(wanted)
    key: t.Any = desired.request or (pending if "key" in inspection.artifacts_to_replace else current.key)
    if key is None and not wanted.algorithm:
        return Plan(wanted, inspection)  # with a key that nobody has yet, so nothing was ordered for it
    mark = orders.content_mark(wanted, key)
    due = min(inspection.case.now + desired.renew_before, inspection.case.until)
    usable = [
        item
        for item in listing.marked(mark)
        if orders.is_issued(item) and int(item.get("AfterTime") or 0) / 1000 >= due.timestamp()
    ]
    existing = str(usable[-1]["Identifier"]) if usable else ""
    custom_identifier = "" if existing else listing.next_custom_identifier(mark)
    return Plan(wanted, inspection, existing, custom_identifier, pending)


def _taken_over(wanted: Wanted, current: Current, listing: Listing) -> str:
    """Return the option ``certificate_id``, if that certificate can be used. Raises CertificateError."""
    entry = listing.by_identifier(wanted.certificate_id)
    label = f"certificate_id {wanted.certificate_id!r}"
    if entry is None:
        raise CertificateError(
            f"{label}: the CA has issued no such certificate.",
            "Check certificate_id, and ca_id or ca_name.",
            "not_listed",
        )
    if not orders.is_issued(entry):
        raise CertificateError(
            f"{label} is revoked or has expired.", "Name another one, or leave certificate_id out.", "revoked"
        )
    key = wanted.desired.paths.get("key")
    if wanted.algorithm and entry.get("KeyExportable") is False:
        raise CertificateError(
            f"{label}: the service does not have its private key.",
            f"Put it into {key}, and set key_source: controller.",
            "key_missing",
        )
    if not wanted.algorithm and not wanted.desired.request and current.key is None:
        raise CertificateError(
            f"{label}: its private key is not in {key}.",
            "Put it there. If the service has made it, set key_source: service.",
            "key_missing",
        )
    return wanted.certificate_id


def _refuse_revoked_client(wanted: Wanted, listing: Listing) -> None:
    """Raise CertificateError when the last certificate of the client is revoked, also when its files are gone."""
    known = listing.marked(orders.client_mark(wanted.kind, wanted.common_name))
    if known and api.status(known[-1]) == api.REVOKED and not wanted.desired.replace_revoked:
        raise CertificateError(
            f"The last certificate of {wanted.common_name!r}, {known[-1]['Identifier']}, was revoked by the CA.",
            _REVOKED,
            "revoked",
        )


def pending_path(wanted: Wanted) -> str:
    """Return the file of a new key whose certificate is not there yet."""
    return wanted.path.removesuffix(location.ENDINGS["certificate"]) + _PENDING


def _pending_key(wanted: Wanted) -> keys.PrivateKey | None:
    content = files.read(pending_path(wanted))
    try:
        key = keys.load(content, None) if content else None
    except UnreadableError:
        return None  # a run was killed while it wrote it
    return key if key and str(keys.spec_of(key.public_key())) == str(wanted.desired.key) else None


def new_key(made: Plan) -> keys.PrivateKey:
    """Return the key for an order: the one that there is, else a new one, which is on the disk then."""
    current = made.inspection.case.current.key
    if "key" not in made.inspection.artifacts_to_replace and current:
        return current
    if made.pending:
        return made.pending
    key = keys.generate(made.wanted.desired.key)
    file = files.File(pending_path(made.wanted), files.SECRET, keys.dump(key, None))
    files.write_all([file], made.wanted.desired.owner)
    return key


def write(made: Plan, certificate: x509.Certificate | None, key: keys.PrivateKey | None) -> local.Made:
    """Write what has to be written, and return it. ``certificate`` None: the one that there is."""
    inspection = made.inspection
    if certificate is not None:
        # Spelled as the service has spelled it; what it was ordered for is what is wanted.
        names = tuple(describe.alternative_names(certificate))
        spelled = dataclasses.replace(inspection.desired, subject=certificate.subject, names=names)
        inspection = local.Inspection(dataclasses.replace(inspection.case, desired=spelled), inspection.reasons)
    finished = in_memory(inspection, certificate, key)
    given_up = any(reason.code in _AFTER_REVOCATION for reason in inspection.reasons)
    aside = [] if given_up else local.backups(finished, ("key",))
    contents = {file.content for file in finished.files}
    written = [*(item for item in aside if item.content not in contents), *finished.files]
    owner = inspection.desired.owner
    for directory in {os.path.dirname(file.path) for file in written}:
        files.make_directory(directory, owner)
    files.write_all(written, owner)
    local.set_rights(inspection.desired)
    if os.path.lexists(pending_path(made.wanted)):
        os.unlink(pending_path(made.wanted))
    return finished


def in_memory(
    inspection: local.Inspection, certificate: x509.Certificate | None, key: keys.PrivateKey | None
) -> local.Made:
    """Return the files as they are to be, without writing them."""
    return local.make(inspection, None, key, certificate)
