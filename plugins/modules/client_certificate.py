#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: client_certificate
short_description: Issue client certificates from a CA of one's own, one or ten thousand
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - For each client makes a private key, a certificate request, an X.509 v3 certificate for client authentication and,
    when there is a passphrase for it, a PKCS#12 file with the CA's certificate for browsers.
  - The files are C(<name>.key), C(<name>.csr), C(<name>.crt), C(<name>.chain.crt) with the certificate and that of its
    CA, and C(<name>.p12) in O(path).
  - Files that are as wanted are not touched.
  - The failure of one client does not stop the others. The task fails at the end, and RV(failures) names the client.
    Whatever concerns all clients, such as a missing CA, stops the task before anything is written.
  - Uses all processors.
extends_documentation_fragment:
  - alicloud.mtls.pki
  - alicloud.mtls.pki.issuer
options:
  clients:
    description:
      - The clients. Fields of the subject default to those of O(subject), other options to those of the task.
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
      email_address:
        description: E-mail address. It also becomes an alternative name.
        type: str
      dns_names:
        description:
          - Host names among the alternative names, without wildcards. Names in other scripts are converted as browsers
            and curl do (IDNA 2008 with UTS 46, non-transitional).
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
          - Certificate request in PEM form, made by a client that keeps its private key. Then there are no key file and
            no PKCS#12 file.
          - Only its public key is used. Subject and alternative names are those of the task, whatever the request
            says.
        type: str
      csr_path:
        description: File, on the host where the module runs, with the request for O(clients[].csr).
        type: path
      pkcs12_passphrase:
        description:
          - Passphrase of this client's PKCS#12 file. The default is O(pkcs12_passphrase).
          - Ansible searches the whole result for each such passphrase, which takes minutes with thousands of them. For
            a fleet use O(clients[].pkcs12_passphrase_path) or O(pkcs12_generate_passphrases).
        type: str
      pkcs12_passphrase_path:
        description:
          - File, on the host where the module runs, with the passphrase of this client's PKCS#12 file, in UTF-8 or with
            a byte order mark. Line breaks at its end do not count.
        type: path
      key_type:
        description: Kind of this client's private key.
        type: str
        choices: [rsa, ecdsa, ed25519]
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
        description: How long before its end this client's certificate is renewed.
        type: str
  pkcs12_passphrase:
    description:
      - Passphrase of the PKCS#12 files. Without one, and without O(pkcs12_generate_passphrases), no such file is made.
      - Java opens no file whose passphrase is not ASCII; OpenSSL, NSS, GnuTLS and Node do.
    type: str
  pkcs12_generate_passphrases:
    description:
      - Generates a passphrase for each client that has none, in the file C(<name>.p12.txt) beside the PKCS#12 file,
        with mode V(0600). It stays the same until that file is removed.
      - Send the two files to the client by separate channels.
    type: bool
    default: false
  pkcs12_encryption:
    description:
      - V(modern) is AES-256 with a key derived by PBKDF2 and SHA-256, and a MAC with SHA-256. OpenSSL since 1.1.0, NSS
        (Chrome, Firefox), GnuTLS, Windows since 10 version 1709 and Server 2019, macOS since 15 and Java since 8u301
        import it.
      - V(legacy) is 3DES with SHA-1, for Windows Server 2016, macOS before 15 and older Java. It is weaker, and
        OpenSSL 3 refuses it without its legacy provider. Use it only for clients that need it, and with a generated
        passphrase.
    type: str
    choices: [modern, legacy]
    default: modern
  return_content:
    description:
      - Whether the result includes the certificates in PEM form.
      - By default it does for up to 100 clients, and does not for more.
    type: bool
  skip_revoked:
    description:
      - Whether a client whose certificate is revoked or on hold, by this CA or by the previous one, is left out and
        named in RV(left_out). Otherwise it is among RV(failures).
    type: bool
    default: false
  include_clients:
    description:
      - Clients that are in a database beside those of O(clients), which count more for a client with the same common
        name.
      - V(previous_ca) are all clients with a valid certificate of O(previous_ca), whoever listed them when they were
        issued. Each gets a certificate of this CA with the subject, the alternative names, the kind of key and the
        lifetime of the old one, with a new private key, and with a PKCS#12 file if it had one. A PKCS#12 file whose
        passphrase was neither generated nor is O(pkcs12_passphrase) gets a generated one. A lifetime that the old CA
        cut short is O(valid_for).
      - A client whose private key is with its owner needs a request in O(requests_path), and is in RV(left_out)
        without one.
      - V(this_ca) are all clients with a valid certificate of this CA, as they are. Their chains, for instance, follow
        a change of this CA.
    type: str
    choices: [none, this_ca, previous_ca]
    default: none
  requests_path:
    description:
      - For O(include_clients=previous_ca), a directory with the certificate requests of clients that keep their private
        keys, as C(<name>.csr).
      - The requests for the old certificates are beside these. To name that directory certifies the same keys again.
    type: path
  previous_ca:
    description:
      - The CA that this one replaces. A client whose last certificate it has revoked or put on hold gets no certificate
        of this CA. For a revoked one O(replace_revoked) allows it.
      - The revocations are copied to the database of this CA, so that they count even if the option is left out
        later.
    type: dict
    suboptions:
      path:
        description: Directory of the CA.
        type: path
        required: true
      passphrase:
        description: Passphrase of its private key, which is not read.
        type: str
      private_key_name:
        description: File name of its private key, which is not read.
        type: str
        default: root.key
      certificate_name:
        description: File name of its certificate.
        type: str
        default: root.crt
seealso:
  - module: alicloud.mtls.ca
  - module: alicloud.mtls.server_certificate
"""

EXAMPLES = r"""
- name: Issue the certificate of one client, with a PKCS#12 file for a browser
  alicloud.mtls.client_certificate:
    ca_path: /srv/pki
    subject:
      country_name: cn
      organization_name: alibaba
    clients:
      - name: client
        common_name: client-alb-user
    pkcs12_passphrase: "{{ vaulted_passphrase }}"

- name: Issue a certificate for each of many devices
  alicloud.mtls.client_certificate:
    ca_path: /srv/pki
    path: /srv/pki/devices
    clients: "{{ device_names | to_json | alicloud.mtls.client_list }}"
    key_type: ecdsa
    valid_for: 90d
    renew_before: 30d

- name: Issue a certificate with names and a lifetime of its own, and one whose private key stays with the client
  alicloud.mtls.client_certificate:
    ca_path: /srv/pki
    path: /srv/pki/devices
    clients:
      - name: gateway
        common_name: gateway-7
        uris: [spiffe://example.com/gateway/7]
        dns_names: [gateway-7.example.com]
        key_type: ecdsa
        valid_for: 30d
        renew_before: 10d
      - name: partner
        common_name: partner-1
        csr: "{{ lookup('ansible.builtin.file', 'partner-1.csr') }}"
    pkcs12_generate_passphrases: true

- name: Issue all clients of the CA in /srv/pki from a new one
  alicloud.mtls.client_certificate:
    ca_path: /srv/pki-2027
    clients: []
    include_clients: previous_ca
    previous_ca: {path: /srv/pki}
    skip_revoked: true
"""

RETURN = r"""
certificates:
  description:
    - The certificates, in the order of O(clients), as they are now or would be in check mode, without the
      failed ones.
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: Name of the files without their endings., type: str, returned: success}
    certificate: {description: The certificate in PEM form., type: str, returned: see O(return_content)}
    certificate_path: {description: Its file., type: str, returned: success}
    private_key_path: {description: File of the private key., type: str, returned: unless there is a request}
    chain_path: {description: File with the certificate and that of its CA., type: str, returned: success}
    pkcs12_passphrase_path: {description: File of the generated passphrase., type: str, returned: when there is one}
    csr_path: {description: File of the certificate request., type: str, returned: success}
    pkcs12_path: {description: PKCS#12 file., type: str, returned: when there is a passphrase for it}
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
failures:
  description: The clients that did not get their certificate, each with the reason.
  returned: always
  type: list
  elements: dict
  contains:
    position:
      description: Place in O(clients), and after them in the database of O(include_clients), counted from 0.
      type: int
      returned: always
    name: {description: Name of the client., type: str, returned: always}
    code: {description: One word for what was wrong., type: str, returned: always, sample: common_name_taken}
    message: {description: The same in a sentence., type: str, returned: always}
left_out:
  description:
    - The clients that were left out. With O(skip_revoked) those that are revoked or on hold; with
      O(include_clients=previous_ca) those whose owners have to submit a certificate request
      (RV(left_out[].code) is V(request_missing)).
  returned: always
  type: list
  elements: dict
  contains:
    position: {description: As in RV(failures)., type: int, returned: always}
    name: {description: Name of the client., type: str, returned: always}
    code: {description: One word for the reason., type: str, returned: always, sample: request_missing}
    message: {description: The same in a sentence., type: str, returned: always}
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong, V(several) when the failed clients do not agree.
  returned: failure
  type: str
  sample: ca_missing
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    client = {
        **options.SUBJECT,
        "name": {"type": "str", "required": True},
        "pkcs12_passphrase": {"type": "str", "no_log": True},
        "pkcs12_passphrase_path": {"type": "path", "no_log": False},
        "dns_names": {"type": "list", "elements": "str"},
        "email_addresses": {"type": "list", "elements": "str"},
        "uris": {"type": "list", "elements": "str"},
        "csr": {"type": "str"},
        "csr_path": {"type": "path"},
        **options.CLIENT_KEY,
    }
    spec = {
        **options.KEY,
        **options.ISSUER,
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
        "skip_revoked": {"type": "bool", "default": False},
        "include_clients": {"type": "str", "choices": list(options.INCLUDE_CLIENTS), "default": "none"},
        "requests_path": {"type": "path"},
        **options.PREVIOUS,
    }
    made = AnsibleModule(argument_spec=spec, tolerant=["clients"], supports_check_mode=True)
    module.run(made, "client_certificate")


if __name__ == "__main__":
    main()
