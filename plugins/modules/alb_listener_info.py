#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_listener_info
short_description: Read listeners of Application Load Balancers, with certificates and health
version_added: 1.0.0
description:
  - Returns listeners of ALB, with the CA of mutual authentication, all certificates, and the health of the servers
    behind them. Filters are combined; without one all listeners of the region are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  listener_ids:
    description: Ids.
    type: list
    elements: str
  load_balancer_ids:
    description: Load balancers.
    type: list
    elements: str
  protocol:
    description: Protocol.
    type: str
    choices: [http, https, quic]
  port:
    description: Port.
    type: int
  tags:
    description: Tags that a listener must have.
    type: dict
  details:
    description:
      - Return mutual authentication and certificates as well, which takes two requests per listener. Otherwise
        RV(listeners[].mutual_authentication), RV(listeners[].certificate_ids), RV(listeners[].ca_certificate_ids) and
        RV(listeners[].certificates) are V(null).
    type: bool
    default: true
  health:
    description:
      - Return the health of the servers, which takes a request per listener and one per server group. Otherwise
        RV(listeners[].health) is V(null).
    type: bool
    default: true
seealso:
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Look at the listeners of a load balancer
  alicloud.mtls.alb_listener_info:
    region: cn-hangzhou
    load_balancer_ids: [alb-n5qw04uq8vavfe****]
  register: found

- name: See that every client must show a certificate
  ansible.builtin.assert:
    that: found.listeners | rejectattr('mutual_authentication') | length == 0

- name: Show the servers that are not well
  ansible.builtin.debug:
    msg: >-
      {{ found.listeners | map(attribute='health') | flatten | map(attribute='servers') | flatten
      | rejectattr('status', 'equalto', 'healthy') }}
"""

RETURN = r"""
listeners:
  description: The listeners.
  returned: success
  type: list
  elements: dict
  contains:
    listener_id:
      description: Id.
      type: str
      returned: always
      sample: lsn-o4u54y73wq7b******
    load_balancer_id:
      description: Id of the load balancer.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    protocol:
      description: Protocol.
      type: str
      returned: always
      sample: https
    port:
      description: Port.
      type: int
      returned: always
      sample: 443
    status:
      description: State, V(running) when it is in service, V(stopped) when it was stopped.
      type: str
      returned: always
      sample: running
    server_group_id:
      description: Server group.
      type: str
      returned: always
      sample: sgp-atstuj3rtoptyui****
    certificate_ids:
      description: Server certificates.
      type: list
      elements: str
      returned: always
      sample: [13781326-cn-hangzhou]
    mutual_authentication:
      description: Whether clients must show a certificate.
      type: bool
      returned: always
    ca_certificate_ids:
      description: The CA that signs the clients' certificates.
      type: list
      elements: str
      returned: always
      sample: [1efd3cac-e8c1-611d-b971-f96e5e432aba]
    security_policy_id:
      description: TLS security policy.
      type: str
      returned: always
      sample: tls_cipher_policy_1_2_strict_with_1_3
    http2:
      description: HTTP/2.
      type: bool
      returned: always
    gzip:
      description: Compression.
      type: bool
      returned: always
    idle_timeout:
      description: Idle timeout in seconds.
      type: int
      returned: always
      sample: 15
    request_timeout:
      description: Request timeout in seconds.
      type: int
      returned: always
      sample: 60
    x_forwarded_for:
      description: Headers, with the keys of O(alicloud.mtls.alb_listener#module:x_forwarded_for).
      type: dict
      returned: always
    quic:
      description: QUIC upgrade, with the keys of O(alicloud.mtls.alb_listener#module:quic).
      type: dict
      returned: always
    access_log:
      description: What is logged, with the keys of O(alicloud.mtls.alb_listener#module:access_log).
      type: dict
      returned: always
    acl:
      description:
        - Access control lists, with the keys of O(alicloud.mtls.alb_listener#module:acl). V(null) without O(details).
      type: dict
      returned: always
    description:
      description: Description.
      type: str
      returned: always
    tags:
      description: Tags.
      type: dict
      returned: always
    certificates:
      description: All certificates of the listener.
      type: list
      elements: dict
      returned: always
      contains:
        certificate_id:
          description: Id.
          type: str
          returned: always
          sample: 13781326-cn-hangzhou
        type:
          description: V(server) or V(ca).
          type: str
          returned: always
          sample: server
        default:
          description: Whether it is the default one; V(false) for those that are chosen by name (SNI).
          type: bool
          returned: always
        status:
          description: State, V(associated) when it is in use.
          type: str
          returned: always
          sample: associated
    health:
      description: The server groups of the listener and its rules.
      type: list
      elements: dict
      returned: always
      contains:
        server_group_id:
          description: Id.
          type: str
          returned: always
          sample: sgp-atstuj3rtoptyui****
        health_check:
          description: Whether the health of the servers is checked.
          type: bool
          returned: always
        servers:
          description:
            - The servers, with the keys of
              RV(alicloud.mtls.alb_server_group#module:server_group.servers) and those below.
          type: list
          elements: dict
          returned: always
          contains:
            status:
              description:
                - V(healthy), V(initial), V(unhealthy), V(unused), V(unavailable), or V(unchecked) without health check.
              type: str
              returned: always
              sample: healthy
            reason:
              description: Why, if it is not V(healthy).
              type: str
              returned: always
              sample: CONNECT_FAILED
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

from ..module_utils._alb.information import listeners
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        listeners,
        {
            "listener_ids": {"type": "list", "elements": "str"},
            "load_balancer_ids": {"type": "list", "elements": "str"},
            "protocol": {"type": "str", "choices": ["http", "https", "quic"]},
            "port": {"type": "int"},
            "tags": {"type": "dict"},
            "details": {"type": "bool", "default": True},
            "health": {"type": "bool", "default": True},
        },
    )


if __name__ == "__main__":
    main()
