# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on load balancers."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
    "CreateLoadBalancer": {
        400: ("DuplicatedParam.ZoneId", "Mismatch.ZoneIdAndVSwitchId", "QuotaExceeded.LoadBalancersNum"),
        404: ("ResourceNotFound.VSwitch",),
    },
    "GetLoadBalancerAttribute": {
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "UpdateLoadBalancerAttribute": {
        400: ("IncorrectStatus.LoadBalancer",),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "UpdateLoadBalancerEdition": {
        400: ("IncorrectStatus.LoadBalancer", "OperationDenied.Downgrade", "OperationDenied.EditionNotChanged"),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "UpdateLoadBalancerZones": {
        400: ("IncorrectStatus.LoadBalancer", "Mismatch.ZoneIdAndVSwitchId", "OperationDenied.ZoneMappingsNotChanged"),
        404: ("ResourceNotFound.LoadBalancer", "ResourceNotFound.VSwitch"),
    },
    "StartShiftLoadBalancerZones": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "Mismatch.ZoneIdAndVSwitchId",
            "OperationDenied.ConfigLastActiveZoneNotSupport",
            "OperationDenied.OnlyFixedAddressAllocatedModeSupported",
            "OperationDenied.ZoneMappingsNotChanged",
            "OperationDenied.ZoneVSwitchChanged",
            "OperationDenied.ZoneVSwitchNotExist",
        ),
        404: ("ResourceNotFound.LoadBalancer", "ResourceNotFound.VSwitch"),
    },
    "CancelShiftLoadBalancerZones": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "Mismatch.ZoneIdAndVSwitchId",
            "OperationDenied.OnlyFixedAddressAllocatedModeSupported",
            "OperationDenied.ZoneMappingsNotChanged",
            "OperationDenied.ZoneVSwitchChanged",
            "OperationDenied.ZoneVSwitchNotExist",
        ),
        404: ("ResourceNotFound.LoadBalancer", "ResourceNotFound.VSwitch"),
    },
    "UpdateLoadBalancerAddressTypeConfig": {
        400: ("IncorrectStatus.LoadBalancer", "OperationDenied.AddressTypeNotChanged"),
    },
    "EnableLoadBalancerAccessLog": {
        400: ("IncorrectStatus.LoadBalancer", "OperationDenied.AccessLogEnabled"),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "DisableLoadBalancerAccessLog": {
        400: ("OperationDenied.AccessLogDisabled",),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "DeleteLoadBalancer": {
        400: ("IncorrectStatus.LoadBalancer", "OperationDenied.DeletionProtectionEnabled"),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "LoadBalancerJoinSecurityGroup": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup",
            "ResourceAlreadyAssociated.SecurityGroup",
            "ResourceQuotaExceeded.SecurityGroupNum",
        ),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "LoadBalancerLeaveSecurityGroup": {
        400: ("IncorrectStatus.LoadBalancer", "ResourceNotAssociated.SecurityGroup"),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "EnableLoadBalancerIpv6Internet": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "OperationDenied.Ipv6InternetInstance",
            "OperationDenied.NonDualStackInstance",
        ),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "DisableLoadBalancerIpv6Internet": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "OperationDenied.Ipv6IntranetInstance",
            "OperationDenied.NonDualStackInstance",
        ),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "AttachCommonBandwidthPackageToLoadBalancer": {
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "DetachCommonBandwidthPackageFromLoadBalancer": {
        404: ("ResourceNotFound.CommonBandwidthPackage", "ResourceNotFound.LoadBalancer"),
    },
    "EnableDeletionProtection": {
        400: ("IncorrectStatus.LoadBalancer",),
        404: ("ResourceNotFound.LoadBalancer",),
    },
    "DisableDeletionProtection": {
        400: ("IncorrectStatus.LoadBalancer",),
        404: ("ResourceNotFound.LoadBalancer",),
    },
}

ASSUMED = {
    "ResourceNotFound.Vpc": Assumed(
        404,
        assume(
            "alb-vpc-not-found",
            "CreateLoadBalancer refuses an unknown VPC with ResourceNotFound.Vpc (404).",
            "Documented for CreateServerGroup; CreateLoadBalancer documents the vSwitch only.",
            date="2026-11-25",
            settle="CreateLoadBalancer with an unknown VpcId and DryRun=true",
        ),
    ),
    "Mismatch.VpcId": Assumed(
        400,
        assume(
            "alb-vswitch-of-other-vpc",
            "A vSwitch of another VPC in ZoneMappings is refused with Mismatch.VpcId (400).",
            "The code is documented for CreateListener and AddServersToServerGroup.",
            date="2026-11-25",
            settle="CreateLoadBalancer with a vSwitch of another VPC and DryRun=true",
        ),
    ),
}
