#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_revoked_clients
short_description: Bring a new list of revoked clients to the sites of an Nginx
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Replaces the list of revoked clients of sites that M(alicloud.mtls.nginx_sites) has made with
    O(alicloud.mtls.nginx_sites#module:sites[].client_identity.revoked_src), and nothing else of them.
  - The new list counts as a whole within a second, on connections that exist too. Nginx is not reloaded, so no
    request of another client fails.
  - A list that cannot be read leaves the previous one in place, and the task fails.
requirements:
  - Python >= 3.9 on the server
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode).
  diff_mode:
    support: none
    description: The list has fingerprints only.
  idempotent:
    support: full
    description: A second run changes nothing.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  revoked:
    description: The list, as M(alicloud.mtls.client_deny_list) writes it.
    type: str
    required: true
  sites:
    description: Names of the sites. By default all on this server that look up revoked clients.
    type: list
    elements: str
  executable:
    description: Nginx's executable.
    type: str
    default: /usr/sbin/nginx
  main:
    description: Nginx's C(nginx.conf). By default the one that the executable was built with, as C(nginx -V) tells.
    type: str
seealso:
  - module: alicloud.mtls.client_deny_list
  - module: alicloud.mtls.nginx_sites
"""

EXAMPLES = r"""
- name: Refuse the revoked clients
  alicloud.mtls.nginx_revoked_clients:
    revoked: "{{ lookup('ansible.builtin.file', '/srv/pki/revoked.json') }}"
"""

RETURN = r"""
sites:
  description: The sites that look the list up.
  returned: success
  type: list
  elements: str
  sample: [https]
count:
  description: Number of fingerprints on the list.
  returned: success
  type: int
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._nginx.client_lists import read_revoked, replace_revoked
from ..module_utils._nginx.files import SiteError
from ..module_utils._nginx.service import find


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "revoked": {"type": "str", "required": True},
            "sites": {"type": "list", "elements": "str"},
            "executable": {"type": "str", "default": "/usr/sbin/nginx"},
            "main": {"type": "str"},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        fingerprints = read_revoked(params["revoked"], "revoked")
        main_file = params["main"] or find(params["executable"]).main
        result = replace_revoked(main_file, fingerprints, params["sites"], not module.check_mode)
    except SiteError as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
