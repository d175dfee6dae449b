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
      client_identity:
        description:
          - Who may call the site, and what is told about the caller. Without this option nothing is looked at.
          - Clients are verified by a load balancer in front, which tells of them in headers
            (O(sites[].client_identity.load_balancer_addresses)), or by Nginx (O(sites[].client_identity.ca_src)).
          - Subject, issuer, fingerprint, serial number and outcome of the verification are the Nginx variables
            C($mtls_subject), C($mtls_issuer), C($mtls_fingerprint), C($mtls_serial) and C($mtls_verification).
            C($mtls_decision) is V(accepted), or a word for the reason why a request is refused with HTTP 403; answers
            that refuse have it in the header C(X-Mtls-Refusal) too.
          - The guide docs/guides/identity.md says which forms of the values are understood, and who enforces what.
        type: dict
        suboptions:
          load_balancer_addresses:
            description:
              - Addresses and CIDR blocks from which the load balancer connects. Only there do its headers count, and
                only there does C(X-Forwarded-For) tell the address of the client.
              - A request from elsewhere that has one of the headers is refused. Any other is one without a certificate.
            type: list
            elements: str
          headers:
            description:
              - Names of the headers that the load balancer sends. It has to send all of those named here, because it
                may pass on what a client sends under the name of any other.
              - The default is ALB's four, which the listener has to send
                (O(alicloud.mtls.alb_listener#module:x_forwarded_for)).
            type: dict
            suboptions: &names
              subject: {description: Subject., type: str}
              issuer: {description: Issuer., type: str}
              fingerprint: {description: Fingerprint of the certificate. It cannot be left out., type: str}
              verification: {description: Outcome of the verification., type: str}
          request_headers:
            description: >-
              Names of the headers that an application behind O(sites[].upstream) gets. The default is those of the load
              balancer. What a client sends under these names is dropped.
            type: dict
            suboptions:
              subject: {description: 'Subject, in the form in which it came.', type: str}
              issuer: {description: 'Issuer, in the form in which it came.', type: str}
              fingerprint: {description: 'Fingerprint, in the form in which it came.', type: str}
              serial: {description: 'Serial number, where Nginx verifies the clients.', type: str}
              verification: {description: 'Outcome of the verification, such as V(SUCCESS).', type: str}
          required:
            description: >-
              Refuse requests without a verified certificate. With V(false) they are let in without an identity; a
              certificate that is not valid, denied, revoked or not allowed is refused all the same.
            type: bool
            default: true
          health_check_path:
            description: >-
              Path for which the load balancer needs no certificate, because its health checks have none. Everybody who
              comes through the load balancer without a certificate gets this page too.
            type: str
          revoked_src:
            description: >-
              File on the controller with the revoked clients, as M(alicloud.mtls.client_deny_list) makes it. They are
              refused within a second after the list is on the server, on connections that exist too, without a reload.
            type: str
          revoked:
            description: The list itself, instead of O(sites[].client_identity.revoked_src).
            type: str
          deny:
            description: Certificates that are refused. All parts of an entry have to fit.
            type: list
            elements: dict
            suboptions: &rule
              fingerprint:
                description: SHA-1 or SHA-256, as the load balancer sends it, with or without colons. It stands alone.
                type: str
              subject:
                description: Subject, such as V(CN=client,O=Example,C=CN) or V(/C=CN/O=Example/CN=client).
                type: str
              issuer:
                description: Issuer, in the same way.
                type: str
              serial:
                description: Serial number in hexadecimal, together with the issuer. Only where Nginx verifies.
                type: str
          deny_src:
            description: File on the controller with fingerprints to refuse too, one on each line; C(#) begins comments.
            type: str
          deny_list:
            description: Its contents, instead of O(sites[].client_identity.deny_src).
            type: str
          allow:
            description: The only certificates that are let in. An empty list lets in nobody.
            type: list
            elements: dict
            suboptions: *rule
          allow_src:
            description: File on the controller with fingerprints to let in too, as O(sites[].client_identity.deny_src).
            type: str
          allow_list:
            description: Its contents, instead of O(sites[].client_identity.allow_src).
            type: str
          access_log:
            description: Access log of the site on the server, with the identity of each caller.
            type: str
          access_log_format:
            description: V(text) is Nginx's C(combined) with more fields at the end, V(json) an object on each line.
            type: str
            choices: [text, json]
            default: text
          ca_src:
            description: >-
              File on the controller with the CAs of the clients, PEM: Nginx verifies the clients itself, and resumes no
              TLS session, since a session would be resumed without another verification.
            type: str
          ca:
            description: Its contents, instead of O(sites[].client_identity.ca_src).
            type: str
          crl_src:
            description: >-
              File on the controller with a CRL of every CA of the chain, PEM, such as the C(crl-bundle.pem) of the role
              P(alicloud.mtls.pki#role). Nginx refuses every client when one is missing or has expired, so a file that
              lets nobody in is refused before it is live.
            type: str
          crl:
            description: Its contents, instead of O(sites[].client_identity.crl_src).
            type: str
          verify_depth:
            description: Longest chain above a client's certificate, with O(sites[].client_identity.ca_src).
            type: int
            default: 3
      client_ca_path:
        description: >-
          Path of the CAs of O(sites[].client_identity.ca_src) on the server. By default
          C(/etc/pki/nginx/NAME.client-ca.crt), with the site's name.
        type: str
      client_crl_path:
        description: >-
          Path of the CRLs of O(sites[].client_identity.crl_src) on the server. By default
          C(/etc/pki/nginx/NAME.client.crl), with the site's name.
        type: str
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

- name: Serve it behind a load balancer that verifies the clients, and refuse those that are revoked
  alicloud.mtls.nginx_sites:
    sites:
      - name: app
        certificate_src: /srv/pki/app.chain.crt
        private_key_src: /srv/pki/app.key
        server_name: app.example.com
        upstream: http://127.0.0.1:8080
        client_identity:
          load_balancer_addresses: [10.0.1.0/24, 10.0.2.0/24]
          request_headers: {subject: X-Client-Subject, fingerprint: X-Client-Fingerprint}
          health_check_path: /health
          revoked_src: /srv/pki/revoked.json
          access_log: /var/log/nginx/app.json
          access_log_format: json
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
from ..module_utils._nginx.client_forms import ALB_HEADERS, FIELDS
from ..module_utils._nginx.client_options import RULE_PARTS
from ..module_utils._nginx.engine import Request, Run
from ..module_utils._nginx.files import SiteError
from ..module_utils._nginx.service import Systemd
from ..module_utils._nginx.site import PROFILES, sites

PROTOCOLS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
RULE = {"type": "list", "elements": "dict", "options": {part: {"type": "str"} for part in RULE_PARTS}}
IDENTITY = {
    "load_balancer_addresses": {"type": "list", "elements": "str"},
    "headers": {"type": "dict", "options": {name: {"type": "str"} for name in ALB_HEADERS}},
    "request_headers": {"type": "dict", "options": {name: {"type": "str"} for name in FIELDS}},
    "required": {"type": "bool", "default": True},
    "health_check_path": {"type": "str"},
    "revoked_src": {"type": "str"},
    "revoked": {"type": "str"},
    "deny": RULE,
    "deny_src": {"type": "str"},
    "deny_list": {"type": "str"},
    "allow": RULE,
    "allow_src": {"type": "str"},
    "allow_list": {"type": "str"},
    "access_log": {"type": "str"},
    "access_log_format": {"type": "str", "choices": ["text", "json"], "default": "text"},
    "ca_src": {"type": "str"},
    "ca": {"type": "str"},
    "crl_src": {"type": "str"},
    "crl": {"type": "str"},
    "verify_depth": {"type": "int", "default": 3},
}
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
    "client_identity": {"type": "dict", "options": IDENTITY},
    "client_ca_path": {"type": "str"},
    "client_crl_path": {"type": "str"},
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
