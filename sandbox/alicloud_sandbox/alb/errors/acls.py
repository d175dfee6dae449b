# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on access control lists."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
    "CreateAcl": {
        400: ("NotExist.ResourceGroup", "QuotaExceeded.AclsNum"),
    },
    "UpdateAclAttribute": {
        400: ("IncorrectStatus.Acl",),
        404: ("ResourceNotFound.Acl",),
    },
    "DeleteAcl": {
        400: ("IncorrectStatus.Acl", "ResourceInUse.Acl"),
        404: ("ResourceNotFound.Acl",),
    },
    "AddEntriesToAcl": {
        400: (
            "IncorrectStatus.Acl",
            "ResourceAlreadyExist.AclEntry",
            "ResourceQuotaExceeded.AclEntriesNum",
            "ResourceQuotaExceeded.ListenerAclEntriesNum",
            "ResourceQuotaExceeded.LoadBalancerAclEntriesNum",
        ),
        404: ("ResourceNotFound.Acl",),
    },
    "RemoveEntriesFromAcl": {
        400: ("IncorrectStatus.Acl",),
        404: ("ResourceNotFound.Acl", "ResourceNotFound.AclEntry"),
    },
    "ListAclEntries": {
        404: ("ResourceNotFound.Acl",),
    },
    "ListAclRelations": {
        404: ("ResourceNotFound.Acl",),
    },
    "AssociateAclsWithListener": {
        400: (
            "IncorrectStatus.Acl",
            "OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl",
            "QuotaExceeded.AclsNum",
            "ResourceInUse.Acl",
            "ResourceQuotaExceeded.ListenerAclEntriesNum",
        ),
        404: ("ResourceNotFound.Acl", "ResourceNotFound.Listener"),
    },
    "DissociateAclsFromListener": {
        400: ("IncorrectStatus.Listener",),
        404: ("ResourceNotAssociated.Acl",),
    },
}

ASSUMED = {
    "IncorrectStatus.Listener": Assumed(
        400,
        assume(
            "alb-acl-listener-status",
            "Access control lists cannot be associated with a listener that is being configured: "
            "IncorrectStatus.Listener (400).",
            "Terraform's provider repeats AssociateAclsWithListener on IncorrectStatus.Listener, and on "
            "ResourceInConfiguring.Listener and Conflict.Acl (resource_alicloud_alb_listener_acl_attachment.go).",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
    "ResourceQuotaExceeded.AclAttachedNum": Assumed(
        400,
        assume(
            "alb-acl-attached",
            "A list that 50 listeners have cannot be given to another one: ResourceQuotaExceeded.AclAttachedNum (400).",
            "The page of quotas has the number; the code is made up after that of TLS security policies.",
            date="2026-11-25",
            settle="AssociateAclsWithListener with a list that 50 listeners have",
        ),
    ),
    "IncorrectStatus.LoadBalancer": Assumed(
        400,
        assume(
            "alb-acl-load-balancer-status",
            "Access control lists need a load balancer that is active: IncorrectStatus.LoadBalancer (400).",
            "Documented for other changes of listeners. Terraform's provider repeats VipStatusNotSupport of this "
            "operation.",
            date="2026-11-25",
            settle="AssociateAclsWithListener while the load balancer is Configuring",
        ),
    ),
}
