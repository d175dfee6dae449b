#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nginx_sites
short_description: Bring HTTPS sites to an Nginx, tested before they are live and seen when they are
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - The engine of the role P(alicloud.mtls.nginx_https#role), which installs Nginx too.
  - Writes a certificate, its private key, a server block and a page for every site. Certificates and keys are examined,
    and Nginx tests the new files together with its live configuration, before any file is replaced.
  - The new files become live together or not at all. Then Nginx reloads, and every site is asked for the certificate
    that it serves. If Nginx does not come up on the new files, or a site serves another certificate, the previous files
    come back and the task fails.
  - Files that the role has not made are refused, or replaced with a backup.
  - Server blocks of others are read as well. A site that another one would answer for, as the default server of the
    port too, is refused before anything is written. A site that would become the default server of a port in the place
    of another one gets a warning.
requirements:
  - Python >= 3.9 and systemd on the server
attributes:
  action:
    support: full
    description: Reads the certificates and the keys on the controller.
  check_mode:
    support: full
    description: Can run in C(check_mode), and fails where a run would before its first write.
  diff_mode:
    support: full
    description: Shows the server blocks and the pages, never a certificate or a key.
  idempotent:
    support: full
    description: A second run changes nothing.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  sites:
    description: The sites. Those that are not named stay as they are.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the site.
        type: str
        required: true
      state:
        description: V(absent) removes the files of the site that the role has made. By default O(state).
        type: str
        choices: [present, absent]
      certificate_src:
        description: >-
          File on the controller with the certificate in PEM form, followed by its chain: an absolute path. In check
          mode it may be missing, because an earlier task would have made it.
        type: str
      private_key_src:
        description: File on the controller with the private key in PEM form, as O(sites[].certificate_src).
        type: str
      certificate:
        description: The certificate itself, instead of O(sites[].certificate_src).
        type: str
      private_key:
        description: The private key itself, instead of O(sites[].private_key_src).
        type: str
      password_file:
        description: File on the server with the passphrase of an encrypted key, one per line.
        type: str
        default: ''
      certificate_path:
        description: Path of the certificate on the server. By default C(/etc/pki/nginx/NAME.crt), with the site's name.
        type: str
      private_key_path:
        description: >-
          Path of the private key on the server. By default C(/etc/pki/nginx/private/NAME.key), with the site's name.
        type: str
      configuration_path:
        description: >-
          Path of the server block on the server. By default C(/etc/nginx/conf.d/NAME.conf), with the site's name.
        type: str
      root:
        description: Directory with the pages.
        type: str
        default: /usr/share/nginx/html
      upstream:
        description: Address of an application, as in Nginx's C(proxy_pass). It is served instead of the pages.
        type: str
        default: ''
      page:
        description: Content of C(index.html). Empty leaves that file alone.
        type: str
        default: ''
      port:
        description: Port on which Nginx listens.
        type: int
        default: 443
      ipv6:
        description: Listen on IPv6 too.
        type: bool
        default: false
      default_server:
        description: Answer on this port for names that no site has.
        type: bool
        default: false
      server_name:
        description: Names of the server block, as in Nginx's C(server_name).
        type: str
        default: _
      profile:
        description: >-
          Settings of TLS: those of the scenario (V(default)), or of version 5.7 of Mozilla's guidelines
          (U(https://ssl-config.mozilla.org/guidelines/5.7.json)).
        type: str
        choices: [default, intermediate, modern]
        default: default
      protocols:
        description: Versions of TLS. By default those of the profile.
        type: list
        elements: str
        choices: [TLSv1, TLSv1.1, TLSv1.2, TLSv1.3]
        default: []
      http2:
        description: Offer HTTP/2.
        type: bool
        default: false
      headers:
        description: Headers that Nginx adds to every answer.
        type: dict
        default: {}
      extra:
        description: More directives of the server block, in Nginx's words.
        type: str
        default: ''
      option_prefix:
        description: Text before the names of options in messages. By default it names the site.
        type: str
  state:
    description: >-
      V(absent) removes the files of all sites in the list that have no O(sites[].state) of their own. Files that they
      had replaced come back, and directories that were made for them go if they are empty.
    type: str
    choices: [present, absent]
    default: present
  executable:
    description: Nginx's executable.
    type: str
    default: /usr/sbin/nginx
  main:
    description: Nginx's C(nginx.conf). By default the one that the executable was built with, as C(nginx -V) tells.
    type: str
  stage:
    description: >-
      Directory for new files until Nginx has read them. By default beside the directory of O(main), as in
      C(/etc/nginx.staged).
    type: str
  state_directory:
    description: Directory for the record of the files that the role has made, and for backups.
    type: str
    default: /var/lib/alicloud.mtls/nginx_https
  service:
    description: Nginx's unit of systemd.
    type: str
    default: nginx
  replace:
    description: Replace files that the role has not made, and keep backups of them.
    type: bool
    default: false
  purge_sites:
    description: >-
      Remove the sites of earlier runs that O(sites) does not name. With O(state=absent) nothing of the role is left.
    type: bool
    default: false
  selinux:
    description: >-
      Where SELinux is enforcing, let Nginx listen on the ports of the sites (C(semanage port), type http_port_t) and
      connect to their applications (httpd_can_network_connect). Otherwise the task fails with the commands to run. What
      was permitted stays so when a site is removed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Serve an application
  alicloud.mtls.nginx_sites:
    sites:
      - name: app
        certificate_src: /srv/pki/app.chain.crt
        private_key_src: /srv/pki/app.key
        server_name: app.example.com
        upstream: http://127.0.0.1:8080
"""

RETURN = r"""
installed:
  description: Whether Nginx is on the server. If it is not, nothing was done.
  returned: success
  type: bool
paths:
  description: The files that were written or removed, or would be.
  returned: success
  type: list
  elements: str
backups:
  description: Backups of the files that were replaced and that the role had not made, or that somebody had changed.
  returned: success
  type: list
  elements: str
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._nginx.engine import Request, Run
from ..module_utils._nginx.files import SiteError
from ..module_utils._nginx.service import Systemd
from ..module_utils._nginx.site import PROFILES, sites

PROTOCOLS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
SITE = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"]},
    "certificate_src": {"type": "str"},
    "private_key_src": {"type": "str", "no_log": False},
    "certificate": {"type": "str"},
    "private_key": {"type": "str", "no_log": True},
    "password_file": {"type": "str", "default": "", "no_log": False},
    "certificate_path": {"type": "str"},
    "private_key_path": {"type": "str", "no_log": False},
    "configuration_path": {"type": "str"},
    "root": {"type": "str", "default": "/usr/share/nginx/html"},
    "upstream": {"type": "str", "default": ""},
    "page": {"type": "str", "default": ""},
    "port": {"type": "int", "default": 443},
    "ipv6": {"type": "bool", "default": False},
    "default_server": {"type": "bool", "default": False},
    "server_name": {"type": "str", "default": "_"},
    "profile": {"type": "str", "choices": list(PROFILES), "default": "default"},
    "protocols": {"type": "list", "elements": "str", "choices": PROTOCOLS, "default": []},
    "http2": {"type": "bool", "default": False},
    "headers": {"type": "dict", "default": {}},
    "extra": {"type": "str", "default": ""},
    "option_prefix": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "sites": {"type": "list", "elements": "dict", "required": True, "options": SITE},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "executable": {"type": "str", "default": "/usr/sbin/nginx"},
            "main": {"type": "str"},
            "stage": {"type": "str"},
            "state_directory": {"type": "str", "default": "/var/lib/alicloud.mtls/nginx_https"},
            "service": {"type": "str", "default": "nginx"},
            "replace": {"type": "bool", "default": False},
            "purge_sites": {"type": "bool", "default": False},
            "selinux": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        request = Request(
            sites=sites(params["sites"], params["state"]),
            service=Systemd(params["service"]),
            executable=params["executable"],
            main=params["main"] or "",
            stage=params["stage"] or "",
            state_directory=params["state_directory"],
            replace=params["replace"],
            purge_sites=params["purge_sites"],
            selinux=params["selinux"],
            check_mode=module.check_mode,
            label=lambda path: module.set_default_selinux_context(path, False),
        )
        result = Run(request).go()
    except SiteError as failure:
        module.fail_json(msg=str(failure))
    for warning in result.warnings:
        module.warn(warning)
    module.exit_json(**{name: value for name, value in vars(result).items() if name != "warnings"})


if __name__ == "__main__":
    main()
