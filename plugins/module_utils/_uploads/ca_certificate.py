# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA certificate in a certificate application repository. This module is PRIVATE to the collection.

The service calls a repository a warehouse. It returns no upload names, but its search finds them, so a CA is uploaded
as ``<name>-<first 8 digits of its SHA-256 fingerprint>``: whether a stored CA is ours can then be asked exactly.
"""

from __future__ import annotations

from .._cas import queries, repository
from .._cas.pem import Certificate, source
from .._cas.repository import Repository
from .._cas.upload_names import digest_name
from .._core.action import THIS, Action, Twin, Unique
from .._core.client import Params
from .._core.engine import SHOWN_WITHIN
from .._core.error_codes import Kind
from .._core.errors import CloudError, RefusedError, SeveralError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import usage


class StoredAuthority(Resource):
    noun = "CA certificate"
    key = "ca_certificate"
    product = "cas"
    names = (
        "ca_certificate_id",
        "name",
        "repository",
        "status",
        "common_name",
        "fingerprint_sha256",
        "serial_number",
        "not_before",
        "not_after",
    )
    id_name = "ca_certificate_id"
    id_wire = "Identifier"

    _certificate: Certificate | None = None
    _problem = ""
    _repository: Repository | None = None
    _in_use: tuple[Object, ...] = ()  # replaced ones that stay
    _kept: tuple[Object, ...] = ()  # certificates because of which the repository stays
    _others = 0

    def find(self) -> Found:
        leaving = self.params["state"] == "absent"
        if self.params["certificate"] or self.params["certificate_path"]:
            given = source(self.params, "certificate")
            self._problem = given.problem
            self._certificate = Certificate.parse(given.text, "certificate") if given.text is not None else None
        self._repository = repository.chosen(self.session, self.params)
        if self._repository is None:
            return Found()
        there = queries.stored(self.session, self._repository.number)
        match = self._match(there)
        self._others = len(there) - bool(match)
        others = self._named(match, self._repository.number) if leaving or self.params["purge_superseded"] else []
        if leaving:
            going = [item for item in [match, *others] if item]
            gone = {item[self.id_name] for item in going}
            self._kept = tuple(_brief(item) for item in there if item["Identifier"] not in gone)
            return Found(going[0] if going else None, tuple(going[1:]))
        superseded, self._in_use = usage.split(self, tuple(others), usage.of_ca_certificates)
        return Found(match, superseded)

    def _match(self, there: list[Params]) -> Object | None:
        """The stored CA with the content of ours, whatever its name. The list tells serial numbers only."""
        if self._certificate is None:
            return None
        serial = self._certificate.leaf.serial_number
        for item in there:
            maybe = _serial(item.get("SerialNo")) in (None, serial)
            found = self.read(item["Identifier"]) if maybe else None
            if found and found["fingerprint_sha256"] == self._certificate.fingerprint:
                return found
        return None

    def _named(self, match: Object | None, repository: int) -> list[Object]:
        """The other CAs in the repository that were uploaded under our name."""
        name, named = self.params["name"], []
        for item in queries.stored(self.session, repository, f"{name}-"):
            if match and item["Identifier"] == match[self.id_name]:
                continue
            there = self.read(item["Identifier"])
            if there is None:
                continue
            # The first search is a fuzzy one and may have found other names; this one cannot.
            exactly = queries.stored(self.session, repository, digest_name(name, there["fingerprint_sha256"]))
            if any(hit["Identifier"] == item["Identifier"] for hit in exactly):
                named.append(there)
        return named

    def read(self, identity: str) -> Object | None:
        there = queries.authority(self.session, identity)
        if there is None:
            return None
        return {
            "ca_certificate_id": identity,
            "name": self.params["name"],
            "repository": self.params["repository"],
            "status": there.status.lower(),
            **there.certificate.describe(),
        }

    def present(self, found: Found) -> list[Action]:
        if self._repository is None and not self.params["create_repository"]:
            raise RefusedError(
                f"There is no repository {self.params['repository']!r}.",
                'Make it in the console (data source "uploaded CA certificate"), or set create_repository: true.',
            )
        superseded = found.others if self.params["purge_superseded"] else ()
        return [
            *([] if self._repository or found.object else [repository.create(self.session, self.params["repository"])]),
            *([] if found.object else [self._upload()]),
            *(_delete(item[self.id_name]) for item in superseded),
        ]

    def absent(self, found: Found) -> list[Action]:
        there = [found.object, *found.others] if found.object else []
        actions = [_delete(item[self.id_name]) for item in there]
        if self._repository and not self._kept and self.params["remove_repository"]:
            actions.append(
                repository.delete(repository.own_id(self.session, self.params["repository"], self._repository))
            )
        return actions

    def guard(self, found: Found, after: Object) -> None:
        if not after:
            usage.refuse_certificates(self, found, usage.of_ca_certificates)
        if found.object or not after or self._certificate is None:
            return
        fault = "" if self._certificate.is_ca else "is not a certificate of a CA"
        if fault := fault or self._certificate.unfit():
            raise RefusedError(
                f"The certificate {self._certificate.common_name!r} {fault}.",
                "Give the certificate of a valid CA with an RSA or ECDSA key.",
            )

    def extras(self, found: Found) -> Object:
        if self.params["state"] == "absent":
            return {"kept": list(self._kept)}
        return {"superseded": list(found.others), "in_use": list(self._in_use), "others": self._others}

    def _upload(self) -> Action:
        known: Object = {"repository": self.params["repository"]}
        if self._certificate is None:
            return Action("UploadPCACert", {}, {**known, "name": KNOWN_AFTER_APPLY}, blocked=self._problem)
        certificate = self._certificate
        return Action(
            "UploadPCACert",
            {"Name": digest_name(self.params["name"], certificate.fingerprint), "Cert": certificate.pem},
            {**known, "name": self.params["name"], **certificate.describe()},
            token=False,
            creates=True,
            late=lambda: {"WarehouseId": self._made_repository()},
            find_created=self._find_created,
            unique=Unique(
                label=f"The CA certificate {self.params['name']!r}",
                identity=lambda answer: str(answer["Identifier"]),
                find=self._copies,
                unused=lambda identity: True,  # nobody else knows its id yet
                remove=lambda identity: [_delete(THIS)],
                advice="Both hold the same certificate; state: absent removes both.",
            ),
        )

    def _made_repository(self) -> int:
        """Return the number of the repository, of which CreateWarehouse tells another id than UploadPCACert wants."""
        started = self.session.budget.clock()
        for _look in self.session.budget.poll():
            over = self.session.budget.clock() - started >= SHOWN_WITHIN
            try:
                if there := repository.chosen(self.session, self.params):
                    return there.number
            except SeveralError:  # the run that made the other one removes it
                if over:
                    raise
            if over:
                break
        raise CloudError(
            f"The repository {self.params['repository']!r} does not show in ListCertWarehouse: it was deleted while "
            "this run waited for it, or repositories made through the API do not show there.",
            code="Deleted",
            kind=Kind.MISSING,
            hint='Run again; if it stays so, make it in the console, with the data source "uploaded CA certificate".',
        )

    def _find_created(self) -> Params | None:
        match = self._match(queries.stored(self.session, self._made_repository()))
        return {"Identifier": match[self.id_name]} if match else None

    def _copies(self) -> list[Twin]:
        """Return the certificates in the repository that were uploaded under our name with our content."""
        if self._certificate is None:
            return []
        name = digest_name(self.params["name"], self._certificate.fingerprint)
        found = queries.stored(self.session, self._made_repository(), name)
        return [Twin("", item["Identifier"]) for item in found]


def _serial(text: object) -> int | None:
    """A serial number as the service writes it: hexadecimal, padded or not, or left out."""
    try:
        return int(str(text or "").replace(":", ""), 16)
    except ValueError:
        return None


def _brief(item: Params) -> Object:
    return {"ca_certificate_id": item["Identifier"], "common_name": item.get("CommonName")}


def _delete(identity: str) -> Action:
    return Action("DeletePCACert", {"Identifier": identity}, token=False, deletes=True)
