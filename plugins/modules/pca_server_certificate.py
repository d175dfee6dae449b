#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_server_certificate
short_description: Order a server certificate from a private CA of Alibaba Cloud
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Orders an X.509 certificate for server authentication from a sub CA of Private Certificate Authority, and keeps it
    with its key in files of the same names as those of M(alicloud.mtls.server_certificate).
  - The files are C(<name>.key), C(<name>.crt) and C(<name>.chain.crt) with the certificate and those of its CAs.
  - A listener finds server certificates in the certificate centre. With O(certificate_centre) the service copies the
    certificate there. With a key that is made where the module runs, M(alicloud.mtls.cas_certificate) uploads the
    files.
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.pca.attributes
  - alicloud.mtls.pca.ca
  - alicloud.mtls.pca
options:
  name:
    description: Name of the files without their endings.
    type: str
    default: server
  common_name:
    description: Common name.
    type: str
    required: true
  dns_names:
    description: Host names among the alternative names. The default is O(common_name), if it is one.
    type: list
    elements: str
  ip_addresses:
    description: Addresses among the alternative names.
    type: list
    elements: str
  certificate_centre:
    description: Whether the certificate is copied to the certificate centre. It takes O(key_source=service).
    type: bool
    default: false
seealso:
  - module: alicloud.mtls.cas_certificate
  - module: alicloud.mtls.alb_listener
  - module: alicloud.mtls.server_certificate
"""

EXAMPLES = r"""
- name: Order a certificate for the servers behind the load balancer
  alicloud.mtls.pca_server_certificate:
    ca_name: Shop servers
    path: /srv/pki
    common_name: backend.shop.example
    ip_addresses: [192.0.2.11, 192.0.2.12]

- name: Order one for a listener, with a key of the service
  alicloud.mtls.pca_server_certificate:
    ca_name: Shop servers
    path: /srv/pki
    name: www
    common_name: www.example.com
    key_source: service
    certificate_centre: true
  register: www

- name: Show it to clients
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    certificate_ids: ["{{ www.stored_certificate.certificate_id }}"]
"""

RETURN = r"""
ca_id:
  description: Identifier of the CA.
  returned: success
  type: str
certificate:
  description: The certificate as it is now, or would be in check mode.
  returned: success
  type: dict
  contains:
    name: {description: Name of the files without their endings., type: str, returned: success}
    certificate_id:
      description: Identifier of the certificate in the service.
      type: str
      returned: O(state=present)
      sample: 1ed40789-483f-6023-b6b8-29ddd3bb0a9a
    certificate: {description: The certificate in PEM form., type: str, returned: O(state=present)}
    certificate_path: {description: Its file., type: str, returned: O(state=present)}
    private_key_path: {description: File of the private key., type: str, returned: O(state=present)}
    chain_path:
      description: File with the certificate and those of its CAs.
      type: str
      returned: O(state=present)
    subject: {description: The subject., type: dict, returned: O(state=present)}
    issuer: {description: Subject of the CA., type: dict, returned: O(state=present)}
    dns_names:
      description: Host names among the alternative names.
      type: list
      elements: str
      returned: O(state=present)
    ip_addresses:
      description: Addresses among the alternative names.
      type: list
      elements: str
      returned: O(state=present)
    email_addresses: {description: Its e-mail addresses., type: list, elements: str, returned: O(state=present)}
    uris: {description: Its URIs., type: list, elements: str, returned: O(state=present)}
    key: {description: Kind of the key., type: str, returned: O(state=present), sample: RSA 4096}
    not_before: {description: Start of validity., type: str, returned: O(state=present), sample: "2026-11-23T08:00:00Z"}
    not_after: {description: End of validity., type: str, returned: O(state=present), sample: "2027-11-23T08:00:00Z"}
    serial_number: {description: Serial number in hexadecimal., type: str, returned: O(state=present)}
    fingerprint_sha256:
      description: SHA-256 of the certificate in hexadecimal.
      type: str
      returned: O(state=present)
    revoked:
      description: Identifiers of certificates that were revoked.
      type: list
      elements: str
      returned: O(state=revoked) or O(state=absent)
    removed:
      description: Identifiers of certificates that were removed from the service.
      type: list
      elements: str
      returned: O(state=revoked) or O(state=absent)
    changed: {description: Whether anything of this certificate was made., type: bool, returned: success}
    reasons:
      description: Why something was made. Empty when nothing was.
      type: list
      elements: dict
      returned: O(state=present)
      sample:
        - {code: missing, message: "There is no certificate at /srv/pki/client.crt."}
      contains:
        code: {description: One word., type: str, returned: success}
        message: {description: The same in a sentence., type: str, returned: success}
reasons:
  description: The same as RV(certificate.reasons).
  returned: success
  type: list
  elements: dict
stored_certificate:
  description: The certificate in the certificate centre.
  returned: O(certificate_centre=true) and O(state=present)
  type: dict
  contains:
    certificate_id:
      description: Id for M(alicloud.mtls.alb_listener).
      type: str
      returned: always
      sample: 12345678-cn-hangzhou
    cas_id: {description: Its number., type: int, returned: always}
    name: {description: Its name., type: str, returned: always}
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

from ..module_utils._pca import module, operations, options


def main() -> None:
    spec = {
        **options.ISSUING,
        "name": {"type": "str", "default": "server"},
        "common_name": {"type": "str", "required": True},
        "dns_names": {"type": "list", "elements": "str"},
        "ip_addresses": {"type": "list", "elements": "str"},
        "certificate_centre": {"type": "bool", "default": False},
    }
    module.run(spec, operations.ensure_server, **options.ONE_CA)


if __name__ == "__main__":
    main()
