# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module pca_ca: a private CA is made for a purchased instance, gets its certificates assigned, or is revoked.

Private to this collection.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterator, Mapping

from .._core.action import Action
from .._core.client import Params
from .._core.engine import SHOWN_WITHIN
from .._core.error_codes import Kind
from .._core.errors import CloudError, RefusedError
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object
from .._x509 import times
from . import api, authority
from .authority import PrivateCa

# Options of a new CA: the parameter that says it, and the field that shows it.
_SUBJECT = {
    "organization_name": "Organization",
    "organizational_unit_name": "OrganizationUnit",
    "locality_name": "Locality",
    "state_or_province_name": "State",
    "country_name": "CountryCode",
}
_NEEDED = (*(option for option in _SUBJECT if option != "country_name"), "years")
_OF_A_SUB_CA = {
    "crl": "EnableCrl",
    "crl_days": "CrlDay",
    "path_length": "PathLenConstraint",
    "extended_key_usages": "ExtendedKeyUsages",
    "longest_validity_days": "CertMaxTime",
}
# Options that cannot be changed later, and are shown, by the field.
_FIXED = {**_SUBJECT, "longest_validity_days": "CertMaxTime", "crl_days": "CrlDay"}
# Keys of a CA that only its creation makes known.
_UNKNOWN = ("ca_id", "certificate", "chain", "fingerprint_sha256", "serial_number", "not_before", "not_after")
_TYPES = {"root": "root", "sub": "subRoot"}
_BUY = (
    "An instance for this algorithm that is not in use has to be bought first, in the console of the Certificate"
    " Management Service under Private Certificates. This module buys nothing."
)


def ensure(session: Session, params: Mapping[str, t.Any], write: bool) -> Object:
    """Bring one CA into the wanted state. Raises RefusedError, before the first write, for what cannot work."""
    root = _root(session, params)
    ca = _find(session, params, root)
    if params["state"] == "revoked":
        plan = _revocation(ca, params)
    else:
        _check(session, params, ca, root)
        plan = list(_changes(params, ca, root))
    before = ca.describe() if ca else {}
    if write:
        for action in plan:
            ca = _apply(session, params, action, ca, root)
        if ca and plan:
            ca = _read_back(session, ca.identifier, params)
    after = _expected(before, plan, params) if not write and plan else ca.describe() if ca else {}
    label = f"private CA {params['name']}"
    return {
        "changed": bool(plan),
        "ca": after or None,
        "actions": [action.name for action in plan],
        "diff": {"before_header": label, "after_header": label, "before": before, "after": after},
    }


def _root(session: Session, params: Mapping[str, t.Any]) -> PrivateCa | None:
    if params["type"] == "root" or not (params["root_id"] or params["root_name"]):
        return None
    if params["root_id"] == KNOWN_AFTER_APPLY:
        return None  # in check mode, of one that an earlier task would make
    named = {"ca_id": params["root_id"], "ca_name": params["root_name"]}
    return authority.chosen(session, named, "root", "root_")


def _find(session: Session, params: Mapping[str, t.Any], root: PrivateCa | None) -> PrivateCa | None:
    """Return the CA of the name, one that is revoked only when there is no other. Raises RefusedError for several."""
    found = [
        item
        for item in api.cas(session, CertType=_TYPES[params["type"]])
        if item.get("CommonName") == params["name"] and (not root or item.get("ParentIdentifier") == root.identifier)
    ]
    current = [item for item in found if api.status(item) == api.ISSUED]
    if len(current) > 1:
        listed = ", ".join(str(item["Identifier"]) for item in current)
        raise RefusedError(
            f"name: {len(current)} private CAs are called {params['name']!r}: {listed}.",
            "Revoke those that are not needed in the console, or tell sub CAs apart by their root with root_id.",
        )
    chosen = current or (found[:1] if params["state"] == "revoked" else [])
    return authority.read(session, str(chosen[0]["Identifier"])) if chosen else None


def _revocation(ca: PrivateCa | None, params: Mapping[str, t.Any]) -> list[Action]:
    if ca is None or api.status(ca.facts) != api.ISSUED:
        return []
    if not params["revoke"]:
        raise RefusedError(
            f"To revoke {ca.label} is final, and revokes every certificate that it has issued.",
            "Set revoke: true as well if that is what you want.",
        )
    return [Action("UpdateCACertificateStatus", {"Identifier": ca.identifier, "Status": "REVOKE"})]


def _check(session: Session, params: Mapping[str, t.Any], ca: PrivateCa | None, root: PrivateCa | None) -> None:
    """Raise RefusedError for what the service would refuse, or could not change."""
    if ca is not None:
        differing = [
            f"{option} is {ca.facts.get(field)!r}, wanted is {params[option]!r}"
            for option, field in _FIXED.items()
            if params[option] is not None and ca.facts.get(field) not in (None, params[option])
        ]
        algorithm = str(ca.facts.get("FullAlgorithm") or "")
        if params["algorithm"] and algorithm and algorithm != params["algorithm"]:
            differing.append(f"algorithm is {algorithm}, wanted is {params['algorithm']}")
        if differing:
            raise RefusedError(
                f"{ca.label[0].upper()}{ca.label[1:]} differs: {'; '.join(differing)}.",
                "A CA cannot be changed. Leave these options out, or make another one with another name.",
            )
        return
    lacking = [option for option in _NEEDED if not params[option]]
    lacking += ["algorithm"] if params["type"] == "sub" and not params["algorithm"] else []
    if lacking:
        raise RefusedError(
            f"There is no {params['type']} CA called {params['name']!r}, and a new one needs {', '.join(lacking)}.",
            "Give these options, or correct name or region.",
        )
    if params["instance_id"]:
        _check_instance(session, params["instance_id"])
    if root is not None:
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365 * params["years"])
        until = root.certificate.not_valid_after_utc
        if end > until:
            raise RefusedError(
                f"years {params['years']}: {root.label} ends at {times.iso(until)}, and no sub CA can outlive it.",
                "Give fewer years.",
            )
        if api.status(root.facts) != api.ISSUED:
            raise RefusedError(f"{root.label} has the status {root.facts.get('Status')}.", "Name another root CA.")


def _check_instance(session: Session, instance: str) -> None:
    body = api.unless_missing(session, "GetCAInstanceStatus", InstanceId=instance) or {}
    found = next((item for item in body.get("InstanceStatusList") or []), None)
    if found is None:
        raise RefusedError(f"instance_id: the account has no instance {instance!r} in this region.", _BUY)
    if api.status(found) != "BUY":
        raise RefusedError(f"instance_id: the instance {instance!r} has the status {found.get('Status')}.", _BUY)


def _changes(params: Mapping[str, t.Any], ca: PrivateCa | None, root: PrivateCa | None) -> Iterator[Action]:
    if ca is None:
        yield _creation(params, root)
    wanted = params["certificates"]
    if wanted is not None and (ca is None or ca.facts.get("CertTotalCount") != wanted):
        issued = int(ca.facts.get("CertIssuedCount") or 0) if ca else 0
        if wanted < issued:
            raise RefusedError(
                f"certificates {wanted}: {issued} are issued already, and they cannot be taken back.",
                f"Give {issued} or more.",
            )
        yield Action("AssignCertificateCount", {"CertTotalCount": wanted}, token=False)


def _creation(params: Mapping[str, t.Any], root: PrivateCa | None) -> Action:
    sent: Params = {"CommonName": params["name"], "Years": params["years"]}
    sent |= {field: params[option] for option, field in _SUBJECT.items() if params[option]}
    sent |= {"Algorithm": params["algorithm"]} if params["algorithm"] else {}
    if params["tags"]:
        sent["Tags"] = [{"Key": key, "Value": str(value)} for key, value in params["tags"].items()]
    if params["type"] == "root":
        return Action("CreateRootCACertificate", sent, creates=True)
    sent |= {"ParentIdentifier": root.identifier} if root else {}
    sent |= {field: params[option] for option, field in _OF_A_SUB_CA.items() if params[option] is not None}
    return Action("CreateSubCACertificate", sent, creates=True)


def _apply(
    session: Session, params: Mapping[str, t.Any], action: Action, ca: PrivateCa | None, root: PrivateCa | None
) -> PrivateCa | None:
    """Perform an action; return the CA as it is then."""
    if not action.creates:
        sent = action.params | ({"CaIdentifier": ca.identifier} if ca and "CertTotalCount" in action.params else {})
        session.write(api.PRODUCT, action, sent)
        return ca
    try:
        answer = session.write(api.PRODUCT, action, action.params)
    except CloudError as error:
        # Which code says that no instance is there is not documented.
        if error.kind is Kind.INVALID and not error.hint:
            error.hint = _BUY
        raise
    return _shown(session, str(answer["Identifier"])) or _find(session, params, root)


def _shown(session: Session, identifier: str) -> PrivateCa | None:
    """Return a new CA, once the service shows it."""
    started = session.budget.clock()
    for _look in session.budget.poll():
        found = authority.read(session, identifier)
        if found or session.budget.clock() - started >= SHOWN_WITHIN:
            return found
    return None


def _read_back(session: Session, identifier: str, params: Mapping[str, t.Any]) -> PrivateCa | None:
    """Return the CA as the service shows it; warn if it has understood a number otherwise."""
    ca = authority.read(session, identifier)
    wanted, found = params["certificates"], ca.facts.get("CertTotalCount") if ca else None
    if params["state"] == "present" and wanted is not None and found not in (None, wanted):
        session.warn(
            f"certificates: {wanted} were asked for, and the service says {found}. What AssignCertificateCount counts"
            " is not documented well; see in the console what the CA has."
        )
    return ca


def _expected(before: Object, plan: list[Action], params: Mapping[str, t.Any]) -> Object:
    """Return the CA as it would be."""
    after = dict(before)
    for action in plan:
        if action.creates:
            after |= dict.fromkeys(_UNKNOWN, KNOWN_AFTER_APPLY)
            after |= {"common_name": params["name"], "type": params["type"], "status": "issue"}
            after |= {"algorithm": params["algorithm"] or KNOWN_AFTER_APPLY}
        elif "Status" in action.params:
            after["status"] = "revoke"
        else:
            wanted = action.params["CertTotalCount"]
            issued = before.get("certificates_issued") or 0
            after |= {"certificates_bought": wanted, "certificates_left": wanted - issued}
    return after
