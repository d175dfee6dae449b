#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_ca
short_description: Enable a private CA of Alibaba Cloud that was bought
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Makes the root CA or a sub CA of an instance of Private Certificate Authority that was bought in the console, which
    is what the console calls to enable it. Assigns certificates of the root to a sub CA, and revokes a CA.
  - The module buys nothing. Without an instance that is not in use it fails, and says so.
  - Only sub CAs issue certificates. A CA is found by its common name; it cannot be changed or made a second time.
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.pca.attributes
options:
  name:
    description: Common name of the CA.
    type: str
    required: true
  type:
    description: Whether it is a root CA, or a sub CA below one.
    type: str
    choices: [root, sub]
    required: true
  root_id:
    description: For a sub CA, identifier of its root CA.
    type: str
  root_name:
    description: For a sub CA, common name of its root CA. Without both the service chooses.
    type: str
  instance_id:
    description:
      - Id of the purchased instance. It is only looked at, before anything is made, as the service takes no such
        parameter and chooses one that fits.
    type: str
  organization_name:
    description: Organization. A new CA needs it.
    type: str
  organizational_unit_name:
    description: Part of the organization. A new CA needs it.
    type: str
  locality_name:
    description: City. A new CA needs it.
    type: str
  state_or_province_name:
    description: State or province. A new CA needs it.
    type: str
  country_name:
    description: Country, two letters.
    type: str
  years:
    description: How many years a new CA is valid; the service advises 5 to 10. A sub CA cannot outlive its root.
    type: int
  algorithm:
    description:
      - Kind and size of the key, of the family that the instance was bought for. A new sub CA needs it, and a root CA
        gets what its instance was bought for.
    type: str
    choices: [RSA_1024, RSA_2048, RSA_4096, ECC_256, ECC_384, ECC_512]
  crl:
    description: For a new sub CA, whether it has a CRL.
    type: bool
  crl_days:
    description: For a new sub CA, for how many days a CRL is valid, 1 to 365.
    type: int
  path_length:
    description: For a new sub CA, how many CAs may stand between it and a certificate. The service's default is V(0).
    type: int
  extended_key_usages:
    description:
      - For a new sub CA, what its certificates may be used for. Clients of a listener need V(clientAuth), servers
        V(serverAuth).
    type: list
    elements: str
    choices: [any, serverAuth, clientAuth, codeSigning, emailProtection, timeStamping, OCSPSigning]
  longest_validity_days:
    description: For a new sub CA, the longest that its certificates may be valid.
    type: int
  certificates:
    description:
      - How many certificates a sub CA has in all, issued ones included; the rest is assigned to it from those of its
        root. Left as it is when not given.
    type: int
  tags:
    description: Tags of a new CA.
    type: dict
  revoke:
    description: Consent to O(state=revoked).
    type: bool
    default: false
  state:
    description: V(revoked) revokes the CA for good, and with it every certificate that it has issued.
    type: str
    choices: [present, revoked]
    default: present
seealso:
  - module: alicloud.mtls.pca_ca_info
  - module: alicloud.mtls.pca_client_certificate
"""

EXAMPLES = r"""
- name: Enable the root CA that was bought
  alicloud.mtls.pca_ca:
    name: Shop root
    type: root
    organization_name: Shop
    organizational_unit_name: IT
    locality_name: Hangzhou
    state_or_province_name: Zhejiang
    years: 10

- name: Enable its sub CA for clients
  alicloud.mtls.pca_ca:
    name: Shop clients
    type: sub
    root_name: Shop root
    organization_name: Shop
    organizational_unit_name: IT
    locality_name: Hangzhou
    state_or_province_name: Zhejiang
    years: 5
    algorithm: RSA_2048
    extended_key_usages: [clientAuth]
    crl: true
    crl_days: 7
    certificates: 10
"""

RETURN = r"""
ca:
  description: The CA as it is now, or would be in check mode. V(null) when there is none to revoke.
  returned: success
  type: dict
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
actions:
  description: What was done, or in check mode would be done, in this order. Empty when nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_sub_cacertificate, assign_certificate_count]
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

from ..module_utils._pca import ca, module


def main() -> None:
    spec = {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["root", "sub"], "required": True},
        "root_id": {"type": "str"},
        "root_name": {"type": "str"},
        "instance_id": {"type": "str"},
        "organization_name": {"type": "str"},
        "organizational_unit_name": {"type": "str"},
        "locality_name": {"type": "str"},
        "state_or_province_name": {"type": "str"},
        "country_name": {"type": "str"},
        "years": {"type": "int"},
        "algorithm": {
            "type": "str",
            "choices": ["RSA_1024", "RSA_2048", "RSA_4096", "ECC_256", "ECC_384", "ECC_512"],
        },
        "crl": {"type": "bool"},
        "crl_days": {"type": "int"},
        "path_length": {"type": "int"},
        "extended_key_usages": {
            "type": "list",
            "elements": "str",
            "choices": [
                *("any", "serverAuth", "clientAuth", "codeSigning"),
                *("emailProtection", "timeStamping", "OCSPSigning"),
            ],
        },
        "longest_validity_days": {"type": "int"},
        "certificates": {"type": "int"},
        "tags": {"type": "dict"},
        "revoke": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "revoked"], "default": "present"},
    }
    module.run(spec, ca.ensure, mutually_exclusive=[["root_id", "root_name"]])


if __name__ == "__main__":
    main()
