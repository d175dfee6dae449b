#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_load_balancer_info
short_description: Read Application Load Balancers of Alibaba Cloud
version_added: 1.0.0
description:
  - Returns load balancers of ALB. Filters are combined; without one all load balancers of the region are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  load_balancer_ids:
    description: Ids.
    type: list
    elements: str
  names:
    description: Names.
    type: list
    elements: str
  vpc_ids:
    description: VPCs.
    type: list
    elements: str
  address_type:
    description: Reachable from the internet or from the VPC only.
    type: str
    choices: [internet, intranet]
  ip_version:
    description: Addresses.
    type: str
    choices: [ipv4, dual_stack]
  ipv6_address_type:
    description: IPv6 addresses that are reached from the internet, or from the VPC only.
    type: str
    choices: [internet, intranet]
  status:
    description: State.
    type: str
    choices: [inactive, active, provisioning, configuring, create_failed]
  business_status:
    description: V(abnormal) is locked or overdue.
    type: str
    choices: [normal, abnormal]
  dns_name:
    description: DNS name.
    type: str
  zone_id:
    description: A zone that the load balancer has.
    type: str
  resource_group_id:
    description: Resource group.
    type: str
  tags:
    description: Tags that a load balancer must have.
    type: dict
  details:
    description: Return zones and security groups as well, which takes a request per load balancer.
    type: bool
    default: false
seealso:
  - module: alicloud.mtls.alb_load_balancer
"""

EXAMPLES = r"""
- name: Find the load balancers of a service
  alicloud.mtls.alb_load_balancer_info:
    region: cn-hangzhou
    tags:
      service: shop
  register: found

- name: Show where they are reached
  ansible.builtin.debug:
    msg: "{{ found.load_balancers | map(attribute='dns_name') }}"
"""

RETURN = r"""
load_balancers:
  description: The load balancers.
  returned: success
  type: list
  elements: dict
  contains:
    load_balancer_id:
      description: Id.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    name:
      description: Name.
      type: str
      returned: always
      sample: shop
    dns_name:
      description: Its own host name, the target for a CNAME record.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****.cn-hangzhou.alb.aliyuncs.com
    status:
      description: State, V(active) when it is in service.
      type: str
      returned: always
      sample: active
    edition:
      description: Edition.
      type: str
      returned: always
      sample: standard
    address_type:
      description: V(internet) or V(intranet).
      type: str
      returned: always
      sample: internet
    vpc_id:
      description: VPC.
      type: str
      returned: always
      sample: vpc-bp1aevy8sofi8mh1q****
    zone_mappings:
      description: Zones. V(null) without O(details).
      type: list
      elements: dict
      returned: always
      contains:
        zone_id:
          description: Zone id.
          type: str
          returned: always
          sample: cn-hangzhou-h
        vswitch_id:
          description: VSwitch.
          type: str
          returned: always
          sample: vsw-bp1rmcrwg3erh1fh8****
        address:
          description: IPv4 address.
          type: str
          returned: always
          sample: 192.0.2.10
        intranet_address:
          description: Private IPv4 address.
          type: str
          returned: always
          sample: 192.168.10.1
        ipv6_address:
          description: IPv6 address.
          type: str
          returned: always
        allocation_id:
          description: Elastic IP address (EIP).
          type: str
          returned: always
          sample: eip-uf6wm****1zj9
        eip_type:
          description: V(common) or V(anycast).
          type: str
          returned: always
          sample: common
    address_allocated_mode:
      description: V(fixed) or V(dynamic).
      type: str
      returned: always
      sample: dynamic
    ipv6_address_type:
      description: Where IPv6 addresses are reached from, V(internet) or V(intranet).
      type: str
      returned: always
    bandwidth_package_id:
      description: Internet Shared Bandwidth instance.
      type: str
      returned: always
      sample: cbwp-bp1vevu8h3ieh****
    security_group_ids:
      description: Security groups. V(null) without O(details).
      type: list
      elements: str
      returned: always
      sample: [sg-bp1bpn0kn908w4nbw****]
    deletion_protection:
      description: Whether it is protected against deletion.
      type: bool
      returned: always
    ip_version:
      description: Addresses, V(ipv4) or V(dual_stack).
      type: str
      returned: always
      sample: ipv4
    modification_protection:
      description:
        - Whether changes in the console are refused, with the keys of
          O(alicloud.mtls.alb_load_balancer#module:modification_protection).
      type: dict
      returned: always
    access_log:
      description: Access log, with the keys of O(alicloud.mtls.alb_load_balancer#module:access_log).
      type: dict
      returned: always
    resource_group_id:
      description: Resource group.
      type: str
      returned: always
      sample: rg-atstuj3rtop****
    tags:
      description: Tags.
      type: dict
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

from ..module_utils._alb.information import load_balancers
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        load_balancers,
        {
            "load_balancer_ids": {"type": "list", "elements": "str"},
            "names": {"type": "list", "elements": "str"},
            "vpc_ids": {"type": "list", "elements": "str"},
            "address_type": {"type": "str", "choices": ["internet", "intranet"]},
            "ip_version": {"type": "str", "choices": ["ipv4", "dual_stack"]},
            "ipv6_address_type": {"type": "str", "choices": ["internet", "intranet"]},
            "status": {
                "type": "str",
                "choices": ["inactive", "active", "provisioning", "configuring", "create_failed"],
            },
            "business_status": {"type": "str", "choices": ["normal", "abnormal"]},
            "dns_name": {"type": "str"},
            "zone_id": {"type": "str"},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "details": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
