#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cas_certificate
short_description: Manage a server certificate in the certificate store of Alibaba Cloud
version_added: 1.0.0
description:
  - Uploads a server certificate with its private key to the Certificate Management Service, puts it in the place of
    others, and removes it.
  - The store cannot change a certificate. A renewed one is uploaded beside the old one, under a name that tells its
    content (O(name), a hyphen, and the first eight digits of the SHA-256 fingerprint). O(switch_listeners) gives it to
    the listeners that have an old one; once nothing uses the old one any more, O(purge_superseded) removes it.
  - Only certificates that were uploaded under O(name) are removed. These are the ones whose name ends in their own
    fingerprint; one of another program with a similar name stays.
  - What is uploaded has one form, whatever line ends, texts and blanks O(certificate) has. Certificates of the chain
    are put in order, and copies are left out.
  - Before anything is written, the key must belong to the certificate, the certificates must be one chain and the
    certificate valid today.
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
    description: Name that all uploads of this certificate have in common, 54 characters at most.
    type: str
    required: true
  certificate:
    description: The certificate in PEM, followed by its chain.
    type: str
  certificate_path:
    description: File with the certificate in PEM, followed by its chain.
    type: path
  private_key:
    description: The private key in PEM, not encrypted. Read only when the certificate is uploaded.
    type: str
  private_key_path:
    description: File with the private key in PEM, not encrypted. Read only when the certificate is uploaded.
    type: path
  switch_listeners:
    description:
      - Give this certificate to every listener of the region that has another upload of the same O(name), or one of
        O(replaces), as a default or as an additional certificate. They are listed in RV(switched). Its other
        certificates stay.
      - It is refused where the listener would be left without a certificate for a name that the old one is valid for.
      - Other regions and services are not switched.
    type: bool
    default: false
  replaces:
    description:
      - More certificates that O(switch_listeners) replaces, such as one that was uploaded in the console or that was
        bought. They stay in the store, and are listed in RV(replaced).
      - A certificate is meant that has everything that an entry gives. An entry that fits none is no error, so that the
        task can be run again.
    type: list
    elements: dict
    suboptions:
      certificate_id:
        description: Id, with or without the region of the store.
        type: str
      name:
        description: Name in the store, or the O(name) of this module.
        type: str
      fingerprint:
        description: SHA-256 fingerprint in hexadecimal digits, with or without colons.
        type: str
      domain:
        description: A host name that it is valid for, by its own name or by a wildcard.
        type: str
  purge_superseded:
    description:
      - Remove other uploads of the same O(name). One that a listener of the region uses stays, with a warning, and is
        listed in RV(in_use); with O(switch_listeners) none does any more.
    type: bool
    default: false
  purge_expired:
    description: Remove other uploads of the same O(name) that have expired, and no others. Like O(purge_superseded).
    type: bool
    default: false
  state:
    description:
      - V(absent) removes every upload of this O(name). It is refused while a listener of the region uses one of them;
        other regions and services are not checked.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.cas_certificate_info
  - module: alicloud.mtls.alb_listener
"""

EXAMPLES = r"""
- name: Upload the certificate of the shop
  alicloud.mtls.cas_certificate:
    name: shop-server
    certificate_path: /etc/pki/shop/server.chain.crt
    private_key_path: /etc/pki/shop/server.key
  register: stored

- name: Use it
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    certificate_ids:
      - "{{ stored.certificate.certificate_id }}"

- name: Renew it - every listener of the region that has the old one gets the new one, then the old one goes
  alicloud.mtls.cas_certificate:
    region: cn-hangzhou
    name: shop-server
    certificate_path: /etc/pki/shop/server.chain.crt
    private_key_path: /etc/pki/shop/server.key
    switch_listeners: true
    purge_superseded: true

- name: Take the place of a certificate that was uploaded in the console, which stays in the store
  alicloud.mtls.cas_certificate:
    region: cn-hangzhou
    name: shop-server
    certificate_path: /etc/pki/shop/server.chain.crt
    private_key_path: /etc/pki/shop/server.key
    switch_listeners: true
    replaces:
      - name: www.example.com 2025

- name: Remove uploads that have expired
  alicloud.mtls.cas_certificate:
    name: shop-server
    certificate_path: /etc/pki/shop/server.chain.crt
    private_key_path: /etc/pki/shop/server.key
    purge_expired: true
"""

RETURN = r"""
certificate:
  description: The certificate in the store, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    certificate_id:
      description: Id for M(alicloud.mtls.alb_listener), with the region of the store.
      type: str
      returned: always
      sample: 13781326-cn-hangzhou
    cas_id:
      description: Id in the store.
      type: int
      returned: always
      sample: 13781326
    name:
      description: Name in the store.
      type: str
      returned: always
      sample: shop-server-1f0e9c3a
    common_name:
      description: Common name of the subject.
      type: str
      returned: always
      sample: www.example.com
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
      sample: '2027-01-01T00:00:00Z'
superseded:
  description:
    - Other uploads of the same O(name), each with C(cas_id), C(name), C(common_name), C(not_after) and C(status).
      O(purge_superseded) removes them and lists what it removed.
    - Uploads that have expired are listed with O(purge_superseded), O(purge_expired), O(switch_listeners) or
      O(replaces) only.
  returned: O(state=present)
  type: list
  elements: dict
replaced:
  description: Certificates that fit O(replaces), with the same keys. They stay in the store.
  returned: O(state=present)
  type: list
  elements: dict
in_use:
  description:
    - Uploads that O(purge_superseded) or O(purge_expired) left alone, since a listener uses them or the credentials may
      not read the listeners; with the same keys.
  returned: O(state=present)
  type: list
  elements: dict
removed:
  description: Certificates that were removed, or in check mode would be, with the same keys.
  returned: success
  type: list
  elements: dict
switched:
  description: Listeners that got the certificate in place of another, or in check mode would get it.
  returned: O(state=present)
  type: list
  elements: dict
  contains:
    listener_id:
      description: Id.
      type: str
      returned: always
      sample: lsn-bp1bpn0kn908w4nbw****
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
    load_balancer_id:
      description: Load balancer.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    description:
      description: Description of the listener.
      type: str
      returned: always
    default:
      description: Whether it was a default certificate of the listener, and not an additional one.
      type: bool
      returned: always
    replaced:
      description: Id of the certificate that it had.
      type: str
      returned: always
      sample: 13781325-cn-hangzhou
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [upload_user_certificate]
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

from ..module_utils._cas.server_certificates import FILTERS
from ..module_utils._core.module import REMOVAL, STATE, run
from ..module_utils._uploads.server_certificate import StoredCertificate


def main() -> None:
    run(
        StoredCertificate,
        {
            "name": {"type": "str", "required": True},
            "certificate": {"type": "str"},
            "certificate_path": {"type": "path"},
            "private_key": {"type": "str", "no_log": True},
            "private_key_path": {"type": "path", "no_log": False},
            "switch_listeners": {"type": "bool", "default": False},
            "replaces": {
                "type": "list",
                "elements": "dict",
                "options": {name: {"type": "str"} for name in FILTERS},
                "required_one_of": [FILTERS],
            },
            "purge_superseded": {"type": "bool", "default": False},
            "purge_expired": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        mutually_exclusive=[["certificate", "certificate_path"], ["private_key", "private_key_path"]],
        required_if=[
            ["state", "present", ["certificate", "certificate_path"], True],
            ["state", "present", ["private_key", "private_key_path"], True],
        ],
    )


if __name__ == "__main__":
    main()
