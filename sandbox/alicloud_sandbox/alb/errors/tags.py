# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on tags and resource groups."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
    "TagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "UnTagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "MoveResourceGroup": {
        400: ("NotExist.ResourceGroup",),
        404: ("ResourceNotFound.LoadBalancer", "ResourceNotFound.SecurityPolicy", "ResourceNotFound.ServerGroup"),
    },
    "ListTagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
}

ASSUMED = {
    "ResourceNotFound.Listener": Assumed(
        404,
        assume(
            "alb-tagged-listener-not-found",
            "Listeners can be tagged with ResourceType=listener; an unknown one is ResourceNotFound.Listener (404).",
            "Terraform's provider tags listeners this way; the pages do not list the type, and the code of an "
            "unknown one was not seen.",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
    "ResourceNotFound.Rule": Assumed(
        404,
        assume(
            "alb-tagged-rule-not-found",
            "Forwarding rules can be tagged with ResourceType=rule; an unknown one is ResourceNotFound.Rule (404).",
            "CreateRule takes tags and ListRules shows them; the pages of TagResources do not list the type.",
            date="2026-11-25",
            settle="TagResources with ResourceType=rule and an unknown id",
        ),
    ),
}
