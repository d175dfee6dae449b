# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server certificate in the certificate store. Private to this collection.

The store can neither change a certificate nor return its content, and it wants names to be unique. So the name of an
upload tells what is in it: ``<name>-<first 8 digits of the SHA-256 fingerprint>``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._cas import queries
from .._cas.pem import Certificate, checked_key, source
from .._cas.upload_names import digest_name, is_upload_of
from .._core.action import Action
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import usage


@dataclass(frozen=True)
class _Context:
    """What planning knows beside the stored certificates.

    Attributes:
        certificate: the certificate that the user gives, None if there is none yet.
        problem: why there is none yet.
        in_use: replaced certificates that stay because listeners use them.
    """

    certificate: Certificate | None = None
    problem: str = ""
    in_use: tuple[Object, ...] = ()


def _context(found: Found) -> _Context:
    return found.context or _Context()


class StoredCertificate(Resource):
    noun = "certificate"
    key = "certificate"
    product = "cas"
    names = (
        "certificate_id",
        "cas_id",
        "name",
        "common_name",
        "fingerprint_sha256",
        "serial_number",
        "not_before",
        "not_after",
    )
    id_name = "cas_id"
    id_parameter = "CertId"

    def find(self) -> Found:
        name = self.params["name"]
        removing, purge = self.params["state"] == "absent", self.params["purge_superseded"]
        certificate, problem = (None, "") if removing else self._load()
        items = queries.server_certificates(self.session, expired=removing or purge)
        own = [_brief(item) for item in items if is_upload_of(name, str(item.get("Name") or ""))]
        if removing:
            return Found(own[0] if own else None, tuple(own[1:]))
        wanted = digest_name(name, certificate.fingerprint) if certificate else ""
        match = next((item for item in own if item["name"] == wanted), None)
        others, in_use = tuple(item for item in own if item is not match), tuple[Object, ...]()
        if purge:
            others, in_use = usage.split(self, others, usage.of_server_certificates)
        current = self.read(str(match["cas_id"])) if match else None
        return Found(current, others, _Context(certificate, problem, in_use))

    def _load(self) -> tuple[Certificate | None, str]:
        """Return the certificate that the user gives, or None and why there is none yet."""
        given = source(self.params, "certificate")
        return None if given.text is None else Certificate.parse(given.text, "certificate"), given.problem

    def read(self, identity: str) -> Object | None:
        return queries.server_certificate(self.session, int(identity))

    def present(self, found: Found) -> list[Action]:
        superseded = found.others if self.params["purge_superseded"] else ()
        upload = [] if found.object else [self._upload(_context(found))]
        return [*upload, *(_delete(item["cas_id"]) for item in superseded)]

    def absent(self, found: Found) -> list[Action]:
        removed = [found.object, *found.others] if found.object else []
        return [_delete(item["cas_id"]) for item in removed]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            usage.refuse_certificates(self, found, usage.of_server_certificates)
        certificate = _context(found).certificate
        if found.object or not after or certificate is None:
            return
        if fault := certificate.unfit():
            raise RefusedError(
                f"The certificate {certificate.common_name!r} {fault}.",
                "Issue a new one first, with an RSA or ECDSA key.",
            )
        key = source(self.params, "private_key")
        if key.text is not None:
            checked_key(certificate, key.text)

    def extras(self, found: Found) -> Object:
        if self.params["state"] == "absent":
            return {}
        return {"superseded": list(found.others), "in_use": list(_context(found).in_use)}

    def _upload(self, context: _Context) -> Action:
        certificate = context.certificate
        if certificate is None:
            return Action("UploadUserCertificate", {}, {"name": KNOWN_AFTER_APPLY}, error=context.problem)
        name = digest_name(self.params["name"], certificate.fingerprint)
        return Action(
            "UploadUserCertificate",
            {"Name": name, "Cert": certificate.pem},
            {"name": name, **certificate.describe()},
            creates=True,
            # The key is read when it is sent, so that it is in no plan.
            deferred_params=lambda: {"Key": source(self.params, "private_key").text},
            find_created=lambda: self._find_created(name),
            error=source(self.params, "private_key").problem,
        )

    def _find_created(self, name: str) -> Params | None:
        own = (item for item in queries.server_certificates(self.session) if item.get("Name") == name)
        return next(({"CertId": item["CertificateId"]} for item in own), None)


def _brief(item: Params) -> Object:
    return {"cas_id": item["CertificateId"], "name": item["Name"], "common_name": item.get("CommonName")}


def _delete(number: int) -> Action:
    return Action("DeleteUserCertificate", {"CertId": number}, deletes=True)
