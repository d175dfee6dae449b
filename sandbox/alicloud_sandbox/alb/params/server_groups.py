# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on server groups."""

from __future__ import annotations

from dataclasses import replace

from ...schema import choice, flag, group, integer, line, many, must
from .common import IDENTIFIER, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

# Defaults of a health check that is enabled, at creation or later.
HEALTH_CHECK_DEFAULTS: dict[str, object] = {
    "HealthCheckProtocol": "HTTP",
    "HealthCheckConnectPort": 0,
    "HealthCheckHttpVersion": "HTTP1.1",
    "HealthCheckInterval": 2,
    "HealthCheckTimeout": 5,
    "HealthyThreshold": 3,
    "UnhealthyThreshold": 3,
}
# Letters, digits, -/.%?#&= and the extended set _;~!()*[]@$^:\",+ (CreateServerGroup).
_CHECKED_PATH = r"/[A-Za-z0-9/.%?#&=_;~!()*\[\]@$^:\\\",+-]*"
# A point inside, none at either end, and letters alone behind the last one; of upper case see alb-health-check-host.
_CHECKED_HOST = r"(?i)((?!-)[a-z0-9-]*[a-z0-9]\.)+[a-z]+|[0-9.]+|"


def health_check(create: bool) -> Schema:
    """Returns the options of a health check, for a new server group with their defaults."""
    params = {
        "HealthCheckEnabled": flag(required=create),
        "HealthCheckProtocol": choice("HTTP", "HTTPS", "TCP", "gRPC"),
        "HealthCheckConnectPort": integer(0, 65535),
        "HealthCheckHost": line(0, 80, pattern=_CHECKED_HOST),
        "HealthCheckPath": line(1, 80, pattern=_CHECKED_PATH),
        "HealthCheckMethod": choice("GET", "POST", "HEAD"),
        "HealthCheckHttpVersion": choice("HTTP1.0", "HTTP1.1"),
        "HealthCheckCodes": many(line(1, 11), 1),
        "HealthCheckInterval": integer(1, 50),
        "HealthCheckTimeout": integer(1, 300),
        "HealthyThreshold": integer(2, 10),
        "UnhealthyThreshold": integer(2, 10),
    }
    defaults = HEALTH_CHECK_DEFAULTS if create else {}
    return {name: replace(param, default=defaults.get(name)) for name, param in params.items()}


_group_options: Schema = {
    "Scheduler": choice("Wrr", "Wlc", "Sch", "Uch"),
    "StickySessionConfig": group(
        {
            "StickySessionEnabled": flag(),
            "StickySessionType": choice("Insert", "Server"),
            "Cookie": line(1, 200, pattern=r"(?!\$)[!-+\--:<-~]+"),
            "CookieTimeout": integer(1, 86400),
        }
    ),
    "ConnectionDrainConfig": group({"ConnectionDrainEnabled": flag(), "ConnectionDrainTimeout": integer(0, 900)}),
    "SlowStartConfig": group({"SlowStartEnabled": flag(), "SlowStartDuration": integer(30, 900, zero_is_unset=True)}),
    "UchConfig": group({"Type": choice("QueryString", required=True), "Value": must(line())}),
    "CrossZoneEnabled": flag(),
    "UpstreamKeepaliveEnabled": flag(),
    "ServiceName": line(),
}
CREATE_SERVER_GROUP: Schema = {
    "ServerGroupName": must(NAME),
    "VpcId": line(),
    "Protocol": choice("HTTP", "HTTPS", "gRPC", default="HTTP"),
    "ServerGroupType": choice("Instance", "Ip", "Fc", default="Instance"),
    "HealthCheckConfig": must(group(health_check(create=True))),
    **_group_options,
    "Ipv6Enabled": flag(),
    "IpVersionAffinityMode": line(),
    "ResourceGroupId": line(),
    **NEW_TAGS,
    **WRITE,
}
SERVER_GROUP_ID: Schema = {"ServerGroupId": IDENTIFIER}
UPDATE_SERVER_GROUP: Schema = {
    **SERVER_GROUP_ID,
    "ServerGroupName": NAME,
    "HealthCheckConfig": group(health_check(create=False)),
    **_group_options,
    **WRITE,
}
DELETE_SERVER_GROUP: Schema = {**SERVER_GROUP_ID, **WRITE}
LIST_SERVER_GROUPS: Schema = {
    "ServerGroupIds": ids(20),
    "ServerGroupNames": ids(10),
    "ServerGroupType": choice("Instance", "Ip", "Fc"),
    "VpcId": line(),
    "ResourceGroupId": line(),
    **TAG_FILTER,
    **PAGE,
}
_server_type = choice("Ecs", "Eni", "Eci", "Ip", "Fc", required=True)
_server: Schema = {
    "ServerId": IDENTIFIER,
    "ServerType": _server_type,
    "ServerIp": line(),
    "Port": integer(1, 65535),
}
_new_server: Schema = {
    **_server,
    "Weight": integer(0, 100, default=100),
    "Description": line(2, 256),
    "RemoteIpEnabled": flag(),
}
_changed_server: Schema = {**_server, "Weight": integer(0, 100), "Description": line(2, 256)}
ADD_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_new_server, 1, 200)), **WRITE}
REMOVE_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_server, 1, 200)), **WRITE}
UPDATE_SERVERS: Schema = {**SERVER_GROUP_ID, "Servers": must(many(_changed_server, 1, 200)), **WRITE}
REPLACE_SERVERS: Schema = {
    **SERVER_GROUP_ID,
    "AddedServers": must(many(_new_server, 1, 200)),
    "RemovedServers": must(many(_server, 1, 200)),
    **WRITE,
}
LIST_SERVERS: Schema = {
    "ServerGroupId": line(),
    "ServerIds": ids(20),
    **TAG_FILTER,
    "MaxResults": integer(1, 1000),
    "NextToken": line(),
}
