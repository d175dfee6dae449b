#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_acl_info
short_description: Read access control lists of Application Load Balancers
version_added: 1.0.0
description:
  - Returns access control lists with their entries, and the listeners that have them.
  - Filters are combined; without one all lists of the region are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  acl_ids:
    description: Ids.
    type: list
    elements: str
  names:
    description: Names.
    type: list
    elements: str
  resource_group_id:
    description: Resource group of the lists.
    type: str
  tags:
    description: Tags that a list must have.
    type: dict
seealso:
  - module: alicloud.mtls.alb_acl
"""

EXAMPLES = r"""
- name: Read a list
  alicloud.mtls.alb_acl_info:
    region: cn-hangzhou
    names: [office]
  register: lists

- name: Show who is in it
  ansible.builtin.debug:
    msg: "{{ lists.acls[0].entries | map(attribute='entry') }}"
"""

RETURN = r"""
acls:
  description: The lists.
  returned: success
  type: list
  elements: dict
  contains:
    acl_id:
      description: Id.
      type: str
      returned: always
      sample: acl-hp34s2h0xx1ht4nwo****
    name:
      description: Name.
      type: str
      returned: always
      sample: office
    status:
      description: State, V(available) when it can be used.
      type: str
      returned: always
      sample: available
    entries:
      description: Entries, each with its addresses in RV(ignore:entry) and its RV(ignore:description).
      type: list
      elements: dict
      returned: always
      sample: [{entry: 203.0.113.0/24, description: office}]
    listeners:
      description: Listeners that have the list, each with RV(ignore:listener_id) and RV(ignore:access).
      type: list
      elements: dict
      returned: always
      sample: [{listener_id: lsn-bp1bpn0kn908w4nbw****, access: allow}]
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

from ..module_utils._alb.information import acls
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        acls,
        {
            "acl_ids": {"type": "list", "elements": "str"},
            "names": {"type": "list", "elements": "str"},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
        },
    )


if __name__ == "__main__":
    main()
