#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_server_group_info
short_description: Read server groups of Application Load Balancers
version_added: 1.0.0
description:
  - Returns server groups of ALB with their servers. Filters are combined; without one all server groups of the region
    are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  server_group_ids:
    description: Ids.
    type: list
    elements: str
  names:
    description: Names.
    type: list
    elements: str
  vpc_id:
    description: VPC.
    type: str
  type:
    description: Type.
    type: str
    choices: [instance, ip, fc]
  resource_group_id:
    description: Resource group.
    type: str
  tags:
    description: Tags that a server group must have.
    type: dict
  servers:
    description: Return the servers as well, which takes a request per server group, more when there are over 100.
    type: bool
    default: true
seealso:
  - module: alicloud.mtls.alb_server_group
"""

EXAMPLES = r"""
- name: Find a server group
  alicloud.mtls.alb_server_group_info:
    region: cn-hangzhou
    names: [shop]
  register: found

- name: Show the addresses of its servers
  ansible.builtin.debug:
    msg: "{{ found.server_groups | map(attribute='servers') | flatten | map(attribute='address') }}"
"""

RETURN = r"""
server_groups:
  description: The server groups. RV(server_groups[].servers) is V(null) if O(servers=false).
  returned: success
  type: list
  elements: dict
  contains:
    server_group_id:
      description: Id.
      type: str
      returned: always
      sample: sgp-atstuj3rtoptyui****
    name:
      description: Name.
      type: str
      returned: always
      sample: shop
    status:
      description: State, V(available) when it is in service.
      type: str
      returned: always
      sample: available
    type:
      description: What the servers are.
      type: str
      returned: always
      sample: instance
    vpc_id:
      description: VPC.
      type: str
      returned: always
      sample: vpc-bp1aevy8sofi8mh1q****
    protocol:
      description: Protocol between load balancer and servers.
      type: str
      returned: always
      sample: https
    scheduler:
      description: How requests are shared out.
      type: str
      returned: always
      sample: wrr
    health_check:
      description: Health check, with the keys of O(alicloud.mtls.alb_server_group#module:health_check).
      type: dict
      returned: always
    sticky_session:
      description: Sticky sessions, with the keys of O(alicloud.mtls.alb_server_group#module:sticky_session).
      type: dict
      returned: always
    connection_drain:
      description:
        - Draining of connections, with the keys of
          O(alicloud.mtls.alb_server_group#module:connection_drain).
      type: dict
      returned: always
    slow_start:
      description: Slow start, with the keys of O(alicloud.mtls.alb_server_group#module:slow_start).
      type: dict
      returned: always
    hash_query_parameter:
      description: Query parameter of consistent hashing.
      type: str
      returned: always
    upstream_keepalive:
      description: Whether connections to the servers stay open.
      type: bool
      returned: always
    cross_zone:
      description: Whether requests go to servers in other zones.
      type: bool
      returned: always
    ipv6_enabled:
      description: Whether servers with IPv6 addresses are taken.
      type: bool
      returned: always
    service_name:
      description: Name that the ALB Ingress controller gave the group.
      type: str
      returned: always
    resource_group_id:
      description: Resource group.
      type: str
      returned: always
      sample: rg-atstuj3rtop****
    servers:
      description: Servers.
      type: list
      elements: dict
      returned: always
      contains:
        server_id:
          description: Id; of a group of addresses the address.
          type: str
          returned: always
          sample: i-bp67acfmxazb4p****01
        type:
          description: V(ecs), V(eni), V(eci), V(ip) or V(fc).
          type: str
          returned: always
          sample: ecs
        address:
          description: Private address.
          type: str
          returned: always
          sample: 192.168.8.10
        port:
          description: Port.
          type: int
          returned: always
          sample: 443
        weight:
          description: Share of the requests.
          type: int
          returned: always
          sample: 100
        description:
          description: Description.
          type: str
          returned: always
        remote_ip_enabled:
          description: The remote IP feature of ALB, for servers of groups of type V(ip).
          type: bool
          returned: always
    tags:
      description: Tags.
      type: dict
      returned: always
    load_balancer_ids:
      description: Load balancers with a listener that uses the server group.
      type: list
      elements: str
      returned: always
      sample: [alb-n5qw04uq8vavfe****]
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

from ..module_utils._alb.information import server_groups
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        server_groups,
        {
            "server_group_ids": {"type": "list", "elements": "str"},
            "names": {"type": "list", "elements": "str"},
            "vpc_id": {"type": "str"},
            "type": {"type": "str", "choices": ["instance", "ip", "fc"]},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "servers": {"type": "bool", "default": True},
        },
    )


if __name__ == "__main__":
    main()
