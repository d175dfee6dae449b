# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a private CA: a list of them is brought into the wanted state. Private to this collection."""

from __future__ import annotations

import contextlib
import os
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence

from .._arguments import texts
from .._core.error_codes import Kind
from .._core.errors import CloudError, ModuleError, RefusedError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object
from .._pki import certificate as local
from .._pki import conversion, results, similar_names
from .._pki.storage import files
from .._x509 import build, describe, names, times
from .._x509.errors import CertificateError
from . import api, authority, end_entity, orders
from .authority import PrivateCa
from .conversion import Wanted
from .end_entity import Plan
from .orders import Listing, Order

Params = Mapping[str, t.Any]
Wants = Callable[[PrivateCa], Sequence[Wanted | CertificateError]]

_FOR_ALL = (Kind.DENIED, Kind.UNREACHABLE, Kind.WRONG_ENDPOINT, Kind.NOT_API, Kind.TRANSIENT)


class Batch:
    """The certificates of one task, in the order of the task."""

    def __init__(self, session: Session, params: Params, write: bool, wants: Wants) -> None:
        self._session, self._params, self._write = session, params, write
        self.ca = authority.chosen(session, params)
        self._now = times.now()
        self.errors: dict[int, ModuleError] = {}
        self.items: dict[int, Wanted] = {}
        for number, item in enumerate(wants(self.ca)):
            if isinstance(item, CertificateError):
                self.errors[number] = item
            else:
                self.items[number] = item
        self._refuse_duplicates()
        orders.check_names(self.items.values())

    def ensure(self, content: bool) -> Object:
        """Bring all of them into the wanted state, without ``write`` only in memory. ``content``: return PEM as well.

        Raises ModuleError, before the first write, for what concerns them all.
        """
        plans = self._plans()
        self._check_ca(plans)
        done: dict[int, Object] = {}
        with self._locked(plans):
            if self._write and any(item.reasons for item in plans.values()):
                plans = self._plans()  # another run may have been at it before the lock was free
                self._check_ca(plans)
            stopped: ModuleError | None = None
            for number, item in plans.items():
                try:
                    if stopped:
                        raise CertificateError("It was not tried after the error before it.", code="not_tried")
                    done[number] = self._carry_out(item, content)
                except OSError as error:
                    self.errors[number] = files.file_error(error)
                except ModuleError as error:
                    self.errors[number] = error
                    stopped = error if isinstance(error, CloudError) and error.kind in _FOR_ALL else stopped
        return self._result(done, plans)

    def withdraw(self) -> Object:
        """Revoke the certificates of the task, and for ``state: absent`` remove them from the service.

        Only certificates of this collection's making for these clients are meant, those in their files, and those that
        ``certificate_id`` names. Raises RefusedError without the consent that revoking takes.
        """
        listing = Listing.read(self._session, self.ca)
        found = {number: _of_client(item, listing) for number, item in self.items.items() if number not in self.errors}
        self._refuse_misspelt(found, listing)
        to_revoke = [item for entries in found.values() for item in entries if orders.is_issued(item)]
        if to_revoke and not self._params["revoke"]:
            names = ", ".join(sorted({str(item.get("CommonName")) for item in to_revoke}))
            raise RefusedError(
                f"{len(to_revoke)} certificate(s) of {names} are valid, and to revoke them cannot be undone.",
                "Set revoke: true as well if that is what you want.",
            )
        certificates = []
        for number, entries in found.items():
            revoked = [str(item["Identifier"]) for item in entries if orders.is_issued(item)]
            gone = [str(item["Identifier"]) for item in entries] if self._params["state"] == "absent" else []
            for identifier in revoked if self._write else []:
                orders.revoke(self._session, identifier)
            for entry in entries if self._write and gone else []:
                if not orders.is_issued(entry) and api.status(entry) == api.ISSUED:
                    orders.revoke(self._session, str(entry["Identifier"]))  # one that has expired
                orders.delete(self._session, str(entry["Identifier"]))
            changed = bool(revoked or gone)
            name = self.items[number].name
            certificates.append({"name": name, "revoked": revoked, "removed": gone, "changed": changed})
        return {
            "changed": any(item["changed"] for item in certificates),
            "ca_id": self.ca.identifier,
            "certificates": certificates,
            "failures": self.failures,
            "warnings": [],
            "diff": {
                "before": {item["name"]: "issued" for item in certificates if item["changed"]},
                "after": {item["name"]: self._params["state"] for item in certificates if item["changed"]},
            },
        }

    def _refuse_misspelt(self, found: dict[int, list[dict[str, t.Any]]], listing: Listing) -> None:
        """Fail, and take out of ``found``, clients without a certificate whose name has another form at the CA."""
        for number in [number for number, entries in found.items() if not entries]:
            name = self.items[number].common_name
            others = {str(item.get("CommonName")) for item in listing.issued} - {name}
            if other := next((other for other in sorted(others) if texts.folded(other) == texts.folded(name)), None):
                mine, theirs = texts.shown(name, other), texts.shown(other, name)
                self.errors[number] = CertificateError(
                    f"{self.ca.label[0].upper()}{self.ca.label[1:]} has no certificate of {mine}, but one of {theirs}.",
                    "Write the common name as it is in the certificate.",
                    "unknown_certificate",
                )
                del found[number]

    def _plans(self) -> dict[int, Plan]:
        listing = Listing.read(self._session, self.ca)
        plans = {}
        for number, item in self.items.items():
            if number not in self.errors:
                try:
                    plans[number] = end_entity.plan(item, self.ca, listing, self._now)
                except CertificateError as error:
                    self.errors[number] = error
                except OSError as error:
                    self.errors[number] = files.file_error(error)
        self.errors |= self._similar(plans, listing)
        return {number: item for number, item in plans.items() if number not in self.errors}

    def _similar(self, plans: Mapping[int, Plan], listing: Listing) -> Mapping[int, ModuleError]:
        """Return an error for each new client whose name differs from that of another one only in form."""
        wanted = {number: item.wanted.desired for number, item in plans.items() if item.orders}
        new = {number: item for number, item in wanted.items() if not os.path.lexists(item.paths["certificate"])}
        issued = similar_names.Names()
        for item in listing.issued:
            issued.add(str(item.get("CommonName")), f"the certificate {item.get('Identifier')}")
        return similar_names.check(new, [item.desired for item in self.items.values()], issued.like, _beside)

    def _check_ca(self, plans: Mapping[int, Plan]) -> None:
        files.check_directories({os.path.dirname(item.wanted.path) for item in plans.values()})
        if number := sum(item.orders for item in plans.values()):
            self.ca.check_can_issue(number, self._now)

    @contextlib.contextmanager
    def _locked(self, plans: Mapping[int, Plan]) -> Iterator[None]:
        """Keep other runs away from the directory while something is made in it."""
        if not self._write or not any(item.reasons for item in plans.values()):
            yield
            return
        directory = conversion.directory(self._params["path"], "path")
        files.make_directory(directory, conversion.owner(self._params["owner"], self._params["group"]))
        seconds = times.duration(self._params["lock_timeout"], "lock_timeout").total_seconds()
        with files.lock(os.path.join(directory, ".pca.lock"), directory, seconds):
            yield

    def _carry_out(self, plan: Plan, content: bool) -> Object:
        if not plan.inspection.issues:
            finish = end_entity.write if self._write and plan.reasons else _in_memory
            return _of(finish(plan, None, None), plan.existing, content)
        if not self._write:
            return self._planned(plan)
        key = None if plan.wanted.algorithm or plan.wanted.desired.request else end_entity.new_key(plan)
        identifier = plan.existing or self._order(plan, key)
        certificate = orders.fetch_certificate(self._session, identifier)
        if plan.wanted.algorithm:
            key = orders.fetch_key(self._session, identifier)
        orders.check_issued(certificate, self.ca, key or plan.inspection.case.key_holder, identifier)
        return _of(end_entity.write(plan, certificate, key), identifier, content)

    def _order(self, plan: Plan, key: t.Any) -> str:
        until, begin = plan.inspection.case.until, self._now - build.BACKDATE
        validity = (max(begin, self.ca.certificate.not_valid_before_utc), until)
        name = plan.custom_identifier or f"{orders.content_mark(plan.wanted, key)}1"
        return Order(plan.wanted, name, validity, key).place(self._session, self.ca, self._params)

    def _planned(self, plan: Plan) -> Object:
        """Return the certificate that would be ordered, or fetched."""
        desired = plan.wanted.desired
        alternative: dict[str, list[str]] = {key: [] for key in _NAMES.values()}
        for kind, value in map(orders.name_of, desired.names):
            alternative[_NAMES[kind]].append(value)
        known = {
            "subject": names.subject_dict(desired.subject),
            "issuer": names.subject_dict(self.ca.certificate.subject),
            **alternative,
            "key": str(desired.key),
            "not_before": KNOWN_AFTER_APPLY,
            "not_after": KNOWN_AFTER_APPLY if plan.existing else times.iso(plan.inspection.case.until),
            "serial_number": KNOWN_AFTER_APPLY,
            "fingerprint_sha256": KNOWN_AFTER_APPLY,
        }
        current = plan.inspection.case.current
        file_names = {kind: os.path.basename(path) for kind, path in desired.paths.items()}
        before = {
            **(describe.contents(current.certificate) if current.certificate else {}),
            "files": sorted(file_names[kind] for kind in current.content),
        }
        reasons = results.reasons(plan.inspection)
        after = {**known, "files": sorted(file_names.values()), "reasons": [item["code"] for item in reasons]}
        shown = results.unchanged(desired, known, None) | {"changed": True, "reasons": reasons}
        return {
            "name": plan.wanted.name,
            **shown,
            "certificate_id": plan.existing or KNOWN_AFTER_APPLY,
            "_diff": ({plan.wanted.path: before}, {plan.wanted.path: after}),
        }

    def _result(self, done: Mapping[int, Object], plans: Mapping[int, Plan]) -> Object:
        ordered = [item for number, item in plans.items() if number in done and item.orders]
        shortened = [item for item in ordered if item.inspection.shortened_by_ca]
        warnings = []
        if shortened:
            first = shortened[0]
            warnings.append(
                f"{len(shortened)} certificate(s), such as {first.wanted.name}, end at"
                f" {times.iso(first.inspection.case.until)} and so earlier than wanted: {self.ca.label} lets them be"
                " valid no longer."
            )
        changes = [item.pop("_diff") for item in done.values()]
        return {
            "changed": any(item["changed"] for item in done.values()),
            "ca_id": self.ca.identifier,
            "certificates": [done[number] for number in sorted(done)],
            "failures": self.failures,
            "warnings": warnings,
            "diff": {
                "before": {path: facts for before, _after in changes for path, facts in before.items()},
                "after": {path: facts for _before, after in changes for path, facts in after.items()},
            },
        }

    def _refuse_duplicates(self) -> None:
        """Fail those that would share a file or a common name with another one."""
        paths: dict[str, list[int]] = {}
        for number, item in self.items.items():
            for path in [*item.desired.paths.values(), f"common name {item.common_name}"]:
                paths.setdefault(path, []).append(number)
        for what, numbers in paths.items():
            for number in numbers if len(numbers) > 1 else []:
                kind = "" if what.startswith("common name ") else "file "
                message = f"Several have the {kind}{what}."
                self.errors[number] = CertificateError(message, "Give each its own.", "duplicate")

    @property
    def failures(self) -> list[Object]:
        """The errors as users see them, in the order of the task; the caller knows the names."""
        return [
            {"position": number, "code": error.code or "refused", "message": error.report()["msg"]}
            for number, error in sorted(self.errors.items())
        ]


_NAMES = {
    "DNSName": "dns_names",
    "IPAddress": "ip_addresses",
    "RFC822Name": "email_addresses",
    "UniformResourceIdentifier": "uris",
}


def _beside(path: str) -> list[str]:
    """Return the files in the directory of ``path``."""
    directory = os.path.dirname(path)
    return [os.path.join(directory, name) for name in os.listdir(directory)] if os.path.isdir(directory) else []


def _in_memory(plan: Plan, certificate: t.Any, key: t.Any) -> local.Made:
    return end_entity.in_memory(plan.inspection, certificate, key)


def _of(made: local.Made, identifier: str, content: bool) -> Object:
    """Return a certificate that is there as users see it."""
    difference = results.difference([made])
    return {
        "name": made.inspection.desired.name,
        **results.result(made, content),
        "certificate_id": identifier or None,
        "_diff": (difference["before"], difference["after"]),
    }


def _of_client(wanted: Wanted, listing: Listing) -> list[dict[str, t.Any]]:
    """Return the entries of a client's certificates, each once."""
    found = listing.marked(orders.client_mark(wanted.kind, wanted.common_name))
    current = local.read(wanted.desired).certificate
    more = [listing.by_serial(current) if current else None, listing.by_identifier(wanted.certificate_id)]
    return list({str(item["Identifier"]): item for item in [*found, *more] if item}.values())
