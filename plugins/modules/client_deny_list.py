#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: client_deny_list
short_description: Write the list of revoked clients that servers behind a load balancer refuse
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - ALB checks no CRL, and tells the servers behind it the fingerprint of a client's certificate. A CRL names serial
    numbers. This module looks up the revoked certificates and writes their fingerprints, SHA-1 and SHA-256, for
    O(alicloud.mtls.nginx_sites#module:sites[].client_identity.revoked_src) and
    M(alicloud.mtls.nginx_revoked_clients).
  - Clients on hold are on the list until they are released.
  - If one of the sources cannot be used, the list stays as it is and the task fails.
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and says what would be listed.
  diff_mode:
    support: full
    description: Shows the clients before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  path:
    description: The file to write, JSON. It holds no secret.
    type: path
    required: true
  ca_paths:
    description: >-
      Directories of CAs of the module M(alicloud.mtls.ca), whose databases know what is revoked. A certificate that has
      expired is left out.
    type: list
    elements: path
  ca_certificate_name:
    description: File name of the certificate of each CA in O(ca_paths).
    type: str
    default: root.crt
  crl_paths:
    description: >-
      Files with CRLs of any CA, several in PEM form or one in DER form. One that is not signed by its CA is refused if
      the CA is among O(certificate_paths).
    type: list
    elements: path
  certificate_paths:
    description: >-
      Files and directories with certificates: those that the CRLs list, so that their fingerprints are known, and the
      CAs.
    type: list
    elements: path
  certificates:
    description: More of them, each a text in PEM form.
    type: list
    elements: str
  revoked_certificates:
    description: >-
      Certificates that are revoked, each a text in PEM form, such as those that
      M(alicloud.mtls.pca_certificate_info) returns with O(alicloud.mtls.pca_certificate_info#module:status=revoke).
    type: list
    elements: str
  allow_unmatched:
    description: >-
      Write the list although a fingerprint of a revoked certificate is unknown. Servers let that one in. It is named in
      RV(unmatched) and in a warning.
    type: bool
    default: false
notes:
  - Every path is absolute.
seealso:
  - module: alicloud.mtls.certificate_revocation
  - module: alicloud.mtls.nginx_revoked_clients
  - module: alicloud.mtls.nginx_sites
"""

EXAMPLES = r"""
- name: List the revoked clients of our CA
  alicloud.mtls.client_deny_list:
    path: /srv/pki/revoked.json
    ca_paths: [/srv/pki]

- name: List those of a private CA, whose clients are in /srv/pki/private-ca
  alicloud.mtls.client_deny_list:
    path: /srv/pki/revoked.json
    crl_paths: [/srv/pki/private-ca/ca.crl.pem]
    certificate_paths: [/srv/pki/private-ca]
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
count:
  description: Number of clients on the list.
  returned: success
  type: int
  sample: 3
unmatched:
  description: Revoked certificates of which a fingerprint is unknown, by serial number and issuer.
  returned: success
  type: list
  elements: str
  sample: [4f2a of CN=root]
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong.
  returned: failure
  type: str
  sample: unmatched
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    spec: options.Spec = {
        "path": {"type": "path", "required": True},
        "ca_paths": {"type": "list", "elements": "path"},
        "ca_certificate_name": {"type": "str", "default": "root.crt"},
        "crl_paths": {"type": "list", "elements": "path"},
        "certificate_paths": {"type": "list", "elements": "path"},
        "certificates": {"type": "list", "elements": "str"},
        "revoked_certificates": {"type": "list", "elements": "str"},
        "allow_unmatched": {"type": "bool", "default": False},
    }
    made = AnsibleModule(
        argument_spec=spec,
        required_one_of=[["ca_paths", "crl_paths", "revoked_certificates"]],
        supports_check_mode=True,
    )
    module.run(made, "client_deny_list")


if __name__ == "__main__":
    main()
