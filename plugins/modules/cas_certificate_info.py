#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cas_certificate_info
short_description: Read server certificates of the certificate store of Alibaba Cloud
version_added: 1.0.0
description:
  - Returns the server certificates in the certificate store, those that have expired included, and the listeners of the
    region that use each of them.
  - Filters are combined; without one all certificates are returned.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.info
requirements:
  - alibabacloud-cas20200407 >= 3.9.4
  - alibabacloud-alb20200616 >= 1.3.3
  - cryptography >= 42
options:
  certificate_id:
    description: Only the certificate with this id, with or without the region of the store.
    type: str
  name:
    description:
      - Only certificates with this name in the store, and those that M(alicloud.mtls.cas_certificate) has uploaded
        under this name.
    type: str
  fingerprint:
    description: Only certificates with this SHA-256 fingerprint in hexadecimal digits, with or without colons.
    type: str
  domain:
    description: Only certificates that are valid for this host name, by its own name or by a wildcard.
    type: str
  status:
    description:
      - Only certificates in this state. V(expiring) is the state of the service for those about to expire; to choose
        the time, use O(expires_within_days).
    type: str
    choices: [valid, expiring, expired]
  expires_within_days:
    description: Only certificates that end within so many days, or have ended.
    type: int
  bought:
    description: Return certificates that were bought from the store as well.
    type: bool
    default: true
  listeners:
    description:
      - Return the listeners that use each certificate. Every listener of the region is read for that, which takes a
        request for each.
    type: bool
    default: true
seealso:
  - module: alicloud.mtls.cas_certificate
  - module: alicloud.mtls.alb_listener_info
"""

EXAMPLES = r"""
- name: Find the certificates of a host that end soon
  alicloud.mtls.cas_certificate_info:
    region: cn-hangzhou
    domain: www.example.com
    expires_within_days: 30
  register: ending

- name: Show where they are used
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.not_after }}): {{ item.listeners | map(attribute='listener_id') | join(', ') }}"
  loop: "{{ ending.certificates }}"

- name: Use a certificate that was bought
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    certificate_ids:
      - "{{ (ending.certificates | rejectattr('uploaded') | first).certificate_id }}"
"""

RETURN = r"""
certificates:
  description: The certificates, by their ids.
  returned: success
  type: list
  elements: dict
  contains:
    certificate_id:
      description: Id for M(alicloud.mtls.alb_listener).
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
    uploaded_name:
      description:
        - The name under which M(alicloud.mtls.cas_certificate) has uploaded it. V(null) for one that another program,
          the console or a purchase has brought.
      type: str
      returned: always
      sample: shop-server
    uploaded:
      description: Whether it was uploaded, and not bought.
      type: bool
      returned: always
    common_name:
      description: Common name of the subject.
      type: str
      returned: always
      sample: www.example.com
    domains:
      description: Host names and addresses that it is valid for.
      type: list
      elements: str
      returned: always
      sample: [www.example.com, example.com]
    status:
      description: V(valid), V(expiring) if the service says that it is about to expire, or V(expired).
      type: str
      returned: always
      sample: valid
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
    listeners:
      description: The listeners of the region that use it. V(null) without O(listeners).
      type: list
      elements: dict
      returned: always
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
        description:
          description: Description of the listener.
          type: str
          returned: always
        load_balancer_id:
          description: Load balancer.
          type: str
          returned: always
          sample: alb-n5qw04uq8vavfe****
        load_balancer_name:
          description: Name of the load balancer.
          type: str
          returned: always
          sample: shop
        default:
          description: Whether it is a default certificate of the listener, and not an additional one.
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

from ..module_utils._cas.server_certificates import FILTERS
from ..module_utils._core.info import run_info
from ..module_utils._uploads.information import server_certificates


def main() -> None:
    run_info(
        server_certificates,
        {
            **{name: {"type": "str"} for name in FILTERS},
            "status": {"type": "str", "choices": ["valid", "expiring", "expired"]},
            "expires_within_days": {"type": "int"},
            "bought": {"type": "bool", "default": True},
            "listeners": {"type": "bool", "default": True},
        },
    )


if __name__ == "__main__":
    main()
