# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS record of a domain of the account. This module is PRIVATE to the collection.

Wire names are those of alidns 2015-01-09 (https://api.aliyun.com/document/Alidns/2015-01-09/overview), which knows
neither ClientToken nor DryRun.
"""

from __future__ import annotations

from .._core.client import Params
from .._core.engine import Action, Found, Resource
from .._core.errors import CloudError, Kind, RefusedError
from .._core.values import Codec, Field, Fields, Object, changes, decode, encode, given

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
)
_OPTIONS = ("domain", "rr", "type", "value", "ttl", "line", "priority")

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

    def find(self) -> Found:
        there, wanted = self._there(), self.wanted
        single = wanted["type"] in _SINGLE or "value" not in wanted
        matching = there if single else [record for record in there if record["value"] == wanted["value"]]
        if len(matching) > 1:
            raise RefusedError(
                f"{self._fqdn} has {len(matching)} records of type {wanted['type']} and line {wanted['line']}: "
                f"{', '.join(sorted(record['record_id'] for record in matching))}.",
                "Say which one is meant with value." if not wanted.get("value") else "Remove all but one first.",
            )
        return Found(matching[0] if matching else None)

    def _there(self) -> list[Object]:
        """The records of the same name, type and line."""
        params = {"SubDomain": self._fqdn, "DomainName": self.params["domain"], "Type": self.params["type"]}
        try:
            items = list(
                self.session.numbered(
                    "alidns",
                    "DescribeSubDomainRecords",
                    "DomainRecords.Record",
                    ("PageNumber", "PageSize"),
                    100,
                    Line=self.params["line"],
                    **params,
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
                {**wanted, "fqdn": self._fqdn, "status": "enable"},
                token=False,
                creates=True,
                landed=self._landed,
            )
            return [create]
        if not (changed := changes(wanted, found.object)):
            return []
        # An update replaces the record: what the user did not name goes along as it is.
        whole = {name: wanted.get(name, found.object[name]) for name in _OPTIONS if name != "domain"}
        params = encode(RECORD, {**whole, "record_id": found.object["record_id"]})
        return [Action("UpdateDomainRecord", params, changed, token=False, landed=self._landed)]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteDomainRecord", {"RecordId": found.object["record_id"]}, token=False, deletes=True)]

    def _landed(self) -> Params | None:
        same = (record for record in self._there() if not changes(self.wanted, record))
        return next(({"RecordId": record["record_id"]} for record in same), None)


def _plain(record: Object) -> Object:
    if record.get("type") in _HOSTS and isinstance(record.get("value"), str):
        return {**record, "value": record["value"].rstrip(".").lower()}
    return record
