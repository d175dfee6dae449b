#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_certificate_info
short_description: Read certificates that a private CA of Alibaba Cloud has issued
version_added: 1.0.0
description:
  - Returns the certificates of a sub CA, those that were made in the console or by other programs included.
  - A certificate that was revoked is returned with RV(certificates[].revoked) being V(true), until it is removed.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
  - alicloud.mtls.pca.ca
requirements:
  - alibabacloud-cas20200630 >= 2.1.4
  - cryptography >= 44.0
options:
  common_name:
    description: Only certificates with this common name.
    type: str
  type:
    description: Only certificates of clients, of servers, or with extensions that their maker chose.
    type: str
    choices: [client, server, custom]
  status:
    description: Only certificates that were not revoked (V(issue)), or were (V(revoke)).
    type: str
    choices: [issue, revoke]
  expires_within_days:
    description: Only certificates that end within so many days or have ended, without those that were revoked.
    type: int
  content:
    description: Return the certificates and their chains in PEM as well, which takes a request for each.
    type: bool
    default: false
seealso:
  - module: alicloud.mtls.pca_client_certificate
  - module: alicloud.mtls.pca_ca_info
"""

EXAMPLES = r"""
- name: Find client certificates that end soon
  alicloud.mtls.pca_certificate_info:
    ca_name: Shop clients
    type: client
    expires_within_days: 30
  register: ending
"""

RETURN = r"""
ca_id:
  description: Identifier of the CA.
  returned: success
  type: str
certificates:
  description: The certificates.
  returned: success
  type: list
  elements: dict
  contains:
    certificate_id:
      description: Identifier.
      type: str
      returned: always
      sample: 1ed40789-483f-6023-b6b8-29ddd3bb0a9a
    number:
      description: Number by which the certificate centre knows it.
      type: int
      returned: always
      sample: 59425
    common_name:
      description: Common name of the subject.
      type: str
      returned: always
    alias:
      description: Name in the console.
      type: str
      returned: always
    custom_identifier:
      description: Key that whoever requested the certificate gave it.
      type: str
      returned: always
    subject:
      description: The subject.
      type: str
      returned: always
      sample: C=CN,O=Example,OU=Shop,L=Hangzhou,ST=Zhejiang,CN=client-1
    serial_number:
      description: Serial number in hexadecimal digits, without leading zeros.
      type: str
      returned: always
    type:
      description: V(client), V(server) or V(custom).
      type: str
      returned: always
    status:
      description: V(issue) or V(revoke).
      type: str
      returned: always
    revoked:
      description: Whether it was revoked.
      type: bool
      returned: always
    expired:
      description: Whether it has ended.
      type: bool
      returned: always
    key_at_service:
      description: Whether the service has its private key.
      type: bool
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
    certificate:
      description: The certificate in PEM.
      type: str
      returned: O(content=true)
    chain:
      description: The certificates of its CAs in PEM, as the service returns them.
      type: str
      returned: O(content=true)
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
from ..module_utils._pca.information import certificates
from ..module_utils._pca.options import CA, ONE_CA


def main() -> None:
    run_info(
        certificates,
        {
            **CA,
            "common_name": {"type": "str"},
            "type": {"type": "str", "choices": ["client", "server", "custom"]},
            "status": {"type": "str", "choices": ["issue", "revoke"]},
            "expires_within_days": {"type": "int"},
            "content": {"type": "bool", "default": False},
        },
        **ONE_CA,
    )


if __name__ == "__main__":
    main()
