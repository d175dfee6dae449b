# SPDX-License-Identifier: GPL-3.0-or-later
"""What a code means, and what the user is told."""

from __future__ import annotations

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.error_codes import Kind, classify
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import CloudError

# What live services answer and tools repeat (retry lists of terraform-provider-alicloud, 2026-08-21).
IN_PRACTICE = [
    ("DissociateAclsFromListener", "LockFailed", Kind.UNCERTAIN),
    ("AssociateAclsWithListener", "Conflict.Acl", Kind.UNCERTAIN),
    ("UpdateAclAttribute", "Conflict.Acl", Kind.INVALID),  # documented: a list with this name is there already
    ("EnableDeletionProtection", "undefined", Kind.UNCERTAIN),
    ("MoveResourceGroup", "undefined", Kind.UNCERTAIN),
    ("MoveResourceGroup", "NotExist.ResourceGroup", Kind.UNCERTAIN),
    ("CreateAcl", "NotExist.ResourceGroup", Kind.INVALID),
    ("EnableLoadBalancerAccessLog", "OperationDenied.AccessLogEnabled", Kind.UNCERTAIN),
    ("DeleteDomainRecord", "RecordForbidden.DNSChange", Kind.BUSY),
    ("DeleteDomainRecord", "LastOperationNotFinished", Kind.BUSY),
    ("UploadUserCertificate", "500", Kind.UNCERTAIN),
    ("UploadUserCertificate", "5001", Kind.INVALID),
    ("CreateListener", "SystemBusy", Kind.BUSY),
    ("CreateListener", "IncorrectBusinessStatus.LoadBalancer", Kind.UNCERTAIN),
    ("CreateRule", "ResourceInConfiguring.Listener", Kind.BUSY),
    ("DeleteRule", "IncorrectStatus.Rule", Kind.BUSY),
    ("DeleteRule", "-21013", Kind.BUSY),
    ("CreateListener", "VipStatusNotSupport", Kind.BUSY),
]

CODES = [
    ("DryRunOperation", 400, Kind.DRY_RUN),
    ("Throttling", 400, Kind.TRANSIENT),
    ("Throttling.User", 400, Kind.TRANSIENT),
    ("Rejected.Throttling", 429, Kind.TRANSIENT),
    ("ServiceUnavailable", 503, Kind.TRANSIENT),
    ("ServiceUnavailable", 400, Kind.TRANSIENT),
    ("SomethingNew", 500, Kind.TRANSIENT),
    ("SomethingNew", 429, Kind.TRANSIENT),
    ("SystemBusy", 400, Kind.BUSY),
    ("IdempotenceProcessing", 400, Kind.BUSY),
    ("IncorrectStatus.LoadBalancer", 400, Kind.BUSY),
    ("incorrectstatus.listener", 400, Kind.BUSY),
    ("ResourceInConfiguring", 400, Kind.BUSY),
    ("ResourceInConfiguring.Listener", 400, Kind.BUSY),
    ("-21013", 400, Kind.BUSY),
    ("-22031", 400, Kind.BUSY),
    ("ResourceNotFound.Listener", 404, Kind.MISSING),
    ("ResourceNotFound.listener", 404, Kind.MISSING),
    ("NotFound", 404, Kind.MISSING),
    ("NotFound.Certificate", 404, Kind.MISSING),
    ("DomainRecordNotBelongToUser", 400, Kind.MISSING),
    ("InvalidDomainName.NoExist", 400, Kind.MISSING),
    ("IncorrectDomainUser", 400, Kind.DENIED),  # the domain belongs to another account
    ("ResourceAlreadyExist.Listener", 400, Kind.EXISTS),
    ("Conflict.BackendServer", 400, Kind.EXISTS),
    ("DomainRecordDuplicate", 400, Kind.EXISTS),
    ("ResourceInUse.ServerGroup", 400, Kind.IN_USE),
    ("Forbidden.LoadBalancer", 403, Kind.DENIED),
    ("Forbidden.LoadBalancer", 400, Kind.DENIED),
    ("SignatureDoesNotMatch", 400, Kind.DENIED),
    # These end like missing resources, and are not.
    ("InvalidAccessKeyId.NotFound", 404, Kind.DENIED),
    ("InvalidApi.NotFound", 404, Kind.INVALID),
    ("InvalidParameter", 400, Kind.INVALID),
    ("MissingListenerId", 400, Kind.INVALID),
    ("Conflict.Priority", 400, Kind.INVALID),
    ("OperationDenied.Downgrade", 400, Kind.INVALID),
    ("", 400, Kind.INVALID),
]


@pytest.mark.parametrize(("code", "status", "kind"), CODES, ids=[f"{code}-{status}" for code, status, _kind in CODES])
def test_classify(code: str, status: int, kind: Kind) -> None:
    assert classify(code, status) is kind


@pytest.mark.parametrize(("operation", "code", "kind"), IN_PRACTICE)
def test_codes_of_live_services(operation: str, code: str, kind: Kind) -> None:
    assert CloudError("message", code=code, http_status=400, ram=f"alb:{operation}").kind is kind


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("QuotaExceeded.TTL", "larger ttl"),
        ("QuotaExceeded.ListenersNum", "Quota Center"),
        ("IncorrectDomainUser", "another account"),
        ("InvalidDomainName.NoExist", "not added to this one"),
        ("InvalidDomainName.Format", "not the name of a domain"),
        ("DomainRecordConflict", "exclude one another"),
        ("Forbidden.Listener", "alb:CreateListener"),
        ("InvalidAccessKeyId.NotFound", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "access_key_secret"),
        ("ResourceNotFound.Certificate", "ca_certificate_ids"),
        ("OperationDenied.DeletionProtectionEnabled", "deletion_protection: false"),
        ("QuotaExceeded.LoadBalancersNum", "quota"),
        ("DomainRecordConflict", "CNAME"),
    ],
)
def test_advice(code: str, words: str) -> None:
    error = CloudError("message", code=code, http_status=400, ram="alb:CreateListener")
    assert words in error.hint
    assert words in error.report()["msg"]


def test_report_has_what_a_support_case_needs() -> None:
    error = CloudError("It failed.", code="InvalidParameter", http_status=400, request_id="R-1", recommend="https://x")
    error.purpose = "Cannot create listener"
    assert error.report() == {
        "msg": "Cannot create listener: It failed. (InvalidParameter)",
        "hint": "",
        "code": "InvalidParameter",
        "http_status": 400,
        "request_id": "R-1",
        "recommend": "https://x",
    }
