# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of checks: the assumption that each tests, its needs, and the calls that decide.

No check creates anything that costs money: no load balancer, no private CA, no bought certificate.
"""

from __future__ import annotations

import typing as t
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .client import Answer, Caller, Client
from .credentials import Credentials
from .workshop import Pair, Workshop, make_pair

CONFIRMED, REFUTED, NOT_TRIED = "confirmed", "refuted", "not tried"
READ, WRITE, DOMAIN = "read", "write", "domain"  # needs of a check
NEEDS = {READ: "", WRITE: "--write", DOMAIN: "--write --domain"}

# Errors about the caller or the service, and not about the request.
_OF_THE_CALLER = (
    *("Forbidden", "NoPermission", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken"),
    *("IncompleteSignature", "InvalidTimeStamp", "Throttling", "ServiceUnavailable", "InternalError"),
    *("OperationFailed.ServiceNotOpen", "QuotaExceeded.Record", "ResourceQuotaExceeded"),
)
_SERIAL = 0xABC12


class NotTriedError(Exception):
    """The reason why a check has no finding."""


@dataclass(frozen=True)
class Finding:
    """A finding: ``verdict`` is CONFIRMED, REFUTED or NOT_TRIED, ``seen`` the answer of the service."""

    verdict: str
    seen: str


@dataclass
class Scene:
    """The account that checks work with, and the resources that several of them share."""

    call: Caller
    workshop: Workshop
    unknown_caller: Caller  # a caller with an access key that does not exist
    _shared: dict[str, t.Any] = field(default_factory=dict)

    def ask(self, product: str, operation: str, **params: t.Any) -> Answer:
        """Sends a request that changes nothing. Raises NotTriedError if the account is not allowed to send it."""
        return _answered(operation, self.call(product, operation, **params))

    def make(self, product: str, operation: str, **params: t.Any) -> Answer:
        """Sends a request that may create a resource. Raises NotTriedError."""
        return _answered(operation, self.workshop.write(product, operation, **params))

    def needed(self, product: str, operation: str, **params: t.Any) -> Mapping[str, t.Any]:
        """Creates a resource that a check needs, and returns the answer. Raises NotTriedError if it is refused."""
        answer = self.make(product, operation, **params)
        if answer.code or answer.status >= 300:
            raise NotTriedError(f"{operation} was refused: {answer.refusal}")
        return answer.body

    def share(self, key: str, make: Callable[[], t.Any]) -> t.Any:
        """Returns a resource that several checks use, created once."""
        if key not in self._shared:
            self._shared[key] = make()
        return self._shared[key]

    def repository(self) -> tuple[str, str, Mapping[str, t.Any]]:
        """Returns name and id of a repository for uploaded CA certificates, and how ListCertWarehouse shows it."""

        def make() -> tuple[str, str, Mapping[str, t.Any]]:
            name = self.workshop.name()
            made = self.needed("cas", "CreateWarehouse", Name=name, Type="uploadedAuthorityCertificate")
            listed = self.workshop.numbered("cas", "ListCertWarehouse", "CertWarehouseList", Name=name)
            return name, str(made["WarehouseInstanceId"]), next((item for item in listed if item["Name"] == name), {})

        found: tuple[str, str, Mapping[str, t.Any]] = self.share("repository", make)
        return found

    def number(self) -> t.Any:
        """Returns the number of this repository, which only ListCertWarehouse tells."""
        _name, _identity, shown = self.repository()
        if not shown:
            raise NotTriedError("ListCertWarehouse does not show the repository")
        return shown["WhId"]

    def authority(self) -> tuple[Pair, str]:
        """Returns a CA in this repository, and its Identifier."""

        def make() -> tuple[Pair, str]:
            pair = make_pair(self.workshop.name(), ca=True)
            number, name = self.number(), self.workshop.name()
            made = self.needed("cas", "UploadPCACert", WarehouseId=number, Name=name, Cert=pair.certificate)
            return pair, str(made["Identifier"])

        found: tuple[Pair, str] = self.share("authority", make)
        return found

    def certificate(self) -> tuple[str, int, Pair]:
        """Returns name and number of an uploaded certificate whose serial number has leading zeros."""

        def make() -> tuple[str, int, Pair]:
            name, pair = self.workshop.name(), make_pair("www.example.com", serial=_SERIAL)
            made = self.needed("cas", "UploadUserCertificate", Name=name, Cert=pair.certificate, Key=pair.key)
            return name, int(made["CertId"]), pair

        found: tuple[str, int, Pair] = self.share("certificate", make)
        return found

    def record(self, value: str = "a.example.com", **params: t.Any) -> dict[str, t.Any]:
        """Returns the parameters of a new CNAME record, RecordId with them."""
        asked = {"RR": self.workshop.name(), "Type": "CNAME", "Value": value, **params}
        made = self.needed("alidns", "AddDomainRecord", DomainName=self.workshop.domain, **asked)
        return {**asked, "RecordId": made["RecordId"]}


@dataclass(frozen=True)
class Check:
    """A check: ``assumption`` is the name of an assumption, or the source of a documented claim."""

    name: str
    assumption: str
    needs: str
    claim: str
    run: Callable[[Scene], Finding]


def scene_of(client: Client, workshop: Workshop) -> Scene:
    """Returns the scene for a client."""
    nobody = Credentials(f"LTAI{uuid.uuid4().hex[:20]}", uuid.uuid4().hex)
    return Scene(client, workshop, client.signed_by(nobody))


def _answered(operation: str, answer: Answer) -> Answer:
    if answer.code.startswith(_OF_THE_CALLER):
        raise NotTriedError(f"{operation}: {answer.refusal}")
    return answer


def _is(holds: bool, seen: str) -> Finding:
    return Finding(CONFIRMED if holds else REFUTED, seen)


def _refused(answer: Answer, code: str, status: int = 400) -> Finding:
    return _is((answer.status, answer.code) == (status, code), answer.refusal or "accepted")


def _dry_run_refused(scene: Scene, product: str, operation: str, code: str, **params: t.Any) -> Finding:
    return _refused(scene.make(product, operation, DryRun=True, **params), code)


# --- reads only


def _access_key(scene: Scene) -> Finding:
    return _refused(scene.unknown_caller("alb", "ListAcls", MaxResults=1), "InvalidAccessKeyId.NotFound", 404)


def _not_found(scene: Scene) -> Finding:
    unknown = str(uuid.uuid4())
    answers = (
        scene.ask("cas", "GetUserCertificateDetail", CertId=1, CertFilter=True),
        scene.ask("cas", "DescribeWarehouseCert", CertIdentifier=unknown),
    )
    seen = ", ".join(answer.refusal or "found" for answer in answers)
    return _is(all((answer.status, answer.code) == (404, "NotFound") for answer in answers), seen)


def _expired_orders(scene: Scene) -> Finding:
    def listed(**status: str) -> set[t.Any]:
        asked = {"OrderType": "UPLOAD", **status}
        found = scene.workshop.numbered("cas", "ListUserCertificateOrder", "CertificateOrderList", **asked)
        return {item["CertificateId"] for item in found}

    plain, expired = listed(), listed(Status="EXPIRED")
    if not expired:
        raise NotTriedError("the account has no uploaded certificate that has expired")
    return _is(not plain & expired, f"{len(expired)} expired, {len(plain & expired)} of them in the plain list")


def _unknown_domain(scene: Scene) -> Finding:
    name = f"{uuid.uuid4().hex}.com"
    answer = scene.ask("alidns", "DescribeSubDomainRecords", SubDomain=f"www.{name}", DomainName=name)
    return _refused(answer, "InvalidDomainName.NoExist")


# --- creates resources that cost nothing, and removes them


def _dry_run(scene: Scene) -> Finding:
    return _dry_run_refused(scene, "alb", "CreateAcl", "DryRunOperation", AclName=scene.workshop.name())


def _client_token(scene: Scene) -> Finding:
    name, token = scene.workshop.name(), str(uuid.uuid4())
    first = scene.needed("alb", "CreateAcl", AclName=name, ClientToken=token)
    again = scene.make("alb", "CreateAcl", AclName=name, ClientToken=token)
    other = scene.make("alb", "CreateAcl", AclName=scene.workshop.name(), ClientToken=token)
    holds = again.body.get("AclId") == first["AclId"] and other.code == "IdempotentParameterMismatch"
    same = "the same list" if again.body.get("AclId") == first["AclId"] else again.refusal or "another list"
    return _is(holds and other.status == 400, f"repeated: {same}; changed: {other.refusal or 'accepted'}")


def _entries(scene: Scene) -> Finding:
    acl = scene.needed("alb", "CreateAcl", AclName=scene.workshop.name())["AclId"]
    wide = {"AclId": acl, "AclEntries": [{"Entry": "192.0.2.1/32"}]}
    if refusal := scene.workshop.when_ready("alb", "AddEntriesToAcl", **wide).refusal:
        raise NotTriedError(f"AddEntriesToAcl was refused: {refusal}")
    again = {"AclId": acl, "AclEntries": [{"Entry": "192.0.2.1"}]}
    return _refused(scene.workshop.when_ready("alb", "AddEntriesToAcl", **again), "ResourceAlreadyExist.AclEntry")


def _policy(name: str) -> dict[str, t.Any]:
    return {"SecurityPolicyName": name, "TLSVersions": ["TLSv1.2"], "Ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}


def _same_name(scene: Scene) -> Finding:
    name = scene.workshop.name()
    scene.needed("alb", "CreateSecurityPolicy", **_policy(name))
    again = scene.make("alb", "CreateSecurityPolicy", **_policy(name))
    return _is(not again.refusal, again.refusal or "accepted")


def _cipher(scene: Scene) -> Finding:
    params = {**_policy(scene.workshop.name()), "Ciphers": ["TLS_AES_128_GCM_SHA256"]}
    return _dry_run_refused(scene, "alb", "CreateSecurityPolicy", "InvalidParameter", **params)


def _unknown_policy(scene: Scene) -> Finding:
    answer = scene.make("alb", "DeleteSecurityPolicy", SecurityPolicyId=f"tls-{uuid.uuid4().hex[:18]}")
    return _refused(answer, "ResourceNotFound.SecurityPolicy", 404)


def _tagged_rule(scene: Scene) -> Finding:
    tag = {"ResourceType": "rule", "ResourceId": [f"rule-{uuid.uuid4().hex[:18]}"]}
    answer = scene.make("alb", "TagResources", **tag, Tag=[{"Key": "verify", "Value": "assumptions"}])
    return _refused(answer, "ResourceNotFound.Rule", 404)


def _group_without_vpc(scene: Scene) -> Finding:
    params = {
        "ServerGroupName": scene.workshop.name(),
        "HealthCheckConfig": {"HealthCheckEnabled": False},
    }
    return _dry_run_refused(scene, "alb", "CreateServerGroup", "MissingVpcId", **params)


def _repository_types(scene: Scene) -> Finding:
    _name, identity, shown = scene.repository()
    every = scene.workshop.pages("cas", "ListWarehouse", "Data")
    other = next((item for item in every if item.get("WarehouseInstanceId") == identity), {})
    types = (shown.get("Type"), other.get("WarehouseType"))
    return _is(types == ("uploadCA", "uploadCA"), f"ListCertWarehouse: {types[0]}, ListWarehouse: {types[1]}")


def _repository_ids(scene: Scene) -> Finding:
    _name, identity, shown = scene.repository()
    if not shown:
        raise NotTriedError("ListCertWarehouse does not show the repository")
    return _is(shown.get("InstanceId") != identity, f"InstanceId {shown.get('InstanceId')}, created as {identity}")


def _ca_identifier(scene: Scene) -> Finding:
    _pair, identifier = scene.authority()
    shown = {
        item.get("Identifier")
        for item in scene.workshop.numbered("cas", "ListCert", "CertList", WarehouseId=scene.number())
    }
    return _is(identifier in shown, f"uploaded as {identifier}, listed: {', '.join(map(str, shown)) or 'nothing'}")


def _same_ca(scene: Scene) -> Finding:
    pair, identifier = scene.authority()
    name = scene.workshop.name()
    again = scene.make("cas", "UploadPCACert", WarehouseId=scene.number(), Name=name, Cert=pair.certificate)
    shown = again.body.get("Identifier")
    return _is(bool(shown) and shown != identifier, again.refusal or f"first {identifier}, then {shown}")


def _no_ca(scene: Scene) -> Finding:
    pair, name = make_pair("www.example.com"), scene.workshop.name()
    answer = scene.make("cas", "UploadPCACert", WarehouseId=scene.number(), Name=name, Cert=pair.certificate)
    return _refused(answer, "InvalidParameter")


def _not_empty(scene: Scene) -> Finding:
    scene.authority()
    answer = scene.make("cas", "DeleteWarehouse", WarehouseInstanceId=scene.repository()[1])
    return _refused(answer, "ResourceInUse.Warehouse")


def _upload(scene: Scene, name: str, certificate: str, key: str) -> Answer:
    return scene.make("cas", "UploadUserCertificate", Name=name, Cert=certificate, Key=key)


def _name_repeat(scene: Scene) -> Finding:
    name, _number, _pair = scene.certificate()
    pair = make_pair("www.example.com")
    return _refused(_upload(scene, name, pair.certificate, pair.key), "NameRepeat")


def _name_length(scene: Scene) -> Finding:
    pair = make_pair("www.example.com")
    longest, longer = (f"{scene.workshop.name()}-".ljust(size, "x") for size in (63, 64))
    answers = [_upload(scene, name, pair.certificate, pair.key) for name in (longest, longer)]
    seen = ", ".join(f"{size}: {item.refusal or 'accepted'}" for size, item in zip((63, 64), answers, strict=True))
    return _is(not answers[0].refusal and bool(answers[1].refusal), seen)


def _bad_pem(scene: Scene) -> Finding:
    return _refused(_upload(scene, scene.workshop.name(), "no certificate", "no key"), "InvalidParameter")


def _serial(scene: Scene) -> Finding:
    name, _number, _pair = scene.certificate()
    found = scene.workshop.numbered("cas", "ListUserCertificateOrder", "CertificateOrderList", OrderType="UPLOAD")
    shown = next((str(item.get("SerialNo")) for item in found if item.get("Name") == name), "not listed")
    return _is(shown == f"{_SERIAL:032x}", shown)


# --- records of a domain


def _least_ttl(scene: Scene) -> Finding:
    domain = scene.workshop.domain
    least = int(scene.ask("alidns", "DescribeDomainInfo", DomainName=domain).body.get("MinTtl") or 0)
    if least <= 1:
        raise NotTriedError(f"the edition of {domain} allows every TTL")
    asked = {"DomainName": domain, "RR": scene.workshop.name(), "Type": "A", "Value": "192.0.2.1", "TTL": least - 1}
    return _refused(scene.make("alidns", "AddDomainRecord", **asked), "QuotaExceeded.TTL")


def _unchanged(scene: Scene) -> Finding:
    return _refused(scene.make("alidns", "UpdateDomainRecord", **scene.record()), "DomainRecordDuplicate")


def _bad_value(scene: Scene) -> Finding:
    asked = {"DomainName": scene.workshop.domain, "RR": scene.workshop.name(), "Type": "A", "Value": "no-address"}
    return _refused(scene.make("alidns", "AddDomainRecord", **asked), "InvalidParameter")


def _second_cname(scene: Scene) -> Finding:
    first = scene.record()
    asked = {"DomainName": scene.workshop.domain, "RR": first["RR"], "Type": "CNAME", "Value": "b.example.com"}
    answer = scene.make("alidns", "AddDomainRecord", **asked)
    return _is(not answer.refusal, answer.refusal or "accepted")


def _text_beside_cname(scene: Scene) -> Finding:
    first = scene.record()
    asked = {"DomainName": scene.workshop.domain, "RR": first["RR"], "Type": "TXT", "Value": "text"}
    return _refused(scene.make("alidns", "AddDomainRecord", **asked), "DomainRecordConflict")


def _status_spelling(scene: Scene) -> Finding:
    info = scene.ask("alidns", "DescribeDomainRecordInfo", RecordId=scene.record()["RecordId"])
    return _is(info.body.get("Status") == "ENABLE", str(info.body.get("Status")))


def _paused(scene: Scene) -> Finding:
    first = scene.record()
    identity = first["RecordId"]
    scene.needed("alidns", "SetDomainRecordStatus", RecordId=identity, Status="Disable")
    asked = {"DomainName": scene.workshop.domain, "RR": first["RR"], "Type": "A", "Value": "192.0.2.1"}
    beside = scene.make("alidns", "AddDomainRecord", **asked)
    again = scene.make("alidns", "SetDomainRecordStatus", RecordId=identity, Status="Enable")
    seen = f"beside a paused one: {beside.refusal or 'accepted'}; enabled again: {again.refusal or 'accepted'}"
    return _is(not beside.refusal and again.code == "DomainRecordConflict", seen)


CHECKS = (
    Check(
        "access-key",
        "gateway-access-key-status",
        READ,
        "an unknown access key is InvalidAccessKeyId.NotFound (404)",
        _access_key,
    ),
    Check(
        "invalid-parameter",
        "gateway-invalid-parameter",
        READ,
        "ListLoadBalancers with MaxResults=0 is InvalidParameter (400)",
        lambda scene: _refused(scene.ask("alb", "ListLoadBalancers", MaxResults=0), "InvalidParameter"),
    ),
    Check(
        "missing-parameter",
        "gateway-missing-parameter",
        READ,
        "DescribeWarehouseCert without CertIdentifier is MissingCertIdentifier (400)",
        lambda scene: _refused(scene.ask("cas", "DescribeWarehouseCert"), "MissingCertIdentifier"),
    ),
    Check(
        "missing-record-id",
        "gateway-missing-parameter",
        READ,
        "DescribeDomainRecordInfo without RecordId is MissingParameter (400)",
        lambda scene: _refused(scene.ask("alidns", "DescribeDomainRecordInfo"), "MissingParameter"),
    ),
    Check("certificate-not-found", "cas-not-found", READ, "an unknown certificate is NotFound (404)", _not_found),
    Check(
        "expired-certificates",
        "metadata of the command line, 2026-04",
        READ,
        "ListUserCertificateOrder without Status leaves expired certificates out",
        _expired_orders,
    ),
    Check(
        "unknown-domain",
        "ddns-go issue 207, 2022-03",
        READ,
        "a domain that is not the account's is InvalidDomainName.NoExist (400)",
        _unknown_domain,
    ),
    Check(
        "instance-ids",
        "ecs-lists",
        READ,
        "DescribeInstances with InstanceIds that is no JSON is InvalidParameter (400)",
        lambda scene: _refused(scene.ask("ecs", "DescribeInstances", InstanceIds="i"), "InvalidParameter"),
    ),
    Check("dry-run", "gateway-dry-run", WRITE, "CreateAcl with DryRun=true is DryRunOperation (400)", _dry_run),
    Check(
        "client-token",
        "gateway-idempotent-mismatch",
        WRITE,
        "a ClientToken gives the same list again, and IdempotentParameterMismatch (400) with another name",
        _client_token,
    ),
    Check("acl-entry", "alb-acl-entries", WRITE, "192.0.2.1 is the same entry as 192.0.2.1/32", _entries),
    Check("same-name", "alb-names-not-unique", WRITE, "two security policies can have one name", _same_name),
    Check(
        "cipher",
        "alb-security-policy-rules",
        WRITE,
        "a cipher suite that no version of a policy has is InvalidParameter (400)",
        _cipher,
    ),
    Check(
        "unknown-policy",
        "alb-policy-not-found",
        WRITE,
        "DeleteSecurityPolicy of an unknown one is ResourceNotFound.SecurityPolicy (404)",
        _unknown_policy,
    ),
    Check(
        "tagged-rule",
        "alb-tagged-rule-not-found",
        WRITE,
        "TagResources of an unknown rule is ResourceNotFound.Rule (404)",
        _tagged_rule,
    ),
    Check(
        "group-without-vpc",
        "alb-server-group-vpc",
        WRITE,
        "CreateServerGroup without VpcId is MissingVpcId (400)",
        _group_without_vpc,
    ),
    Check(
        "repository-types",
        "cas-warehouse-types",
        WRITE,
        "a repository made as uploadedAuthorityCertificate is listed as uploadCA",
        _repository_types,
    ),
    Check(
        "repository-ids",
        "cas-warehouse-ids",
        WRITE,
        "InstanceId of ListCertWarehouse is not the id of CreateWarehouse",
        _repository_ids,
    ),
    Check(
        "ca-identifier", "cas-ca-identifier", WRITE, "Identifier of UploadPCACert is that of ListCert", _ca_identifier
    ),
    Check("same-ca", "cas-upload-ca", WRITE, "the same CA again gets another Identifier", _same_ca),
    Check(
        "no-ca",
        "cas-upload-ca",
        WRITE,
        "UploadPCACert of a certificate that is no CA is InvalidParameter (400)",
        _no_ca,
    ),
    Check(
        "repository-not-empty",
        "cas-warehouse-not-empty",
        WRITE,
        "a repository with a certificate cannot be deleted: ResourceInUse.Warehouse (400)",
        _not_empty,
    ),
    Check(
        "name-repeat", "cas-name-repeat", WRITE, "a certificate name that is taken is NameRepeat (400)", _name_repeat
    ),
    Check(
        "name-length",
        "texts of UploadUserCertificate, which differ (63, 64 and 128)",
        WRITE,
        "a certificate name has 63 characters at most",
        _name_length,
    ),
    Check("bad-pem", "cas-upload-invalid", WRITE, "a certificate that is no PEM is InvalidParameter (400)", _bad_pem),
    Check("serial-number", "cas-serial-number", WRITE, "serial numbers have 32 lower-case hexadecimal digits", _serial),
    Check(
        "least-ttl",
        "ddns-go issues 207 and 1717, 2026-07-09",
        DOMAIN,
        "a TTL below that of the edition is QuotaExceeded.TTL (400)",
        _least_ttl,
    ),
    Check(
        "unchanged-record",
        "dns-unchanged-update",
        DOMAIN,
        "an update that changes nothing is DomainRecordDuplicate (400)",
        _unchanged,
    ),
    Check("bad-value", "dns-value", DOMAIN, "an A record without an address is InvalidParameter (400)", _bad_value),
    Check(
        "second-cname",
        "help page dns-record-conflict-rules, 2026-10-04",
        DOMAIN,
        "a name can have two CNAME records",
        _second_cname,
    ),
    Check(
        "text-beside-cname",
        "dns-conflict-below-apex",
        DOMAIN,
        "a TXT record beside a CNAME is DomainRecordConflict (400)",
        _text_beside_cname,
    ),
    Check("record-status", "dns-status-spelling", DOMAIN, "the status of a record is ENABLE", _status_spelling),
    Check(
        "paused-record",
        "dns-conflict",
        DOMAIN,
        "a paused record conflicts with none, and cannot be enabled beside one that does",
        _paused,
    ),
)
