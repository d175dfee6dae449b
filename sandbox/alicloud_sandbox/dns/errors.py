# SPDX-License-Identifier: GPL-3.0-or-later
"""Error codes of alidns. Its pages list them per product and not per operation; all have HTTP status 400.

Sources: https://help.aliyun.com/document_detail/2355841.html for the codes of the product, and for the texts reports of
users: ddns-go issues 207, 1044 and 1717 (2022 to 2026), godns issues 47 and 115, acme.sh issue 6204.
"""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable

_COMMON = {"InvalidDomainName.NoExist": 400}
_RECORD = {"DomainRecordNotBelongToUser": 400}
_LOCKED = {"DomainRecordLocked": 400}
_CONTENT = {"DomainRecordDuplicate": 400, "DomainRecordConflict": 400, "QuotaExceeded.TTL": 400}

ERRORS = ErrorTable(
    missing="MissingParameter",
    documented={
        "AddDomainRecord": _COMMON | _CONTENT | {"QuotaExceeded.Record": 400},
        "UpdateDomainRecord": _RECORD | _LOCKED | _CONTENT,
        "UpdateDomainRecordRemark": _RECORD,
        "DeleteDomainRecord": _RECORD | _LOCKED,
        "DescribeDomainRecordInfo": _RECORD,
        "SetDomainRecordStatus": _RECORD | _LOCKED,
        "DeleteSubDomainRecords": _COMMON,
        "SetDNSSLBStatus": _COMMON,
        "UpdateDNSSLBWeight": _RECORD | _LOCKED,
        "DescribeDNSSLBSubDomains": _COMMON,
        "DescribeDomainRecords": _COMMON,
        "DescribeSubDomainRecords": _COMMON,
        "DescribeDomainInfo": _COMMON,
        "AddDomain": {"InvalidDomainName.Duplicate": 400},
        "DeleteDomain": _COMMON,
        "UpdateDomainRemark": _COMMON,
        "ChangeDomainGroup": _COMMON,
        "DescribeSupportLines": _COMMON,
        "TagResources": _COMMON,
        "UntagResources": _COMMON,
        "ListTagResources": _COMMON,
    },
    messages={
        "InvalidDomainName.NoExist": "The specified domain name does not exist. Refresh the page and try again.",
        "InvalidDomainName.Duplicate": "The domain name is already there.",
        "QuotaExceeded.TTL": "The specified TTL is invalid. A valid TTL must be in the range of %s to 86400.",
        "DomainRecordDuplicate": "The DNS record already exists.",
        "DomainRecordConflict": "The domain record is conflict with other records.",
        "DomainRecordNotBelongToUser": "The DNS record does not exist in your account.",
        "DomainRecordLocked": "The domain record is locked.",
        "DomainRecordDisable": "The domain record is disable.",
        "PanDomainRecord": "The domain record is Pan domain record.",
        "DisableDNSSLB": "The subdomain's DNS SLB status is closed.",
        "QuotaExceeded.Record": "The number of records of this type and line exceeds the quota.",
    },
    assumed={
        **dict.fromkeys(("DisableDNSSLB", "DomainRecordDisable", "PanDomainRecord"), Assumed(400, "dns-weight-codes")),
        "DomainRecordConflict": Assumed(
            400,
            assume(
                "dns-conflict",
                "Only enabled records conflict, and SetDomainRecordStatus refuses to enable one that does "
                "(DomainRecordConflict).",
                "The matrix of types is documented; what paused records do is not.",
                date="2026-11-25",
                settle="SetDomainRecordStatus=Enable for a CNAME beside an A record",
            ),
        ),
    },
)
