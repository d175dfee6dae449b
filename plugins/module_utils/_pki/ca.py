# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of the module ca: makes a CA once and looks after it. Private to this collection.

A renewal keeps key and subject, and with them every issued certificate valid. Any other change needs the user's consent
in the option replace.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import typing as t
from dataclasses import dataclass

from .._x509 import describe, keys, names, parse, profiles, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import certificate, history, options, references, results
from .case import Consent, Desired
from .certificate import Inspection, Made
from .issuer import Issuer
from .storage import database, files, rebuild
from .storage.location import Location

# By lost file: what has to be agreed to before the CA is made again.
_LOST = {
    "key": Consent(
        "key",
        "Put the key and the certificate back where they were, or mount what holds them. If the files belong to another"
        " CA, choose another path.",
    ),
    "certificate": Consent(
        "certificate",
        "Put the certificate back where it was.",
        "those it has issued stay valid only if its subject is the same.",
    ),
}

_OTHER_SERIAL = Consent(
    "certificate",
    "Make a new CA in another path with cross_sign and move the clients to it; or agree, and then have a certificate"
    " issued to each of these clients again.",
    "servers that get the new certificate of the CA then refuse these clients.",
)
_OTHER_OCTETS = Consent(
    "certificate",
    "Make a new CA in another path with cross_sign and move the clients to it.",
    "verifiers that compare names octet by octet then refuse the certificates it has issued.",
)


@dataclass(frozen=True)
class Item:
    """A certificate of the CA: its own one, or its cross-certificate (``own`` false).

    ``signer``: the CA that signs it, None for a self-signed certificate. ``imported``: files of certificates that the
    CA has issued and that its database may not know yet.
    """

    desired: Desired
    signer: Location | None = None
    own: bool = True
    imported: tuple[str, ...] = ()


def ensure(
    items: t.Sequence[Item],
    location: Location,
    replace: str,
    write: bool,
    end_rotation: bool = False,
    import_paths: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """Bring the CA into the desired state, without ``write`` in memory only, and return the module's result.

    ``items``: the CA's own certificate, and its cross-certificate if there is to be one. ``end_rotation``: whether
    the cross-certificate and its chain are removed. ``import_paths``: see history.read. Raises CertificateError before
    the first write.
    """
    now = times.now()
    signers = [item.signer for item in items if item.signer]
    files.check_directories(place.directory for place in (location, *signers))
    past = history.read(import_paths, location, _certificate(location)) if import_paths else history.History()
    items = [dataclasses.replace(item, imported=past.files) for item in items]
    inspected = [_inspect(item, location, replace, now, write) for item in items]
    if write and past.news:
        with location.locked():
            past.write(location, _certificate(location))
    # The chain is removed first: after an interruption a cross-certificate without it has no effect.
    removed = [path for path in (location.chain_path, location.cross_path) if end_rotation and os.path.lexists(path)]
    if write and (removed or any(inspection.reasons for inspection, _signer in inspected)):
        files.make_directory(location.directory, items[0].desired.owner)
        with location.locked():
            # Inspected again under the lock: another run may have made them in the meantime.
            made = [_make_and_write(item, location, replace, now) for item in items]
            for path in removed:
                os.unlink(path)
    else:
        made = []
        for inspection, signer in inspected:
            key = made[0].key if made else None  # a cross-certificate is for the key of the CA
            made.append(certificate.make(inspection, signer.signing_key if signer else None, key))
    return _result(made, removed, past)


def _inspect(
    item: Item, location: Location, replace: str, now: datetime.datetime, write: bool
) -> tuple[Inspection, Issuer | None]:
    item = _as_made(item, location, replace)
    if item.signer is None:
        inspection = certificate.inspect(item.desired, None, now)
        _check_consent(inspection, location, replace, item.imported)
        return inspection, None
    signer = Issuer.load_or_stand_in(item.signer, write, item.desired.lifetime)
    if signer.certificate.subject == item.desired.subject:
        name = item.desired.subject.rfc4514_string()
        raise CertificateError(
            f"The subject {name} is that of the CA that signs.", "Choose another one.", "common_name_of_ca"
        )
    inspection = certificate.inspect(item.desired, signer.certificate, now, upper_chain=signer.chain)
    holder = inspection.case.key_holder
    if holder and keys.same_key(holder, signer.certificate):
        raise CertificateError(
            f"{location.key_path} is also the key of {item.signer.certificate_path}, which is to sign: whoever trusts"
            " one of the two CAs would trust the other.",
            "Give this CA a private_key_name or a path of its own.",
            "shares_key",
        )
    if item.own:
        _check_consent(inspection, location, replace, item.imported)
    if inspection.issues:
        _check_signer(item, item.signer, signer, now)
    return inspection, signer


def _as_made(item: Item, location: Location, replace: str) -> Item:
    """Return ``item``, adapted to the existing certificate of the CA.

    A cross-certificate gets the octets of its name, and its key identifier. A weak key, which no option can describe,
    is kept, see results.weak_key_warning. Differences that break nothing count if this collection has made the
    certificate, or if ``replace`` allows to make it again.
    """
    current = _certificate(location)
    if current is None:
        return item
    if item.own:
        exact = replace != "never" or _made_here(item.signer or location, current)
        spec = keys.any_spec_of(current.public_key())
        kept = spec if spec and replace != "key" and keys.weakness(current.public_key()) else item.desired.key
        return dataclasses.replace(item, desired=dataclasses.replace(item.desired, exact=exact, key=kept))
    subject = current.subject if current.subject == item.desired.subject else item.desired.subject
    identifier = profiles.key_identifier(current)
    return dataclasses.replace(
        item, desired=dataclasses.replace(item.desired, subject=subject, own_identifier=identifier)
    )


def _certificate(location: Location) -> x509.Certificate | None:
    with contextlib.suppress(UnreadableError):
        return parse.certificate(files.read(location.certificate_path) or b"")
    return None


def _made_here(signer: Location, current: x509.Certificate) -> bool:
    if not database.exists(signer.database_path):
        return False
    with database.opened(signer.database_path) as known:
        found = known.find("serial_number", describe.serial_number(current))
    return any(database.is_made_here(item) for item in found)


def _check_signer(item: Item, location: Location, signer: Issuer, now: datetime.datetime) -> None:
    """Raise CertificateError if the CA in ``location`` cannot sign another CA."""
    if not item.own and signer.certificate.not_valid_after_utc <= now:
        raise CertificateError(
            f"{location.certificate_path} has expired, so the rotation is over.",
            "To keep the new CA, leave cross_sign out; end_rotation removes the cross-certificate.",
            "ca_expired",
        )
    signer.check_can_issue(location, now)
    if signer.path_length == 0:
        raise CertificateError(
            f"{location.certificate_path} has the path length 0: it may not sign another CA.",
            "Name another CA, or make this one a root.",
            "path_length",
        )


def _make_and_write(item: Item, location: Location, replace: str, now: datetime.datetime) -> Made:
    where = item.signer or location
    with where.locked() if item.signer else contextlib.nullcontext():
        inspection, signer = _inspect(item, location, replace, now, write=True)
        made = certificate.make(inspection, signer.signing_key if signer else None)
        to_write = [*(certificate.backups(made, item.desired.paths) if item.own else []), *made.files]
        if inspection.issues:
            current = signer.certificate if signer else inspection.case.current.certificate
            entry = database.entry(item.desired.profile.name, made.certificate, item.desired.paths, now)
            # The key is written before the entry: a database without a key means that the key was lost.
            files.write_all([file for file in to_write if file.mode == files.SECRET], item.desired.owner)
            to_write = [file for file in to_write if file.mode != files.SECRET]
            with rebuild.writing(where, current) as known:
                known.add([entry])
        files.write_all(to_write, item.desired.owner)
        certificate.set_rights(item.desired)
    return made


def _result(made: t.Sequence[Made], removed: t.Sequence[str], past: history.History) -> dict[str, t.Any]:
    reasons = [reason for item in made for reason in results.reasons(item.inspection)]
    difference = results.difference(made)
    warnings = [
        f"{item.inspection.desired.paths['certificate']} ends with the CA that signs it at"
        f" {times.iso(item.inspection.case.until)}, which is earlier than valid_for asks for."
        for item in made
        if item.inspection.shortened_by_ca
    ]
    weak = results.weak_key_warning(made[0].certificate, made[0].inspection.desired.paths["certificate"])
    warnings += [f"{text} Replace the CA: make a new one with cross_sign." for text in weak]
    if past.news:
        reasons.append({"code": "imported", "message": past.message})
        difference["before"]["database"], difference["after"]["database"] = {}, past.counts
    if removed:
        listed = ", ".join(map(os.path.basename, removed))
        reasons.append({"code": "rotation_ended", "message": f"The rotation is over. Removed: {listed}."})
        difference["before"]["rotation"] = {"files": list(removed)}
        difference["after"]["rotation"] = {"files": []}
    return {
        "changed": bool(reasons),
        "ca": results.result(made[0]),
        **({"cross_certificate": results.result(made[1])} if len(made) > 1 else {}),
        "reasons": reasons,
        "imported": past.counts,
        "differences": [] if made[0].inspection.issues else results.differences(made[0].inspection),
        "warnings": warnings,
        "diff": difference,
    }


def _check_consent(inspection: Inspection, location: Location, replace: str, imported: tuple[str, ...]) -> None:
    """Raise CertificateError unless ``replace`` allows what the inspection would replace."""
    content = inspection.case.current.content
    lost, trace = _lost(content, location), f"{location.database_path} or its CRL"
    if lost is None and not content and (issued := _issued_before(location, inspection.desired)):
        lost, trace = "key", issued
    what = f"The {lost} of the CA is gone, but {trace} says that there was one."
    needed = [("ca_lost", what, _LOST[lost])] if lost else []
    needed += [(item.code, item.message, item.consent) for item in inspection.reasons if item.consent]
    if inspection.issues:
        needed += _lost_references(inspection, location, imported)
    for code, message, consent in needed:
        if options.REPLACE.index(replace) < options.REPLACE.index(consent.needed):
            raise CertificateError(
                f"The CA in {location.directory} was left as it is. {message}",
                f"{consent.advice} To have the {consent.needed} of the CA replaced, set replace={consent.needed}:"
                f" {consent.effect}",
                code,
            )


def _lost_references(
    inspection: Inspection, location: Location, imported: tuple[str, ...]
) -> list[tuple[str, str, Consent]]:
    """Return what has to be agreed to because certificates refer to the one that would be made again."""
    current, desired = inspection.case.current.certificate, inspection.desired
    if current is None or current.not_valid_after_utc <= inspection.case.now:
        return []
    why = " ".join(reason.message for reason in inspection.reasons)
    if current.subject == desired.subject and not names.is_rewritable(current):
        what = f"{why} The subject of {location.certificate_path} cannot be written again octet by octet."
        return [("subject_octets", what, _OTHER_OCTETS)]
    if not (naming := references.by_serial_number(location, current, imported)):
        return []
    what = (
        f"{why} But {len(naming)} certificate(s), such as {naming[0]}, name this CA by issuer and serial number"
        f" {describe.serial_number(current)}, and the new certificate of the CA has another serial number."
    )
    return [("named_by_serial", what, _OTHER_SERIAL)]


def _issued_before(location: Location, desired: Desired) -> str | None:
    """Return a file that only an earlier CA of this subject can have left in the directory."""
    for path in (location.chain_path, location.cross_path):
        if os.path.lexists(path):
            return path
    for path in rebuild.candidates(location.directory):
        with contextlib.suppress(OSError, UnreadableError):
            if parse.certificate(files.read(path) or b"").issuer == desired.subject:
                return path
    return None


def _lost(content: t.Mapping[str, bytes], location: Location) -> str | None:
    """Return key or certificate if that file of an existing CA was lost; None otherwise.

    A first run that was interrupted after the key or the database entry has lost nothing.
    """
    if "certificate" in content:
        return None
    has_database, has_crl = database.exists(location.database_path), os.path.lexists(location.crl_path)
    if "key" not in content:
        return "key" if has_database or has_crl else None
    if not has_database:
        return "certificate" if has_crl else None
    with database.opened(location.database_path) as known:
        has_issued = any(item["file"] != location.certificate_path for item in known.entries())
    return "certificate" if has_issued or has_crl else None
