# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of ECS.

Source: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances
"""

from __future__ import annotations

from ..schema import Param, integer, json_list, must, text

Schema = dict[str, Param]

_many = json_list(text(1), high=100)
DESCRIBE_INSTANCES: Schema = {
    "RegionId": must(text(1)),
    "InstanceIds": _many,
    "InstanceNetworkType": text(),
    "PrivateIpAddresses": _many,
    "Status": text(),
    "VpcId": text(),
    "ZoneId": text(),
    "MaxResults": integer(),
    "NextToken": text(),
    "PageNumber": integer(1, default=1),
    "PageSize": integer(1, 100, default=10),
}
