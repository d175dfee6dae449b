# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of clients and servers, one or ten thousand in a run. Private to this collection.

Each is inspected and made in memory by one of several processes; files and database are written by this process, a
batch at a time, so that memory does not grow with their number beyond what the result needs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t

from .._x509 import times
from .._x509.errors import CertificateError
from . import certificate, name_checks, previous_ca, results
from .case import Desired
from .end_entity import Outcome, Run
from .issuer import Issuer
from .processes import map_in_processes
from .storage import database, files, rebuild
from .storage.location import Location
from .storage.reader import DatabaseReader

# The number of certificates that are made and then written: an interruption loses no more than these.
BATCH = 128
# The number that are inspected at once: less has to be sent, and a process is not started for less than it saves.
INSPECTED = 2048
# Errors of the whole disk: to go on with other files would only repeat them.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}

Failures = dict[int, CertificateError]


def ensure(
    wanted: t.Sequence[Desired | CertificateError],
    location: Location,
    write: bool,
    content: bool = True,
    reserved: t.Iterable[str] = (),
    previous: Location | None = None,
) -> dict[str, t.Any]:
    """Bring all certificates into the desired state, without ``write`` in memory only.

    ``wanted``: an error in place of a certificate becomes a failure. ``reserved``: common names that belong to others,
    such as servers under another CA. ``previous``: the CA that this one replaces; its revoked clients get nothing.

    Returns changed, certificates, diff, warnings, and failures (position, code, message): the failure of one
    certificate does not stop the others. Raises CertificateError, before the first write, for what concerns them all.
    """
    items = {number: item for number, item in enumerate(wanted) if not isinstance(item, CertificateError)}
    failed: Failures = {number: item for number, item in enumerate(wanted) if isinstance(item, CertificateError)}
    longest = max((item.lifetime for item in items.values()), default=times.A_DAY)
    issuer = Issuer.load_or_stand_in(location, write, longest)
    directories = {os.path.dirname(item.paths["certificate"]) for item in items.values()}
    files.check_directories({location.directory, *directories})
    failed |= name_checks.check(items, issuer, location, {*reserved})
    with _open_reader(location, issuer, directories, write) as reader:
        reader.preload([item.paths["certificate"] for item in items.values()])
        before = previous_ca.load(reader.previous(), previous)
        failed |= name_checks.revoked_before(items, before, reader)
        failed |= name_checks.overlapping(items)
        batch = _Batch(items, failed, Run(issuer, times.now(), reader, content, write), location)
        batch.inspect()
        if any(batch.outcomes[number].issues for number in batch.to_make):
            issuer.check_can_issue(location, batch.run.now)
        with location.locked() if write and (batch.changes or before.news) else contextlib.nullcontext():
            if write:
                batch.remember(before)
            batch.make()
    return batch.result()


@contextlib.contextmanager
def _open_reader(location: Location, issuer: Issuer, directories: set[str], write: bool) -> t.Iterator[DatabaseReader]:
    """Open the CA's database for questions; a lost one is rebuilt, in a check run in memory only."""
    ca, path = issuer.certificate, location.database_path
    if write and (not database.exists(path) or database.needs_upgrade(path)):
        with location.locked(), rebuild.writing(location, ca, directories):
            pass
    with contextlib.ExitStack() as stack:
        known = stack.enter_context(rebuild.reading(location, ca, directories))
        memory = None if database.exists(path) else known
        yield stack.enter_context(contextlib.closing(DatabaseReader(path, memory)))


class _Batch:
    """The certificates of a run by their position, and what has become of them so far."""

    def __init__(self, items: t.Mapping[int, Desired], failed: Failures, run: Run, location: Location) -> None:
        self.items = items
        self.failed = failed
        self.run = run
        self.location = location
        self.outcomes: dict[int, Outcome] = {}
        self.found: list[Outcome] = []  # as wanted, but unknown to the database or without a cached result
        self.half_written = 0  # failures that may have left files

    @property
    def to_make(self) -> dict[int, Desired]:
        """The certificates that are not as wanted."""
        return {number: self.items[number] for number, outcome in self.outcomes.items() if outcome.result is None}

    @property
    def changes(self) -> bool:
        """Whether something has to be written."""
        return bool(self.to_make or self.found)

    def inspect(self) -> None:
        """Find out which certificates are not as wanted."""
        # With a cached result this takes less time than to start a process for it.
        for number, item in self.items.items():
            if number not in self.failed and (known := self.run.recognize(item)):
                self.outcomes[number] = known
        rest = {number: item for number, item in self.items.items() if number not in self.outcomes}
        for number, outcome in self._each(self.run.inspect, rest, INSPECTED):
            self._note(number, outcome)
            self.found += [outcome] if outcome.cached or outcome.entry else []

    def remember(self, before: previous_ca.Previous) -> None:
        """Write what the inspection has found, and the revocations of the previous CA, to the database."""
        if self.found or before.news:
            with database.opened(self.location.database_path) as known:
                before.copy(known)
                known.add([item.entry for item in self.found if item.entry], existing="IGNORE")
                known.add_cached_results([item.cached for item in self.found if item.cached])

    def make(self) -> None:
        """Make what is not as wanted, and write it unless this is a check run. To be called under the CA's lock."""
        work = self.to_make
        # Asked again: another run may have done some of it in the meantime.
        self.run.reader.preload([item.paths["certificate"] for item in work.values()])
        issued = {number: item for number, item in work.items() if self.outcomes[number].issues}
        self.failed |= name_checks.similar(issued, self.items, self.run.reader, self.run.now)
        self.failed |= name_checks.taken(issued, self.run.reader, self.run.now)
        for part in _parts(self._each(self.run.make, work, BATCH)):
            errors = self._write(part) if self.run.write else {}
            self.half_written += len(errors)
            for number, outcome in part.items():
                self._note(number, Outcome(error=errors[number]) if number in errors else outcome)

    def _each(
        self, function: t.Callable[[Desired], Outcome], items: t.Mapping[int, Desired], size: int
    ) -> t.Iterator[tuple[int, Outcome]]:
        numbers = [number for number in items if number not in self.failed]
        lists = map_in_processes(function, [items[number] for number in numbers], size)
        yield from zip(numbers, (outcome for part in lists for outcome in part), strict=True)

    def _note(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome.written
        if outcome.error:
            self.failed[number] = outcome.error

    def _write(self, part: t.Mapping[int, Outcome]) -> Failures:
        """Write all of ``part``, after an error one by one. Return the errors of those that failed."""
        good = {number: outcome for number, outcome in part.items() if not outcome.error}
        with database.opened(self.location.database_path) as known:
            known.add([item.entry for item in good.values() if item.entry and item.issues])
            # Another run may have added what is not issued now.
            known.add([item.entry for item in good.values() if item.entry and not item.issues], existing="IGNORE")
        failed: Failures = {}
        try:
            self._write_files(good)
        except OSError as error:
            if error.errno in _OF_THE_DISK:
                raise
            for number, outcome in good.items():
                try:
                    self._write_files({number: outcome})
                except OSError as own:
                    failed[number] = files.file_error(own)
        with database.opened(self.location.database_path) as known:
            known.add_cached_results(
                [item.cached for number, item in good.items() if item.cached and number not in failed]
            )
        return failed

    def _write_files(self, outcomes: t.Mapping[int, Outcome]) -> None:
        owner = next((self.items[number].owner for number in outcomes), files.UNCHANGED)  # the same for all of a run
        to_write = [file for outcome in outcomes.values() for file in outcome.files]
        for directory in {os.path.dirname(file.path) for file in to_write}:
            files.make_directory(directory, owner)
        files.write_all(to_write, owner)
        for number, outcome in outcomes.items():
            if outcome.difference:
                certificate.set_rights(self.items[number])

    def result(self) -> dict[str, t.Any]:
        """Return what ``ensure`` returns."""
        good = {number: self.outcomes[number] for number in sorted(self.outcomes) if number not in self.failed}
        before: dict[str, t.Any] = {}
        after: dict[str, t.Any] = {}
        for outcome in good.values():
            old, new = outcome.difference or ({}, {})
            before |= old
            after |= new
        shortened = sum(outcome.shortened_by_ca for outcome in good.values())
        end = times.iso(self.run.issuer.certificate.not_valid_after_utc)
        warning = f"{shortened} certificate(s) end with the CA at {end}, which is earlier than valid_for asks for."
        weak = results.weak_key_warning(self.run.issuer.certificate, self.location.certificate_path)
        return {
            "changed": self.half_written > 0 or any(outcome.difference for outcome in good.values()),
            "certificates": [outcome.result for outcome in good.values()],
            "diff": {"before": before, "after": after},
            "warnings": [*([warning] if shortened else []), *weak],
            "failures": [
                {"position": number, "code": error.code, "message": str(error)}
                for number, error in sorted(self.failed.items())
            ],
        }


def _parts(outcomes: t.Iterator[tuple[int, Outcome]]) -> t.Iterator[dict[int, Outcome]]:
    """Yield the outcomes in parts of BATCH."""
    part: dict[int, Outcome] = {}
    for number, outcome in outcomes:
        part[number] = outcome
        if len(part) == BATCH:
            yield part
            part = {}
    if part:
        yield part
