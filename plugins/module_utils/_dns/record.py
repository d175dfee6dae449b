# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS record of a domain of the account. Private to this collection.

The names of the API are those of alidns 2015-01-09 (https://api.aliyun.com/document/Alidns/2015-01-09/overview).
"""

from __future__ import annotations

from .._core.action import SELF_ID, Action
from .._core.client import Params
from .._core.error_codes import Kind
from .._core.errors import CloudError, PredictedError, RefusedError
from .._core.resource import Found, Resource
from .._core.values import FLAG, Codec, Field, Fields, Object, changes, decode, encode, given

# The Chinese documentation spells FORWARD_URL as FORWORD_URL. Types that no option has, such as ALIAS, SVCB and HTTPS,
# are shown as they are.
_TYPE = Codec(decode=lambda kind: "FORWARD_URL" if kind == "FORWORD_URL" else str(kind))

RECORD: Fields = (
    Field("record_id", "RecordId"),
    Field("domain", "DomainName"),
    Field("rr", "RR"),
    Field("type", "Type", _TYPE),
    Field("value", "Value"),
    Field("ttl", "TTL", Codec(decode=int)),
    Field("line", "Line"),
    Field("priority", "Priority"),
    Field("status", "Status", Codec(decode=lambda status: str(status).lower())),
    Field("locked", "Locked", FLAG),
)
_OPTIONS = ("domain", "rr", "type", "value", "ttl", "line", "priority")

# The types that exclude one another under the same name and line
# (https://www.alibabacloud.com/help/en/dns/dns-record-conflict-rules, 2026-10-04; the whole matrix in its copy of the
# language tc). At the apex of a domain, MX, NS and TXT may be beside CNAME. The types of URL forwarding count as one.
_URLS = frozenset({"REDIRECT_URL", "FORWARD_URL"})
_BESIDE_NO_CNAME = frozenset({"A", "AAAA", "ALIAS", "SRV", "CAA", "SVCB", "HTTPS", *_URLS})
_BESIDE_NO_CNAME_BELOW_APEX = _BESIDE_NO_CNAME | {"MX", "NS", "TXT"}
_BESIDE_NO_ADDRESS = frozenset({"CNAME", "ALIAS", *_URLS})
_EXCLUDED = {"A": _BESIDE_NO_ADDRESS, "AAAA": _BESIDE_NO_ADDRESS, **dict.fromkeys(_URLS, _URLS)}

_HINT_ON_SUB_DOMAINS = (
    "If {domain} is itself a name below a domain of the account, give that domain as domain, and the names before it "
    "as rr: domain: example.com and rr: www for www.example.com."
)

# Of these types the module keeps one record for each name and line, although the service allows several CNAME records;
# of the others a name can have several, which differ in their values.
_SINGLE = frozenset({"CNAME", "REDIRECT_URL", "FORWARD_URL"})
# The values of these are host names: upper and lower case are the same, and a dot at the end has no meaning.
_HOSTS = frozenset({"CNAME", "NS", "MX", "SRV"})


class Record(Resource):
    noun = "DNS record"
    key = "record"
    product = "alidns"
    names = (*(field.name for field in RECORD), "fqdn")
    id_name = "record_id"
    id_parameter = "RecordId"
    delete_operation = "DeleteDomainRecord"

    @property
    def wanted(self) -> Object:
        """The options that the user gives, in the form that records have."""
        return _normalized(given(self.params, _OPTIONS))

    def search(self) -> Found:
        wanted, removing = self.wanted, self.params["state"] == "absent"
        records = [record for record in self._records() if record["type"] == wanted["type"]]
        # A single record is changed in place, but removed only if it has the value that is given.
        any_value = "value" not in wanted or (wanted["type"] in _SINGLE and not removing)
        matching = records if any_value else [record for record in records if record["value"] == wanted["value"]]
        kept = tuple(record for record in records if removing and record not in matching)
        if len(matching) > 1:
            raise RefusedError(
                f"{self._fqdn} has {len(matching)} records of type {wanted['type']} and line {wanted['line']}: "
                f"{', '.join(sorted(record['record_id'] for record in matching))}.",
                "Say which one is meant with value." if not wanted.get("value") else "Remove all but one first.",
            )
        return Found(matching[0] if matching else None, context=kept)

    def _records(self) -> list[Object]:
        """Return the records of the same name and line, of all types.

        Raises:
            CloudError: the domain belongs to another account; or it does not exist, and the record is to be present.
        """
        domain, line = self.params["domain"], self.params["line"]
        params = {"SubDomain": self._fqdn, "DomainName": domain, "Line": line}
        try:
            items = list(self.session.numbered("alidns", "DescribeSubDomainRecords", "DomainRecords.Record", **params))
        except CloudError as error:
            if error.kind is not Kind.MISSING:
                raise
            if self.params["state"] == "absent":
                return []  # without the domain there is no record either
            if str(domain).rstrip(".").count(".") > 1:
                error.hint += f" {_HINT_ON_SUB_DOMAINS.format(domain=domain)}"
            raise
        records = [self._complete(item) for item in items]
        return [record for record in records if record["line"] == line]

    @property
    def _fqdn(self) -> str:
        rr, domain = self.params["rr"], self.params["domain"]
        return str(domain if rr == "@" else f"{rr}.{domain}")

    def _complete(self, item: Params) -> Object:
        return {**_normalized(decode(RECORD, item)), "domain": self.params["domain"], "fqdn": self._fqdn}

    def read(self, identity: str) -> Object | None:
        item = self.session.read_or_none("alidns", "DescribeDomainRecordInfo", RecordId=identity)
        return item and self._complete(item)

    def present(self, found: Found) -> list[Action]:
        wanted = self.wanted
        if found.object is None:
            create = Action(
                "AddDomainRecord",
                encode(RECORD, wanted),
                {**wanted, "fqdn": self._fqdn, "status": "enable", "locked": False},
                creates=True,
                find_created=self._find_created,
            )
            return [create, *self._status_actions("enable")]
        actions = self._status_actions(found.object["status"])
        if changed := changes(wanted, found.object):
            # An update replaces the record, so that options that the user does not give are sent as they are.
            whole = {name: wanted.get(name, found.object[name]) for name in _OPTIONS if name != "domain"}
            params = encode(RECORD, {**whole, "record_id": found.object["record_id"]})
            update = Action("UpdateDomainRecord", params, changed, find_created=self._find_created)
            actions.insert(0, update)
        return actions

    def _status_actions(self, status: str) -> list[Action]:
        """Return the action that enables or pauses the record, none if it is as wanted."""
        wanted = "enable" if self.params["enabled"] else "disable"
        params = {"RecordId": SELF_ID, "Status": wanted.capitalize()}
        return [] if status == wanted else [Action("SetDomainRecordStatus", params, {"status": wanted})]

    def check(self, found: Found, after: Object) -> None:
        """Raise PredictedError for a locked record, and for one that other records of the name exclude."""
        self._refuse_locked(found.object)
        enabled = found.object is not None and found.object["status"] == "enable"
        if not after or enabled or (found.object and after["status"] != "enable"):
            return
        others = [record for record in self._records() if record["status"] == "enable"]
        if rivals := conflicts(str(self.params["rr"]), str(after["type"]), others):
            named = ", ".join(f"{record['type']} {record['value']} ({record['record_id']})" for record in rivals)
            raise PredictedError(
                f"{self._fqdn} cannot have a record of type {after['type']} beside {named}, of the line "
                f"{self.params['line']}.",
                "DomainRecordConflict",
                "alicloud.mtls.dns_record does that with its type, and state: absent or enabled: false.",
            )

    def _refuse_locked(self, record: Object | None) -> None:
        if record and record["locked"]:
            raise PredictedError(
                f"The record {record['record_id']} ({self._fqdn}, {record['type']} {record['value']}) is locked: "
                "the DNS service does not change or remove it.",
                "DomainRecordLocked",
            )

    def extras(self, found: Found) -> Object:
        return {"kept": list(found.context or ())} if self.params["state"] == "absent" else {}

    def _find_created(self) -> Params | None:
        wanted = self.wanted
        same = (record for record in self._records() if not changes(wanted, record))
        return next(({"RecordId": record["record_id"]} for record in same), None)


def conflicts(rr: str, kind: str, others: list[Object]) -> list[Object]:
    """Return the records that exclude one of type ``kind``. Pure.

    Args:
        rr: the name below the domain.
        kind: the type.
        others: the enabled records of the same name and line.
    """
    beside_cname = _BESIDE_NO_CNAME if rr == "@" else _BESIDE_NO_CNAME_BELOW_APEX
    excluded = {**_EXCLUDED, "CNAME": beside_cname}

    def excludes(one: str, other: str) -> bool:
        return other in excluded.get(one, frozenset())

    return [record for record in others if excludes(kind, record["type"]) or excludes(record["type"], kind)]


def _normalized(record: Object) -> Object:
    """Return ``record`` with a value that is a host name in lower case and without a dot at the end."""
    if record.get("type") in _HOSTS and isinstance(record.get("value"), str):
        return {**record, "value": record["value"].rstrip(".").lower()}
    return record
