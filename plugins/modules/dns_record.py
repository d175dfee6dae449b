#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record
short_description: Manage a DNS record of a domain in Alibaba Cloud DNS
version_added: 1.0.0
description:
  - Creates, changes and deletes the records of a name, in a domain that belongs to the account.
  - A name has one record of type V(CNAME), V(FORWARD_URL) or V(REDIRECT_URL), which is changed in place, unless
    O(values) has several. Of the other types it can have several, which differ in their value; those with other values
    stay, unless O(purge) is set.
  - Names and values are compared as DNS compares them. Upper and lower case of host names, a dot at their end, Unicode
    and Punycode, quotes of V(TXT) and V(CAA), and spellings of an IPv6 address make no difference.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
requirements:
  - alibabacloud-alidns20150109 >= 4.6.1
options:
  domain:
    description: The registered domain, such as V(example.com). Names below it belong into O(rr).
    type: str
    required: true
  rr:
    description: >-
      The name below the domain, such as V(www), or V(@) for the domain itself. A label has 63 characters at most, and
      does not begin or end with a hyphen.
    type: str
    required: true
  type:
    description: Type of the record.
    type: str
    choices: [A, AAAA, CAA, CNAME, FORWARD_URL, MX, NS, REDIRECT_URL, SRV, TXT]
    default: CNAME
  value:
    description:
      - Value of the record. This, O(values) or O(weighted_values) is needed with O(state=present). Give it with
        O(state=absent) as well, so that a record that points elsewhere meanwhile stays.
      - Of V(MX), the host name alone; of V(SRV), priority, weight, port and host name.
    type: str
  values:
    description: Several values, each of which has a record of its own. O(ttl), O(priority) and O(enabled) hold for all.
    type: list
    elements: str
  weighted_values:
    description:
      - Several values with their weights. The DNS service answers with one of them at a time, in proportion to its
        weight. Otherwise like O(values).
      - For O(type=A), O(type=AAAA) and O(type=CNAME), enabled records and at least two values. A name with a wildcard
        has no weights.
    type: list
    elements: dict
    suboptions:
      value:
        description: Value.
        type: str
        required: true
      weight:
        description: Weight, from 1 to 100.
        type: int
        required: true
  weight:
    description: Weight of the record with O(value), from 1 to 100, or of each of O(values). See O(weighted_values).
    type: int
  weighted:
    description:
      - Whether answers follow the weights of the records of this name, O(type) and O(line). V(false) answers with all
        values again.
      - Without it, O(weighted_values) and O(weight) enable the weights, and nothing else changes them.
    type: bool
  purge:
    description:
      - With O(state=present), removes the records of the same name, O(type) and O(line) that have other values. Where a
        value is missing, such a record is changed instead, so that the name always has an answer.
    type: bool
    default: false
  replace:
    description:
      - With O(state=present), removes enabled records of other types that the DNS service does not allow beside
        O(type), under the same name and line, such as V(A) and V(AAAA) for V(CNAME). Without it, such a record is an
        error.
      - One of them is changed into the new record by a single request. The others are removed before it.
    type: bool
    default: false
  ttl:
    description:
      - Seconds that resolvers may keep the answer. A new record has 600 by default.
      - The least value depends on the edition of the domain, and is 600 for a free one.
    type: int
  line:
    description: Resolution line, the clients that the record is for.
    type: str
    default: default
  priority:
    description:
      - Priority, from 1 to 50. Needed for a new record of O(type=MX).
      - With O(state=absent), only records of this priority are removed.
    type: int
  enabled:
    description:
      - Whether queries for the record are answered. A record that was paused, for example in the console, is enabled.
      - V(false) keeps the record and pauses it.
    type: bool
    default: true
  state:
    description:
      - V(absent) removes the records of O(rr), O(type) and O(line) that have O(value) or one of O(values). Others are
        listed in RV(kept). Without values, the one of the name and type is removed; that there are several is an error.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.dns_record_info
  - module: alicloud.mtls.alb_load_balancer
"""

EXAMPLES = r"""
- name: Point www.example.com at the load balancer
  alicloud.mtls.dns_record:
    domain: example.com
    rr: www
    type: CNAME
    value: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com
    ttl: 600

- name: Do so in place of the addresses that the name has had
  alicloud.mtls.dns_record:
    domain: example.com
    rr: www
    type: CNAME
    value: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com
    replace: true

- name: Let the name have these two addresses and no other
  alicloud.mtls.dns_record:
    domain: example.com
    rr: api
    type: A
    values: [192.0.2.1, 192.0.2.2]
    purge: true

- name: Send a tenth of the clients to a new load balancer
  alicloud.mtls.dns_record:
    domain: example.com
    rr: www
    type: CNAME
    weighted_values:
      - {value: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com, weight: 90}
      - {value: alb-8ec1dfpmwlzvbn****.cn-hangzhou.alb.aliyuncs.com, weight: 10}
    purge: true

- name: Remove it, unless it points elsewhere meanwhile
  alicloud.mtls.dns_record:
    domain: example.com
    rr: www
    type: CNAME
    value: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com
    state: absent
"""

RETURN = r"""
record:
  description: The record, that of the first value if O(values) has several, or V(null) when it is absent.
  returned: success
  type: dict
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
    weighted:
      description: Whether answers follow the weights. V(null) if the task says nothing about weights.
      type: bool
      returned: always
    others:
      description: The other records of the same name and line, of every type, with the same keys.
      type: list
      elements: dict
      returned: always
kept:
  description: Records of the same name, O(type) and O(line) that stay, since they have other values.
  returned: O(state=absent)
  type: list
  elements: dict
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [update_domain_record]
waited:
  description: Whether the module waited for its change to take effect (see O(wait)).
  returned: success
  type: bool
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

from ..module_utils._core.module import STATE, run
from ..module_utils._dns.record import Record


def main() -> None:
    run(
        Record,
        {
            "domain": {"type": "str", "required": True},
            "rr": {"type": "str", "required": True},
            "type": {
                "type": "str",
                "choices": ["A", "AAAA", "CAA", "CNAME", "FORWARD_URL", "MX", "NS", "REDIRECT_URL", "SRV", "TXT"],
                "default": "CNAME",
            },
            "value": {"type": "str"},
            "values": {"type": "list", "elements": "str"},
            "weighted_values": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "value": {"type": "str", "required": True},
                    "weight": {"type": "int", "required": True},
                },
            },
            "weight": {"type": "int"},
            "weighted": {"type": "bool"},
            "purge": {"type": "bool", "default": False},
            "replace": {"type": "bool", "default": False},
            "ttl": {"type": "int"},
            "line": {"type": "str", "default": "default"},
            "priority": {"type": "int"},
            "enabled": {"type": "bool", "default": True},
            "state": STATE,
        },
        required_if=[["state", "present", ["value", "values", "weighted_values"], True]],
        mutually_exclusive=[["value", "values", "weighted_values"], ["weight", "weighted_values"]],
    )


if __name__ == "__main__":
    main()
