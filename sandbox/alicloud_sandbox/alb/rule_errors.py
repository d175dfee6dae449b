# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of forwarding rules; the table of all of ALB takes them in (see ``errors``)."""

from __future__ import annotations

_BOTH = (
    "Conflict.Priority",
    "Mismatch.Protocol",
    "Mismatch.VpcId",
    "OperationDenied.GRPCServerGroup",
    "OperationDenied.IpGroupCanNotUsedForMirrorAction",
    "OperationDenied.ProtocolMustSameForForwardGroupAction",
    "OperationDenied.RewriteMissingForwardGroup",
    "OperationDenied.SameGroupForForwardAndMirrorAction",
    "QuotaExceeded.RuleActionsNum",
    "QuotaExceeded.RuleMatchEvaluationsNum",
    "QuotaExceeded.RuleWildcardsNum",
    "ResourceInConfiguring.Listener",
    "ResourceQuotaExceeded.LoadBalancerServersNum",
)
DOCUMENTED: dict[str, dict[int, tuple[str, ...]]] = {
    "CreateRule": {
        400: (
            *_BOTH,
            "IncorrectStatus.Listener",
            "OperationDenied.MirrorActionSupportHttpGroupOnly",
            "ResourceQuotaExceeded.LoadBalancerRulesNum",
        ),
        404: ("ResourceNotFound.Listener", "ResourceNotFound.ServerGroup"),
    },
    "UpdateRuleAttribute": {
        400: (*_BOTH, "IncorrectStatus.Rule"),
        404: ("ResourceNotFound.Rule", "ResourceNotFound.ServerGroup"),
    },
    "DeleteRule": {
        400: ("IncorrectStatus.Rule", "ResourceInConfiguring.Listener"),
        404: ("ResourceNotFound.Rule",),
    },
}
MESSAGES = {
    "Conflict.Priority": "There is already %s having the same configuration with %s.",
    "IncorrectStatus.Rule": "The status of %s [%s] is incorrect.",
    "Mismatch.Protocol": "The %s is mismatched for %s and %s.",
    "OperationDenied.IpGroupCanNotUsedForMirrorAction": "The operation is not allowed because of %s.",
    "OperationDenied.MirrorActionSupportHttpGroupOnly": (
        "The operation is not allowed because of MirrorActionSupportHttpGroupOnly."
    ),
    "OperationDenied.ProtocolMustSameForForwardGroupAction": (
        "The operation is not allowed because of ProtocolMustSameForForwardGroupAction."
    ),
    "OperationDenied.RewriteMissingForwardGroup": "The operation is not allowed because of RewriteMissingForwardGroup.",
    "OperationDenied.SameGroupForForwardAndMirrorAction": "The operation is not allowed because of %s.",
    "QuotaExceeded.RuleActionsNum": "The quota of %s is exceeded, usage %s/%s.",
    "QuotaExceeded.RuleMatchEvaluationsNum": "The quota of %s is exceeded, usage %s/%s.",
    "QuotaExceeded.RuleWildcardsNum": "The quota of %s is exceeded, usage %s/%s.",
    "ResourceInConfiguring.Listener": "The specified listener is being configured, please try again later.",
    "ResourceNotFound.Rule": "The specified resource %s is not found.",
    "ResourceQuotaExceeded.LoadBalancerRulesNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
}
