# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate that a CA of ours signs: looked at, refused or made in memory, by one of several processes.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import typing as t

from .._x509 import build as issue
from .._x509 import keys
from .._x509 import names as values
from .._x509.errors import PkiError, of_a_file
from . import certificate as engine
from . import policies
from . import results as report
from . import unchanged as records
from .ca import Authority
from .policies import Desired
from .storage import database as index
from .storage import files as store

# Reasons for which nothing is made, because it would be done to somebody else's file or against somebody's will, and
# what the user can do.
_REFUSED: dict[str, str] = {
    "unreadable": "Put the right file back, or move it away to have a new one made.",
    "profile_differs": "Choose another name or path, or move it away.",
    "revoked": "With replace_revoked it is followed by a new one.",
    "key_unreadable": "Move it away to have a new one made.",
    "key_compromised": "With replace_revoked a new key and a new certificate are made.",
    "key_mismatch": "Put the right key back, or move the certificate away to have one made for this key.",
    "csr_unreadable": "Move it away to have a new one made.",
    "pkcs12_unreadable": "Give the right passphrase, or move the file away to have a new one made.",
}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Of one certificate, in plain data: it comes from another process. ``result`` is None while there is work left.

    ``entry`` and ``record``: what the index is to know of it.
    """

    result: dict[str, t.Any] | None = None
    difference: tuple[dict[str, t.Any], dict[str, t.Any]] | None = None
    issues: bool = False
    clipped: bool = False
    error: tuple[str, str] | None = None
    files: t.Sequence[store.File] = ()
    entry: dict[str, t.Any] | None = None
    record: records.Record | None = None

    @property
    def failure(self) -> PkiError | None:
        return PkiError(*self.error) if self.error else None

    @property
    def kept(self) -> Outcome:
        """Without what is done with once it is written."""
        return dataclasses.replace(self, files=(), entry=None, record=None)


@dataclasses.dataclass(frozen=True)
class Run:
    """What all certificates of a run have in common."""

    authority: Authority
    now: datetime.datetime
    ledger: records.Ledger
    content: bool
    write: bool

    @functools.cached_property
    def signers(self) -> str:
        return records.signers_of(self.authority.certificate, self.authority.chain)

    @functools.cached_property
    def now_text(self) -> str:
        return values.iso(self.now)

    def settled(self, desired: Desired) -> Outcome | None:
        """The result when a record says that all is as it was; None when it takes a closer look."""
        with contextlib.suppress(PkiError, OSError):
            return self._settled(_with_kept_passphrase(desired))
        return None

    def look(self, desired: Desired) -> Outcome:
        """The result when all is as wanted."""
        return self._of(desired, make=False)

    def make(self, desired: Desired) -> Outcome:
        """The result, and what has to be written for it."""
        return self._of(desired, make=True)

    def _of(self, desired: Desired, make: bool) -> Outcome:
        try:
            desired = _with_kept_passphrase(desired)
            if make and (settled := self._settled(desired)):
                return settled
            ca, chain = self.authority.certificate, self.authority.chain
            inspection = engine.inspect(desired, ca, self.now, self.ledger, chain)
            self._refuse(inspection)
            if inspection.reasons and not make:
                return Outcome(issues=inspection.issues)
            draft = None if self.write or desired.request else _draft_key(desired.key)
            return self._outcome(engine.make(inspection, self.authority.signing_key, draft))
        except PkiError as error:
            return Outcome(error=told(error))
        except OSError as error:
            return Outcome(error=told(of_a_file(error)))

    def _settled(self, desired: Desired) -> Outcome | None:
        record = self.ledger.record(desired.paths["certificate"])
        if record is None or (self.ledger.state(record.serial_number) or (None,))[0]:
            return None
        contents = {}
        for file, path in desired.paths.items():
            found = store.look(path)
            if found is None or store.rights_difference(path, engine.mode_of(file), desired.owner, found.status):
                return None
            contents[file] = found.content
        until = engine.end(desired, self.authority.certificate, self.now)
        renewal = values.iso(min(self.now + desired.renew_before, until))
        if not records.settled(record, self.now_text, renewal):
            return None
        if record.digest != self.ledger.digest(desired, self.signers, contents):
            return None
        pem = contents["certificate"].decode() if self.content else None
        return Outcome(result={"name": desired.name, **report.settled(desired, record.facts, pem)})

    def _refuse(self, inspection: engine.Inspection) -> None:
        """Raises PkiError for what is not to be done, or not without a word."""
        case, desired = inspection.case, inspection.desired
        allowed = set()
        if desired.replace_revoked:
            allowed |= {"revoked"} if desired.request else {"revoked", "key_compromised"}
        if desired.request or policies.interrupted(case):
            allowed |= {"key_mismatch"}
        for reason in inspection.reasons:
            if reason.code in _REFUSED and reason.code not in allowed:
                advice = _REFUSED[reason.code]
                if reason.code == "key_compromised" and desired.request:
                    advice = "It takes a request for a new key."
                raise PkiError(reason.code, f"{reason.message} {advice}")
        if inspection.issues:
            path = desired.paths["certificate"]
            for each in self.ledger.entries_of_file(path):
                if each["reason"] == index.HOLD and each["not_after"] > self.now_text:
                    raise PkiError(
                        "on_hold",
                        f"{path} is due for a new certificate, but {each['serial_number']}, which was issued there, is"
                        " on hold. Release it, or revoke it for good, with the module"
                        " alicloud.mtls.certificate_revocation.",
                    )

    def _outcome(self, made: engine.Made) -> Outcome:
        desired = made.inspection.desired
        difference = report.difference([made])
        issues = made.inspection.issues
        given_up = any(reason.code == "key_compromised" for reason in made.inspection.reasons)
        aside = [] if given_up else engine.kept_aside(made, ("key",))
        unknown = issues or self.ledger.state(index.serial(made.certificate)) is None
        return Outcome(
            result={"name": desired.name, **report.result(made, self.content)},
            difference=(difference["before"], difference["after"]) if made.inspection.reasons else None,
            issues=issues,
            clipped=made.inspection.clipped,
            files=[*aside, *made.files],
            entry=index.entry(desired.profile.name, made.certificate, desired.paths, self.now) if unknown else None,
            record=self._record(made),
        )

    def _record(self, made: engine.Made) -> records.Record | None:
        """None for a certificate that is written in another way than ours: a result from a record would show that."""
        desired = made.inspection.desired
        paths = {path: kind for kind, path in desired.paths.items()}
        contents = {**made.inspection.case.current.raw}
        contents |= {paths[file.path]: file.content for file in made.files}
        if contents["certificate"] != issue.pem(made.certificate):
            return None
        return records.Record(
            desired.paths["certificate"],
            index.serial(made.certificate),
            self.ledger.digest(desired, self.signers, contents),
            hashlib.sha256(contents["pkcs12"]).hexdigest() if "pkcs12" in desired.paths else "",
            report.facts(made),
        )


def _with_kept_passphrase(desired: Desired) -> Desired:
    """A generated passphrase is that of its file where there is one. Read now: another run may have just made it."""
    spec = desired.pkcs12
    if spec is None or not spec.generated:
        return desired
    kept = (store.read(desired.paths["passphrase"]) or b"").strip()
    return dataclasses.replace(desired, pkcs12=dataclasses.replace(spec, passphrase=kept)) if kept else desired


@functools.cache
def _draft_key(spec: keys.KeySpec) -> keys.PrivateKey:
    """For all certificates of a check run: their keys are never written, and to make ten thousand takes hours."""
    return keys.generate(spec)


def told(error: PkiError) -> tuple[str, str]:
    return error.code, str(error)
