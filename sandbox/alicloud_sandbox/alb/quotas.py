# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: the documented defaults.

Sources: https://www.alibabacloud.com/help/en/slb/application-load-balancer/product-overview/quotas-and-limits, and for
quotas that can be raised https://www.alibabacloud.com/help/doc-detail/198636.htm
"""

from __future__ import annotations

from ..assumptions import assume
from ..product import Call

assume(
    "alb-quotas",
    "The quotas are the documented defaults, and fixed; a new resource counts as soon as it is asked for. Servers of "
    "a group that a rule mirrors to count for their load balancer as well.",
    "The numbers are documented (quotas-and-limits, en 2026); what an account can have raised is not known to the "
    "sandbox.",
    verdict="choice",
)

# Name as in the error code: the limit, or that of a basic load balancer and that of the other editions.
_LIMITS: dict[str, int | tuple[int, int]] = {
    # Per region
    "AclsNum": 1000,
    "HealthCheckTemplatesNum": 50,
    "SecurityPoliciesNum": 50,
    "ServerGroupsNum": 3000,
    # Per load balancer
    "LoadBalancerAclEntriesNum": 800,
    "LoadBalancerCertificatesNum": (10, 25),
    "LoadBalancerListenersNum": 50,
    "LoadBalancerRulesNum": (40, 100),
    "LoadBalancerServersNum": (200, 1000),
    "SecurityGroupNum": 4,  # LoadBalancerJoinSecurityGroup
    # Per listener, access control list, security policy, server group
    "ListenerAclEntriesNum": (300, 500),
    "AclAttachedNum": 50,
    "AclEntriesNum": 500,
    "SecurityPolicyAttachedNum": 10,
    "ServerAddedNum": 1000,
    # Per rule
    "RuleActionsNum": (3, 5),
    "RuleMatchEvaluationsNum": (5, 10),
    "RuleWildcardsNum": (5, 10),
}
ACLS_OF_LISTENER = 3  # its error code is that of the lists of a region


def check(
    call: Call, name: str, used: int, more: int = 1, *, of: str = "", edition: str = "", allowed: int | None = None
) -> None:
    """Refuses ``more`` items beside those that are ``used``, if they are too many together.

    Raises ApiError: ResourceQuotaExceeded.<name> if the quota is that ``of`` a resource, else QuotaExceeded.<name>.
    """
    limit = _LIMITS[name] if allowed is None else allowed
    if isinstance(limit, tuple):
        limit = limit[0] if edition == "Basic" else limit[1]
    if used + more > limit:
        code = f"{'Resource' if of else ''}QuotaExceeded.{name}"
        raise call.error(code, name, *([of] if of else []), used, limit)
