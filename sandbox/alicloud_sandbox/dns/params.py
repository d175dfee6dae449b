# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations of alidns.

Source: https://api.aliyun.com/meta/v1/products/Alidns/versions/2015-01-09/api-docs.json
"""

from __future__ import annotations

from ..schema import Param, choice, flag, integer, many, must, text

Schema = dict[str, Param]

# https://help.aliyun.com/zh/dns/dns-record-types
TYPES = (
    "A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA", "REDIRECT_URL", "FORWARD_URL", "FORWORD_URL",
)  # fmt: skip
# Types that only the console can add, and the API shows (they are in the matrix of conflicts).
SHOWN_TYPES = (*TYPES, "ALIAS", "HTTPS", "SVCB")

_language: Schema = {"Lang": text()}
_common: Schema = {**_language, "UserClientIp": text()}
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
DOMAIN_REMARK: Schema = {"DomainName": _domain, "Remark": text(0, 50), **_language}

_group_name = must(text(1, 64))
GROUP: Schema = {"GroupId": must(text(1)), **_language}
ADD_GROUP: Schema = {"GroupName": _group_name, **_language}
UPDATE_GROUP: Schema = {**GROUP, "GroupName": _group_name}
GROUPS: Schema = {"KeyWord": text(), **_page(100), **_language}
CHANGE_GROUP: Schema = {"DomainName": _domain, "GroupId": text(), **_language}
LINES: Schema = {"DomainName": text(), **_common}

# At most 20 bytes, and a key begins neither with acs: nor with aliyun (SDK 4.6.1, TagResources).
_tag: Schema = {"Key": text(1, 20, pattern=r"(?i)(?!aliyun|acs:).*"), "Value": text(0, 20)}
_tagged: Schema = {"ResourceType": choice("DOMAIN", required=True), **_language}
_ids = many(text(1), 1, 50)
TAG: Schema = {**_tagged, "ResourceId": must(_ids), "Tag": must(many(_tag, 1, 20))}
UNTAG: Schema = {**_tagged, "ResourceId": must(_ids), "TagKey": many(text(1), 1, 20), "All": flag()}
LIST_TAGS: Schema = {**_tagged, "ResourceId": _ids, "Tag": many(_tag, 1, 20), "NextToken": text()}
