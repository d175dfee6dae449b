#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_security_policy_info
short_description: Read TLS security policies of Application Load Balancers
version_added: 1.0.0
description:
  - Returns TLS security policies, and the listeners that have them.
  - Filters are combined; without one all custom policies of the region are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  security_policy_ids:
    description: Ids.
    type: list
    elements: str
  names:
    description: Names of custom policies.
    type: list
    elements: str
  resource_group_id:
    description: Resource group of custom policies.
    type: str
  tags:
    description: Tags that a policy must have.
    type: dict
  system:
    description:
      - Return the policies of the system too. They have neither tags nor names, so a filter by these leaves them out.
    type: bool
    default: false
seealso:
  - module: alicloud.mtls.alb_security_policy
"""

EXAMPLES = r"""
- name: Look who may still connect with TLS 1.0
  alicloud.mtls.alb_security_policy_info:
    region: cn-hangzhou
    system: true
  register: policies

- name: Show the listeners
  ansible.builtin.debug:
    msg: >-
      {{ policies.security_policies | selectattr('tls_versions', 'contains', 'TLSv1.0') | map(attribute='listeners')
      | flatten | map(attribute='listener_id') }}
"""

RETURN = r"""
security_policies:
  description: The policies.
  returned: success
  type: list
  elements: dict
  contains:
    security_policy_id:
      description: Id, as O(alicloud.mtls.alb_listener#module:security_policy_id) takes it.
      type: str
      returned: always
      sample: spy-9cdjz6o8ha70****
    name:
      description: Name. A policy of the system has its id here.
      type: str
      returned: always
      sample: strict
    status:
      description: State, V(available) when it can be used.
      type: str
      returned: always
      sample: available
    system:
      description: Whether it is a policy of the system, which cannot be changed.
      type: bool
      returned: always
    tls_versions:
      description: Versions of TLS, sorted.
      type: list
      elements: str
      returned: always
      sample: [TLSv1.2, TLSv1.3]
    ciphers:
      description: Cipher suites, sorted.
      type: list
      elements: str
      returned: always
      sample: [ECDHE-RSA-AES128-GCM-SHA256, TLS_AES_128_GCM_SHA256]
    resource_group_id:
      description: Resource group.
      type: str
      returned: always
      sample: rg-atstuj3rtop****
    tags:
      description: Tags.
      type: dict
      returned: always
    listeners:
      description: Listeners that have the policy, each with RV(ignore:listener_id), RV(ignore:load_balancer_id),
        RV(ignore:protocol) and RV(ignore:port).
      type: list
      elements: dict
      returned: always
      sample:
        - {listener_id: lsn-bp1bpn0kn908w4nbw****, load_balancer_id: alb-bp1b6c719d****, protocol: https, port: 443}
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

from ..module_utils._alb.information import security_policies
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        security_policies,
        {
            "security_policy_ids": {"type": "list", "elements": "str"},
            "names": {"type": "list", "elements": "str"},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "system": {"type": "bool", "default": False},
        },
    )


if __name__ == "__main__":
    main()
