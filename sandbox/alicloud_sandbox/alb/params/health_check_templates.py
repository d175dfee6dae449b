# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on health check templates."""

from __future__ import annotations

from ...schema import line, must
from .common import IDENTIFIER, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids
from .server_groups import health_check

SERVER_IP = "$SERVER_IP"  # HealthCheckHost: the address of the server
# The same options as those of a server group, but for HealthCheckEnabled. A host has letters, digits, points and
# hyphens here (SDK 1.3.3, CreateHealthCheckTemplate).
_OPTIONS: Schema = {
    **{name: param for name, param in health_check(create=False).items() if name != "HealthCheckEnabled"},
    "HealthCheckHost": line(0, 80, pattern=r"\$SERVER_IP|[A-Za-z0-9.-]*"),
}
OPTIONS = tuple(_OPTIONS)

CREATE_TEMPLATE: Schema = {
    "HealthCheckTemplateName": must(NAME),
    **_OPTIONS,
    "ResourceGroupId": line(),
    **NEW_TAGS,
    **WRITE,
}
TEMPLATE_ID: Schema = {"HealthCheckTemplateId": IDENTIFIER}
UPDATE_TEMPLATE: Schema = {**TEMPLATE_ID, "HealthCheckTemplateName": NAME, **_OPTIONS, **WRITE}
DELETE_TEMPLATES: Schema = {"HealthCheckTemplateIds": must(ids(10)), **WRITE}
LIST_TEMPLATES: Schema = {
    "HealthCheckTemplateIds": ids(20),
    "HealthCheckTemplateNames": ids(20),
    "ResourceGroupId": line(),
    **TAG_FILTER,
    **PAGE,
}
APPLY_TEMPLATE: Schema = {**TEMPLATE_ID, "ServerGroupId": IDENTIFIER, **WRITE}
