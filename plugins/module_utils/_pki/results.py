# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results and differences, as modules return them; never a key. Private to this collection."""

from __future__ import annotations

import os
import typing as t

from .._x509 import build, describe, keys
from .._x509.package import x509
from . import policies
from .case import Desired
from .certificate import Inspection, Made

_PATHS = {
    "key": "private_key_path",
    "csr": "csr_path",
    "certificate": "certificate_path",
    "chain": "chain_path",
    "passphrase": "pkcs12_passphrase_path",
    "pkcs12": "pkcs12_path",
}


def result(made: Made, content: bool = True) -> dict[str, t.Any]:
    """Return a certificate as it is now, or would be in check mode, with its paths and the reasons.

    ``content``: whether to include the certificate in PEM form.
    """
    pem = build.pem(made.certificate).decode() if content else None
    why = reasons(made.inspection)
    return {**unchanged(made.inspection.desired, made.facts, pem), "changed": bool(why), "reasons": why}


def weak_key_warning(ca: x509.Certificate, path: str) -> list[str]:
    """Return a warning about a weak or unusual key of the CA in ``path``, none for a usual key."""
    why = keys.weakness(ca.public_key())
    return [f"The key of the CA {path} is weak or unusual. {why}"] if why else []


def differences(inspection: Inspection) -> list[dict[str, str]]:
    """Return what is different about a CA that was made elsewhere, as code and message; see policies.differences."""
    return [{"code": item.code, "message": item.message} for item in policies.differences(inspection.case)]


def unchanged(desired: Desired, facts: dict[str, t.Any], pem: str | None) -> dict[str, t.Any]:
    """Return the result for a certificate that is as wanted. ``facts``: of describe.certificate."""
    return {
        **({"certificate": pem} if pem else {}),
        **facts,
        **{_PATHS[kind]: path for kind, path in desired.paths.items()},
        "changed": False,
        "reasons": [],
    }


def reasons(inspection: Inspection) -> list[dict[str, str]]:
    """Return the reasons as code and message."""
    return [{"code": reason.code, "message": reason.message} for reason in inspection.reasons]


def difference(made: t.Sequence[Made]) -> dict[str, dict[str, t.Any]]:
    """Return before and after of what is not as wanted, by the path of the certificate."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for item in made:
        if not item.inspection.reasons:
            continue
        current, desired = item.inspection.case.current, item.inspection.desired
        path = desired.paths["certificate"]
        names = {kind: os.path.basename(file) for kind, file in desired.paths.items()}
        before[path] = {
            **(describe.contents(current.certificate) if current.certificate else {}),
            "files": sorted(names[kind] for kind in current.content),
        }
        after[path] = {
            **describe.contents(item.certificate),
            "files": sorted(names.values()),
            "reasons": [reason.code for reason in item.inspection.reasons],
        }
    return {"before": before, "after": after}
