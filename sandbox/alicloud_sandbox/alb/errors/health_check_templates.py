# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on health check templates. The metadata has no status for an unknown template."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

_UNKNOWN: dict[int, tuple[str, ...]] = {404: ("ResourceNotFound.HealthCheckTemplate",)}
DOCUMENTED: Documented = {
    "CreateHealthCheckTemplate": {400: ("QuotaExceeded.HealthCheckTemplatesNum",)},
    "GetHealthCheckTemplateAttribute": _UNKNOWN,
    "UpdateHealthCheckTemplateAttribute": _UNKNOWN,
    "ApplyHealthCheckTemplateToServerGroup": {
        400: ("IncorrectStatus.ServerGroup",),
        404: ("ResourceNotFound.HealthCheckTemplate", "ResourceNotFound.ServerGroup"),
    },
}

ASSUMED = {
    "ResourceNotFound.HealthCheckTemplate": Assumed(
        404,
        assume(
            "alb-tagged-template-not-found",
            "Health check templates can be tagged with ResourceType=healthchecktemplate; an unknown one is "
            "ResourceNotFound.HealthCheckTemplate (404), in every operation.",
            "Terraform's provider tags templates this way, and takes the code for gone; the pages do not list the "
            "type, and the metadata has no status for the code.",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
}
