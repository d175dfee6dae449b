# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An intermediate CA whose parent is out of reach: a company's root, an HSM, another team.

Its key and its certificate are in its directory. When a certificate is due, a certificate request is written for the
owner of the parent, and what comes back is verified and installed. Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import typing as t
from dataclasses import dataclass, field

from .._x509 import build, describe, keys, names, parse, profiles, times, verification
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import certificate, history, policies, references, results
from .case import Case, Current, Desired
from .storage import files, location
from .storage.location import Location

# Codes of all policies but those about the files of this CA alone.
_OF_THE_PARENT = {policy.code for policy in policies.POLICIES} - {"key_not_encrypted", "rights_differ"}
_OWNER = "Ask the owner of the parent CA for a certificate that was made from the certificate request in csr_path."


@dataclass(frozen=True)
class _Plan:
    """What a run will do. ``certificate``: as it will be, None if there is none yet. ``files``: to be written."""

    key: keys.PrivateKey = field(repr=False)
    certificate: x509.Certificate | None
    reasons: list[dict[str, str]]
    files: list[files.File]
    due: bool


def ensure(
    desired: Desired,
    where: Location,
    signed_path: str | None,
    replace: str,
    write: bool,
    import_paths: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """Bring the CA into the desired state, without ``write`` in memory only, and return the module's result.

    ``desired.paths``: of key, certificate, chain and csr. ``signed_path``: the file with a certificate that came back,
    and the chain above it, if there is one. Raises CertificateError before the first write.
    """
    now = times.now()
    files.check_directories([where.directory])
    plan, past = _plan(desired, where, signed_path, replace, now, import_paths)
    if write and plan.reasons:
        files.make_directory(where.directory, desired.owner)
        with where.locked():
            # Planned again under the lock: another run may have done it in the meantime.
            plan, past = _plan(desired, where, signed_path, replace, now, import_paths)
            files.write_all(plan.files, desired.owner)
            if past.news:
                past.write(where, plan.certificate)
            certificate.set_rights(desired)
    return _result(plan, desired, past)


def _plan(
    desired: Desired,
    where: Location,
    signed_path: str | None,
    replace: str,
    now: datetime.datetime,
    import_paths: t.Sequence[str],
) -> tuple[_Plan, history.History]:
    current = certificate.read(desired)
    _check_lost(current, where, replace)
    key, reasons = _key(desired, current)
    to_write: list[files.File] = []
    kept = policies.evaluate(Case(desired, current, None, now, now), _OF_THE_PARENT)
    reasons += [{"code": reason.code, "message": reason.message} for reason in kept]
    if current.key is None or any("encryption" in reason.replaces for reason in kept):
        to_write.append(_file(desired, "key", keys.dump(key, desired.passphrase)))
    past = history.read(import_paths, where, current.certificate) if import_paths else history.History()
    if past.news:
        reasons.append({"code": "imported", "message": past.message})
    newest = current.certificate
    returned = _returned(desired, current, key, signed_path, now) if signed_path else []
    if returned and returned[0] != newest and (newest is None or _follows(returned[0], newest)):
        _check_consent(returned[0], newest, where, replace, past)
        newest = returned[0]
        reasons.append({"code": "installed", "message": f"There is a new certificate in {signed_path}."})
        to_write += [*_backup(desired, current), *_installed(desired, current, returned)]
    due = newest is None or newest.not_valid_after_utc < now + desired.renew_before
    if due and not _requested(desired, current, key):
        what = f"There is no certificate request for this key and subject at {desired.paths['csr']}."
        reasons.append({"code": "csr_missing", "message": what})
        to_write.append(_file(desired, "csr", _request(desired, current, key)))
    return _Plan(key, newest, reasons, to_write, due), past


def _check_lost(current: Current, where: Location, replace: str) -> None:
    """Raise CertificateError (``ca_lost``) if the key is gone and the CA existed before, unless ``replace`` is key."""
    left = [path for path in (where.database_path, where.crl_path, where.chain_path) if os.path.lexists(path)]
    if "key" in current.content or "certificate" in current.content or not left or replace == "key":
        return
    raise CertificateError(
        f"The key of the CA is gone, but {left[0]} says that there was one.",
        "Put the key and the certificate back where they were. To have a new CA made, set replace=key: the certificates"
        " that this one has issued are then no longer valid.",
        "ca_lost",
    )


def _key(desired: Desired, current: Current) -> tuple[keys.PrivateKey, list[dict[str, str]]]:
    """Return the key, a new one if there is neither key nor certificate, and the reasons so far."""
    path, of = desired.paths["key"], desired.paths["certificate"]
    if current.key_error:
        raise CertificateError(f"{path} cannot be used: {current.key_error}.", "Check passphrase.", "key_unreadable")
    if current.certificate_error:
        raise CertificateError(
            f"{of} cannot be read: {current.certificate_error}.", "Put the right file there.", "unreadable"
        )
    if current.key is None:
        if current.certificate is not None:
            raise CertificateError(f"There is no private key at {path}.", "Put it back.", "key_missing")
        message = f"There is no certificate at {of}."
        return keys.generate(desired.key), [{"code": "missing", "message": message}]
    if current.certificate is not None:
        if not keys.same_key(current.key, current.certificate):
            raise CertificateError(f"{path} is not the key of {of}.", "Put the right key there.", "key_mismatch")
        if current.certificate.subject != desired.subject:
            raise CertificateError(
                f"The subject is {current.certificate.subject.rfc4514_string()}, wanted is"
                f" {desired.subject.rfc4514_string()}.",
                "Set the current subject, or leave subject out.",
                "subject_differs",
            )
    return current.key, []


def _returned(
    desired: Desired, current: Current, key: keys.PrivateKey, path: str, now: datetime.datetime
) -> list[x509.Certificate]:
    """Return the certificate that came back, and the chain above it.

    Raises CertificateError for one that cannot be that of this CA, and does nothing about a missing file.
    """
    content = files.read(path, links=True)
    if content is None:
        return []
    try:
        first, *above = parse.any_certificates(content)
    except UnreadableError as error:
        raise CertificateError(f"{path} cannot be read: {error}.", _OWNER, "unreadable") from None
    basic, usage = describe.extension(first, x509.BasicConstraints), describe.extension(first, x509.KeyUsage)
    faults = {
        "key_mismatch": (not keys.same_key(first, key), f"is not for the private key {desired.paths['key']}"),
        "subject_differs": (
            first.subject != desired.subject,
            f"has the subject {first.subject.rfc4514_string()}, wanted is {desired.subject.rfc4514_string()}",
        ),
        "not_a_ca": (basic is None or not basic.ca, "is not that of a CA"),
        "key_usage": (usage is not None and not usage.key_cert_sign, "may not sign certificates"),
        "ca_expired": (first.not_valid_after_utc <= now, "has expired"),
    }
    for code, (applies, what) in faults.items():
        if applies and not (code == "ca_expired" and first == current.certificate):
            raise CertificateError(f"The certificate in {path} {what}.", _OWNER, code)
    for lower, upper in zip([first, *above], above, strict=False):
        if not verification.signed_by(lower, upper):
            raise CertificateError(
                f"In {path}, {upper.subject.rfc4514_string()} has not signed the certificate before it.",
                "Put the certificates in order: that of this CA first, then each CA above it.",
                "chain_differs",
            )
    return [first, *(item for item in above if item.issuer != item.subject)]


def _follows(found: x509.Certificate, current: x509.Certificate) -> bool:
    """Return whether a certificate is newer: an old file in its place changes nothing."""
    return (found.not_valid_after_utc, found.not_valid_before_utc) > (
        current.not_valid_after_utc,
        current.not_valid_before_utc,
    )


def _check_consent(
    found: x509.Certificate, current: x509.Certificate | None, where: Location, replace: str, past: history.History
) -> None:
    """Raise CertificateError if certificates of the CA would not be valid below ``found``; ``replace`` may allow it."""
    if current is None or replace != "never":
        return
    naming = references.by_serial_number(where, current, past.files)
    identifiers = profiles.key_identifier(current), profiles.key_identifier(found)
    needed = {
        "subject_octets": (
            found.subject.public_bytes() != current.subject.public_bytes(),
            "its subject has other string types",
        ),
        "key_identifier": (
            None not in identifiers and len({*identifiers}) > 1,
            "it has another subject key identifier",
        ),
        "named_by_serial": (
            bool(naming),
            f"{len(naming)} certificate(s), such as {next(iter(naming), '')}, name this CA by issuer and serial number",
        ),
    }
    for code, (applies, why) in needed.items():
        if applies:
            raise CertificateError(
                f"The new certificate of the CA in {where.directory} was not installed: {why}.",
                f"{_OWNER} Or set replace=certificate: servers then refuse the certificates that the CA has issued,"
                " until they are issued again.",
                code,
            )


def _file(desired: Desired, kind: str, content: bytes) -> files.File:
    return files.File(desired.paths[kind], location.mode_of(kind), content)


def _backup(desired: Desired, current: Current) -> list[files.File]:
    path, content = desired.paths["certificate"], current.content.get("certificate")
    return [files.File(location.backup_path(path, content), files.PUBLIC, content, like=path)] if content else []


def _installed(desired: Desired, current: Current, returned: t.Sequence[x509.Certificate]) -> list[files.File]:
    """Return the files of a certificate that came back. Without a chain, the CAs of the chain so far are kept."""
    first, *above = returned
    if not above and "chain" in current.content:
        with contextlib.suppress(UnreadableError):
            kept = parse.certificates(current.content["chain"])[1:]
            above = kept if kept and verification.signed_by(first, kept[0]) else []
    return [
        _file(desired, "certificate", build.pem(first)),
        _file(desired, "chain", build.pem(first, *above)),
    ]


def _requested(desired: Desired, current: Current, key: keys.PrivateKey) -> bool:
    """Return whether the request in its file is for this key and subject."""
    csr = current.csr
    return csr is not None and csr.subject == desired.subject and keys.same_key(csr, key)


def _request(desired: Desired, current: Current, key: keys.PrivateKey) -> bytes:
    subject, found = desired.subject, current.certificate
    identifier = None
    if found is not None:
        if not names.is_rewritable(found):
            raise CertificateError(
                f"The subject of {desired.paths['certificate']} cannot be written again octet by octet.",
                "Ask the owner of the parent CA to renew the certificate itself.",
                "subject_octets",
            )
        subject, identifier = found.subject, profiles.key_identifier(found)
    return build.ca_request(key, subject, desired.profile, identifier)


def _result(plan: _Plan, desired: Desired, past: history.History) -> dict[str, t.Any]:
    facts = describe.certificate(plan.certificate) if plan.certificate else {}
    paths = {"certificate_path": desired.paths["certificate"], "private_key_path": desired.paths["key"]}
    made = {"certificate": build.pem(plan.certificate).decode(), **facts} if plan.certificate else {}
    warnings = []
    if plan.due:
        ends = f"ends at {facts['not_after']}" if facts else "does not exist yet"
        warnings = [
            f"{desired.paths['certificate']} {ends}. Have the owner of the parent CA sign {desired.paths['csr']}, and"
            " name what comes back in signed_certificate_path."
        ]
    if plan.certificate:
        warnings += results.weak_key_warning(plan.certificate, desired.paths["certificate"])
    after = {desired.paths["certificate"]: {**facts, "reasons": [reason["code"] for reason in plan.reasons]}}
    return {
        "changed": bool(plan.reasons),
        "ca": {
            **made,
            **paths,
            "chain_path": desired.paths["chain"],
            "changed": bool(plan.reasons),
            "reasons": plan.reasons,
        },
        **({"csr_path": desired.paths["csr"]} if plan.due else {}),
        "reasons": plan.reasons,
        "imported": past.counts,
        "differences": [],
        "warnings": warnings,
        "diff": {"before": {}, "after": after if plan.reasons else {}},
    }
