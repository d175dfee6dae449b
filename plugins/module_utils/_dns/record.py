# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of one name, type and line. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import replace

from .._core.action import SELF_ID, Action
from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError, PredictedError, RefusedError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object, changes, encode, given, known
from . import queries
from .assignment import SINGLE, Assignment, Wanted, assign, conflicts, enabled
from .values import ascii_name, same, written
from .weights import Weights, check, status_action, weight_action

_NAMES = (*(field.name for field in queries.RECORD), "fqdn")
_SENT = ("rr", "type", "value", "ttl", "line", "priority")  # of an update, which replaces the whole record


class Record(Resource):
    """The record with the first of the wanted values; those with further ones are among its ``others``.

    ``Found.context`` is all records of the name and line that the search has found.
    """

    noun = "DNS record"
    key = "record"
    product = "alidns"
    names = (*_NAMES, "others", "weighted")
    id_name = "record_id"
    id_parameter = "RecordId"
    delete_operation = "DeleteDomainRecord"

    @property
    def _kind(self) -> str:
        return str(self.params["type"])

    @property
    def _fqdn(self) -> str:
        return queries.fqdn(ascii_name(self.params["rr"]), self.params["domain"])

    @property
    def _values(self) -> list[str] | None:
        """The values that the user gives, None if none are given."""
        one, several, weighted = (self.params[option] for option in ("value", "values", "weighted_values"))
        if weighted is not None:
            several = [entry["value"] for entry in weighted]
        found = several if one is None else [one]
        return None if found is None else [written(self._kind, value) for value in found]

    @property
    def _wanted(self) -> Wanted:
        replacing = self.params["replace"] and self.params["enabled"]  # a paused record excludes no other
        values = self._values or []
        return Wanted(self.params["rr"], self._kind, values, purge=self.params["purge"], replace=replacing)

    @property
    def _weights(self) -> Weights:
        """What the user says about weights."""
        same_weight = dict.fromkeys(self._values or [], self.params["weight"])
        entries = self.params["weighted_values"] or []
        by_value = {written(self._kind, entry["value"]): entry["weight"] for entry in entries}
        return Weights(self._kind, self.params["weighted"], by_value or same_weight)

    @property
    def _status(self) -> str:
        return "enable" if self.params["enabled"] else "disable"

    def _options(self, value: str) -> Object:
        """Return what the user wants of the record with ``value``."""
        return {**given(self.params, ("ttl", "line", "priority")), "type": self._kind, "value": value}

    def search(self) -> Found:
        records = self._records()
        if self.params["state"] == "absent":
            return self._to_remove(records)
        if not self._values:
            raise RefusedError("values is empty.", "Give the value of at least one record.")
        self._refuse_several(records)
        _value, first = assign(self._wanted, records).pairs[0]
        return Found(first and self._whole(first, records), context=records)

    def _whole(self, record: Object, records: list[Object]) -> Object:
        """Return a record with the others of the name, and whether these have weights if the task is about that."""
        if not self._weights.are_meant:
            return {**_with_others(record, records), "weighted": None}
        name = (self.params["domain"], self.params["rr"], self._kind, self.params["line"])
        return {**_with_others(record, records), "weighted": queries.is_weighted(self.session, *name)}

    def _to_remove(self, records: list[Object]) -> Found:
        """Return the records of the type that have what the user gives. Raises RefusedError: several, and no values."""
        values, priority = self._values, self.params["priority"]
        matching = [
            record
            for record in records
            if record["type"] == self._kind
            and (values is None or any(same(self._kind, value, record["value"]) for value in values))
            and priority in (None, record["priority"])
        ]
        if len(matching) > 1 and values is None:
            raise self._several(matching, "Say which are meant with value or values.")
        first = {**_with_others(matching[0], records), "weighted": None} if matching else None
        return Found(first, tuple(matching[1:]), records)

    def _refuse_several(self, records: list[Object]) -> None:
        """Raise RefusedError where one record is to get the value, and the name has several of a type with one."""
        ours = [record for record in records if record["type"] == self._kind]
        if self._kind in SINGLE and len(ours) > 1 and len(self._values or []) == 1 and not self.params["purge"]:
            raise self._several(ours, "Give all that are to stay as values, or purge: true to keep only this value.")

    def _several(self, records: list[Object], hint: str) -> RefusedError:
        ids = ", ".join(sorted(record["record_id"] for record in records))
        line = self.params["line"]
        return RefusedError(
            f"{self._fqdn} has {len(records)} records of type {self._kind} and line {line}: {ids}.", hint
        )

    def _records(self) -> list[Object]:
        """Return the records of the same name and line, of all types.

        Raises:
            CloudError: the domain belongs to another account; or it does not exist, and the record is to be present.
        """
        try:
            return queries.of_name(self.session, self.params["domain"], self.params["rr"], self.params["line"])
        except CloudError as error:
            if error.kind is Kind.MISSING and self.params["state"] == "absent":
                return []  # without the domain there is no record either
            raise

    def read(self, identity: str) -> Object | None:
        item = self.session.read_or_none("alidns", "DescribeDomainRecordInfo", RecordId=identity)
        if item is None:
            return None
        records = self._records()
        # The list has the weights, which the answer for one record has not.
        listed = (record for record in records if record["record_id"] == identity)
        weight = next(listed, {}).get("weight")
        return self._whole({**queries.record(item, self.params["domain"]), "weight": weight}, records)

    def present(self, found: Found) -> list[Action]:
        assignment = self._assignment(found)
        (value, _first), *more = assignment.pairs
        actions = [_delete(record) for record in assignment.cleared]
        actions += self._make(value, found.object, SELF_ID)
        for value, record in more:
            actions += self._make(value, record, record["record_id"] if record else "")
        actions += [_delete(record) for record in assignment.surplus]
        actions += self._weigh(found, assignment)
        if actions and (len(more) or assignment.cleared or assignment.surplus or found.object is None):
            actions[0] = replace(actions[0], after={**actions[0].after, "others": self._others_after(found)})
        return actions

    def _weigh(self, found: Found, assignment: Assignment) -> list[Action]:
        """Return the actions that enable or disable the weights, and that give each value its own."""
        weights, weighted = self._weights, known((found.object or {}).get("weighted"), bool)
        if not weights.are_meant:
            return []
        name = self._name
        status = status_action(self._kind, self.params["line"], name["domain"], name["rr"], bool(weights.enabled))
        actions = [status] if weighted != weights.enabled else []
        for number, (value, record) in enumerate(assignment.pairs):
            identity = SELF_ID if number == 0 else str(record["record_id"]) if record else ""
            actions += weight_action(record, identity, weights.of(value), self._made(value))
        return actions

    def _assignment(self, found: Found) -> Assignment:
        assignment = assign(self._wanted, _all(found))
        if found.object is None:
            return assignment
        (value, _record), *more = assignment.pairs
        return replace(assignment, pairs=((value, found.object), *more))

    def _make(self, value: str, record: Object | None, identity: str) -> list[Action]:
        """Return the actions that give ``record``, or a new one, the value and the other options."""
        wanted, made = self._options(value), self._made(value)
        if record is None:
            create = Action(
                "AddDomainRecord",
                encode(queries.RECORD, {**wanted, **self._name}),
                {**wanted, **self._name, "fqdn": self._fqdn, "status": "enable", "locked": False} if identity else {},
                creates=bool(identity),
                find_created=made,
            )
            return [create, *self._status_actions("enable", identity, made)]
        actions = self._status_actions(str(record["status"]), identity, made)
        if changed := _differences(record, wanted):
            # An update replaces the record, so that options that the user does not give are sent as they are.
            whole = {name: {**record, **changed}[name] for name in _SENT}
            params = encode(queries.RECORD, {**whole, "record_id": record["record_id"]})
            after = changed if identity == SELF_ID else {}
            actions.insert(0, Action("UpdateDomainRecord", params, after, find_created=made))
        return actions

    def _made(self, value: str) -> Callable[[], Params | None]:
        """Return a function that finds the record with ``value`` and the other options: its id as a parameter."""
        wanted = self._options(value)

        def made() -> Params | None:
            fitting = (record for record in self._records() if not _differences(record, wanted))
            return next(({"RecordId": record["record_id"]} for record in fitting), None)

        return made

    @property
    def _name(self) -> Object:
        return {"domain": queries.domain_name(self.params["domain"]), "rr": ascii_name(self.params["rr"])}

    def _status_actions(self, status: str, identity: str, made: Callable[[], Params | None]) -> list[Action]:
        """Return the action that enables or pauses the record, none if it is as wanted.

        ``made`` returns the id of the record as a parameter if ``identity`` is empty: it is a new one.
        """
        if status == self._status:
            return []
        params = {"Status": self._status.capitalize(), **({"RecordId": identity} if identity else {})}
        after = {"status": self._status} if identity == SELF_ID else {}
        deferred = None if identity else lambda: made() or {}
        return [Action("SetDomainRecordStatus", params, after, deferred_params=deferred)]

    def _others_after(self, found: Found) -> list[Object]:
        """Return the other records of the name as they will be."""
        assignment = self._assignment(found)
        gone = {record["record_id"] for record in (*assignment.cleared, *assignment.surplus)}
        gone |= {found.object["record_id"]} if found.object else set()
        new = {**dict.fromkeys(_NAMES, KNOWN_AFTER_APPLY), **self._name, "fqdn": self._fqdn, "locked": False}
        later = {record["record_id"]: record for record in _all(found) if record["record_id"] not in gone}
        for value, record in assignment.pairs[1:]:
            base = record or new
            changed = {**base, **_differences(base, self._options(value)), "status": self._status}
            changed |= {"weight": weight} if (weight := self._weights.of(value)) is not None else {}
            later[record["record_id"] if record else f"new {value}"] = changed
        return _sorted(later.values())

    def check(self, found: Found, after: Object) -> None:
        """Raise RefusedError for a locked record, one that others of the name exclude, and an MX without priority."""
        removed = () if after or found.object is None else (found.object, *found.others)
        for record in self._written_to(found) if after else removed:
            if record["locked"]:
                raise PredictedError(
                    f"The record {record['record_id']} ({self._fqdn}, {record['type']} {record['value']}) is locked: "
                    "the DNS service does not change or remove it.",
                    "DomainRecordLocked",
                )
        if after:
            self._check_priority(found)
            self._check_weights(found)
            self._check_conflicts(found)

    def _written_to(self, found: Found) -> list[Object]:
        """Return the existing records that are changed or removed so that the name is as wanted."""
        assignment = self._assignment(found)
        changed = [
            record
            for value, record in assignment.pairs
            if record
            and (
                _differences(record, self._options(value))
                or record["status"] != self._status
                or self._weights.of(value) not in (None, record["weight"])
            )
        ]
        return [*assignment.cleared, *changed, *assignment.surplus]

    def _check_priority(self, found: Found) -> None:
        records = [record for _value, record in self._assignment(found).pairs]
        missing = any(record is None or record["priority"] is None for record in records)
        if self._kind == "MX" and self.params["priority"] is None and missing:
            raise RefusedError("priority is missing.", "An MX record has one: 1 for the first mail server, up to 50.")

    def _check_weights(self, found: Found) -> None:
        assignment = self._assignment(found)
        gone = {record["record_id"] for record in (*assignment.cleared, *assignment.surplus)}
        gone |= {record["record_id"] for _value, record in assignment.pairs if record}
        others = [record for record in _all(found) if record["type"] == self._kind and record["record_id"] not in gone]
        count = len(assignment.pairs) + len([record for record in others if enabled(record)])
        check(self._weights, self._name["rr"], self.params["enabled"], count)

    def _check_conflicts(self, found: Found) -> None:
        pairs = self._assignment(found).pairs
        # A new record is enabled at first, even if it is to be paused.
        comes = any(record is None or (self.params["enabled"] and not enabled(record)) for _value, record in pairs)
        if not comes or self._wanted.replace:
            return
        if rivals := conflicts(self.params["rr"], self._kind, [record for record in _all(found) if enabled(record)]):
            named = ", ".join(f"{record['type']} {record['value']} ({record['record_id']})" for record in rivals)
            raise PredictedError(
                f"{self._fqdn} cannot have a record of type {self._kind} beside {named}, of the line "
                f"{self.params['line']}.",
                "DomainRecordConflict",
                "alicloud.mtls.dns_record does that with its type, and state: absent or enabled: false; or with "
                "replace: true in the task of the new record.",
            )

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [self.delete_action(), *(_delete(record) for record in found.others)]

    def extras(self, found: Found) -> Object:
        if self.params["state"] == "present":
            return {}
        removed = {record["record_id"] for record in (found.object, *found.others) if record}
        ours = [record for record in found.context if record["type"] == self._kind]
        return {"kept": [record for record in ours if record["record_id"] not in removed]}


def _delete(record: Object) -> Action:
    return Action("DeleteDomainRecord", {"RecordId": record["record_id"]}, deletes=True)


def _differences(record: Object, wanted: Object) -> Object:
    """Return what of ``wanted`` the ``record`` does not have; the same value in another spelling is no difference."""
    alike = record["type"] == wanted["type"] and same(wanted["type"], str(record["value"]), wanted["value"])
    return changes({**wanted, "value": record["value"]} if alike else wanted, record)


def _all(found: Found) -> list[Object]:
    """Return the records of the name and line that were found."""
    if found.object is None:
        return list(found.context or ())
    return [found.object, *known(found.object["others"], list)]


def _with_others(record: Object, records: t.Iterable[Object]) -> Object:
    return {**record, "others": _sorted(each for each in records if each["record_id"] != record["record_id"])}


def _sorted(records: t.Iterable[Object]) -> list[Object]:
    return sorted(records, key=lambda record: (record["type"], str(record["value"]), str(record["record_id"])))
