#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_server_group
short_description: Manage a server group of an Application Load Balancer and its servers
version_added: 1.0.0
description:
  - Creates, changes and deletes a server group of ALB, with its health check and its servers.
  - Options that are left out are not changed in the cloud.
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
      - Name of the server group, by which it is found. If several have it, O(server_group_id) says which one is meant.
      - Together with O(server_group_id) it is the new name.
    type: str
  server_group_id:
    description: Id of an existing server group.
    type: str
  vpc_id:
    description:
      - VPC of the servers. Needed for a new server group that is not O(type=fc); cannot be changed.
    type: str
  type:
    description:
      - What the servers are - instances (ECS, elastic network interfaces, elastic container instances), private
        addresses, or functions of Function Compute. A new server group has V(instance) by default; cannot be changed.
    type: str
    choices: [instance, ip, fc]
  protocol:
    description:
      - Protocol between load balancer and servers. A new server group has V(http) by default; cannot be changed.
    type: str
    choices: [http, https, grpc]
  scheduler:
    description:
      - Weighted round robin, weighted least connections, or consistent hashing.
      - V(sch) goes by the client's address, or by O(hash_query_parameter); V(uch) by O(hash_query_parameter) always.
        With that the two are the same.
      - A new server group has V(wrr) by default.
    type: str
    choices: [wrr, wlc, sch, uch]
  health_check:
    description: Health check. A new server group has the defaults of ALB.
    type: dict
    suboptions:
      enabled:
        description: Check the health of the servers.
        type: bool
      protocol:
        description: >-
          Protocol of the check. V(https) is not for load balancers of the basic edition.
        type: str
        choices: [http, https, tcp, grpc]
      path:
        description: >-
          Path that is asked for. Begins with V(/), 80 letters, digits and C(-/.%?#&=_;~!()*[]@$^:\",+) at most.
        type: str
      host:
        description: Host that is asked for. By default the server's address.
        type: str
      method:
        description: Request method.
        type: str
        choices: [GET, HEAD, POST]
      codes:
        description: Status codes of a healthy server, such as V(http_2xx); for gRPC numbers and ranges.
        type: list
        elements: str
      http_version:
        description: Version of HTTP.
        type: str
        choices: ['1.0', '1.1']
      interval:
        description: Seconds between two checks, 1 to 50.
        type: int
      timeout:
        description: Seconds until a check fails, 1 to 300.
        type: int
      healthy_threshold:
        description: Successes that make a server healthy, 2 to 10.
        type: int
      unhealthy_threshold:
        description: Failures that make a server unhealthy, 2 to 10.
        type: int
      port:
        description: Port that is checked. V(0) is the server's own port.
        type: int
  sticky_session:
    description:
      - Send the requests of a client to the same server, by a cookie. What is left out stays as it is.
      - While it is off, the other suboptions have no effect; giving one without O(sticky_session.enabled) is refused.
    type: dict
    suboptions:
      enabled:
        description: Keep clients with their server. A new server group has V(false) by default.
        type: bool
      type:
        description: V(insert) if ALB sets the cookie, V(server) if the servers do. ALB's default is V(insert).
        type: str
        choices: [insert, server]
      cookie:
        description: Name of the servers' cookie. Needed with O(sticky_session.type=server).
        type: str
      cookie_timeout:
        description: Seconds that an inserted cookie lives, 1 to 86400. ALB's default is 1000.
        type: int
  connection_drain:
    description: Let connections to a server that is removed or unhealthy end by themselves.
    type: dict
    suboptions:
      enabled:
        description: Drain them. A new server group has V(false) by default. Needs the edition V(standard) or higher.
        type: bool
      timeout:
        description: Seconds until they are closed, 0 to 900. ALB's default is 300.
        type: int
  slow_start:
    description: Increase the share of a new server slowly. Needs O(scheduler=wrr).
    type: dict
    suboptions:
      enabled:
        description: >-
          Start new servers slowly. A new server group has V(false) by default. Needs the edition V(standard) or higher.
        type: bool
      duration:
        description: Seconds that it takes, 30 to 900. ALB's default is 30.
        type: int
  hash_query_parameter:
    description: >-
      The query parameter by which O(scheduler=sch) and O(scheduler=uch) choose the server, instead of the client's
      address.
    type: str
  upstream_keepalive:
    description: Keep connections to the servers open.
    type: bool
  cross_zone:
    description: >-
      Send requests to servers in other zones as well. It can be off for load balancers of the standard editions only,
      without sticky sessions and not for O(type=fc).
    type: bool
  ipv6_enabled:
    description: Take servers with IPv6 addresses as well. ALB's default is V(false); cannot be changed.
    type: bool
  service_name:
    description: Name that the ALB Ingress controller of Kubernetes gives the group.
    type: str
  resource_group_id:
    description: Resource group. Another one moves the server group.
    type: str
  servers:
    description:
      - Servers, each told by its O(servers[].server_id) or O(servers[].address), and O(servers[].port).
      - Others in the group stay unless O(purge_servers).
    type: list
    elements: dict
    suboptions:
      server_id:
        description:
          - Id of an ECS instance, an elastic network interface or an elastic container instance; with O(type=fc) the
            ARN of a function.
        type: str
      address:
        description:
          - Private address. With O(type=ip) it says what the server is. With O(type=instance) it names an ECS instance
            instead of O(servers[].server_id), or one of several addresses of a network interface, which can be in the
            group once with each.
          - ECS is asked for the id of an instance that is not in the group yet, which needs the Python package
            C(alibabacloud-ecs20140526) and the RAM action C(ecs:DescribeInstances).
        type: str
      port:
        description: Port on which the server answers. Needed unless O(type=fc).
        type: int
      weight:
        description: Share of the requests, 0 to 100. A new server has 100 by default.
        type: int
      description:
        description: Description.
        type: str
      remote_ip_enabled:
        description: The remote IP feature of ALB for this server. Only with O(type=ip); cannot be changed.
        type: bool
  purge_servers:
    description: Remove servers that are not in O(servers).
    type: bool
    default: false
  tags:
    description: Tags. Others that the server group has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description: V(absent) deletes the server group. It is refused while a listener or a forwarding rule uses it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Two servers that speak HTTPS
  alicloud.mtls.alb_server_group:
    name: shop
    region: cn-hangzhou
    vpc_id: vpc-bp1aevy8sofi8mh1q****
    protocol: https
    health_check:
      enabled: true
      protocol: https
      path: /
    servers:
      - server_id: i-bp67acfmxazb4p****01
        port: 443
      - server_id: i-bp67acfmxazb4p****02
        port: 443
  register: group

- name: Servers in a data center, by address, with clients that stay with their server
  alicloud.mtls.alb_server_group:
    name: shop-idc
    region: cn-hangzhou
    vpc_id: vpc-bp1aevy8sofi8mh1q****
    type: ip
    sticky_session:
      enabled: true
      cookie_timeout: 3600
    servers:
      - address: 192.168.8.10
        port: 80

- name: Take one of them out of rotation
  alicloud.mtls.alb_server_group:
    region: cn-hangzhou
    server_group_id: "{{ group.server_group.server_group_id }}"
    servers:
      - server_id: i-bp67acfmxazb4p****02
        port: 443
        weight: 0
"""

RETURN = r"""
server_group:
  description: The server group, or V(null) when it is absent.
  returned: success
  type: dict
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
      description: Health check, with the keys of O(health_check).
      type: dict
      returned: always
    sticky_session:
      description: Sticky sessions, with the keys of O(sticky_session).
      type: dict
      returned: always
    connection_drain:
      description: Draining of connections, with the keys of O(connection_drain).
      type: dict
      returned: always
    slow_start:
      description: Slow start, with the keys of O(slow_start).
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
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_server_group, add_servers_to_server_group]
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

from ..module_utils._alb.server_group import ServerGroup
from ..module_utils._core.module import REMOVAL, STATE, Spec, run

_HEALTH_CHECK: Spec = {
    "type": "dict",
    "options": {
        "enabled": {"type": "bool"},
        "protocol": {"type": "str", "choices": ["http", "https", "tcp", "grpc"]},
        "path": {"type": "str"},
        "host": {"type": "str"},
        "method": {"type": "str", "choices": ["GET", "HEAD", "POST"]},
        "codes": {"type": "list", "elements": "str"},
        "http_version": {"type": "str", "choices": ["1.0", "1.1"]},
        "interval": {"type": "int"},
        "timeout": {"type": "int"},
        "healthy_threshold": {"type": "int"},
        "unhealthy_threshold": {"type": "int"},
        "port": {"type": "int"},
    },
}
_STICKY_SESSION: Spec = {
    "type": "dict",
    "options": {
        "enabled": {"type": "bool"},
        "type": {"type": "str", "choices": ["insert", "server"]},
        "cookie": {"type": "str"},
        "cookie_timeout": {"type": "int"},
    },
}
_SERVERS: Spec = {
    "type": "list",
    "elements": "dict",
    "options": {
        "server_id": {"type": "str"},
        "address": {"type": "str"},
        "port": {"type": "int"},
        "weight": {"type": "int"},
        "description": {"type": "str"},
        "remote_ip_enabled": {"type": "bool"},
    },
    "required_one_of": [["server_id", "address"]],
}


def main() -> None:
    run(
        ServerGroup,
        {
            "name": {"type": "str"},
            "server_group_id": {"type": "str"},
            "vpc_id": {"type": "str"},
            "type": {"type": "str", "choices": ["instance", "ip", "fc"]},
            "protocol": {"type": "str", "choices": ["http", "https", "grpc"]},
            "scheduler": {"type": "str", "choices": ["wrr", "wlc", "sch", "uch"]},
            "health_check": _HEALTH_CHECK,
            "sticky_session": _STICKY_SESSION,
            "connection_drain": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "timeout": {"type": "int"}},
            },
            "slow_start": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "duration": {"type": "int"}},
            },
            "hash_query_parameter": {"type": "str"},
            "upstream_keepalive": {"type": "bool"},
            "cross_zone": {"type": "bool"},
            "ipv6_enabled": {"type": "bool"},
            "service_name": {"type": "str"},
            "resource_group_id": {"type": "str"},
            "servers": _SERVERS,
            "purge_servers": {"type": "bool", "default": False},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        required_one_of=[["name", "server_group_id"]],
    )


if __name__ == "__main__":
    main()
