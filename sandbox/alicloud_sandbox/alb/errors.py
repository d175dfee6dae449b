# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of ALB that the sandbox uses: the documented ones per operation, and what it assumes.

Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json (errorCodes of each operation).
"""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable
from . import rule_errors
from .left_out import LEFT_OUT

_DOCUMENTED: dict[str, dict[int, tuple[str, ...]]] = {
    **rule_errors.DOCUMENTED,
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
    "CreateListener": {
        400: (
            "IncorrectStatus.LoadBalancer",
            "Mismatch.LoadBalancerEditionAndConnectionDrain",
            "Mismatch.LoadBalancerEditionAndSlowStartEnable",
            "Mismatch.VpcId",
            "OperationDenied.CrossLoadBalancerQUICListener",
            "OperationDenied.GRPCServerGroup",
            "OperationDenied.ServerGroupProtocolNotSupport",
            "ResourceAlreadyAssociated.Listener",
            "ResourceAlreadyExist.Listener",
            "ResourceQuotaExceeded.LoadBalancerListenersNum",
            "ResourceQuotaExceeded.LoadBalancerServersNum",
            "ResourceQuotaExceeded.SecurityPolicyAttachedNum",
            "ResourceQuotaExceeded.ServerAddedNum",
        ),
        404: (
            "ResourceNotFound.Certificate",
            "ResourceNotFound.Listener",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "GetListenerAttribute": {
        404: ("ResourceNotFound.Listener",),
    },
    "UpdateListenerAttribute": {
        400: (
            "IncorrectStatus.Listener",
            "IncorrectStatus.LoadBalancer",
            "Mismatch.VpcId",
            "OperationDenied.CrossLoadBalancerQUICListener",
            "OperationDenied.GRPCServerGroup",
            "OperationDenied.ServerGroupProtocolNotSupport",
            "ResourceAlreadyAssociated.Certificate",
            "ResourceAlreadyAssociated.Listener",
            "ResourceQuotaExceeded.LoadBalancerServersNum",
            "ResourceQuotaExceeded.SecurityPolicyAttachedNum",
            "ResourceQuotaExceeded.ServerAddedNum",
        ),
        404: (
            "ResourceNotFound.Certificate",
            "ResourceNotFound.Listener",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "UpdateListenerLogConfig": {
        400: ("IncorrectStatus.Listener", "IncorrectStatus.LoadBalancer", "OperationDenied.AccessLogDisabled"),
        404: ("ResourceNotFound.Listener",),
    },
    "DeleteListener": {
        400: ("IncorrectStatus.Listener", "IncorrectStatus.LoadBalancer", "ResourceInUse.Listener"),
        404: ("ResourceNotFound.Listener", "ResourceNotFound.LoadBalancer"),
    },
    "StartListener": {
        400: ("IncorrectStatus.Listener", "IncorrectStatus.LoadBalancer"),
        404: ("ResourceNotFound.Listener",),
    },
    "StopListener": {
        400: ("IncorrectStatus.Listener", "IncorrectStatus.LoadBalancer"),
        404: ("ResourceNotFound.Listener",),
    },
    "AssociateAdditionalCertificatesWithListener": {
        400: (
            "IncorrectStatus.Listener",
            "OperationDenied.DefaultCertificateUsed",
            "OperationDenied.HttpListenerNotSupport",
            "ResourceAlreadyAssociated.Certificate",
            "ResourceQuotaExceeded.LoadBalancerCertificatesNum",
        ),
        404: ("ResourceNotFound.Certificate", "ResourceNotFound.Listener"),
    },
    "DissociateAdditionalCertificatesFromListener": {
        400: (
            "IncorrectStatus.Listener",
            "OperationDenied.DefaultCertificateUsed",
            "OperationDenied.HttpListenerNotSupport",
            "ResourceNotAssociated.Certificate",
        ),
        404: ("ResourceNotFound.Listener",),
    },
    "ListListenerCertificates": {
        400: ("OperationDenied.HttpListenerNotSupport",),
        404: ("ResourceNotFound.Listener",),
    },
    "GetListenerHealthStatus": {
        404: ("ResourceNotFound.Listener", "ResourceNotFound.LoadBalancer"),
    },
    "CreateSecurityPolicy": {
        400: ("QuotaExceeded.SecurityPoliciesNum",),
    },
    "UpdateSecurityPolicyAttribute": {
        400: ("IncorrectStatus.SecurityPolicy",),
        404: ("ResourceNotFound.SecurityPolicy",),
    },
    "DeleteSecurityPolicy": {
        400: ("IncorrectStatus.SecurityPolicy", "ResourceInUse.SecurityPolicy"),
        404: ("ResourceNotFound.SecurityPolicy",),
    },
    "ListSecurityPolicyRelations": {
        404: ("ResourceNotFound.SecurityPolicy",),
    },
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
    "TagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "UnTagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
    "MoveResourceGroup": {
        400: ("NotExist.ResourceGroup",),
        404: ("ResourceNotFound.LoadBalancer", "ResourceNotFound.SecurityPolicy", "ResourceNotFound.ServerGroup"),
    },
    "ListTagResources": {
        404: (
            "ResourceNotFound.Acl",
            "ResourceNotFound.LoadBalancer",
            "ResourceNotFound.SecurityPolicy",
            "ResourceNotFound.ServerGroup",
        ),
    },
}

_MESSAGES = {
    **rule_errors.MESSAGES,
    "Conflict.BackendServer": "There is already %s having the same configuration with %s.",
    "DuplicatedParam.BackendServer": "The param of %s is duplicated.",
    "DuplicatedParam.ZoneId": "The param of ZoneId is duplicated.",
    "IllegalParam.ServerIp": "The param of ServerIp is illegal.",
    "IncorrectStatus.Acl": "The status of %s [%s] is incorrect.",
    "IncorrectStatus.Listener": "The status of %s [%s] is incorrect.",
    "IncorrectStatus.LoadBalancer": "The status of %s [%s] is incorrect.",
    "IncorrectStatus.SecurityPolicy": "The status of %s [%s] is incorrect.",
    "IncorrectStatus.ServerGroup": "The status of %s [%s] is incorrect.",
    "Mismatch.LoadBalancerEditionAndConnectionDrain": "The %s and %s are mismatched.",
    "Mismatch.LoadBalancerEditionAndSlowStartEnable": "The %s and %s are mismatched.",
    "Mismatch.ServerGroupSchedulerAndSlowStartEnable": "The %s and %s are mismatched.",
    "Mismatch.VpcId": "The %s is mismatched for %s and %s.",
    "Mismatch.ZoneIdAndVSwitchId": "The %s and %s are mismatched.",
    "NotExist.ResourceGroup": "ResourceGroup does not exist.",
    "OperationDenied.AccessLogDisabled": "The operation is not allowed because of %s.",
    "OperationDenied.AccessLogEnabled": "The operation is not allowed because of %s.",
    "OperationDenied.AddressTypeNotChanged": "The operation is not allowed because of AddressTypeNotChanged.",
    "OperationDenied.CrossLoadBalancerQUICListener": "The operation is not allowed because of %s.",
    "OperationDenied.DefaultCertificateUsed": "The operation is not allowed because of %s.",
    "OperationDenied.DeletionProtectionEnabled": "The operation is not allowed because of %s.",
    "OperationDenied.Downgrade": "The operation is not allowed because of %s.",
    "OperationDenied.EditionNotChanged": "The operation is not allowed because of %s.",
    "OperationDenied.GRPCServerGroup": "The operation is not allowed because of %s.",
    "OperationDenied.HttpListenerNotSupport": "The operation is not allowed because of %s.",
    "OperationDenied.ServerGroupProtocolNotSupport": (
        "The operation is not allowed because of ServerGroupProtocolNotSupport."
    ),
    "OperationDenied.Ipv6InternetInstance": "The operation is not allowed because of %s.",
    "OperationDenied.Ipv6IntranetInstance": "The operation is not allowed because of %s.",
    "OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup": (
        "The operation is not allowed because of loadBalancer associated acl can not join security group."
    ),
    "OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl": (
        "The operation is not allowed because of loadbalancer joined security group not support acl."
    ),
    "OperationDenied.NonDualStackInstance": "The operation is not allowed because of %s.",
    "OperationDenied.ZoneMappingsNotChanged": "The operation is not allowed because of %s.",
    "QuotaExceeded.AclsNum": "The quota of %s is exceeded, usage %s/%s.",
    "QuotaExceeded.LoadBalancersNum": "The quota of %s is exceeded, usage %s/%s.",
    "QuotaExceeded.SecurityPoliciesNum": "The quota of %s is exceeded, usage %s/%s.",
    "QuotaExceeded.ServerGroupsNum": "The quota of %s is exceeded, usage %s/%s.",
    "ResourceAlreadyAssociated.Certificate": "The specified resource %s is already associated.",
    "ResourceAlreadyAssociated.Listener": "The specified resource %s is already associated.",
    "ResourceAlreadyAssociated.SecurityGroup": "The specified resource of %s is already associated.",
    "ResourceAlreadyExist.AclEntry": "The specified resource %s already exists.",
    "ResourceAlreadyExist.Listener": "The specified resource %s is already exist.",
    "ResourceInUse.Acl": "The specified resource %s is in use.",
    "ResourceInUse.Listener": "The specified resource %s is in use.",
    "ResourceInUse.SecurityPolicy": "The specified resource %s is in use.",
    "ResourceInUse.ServerGroup": "The specified resource %s is in use.",
    "ResourceNotAssociated.Acl": "The specified resource %s is not associated.",
    "ResourceNotAssociated.Certificate": "The specified resource %s is not associated.",
    "ResourceNotAssociated.SecurityGroup": "The specified resource of %s is not associated.",
    "ResourceNotFound.Acl": "The specified resource %s is not found.",
    "ResourceNotFound.AclEntry": "The specified resource %s is not found.",
    "ResourceNotFound.BackendServer": "The specified resource %s is not found.",
    "ResourceNotFound.Certificate": "The specified resource %s is not found.",
    "ResourceNotFound.CommonBandwidthPackage": "The specified resource %s is not found.",
    "ResourceNotFound.Eci": "The specified resource %s is not found.",
    "ResourceNotFound.Ecs": "The specified resource %s is not found.",
    "ResourceNotFound.Eni": "The specified resource %s is not found.",
    "ResourceNotFound.Listener": "The specified resource %s is not found.",
    "ResourceNotFound.LoadBalancer": "The specified resource %s is not found.",
    "ResourceNotFound.SecurityPolicy": "The specified resource %s is not found.",
    "ResourceNotFound.ServerGroup": "The specified resource %s is not found.",
    "ResourceNotFound.VSwitch": "The specified resource %s is not found.",
    "ResourceNotFound.Vpc": "The specified resource %s is not found.",
    "ResourceQuotaExceeded.AclEntriesNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.ListenerAclEntriesNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.LoadBalancerAclEntriesNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.LoadBalancerCertificatesNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.LoadBalancerListenersNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.LoadBalancerServersNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.SecurityGroupNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.SecurityPolicyAttachedNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
    "ResourceQuotaExceeded.ServerAddedNum": "The quota of %s is exceeded for resource %s, usage %s/%s.",
}

_EDITION_OF_GROUP = assume(
    "alb-edition-of-group",
    "UpdateListenerAttribute, CreateRule and UpdateRuleAttribute refuse a server group with connection drain or slow "
    "start for a basic load balancer with the codes of CreateListener.",
    "The codes are documented for CreateListener and for the operations on server groups.",
    date="2026-11-25",
    settle=("UpdateListenerAttribute of a basic load balancer to a group with connection drain, with DryRun=true"),
)
assume(
    "alb-quotas",
    "The quotas are the documented defaults, and fixed; a new resource counts as soon as it is asked for. Servers of "
    "a group that a rule mirrors to count for their load balancer as well.",
    "The numbers are documented (quotas-and-limits, en 2026); what an account can have raised is not known to the "
    "sandbox.",
    verdict="choice",
)

_ASSUMED = {
    **{
        f"Mismatch.LoadBalancerEditionAnd{flag}": Assumed(400, "The %s and %s are mismatched.", _EDITION_OF_GROUP)
        for flag in ("ConnectionDrain", "SlowStartEnable")
    },
    "InvalidParameter": Assumed(
        400,
        "Invalid parameter, please check the parameter input.",
        assume(
            "alb-mutual-authentication-invalid",
            "Refused with InvalidParameter (400): CaEnabled=true on an HTTP or QUIC listener; CaEnabled=true in a "
            "request that carries no CaCertificates; more than one CA certificate; a CA certificate that has expired "
            "or is not yet valid; a header of the client certificate that is enabled without an alias; HTTPS or QUIC "
            "without a certificate.",
            "The rules are documented (SDK 1.3.3; manage-certificates, en 2026-01-14), the codes are not; this is "
            "the generic one of CreateListener and UpdateListenerAttribute.",
            date="2026-11-25",
            settle="CreateListener with CaEnabled=true and two CaCertificates, with DryRun=true",
        ),
    ),
    "Mismatch.LoadBalancerEditionAndCaEnabled": Assumed(
        400,
        "The %s and %s are mismatched.",
        assume(
            "alb-mutual-authentication-edition",
            "Mutual authentication on a basic load balancer is refused with Mismatch.LoadBalancerEditionAndCaEnabled "
            "(400).",
            "The editions are documented (manage-certificates, en 2026-01-14), the code is not; its family is the "
            "one documented for other features.",
            date="2026-11-25",
            settle="CreateListener with CaEnabled=true for a basic load balancer, with DryRun=true",
        ),
    ),
    "ResourceNotFound.Vpc": Assumed(
        404,
        "The specified resource %s is not found.",
        assume(
            "alb-vpc-not-found",
            "CreateLoadBalancer refuses an unknown VPC with ResourceNotFound.Vpc (404).",
            "Documented for CreateServerGroup; CreateLoadBalancer documents the vSwitch only.",
            date="2026-11-25",
            settle="CreateLoadBalancer with an unknown VpcId and DryRun=true",
        ),
    ),
    "IncorrectStatus.ServerGroup": Assumed(
        400,
        "The status of %s [%s] is incorrect.",
        assume(
            "alb-server-group-not-ready",
            "A listener or rule cannot be given a server group that is being created or deleted: "
            "IncorrectStatus.ServerGroup (400).",
            "Documented for operations on the server group itself.",
            date="2026-11-25",
            settle="CreateListener with a group that is being created",
        ),
    ),
    "Mismatch.VpcId": Assumed(
        400,
        "The %s is mismatched for %s and %s.",
        assume(
            "alb-vswitch-of-other-vpc",
            "A vSwitch of another VPC in ZoneMappings is refused with Mismatch.VpcId (400).",
            "The code is documented for CreateListener and AddServersToServerGroup.",
            date="2026-11-25",
            settle="CreateLoadBalancer with a vSwitch of another VPC and DryRun=true",
        ),
    ),
    "ResourceNotFound.Listener": Assumed(
        404,
        "The specified resource %s is not found.",
        assume(
            "alb-tagged-listener-not-found",
            "Listeners can be tagged with ResourceType=listener; an unknown one is ResourceNotFound.Listener (404).",
            "Terraform's provider tags listeners this way; the pages do not list the type, and the code of an "
            "unknown one was not seen.",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
    "ResourceNotFound.Rule": Assumed(
        404,
        rule_errors.MESSAGES["ResourceNotFound.Rule"],
        assume(
            "alb-tagged-rule-not-found",
            "Forwarding rules can be tagged with ResourceType=rule; an unknown one is ResourceNotFound.Rule (404).",
            "CreateRule takes tags and ListRules shows them; the pages of TagResources do not list the type.",
            date="2026-11-25",
            settle="TagResources with ResourceType=rule and an unknown id",
        ),
    ),
    "OperationDenied.MirrorActionSupportHttpGroupOnly": Assumed(
        400,
        rule_errors.MESSAGES["OperationDenied.MirrorActionSupportHttpGroupOnly"],
        assume(
            "alb-rule-mirror-update",
            "UpdateRuleAttribute refuses to mirror to a server group that is not HTTP with "
            "OperationDenied.MirrorActionSupportHttpGroupOnly (400), as CreateRule does.",
            "Documented for CreateRule only.",
            date="2026-11-25",
            settle="UpdateRuleAttribute with TrafficMirror to an HTTPS group, with DryRun=true",
        ),
    ),
    "ResourceNotFound.SecurityPolicy": Assumed(
        404,
        "The specified resource %s is not found.",
        assume(
            "alb-policy-not-found",
            "Deleting an unknown TLS security policy is ResourceNotFound.SecurityPolicy (404).",
            "Terraform's provider takes exactly this code of DeleteSecurityPolicy for gone "
            "(resource_alicloud_alb_security_policy.go).",
            verdict="practice",
            date="2026-08-21",
        ),
    ),
    "IncorrectStatus.Listener": Assumed(
        400,
        "The status of %s [%s] is incorrect.",
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
        "The quota of %s is exceeded for resource %s, usage %s/%s.",
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
        "The status of %s [%s] is incorrect.",
        assume(
            "alb-acl-load-balancer-status",
            "Access control lists need a load balancer that is active: IncorrectStatus.LoadBalancer (400).",
            "Documented for other changes of listeners. Terraform's provider repeats VipStatusNotSupport of this "
            "operation.",
            date="2026-11-25",
            settle="AssociateAclsWithListener while the load balancer is Configuring",
        ),
    ),
    "ResourceNotFound.Certificate": Assumed(
        404,
        "The specified resource %s is not found.",
        assume(
            "alb-certificate-dialects",
            "A server certificate is known to ALB by <id>-<region>, a CA certificate by its UUID; any other spelling, "
            "and one kind in the place of the other, is ResourceNotFound.Certificate (404).",
            "A log of a user: with the bare number ALB answers 400 ResourceNotAssociated.Certificate, the right "
            "id is 23759533-cn-hangzhou (certimate issue 1328). Ids of CAs in the acceptance tests of Terraform's "
            "provider.",
            verdict="practice",
            date="2026-06-10",
        ),
    ),
}

ERRORS = ErrorTable(
    documented={
        operation: {code: status for status, codes in statuses.items() for code in codes}
        for operation, statuses in _DOCUMENTED.items()
    },
    messages=_MESSAGES,
    assumed=_ASSUMED,
    left_out=LEFT_OUT,
)
