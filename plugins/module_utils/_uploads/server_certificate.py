# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server certificate in the certificate store. Private to this collection.

The store can neither change a certificate nor return its content, and it wants names to be unique. So the name of an
upload tells what is in it: ``<name>-<first 8 digits of the SHA-256 fingerprint>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from .._alb.certificate_use import CertificateUse, NewCertificate, replaced
from .._alb.usage import listed, listener_user
from .._cas import queries
from .._cas.pem import Certificate, checked_key, source
from .._cas.server_certificates import is_valid_for, matches, of_name, summary
from .._cas.upload_names import digest_name
from .._core.action import Action
from .._core.client import Params
from .._core.errors import RefusedError
from .._core.resource import Found, Resource
from .._core.values import KNOWN_AFTER_APPLY, Object
from . import usage

_SHOWN = ("cas_id", "name", "common_name", "not_after", "status")  # of other certificates than that of the task


@dataclass(frozen=True)
class _Context:
    """What planning knows beside the stored certificates.

    Attributes:
        certificate: the certificate that the user gives, None if there is none yet.
        problem: why there is none yet.
        uses: the listeners that have one of the other certificates, by its number, as far as they were read.
        in_use: certificates that were to be removed and stay, because listeners use them.
    """

    certificate: Certificate | None = None
    problem: str = ""
    uses: Mapping[str, list[CertificateUse]] = field(default_factory=dict)
    in_use: tuple[Object, ...] = ()


def _context(found: Found) -> _Context:
    return found.context or _Context()


class StoredCertificate(Resource):
    """An upload, with the other uploads of its name and the certificates that it replaces in ``Found.others``."""

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
        name, removing = self.params["name"], self.params["state"] == "absent"
        certificate, problem = (None, "") if removing else self._load()
        items = self._stored()
        own = of_name(self.session, name, items)
        if removing:
            return Found(own[0] if own else None, tuple(own[1:]))
        match = self._match(own, items, certificate)
        others = [item for item in own if item is not match]
        ours = {item["cas_id"] for item in own}
        others += [item for item in items if item["cas_id"] not in ours and self._is_replaced(item, certificate)]
        current = self.read(str(match["cas_id"])) if match else None
        return self._with_uses(Found(current, tuple(others), _Context(certificate, problem)))

    def _stored(self) -> list[Object]:
        """Return the certificates in the store, also those that have expired if something becomes of them."""
        options = ("purge_superseded", "purge_expired", "switch_listeners", "replaces")
        wide = self.params["state"] == "absent" or any(self.params[option] for option in options)
        bought = bool(self.params["replaces"])
        found = queries.server_certificates(self.session, expired=wide, bought=bought)
        return [summary(item, self.params["region"]) for item in found]

    def _load(self) -> tuple[Certificate | None, str]:
        """Return the certificate that the user gives, or None and why there is none yet."""
        given = source(self.params, "certificate")
        return None if given.text is None else Certificate.parse(given.text, "certificate"), given.problem

    def _match(self, own: list[Object], items: list[Object], certificate: Certificate | None) -> Object | None:
        """Return the upload of ``certificate``. Raises RefusedError if another certificate has its name."""
        if certificate is None:
            return None
        wanted = digest_name(self.params["name"], certificate.fingerprint)
        named = next((item for item in items if item["name"] == wanted), None)
        facts = certificate.describe()
        alike = ("fingerprint_sha256", "serial_number")
        if named is None or any(named[key] in (None, facts[key]) for key in alike):
            return next((item for item in own if item["name"] == wanted), named)
        raise RefusedError(
            f"The certificate {named['cas_id']} has the name {wanted!r} already, and another content.",
            "It was not uploaded by this module. Rename it in the console, or choose another name.",
        )

    def _is_replaced(self, item: Object, certificate: Certificate | None) -> bool:
        """Return whether the user says that the certificate is replaced; one with the same content never is."""
        same = certificate is not None and item["fingerprint_sha256"] == certificate.fingerprint
        return not same and any(matches(item, filters) for filters in self.params["replaces"] or [])

    def _with_uses(self, found: Found) -> Found:
        """Return ``found`` with the listeners that have the other certificates, if something becomes of these."""
        switching = self.params["switch_listeners"]
        asked = [item for item in found.others if switching or self._is_removed(item)]
        if not asked:
            return found
        uses = usage.on_listeners(self.session, [str(item["cas_id"]) for item in asked], required=switching)
        in_use = tuple[Object, ...]()
        if not switching:
            advice = "Give them the new one, which switch_listeners: true does"
            _unused, in_use = usage.split(self, tuple(asked), usage.as_users(uses), advice)
        return replace(found, context=replace(_context(found), uses=uses, in_use=in_use))

    def _is_ours(self, item: Object) -> bool:
        return bool(item["uploaded_name"] == self.params["name"] and item["uploaded"])

    def _is_removed(self, item: Object) -> bool:
        """Return whether a certificate is to be removed, unless listeners use it. Those of others never are."""
        expired = self.params["purge_expired"] and item["status"] == "expired"
        return self._is_ours(item) and (self.params["purge_superseded"] or expired)

    def read(self, identity: str) -> Object | None:
        return queries.server_certificate(self.session, int(identity))

    def present(self, found: Found) -> list[Action]:
        upload = [] if found.object else [self._upload(_context(found))]
        return [*upload, *self._switches(found), *(_delete(item["cas_id"]) for item in self._removed(found))]

    def _removed(self, found: Found) -> list[Object]:
        """Return the other certificates that go."""
        in_use = _context(found).in_use
        return [item for item in found.others if self._is_removed(item) and item not in in_use]

    def _switched(self, found: Found) -> dict[str, tuple[CertificateUse, set[str]]]:
        """Return the listeners that get the new certificate, each with the ids of those that it replaces."""
        switched: dict[str, tuple[CertificateUse, set[str]]] = {}
        for item in found.others if self.params["switch_listeners"] else ():
            for use in _context(found).uses.get(str(item["cas_id"]), []):
                _use, old = switched.setdefault(use.listener["listener_id"], (use, set()))
                old |= use.ids_of(str(item["cas_id"]))
        return switched

    def _switches(self, found: Found) -> Iterator[Action]:
        identity = (found.object or {}).get("certificate_id") or KNOWN_AFTER_APPLY
        name = self._upload_name(_context(found).certificate)
        new = NewCertificate(identity, cache(lambda: self._id_of_upload(name)))
        for use, old in self._switched(found).values():
            yield from replaced(use, old, new)

    def _upload_name(self, certificate: Certificate | None) -> str:
        """Return the name under which ``certificate`` is uploaded; KNOWN_AFTER_APPLY while there is none."""
        return digest_name(self.params["name"], certificate.fingerprint) if certificate else KNOWN_AFTER_APPLY

    def _id_of_upload(self, name: str) -> str:
        """Return the id by which listeners know the upload called ``name``."""
        created = self._find_created(name) or {}
        return str((self.read(str(created["CertId"])) or {})["certificate_id"])

    def absent(self, found: Found) -> list[Action]:
        removed = [found.object, *found.others] if found.object else []
        return [_delete(item["cas_id"]) for item in removed]

    def check(self, found: Found, after: Object) -> None:
        if not after:
            usage.refuse_certificates(self, found, usage.of_server_certificates)
        certificate = _context(found).certificate
        if not after or certificate is None:
            return
        self._check_names(found, certificate)
        if found.object and not self._switched(found):
            return
        if fault := certificate.unfit():
            raise RefusedError(
                f"The certificate {certificate.common_name!r} {fault}.",
                "Issue a new one first, with an RSA or ECDSA key.",
            )
        key = source(self.params, "private_key")
        if not found.object and key.text is not None:
            checked_key(certificate, key.text)

    def _check_names(self, found: Found, certificate: Certificate) -> None:
        """Raise RefusedError if a listener would be left without a certificate for a name that it has one for now."""
        for item in found.others:
            uses = _context(found).uses.get(str(item["cas_id"]), []) if self.params["switch_listeners"] else []
            missing = [name for name in item["domains"] if not is_valid_for(certificate.host_names, name)]
            if uses and missing:
                raise RefusedError(
                    f"The certificate {certificate.common_name!r} is not valid for {', '.join(missing)}, and "
                    f"{listed(listener_user(use.listener) for use in uses)} would have none for it in place of "
                    f"{item['cas_id']} ({item['name']}).",
                    "Issue one with these names. To give them up, set certificate_ids of the listener with "
                    "alicloud.mtls.alb_listener, and leave switch_listeners off.",
                )

    def extras(self, found: Found) -> Object:
        if self.params["state"] == "absent":
            return {"removed": [_brief(item) for item in (found.object, *found.others) if item]}
        own = [item for item in found.others if self._is_ours(item)]
        removed, in_use = self._removed(found), _context(found).in_use
        superseded = removed if self.params["purge_superseded"] else own
        return {
            "superseded": [_brief(item) for item in superseded],
            "replaced": [_brief(item) for item in found.others if item not in own],
            "in_use": [_brief(item) for item in in_use],
            "removed": [_brief(item) for item in removed],
            "switched": [
                {**use.describe(identity), "replaced": identity}
                for use, old in self._switched(found).values()
                for identity in sorted(old)
            ],
        }

    def beside(self, found: Found) -> tuple[Object, Object]:
        """Return the certificates of the listeners that are switched, and the names of the uploads that go."""
        if self.params["state"] == "absent":
            return {}, {}
        switched = self._switched(found)
        new = self._upload_name(_context(found).certificate)
        names = {str(item["cas_id"]): item["name"] for item in found.others}
        before = {
            identity: sorted(name for number, name in names.items() if use.ids_of(number))
            for identity, (use, _old) in switched.items()
        }
        removed = sorted(item["name"] for item in self._removed(found))
        return (
            {**({"listeners": before} if before else {}), **({"superseded": removed} if removed else {})},
            {"listeners": {identity: [new] for identity in before}} if before else {},
        )

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
            # The key is read when it is sent, so that it is in no plan, and checked then: a file can change in between.
            deferred_params=lambda: {"Key": self._key(certificate)},
            find_created=lambda: self._find_created(name),
            error=source(self.params, "private_key").problem,
        )

    def _key(self, certificate: Certificate) -> str:
        """Return the private key as it is sent. Raises RefusedError if it cannot be read or belongs to another one."""
        key = source(self.params, "private_key")
        if key.text is None:
            raise RefusedError(key.problem)
        return checked_key(certificate, key.text)

    def _find_created(self, name: str) -> Params | None:
        own = (item for item in queries.server_certificates(self.session) if item.get("Name") == name)
        return next(({"CertId": item["CertificateId"]} for item in own), None)


def _brief(item: Object) -> Object:
    return {name: item.get(name) for name in _SHOWN}


def _delete(number: int) -> Action:
    return Action("DeleteUserCertificate", {"CertId": number}, deletes=True)
