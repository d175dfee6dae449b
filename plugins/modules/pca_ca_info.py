#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_ca_info
short_description: Read private CAs of Alibaba Cloud
version_added: 1.0.0
description:
  - Returns the private CAs of the account with status, validity, the number of certificates that are left, and the
    address of the CRL.
  - A sub CA issues certificates when RV(cas[].status) is V(issue), RV(cas[].certificates_left) is not V(0), and neither
    the CA nor its subscription has ended.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-cas20200630 >= 2.1.4
  - cryptography >= 44.0
options:
  ca_ids:
    description: Identifiers. One that is not there is left out.
    type: list
    elements: str
  name:
    description: Common name of the CAs.
    type: str
  type:
    description: Only CAs of this type.
    type: str
    choices: [root, sub, external]
seealso:
  - module: alicloud.mtls.pca_client_certificate
  - module: alicloud.mtls.pca_certificate_info
  - module: alicloud.mtls.pca_crl
"""

EXAMPLES = r"""
- name: Read the sub CAs
  alicloud.mtls.pca_ca_info:
    type: sub
  register: private

- name: See that one of them can issue
  ansible.builtin.assert:
    that: >-
      private.cas | selectattr('status', 'equalto', 'issue') | selectattr('certificates_left', 'gt', 0) | length > 0
"""

RETURN = r"""
cas:
  description: The CAs, newest first, or in the order of O(ca_ids).
  returned: success
  type: list
  elements: dict
  contains:
    ca_id:
      description: Identifier, as the option O(alicloud.mtls.alb_listener#module:ca_certificate_ids) takes it.
      type: str
      returned: always
      sample: 1ed40789-483f-6023-b6b8-29ddd3bb0a9a
    parent_id:
      description: Identifier of the CA above. V(null) for a root.
      type: str
      returned: always
    type:
      description: V(root) or V(sub).
      type: str
      returned: always
      sample: sub
    status:
      description: V(issue) when it is enabled, V(revoke) when it is revoked.
      type: str
      returned: always
      sample: issue
    common_name:
      description: Common name of the subject.
      type: str
      returned: always
    algorithm:
      description: Kind and size of its key.
      type: str
      returned: always
      sample: RSA_2048
    certificate:
      description: Its certificate in PEM.
      type: str
      returned: always
    chain:
      description: Its certificate and those above it in PEM, the root last.
      type: str
      returned: always
    certificates_bought:
      description: How many certificates it has in all; for a sub CA, how many are assigned to it.
      type: int
      returned: always
    certificates_issued:
      description: How many of them are issued.
      type: int
      returned: always
    certificates_left:
      description: How many a sub CA can still issue, or a root can still assign.
      type: int
      returned: always
    longest_validity_days:
      description: The longest that its certificates may be valid. V(null) when nothing is said.
      type: int
      returned: always
    crl_enabled:
      description: Whether it has a CRL.
      type: bool
      returned: always
    crl_url:
      description: Where the CRL is.
      type: str
      returned: always
    crl_days:
      description: For how many days a CRL is valid.
      type: int
      returned: always
    instance_id:
      description: Id of the purchased instance.
      type: str
      returned: always
      sample: cas_deposit-cn-1234abcd
    instance_status:
      description: V(buy), V(used), V(revoke) or V(refund).
      type: str
      returned: always
    subscription_end:
      description: When the subscription ends. Nothing is issued after it.
      type: str
      returned: always
      sample: '2027-11-25T00:00:00Z'
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
      sample: '2031-12-31T00:00:00Z'
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

from ..module_utils._core.info import run_info
from ..module_utils._pca.information import cas


def main() -> None:
    run_info(
        cas,
        {
            "ca_ids": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "type": {"type": "str", "choices": ["root", "sub", "external"]},
        },
        mutually_exclusive=[["ca_ids", "name"], ["ca_ids", "type"]],
    )


if __name__ == "__main__":
    main()
