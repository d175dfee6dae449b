#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_crl
short_description: Keep the CRL of a private CA of Alibaba Cloud in a file
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Fetches the certificate revocation list of a private CA from the address that the service says, checks that the CA
    has signed it and that it is fresh, and writes it to a file for Nginx and others.
  - The file is written only when the CRL has changed, and as a whole. An older CRL never takes the place of a newer
    one.
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.pca.attributes
  - alicloud.mtls.pca.ca
options:
  path:
    description: The file. Its directory is made when it is not there.
    type: path
    required: true
  form:
    description: PEM is what Nginx reads.
    type: str
    choices: [pem, der]
    default: pem
  owner:
    description: User, name or number, to whom the file is to belong. Left as it is when not given.
    type: str
  group:
    description: Group, name or number, to which the file is to belong. Left as it is when not given.
    type: str
notes:
  - The module has to run at least once before RV(crl.next_update), otherwise programs that read the file refuse all
    clients. Have Nginx reload when the result is changed.
  - Nginx asks for a CRL of each CA in the chain of a client. The service documents CRLs for sub CAs alone.
  - Removed certificates are documented nowhere. See O(alicloud.mtls.pca_client_certificate#module:state).
seealso:
  - module: alicloud.mtls.pca_ca_info
  - module: alicloud.mtls.pca_client_certificate
"""

EXAMPLES = r"""
- name: Keep the CRL up to date
  alicloud.mtls.pca_crl:
    ca_name: Shop clients
    path: /srv/pki/shop-clients.crl
  register: revoked

- name: Tell how many are locked out
  ansible.builtin.debug:
    msg: "{{ revoked.crl.revoked | length }} until {{ revoked.crl.next_update }}"
"""

RETURN = r"""
ca_id:
  description: Identifier of the CA.
  returned: success
  type: str
url:
  description: Where the CRL was fetched.
  returned: success
  type: str
path:
  description: The file.
  returned: success
  type: str
crl:
  description: What the CRL says.
  returned: success
  type: dict
  contains:
    number: {description: Its number; null for a CRL without one., type: int, returned: always}
    last_update: {description: When it was signed., type: str, returned: always, sample: "2026-11-25T08:00:00Z"}
    next_update: {description: Until when the next one comes., type: str, returned: always}
    revoked:
      description: Serial numbers of what is revoked, in hexadecimal digits without leading zeros.
      type: list
      elements: str
      returned: always
code:
  description: One word or an error code of the service.
  returned: failure
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

from ..module_utils._pca import crl, module, options


def main() -> None:
    spec = {
        **options.CA,
        "path": {"type": "path", "required": True},
        "form": {"type": "str", "choices": ["pem", "der"], "default": "pem"},
        "owner": {"type": "str"},
        "group": {"type": "str"},
    }
    module.run(spec, crl.ensure, **options.ONE_CA)


if __name__ == "__main__":
    main()
