# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of alidns.

Source: https://api.aliyun.com/meta/v1/products/Alidns/versions/2015-01-09/api-docs.json
"""

from __future__ import annotations

from ..schema import Param, choice, flag, integer, must, text

Schema = dict[str, Param]

# https://help.aliyun.com/zh/dns/dns-record-types
TYPES = (
    "A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA", "REDIRECT_URL", "FORWARD_URL", "FORWORD_URL",
)  # fmt: skip
# Types that only the console can add, and the API shows (they are in the matrix of conflicts).
SHOWN_TYPES = (*TYPES, "ALIAS", "HTTPS", "SVCB")

_common: Schema = {"Lang": text(), "UserClientIp": text()}
_domain = must(text(1, 253))
# A label has 63 characters at most and neither begins nor ends with a hyphen (Terraform's provider, alidns_record).
_LABEL = r"(?!-)[a-z0-9_\u0080-\uffff-]{1,63}(?<!-)"
_host = must(text(1, 253, pattern=rf"(?i)@|\*|(\*\.)?{_LABEL}(\.{_LABEL})*"))
_record_id: Schema = {"RecordId": must(text()), **_common}
_content: Schema = {
    "RR": _host,
    "Type": choice(*TYPES, required=True),
    "Value": must(text(1, 2048)),
    "TTL": integer(1, 86400, default=600),
    "Line": text(1, 64, default="default"),
    "Priority": integer(1, 50),
}


def _page(high: int) -> Schema:
    return {"PageNumber": integer(1, default=1), "PageSize": integer(1, high, default=20)}


ADD: Schema = {"DomainName": _domain, **_content, **_common}
UPDATE: Schema = {**_record_id, **_content}
RECORD: Schema = _record_id
REMARK: Schema = {**_record_id, "Remark": text(0, 50)}
STATUS: Schema = {**_record_id, "Status": choice("Enable", "Disable", "ENABLE", "DISABLE", required=True)}
WEIGHT: Schema = {**_record_id, "Weight": integer(1, 100, required=True)}
WEIGHT_STATUS: Schema = {
    "SubDomain": _domain,
    "DomainName": text(),
    "Open": flag(default=True),
    "Type": choice("A", "AAAA", "CNAME", default="A"),
    "Line": text(1, 64, default="default"),
    **_common,
}
WEIGHTED: Schema = {"DomainName": _domain, "Rr": text(), **_page(100), **_common}
DELETE_SUB: Schema = {"DomainName": _domain, "RR": _host, "Type": choice(*SHOWN_TYPES), **_common}
RECORDS: Schema = {
    "DomainName": _domain,
    "KeyWord": text(),
    "RRKeyWord": text(),
    "TypeKeyWord": text(),
    "ValueKeyWord": text(),
    "SearchMode": choice("LIKE", "EXACT", "ADVANCED", "COMBINATION"),
    "Type": text(),
    "Line": text(),
    "Status": text(),
    "GroupId": integer(),
    "OrderBy": text(),
    "Direction": choice("ASC", "DESC", default="DESC"),
    **_page(500),
    **_common,
}
SUB_DOMAIN: Schema = {
    "SubDomain": _domain,
    "DomainName": text(),
    "Type": text(),
    "Line": text(),
    **_page(100),
    **_common,
}
DOMAIN: Schema = {
    "DomainName": _domain,
    "NeedDetailAttributes": flag(),
    "GroupId": text(),
    "ResourceGroupId": text(),
    **_common,
}
DOMAINS: Schema = {
    "KeyWord": text(),
    "SearchMode": choice("LIKE", "EXACT", default="LIKE"),
    "GroupId": text(),
    "ResourceGroupId": text(),
    "Starmark": flag(),
    **_page(100),
    **_common,
}
