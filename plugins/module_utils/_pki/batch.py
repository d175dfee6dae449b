# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that a CA of ours signs: one or ten thousand of them in a run. Private to this collection.

What one of them needs is found out and made in memory by one of several processes; files and index are written
by this one, a batch at a time, so that memory does not grow with the number beyond what the result needs.
"""

from __future__ import annotations

import collections
import contextlib
import errno
import os
import typing as t

from .._x509 import names as values
from .._x509 import profiles
from .._x509.errors import PkiError, of_a_file
from . import certificate as engine
from . import previous_ca as previous
from . import processes as workers
from . import unchanged as records
from .ca import Authority, Location
from .end_entity import Outcome, Run, told
from .policies import Desired
from .storage import database as index
from .storage import files as store
from .storage import rebuild as recovery

# So many certificates at a time are made and then written: an interruption loses no more than these.
BATCH = 128
# To look at one leaves little to carry, and a process is not started for less than it saves.
LOOK = 2048
# Errors of the whole disk, not of one file on it: to go on would only repeat them.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}

Failures = dict[int, PkiError]


def ensure(
    wanted: t.Sequence[Desired | PkiError],
    location: Location,
    write: bool,
    content: bool = True,
    reserved: t.Iterable[str] = (),
    previous_ca: Location | None = None,
) -> dict[str, t.Any]:
    """Brings all of ``wanted`` into the desired state; without ``write`` only in memory.

    ``reserved``: common names that are somebody else's, such as those of servers under another CA. ``previous_ca``: the
    CA that this one replaces; whom it has revoked gets nothing.

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
    directories = _directories(items.values())
    with _ledger(location, authority, directories, write) as ledger:
        ledger.read([each.paths["certificate"] for each in items.values()])
        before = previous.load(ledger.previous(), previous_ca)
        failed |= _revoked_before(items, before, ledger)
        run = Run(authority, now, ledger, content, write)
        outcomes: dict[int, Outcome] = {}
        news: list[Outcome] = []
        # Where there is a record, to look takes less time than to start a process that does it.
        for number, each in items.items():
            if number not in failed and (settled := run.settled(each)):
                outcomes[number] = settled
        rest = {number: each for number, each in items.items() if number not in outcomes}
        for number, outcome in _of_each(run.look, rest, failed, LOOK):
            _note(number, outcome, outcomes, failed)
            news += [outcome] if outcome.record or outcome.entry else []
        work = {number: items[number] for number, outcome in outcomes.items() if outcome.result is None}
        if any(outcomes[number].issues for number in work):
            authority.check_can_issue(location, now)
        with location.locked() if write and (work or news or before.news) else contextlib.nullcontext():
            if write:
                _remember(news, location, before)
            written = _carry_out(work, outcomes, failed, run, location)
    result = _result({n: o for n, o in outcomes.items() if n not in failed}, failed, authority)
    # Of one that failed while it was written, some files may be there.
    return {**result, "changed": result["changed"] or written > 0}


def _carry_out(
    work: t.Mapping[int, Desired], outcomes: dict[int, Outcome], failed: Failures, run: Run, location: Location
) -> int:
    """Makes what is not as wanted, and writes it in a run that may. To be called under the CA's lock.

    Adds to ``outcomes`` and ``failed``. Returns how many of those that failed may have left files.
    """
    # Another run may have done some of it in the meantime; what is not as wanted is found out again.
    run.ledger.read([each.paths["certificate"] for each in work.values()])
    failed |= _taken({number: each for number, each in work.items() if outcomes[number].issues}, run)
    written = 0
    for batch in _batches(_of_each(run.make, work, failed, BATCH)):
        failures = _write(batch, work, location) if run.write else {}
        written += len(failures)
        for number, outcome in batch.items():
            _note(number, Outcome(error=failures[number]) if number in failures else outcome, outcomes, failed)
    return written


@contextlib.contextmanager
def _ledger(location: Location, authority: Authority, directories: set[str], write: bool) -> t.Iterator[records.Ledger]:
    """The index of the CA for questions; one that is lost is made again, in a check run in memory only."""
    ca = authority.certificate
    if write and not index.exists(location.index_path):
        with location.locked(), recovery.writing(location, ca, directories):
            pass
    with recovery.reading(location, ca, directories) as known:
        memory = None if index.exists(location.index_path) else known
        with contextlib.closing(records.Ledger(location.index_path, memory)) as ledger:
            yield ledger


def _remember(outcomes: t.Sequence[Outcome], location: Location, before: previous.Previous) -> None:
    """What was found to be well, and unknown to the index or unlike its record; and whom the CA before has revoked."""
    if outcomes or before.news:
        with index.opened(location.index_path) as known:
            before.copy(known)
            known.add([each.entry for each in outcomes if each.entry], known="IGNORE")
            known.add_records([each.record for each in outcomes if each.record])


def _note(number: int, outcome: Outcome, outcomes: dict[int, Outcome], failed: Failures) -> None:
    outcomes[number] = outcome.kept
    if outcome.failure:
        failed[number] = outcome.failure


def _of_each(
    function: t.Callable[[Desired], Outcome], items: t.Mapping[int, Desired], failed: Failures, size: int
) -> t.Iterator[tuple[int, Outcome]]:
    numbers = [number for number in items if number not in failed]
    made = workers.batches(function, [items[number] for number in numbers], size)
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
    names = {number: values.common_name(each.subject) for number, each in items.items()}
    subjects = collections.Counter(names.values())
    paths = collections.Counter(path for each in items.values() for path in each.paths.values())
    of_cas = {values.common_name(each.subject) for each in (authority.certificate, *authority.chain)}
    own_files = set(map(os.path.basename, location.own_files))
    own_directory = os.path.realpath(location.directory)
    shared = {each for each in _directories(items.values()) if os.path.realpath(each) == own_directory}
    failed: Failures = {}
    for number, each in items.items():
        name = names[number]
        twice = [path for path in each.paths.values() if paths[path] > 1]
        inside = each.paths.values() if os.path.dirname(each.paths["certificate"]) in shared else ()
        covered = [path for path in inside if os.path.basename(path) in own_files]
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


def _revoked_before(items: t.Mapping[int, Desired], before: previous.Previous, ledger: records.Ledger) -> Failures:
    """Clients whose last certificate of the CA before is revoked or on hold, and whom this CA has let in no later."""
    failed: Failures = {}
    for number, each in items.items():
        common_name, path = values.common_name(each.subject) or "", each.paths["certificate"]
        last = before.last(each.name, common_name) if each.profile.name == profiles.CLIENT.name else None
        if last is None or not last["revoked"] or ledger.last_issued(path, common_name) > last["revoked"]:
            continue
        on_hold = last["reason"] == index.HOLD
        if each.replace_revoked and not on_hold:
            continue
        failed[number] = PkiError(
            "revoked_before",
            f"The CA before this one has put {last['file'] or last['serial_number']} on hold."
            " Release it there, or take the client out."
            if on_hold
            else f"The CA before this one has revoked {last['file'] or last['serial_number']} at {last['revoked']}"
            f" ({last['reason']}). Take the client out. With replace_revoked it gets a certificate of this CA.",
        )
    return failed


def _taken(issued: t.Mapping[int, Desired], run: Run) -> Failures:
    failed: Failures = {}
    if not issued:
        return failed
    for number, each in issued.items():
        name = values.common_name(each.subject) or ""
        for other in run.ledger.holders(name, run.now):
            path, serial_number = other["file"], other["serial_number"]
            if path == each.paths["certificate"]:
                continue
            followed = run.ledger.entries_of_file(path)[-1]["serial_number"] != serial_number
            failed[number] = PkiError(
                "common_name_taken",
                f"The common name {name!r} already belongs to "
                + (
                    f"the certificate {serial_number}, which is valid until {other['not_after']} although {path} now"
                    " holds another one. Choose another name, or revoke that serial number."
                    if followed
                    else f"{path}. Choose another one, or remove that certificate."
                ),
            )
    return failed


def _directories(wanted: t.Iterable[Desired]) -> set[str]:
    return {os.path.dirname(each.paths["certificate"]) for each in wanted}


def _write(
    batch: t.Mapping[int, Outcome], items: t.Mapping[int, Desired], location: Location
) -> dict[int, tuple[str, str]]:
    """All of ``batch``, or one after the other when there is an error; the errors of those that failed."""
    good = {number: outcome for number, outcome in batch.items() if not outcome.error}
    with index.opened(location.index_path) as known:
        # One that is not issued now may have been added by another run.
        known.add([each.entry for each in good.values() if each.entry and each.issues])
        known.add([each.entry for each in good.values() if each.entry and not each.issues], known="IGNORE")
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
                failed[number] = told(of_a_file(own))
    with index.opened(location.index_path) as known:
        done = [each.record for number, each in good.items() if each.record and number not in failed]
        known.add_records(done)
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
