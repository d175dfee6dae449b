# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA certificate in a certificate application repository. Private to this collection.

The service calls a repository a warehouse. It returns no upload names, but its search finds them, so a CA certificate
is uploaded as ``<name>-<first 8 digits of its SHA-256 fingerprint>``: a search tells exactly whether a stored one is
ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._cas import queries, repository
from .._cas.pem import Certificate, source
from .._cas.repository import Repository
from .._cas.upload_names import digest_name
from .._core.action import SELF_ID, Action, Twin, Unique
from .._core.client import Params
from .._core.engine import SHOWN_WITHIN
from .._core.error_codes import Kind
from .._core.errors import CloudError, RefusedError, SeveralError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import usage


@dataclass(frozen=True)
class _Context:
    """What planning knows beside the CA certificates.

    Attributes:
        certificate: the certificate that the user gives, None if there is none yet.
        problem: why there is none yet.
        repository: the repository, None if it does not exist.
        repository_id: the id by which the repository is deleted, empty if it stays.
        in_use: replaced certificates that stay because listeners use them.
        kept: the certificates because of which the repository stays.
        others: how many other certificates are in the repository.
    """

    certificate: Certificate | None = None
    problem: str = ""
    repository: Repository | None = None
    repository_id: str = ""
    in_use: tuple[Object, ...] = ()
    kept: tuple[Object, ...] = ()
    others: int = 0


def _context(found: Found) -> _Context:
    return found.context or _Context()


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
    id_parameter = "Identifier"

    def find(self) -> Found:
        context = replace(
            self._given(), repository=repository.chosen(self.session, repository.for_uploads(self.params))
        )
        if context.repository is None:
            return Found(context=context)
        removing = self.params["state"] == "absent"
        stored = queries.certificates_in(self.session, context.repository.number)
        match = self._match(context.certificate, stored)
        others: list[Object] = []
        if removing or self.params["purge_superseded"]:
            others = self._others_of_name(match, context.repository.number)
        context = replace(context, others=len(stored) - bool(match))
        if removing:
            return self._found_for_removal([item for item in [match, *others] if item], stored, context)
        users = usage.of_ca_certificates(self.session, [str(item[self.id_name]) for item in others])
        superseded, in_use = usage.split(self, tuple(others), users, "Give them the new one")
        return Found(match, superseded, replace(context, in_use=in_use))

    def _repository(self) -> Repository | None:
        """Return the repository, None if it does not exist. Raises RefusedError and SeveralError, see ``chosen``."""
        return repository.chosen(self.session, repository.for_uploads(self.params))

    def _given(self) -> _Context:
        """Return the context with the certificate that the user gives."""
        if not (self.params["certificate"] or self.params["certificate_path"]):
            return _Context()
        given = source(self.params, "certificate")
        if given.text is None:
            return _Context(problem=given.problem)
        return _Context(Certificate.parse(given.text, "certificate"))

    def _found_for_removal(self, removed: list[Object], stored: list[Params], context: _Context) -> Found:
        """Return the ``removed`` certificates, and the repository if it is removed with them."""
        ids = {item[self.id_name] for item in removed}
        kept = tuple(_brief(item) for item in stored if item["Identifier"] not in ids)
        own_id = ""
        if context.repository and not kept and self.params["remove_repository"]:
            own_id = repository.own_id(self.session, self.params["repository"], context.repository)
        context = replace(context, kept=kept, repository_id=own_id)
        return Found(removed[0] if removed else None, tuple(removed[1:]), context)

    def _match(self, certificate: Certificate | None, stored: list[Params]) -> Object | None:
        """Return the one of ``stored`` with the content of ``certificate``, whatever its name; None if there is none.

        The list has serial numbers, but no content.
        """
        if certificate is None:
            return None
        for item in stored:
            maybe = serial_number(item.get("SerialNo")) in (None, certificate.leaf.serial_number)
            found = self.read(item["Identifier"]) if maybe else None
            if found and found["fingerprint_sha256"] == certificate.fingerprint:
                return found
        return None

    def _others_of_name(self, match: Object | None, number: int) -> list[Object]:
        """Return the other CA certificates in the repository that were uploaded under our name."""
        leave_out = str(match[self.id_name]) if match else ""
        uploads = queries.uploaded_as(self.session, number, self.params["name"], leave_out=leave_out)
        return [self._described(identifier, stored) for identifier, stored in uploads]

    def read(self, identity: str) -> Object | None:
        stored = queries.ca_certificate(self.session, identity)
        return None if stored is None else self._described(identity, stored)

    def _described(self, identifier: str, stored: queries.CaCertificate) -> Object:
        return {
            "ca_certificate_id": identifier,
            "name": self.params["name"],
            "repository": self.params["repository"],
            "status": stored.status.lower(),
            **stored.certificate.describe(),
        }

    def present(self, found: Found) -> list[Action]:
        context = _context(found)
        if context.repository is None and not self.params["create_repository"]:
            raise RefusedError(
                f"There is no repository {self.params['repository']!r}.",
                'Make it in the console (data source "uploaded CA certificate"), or set create_repository: true.',
            )
        create = not context.repository and not found.object
        superseded = found.others if self.params["purge_superseded"] else ()
        return [
            *([repository.create(self.session, self.params["repository"])] if create else []),
            *([] if found.object else [self._upload(context)]),
            *(_delete(item[self.id_name]) for item in superseded),
        ]

    def absent(self, found: Found) -> list[Action]:
        removed = [found.object, *found.others] if found.object else []
        identity = _context(found).repository_id
        return [
            *(_delete(item[self.id_name]) for item in removed),
            *([repository.delete(identity)] if identity else []),
        ]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            usage.refuse_certificates(self, found, usage.of_ca_certificates)
        certificate = _context(found).certificate
        if found.object or not after or certificate is None:
            return
        fault = "" if certificate.is_ca else "is not a certificate of a CA"
        if fault := fault or certificate.unfit():
            raise RefusedError(
                f"The certificate {certificate.common_name!r} {fault}.",
                "Give the certificate of a valid CA with an RSA or ECDSA key.",
            )

    def extras(self, found: Found) -> Object:
        context = _context(found)
        if self.params["state"] == "absent":
            return {"kept": list(context.kept)}
        return {"superseded": list(found.others), "in_use": list(context.in_use), "others": context.others}

    def _upload(self, context: _Context) -> Action:
        after: Object = {"repository": self.params["repository"]}
        certificate = context.certificate
        if certificate is None:
            return Action("UploadPCACert", {}, {**after, "name": KNOWN_AFTER_APPLY}, error=context.problem)
        name = digest_name(self.params["name"], certificate.fingerprint)
        return Action(
            "UploadPCACert",
            {"Name": name, "Cert": certificate.pem},
            {**after, "name": self.params["name"], **certificate.describe()},
            token=False,
            creates=True,
            deferred_params=lambda: {"WarehouseId": self._wait_for_repository()},
            find_created=lambda: self._find_created(certificate),
            unique=Unique(
                label=f"The CA certificate {self.params['name']!r}",
                identity=lambda answer: str(answer["Identifier"]),
                find=lambda: self._copies(name),
                unused=lambda identity: True,  # no listener has an id that is new
                remove=lambda identity: [_delete(SELF_ID)],
                advice="Both hold the same certificate; state: absent removes both.",
            ),
        )

    def _wait_for_repository(self) -> int:
        """Return the number of the repository, which CreateWarehouse does not return and UploadPCACert needs."""
        started = self.session.budget.clock()
        for _poll in self.session.budget.poll():
            over = self.session.budget.clock() - started >= SHOWN_WITHIN
            try:
                if found := self._repository():
                    return found.number
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

    def _find_created(self, certificate: Certificate) -> Params | None:
        stored = queries.certificates_in(self.session, self._wait_for_repository())
        match = self._match(certificate, stored)
        return {"Identifier": match[self.id_name]} if match else None

    def _copies(self, upload_name: str) -> list[Twin]:
        """Return the certificates in the repository that were uploaded under this name, which tells the content."""
        found = queries.certificates_in(self.session, self._wait_for_repository(), upload_name)
        return [Twin("", item["Identifier"]) for item in found]


def serial_number(text: object) -> int | None:
    """Return a serial number that the service writes in hexadecimal, padded or not; None if it leaves it out."""
    try:
        return int(str(text or "").replace(":", ""), 16)
    except ValueError:
        return None


def _brief(item: Params) -> Object:
    return {"ca_certificate_id": item["Identifier"], "common_name": item.get("CommonName")}


def _delete(identity: str) -> Action:
    return Action("DeletePCACert", {"Identifier": identity}, token=False, deletes=True)
