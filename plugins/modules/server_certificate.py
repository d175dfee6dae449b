#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_certificate
short_description: Issue a server certificate from a CA of one's own
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Makes a private key and an X.509 v3 certificate for server authentication, for test environments and for the way
    between ALB and its servers. For the public side of a service use a certificate of a public CA.
  - The files are C(<name>.key), C(<name>.crt) and C(<name>.chain.crt), which holds the certificate and that of its CA.
extends_documentation_fragment:
  - alicloud.mtls.pki
  - alicloud.mtls.pki.issuer
options:
  name:
    description: Name of the files without their endings.
    type: str
    default: server
  common_name:
    description: Common name, usually the first host name.
    type: str
    required: true
  dns_names:
    description:
      - Host names, also with a wildcard such as V(*.example.com). Names in other scripts are converted as
        browsers and curl do (IDNA 2008 with UTS 46, non-transitional).
      - The default is O(common_name) if that is a host name. If it is an IP address, it is the default for
        O(ip_addresses).
    type: list
    elements: str
  ip_addresses:
    description: IP addresses.
    type: list
    elements: str
seealso:
  - module: alicloud.mtls.ca
  - module: alicloud.mtls.client_certificate
  - module: alicloud.mtls.cas_certificate
"""

EXAMPLES = r"""
- name: Issue the server's certificate
  alicloud.mtls.server_certificate:
    ca_path: /srv/pki/server-ca
    common_name: www.example.com
    dns_names:
      - www.example.com
      - example.com
    ip_addresses:
      - 192.0.2.10
    key_size: 2048
"""

RETURN = r"""
certificate:
  description: The certificate as it is now, or would be in check mode.
  returned: success
  type: dict
  contains:
    name: {description: Name of the files without their endings., type: str, returned: success}
    certificate: {description: The certificate in PEM form., type: str, returned: success}
    certificate_path: {description: Its file., type: str, returned: success}
    private_key_path: {description: File of the private key., type: str, returned: success}
    chain_path: {description: File with the certificate and that of its CA., type: str, returned: success}
    subject: {description: The subject., type: dict, returned: success}
    issuer: {description: Subject of the CA., type: dict, returned: success}
    dns_names: {description: Host names among the alternative names., type: list, elements: str, returned: success}
    ip_addresses: {description: Addresses among the alternative names., type: list, elements: str, returned: success}
    email_addresses: {description: Its e-mail addresses., type: list, elements: str, returned: success}
    uris: {description: Its URIs., type: list, elements: str, returned: success}
    key: {description: Kind of the key., type: str, returned: success, sample: RSA 4096}
    not_before: {description: Start of validity., type: str, returned: success, sample: "2026-11-23T08:00:00Z"}
    not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
    fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    changed: {description: Whether anything of this certificate was made., type: bool, returned: success}
    reasons:
      description: Why something was made. Empty when nothing was.
      type: list
      elements: dict
      returned: success
      sample:
        - {code: san_differs, message: "The alternative names are [], wanted are ['DNS:www.example.com']."}
      contains:
        code: {description: One word., type: str, returned: success}
        message: {description: The same in a sentence., type: str, returned: success}
reasons:
  description: The same as RV(certificate.reasons).
  returned: success
  type: list
  elements: dict
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong.
  returned: failure
  type: str
  sample: invalid_dns_name
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    spec = {
        **options.KEY,
        **options.ISSUER,
        **options.COMMON_NAME,
        "name": {"type": "str", "default": "server"},
        "dns_names": {"type": "list", "elements": "str"},
        "ip_addresses": {"type": "list", "elements": "str"},
    }
    module.run(AnsibleModule(argument_spec=spec, supports_check_mode=True), "server_certificate")


if __name__ == "__main__":
    main()
