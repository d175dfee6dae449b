#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pca_client_certificate
short_description: Order client certificates from a private CA of Alibaba Cloud
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Orders X.509 certificates for client authentication from a sub CA of Private Certificate Authority, and keeps them
    with their keys in files of the same names as those of M(alicloud.mtls.client_certificate).
  - The files are C(<name>.key), C(<name>.crt), C(<name>.chain.crt) with the certificate and those of its CAs, and
    C(<name>.p12) for browsers, with its passphrase in C(<name>.p12.txt) when it was generated.
  - What is as it should be is not touched, and what was ordered before is used.
  - A client for which something is wrong does not keep the others from getting their certificates. The task fails in
    the end, and RV(failures) names it.
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.pca.attributes
  - alicloud.mtls.pca.ca
  - alicloud.mtls.pca
options:
  clients:
    description:
      - The clients. Fields of the subject that are not given are those of O(subject), and other options that are not
        given are those of the task.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the files without their endings.
        type: str
        required: true
      common_name:
        description: Common name, different for each client.
        type: str
        required: true
      country_name:
        description: Country, two letters.
        type: str
      state_or_province_name:
        description: State or province.
        type: str
      locality_name:
        description: City.
        type: str
      organization_name:
        description: Organization.
        type: str
      organizational_unit_name:
        description: Part of the organization.
        type: str
      dns_names:
        description: Host names among the alternative names, without wildcards.
        type: list
        elements: str
      email_addresses:
        description: E-mail addresses among the alternative names.
        type: list
        elements: str
      uris:
        description: URIs among the alternative names, such as V(spiffe://example.com/device/7).
        type: list
        elements: str
      csr:
        description:
          - Certificate request in PEM form that the client made, so that its private key stays where it is. There are
            no key file and no PKCS#12 file then.
        type: str
      csr_path:
        description: File, on the host where the module runs, with the request for O(clients[].csr).
        type: path
      certificate_id:
        description:
          - Identifier of a certificate that the CA has issued already, in the console for instance. It is used, and
            none is ordered in its place. With O(key_source=service) its private key is fetched.
        type: str
      pkcs12_passphrase:
        description: Passphrase of this client's PKCS#12 file. The default is O(pkcs12_passphrase).
        type: str
      pkcs12_passphrase_path:
        description: File, on the host where the module runs, with the passphrase of this client's PKCS#12 file.
        type: path
      key_type:
        description: Kind of this client's private key.
        type: str
        choices: [rsa, ecdsa]
      key_size:
        description: Bits of this client's RSA key.
        type: int
      curve:
        description: Curve of this client's ECDSA key.
        type: str
        choices: [secp256r1, secp384r1, secp521r1]
      valid_for:
        description: How long this client's certificate is valid.
        type: str
      renew_before:
        description: When this client's certificate is ordered again.
        type: str
  pkcs12_passphrase:
    description:
      - Passphrase of the PKCS#12 files. Without one, and without O(pkcs12_generate_passphrases), no such file is made.
      - A file with another passphrase is left alone, and named in an error.
    type: str
  pkcs12_generate_passphrases:
    description:
      - Generates a passphrase for each client that has none, in the file C(<name>.p12.txt) beside the PKCS#12 file,
        with mode V(0600). It stays the same until that file is removed.
    type: bool
    default: false
  pkcs12_encryption:
    description: As in M(alicloud.mtls.client_certificate).
    type: str
    choices: [modern, legacy]
    default: modern
  return_content:
    description:
      - Whether the result holds the certificates themselves.
      - The default is yes for up to 100 clients, and no for more of them.
    type: bool
seealso:
  - module: alicloud.mtls.pca_ca_info
  - module: alicloud.mtls.pca_crl
  - module: alicloud.mtls.client_certificate
"""

EXAMPLES = r"""
- name: Order the certificate of one client, with a PKCS#12 file for a browser
  alicloud.mtls.pca_client_certificate:
    ca_name: Shop clients
    path: /srv/pki
    clients:
      - name: client
        common_name: client-alb-user
    pkcs12_generate_passphrases: true
  register: issued

- name: Take over a certificate that was requested in the console
  alicloud.mtls.pca_client_certificate:
    ca_name: Shop clients
    path: /srv/pki
    key_source: service
    clients:
      - name: partner
        common_name: partner-1
        certificate_id: 1ed40789-483f-6023-b6b8-29ddd3bb0a9a

- name: Lock a client out
  alicloud.mtls.pca_client_certificate:
    ca_name: Shop clients
    path: /srv/pki
    clients:
      - name: client
        common_name: client-alb-user
    state: revoked
    revoke: true
"""

RETURN = r"""
ca_id:
  description: Identifier of the CA.
  returned: success
  type: str
certificates:
  description:
    - The certificates, in the order of O(clients), as they are now or would be in check mode. Without those of
      RV(failures).
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Name of the files without their endings., type: str, returned: success}
    certificate_id:
      description: Identifier of the certificate in the service.
      type: str
      returned: O(state=present)
      sample: 1ed40789-483f-6023-b6b8-29ddd3bb0a9a
    certificate: {description: The certificate in PEM form., type: str, returned: see O(return_content)}
    certificate_path: {description: Its file., type: str, returned: O(state=present)}
    private_key_path: {description: File of the private key., type: str, returned: unless there is a request}
    chain_path:
      description: File with the certificate and those of its CAs.
      type: str
      returned: O(state=present)
    pkcs12_passphrase_path: {description: File of the generated passphrase., type: str, returned: when there is one}
    pkcs12_path: {description: PKCS#12 file., type: str, returned: when there is a passphrase for it}
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
failures:
  description: The clients that did not get what they should have, each with the reason.
  returned: always
  type: list
  elements: dict
  contains:
    position: {description: Place in O(clients) counted from 0., type: int, returned: always}
    name: {description: Name of the client., type: str, returned: always}
    code: {description: One word or an error code of the service., type: str, returned: always, sample: revoked}
    message: {description: The same in a sentence., type: str, returned: always}
code:
  description: One word or an error code of the service, V(several) when the failed clients do not agree.
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
    client = {
        **options.SUBJECT,
        "name": {"type": "str", "required": True},
        "common_name": {"type": "str", "required": True},
        "dns_names": {"type": "list", "elements": "str"},
        "email_addresses": {"type": "list", "elements": "str"},
        "uris": {"type": "list", "elements": "str"},
        "csr": {"type": "str"},
        "csr_path": {"type": "path"},
        "certificate_id": {"type": "str"},
        "pkcs12_passphrase": {"type": "str", "no_log": True},
        "pkcs12_passphrase_path": {"type": "path", "no_log": False},
        **options.OWN,
    }
    spec = {
        **options.ISSUING,
        "clients": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": client,
            "mutually_exclusive": [("csr", "csr_path"), ("pkcs12_passphrase", "pkcs12_passphrase_path")],
        },
        "pkcs12_passphrase": {"type": "str", "no_log": True},
        "pkcs12_generate_passphrases": {"type": "bool", "default": False, "no_log": False},
        "pkcs12_encryption": {"type": "str", "choices": ["modern", "legacy"], "default": "modern"},
        "return_content": {"type": "bool"},
    }
    module.run(spec, operations.ensure_clients, tolerant=["clients"], **options.ONE_CA)


if __name__ == "__main__":
    main()
