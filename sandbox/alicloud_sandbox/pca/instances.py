# SPDX-License-Identifier: GPL-3.0-or-later
"""Purchased instances, and the certificates that were bought with them.

Buying is a matter of the console, so the control API seeds instances. One purchase is the instance of a root CA, those
of its sub CAs, and a number of certificates; these belong to the root and are assigned to sub CAs
(purchase-and-allocation-of-private-certificate-quota, 2026-03-13).
"""

from __future__ import annotations

import time
from datetime import datetime

from .. import kinds
from ..assumptions import assume
from ..errors import missing
from ..product import Call
from ..schema import Args
from ..store import Doc, Store

ROOT, SUB = "ROOT", "SUB_ROOT"
FAMILIES = ("RSA", "ECC")
_YEAR = 365 * 86400

assume(
    "pca-seeded-instances",
    "Instances are not bought but registered with POST /_sandbox/seed. What is free of charge for 30 days counts as "
    "bought, shared and external CAs are left out, and so is SM2: its algorithms are refused with InvalidParameter.",
    "Scope of the sandbox; buying is a matter of the console.",
    verdict="choice",
)
assume(
    "pca-first-sub-ca",
    "The first sub CA that is made under a root gets all of its certificates; further ones begin with none.",
    "Terraform's acceptance test issues a certificate from a new sub CA without assigning any; the old guide has "
    "further sub CAs begin with 0 (AlibabaCloudDocs/cas, 2021-07).",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "pca-assign",
    "CertTotalCount of AssignCertificateCount is the number that the sub CA has then, issued ones included, and not a "
    "number to add. More than the root has left, and fewer than were issued, is InvalidParameter (400).",
    "The texts of the SDK 2.1.4 call it the total number of certificate records.",
    date="2026-11-25",
    settle="AssignCertificateCount, then DescribeCACertificate",
)


def register(store: Store, values: Doc) -> None:
    """Gives the account a purchase, or changes one: certificates, sub CAs and the end of the subscription.

    ``values``: ``instance_id``, ``algorithm`` (RSA or ECC), ``certificates``, ``sub_cas`` and ``expires`` (ISO 8601).
    Raises ValueError.
    """
    identifier, kind = values["instance_id"], values.get("algorithm", "RSA")
    if kind not in FAMILIES:
        raise ValueError(f"algorithm has to be one of {', '.join(FAMILIES)}")
    now = time.time()
    until = datetime.fromisoformat(values["expires"]).timestamp() if "expires" in values else now + _YEAR
    names = {identifier: ROOT}
    names |= {f"{identifier}-sub{number}": SUB for number in range(1, values.get("sub_cas", 1) + 1)}
    for name, of_kind in names.items():
        known = store.get(kinds.PCA_INSTANCE, name) or {
            "InstanceId": name,
            "Status": "BUY",
            "_identifier": "",
            "_from": now,
        }
        changes = {"Type": of_kind, "_family": kind, "_root": identifier, "_until": until}
        changes["_bought"] = values.get("certificates", 10)
        store.put(kinds.PCA_INSTANCE, name, {**known, **changes}, served=True)


def unused(call: Call, kind: str, family: str, root: str = "") -> Doc:
    """An instance that is not in use, of this type and family of algorithms. Raises ApiError."""
    for item in call.store.all(kinds.PCA_INSTANCE):
        fits = item["Type"] == kind and item["_family"] == family and (not root or item["_root"] == root)
        if fits and item["Status"] == "BUY" and item["_until"] > time.time():
            return item
    raise call.error("NoAvailableInstance", kind, family)


def enable(call: Call, instance: Doc, identifier: str) -> None:
    """Notes the CA that was made for an instance."""
    call.store.put(
        kinds.PCA_INSTANCE,
        instance["InstanceId"],
        {**instance, "Status": "USED", "_identifier": identifier},
        served=True,
    )


def give_up(call: Call, ca: Doc) -> None:
    """Notes that the CA of an instance is revoked or gone."""
    if instance := of(call.store, ca):
        call.store.put(kinds.PCA_INSTANCE, instance["InstanceId"], {**instance, "Status": "REVOKE"}, served=True)


def of(store: Store, ca: Doc) -> Doc | None:
    """The instance of a CA; None for one that was seeded without."""
    return store.get(kinds.PCA_INSTANCE, ca["_instance"]) if ca.get("_instance") else None


def subordinates(store: Store, root: str) -> list[Doc]:
    """The sub CAs of a root."""
    return [item for item in store.all(kinds.CA_CERTIFICATE) if item.get("ParentIdentifier") == root]


def counts(store: Store, ca: Doc) -> Doc:
    """CertTotalCount, CertIssuedCount and CertRemainingCount; what a root has left is what it can assign."""
    total, issued = ca["_assigned"], ca["_issued"]
    left = total - issued
    if ca["CertificateType"] == ROOT and (instance := of(store, ca)):
        subs = subordinates(store, ca["Identifier"])
        total = instance["_bought"]
        issued, left = sum(item["_issued"] for item in subs), total - sum(item["_assigned"] for item in subs)
    return {"CertTotalCount": total, "CertIssuedCount": issued, "CertRemainingCount": left}


def assign(call: Call, args: Args) -> Doc:
    """AssignCertificateCount."""
    sub = call.store.get(kinds.CA_CERTIFICATE, args["CaIdentifier"])
    if sub is None or sub.get("CertificateType") != SUB:
        raise call.error("NotFound", "sub CA", args["CaIdentifier"])
    root = call.store.get(kinds.CA_CERTIFICATE, sub.get("ParentIdentifier", ""))
    left = counts(call.store, root)["CertRemainingCount"] if root else 0
    wanted = args["CertTotalCount"]
    if not sub["_issued"] <= wanted <= sub["_assigned"] + left:
        raise call.invalid(f"CertTotalCount has to be in {sub['_issued']}..{sub['_assigned'] + left}.")
    call.store.put(kinds.CA_CERTIFICATE, sub["Identifier"], {**sub, "_assigned": wanted}, served=True)
    return {"CertCount": wanted, "CurrentYearFreeCertCount": 0}


def status(call: Call, args: Args) -> Doc:
    """GetCAInstanceStatus: of one instance, by its id or by the identifier of its CA."""
    instance, identifier = args.get("InstanceId", ""), args.get("Identifier", "")
    if not instance and not identifier:
        raise missing("InstanceId")
    found = [
        item
        for item in call.store.all(kinds.PCA_INSTANCE)
        if item["InstanceId"] == instance or (identifier and item["_identifier"] == identifier)
    ]
    if not found:
        raise call.error("NotFound", "instance", instance or identifier)
    return {"InstanceStatusList": [_status(call.store, item) for item in found]}


def _status(store: Store, instance: Doc) -> Doc:
    ca = store.get(kinds.CA_CERTIFICATE, instance["_identifier"]) if instance["_identifier"] else None
    # An instance of a root counts its sub CAs, one of a sub CA its certificates (texts of the SDK 2.1.4).
    siblings = [
        item for item in store.all(kinds.PCA_INSTANCE) if item["_root"] == instance["_root"] and item["Type"] == SUB
    ]
    total, issued = len(siblings), len([item for item in siblings if item["_identifier"]])
    if instance["Type"] == SUB:
        total, issued = (ca["_assigned"], ca["_issued"]) if ca else (0, 0)
    return {
        **{name: instance[name] for name in ("InstanceId", "Type", "Status")},
        **(
            {"Identifier": ca["Identifier"], "BeforeTime": ca["BeforeDate"], "AfterTime": ca["AfterDate"]} if ca else {}
        ),
        "CertTotalCount": total,
        "CertIssuedCount": issued,
        "UseExpireTime": int(instance["_until"] * 1000),
    }
