#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cas_ca_certificate
short_description: Manage a CA certificate in a certificate application repository of Alibaba Cloud
version_added: 1.0.0
description:
  - Uploads the certificate of a CA to a certificate application repository of the Certificate Management Service, so
    that a listener with mutual authentication can trust it, and removes it. The CA's private key stays where it is.
  - The CA is recognised by its content, not by its name. Another CA under the same O(name) is
    uploaded beside the old one; O(purge_superseded) removes the old one once no listener trusts it any more.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
  - alicloud.mtls.alicloud.removal
requirements:
  - alibabacloud-cas20200407 >= 3.9.4
  - cryptography >= 42
options:
  name:
    description: Name of the CA certificate. It is uploaded as this, a hyphen, and eight digits of its fingerprint.
    type: str
    required: true
  repository:
    description: Name of the repository.
    type: str
    required: true
  repository_id:
    description:
      - Instance id or number of the repository, where several have the name O(repository).
      - With O(state=absent) and O(remove_repository=true), that one is removed.
    type: str
  create_repository:
    description:
      - Make the repository if there is none.
      - The public documents do not say which types of repository can be made through the API. Where that fails, make it
        in the console, with the data source "uploaded CA certificate".
    type: bool
    default: false
  remove_repository:
    description:
      - With O(state=absent), remove the repository as well if nothing else is in it. Its other contents are listed in
        RV(kept).
    type: bool
    default: false
  certificate:
    description: The certificate in PEM.
    type: str
  certificate_path:
    description: File with the certificate in PEM.
    type: path
  purge_superseded:
    description:
      - Remove other CA certificates that were uploaded under the same O(name) to this repository. One that a listener
        of the region has stays, with a warning, and is listed in RV(in_use).
    type: bool
    default: false
  state:
    description:
      - V(absent) removes the given certificate and every other that was uploaded under this O(name). It is refused
        while a listener of the region has one of them.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.cas_ca_certificate_info
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Upload the CA that signs the clients
  alicloud.mtls.cas_ca_certificate:
    name: shop-ca
    repository: shop
    create_repository: true
    certificate_path: /etc/pki/shop/root.crt
  register: trusted

- name: Let in only its clients
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    mutual_authentication: true
    ca_certificate_ids:
      - "{{ trusted.ca_certificate.ca_certificate_id }}"
"""

RETURN = r"""
ca_certificate:
  description: The CA certificate in the repository, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    ca_certificate_id:
      description: Identifier for M(alicloud.mtls.alb_listener).
      type: str
      returned: always
      sample: 1efd3cac-e8c1-611d-b971-f96e5e432aba
    name:
      description: Name.
      type: str
      returned: always
      sample: shop-ca
    repository:
      description: Name of the repository.
      type: str
      returned: always
      sample: shop
    status:
      description: State in the repository.
      type: str
      returned: always
      sample: issue
    common_name:
      description: Common name of the subject.
      type: str
      returned: always
      sample: root
    fingerprint_sha256:
      description: SHA-256 fingerprint in hexadecimal digits.
      type: str
      returned: always
    serial_number:
      description: Serial number in hexadecimal digits.
      type: str
      returned: always
    not_before:
      description: Valid from, UTC.
      type: str
      returned: always
      sample: '2026-01-01T00:00:00Z'
    not_after:
      description: Valid until, UTC.
      type: str
      returned: always
      sample: '2035-12-30T00:00:00Z'
superseded:
  description: With O(purge_superseded), the other CA certificates of this name that were removed.
  returned: O(state=present)
  type: list
  elements: dict
in_use:
  description:
    - CA certificates of this O(name) that O(purge_superseded) left alone, since a listener has them or the
      credentials may not read the listeners.
  returned: O(state=present)
  type: list
  elements: dict
kept:
  description:
    - Certificates in the repository that were not uploaded under this O(name), each with C(ca_certificate_id) and
      C(common_name). They stay, and the repository with them.
  returned: O(state=absent)
  type: list
  elements: dict
others:
  description: How many other certificates the repository held when the module looked.
  returned: O(state=present)
  type: int
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [upload_pcacert]
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

from ..module_utils._core.module import REMOVAL, STATE, run
from ..module_utils._uploads.ca_certificate import StoredAuthority


def main() -> None:
    run(
        StoredAuthority,
        {
            "name": {"type": "str", "required": True},
            "repository": {"type": "str", "required": True},
            "repository_id": {"type": "str"},
            "create_repository": {"type": "bool", "default": False},
            "remove_repository": {"type": "bool", "default": False},
            "certificate": {"type": "str"},
            "certificate_path": {"type": "path"},
            "purge_superseded": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        mutually_exclusive=[["certificate", "certificate_path"]],
        required_if=[["state", "present", ["certificate", "certificate_path"], True]],
    )


if __name__ == "__main__":
    main()
