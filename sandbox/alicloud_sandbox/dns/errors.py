# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of alidns. Its pages list them per product and not per operation; all have HTTP status 400.

Source: https://help.aliyun.com/zh/dns/api-alidns-2015-01-09-adddomainrecord and -updatedomainrecord (error codes).
"""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable

_COMMON = {"IncorrectDomainUser": 400}
_RECORD = {"DomainRecordNotBelongToUser": 400}
_LOCKED = {"DomainRecordLocked": 400}
_CONTENT = {"DomainRecordDuplicate": 400, "DomainRecordConflict": 400}

ERRORS = ErrorTable(
    documented={
        "AddDomainRecord": _COMMON | _CONTENT | {"QuotaExceeded.Record": 400},
        "UpdateDomainRecord": _RECORD | _LOCKED | _CONTENT,
        "UpdateDomainRecordRemark": _RECORD,
        "DeleteDomainRecord": _RECORD | _LOCKED,
        "DescribeDomainRecordInfo": _RECORD,
        "SetDomainRecordStatus": _RECORD | _LOCKED,
        "DeleteSubDomainRecords": _COMMON,
        "DescribeDomainRecords": _COMMON,
        "DescribeSubDomainRecords": _COMMON,
        "DescribeDomainInfo": _COMMON,
        "DeleteDomain": _COMMON,
    },
    messages={
        "IncorrectDomainUser": "The domain name does not belong to this user.",
        "DomainRecordDuplicate": "The domain record is duplicated.",
        "DomainRecordConflict": "The domain record is conflict with other records.",
        "DomainRecordNotBelongToUser": "The domain record does not belong to this user.",
        "DomainRecordLocked": "The domain record is locked.",
        "QuotaExceeded.Record": "The number of records of this type and line exceeds the quota.",
    },
    assumed={
        "DomainRecordConflict": Assumed(
            400,
            "The domain record is conflict with other records.",
            assume(
                "dns-conflict",
                "Only enabled records conflict, and SetDomainRecordStatus refuses to enable one that does "
                "(DomainRecordConflict).",
                "The matrix of types is documented; what paused records do is not.",
            ),
        ),
        "InvalidDomainName.Duplicate": Assumed(
            400,
            "The domain name is already there.",
            assume(
                "dns-domain-duplicate",
                "AddDomain refuses a domain that is already there with InvalidDomainName.Duplicate (400).",
                "The code of the real service is not known.",
            ),
        ),
    },
)
