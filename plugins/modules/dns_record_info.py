#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record_info
short_description: Read DNS records of a domain in Alibaba Cloud DNS
version_added: 1.0.0
description:
  - Returns the records of a name or of a whole domain, paused ones included.
  - Says on request which of them a DNS server answers with.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alidns20150109 >= 4.6.1
  - dnspython >= 2.7, with O(resolve)
options:
  domain:
    description: The registered domain, such as V(example.com).
    type: str
    required: true
  rr:
    description: The name below the domain, such as V(www), or V(@) for the domain itself. Without it, all names.
    type: str
  type:
    description: Only records of this type, such as V(CNAME).
    type: str
  value:
    description: Only records with this value, in any spelling that is the same in DNS.
    type: str
  line:
    description: Only records of this resolution line.
    type: str
  resolve:
    description: Asks O(resolver) for each record, and returns RV(records[].answered).
    type: bool
    default: false
  resolver:
    description: DNS server, such as V(192.0.2.53) or V(127.0.0.1:9953). Without it, the one of the system.
    type: str
seealso:
  - module: alicloud.mtls.dns_record
"""

EXAMPLES = r"""
- name: Read the records of www.example.com
  alicloud.mtls.dns_record_info:
    domain: example.com
    rr: www
  register: www

- name: Wait until the name resolves
  alicloud.mtls.dns_record_info:
    domain: example.com
    rr: www
    type: CNAME
    resolve: true
  register: www
  until: www.records | selectattr('answered') | length > 0
  retries: 12
  delay: 10
"""

RETURN = r"""
records:
  description: The records, sorted by name, type, line and value.
  returned: success
  type: list
  elements: dict
  contains:
    record_id:
      description: Id.
      type: str
      returned: always
      sample: '9999985'
    domain:
      description: Domain.
      type: str
      returned: always
      sample: example.com
    rr:
      description: Name below the domain.
      type: str
      returned: always
      sample: www
    fqdn:
      description: The whole name.
      type: str
      returned: always
      sample: www.example.com
    type:
      description: Type.
      type: str
      returned: always
      sample: CNAME
    value:
      description: Value.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com
    ttl:
      description: Seconds that resolvers may keep the answer.
      type: int
      returned: always
      sample: 600
    line:
      description: Resolution line.
      type: str
      returned: always
      sample: default
    priority:
      description: Priority, of type V(MX).
      type: int
      returned: always
    status:
      description: V(enable) if queries for the record are answered.
      type: str
      returned: always
      sample: enable
    locked:
      description: Whether the DNS service refuses to change and to remove it.
      type: bool
      returned: always
    weight:
      description: Weight. V(null) while answers do not follow the weights.
      type: int
      returned: always
      sample: 90
    answered:
      description: >-
        Whether the DNS server answers with the record. V(null) without O(resolve), and for types other than V(A),
        V(AAAA), V(CAA), V(CNAME), V(MX), V(NS), V(SRV) and V(TXT). The answer to a record of another O(line) may
        depend on where the question comes from.
      type: bool
      returned: always
code:
  description: Error code of the service.
  returned: failure of a request
  type: str
http_status:
  description: HTTP status of the error.
  returned: failure of a request
  type: int
request_id:
  description: Id of the failed request, for a support case.
  returned: failure of a request
  type: str
recommend:
  description: Address of the service's own advice.
  returned: failure of a request
  type: str
hint:
  description: What can be done about the failure.
  returned: failure
  type: str
"""

from ..module_utils._core.info import run_info
from ..module_utils._dns.information import records


def main() -> None:
    run_info(
        records,
        {
            "domain": {"type": "str", "required": True},
            "rr": {"type": "str"},
            "type": {"type": "str"},
            "value": {"type": "str"},
            "line": {"type": "str"},
            "resolve": {"type": "bool", "default": False},
            "resolver": {"type": "str"},
        },
    )


if __name__ == "__main__":
    main()
