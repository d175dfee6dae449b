# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on TLS security policies."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
    "CreateSecurityPolicy": {
        400: ("QuotaExceeded.SecurityPoliciesNum",),
    },
    "UpdateSecurityPolicyAttribute": {
        400: ("IncorrectStatus.SecurityPolicy",),
        404: ("ResourceNotFound.SecurityPolicy",),
    },
    "DeleteSecurityPolicy": {
        400: ("IncorrectStatus.SecurityPolicy", "ResourceInUse.SecurityPolicy"),
        404: ("ResourceNotFound.SecurityPolicy",),
    },
    "ListSecurityPolicyRelations": {
        404: ("ResourceNotFound.SecurityPolicy",),
    },
}

ASSUMED = {
    "ResourceNotFound.SecurityPolicy": Assumed(
        404,
        assume(
            "alb-policy-not-found",
            "Deleting an unknown TLS security policy is ResourceNotFound.SecurityPolicy (404).",
            "Terraform's provider takes exactly this code of DeleteSecurityPolicy for gone "
            "(resource_alicloud_alb_security_policy.go).",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
}
