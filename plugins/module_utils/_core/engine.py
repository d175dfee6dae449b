# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state machine under every cloud module: find, plan, guard, apply, wait, read back.

A resource describes itself as a :class:`Resource`: how it is found, and which :class:`Action` leads where. Check
mode, diff, waiting, repetition and healing after an interrupted run are here, once. This module is PRIVATE to the
collection.
"""

from __future__ import annotations

import json
import re
import typing as t
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .client import Call, Params
from .errors import CloudError, Kind, RefusedError, SeveralError
from .retries import PATIENCE, PATIENCE_AFTER_CREATE, Budget, repeat
from .values import KNOWN_AFTER_APPLY, Object, holds_unknown, merged

# The greatest MaxResults: what is usual, and what is documented for some.
PAGE = 100
PAGES = {
    "GetListenerHealthStatus": 30,  # https://api.aliyun.com/document/Alb/2020-06-16/GetListenerHealthStatus
    "ListServerGroupServers": 1000,
}

THIS = "(this resource)"  # in Action.params: the id of the resource, known when the action's turn comes

# Seconds within which a list shows what was created, and a resource what was written; a service may be a little behind.
SHOWN_WITHIN = 15.0
# Seconds within which another run starts to delete what it has to delete, once it can be deleted.
GIVES_WAY_WITHIN = 6.0
# How often a run finds out that another was faster, and plans again.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Waiter:
    """States (of the key ``status``) that pass by themselves, and those from which there is no way on."""

    passing: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


class Twin(t.NamedTuple):
    """One of several resources of the same name.

    ``created`` sorts as time does; empty where nothing tells it. ``idle``: it is in no passing state.
    """

    created: str
    identity: str
    idle: bool = True


@dataclass(frozen=True)
class Unique:
    """How the engine keeps one resource of a name, although two runs, or two tries of one run, may create it.

    Attributes:
        label: the kind and the name, for messages.
        identity: returns the id of the new resource from the answer to the create.
        find: returns all resources of the name, those that are being deleted left out.
        unused: returns whether nothing depends on the resource of this id yet.
        remove: returns the actions that delete the resource of this id.
        advice: says how the user removes one of several.
    """

    label: str
    identity: Callable[[Params], str]
    find: Callable[[], list[Twin]]
    unused: Callable[[str], bool]
    remove: Callable[[str], Sequence[Action]]
    advice: str


@dataclass(frozen=True)
class Action:
    """One write, as data: what is called, and which part of the object it changes.

    ``late`` gives parameters that only an earlier action makes knowable. ``find_created`` returns the answer to a
    create that took effect although its own answer got lost, where the service takes no ClientToken. ``unique`` is for
    a create by name, where the service lets several resources have one name. ``blocked`` says why this cannot be
    applied although check mode can show it, such as a file that does not exist yet.
    """

    operation: str
    params: Params
    after: Object = field(default_factory=dict)
    token: bool = True
    creates: bool = False
    deletes: bool = False
    late: Callable[[], Params] | None = None
    find_created: Callable[[], Params | None] | None = None
    unique: Unique | None = None
    blocked: str = ""

    @property
    def name(self) -> str:
        """The operation in the user's spelling: ``create_listener``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.operation).lower()


@dataclass(frozen=True)
class Found:
    """What a search gave: the resource itself, and others that the plan is about, such as replaced certificates."""

    object: Object | None = None
    others: tuple[Object, ...] = ()


class Session:
    """Reads and writes of one module run, repeated as their errors and the one time budget allow."""

    def __init__(self, call: Call, budget: Budget, warn: Callable[[str], None] = lambda message: None) -> None:
        self._call = call
        self.budget = budget
        self.warn = warn
        self._wrote = False
        self._run = uuid.uuid4()
        self.request_id = ""  # of the last write; while there is none, of the last read

    def read(self, product: str, operation: str, **params: t.Any) -> Params:
        answer = repeat(lambda: self._call(product, operation, params), self.budget)
        if not self._wrote:
            self.request_id = str(answer.get("RequestId") or "")
        return answer

    def pages(self, product: str, operation: str, key: str, **params: t.Any) -> Iterator[Params]:
        """The items of a list that is paged by NextToken."""
        for body in self.answers(product, operation, **params):
            yield from body.get(key) or []

    def answers(self, product: str, operation: str, **params: t.Any) -> Iterator[Params]:
        """The answers of an operation that is paged by NextToken, each with as many items as it may have."""
        params["MaxResults"] = PAGES.get(operation, PAGE)
        while True:
            body = self.read(product, operation, **params)
            yield body
            if not body.get("NextToken"):
                return
            params["NextToken"] = body["NextToken"]

    def numbered(
        self, product: str, operation: str, key: str, paging: tuple[str, str], size: int, **params: t.Any
    ) -> Iterator[Params]:
        """The items of a list that is paged by number; ``paging`` names the parameters, ``key`` may be a path."""
        number, seen = 1, 0
        while True:
            body = self.read(product, operation, **params, **{paging[0]: number, paging[1]: size})
            items: t.Any = body
            for step in key.split("."):
                items = (items or {}).get(step)
            yield from items or []
            seen += len(items or [])
            if not items or seen >= int(body.get("TotalCount") or 0):
                return
            number += 1

    def write(self, product: str, action: Action, params: Params, *, new: bool = False) -> Params:
        """Perform ``action`` and return the answer. ``new``: on a resource that this run has just created.

        Its ClientToken follows from the run and from what is sent, so that the service recognises every repetition.
        """
        if action.token:
            content = json.dumps([product, action.operation, params], sort_keys=True, default=str)
            params = {**params, "ClientToken": str(uuid.uuid5(self._run, content))}
        try:
            answer = repeat(
                lambda: self._call(product, action.operation, params),
                self.budget,
                find_created=action.find_created,
                patience=PATIENCE_AFTER_CREATE if new and not action.deletes else PATIENCE,
            )
            self._wrote, self.request_id = True, str(answer.get("RequestId") or "")
            return answer
        except CloudError as error:
            if action.deletes and error.kind is Kind.MISSING:
                return {}
            # That the name is taken has a code that is not documented everywhere: look rather than compare codes.
            maybe = error.kind in (Kind.EXISTS, Kind.INVALID)
            if action.find_created and maybe and (result := action.find_created()) is not None:
                return result
            raise

    def try_out(self, product: str, action: Action, params: Params) -> None:
        """Let the service check ``action`` without performing it (DryRun)."""
        try:
            repeat(lambda: self._call(product, action.operation, {**params, "DryRun": True}), self.budget)
        except CloudError as error:
            if error.kind is not Kind.DRY_RUN:
                raise


class Resource:
    """What the engine has to know about a kind of resource. Planning methods are pure; the others may read."""

    noun: t.ClassVar[str]  # in messages
    key: t.ClassVar[str]  # of the object in the module's result
    product: t.ClassVar[str]
    names: t.ClassVar[tuple[str, ...]]  # every key of the object
    id_name: t.ClassVar[str]  # the object's key that holds its id
    id_wire: t.ClassVar[str]  # the name of the id in the answer to a create
    waiter: t.ClassVar[Waiter] = Waiter()

    def __init__(self, params: t.Mapping[str, t.Any], session: Session) -> None:
        self.params = params
        self.session = session

    def find(self) -> Found:
        raise NotImplementedError

    def read(self, identity: str) -> Object | None:
        raise NotImplementedError

    def present(self, found: Found) -> list[Action]:
        raise NotImplementedError

    def absent(self, found: Found) -> list[Action]:
        raise NotImplementedError

    def discard(self, found: Found) -> list[Action]:
        """Return the actions that delete a resource which was never of use, such as one whose creation failed."""
        return self.absent(found)

    def guard(self, found: Found, after: Object) -> None:
        """Raise RefusedError if ``after`` cannot work. Called before the first write, and in check mode."""

    def remarks(self, current: Object) -> list[str]:
        """Return warnings about a resource as it is: what the user may not know, and did not ask to change."""
        return []

    def extras(self, found: Found) -> Object:
        """More keys of the module's result."""
        return {}


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
