# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters that several operations of ALB have in common.

Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json and the pages of the operations.
"""

from __future__ import annotations

from ...assumptions import assume
from ...schema import Param, flag, integer, line, many

assume(
    "alb-names",
    "A name has 2 to 128 letters (of any script), digits, points, underscores, hyphens and blanks, and begins with a "
    "letter or a digit. Of descriptions only the documented lengths are checked, and that they are in one line.",
    "Texts of the official SDK 1.3.3; older pages want a letter first. Descriptions have other sets on every page.",
    date="2026-11-25",
    settle="CreateAcl with AclName=-a and DryRun=true",
)
assume(
    "alb-accepted-only",
    "Accepted, stored and returned, without an effect on traffic: ResourceGroupId, AddressIpVersion, Ipv6AddressType, "
    "ZoneMappings with elastic IP addresses, BandwidthPackageId, SecurityGroupIds, ModificationProtectionConfig, "
    "LogProject and LogStore of EnableLoadBalancerAccessLog, SlowStartConfig, CrossZoneEnabled, "
    "UpstreamKeepaliveEnabled, Ipv6Enabled, RemoteIpEnabled, IpVersionAffinityMode, QuicConfig, scripts (AScript); "
    "XForwardedForClientSourceIpsEnabled and XForwardedForClientSourceIpsTrusted, so that PerIpQps counts by the "
    "address of the connection.",
    "Scope of the sandbox.",
    verdict="choice",
)

Schema = dict[str, Param]

_token = line(1, 64, pattern=r"[\x21-\x7e]+")
WRITE: Schema = {"ClientToken": _token, "DryRun": flag()}
PAGE: Schema = {"MaxResults": integer(1, 100), "NextToken": line()}
# Neither key nor value may begin with aliyun or acs:, nor hold http:// or https:// (TagResources).
_TAG = r"(?i)(?!aliyun|acs:)(?!.*https?://).*"
NEW_TAG: Schema = {"Key": line(1, 128, pattern=_TAG), "Value": line(0, 128, pattern=_TAG)}
FOUND_TAG: Schema = {"Key": line(1, 128), "Value": line(0, 128)}
TAG_FILTER: Schema = {"Tag": many(FOUND_TAG, 1, 21)}
NEW_TAGS: Schema = {"Tag": many(NEW_TAG, 1, 20)}
NAME = line(2, 128, pattern=r"[^\W_][\w. -]*")
IDENTIFIER = line(required=True)
LISTENER_ID: Schema = {"ListenerId": IDENTIFIER}


def ids(high: int, low: int = 1) -> Param:
    """A list of identifiers or names."""
    return many(line(), low, high)
