# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of one client or server: recognized as unchanged, inspected, refused, or made in memory.

Writes nothing, and may run in one of several processes. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import typing as t
from dataclasses import dataclass

from .._x509 import build, keys, terms, times
from .._x509.errors import CertificateError
from . import certificate, policies, results, unchanged
from .case import Case, Desired
from .certificate import Inspection, Made
from .issuer import Issuer
from .storage import database, files, location
from .storage.database import CachedResult, Entry
from .storage.reader import DatabaseReader


@dataclass(frozen=True)
class Outcome:
    """What has become of one certificate, in plain data that another process can send.

    ``result`` is None while there is something left to make. ``difference``: before and after, see results.difference.
    ``files``, ``entry`` and ``cached`` are still to be written.
    """

    result: dict[str, t.Any] | None = None
    difference: tuple[dict[str, t.Any], dict[str, t.Any]] | None = None
    issues: bool = False
    shortened_by_ca: bool = False
    error: CertificateError | None = None
    files: t.Sequence[files.File] = ()
    entry: Entry | None = None
    cached: CachedResult | None = None

    @property
    def written(self) -> Outcome:
        """The same with nothing left to write."""
        return dataclasses.replace(self, files=(), entry=None, cached=None)


@dataclass(frozen=True)
class Run:
    """What all certificates of a run have in common. ``content``: whether results include the certificates in PEM."""

    issuer: Issuer
    now: datetime.datetime
    reader: DatabaseReader
    content: bool
    write: bool

    @functools.cached_property
    def _signers(self) -> str:
        return unchanged.signers_of(self.issuer.certificate, self.issuer.chain)

    @functools.cached_property
    def _now_text(self) -> str:
        return times.iso(self.now)

    def recognize(self, desired: Desired) -> Outcome | None:
        """Return the cached result if it is current, None if the certificate has to be inspected."""
        with contextlib.suppress(CertificateError, OSError):
            return self._recognized(certificate.with_kept_passphrase(desired))
        return None

    def inspect(self, desired: Desired) -> Outcome:
        """Return the result of a certificate that is as wanted; without a result if something has to be made."""
        return self._outcome(desired, make=False)

    def make(self, desired: Desired) -> Outcome:
        """Return the result, and what has to be written for it."""
        return self._outcome(desired, make=True)

    def _outcome(self, desired: Desired, make: bool) -> Outcome:
        try:
            desired = certificate.with_kept_passphrase(desired)
            if make and (known := self._recognized(desired)):
                return known
            issuer = self.issuer
            inspection = certificate.inspect(desired, issuer.certificate, self.now, self.reader, issuer.chain)
            self._refuse(inspection)
            if inspection.reasons and not make:
                return Outcome(issues=inspection.issues)
            preview = None if self.write or desired.request else _preview_key(desired.key)
            return self._made(certificate.make(inspection, issuer.signing_key, preview))
        except CertificateError as error:
            return Outcome(error=error)
        except OSError as error:
            return Outcome(error=files.file_error(error))

    def _recognized(self, desired: Desired) -> Outcome | None:
        cached = self.reader.cached_result(desired.paths["certificate"])
        if cached is None:
            return None
        state = self.reader.state(cached.serial_number)
        if state and state.revoked:
            return None
        contents = {}
        for kind, path in desired.paths.items():
            file = files.open_file(path)
            if file is None or files.rights_difference(path, location.mode_of(kind), desired.owner, file.status):
                return None
            contents[kind] = file.content
        until = certificate.end(desired, self.issuer.certificate, self.now)
        renewal = times.iso(min(self.now + desired.renew_before, until))
        if not unchanged.is_current(cached, self._now_text, renewal):
            return None
        if cached.digest != unchanged.digest(desired, self._signers, contents, self.reader.salt):
            return None
        pem = contents["certificate"].decode() if self.content else None
        return Outcome(result={"name": desired.name, **results.unchanged(desired, cached.facts, pem)})

    def _refuse(self, inspection: Inspection) -> None:
        """Raise CertificateError for a reason for which a file of the user would be lost, unless it is allowed."""
        desired = inspection.desired
        allowed = _allowed(inspection.case)
        for reason in inspection.reasons:
            if reason.refusal and reason.code not in allowed:
                hint = reason.refusal
                if reason.code == "key_compromised" and desired.request:
                    hint = "Give a request for a new key."
                raise CertificateError(reason.message, hint, reason.code)
        if not inspection.issues:
            return
        for item in inspection.case.history.of_file:
            if item["reason"] == terms.HOLD and item["not_after"] > self._now_text:
                raise CertificateError(
                    f"{desired.paths['certificate']} is due for a new certificate, but {item['serial_number']}, which"
                    " was issued for this file, is on hold.",
                    "Release it, or revoke it for good, with the module alicloud.mtls.certificate_revocation.",
                    "on_hold",
                )

    def _made(self, made: Made) -> Outcome:
        inspection, desired = made.inspection, made.inspection.desired
        difference = results.difference([made])
        compromised = any(reason.code == "key_compromised" for reason in inspection.reasons)
        backups = [] if compromised else certificate.backups(made, ("key",))
        unknown = inspection.issues or self.reader.state(made.facts["serial_number"]) is None
        entry = database.entry(desired.profile.name, made.certificate, desired.paths, self.now) if unknown else None
        return Outcome(
            result={"name": desired.name, **results.result(made, self.content)},
            difference=(difference["before"], difference["after"]) if inspection.reasons else None,
            issues=inspection.issues,
            shortened_by_ca=inspection.shortened_by_ca,
            files=[*backups, *made.files],
            entry=entry,
            cached=self._cached(made),
        )

    def _cached(self, made: Made) -> CachedResult | None:
        """Return the result to cache.

        None if the certificate in the file is not byte for byte what would be written, for example with a comment: a
        cached result would return the file.
        """
        desired = made.inspection.desired
        kinds = {path: kind for kind, path in desired.paths.items()}
        contents = {**made.inspection.case.current.content}
        contents |= {kinds[file.path]: file.content for file in made.files}
        if contents["certificate"] != build.pem(made.certificate):
            return None
        return CachedResult(
            desired.paths["certificate"],
            made.facts["serial_number"],
            unchanged.digest(desired, self._signers, contents, self.reader.salt),
            hashlib.sha256(contents["pkcs12"]).hexdigest() if "pkcs12" in desired.paths else "",
            made.facts,
        )


def _allowed(case: Case) -> set[str]:
    """Return the codes of reasons that are not refused here."""
    allowed = set()
    if case.desired.replace_revoked:
        # A compromised key can be replaced only where this collection makes the key.
        allowed |= {"revoked"} if case.desired.request else {"revoked", "key_compromised"}
    if case.desired.request or policies.interrupted(case):
        allowed |= {"key_mismatch"}
    return allowed


@functools.cache
def _preview_key(spec: keys.KeySpec) -> keys.PrivateKey:
    """Return one key for all certificates of a check run: they are never written, and to make thousands takes hours."""
    return keys.generate(spec)
