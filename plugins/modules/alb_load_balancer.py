#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_load_balancer
short_description: Manage an Application Load Balancer of Alibaba Cloud
version_added: 1.0.0
description:
  - Creates, changes and deletes a load balancer of ALB.
  - With O(load_balancer_id) alone it looks up an existing one and changes nothing.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
  - alicloud.mtls.alicloud.removal
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  name:
    description:
      - Name of the load balancer, by which it is found. If several have it, O(load_balancer_id) says which is meant.
      - Together with O(load_balancer_id) it is the new name.
    type: str
  load_balancer_id:
    description: Id of an existing load balancer.
    type: str
  vpc_id:
    description: VPC of the load balancer. Needed for a new one; cannot be changed.
    type: str
  zone_mappings:
    description:
      - All zones of the load balancer, two or more where the region has as many. Needed for a new one. There is a
        warning for a single one.
      - A zone that stays keeps its addresses.
    type: list
    elements: dict
    suboptions:
      zone_id:
        description: Zone id.
        type: str
        required: true
      vswitch_id:
        description: VSwitch in that zone.
        type: str
        required: true
      allocation_id:
        description:
          - Elastic IP address (EIP) for the load balancer in that zone. It is used for a new load balancer with
            O(address_type=internet), and when O(address_type) becomes V(internet).
        type: str
      eip_type:
        description: Kind of elastic IP address. ALB's default is V(common).
        type: str
        choices: [common, anycast]
      intranet_address:
        description: Private IPv4 address of the load balancer in that zone, one of the VSwitch. By default any.
        type: str
  address_type:
    description:
      - Reachable from the internet or from the VPC only. A new one is V(internet) by default.
    type: str
    choices: [internet, intranet]
  edition:
    description:
      - Edition. Mutual authentication needs V(standard) or V(standard_with_waf). A new one is V(standard) by default.
      - It can change from V(basic) to either of the others and from V(standard_with_waf) to V(standard). Back to
        V(basic) is refused. From V(standard) to V(standard_with_waf) is not documented by ALB, so the module tries,
        with a warning.
    type: str
    choices: [basic, standard, standard_with_waf]
  ip_version:
    description: Addresses. A new one is V(ipv4) by default; cannot be changed.
    type: str
    choices: [ipv4, dual_stack]
  address_allocated_mode:
    description: >-
      Whether the addresses stay the same in a zone. A new one is V(fixed) by default, and since February 2025 whatever
      is said here; cannot be changed.
    type: str
    choices: [fixed, dynamic]
  ipv6_address_type:
    description:
      - Whether the IPv6 addresses of a load balancer that is O(ip_version=dual_stack) are reached from the internet or
        from the VPC only. A new one is V(intranet) by default.
    type: str
    choices: [internet, intranet]
  bandwidth_package_id:
    description:
      - Internet Shared Bandwidth instance that a load balancer of O(address_type=internet) is in. Another one moves it,
        an empty text takes it out.
    type: str
  security_group_ids:
    description:
      - Security groups of the load balancer, four at most. Others that it is in are left alone unless
        O(purge_security_groups).
      - ALB lets a load balancer have security groups or its listeners have access control lists, not both.
    type: list
    elements: str
  purge_security_groups:
    description: Take the load balancer out of security groups that are not in O(security_group_ids).
    type: bool
    default: false
  modification_protection:
    description:
      - Refuse changes that are made in the console. Changes and deletion through the API, such as those of this
        collection, are not refused.
    type: dict
    suboptions:
      enabled:
        description: Refuse changes.
        type: bool
      reason:
        description: Reason, 2 to 128 characters.
        type: str
  access_log:
    description:
      - Access log in Simple Log Service (SLS). To move it, the module switches it off and on again.
    type: dict
    suboptions:
      enabled:
        description: Write the log. V(true) by default when O(access_log.project) or O(access_log.store) is given.
        type: bool
      project:
        description: Project of SLS.
        type: str
      store:
        description: Logstore of the project.
        type: str
  resource_group_id:
    description: Resource group. Another one moves the load balancer.
    type: str
  purge_listeners:
    description: With O(state=absent), delete the load balancer although it has listeners, and them with it.
    type: bool
    default: false
  deletion_protection:
    description:
      - Refuse to delete the load balancer until this is V(false) again.
      - With O(state=absent), V(false) switches the protection off before the load balancer is deleted. Left out, one
        that is protected is refused.
    type: bool
  tags:
    description: Tags. Others that the load balancer has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description:
      - V(absent) deletes the load balancer. ALB deletes its listeners with it, so it is refused while it has
        listeners, unless O(purge_listeners) is given or O(removed_before) names them.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_listener
  - module: alicloud.mtls.alb_server_group
"""

EXAMPLES = r"""
- name: A load balancer in two zones
  alicloud.mtls.alb_load_balancer:
    name: shop
    region: cn-hangzhou
    vpc_id: vpc-bp1aevy8sofi8mh1q****
    zone_mappings:
      - zone_id: cn-hangzhou-h
        vswitch_id: vsw-bp1rmcrwg3erh1fh8****
      - zone_id: cn-hangzhou-i
        vswitch_id: vsw-bp1mjd2nvdzmb1xs4****
    edition: standard
    tags:
      service: shop
  register: made

- name: Keep an access log
  alicloud.mtls.alb_load_balancer:
    region: cn-hangzhou
    name: shop
    access_log:
      project: shop-logs
      store: alb

- name: Make a private load balancer public, with elastic IP addresses of one's own
  alicloud.mtls.alb_load_balancer:
    region: cn-hangzhou
    name: shop
    address_type: internet
    zone_mappings:
      - zone_id: cn-hangzhou-h
        vswitch_id: vsw-bp1rmcrwg3erh1fh8****
        allocation_id: eip-uf6wm****1zj9
      - zone_id: cn-hangzhou-i
        vswitch_id: vsw-bp1mjd2nvdzmb1xs4****
        allocation_id: eip-uf6wm****1zk0

- name: Look one up by its id
  alicloud.mtls.alb_load_balancer:
    region: cn-hangzhou
    load_balancer_id: "{{ made.load_balancer.load_balancer_id }}"

- name: Remove it
  alicloud.mtls.alb_load_balancer:
    region: cn-hangzhou
    name: shop
    state: absent
"""

RETURN = r"""
load_balancer:
  description: The load balancer, or V(null) when it is absent.
  returned: success
  type: dict
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
      description: Zones.
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
      description: Security groups.
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
      description: Whether changes in the console are refused, with the keys of O(modification_protection).
      type: dict
      returned: always
    access_log:
      description: Access log, with the keys of O(access_log).
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
removed:
  description: Id of what was removed, or in check mode would be, for O(removed_before) of later tasks.
  returned: O(state=absent)
  type: list
  elements: str
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_load_balancer]
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

from ..module_utils._alb.load_balancer import LoadBalancer
from ..module_utils._core.module import REMOVAL, STATE, run


def main() -> None:
    run(
        LoadBalancer,
        {
            "name": {"type": "str"},
            "load_balancer_id": {"type": "str"},
            "vpc_id": {"type": "str"},
            "zone_mappings": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "zone_id": {"type": "str", "required": True},
                    "vswitch_id": {"type": "str", "required": True},
                    "allocation_id": {"type": "str"},
                    "eip_type": {"type": "str", "choices": ["common", "anycast"]},
                    "intranet_address": {"type": "str"},
                },
            },
            "address_allocated_mode": {"type": "str", "choices": ["fixed", "dynamic"]},
            "ipv6_address_type": {"type": "str", "choices": ["internet", "intranet"]},
            "bandwidth_package_id": {"type": "str"},
            "security_group_ids": {"type": "list", "elements": "str"},
            "purge_security_groups": {"type": "bool", "default": False},
            "address_type": {"type": "str", "choices": ["internet", "intranet"]},
            "edition": {"type": "str", "choices": ["basic", "standard", "standard_with_waf"]},
            "ip_version": {"type": "str", "choices": ["ipv4", "dual_stack"]},
            "deletion_protection": {"type": "bool"},
            "purge_listeners": {"type": "bool", "default": False},
            "modification_protection": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "reason": {"type": "str"}},
            },
            "access_log": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "project": {"type": "str"}, "store": {"type": "str"}},
            },
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        required_one_of=[["name", "load_balancer_id"]],
    )


if __name__ == "__main__":
    main()
