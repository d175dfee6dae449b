# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the resources of the checks in an account, and removes them again. None of them costs anything.

Every name begins with the mark of the run. Resources with the mark are removed, also those whose creation was not
answered; no other resource is touched.
"""

from __future__ import annotations

import secrets
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from .client import Answer, Caller, NoAnswerError

MARK = "verify-assumptions-"
_PAGE = 50
_GONE = ("NotFound", "ResourceNotFound", "DomainRecordNotBelongToUser")
_PASSING = ("IncorrectStatus", "SystemBusy", "ResourceInUse", "Throttling", "LockFailed", "Conflict")
_TIMEOUT = 60.0  # seconds until a new resource can be changed or deleted


@dataclass(frozen=True)
class Created:
    """A created resource: ``operation`` with ``params`` deletes it."""

    product: str
    operation: str
    params: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.operation} {' '.join(value for _name, value in self.params)}"


@dataclass
class Workshop:
    """Creates resources and removes them. ``domain`` is a domain that records can be added to, or empty."""

    call: Caller
    domain: str = ""
    timeout_seconds: float = _TIMEOUT
    mark: str = field(default_factory=lambda: f"{MARK}{secrets.token_hex(4)}")
    _made: dict[str, list[Created]] = field(default_factory=dict)  # by operation, as soon as it is sent
    _number: int = 0

    def name(self) -> str:
        """Returns a new name with the mark of the run."""
        self._number += 1
        return f"{self.mark}-{self._number}"

    def write(self, product: str, operation: str, **params: t.Any) -> Answer:
        """Sends a request that may create a resource, which is removed at the end."""
        delete = _MAKERS.get(operation)
        if delete:
            self._made.setdefault(operation, [])
        answer = self.call(product, operation, **params)
        if delete and not answer.refusal and answer.body.get(delete.shown):
            identity = ((delete.parameter, str(answer.body[delete.shown])),)
            self._made[operation].append(Created(delete.product, delete.operation, identity))
        return answer

    def when_ready(self, product: str, operation: str, **params: t.Any) -> Answer:
        """Sends a request about a new resource, again and again until the resource is ready."""
        for answer in self._again(product, operation, params):
            if not answer.code.startswith(("IncorrectStatus", "SystemBusy", "LockFailed")):
                return answer
        return answer

    def clean(self) -> list[str]:
        """Removes the resources of the run. Returns those that could not be removed, with the reason."""
        left: list[str] = []
        for maker in [name for name in _MAKERS if name in self._made]:
            created = self._made.pop(maker)
            try:
                created += self._lost(maker)
            except NoAnswerError as problem:
                left.append(f"what {maker} made under a name that begins with {self.mark}, if there is more: {problem}")
            refusals = {item: self._delete(item) for item in dict.fromkeys(created)}
            left += [f"{item}: {reason}" for item, reason in refusals.items() if reason]
        return left

    def _again(self, product: str, operation: str, params: Mapping[str, t.Any]) -> Iterator[Answer]:
        end, pause = time.monotonic() + self.timeout_seconds, 0.1
        while True:
            yield self.call(product, operation, **params)
            if time.monotonic() > end:
                return
            time.sleep(pause)
            pause = min(2 * pause, 5.0)

    def _delete(self, item: Created) -> str:
        """Deletes a resource. Returns the reason why it could not be deleted, or an empty text."""
        answer = None
        try:
            for answer in self._again(item.product, item.operation, dict(item.params)):
                if not answer.refusal or answer.code.startswith(_GONE):
                    return ""
                if not answer.code.startswith(_PASSING):
                    break
        except NoAnswerError as problem:
            return str(problem)
        return answer.refusal if answer else ""

    def _lost(self, maker: str) -> list[Created]:
        """Returns the resources that ``maker`` has created under the mark of the run, with or without an answer."""
        delete = _MAKERS[maker]
        items = _LISTS[maker](self)
        return [
            Created(delete.product, delete.operation, ((delete.parameter, str(item[delete.listed])),))
            for item in items
            if str(item.get(delete.name, "")).startswith(self.mark)
        ]

    def authorities(self) -> Iterator[Mapping[str, t.Any]]:
        """Yields the CAs in the repositories of the run, as ListCert shows them, with the name of the repository."""
        for repository in self.numbered("cas", "ListCertWarehouse", "CertWarehouseList", Name=self.mark):
            for held in self.numbered("cas", "ListCert", "CertList", WarehouseId=repository["WhId"]):
                yield {**held, "Name": repository["Name"]}

    def records(self) -> Iterator[Mapping[str, t.Any]]:
        """Yields the records of the run."""
        asked = {"DomainName": self.domain, "RRKeyWord": self.mark, "PageSize": 100}
        answer = _listed("DescribeDomainRecords", self.call("alidns", "DescribeDomainRecords", **asked))
        yield from answer.body.get("DomainRecords", {}).get("Record") or []

    def pages(self, product: str, operation: str, items: str) -> Iterator[Mapping[str, t.Any]]:
        """Yields the items of a list that is paged by NextToken."""
        token: dict[str, t.Any] = {}
        while True:
            body = _listed(operation, self.call(product, operation, MaxResults=_PAGE, **token)).body
            yield from body.get(items) or []
            if not body.get("NextToken"):
                return
            token = {"NextToken": body["NextToken"]}

    def numbered(self, product: str, operation: str, items: str, **params: t.Any) -> Iterator[Mapping[str, t.Any]]:
        """Yields the items of a list of CAS, which is paged by number."""
        number, seen = 1, 0
        while True:
            paging = {"CurrentPage": number, "ShowSize": _PAGE}
            body = _listed(operation, self.call(product, operation, **paging, **params)).body
            found = body.get(items) or []
            yield from found
            seen += len(found)
            if not found or seen >= int(body.get("TotalCount") or 0):
                return
            number += 1


@dataclass(frozen=True)
class _Delete:
    """How the resources of an operation are deleted.

    ``shown`` is the field with the id in its answer; ``listed`` and ``name`` are the fields with id and name in lists.
    """

    product: str
    operation: str
    parameter: str
    shown: str
    listed: str
    name: str


# By the operation that creates the resource, in the order of deletion.
_MAKERS = {
    "UploadPCACert": _Delete("cas", "DeletePCACert", "Identifier", "Identifier", "Identifier", "Name"),
    "CreateAcl": _Delete("alb", "DeleteAcl", "AclId", "AclId", "AclId", "AclName"),
    "CreateSecurityPolicy": _Delete(
        "alb", "DeleteSecurityPolicy", "SecurityPolicyId", "SecurityPolicyId", "SecurityPolicyId", "SecurityPolicyName"
    ),
    "CreateServerGroup": _Delete(
        "alb", "DeleteServerGroup", "ServerGroupId", "ServerGroupId", "ServerGroupId", "ServerGroupName"
    ),
    "UploadUserCertificate": _Delete("cas", "DeleteUserCertificate", "CertId", "CertId", "CertificateId", "Name"),
    "AddDomainRecord": _Delete("alidns", "DeleteDomainRecord", "RecordId", "RecordId", "RecordId", "RR"),
    "CreateWarehouse": _Delete(
        "cas",
        "DeleteWarehouse",
        "WarehouseInstanceId",
        "WarehouseInstanceId",
        "WarehouseInstanceId",
        "WarehouseName",
    ),
}
_LISTS: dict[str, Callable[[Workshop], Iterator[Mapping[str, t.Any]]]] = {
    "UploadPCACert": Workshop.authorities,
    "CreateAcl": lambda shop: shop.pages("alb", "ListAcls", "Acls"),
    "CreateSecurityPolicy": lambda shop: shop.pages("alb", "ListSecurityPolicies", "SecurityPolicies"),
    "CreateServerGroup": lambda shop: shop.pages("alb", "ListServerGroups", "ServerGroups"),
    "UploadUserCertificate": lambda shop: shop.numbered(
        "cas", "ListUserCertificateOrder", "CertificateOrderList", OrderType="UPLOAD"
    ),
    "AddDomainRecord": Workshop.records,
    "CreateWarehouse": lambda shop: shop.pages("cas", "ListWarehouse", "Data"),
}


def _listed(operation: str, answer: Answer) -> Answer:
    if answer.refusal:
        raise NoAnswerError(f"{operation}: {answer.refusal}")
    return answer


@dataclass(frozen=True)
class Pair:
    """A self-signed certificate and its key, as PEM."""

    certificate: str
    key: str = field(repr=False)
    serial: int = 0


def make_pair(name: str, *, ca: bool = False, serial: int = 0, past: bool = False) -> Pair:
    """Returns a new self-signed certificate, RSA 2048, valid for a week: from now on, or a year ago."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=365 if past else 1)
    number = serial or x509.random_serial_number()
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), number, begin, begin + timedelta(days=7))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode(),
        number,
    )
