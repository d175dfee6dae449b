# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of ECS, from the page of DescribeInstances.

Source: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances
"""

from __future__ import annotations

from ..errors import ErrorTable

ERRORS = ErrorTable(
    documented={
        "DescribeInstances": {"InvalidNetworkType.NotFound": 404, "InvalidStatus.NotFound": 404},
        "DescribeSecurityGroupAttribute": {"InvalidSecurityGroupId.NotFound": 404},
    },
    messages={
        "InvalidNetworkType.NotFound": "The specified InstanceNetworkType is not found",
        "InvalidStatus.NotFound": "The specified Status is not found",
        "InvalidSecurityGroupId.NotFound": "The specified SecurityGroupId does not exist.",
    },
)
