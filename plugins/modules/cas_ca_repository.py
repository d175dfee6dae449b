#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cas_ca_repository
short_description: Manage a certificate application repository of Alibaba Cloud
version_added: 1.0.0
description:
  - Makes and removes a certificate application repository of the Certificate Management Service, which the API calls a
    warehouse. A CA certificate for mutual authentication is uploaded to one, by M(alicloud.mtls.cas_ca_certificate).
  - The service lets several repositories have one name, and has three ids for each. All of them are accepted. Where
    several have the name, the module changes nothing unless O(repository_id) says which one is meant.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
requirements:
  - alibabacloud-cas20200407 >= 3.9.4
  - cryptography >= 42
options:
  name:
    description: Name, 128 characters at most. This or O(repository_id) is needed; a new repository is made by its name.
    type: str
  repository_id:
    description:
      - Id of an existing repository. The id that begins with V(cas-wh-), the number or the id of the sales instance.
    type: str
  type:
    description:
      - The source of its certificates. V(uploaded_ca) is for CA certificates that are uploaded, V(private_ca) for CAs
        and V(private_certificate) for certificates of private CAs, V(uploaded_certificate) for uploaded certificates,
        V(personal) and V(ssl) for those of the certificate store.
      - A repository keeps its type. One of another type under the same name is refused, as far as the service tells the
        types apart. With O(state=absent) it stays.
    type: str
    choices: [uploaded_ca, private_ca, private_certificate, uploaded_certificate, personal, ssl]
    default: uploaded_ca
  state:
    description: V(absent) removes the repository. It is refused while certificates are in it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.cas_ca_certificate
  - module: alicloud.mtls.cas_ca_certificate_info
"""

EXAMPLES = r"""
- name: Make a repository for the CAs of two shops
  alicloud.mtls.cas_ca_repository:
    name: shops

- name: Upload the CA of one of them
  alicloud.mtls.cas_ca_certificate:
    name: shop-ca
    repository: shops
    certificate_path: /etc/pki/shop/root.crt

- name: Remove one of two repositories of the same name, by its id
  alicloud.mtls.cas_ca_repository:
    repository_id: cas-wh-uc-gl2bsq
    state: absent
"""

RETURN = r"""
repository:
  description: The repository, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    repository_id:
      description:
        - The id by which it can be removed. V(null) where the service does not tell which of several repositories of
          the name has it.
      type: str
      returned: always
      sample: cas-wh-uc-gl2bsq
    number:
      description: The number by which certificates are uploaded to it. V(null) while the service does not report it.
      type: int
      returned: always
      sample: 12
    instance_id:
      description: Id of the sales instance.
      type: str
      returned: always
      sample: 14dcc8afc7578e1f
    name:
      description: Name.
      type: str
      returned: always
      sample: shops
    type:
      description: Its O(type).
      type: str
      returned: always
      sample: uploaded_ca
    certificates:
      description: How many certificates are in it.
      type: int
      returned: always
      sample: 2
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_warehouse]
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

from ..module_utils._cas.ca_repository import CaRepository
from ..module_utils._cas.repository import TYPES, UPLOADED_CA
from ..module_utils._core.module import STATE, run


def main() -> None:
    run(
        CaRepository,
        {
            "name": {"type": "str"},
            "repository_id": {"type": "str"},
            "type": {"type": "str", "choices": list(TYPES), "default": UPLOADED_CA},
            "state": STATE,
        },
        required_one_of=[["name", "repository_id"]],
    )


if __name__ == "__main__":
    main()
