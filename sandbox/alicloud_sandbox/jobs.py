# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous states: a job completes after its delay, and only when the data plane serves its change.

Jobs that are due at the same time are served by one change of the data plane.

Jobs are in the store, so a process that takes over a state directory resumes them.
"""

from __future__ import annotations

import logging
import threading
import time
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import ApiError
from .faults import Faults
from .store import Doc, Store
from .topology import ServerHealth, Topology

log = logging.getLogger(__name__)
_MOST_JOBS = 1000  # that are completed together


class DataPlaneLike(t.Protocol):
    """The interface that the control plane needs (see :class:`alicloud_sandbox.dataplane.DataPlane`)."""

    def apply(self, topology: Topology) -> None:
        """Serves a topology, and returns when it is served; raises an exception when it cannot be."""

    def health(self) -> list[ServerHealth]:
        """Returns the outcome of the health checks."""

    def close(self) -> None:
        """Stops serving."""


def _nothing(_doc: Doc) -> None:
    """Leaves the document as it is: most kinds have nothing to finish but their status."""


@dataclass(frozen=True)
class Lifecycle:
    """How the jobs of a kind of resource end.

    ``status_field`` is the field that a job sets, ``finish`` changes the rest of the document when a job has succeeded,
    ``dependants`` names the resources (kind and id) that are deleted together with one. ``create_failed`` is the status
    of a resource that could not be created; without one such a resource is removed.
    """

    status_field: str
    finish: Callable[[Doc], None] = _nothing
    dependants: Callable[[Store, Doc], list[tuple[str, str]]] = lambda _store, _doc: []
    create_failed: str = ""


Changes = dict[tuple[str, str], Doc | None]
Build = Callable[[Store, Changes], Topology]


class Jobs:
    """Starts jobs, and completes them in a thread of its own."""

    def __init__(
        self,
        store: Store,
        lifecycles: dict[str, Lifecycle],
        build: Build,
        data_plane: DataPlaneLike | None,
        faults: Faults,
        delay: float,
    ) -> None:
        self._store = store
        self._lifecycles = lifecycles
        self._build = build
        self._data_plane = data_plane
        self._faults = faults
        self._delay = delay
        self._served: Topology | None = None
        self.problem = ""  # why the data plane does not serve the state that it was started with
        # Held from the read of the store until the data plane serves the result.
        self._applying = threading.RLock()
        self._wake = threading.Condition()
        self._stopping = False
        self._news = False
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Serves the state of the store, then completes jobs."""
        try:
            self.refresh()
        except Exception as problem:
            self.problem = str(problem)
            log.exception("The data plane does not take over the state of this directory")
        self._thread.start()

    def stop(self) -> None:
        """Stops completing jobs; they stay in the store."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def delays(self, new: dict[str, float] | None = None) -> dict[str, float]:
        """Returns the seconds that an asynchronous state lasts: ``default``, and by kind. ``new`` replaces them."""
        with self._store.transaction():
            if new is not None:
                self._store.set("delays", new)
            known: dict[str, float] = self._store.setting("delays", dict)
        return {"default": self._delay, **known}

    def submit(
        self, api: str, kind: str, docs: Mapping[str, Doc], *, operate: str, final: str | None, job_id: str
    ) -> None:
        """Stores the documents (by id), and a job that sets their ``final`` status, or deletes them with None."""
        now = time.time()
        for identifier, doc in docs.items():
            self._store.put(kind, identifier, doc)
        first, *others = docs
        delays = self.delays()
        fault = self._faults.take(api, {"fail_job"})
        job: dict[str, t.Any] = {
            "Id": job_id,
            "ApiName": api,
            "ResourceType": kind,
            "ResourceId": first,
            "OperateType": operate,
            "Status": "Processing",
            "CreateTime": int(now * 1000),
            "ModifyTime": int(now * 1000),
            "_others": others,
            "_final": final,
            "_failure": [fault.code or "InternalError", "An injected fault."] if fault else None,
        }
        self._store.put_job(job, now + delays.get(kind, delays["default"]))

    def wake(self) -> None:
        """Announces that a transaction with new jobs is committed."""
        with self._wake:
            self._news = True
            self._wake.notify()

    def refresh(self) -> None:
        """Serves the state of the store, after changes without a job, such as new addresses of servers."""
        with self._applying:
            self._serve(dict)

    def reset(self) -> None:
        """Empties the store while no job is completing."""
        with self._applying:
            with self._store.transaction():
                self._store.reset()
            self.refresh()

    def health(self) -> list[ServerHealth]:
        """Returns the health of the servers; without a data plane an empty list."""
        return self._data_plane.health() if self._data_plane else []

    def _serve(self, changes: Callable[[], Changes]) -> None:
        """Serves the state of the store with these changes, if there is a data plane. Returns when it is served."""
        if self._data_plane is None:
            return
        with self._store.transaction():
            topology = self._build(self._store, changes())
        if topology != self._served:
            self._served = None
            self._data_plane.apply(topology)
            self._served = topology
            self.problem = ""

    def _run(self) -> None:
        while True:
            with self._wake:
                self._news = False
            with self._applying:
                with self._store.transaction():
                    job = self._store.next_job()
                wait = job[1] - time.time() if job else None
                if wait is not None and wait <= 0:
                    self._complete_due()
                    wait = 0
            with self._wake:
                if self._stopping:
                    return
                if wait != 0 and not self._news:
                    self._wake.wait(wait)

    def _complete_due(self) -> None:
        """Completes the jobs that are due, with one change of the data plane for all that do not touch each other."""
        with self._store.transaction():
            due = self._store.due_jobs(time.time(), _MOST_JOBS)
            together: list[Doc] = []
            changes: Changes = {}
            for job in due:
                own = self._changes(job)
                if job["_failure"] or own.keys() & changes.keys():
                    break
                together.append(job)
                changes |= own
        if len(together) > 1:
            try:
                self._serve(lambda: changes)
            except Exception:
                log.warning("%d jobs cannot be served together; they are tried one by one", len(together))
            else:
                with self._store.transaction():
                    for job in together:
                        self._finish(job, None)
                return
        for job in together or due[:1]:
            self._complete(job)

    def _complete(self, job: Doc) -> None:
        failure = job["_failure"]
        if not failure:
            try:
                self._serve(lambda: self._changes(job))
            except Exception as problem:
                log.exception("Job %s (%s) failed", job["Id"], job["ApiName"])
                code = problem.code if isinstance(problem, ApiError) else "InternalError"
                failure = [code, str(problem)]
        with self._store.transaction():
            self._finish(job, failure)

    def _finish(self, job: Doc, failure: list[str] | None) -> None:
        """Stores the outcome of a job whose changes are served, or with ``failure`` (code, text) undone."""
        if failure:
            for key in _keys(job):
                self._undo(key)
            job |= {"Status": "Failed", "ErrorCode": failure[0], "ErrorMessage": failure[1]}
        else:
            for (kind, identifier), doc in self._changes(job).items():
                if doc is None:
                    self._store.delete(kind, identifier)
                else:
                    self._store.put(kind, identifier, doc, served=True)
            job["Status"] = "Succeeded"
        job["ModifyTime"] = int(time.time() * 1000)
        self._store.put_job(job, 0)

    def _undo(self, key: tuple[str, str]) -> None:
        doc, lifecycle = self._store.get(*key), self._lifecycles[key[0]]
        self._store.revert(*key)
        if doc and lifecycle.create_failed and self._store.get(*key) is None:
            self._store.put(*key, doc | {lifecycle.status_field: lifecycle.create_failed})

    def _changes(self, job: Doc) -> Changes:
        """Returns what a job changes when it succeeds; nothing of a resource that is gone."""
        changes: Changes = {}
        lifecycle = self._lifecycles[job["ResourceType"]]
        for key in _keys(job):
            doc = self._store.get(*key)
            if doc is None:
                continue
            if job["_final"] is None:
                changes |= dict.fromkeys([key, *lifecycle.dependants(self._store, doc)])
                continue
            doc[lifecycle.status_field] = job["_final"]
            lifecycle.finish(doc)
            changes[key] = doc
        return changes


def _keys(job: Doc) -> list[tuple[str, str]]:
    """Returns kind and id of the resources of a job."""
    return [(job["ResourceType"], identifier) for identifier in (job["ResourceId"], *job.get("_others", ()))]
