#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cas_ca_certificate_info
short_description: Read CA certificates of the certificate service of Alibaba Cloud
version_added: 1.0.0
description:
  - Returns the CA certificates in a certificate application repository, and those with given identifiers, such as a
    listener has.
  - Says which of them have the same key as a given one, and so are the same CA, renewed or not.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-cas20200407 >= 3.9.4
  - cryptography >= 42
options:
  ca_certificate_ids:
    description: Identifiers. One that is not there is left out.
    type: list
    elements: str
  repository:
    description: Name of a repository. When there is none of this name, it counts as empty.
    type: str
  name:
    description: Of O(repository), only what M(alicloud.mtls.cas_ca_certificate) has uploaded under this name.
    type: str
  certificate:
    description: A CA certificate in PEM whose key is compared.
    type: str
  certificate_path:
    description: File with such a certificate. When it does not exist, nothing is compared.
    type: path
seealso:
  - module: alicloud.mtls.cas_ca_certificate
  - module: alicloud.mtls.alb_listener_info
"""

EXAMPLES = r"""
- name: Read the CAs of a shop
  alicloud.mtls.cas_ca_certificate_info:
    repository: shop
    name: shop-ca
    certificate_path: /etc/pki/shop/root.crt
  register: stored

- name: See that there is no other CA than ours
  ansible.builtin.assert:
    that: stored.ca_certificates | rejectattr('same_key') | length == 0
"""

RETURN = r"""
ca_certificates:
  description: The CA certificates, those of O(ca_certificate_ids) first.
  returned: success
  type: list
  elements: dict
  contains:
    ca_certificate_id:
      description: Identifier for M(alicloud.mtls.alb_listener).
      type: str
      returned: always
      sample: 1efd3cac-e8c1-611d-b971-f96e5e432aba
    repository:
      description: Name of the repository. V(null) for one that was found by its identifier alone.
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
    public_key_sha256:
      description: SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal digits. Empty for an SM2 key.
      type: str
      returned: always
    same_key:
      description: Whether it has the key of O(certificate). V(null) when there is nothing to compare it with.
      type: bool
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

from ..module_utils._cas.information import ca_certificates
from ..module_utils._core.info import run_info


def main() -> None:
    run_info(
        ca_certificates,
        {
            "ca_certificate_ids": {"type": "list", "elements": "str"},
            "repository": {"type": "str"},
            "name": {"type": "str"},
            "certificate": {"type": "str"},
            "certificate_path": {"type": "path"},
        },
        required_one_of=[["ca_certificate_ids", "repository"]],
        required_by={"name": ["repository"]},
        mutually_exclusive=[["certificate", "certificate_path"]],
    )


if __name__ == "__main__":
    main()
