#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_acl
short_description: Manage an access control list of Application Load Balancers
version_added: 1.0.0
description:
  - Creates, changes and deletes an access control list, a set of IPv4 addresses, and gives it to listeners, which let
    these clients in or keep them out.
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
      - Name of the list, by which it is found. If several have it, O(acl_id) says which one is meant.
      - Together with O(acl_id) it is the new name.
    type: str
  acl_id:
    description: Id of an existing list.
    type: str
  entries:
    description: Entries. Others in the list stay unless O(purge_entries).
    type: list
    elements: dict
    suboptions:
      entry:
        description: IPv4 address or CIDR block.
        type: str
        required: true
      description:
        description: Description of a new entry. ALB has no operation that changes it.
        type: str
  purge_entries:
    description: Remove entries that are not in O(entries).
    type: bool
    default: false
  listeners:
    description:
      - Listeners that the list is given to. It stays with others unless O(purge_listeners).
      - Reading the listeners of a list takes one more request, and another one for each of them, so it is done only if
        this option is given.
      - All lists of a listener have the same kind of access. A listener has three lists at most, a list 50 listeners.
    type: list
    elements: dict
    suboptions:
      listener_id:
        description: Id of the listener.
        type: str
        required: true
      access:
        description:
          - With V(allow) only the clients in its lists are let in, with V(deny) these are kept out.
          - A listener whose lists have no entry lets everybody in, so the module refuses to leave a list that allows
            without one.
        type: str
        choices: [allow, deny]
        default: allow
  purge_listeners:
    description: Take the list away from listeners that are not in O(listeners).
    type: bool
    default: false
  resource_group_id:
    description: Resource group. By default the account's default group; another one moves the list.
    type: str
  tags:
    description: Tags. Others that the list has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description: V(absent) deletes the list. It is refused while a listener has it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_acl_info
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Let only the office in
  alicloud.mtls.alb_acl:
    name: office
    region: cn-hangzhou
    entries:
      - {entry: 203.0.113.0/24, description: office}
      - {entry: 198.51.100.7}
    purge_entries: true
    listeners:
      - {listener_id: lsn-bp1bpn0kn908w4nbw****, access: allow}

- name: Take the list away from all listeners, which lets everybody in
  alicloud.mtls.alb_acl:
    name: office
    region: cn-hangzhou
    listeners: []
    purge_listeners: true
"""

RETURN = r"""
acl:
  description: The list, or V(null) when it is absent.
  returned: success
  type: dict
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
      description:
        - Listeners that have the list, each with RV(ignore:listener_id) and RV(ignore:access).
        - V(null) if O(listeners) was not given.
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
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_acl, add_entries_to_acl]
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

from ..module_utils._alb.acl import Acl
from ..module_utils._core.module import REMOVAL, STATE, run


def main() -> None:
    run(
        Acl,
        {
            "name": {"type": "str"},
            "acl_id": {"type": "str"},
            "entries": {
                "type": "list",
                "elements": "dict",
                "options": {"entry": {"type": "str", "required": True}, "description": {"type": "str"}},
            },
            "purge_entries": {"type": "bool", "default": False},
            "listeners": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "listener_id": {"type": "str", "required": True},
                    "access": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
                },
            },
            "purge_listeners": {"type": "bool", "default": False},
            "resource_group_id": {"type": "str"},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        required_one_of=[["name", "acl_id"]],
    )


if __name__ == "__main__":
    main()
