# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of ALB: a file for each resource, the texts of the codes, and the codes that the sandbox leaves out.

``DOCUMENTED`` of a resource has the codes that its operations answer with, ``ASSUMED`` those that are not documented.
Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json (errorCodes of each operation).
"""

from __future__ import annotations

from ...errors import ErrorTable
from . import (
    acls,
    health,
    health_check_templates,
    listeners,
    load_balancers,
    rules,
    scripts,
    security_policies,
    server_groups,
    tags,
)
from .left_out import LEFT_OUT
from .messages import message

_RESOURCES = (
    *(load_balancers, server_groups, health_check_templates, listeners, scripts, health, rules, security_policies),
    *(acls, tags),
)
_DOCUMENTED = {
    operation: {code: status for status, codes in by_status.items() for code in codes}
    for resource in _RESOURCES
    for operation, by_status in resource.DOCUMENTED.items()
}
_ASSUMED = {
    code: assumed
    for resource in (
        server_groups,
        health_check_templates,
        listeners,
        load_balancers,
        tags,
        rules,
        security_policies,
        acls,
    )
    for code, assumed in resource.ASSUMED.items()
}
ERRORS = ErrorTable(
    documented=_DOCUMENTED,
    messages={code: message(code) for code in {*_ASSUMED, *(code for codes in _DOCUMENTED.values() for code in codes)}},
    assumed=_ASSUMED,
    left_out=LEFT_OUT,
)
