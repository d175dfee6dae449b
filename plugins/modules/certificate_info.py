#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_info
short_description: Read certificates, verify them up to their CA, and say what would be made again
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Reads the certificates in files, in directories, or in a text, and returns their contents, how long they are still
    valid, whether their chain leads to a trusted CA, whether they are revoked, and whether the private key beside them
    belongs to them.
  - Returns for each of them what the modules that issue would make again, and why. The wanted subject, names and kind
    of key are taken from the certificate itself. To compare with options, run M(alicloud.mtls.client_certificate),
    M(alicloud.mtls.server_certificate) or M(alicloud.mtls.ca) in check mode.
  - Files that cannot be parsed do not stop the others. RV(unreadable) names them.
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and returns the same as without it.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  paths:
    description:
      - Files and directories. A missing one is an error.
      - In a directory, files are read whose names end in C(.crt), C(.pem), C(.cer), C(.der), C(.p12) or C(.pfx),
        except hidden ones and backups of replaced files. Chain and PKCS#12 files are not listed beside the certificate
        that they belong to.
      - A file may hold several certificates, in PEM form, or one in DER form. CRLs, also from files that end in
        C(.crl), are used for RV(certificates[].verified) and RV(certificates[].revocation).
    type: list
    elements: path
  content:
    description: Certificates in PEM form.
    type: str
  recurse:
    description: Read what is below the directories as well.
    type: bool
    default: true
  passphrases:
    description:
      - Passphrases of private keys and PKCS#12 files, tried one after the other.
      - A passphrase that was generated for C(name.p12) is found in C(name.p12.txt) beside it.
    type: list
    elements: str
  trusted_paths:
    description:
      - Files with the CAs that are trusted, in PEM or DER form.
      - By default every self-signed CA among the files is trusted.
    type: list
    elements: path
  crl_paths:
    description:
      - Files with CRLs, several in PEM form or one in DER form. As in Nginx, each CA of a chain then needs a current
        one, from the root on.
      - By default the CRLs among the files are used. A CA needs a current one if there is one of it, and if a CRL
        among the files cannot be read and so may be its own.
    type: list
    elements: path
  renew_before:
    description:
      - A certificate that is valid for less than this is due for renewal. A number and a unit (V(s), V(m), V(h),
        V(d), V(w), V(y) for 365 days), or a share of the lifetime such as V(10%).
    type: str
    default: 30d
  expires_within:
    description: Return only certificates that expire within this time, or have expired. A number and a unit.
    type: str
  common_name:
    description: Return only certificates with this common name, in which V(*) matches any text.
    type: str
  profiles:
    description: Return only these kinds. A cross-certificate is V(subordinate) to the CA that signed it.
    type: list
    elements: str
    choices: [root, subordinate, server, client]
  return_content:
    description: Whether the result includes the certificates in PEM form.
    type: bool
    default: false
notes:
  - Every path is absolute, since private keys and passphrases beside the certificates are read as well.
  - The certificate and each CA above it are verified by names, signatures, validity, permission to sign, path lengths
    and CRLs. Name constraints are not checked.
seealso:
  - module: alicloud.mtls.ca
  - module: alicloud.mtls.client_certificate
  - module: alicloud.mtls.certificate_revocation
"""

EXAMPLES = r"""
- name: Look for what expires within six weeks
  alicloud.mtls.certificate_info:
    paths: [/srv/pki]
    expires_within: 6w
  register: soon

- name: Name it
  ansible.builtin.debug:
    msg: "{{ item.path }}: {{ item.days_left }} days"
  loop: "{{ soon.certificates }}"
  loop_control:
    label: "{{ item.subject.common_name }}"

- name: Look at one client as a load balancer that trusts one CA would
  alicloud.mtls.certificate_info:
    paths: [/srv/pki/client.crt]
    trusted_paths: [/srv/pki/root.crt]
    crl_paths: [/srv/pki/root.crl.pem]
  register: client

- name: Stop if it would be refused, or if the key does not belong to it
  ansible.builtin.assert:
    that:
      - client.certificates[0].verified
      - client.certificates[0].private_key.matches
    fail_msg: "{{ client.certificates[0].problem }}"
"""

RETURN = r"""
certificates:
  description: The certificates, in the order of O(paths), of file names, and of their places in a file.
  returned: success
  type: list
  elements: dict
  contains:
    path: {description: Its file. V(none) for one of O(content)., type: str, returned: success}
    position: {description: Its place in the file. The first is V(0)., type: int, returned: success}
    certificate: {description: The certificate in PEM form., type: str, returned: with O(return_content)}
    profile:
      description: "Its purpose: V(root), V(subordinate), V(server) or V(client)."
      type: str
      returned: success
      sample: client
    subject: {description: The subject., type: dict, returned: success}
    issuer: {description: Subject of the CA that signed it., type: dict, returned: success}
    dns_names: {description: Host names among the alternative names., type: list, elements: str, returned: success}
    ip_addresses: {description: IP addresses among the alternative names., type: list, elements: str, returned: success}
    email_addresses: {description: E-mail addresses among them., type: list, elements: str, returned: success}
    uris: {description: URIs among the alternative names., type: list, elements: str, returned: success}
    key: {description: Kind of the key., type: str, returned: success, sample: RSA 4096}
    not_before: {description: Start of validity., type: str, returned: success, sample: "2026-11-23T08:00:00Z"}
    not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
    fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    days_left: {description: Whole days until it expires. Negative once it has., type: int, returned: success}
    verified:
      description:
        - Whether it is valid now below a trusted CA.
        - It is not if any CRL lists it, or if a CRL that is expected has run out, is missing, or cannot be read; see
          O(crl_paths). RV(certificates[].problem) says which.
      type: bool
      returned: success
    problem:
      description: Why it is not valid. V(none) if it is.
      type: str
      returned: success
      sample: The CA CN=root is not among those that are trusted.
    chain:
      description: Subjects of the CAs above it, the nearest first, as far as they are known.
      type: list
      elements: dict
      returned: success
    revocation:
      description: Its revocation. V(none) if it is not revoked, or if there is no CRL of its CA.
      type: dict
      returned: success
      contains:
        revoked: {description: Time of the revocation., type: str, returned: success, sample: "2026-11-24T08:00:00Z"}
        reason: {description: Reason of the revocation., type: str, returned: success, sample: key_compromise}
    crl:
      description: The CRL of the CA that signed it.
      type: dict
      returned: success
      contains:
        status:
          description:
            - V(current), V(expired), V(not_yet_valid), V(unsigned) without the signature of a known CA, V(partial) if
              it does not list all kinds of certificates and reasons, V(unsupported) for an indirect CRL and for one
              with an unknown critical extension, V(unreadable) or V(missing). Of several the best.
          type: str
          returned: success
          sample: current
        next_update:
          description: When the next one is due. V(none) if it does not say, or if there is none.
          type: str
          returned: success
          sample: "2026-12-24T08:00:00Z"
    private_key:
      description: The private key beside it, such as C(client.key) for C(client.crt). V(none) when there is none.
      type: dict
      returned: success
      contains:
        path: {description: Its file., type: str, returned: success}
        encrypted: {description: Whether it has a passphrase., type: bool, returned: success}
        matches:
          description: Whether it is the key of the certificate. V(none) when it could not be opened.
          type: bool
          returned: success
        problem: {description: Why it could not be opened., type: str, returned: success}
    reasons:
      description: Why something would be made again. Empty when nothing would.
      type: list
      elements: dict
      returned: success
      sample:
        - code: expires_soon
          message: The certificate expires at 2026-12-01T08:00:00Z, within the time set for renewal.
      contains:
        code: {description: One word., type: str, returned: success}
        message: {description: The same in a sentence., type: str, returned: success}
    differences:
      description:
        - What is different about a CA that was made elsewhere. It works, so it is no reason to make it again.
      type: list
      elements: dict
      returned: success
      sample:
        - {code: extensions_differ, message: "The certificate has no extension keyUsage."}
      contains:
        code: {description: One word., type: str, returned: success}
        message: {description: The same in a sentence., type: str, returned: success}
    remakes:
      description: Which of its files would be made again, or V(rights) when only modes or owners would be set.
      type: list
      elements: str
      returned: success
      sample: [certificate, chain, pkcs12]
unreadable:
  description: Files that could not be parsed.
  returned: success
  type: list
  elements: dict
  contains:
    path: {description: The file., type: str, returned: success}
    message: {description: What is wrong with it., type: str, returned: success}
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong.
  returned: failure
  type: str
  sample: missing
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options
from ..module_utils._x509 import terms


def main() -> None:
    spec: options.Spec = {
        "paths": {"type": "list", "elements": "path"},
        "content": {"type": "str"},
        "recurse": {"type": "bool", "default": True},
        "passphrases": {"type": "list", "elements": "str", "no_log": True},
        "trusted_paths": {"type": "list", "elements": "path"},
        "crl_paths": {"type": "list", "elements": "path"},
        "renew_before": {"type": "str", "default": "30d"},
        "expires_within": {"type": "str"},
        "common_name": {"type": "str"},
        "profiles": {"type": "list", "elements": "str", "choices": list(terms.PROFILES)},
        "return_content": {"type": "bool", "default": False},
    }
    made = AnsibleModule(argument_spec=spec, required_one_of=[["paths", "content"]], supports_check_mode=True)
    module.run(made, "certificate_info")


if __name__ == "__main__":
    main()
