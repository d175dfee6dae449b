# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on jobs, regions and zones."""

from __future__ import annotations

from ... import kinds
from ...schema import choice, integer, line
from .common import PAGE, Schema, ids

LIST_JOBS: Schema = {
    "JobIds": ids(10),
    "ResourceIds": ids(10),
    "ResourceType": choice(
        kinds.LOAD_BALANCER, kinds.LISTENER, kinds.RULE, kinds.ACL, kinds.SECURITY_POLICY, kinds.SERVER_GROUP
    ),
    "ApiName": line(),
    "BeginTime": integer(0),
    "EndTime": integer(0),
    **PAGE,
}
REGIONS: Schema = {"AcceptLanguage": line()}
