#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_security_policy
short_description: Manage a custom TLS security policy of Application Load Balancers
version_added: 1.0.0
description:
  - Creates, changes and deletes a custom TLS security policy, which says with which versions of TLS and which cipher
    suites clients may connect to the HTTPS listeners that have it.
  - Options that are left out are not changed in the cloud.
  - ALB has custom policies for load balancers of the standard and the WAF-enabled edition only.
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
      - Name of the policy, by which it is found. If several have it, O(security_policy_id) says which one is meant.
      - Together with O(security_policy_id) it is the new name.
    type: str
  security_policy_id:
    description: Id of an existing custom policy.
    type: str
  tls_versions:
    description: Versions of TLS. Needed for a new policy. Their order has no meaning.
    type: list
    elements: str
    choices: [TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3]
  ciphers:
    description:
      - Cipher suites, with the names that OpenSSL has for them, such as V(ECDHE-RSA-AES128-GCM-SHA256) and
        V(TLS_AES_128_GCM_SHA256). Needed for a new policy. Their order has no meaning.
      - Each must belong to one of O(tls_versions), and each version needs one at least; otherwise the module refuses
        before anything is written.
    type: list
    elements: str
  resource_group_id:
    description: Resource group. By default the account's default group; another one moves the policy.
    type: str
  tags:
    description: Tags. Others that the policy has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description: V(absent) deletes the policy. It is refused while a listener has it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_security_policy_info
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Nothing older than TLS 1.2, nothing without forward secrecy
  alicloud.mtls.alb_security_policy:
    name: strict
    region: cn-hangzhou
    tls_versions: [TLSv1.2, TLSv1.3]
    ciphers:
      - ECDHE-ECDSA-AES128-GCM-SHA256
      - ECDHE-RSA-AES128-GCM-SHA256
      - TLS_AES_128_GCM_SHA256
      - TLS_AES_256_GCM_SHA384
  register: policy

- name: Use it
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    listener_id: lsn-bp1bpn0kn908w4nbw****
    security_policy_id: "{{ policy.security_policy.security_policy_id }}"
"""

RETURN = r"""
security_policy:
  description: The policy, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    security_policy_id:
      description: Id, as O(alicloud.mtls.alb_listener#module:security_policy_id) takes it.
      type: str
      returned: always
      sample: spy-9cdjz6o8ha70****
    name:
      description: Name.
      type: str
      returned: always
      sample: strict
    status:
      description: State, V(available) when it can be used.
      type: str
      returned: always
      sample: available
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
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_security_policy]
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

from ..module_utils._alb.security_policy import TLS_VERSIONS, SecurityPolicy
from ..module_utils._core.module import REMOVAL, STATE, run


def main() -> None:
    run(
        SecurityPolicy,
        {
            "name": {"type": "str"},
            "security_policy_id": {"type": "str"},
            "tls_versions": {"type": "list", "elements": "str", "choices": list(TLS_VERSIONS)},
            "ciphers": {"type": "list", "elements": "str"},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        required_one_of=[["name", "security_policy_id"]],
    )


if __name__ == "__main__":
    main()
