#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_rule_info
short_description: Read forwarding rules of Application Load Balancers
version_added: 1.0.0
description:
  - Returns forwarding rules of ALB, those of a listener in the order of their priority. Filters are combined; without
    one all rules of the region are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  rule_ids:
    description: Ids.
    type: list
    elements: str
  names:
    description: Names.
    type: list
    elements: str
  listener_ids:
    description: Listeners.
    type: list
    elements: str
  load_balancer_ids:
    description: Load balancers.
    type: list
    elements: str
  direction:
    description: Rules about requests or about responses. Both by default, which takes a request for each.
    type: str
    choices: [request, response]
  tags:
    description: Tags that a rule must have.
    type: dict
seealso:
  - module: alicloud.mtls.alb_rule
"""

EXAMPLES = r"""
- name: Look at the rules of a listener
  alicloud.mtls.alb_rule_info:
    region: cn-hangzhou
    listener_ids: [lsn-o4u54y73wq7b******]
  register: found

- name: Show which priorities are taken
  ansible.builtin.debug:
    msg: "{{ found.rules | items2dict(key_name='priority', value_name='name') }}"
"""

RETURN = r"""
rules:
  description: The rules.
  returned: success
  type: list
  elements: dict
  contains:
    rule_id:
      description: Id.
      type: str
      returned: always
      sample: rule-a3x3pg1yohq3lq****
    name:
      description: Name.
      type: str
      returned: always
      sample: canary
    listener_id:
      description: Id of the listener.
      type: str
      returned: always
      sample: lsn-o4u54y73wq7b******
    load_balancer_id:
      description: Id of the load balancer.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    direction:
      description: Whether it is about requests or responses.
      type: str
      returned: always
      sample: request
    priority:
      description: Priority, the smallest one of a listener first.
      type: int
      returned: always
      sample: 10
    status:
      description: State, V(available) when it is in effect.
      type: str
      returned: always
      sample: available
    conditions:
      description: The conditions, with the keys of O(alicloud.mtls.alb_rule#module:conditions).
      type: list
      elements: dict
      returned: always
      sample:
        - {host: [api.example.com]}
        - {path: [/v2/*]}
    actions:
      description: The actions in their order, with the keys of O(alicloud.mtls.alb_rule#module:actions).
      type: list
      elements: dict
      returned: always
      sample:
        - forward:
            server_groups: [{server_group_id: sgp-atstuj3rtoptyui****, weight: 100}]
            sticky_session: {enabled: false}
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

from ..module_utils._alb.information import rules
from ..module_utils._alb.rule_fields import DIRECTIONS
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        rules,
        {
            "rule_ids": {"type": "list", "elements": "str"},
            "names": {"type": "list", "elements": "str"},
            "listener_ids": {"type": "list", "elements": "str"},
            "load_balancer_ids": {"type": "list", "elements": "str"},
            "direction": {"type": "str", "choices": list(DIRECTIONS)},
            "tags": {"type": "dict"},
        },
    )


if __name__ == "__main__":
    main()
