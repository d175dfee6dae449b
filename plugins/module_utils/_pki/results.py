# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user sees: results and differences, never a key. Private to this collection."""

from __future__ import annotations

import os
import typing as t

from . import certificate as engine
from . import policies
from .storage import database as index

_PATHS = {
    "key": "private_key_path",
    "csr": "csr_path",
    "certificate": "certificate_path",
    "chain": "chain_path",
    "passphrase": "pkcs12_passphrase_path",
    "pkcs12": "pkcs12_path",
}


def result(made: engine.Made, content: bool = True) -> dict[str, t.Any]:
    """The certificate as it is now, or would be, with the paths of its files and why it was made."""
    pem = engine.public_pem(made.certificate) if content else None
    why = reasons(made.inspection)
    return {**settled(made.inspection.desired, facts(made), pem), "changed": bool(why), "reasons": why}


def facts(made: engine.Made) -> dict[str, t.Any]:
    """Of a result, all that comes from the certificate itself."""
    return {
        **made.facts,
        "serial_number": index.serial(made.certificate),
        "fingerprint_sha256": index.fingerprint(made.certificate),
    }


def settled(desired: policies.Desired, known: dict[str, t.Any], pem: str | None) -> dict[str, t.Any]:
    """The result for a certificate that nothing had to be done for. ``known``: its ``facts``."""
    return {
        **({"certificate": pem} if pem else {}),
        **known,
        **{_PATHS[file]: path for file, path in desired.paths.items()},
        "changed": False,
        "reasons": [],
    }


def reasons(inspection: engine.Inspection) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": reason.message} for reason in inspection.reasons]


def difference(made: t.Sequence[engine.Made]) -> dict[str, dict[str, t.Any]]:
    """Before and after of what is not as wanted, by the path of the certificate."""
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    for each in made:
        if not each.inspection.reasons:
            continue
        current, desired = each.inspection.case.current, each.inspection.desired
        path = desired.paths["certificate"]
        names = {file: os.path.basename(each_path) for file, each_path in desired.paths.items()}
        before[path] = {
            **(engine.facts(current.certificate) if current.certificate else {}),
            "files": sorted(names[file] for file in current.raw),
        }
        after[path] = {
            **each.facts,
            "files": sorted(names.values()),
            "reasons": [reason.code for reason in each.inspection.reasons],
        }
    return {"before": before, "after": after}
