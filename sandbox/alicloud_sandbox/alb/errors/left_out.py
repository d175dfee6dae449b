# SPDX-License-Identifier: GPL-3.0-or-later
"""Documented error codes of ALB that the sandbox never answers with, by reason.

A code is left out of every operation that documents it and does not have it in ``DOCUMENTED``; ``Operation Code`` is
left out of one operation.
"""

from __future__ import annotations

LEFT_OUT: dict[str, tuple[str, ...]] = {
    "There is one account, which may do everything; denials can be injected as faults.": (
        "Forbidden.Acl",
        "Forbidden.HealthCheckTemplate",
        "Forbidden.Listener",
        "Forbidden.LoadBalancer",
        "Forbidden.SecurityPolicy",
        "Forbidden.ServerGroup",
        "OperationDenyed.ServiceLinkedRoleNotExist",
    ),
    "There is no billing: nothing is locked for a debt.": (
        "IncorrectBusinessStatus.LoadBalancer",
        "UnsupportedFeature.FullTraceHttps",
    ),
    "Elastic addresses, bandwidth packages and security groups belong to other products: any id is taken.": (
        "IncorrectBusinessStatus.CommonBandwidthPackage",
        "IncorrectBusinessStatus.Eip",
        "IncorrectStatus.CommonBandwidthPackage",
        "OperationDenied.OnlyPostPaidEipSupported",
        "OperationDenied.SecurityGroupNotSupport",
        "ResourceNotFound.CommonBandwidthPackage",
        "ResourceNotFound.Eip",
        "ResourceNotFound.SecurityGroup",
        "UpdateLoadBalancerAddressTypeConfig Mismatch.ZoneIdAndVSwitchId",
    ),
    "VPCs are names: they have no addresses that run out, no gateways and no IPv6.": (
        "IncorrectStatus.Eni",
        "OperationDenied.EniStatusNotSupport",
        "OperationDenied.CloudBox",
        "OperationDenied.NoAvailableVSwitch",
        "OperationDenied.VgwVipNotFound",
        "OperationDenied.VpcNotSupportIpv6",
        "OperationDenied.VpcVportNotFound",
        "OperationDenied.ZoneVSwitchChanged",
        "ResourceInUse.IP",
        "ResourceNotEnough.VSwitchIp",
    ),
    "A new server group has no load balancer.": (
        "CreateServerGroup Mismatch.LoadBalancerEditionAndConnectionDrain",
        "CreateServerGroup Mismatch.LoadBalancerEditionAndSlowStartEnable",
    ),
    "Containers have no kinds of jobs.": ("OperationDenied.EciNotSupportJobType",),
    "The sandbox answers with IncorrectStatus: when which code comes is not documented.": (
        "LockFailed",
        "ResourceInConfiguring",
        "ResourceInConfiguring.BackendServer",
        "ResourceInConfiguring.Listener",
        "ResourceInConfiguring.LoadBalancer",
    ),
    "The sandbox answers with InvalidParameter: when which code comes is not documented.": (
        "Mismatch.ServerType",
        "Mismatch.Type",
    ),
    "The meaning is not documented.": (
        "AssociateAclsWithListener ResourceAlreadyExist.AclEntry",
        "Conflict.Acl",
        "CreateRule ResourceQuotaExceeded.ServerAddedNum",
        "DissociateAclsFromListener IncorrectStatus.Acl",
        "OperationDenied.AclNotSupport",
        "OperationDenied.UpstreamKeepaliveDisabled",
        "OperationDenied.UpstreamKeepaliveEnabled",
        "OperationFailed.CancelShiftLoadBalancerZonesFailed",
        "OperationFailed.DefaultCertificateNotFound",
        "OperationFailed.ShiftLoadBalancerZonesFailed",
        "UpdateRuleAttribute ResourceQuotaExceeded.ServerAddedNum",
    ),
    "The limit is not documented.": (
        "ResourceQuotaExceeded.AScriptLinesNum",
        "ResourceQuotaExceeded.AScriptsNum",
        "ResourceQuotaExceeded.AScriptsTotalLinesNum",
        "ResourceQuotaExceeded.ServerGroupAttachedNum",
    ),
    "Health check templates have no passing states.": ("IncorrectStatus.HealthCheckTemplate",),
    "Every account has these features, up to the bounds of their parameters.": (
        "QuotaExceeded.ConnectionDrainTimeout",
        "QuotaExceeded.SlowStartDuration",
        "UnsupportedFeature.ConnectionDrain",
        "UnsupportedFeature.FcServerGroup",
        "UnsupportedFeature.SlowStart",
    ),
    "The metadata has no status for it; an unknown list is refused with the status of the other operations.": (
        "MoveResourceGroup ResourceNotFound.Acl",
    ),
}
