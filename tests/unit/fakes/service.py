# SPDX-License-Identifier: GPL-3.0-or-later
"""A service with one resource, which is a document: what is sent goes into it, and comes out of it again.

It knows nothing of the collection's tables, and of ALB only the names that are not the same in and out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.unit.fakes.cloud import Answer, Cloud, error

_NEW: Answer = {
    "LoadBalancerStatus": "Active",
    "ServerGroupStatus": "Available",
    "ListenerStatus": "Running",
    "AclStatus": "Available",
    "SecurityPolicyStatus": "Available",
}
_DEFAULTS: dict[str, Answer] = {
    "CreateLoadBalancer": {"Ipv6AddressType": "Intranet"},
    "CreateListener": {
        "XForwardedForConfig": {"XForwardedForEnabled": True, "XForwardedForProcessingMode": "append"},
        "LogConfig": {"AccessLogRecordCustomizedHeadersEnabled": False},
    },
}
# What a service may forget of a structure whose switch is off; everything beside the switch when it is empty.
_HEADERS = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
_SWITCHED: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("HealthCheckConfig",), "HealthCheckEnabled", ()),
    (("StickySessionConfig",), "StickySessionEnabled", ()),
    (("ConnectionDrainConfig",), "ConnectionDrainEnabled", ()),
    (("SlowStartConfig",), "SlowStartEnabled", ()),
    (("LogConfig", "AccessLogTracingConfig"), "TracingEnabled", ()),
    (("XForwardedForConfig",), "XForwardedForEnabled", ("XForwardedForProcessingMode",)),
    *(
        (("XForwardedForConfig",), f"XForwardedForClientCert{h}Enabled", (f"XForwardedForClientCert{h}Alias",))
        for h in _HEADERS
    ),
)


class Service(Cloud):
    """``forgets`` the details of what is switched off, or keeps them."""

    def __init__(self, *, forgets: bool) -> None:
        super().__init__()
        self.forgets = forgets
        self.document: Answer | None = None
        self.parts: dict[str, list[Answer]] = {}  # what has operations of its own, by the name in lists
        self.warnings = []

    def __call__(self, product: str, operation: str, params: Answer) -> Answer:
        self.calls.append((operation, dict(params)))
        sent = _on_the_wire(params)
        for prefix, handle in self._handlers():
            if operation.startswith(prefix):
                return copy.deepcopy(handle(operation, sent))
        raise AssertionError(f"{operation} is not there.")

    def _handlers(self) -> list[tuple[str, Callable[[str, Answer], Answer]]]:
        return [
            ("CreateLoadBalancer", self._create),
            ("Create", self._create),
            ("Get", lambda operation, sent: self.document or {}),
            ("ListAclRelations", lambda operation, sent: {"AclRelations": []}),
            ("ListListenerCertificates", lambda operation, sent: {"Certificates": self.parts["Certificates"]}),
            ("ListServerGroupServers", lambda operation, sent: {"Servers": self.parts["Servers"]}),
            ("ListAclEntries", lambda operation, sent: {"AclEntries": self.parts["AclEntries"]}),
            ("DescribeInstances", lambda operation, sent: {"Instances": {"Instance": []}}),
            ("List", self._listing),
            ("UpdateServerGroupServersAttribute", self._servers),
            ("AddServersToServerGroup", self._servers),
            ("RemoveServersFromServerGroup", self._servers),
            ("AddEntriesToAcl", self._entries),
            ("RemoveEntriesFromAcl", self._entries),
            ("AssociateAdditionalCertificates", self._certificates),
            ("DissociateAdditionalCertificates", self._certificates),
            ("AssociateAclsWithListener", self._lists),
            ("DissociateAclsFromListener", self._lists),
            ("UpdateListenerLogConfig", lambda operation, sent: self._merge({"LogConfig": sent})),
            ("UpdateLoadBalancerZones", lambda operation, sent: self._zones(sent["ZoneMappings"])),
            ("UpdateLoadBalancerAddressTypeConfig", self._address_type),
            ("LoadBalancerJoinSecurityGroup", self._groups),
            ("LoadBalancerLeaveSecurityGroup", self._groups),
            ("EnableLoadBalancerIpv6", lambda operation, sent: self._merge({"Ipv6AddressType": "Internet"})),
            ("DisableLoadBalancerIpv6", lambda operation, sent: self._merge({"Ipv6AddressType": "Intranet"})),
            ("AttachCommonBandwidthPackage", self._merge_package),
            ("DetachCommonBandwidthPackage", self._merge_package),
            ("Update", lambda operation, sent: self._merge(sent)),
            ("TagResources", lambda operation, sent: self._tag(sent["Tag"])),
            ("UnTagResources", lambda operation, sent: self._untag(sent["TagKey"])),
            ("MoveResourceGroup", lambda operation, sent: self._merge({"ResourceGroupId": sent["NewResourceGroupId"]})),
            ("EnableDeletionProtection", self._protect),
            ("DisableDeletionProtection", self._protect),
            ("EnableLoadBalancerAccessLog", lambda operation, sent: self._merge({"AccessLogConfig": sent})),
            ("DisableLoadBalancerAccessLog", lambda operation, sent: self._merge({"AccessLogConfig": None})),
            ("StartListener", lambda operation, sent: self._merge({"ListenerStatus": "Running"})),
            ("StopListener", lambda operation, sent: self._merge({"ListenerStatus": "Stopped"})),
        ]

    def _create(self, operation: str, sent: Answer) -> Answer:
        name = f"{operation.removeprefix('Create')}Id"
        more = copy.deepcopy(_DEFAULTS.get(operation, {}))
        self.document = {**_NEW, name: "new-1", "Tags": [], **more}
        self.parts = {name: [] for name in ("Certificates", "Servers", "AclEntries")}
        if "DeletionProtectionEnabled" in sent:
            self.document["DeletionProtectionConfig"] = {"Enabled": sent.pop("DeletionProtectionEnabled")}
        self._tag(sent.pop("Tag", []))
        zones = sent.pop("ZoneMappings", [])
        sent.update(sent.pop("LoadBalancerBillingConfig", {}))
        self._merge(sent)
        self._zones(zones)
        return {name: "new-1"}

    def _merge(self, sent: Answer) -> Answer:
        assert self.document is not None
        if any(each in self.parts["Certificates"] for each in sent.get("Certificates", [])):
            raise error("ResourceAlreadyAssociated.Certificate")
        _merge(self.document, sent)
        for path, switch, details in _SWITCHED if self.forgets else ():
            place: Any = self.document
            for step in path:
                place = place.get(step) or {}
            if not place.get(switch):
                for name in details or [name for name in place if name != switch]:
                    place.pop(name, None)
        return {}

    def _zones(self, sent: list[Answer]) -> Answer:
        """As in UpdateLoadBalancerZones, what a zone has and is not sent is lost, but for the elastic IP address."""
        assert self.document is not None
        had = {zone["ZoneId"]: zone["LoadBalancerAddresses"][0] for zone in self.document.get("ZoneMappings", [])}
        self.document["ZoneMappings"] = [
            {
                **{name: zone[name] for name in ("ZoneId", "VSwitchId")},
                "LoadBalancerAddresses": [
                    {"AllocationId": had.get(zone["ZoneId"], {}).get("AllocationId"), "IntranetAddress": "any", **zone}
                ],
            }
            for zone in sent
        ]
        return {}

    def _address_type(self, operation: str, sent: Answer) -> Answer:
        assert self.document is not None
        public = sent["AddressType"] == "Internet"
        given = {zone["ZoneId"]: zone for zone in sent.pop("ZoneMappings", [])}
        for zone in self.document["ZoneMappings"]:
            eip = {"AllocationId": None, "EipType": None, **(given.get(zone["ZoneId"], {}) if public else {})}
            zone["LoadBalancerAddresses"][0].update(eip)
        return self._merge(sent)

    def _groups(self, operation: str, sent: Answer) -> Answer:
        assert self.document is not None
        there = [each for each in self.document.get("SecurityGroupIds", []) if each not in sent["SecurityGroupIds"]]
        joined = sent["SecurityGroupIds"] if "Join" in operation else []
        self.document["SecurityGroupIds"] = [*there, *joined]
        return {}

    def _merge_package(self, operation: str, sent: Answer) -> Answer:
        attached = operation.startswith("Attach")
        return self._merge({"BandwidthPackageId": sent["BandwidthPackageId"] if attached else None})

    def _listing(self, operation: str, sent: Answer) -> Answer:
        return {operation.removeprefix("List"): [self.document] if self.document else []}

    def _tag(self, sent: list[Answer]) -> Answer:
        assert self.document is not None
        tags = {each["Key"]: each["Value"] for each in [*self.document["Tags"], *sent]}
        self.document["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {}

    def _untag(self, keys: list[str]) -> Answer:
        assert self.document is not None
        self.document["Tags"] = [each for each in self.document["Tags"] if each["Key"] not in keys]
        return {}

    def _protect(self, operation: str, sent: Answer) -> Answer:
        return self._merge({"DeletionProtectionConfig": {"Enabled": operation.startswith("Enable")}})

    def _servers(self, operation: str, sent: Answer) -> Answer:
        def key(server: Answer) -> tuple[Any, ...]:
            return server["ServerId"], server.get("ServerIp"), server.get("Port")

        there = {key(server): server for server in self.parts["Servers"]}
        for server in sent["Servers"]:
            if operation.startswith("Remove"):
                del there[key(server)]
            else:
                assert operation.startswith("Update") == (key(server) in there)
                there[key(server)] = {"Weight": 100, **there.get(key(server), {}), **server}
        self.parts["Servers"] = list(there.values())
        return {}

    def _entries(self, operation: str, sent: Answer) -> Answer:
        gone = sent.get("Entries", [])
        kept = [each for each in self.parts["AclEntries"] if each["Entry"] not in gone]
        self.parts["AclEntries"] = [*kept, *sent.get("AclEntries", [])]
        return {}

    def _certificates(self, operation: str, sent: Answer) -> Answer:
        named = [each["CertificateId"] for each in sent["Certificates"]]
        kept = [each for each in self.parts["Certificates"] if each["CertificateId"] not in named]
        added = [{"CertificateId": each} for each in named] if operation.startswith("Associate") else []
        self.parts["Certificates"] = [*kept, *added]
        return {}

    def _lists(self, operation: str, sent: Answer) -> Answer:
        assert self.document is not None
        there = self.document.get("AclConfig") or {"AclRelations": []}
        kept = [each for each in there["AclRelations"] if each["AclId"] not in sent["AclIds"]]
        assert sent.get("AclType") in (None, there.get("AclType", sent.get("AclType")))
        added = [{"AclId": each, "Status": "Associated"} for each in sent["AclIds"]] if "AclType" in sent else []
        assert len(kept) + len(added) <= 3
        relations = [*kept, *added]
        kind = {"AclType": sent.get("AclType", there.get("AclType"))} if relations else {}
        self.document["AclConfig"] = {**kind, "AclRelations": relations}
        return {}


def _on_the_wire(value: Any) -> Any:
    """What is left of ``value`` as a query: structures and lists without anything in them cannot be written."""
    if isinstance(value, dict):
        inner = {name: _on_the_wire(item) for name, item in value.items() if item is not None}
        return {name: item for name, item in inner.items() if item not in ({}, [])}
    return [_on_the_wire(item) for item in value] if isinstance(value, list) else value


def _merge(document: Answer, sent: Answer) -> None:
    for name, value in sent.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _merge(document[name], value)
        else:
            document[name] = copy.deepcopy(value)
