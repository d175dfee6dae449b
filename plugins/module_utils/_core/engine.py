# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine of every cloud module: find, plan, check, apply, wait, read back. Private to this collection.

A resource describes itself as a :class:`Resource`: how it is found, and which :class:`Action` leads where. Check mode,
diff, waiting, repetition and recovery from an interrupted run are implemented here, once.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .action import SELF_ID, Action, Twin, Unique
from .error_codes import Kind
from .errors import CloudError, RefusedError, SeveralError
from .products import PRODUCTS
from .resource import Found, Resource
from .session import Session
from .values import KNOWN_AFTER_APPLY, Object, holds_unknown, merged

# Seconds within which a list shows a new resource, and a resource shows what was written to it.
SHOWN_WITHIN = 15.0
# Seconds within which another run begins to delete its resource, once that can be deleted.
GIVES_WAY_WITHIN = 6.0
# How often a run finds that another one was faster, and plans again.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Outcome:
    """What a module returns.

    Attributes:
        before: the resource before the run, empty if there was none.
        after: the resource as it is or, in check mode, would be; empty if there is none.
        actions: the names of the actions.
        waited: the run has waited for the resource to become idle.
        extras: more keys of the result.
        beside: what diff mode shows beside the resource, before and after.
    """

    before: Object
    after: Object
    actions: list[str]
    waited: bool
    extras: Object
    beside: tuple[Object, Object] = ({}, {})

    @property
    def object(self) -> Object | None:
        """The resource after the run, None if there is none."""
        return self.after or None

    @property
    def changed(self) -> bool:
        """Whether the run has changed anything, or would."""
        return bool(self.actions)


class Engine:
    """Brings one resource into the wanted state."""

    def __init__(self, resource: Resource, session: Session, *, wait: bool = True) -> None:
        self.resource = resource
        self.session = session
        self.wait = wait
        self._rivals: dict[str, Unique] = {}  # by the id of our resource: other runs have made one of its name

    def run(self, state: str, *, check: bool = False, dry_run: bool = False) -> Outcome:
        """Plan, and apply the plan unless ``check``.

        Args:
            state: present or absent.
            check: write nothing (check mode).
            dry_run: in check mode, have the service check the first write.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._run(state, check=check, dry_run=dry_run)
            except CloudError as error:
                # Another run, or an interrupted one whose request took effect late, was faster: read and plan again.
                if error.kind is not Kind.EXISTS or check or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _run(self, state: str, *, check: bool, dry_run: bool) -> Outcome:
        resource, removing = self.resource, state == "absent"
        found = self._wait_for_found(self._find())
        if removing and found.object is not None:
            found = resource.for_removal(found)
        before = found.object or {}
        plan = self._plan(found, removing)
        after = {} if removing else self._after({} if self._is_failed(before) else before, plan)
        if plan:
            resource.check(found, after)
        if check and dry_run:
            self._try_out(before, plan)
        if check or not plan:
            return self._outcome(found, plan, before, after)
        if error := next((action.error for action in plan if action.error), ""):
            raise RefusedError(error)
        identity = self._apply(str(before.get(resource.id_name) or ""), plan)
        if removing:
            if self.wait:
                self._wait_until_idle(identity, deleted=True)
        elif self.wait:
            after = self._wait_for(resource.read(identity), identity, expected=True) or after
            after = self._confirmed(replace(found, object=after, others=()), identity, before)
        else:
            after = resource.read(identity) or after
        self._warn_of_rivals()
        return self._outcome(found, plan, before, after)

    def _find(self) -> Found:
        """Return what the resource finds; of several of a name, one may be about to be deleted (:meth:`_keep_one`)."""
        started = self.session.budget.clock()
        for _poll in self.session.budget.poll():
            try:
                return self.resource.find()
            except SeveralError:
                if self.session.budget.clock() - started >= GIVES_WAY_WITHIN:
                    raise
        return self.resource.find()

    def _plan(self, found: Found, removing: bool) -> list[Action]:
        """Return the actions; a resource whose creation failed is deleted and created anew."""
        if removing:
            return self.resource.absent(found)
        if self._is_failed(found.object):
            return [*self.resource.discard(found), *self.resource.present(replace(found, object=None))]
        return self.resource.present(found)

    def _is_failed(self, current: Object | None) -> bool:
        return (current or {}).get("status") in self.resource.waiter.failed

    def _confirmed(self, found: Found, identity: str, before: Object) -> Object:
        """Read ``found`` again until it shows everything that was written, and return it.

        Raises:
            CloudError: a write had no effect. Some jobs fail without any other sign.
        """
        started, after = self.session.budget.clock(), found.object or {}
        pending: list[Action] = []
        for _poll in self.session.budget.poll():
            pending = self.resource.present(replace(found, object=after))
            if not pending or self.session.budget.clock() - started >= SHOWN_WITHIN:
                break
            after = self._wait_for(self.resource.read(identity), identity, expected=True) or after
        for action in pending:
            if before and action.after and all(before.get(name) == after.get(name) for name in action.after):
                values = ", ".join(f"{name} is still {after.get(name)!r}" for name in action.after)
                raise self._error(
                    f"{action.operation} was accepted and had no effect on the {self.resource.noun} {identity}: "
                    f"{values}.",
                    "NoEffect",
                    hint="Run again. If it stays so, ask the support of Alibaba Cloud with this request id.",
                )
        if pending:
            self.session.warn(
                f"The service has accepted these changes of the {self.resource.noun} {identity} and "
                f"does not report them yet: {', '.join(action.name for action in pending)}."
            )
        return after

    def _outcome(self, found: Found, plan: list[Action], before: Object, after: Object) -> Outcome:
        for remark in self.resource.remarks(after) if after else ():
            self.session.warn(remark)
        return Outcome(
            before=before,
            after=after,
            actions=[action.name for action in plan],
            waited=self.wait,
            extras=self.resource.extras(found),
            beside=self.resource.beside(found),
        )

    def _after(self, before: Object, plan: list[Action]) -> Object:
        """Return the object that ``plan`` makes of ``before``, as far as it can be foretold."""
        base = before or (dict.fromkeys(self.resource.names, KNOWN_AFTER_APPLY) if plan else {})
        return merged(base, *(action.after for action in plan))

    def _apply(self, identity: str, plan: list[Action]) -> str:
        """Perform the actions of ``plan`` and return the id of the resource, new if it was created."""
        created = False
        for number, action in enumerate(plan, start=1):
            try:
                deferred = action.deferred_params() if action.deferred_params else {}
                params = {**_bind(action.params, identity), **deferred}
                answer = self.session.write(self._product(action), action, params, new=created)
                created = created or action.creates
                if action.unique:
                    self._keep_one(action.unique, action.unique.identity(answer))
                if action.creates:
                    identity = str(answer[self.resource.id_parameter])
                if self.wait or number < len(plan):
                    self._wait_for_job(action, str(answer.get("JobId") or ""))
                if number < len(plan):
                    self._wait_until_idle(identity, deleted=action.deletes)
            except CloudError as error:
                error.purpose = error.purpose or f"Cannot {action.name.replace('_', ' ')}"
                raise
        return identity

    def _keep_one(self, unique: Unique, identity: str) -> None:
        """Keep only the oldest of several resources of a name that were made at the same moment.

        Raises:
            CloudError: (EXISTS) the new one has been removed; the other one can be found now.
            RefusedError: the new one would have to be removed, and is in use already.
        """
        oldest = self._older_twin(unique, identity)
        if oldest is None:
            return
        if not unique.unused(identity):
            raise RefusedError(
                f"{unique.label} was made twice at the same moment, as {identity} and as {oldest.identity}, and both "
                "are in use.",
                unique.advice,
            )
        self._wait_until_idle(identity, deleted=True)  # it cannot be deleted earlier
        for action in unique.remove(identity):
            answer = self.session.write(self.resource.product, action, _bind(action.params, identity))
            self._wait_for_job(action, str(answer.get("JobId") or ""))
        self._wait_until_idle(identity, deleted=True)
        self._rivals.pop(identity, None)
        raise self._error(
            f"{unique.label} was made by another run at the same moment, as {oldest.identity}.",
            "MadeTwice",
            kind=Kind.EXISTS,
        )

    def _older_twin(self, unique: Unique, identity: str) -> Twin | None:
        """Return the resource that stays in place of the new one with this id, None if the new one stays."""
        started = waited_since = self.session.budget.clock()
        oldest = Twin("", "")
        for _poll in self.session.budget.poll():
            now = self.session.budget.clock()
            twins = unique.find()
            own = next((twin for twin in twins if twin.identity == identity), None)
            others = [twin for twin in twins if twin.identity != identity]
            if others:
                self._rivals[identity] = unique
            if own is None and now - started < SHOWN_WITHIN:
                continue  # the list does not show it yet
            if not others or own is None:
                return None
            oldest = min(others, key=lambda twin: twin[:2])
            if own.created < oldest.created:
                return None  # the run that made the younger one sees this one, and removes its own
            if own[:2] > oldest[:2]:
                break
            # Of two of the same second, the one with the lesser id stays. If the other one stays too, its run has read
            # the list before this one was in it, and has gone on with its own.
            if not all(twin.idle for twin in others):
                waited_since = now
            if now - waited_since >= GIVES_WAY_WITHIN:
                break
        return oldest

    def _warn_of_rivals(self) -> None:
        """Warn of resources that other runs made under the same name and have not removed yet."""
        for identity, unique in self._rivals.items():
            others = sorted(twin.identity for twin in unique.find() if twin.identity != identity)
            if others:
                self.session.warn(
                    f"{unique.label} was made more than once at the same moment: this run keeps {identity}. There is "
                    f"also {', '.join(others)}, which the run that made it removes. If it stays: {unique.advice}"
                )

    def _wait_until_idle(self, identity: str, *, deleted: bool = False) -> None:
        """Wait until the resource is in no passing state, or gone, if its kind has such states."""
        if identity and self.resource.waiter.passing:
            self._wait_for(self.resource.read(identity), identity, may_be_failed=deleted)

    def _try_out(self, before: Object, plan: list[Action]) -> None:
        """Let the service check the first action; the later ones build on it and cannot be tried out."""
        for action in plan[:1]:
            params = _bind(action.params, str(before.get(self.resource.id_name) or ""))
            product = self._product(action)
            if action.token and PRODUCTS[product].has_dry_run and not holds_unknown(params):
                self.session.try_out(product, action, params)

    def _product(self, action: Action) -> str:
        """Return the product of the operation of ``action``."""
        return action.product or self.resource.product

    def _wait_for_job(self, action: Action, job: str) -> None:
        """Wait for the asynchronous ``job`` that ``action`` has started. Raises CloudError if the job fails."""
        product = self._product(action)
        jobs_operation = PRODUCTS[product].jobs_operation
        if not job or not jobs_operation:
            return
        for _poll in self.session.budget.poll():
            answer = self.session.read(product, jobs_operation, JobIds=[job])
            state = (answer.get("Jobs") or [{}])[0]
            status = str(state.get("Status") or "").lower()
            if status == "failed":
                raise self._error(
                    f"job {job} ({action.operation}) failed: {state.get('ErrorMessage') or 'it does not say why'}",
                    str(state.get("ErrorCode") or "JobFailed"),
                )
            if status != "processing":
                return
        raise self._out_of_time(f"job {job} ({action.operation})")

    def _wait_for_found(self, found: Found) -> Found:
        if found.object is None:
            return found
        identity = str(found.object[self.resource.id_name])
        # One that is found by its name and could not be created is made anew; one that the user names by its id is not.
        healed = self.resource.params.get("state") == "absent" or not self.resource.params.get(self.resource.id_name)
        return replace(found, object=self._wait_for(found.object, identity, may_be_failed=healed))

    def _wait_for(
        self, current: Object | None, identity: str, *, expected: bool = False, may_be_failed: bool = False
    ) -> Object | None:
        """Wait until the resource is in no passing state, and return it; None if it is gone.

        Args:
            current: the resource as it was read last.
            expected: it must exist; a new one may not be shown at once.
            may_be_failed: it may be in a state of failure, since it is to be deleted.

        Raises:
            CloudError: the time is up, the resource cannot get out of its state, or an expected one was deleted.
        """
        started, seen = self.session.budget.clock(), False
        for _poll in self.session.budget.poll():
            seen = seen or current is not None
            status = str((current or {}).get("status") or "")
            if self._is_failed(current) and not may_be_failed:
                raise self._failed(identity, status)
            if current is None and expected:
                if seen or self.session.budget.clock() - started >= SHOWN_WITHIN:
                    raise self._error(
                        f"The {self.resource.noun} {identity} is gone: it was deleted while this run waited for it.",
                        "Deleted",
                        kind=Kind.MISSING,
                        hint="Find out who deletes it, then run again: it is made anew.",
                    )
            elif status not in self.resource.waiter.passing:
                return current
            current = self.resource.read(identity)
        state = (current or {}).get("status") or "it does not exist"
        raise self._out_of_time(f"the {self.resource.noun} {identity} ({state})")

    def _failed(self, identity: str, status: str) -> CloudError:
        if self.resource.params.get(self.resource.id_name):
            hint = f"Remove it with {self.resource.id_name}: {identity} and state: absent; its name makes a new one."
        else:
            hint = "Run again: it is then removed and made anew."
        return self._error(f"The {self.resource.noun} {identity} is in the state {status}.", status, hint=hint)

    def _out_of_time(self, what: str) -> CloudError:
        seconds = f"{self.session.budget.seconds:g} seconds (wait_timeout)"
        return self._error(f"{seconds} were not enough for {what}.", "WaitTimeout", kind=Kind.BUSY)

    def _error(self, message: str, code: str, *, kind: Kind = Kind.INVALID, hint: str = "") -> CloudError:
        return CloudError(message, code=code, kind=kind, request_id=self.session.request_id, hint=hint)


def _bind(value: t.Any, identity: str) -> t.Any:
    """Return ``value`` with the id in place of SELF_ID, at every depth."""
    if isinstance(value, dict):
        return {name: _bind(item, identity) for name, item in value.items()}
    if isinstance(value, list):
        return [_bind(item, identity) for item in value]
    return identity if value == SELF_ID else value
