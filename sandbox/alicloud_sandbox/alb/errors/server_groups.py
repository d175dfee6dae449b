# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on server groups."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
    "CreateServerGroup": {
        400: (
            "Mismatch.ServerGroupSchedulerAndSlowStartEnable",
            "NotExist.ResourceGroup",
            "QuotaExceeded.ServerGroupsNum",
        ),
        404: ("ResourceNotFound.Vpc",),
    },
    "UpdateServerGroupAttribute": {
        400: (
            "IncorrectStatus.ServerGroup",
            "Mismatch.LoadBalancerEditionAndConnectionDrain",
            "Mismatch.LoadBalancerEditionAndSlowStartEnable",
            "Mismatch.ServerGroupSchedulerAndSlowStartEnable",
        ),
        404: ("ResourceNotFound.ServerGroup",),
    },
    "DeleteServerGroup": {
        400: ("IncorrectStatus.ServerGroup", "ResourceInUse.ServerGroup"),
        404: ("ResourceNotFound.ServerGroup",),
    },
    "AddServersToServerGroup": {
        400: (
            "Conflict.BackendServer",
            "DuplicatedParam.BackendServer",
            "IllegalParam.ServerIp",
            "IncorrectStatus.ServerGroup",
            "Mismatch.VpcId",
            "ResourceQuotaExceeded.LoadBalancerServersNum",
            "ResourceQuotaExceeded.ServerAddedNum",
        ),
        404: ("ResourceNotFound.Eci", "ResourceNotFound.Ecs", "ResourceNotFound.Eni", "ResourceNotFound.ServerGroup"),
    },
    "RemoveServersFromServerGroup": {
        400: ("IncorrectStatus.ServerGroup",),
        404: ("ResourceNotFound.BackendServer", "ResourceNotFound.ServerGroup"),
    },
    "ReplaceServersInServerGroup": {
        400: (
            "Conflict.BackendServer",
            "DuplicatedParam.BackendServer",
            "IncorrectStatus.ServerGroup",
            "ResourceQuotaExceeded.LoadBalancerServersNum",
            "ResourceQuotaExceeded.ServerAddedNum",
        ),
        404: (
            "ResourceNotFound.BackendServer",
            *("ResourceNotFound.Eci", "ResourceNotFound.Ecs", "ResourceNotFound.Eni"),
            "ResourceNotFound.ServerGroup",
        ),
    },
    "UpdateServerGroupServersAttribute": {
        400: ("IncorrectStatus.ServerGroup",),
        404: ("ResourceNotFound.BackendServer", "ResourceNotFound.ServerGroup"),
    },
}

_EDITION_OF_GROUP = assume(
    "alb-edition-of-group",
    "UpdateListenerAttribute, CreateRule and UpdateRuleAttribute refuse a server group with connection drain or slow "
    "start for a basic load balancer with the codes of CreateListener.",
    "The codes are documented for CreateListener and for the operations on server groups.",
    date="2026-11-25",
    settle=("UpdateListenerAttribute of a basic load balancer to a group with connection drain, with DryRun=true"),
)

ASSUMED = {
    "IncorrectStatus.ServerGroup": Assumed(
        400,
        assume(
            "alb-server-group-not-ready",
            "A listener or rule cannot be given a server group that is being created or deleted: "
            "IncorrectStatus.ServerGroup (400).",
            "Documented for operations on the server group itself.",
            date="2026-11-25",
            settle="CreateListener with a group that is being created",
        ),
    ),
    **{
        f"Mismatch.LoadBalancerEditionAnd{flag}": Assumed(400, _EDITION_OF_GROUP)
        for flag in ("ConnectionDrain", "SlowStartEnable")
    },
}
