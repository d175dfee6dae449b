# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS record of a domain of the account. This module is PRIVATE to the collection.

Wire names are those of alidns 2015-01-09 (https://api.aliyun.com/document/Alidns/2015-01-09/overview), which knows
neither ClientToken nor DryRun.
"""

from __future__ import annotations

from .._core.action import THIS, Action
from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError, PredictedError, RefusedError
from .._core.resource import Found, Resource
from .._core.values import FLAG, Codec, Field, Fields, Object, changes, decode, encode, given

RECORD: Fields = (
    Field("record_id", "RecordId"),
    Field("domain", "DomainName"),
    Field("rr", "RR"),
    Field("type", "Type"),
    Field("value", "Value"),
    Field("ttl", "TTL", Codec(decode=int)),
    Field("line", "Line"),
    Field("priority", "Priority"),
    Field("status", "Status", Codec(decode=lambda state: str(state).lower())),
    Field("locked", "Locked", FLAG),
)
_OPTIONS = ("domain", "rr", "type", "value", "ttl", "line", "priority")

# Which types exclude which others of the same host record and line
# (https://www.alibabacloud.com/help/en/dns/dns-record-conflict-rules, 2026-10-04). At the apex of a domain, CNAME may
# stand beside MX, NS and TXT.
_URLS = frozenset({"REDIRECT_URL", "FORWARD_URL"})
_BESIDE_NO_CNAME = frozenset({"A", "AAAA", "ALIAS", "SRV", "CAA", "SVCB", "HTTPS", *_URLS})
_BESIDE_NO_CNAME_BELOW_APEX = _BESIDE_NO_CNAME | {"MX", "NS", "TXT"}
_BESIDE_NO_ADDRESS = frozenset({"CNAME", "ALIAS", *_URLS})

# A name has one of these; of the other types it can have several, each told by its value.
_SINGLE = frozenset({"CNAME", "REDIRECT_URL", "FORWARD_URL"})
# The values of these are host names: no matter in upper or lower case, with or without the dot at the end.
_HOSTS = frozenset({"CNAME", "NS", "MX", "SRV"})


class Record(Resource):
    noun = "DNS record"
    key = "record"
    product = "alidns"
    names = (*(field.name for field in RECORD), "fqdn")
    id_name = "record_id"
    id_wire = "RecordId"

    @property
    def wanted(self) -> Object:
        return _plain(given(self.params, _OPTIONS))

    _kept: tuple[Object, ...] = ()  # records of the same name, type and line that have another value than the one to go

    def find(self) -> Found:
        wanted, leaving = self.wanted, self.params["state"] == "absent"
        there = self._there(Type=wanted["type"])
        # A single record is changed in place, but removed only while it has the value that is given.
        any_value = "value" not in wanted or (wanted["type"] in _SINGLE and not leaving)
        matching = there if any_value else [record for record in there if record["value"] == wanted["value"]]
        self._kept = tuple(record for record in there if leaving and record not in matching)
        if len(matching) > 1:
            raise RefusedError(
                f"{self._fqdn} has {len(matching)} records of type {wanted['type']} and line {wanted['line']}: "
                f"{', '.join(sorted(record['record_id'] for record in matching))}.",
                "Say which one is meant with value." if not wanted.get("value") else "Remove all but one first.",
            )
        return Found(matching[0] if matching else None)

    def _there(self, **filters: str) -> list[Object]:
        """Return the records of the same name and line; ``filters`` are parameters of DescribeSubDomainRecords."""
        params = {"SubDomain": self._fqdn, "DomainName": self.params["domain"], "Line": self.params["line"], **filters}
        paging = ("PageNumber", "PageSize")
        try:
            items = list(
                self.session.numbered(
                    "alidns", "DescribeSubDomainRecords", "DomainRecords.Record", paging, 100, **params
                )
            )
        except CloudError as error:
            # Where there is no domain there is no record either.
            if error.kind is Kind.MISSING and self.params["state"] == "absent":
                return []
            raise
        records = [self._complete(item) for item in items]
        return [record for record in records if record["line"] == self.params["line"]]

    @property
    def _fqdn(self) -> str:
        rr, domain = self.params["rr"], self.params["domain"]
        return str(domain if rr == "@" else f"{rr}.{domain}")

    def _complete(self, item: Params) -> Object:
        return {**_plain(decode(RECORD, item)), "domain": self.params["domain"], "fqdn": self._fqdn}

    def read(self, identity: str) -> Object | None:
        try:
            return self._complete(self.session.read("alidns", "DescribeDomainRecordInfo", RecordId=identity))
        except CloudError as error:
            if error.kind is Kind.MISSING:
                return None
            raise

    def present(self, found: Found) -> list[Action]:
        wanted = self.wanted
        if found.object is None:
            create = Action(
                "AddDomainRecord",
                encode(RECORD, wanted),
                {**wanted, "fqdn": self._fqdn, "status": "enable", "locked": False},
                token=False,
                creates=True,
                find_created=self._find_created,
            )
            return [create, *self._status_actions("enable")]
        actions = self._status_actions(found.object["status"])
        if changed := changes(wanted, found.object):
            # An update replaces the record: what the user did not name goes along as it is.
            whole = {name: wanted.get(name, found.object[name]) for name in _OPTIONS if name != "domain"}
            params = encode(RECORD, {**whole, "record_id": found.object["record_id"]})
            update = Action("UpdateDomainRecord", params, changed, token=False, find_created=self._find_created)
            actions.insert(0, update)
        return actions

    def _status_actions(self, status: str) -> list[Action]:
        """Return what makes the record be answered, or not: one that is paused counts for nobody who asks."""
        wanted = "enable" if self.params["enabled"] else "disable"
        params = {"RecordId": THIS, "Status": wanted.capitalize()}
        return [] if status == wanted else [Action("SetDomainRecordStatus", params, {"status": wanted}, token=False)]

    def guard(self, found: Found, after: Object) -> None:
        """Refuse what the service would refuse: a change of a locked record, or one that others of the name exclude."""
        self._refuse_locked(found.object)
        enabled = found.object is not None and found.object["status"] == "enable"
        if not after or enabled or (found.object and after["status"] != "enable"):
            return
        others = [record for record in self._there() if record["status"] == "enable"]
        if rivals := conflicts(str(self.params["rr"]), str(after["type"]), others):
            named = ", ".join(f"{record['type']} {record['value']} ({record['record_id']})" for record in rivals)
            raise PredictedError(
                f"{self._fqdn} cannot have a record of type {after['type']} beside {named}, of the line "
                f"{self.params['line']}.",
                "DomainRecordConflict",
                "alicloud.mtls.dns_record does so with its type, and state: absent or enabled: false.",
            )

    def _refuse_locked(self, record: Object | None) -> None:
        if record and record["locked"]:
            raise PredictedError(
                f"The record {record['record_id']} ({self._fqdn}, {record['type']} {record['value']}) is locked: "
                "the DNS service neither changes nor removes it.",
                "DomainRecordLocked",
            )

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteDomainRecord", {"RecordId": found.object["record_id"]}, token=False, deletes=True)]

    def extras(self, found: Found) -> Object:
        return {"kept": list(self._kept)} if self.params["state"] == "absent" else {}

    def _find_created(self) -> Params | None:
        same = (record for record in self._there() if not changes(self.wanted, record))
        return next(({"RecordId": record["record_id"]} for record in same), None)


def conflicts(rr: str, kind: str, others: list[Object]) -> list[Object]:
    """Return those of ``others``, enabled ones of the same name and line, that exclude a record of type ``kind``."""
    beside_cname = _BESIDE_NO_CNAME if rr == "@" else _BESIDE_NO_CNAME_BELOW_APEX
    excluded = {"CNAME": beside_cname, "A": _BESIDE_NO_ADDRESS}

    def excludes(one: str, other: str) -> bool:
        return other in excluded.get(one, frozenset())

    return [record for record in others if excludes(kind, record["type"]) or excludes(record["type"], kind)]


def _plain(record: Object) -> Object:
    if record.get("type") in _HOSTS and isinstance(record.get("value"), str):
        return {**record, "value": record["value"].rstrip(".").lower()}
    return record
