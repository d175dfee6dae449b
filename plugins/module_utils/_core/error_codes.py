# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the error codes of the cloud mean: a table from code to kind, and one from code to hint. Pure.

A row fits every code that begins with it, in upper or lower case: the part after the dot names the resource, and
products spell it differently (ALB ``ResourceNotFound.Listener``, NLB ``ResourceNotFound.listener``). A row that ends in
``$`` fits that code alone; after ``@`` stands the one operation that a row is about. The first row that fits counts.
Private to this collection.
"""

from __future__ import annotations

import typing as t
from enum import Enum


class Kind(Enum):
    """What an error means for the run."""

    TRANSIENT = "transient"  # the service or the network: the same request may succeed in a moment
    UNREACHABLE = "unreachable"  # no connection: the request was not sent
    WRONG_ENDPOINT = "wrong_endpoint"  # no answer of the API has ever come from this endpoint
    NOT_API = "not_api"  # the answer does not come from the API, although the API has answered at this endpoint before
    BUSY = "busy"  # the resource is being configured: wait for it
    UNCERTAIN = "uncertain"  # sometimes passes by itself, sometimes stays
    MISSING = "missing"  # the resource does not exist
    EXISTS = "exists"  # another run, perhaps an interrupted one, was faster
    IN_USE = "in_use"  # another resource still refers to it
    DENIED = "denied"  # credentials or permissions
    DRY_RUN = "dry_run"  # a DryRun request that would have succeeded
    INVALID = "invalid"  # all others: the same request gives the same answer


# What an endpoint answers that does not have a product, or not this version of its API (acme.sh issue 2750).
NO_SUCH_PRODUCT = ("InvalidProduct", "InvalidVersion")

# Sources: the error tables of the operations' API pages, the list of gateway codes
# (help.aliyun.com/document_detail/48054.html), and the retry lists of terraform-provider-alicloud (2026-08-21).
_KINDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.DRY_RUN, ("DryRunOperation",)),
    (
        Kind.TRANSIENT,
        (
            "Throttling",
            "Rejected.Throttling",
            "ServiceUnavailable",
            "InternalError",
            "UnknownError",
            "SignatureNonceUsed",
        ),
    ),
    (
        Kind.BUSY,
        (
            "SystemBusy",
            "IdempotenceProcessing",
            "IncorrectStatus",
            "ResourceInConfiguring",
            "VipStatusNotSupport",
            "LbStatusNotSupport",
            "LastOperationNotFinished",
            "OperationFailed.ResourceGroupStatusCheckFail",
            "RecordForbidden.DNSChange",
            "-21013",
            "-21020",
            "-22001",
            "-22031",
        ),
    ),
    (
        Kind.UNCERTAIN,
        (
            "IncorrectBusinessStatus",  # being created, or locked or overdue
            "LockFailed",
            "Conflict.Acl@AssociateAclsWithListener",
            "NotExist.ResourceGroup@MoveResourceGroup",
            "OperationDenied.AccessLogEnabled",  # just switched off, to be switched on elsewhere
            "undefined$",
            "500$",
        ),
    ),
    (
        Kind.MISSING,
        (
            "ResourceNotFound",
            "NotFound",
            "DomainRecordNotBelongToUser",
            "InvalidRR.NoExist",
            "InvalidDomainName.NoExist",
            "-735",
        ),
    ),
    (
        Kind.EXISTS,
        (
            "ResourceAlreadyExist",
            "ResourceAlreadyAssociated",
            "Conflict.BackendServer",
            "DomainRecordDuplicate",
            "NameRepeat",
            "NameDuplicate",
        ),
    ),
    (Kind.IN_USE, ("ResourceInUse", "OperationDenied.ResourceInUse")),
    (
        Kind.DENIED,
        (
            "Forbidden",
            "NoPermission",
            "InvalidAccessKeyId",
            "InvalidSecurityToken",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "InvalidTimeStamp",
            "MissingSecurityToken",
            "IncorrectDomainUser",  # the domain belongs to another account
        ),
    ),
)

# {ram} is the RAM action of the call.
_ON_PERMISSIONS = "Allow the RAM action {ram} to the RAM user or role whose credentials are used."
_ON_QUOTAS = "Ask for a higher quota in the Quota Center, or remove what is no longer needed."
_HINTS: tuple[tuple[str, str], ...] = (
    ("InvalidAccessKeyId", "Check access_key_id (environment variable ALIBABA_CLOUD_ACCESS_KEY_ID), or the profile."),
    (
        "SignatureDoesNotMatch",
        "Check access_key_secret (environment variable ALIBABA_CLOUD_ACCESS_KEY_SECRET): it does not belong to "
        "access_key_id. A proxy that rewrites request headers has the same effect.",
    ),
    ("InvalidSecurityToken", "The security token is wrong or has expired: get new temporary credentials."),
    ("MissingSecurityToken", "These are temporary credentials: give security_token as well."),
    ("InvalidTimeStamp", "The clock of this machine differs from the cloud's by more than 15 minutes: set it."),
    ("Forbidden", _ON_PERMISSIONS),
    ("NoPermission", _ON_PERMISSIONS),
    (
        "ResourceNotFound.Certificate",
        "Check certificate_ids and ca_certificate_ids: a server certificate is <id>-<region of the certificate "
        "store>, a CA certificate the identifier it has in its repository. Both must belong to this account.",
    ),
    (
        "ResourceAlreadyAssociated.Certificate",
        "A default certificate cannot be an additional one as well: give additional_certificate_ids without it.",
    ),
    (
        "OperationDenied.AccessLogDisabled",
        "Switch the access log of the load balancer on first: alicloud.mtls.alb_load_balancer with access_log.",
    ),
    ("ResourceNotFound.Listener", "Check listener_id, and that region is the region of the listener."),
    ("ResourceNotFound.LoadBalancer", "Check load_balancer_id, and that region is the region of the load balancer."),
    ("ResourceNotFound.ServerGroup", "Check server_group_id, and that region is the region of the server group."),
    ("ResourceNotFound.SecurityPolicy", "Check security_policy_id: a system policy, or a custom one of this region."),
    ("ResourceNotFound.Acl", "Check acl_ids, and that region is the region of the access control lists."),
    (
        "OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl",
        "A load balancer has security groups or access control lists, not both: take it out of the groups first.",
    ),
    (
        "ResourceInUse.Acl",
        "Take it away from its listeners first: alicloud.mtls.alb_acl with listeners: [] and purge_listeners: true.",
    ),
    ("QuotaExceeded.AclsNum", "A listener has three access control lists at most: put the entries into fewer lists."),
    ("ResourceInUse.ServerGroup", "Have the listeners and rules that use it forward to another server group first."),
    ("ResourceInUse.Listener", "Switch quic.upgrade_enabled off in the listeners that send clients to it first."),
    ("ResourceInUse.Certificate", "Give the listeners that use it another certificate first."),
    (
        "ResourceInUse.SecurityPolicy",
        "Give the listeners that use it another policy first; alicloud.mtls.alb_security_policy_info names them.",
    ),
    ("ResourceNotFound.VSwitch", "Check zone_mappings: each vswitch_id must exist in this region and VPC."),
    ("ResourceNotFound.Vpc", "Check vpc_id, and that region is the region of the VPC."),
    ("ResourceNotFound.Ecs", "Check servers: each server_id must be an instance of this region."),
    (
        "OperationDenied.ZoneVSwitchChanged",
        "ALB does not change the VSwitch of a zone: take the zone out of zone_mappings first, then add it again.",
    ),
    (
        "OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup",
        "A load balancer has security groups or access control lists, not both: take the lists away first.",
    ),
    ("ResourceNotFound.CommonBandwidthPackage", "Check bandwidth_package_id, and that region is that of the package."),
    ("ResourceNotFound.Eip", "Check zone_mappings: each allocation_id must be a free EIP of this region."),
    ("ResourceNotFound.SecurityGroup", "Check security_group_ids: each must be a group of this region and VPC."),
    ("Mismatch.ZoneIdAndVSwitchId", "Check zone_mappings: each vswitch_id must lie in the zone_id beside it."),
    ("Mismatch.VpcId", "The load balancer, the server group and its servers must be in one VPC: check vpc_id."),
    (
        "OperationDenied.DeletionProtectionEnabled",
        "Switch it off first: run the module with deletion_protection: false, beside state: absent as well.",
    ),
    (
        "OperationDenied.ServerGroupProtocolNotSupport",
        "The listener cannot use a server group of this protocol: change protocol of the server group.",
    ),
    (
        "Conflict.Priority",
        "Another rule of the listener has this priority; alicloud.mtls.alb_rule_info with listener_ids names them all.",
    ),
    ("Mismatch.Protocol", "The listener cannot forward to a server group of this protocol: name another server group."),
    ("OperationDenied.ProtocolMustSame", "The server groups of forward must have one protocol: name others."),
    ("OperationDenied.MirrorAction", "Traffic is mirrored to a server group with protocol: http only: name another."),
    ("OperationDenied.IpGroup", "Traffic is not mirrored to a server group with type: ip: name another."),
    ("OperationDenied.GRPCServerGroup", "A gRPC server group needs an HTTPS listener with http2: true."),
    ("OperationDenied.Downgrade", "A load balancer cannot go back to a lower edition: make a new one."),
    (
        "OperationDenyed.ServiceLinkedRoleNotExist",
        "Open the ALB console once, or create the service-linked role AliyunServiceRoleForAlb in RAM.",
    ),
    ("IncorrectStatus", "The resource did not become idle in time: run again, or raise wait_timeout."),
    ("IncorrectBusinessStatus", "The load balancer is locked or overdue: see its status in the console."),
    (
        "DomainRecordConflict",
        "Records of the same rr and line exclude one another: A, AAAA and URL forwarding exclude CNAME, for instance. "
        "Remove or pause the other one first.",
    ),
    ("IncorrectDomainUser", "Check domain and the credentials: the domain belongs to another account."),
    ("InvalidDomainName.NoExist", "Check domain: no account of Alibaba Cloud has it, or it is not added to this one."),
    ("InvalidDomainName.Format", "Check domain: it is not the name of a domain, such as example.com."),
    (
        "QuotaExceeded.TTL",
        "Give a larger ttl, or upgrade the edition of the domain: the least ttl of a free one is 600 seconds.",
    ),
    ("QuotaExceeded.Record", "A name has 90 records of a type and line at most: remove some."),
    ("DisableDNSSLB", "Enable the weights of the name first: weighted: true."),
    ("DomainRecordDisable", "Enable the record first: enabled: true. Paused records have no weight."),
    ("PanDomainRecord", "A wildcard has no weights: leave weight, weighted_values and weighted out."),
    ("NotMatch.CertificateAndPrivateKey", "Give the private key of the certificate that comes first in the file."),
    ("PrivateKeyFormatException", "Give the private key without encryption: openssl pkey -in FILE -out FILE."),
    ("DomainRecordLocked", "Unlock the record in the console of the DNS service first."),
    ("QuotaExceeded", _ON_QUOTAS),
    ("ResourceQuotaExceeded", _ON_QUOTAS),
    ("Throttling", "The account sends too many requests: run less in parallel, or raise wait_timeout."),
)

_ON_TIME = "Run again later: the run continues where this one stopped. Raise wait_timeout to wait longer."
_KIND_HINTS = {
    Kind.DENIED: "Check the credentials, and that RAM allows the action {ram}.",
    Kind.UNREACHABLE: "Check endpoint (environment variable ALICLOUD_MTLS_ENDPOINT), region, and the network.",
    Kind.WRONG_ENDPOINT: (
        "Check endpoint (environment variable ALICLOUD_MTLS_ENDPOINT), its port and its scheme (http:// or https://), "
        "and whether a proxy answers in its place."
    ),
    Kind.NOT_API: "A proxy or a firewall seems to answer in place of the service for this operation: look there.",
    Kind.IN_USE: "Remove what still uses it first.",
    Kind.TRANSIENT: _ON_TIME,
    Kind.UNCERTAIN: "Run again later: the run continues where this one stopped.",
    Kind.BUSY: _ON_TIME,
}

T = t.TypeVar("T")


def _fits(row: str, code: str, operation: str) -> bool:
    prefix, _at, only = row.partition("@")
    return f"{code}$".lower().startswith(prefix.lower()) and only in ("", operation)


def _lookup(table: t.Iterable[tuple[str, T]], code: str, operation: str = "") -> T | None:
    return next((value for row, value in table if _fits(row, code, operation)), None)


def classify(code: str, http_status: int | None = None, operation: str = "") -> Kind:
    """Return the kind of an error ``code``; an unknown code in a response with status 5xx or 429 is transient."""
    kind = _lookup(((row, kind) for kind, rows in _KINDS for row in rows), code, operation)
    if kind is None and http_status is not None and (http_status >= 500 or http_status == 429):
        return Kind.TRANSIENT
    return kind or Kind.INVALID


def hint_for(code: str, kind: Kind | None = None, ram: str = "") -> str:
    """Return what the user can do about an error ``code``, else about an error of ``kind``; empty if unknown.

    ``ram`` is the RAM action of the call, such as ``alb:CreateListener``.
    """
    hint = _lookup(_HINTS, code) or (_KIND_HINTS.get(kind, "") if kind else "")
    return hint.format(ram=ram)
