# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on TLS security policies."""

from __future__ import annotations

from ...schema import choice, line, many, must
from .common import IDENTIFIER, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

_versions = many(choice("TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"), 1, 4)
CREATE_SECURITY_POLICY: Schema = {
    "SecurityPolicyName": must(NAME),
    "TLSVersions": must(_versions),
    "Ciphers": must(many(line(), 1)),
    "ResourceGroupId": line(),
    **NEW_TAGS,
    **WRITE,
}
SECURITY_POLICY_ID: Schema = {"SecurityPolicyId": IDENTIFIER}
UPDATE_SECURITY_POLICY: Schema = {
    **SECURITY_POLICY_ID,
    "SecurityPolicyName": NAME,
    "TLSVersions": _versions,
    "Ciphers": many(line(), 1),
    **WRITE,
}
DELETE_SECURITY_POLICY: Schema = {**SECURITY_POLICY_ID, **WRITE}
LIST_SECURITY_POLICIES: Schema = {
    "SecurityPolicyIds": ids(20),
    "SecurityPolicyNames": ids(10),
    "ResourceGroupId": line(),
    **TAG_FILTER,
    **PAGE,
}
SECURITY_POLICY_RELATIONS: Schema = {"SecurityPolicyIds": must(ids(5))}
