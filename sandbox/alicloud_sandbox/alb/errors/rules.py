# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on forwarding rules."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

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
DOCUMENTED: Documented = {
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

ASSUMED = {
    "OperationDenied.MirrorActionSupportHttpGroupOnly": Assumed(
        400,
        assume(
            "alb-rule-mirror-update",
            "UpdateRuleAttribute refuses to mirror to a server group that is not HTTP with "
            "OperationDenied.MirrorActionSupportHttpGroupOnly (400), as CreateRule does.",
            "Documented for CreateRule only.",
            date="2026-11-25",
            settle="UpdateRuleAttribute with TrafficMirror to an HTTPS group, with DryRun=true",
        ),
    ),
}
