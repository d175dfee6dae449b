# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of a private CA, and the orders by which it issues one. Private to this collection.

A certificate that this collection orders has a CustomIdentifier, the service's own unique key:
``mtls-<client>-<content>-<number>``. The first part is a digest of who it is for, the second of what is in it, the
public key included. So a run finds what an earlier one has ordered, also when the answer got lost or the run was killed
before it could write a file, and orders nothing twice.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import secrets
import string
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .._core.action import Action
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.session import Session
from .._x509 import build, describe, keys, parse, verification
from .._x509.errors import UnreadableError
from .._x509.package import x509
from . import api
from .authority import PrivateCa
from .conversion import Wanted

_MARK = "mtls"
_DIGITS = 16  # of each digest: 64 bits
_NUMBER = re.compile(rf"{_MARK}-[0-9a-f]+-[0-9a-f]+-(\d+)")
_CODE_LENGTH = 32  # of EncryptedCode, at most
_CODE = string.ascii_letters + string.digits


def _digest(*parts: t.Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:_DIGITS]


def name_of(general_name: t.Any) -> tuple[str, str]:
    """Return the type of an alternative name, as the package cryptography calls it, and its value."""
    return type(general_name).__name__, str(general_name.value)


def client_mark(kind: str, common_name: str) -> str:
    """Return the beginning of CustomIdentifier for all certificates of a client or server."""
    return f"{_MARK}-{_digest(kind, common_name)}-"


def content_mark(wanted: Wanted, holder: keys.HasPublicKey | None) -> str:
    """Return the beginning of CustomIdentifier for certificates with this content.

    ``holder`` has their public key; it does not count when the service makes the key.
    """
    key = wanted.algorithm or (describe.public_key_sha256(holder) if holder else "")
    names = sorted(name_of(item) for item in wanted.desired.names)
    return f"{client_mark(wanted.kind, wanted.common_name)}{_digest(key, wanted.fields, names)}-"


@dataclass
class Listing:
    """The certificates of a CA at one moment, as ListCert returns them."""

    items: list[Params] = field(default_factory=list)

    @classmethod
    def read(cls, session: Session, ca: PrivateCa) -> Listing:
        """Read them all."""
        return cls(api.certificates(session, ca.identifier))

    @property
    def issued(self) -> list[Params]:
        """The certificates that are neither revoked nor expired."""
        return [item for item in self.items if is_issued(item)]

    def by_serial(self, certificate: x509.Certificate) -> Params | None:
        """Return the entry of a certificate."""
        number = certificate.serial_number
        return next((item for item in self.items if api.serial_number(item.get("SerialNumber")) == number), None)

    def by_identifier(self, identifier: str) -> Params | None:
        """Return the entry with this identifier."""
        return next((item for item in self.items if item.get("Identifier") == identifier), None)

    def marked(self, mark: str) -> list[Params]:
        """Return the entries whose CustomIdentifier begins with ``mark``, oldest first."""
        found = [item for item in self.items if str(item.get("CustomIdentifier") or "").startswith(mark)]
        return sorted(found, key=lambda item: (int(item.get("BeforeTime") or 0), int(item.get("Id") or 0)))

    def next_custom_identifier(self, mark: str) -> str:
        """Return a CustomIdentifier with this beginning that no certificate has."""
        return f"{mark}{1 + max((_number(item) for item in self.marked(mark)), default=0)}"


def _number(item: Params) -> int:
    match = _NUMBER.fullmatch(str(item.get("CustomIdentifier") or ""))
    return int(match[1]) if match else 0


def is_issued(item: Params) -> bool:
    """Return whether a certificate is neither revoked nor expired."""
    end = int(item.get("AfterTime") or 0) / 1000
    now = datetime.datetime.now(datetime.UTC).timestamp()
    return api.status(item) == api.ISSUED and (not end or end > now)


@dataclass(frozen=True)
class Order:
    """A certificate that is to be issued.

    Attributes:
        key: the private key for its request; None when the client hands in a request, and when the service makes it.
        validity: begin and end.
    """

    wanted: Wanted
    custom_identifier: str
    validity: tuple[datetime.datetime, datetime.datetime]
    key: keys.PrivateKey | None = None

    def place(self, session: Session, ca: PrivateCa, params: Mapping[str, t.Any]) -> str:
        """Have the certificate issued; return its identifier. What was issued by a lost request is found."""
        operation, sent, token = self._request(ca, params)

        def find() -> Params | None:
            items = Listing.read(session, ca).items
            return next((item for item in items if item.get("CustomIdentifier") == self.custom_identifier), None)

        action = Action(operation, sent, creates=True, token=token, find_created=find)
        return str(session.write(api.PRODUCT, action, sent)["Identifier"])

    def _request(self, ca: PrivateCa, params: Mapping[str, t.Any]) -> tuple[str, Params, bool]:
        """Return the operation, its parameters, and whether it takes a ClientToken."""
        wanted = self.wanted
        names = [name_of(item) for item in wanted.desired.names]
        sent: Params = {"ParentIdentifier": ca.identifier, "Immediately": 1}
        sent |= {"EnableCrl": int(params["crl_distribution_point"] and ca.has_crl)}
        if params["tags"]:
            sent["Tags"] = [{"Key": key, "Value": str(value)} for key, value in params["tags"].items()]
        csr = {} if wanted.algorithm else {"Csr": self._csr().decode()}
        if wanted.kind == "client" and len({kind for kind, _value in names}) > 1:
            return "CreateCustomCertificate", sent | csr | self._custom(names), False
        start, end = (int(moment.timestamp()) for moment in self.validity)
        sent |= {**wanted.fields, "CommonName": wanted.common_name, "BeforeTime": start, "AfterTime": end}
        sent |= {"CustomIdentifier": self.custom_identifier}
        joined = ",".join(value for _kind, value in names)
        if wanted.kind == "server":
            sent["Domain"] = joined
        elif names:
            sent |= {"SanType": _SAN_TYPES[names[0][0]], "SanValue": joined}
        with_key, with_csr = _OPERATIONS[wanted.kind]
        if wanted.algorithm:
            return with_key, sent | {"Algorithm": wanted.algorithm}, wanted.kind == "client"
        return with_csr, sent | csr, False

    def _csr(self) -> bytes:
        desired = self.wanted.desired
        if desired.request:
            return build.request_pem(desired.request)
        return build.request(t.cast("keys.PrivateKey", self.key), desired.subject, desired.names)

    def _custom(self, names: list[tuple[str, str]]) -> Params:
        """Return what CreateCustomCertificate takes instead: it alone has names of several types."""
        wanted = self.wanted
        extensions = {
            "KeyUsage": {"DigitalSignature": True},
            "ExtendedKeyUsages": list(wanted.desired.profile.extended_usage),
            "SubjectAlternativeNames": [{"Type": _CUSTOM_TYPES[kind], "Value": value} for kind, value in names],
        }
        subject = {**wanted.fields, "CommonName": wanted.common_name}
        return {
            "ApiPassthrough": {"Subject": subject, "Extensions": extensions},
            "Validity": "/".join(moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in self.validity),
            "customIdentifier": self.custom_identifier,  # spelled so on the wire
        }


# With a key that the service makes, and for a request.
_OPERATIONS = {
    "client": ("CreateClientCertificate", "CreateClientCertificateWithCsr"),
    "server": ("CreateServerCertificate", "CreateServerCertificateWithCsr"),
}
_SAN_TYPES = {"RFC822Name": 1, "DNSName": 2, "UniformResourceIdentifier": 6, "IPAddress": 7}
_CUSTOM_TYPES = {
    "RFC822Name": "rfc822Name",
    "DNSName": "dNSName",
    "UniformResourceIdentifier": "uniformResourceIdentifier",
    "IPAddress": "iPAddress",
}
_OF_SERVICE_KEYS = ("RFC822Name", "UniformResourceIdentifier")


def check_names(wanted: Iterable[Wanted]) -> None:
    """Raise RefusedError for alternative names that no operation of the service takes."""
    for item in wanted:
        names = [name_of(name) for name in item.desired.names]
        kinds = {kind for kind, _value in names}
        if any("," in value for _kind, value in names):
            raise RefusedError(
                f"{item.name}: an alternative name with a comma, {names}, cannot be sent to the service.",
                "Take the comma out of it.",
            )
        if item.kind == "client" and item.algorithm and (len(kinds) > 1 or not kinds <= {*_OF_SERVICE_KEYS}):
            raise RefusedError(
                f"{item.name}: with key_source: service a certificate has e-mail addresses or URIs, not both, and "
                "nothing else.",
                "Leave the others out, or set key_source: controller.",
            )


def fetch_certificate(session: Session, identifier: str) -> x509.Certificate:
    """Return the certificate with this identifier. Raises RefusedError when the service does not have it."""
    found = api.certificate(session, identifier) or {}
    try:
        return parse.certificate(str(found.get("X509Certificate") or "").encode())
    except UnreadableError:
        raise RefusedError(
            f"The service returns no certificate for the identifier {identifier}.", "Run again in a moment."
        ) from None


def fetch_key(session: Session, identifier: str) -> keys.PrivateKey:
    """Return the private key that the service has made. It travels encrypted under a random code, used once."""
    code = "".join(secrets.choice(_CODE) for _position in range(_CODE_LENGTH))
    text = api.private_key(session, identifier, code)
    try:
        return keys.load(text.encode(), code.encode(), validate=True)
    except UnreadableError:
        raise RefusedError(
            f"The service returns no private key for the certificate {identifier} that can be read.",
            "Set key_source: controller, with replace_revoked after revoking this one.",
        ) from None


def check_issued(
    certificate: x509.Certificate, ca: PrivateCa, holder: keys.HasPublicKey | None, identifier: str
) -> None:
    """Raise RefusedError unless the certificate is signed by the CA, and for the key of ``holder``."""
    if not verification.signed_by(certificate, ca.certificate):
        raise RefusedError(
            f"The certificate {identifier} that the service returned is not signed by {ca.label}.",
            "Nothing of it was written. Ask the support of Alibaba Cloud.",
        )
    if holder is not None and not keys.same_key(certificate, holder):
        raise RefusedError(
            f"The certificate {identifier} that the service returned is for another key than the one requested.",
            "Nothing of it was written. Ask the support of Alibaba Cloud.",
        )


def revoke(session: Session, identifier: str) -> None:
    """Revoke a certificate for good."""

    def find() -> Params | None:
        found = api.certificate(session, identifier)
        return {} if found is None or api.status(found) == api.REVOKED else None

    sent = {"Identifier": identifier}
    session.write(api.PRODUCT, Action("CreateRevokeClientCertificate", sent, token=False, find_created=find), sent)


def delete(session: Session, identifier: str) -> None:
    """Remove a certificate that is revoked."""
    sent = {"Identifier": identifier}
    session.write(api.PRODUCT, Action("DeleteClientCertificate", sent, token=False, deletes=True), sent)
