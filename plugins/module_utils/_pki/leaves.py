# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that a CA of ours signs: one or ten thousand of them in a run. Private to this collection.

What one of them needs is found out and made in memory by one of several processes; files, index and seals are written
by this one, a batch at a time, so that memory does not grow with the number beyond what the result needs.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import errno
import os
import typing as t

from . import engine, index, recovery, report, seals, store, values, workers
from .authority import Authority, Location
from .errors import PkiError, of_a_file
from .policies import Desired

# So many certificates at a time are made and then written: an interruption loses no more than these.
BATCH = 128
# A shorter difference is only that between the moments at which the CA and its certificates were made.
CLIP_UNNOTICED = datetime.timedelta(days=1)
# Errors of the whole disk, not of one file on it: to go on would only repeat them.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}

Failures = dict[int, PkiError]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Of one certificate, in plain data: it comes from another process. ``result`` is None while there is work left."""

    result: dict[str, t.Any] | None = None
    difference: tuple[dict[str, t.Any], dict[str, t.Any]] | None = None
    issues: bool = False
    clipped: bool = False
    error: tuple[str, str] | None = None
    files: t.Sequence[store.File] = ()
    entry: dict[str, t.Any] | None = None
    seal: seals.Seal | None = None

    @property
    def failure(self) -> PkiError | None:
        return PkiError(*self.error) if self.error else None

    @property
    def kept(self) -> Outcome:
        """Without what is done with once it is written."""
        return dataclasses.replace(self, files=(), entry=None, seal=None)


@dataclasses.dataclass(frozen=True)
class Run:
    """What all certificates of a run have in common."""

    authority: Authority
    location: Location
    now: datetime.datetime
    known: seals.Seals
    content: bool

    def look(self, desired: Desired) -> Outcome:
        """The result when all is as wanted."""
        return self._of(desired, make=False)

    def make(self, desired: Desired) -> Outcome:
        """The result, and what has to be written for it."""
        return self._of(desired, make=True)

    def _of(self, desired: Desired, make: bool) -> Outcome:
        try:
            inspection = engine.inspect(desired, self.authority.certificate, self.now, self.known, self.authority.chain)
            unusable = [reason for reason in inspection.reasons if reason.code == "key_unreadable"]
            if unusable:
                raise PkiError("key_unreadable", f"{unusable[0].message} Move it away to have a new one made.")
            if inspection.reasons and not make:
                return Outcome(issues=inspection.issues)
            return self._outcome(engine.make(inspection, self.authority.signing_key))
        except PkiError as error:
            return Outcome(error=_told(error))
        except OSError as error:
            return Outcome(error=_told(of_a_file(error)))

    def _outcome(self, made: engine.Made) -> Outcome:
        desired, case = made.inspection.desired, made.inspection.case
        path = desired.paths["certificate"]
        difference = report.difference([made])
        issues = made.inspection.issues
        return Outcome(
            result={"name": desired.name, **report.result(made, self.content)},
            difference=(difference["before"], difference["after"]) if made.inspection.reasons else None,
            issues=issues,
            clipped=issues and case.until + CLIP_UNNOTICED < case.now + desired.lifetime,
            files=made.files,
            entry=index.entry(desired.profile.name, made.certificate, path, self.now) if issues else None,
            seal=self._seal(made),
        )

    def _seal(self, made: engine.Made) -> seals.Seal | None:
        spec, path = made.inspection.desired.pkcs12, made.inspection.desired.paths.get("pkcs12")
        data = next((file.content for file in made.files if file.path == path), None)
        if not (spec and path and data):
            return None
        return self.known.make(path, data, spec, (made.certificate, *made.inspection.case.chain))


def _told(error: PkiError) -> tuple[str, str]:
    return error.code, str(error)


def ensure(
    wanted: t.Sequence[Desired | PkiError],
    location: Location,
    write: bool,
    content: bool = True,
    reserved: t.Iterable[str] = (),
) -> dict[str, t.Any]:
    """Brings all of ``wanted`` into the desired state; without ``write`` only in memory.

    ``reserved``: common names that are somebody else's, such as those of servers under another CA.

    Returns changed, certificates, diff, warnings, and failures (position, code, message) of those that could not be
    brought there: one of them does not keep the others from it. Raises PkiError, before the first write, for what
    concerns them all.
    """
    now = values.now()
    items = {number: each for number, each in enumerate(wanted) if not isinstance(each, PkiError)}
    failed: Failures = {number: each for number, each in enumerate(wanted) if isinstance(each, PkiError)}
    authority = Authority.load(location)
    if authority is None and not write:
        longest = max((each.lifetime for each in items.values()), default=values.A_DAY)
        authority = Authority.stand_in(values.end(now, longest))
    if authority is None:
        raise PkiError(
            "ca_missing",
            f"There is no CA in {location.directory}: {location.certificate_path} does not exist."
            " Make it first, with the module alicloud.mtls.ca.",
        )
    store.check_directories({location.directory, *_directories(items.values())})
    failed |= _bad_names(items, authority, location, {*reserved})
    files = [path for each in items.values() if (path := each.paths.get("pkcs12"))]
    run = Run(authority, location, now, seals.Seals(location.index_path, files), content)
    run.known.read()
    outcomes: dict[int, Outcome] = {}
    for number, outcome in _of_each(run.look, items, failed):
        _note(number, outcome, outcomes, failed)
    work = {number: items[number] for number, outcome in outcomes.items() if outcome.result is None}
    if any(outcomes[number].issues for number in work):
        authority.check_can_issue(location, now)
    with location.locked() if write and work else contextlib.nullcontext():
        # Another run may have done some of it in the meantime; what is not as wanted is found out again.
        issuing = {number: each for number, each in work.items() if outcomes[number].issues}
        failed |= _taken(issuing, run)
        for batch in _batches(_of_each(run.make, work, failed)):
            failures = _write(batch, work, run) if write else {}
            for number, outcome in batch.items():
                _note(number, Outcome(error=failures[number]) if number in failures else outcome, outcomes, failed)
    return _result({n: o for n, o in outcomes.items() if n not in failed}, failed, authority)


def _note(number: int, outcome: Outcome, outcomes: dict[int, Outcome], failed: Failures) -> None:
    outcomes[number] = outcome.kept
    if outcome.failure:
        failed[number] = outcome.failure


def _of_each(
    function: t.Callable[[Desired], Outcome], items: t.Mapping[int, Desired], failed: Failures
) -> t.Iterator[tuple[int, Outcome]]:
    numbers = [number for number in items if number not in failed]
    made = workers.batches(function, [items[number] for number in numbers], BATCH)
    yield from zip(numbers, (outcome for batch in made for outcome in batch), strict=True)


def _batches(outcomes: t.Iterator[tuple[int, Outcome]]) -> t.Iterator[dict[int, Outcome]]:
    batch: dict[int, Outcome] = {}
    for number, outcome in outcomes:
        batch[number] = outcome
        if len(batch) == BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _result(outcomes: dict[int, Outcome], failed: Failures, authority: Authority) -> dict[str, t.Any]:
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for number in sorted(outcomes):
        old, new = outcomes[number].difference or ({}, {})
        before |= old
        after |= new
    clipped = sum(outcome.clipped for outcome in outcomes.values())
    end = values.iso(authority.certificate.not_valid_after_utc)
    warning = f"{clipped} certificate(s) end with the CA at {end}, which is earlier than valid_for asks for."
    return {
        "changed": any(outcome.difference for outcome in outcomes.values()),
        "certificates": [outcomes[number].result for number in sorted(outcomes)],
        "diff": {"before": before, "after": after},
        "warnings": [warning] if clipped else [],
        "failures": [
            {"position": number, "code": error.code, "message": str(error)} for number, error in sorted(failed.items())
        ],
    }


def _bad_names(
    items: t.Mapping[int, Desired], authority: Authority, location: Location, reserved: set[str]
) -> Failures:
    """Two certificates of one name, in the subject or on the disk, and names of a CA or of somebody else."""
    subjects = collections.Counter(values.common_name(each.subject) for each in items.values())
    paths = collections.Counter(path for each in items.values() for path in each.paths.values())
    of_cas = {values.common_name(each.subject) for each in (authority.certificate, *authority.chain)}
    own_files = {os.path.realpath(path) for path in location.own_files}
    real = {directory: os.path.realpath(directory) for directory in {os.path.dirname(path) for path in paths}}
    failed: Failures = {}
    for number, each in items.items():
        name = values.common_name(each.subject)
        twice = [path for path in each.paths.values() if paths[path] > 1]
        covered = [
            p for p in each.paths.values() if os.path.join(real[os.path.dirname(p)], os.path.basename(p)) in own_files
        ]
        if name in of_cas:
            # Verifiers take such a certificate for one that signed itself (OpenSSL: error 18).
            failed[number] = PkiError(
                "common_name_of_ca",
                f"The common name {name!r} is that of a CA above it. Choose another one for"
                f" {each.paths['certificate']}.",
            )
        elif name in reserved:
            failed[number] = PkiError(
                "common_name_reserved",
                f"The common name {name!r} is one of reserved_common_names. Choose another one for"
                f" {each.paths['certificate']}.",
            )
        elif covered:
            failed[number] = PkiError(
                "name_of_ca", f"{', '.join(covered)} belongs to the CA. Choose another name or another path."
            )
        elif twice or subjects[name] > 1:
            kind, which = ("file", twice[0]) if twice else ("common name", repr(name))
            failed[number] = PkiError(
                "duplicate", f"Each certificate needs a {kind} of its own; more than once: {which}."
            )
    return failed


def _taken(issued: t.Mapping[int, Desired], run: Run) -> Failures:
    failed: Failures = {}
    if not issued:
        return failed
    names = [values.common_name(each.subject) or "" for each in issued.values()]
    with recovery.reading(run.location, run.authority.certificate, _directories(issued.values())) as known:
        taken = known.files_by_common_name(names, run.now)
    for number, each in issued.items():
        name = values.common_name(each.subject) or ""
        others = taken.get(name, set()) - {each.paths["certificate"]}
        if others:
            failed[number] = PkiError(
                "common_name_taken",
                f"The common name {name!r} already belongs to {', '.join(sorted(others))}."
                " Choose another one, or remove that certificate.",
            )
    return failed


def _directories(wanted: t.Iterable[Desired]) -> set[str]:
    return {os.path.dirname(each.paths["certificate"]) for each in wanted}


def _write(batch: t.Mapping[int, Outcome], items: t.Mapping[int, Desired], run: Run) -> dict[int, tuple[str, str]]:
    """All of ``batch``, or one after the other when there is an error; the errors of those that failed."""
    good = {number: outcome for number, outcome in batch.items() if not outcome.error}
    entries = [outcome.entry for outcome in good.values() if outcome.entry]
    if entries:
        directories = _directories(items[number] for number in good)
        with recovery.writing(run.location, run.authority.certificate, directories) as known:
            known.add(entries)
    failed: dict[int, tuple[str, str]] = {}
    try:
        _write_files(good, items)
    except OSError as error:
        if error.errno in _OF_THE_DISK:
            raise
        for number, outcome in good.items():
            try:
                _write_files({number: outcome}, items)
            except OSError as own:
                failed[number] = _told(of_a_file(own))
    sealed = [outcome.seal for number, outcome in good.items() if outcome.seal and number not in failed]
    if sealed:
        run.known.add(sealed)
    return failed


def _write_files(outcomes: t.Mapping[int, Outcome], items: t.Mapping[int, Desired]) -> None:
    owner = next((items[number].owner for number in outcomes), store.ANYBODY)  # one for all of a run
    files = [file for outcome in outcomes.values() for file in outcome.files]
    for directory in {os.path.dirname(file.path) for file in files}:
        store.make_directory(directory, owner)
    store.write_all(files, owner)
    for number, outcome in outcomes.items():
        if outcome.difference:
            engine.set_rights(items[number])
