# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of the operations on listeners."""

from __future__ import annotations

from ...assumptions import assume
from ...errors import Assumed
from .messages import Documented

DOCUMENTED: Documented = {
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
}

ASSUMED = {
    "InvalidParameter": Assumed(
        400,
        assume(
            "alb-mutual-authentication-invalid",
            "Refused with InvalidParameter (400): CaEnabled=true on an HTTP or QUIC listener; CaEnabled=true in a "
            "request that carries no CaCertificates; more than one CA certificate; a CA certificate that has expired "
            "or is not yet valid; a header of the client certificate that is enabled without an alias; HTTPS or QUIC "
            "without a certificate.",
            "The rules are documented (SDK 1.3.3; manage-certificates, en 2026-01-14), the codes are not; this is "
            "the generic one of CreateListener and UpdateListenerAttribute. Terraform's provider sends CaEnabled=true "
            "without the CA when nothing else changes; its tests always change the CA as well, so they do not tell "
            "what the service answers (2026-08-21).",
            date="2026-11-25",
            settle="CreateListener with CaEnabled=true and two CaCertificates, with DryRun=true",
        ),
    ),
    "Mismatch.LoadBalancerEditionAndCaEnabled": Assumed(
        400,
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
    "ResourceNotFound.Certificate": Assumed(
        404,
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
