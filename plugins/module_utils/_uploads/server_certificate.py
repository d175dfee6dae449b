# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server certificate in the certificate store. This module is PRIVATE to the collection.

The store can neither change a certificate nor tell its content, and it wants names to be unique. So the name under
which a certificate is uploaded says what is in it: ``<name>-<first 8 digits of the SHA-256 fingerprint>``.
"""

from __future__ import annotations

from .._cas import queries
from .._cas.pem import Certificate, check_key, source
from .._cas.upload_names import digest_name, is_upload_of
from .._core.action import Action
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.names import message
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import usage


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
    id_wire = "CertId"

    _certificate: Certificate | None = None
    _problem = ""
    _in_use: tuple[Object, ...] = ()  # replaced ones that stay

    def find(self) -> Found:
        name, leaving = self.params["name"], self.params["state"] == "absent"
        if problem := message("name", name, "certificate"):
            raise RefusedError(problem)
        wanted = "" if leaving else self._load()
        items = queries.uploads(self.session, expired=leaving or self.params["purge_superseded"])
        ours = [_brief(item) for item in items if is_upload_of(name, str(item.get("Name") or ""))]
        match = next((item for item in ours if item["name"] == wanted), None)
        others = tuple(item for item in ours if item is not match)
        if self.params["purge_superseded"] and not leaving:
            others, self._in_use = usage.split(self, others, usage.of_server_certificates)
        if leaving and others:
            match, others = others[0], others[1:]
        there = self.read(str(match["cas_id"])) if match and not leaving else match
        return Found(there, others)

    def _load(self) -> str:
        given = source(self.params, "certificate")
        self._problem = given.problem
        if given.text is None:
            return ""
        self._certificate = Certificate.parse(given.text, "certificate")
        return digest_name(self.params["name"], self._certificate.fingerprint)

    def read(self, identity: str) -> Object | None:
        return queries.upload(self.session, int(identity))

    def present(self, found: Found) -> list[Action]:
        superseded = found.others if self.params["purge_superseded"] else ()
        upload = [] if found.object else [self._upload()]
        return [*upload, *(_delete(item["cas_id"]) for item in superseded)]

    def absent(self, found: Found) -> list[Action]:
        there = [found.object, *found.others] if found.object else []
        return [_delete(item["cas_id"]) for item in there]

    def guard(self, found: Found, after: Object) -> None:
        if not after:
            usage.refuse_certificates(self, found, usage.of_server_certificates)
        if found.object or not after or self._certificate is None:
            return
        if fault := self._certificate.unfit():
            raise RefusedError(
                f"The certificate {self._certificate.common_name!r} {fault}.",
                "Issue a new one first, with an RSA or ECDSA key.",
            )
        key = source(self.params, "private_key")
        if key.text is not None:
            check_key(self._certificate, key.text)

    def extras(self, found: Found) -> Object:
        if self.params["state"] == "absent":
            return {}
        return {"superseded": list(found.others), "in_use": list(self._in_use)}

    def _upload(self) -> Action:
        if self._certificate is None:
            return Action("UploadUserCertificate", {}, {"name": KNOWN_AFTER_APPLY}, blocked=self._problem)
        name = digest_name(self.params["name"], self._certificate.fingerprint)
        return Action(
            "UploadUserCertificate",
            {"Name": name, "Cert": self._certificate.pem},
            {"name": name, **self._certificate.describe()},
            token=False,
            creates=True,
            # The key is read when it is needed, and is in no plan that could be shown.
            late=lambda: {"Key": source(self.params, "private_key").text},
            find_created=lambda: self._find_created(name),
            blocked=source(self.params, "private_key").problem,
        )

    def _find_created(self, name: str) -> Params | None:
        ours = (item for item in queries.uploads(self.session) if item.get("Name") == name)
        return next(({"CertId": item["CertificateId"]} for item in ours), None)


def _brief(item: Params) -> Object:
    return {"cas_id": item["CertificateId"], "name": item["Name"], "common_name": item.get("CommonName")}


def _delete(identity: int) -> Action:
    return Action("DeleteUserCertificate", {"CertId": identity}, token=False, deletes=True)
