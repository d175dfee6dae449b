# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine under every cloud module: find, plan, guard, apply, wait, read back.

A resource describes itself as a :class:`Resource`: how it is found, and which :class:`Action` leads where. Check
mode, diff, waiting, repetition and healing after an interrupted run are here, once. This module is PRIVATE to the
collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .action import THIS, Action, Twin, Unique
from .error_codes import Kind
from .errors import CloudError, RefusedError, SeveralError
from .resource import Found, Resource
from .session import Session
from .values import KNOWN_AFTER_APPLY, Object, holds_unknown, merged

# Seconds within which a list shows what was created, and a resource what was written; a service may be a little behind.
SHOWN_WITHIN = 15.0
# Seconds within which another run starts to delete what it has to delete, once it can be deleted.
GIVES_WAY_WITHIN = 6.0
# How often a run finds out that another was faster, and plans again.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Outcome:
    """What a module returns."""

    object: Object | None
    before: Object
    after: Object
    actions: list[str]
    waited: bool
    extras: Object

    @property
    def changed(self) -> bool:
        return bool(self.actions)


class Engine:
    """Brings one resource into the wanted state."""

    def __init__(self, resource: Resource, session: Session, *, wait: bool = True) -> None:
        self.resource = resource
        self.session = session
        self.wait = wait
        self._rivals: dict[str, Unique] = {}  # by the id of the resource of ours: others had its name

    def run(self, state: str, *, check: bool = False, dry_run: bool = False) -> Outcome:
        """Plan, and unless ``check`` apply. ``dry_run`` has the service check the first write in check mode."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._run(state, check=check, dry_run=dry_run)
            except CloudError as error:
                # Another run, or an interrupted one whose request took effect late, was faster: look and plan again.
                if error.kind is not Kind.EXISTS or check or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _run(self, state: str, *, check: bool, dry_run: bool) -> Outcome:
        resource, leaving = self.resource, state == "absent"
        found = self._settled(self._find())
        before = found.object or {}
        plan = self._plan(found, leaving)
        after = {} if leaving else self._after({} if self._is_failed(before) else before, plan)
        if plan:
            resource.guard(found, after)
        if check and dry_run:
            self._try_out(before, plan)
        if check or not plan:
            return self._outcome(found, plan, before, after)
        if blocked := next((action.blocked for action in plan if action.blocked), ""):
            raise RefusedError(blocked)
        identity = self._apply(str(before.get(resource.id_name) or ""), plan)
        if leaving:
            if self.wait:
                self._rest(identity, deleted=True)
        elif self.wait:
            after = self._settle(resource.read(identity), identity, expected=True) or after
            after = self._confirmed(after, identity, before)
        else:
            after = resource.read(identity) or after
        self._tell_of_rivals()
        return self._outcome(found, plan, before, after)

    def _find(self) -> Found:
        """Return what the resource finds. One of several of a name may be on its way out: see :meth:`_keep_one`."""
        started = self.session.budget.clock()
        for _look in self.session.budget.poll():
            try:
                return self.resource.find()
            except SeveralError:
                if self.session.budget.clock() - started >= GIVES_WAY_WITHIN:
                    raise
        return self.resource.find()

    def _plan(self, found: Found, leaving: bool) -> list[Action]:
        """Return the actions; a resource of our name whose creation failed is deleted and created anew."""
        if leaving:
            return self.resource.absent(found)
        if self._is_failed(found.object):
            return [*self.resource.discard(found), *self.resource.present(Found(None, found.others))]
        return self.resource.present(found)

    def _is_failed(self, current: Object | None) -> bool:
        return (current or {}).get("status") in self.resource.waiter.failed

    def _confirmed(self, after: Object, identity: str, before: Object) -> Object:
        """Return the resource as it shows once everything that was written does.

        Raises:
            CloudError: when a write had no effect, which is all that tells of the failure of some jobs.
        """
        started = self.session.budget.clock()
        left: list[Action] = []
        for _look in self.session.budget.poll():
            left = self.resource.present(Found(after))
            if not left or self.session.budget.clock() - started >= SHOWN_WITHIN:
                break
            after = self._settle(self.resource.read(identity), identity, expected=True) or after
        for action in left:
            if before and action.after and all(before.get(name) == after.get(name) for name in action.after):
                values = ", ".join(f"{name} is still {after.get(name)!r}" for name in action.after)
                raise CloudError(
                    f"{action.operation} was accepted and had no effect on the {self.resource.noun} {identity}: "
                    f"{values}.",
                    code="NoEffect",
                    kind=Kind.INVALID,
                    request_id=self.session.request_id,
                    hint="Run again. If it stays so, ask the support of Alibaba Cloud with this request id.",
                )
        if left:
            self.session.warn(f"The {self.resource.noun} does not show yet: {', '.join(a.name for a in left)}.")
        return after

    def _outcome(self, found: Found, plan: list[Action], before: Object, after: Object) -> Outcome:
        for remark in self.resource.remarks(after) if after else ():
            self.session.warn(remark)
        return Outcome(
            object=after or None,
            before=before,
            after=after,
            actions=[action.name for action in plan],
            waited=self.wait,
            extras=self.resource.extras(found),
        )

    def _after(self, before: Object, plan: list[Action]) -> Object:
        """The object that ``plan`` makes of ``before``, as far as it can be told beforehand."""
        base = before or (dict.fromkeys(self.resource.names, KNOWN_AFTER_APPLY) if plan else {})
        return merged(base, *(action.after for action in plan))

    def _apply(self, identity: str, plan: list[Action]) -> str:
        created = False
        for number, action in enumerate(plan, start=1):
            try:
                params = {**_bind(action.params, identity), **(action.late() if action.late else {})}
                answer = self.session.write(self.resource.product, action, params, new=created)
                created = created or action.creates
                if action.unique:
                    self._keep_one(action.unique, action.unique.identity(answer))
                if action.creates:
                    identity = str(answer[self.resource.id_wire])
                if self.wait or number < len(plan):
                    self._finish(action, str(answer.get("JobId") or ""))
                if number < len(plan):
                    self._rest(identity, deleted=action.deletes)
            except CloudError as error:
                error.purpose = error.purpose or f"Cannot {action.name.replace('_', ' ')}"
                raise
        return identity

    def _keep_one(self, unique: Unique, identity: str) -> None:
        """See to it that of several resources of a name, made at the same moment, only the oldest stays.

        Raises:
            CloudError: (EXISTS) when the new one has been removed: the other one is to be found now.
            RefusedError: when the new one would have to go and is in use already.
        """
        started = waited_since = self.session.budget.clock()
        oldest = Twin("", "")
        for _look in self.session.budget.poll():
            now = self.session.budget.clock()
            twins = unique.find()
            own = next((twin for twin in twins if twin.identity == identity), None)
            others = [twin for twin in twins if twin.identity != identity]
            if others:
                self._rivals[identity] = unique
            if own is None and now - started < SHOWN_WITHIN:
                continue  # the list does not show it yet
            if not others or own is None:
                return
            oldest = min(others, key=lambda twin: twin[:2])
            if own.created < oldest.created:
                return  # the run that made the younger one sees this one, and removes its own
            if own[:2] > oldest[:2]:
                break
            # Of the same second, the lesser id stays. If the other stays too, its run has looked too early to see this
            # one, and has gone on with its own.
            if not all(twin.idle for twin in others):
                waited_since = now
            if now - waited_since >= GIVES_WAY_WITHIN:
                break
        if not unique.unused(identity):
            raise RefusedError(
                f"{unique.label} was made twice at the same moment, as {identity} and as {oldest.identity}, and both "
                "are in use.",
                unique.advice,
            )
        self._rest(identity, deleted=True)  # it cannot be deleted earlier
        for action in unique.remove(identity):
            answer = self.session.write(self.resource.product, action, _bind(action.params, identity))
            self._finish(action, str(answer.get("JobId") or ""))
        self._rest(identity, deleted=True)
        self._rivals.pop(identity, None)
        raise CloudError(
            f"{unique.label} was made by another run at the same moment, as {oldest.identity}.",
            code="MadeTwice",
            kind=Kind.EXISTS,
            request_id=self.session.request_id,
        )

    def _tell_of_rivals(self) -> None:
        """Warn of what another run made under the same name and has not removed."""
        for identity, unique in self._rivals.items():
            others = sorted(twin.identity for twin in unique.find() if twin.identity != identity)
            if others:
                self.session.warn(
                    f"{unique.label} was made more than once at the same moment: this run keeps {identity}, and there "
                    f"is also {', '.join(others)}, which the run that made it removes. If it stays: {unique.advice}"
                )

    def _rest(self, identity: str, *, deleted: bool = False) -> None:
        """Wait until the resource is idle or gone, if it is of the kind that has passing states."""
        if identity and self.resource.waiter.passing:
            self._settle(self.resource.read(identity), identity, may_be_failed=deleted)

    def _try_out(self, before: Object, plan: list[Action]) -> None:
        # Later actions build on the first, so the first is all that can be tried out.
        for action in plan[:1]:
            params = _bind(action.params, str(before.get(self.resource.id_name) or ""))
            if action.token and self.resource.product == "alb" and not holds_unknown(params):
                self.session.try_out(self.resource.product, action, params)

    def _finish(self, action: Action, job: str) -> None:
        """Wait for the asynchronous ``job`` of ``action`` (ListAsynJobs of ALB), and tell why it failed if it did."""
        if not job:
            return
        for _look in self.session.budget.poll():
            jobs = self.session.read(self.resource.product, "ListAsynJobs", JobIds=[job]).get("Jobs") or [{}]
            status = str(jobs[0].get("Status") or "").lower()
            if status == "failed":
                raise CloudError(
                    f"job {job} ({action.operation}) failed: {jobs[0].get('ErrorMessage') or 'it does not say why'}",
                    code=str(jobs[0].get("ErrorCode") or "JobFailed"),
                    kind=Kind.INVALID,
                    request_id=self.session.request_id,
                )
            if status != "processing":
                return
        raise self._late(f"job {job} ({action.operation})")

    def _settled(self, found: Found) -> Found:
        if found.object is None:
            return found
        identity = str(found.object[self.resource.id_name])
        # One of our name that could not be made is deleted and made anew; one that the user names by its id is not.
        healed = self.resource.params.get("state") == "absent" or not self.resource.params.get(self.resource.id_name)
        return Found(self._settle(found.object, identity, may_be_failed=healed), found.others)

    def _settle(
        self, current: Object | None, identity: str, *, expected: bool = False, may_be_failed: bool = False
    ) -> Object | None:
        """Wait until the resource is out of its passing states, and return it; ``None`` when it is gone.

        ``expected`` is one that has to be there: a new one may not be shown at once. One that ``may_be_failed`` is on
        its way out.

        Raises:
            CloudError: when the time is up, the resource cannot get out of its state, or an expected one was deleted.
        """
        started, seen = self.session.budget.clock(), False
        for _look in self.session.budget.poll():
            seen = seen or current is not None
            status = str((current or {}).get("status") or "")
            if self._is_failed(current) and not may_be_failed:
                raise self._failed(identity, status)
            if current is None and expected:
                if seen or self.session.budget.clock() - started >= SHOWN_WITHIN:
                    raise CloudError(
                        f"The {self.resource.noun} {identity} is gone: it was deleted while this run waited for it.",
                        code="Deleted",
                        kind=Kind.MISSING,
                        request_id=self.session.request_id,
                        hint="Find out who deletes it, then run again: it is made anew.",
                    )
            elif status not in self.resource.waiter.passing:
                return current
            current = self.resource.read(identity)
        raise self._late(f"the {self.resource.noun} {identity} ({(current or {}).get('status') or 'not there'})")

    def _failed(self, identity: str, status: str) -> CloudError:
        if self.resource.params.get(self.resource.id_name):
            hint = f"Remove it with {self.resource.id_name}: {identity} and state: absent; its name makes a new one."
        else:
            hint = "Run again: it is then removed and made anew."
        return CloudError(
            f"The {self.resource.noun} {identity} is in the state {status}.",
            code=status,
            kind=Kind.INVALID,
            request_id=self.session.request_id,
            hint=hint,
        )

    def _late(self, what: str) -> CloudError:
        return CloudError(
            f"{self.session.budget.seconds:g} seconds (wait_timeout) were not enough for {what}.",
            code="WaitTimeout",
            kind=Kind.BUSY,
            request_id=self.session.request_id,
        )


def _bind(value: t.Any, identity: str) -> t.Any:
    """``value`` with THIS replaced by the id."""
    if isinstance(value, dict):
        return {name: _bind(item, identity) for name, item in value.items()}
    if isinstance(value, list):
        return [_bind(item, identity) for item in value]
    return identity if value == THIS else value
